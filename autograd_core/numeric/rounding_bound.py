"""How far rounding may have taken a recorded local derivative: its formula with each number moved by its rounding.

A local derivative such as ``1 - z**2`` loses digits where z is close to 1; a check must not call that a wrong rule.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable

from ..formulas.emit import FLOAT, compile_function
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.value import Value

__all__ = ["local_rounding"]

#: Rounding of one operation, relative: half a unit for arithmetic, a few for the functions of a mathematical library.
_ROUNDING = 2.0 * sys.float_info.epsilon


def local_rounding(node: Value, position: int) -> float:
    """How much a local derivative changes when each number in its formula is moved by its rounding error.

    Parameters
    ----------
    node, position
        The node, and the position of the parent.

    Examples
    --------
    >>> x = Value(3.0)
    >>> local_rounding(x * x, 0) < 1e-14
    True
    """
    rule = PRIMITIVES[node.op]
    formula = _partial(rule, position)
    numbers = [*(parent.data for parent in node.parents), node.data]
    recorded = node.local_derivatives[position] or 0.0
    total = _ROUNDING * abs(recorded)
    for error in (_ROUNDING, -_ROUNDING):
        change = abs(formula(*numbers[:-1], node.data * (1.0 + error)) - recorded)
        total += change if math.isfinite(change) else 0.0
    return total


@functools.cache
def _partial(rule: Primitive, position: int) -> Callable[..., float]:
    """The formula of a local derivative as a function of the arguments and of the result z."""
    results = rule.results((position,))
    del results["z"]
    return compile_function(FLOAT, f"{rule.name}_partial", (*rule.arguments, "z"), results)
