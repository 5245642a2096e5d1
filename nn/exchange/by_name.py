"""Networks and optimisers by names and numbers, for command lines and grids of parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd_core import InputValueError
from autograd_core.errors import did_you_mean, shortened

from ..layers.dense import Sequential
from ..layers.dropout import Dropout
from ..layers.perceptron import MLP
from ..optim.adam import Adam, AdamW
from ..optim.newton import Newton
from ..optim.optimizer import Optimizer
from ..optim.rmsprop import RMSProp
from ..optim.sgd import SGD

__all__ = ["L2", "OPTIMIZERS", "network_from", "optimizer_from"]

#: The optimisers, each with a learning rate to begin with.
OPTIMIZERS: dict[str, tuple[Callable[..., Optimizer], float]] = {
    "sgd": (SGD, 0.1),
    "adam": (Adam, 0.01),
    "adamw": (AdamW, 0.01),
    "rmsprop": (RMSProp, 0.01),
    "newton": (partial(Newton, damping=1.0), 1.0),  # damped, for far from a minimum its steps lead uphill
}
#: The strength of the penalty to begin with: of a regression, and of a classification.
L2 = (1e-2, 1e-3)


def network_from(
    sizes: Sequence[int], activation: str | Sequence[str], dropout: float, seed: int, input_dropout: float = 0.0
) -> Sequential:
    """A network of Tensors: layers of these sizes, the last one linear, with dropout of inputs and hidden layers.

    Parameters
    ----------
    sizes
        How many inputs, neurons in each hidden layer, and outputs.
    activation
        Of all hidden layers, or a name for each.
    dropout, input_dropout
        Which share of the outputs of each hidden layer is left out, and of the inputs.
    seed
        Of the weights and of what is left out.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such activation or rate, or there are not as many activations as hidden layers.

    Examples
    --------
    >>> network_from((4, 8, 1), "relu", 0.2, 0)
    Sequential(Dense(4 to 8, relu, of Tensors), Dropout(0.2), Dense(8 to 1, linear, of Tensors))
    """
    hidden = len(sizes) - 2
    names = [activation] * hidden if isinstance(activation, str) else list(activation)
    if len(names) != hidden:
        raise InputValueError(f"{len(names)} activations for {hidden} hidden layer(s); name one, or one for each")
    model = MLP(sizes[0], list(sizes[1:]), activation=[*names, "linear"], seed=seed)
    *layers, last = model.to_tensor().layers
    parts: list[Any] = [Dropout(input_dropout, seed=seed + hidden)]
    for position, layer in enumerate(layers):
        parts += [layer, Dropout(dropout, seed=seed + position)]
    return Sequential([part for part in [*parts, last] if not isinstance(part, Dropout) or part.rate])


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
