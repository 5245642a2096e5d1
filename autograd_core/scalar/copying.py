"""Copies and pickles of whole graphs, without recursion, so that a chain of a million nodes can be copied too."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..formulas.rules import PRIMITIVES
from .hooks import VALUE
from .pickling import attributes_of, copy_attributes, reduce_node, set_attributes, unknown_primitive
from .recording import Notes
from .value import CONSTANT, LEAF, Value, own_attributes
from .walks import order_between

__all__ = ["copy_graph", "copy_node", "copy_nodes", "reduce_value", "restore_value"]

Record: TypeAlias = tuple[Any, ...]


def copy_node(node: Value) -> Value:
    """A second node with the same parents and numbers; a copied leaf is a new leaf."""
    clone = _from_record(_record(node), node.parents)
    set_attributes(clone, attributes_of(node, Value, own_attributes))
    return clone


def copy_graph(root: Value, memo: dict[int, Any] | None = None) -> Value:
    """A copy of a node and of everything it depends on.

    Parameters
    ----------
    root
        The node.
    memo
        Copies made before, by the id of the original: what :func:`copy.deepcopy` hands on, so that shared nodes stay
        shared.
    """
    memo = {} if memo is None else memo
    copy_nodes(order_between((), root), memo)
    copied: Value = memo[id(root)]
    return copied


def _clone(node: Value, memo: dict[int, Any]) -> Value:
    return _from_record(_record(node), tuple([memo[id(parent)] for parent in node.parents]))


def copy_nodes(
    order: list[Any], memo: dict[int, Any], base: type = Value, clone: Any = _clone, own: Any = own_attributes
) -> None:
    """Put copies of nodes of one class, which stand in topological order, into a memo, unless they are in it."""
    subclassed: list[tuple[Any, Any]] = []
    for node in order:
        if id(node) not in memo:
            copied = memo[id(node)] = clone(node, memo)
            if type(node) is not base or own(node):
                subclassed.append((node, copied))
    copy_attributes(subclassed, base, memo, own)


def reduce_value(node: Value) -> tuple[Any, ...]:
    """What ``__reduce__`` of a Value gives."""
    return reduce_node(node, Value, node.parents, restore_value, _record(node), own_attributes)


def restore_value(_: Any, record: Record, *parents: Value) -> Value:
    """A Value out of a pickle."""
    return _from_record(record, parents)


def _record(node: Value) -> Record:
    op = node.op  # by name: positions in the table may differ in another process
    numbers = (node._data, node._grad, node._by_left, node._by_right, node._notes.by_third)
    names = (node._notes.label, node._notes.scope)
    return type(node), op, *names, *numbers, node._has_grad, node._differentiable


def _from_record(record: Record, parents: tuple[Value, ...]) -> Value:
    kind, op, label, scope, data, grad, by_left, by_right, by_third, has_grad, differentiable = record
    left, right, third = (parents + (None, None, None))[:3]  # noqa: RUF005 (Cython 3.3 cannot slice a starred tuple)
    node = kind.__new__(kind)
    node._data, node._grad, node._by_left, node._by_right = data, grad, by_left, by_right
    node._notes = Notes(label, scope, third, by_third)
    node._left = left
    node._right = right
    node._opcode = _opcode_of(op)
    node._mark = 0
    node._has_grad = has_grad
    node._differentiable = differentiable
    return node  # type: ignore[no-any-return]


def _opcode_of(op: str) -> int:
    rule = PRIMITIVES.get(op)
    if rule is not None:
        return rule.opcode
    if op == "leaf":
        return LEAF
    if op == "constant":
        return CONSTANT
    raise unknown_primitive(op)


VALUE.copy, VALUE.deepcopy, VALUE.reduce = copy_node, copy_graph, reduce_value
