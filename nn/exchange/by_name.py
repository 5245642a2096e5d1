"""Networks and optimisers by names and numbers, for command lines and grids of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import InputValueError
from autograd_core.errors import did_you_mean, shortened

from ..layers.dense import Sequential
from ..layers.dropout import Dropout
from ..layers.perceptron import MLP
from ..optim.adam import Adam, AdamW
from ..optim.optimizer import Optimizer
from ..optim.rmsprop import RMSProp
from ..optim.sgd import SGD

__all__ = ["L2", "OPTIMIZERS", "network_from", "optimizer_from"]

#: The optimisers, each with a learning rate to begin with.
OPTIMIZERS: dict[str, tuple[type[Optimizer], float]] = {
    "sgd": (SGD, 0.1),
    "adam": (Adam, 0.01),
    "adamw": (AdamW, 0.01),
    "rmsprop": (RMSProp, 0.01),
}
#: The strength of the penalty to begin with: of a regression, and of a classification.
L2 = (1e-2, 1e-3)


def network_from(sizes: Sequence[int], activation: str, dropout: float, seed: int) -> Sequential:
    """A network of Tensors: layers of these sizes, the last one linear, and dropout behind each hidden layer.

    >>> network_from((4, 8, 1), "relu", 0.2, 0)
    Sequential(Dense(4 to 8, relu, of Tensors), Dropout(0.2), Dense(8 to 1, linear, of Tensors))
    """
    activations = [*[activation] * (len(sizes) - 2), "linear"]
    model = MLP(sizes[0], list(sizes[1:]), activation=activations, initializer="matched", seed=seed)
    *hidden, last = model.to_tensor().layers
    left_out = Dropout(dropout)
    if not left_out.rate:
        return Sequential([*hidden, last])
    parts = [part for k, layer in enumerate(hidden) for part in (layer, Dropout(dropout, seed=seed + k))]
    return Sequential([*parts, last])


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
