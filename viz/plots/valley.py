"""Gradient descent in long valleys: the zig-zag of ill-conditioned losses, and how standardising inputs removes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, grad, hessian
from autograd_core.errors import shortened
from nn import Standardizer, mean_squared_error
from nn.conversion import examples_from, targets_from

from .descent import Descent, descend, draw_minima, draw_path, ends_of, start_from
from .height_map import (
    Function2D,
    Limits,
    check_takes_two_numbers,
    draw_contours,
    evaluate_many,
    height_map,
    limits_from,
)
from .landscape import names_of
from .matplotlib_text import parameter_text
from .plot import Plot, new_figure
from .style import colour_of
from .training_plots import draw_losses

__all__ = ["plot_standardizing", "plot_valleys"]

Array = NDArray[np.float64]
_MOST_PANELS = 4
_GOAL = 1e-3  # a descent has arrived when its loss is this part of the loss at the start
_PATIENCE = 2000


@dataclass(frozen=True, eq=False)
class _Valley:
    """A quadratic loss with the descent that suits it best."""

    f: Function2D
    start: tuple[float, float]
    limits: Limits
    names: tuple[str, str]
    condition: float
    path: Descent  # until it has arrived, or patience is at its end
    lowest: float
    bottom: tuple[float, float]

    @property
    def excess(self) -> Array:
        """How far the loss is above its minimum, as a part of what it was at the start."""
        above: Array = np.maximum(self.path.losses - self.lowest, 0.0)
        return np.asarray(above / (above[0] or 1.0))

    @property
    def caption(self) -> str:
        steps = len(self.path.losses) - 1
        if self.excess[-1] > _GOAL * (1.0 + 1e-9):
            return f"κ = {self.condition:.3g}, more than {steps} steps"
        return f"κ = {self.condition:.3g}, {steps} step{'' if steps == 1 else 's'}"


def plot_valleys(
    functions: Mapping[str, Function2D],
    *,
    start: Sequence[float] = (1.8, 1.0),
    limits: Any = ((-2.0, 2.0), (-1.25, 1.25)),
    title: str | None = None,
) -> Plot:
    """Draw gradient descent on convex quadratic functions, each with the constant learning rate that suits it best.

    Above stand the paths, below the losses. With a condition number κ the best rate, 2 / (λmax + λmin), shrinks the
    distance to the minimum by (κ - 1) / (κ + 1) a step, so the number of steps grows like κ.

    Parameters
    ----------
    functions
        One to four functions of two numbers, with a name each.
    start
        Where each descent starts.
    limits
        The ends of both axes.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If a function is not one of two numbers or not convex at the start, or an argument is not as described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    S. Boyd and L. Vandenberghe, *Convex Optimization*, Cambridge University Press (2004), section 9.3; the best
    constant rate: B. T. Polyak, *Introduction to Optimization* (1987), section 1.4. The second derivatives come from
    :func:`autograd_core.hessian`.

    Examples
    --------
    >>> plot_valleys({"round": lambda w1, w2: w1**2 + w2**2, "long": lambda w1, w2: w1**2 + 20 * w2**2})
    <Plot: descent in valleys: round (κ = 1, 1 step), long (κ = 20, 35 steps)>
    """
    if not isinstance(functions, Mapping):
        raise InputTypeError(
            f"plot_valleys: {shortened(functions)} is not a dictionary; "
            f"write {{'long': lambda w1, w2: w1**2 + 20 * w2**2}}"
        )
    if not 1 <= len(functions) <= _MOST_PANELS:
        raise InputValueError(f"plot_valleys: {len(functions)} functions; give one to {_MOST_PANELS}")
    first, limits = start_from(start, "plot_valleys"), limits_from(limits, "plot_valleys")
    valleys = {}
    for name, f in functions.items():
        check_takes_two_numbers(f, "plot_valleys")
        valleys[name] = _valley(f, first, limits, names_of(f), f"plot_valleys ({name})")
    return _picture(valleys, title)


def plot_standardizing(X: Any, y: Any, *, title: str | None = None) -> Plot:
    """Draw gradient descent for a linear model of two features, as they are and standardised.

    The loss is the mean squared error over the two weights, with the intercept at its best value for each of them.
    Features on different scales make it a long valley; :class:`nn.Standardizer` makes it as round as the correlation r
    of the features allows, ``κ = (1 + |r|) / (1 - |r|)``.

    Parameters
    ----------
    X
        The examples, finite numbers of shape (n, 2), with features that are not multiples of each other.
    y
        Their targets, finite numbers of shape (n,).
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If `X` and `y` are not such examples and targets.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", in *Neural Networks: Tricks of the Trade*,
    Springer (1998), section 4.3.

    Examples
    --------
    >>> X = [[1.0, 10.0], [-1.0, 10.0], [1.0, -10.0], [-1.0, -10.0]]
    >>> plot_standardizing(X, [4.0, 2.0, -2.0, -4.0])
    <Plot: descent in valleys: features as they are (κ = 100, 173 steps), standardised features (κ = 1, 1 step)>
    """
    examples = examples_from(X)
    targets = targets_from(y, len(examples))
    if examples.shape[1] != 2:
        raise InputValueError(
            f"plot_standardizing: X has {examples.shape[1]} feature(s), and a plane has room for the weights of two; "
            "choose two columns"
        )
    centred = examples - examples.mean(axis=0)
    if np.linalg.matrix_rank(centred) < 2:
        raise InputValueError(
            "plot_standardizing: one feature is constant or follows from the other, so no weights are best; "
            "choose two others"
        )
    panels = {
        "features as they are": centred,
        "standardised features": Standardizer.fit(examples).transform(examples),
    }
    return _picture({name: _regression(features, targets - targets.mean()) for name, features in panels.items()}, title)


def _regression(features: Array, targets: Array) -> _Valley:
    """The loss of a linear model without intercept, from weights 0, on a square around the best weights."""
    best = np.linalg.lstsq(features, targets, rcond=None)[0]
    rows, wanted = features.tolist(), targets.tolist()

    def f(w1: Any, w2: Any) -> Any:
        return mean_squared_error([w1 * x1 + w2 * x2 for x1, x2 in rows], wanted)

    half = 1.3 * float(np.abs(best).max()) or 1.0
    (left, low), (right, high) = (best - half).tolist(), (best + half).tolist()
    names = (parameter_text("w1"), parameter_text("w2"))
    return _valley(f, (0.0, 0.0), ((left, right), (low, high)), names, "plot_standardizing")


def _valley(f: Function2D, start: tuple[float, float], limits: Limits, names: tuple[str, str], who: str) -> _Valley:
    """Descend with the best constant learning rate for the curvature at the start."""
    curvature = np.array(hessian(f, argnums=(0, 1))(*start), dtype=np.float64)
    lowest_curvature, highest_curvature = np.linalg.eigvalsh(curvature).tolist()
    if not lowest_curvature > 0.0:
        raise InputValueError(
            f"{who}: the function is no valley at {start}, where its curvature lies between {lowest_curvature:.4g} and "
            f"{highest_curvature:.4g}; give a convex quadratic function, or draw this one with plot_landscape"
        )
    slope = np.array(grad(f, argnums=(0, 1))(*start), dtype=np.float64)
    x, y = (np.array(start) - np.linalg.solve(curvature, slope)).tolist()
    bottom = (x, y)
    there = np.array(hessian(f, argnums=(0, 1))(*bottom), dtype=np.float64)
    if not np.allclose(there, curvature, rtol=1e-6, atol=1e-9 * highest_curvature):
        raise InputValueError(
            f"{who}: the function is not quadratic, for its second derivatives change; draw it with plot_landscape"
        )
    rate = 2.0 / (lowest_curvature + highest_curvature)
    first, lowest = evaluate_many(f, *np.array([start, bottom]).T.copy()).tolist()
    goal = lowest + _GOAL * (first - lowest)
    path = descend(f, start, who, learning_rate=rate, steps=_PATIENCE, goal=goal)
    return _Valley(f, start, limits, names, highest_curvature / lowest_curvature, path, lowest, bottom)


def _picture(valleys: Mapping[str, _Valley], title: str | None) -> Plot:
    panel = 6.4 / len(valleys) * max(_height(each.limits) for each in valleys.values())
    with new_figure(7.4, min(panel, 2.8) + 3.3) as figure:
        panels = figure.add_gridspec(2, len(valleys), height_ratios=(min(panel, 2.8), 2.0))
        for position, (name, valley) in enumerate(valleys.items()):
            axes = figure.add_subplot(panels[0, position])
            draw_contours(axes, height_map(valley.f, valley.limits, name), valley.names)
            draw_path(axes, valley.path, colour=colour_of(position))
            draw_minima(axes, [valley.bottom])
            axes.set_title(f"{name}\n{valley.caption}")
        ends = ends_of(figure.axes)
        axes = figure.add_subplot(panels[1, :])
        draw_losses(axes, {name: valley.excess for name, valley in valleys.items()}, "step", also=ends)
        axes.set_ylabel("loss above the minimum\n(at the start: 1)")
        if title is not None:
            figure.suptitle(title)
    told = ", ".join(f"{name} ({valley.caption})" for name, valley in valleys.items())
    return Plot(figure, f"descent in valleys: {told}")


def _height(limits: Limits) -> float:
    """Of a panel of width 1 whose axes have one scale."""
    (left, right), (low, high) = limits
    return (high - low) / (right - left)
