"""A confusion matrix as a map: the darker a cell, the larger its share of the true class."""

from __future__ import annotations

import numpy as np

from autograd_core import InputTypeError
from autograd_core.errors import shortened
from nn import ConfusionMatrix

from .plot import Plot, new_figure

__all__ = ["plot_confusion_matrix"]

_MOST_NUMBERS = 20  # classes of which the counts still fit


def plot_confusion_matrix(matrix: ConfusionMatrix, *, title: str | None = None) -> Plot:
    """Draw which classes a classifier takes for which.

    Parameters
    ----------
    matrix
        What :func:`nn.confusion_matrix` counted. Rows are the true classes; a cell is coloured by its share of the row.
    title
        What stands above; the accuracy if nothing is given.

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
    >>> from nn import confusion_matrix
    >>> plot_confusion_matrix(confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"]))
    <Plot: confusion of 2 classes, 3 of 4 right>
    """
    if not isinstance(matrix, ConfusionMatrix):
        raise InputTypeError(
            f"plot_confusion_matrix: {shortened(matrix)} is no ConfusionMatrix; write "
            "plot_confusion_matrix(nn.confusion_matrix(y_true, y_pred))"
        )
    counts = matrix.counts
    size = len(counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(2.0 + 0.42 * size, 9.0)
    edges = np.arange(size + 1) - 0.5
    with new_figure(side + 0.6, side) as figure:
        axes = figure.add_subplot(aspect="equal")
        axes.pcolormesh(edges, edges, shares, cmap="Blues", vmin=0.0, vmax=1.0, edgecolors="0.85", linewidth=0.6)
        axes.invert_yaxis()
        if size <= _MOST_NUMBERS:
            for row, column in np.ndindex(counts.shape):
                if counts[row, column] or size <= 5:
                    colour = "white" if shares[row, column] > 0.55 else "black" if counts[row, column] else "0.55"
                    axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=colour)
        names = [name if len(name) <= 18 else f"{name[:17]}…" for name in matrix.classes]
        slanted = max(map(len, names)) * size > 30
        axes.set_xticks(range(size), names, rotation=35 if slanted else 0, ha="right" if slanted else "center")
        axes.set_yticks(range(size), names)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class (darker: more of its row)")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        right = int(np.trace(counts))
        summary = f"{right:,} of {counts.sum():,} right, accuracy {matrix.accuracy:.3f}"
        axes.set_title(summary if title is None else title)
    return Plot(figure, f"confusion of {size} class{'' if size == 1 else 'es'}, {right} of {counts.sum()} right")
