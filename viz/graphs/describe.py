"""From a graph to its view: what is looked at, what is folded, and what is known of each node and edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd_core import PRIMITIVES, Value, stale_nodes, topological_order
from autograd_core.derivatives.received import unexplained_gradients
from autograd_core.errors import InputValueError
from autograd_core.formulas.formula import Apply, Expression, Number, Variable, substitute
from autograd_core.formulas.printing import visible
from autograd_core.inspect.naming import Names, math_name

from .boxes import box_view
from .duplicates import representatives
from .folding import Box, fold_around, fold_below, fold_outside, fold_steps, fold_to_fit, outside_of_scopes
from .fusing import FUSES, Sum, Term, fused, sum_text
from .heat import scale_of
from .items import Items
from .labels import NOT_COMPUTED, shorten
from .look import as_nodes
from .mathtext import formula_text, name_text
from .measures import HEATS, edge_derivative, largest, magnitude, number_view, symbol_of
from .options import as_limit, as_roots, require_one_at_most, require_one_of, require_text
from .select import nodes_around, nodes_on_paths
from .stubs import with_stubs
from .view import BoxView, ClusterView, EdgeView, GraphView, NodeView

__all__ = ["clusters_of", "graph_view", "node_view"]

# Frames inside frames past this depth help no reader, and are joined into one name.
_DEEPEST_SCOPE = 12
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
    doubts = _Doubts(_stale(order), {} if unfinished else unexplained_gradients(order))
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
        hidden |= {node for node in looked_at if _goes_inline(node)} - set(roots)
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


def _stale(order: Sequence[Any]) -> set[Any]:
    """The stale nodes. Only leaves can be set, so no other node can be the first."""
    leaves = {node for node in order if node.op == "leaf"}
    if any(node.differs_from_parents() for node in order if not leaves.isdisjoint(node.parents)):
        return stale_nodes(order)
    return set()


def _called(node: Any) -> str:
    return (
        shorten(name_text(math_name(node) or node.label))
        if visible(node.label)
        else f"a node without label ({symbol_of(node.op)})"
    )


def _goes_inline(node: Any) -> bool:
    return node.op == "constant" and visible(node.label) is None and (isinstance(node, Value) or node.ndim == 0)


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
    edges = [edge for node in singles for edge in _edges_into(node, picture, ids, names, wanted, copies.get(node, ()))]
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


# --- nodes and edges --------------------------------------------------------------------------------------------------


def node_view(
    node: Any,
    own_id: str,
    names: Names,
    *,
    arguments: Sequence[Any],
    fused: Sum | None = None,
    stale: bool = False,
    unexplained: Mapping[Any, Any] = MappingProxyType({}),
    copies: Sequence[Any] = (),
    inline: bool = False,
    heat: str | None = None,
) -> NodeView:
    """Describe a node.

    Parameters
    ----------
    node, own_id, names
        The node, its id, and what nodes are called.
    arguments
        What is drawn as its parents.
    fused
        The sum that is drawn as this node, if it is one.
    stale
        Whether it is.
    unexplained
        Nodes whose gradient is not what edges pass on, and what they pass on.
    copies
        Other nodes that it stands for, and itself; their gradients add up.
    inline
        Whether constants stand in its formula.
    heat
        What is coloured.
    """
    leaf, constant, label = node.op == "leaf", node.op == "constant", visible(node.label)
    gradient = _gradient(copies or (node,))
    symbol = None if leaf or constant else symbol_of(node.op)
    if inline and node.op in PRIMITIVES and any(map(_goes_inline, arguments)):
        symbol = formula_text(Apply(node.op, tuple(_operand(each, names, node.scope) for each in arguments)))
    parts: tuple[tuple[str, Any], ...] = ()
    if fused is not None:
        terms = [(term.sign, _term_text(term, names, node.scope)) for term in fused.terms]
        symbol = sum_text(terms)
        parts = tuple((text, number_view(term.node.data)) for (_, text), term in zip(terms, fused.terms, strict=True))
    return NodeView(
        id=own_id,
        name=name_text(names[node]),
        label=label,
        heading=label if label is None or names.looks_like_another(label) else name_text(math_name(node) or label),
        op=node.op,
        symbol=symbol,
        data=number_view(node.data),
        gradient=None if gradient is None else number_view(gradient),
        leaf=leaf,
        constant=constant,
        stale=stale,
        scope=tuple(node.scope.split("/")) if node.scope else (),
        arity=len(arguments),
        parts=parts,
        copies=max(1, len(copies)),
        heat=_heat(node, heat, gradient),
        passed_on=None if gradient is None else _passed_on(copies or (node,), unexplained),
    )


def _passed_on(copies: Sequence[Any], unexplained: Mapping[Any, Any]) -> Any:
    """What edges pass on to nodes that are drawn as one, if it is not their gradient."""
    if not any(each in unexplained for each in copies):
        return None
    first, *others = (unexplained.get(each, each.grad) for each in copies)
    return number_view(sum(others, start=first))


def _gradient(copies: Sequence[Any]) -> Any:
    """The gradient of nodes that are drawn as one: their sum; None if one was not computed."""
    if not all(each.has_grad for each in copies):
        return None
    return sum((each.grad for each in copies[1:]), start=copies[0].grad)


def _heat(node: Any, heat: str | None, gradient: Any) -> float | None:
    if heat == "grad":
        return None if gradient is None else largest(gradient)
    return None if heat is None else magnitude(node, heat)


def _edges_into(
    node: Any, picture: Items, ids: dict[Any, str], names: Names, wanted: _Wanted, copies: Sequence[Any]
) -> list[EdgeView]:
    found = []
    arguments, fused = picture.arguments(node), picture.sums.get(node)
    terms = fused.arguments() if fused is not None else []
    for position, parent in enumerate(arguments):
        item = picture.item(parent)
        if item is None or item not in ids or isinstance(item, Box):
            continue
        formula, matrix = None, None
        if fused is None:
            local, matrix = edge_derivative(node, position)
            if wanted.derivatives == "formulas":
                formula = _formula(node, position, arguments, names)
        else:
            _, term, at = terms[position]
            local = term.derivative(at)
            if wanted.derivatives == "formulas":
                formula = _formula(term.node, at, term.arguments, names, inside=True) if term.inside else "1"
                formula = f"−{formula}" if formula and term.sign < 0 else formula
        found.append(
            EdgeView(
                parent=ids[item],
                child=ids[node],
                position=position,
                local_derivative=None if local is None else number_view(local),
                jacobian=matrix,
                differentiable=bool(parent.differentiable),
                formula=formula,
                weight=_weight(local if matrix is None else None, wanted.heat, copies or (node,)),
            )
        )
    return found


def _term_text(term: Term, names: Names, scope: str) -> str:
    operands = [_operand(each, names, scope) for each in term.arguments]
    text = formula_text(Apply(term.node.op, tuple(operands)) if term.inside else operands[0])
    return text.replace(" · ", "·")  # spaces stand between the terms


def _operand(node: Any, names: Names, scope: str) -> Expression:
    """How a node stands in a formula of a scope: its number, or its name without the scope they share."""
    if _goes_inline(node):
        return Number(float(node.data))
    return Variable(names.within(node, scope))


def _weight(local: Any, heat: str | None, copies: Sequence[Any]) -> float | None:
    """The magnitude of a local derivative, or of what it passes on."""
    if heat is None or local is None:
        return None
    if heat != "grad":
        return largest(local)
    gradient = _gradient(copies)
    if gradient is None:
        return None
    factors = largest(local), largest(gradient)
    return 0.0 if 0.0 in factors else factors[0] * factors[1]  # a factor that is exactly 0 ends the path


def _formula(node: Any, position: int, arguments: Sequence[Any], names: Names, *, inside: bool = False) -> str | None:
    """The local derivative as the table has it, in the names of the nodes; of one inside of a sum, without its name."""
    if node.op not in PRIMITIVES or not node.parents[position].differentiable:
        return None
    rule = PRIMITIVES[node.op]
    operands = [_operand(each, names, node.scope) for each in arguments]
    z = Apply(node.op, tuple(operands)) if inside else Variable(names[node])
    in_names = {**dict(zip(rule.arguments, operands, strict=True)), "z": z}
    known = tuple((name, each.value) for name, each in in_names.items() if isinstance(each, Number))
    return formula_text(substitute(rule.partial_given(position, known), in_names))


# --- frames -----------------------------------------------------------------------------------------------------------


def clusters_of(nodes: Sequence[NodeView | BoxView]) -> tuple[ClusterView, ...]:
    """The scopes of some nodes and boxes as frames inside frames."""
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
