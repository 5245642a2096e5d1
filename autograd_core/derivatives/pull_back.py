"""Reverse mode that touches no node: what flows back from a root may be numbers, arrays, or nodes.

The rule is that of :mod:`autograd_core.scalar.reverse`: a node passes on its gradient times a local derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.formula import evaluate
from ..formulas.rules import PRIMITIVES
from ..scalar.blocks import unchecked
from ..scalar.making import apply
from ..scalar.recording import current_state, recorders
from ..scalar.value import Value, constant
from ..scalar.walks import order_between

__all__ = [
    "contribution_node",
    "contribution_number",
    "gradient_graph",
    "gradient_magnitudes",
    "gradient_numbers",
    "pull_back",
]


def gradient_numbers(root: Value, inputs: Sequence[Value]) -> list[float]:
    """The gradient of a root by some nodes, as numbers; no node's ``grad`` is changed.

    >>> x, y = Value(3.0), Value(4.0)
    >>> gradient_numbers(x * y, [x, y])
    [4.0, 3.0]
    """
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, inputs)
    return pull_back(order_between(inputs, root), inputs, {root: 1.0}, contribution_number, 0.0)


def contribution_number(node: Value, position: int, upstream: float) -> float | None:
    """Upstream times the local derivative by a parent; None if a factor is exactly 0."""
    local = node.local_derivatives[position]
    return None if not local or upstream == 0.0 else upstream * local


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

    return pull_back(order_between(inputs, root), inputs, {root: 1.0}, contribution, 0.0)


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
        order = order_between(inputs, root)
        return pull_back(order, inputs, {root: constant(1.0)}, contribution_node, constant(0.0))


def contribution_node(node: Value, position: int, upstream: Value) -> Value | None:
    """Upstream times the local derivative by a parent, as a new node; None if the rule says that it is always 0."""
    rule = PRIMITIVES[node.op]
    named = list(zip(rule.arguments, node.parents, strict=True))
    constants = tuple(
        (name, parent.data)
        for name, parent in named
        # What was computed without a gradient follows the inputs all the same, where a program is recorded.
        if not parent.differentiable and not (recorders.count and parent.parents)
    )
    formula = rule.partial_given(position, constants)
    local = evaluate(formula, {**dict(named), "z": node}, lambda name, arguments: apply(name, *arguments))
    if isinstance(local, float) and local == 1.0:
        return upstream
    if isinstance(local, float) and math.isfinite(local):
        return upstream * local if local else None
    return apply("contribution", upstream, local)


def pull_back(
    order: Sequence[Any],
    inputs: Sequence[Any],
    received: dict[Any, Any],
    contribution: Callable[[Any, int, Any], Any],
    zero: Any = None,
) -> list[Any]:
    """What the inputs receive, in a graph of Values and Tensors; gradients may be numbers, arrays, or nodes.

    Parameters
    ----------
    order
        The nodes on the way from the inputs to the root, parents first, the inputs left out.
    inputs
        The nodes to differentiate by.
    received
        From the root to its upstream gradient; it is used up.
    contribution
        From a node, the position of a parent and the node's upstream gradient to what the parent receives; None for 0.
    zero
        The gradient of an input that receives nothing.
    """
    reached = set(inputs)
    for node in order:
        if any(parent in reached for parent in node.parents):
            reached.add(node)
    for node in reversed(order):
        upstream = received.pop(node, None)
        if upstream is None:
            continue
        for position, parent in enumerate(node.parents):
            if parent in reached:
                passed_on = contribution(node, position, upstream)
                if passed_on is not None:
                    received[parent] = received[parent] + passed_on if parent in received else passed_on
    return [received.get(each, zero) for each in inputs]
