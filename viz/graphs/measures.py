"""Numbers and arrays of nodes as a picture shows them, and their magnitudes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core import PRIMITIVES, Value
from autograd_core.derivatives.edges import jacobian, local_derivatives

from .view import ArrayView, JacobianView, array_view

__all__ = ["HEATS", "edge_derivative", "largest", "local_derivative", "magnitude", "number_view", "symbol_of"]

#: What can be coloured, and what a legend calls it.
HEATS = {"grad": "|grad|", "data": "|data|", "local": "|local derivative|"}


def symbol_of(op: str) -> str:
    """The table's symbol of an operation; its name if it is one on whole arrays.

    >>> symbol_of("mul"), symbol_of("matmul"), symbol_of("of_values")
    ('×', 'matmul', 'array')
    """
    return PRIMITIVES[op].symbol if op in PRIMITIVES else "array" if op == "of_values" else op


def number_view(data: Any) -> float | ArrayView:
    """A number as it is, an array described. An array without axes is a number."""
    if isinstance(data, float):
        return data
    return float(data) if data.ndim == 0 and data.dtype == float else array_view(data)


def largest(numbers: Any) -> float:
    """The largest absolute value; nan counts as infinite, for it must not be overlooked.

    >>> largest(-2.0), largest(np.array([1.0, -3.0])), largest(np.zeros(0)), largest(math.nan)
    (2.0, 3.0, 0.0, inf)
    """
    if isinstance(numbers, float):
        return math.inf if math.isnan(numbers) else abs(numbers)
    found = float(np.max(np.abs(numbers), initial=0.0))
    return math.inf if math.isnan(found) else found


def local_derivative(node: Any, position: int) -> Any:
    """The local derivative along an edge: a number, an array, or None where there is none to be shown."""
    if isinstance(node, Value):
        return node.local_derivatives[position]
    return local_derivatives(node, position)


def edge_derivative(node: Any, position: int) -> tuple[Any, JacobianView | None]:
    """What is shown along an edge: the local derivative, or a Jacobian matrix, of a large one the entries besides 0.

    >>> from autograd_core import Tensor
    >>> x = Tensor(np.ones(50))
    >>> edge_derivative(x.mean() * 2, 0)
    (array(2.), None)
    >>> edge_derivative(x[1], 0)
    (1.0, JacobianView(rows=1, columns=50, zeros=49))
    >>> edge_derivative(x[:2].sum(), 0)
    (array([[1., 1.]]), JacobianView(rows=1, columns=2, zeros=0))
    """
    local = local_derivative(node, position)
    parent = node.parents[position]
    if local is not None or isinstance(parent, Value) or not parent.differentiable:
        return local, None
    entries = jacobian(node, position)
    if entries is None:
        return None, JacobianView(node.size, parent.size, None)
    other = entries[entries != 0.0]
    described = JacobianView(node.size, parent.size, entries.size - other.size)
    if array_view(entries).numbers:
        return entries, described
    same = other.size and np.all(other == other[0])
    return (0.0 if not other.size else float(other[0]) if same else other), described


def magnitude(node: Any, heat: str) -> float | None:
    """The largest absolute value of what is coloured at a node; None if there is nothing.

    >>> x = Value(-2.0)
    >>> y = x * x
    >>> magnitude(y, "data"), magnitude(y, "local"), magnitude(y, "grad")
    (4.0, 2.0, None)
    """
    if heat == "data":
        return largest(node.data)
    if heat == "grad":
        return largest(node.grad) if node.has_grad else None
    found = [local_derivative(node, position) for position in range(len(node.parents))]
    return max((largest(each) for each in found if each is not None), default=None)
