"""What is used in many far places: drawn beside each use as a small stub with its name, instead of long arrows.

The view stays exact: it has the node once and all its edges, and says which of them are drawn from stubs.
"""

from __future__ import annotations

from dataclasses import replace

from ..layout.columns import columns_of
from .labels import heading
from .view import GraphView

__all__ = ["OMITTED", "with_stubs"]

#: The id of what stands in for nodes that are not drawn.
OMITTED = "omitted"
_FAR = 3  # columns behind the first use
_MANY = 2  # such uses
_FEW_CROSSED, _CROSSED_FOR_EACH, _LONG = 40, 2, 4
_MOST_NAMED = 6


def with_stubs(view: GraphView) -> GraphView:
    """Say which edges are drawn from stubs, and which nodes are listed at the side because all of theirs are.

    These are leaves and constants that are used in many far places; and of the others the longest edges, where all
    together would run across too many columns.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from .describe import graph_view
    >>> x = z = Value(0.5, "x")
    >>> for _ in range(9):
    ...     z = z * x
    >>> view = graph_view(z)
    >>> view.listed, len(view.stubs), len(view.edges)
    (('n0',), 9, 18)
    """
    ids = [each.id for each in view.drawn]
    ids += [OMITTED] * bool(view.omitted)
    number = {name: position for position, name in enumerate(ids)}
    pairs = [(edge.parent, edge.child) for edge in view.edges]
    pairs += [(OMITTED, child) for child in view.incomplete if view.omitted]
    arrows = list(dict.fromkeys((number[one], number[other]) for one, other in pairs))
    listed = _listed(len(ids), arrows)
    kept = [arrow for arrow in arrows if arrow[0] not in listed]
    stubs = [arrow for arrow in arrows if arrow[0] in listed] + _too_long(len(ids), kept)
    if not stubs:
        return view
    return replace(
        view,
        listed=tuple(ids[each] for each in listed),
        stubs=tuple((ids[one], ids[other]) for one, other in stubs),
        notes=(*view.notes, *_said([heading(view.nodes[each])[0] for each in listed if each < len(view.nodes)])),
    )


def _said(names: list[str]) -> list[str]:
    if not names:
        return []
    if len(names) == 1:
        return [f"{names[0]} is used in many places: beside each stands its name, the node itself is above"]
    *first, last = [*names[:_MOST_NAMED], f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else names
    return [f"{', '.join(first)} and {last} are used in many places: beside each stand their names, they are above"]


def _listed(count: int, arrows: list[tuple[int, int]]) -> list[int]:
    column, _ = columns_of(count, arrows, late=True)
    uses: dict[int, list[int]] = {}
    for one, other in arrows:
        uses.setdefault(one, []).append(column[other])
    children = {other for _, other in arrows}
    return [
        each
        for each, columns in uses.items()
        if each not in children and sum(column > min(columns) + _FAR for column in columns) >= _MANY
    ]


def _too_long(count: int, arrows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest arrows, if all together cross too many columns; those from one node share what they cross."""
    column, _ = columns_of(count, arrows)
    uses: dict[int, list[tuple[int, int]]] = {}
    for one, other in arrows:
        uses.setdefault(one, []).append((column[other] - column[one], other))
    for ends in uses.values():
        ends.sort()
    crossed = sum(max(0, ends[-1][0] - 1) for ends in uses.values())
    spare = max(_FEW_CROSSED, _CROSSED_FOR_EACH * count)
    found = []
    longest = sorted(((length, one, other) for one, ends in uses.items() for length, other in ends), reverse=True)
    for length, one, other in longest:
        if crossed <= spare or length <= _LONG:
            break
        found.append((one, other))
        uses[one].pop()
        crossed -= length - max(1, uses[one][-1][0] if uses[one] else 1)
    return found
