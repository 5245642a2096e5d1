"""Copies and pickles of whole graphs with Tensors in them, without recursion."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputTypeError
from ..formulas.rules import PRIMITIVES
from ..scalar.copying import copy_nodes
from ..scalar.hooks import TENSOR
from ..scalar.pickling import attributes_of, reduce_node, set_attributes, unknown_primitive
from ..scalar.recording import Notes
from ..scalar.value import Value
from .operations import STRUCTURAL, Operation, elementwise
from .tensor import CONSTANT, DROPPED, LEAF, OF_VALUES, Tensor, describe
from .walks import mixed_order

__all__ = ["copy_tensor", "copy_tensor_graph", "reduce_tensor", "restore_tensor"]


def copy_tensor(node: Tensor) -> Tensor:
    """A second node with the same parents and numbers; a copied leaf is a new leaf.

    >>> w = Tensor([1.0, 2.0], "w")
    >>> product = w * w
    >>> copy_tensor(product).parents == product.parents, copy_tensor(product) is product
    (True, False)
    """
    clone = _clone(node, {id(parent): parent for parent in node.parents})
    set_attributes(clone, attributes_of(node, Tensor))
    return clone


def copy_tensor_graph(root: Tensor, memo: dict[int, Any]) -> Tensor:
    """A copy of a Tensor and all it depends on; for arguments see :func:`autograd_core.scalar.copying.copy_graph`.

    Examples
    --------
    >>> w = Tensor([1.0, 2.0], "w")
    >>> twin = copy_tensor_graph(w * w, {})
    >>> w.data = [5.0, 6.0]
    >>> twin.data.tolist(), twin.parents[0].data.tolist(), twin.parents[0] is twin.parents[1]
    ([1.0, 4.0], [1.0, 2.0], True)
    """
    order = mixed_order(root)
    copy_nodes([node for node in order if isinstance(node, Value)], memo)
    copy_nodes([node for node in order if isinstance(node, Tensor)], memo, Tensor, _clone, lambda node: None)
    copied: Tensor = memo[id(root)]
    return copied


def _clone(node: Tensor, memo: dict[int, Any]) -> Tensor:
    clone = type(node).__new__(type(node))
    # Others may write to the array of a leaf or constant, to that of a computed node nobody.
    clone._data = node._data if node._parents else _owned(node._data)
    clone._parents = tuple(memo[id(parent)] for parent in node._parents)
    clone._inputs = tuple(
        memo[id(parent)]._data if recorded is parent._data else recorded
        for parent, recorded in zip(node._parents, node._inputs, strict=True)
    )
    values = node._operation is OF_VALUES
    clone._options = tuple(memo[id(value)] for value in node._options) if values else node._options
    clone._operation, clone._notes, clone._differentiable = node._operation, node._notes, node._differentiable
    clone._grad, clone._evidence, clone._mark = node._grad, None, 0  # a gradient is never written to
    return clone


def _owned(array: Any) -> Any:
    owned = np.array(array)
    owned.setflags(write=False)
    return owned


# --- pickles --------------------------------------------------------------------------------------------------------


def reduce_tensor(node: Tensor) -> tuple[Any, ...]:
    """What ``__reduce__`` of a Tensor gives.

    Raises
    ------
    InputTypeError
        If the node was made by a function with a derivative of its own, which has no name to find it by.
    """
    if _operation_named(node.op) is not node._operation:
        raise InputTypeError(
            f"{describe(node)} cannot be pickled with its graph, for its derivative is a function of this process; "
            "pickle t.data or its leaves, and compute again; copy.deepcopy copies"
        )
    dropped = node._grad is DROPPED
    names = (node.op, node.label, node.scope)
    arrays = (node._data, node._inputs, None if dropped else node._grad)  # what nodes share pickle writes once
    options = () if node._operation is OF_VALUES else node._options
    record = (type(node), *names, *arrays, dropped, options, node.differentiable)
    return reduce_node(node, Tensor, node.parents, restore_tensor, record)


def restore_tensor(_: Any, record: tuple[Any, ...], *parents: Any) -> Tensor:
    """A Tensor out of a pickle."""
    kind, op, label, scope, data, inputs, grad, dropped, options, differentiable = record
    operation = _operation_named(op)
    if operation is None:
        raise unknown_primitive(op)
    node: Tensor = kind.__new__(kind)
    data.setflags(write=False)
    node._data, node._inputs, node._grad = data, inputs, DROPPED if dropped else grad
    node._parents, node._options = ((), parents) if operation is OF_VALUES else (parents, options)
    node._operation, node._notes, node._differentiable = operation, Notes(label, scope), differentiable
    node._evidence, node._mark = None, 0
    return node


def _operation_named(name: str) -> Operation | None:
    for each in (LEAF, CONSTANT, OF_VALUES):
        if each.name == name:
            return each
    rule = PRIMITIVES.get(name)
    return STRUCTURAL.get(name) if rule is None else elementwise(rule)


TENSOR.copy, TENSOR.deepcopy, TENSOR.reduce = copy_tensor, copy_tensor_graph, reduce_tensor
