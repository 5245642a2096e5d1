"""The scalar graph inside one operation on arrays: every number a Value, every product and sum a node."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..array.operations import STRUCTURAL
from ..array.tensor import Tensor, describe
from ..errors import InputTypeError, InputValueError
from ..formulas.primitives import PRIMITIVES
from ..formulas.printing import visible
from ..scalar.making import elementwise
from ..scalar.recording import recording
from ..scalar.value import Value, constant

__all__ = ["expand"]


def expand(node: Tensor) -> Any:
    """The graph of scalars that computes a Tensor from its parents.

    Parameters
    ----------
    node
        A Tensor that was computed, by an operation that is made of sums, products and primitives of the table.

    Returns
    -------
    ndarray of Value
        Of the Tensor's shape. Their leaves are the numbers of the parents, labelled ``"W[0, 1]"`` after a parent's
        label or position; parents that gradients do not flow into give constants.

    Raises
    ------
    InputTypeError
        If it is not a Tensor, or a leaf.
    InputValueError
        If the operation has no such graph: linear systems, determinants and factors are computed by elimination.

    Examples
    --------
    >>> W, x = Tensor([[1.0, 2.0], [3.0, 4.0]], "W"), Tensor([5.0, 6.0], "x")
    >>> first, second = expand(W @ x)
    >>> first.data, [leaf.label for leaf in first.parents[1].parents]
    (17.0, ['W[0, 1]', 'x[1]'])
    """
    if not isinstance(node, Tensor):
        raise InputTypeError(f"expand: {node!r} is not a Tensor; give the result of an operation on Tensors")
    if not node.parents or node.op == "of_values":
        raise InputTypeError(f"expand: {describe(node)} was not computed from Tensors, so there is nothing inside")
    with recording(True):
        of_parent: dict[Any, Any] = {}  # an argument that stands there twice is the same numbers twice
        parents: tuple[Any, ...] = node.parents
        for position, parent in enumerate(parents, 1):
            if parent not in of_parent:
                of_parent[parent] = _values(parent, visible(parent.label) or f"argument {position}")
        arguments = [of_parent[parent] for parent in parents]
        try:
            if node.op in PRIMITIVES:
                found = elementwise(node.op, tuple(arguments))
            else:
                found = STRUCTURAL[node.op].forward(*arguments, *node._options)
        except Exception as error:  # whatever NumPy says of arrays of objects
            raise _refusal(node) from error
    expanded = np.empty(node.shape, dtype=object)
    expanded[...] = found
    numbers = [each.data if isinstance(each, Value) else each for each in expanded.ravel()]
    if not np.allclose(np.array(numbers, dtype=float).reshape(node.shape), node.data, rtol=1e-5, equal_nan=True):
        raise _refusal(node)
    return expanded


def _refusal(node: Tensor) -> InputValueError:
    return InputValueError(f"expand: {node.op} is not made of sums, products and primitives; expand what it is made of")


def _values(parent: Any, name: str) -> Any:
    """The numbers of a parent as an array of Values."""
    values = np.empty(parent.shape, dtype=object)
    for index in np.ndindex(parent.shape):
        label = f"{name}[{', '.join(map(str, index))}]" if index else name
        number = float(parent.data[index])
        values[index] = Value(number, label) if parent.differentiable else constant(number, label)
    return values
