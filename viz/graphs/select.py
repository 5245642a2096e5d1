"""Which nodes of a graph are looked at: all, those around one node, or those on the paths between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import Tensor, Value, topological_order
from autograd_core.errors import InputTypeError, InputValueError

__all__ = ["nodes_around", "nodes_on_paths"]


def nodes_around(node: Any, radius: Any, order: Sequence[Any], limit: int) -> set[Any]:
    """The nodes of a graph that are at most so many edges away from one of them, whichever way the edges point.

    Parameters
    ----------
    node
        The node in the middle.
    radius
        How many edges.
    order
        The nodes of the graph.
    limit
        How many there may be; the nearest are kept.

    Raises
    ------
    InputTypeError, InputValueError
        If it is not a node of the graph, or the radius not an integer of at least 0.

    Examples
    --------
    >>> a = Value(2.0, "a")
    >>> y = a.exp()
    >>> z = (y * 3).sin()
    >>> [node.op for node in topological_order(z) if node in nodes_around(y, 1, topological_order(z), 9)]
    ['leaf', 'exp', 'mul']
    """
    if isinstance(radius, bool) or not isinstance(radius, int):
        raise InputTypeError(f"radius: {radius!r} is not an integer; write for example radius=2")
    if radius < 0:
        raise InputValueError(f"radius: {radius} is negative; write for example radius=2")
    children: dict[Any, list[Any]] = {each: [] for each in order}
    _require_member(node, children, "around")
    for each in order:
        for parent in each.parents:
            children[parent].append(each)
    found, border = {node}, [node]
    for _ in range(radius):
        border = [each for one in border for each in (*one.parents, *children[one]) if each not in found]
        border = list(dict.fromkeys(border))[: limit - len(found)]
        if not border:
            break
        found.update(border)
    return found


def nodes_on_paths(ends: Any, order: Sequence[Any]) -> set[Any]:
    """The nodes on the paths from one node of a graph to another, both included.

    Raises
    ------
    InputTypeError, InputValueError
        If `ends` is not a pair of nodes of the graph, or no path leads from the first to the second.

    Examples
    --------
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> z = (a * b).exp() + b
    >>> sorted(node.op for node in nodes_on_paths((a, z), topological_order(z)))
    ['add', 'exp', 'leaf', 'mul']
    """
    if not isinstance(ends, tuple | list) or len(ends) != 2:
        raise InputTypeError(f"path: {ends!r} is not a pair of nodes; write path=(leaf, root)")
    start, end = ends
    members = set(order)
    _require_member(start, members, "path")
    _require_member(end, members, "path")
    reached = {start}
    between = [start]
    for node in topological_order(end):
        if node not in reached and any(parent in reached for parent in node.parents):
            reached.add(node)
            between.append(node)
    if end not in reached:
        raise InputValueError("path: the second node is not computed from the first; write path=(leaf, root)")
    return reached


def _require_member(node: Any, members: Any, what: str) -> None:
    if not isinstance(node, Value | Tensor):
        raise InputTypeError(f"{what}: {node!r} is not a node; give a Value or a Tensor of the graph")
    if node not in members:
        raise InputValueError(f"{what}: {node!r} is not in the graph; give a node that the root was computed from")
