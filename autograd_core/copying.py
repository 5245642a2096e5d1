"""Copies and pickles of whole graphs, without recursion, so that a chain of a million nodes can be copied too."""

from __future__ import annotations

import copy
from typing import Any

from .graph import topological_order
from .recording import Notes
from .rules import PRIMITIVES
from .value import Value

__all__ = ["copy_graph", "copy_node", "flatten", "restore"]

_FIELDS = ("_data", "_grad", "_by_left", "_by_right", "_opcode", "_has_grad", "_differentiable")


def copy_node(node: Value) -> Value:
    """A second node with the same parents and numbers; a copied leaf is a new leaf."""
    return _clone(node, node.parents)


def _clone(node: Value, parents: tuple[Value, ...]) -> Value:
    clone: Value = type(node).__new__(type(node))
    for field in _FIELDS:
        setattr(clone, field, getattr(node, field))
    clone._mark = 0
    _attach(clone, parents, node._notes)
    clone_attributes = getattr(node, "__dict__", None)
    if clone_attributes:
        clone.__dict__.update(clone_attributes)
    return clone


def _attach(node: Value, parents: tuple[Value, ...], notes: Any) -> None:
    left, right, third = (*parents, None, None, None)[:3]
    node._left = left
    node._right = right
    node._notes = notes if notes.third_parent is third else notes._replace(third_parent=third)


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
    for node in topological_order(root):
        if id(node) not in memo:
            clone = _clone(node, tuple(memo[id(parent)] for parent in node.parents))
            if hasattr(clone, "__dict__"):
                clone.__dict__.update(copy.deepcopy(clone.__dict__, memo))
            memo[id(node)] = clone
    copied: Value = memo[id(root)]
    return copied


def flatten(root: Value) -> list[tuple[Any, ...]]:
    """The graph below a node as a list of plain records, parents before children, the root last."""
    order = topological_order(root)
    position = {node: index for index, node in enumerate(order)}
    return [
        (
            type(node),
            node.op,
            tuple(position[parent] for parent in node.parents),
            tuple(getattr(node, field) for field in _FIELDS),
            (node.label, node.scope, node._notes.by_third),
            getattr(node, "__dict__", None),
        )
        for node in order
    ]


def restore(records: list[tuple[Any, ...]]) -> Value:
    """Build the graph that :func:`flatten` took down, and return its root."""
    nodes: list[Value] = []
    for kind, op, positions, fields, (label, scope, by_third), attributes in records:
        node: Value = kind.__new__(kind)
        for field, value in zip(_FIELDS, fields, strict=True):
            setattr(node, field, value)
        if node._opcode >= 0:  # positions in the table may differ in another process; names do not
            node._opcode = PRIMITIVES[op].opcode
        node._mark = 0
        _attach(node, tuple(nodes[index] for index in positions), Notes(label, scope, None, by_third))
        if attributes:
            node.__dict__.update(attributes)
        nodes.append(node)
    return nodes[-1]
