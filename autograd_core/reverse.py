"""Reverse mode: the chain rule, applied node by node from the result back to the leaves.

For a node z with parents x, y, ... the gradient of the root by z, dL/dz, is complete once every child of z has been
visited; then each parent receives its *contribution*, dL/dz times the local derivative dz/dx. Visiting nodes in the
reverse of a topological order guarantees exactly that.

Sources: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976); A. Griewank and
A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .errors import InputTypeError
from .formula import evaluate
from .graph import order_between, order_without_gradients, walk_lock
from .recording import current_state, unchecked
from .rules import PRIMITIVES
from .value import Value, apply, constant

__all__ = [
    "EdgeStep",
    "Step",
    "backward",
    "backward_steps",
    "gradient_graph",
    "gradient_magnitudes",
    "gradient_numbers",
]


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
    """The visit of one node in the backward pass: its incoming gradient, and what it passes to each parent."""

    node: Value
    gradient: float
    edges: tuple[EdgeStep, ...]


def backward(root: Value) -> None:
    """Compute the gradient of a root with respect to every node it depends on.

    Gradients of interior nodes are set afresh. Gradients of leaves are added to what they hold, until ``zero_grad``;
    so several backward passes sum up, as the examples of a batch do.

    Parameters
    ----------
    root
        The node to differentiate, usually a loss.

    Raises
    ------
    InputTypeError
        If the root is not a node, or is a constant, so that there is nothing to differentiate.

    Examples
    --------
    >>> x = Value(3.0)
    >>> backward(x * x)
    >>> x.grad
    6.0
    """
    with walk_lock:
        _propagate(_begin(root))


def backward_steps(root: Value) -> Iterator[Step]:
    """Do what :func:`backward` does, one :class:`Step` a node, so that one can watch.

    Nodes are visited in reverse topological order; leaves have a step too, with nothing to pass on. The numbers are
    those of :func:`backward`, for both run the same code. Left before its end, the pass stays where it was.

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
    """
    for node in reversed(_begin(root)):
        if node.differentiable:
            edges = tuple(_watched(node, position) for position in range(len(node.parents)))
            yield Step(node, node.grad, edges)


def _begin(root: Value) -> list[Value]:
    """The order of the pass, with interior gradients forgotten and the root's set to 1."""
    if not isinstance(root, Value):
        raise InputTypeError(f"backward: {root!r} is not a node; give the Value that you want differentiated")
    if not root.differentiable:
        raise InputTypeError(
            "backward: the root is a constant (it depends on no leaf, or was computed under no_grad), "
            "so it has no gradient; compute it from Values, outside of no_grad"
        )
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, None)
    with walk_lock:
        order = order_without_gradients(root)
    _seed(root)
    return order


def _seed(root: Value) -> None:
    root._grad += 1.0  # a root that is a leaf has gradients of other passes
    root._has_grad = True


def _propagate(order: list[Value]) -> None:
    """Pass gradients on from children to parents, over a whole topological order."""
    for node in reversed(order):
        if node._left is not None:
            _accumulate(node, node._left, node._by_left)
            if node._right is not None:
                _accumulate(node, node._right, node._by_right)
                third = node._notes.third_parent
                if third is not None:
                    _accumulate(node, third, node._notes.by_third)


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


# --- the same rule without touching any node ------------------------------------------------------------------------

G = TypeVar("G", float, Value)


def gradient_numbers(root: Value, inputs: Sequence[Value]) -> list[float]:
    """The gradient of a root by some nodes, as numbers; no node's ``grad`` is changed.

    >>> x, y = Value(3.0), Value(4.0)
    >>> gradient_numbers(x * y, [x, y])
    [4.0, 3.0]
    """
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, inputs)

    def contribution(node: Value, position: int, upstream: float) -> float | None:
        local = node.local_derivatives[position]
        return None if not local or upstream == 0.0 else upstream * local

    return _pull_back(root, inputs, 1.0, 0.0, contribution)


def gradient_magnitudes(root: Value, inputs: Sequence[Value]) -> list[float]:
    """Sum over all paths of the absolute products of local derivatives: what the gradient's rounding is relative to.

    Where large contributions cancel, it is much larger than the gradient.

    >>> x = Value(3.0)
    >>> gradient_magnitudes(x * 5 - x * 5, [x])
    [10.0]
    """

    def contribution(node: Value, position: int, upstream: float) -> float | None:
        local = node.local_derivatives[position]
        return None if not local or upstream == 0.0 else upstream * abs(local)

    return _pull_back(root, inputs, 1.0, 0.0, contribution)


def gradient_graph(root: Value, inputs: Sequence[Value]) -> list[Value]:
    """The gradient of a root by some nodes, as new nodes that can be differentiated again.

    The local derivatives are built from the formulas of the table, with nodes for their variables.

    >>> x = Value(3.0)
    >>> [slope] = gradient_graph(x**3, [x])
    >>> slope.backward()
    >>> slope.data, x.grad
    (27.0, 18.0)
    """
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, inputs)
    with unchecked():  # formulas may pass through infinities, in branches that they do not choose
        return _pull_back(root, inputs, constant(1.0), constant(0.0), _contribution_node)


def _contribution_node(node: Value, position: int, upstream: Value) -> Value | None:
    rule = PRIMITIVES[node.op]
    named = list(zip(rule.arguments, node.parents, strict=True))
    constants = tuple((name, parent.data) for name, parent in named if not parent.differentiable)
    formula = rule.partial_given(position, constants)
    local = evaluate(formula, {**dict(named), "z": node}, lambda name, arguments: apply(name, *arguments))
    number = local if isinstance(local, float) else local.data
    if number == 0.0 and (isinstance(local, float) or not math.isfinite(upstream.data)):
        return None
    if upstream.data == 0.0 and not math.isfinite(number):
        return None
    if local == 1.0:
        return upstream
    return upstream * local


def _pull_back(
    root: Value,
    inputs: Sequence[Value],
    one: G,
    zero: G,
    contribution: Callable[[Value, int, G], G | None],
) -> list[G]:
    order = order_between(inputs, root)
    reached = set(inputs)
    for node in order:
        if any(parent in reached for parent in node.parents):
            reached.add(node)
    received: dict[Value, G] = {root: one}
    for node in reversed(order):
        upstream = received.get(node)
        if upstream is None:
            continue
        for position, parent in enumerate(node.parents):
            if parent in reached:
                passed_on = contribution(node, position, upstream)
                if passed_on is not None:
                    received[parent] = received[parent] + passed_on if parent in received else passed_on
    return [received.get(each, zero) for each in inputs]
