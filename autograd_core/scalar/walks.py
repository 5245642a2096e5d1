# cython: nonecheck=False
"""Walks over graphs of Values, all iterative: their order, and what their edges pass on. Read-only."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import Any

from ..errors import InputTypeError
from .messages import unmade
from .once import held_across_forks
from .value import Value, is_made, is_stale

__all__ = [
    "as_roots",
    "order_between",
    "stale_among",
    "unexplained_values",
    "walk_lock",
]

#: Walks mark the nodes they visit; one walk at a time may do so.
walk_lock = held_across_forks(threading.RLock())
# Marks from 2**30 on are those of a backward pass, which counts; far below 0 stand those of flatten.py.
_walk_numbers = itertools.cycle(range(1, 2**30))
_SUM_ROUNDING = 1e-8  # relative to the sum of magnitudes; the same numbers added up in another order differ by less
_NUMBERED = -(2**30) - 1  # the mark of the first node where nodes are numbered; that of the next is one less


def as_roots(root: Value | Iterable[Value]) -> list[Value]:
    """The roots as a list, or an error that names what is not a node."""
    is_one = not isinstance(root, Iterable) or hasattr(root, "parents")  # a Tensor is iterable, and one node
    roots: list[Any] = [root] if is_one else list(root)
    for each in roots:
        if not isinstance(each, Value):
            raise InputTypeError(f"{each!r} is not a node of a graph of Values; give a Value or several Values")
        if not is_made(each):
            raise unmade(each, "Value")
    return roots


def _mark(node: Value, walk: int) -> None:
    node._mark = walk


def _postorder(stack: list[Value], walk: int) -> list[Value]:
    # A node is pushed, then expanded (mark -walk), then emitted (mark walk) when it comes up again.
    order: list[Value] = []
    while stack:
        node = stack[-1]
        if node._mark == walk:
            stack.pop()
            continue
        if node._mark != -walk and node._left is not None:
            node._mark = -walk
            waiting = False
            third = node._notes.third_parent
            if third is not None and third._mark != walk:
                stack.append(third)
                waiting = True
            if node._right is not None and node._right._mark != walk:
                stack.append(node._right)
                waiting = True
            if node._left._mark != walk:
                stack.append(node._left)
                waiting = True
            if waiting:
                continue
        node._mark = walk
        order.append(node)
        stack.pop()
    return order


def order_between(inputs: Iterable[Value], root: Value | Iterable[Value]) -> list[Value]:
    """The nodes that are computed on the way to a root (or several), in topological order, the inputs left out.

    >>> x = Value(2.0)
    >>> y = x * x
    >>> [node.op for node in order_between([y], y.exp() + x)]
    ['exp', 'leaf', 'add']
    """
    with walk_lock:
        walk = next(_walk_numbers)
        for each in as_roots(inputs):
            _mark(each, walk)
        return _postorder(as_roots(root)[::-1], walk)


def stale_among(order: list[Any]) -> set[Any]:
    """Nodes whose recorded numbers are not those that their parents hold now, and all that depend on them.

    Parameters
    ----------
    order
        Nodes in topological order; Tensors may be among them.

    Examples
    --------
    >>> x = Value(3.0)
    >>> order = [x, x * x]
    >>> x.data = 4.0
    >>> stale_among(order) == {order[1]}
    True
    """
    stale: set[Any] = set()
    for each in order:
        differs = is_stale(each) if isinstance(each, Value) else each.differs_from_parents()
        if differs or (stale and not stale.isdisjoint(each.parents)):
            stale.add(each)
    return stale


def unexplained_values(values: list[Value], sums: list[float], sizes: list[float]) -> list[int]:
    """Which Values hold a gradient that is not the sum of what is passed on to them.

    Parameters
    ----------
    values
        All Values of a graph.
    sums, sizes
        For each Value what it has received, and the sum of the magnitudes, -1 where it has no child. What Values pass
        on to each other is added.

    Returns
    -------
    list of int
        Positions. A gradient that is nan, or a sum, is left out.

    Examples
    --------
    >>> x = Value(3.0)
    >>> z = x * x
    >>> z.backward()
    >>> x.grad = 5.0
    >>> sums = [0.0, 0.0]
    >>> unexplained_values([x, z], sums, [-1.0, -1.0]), sums[0]
    ([0], 6.0)
    """
    with walk_lock:
        return _unexplained(as_roots(values), sums, sizes)


def _unexplained(values: list[Value], sums: list[float], sizes: list[float]) -> list[int]:
    for position in range(len(values)):
        node = values[position]
        node._mark = _NUMBERED - position
    for position in range(len(values)):
        node = values[position]
        if node._left is not None:
            _pass_on(node, node._left, node._by_left, values, sums, sizes)
            if node._right is not None:
                _pass_on(node, node._right, node._by_right, values, sums, sizes)
                third = node._notes.third_parent
                if third is not None:
                    _pass_on(node, third, node._notes.by_third, values, sums, sizes)
    found = []
    for position in range(len(values)):
        node = values[position]
        held, received, size = node._grad, sums[position], sizes[position]
        if not node._has_grad or held == received or size < 0.0:
            continue
        if abs(held - received) > _SUM_ROUNDING * size:
            found.append(position)
    return found


def _pass_on(
    node: Value, parent: Value, local: float, values: list[Value], sums: list[float], sizes: list[float]
) -> int:
    """The chain rule along one edge; a factor that is exactly 0 ends the path."""
    position = _NUMBERED - parent._mark
    if not parent._differentiable or position < 0 or position >= len(values) or values[position] is not parent:
        return 0
    received, size = sums[position], sizes[position]
    passed = node._grad * local if node._has_grad and node._grad != 0.0 and local != 0.0 else 0.0
    sums[position] = received + passed
    sizes[position] = max(size, 0.0) + abs(passed)
    return 0
