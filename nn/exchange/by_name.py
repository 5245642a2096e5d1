"""Optimisers by their names, for command lines and grids of parameters, each with a learning rate to begin with."""

from __future__ import annotations

from typing import Any

from autograd_core import InputValueError
from autograd_core.errors import did_you_mean, shortened

from ..optim.adam import Adam, AdamW
from ..optim.optimizer import Optimizer
from ..optim.rmsprop import RMSProp
from ..optim.sgd import SGD

__all__ = ["OPTIMIZERS", "optimizer_from"]

OPTIMIZERS: dict[str, tuple[type[Optimizer], float]] = {
    "sgd": (SGD, 0.1),
    "adam": (Adam, 0.01),
    "adamw": (AdamW, 0.01),
    "rmsprop": (RMSProp, 0.01),
}


def optimizer_from(name: Any, parameters: Any, learning_rate: float | None, who: str) -> Optimizer:
    """The optimiser of a name, with the learning rate, or one that suits it.

    >>> from autograd_core import Value
    >>> optimizer_from("sgd", [Value(1.0)], None, "train").learning_rate
    0.1
    """
    if not isinstance(name, str) or name not in OPTIMIZERS:
        meant = did_you_mean(name, OPTIMIZERS) or f"write one of {', '.join(OPTIMIZERS)}"
        raise InputValueError(f"{who}: there is no optimizer {shortened(name)}; {meant}")
    make, rate = OPTIMIZERS[name]
    return make(parameters, rate if learning_rate is None else learning_rate)
