"""What a network is made of: a row a layer."""

from __future__ import annotations

from typing import Any

from autograd_core import InputTypeError, Tensor
from autograd_core.errors import shortened

from ..layers.dense import Dense, Sequential
from ..layers.module import Module
from ..layers.neuron import Layer
from ..layers.perceptron import MLP
from .table import Table

__all__ = ["summary"]


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
    layers = model.layers if isinstance(model, MLP | Sequential) else [model]
    rows = [(getattr(each, "name", None) or f"layer {k}", *_row(each)) for k, each in enumerate(layers, 1)]
    count = sum(_size(each) for each in model.parameters())
    kind = "Tensors" if any(isinstance(each, Tensor) for each in model.parameters()) else "Values"
    return Table(
        ("layer", "inputs", "outputs", "parameters", "activation"),
        rows,
        f"{type(model).__name__} of {kind}",
        f"{count:,} parameter{'' if count == 1 else 's'}",
    )


def _row(layer: Any) -> tuple[Any, Any, int, str]:
    parameters = sum(_size(each) for each in layer.parameters())
    if isinstance(layer, Dense):
        return layer.W.shape[1], layer.W.shape[0], parameters, layer.activation
    if isinstance(layer, Layer):
        kinds = list(dict.fromkeys(neuron.activation for neuron in layer.neurons))
        return len(layer.neurons[0].w), len(layer.neurons), parameters, ", ".join(kinds)
    return "", "", parameters, repr(layer)


def _size(parameter: Any) -> int:
    return parameter.size if isinstance(parameter, Tensor) else 1
