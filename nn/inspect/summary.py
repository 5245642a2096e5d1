"""What a network is made of: a row a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import InputTypeError, Tensor
from autograd_core.errors import shortened

from ..layers.batch_norm import BatchNorm
from ..layers.dense import Dense, Sequential
from ..layers.dropout import Dropout
from ..layers.module import Module
from ..layers.neuron import Layer
from ..layers.prelu import PReLU
from .table import Table

__all__ = ["parts_of", "summary"]


def summary(model: Module) -> Table:
    """The layers of a network: inputs, outputs, parameters and activations.

    Parameters
    ----------
    model
        A network; of a module of your own the number of parameters is told.

    Returns
    -------
    Table

    Raises
    ------
    InputTypeError
        If it is no module.

    Examples
    --------
    >>> from nn import MLP
    >>> summary(MLP(4, [3, 1], activation=["tanh", "linear"], seed=0))
    MLP of Values
    layer    inputs  outputs  parameters  activation
    ------------------------------------------------
    layer 1       4        3          15  tanh
    layer 2       3        1           4  linear
    19 parameters
    """
    if not isinstance(model, Module):
        raise InputTypeError(f"summary: {shortened(model)} is not a network; write summary(MLP(2, [1], seed=0))")
    rows: list[tuple[Any, ...]] = []
    for part in parts_of(model):
        given = rows[-1][2] if rows else _inputs_of(parts_of(model))
        rows.append((name_of_part(part, rows), *_row(part, given)))
    count = sum(_size(each) for each in model.parameters())
    kind = "Tensors" if any(isinstance(each, Tensor) for each in model.parameters()) else "Values"
    return Table(
        ("layer", "inputs", "outputs", "parameters", "activation"),
        rows,
        f"{type(model).__name__} of {kind}",
        f"{count:,} parameter{'' if count == 1 else 's'}",
    )


def parts_of(model: Any) -> list[Any]:
    """The layers of a network, with what stands between them; of another module the module itself."""
    return list(model.modules if isinstance(model, Sequential) else getattr(model, "layers", [model]))


def name_of_part(part: Any, before: Sequence[Any]) -> str:
    """The name it was given, or what it is, and which."""
    kind = {Dropout: "dropout", BatchNorm: "batch normalisation", PReLU: "prelu"}.get(type(part), "layer")
    which = 1 + sum(str(row[0]).startswith(kind) for row in before)
    return getattr(part, "name", None) or f"{kind} {which}"


def _inputs_of(parts: list[Any]) -> Any:
    """How many inputs the first layer has."""
    return next((part.W.shape[1] for part in parts if isinstance(part, Dense | Layer)), "")


def _row(layer: Any, given: Any) -> tuple[Any, Any, int, str]:
    parameters = sum(_size(each) for each in layer.parameters())
    if isinstance(layer, Dropout):
        return given, given, parameters, f"rate {layer.rate:g}"
    if isinstance(layer, BatchNorm):
        return given, given, parameters, layer.activation
    if isinstance(layer, PReLU):
        return given, given, parameters, "relu with a learned slope"
    if isinstance(layer, Dense):
        return layer.W.shape[1], layer.W.shape[0], parameters, layer.activation
    if isinstance(layer, Layer):
        kinds = list(dict.fromkeys(neuron.activation for neuron in layer.neurons))
        return len(layer.neurons[0].w), len(layer.neurons), parameters, ", ".join(kinds)
    return "", "", parameters, repr(layer)


def _size(parameter: Any) -> int:
    return parameter.size if isinstance(parameter, Tensor) else 1
