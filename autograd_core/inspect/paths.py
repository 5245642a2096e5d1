"""The paths from a root to a leaf: how many there are, the heaviest, and how they add up to the gradient.

The gradient is the sum over all paths of the product of local derivatives along each. There may be more paths than
atoms in the universe; they are counted exactly without being listed, and listed from the heaviest down.

Sources: F. L. Bauer, "Computational graphs and rounding error", SIAM J. Numer. Anal. 11 (1974), for the sum over
paths; E. L. Lawler, "A procedure for computing the K best solutions to discrete optimization problems", Management
Science 18 (1972), for the partition by which the next best path is found.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..array.walks import topological_order
from ..derivatives.pull_back import gradient_numbers
from ..formulas.printing import number_text, to_text
from ..scalar.conversion import positive_count
from ..scalar.value import Value
from .between import ONE, ZERO, Edge, Size, as_values, edges_into, nodes_between, size_of
from .naming import Names

__all__ = ["Path", "Paths", "paths"]

_DIGITS = 6
_LONGEST_SHOWN = 12  # nodes of a path that are written out
_MOST_EXPLAINED = 24  # nodes whose formulas are written below


@dataclass(frozen=True, slots=True)
class Path:
    """One path.

    Attributes
    ----------
    nodes
        From the root to the leaf, both included.
    positions
        For each edge, which argument of the upper node it is, counted from 0. An argument that is used twice has two
        edges, and so stands in two paths.
    product
        The product of the local derivatives along it; 0 if one is exactly 0, whatever the others are.
    """

    nodes: tuple[Value, ...]
    positions: bytes
    product: float

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges from the root down, each with its local derivative."""
        return tuple(
            Edge(child, parent, position, child.local_derivatives[position] or 0.0)
            for child, parent, position in zip(self.nodes, self.nodes[1:], self.positions, strict=False)
        )

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """The factors of the product, from the root down."""
        return tuple(edge.local_derivative for edge in self.edges)


@dataclass(frozen=True, slots=True, repr=False)
class Paths:
    """What :func:`paths` found: a sequence of paths, the heaviest first; a table when printed.

    Attributes
    ----------
    root, leaf
        The ends.
    paths
        The listed paths.
    count
        How many paths there are, exactly.
    contributing
        How many of them have no factor that is exactly 0. The others contribute nothing.
    gradient
        The derivative of the root by the leaf, by the backward pass.
    """

    root: Value
    leaf: Value
    paths: tuple[Path, ...]
    count: int
    contributing: int
    gradient: float

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __getitem__(self, index: int) -> Path:
        return self.paths[index]

    def __repr__(self) -> str:
        return f"<{_counted(self.count)}, {len(self.paths)} listed, gradient {self.gradient!r}>"

    @property
    def complete(self) -> bool:
        """Whether every path that contributes is listed, so that `total` is the gradient."""
        return len(self.paths) >= self.contributing

    @property
    def total(self) -> float:
        """The sum of the listed products."""
        products = [path.product for path in self.paths]
        return math.fsum(products) if all(map(math.isfinite, products)) else sum(products)

    def __str__(self) -> str:
        shown = [_ends(path.nodes, _LONGEST_SHOWN) for path in self.paths]
        on_paths = {node for first, last in shown for node in first + last}
        mentioned = on_paths | {self.root, self.leaf} | {parent for node in on_paths for parent in node.parents}
        order = [node for node in topological_order([self.leaf, self.root]) if node in mentioned]
        names = Names(order)
        derivative = f"d{names[self.root]}/d{names[self.leaf]}"
        if not self.count:
            return f"There is no path from {names[self.root]} to {names[self.leaf]}, so {derivative} = 0."
        lines = [f"{derivative} is the sum over {_counted(self.count)} of the product of local derivatives along each:"]
        rows = [("product", "path", "")]
        for path, (first, last) in zip(self.paths, shown, strict=True):
            left_out = len(path.nodes) - len(first) - len(last)
            steps = [names[node] for node in first] + [f"… {left_out:,} more …"] * bool(left_out)
            rows.append(
                (
                    number_text(path.product, _DIGITS),
                    " ← ".join(steps + [names[node] for node in last]),
                    _product_text(path) if len(path.nodes) <= _LONGEST_SHOWN else "",
                )
            )
        total = number_text(self.total, _DIGITS)
        widths = [max(len(total), *(len(row[column]) for row in rows)) for column in (0, 1)]
        lines += [f"  {a.rjust(widths[0])}   {b.ljust(widths[1])}   {c}".rstrip() for a, b, c in rows]
        lines.append(f"  {'-' * widths[0]}")
        lines.append(f"  {total.rjust(widths[0])}   {self._verdict()}")
        computed = [node for node in order if node in on_paths and node.parents]
        if len(computed) <= _MOST_EXPLAINED and all(not last for _, last in shown):
            formulas = [f"{names[node]} = {to_text(names.formula(node), _DIGITS)}" for node in computed]
            lines += [f"where {', '.join(formulas)}"] * bool(formulas)
        return "\n".join(lines)

    def _verdict(self) -> str:
        gradient = f"the gradient by the backward pass is {number_text(self.gradient, _DIGITS)}"
        if len(self.paths) == self.count:
            return f"the sum; {gradient}"
        rest = _counted(self.count - len(self.paths))
        if self.complete:
            return f"the sum, for what is not listed ({rest}) has a factor that is exactly 0; {gradient}"
        return f"the sum of these, and {rest} not listed; {gradient}"


def paths(root: Any, leaf: Any, *, limit: int = 20) -> Paths:
    """List the paths from a root to a leaf, each with the product of its local derivatives.

    Parameters
    ----------
    root, leaf
        The node to differentiate, and the one to differentiate by: Values, or Tensors as for :func:`explain`.
    limit
        How many paths are listed, those with the largest products (in absolute value) first. The count is exact
        whatever the limit.

    Returns
    -------
    Paths

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a node or is a constant, or the limit is not a positive integer.

    Notes
    -----
    Time is proportional to the size of the graph plus `limit` times the length of a path. No node is changed.

    Examples
    --------
    >>> a = Value(3.0, "a")
    >>> print(paths(a * a + 2 * a, a))
    dz3/da is the sum over 3 paths of the product of local derivatives along each:
      product   path
            3   z3 ← z1 ← a   1 · 3
            3   z3 ← z1 ← a   1 · 3
            2   z3 ← z2 ← a   1 · 2
      -------
            8   the sum; the gradient by the backward pass is 8
    where z1 = a * a, z2 = 2 * a, z3 = z1 + z2
    >>> x = Value(1.0)
    >>> y = x
    >>> for _ in range(60):
    ...     y = y + y
    >>> found = paths(y, x, limit=3)
    >>> found.count == 2**60, len(found), found.gradient == 2.0**60
    (True, 3, True)
    """
    limit = positive_count(limit, "paths: limit", 20)
    root, leaf = as_values(root, leaf, "paths")
    order = nodes_between(root, leaf, "paths")
    [gradient] = gradient_numbers(root, [leaf])
    if not order:
        return Paths(root, leaf, (), 0, 0, gradient)
    count, contributing, best = _summarize(order)
    return Paths(root, leaf, _heaviest(order, best, limit), count, contributing, gradient)


_Rest = tuple[Size, int]


def _summarize(order: Sequence[Value]) -> tuple[int, int, dict[Value, _Rest]]:
    """What one walk from the leaf to the root tells.

    Returns
    -------
    count, contributing
        How many paths there are, and how many without a factor that is exactly 0.
    best
        For each node the size of the heaviest path from it to the leaf, and the argument where that path goes on.
    """
    inside = set(order)
    uses = Counter(parent for node in order[1:] for parent in node.parents if parent in inside)
    counts = {order[0]: (1, 1)}  # may have a million digits each, so they are forgotten once they were used
    best: dict[Value, _Rest] = {order[0]: (ONE, -1)}
    for node in order[1:]:
        count = contributing = 0
        heaviest, chosen = ZERO, -1
        for _, parent, position, factor in edges_into(node):
            if parent not in inside:
                continue
            its_count, its_contributing = counts[parent]
            count += its_count
            if factor != 0.0:
                contributing += its_contributing
            size = size_of(factor).times(best[parent][0])
            if chosen < 0 or size > heaviest:
                heaviest, chosen = size, position
            uses[parent] -= 1
            if not uses[parent]:
                del counts[parent]
        counts[node] = (count, contributing)
        best[node] = (heaviest, chosen)
    return *counts[order[-1]], best


# --- the heaviest paths ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Walk:
    """A path from the root down, as far as it was walked, with the size and sign of its product."""

    nodes: list[Value]
    positions: bytearray
    size: Size = ONE
    negative: bool = False

    def go_on(self, edge: Edge) -> None:
        self.size = self.size.times(size_of(edge.local_derivative))
        self.negative ^= edge.local_derivative < 0.0
        self.positions.append(edge.position)
        self.nodes.append(edge.parent)

    def finished(self) -> Path:
        product = -float(self.size) if self.negative and self.size != ZERO else float(self.size)
        return Path(tuple(self.nodes), bytes(self.positions), product)


def _heaviest(order: Sequence[Value], best: dict[Value, _Rest], limit: int) -> tuple[Path, ...]:
    """The paths with the largest products.

    Every path but the heaviest leaves some path found before at one edge, and goes on from there as heavy as it can.
    So after each path that is found, its side edges are what may come next; only `limit` of them have to be kept.
    """
    leaf, root = order[0], order[-1]
    found: list[Path] = []
    # Bound of the product, number (older ones first where bounds are equal), path found before, how much of it is kept,
    # size and sign of that part, and the edge along which the new path goes on.
    waiting: list[tuple[Size, int, int, int, Size, bool, Edge]] = []
    serial = 0
    bound = best[root][0]
    walk = _Walk([root], bytearray())
    while True:
        while walk.nodes[-1] is not leaf:
            heaviest, chosen = best[walk.nodes[-1]]
            for edge in edges_into(walk.nodes[-1]):
                if edge.position == chosen:
                    onwards = edge
                elif edge.parent in best:
                    rest = size_of(edge.local_derivative).times(best[edge.parent][0])
                    # The same rest is the same bound, not one that differs by rounding.
                    its_bound = bound if rest == heaviest else min(bound, walk.size.times(rest))
                    serial -= 1
                    if len(waiting) < limit or its_bound > waiting[0][0]:
                        kept = (len(found), len(walk.positions), walk.size, walk.negative)
                        bisect.insort(waiting, (its_bound, serial, *kept, edge))
                        del waiting[:-limit]
            walk.go_on(onwards)
        found.append(walk.finished())
        if not waiting or len(found) == limit:
            return tuple(sorted(found, key=lambda path: size_of(path.product), reverse=True))
        bound, _, base, length, size, negative, edge = waiting.pop()
        nodes, positions = found[base].nodes[: length + 1], found[base].positions[:length]
        walk = _Walk(list(nodes), bytearray(positions), size, negative)
        walk.go_on(edge)


# --- words ----------------------------------------------------------------------------------------------------------


def _ends(nodes: tuple[Value, ...], longest: int) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """The nodes at both ends of a path that is too long to be written out; all of them if it is not."""
    if len(nodes) <= longest:
        return nodes, ()
    return nodes[: longest // 2], nodes[-(longest // 2) :]


def _product_text(path: Path) -> str:
    factors = [number_text(factor, _DIGITS) for factor in path.local_derivatives]
    return " · ".join(
        f"({each})" if each.startswith("-") and position else each for position, each in enumerate(factors)
    )


def _counted(count: int) -> str:
    return "1 path" if count == 1 else f"{_number_of(count)} paths"


def _number_of(count: int) -> str:
    """A count in words: exact as far as a person can read it."""
    if count < 10**15:
        return f"{count:,}"
    power = count.bit_length() - 1
    if count == 1 << power:
        return f"2^{power}"
    return f"{count:,}" if power < 100 else f"more than 2^{power}"
