"""How activations and gradients are distributed in each layer of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError
from nn import MLP, Sequential
from nn.conversion import examples_from, targets_from

from .models import loss_node, network_from
from .plot import Plot, new_figure
from .style import BLACK, BLUE, VERMILION

__all__ = ["plot_layer_histograms"]

Array = NDArray[np.float64]
_BINS = 30
_FEWEST_BARS = 6
_MOST_LAYERS = 8


@dataclass(frozen=True, eq=False)
class _LayerNumbers:
    """The outputs of one layer for all examples, and the gradient of the loss by each of them, both of shape (k,)."""

    name: str
    activations: Array
    gradients: Array


def plot_layer_histograms(
    model: MLP | Sequential, X: Any, y: Any, *, loss: Callable[[Any, Any], Any], title: str | None = None
) -> Plot:
    """Draw for each layer the histogram of its outputs, and of the gradient of the loss by these outputs.

    Gradients are shown by the logarithm of their size, so that one sees at a glance whether they die away or grow
    towards the first layer. The black line is their median; how many are exactly 0, such as those of a relu that is
    switched off, is written beside it.

    Parameters
    ----------
    model
        A network, which is not changed: a copy is differentiated.
    X
        The examples, finite numbers of shape (n, d).
    y
        Their targets, finite numbers of shape (n,); for :func:`nn.cross_entropy` the number of each class.
    loss
        From the predictions and the targets to the mean loss, such as :func:`nn.mean_squared_error`; of a network on
        Tensors, from a Tensor of shape (examples, outputs), such as :func:`nn.cross_entropy`.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If the model is something else or has more than eight layers, or X and y are not examples and their targets.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    figures 6 and 7.

    Examples
    --------
    >>> from nn import mean_squared_error
    >>> model = MLP(1, [3, 3, 1], activation="tanh", seed=0)
    >>> plot_layer_histograms(model, [[-1.0], [0.5], [2.0]], [0.0, 1.0, 0.5], loss=mean_squared_error)
    <Plot: activations and gradients of 3 layers, 3 examples>
    """
    examples = examples_from(X)
    targets = targets_from(y, len(examples))
    layers = _numbers_of(model, examples, targets, loss)
    if len(layers) > _MOST_LAYERS:
        raise InputValueError(
            f"plot_layer_histograms: {len(layers)} layers, and there is room for {_MOST_LAYERS}; "
            "see nn.gradient_health for a table of any number"
        )
    sizes = [np.log10(np.abs(each.gradients[each.gradients != 0.0])) for each in layers]
    with new_figure(max(1.75 * len(layers), 3.6), 4.2) as figure:
        upper: Any = None
        lower: Any = None
        ends = _ends([each.activations for each in layers])
        size_ends = _ends(sizes)
        for position, (each, size) in enumerate(zip(layers, sizes, strict=True), start=1):
            upper = figure.add_subplot(2, len(layers), position, sharex=upper, sharey=upper)
            lower = figure.add_subplot(2, len(layers), len(layers) + position, sharex=lower, sharey=lower)
            _draw(upper, each.activations, ends, BLUE)
            _draw(lower, size, size_ends, VERMILION, whole=len(each.gradients))
            upper.set_title(each.name)
            zeros = float((each.gradients == 0.0).mean())
            if zeros:
                lower.set_title(f"{zeros:.0%} are exactly 0", fontsize=8.0)
            if len(size):
                lower.axvline(float(np.median(size)), color=BLACK, linewidth=1.2, label="_median")
            upper.set_xlabel("output s")
            lower.set_xlabel(r"$\log_{10}\,|dL/ds|$")
            if position == 1:
                upper.set_ylabel("share of outputs")
                lower.set_ylabel("share of gradients")
            else:
                upper.tick_params(labelleft=False)
                lower.tick_params(labelleft=False)
        medians = [line for line in lower.lines if line.get_label() == "_median"]
        figure.legend(medians, ["median of the gradients that are not 0"][: len(medians)], loc="outside lower center")
        if title is not None:
            figure.suptitle(title)
    return Plot(figure, f"activations and gradients of {len(layers)} layers, {len(examples)} examples")


def _draw(axes: Any, numbers: Array, ends: tuple[float, float], colour: str, whole: int | None = None) -> None:
    """A histogram of shares: of these numbers, or of a whole that they are part of.

    No bar reaches beyond the numbers of its layer; bars are about equally wide in all layers, if there are not too few.
    """
    width = (ends[1] - ends[0]) / _BINS
    if len(numbers):
        low, high = float(numbers.min()), float(numbers.max())
        if low == high:
            low, high = low - width / 2, high + width / 2
        counts, bins = np.histogram(numbers, max(_FEWEST_BARS, round((high - low) / width)), (low, high))
        axes.stairs(counts / (whole or len(numbers)), bins, fill=True, color=colour, alpha=0.85)
    axes.set_xlim(ends[0] - width, ends[1] + width)


def _ends(layers: Sequence[Array]) -> tuple[float, float]:
    """The least and the largest number of all layers; an interval around it if there is only one."""
    numbers = np.concatenate(layers)
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _numbers_of(model: Any, X: Array, y: Array, loss: Callable[[Any, Any], Any]) -> list[_LayerNumbers]:
    """Differentiate a copy of the model, and collect what its layers gave and received."""
    copy = network_from(model, "plot_layer_histograms")
    return _of_values(copy, X, y, loss) if isinstance(copy, MLP) else _of_tensors(copy, X, y, loss)


def _of_values(copy: MLP, X: Array, y: Array, loss: Callable[[Any, Any], Any]) -> list[_LayerNumbers]:
    outputs: list[list[Any]] = [[] for _ in copy.layers]
    predictions = []
    for row in X.tolist():
        signal: Any = row
        for layer, seen in zip(copy.layers, outputs, strict=True):
            signal = layer(signal)
            seen.extend(signal if isinstance(signal, list) else [signal])
        predictions.append(signal)
    loss_node(loss, predictions, y, "plot_layer_histograms").backward()
    return [
        _LayerNumbers(
            _title(position, layer.neurons[0].activation),
            np.array([node.data for node in seen]),
            np.array([node.grad for node in seen]),
        )
        for position, (layer, seen) in enumerate(zip(copy.layers, outputs, strict=True), start=1)
    ]


def _of_tensors(copy: Sequential, X: Array, y: Array, loss: Callable[[Any, Any], Any]) -> list[_LayerNumbers]:
    outputs: list[Any] = []
    for layer in copy.layers:
        outputs.append(layer(outputs[-1] if outputs else X))
    loss_node(loss, outputs[-1], y, "plot_layer_histograms").backward(keep_interior=True)
    return [
        _LayerNumbers(_title(position, layer.activation), np.ravel(seen.data), np.ravel(seen.grad))
        for position, (layer, seen) in enumerate(zip(copy.layers, outputs, strict=True), start=1)
    ]


def _title(position: int, activation: str) -> str:
    return f"layer {position}, {activation.replace('_', ' ')}"
