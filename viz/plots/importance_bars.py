"""Which inputs a network listens to, as bars."""

from __future__ import annotations

import numpy as np

from autograd_core import InputTypeError
from autograd_core.errors import shortened
from nn import Importance

from .plot import Plot, new_figure
from .style import BLACK, BLUE, VERMILION

__all__ = ["plot_importance"]

_MOST = 15


def plot_importance(importance: Importance, *, title: str | None = None) -> Plot:
    """Draw how much each feature matters: the derivatives on the left, what shuffling costs on the right.

    Parameters
    ----------
    importance
        What :func:`nn.importance` found. The fifteen features that cost most are shown.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError
        If something else is given.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> from nn import importance
    >>> X = [[float(k % 5), float(k % 3)] for k in range(15)]
    >>> plot_importance(importance(lambda x: 3 * x[0] - x[1], X))
    <Plot: importance of 2 features, x1 first>
    """
    if not isinstance(importance, Importance):
        raise InputTypeError(
            f"plot_importance: {shortened(importance)} is no Importance; write plot_importance(nn.importance(model, X))"
        )
    order = np.lexsort((-importance.mean_absolute, -importance.permutation))
    shown = order[:_MOST][::-1]  # bars are drawn from below
    names = [_cut(importance.features[k]) for k in shown]
    places = np.arange(len(shown))
    with new_figure(7.2, 1.5 + 0.24 * len(shown)) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        left.barh(places, importance.mean_absolute[shown], color=BLUE, alpha=0.85, height=0.62)
        mean = left.errorbar(
            importance.mean[shown], places, xerr=importance.spread[shown], fmt="o", color=BLACK, markersize=3.5,
            elinewidth=1.0, capsize=2.5,
        )  # fmt: skip
        right.barh(places, importance.permutation[shown], color=VERMILION, alpha=0.85, height=0.62)
        spread = right.errorbar(
            importance.permutation[shown], places, xerr=importance.permutation_spread[shown], fmt="none", ecolor=BLACK,
            elinewidth=1.0, capsize=2.5,
        )  # fmt: skip
        left.set_yticks(places, names)
        left.set_title("derivative of the output")
        left.set_xlabel(r"$dz/dx$")
        most = "" if len(shown) == len(order) else f", {len(shown)} of {len(order)} shown"
        right.set_title(f"shuffling the feature{most}")
        right.set_xlabel(f"{importance.measure} lost, of {importance.score:.3f}")
        for axes in (left, right):
            axes.axvline(0.0, color="0.35", linewidth=0.8)
            axes.grid(axis="x")
        handles = [left.patches[0], mean, right.patches[0], spread]
        entries = ["mean |dz/dx|", "mean ± spread of dz/dx", "mean loss of score", "± over the shuffles"]
        figure.legend(handles, entries, loc="outside lower center", ncols=4)
        if title is not None:
            figure.suptitle(title)
    count = len(order)
    first = importance.features[order[0]]
    return Plot(figure, f"importance of {count} feature{'' if count == 1 else 's'}, {first} first")


def _cut(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"
