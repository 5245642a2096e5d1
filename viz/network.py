"""The classic picture of a network: a column of circles for the inputs and for each layer, a line for each weight.

The places of everything are computed here and pinned in the DOT text, for no general layout knows what a layer is.
Lengths are in points, x grows to the right and y upwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import graphviz

from autograd_core import PRIMITIVES, Value
from autograd_core.errors import InputTypeError, InputValueError

from .dot import FONT, INK, quoted, quoted_tooltip
from .drawing import Drawing
from .labels import NOT_COMPUTED, number_text, shorten, subscript

__all__ = ["LayerLike", "NetworkLike", "NeuronLike", "draw_network"]


class NeuronLike(Protocol):
    """What is drawn as a circle: weights, one an input, a bias, and the name of the activation function."""

    @property
    def w(self) -> Sequence[Value]: ...  # noqa: D102
    @property
    def b(self) -> Value: ...  # noqa: D102
    @property
    def activation(self) -> str: ...  # noqa: D102


class LayerLike(Protocol):
    """What is drawn as a column."""

    @property
    def neurons(self) -> Sequence[NeuronLike]: ...  # noqa: D102


class NetworkLike(Protocol):
    """What :func:`draw_network` draws; an ``nn.MLP`` is one."""

    @property
    def layers(self) -> Sequence[LayerLike]: ...  # noqa: D102


# Blue and vermilion differ for every kind of colour vision; dashes tell them apart in a grey print.
_POSITIVE, _NEGATIVE, _NEITHER = "#0072b2", "#d55e00", "#6b7280"
_INPUT_FILL, _NEURON_FILL, _FRAME = "#fff1cc", "#e3eefa", "#4b5563"
_LEGEND = "solid blue: positive weight      dashed orange: negative weight      thicker: larger weight"

_RADIUS, _SMALL_RADIUS = 26.0, 16.0
_STEP, _SMALL_STEP = 76.0, 38.0  # from one circle to the next below it
_GAP = 200.0  # from one column to the next
_NUMBER_HEIGHT = 20.0
_NUMBER_DISTANCE = 70.0  # from the centre of a circle to that of the nearest number
_MOST_NUMBERED_NEURONS, _MOST_NUMBERED_LINES = 12, 36
_MOST_CIRCLES = 40


@dataclass(frozen=True, slots=True)
class _Column:
    """Which circles stand in a column and where. A gap stands where others were left out."""

    size: int
    shown: tuple[int, ...]
    x: float
    heights: tuple[float, ...]
    gap: float | None
    radius: float

    def places(self) -> Iterator[tuple[int, float]]:
        return zip(self.shown, self.heights, strict=True)


def draw_network(model: NetworkLike, *, title: str | None = None) -> Drawing:
    """Draw a network as circles in columns: the inputs, then each layer of neurons.

    A line is a weight: the thicker, the larger; blue if positive, orange and dashed if negative. Its number stands on
    it as long as there is room. In a circle stands the activation function, below it the bias.

    Parameters
    ----------
    model
        An ``nn.MLP``, or anything with the same attributes (see `NetworkLike`).
    title
        A title above the picture.

    Returns
    -------
    Drawing
        A notebook shows it by itself; ``draw_network(model).save("network.svg")`` writes it to a file.

    Raises
    ------
    InputTypeError
        If `model` is not such a network, or the title not a text.
    InputValueError
        If there is no layer or no neuron in one, or a neuron's weights are not as many as its inputs.

    Examples
    --------
    >>> from types import SimpleNamespace as Thing
    >>> neuron = Thing(w=[Value(0.5), Value(-1.0)], b=Value(0.1), activation="tanh")
    >>> draw_network(Thing(layers=[Thing(neurons=[neuron])]))
    <Drawing: network 2-1, 3 parameters>
    """
    if title is not None and not isinstance(title, str):
        raise InputTypeError(f"title: {title!r} is not a text; write title={str(title)!r}")
    layers = _layers_of(model)
    sizes = [len(layers[0][0].w), *map(len, layers)]
    numbered = max(sizes) <= _MOST_NUMBERED_NEURONS and all(
        left * right <= _MOST_NUMBERED_LINES for left, right in pairwise(sizes)
    )
    columns = _columns(sizes, numbered)
    graph = graphviz.Digraph(
        graph_attr={"layout": "neato", "splines": "line", "outputorder": "edgesfirst", "bgcolor": "white",
                    "pad": "0.2", "fontname": FONT, "fontsize": "14", "fontcolor": INK, "labelloc": "t"},
        node_attr={"shape": "circle", "style": "filled", "fixedsize": "true", "fontname": FONT, "fontcolor": INK,
                   "color": _FRAME},
        edge_attr={"arrowhead": "none"},
    )  # fmt: skip
    lines = [shorten(title, 120)] if title else []
    if not numbered:
        lines.append("(too many weights to write their numbers)")
    if lines:
        graph.attr(label=quoted(*lines))
    _add_circles(graph, columns, layers)
    _add_weights(graph, columns, layers, numbered)
    parameters = sum(len(neuron.w) + 1 for layer in layers for neuron in layer)
    return Drawing(str(graph.source), f"network {'-'.join(map(str, sizes))}, {parameters:,} parameters")


def _layers_of(model: Any) -> list[list[NeuronLike]]:
    try:
        layers = [list(layer.neurons) for layer in model.layers]
        parts = [[*neuron.w, neuron.b] for layer in layers for neuron in layer]
        names = [neuron.activation for layer in layers for neuron in layer]
    except (AttributeError, TypeError) as error:
        raise InputTypeError(
            f"draw_network: {model!r} is not a network ({error}); give an nn.MLP, as in draw_network(MLP(3, [4, 1])), "
            "or draw(z) for the graph of a Value"
        ) from error
    wrong = [each for part in parts for each in part if not isinstance(each, Value)]
    wrong += [each for each in names if not isinstance(each, str)]
    if wrong:
        raise InputTypeError(
            f"draw_network: {wrong[0]!r} stands where a weight or bias (a Value) or the name of an activation should; "
            "give an nn.MLP"
        )
    if not layers or not all(layers):
        raise InputValueError("draw_network: the network has no layer, or a layer no neuron; give at least MLP(1, [1])")
    inputs = len(layers[0][0].w)
    for position, layer in enumerate(layers, 1):
        for neuron in layer:
            if len(neuron.w) != inputs or not inputs:
                raise InputValueError(
                    f"draw_network: a neuron of layer {position} has {len(neuron.w)} weights for {inputs} inputs; "
                    "give each neuron one weight an input"
                )
        inputs = len(layer)
    return layers


# --- places -----------------------------------------------------------------------------------------------------------


def _columns(sizes: Sequence[int], numbered: bool) -> list[_Column]:
    step = _STEP
    if numbered:
        step = max(step, *(_NUMBER_HEIGHT * (min(pair) + 1) for pair in pairwise(sizes)))
    columns: list[_Column] = []
    for position, size in enumerate(sizes):
        # Inputs are often many, and have little to say.
        small = position == 0 and size > _MOST_NUMBERED_NEURONS
        slots = _slots(size)
        heights = [(_SMALL_STEP if small else step) * ((len(slots) - 1) / 2 - slot) for slot in range(len(slots))]
        x = 0.0
        if columns:
            before = columns[-1]
            # Lines between tall columns would be too steep to be told apart in a narrow gap.
            x = before.x + max(_GAP, before.heights[0], heights[0])
            if numbered:
                x = before.x + _numbered_gap(before.size, size)
        columns.append(
            _Column(
                size,
                tuple(circle for circle in slots if circle is not None),
                x,
                tuple(height for circle, height in zip(slots, heights, strict=True) if circle is not None),
                heights[slots.index(None)] if None in slots else None,
                _SMALL_RADIUS if small else _RADIUS,
            )
        )
    return columns


def _slots(size: int) -> list[int | None]:
    if size <= _MOST_CIRCLES:
        return list(range(size))
    half = _MOST_CIRCLES // 2
    return [*range(half), None, *range(size - half + 1, size)]


def _number_position(left: int, right: int) -> float:
    """Where on its line a number stands, as a part of the way.

    At 1/(right + 1) of the way from the left, the lines of all pairs pass at equal distances from one another, so the
    numbers stand in one column and none on the line of another. At 1/(left + 1) from the right, too. The distances
    are larger on the side of the larger column.
    """
    return 1 / (right + 1) if right <= left else 1 - 1 / (left + 1)


def _numbered_gap(left: int, right: int) -> float:
    position = _number_position(left, right)
    return max(_GAP, _NUMBER_DISTANCE / min(position, 1 - position))


# --- circles ----------------------------------------------------------------------------------------------------------


def _add_circles(graph: graphviz.Digraph, columns: Sequence[_Column], layers: Sequence[Sequence[NeuronLike]]) -> None:
    top = max(column.heights[0] for column in columns) + _RADIUS + 20
    bottom = min(column.heights[-1] for column in columns) - _RADIUS - 44
    for position, column in enumerate(columns):
        name = "inputs" if position == 0 else f"layer {position}"
        if position == len(layers):
            name += " (output)"
        _text(graph, f"h{position}", name, column.x, top, size=12)
        if column.gap is not None:
            left_out = f"⋮ {column.size - len(column.shown):,} more"
            _text(graph, f"g{position}", left_out, column.x, column.gap, size=12)
    for index, height in columns[0].places():
        text = f"x{subscript(index + 1)}"
        _circle(graph, _name(0, index), text, columns[0], height, fill=_INPUT_FILL, tooltip=f"input {index + 1}")
    for position, (column, layer) in enumerate(zip(columns[1:], layers, strict=True), 1):
        for index, height in column.places():
            neuron, name = layer[index], _name(position, index)
            tooltip = f"layer {position}, neuron {index + 1}: {neuron.activation}"
            text = _activation_text(neuron.activation)
            _circle(graph, name, text, column, height, fill=_NEURON_FILL, tooltip=tooltip)
            bias = f"b = {number_text(neuron.b.data, 3)}"
            _text(graph, f"{name}b", bias, column.x, height - _RADIUS - 9, size=10, tooltip=_about("bias", neuron.b))
    _text(graph, "legend", _LEGEND, (columns[0].x + columns[-1].x) / 2, bottom, size=10)


def _name(position: int, index: int) -> str:
    """The DOT name of a circle; column 0 is that of the inputs."""
    return f"l{position}n{index + 1}" if position else f"x{index + 1}"


def _circle(
    graph: graphviz.Digraph, name: str, text: str, column: _Column, height: float, *, fill: str, tooltip: str
) -> None:
    size = 11 if len(text) <= 6 else 10 if len(text) <= 8 else 8
    graph.node(
        name,
        quoted(text),
        pos=_pinned(column.x, height),
        width=f"{2 * column.radius / 72:.4f}",
        fontsize=str(size),
        fillcolor=fill,
        tooltip=quoted_tooltip(tooltip),
    )


def _text(
    graph: graphviz.Digraph, name: str, text: str, x: float, y: float, *, size: int, tooltip: str | None = None
) -> None:
    """Text on a white ground, which covers the lines below it."""
    graph.node(
        name,
        quoted(text),
        shape="box",
        pos=_pinned(x, y),
        width=f"{(0.55 * len(text) * size + 3) / 72:.4f}",
        height=f"{(size + 2) / 72:.4f}",
        fontsize=str(size),
        fillcolor="white",
        penwidth="0",
        tooltip=quoted_tooltip(tooltip or text),
    )


def _activation_text(name: str) -> str:
    return shorten(PRIMITIVES[name].symbol if name in PRIMITIVES else name, 10)


def _pinned(x: float, y: float) -> str:
    return f"{x / 72:.4f},{y / 72:.4f}!"


def _about(what: str, value: Value) -> str:
    label = f" {value.label!r}" if value.label else ""
    return f"{what}{label} = {value.data!r}, grad = {value.grad if value.has_grad else NOT_COMPUTED}"


# --- weights ----------------------------------------------------------------------------------------------------------


def _add_weights(
    graph: graphviz.Digraph, columns: Sequence[_Column], layers: Sequence[Sequence[NeuronLike]], numbered: bool
) -> None:
    sizes = [abs(weight.data) for layer in layers for neuron in layer for weight in neuron.w]
    largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    thickest = 4.0 if numbered else 2.0
    for position, layer in enumerate(layers, 1):
        left, right = columns[position - 1], columns[position]
        part = _number_position(left.size, right.size)
        for index, height in right.places():
            for source, source_height in left.places():
                weight = layer[index].w[source]
                about = _about(f"layer {position}, neuron {index + 1}, weight {source + 1}:", weight)
                name, tail = _name(position, index), _name(position - 1, source)
                graph.edge(tail, name, tooltip=quoted_tooltip(about), **_stroke(weight.data, largest, thickest))
                if numbered:
                    x = left.x + part * (right.x - left.x)
                    y = source_height + part * (height - source_height)
                    text = number_text(weight.data, 3)
                    _text(graph, f"{name}w{source + 1}", text, x, y, size=10, tooltip=about)


def _stroke(weight: float, largest: float, thickest: float) -> dict[str, str]:
    """Colour and dashes by the sign, thickness by the size as a part of the largest."""
    if math.isnan(weight) or weight == 0.0:
        return {"color": _NEITHER, "style": "dotted", "penwidth": "0.8"}
    part = 1.0 if math.isinf(weight) or abs(weight) >= largest else abs(weight) / largest
    return {
        "color": _POSITIVE if weight > 0 else _NEGATIVE,
        "style": "solid" if weight > 0 else "dashed",
        "penwidth": f"{0.5 + (thickest - 0.5) * part:.2f}",
    }
