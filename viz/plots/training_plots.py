"""How a loss falls: the training curves of one or several histories."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from nn import History

from .plot import Plot, new_figure
from .style import GREY, colour_of, columns_of_legend, mark_of

__all__ = ["draw_losses", "plot_training"]

_MOST_DECADES = 14.0  # below this part of the largest loss there is only round-off


def plot_training(history: History | Mapping[str, History], *, title: str | None = None) -> Plot:
    """Draw the mean loss of each epoch, for one training or for several to compare.

    The scale of the loss is logarithmic, on which a constant rate of improvement is a straight line; it is linear if a
    loss is negative. Of one training with validation examples their loss stands beside it, with a line at the epoch
    whose weights the model has, and the metrics of both, such as the accuracy, on the right.

    Parameters
    ----------
    history
        What :func:`nn.fit` or :func:`nn.train` returned, or a dictionary of such with a name each.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If something else is given, or a history is empty.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> from nn import MLP, SGD, mean_squared_error, train
    >>> model = MLP(1, [1], seed=0)
    >>> history = train(model, [[0.0], [1.0]], [1.0, 3.0], loss=mean_squared_error,
    ...                 optimizer=SGD(model.parameters(), 0.1), epochs=5, batch_size=2, seed=0)
    >>> plot_training({"learning rate 0.1": history})
    <Plot: loss over 5 epochs of learning rate 0.1>
    """
    histories = {"": history} if isinstance(history, History) else history
    if not isinstance(histories, Mapping):
        raise InputTypeError(f"plot_training: {shortened(history)} is not a History; give what nn.train returned, or a "
                             "dictionary such as {'SGD': history}")  # fmt: skip
    if not histories:
        raise InputValueError("plot_training: there are no histories; give at least one")
    for name, each in histories.items():
        if not isinstance(each, History):
            raise InputTypeError(
                f"plot_training: {shortened(each)} ({name!r}) is not a History; give what nn.train returned"
            )
        if not each.losses:
            raise InputValueError(f"plot_training: the history {name!r} has no epochs; train first")
    one = history if isinstance(history, History) and history.validation_losses else None
    with new_figure(9.0 if one and one.metrics else 6.0, 3.6) as figure:
        axes = figure.add_subplot(1, 2 if one and one.metrics else 1, 1)
        if one is None:
            draw_losses(axes, {name: each.losses for name, each in histories.items()}, "epoch", first=1)
        else:
            _draw_with_validation(axes, one)
        axes.set_ylabel("mean loss of the epoch")
        if one and one.metrics:
            _draw_metrics(figure.add_subplot(1, 2, 2), one)
        if title is not None:
            figure.suptitle(title) if one and one.metrics else axes.set_title(title)
    epochs = max(len(each.losses) for each in histories.values())
    names = ", ".join(filter(None, histories))
    return Plot(figure, f"loss over {epochs} epoch{'' if epochs == 1 else 's'}{names and f' of {names}'}")


def _draw_with_validation(axes: Any, history: History) -> None:
    also = {}
    if history.best_epoch is not None:
        also["weights of this epoch"] = _line_at(axes, history.best_epoch)
    draw_losses(
        axes, {"training": history.losses, "validation": history.validation_losses}, "epoch", first=1, also=also
    )


def _draw_metrics(axes: Any, history: History) -> None:
    """The metrics of training and validation examples, in the colours of their losses."""
    for name, numbers in history.metrics.items():
        for position, each in enumerate((numbers, history.validation_metrics.get(name, ()))):
            axes.plot(
                range(1, len(each) + 1), each, color=colour_of(position), marker=mark_of(position),
                markevery=max(len(each) // 8, 1), label="_metric",
            )  # fmt: skip
    if history.best_epoch is not None:
        _line_at(axes, history.best_epoch)
    axes.set_ylabel(", ".join("R²" if name == "r2" else name for name in history.metrics))
    axes.set_xlabel("epoch")
    axes.locator_params(axis="x", integer=True)
    axes.grid(which="major")


def _line_at(axes: Any, epoch: int) -> Any:
    return axes.axvline(epoch, color=GREY, linestyle="--", linewidth=1.0, label="_best")


def draw_losses(
    axes: Any, losses: Mapping[str, Any], unit: str, *, first: int = 0, also: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """A line for each list of losses, with a legend below the figure if they have names.

    Parameters
    ----------
    axes
        Where to draw.
    losses
        Finite numbers.
    unit
        What is counted on the horizontal axis.
    first
        The number of the first loss.
    also
        What else the legend explains: lines by what they are called there.
    """
    curves = {label: np.asarray(each, dtype=np.float64) for label, each in losses.items()}
    everything = np.concatenate(list(curves.values()))
    if everything.min() >= 0.0 < everything.max():
        shown = everything[everything > everything.max() * 10.0**-_MOST_DECADES]
        bottom = shown.min() / 2.0  # where 0 and round-off are drawn, for a logarithm has no 0
        curves = {label: np.maximum(each, bottom) for label, each in curves.items()}
        axes.set_yscale("log")
        axes.set_ylim(bottom / 2.0, shown.max() * 2.0)  # with room for the marks
    for position, (label, each) in enumerate(curves.items()):
        axes.plot(
            np.arange(first, first + len(each)),
            each,
            color=colour_of(position),
            marker=mark_of(position),
            markevery=[*range(0, len(each) - 1, max(len(each) // 8, 1)), len(each) - 1],
            label=label or "_loss",
        )
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(unit)
    axes.set_ylabel("loss")
    axes.grid(which="major")
    if any(losses):
        entries = [(line.get_label(), line) for line in axes.lines if line not in also.values()]
        columns = columns_of_legend(len(losses))
        if also:  # in a row of its own, where a legend is filled column by column
            columns = max(len(entries), len(also))
            nothing = ("", axes.plot([], [], linestyle="", label="_nothing")[0])
            entries = [entry for pair in zip_longest(entries, also.items(), fillvalue=nothing) for entry in pair]
        names, handles = zip(*entries, strict=True)
        axes.get_figure().legend(handles, names, loc="outside lower center", ncols=columns)
