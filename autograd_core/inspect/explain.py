"""A derivative told step by step, in words and formulas, with the numbers plugged in: which steps there are.

Every formula comes from the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..array.walks import stale_nodes, topological_order
from ..derivatives.pull_back import gradient_magnitudes
from ..errors import InputValueError
from ..formulas.formula import Apply, Expression, Number, evaluate, substitute
from ..formulas.rules import PRIMITIVES, compute
from ..scalar.conversion import positive_count
from ..scalar.messages import describe_node
from ..scalar.value import Value
from .between import as_values, edges_into, gradients_on, nodes_between
from .explanation import MOST_SUMMANDS, ExplainedEdge, ExplainedStep, Explanation
from .naming import Names

__all__ = ["explain"]


def explain(root: Any, leaf: Any, *, max_steps: int = 40) -> Explanation:
    """Tell the derivative of a root by a leaf step by step: the formulas of the table, with the numbers plugged in.

    Parameters
    ----------
    root
        The node to differentiate: a Value, or a Tensor that holds one number.
    leaf
        The node to differentiate by; a leaf or any node on the way. Of a Tensor one number, ``(W, (0, 1))``: a graph
        of Tensors is told as that of its up to 20,000 numbers, see :func:`autograd_core.expand`.
    max_steps
        How many nodes are told of. Of a longer way the two ends are told, and the number of steps in between.

    Returns
    -------
    Explanation
        Text when printed; also ``to_markdown()``, ``to_html()`` and ``to_latex()``.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a node or is a constant, `max_steps` is not a positive integer, or a leaf was set after the
        graph was recorded, so that its number is no longer the one that was computed with.

    Notes
    -----
    Numbers are shown with 6 digits, behind ≈ where they are rounded; the steps hold them in full. No node is changed.

    Examples
    --------
    >>> from autograd_core import tanh
    >>> w, x = Value(2.0, "w"), Value(0.5, "x")
    >>> L = tanh(w * x)
    >>> print(explain(L, w))
    How z2 changes with w: dz2/dw ≈ 0.209987
    <BLANKLINE>
    The numbers:
      w = 2
      x = 0.5
      z1 = w * x = 2 * 0.5 = 1
      z2 = tanh(z1) = tanh(1) ≈ 0.761594
    <BLANKLINE>
    The chain rule, from z2 back to w. ∂ is the derivative of a node by one of its arguments, d that of z2 by a node.
    1. We start at z2, with dz2/dz2 = 1.
       z2 = tanh(z1), so ∂z2/∂z1 = sech(z1)**2 = sech(1)**2 ≈ 0.419974.
       It passes dz2/dz2 * ∂z2/∂z1 ≈ 1 * 0.419974 ≈ 0.419974 on to z1.
    2. z1 receives dz2/dz1 ≈ 0.419974 from z2.
       z1 = w * x, so ∂z1/∂w = x = 0.5.
       It passes dz2/dz1 * ∂z1/∂w ≈ 0.419974 * 0.5 ≈ 0.209987 on to w.
    3. w receives dz2/dw ≈ 0.209987 from z1.
    """
    max_steps = positive_count(max_steps, "explain: max_steps", 40)
    root, leaf = as_values(root, leaf, "explain")
    between = nodes_between(root, leaf, "explain")
    _refuse_stale(between)
    gradients = gradients_on(between)
    way = between[::-1]
    first = len(way) if len(way) <= max_steps else max_steps - max_steps // 2
    last = min(max_steps // 2, len(way) - first)
    shown = way[:first] + way[len(way) - last :]
    received = _received(way, set(shown), gradients)
    names = Names(_mentioned(shown, received, [leaf, root]))
    steps = tuple(_explained(node, node is not leaf, gradients, received[node], names) for node in shown)
    gradient = gradients.get(leaf, 0.0)
    held = _another_gradient(root, leaf, gradient)
    return Explanation(root, leaf, gradient, steps, len(way) - len(shown), names, held)


def _another_gradient(root: Value, leaf: Value, gradient: float) -> float | None:
    """What a node holds as its gradient, if it is not the derivative up to the rounding of sums."""
    if not leaf.has_grad or leaf.grad == gradient or math.isnan(leaf.grad) or math.isnan(gradient):
        return None
    [size] = gradient_magnitudes(root, [leaf])
    return leaf.grad if abs(leaf.grad - gradient) > 1e-8 * size else None


def _refuse_stale(order: Sequence[Value]) -> None:
    stale = stale_nodes([node for node in order if node.parents])
    if stale:
        first = next(node for node in order if node in stale)
        raise InputValueError(
            f"explain: the data of a leaf was set after {describe_node(first)} was recorded, so the numbers that were "
            "computed with are gone; compute the root again and explain that"
        )


_Received = dict[Value, list[tuple[Value, float]]]


def _received(way: Sequence[Value], shown: set[Value], gradients: dict[Value, float]) -> _Received:
    received: _Received = {node: [] for node in shown}
    for node in way[:-1]:
        for edge in edges_into(node):
            if edge.parent in shown:
                received[edge.parent].append((node, _contribution(gradients[node], edge.local_derivative)))
    return received


def _contribution(upstream: float, local: float) -> float:
    return upstream * local if upstream != 0.0 and local != 0.0 else 0.0


def _mentioned(shown: Sequence[Value], received: _Received, ends: list[Value]) -> list[Value]:
    """The nodes that need a name, in topological order."""
    mentioned = {*shown, *ends, *(parent for node in shown for parent in node.parents)}
    for givers in received.values():
        mentioned.update(giver for giver, _ in givers[:MOST_SUMMANDS])
    return [node for node in topological_order(ends) if node in mentioned]


def _explained(
    node: Value, passes_on: bool, gradients: dict[Value, float], received: list[tuple[Value, float]], names: Names
) -> ExplainedStep:
    gradient = gradients[node]
    if not node.parents or not passes_on:
        return ExplainedStep(node, names[node], None, None, gradient, tuple(received), ())
    rule = PRIMITIVES[node.op]
    numbers = Apply(node.op, tuple(Number(parent.data) for parent in node.parents))
    in_names = {**dict(zip(rule.arguments, map(names.operand, node.parents), strict=True)), "z": names.operand(node)}
    in_numbers: dict[str, Expression] = dict(zip(rule.arguments, numbers.arguments, strict=True))
    in_numbers["z"] = Number(node.data)
    known = {argument: each.value for argument, each in in_names.items() if isinstance(each, Number)}
    edges = []
    for edge in edges_into(node):
        if edge.parent in gradients:
            formula = rule.partial_given(edge.position, tuple(known.items()))
            finite = math.isfinite(edge.local_derivative)
            edges.append(
                ExplainedEdge(
                    parent=edge.parent,
                    name=names[edge.parent],
                    position=edge.position,
                    formula=substitute(formula, in_names),
                    numbers=substitute(formula, in_numbers),
                    local_derivative=edge.local_derivative,
                    contribution=_contribution(gradient, edge.local_derivative),
                    kink=_where(rule.kink, in_names, in_numbers, True),
                    outside=None if finite else _where(rule.domain, in_names, in_numbers, False),
                )
            )
    formula = names.formula(node)
    return ExplainedStep(node, names[node], formula, numbers, gradient, tuple(received), tuple(edges))


def _where(
    condition: Expression | None, in_names: dict[str, Expression], in_numbers: dict[str, Expression], holds: bool
) -> Expression | None:
    """A condition of the table in the names of the nodes, if at their numbers it holds, or if it does not."""
    if condition is None:
        return None
    truth = evaluate(substitute(condition, in_numbers), {}, compute)
    return substitute(condition, in_names) if (truth != 0.0) == holds else None
