"""The loss around a trained network, on the plane through its weights along two random directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError, Value, jit, no_grad
from autograd_core.scalar.conversion import number_from, positive_count
from nn import MLP, Sequential
from nn.conversion import examples_from, generator_from, targets_from

from .height_map import HeightMap, draw_contours, draw_surface
from .models import loss_node, network_from, replayed_or_plain
from .plot import Plot, new_figure
from .style import VERMILION

__all__ = ["filter_normalised", "losses_around", "plot_loss_around"]

Array = NDArray[np.float64]
_WHO = "plot_loss_around"


def plot_loss_around(
    model: MLP | Sequential,
    X: Any,
    y: Any,
    *,
    loss: Callable[[Any, Any], Any],
    seed: SupportsIndex,
    radius: float = 1.0,
    points: int = 41,
    title: str | None = None,
) -> Plot:
    """Draw the loss of a network with weights θ + a d₁ + b d₂, for two random directions d₁ and d₂.

    Directions are filter-normalised: the part that belongs to the weights of one neuron is as long as these weights
    are. So a distance of 1 means the same in every layer, and a rescaled network, which computes the same, looks the
    same. Biases stay as they are.

    Parameters
    ----------
    model
        A network, most often a trained one. It is not changed.
    X
        The examples, finite numbers of shape (n, d).
    y
        Their targets, finite numbers of shape (n,); for :func:`nn.cross_entropy` the number of each class.
    loss
        As in :func:`plot_layer_histograms`.
    seed
        An integer; another one gives other directions.
    radius
        How far the picture reaches from the weights on each side, in units of their own length.
    points
        How many points there are along an axis, an odd number, so that the trained weights are one of them.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If the model is something else, X and y are not examples and their targets, or an argument is not as described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018,
    section 4.

    Examples
    --------
    >>> from nn import mean_squared_error
    >>> model = MLP(1, [3, 1], seed=0)
    >>> plot_loss_around(model, [[-1.0], [2.0]], [0.0, 1.0], loss=mean_squared_error, seed=0, points=5)
    <Plot: loss around a network of 6 weights, 0.4508 in the middle>
    """
    copy = network_from(model, _WHO)
    found = losses_around(copy, X, y, loss=loss, seed=seed, radius=radius, points=points)
    middle_loss = float(found.heights[points // 2, points // 2])
    if not np.isfinite(middle_loss):
        raise InputValueError(f"{_WHO}: the loss of the network itself is not finite; train it anew")
    names = ("$a$, along direction 1", "$b$, along direction 2")
    with new_figure(7.4, 3.5) as figure:
        flat, solid = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")
        draw_contours(flat, found, names)
        draw_surface(solid, found, ("$a$", "$b$"))
        for axes, place in ((flat, ([0.0], [0.0])), (solid, ([0.0], [0.0], [middle_loss]))):
            axes.plot(*place, linestyle="", marker="o", markersize=6, color=VERMILION, zorder=5, label="_network")
        flat.set_title(f"the network (dot) has loss {middle_loss:.3g}")
        solid.set_title("the same as a surface")
        if title is not None:
            figure.suptitle(title)
    size = sum(layer.W.size for layer in copy.to_tensor().layers)
    return Plot(figure, f"loss around a network of {size} weights, {middle_loss:.4g} in the middle")


def losses_around(
    copy: MLP | Sequential,
    X: Any,
    y: Any,
    *,
    loss: Callable[[Any, Any], Any],
    seed: SupportsIndex,
    radius: float,
    points: int,
) -> HeightMap:
    """The losses that :func:`plot_loss_around` draws; the weights of `copy` may be others afterwards."""
    examples = examples_from(X)
    targets = targets_from(y, len(examples))
    half = number_from(radius, f"{_WHO}: radius")
    if not 0.0 < half < np.inf:
        raise InputValueError(f"{_WHO}: radius={radius!r} is not positive and finite; write radius=1.0")
    count = positive_count(points, f"{_WHO}: points", 41)
    if count < 3 or count % 2 == 0:
        raise InputValueError(f"{_WHO}: points={points} is not an odd number of at least 3; write points=41")
    matrices = [np.array(layer.W.data) for layer in copy.to_tensor().layers]
    generator = generator_from(seed, _WHO)
    first, second = (filter_normalised(matrices, generator) for _ in range(2))
    steps = np.linspace(-half, half, count)
    steps[count // 2] = 0.0
    across, up = (each.ravel() for each in np.meshgrid(steps, steps))
    weights = [
        middle + across[:, None, None] * one + up[:, None, None] * other
        for middle, one, other in zip(matrices, first, second, strict=True)
    ]
    heights = _losses(copy, weights, examples, targets, loss)
    return HeightMap(steps, steps, np.where(np.isfinite(heights), heights, np.nan).reshape(count, count))


def filter_normalised(matrices: list[Array], generator: Any) -> list[Array]:
    """A random direction for weight matrices, each row of which is as long as the row of the weights.

    >>> import random
    >>> [direction] = filter_normalised([np.array([[3.0, 4.0], [0.0, 0.0]])], random.Random(0))
    >>> np.linalg.norm(direction, axis=1).round(12).tolist()
    [5.0, 0.0]
    """
    directions = []
    for weights in matrices:
        drawn = np.array([[generator.gauss(0.0, 1.0) for _ in row] for row in weights])
        lengths = np.linalg.norm(drawn, axis=1, keepdims=True)
        directions.append(drawn / lengths * np.linalg.norm(weights, axis=1, keepdims=True))
    return directions


def _losses(copy: MLP | Sequential, weights: list[Array], X: Array, y: Array, loss: Callable[[Any, Any], Any]) -> Array:
    """The loss for each set of weights."""
    if isinstance(copy, MLP):
        return _losses_of_values(copy, weights, X, y, loss)
    losses = []
    with no_grad():
        for chosen in zip(*weights, strict=True):
            for layer, numbers in zip(copy.layers, chosen, strict=True):
                layer.W.data = numbers
            losses.append(loss_node(loss, copy(X), y, _WHO).item())
    return np.array(losses)


def _losses_of_values(copy: MLP, weights: list[Array], X: Array, y: Array, loss: Callable[[Any, Any], Any]) -> Array:
    """Record the loss of all examples once as a program of the weights, if that is the same function."""
    nodes = [weight for layer in copy.layers for neuron in layer.neurons for weight in neuron.w]
    numbers = np.concatenate([each.reshape(len(each), -1) for each in weights], axis=1)

    def whole() -> Value:
        value: Value = loss_node(loss, [copy(row) for row in X.tolist()], y, _WHO)
        return value

    def replay() -> Array:
        return np.asarray(jit(whole, parameters=nodes, arrays="values").batched((0,))(numbers))

    def plain(position: int) -> Array:
        for node, number in zip(nodes, numbers[position].tolist(), strict=True):
            node.data = number
        with no_grad():
            return np.array([whole().data])

    return replayed_or_plain(replay, plain, len(numbers), _WHO).ravel()
