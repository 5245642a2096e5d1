"""Two graphs drawn as one, with what differs marked. What differs, :mod:`autograd_core.inspect.diff` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from autograd_core import Tensor, Value, diff, topological_order
from autograd_core.derivatives.received import unexplained_gradients
from autograd_core.inspect.diff import BothGraphs, both_graphs, changes_of, gradient_of
from autograd_core.inspect.differences import number_change, same_numbers

from ..graphs.boxes import clusters_of
from ..graphs.labels import DASH
from ..graphs.look import as_look, as_nodes
from ..graphs.measures import edge_derivative, number_view, symbol_of
from ..graphs.nodes import node_view
from ..graphs.numbers_text import text_of
from ..graphs.options import as_limit, require_text
from ..graphs.stubs import with_stubs
from ..graphs.view import ArrayView, EdgeView, GraphView, JacobianView, NodeView, Number
from .compose import sheet_of
from .drawing import Drawing

__all__ = ["compare"]

_ONE_LINE = 28  # what stands beside an arrow in one line, in characters
_KEY = {
    "added": "+ blue: only in the second",
    "removed": "− orange, dashed: only in the first",
    "changed": "~ green: changed",
    "numbers": "bold: other numbers, before → after",
}


def compare(
    a: Value | Tensor,
    b: Value | Tensor,
    *,
    title: str | None = None,
    max_nodes: int = 500,
    direction: str = "right",
    digits: int = 4,
    hide: str | Iterable[str] | None = None,
    highlight: Value | Tensor | Iterable[Value | Tensor] | None = None,
    fit: float | None = 1152,
) -> Drawing:
    """Draw two graphs as one, with the differences marked.

    Nodes that stand for each other are drawn once, with numbers that differ as ``before → after`` and a bold frame.
    Nodes and edges of the second graph alone are blue and marked +, those of the first alone orange, dashed and marked
    −; where an operation, a constant, a label or arguments differ the node is green and marked ~.

    Parameters
    ----------
    a, b
        The roots, Values or Tensors. To see one graph at two moments, keep a copy of it:
        ``before = copy.deepcopy(loss)``.
    title
        A title above the picture.
    max_nodes
        How many nodes are drawn at most; those that differ come first.
    direction, digits, hide, highlight, fit
        As for :func:`viz.draw`; nodes of both graphs can be highlighted.

    Returns
    -------
    Drawing

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a node, the title not a text, or `max_nodes` not an integer of at least 1.

    Examples
    --------
    >>> from autograd_core import relu, tanh
    >>> def model(activation, offset):
    ...     w, x = Value(2.0, "w"), Value(0.5, "x")
    ...     return activation(w * x + offset)
    >>> compare(model(tanh, 1), model(relu, 2))
    <Drawing: 0 added, 0 removed, 2 changed; 2 values and 0 gradients differ in 6 common nodes>
    """
    limit = as_limit(max_nodes)
    require_text(title, "title")
    look = as_look(direction, digits, hide, fit)
    both = both_graphs(a, b, "compare")
    lit = set() if highlight is None else as_nodes(highlight, {*both.one, *both.other}, "highlight")
    summary = diff(a, b).summary
    entries = [*(_Entry(node, True) for node in both.one if node not in both.partner),
               *(_Entry(node, False) for node in both.other)]  # fmt: skip
    doubts = _Doubts(*(unexplained_gradients(topological_order(root)) for root in (a, b)))
    described = {entry: _described(entry, both, doubts, look.digits) for entry in entries}
    notes = [summary]
    if len(entries) > limit:
        entries = _most_different(entries, described, limit)
        notes.append(f"{limit:,} of {len(described):,} nodes are drawn; those that differ come first")
    ids = {entry: f"n{position}" for position, entry in enumerate(entries)}
    nodes = tuple(
        replace(
            described[entry], id=ids[entry], highlighted=not lit.isdisjoint((entry.node, both.back.get(entry.node)))
        )
        for entry in entries
    )
    edges = tuple(edge for entry in entries for edge in _edges_into(entry, both, ids))
    marks = {each.mark for each in nodes} | {each.mark for each in edges}
    key = "      ".join(text for mark, text in _KEY.items() if mark in marks)  # of what is drawn, not of what could be
    notes += [key] * bool(key)
    view = with_stubs(GraphView(nodes, edges, clusters_of(nodes), title=title, notes=tuple(notes)))
    return Drawing(sheet_of(view, look), summary)


class _Entry(NamedTuple):
    """A node that is drawn: one of the second graph, or one that only the first graph has."""

    node: Any
    removed: bool


class _Doubts(NamedTuple):
    """Of each graph the nodes whose gradient is not what its edges pass on, and what they pass on."""

    first: dict[Any, Any]
    second: dict[Any, Any]


def _described(entry: _Entry, both: BothGraphs, doubts: _Doubts, digits: int) -> NodeView:
    node = entry.node
    view = node_view(
        node,
        "",
        both.names if entry.removed else both.names_after,
        arguments=node.parents,
        unexplained=doubts.first if entry.removed else doubts.second,
    )
    before = None if entry.removed else both.back.get(node)
    if before is None:
        return replace(view, mark="removed" if entry.removed else "added")
    changes = [("data", _change(before.data, node.data, digits))]
    if not view.constant:
        changes.append(("grad", _change(gradient_of(before), gradient_of(node), digits)))
        if before in doubts.first:
            changes.append(("before", "grad ≠ its graph's"))
    mark = "numbers" if any("→" in text for _, text in changes) else ""
    for what, was, now in changes_of(before, both):
        mark = "changed"
        if what == "op":
            view = replace(view, symbol=f"{symbol_of(was)} → {symbol_of(now)}")
        elif what != "number":
            changes.append((what, f"{was} → {now}"))
    return replace(view, changes=tuple(changes), mark=mark)


def _change(before: Any, after: Any, digits: int) -> str:
    views = [None if each is None else number_view(each) for each in (before, after)]
    was, now = (DASH if each is None else text_of(each, digits) for each in views)
    if same_numbers(before, after):
        return now
    if not any(isinstance(each, ArrayView) for each in views):
        if was == now:  # the difference is in the digits that are not shown
            was, now = repr(before), repr(after)
        return f"{was} → {now}"
    if was != now and len(was) + len(now) <= _ONE_LINE and "\n" not in was + now:
        return f"{was} → {now}"
    change = number_change("", before, after)
    if before is None or after is None or change.shapes is not None:
        return f"{was}\n→ {now}"
    how_many = "all" if change.count == change.size else f"{change.count:,} of {change.size:,}"
    return f"{now}\n{how_many} differ, most\n{change.place}: {_change(change.before, change.after, digits)}"


def _most_different(entries: Sequence[_Entry], described: dict[_Entry, NodeView], limit: int) -> list[_Entry]:
    ranks = {"numbers": 1, "": 2}
    kept = set(sorted(entries, key=lambda entry: ranks.get(described[entry].mark, 0))[:limit])
    return [entry for entry in entries if entry in kept]


def _edges_into(entry: _Entry, both: BothGraphs, ids: dict[_Entry, str]) -> list[EdgeView]:
    """The edges of a node, and for one that both graphs have those that only the first one has."""

    def in_first(parent: Any) -> _Entry:
        partner = both.partner.get(parent)
        return _Entry(parent, True) if partner is None else _Entry(partner, False)

    node, own = entry
    before = None if own else both.back.get(node)
    was = {} if before is None else {(each.position, in_first(each.parent)): each for each in _arguments(before)}
    found: list[tuple[_Entry, _Argument, _Argument | None, str]] = []
    for each in _arguments(node):
        drawn = in_first(each.parent) if own else _Entry(each.parent, False)
        earlier = was.pop((each.position, drawn), None)
        mark = "removed" if own else "added" if earlier is None else ""
        found.append((drawn, each, earlier, mark))
    found += [(drawn, each, None, "removed") for (_, drawn), each in was.items()]
    return [
        EdgeView(
            ids[drawn],
            ids[entry],
            each.position,
            _view_of(each.local),
            bool(each.parent.differentiable),
            before=None if earlier is None or same_numbers(earlier.local, each.local) else _view_of(earlier.local),
            mark=mark,
            jacobian=each.jacobian,
        )
        for drawn, each, earlier, mark in found
        if drawn in ids
    ]


class _Argument(NamedTuple):
    position: int
    parent: Any
    local: Any
    jacobian: JacobianView | None


def _arguments(node: Any) -> Iterator[_Argument]:
    for position, parent in enumerate(node.parents):
        yield _Argument(position, parent, *edge_derivative(node, position))


def _view_of(numbers: Any) -> Number | None:
    return None if numbers is None else number_view(numbers)
