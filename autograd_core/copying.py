"""Copies and pickles of whole graphs, without recursion, so that a chain of a million nodes can be copied too."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

from .graph import topological_order
from .recording import Notes
from .rules import PRIMITIVES
from .value import CONSTANT, LEAF, Value

__all__ = ["copy_graph", "copy_node", "copy_nodes", "flatten", "restore"]

Record: TypeAlias = tuple[Any, ...]


def copy_node(node: Value) -> Value:
    """A second node with the same parents and numbers; a copied leaf is a new leaf."""
    return _clone(node, node.parents)


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
    copy_nodes(topological_order(root), memo)
    copied: Value = memo[id(root)]
    return copied


def copy_nodes(order: list[Value], memo: dict[int, Any]) -> None:
    """Put copies of nodes, which stand in topological order, into a memo, unless they are in it."""
    for node in order:
        if id(node) not in memo:
            clone = _clone(node, tuple(memo[id(parent)] for parent in node.parents))
            if hasattr(clone, "__dict__"):
                clone.__dict__.update(copy.deepcopy(clone.__dict__, memo))
            memo[id(node)] = clone


def flatten(root: Value) -> list[Record]:
    """The graph below a node as a list of plain records, parents before children, the root last."""
    order = topological_order(root)
    position = {node: index for index, node in enumerate(order)}
    return [_record(node, tuple(position[parent] for parent in node.parents)) for node in order]


def restore(records: list[Record]) -> Value:
    """Build the graph that :func:`flatten` took down, and return its root."""
    nodes: list[Value] = []
    for record in records:
        nodes.append(_from_record(record, tuple(nodes[index] for index in record[2])))
    return nodes[-1]


def _clone(node: Value, parents: tuple[Value, ...]) -> Value:
    return _from_record(_record(node, ()), parents)


def _record(node: Value, positions: tuple[int, ...]) -> Record:
    numbers = (node._data, node._grad, node._by_left, node._by_right, node._notes.by_third)
    names = (node._notes.label, node._notes.scope)
    attributes = getattr(node, "__dict__", None)  # of a subclass
    # The op by name: positions in the table may differ in another process.
    return type(node), node.op, positions, numbers, names, node._has_grad, node._differentiable, attributes


def _from_record(record: Record, parents: tuple[Value, ...]) -> Value:
    kind, op, _, numbers, (label, scope), has_grad, differentiable, attributes = record
    left, right, third = (parents + (None, None, None))[:3]  # noqa: RUF005 (Cython 3.3 cannot slice a starred tuple)
    node = kind.__new__(kind)
    node._data, node._grad, node._by_left, node._by_right, by_third = numbers
    node._left = left
    node._right = right
    node._notes = Notes(label, scope, third, by_third)
    node._opcode = {"leaf": LEAF, "constant": CONSTANT}[op] if op in ("leaf", "constant") else PRIMITIVES[op].opcode
    node._mark = 0
    node._has_grad = has_grad
    node._differentiable = differentiable
    if attributes:
        node.__dict__.update(attributes)
    return node  # type: ignore[no-any-return]
