"""An edge between two Tensors: what is passed on, and the local derivative, a number for each element or a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly, sum_to_shape
from ..array.operations import CAREFUL, STRUCTURAL, rule_of
from ..array.tensor import OF_VALUES, Tensor

__all__ = ["jacobian", "local_derivatives", "passed_on"]

# A row or a column takes a call of a rule, so a matrix that is large in both directions is not made.
_MOST_CALLS, _MOST_ENTRIES = 64, 2**16


def passed_on(node: Tensor, position: int, g: Any) -> Any:
    """What an argument of a Tensor receives when the Tensor has received `g`, in the argument's shape; None for 0.

    >>> x, w = Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0])
    >>> passed_on(x * w, 1, np.array([[10.0, 20.0]])).tolist()
    [10.0, 40.0]
    """
    found = _by(node._operation.vjps[position], node, g)
    shape = node._inputs[position].shape
    return found if found is None or found.shape == shape else quietly().run(sum_to_shape, found, shape)


def _by(rule: Any, node: Tensor, g: Any) -> Any:
    return quietly().run(rule, CAREFUL, g, node._data, *node._inputs, *node._options)


def local_derivatives(node: Tensor, position: int) -> Any:
    """The derivative of each element of a Tensor by the element of an argument it was computed from.

    Parameters
    ----------
    node
        A Tensor.
    position
        Which of its arguments, counted from 0.

    Returns
    -------
    ndarray or None
        Of the node's shape, at the recorded point. None where an element is computed from several elements of the
        argument, as by ``matmul`` and ``sum``, so that one number does not say it; and for an argument without
        gradient.

    Examples
    --------
    >>> x = Tensor([0.0, 3.0])
    >>> local_derivatives(x * x, 0).tolist(), local_derivatives(x.sum(), 0)
    ([0.0, 3.0], None)
    """
    if rule_of(node._operation) is None or not node.parents[position].differentiable:
        return None
    return np.broadcast_to(_by(node._operation.vjps[position], node, np.ones(node.shape, node.dtype)), node.shape)


def jacobian(node: Tensor, position: int) -> Array | None:
    """The derivative of every element of a Tensor by every element of an argument.

    For arguments see :func:`local_derivatives`.

    Returns
    -------
    ndarray or None
        Shape (node.size, argument.size), at the recorded point. None for an argument without gradient, and where
        neither of both has at most 64 elements, or the matrix more than 65,536 entries.

    Examples
    --------
    >>> x, w = Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]])
    >>> jacobian(x @ w, 0).tolist(), jacobian(x @ w, 1).tolist(), jacobian(x.mean(), 0).tolist()
    ([[3.0, 4.0]], [[1.0, 2.0]], [[0.5, 0.5]])
    """
    operation, z = node._operation, node._data
    if operation is OF_VALUES or not node.parents[position].differentiable:
        return None
    x = node._inputs[position]
    if z.size * x.size > _MOST_ENTRIES:
        return None
    if z.size <= _MOST_CALLS:
        rows = (passed_on(node, position, unit) for unit in _units(z))
        flat = [np.zeros(x.size) if row is None else row.ravel() for row in rows]
        return np.array(flat).reshape(z.size, x.size)
    if x.size <= _MOST_CALLS and STRUCTURAL.get(operation.name) is operation:  # others may have no rule for tangents
        columns = (_by(operation.jvps[position], node, unit) for unit in _units(x))
        return np.stack([np.broadcast_to(column, z.shape).ravel() for column in columns], axis=1)
    return None


def _units(like: Array) -> Iterator[Array]:
    """Arrays of one shape with a single 1, at each place in turn."""
    for place in range(like.size):
        unit = np.zeros(like.size, like.dtype)
        unit[place] = 1.0
        yield unit.reshape(like.shape)
