"""How far the edges of a picture run: what makes a layout slow, and a picture a tangle."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

__all__ = ["columns_crossed"]


def columns_crossed(edges: Sequence[tuple[Hashable, Hashable]]) -> int:
    """How many columns all edges together run across, besides those where they begin and end; about.

    A node stands one column behind the last that it is computed from; one that is computed from nothing, just before
    the first that is computed from it.

    Parameters
    ----------
    edges
        Each from an argument to what is computed from it, about in topological order.

    Examples
    --------
    >>> columns_crossed([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("w", "b"), ("w", "c")])
    3
    """
    column: dict[Hashable, int] = {}
    for _ in range(2):  # folded scopes may stand before others that they are computed from
        for one, other in edges:
            column[other] = max(column.get(other, 0), column.get(one, 0) + 1)
    first: dict[Hashable, int] = {}
    for one, other in edges:
        first[one] = min(first.get(one, column[other]), column[other])
    begins = {node: column.get(node, first[node] - 1) for node in first}
    return sum(max(0, column[other] - begins[one] - 1) for one, other in edges)
