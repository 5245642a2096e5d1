# cython: nonecheck=False
"""Questions about a graph, all answered by iterative walks: order, ancestors, leaves, staleness. Read-only."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from .errors import InputTypeError
from .forking import held_across_forks
from .kernels import evaluate
from .value import Value, is_made, unmade

__all__ = [
    "ancestors",
    "leaves",
    "order_between",
    "stale_nodes",
    "topological_order",
    "walk_lock",
]

#: Walks mark the nodes they visit; one walk at a time may do so.
walk_lock = held_across_forks(threading.RLock())
# Marks from 2**30 on are those of a backward pass, which counts; far below 0 stand those of flatten.py.
_walk_numbers = itertools.cycle(range(1, 2**30))


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


def topological_order(root: Any) -> list[Any]:
    """Every node the root depends on, the root last, each once and after all of its parents.

    The order is that of a depth-first walk that visits parents in order, so it is the same on every run.

    Parameters
    ----------
    root
        A node, or several: Values, and Tensors, which stand behind all Values.

    Returns
    -------
    list of nodes

    Raises
    ------
    InputTypeError
        If something is not a node.

    Notes
    -----
    The walk keeps its own stack, so the depth of a graph has no limit.

    Examples
    --------
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    if not isinstance(root, Value):
        from .tensor_reverse import mixed_order  # built on this module

        return mixed_order(root)
    stack = as_roots(root)
    with walk_lock:
        return _postorder(stack, next(_walk_numbers))


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


def ancestors(node: Any) -> list[Any]:
    """Every node that `node` depends on, itself not included, in topological order.

    >>> a = Value(2.0, "a")
    >>> [each.op for each in ancestors((a * a).exp())]
    ['leaf', 'mul']
    """
    return topological_order(node)[:-1]


def leaves(root: Any) -> list[Any]:
    """The leaves a root depends on (constants are not among them), in topological order.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [leaf.label for leaf in leaves(2 * b + a * b)]
    ['b', 'a']
    """
    return [node for node in topological_order(root) if node.op == "leaf"]


def stale_nodes(order: Sequence[Any]) -> set[Any]:
    """Nodes whose recorded numbers are not those of the present leaves.

    A leaf's data may have been set after the graph was recorded. Gradients still answer for the recorded point; this
    tells which nodes that concerns.

    Parameters
    ----------
    order
        Nodes in topological order.

    Examples
    --------
    >>> a = Value(2.0)
    >>> z = a * a
    >>> a.data = 3.0
    >>> stale_nodes(topological_order(z)) == {z}
    True
    """
    stale: set[Any] = set()
    for node in order:
        parents = node.parents
        if not parents:
            continue
        differs = _differs(node, parents) if isinstance(node, Value) else node.differs_from_parents()
        if differs or any(parent in stale for parent in parents):
            stale.add(node)
    return stale


def _differs(node: Value, parents: tuple[Value, ...]) -> bool:
    mask = sum(parent.differentiable << position for position, parent in enumerate(parents))
    numbers = (*(parent.data for parent in parents), 0.0, 0.0)
    now = evaluate(node._opcode, mask, *numbers[:3])
    recorded = (node._data, node._by_left, node._by_right, node._notes.by_third)
    return not (
        _same(now[0], recorded[0])
        and _same(now[1], recorded[1])
        and _same(now[2], recorded[2])
        and _same(now[3], recorded[3])
    )


def _same(one: float, other: float) -> bool:
    """Whether two numbers are one: nan is nan, and -0.0 is not 0.0."""
    if one == 0.0:
        return one == other and math.copysign(1.0, one) == math.copysign(1.0, other)
    return one == other or (one != one and other != other)  # noqa: PLR0124 (nan)
