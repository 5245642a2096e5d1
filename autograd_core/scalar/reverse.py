# cython: nonecheck=False
"""Reverse mode: the chain rule, applied node by node from the result back to the leaves.

For a node z with parents x, y, ... the gradient of the root by z, dL/dz, is complete once every child of z has been
visited; then each parent receives its *contribution*, dL/dz times the local derivative dz/dx. So the pass first counts
the children of every node, and then visits whichever node has no child to wait for: a topological order, backwards.

Sources: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976); A. Griewank and
A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapter 3; A. B. Kahn, "Topological sorting of large
networks", Commun. ACM 5 (1962).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputTypeError
from .freezing import freezes, frozen
from .hooks import VALUE
from .recording import current_state, recorders
from .value import Value, is_made
from .walks import order_between, walk_lock

__all__ = ["EdgeStep", "Step", "backward", "backward_steps"]


@dataclass(frozen=True, slots=True)
class EdgeStep:
    """What one edge passes on.

    Attributes
    ----------
    parent
        The node that receives it.
    local_derivative
        Derivative of the child by this parent, at the recorded point; None if the parent is a constant.
    contribution
        Upstream gradient times local derivative; None if the parent is a constant.
    before, after
        The parent's gradient before and after it was added; None if it was (or is) not computed.
    """

    parent: Value
    local_derivative: float | None
    contribution: float | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """The visit of one node in the backward pass.

    Attributes
    ----------
    node
        The node.
    gradient
        Its incoming gradient; for a leaf what it holds now, see `note`.
    edges
        What it passes to each parent.
    note
        Where a leaf held a gradient before the pass, so that its gradient is not the sum of what its edges passed on:
        a sentence that says so. Else empty.
    root
        Where the pass began.
    """

    node: Value
    gradient: float
    edges: tuple[EdgeStep, ...]
    note: str = ""
    root: Value | None = field(default=None, repr=False, compare=False)


def backward(root: Value) -> None:
    """Compute the gradient of a Value with respect to every node it depends on, and write it to them.

    >>> x = Value(3.0)
    >>> backward(x * x)
    >>> x.grad
    6.0
    """
    with walk_lock:
        try:
            _begin(root)
            _propagate(root)
        except BaseException:
            _put_marks_right(root)
            raise


def backward_steps(root: Value) -> Iterator[Step]:
    """Do what :func:`backward` does, one :class:`Step` a node, so that one can watch.

    Nodes are visited in reverse topological order; leaves have a step too, with nothing to pass on. The numbers are
    those of :func:`backward`, which visits the same nodes in the same order. Left before its end, the pass stays where
    it was.

    Parameters
    ----------
    root
        The node to differentiate.

    Yields
    ------
    Step

    Examples
    --------
    >>> x = Value(3.0, "x")
    >>> for step in backward_steps(x * x):
    ...     print(step.node.op, step.gradient, [edge.contribution for edge in step.edges])
    mul 1.0 [3.0, 3.0]
    leaf 6.0 []

    The leaf holds this gradient when a second pass begins:

    >>> [*_, last] = backward_steps(x * x)
    >>> last.gradient, last.note
    (12.0, 'held 6.0 before this pass, which added 6.0; zero_grad() forgets what other passes left')
    """
    started_with = root.grad if isinstance(root, Value) else 0.0
    with walk_lock:
        try:
            _begin(root)
            order = _visiting_order(root)
        except BaseException:
            _put_marks_right(root)
            raise
    held = {node: node.grad for node in order if node.op == "leaf"}
    if root in held:
        held[root] = started_with
    for node in order:
        edges = tuple(_watched(node, position) for position in range(len(node.parents)))
        yield Step(node, node.grad, edges, _note(node, held.get(node, 0.0)), root)


def _note(node: Value, held: float) -> str:
    if held == 0.0:
        return ""
    return (
        f"held {held!r} before this pass, which added {node.grad - held!r}; zero_grad() forgets what other passes left"
    )


# While a pass is under way a node's mark is this plus the number of its children that are still to be visited.
_COUNTING = 2**30
# So many Nones lie under a stack, and end it. A list that is almost empty is allocated anew each time it grows or
# shrinks.
_BALLAST = 8


def _put_marks_right(root: Value) -> None:
    """After an interruption: no node stays behind with half of its children counted."""
    if isinstance(root, Value) and is_made(root):
        order_between((), root)  # marks every node anew


def _begin(root: Value) -> None:
    """Set the root's gradient to 1, forget those of interior nodes, and count the children of every node."""
    if not isinstance(root, Value):
        raise InputTypeError(f"backward: {root!r} is not a node; give the Value that you want differentiated")
    if recorders.count and freezes(root):
        raise frozen("backward", root, "differentiate inside of it with grad(f)(x), whose result is a node")
    if not root.differentiable:
        raise InputTypeError(
            "backward: the root is a constant (it depends on no leaf, or was computed under no_grad), "
            "so it has no gradient; compute it from Values, outside of no_grad"
        )
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, None)
    _count_children(root)


def _count_children(root: Value) -> None:
    found: list[Any] = [None] * _BALLAST
    _count(root, found)
    root._mark = _COUNTING  # it waits for nobody
    root._grad += 1.0  # a root that is a leaf has gradients of other passes
    root._has_grad = True
    while (node := found.pop()) is not None:
        left = node._left
        if left is None:
            continue
        # Written out for both parents, and each field read once: where nothing is compiled, a call or the reading of a
        # field costs more than what it does.
        if left._differentiable:
            mark = left._mark
            if mark <= _COUNTING:
                mark = _COUNTING
                found.append(left)
                if left._left is not None:
                    left._grad = 0.0
                    left._has_grad = False
            left._mark = mark + 1
        right = node._right
        if right is None:
            continue
        if right._differentiable:
            mark = right._mark
            if mark <= _COUNTING:
                mark = _COUNTING
                found.append(right)
                if right._left is not None:
                    right._grad = 0.0
                    right._has_grad = False
            right._mark = mark + 1
        third = node._notes.third_parent
        if third is not None:
            _count(third, found)


def _count(parent: Value, found: list[Value]) -> None:
    """One child more; a node that is found for the first time is one to go on from."""
    if not parent._differentiable:
        return
    if parent._mark <= _COUNTING:
        parent._mark = _COUNTING
        found.append(parent)
        if parent._left is not None:
            parent._grad = 0.0
            parent._has_grad = False
    parent._mark += 1


def _propagate(root: Value) -> None:
    """Visit every node once all of its children were, and pass its gradient on to its parents.

    Parents that wait for children have gradients; constants were not counted.
    """
    ready: list[Any] = [None] * _BALLAST
    ready.append(root)
    while (node := ready.pop()) is not None:
        left = node._left
        if left is None:
            continue
        grad = node._grad
        mark = left._mark
        if mark > _COUNTING:
            left._has_grad = True
            local = node._by_left
            if grad != 0.0 and local != 0.0:
                left._grad += grad * local
            left._mark = mark - 1
            if mark == _COUNTING + 1:
                ready.append(left)
        right = node._right
        if right is None:
            continue
        mark = right._mark
        if mark > _COUNTING:
            right._has_grad = True
            local = node._by_right
            if grad != 0.0 and local != 0.0:
                right._grad += grad * local
            right._mark = mark - 1
            if mark == _COUNTING + 1:
                ready.append(right)
        third = node._notes.third_parent
        if third is not None:
            _accumulate(node, third, node._notes.by_third)
            _child_visited(third, ready)


def _visiting_order(root: Value) -> list[Value]:
    """The order in which :func:`_propagate` visits the nodes."""
    order: list[Value] = []
    ready = [root] * (_BALLAST + 1)
    while len(ready) > _BALLAST:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            _child_visited(parent, ready)
    return order


def _child_visited(parent: Value, ready: list[Value]) -> None:
    if parent._differentiable:
        parent._mark -= 1
        if parent._mark == _COUNTING:
            ready.append(parent)


def _accumulate(node: Value, parent: Value, local_derivative: float) -> None:
    """The chain rule along one edge.

    A factor that is exactly 0 ends the path: an unselected branch or a dead relu cannot leak 0 * inf = nan.
    """
    if parent._differentiable:
        parent._has_grad = True
        if node._grad != 0.0 and local_derivative != 0.0:
            parent._grad += node._grad * local_derivative


def _watched(node: Value, position: int) -> EdgeStep:
    parent, local_derivative = node.parents[position], node.local_derivatives[position]
    if local_derivative is None:
        return EdgeStep(parent, None, None, None, None)
    before = parent._grad if parent._has_grad else None
    _accumulate(node, parent, local_derivative)
    contribution = node._grad * local_derivative if node._grad != 0.0 and local_derivative != 0.0 else 0.0
    return EdgeStep(parent, local_derivative, contribution, before, parent._grad)


VALUE.backward = backward
