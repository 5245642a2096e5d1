"""The scalar graph inside operations on arrays: every number a Value, every product and sum a node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..array.operations import STRUCTURAL, rule_of
from ..array.tensor import OF_VALUES, Tensor, describe
from ..array.walks import stale_nodes, tensor_order
from ..errors import InputTypeError, InputValueError
from ..formulas.printing import visible
from ..scalar.blocks import recording, scope, unchecked
from ..scalar.making import elementwise
from ..scalar.value import Value, constant

__all__ = ["expand", "expand_graph"]

_MOST = 20_000
_SUMS_OF_PRODUCTS = {"matmul", "einsum"}


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
        return _computed(node, of_parent)


def expand_graph(root: Tensor) -> dict[Any, Any]:
    """The graph of scalars that computes a Tensor from the leaves of its graph.

    Parameters
    ----------
    root
        A Tensor.

    Returns
    -------
    dict
        From each Tensor on the way to its numbers, an array of Values, labelled ``"W[0, 1]"`` where it has a label, in
        its scope. Values from which Tensors were made are themselves.

    Raises
    ------
    InputValueError
        If there would be more than about 20,000 numbers, an operation has no such graph (see :func:`expand`), or a leaf
        was set after the graph was recorded.

    Examples
    --------
    >>> W, x = Tensor([[1.0, 2.0], [3.0, 4.0]], "W"), Tensor([5.0, 6.0], "x")
    >>> loss = ((W @ x) ** 2).sum()
    >>> numbers = expand_graph(loss)
    >>> numbers[loss].item().backward()
    >>> numbers[W][0, 1].label, numbers[W][0, 1].grad
    ('W[0, 1]', 204.0)
    """
    order, _ = tensor_order([root])
    size = sum(map(_size, order))
    if size > _MOST:
        raise InputValueError(
            f"{describe(root)}: its graph would be one of about {size:,} Values, and at most {_MOST:,} are made; take "
            "fewer examples or a smaller model, or expand(tensor) for a single operation"
        )
    stale = stale_nodes(order)
    if stale:
        raise InputValueError(
            f"the data of a leaf was set after {describe(next(node for node in order if node in stale))} was recorded, "
            "so the numbers that were computed with are gone; compute the root again"
        )
    found: dict[Any, Any] = {}
    for node in order:
        with recording(True), unchecked(), scope(node.scope) if node.scope else nullcontext():
            if node._operation is OF_VALUES:
                found[node] = np.array([*node._options, None], dtype=object)[:-1].reshape(node.shape)
            elif node.parents:
                found[node] = _computed(node, found)
                given = {id(each) for parent in node._parents for each in found[parent].ravel()}
                for index, value in np.ndenumerate(found[node]):
                    if visible(node.label) and isinstance(value, Value) and id(value) not in given:
                        value.label = _label(node.label, index)
            else:
                found[node] = _values(node, visible(node.label))
    return found


def _size(node: Tensor) -> int:
    """About how many Values an operation makes: those of its result, or the products that are summed up in it."""
    sizes = [node.size, *(each.size for each in node._inputs)]
    return max(*sizes, math.isqrt(math.prod(sizes))) if len(sizes) == 3 and node.op in _SUMS_OF_PRODUCTS else max(sizes)


def _computed(node: Tensor, of_parent: Mapping[Any, Any]) -> Any:
    """The numbers of a Tensor, computed from those of its parents."""
    arguments, rule = [of_parent[parent] for parent in node.parents], rule_of(node._operation)
    if rule is None and STRUCTURAL.get(node.op) is not node._operation:  # a function of the user's
        raise _refusal(node)
    try:
        if rule is not None:
            found = elementwise(rule.name, tuple(arguments))
        else:
            found = node._operation.forward(*arguments, *node._options)
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


def _values(parent: Any, name: str | None) -> Any:
    """The numbers of a parent as an array of Values."""
    values = np.empty(parent.shape, dtype=object)
    for index in np.ndindex(parent.shape):
        label = _label(name, index)
        number = float(parent.data[index])
        values[index] = Value(number, label) if parent.differentiable else constant(number, label)
    return values


def _label(name: str | None, index: tuple[int, ...]) -> str | None:
    return f"{name}[{', '.join(map(str, index))}]" if index and name else name
