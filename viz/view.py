"""A graph turned into frozen data that says what will be shown. How it looks is for others to say.

Nodes are named n0, n1, ... in topological order, so a view, and every picture of it, is the same on each run.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core import PRIMITIVES, Tensor, Value, stale_nodes, topological_order
from autograd_core.errors import InputTypeError, InputValueError

__all__ = ["ClusterView", "EdgeView", "GraphView", "NodeView", "graph_view"]

# Frames inside frames past this depth help no reader, and are joined into one name.
_DEEPEST_SCOPE = 12


@dataclass(frozen=True, slots=True)
class NodeView:
    """What is known of a node.

    Attributes
    ----------
    id
        ``"n0"``, ``"n1"``, ... in topological order.
    label
        Its label, or None.
    op
        Name of the primitive that made it, ``"leaf"`` or ``"constant"``.
    symbol
        The primitive's symbol; None for a leaf and a constant.
    data
        The number.
    gradient
        The gradient; None if it was not computed.
    leaf, constant
        Whether it is one.
    stale
        Whether its numbers are no longer those of the present leaves.
    scope
        Names of the scopes it was recorded in, the outermost first.
    """

    id: str
    label: str | None
    op: str
    symbol: str | None
    data: float
    gradient: float | None
    leaf: bool
    constant: bool
    stale: bool
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One argument of one node. An argument that is used twice has two edges.

    Attributes
    ----------
    parent, child
        Ids of the argument and of the node computed from it.
    position
        Which argument it is, counted from 0.
    local_derivative
        Derivative of the child by this argument, at the recorded point; None beside a constant.
    """

    parent: str
    child: str
    position: int
    local_derivative: float | None


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A scope with nodes in it.

    Attributes
    ----------
    id
        ``"c0"``, ``"c1"``, ... with an outer scope before those inside it.
    name
        Its own name, without those of the scopes around it.
    outer
        Id of the scope around it; None if there is none.
    nodes
        Ids of the nodes that are in it, but in none of the scopes inside it.
    """

    id: str
    name: str
    outer: str | None
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GraphView:
    """What a picture of a graph shows.

    Attributes
    ----------
    nodes
        In topological order.
    edges
        By child, and for each child by position.
    clusters
        Scopes, an outer one before those inside it.
    omitted
        How many nodes of the graph were left out.
    incomplete
        Ids of the nodes some of whose parents were left out.
    title
        A title, or None.
    """

    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    clusters: tuple[ClusterView, ...]
    omitted: int = 0
    incomplete: tuple[str, ...] = ()
    title: str | None = None


def graph_view(root_or_roots: Value | Iterable[Value], *, title: str | None = None, max_nodes: int = 500) -> GraphView:
    """Describe the graph of a node, or of several.

    Parameters
    ----------
    root_or_roots
        A Value, or several.
    title
        A title for the picture.
    max_nodes
        How many nodes may be shown. Of a larger graph the nodes nearest to the roots are kept.

    Returns
    -------
    GraphView

    Raises
    ------
    InputTypeError
        If something is not a Value, or the title not a text.
    InputValueError
        If there is no root, or `max_nodes` is less than 1.

    Examples
    --------
    >>> a = Value(3.0, "a")
    >>> view = graph_view(a * a)
    >>> [(node.id, node.label, node.symbol, node.data, node.gradient) for node in view.nodes]
    [('n0', 'a', None, 3.0, None), ('n1', None, '×', 9.0, None)]
    >>> view.edges
    (EdgeView(parent='n0', child='n1', position=0, local_derivative=3.0),
     EdgeView(parent='n0', child='n1', position=1, local_derivative=3.0))
    """
    roots = _as_roots(root_or_roots)
    limit = _as_limit(max_nodes)
    if title is not None and not isinstance(title, str):
        raise InputTypeError(f"title: {title!r} is not a text; write title={str(title)!r}")
    order = topological_order(roots)
    stale = stale_nodes(order)  # of the whole graph, for a leaf that was set may be among the nodes left out
    if len(order) > limit:
        near = _nearest(roots, limit)
        shown = [node for node in order if node in near]
    else:
        shown = order
    ids = {node: f"n{position}" for position, node in enumerate(shown)}
    nodes = tuple(_node_view(node, ids[node], node in stale) for node in shown)
    return GraphView(
        nodes,
        tuple(edge for node in shown for edge in _edges_into(node, ids)),
        _clusters(nodes),
        omitted=len(order) - len(shown),
        incomplete=tuple(ids[node] for node in shown if any(parent not in ids for parent in node.parents)),
        title=title,
    )


def _as_roots(given: Any) -> list[Value]:
    if isinstance(given, Value):
        return [given]
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Tensor):
        raise InputTypeError(f"draw: {given!r} is not a Value; give a result computed from Values, as in draw(w * x)")
    roots = list(given)
    for each in roots:
        if not isinstance(each, Value):
            raise InputTypeError(
                f"draw: {each!r} among the roots is not a Value; give one Value or a list of Values, as in draw([y, z])"
            )
    if not roots:
        raise InputValueError("draw: there is no root in an empty list; give at least one Value, as in draw(z)")
    return roots


def _as_limit(given: Any) -> int:
    try:
        limit = operator.index(given)
    except TypeError:
        raise InputTypeError(f"max_nodes: {given!r} is not an integer; write for example max_nodes=500") from None
    if limit < 1:
        raise InputValueError(f"max_nodes: {limit} nodes are no picture; write for example max_nodes=500")
    return limit


def _nearest(roots: Sequence[Value], limit: int) -> set[Value]:
    """The first nodes of a breadth-first walk from the roots towards the leaves."""
    reached: set[Value] = set()
    queue: deque[Value] = deque(roots)
    while queue and len(reached) < limit:
        node = queue.popleft()
        if node not in reached:
            reached.add(node)
            queue.extend(node.parents)
    return reached


def _node_view(node: Value, own_id: str, stale: bool) -> NodeView:
    leaf, constant = node.op == "leaf", node.op == "constant"
    return NodeView(
        id=own_id,
        label=node.label,
        op=node.op,
        symbol=None if leaf or constant else PRIMITIVES[node.op].symbol,
        data=node.data,
        gradient=node.grad if node.has_grad else None,
        leaf=leaf,
        constant=constant,
        stale=stale,
        scope=tuple(node.scope.split("/")) if node.scope else (),
    )


def _edges_into(node: Value, ids: dict[Value, str]) -> list[EdgeView]:
    return [
        EdgeView(ids[parent], ids[node], position, derivative)
        for position, (parent, derivative) in enumerate(zip(node.parents, node.local_derivatives, strict=True))
        if parent in ids
    ]


def _clusters(nodes: Sequence[NodeView]) -> tuple[ClusterView, ...]:
    members: dict[tuple[str, ...], list[str]] = {}
    for node in nodes:
        path = _as_frames(node.scope)
        for depth in range(1, len(path) + 1):
            members.setdefault(path[:depth], [])
        if path:
            members[path].append(node.id)
    ids = {path: f"c{position}" for position, path in enumerate(members)}
    return tuple(
        ClusterView(ids[path], path[-1], ids.get(path[:-1]), tuple(inside)) for path, inside in members.items()
    )


def _as_frames(scope: tuple[str, ...]) -> tuple[str, ...]:
    if len(scope) <= _DEEPEST_SCOPE:
        return scope
    return (*scope[: _DEEPEST_SCOPE - 1], "/".join(scope[_DEEPEST_SCOPE - 1 :]))
