"""How far rounding may have taken a gradient that reverse mode computed: a running error analysis.

A first-order bound is carried along with the computation: forwards the rounding errors of the data, then backwards
those of the gradients. A local derivative such as ``1 - z**2`` of tanh loses digits where z is close to 1, and a large
argument of ``sin`` amplifies the rounding of its data; the bound says by how much, and a check must not call that a
wrong rule.

Source: N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., SIAM (2002), section 3.3.
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence

from .emit import FLOAT, compile_function
from .graph import order_between, topological_order
from .rules import PRIMITIVES, Primitive
from .value import Value

__all__ = ["data_rounding", "gradient_rounding", "local_rounding"]

#: Rounding of one operation, relative: half a unit for arithmetic, a few for the functions of a mathematical library.
_ROUNDING = 2.0 * sys.float_info.epsilon


def gradient_rounding(root: Value, inputs: Sequence[Value]) -> list[float]:
    """A bound for the rounding error of the gradient of a root by each of some nodes.

    >>> x = Value(15.0)
    >>> z = x.tanh()
    >>> [bound] = gradient_rounding(z, [x])
    >>> 1e-4 < bound / z.local_derivatives[0] < 1e-2      # 1 - z**2 has lost most of its digits
    True
    """
    order = order_between(inputs, root)
    data_errors = _data_errors(order)
    # For each node the sum over paths of the local derivatives' magnitudes, and the error of that sum.
    received: dict[Value, tuple[float, float]] = {root: (1.0, 0.0)}
    for node in reversed(order):
        if node not in received:
            continue
        upstream, error = received[node]
        for position, (parent, local) in enumerate(zip(node.parents, node.local_derivatives, strict=True)):
            if local is None or upstream == 0.0:
                continue
            size = abs(local)
            local_error = local_rounding(node, position, data_errors)
            before = received.get(parent, (0.0, 0.0))
            carried = _product(error, size) + _product(upstream, local_error)
            received[parent] = before[0] + _product(upstream, size), before[1] + carried
    return [error + _ROUNDING * size for size, error in (received.get(each, (0.0, 0.0)) for each in inputs)]


def data_rounding(root: Value) -> float:
    """A bound for the rounding error of a root's own number.

    >>> z = Value(0.5).sin() + 1e6 - 1e6
    >>> 1e-10 < data_rounding(z) < 1e-8
    True
    """
    return _data_errors(topological_order(root))[root]


def _data_errors(order: Sequence[Value]) -> dict[Value, float]:
    errors: dict[Value, float] = {}
    for node in order:
        carried = sum(
            _product(abs(local or 0.0), errors.get(parent, 0.0))
            for parent, local in zip(node.parents, node.local_derivatives, strict=True)
        )
        errors[node] = carried + _ROUNDING * abs(node.data) if node.parents else 0.0
    return errors


def _product(x: float, y: float) -> float:
    """A factor that is exactly 0 ends a path, as in the backward pass: 0 * inf is 0."""
    return x * y if x != 0.0 and y != 0.0 else 0.0


def local_rounding(node: Value, position: int, data_errors: Mapping[Value, float] | None = None) -> float:
    """How much a local derivative changes when each number in its formula is moved by its rounding error.

    Parameters
    ----------
    node, position
        The node, and the position of the parent.
    data_errors
        Rounding errors of the parents' data; none if left out.
    """
    data_errors = data_errors or {}
    rule = PRIMITIVES[node.op]
    formula = _partial(rule, position)
    numbers = [*(parent.data for parent in node.parents), node.data]
    errors = [
        *(data_errors.get(parent, 0.0) for parent in node.parents),
        _ROUNDING * abs(node.data),  # what of the result's error does not come from the arguments
    ]
    recorded = node.local_derivatives[position] or 0.0
    total = _ROUNDING * abs(recorded)
    for index, error in itertools.product(range(rule.arity + 1), (1.0, -1.0)):
        if errors[index]:
            moved = [*numbers]
            moved[index] += error * errors[index]
            if index < rule.arity:  # the result moves along with an argument
                moved[-1] = rule.kernel()(*moved[:-1])
            change = abs(formula(*moved) - recorded)
            total += change if math.isfinite(change) else 0.0
    return total


@functools.cache
def _partial(rule: Primitive, position: int) -> Callable[..., float]:
    """The formula of a local derivative as a function of the arguments and of the result z."""
    results = rule.results((position,))
    del results["z"]
    return compile_function(FLOAT, f"{rule.name}_partial", (*rule.arguments, "z"), results)
