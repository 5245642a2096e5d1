"""What pictures of models ask of them: outputs for many examples, and the loss as one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import BranchChanged, InputTypeError, InputValueError, Tensor, Value, no_grad, record
from autograd_core.conversion import shortened
from nn import MLP, Sequential

__all__ = ["is_of_tensors", "loss_node", "network_from", "outputs_of"]

Array = NDArray[np.float64]


def network_from(model: Any, who: str) -> MLP | Sequential:
    """A copy of a network of layers: of Tensors if the network is, else of Values; or an error."""
    if not isinstance(model, MLP | Sequential):
        raise InputTypeError(f"{who}: {shortened(model)} is not a network of layers; give an nn.MLP or nn.Sequential")
    return model.to_tensor() if is_of_tensors(model) else model.to_scalar()


def is_of_tensors(model: Any) -> bool:
    """Whether a model is a network on Tensors, which takes all examples at once."""
    return isinstance(model, Sequential) and isinstance(model.layers[0].W, Tensor)


def loss_node(loss: Callable[[Any, Any], Any], predictions: Any, y: Array, who: str) -> Any:
    """The loss of predictions, a list of Values or a Tensor; or an error if it is no node.

    For a Tensor, targets without fractions are integers, for they may be the numbers of classes.
    """
    if isinstance(predictions, Tensor):
        whole = y.astype(np.int64)
        value = loss(predictions, whole if (whole == y).all() else y)
    else:
        value = loss(predictions, y.tolist())
    if not isinstance(value, Value | Tensor) or (isinstance(value, Tensor) and value.size != 1):
        raise InputTypeError(
            f"{who}: the loss returned {shortened(value)}, not one number as a node; return one, such as a mean"
        )
    return value


def outputs_of(model: Callable[[Any], Any], X: Array, who: str) -> Array:
    """What a model gives for examples, of shape (examples, outputs); nothing is recorded in the model's own nodes.

    >>> outputs_of(lambda x: [x[0] + x[1], x[0] * x[1]], np.array([[2.0, 3.0]]), "plot").tolist()
    [[5.0, 6.0]]
    """
    if not callable(model):
        raise InputTypeError(
            f"{who}: {shortened(model)} is not a model; give a function from one example to its output"
        )
    if is_of_tensors(model):
        with no_grad():
            found: Array = model(X).data
    else:
        found = _one_by_one(model, X)
    found = found.reshape(len(X), -1)
    if not found.shape[1] or np.isnan(found).any():
        raise InputValueError(f"{who}: the model gives {'nan' if found.shape[1] else 'nothing'} for some examples")
    return found


def _one_by_one(model: Callable[[Any], Any], X: Array) -> Array:
    """Record a model of one example once and replay it on all of them; where it branches, compute each."""
    try:
        program = record(model, X[0])
        found = program.batched((0,))(X)
        return np.column_stack(found) if isinstance(found, list | tuple) else np.asarray(found)
    except BranchChanged:
        with no_grad():
            rows = [np.ravel(np.array(model([*map(Value, row)]), dtype=object)) for row in X.tolist()]
        return np.array([[each.data if isinstance(each, Value) else float(each) for each in row] for row in rows])
