"""From a graph to its view: what is looked at, and what is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from autograd_core import stale_nodes, topological_order
from autograd_core.derivatives.received import unexplained_gradients
from autograd_core.errors import InputValueError
from autograd_core.formulas.printing import visible
from autograd_core.inspect.naming import Names, math_name

from .boxes import box_view, clusters_of
from .duplicates import representatives
from .folding import Box, fold_around, fold_below, fold_outside, fold_steps, fold_to_fit, outside_of_scopes
from .fusing import FUSES, fused
from .heat import scale_of
from .items import Items
from .labels import NOT_COMPUTED, shorten
from .look import as_nodes
from .mathtext import name_text
from .measures import HEATS, symbol_of
from .nodes import edges_into, goes_inline, node_view
from .options import as_limit, as_roots, require_one_at_most, require_one_of, require_text
from .select import nodes_around, nodes_on_paths
from .stubs import with_stubs
from .view import EdgeView, GraphView

__all__ = ["graph_view"]

# Each arrow is laid out column by column. More would be a tangle, and take minutes.
_MOST_COLUMNS_CROSSED = 3_000
_CONSTANTS = ("nodes", "inline")
_DERIVATIVES = ("numbers", "formulas")


def graph_view(
    root_or_roots: Any,
    *,
    title: str | None = None,
    max_nodes: int = 500,
    depth: int | None = None,
    focus: str | None = None,
    around: Any = None,
    radius: int = 2,
    path: Any = None,
    heat: str | None = None,
    constants: str = "nodes",
    derivatives: str = "numbers",
    merge_duplicates: bool = False,
    fuse: str | None = None,
    highlight: Any = None,
    unfinished: bool = False,
) -> GraphView:
    """Describe the graph of a node, or of several. For arguments and errors see :func:`viz.draw`.

    In the middle of a backward pass, `unfinished`, gradients are not expected to be what edges pass on.

    Returns
    -------
    GraphView

    Examples
    --------
    >>> a = Value(3.0, "a")
    >>> view = graph_view(a * a)
    >>> [(node.id, node.name, node.symbol, node.data, node.gradient) for node in view.nodes]
    [('n0', 'a', None, 3.0, None), ('n1', 'z₁', '×', 9.0, None)]
    >>> [(edge.parent, edge.child, edge.position, edge.local_derivative) for edge in view.edges]
    [('n0', 'n1', 0, 3.0), ('n0', 'n1', 1, 3.0)]
    """
    roots = as_roots(root_or_roots)
    limit = as_limit(max_nodes)
    require_text(title, "title")
    require_one_of("constants", constants, _CONSTANTS)
    require_one_of("derivatives", derivatives, _DERIVATIVES)
    for name, given, known in (("heat", heat, tuple(HEATS)), ("fuse", fuse, FUSES)):
        if given is not None:
            require_one_of(name, given, known)
    require_one_at_most("are different looks at a graph", depth=depth, focus=focus, around=around, path=path)
    require_one_at_most("draw several nodes as one", fuse=fuse, merge_duplicates=merge_duplicates or None)
    notes: list[str] = []
    order = topological_order(roots)
    doubts = _Doubts(stale_nodes(order), {} if unfinished else unexplained_gradients(order))
    lit = set() if highlight is None else as_nodes(highlight, set(order), "highlight")
    looked_at = order
    if around is not None or path is not None:
        chosen = nodes_on_paths(path, order) if around is None else nodes_around(around, radius, order, limit)
        looked_at = [node for node in order if node in chosen]
        if around is None:
            where = f"on the paths from {_called(path[0])} to {_called(path[1])}"
        else:
            where = f"at most {radius} edges from {_called(around)}"
        notes.append(f"{len(looked_at):,} of {len(order):,} nodes: those {where}")
    same = representatives(looked_at) if merge_duplicates else {}
    if merge_duplicates:
        twice = sum(same[node] is not node and node.op != "constant" for node in looked_at)
        notes.append(f"{twice:,} of {len(looked_at):,} nodes compute what another one computes; each is drawn once")
    hidden = {node for node, first in same.items() if first is not node}
    if constants == "inline":
        hidden |= {node for node in looked_at if goes_inline(node)} - set(roots)
    seen = [*roots, *(path or ()), *([] if around is None else [around])]
    norms, sums = ({}, {}) if fuse is None else fused(order, looked_at, seen)
    hidden.update(each for node in looked_at if node in sums for each in sums[node].inner)
    candidates = [node for node in looked_at if node not in hidden] if hidden else looked_at
    boxed = norms | _boxed(candidates, depth, focus, around is not None or path is not None, limit, notes)
    ends = [same.get(end, end) for end in (roots if path is None else [path[1]])]
    picture = Items(candidates, boxed, same, sums, limit, ends)
    folded = []
    for fold, what in ((_with_outside, "nodes outside of scopes"), (fold_steps, "scopes that follow each other")):
        if picture.span() > _MOST_COLUMNS_CROSSED:
            boxed = fold(candidates, boxed)
            picture = Items(candidates, boxed, same, sums, limit, ends)
            folded.append(what)
    if folded:
        notes.append(f"{' and '.join(folded)} are folded, for their arrows would run across the whole picture")
    return _view(picture, _Wanted(title, heat, constants, derivatives, lit), doubts, notes)


class _Doubts(NamedTuple):
    """What a reader must be warned of: stale nodes, and gradients beside what edges pass on instead."""

    stale: set[Any]
    unexplained: dict[Any, Any]


class _Wanted(NamedTuple):
    title: str | None
    heat: str | None
    constants: str
    derivatives: str
    highlight: set[Any]


# --- what is looked at ------------------------------------------------------------------------------------------------


def _called(node: Any) -> str:
    return (
        shorten(name_text(math_name(node) or node.label))
        if visible(node.label)
        else f"a node without label ({symbol_of(node.op)})"
    )


def _boxed(nodes: Sequence[Any], depth: Any, focus: Any, is_part: bool, limit: int, notes: list[str]) -> dict[Any, Box]:
    if depth is not None:
        boxed = fold_below(nodes, depth)
    elif focus is not None:
        boxed = fold_around(nodes, focus)
    elif is_part or len(nodes) <= limit:
        return {}
    else:
        boxed = fold_to_fit(nodes, limit)
        if boxed:
            notes.append(
                f"{len(nodes):,} nodes are more than max_nodes={limit:,}, so scopes are folded; "
                "focus= and around= open a part"
            )
    return fold_outside(nodes, boxed, limit)


def _with_outside(nodes: Sequence[Any], boxed: dict[Any, Box]) -> dict[Any, Box]:
    return boxed | outside_of_scopes(nodes, boxed)


def _view(picture: Items, wanted: _Wanted, doubts: _Doubts, notes: list[str]) -> GraphView:
    singles = [item for item in picture.items if not isinstance(item, Box)]
    boxes = [item for item in picture.items if isinstance(item, Box)]
    names = Names(_named(singles, picture))
    ids = {item: f"n{position}" for position, item in enumerate(singles)}
    ids |= {box: f"b{position}" for position, box in enumerate(boxes)}
    copies = _copies(picture.same)
    nodes = tuple(
        node_view(
            node,
            ids[node],
            names,
            stale=node in doubts.stale,
            unexplained=doubts.unexplained,
            arguments=picture.arguments(node),
            fused=picture.sums.get(node),
            copies=copies.get(node, ()),
            inline=wanted.constants == "inline",
            heat=wanted.heat,
        )
        for node in singles
    )
    views = tuple(
        box_view(
            box,
            ids[box],
            picture.inputs[box],
            picture.outputs[box],
            doubts.stale,
            wanted.heat,
            doubts.unexplained,
        )
        for box in boxes
    )
    if wanted.highlight:
        lit = {ids.get(picture.item(node)) for node in wanted.highlight}
        nodes = tuple(replace(each, highlighted=each.id in lit) for each in nodes)
        views = tuple(replace(each, highlighted=each.id in lit) for each in views)
    edges = [
        edge
        for node in singles
        for edge in edges_into(
            node, picture, ids, names, copies.get(node, ()), derivatives=wanted.derivatives, heat=wanted.heat
        )
    ]
    edges += [
        EdgeView(ids[one], ids[other], 0, None, count=count, differentiable=_flows(one))
        for (one, other), count in picture.edges.items()
        if one in ids and other in ids
    ]
    omitted = len(picture.nodes) - len(singles) - sum(len(box.nodes) for box in boxes)
    incomplete = [ids[item] for item in picture.items if any(each not in ids for each in picture.parents(item))]
    scale = widths = None
    if wanted.heat is not None:
        found = [*(node.heat for node in nodes if not node.constant), *(box.heat for box in views)]
        if wanted.heat == "local":
            found += [edge.weight for edge in edges]
        if wanted.heat == "grad" and all(each is None for each in found):
            raise InputValueError("heat: no gradient of the graph was computed; call backward() on the root first")
        scale = scale_of(HEATS[wanted.heat], found, NOT_COMPUTED if wanted.heat == "grad" else "")
        shown_by_width = "|upstream gradient × local derivative|" if wanted.heat == "grad" else HEATS["local"]
        widths = scale if wanted.heat == "local" else scale_of(shown_by_width, [edge.weight for edge in edges])
        notes.append(f"wider edges: larger {shown_by_width}")
    view = GraphView(
        nodes=nodes,
        edges=tuple(edges),
        clusters=clusters_of([*nodes, *views]),
        boxes=views,
        omitted=omitted,
        incomplete=tuple(incomplete),
        title=wanted.title,
        notes=tuple(notes),
        scale=scale,
        widths=widths,
    )
    return with_stubs(view)


def _named(singles: Sequence[Any], picture: Items) -> list[Any]:
    """The nodes that formulas speak of: those that are drawn, and their arguments."""
    return list(dict.fromkeys(each for node in singles for each in (*picture.arguments(node), node)))


def _copies(same: dict[Any, Any]) -> dict[Any, list[Any]]:
    copies: dict[Any, list[Any]] = {}
    for node, first in same.items():
        copies.setdefault(first, []).append(node)
    return copies


def _flows(item: Any) -> bool:
    return any(node.differentiable for node in item.nodes) if isinstance(item, Box) else bool(item.differentiable)
