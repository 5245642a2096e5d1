"""The path of an optimiser over a function of two parameters, and how it is drawn on a map of its heights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, Value, value_and_grad
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from, positive_count
from nn import SGD, Optimizer

from .height_map import Function2D, check_takes_two_numbers
from .style import BLACK, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Descent", "MakeOptimizer", "descend", "draw_minima", "draw_path", "ends_of", "start_from"]

Array = NDArray[np.float64]
#: From the parameters and a learning rate to an optimiser, such as :class:`nn.SGD`.
MakeOptimizer = Callable[[Sequence[Value], float], Optimizer]

_MANY = 32  # steps from which on a path is drawn with a thin line, so that a zig-zag stays one
_MOST_STEPS = 100_000
_GONE = 1e12  # so far out nothing comes back, and squares are still finite


@dataclass(frozen=True, eq=False)
class Descent:
    """Where an optimiser went.

    Attributes
    ----------
    points
        The start and where each step led, of shape (steps + 1, 2).
    losses
        The function there, of shape (steps + 1,).
    escaped
        Whether it was stopped because the next point was not finite, or too far out to be drawn.
    """

    points: Array
    losses: Array
    escaped: bool

    @property
    def diverged(self) -> bool:
        """Whether it ended higher than it began, or left for infinity."""
        return self.escaped or bool(self.losses[-1] > self.losses[0])


def start_from(start: Any, who: str) -> tuple[float, float]:
    """Two finite numbers to start from, or an error that says so.

    >>> start_from([1, 2], "plot")
    (1.0, 2.0)
    """
    try:
        first, second = start
    except (TypeError, ValueError):
        raise InputValueError(
            f"{who}: start={start!r} is not a point in two dimensions; write start=(2.0, 1.0)"
        ) from None
    point = number_from(first, f"{who}: start"), number_from(second, f"{who}: start")
    if not all(map(math.isfinite, point)):
        raise InputValueError(f"{who}: start={start!r} is not finite; write start=(2.0, 1.0)")
    return point


def descend(
    f: Function2D,
    start: tuple[float, float],
    who: str,
    *,
    learning_rate: float,
    steps: int,
    optimizer: MakeOptimizer = SGD,
    goal: float = -math.inf,
) -> Descent:
    """Let an optimiser go some steps from a start.

    It ends early at a loss that is not above the goal, and where the function is no longer finite.

    Examples
    --------
    >>> found = descend(lambda a, b: a**2 + b**2, (1.0, 2.0), "plot", learning_rate=0.25, steps=2)
    >>> found.points.tolist(), found.losses.tolist()
    ([[1.0, 2.0], [0.5, 1.0], [0.25, 0.5]], [5.0, 1.25, 0.3125])
    """
    check_takes_two_numbers(f, who)
    steps = positive_count(steps, f"{who}: steps", 50)
    if steps > _MOST_STEPS:
        raise InputValueError(f"{who}: steps={shortened(steps)} are too many for a picture; write for example steps=50")
    if not callable(optimizer):
        raise InputTypeError(f"{who}: the optimizer is {shortened(optimizer)}; write a class, such as optimizer=SGD")
    loss_and_slopes = value_and_grad(f, argnums=(0, 1))
    parameters = [Value(number) for number in start]
    mover = optimizer(parameters, learning_rate)
    if not callable(getattr(mover, "step", None)):
        raise InputTypeError(f"{who}: optimizer= made {shortened(mover)}, which has no step(); write optimizer=SGD")
    try:
        loss, slopes = loss_and_slopes(*start)
    except InputTypeError as error:
        raise InputTypeError(f"{who}: {error}") from None
    if not all(map(math.isfinite, (loss, *slopes))):
        raise InputValueError(f"{who}: at start={start} the function is {loss}, its gradient {slopes}; start elsewhere")
    points, losses = [start], [loss]
    while len(losses) <= steps and losses[-1] > goal:
        for parameter, slope in zip(parameters, slopes, strict=True):
            parameter.grad = slope
        mover.step()
        point = (parameters[0].data, parameters[1].data)
        loss, slopes = loss_and_slopes(*point)
        if not all(map(math.isfinite, (loss, *slopes))) or max(map(abs, point)) > _GONE:
            return Descent(np.array(points), np.array(losses), escaped=True)
        points.append(point)
        losses.append(loss)
    return Descent(np.array(points), np.array(losses), escaped=False)


def draw_path(axes: Axes, descent: Descent, *heights: Array, colour: str = VERMILION) -> None:
    """The path with a dot at each step, a ring at the start and a black dot at the end.

    With `heights` given, on axes of three dimensions.
    """
    place: list[Any] = [descent.points[:, 0], descent.points[:, 1], *heights]
    many = len(descent.points) > _MANY
    dots = max(len(descent.points) // 100, 1)  # of a very long path only some steps get one
    axes.plot(*place, color="white", linewidth=1.3 if many else 2.6, zorder=3, label="_casing")  # on any ground
    axes.plot(
        *place,
        color=colour,
        linewidth=0.7 if many else 1.2,
        marker="o",
        markersize=1.4 if many else 2.4,
        markevery=dots,
        zorder=4,
        label="_path",
    )
    ends: dict[str, Any] = {"linestyle": "", "zorder": 5}
    axes.plot(
        *(each[:1] for each in place),
        marker="o",
        markersize=6,
        markerfacecolor="white",
        markeredgecolor=colour,
        label="_start",
        **ends,
    )
    if not descent.diverged:
        axes.plot(*(each[-1:] for each in place), marker="o", markersize=5, color=BLACK, label="_end", **ends)


def draw_minima(axes: Axes, minima: Sequence[tuple[float, float]]) -> None:
    """A cross at each minimum."""
    for x, y in minima:
        cross: dict[str, Any] = {"marker": "x", "markersize": 7, "markeredgewidth": 1.8, "color": BLACK}
        axes.plot([x], [y], linestyle="", zorder=6, label="_minimum", **cross)


def ends_of(axes: Sequence[Axes]) -> dict[str, Any]:
    """What a legend has to explain of the paths on some axes: a line for each kind of mark there is."""
    named = {"_start": "start", "_end": "end of the descent", "_minimum": "minimum"}
    found = {line.get_label(): line for each in axes for line in each.lines}
    return {text: found[label] for label, text in named.items() if label in found}
