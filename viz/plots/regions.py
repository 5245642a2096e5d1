"""Where in the plane a classifier says what: its regions, and the boundary between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, sigmoid
from autograd_core.errors import shortened
from nn.conversion import examples_from, targets_from

from .models import outputs_of
from .plot import Plot, new_figure
from .style import BLACK, COLOURS, MARKS

__all__ = ["plot_decision_boundary"]

Array = NDArray[np.float64]
_FINE = 121  # points along an axis
_SOFT = 20  # bands of probability
_TINTS = ("#CFE2F0", "#F8DCC8", "#CDE9E0", "#F3E2EC", "#FAE9C4", "#DDF0FA", "#E0E0E0")  # those of COLOURS, light


def plot_decision_boundary(
    model: Callable[[Any], Any],
    X: Any,
    y: Any,
    *,
    names: tuple[str, str] = ("$x_1$", "$x_2$"),
    title: str | None = None,
) -> Plot:
    """Draw the examples of a classification in the plane, and what a model says everywhere between them.

    With one output, a logit, the shade is the probability of the positive class, sigmoid(logit), and the black line
    the boundary, where the logit is 0 and the probability one half. With several outputs, the class with the largest
    one has the region.

    Parameters
    ----------
    model
        From one example of two numbers to one logit, or to a list of one logit a class: an :class:`nn.MLP`, an
        :class:`nn.Sequential`, or a function of your own.
    X
        The examples, finite numbers of shape (n, 2).
    y
        Their labels, of shape (n,): for one logit 0 and 1, or -1 and 1; for several 0, 1, 2, ...
    names
        What stands at the axes.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If X and y are not examples in the plane and their labels, or the outputs of the model do not fit them.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> X, y = [[-1.0, 0.0], [1.0, 0.5], [2.0, -1.0]], [0, 1, 1]
    >>> plot_decision_boundary(lambda x: 2 * x[0] + x[1], X, y)
    <Plot: decision boundary of 2 classes, 3 of 3 examples right>
    """
    who = "plot_decision_boundary"
    if not isinstance(names, tuple | list) or [type(each) for each in names] != [str, str]:
        raise InputTypeError(f"{who}: names={shortened(names)}; write two texts, such as names=('width', 'height')")
    examples = examples_from(X)
    labels = targets_from(y, len(examples))
    if examples.shape[1] != 2:
        raise InputValueError(
            f"{who}: X has {examples.shape[1]} column(s), and a plane has two; choose two features, and train on these"
        )
    own = outputs_of(model, examples, who)
    classes = _classes(labels, own.shape[1], who)
    x, y_axis = (_around(examples[:, column]) for column in (0, 1))
    across, up = np.meshgrid(x, y_axis)
    there = outputs_of(model, np.column_stack([across.ravel(), up.ravel()]), who)
    right = int((_decide(own) == classes).sum())
    with new_figure(5.2, 4.4) as figure:
        axes = figure.add_subplot()
        if there.shape[1] == 1:
            logits = there[:, 0].reshape(across.shape)
            shade = axes.contourf(
                x, y_axis, sigmoid(logits), levels=np.linspace(0.0, 1.0, _SOFT + 1), colors=_two_sided(_SOFT)
            )
            if logits.min() < 0.0 < logits.max():
                axes.contour(x, y_axis, logits, levels=[0.0], colors=BLACK, linewidths=1.6)
            bar = figure.colorbar(shade, ax=axes, ticks=[0.0, 0.25, 0.5, 0.75, 1.0])
            bar.set_label("probability of the positive class")
        else:
            winners = _decide(there).reshape(across.shape)
            axes.contourf(
                x, y_axis, winners, levels=np.arange(there.shape[1] + 1) - 0.5, colors=_TINTS[: there.shape[1]]
            )
            for each in range(there.shape[1]):  # the lead over the best other class is 0 on the boundary
                others = np.delete(there, each, axis=1).max(axis=1)
                lead = (there[:, each] - others).reshape(across.shape)
                if lead.min() < 0.0 < lead.max():
                    axes.contour(x, y_axis, lead, levels=[0.0], colors=BLACK, linewidths=1.2)
        for each in np.unique(classes).tolist():
            chosen = examples[classes == each]
            axes.plot(
                *chosen.T,
                linestyle="",
                marker=MARKS[each],
                markersize=4.5,
                color=COLOURS[each],
                markeredgecolor="white",
                markeredgewidth=0.5,
                label=f"class {labels[classes == each][0]:g}",
            )
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(y_axis[0], y_axis[-1])
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        axes.set_title(title or f"{right} of {len(classes)} examples are classified correctly")
        figure.legend(loc="outside lower center", ncols=4)
    count = max(there.shape[1], 2)
    return Plot(figure, f"decision boundary of {count} classes, {right} of {len(classes)} examples right")


def _classes(labels: Array, outputs: int, who: str) -> NDArray[np.int64]:
    """The number of each example's class."""
    found = set(labels.tolist())
    if outputs == 1:
        if not (found <= {0.0, 1.0} or found <= {-1.0, 1.0}):
            raise InputValueError(
                f"{who}: the model has one output, and y holds {sorted(found)[:5]}; labels are 0 and 1, or -1 and 1"
            )
        return (labels > 0.0).astype(np.int64)
    if outputs > len(COLOURS):
        raise InputValueError(f"{who}: {outputs} classes, and there are colours for {len(COLOURS)}")
    if not found <= set(map(float, range(outputs))):
        raise InputValueError(
            f"{who}: the model has {outputs} outputs, and y holds {sorted(found)[:8]}; labels are 0 to {outputs - 1}"
        )
    return labels.astype(np.int64)


def _decide(outputs: Array) -> NDArray[np.int64]:
    """The class: the sign of one logit, or the largest of several."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0.0).astype(np.int64)
    return np.asarray(outputs.argmax(axis=1), dtype=np.int64)


def _around(column: Array) -> Array:
    """Points along an axis, with a margin around the examples."""
    low, high = float(column.min()), float(column.max())
    margin = 0.12 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, _FINE)


def _two_sided(count: int) -> list[str]:
    """Colours from light blue over white to light vermilion, as those of the examples of class 0 and 1."""
    ends = [np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=float) for colour in COLOURS[:2]]
    shades = []
    for position in range(count):
        share = 2.0 * (position + 0.5) / count - 1.0
        mixed = 255.0 + 0.55 * abs(share) * (ends[int(share > 0.0)] - 255.0)
        shades.append("#" + "".join(f"{round(each):02x}" for each in mixed.tolist()))
    return shades
