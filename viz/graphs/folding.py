"""Scopes folded to one box each: which nodes go into which box. Nothing here knows how a box looks.

Boxes that are alike and stand beside each other, as the neurons of a layer do, become one box.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_core import Tensor
from autograd_core.errors import InputTypeError, InputValueError

__all__ = [
    "Box",
    "boxes_in_order",
    "fold_around",
    "fold_below",
    "fold_outside",
    "fold_steps",
    "fold_to_fit",
    "outside_of_scopes",
]

_Path = tuple[str, ...]
_FEWEST_ALIKE = 3
_MOST_OUTSIDE = 60  # the loss of a hundred examples is a thicket that hides the boxes, and takes minutes to lay out


@dataclass(eq=False, slots=True)
class Box:
    """Nodes that are drawn as one.

    Attributes
    ----------
    name
        Its own name.
    path
        The scopes around it, the outermost first.
    members
        Full names of the scopes that are in it.
    nodes
        Its nodes, in topological order.
    """

    name: str
    path: _Path
    members: list[str]
    nodes: list[Any] = field(default_factory=list)


class _Paths(dict[str, _Path]):
    """Scopes split at their slashes, each once."""

    def __missing__(self, scope: str) -> _Path:
        path = self[scope] = tuple(scope.split("/")) if scope else ()
        return path


def fold_below(nodes: Sequence[Any], depth: Any) -> dict[Any, Box]:
    """Fold the scopes at a depth: 1 for the outermost ones, 2 for those just inside of them, ...

    Parameters
    ----------
    nodes
        In topological order.
    depth
        An integer of at least 1.

    Returns
    -------
    dict
        The box of each node that is in one.

    Examples
    --------
    >>> from autograd_core import Value, scope
    >>> with scope("layer 1"), scope("neuron 2"):
    ...     x = Value(1.0)
    >>> [(box.name, box.path) for box in fold_below([x], 1).values()]
    [('layer 1', ())]
    >>> [(box.name, box.path) for box in fold_below([x], 2).values()]
    [('neuron 2', ('layer 1',))]
    """
    if isinstance(depth, bool) or not isinstance(depth, int):
        raise InputTypeError(f"depth: {depth!r} is not an integer; write depth=1 for the outermost scopes")
    if depth < 1:
        raise InputValueError(f"depth: {depth} is less than 1; write depth=1 for the outermost scopes")
    paths = _Paths()
    return _alike_joined(
        nodes, _boxed(nodes, lambda scope: paths[scope][:depth] if len(paths[scope]) >= depth else None)
    )


def fold_around(nodes: Sequence[Any], focus: Any) -> dict[Any, Box]:
    """Fold all scopes but one, and those around it.

    Raises
    ------
    InputTypeError, InputValueError
        If `focus` is not a text, or there is no such scope.
    """
    if not isinstance(focus, str):
        raise InputTypeError(f"focus: {focus!r} is not the name of a scope; write for example focus='layer 1/neuron 2'")
    paths = _Paths()
    known = {"/".join(path[:length]) for path in _paths_of(nodes, paths) for length in range(1, len(path) + 1)}
    if focus not in known:
        near = difflib.get_close_matches(focus, sorted(known), n=1) or sorted(known)[:3]
        hint = f"there are for example {', '.join(map(repr, near))}" if near else "the graph has no scopes; use around="
        raise InputValueError(f"focus: there is no scope {focus!r} in the graph; {hint}")
    opened = paths[focus]

    def box_path(scope: str) -> _Path | None:
        path = paths[scope]
        common = next((at for at, pair in enumerate(zip(path, opened, strict=False)) if pair[0] != pair[1]), None)
        return None if common is None else path[: common + 1]

    return _alike_joined(nodes, _boxed(nodes, box_path))


def fold_to_fit(nodes: Sequence[Any], limit: int) -> dict[Any, Box]:
    """Fold as few levels of scopes as are needed to have at most `limit` nodes and boxes, or else all of them."""
    paths = _Paths()
    counts: Counter[str] = Counter(node.scope for node in nodes)
    deepest = max((len(paths[scope]) for scope in counts), default=0)
    if not deepest:
        return {}
    for depth in range(deepest, 0, -1):
        boxes = {paths[scope][:depth] for scope in counts if len(paths[scope]) >= depth}
        if sum(count for scope, count in counts.items() if len(paths[scope]) < depth) + len(boxes) <= limit:
            return fold_below(nodes, depth)
    return fold_below(nodes, 1)


def fold_outside(nodes: Sequence[Any], boxed: dict[Any, Box], limit: int) -> dict[Any, Box]:
    """Where many nodes outside of all scopes stand beside boxes, or more than `limit` altogether, fold these nodes too.

    Those that come after the same box become one box. A graph without boxes is left as it is.
    """
    if not boxed or len(boxed) == len(nodes):
        return boxed
    alone = [node for node in nodes if node not in boxed]
    outside = sum(not node.scope for node in alone)
    if outside <= _MOST_OUTSIDE and len(alone) + len(set(boxed.values())) <= limit:
        return boxed
    return boxed | outside_of_scopes(nodes, boxed)


def boxes_in_order(nodes: Sequence[Any], boxed: dict[Any, Box]) -> list[Box]:
    """The boxes in the order in which they are completed, so that a layer stands before those computed from it."""
    last = {box.nodes[-1]: box for box in dict.fromkeys(boxed.values())}
    return [last[node] for node in nodes if node in last]


def _paths_of(nodes: Iterable[Any], paths: _Paths) -> set[_Path]:
    return {paths[scope] for scope in {node.scope for node in nodes}}


def _boxed(nodes: Sequence[Any], box_path: Any) -> dict[Any, Box]:
    boxes: dict[str, Box | None] = {}  # by scope, for nodes are many and scopes few
    by_path: dict[_Path, Box] = {}
    boxed: dict[Any, Box] = {}
    for node in nodes:
        scope = node.scope
        if scope not in boxes:
            path = box_path(scope)
            if path is None:
                boxes[scope] = None
            else:
                boxes[scope] = by_path.setdefault(path, Box(path[-1], path[:-1], ["/".join(path)]))
        box = boxes[scope]
        if box is not None:
            boxed[node] = box
            box.nodes.append(node)
    return boxed


def fold_steps(nodes: Sequence[Any], boxed: dict[Any, Box]) -> dict[Any, Box]:
    """Join boxes of one name but for its number that follow each other, as the steps of a recurrent network do.

    Examples
    --------
    >>> from autograd_core import Value, scope, topological_order
    >>> h = Value(1.0)
    >>> for step in range(1, 6):
    ...     with scope(f"step {step}"):
    ...         h = h.tanh()
    >>> nodes = topological_order(h)
    >>> {box.name for box in fold_steps(nodes, fold_below(nodes, 1)).values()}
    {'step × 5'}
    """
    boxes = dict.fromkeys(boxed.values())
    # Steps begin one after the other; where they end, those that follow may have begun.
    first = {next((node for node in box.nodes if node.parents), box.nodes[0]): box for box in boxes}
    runs: list[list[Box]] = []
    begun: set[str] = set()
    key = None
    for node in nodes:
        box = first.get(node)
        if box is not None:
            before, key = key, (box.path, _without_number(box.name))
            if key != before:
                runs.append([])
            runs[-1].append(box)
        elif node not in boxed and node.scope not in begun and node.scope and node.parents:
            begun.add(node.scope)  # a scope that lies open begins
            key = None
    return _joined(boxed, runs)


def outside_of_scopes(nodes: Sequence[Any], boxed: dict[Any, Box]) -> dict[Any, Box]:
    """Boxes for the nodes outside of all scopes: one for those that depend on no scope, one after each scope."""
    scopes = boxes_in_order(nodes, boxed)
    place = {box: position for position, box in enumerate(scopes, start=1)}
    names = ["outside of scopes", *(f"after {box.name}" for box in scopes)]
    rank: dict[Any, int] = {}
    boxes: dict[int, Box] = {}
    found: dict[Any, Box] = {}
    for node in nodes:
        if node not in boxed and not node.scope:
            ranks = [place[boxed[parent]] if parent in boxed else rank.get(parent, 0) for parent in node.parents]
            rank[node] = after = max(ranks, default=0)
            box = boxes.setdefault(after, Box(names[after], (), []))
            box.nodes.append(node)
            found[node] = box
    return found


# --- boxes that are alike ---------------------------------------------------------------------------------------------


def _alike_joined(nodes: Sequence[Any], boxed: dict[Any, Box]) -> dict[Any, Box]:
    """Join boxes in the same scope that have the same content and stand side by side: none is computed from another."""
    candidates: dict[Any, list[Box]] = {}
    for box in dict.fromkeys(boxed.values()):
        candidates.setdefault((box.path, _without_number(box.name), len(box.nodes)), []).append(box)
    groups: dict[Any, list[Box]] = {}
    many = [box for boxes in candidates.values() if len(boxes) >= _FEWEST_ALIKE for box in boxes]
    level = _levels(nodes) if many else {}
    for box in many:
        content = Counter((node.op, node.shape if isinstance(node, Tensor) else None) for node in box.nodes)
        depth = max(level[node] for node in box.nodes)
        key = (box.path, _without_number(box.name), depth, frozenset(content.items()))
        groups.setdefault(key, []).append(box)
    return _joined(boxed, groups.values())


def _joined(boxed: dict[Any, Box], groups: Iterable[list[Box]]) -> dict[Any, Box]:
    joined: dict[Box, Box] = {}
    for boxes in groups:
        if len(boxes) >= _FEWEST_ALIKE:
            name = _without_number(boxes[0].name) or boxes[0].name
            one = Box(f"{name} × {len(boxes)}", boxes[0].path, [each for box in boxes for each in box.members])
            one.nodes = [node for box in boxes for node in box.nodes]
            joined |= dict.fromkeys(boxes, one)
    return {node: joined.get(box, box) for node, box in boxed.items()} if joined else boxed


def _without_number(name: str) -> str:
    return re.sub(r"[\s_.#-]*\d+$", "", name)


def _levels(nodes: Iterable[Any]) -> dict[Any, int]:
    """The length of the longest path to each node. Of boxes that are alike, one behind the other reaches further."""
    level: dict[Any, int] = {}
    for node in nodes:
        parents = node.parents
        level[node] = 1 + max((level.get(parent, 0) for parent in parents), default=0)
    return level
