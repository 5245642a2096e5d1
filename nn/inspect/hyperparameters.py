"""Every hyperparameter of a network and of its training, with its value."""

from __future__ import annotations

from typing import Any

from autograd_core import InputTypeError
from autograd_core.errors import shortened

from ..layers.batch_norm import BatchNorm
from ..layers.dense import Dense
from ..layers.dropout import Dropout
from ..layers.module import Module
from ..layers.neuron import Layer
from ..training.history import History
from .summary import parts_of, summary
from .table import Table

__all__ = ["hyperparameters"]


def hyperparameters(model: Module, fit: History) -> Table:
    """What was chosen before training began: all that is not learned.

    Parameters
    ----------
    model
        The network.
    fit
        What :func:`nn.fit` or :func:`nn.train` returned for it.

    Returns
    -------
    Table
        The parts of the network and of the training, their hyperparameters and the values of these.

    Raises
    ------
    InputTypeError
        If it is no network, or no history.

    Examples
    --------
    >>> from nn import MLP, SGD, fit, mean_squared_error
    >>> model = MLP(1, [2, 1], activation=["tanh", "linear"], seed=0)
    >>> history = fit(model, [[0.0], [1.0]], [1.0, 3.0], loss=mean_squared_error, epochs=2, batch_size=2, seed=0,
    ...               optimizer=SGD(model.parameters(), 0.1))
    >>> table = hyperparameters(model, history)
    >>> dict(zip(table["hyperparameter"], table["value"]))["learning_rate"]
    0.1
    """
    if not isinstance(fit, History):
        raise InputTypeError(
            f"hyperparameters: {shortened(fit)} is no History; write hyperparameters(model, fit(model, ...))"
        )
    layers = summary(model)
    is_dense = [isinstance(part, Dense | Layer) for part in parts_of(model)]
    outputs = [size for size, dense in zip(layers["outputs"], is_dense, strict=True) if dense]
    rows: list[tuple[str, str, Any]] = [("network", "sizes", "-".join(map(str, [*layers["inputs"][:1], *outputs])))]
    for part, name, kind in zip(parts_of(model), layers["layer"], layers["activation"], strict=True):
        if isinstance(part, Dropout):
            rows.append(("network", f"rate of {name}", part.rate))
        else:
            rows.append(("network", f"activation of {name}", kind))
        if isinstance(part, BatchNorm):
            rows += [("network", f"{each} of {name}", getattr(part, each)) for each in ("momentum", "epsilon")]
    for name, value in fit.settings.items():
        part, _, rest = name.rpartition(".")
        rows.append((part or "training", rest, value))
    return Table(("of", "hyperparameter", "value"), rows, "Hyperparameters")
