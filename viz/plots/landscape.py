"""The landscape of a function of two parameters with a descent on it, and descents with different learning rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core import InputValueError
from autograd_core.scalar.conversion import number_from
from autograd_core.transforms.argument_names import argument_names
from nn import SGD

from .descent import Descent, MakeOptimizer, descend, draw_minima, draw_path, ends_of, start_from
from .height_map import Function2D, Limits, draw_contours, draw_surface, height_map, limits_from
from .matplotlib_text import parameter_text
from .plot import Plot, new_figure
from .style import colour_of
from .training_plots import draw_losses

__all__ = ["names_of", "plot_landscape", "plot_learning_rates"]

_NEAR, _FAR = 3.0, 6.0  # how far a map reaches from the origin, and at most for a descent that ends further out
_MOST_PANELS = 5


def plot_landscape(
    f: Function2D,
    *,
    start: Sequence[float] | None = None,
    learning_rate: float = 0.1,
    steps: int = 50,
    optimizer: MakeOptimizer = SGD,
    limits: Any = None,
    title: str | None = None,
) -> Plot:
    """Draw a function of two parameters as contours and as a surface, with the path of an optimiser.

    Contours enclose bands of equal area, darker where the function is lower. A step of gradient descent stands at
    right angles to the contour it starts from.

    Parameters
    ----------
    f
        A function of two numbers, such as a loss of two weights.
    start
        Where the descent starts; None draws no descent.
    learning_rate, steps
        How far a step goes, in units of the gradient, and how many there are.
    optimizer
        From parameters and a learning rate to what moves them, such as :class:`nn.SGD`.
    limits
        The ends of both axes; else -3 and 3, or a little further out if a descent ends there.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If `f` is not a function of two numbers, is not finite at the start, or an argument is not as described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> plot_landscape(lambda w1, w2: w1**2 - w2**2, start=(2.0, 0.01), learning_rate=0.1, steps=30)
    <Plot: landscape of 2 parameters, 30 steps from (2, 0.01) to (0.002476, 2.374)>
    """
    who = "plot_landscape"
    given = None if limits is None else limits_from(limits, who)
    path = None
    if start is not None:
        path = descend(f, start_from(start, who), who, learning_rate=learning_rate, steps=steps, optimizer=optimizer)
    limits = given or _limits_around([] if path is None else [path])
    fine = height_map(f, limits, who)
    coarse = height_map(f, limits, who, coarse=True)
    names = names_of(f)
    with new_figure(7.0, 3.4) as figure:
        flat, solid = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")
        draw_contours(flat, fine, names)
        draw_minima(flat, fine.minima())
        draw_surface(solid, coarse, names)
        if path is not None:
            draw_path(flat, path)
            inside = _part_within(path, limits)
            draw_path(solid, inside, inside.losses)
            flat.set_title(f"{len(path.losses) - 1} steps, learning rate {learning_rate:g}")
        solid.set_title("the same as a surface")
        ends = ends_of([flat])
        if ends:
            figure.legend(ends.values(), ends.keys(), loc="outside lower center", ncols=len(ends))
        if title is not None:
            figure.suptitle(title)
    if path is None:
        return Plot(figure, "landscape of 2 parameters")
    told = " to ".join(f"({x:.4g}, {y:.4g})" for x, y in (path.points[0], path.points[-1]))
    return Plot(figure, f"landscape of 2 parameters, {len(path.losses) - 1} steps from {told}")


def plot_learning_rates(
    f: Function2D,
    *,
    start: Sequence[float],
    learning_rates: Sequence[float],
    steps: int = 30,
    optimizer: MakeOptimizer = SGD,
    limits: Any = None,
    title: str | None = None,
) -> Plot:
    """Draw the descents of one function with different learning rates side by side, and their losses below.

    Parameters
    ----------
    f
        A function of two numbers.
    start
        Where each descent starts.
    learning_rates
        One to five learning rates.
    steps, optimizer, limits, title
        As in :func:`plot_landscape`.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError, RenderError
        As :func:`plot_landscape`; or if there are no learning rates, or too many to stand side by side.

    Examples
    --------
    >>> plot_learning_rates(lambda w1, w2: w1**2 + w2**2, start=(2.0, 1.0), learning_rates=[0.1, 1.1], steps=10)
    <Plot: 10 steps of descent with learning rates η = 0.1 (loss 0.058), η = 1.1 (diverges)>
    """
    who = "plot_learning_rates"
    if not isinstance(learning_rates, list | tuple | np.ndarray) or not 1 <= len(learning_rates) <= _MOST_PANELS:
        raise InputValueError(
            f"{who}: learning_rates={learning_rates!r}; give one to {_MOST_PANELS} numbers such as [0.01, 0.1, 1.0]"
        )
    learning_rates = [number_from(rate, f"{who}: learning_rates") for rate in learning_rates]
    given = None if limits is None else limits_from(limits, who)
    first = start_from(start, who)
    paths = {
        f"η = {rate:g}": descend(f, first, who, learning_rate=rate, steps=steps, optimizer=optimizer)
        for rate in learning_rates
    }
    limits = given or _limits_around(paths.values())
    found = height_map(f, limits, who)
    (left, right), (low, high) = limits
    panel = 6.4 / len(paths) * (high - low) / (right - left)  # inches high, as both axes have one scale
    with new_figure(7.4, min(panel, 2.8) + 3.3) as figure:
        panels = figure.add_gridspec(2, len(paths), height_ratios=(min(panel, 2.8), 2.0))
        for position, (label, path) in enumerate(paths.items()):
            axes = figure.add_subplot(panels[0, position])
            draw_contours(axes, found, names_of(f))
            draw_path(axes, path, colour=colour_of(position))
            draw_minima(axes, found.minima())
            axes.set_title(f"{label}{': diverges' if path.diverged else ''}")
            if position:
                axes.set_ylabel("")
        ends = ends_of(figure.axes)
        below = figure.add_subplot(panels[1, :])
        draw_losses(below, {label: path.losses for label, path in paths.items()}, "step", also=ends)
        if title is not None:
            figure.suptitle(title)
    told = ", ".join(
        f"{label} ({'diverges' if path.diverged else f'loss {path.losses[-1]:.2g}'})" for label, path in paths.items()
    )
    return Plot(figure, f"{steps} steps of descent with learning rates {told}")


def names_of(f: Function2D) -> tuple[str, str]:
    """What the function calls its parameters, set as mathematics.

    >>> names_of(lambda w1, w2: w1 + w2)
    ('$w_{1}$', '$w_{2}$')
    """
    first, second = argument_names(f, 2, "parameter")
    return parameter_text(first), parameter_text(second)


def _limits_around(paths: Iterable[Descent]) -> Limits:
    """The map on which each descent can be seen to end, unless that is far out; what diverges leaves it."""
    reach = _NEAR
    for path in paths:
        end = math.ceil(1.05 * float(np.abs(path.points[-1]).max()))  # with room for the dot
        if not path.diverged and end <= _FAR:
            reach = max(reach, float(end))
    return (-reach, reach), (-reach, reach)


def _part_within(path: Descent, limits: Any) -> Descent:
    """The points from the start on that lie on the map; a surface is not cut at its edges as contours are."""
    low, high = np.array(limits).T
    outside = np.flatnonzero(((path.points < low) | (path.points > high)).any(axis=1))
    end = outside[0] if outside.size else len(path.points)
    return Descent(path.points[:end], path.losses[:end], escaped=path.escaped)
