"""In which column everything stands, and how far arrows run across columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

__all__ = ["Gate", "columns_crossed", "columns_of"]


class Gate(NamedTuple):
    """What must stand behind something else as a whole, as what is in a frame behind what goes into it.

    Attributes
    ----------
    entering
        Boxes that stand before it.
    members
        Boxes in it.
    """

    entering: Sequence[int]
    members: Sequence[int]


def columns_of(
    count: int, arrows: Sequence[tuple[int, int]], gates: Sequence[Gate] = (), *, late: bool = False
) -> tuple[list[int], list[int]]:
    """The column of each box, counted from 0, and how long the longest path to it is.

    A box stands behind all it is computed from, as late as it can without making an arrow longer: what is computed for
    one purpose, just before it is needed; what is computed from nothing, just before it is needed first.

    Parameters
    ----------
    count
        How many boxes there are.
    arrows
        From what to what. Where they run in a circle, some point back.
    gates
        What stands behind something else as a whole; those that contradict each other are not heeded.
    late
        Whether a box may also make arrows longer that begin at what is computed from nothing.

    Examples
    --------
    >>> w, x, b, product, total, root = range(6)
    >>> columns_of(6, [(w, product), (x, product), (product, total), (b, total), (total, root)])
    ([0, 0, 1, 1, 2, 3], [0, 0, 0, 1, 2, 3])
    """
    size = count + len(gates)
    parents: list[dict[int, int]] = [{} for _ in range(size)]  # each with how many columns lie between, at least
    children: list[dict[int, int]] = [{} for _ in range(size)]
    for one, other in arrows:
        if one != other:
            parents[other][one] = children[one][other] = 1
    sources = [not each for each in parents[:count]]
    for gate, (entering, members) in enumerate(gates, start=count):
        for box in entering:
            parents[gate][box] = children[box][gate] = 1
        for box in members:
            parents[box][gate] = children[gate][box] = 0
    order = _in_order(parents, children)
    if gates and len(order) < size:
        sorted_out = set(order)
        return columns_of(
            count, arrows, [gate for at, gate in enumerate(gates, start=count) if at in sorted_out], late=late
        )
    if len(order) < size:
        order = _in_order(parents, children, breaking=True)
    return _columns(count, order, parents, children, [late and each for each in sources])


def _columns(
    count: int,
    order: Sequence[int],
    parents: Sequence[dict[int, int]],
    children: Sequence[dict[int, int]],
    movable: Sequence[bool],
) -> tuple[list[int], list[int]]:
    """Columns and longest paths of boxes, and gates behind them, in a given order."""
    size = len(order)
    place = [0] * size
    for position, box in enumerate(order):
        place[box] = position
    column, length = [0] * size, [0] * size
    for position, box in enumerate(order):
        first = longest = 0
        for each, distance in parents[box].items():
            if place[each] < position:
                first = max(first, column[each] + distance)
                if each < count:
                    longest = max(longest, length[each] + distance)
        column[box], length[box] = first, longest
    # What is computed from these would make no arrow longer if it stood farther behind.
    used = map(len, children) if size == count else (sum(child < count for child in each) for each in children)
    free = [box >= count or movable[box] or uses == 1 for box, uses in enumerate(used)]
    for position in range(size - 1, -1, -1):
        box = order[position]
        after = [column[each] - distance for each, distance in children[box].items() if place[each] > position]
        if after and all(free[each] for each in parents[box]):
            column[box] = min(after)
    return column[:count], length[:count]


def _in_order(
    parents: Sequence[dict[int, int]], children: Sequence[dict[int, int]], *, breaking: bool = False
) -> list[int]:
    """Each box after its parents. Of what runs in circles the first is not, or it is left out."""
    waiting = [len(each) for each in parents]
    order = [box for box, many in enumerate(waiting) if not many]
    done = [not many for many in waiting]
    at, first = 0, 0
    while at < len(order) or (breaking and len(order) < len(waiting)):
        if at == len(order):
            while done[first]:
                first += 1
            done[first] = True
            order.append(first)
        for child in children[order[at]]:
            waiting[child] -= 1
            if not waiting[child] and not done[child]:
                done[child] = True
                order.append(child)
        at += 1
    return order


def columns_crossed(edges: Sequence[tuple[Hashable, Hashable]]) -> int:
    """How many columns all edges together run across, besides those where they begin and end.

    >>> columns_crossed([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("w", "b"), ("w", "c")])
    3
    """
    number = {each: position for position, each in enumerate(dict.fromkeys(each for edge in edges for each in edge))}
    arrows = [(number[one], number[other]) for one, other in edges]
    column, _ = columns_of(len(number), arrows)
    return sum(max(0, abs(column[other] - column[one]) - 1) for one, other in arrows)
