"""The classic picture of a network: a column of circles for the inputs and for each layer, a line for each weight.

The places of everything are computed here, for no general layout knows what a layer is. Lengths are in points, x grows
to the right and y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from autograd_core import PRIMITIVES
from autograd_core.errors import InputTypeError, InputValueError, shortened
from autograd_core.formulas.printing import visible
from autograd_core.scalar.conversion import number_from

from ..graphs.heat import Scale, scale_of
from ..graphs.labels import NOT_COMPUTED, shorten, subscript
from ..graphs.measures import largest
from ..graphs.numbers_text import number_text
from ..graphs.options import require_one_of, require_text
from ..output.text_width import text_width
from .canvas import Canvas
from .drawing import Drawing
from .network_layers import NetworkLike, Weight, WeightedNeuron, layers_of
from .records import INK, Style

__all__ = ["draw_network"]


# Blue and vermilion differ for every kind of colour vision; dashes tell them apart in a grey print.
_POSITIVE, _NEGATIVE, _NEITHER = "#0072b2", "#d55e00", "#6b7280"
_INPUT_FILL, _NEURON_FILL = "#fff1cc", "#e3eefa"
_GAP_BETWEEN = "\xa0" * 4  # entries of the legend
_LEGEND = _GAP_BETWEEN.join(("solid blue: positive weight", "dashed orange: negative weight", "thicker: larger weight"))
_HEATED_LEGEND = _GAP_BETWEEN.join(
    ("solid: positive weight", "dashed: negative weight", "thicker: larger weight", "colour:")
)
_HELD = "gradients as the weights hold them: the sum of all backward passes since zero_grad()"
_NOT_COMPUTED = "#d1d5db"

_RADIUS, _SMALL_RADIUS = 26.0, 16.0
_STEP, _SMALL_STEP = 76.0, 38.0  # from one circle to the next below it
_GAP = 200.0  # from one column to the next
_NUMBER_HEIGHT = 20.0
_NUMBER_DISTANCE = 70.0  # from the centre of a circle to that of the nearest number
_MOST_NUMBERED_NEURONS, _MOST_NUMBERED_LINES = 12, 36
_MOST_CIRCLES = 40
_SWATCH = 62.0  # the width of a colour in the legend


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


def draw_network(
    model: NetworkLike,
    *,
    title: str | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    heat: str | None = None,
    thickest: float | None = None,
) -> Drawing:
    """Draw a network as circles in columns: the inputs, then each layer of neurons.

    A line is a weight: the thicker, the larger; blue if positive, orange and dashed if negative. Its number stands on
    it as long as there is room. In a circle stands the activation function, below it the bias.

    Parameters
    ----------
    model
        An ``nn.MLP`` or ``nn.Sequential``, or anything with the same attributes (see `NetworkLike`).
    title
        A title above the picture.
    inputs, outputs
        What the inputs and outputs are, such as the names of features and classes; written beside their circles.
    heat
        Colour lines by magnitude on a logarithmic scale, with a legend, instead of by sign: ``"grad"``, the gradient
        of the weight, or ``"data"``, the weight itself.
    thickest
        The absolute value of a weight that is drawn thickest; by default that of the largest. Give the same number to
        see weights grow and shrink between two pictures.

    Returns
    -------
    Drawing
        A notebook shows it by itself; ``draw_network(model).save("network.svg")`` writes it to a file.

    Raises
    ------
    InputTypeError
        If `model` is not such a network, the title not a text, names not texts, or `thickest` not a number.
    InputValueError
        If there is no layer or no neuron in one, a neuron's weights are not as many as its inputs, names are more or
        fewer than what they name, `thickest` is not positive, or the gradient is to be coloured and was not computed.

    Examples
    --------
    >>> from types import SimpleNamespace as Thing
    >>> from autograd_core import Value
    >>> neuron = Thing(w=[Value(0.5), Value(-1.0)], b=Value(0.1), activation="tanh")
    >>> draw_network(Thing(layers=[Thing(neurons=[neuron])]))
    <Drawing: network 2-1, 3 parameters>
    """
    require_text(title, "title")
    layers = layers_of(model)
    pens = _pens(layers, heat, thickest)
    sizes = [len(layers[0][0].w), *map(len, layers)]
    numbered = max(sizes) <= _MOST_NUMBERED_NEURONS and all(
        left * right <= _MOST_NUMBERED_LINES for left, right in pairwise(sizes)
    )
    columns = _columns(sizes, numbered)
    lines = [shorten(title, 120)] if title else []
    if not numbered:
        lines.append("(too many weights to write their numbers)")
    canvas = Canvas()
    _add_circles(canvas, columns, layers)
    _add_names(canvas, columns[0], _names(inputs, "inputs", sizes[0]), "left")
    _add_names(canvas, columns[-1], _names(outputs, "outputs", sizes[-1]), "right")
    _add_legend(canvas, columns, pens)
    _add_weights(canvas, columns, layers, numbered, pens)
    parameters = sum(len(neuron.w) + 1 for layer in layers for neuron in layer)
    return Drawing(canvas.sheet(lines), f"network {'-'.join(map(str, sizes))}, {parameters:,} parameters")


@dataclass(frozen=True, slots=True)
class _Pens:
    """How weights are drawn: which is the thickest, and what is coloured."""

    largest: float
    heat: str | None
    scale: Scale | None

    def stroke(self, weight: Weight, thickest: float) -> Style:
        """Colour by sign or heat, dashes by the sign, thickness by the size as a part of the largest."""
        stroke = _stroke(weight.data, self.largest, thickest)
        if self.scale is None:
            return stroke
        magnitude = _magnitude(weight, self.heat)
        return stroke._replace(stroke=_NOT_COMPUTED if magnitude is None else self.scale.line_colour(magnitude))


def _pens(layers: Sequence[Sequence[WeightedNeuron]], heat: str | None, thickest: float | None) -> _Pens:
    weights = [weight for layer in layers for neuron in layer for weight in neuron.w]
    if thickest is None:
        thickest = max((abs(each.data) for each in weights if math.isfinite(each.data)), default=0.0)
    elif isinstance(thickest, bool) or not isinstance(thickest, int | float):
        raise InputTypeError(f"thickest: {thickest!r} is not a number; write for example thickest=2.0")
    elif not (thickest := number_from(thickest, "thickest")) > 0.0:
        raise InputValueError(f"thickest: {thickest} is not positive; write for example thickest=2.0")
    if heat is None:
        return _Pens(thickest, None, None)
    require_one_of("heat", heat, ("grad", "data"))
    magnitudes = [_magnitude(each, heat) for each in weights]
    if all(each is None for each in magnitudes):
        raise InputValueError("heat: no gradient of the network was computed; call backward() on a loss first")
    what = "|gradient of the weight|" if heat == "grad" else "|weight|"
    return _Pens(thickest, heat, scale_of(what, magnitudes))


def _magnitude(weight: Weight, heat: str | None) -> float | None:
    number = weight.grad if heat == "grad" else weight.data
    return None if number is None else largest(number)


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
        heights = [(_SMALL_STEP if small else step) * (slot - (len(slots) - 1) / 2) for slot in range(len(slots))]
        x = 0.0
        if columns:
            before = columns[-1]
            # Lines between tall columns would be too steep to be told apart in a narrow gap.
            x = before.x + max(_GAP, before.heights[-1], heights[-1])
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


def _add_circles(canvas: Canvas, columns: Sequence[_Column], layers: Sequence[Sequence[WeightedNeuron]]) -> None:
    top = min(column.heights[0] for column in columns) - _RADIUS - 20
    for position, column in enumerate(columns):
        name = "inputs" if position == 0 else f"layer {position}"
        if position == len(layers):
            name += " (output)"
        _text(canvas, f"h{position}", name, column.x, top, size=12)
        if column.gap is not None:
            left_out = f"⋮ {column.size - len(column.shown):,} more"
            _text(canvas, f"g{position}", left_out, column.x, column.gap, size=12)
    for index, height in columns[0].places():
        text = f"x{subscript(index + 1)}"
        _circle(canvas, _name(0, index), text, columns[0], height, fill=_INPUT_FILL, tooltip=f"input {index + 1}")
    for position, (column, layer) in enumerate(zip(columns[1:], layers, strict=True), 1):
        for index, height in column.places():
            neuron, name = layer[index], _name(position, index)
            tooltip = f"layer {position}, neuron {index + 1}: {neuron.activation}"
            text = _activation_text(neuron.activation)
            _circle(canvas, name, text, column, height, fill=_NEURON_FILL, tooltip=tooltip)
            bias = f"b = {number_text(neuron.b.data, 3)}"
            _text(canvas, f"{name}b", bias, column.x, height + _RADIUS + 9, size=10, tooltip=_about("bias", neuron.b))


def _names(given: Any, what: str, count: int) -> Sequence[str]:
    """Names as they were given; none if they were not."""
    if given is None:
        return ()
    names = () if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if not names or not all(isinstance(each, str) for each in names):
        raise InputTypeError(
            f"{what}: {shortened(given)} does not hold names; write for example {what}=['age', 'height']"
        )
    if len(names) != count:
        raise InputValueError(f"{what}: the network has {count:,} {what}, and {len(names):,} names were given")
    return names


def _add_names(canvas: Canvas, column: _Column, names: Sequence[str], side: str) -> None:
    """What inputs or outputs are, outside of the network."""
    size = 11 if column.radius == _RADIUS else 10
    for index, height in column.places() if names else ():
        text = shorten(names[index], 24)
        away = column.radius + 6.0 + text_width(text) * size / 2
        x = column.x - away if side == "left" else column.x + away
        _text(canvas, f"{side}{index + 1}", text, x, height, size=size, tooltip=names[index])


def _add_legend(canvas: Canvas, columns: Sequence[_Column], pens: _Pens) -> None:
    """What lines mean; below that the colours beside the numbers they stand for."""
    scale = pens.scale
    middle = (columns[0].x + columns[-1].x) / 2
    y = max(column.heights[-1] for column in columns) + _RADIUS + 44
    if scale is None:
        _text(canvas, "legend", _LEGEND, middle, y, size=10)
        return
    _text(canvas, "legend", f"{_HEATED_LEGEND} {scale.what}", middle, y, size=10)
    ticks = scale.ticks()[::-1]
    for position, magnitude in enumerate(ticks):
        ink = "white" if scale.is_dark(magnitude, line=True) else INK
        style = Style(fill=scale.line_colour(magnitude), thickness=0.5, ink=ink)
        x, text = middle + (position - (len(ticks) - 1) / 2) * _SWATCH, number_text(magnitude)
        canvas.put(f"legend{position}", text, x, y + 24, (_SWATCH, 16.0), style, 10, f"{scale.what} = {text}")
    if pens.heat == "grad":  # no graph is at hand that could tell how many passes that were
        _text(canvas, "held", _HELD, middle, y + 46, size=10)


def _name(position: int, index: int) -> str:
    """The DOT name of a circle; column 0 is that of the inputs."""
    return f"l{position}n{index + 1}" if position else f"x{index + 1}"


def _circle(canvas: Canvas, name: str, text: str, column: _Column, height: float, *, fill: str, tooltip: str) -> None:
    wide = 2 * column.radius
    size = next((each for each in (11, 10, 9, 8, 7) if each * text_width(text) <= wide - 4.0), 6)
    canvas.put(name, text, column.x, height, (wide, wide), Style(fill=fill, shape="circle"), size, tooltip)


def _text(canvas: Canvas, name: str, text: str, x: float, y: float, *, size: int, tooltip: str | None = None) -> None:
    """Text on a white ground, which covers the lines below it."""
    style = Style(fill="white", stroke="none")
    canvas.put(name, text, x, y, (text_width(text) * size + 3.0, size + 2.0), style, size, tooltip or text)


def _activation_text(name: str) -> str:
    return shorten(PRIMITIVES[name].symbol if name in PRIMITIVES else name, 10)


def _about(what: str, weight: Weight) -> str:
    label = f" {weight.label!r}" if visible(weight.label) else ""
    return f"{what}{label} = {weight.data!r}, grad = {NOT_COMPUTED if weight.grad is None else weight.grad}"


# --- weights ----------------------------------------------------------------------------------------------------------


def _add_weights(
    canvas: Canvas,
    columns: Sequence[_Column],
    layers: Sequence[Sequence[WeightedNeuron]],
    numbered: bool,
    pens: _Pens,
) -> None:
    thickest = 4.0 if numbered else 2.0
    for position, layer in enumerate(layers, 1):
        left, right = columns[position - 1], columns[position]
        part = _number_position(left.size, right.size)
        for index, height in right.places():
            for source, source_height in left.places():
                weight = layer[index].w[source]
                about = _about(f"layer {position}, neuron {index + 1}, weight {source + 1}:", weight)
                name, tail = _name(position, index), _name(position - 1, source)
                canvas.line(tail, name, pens.stroke(weight, thickest), about)
                if numbered:
                    x = left.x + part * (right.x - left.x)
                    y = source_height + part * (height - source_height)
                    text = number_text(weight.data, 3)
                    _text(canvas, f"{name}w{source + 1}", text, x, y, size=10, tooltip=about)


def _stroke(weight: float, largest: float, thickest: float) -> Style:
    """Colour and dashes by the sign, thickness by the size as a part of the largest."""
    if math.isnan(weight) or weight == 0.0:
        return Style(stroke=_NEITHER, thickness=0.8, line="dotted")
    part = 1.0 if math.isinf(weight) or abs(weight) >= largest else abs(weight) / largest
    thickness = round(0.5 + (thickest - 0.5) * part, 2)
    if weight > 0:
        return Style(stroke=_POSITIVE, thickness=thickness)
    return Style(stroke=_NEGATIVE, thickness=thickness, line="dashed")
