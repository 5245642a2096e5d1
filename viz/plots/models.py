"""What pictures of models ask of them: outputs for many examples, and the loss as one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import (
    BranchChanged,
    InputTypeError,
    InputValueError,
    NotReplayedWarning,
    Tensor,
    Value,
    jit,
    no_grad,
)
from autograd_core.errors import shortened
from autograd_core.scalar.messages import warn_at_users_line
from nn import MLP, Sequential

__all__ = [
    "in_columns",
    "is_of_tensors",
    "loss_node",
    "network_from",
    "outputs_of",
    "plain_numbers",
    "replayed_or_plain",
]

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
    if not callable(loss):
        raise InputTypeError(f"{who}: the loss is {shortened(loss)}; write loss=mean_squared_error, without quotes")
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
        found = _one_by_one(model, X, who)
    found = found.reshape(len(X), -1)
    if not found.shape[1] or np.isnan(found).any():
        raise InputValueError(f"{who}: the model gives {'nan' if found.shape[1] else 'nothing'} for some examples")
    return found


def _one_by_one(model: Callable[[Any], Any], X: Array, who: str) -> Array:
    """Record a model of one example once and replay it on all of them, if that is the same function."""

    def replay() -> Array:
        return in_columns(jit(model, arrays="values").batched((0,))(X))

    return replayed_or_plain(replay, lambda position: plain_numbers(model, X[position]), len(X), who)


def replayed_or_plain(replay: Callable[[], Array], plain: Callable[[int], Array], count: int, who: str) -> Array:
    """Numbers for all points by replay, if they are those of the plain function at some points; else one by one.

    Parameters
    ----------
    replay
        From nothing to an array with the numbers of all points, by a program that was recorded at the first.
    plain
        From the position of a point to its numbers.
    count
        Number of points.
    who
        Who asks, for the warning that is given if the program is another function or there is none.
    """
    problem: Exception | None = None
    try:
        found = replay()
        some = [int(each) for each in np.unique(np.linspace(0, count - 1, _ENOUGH))]
        expected = np.array([plain(position) for position in some])
        size = np.max(np.abs(expected), where=np.isfinite(expected), initial=0.0)
        shown = found.reshape(count, -1)[some]
        if expected.shape == shown.shape and np.allclose(shown, expected, 1e-7, 1e-9 * size, equal_nan=True):
            return found
        problem = InputValueError("the recorded program gives other numbers than the function (is it random?)")
    except BranchChanged:
        pass
    except Exception as error:  # whatever the function raises for Values in the place of numbers
        problem = error
    try:
        numbers = np.array([plain(position) for position in range(count)])
    except Exception:
        raise problem or InputTypeError(f"{who}: the function does not always return as many numbers") from None
    if problem is not None:
        warn_at_users_line(
            f"{who}: the function is computed point by point, which is slower, for it cannot be replayed: {problem}",
            NotReplayedWarning,
        )
    return numbers


_ENOUGH = 9  # points at which a program is compared with its function


def in_columns(found: Any) -> Array:
    """What a program gave for many points, a row a point."""
    return np.column_stack(found) if isinstance(found, list | tuple) else np.asarray(found, dtype=np.float64)


def plain_numbers(f: Callable[..., Any], *arguments: Any) -> Array:
    """What a function of numbers gives, as a flat array; a function that needs nodes is given Values."""
    with no_grad():
        try:
            result = f(*arguments)
        except Exception:
            result = f(*(np.vectorize(Value, otypes=[object])(each)[()] for each in arguments))
    flat = np.ravel(np.array(result, dtype=object))
    return np.array([each.data if isinstance(each, Value) else float(each) for each in flat])
