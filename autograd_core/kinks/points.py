"""Where a recorded graph has no derivative, or none that the chain rule finds: kinks of the table, and infinities."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly
from ..array.operations import rule_of
from ..array.walks import mixed_order
from ..formulas.emit import ARRAY, FLOAT, Backend, compile_function, lower
from ..formulas.formula import Expression, Number
from ..formulas.primitives import definitions
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.value import Value

__all__ = ["between", "holds", "irregular", "kink_elements"]


def holds(node: Any, condition: Expression | None) -> Array:
    """Whether a condition of the table holds at the recorded numbers of a node, for each element of a Tensor."""
    if condition is None:
        return np.zeros(np.shape(node.data), bool)
    if isinstance(node, Value):
        numbers = [each.data for each in node.parents]
        return np.bool_(_compiled(PRIMITIVES[node.op], condition, FLOAT)(*numbers, node.data) != 0.0)  # type: ignore[return-value]
    found = quietly().run(_compiled(PRIMITIVES[node.op], condition, ARRAY), *node._inputs, node._data)
    return np.broadcast_to(np.asarray(found) != 0.0, node.shape)


@functools.cache
def _compiled(rule: Primitive, condition: Expression, backend: Backend) -> Callable[..., Any]:
    return compile_function(backend, "condition", (*rule.arguments, "z"), {"holds": lower(condition, definitions())})


def kink_elements(node: Any) -> Array:
    """For each element of a node whether it has no derivative there: the table says so, or the rule of an operation.

    >>> from autograd_core import Tensor
    >>> kink_elements(Tensor([-1.0, 0.0, 2.0]).relu()).tolist()
    [False, True, False]
    """
    if isinstance(node, Value) or rule_of(node._operation) is not None:
        return holds(node, PRIMITIVES[node.op].kink)
    if node.op in ("max", "min"):  # equal ones share the derivative
        [x], (axis, _) = node._inputs, node._options
        extreme = np.max(x, axis, keepdims=True) if node.op == "max" else np.min(x, axis, keepdims=True)
        return np.reshape(np.sum(x == extreme, axis) > 1, node.shape)
    if node.op == "sort":  # beside equal ones another element stands in the place
        in_order = np.moveaxis(node._data, node._options[0], -1)
        tied = np.zeros(in_order.shape, bool)
        same = in_order[..., 1:] == in_order[..., :-1]
        tied[..., 1:] |= same
        tied[..., :-1] |= same
        return np.moveaxis(tied, -1, node._options[0])
    return np.equal(node._data, 0.0) if node.op == "norm" else np.zeros(node.shape, bool)


def irregular(roots: Iterable[Any], inputs: Iterable[Any]) -> list[Any]:
    """The nodes between some inputs and roots that are at a kink, or not finite, so that series have to be asked.

    What follows a comparison or a floor beside its jump stands still, and so is at no kink: of ``where(x > 5, a, b)``
    the derivatives compare the 0 of ``x > 5`` with 0.

    >>> x = Value(0.0)
    >>> [each.op for each in irregular([abs(x) * x.exp()], [x])]
    ['abs']
    """
    reached = set(inputs)
    found = []
    for node in between(roots, reached):
        if isinstance(node, Value) and PRIMITIVES[node.op].kink is None:
            if not math.isfinite(node.data):
                found.append(node)
        elif kink_elements(node).any() or not np.isfinite(node.data).all():
            found.append(node)
        elif _is_constant_beside_kinks(node.op):
            reached.discard(node)
    return found


@functools.cache
def _is_constant_beside_kinks(op: str) -> bool:
    """Whether every derivative of an operation is 0: it is a primitive that jumps, and does nothing else."""
    return op in PRIMITIVES and all(partial == Number(0.0) for partial in PRIMITIVES[op].partials)


def between(roots: Iterable[Any], reached: set[Any]) -> Iterable[Any]:
    """The nodes that depend on those reached, parents first; each is then reached too."""
    for node in mixed_order(roots):
        follows = node.differentiable and node.op != "stop_gradient"
        if node not in reached and follows and not reached.isdisjoint(node.parents):
            reached.add(node)
            yield node
