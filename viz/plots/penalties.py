"""What an l1 and an l2 penalty do to the minimum of a loss: diamonds and circles, with the descents to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core import InputValueError, absolute
from autograd_core.scalar.conversion import number_from

from .descent import Descent, descend, draw_minima, draw_path, ends_of, start_from
from .height_map import Function2D, Limits, draw_contours, evaluate_many, height_map, limits_from
from .landscape import names_of
from .plot import Plot, new_figure
from .style import BLACK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PENALTIES", "plot_penalties"]

#: The penalty of two weights by its name. The l1 ball is a diamond with its corners on the axes, the l2 ball is round.
PENALTIES: dict[str, Function2D] = {
    "l1": lambda w1, w2: absolute(w1) + absolute(w2),
    "l2": lambda w1, w2: w1 * w1 + w2 * w2,
}
_FORMULAS = {"l1": r"$\alpha\,(|w_1| + |w_2|)$", "l2": r"$\alpha\,(w_1^2 + w_2^2)$"}


def plot_penalties(
    f: Function2D,
    *,
    start: Sequence[float],
    strength: float,
    learning_rate: float = 0.002,
    steps: int = 2000,
    limits: Any = ((-2.0, 3.0), (-2.0, 3.0)),
    title: str | None = None,
) -> Plot:
    """Draw gradient descent on a loss with an l1 penalty, and on the same loss with an l2 penalty.

    Contours are those of the loss alone, whose own minimum is marked by a cross. The black outline is the level of the
    penalty through the end of the descent: a diamond for l1, which touches the contours most often at a corner, where
    one weight is 0; a circle for l2, which makes weights small and hardly ever 0.

    Parameters
    ----------
    f
        The loss, a function of two weights.
    start
        Where each descent starts.
    strength
        How much the penalty counts, α in loss + α · penalty.
    learning_rate, steps
        As in :func:`plot_landscape`. Gradient descent on ``|w|`` goes on jumping across 0, by up to
        learning rate · α: a small rate keeps that small.
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
        If `f` is not a function of two numbers, a descent does not come to an end, or an argument is not as described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    R. Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal Statistical Society B 58
    (1996), figure 2; T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, 2nd ed.,
    Springer (2009), section 3.4.

    Examples
    --------
    >>> plot_penalties(lambda w1, w2: (w1 - 0.5) ** 2 + (w2 - 2) ** 2, start=(2.0, 0.5), strength=1.0)
    <Plot: penalties: l1 ends at (0.00, 1.50), l2 ends at (0.25, 1.00)>
    """
    who = "plot_penalties"
    limits, first = limits_from(limits, who), start_from(start, who)
    counts = number_from(strength, f"{who}: strength")
    if not 0.0 < counts < np.inf:
        raise InputValueError(f"{who}: strength={strength!r} is not positive and finite; write strength=1.0")
    found = height_map(f, limits, who)
    bare = descend(f, first, who, learning_rate=learning_rate, steps=steps)
    paths = {
        name: descend(_penalised(f, penalty, counts), first, who, learning_rate=learning_rate, steps=steps)
        for name, penalty in PENALTIES.items()
    }
    if bare.diverged or any(path.diverged for path in paths.values()):
        raise InputValueError(
            f"{who}: with learning_rate={learning_rate} the descent diverges; a smaller one usually helps"
        )
    with new_figure(7.0, 4.4) as figure:
        for position, (name, path) in enumerate(paths.items(), start=1):
            axes = figure.add_subplot(1, 2, position)
            draw_contours(axes, found, names_of(f))
            axes.axhline(0.0, color="0.2", linewidth=0.6, label="_axis")
            axes.axvline(0.0, color="0.2", linewidth=0.6, label="_axis")
            _draw_level(axes, PENALTIES[name], path, limits)
            draw_path(axes, path)
            draw_minima(axes, [tuple(bare.points[-1].tolist())])
            axes.set_title(f"{name} penalty {_FORMULAS[name]}\nends at {_place(path)}")
        ends = ends_of(figure.axes)
        figure.legend(ends.values(), [*[*ends][:2], "minimum without penalty"], loc="outside lower center", ncols=3)
        if title is not None:
            figure.suptitle(title)
    return Plot(figure, "penalties: " + ", ".join(f"{name} ends at {_place(path)}" for name, path in paths.items()))


def _penalised(f: Function2D, penalty: Function2D, strength: float) -> Function2D:
    return lambda w1, w2: f(w1, w2) + strength * penalty(w1, w2)


def _draw_level(axes: Axes, penalty: Function2D, path: Descent, limits: Limits) -> None:
    """The outline of the weights that have the same penalty as the end of a path."""
    x, y = (np.linspace(*ends, 241) for ends in limits)
    across, up = np.meshgrid(x, y)
    heights = evaluate_many(penalty, across.ravel(), up.ravel()).reshape(across.shape)
    [level] = evaluate_many(penalty, *path.points[-1][:, None])
    axes.contour(x, y, heights, levels=[level], colors=BLACK, linewidths=1.6)


def _place(path: Descent) -> str:
    """The end of a path with two decimals, without a sign before a zero."""
    return "(" + ", ".join(f"{round(each, 2) + 0.0:.2f}" for each in path.points[-1].tolist()) + ")"
