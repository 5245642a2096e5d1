"""Numbers as near as possible to what is wished, and far enough from each other.

The method is that of T. Dwyer, K. Marriott and P. J. Stuckey, "Fast node overlap removal" (2005): numbers that would
come too near are joined to blocks, which move as one. It stops before blocks are split again, for who asks, asks
several times with better wishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["circle_free", "separated"]

Constraint = tuple[int, int, float]
_EXACT = 1e-7


def circle_free(count: int, pairs: Iterable[tuple[int, int]]) -> list[int] | None:
    """An order in which no number is below one that must be above it; None if there is none.

    >>> circle_free(3, [(2, 0), (0, 1)])
    [2, 0, 1]
    >>> circle_free(2, [(0, 1), (1, 0)])
    """
    waiting = [0] * count
    after: list[list[int]] = [[] for _ in range(count)]
    for above, below in pairs:
        waiting[below] += 1
        after[above].append(below)
    order = [each for each in range(count) if not waiting[each]]
    for each in order:  # which grows
        for other in after[each]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order if len(order) == count else None


def separated(
    wished: Sequence[float], weights: Sequence[float], constraints: Sequence[Constraint], order: Sequence[int]
) -> list[float]:
    """Numbers near to those wished of which some lie a distance below others.

    Parameters
    ----------
    wished
        Where each should be.
    weights
        How much it matters.
    constraints
        Which number, which one below it, and how far below at least.
    order
        As from :func:`circle_free`.

    Examples
    --------
    >>> separated([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [(0, 1, 4.0), (1, 2, 4.0)], [0, 1, 2])
    [-2.0, 2.0, 9.0]
    """
    above: list[list[Constraint]] = [[] for _ in wished]
    for constraint in constraints:
        above[constraint[1]].append(constraint)
    block = list(range(len(wished)))
    offset = [0.0] * len(wished)
    members = [[each] for each in block]
    place = list(wished)
    weight = list(weights)
    pending = above  # of a block: what must lie above it, and is in another one
    for number in order:
        while True:
            own = block[number]
            here = place[own]
            worst, most = None, _EXACT
            for constraint in pending[own]:
                one, other, gap = constraint
                lacking = place[block[one]] + offset[one] + gap - here - offset[other]
                if lacking > most:
                    worst, most = constraint, lacking
            if worst is None:
                break
            one, other, gap = worst
            upper = block[one]
            shift = offset[one] + gap - offset[other]  # what must be added to offsets of the own block
            total = weight[upper] + weight[own]
            place_of_upper = (place[upper] * weight[upper] + (place[own] - shift) * weight[own]) / total
            if len(members[upper]) >= len(members[own]):
                kept, gone, moved = upper, own, shift
                place[upper] = place_of_upper
            else:
                kept, gone, moved = own, upper, -shift
                place[own] = place_of_upper + shift
            for each in members[gone]:
                block[each] = kept
                offset[each] += moved
            members[kept] += members[gone]
            pending[kept] = [each for each in pending[kept] + pending[gone] if block[each[0]] != kept]
            weight[kept] = total
    return [place[block[each]] + offset[each] for each in range(len(wished))]
