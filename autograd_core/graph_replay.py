"""A recorded graph evaluated again: on other floats, and on complex numbers for derivatives by the complex step.

For an analytic function f(x + ih) = f(x) + ih f'(x) + O(h²), so f'(x) is the imaginary part over h. Nothing is
subtracted, so h can be so small that the truncation vanishes: the result is exact but for rounding.

Only *forward* formulas of the table are evaluated, never a local derivative, so a wrong derivative formula or a fault
of the backward pass shows. But the graph is the one that reverse mode walked: what the function computed outside of it
(``v.data``), or a branch that it took, this witness cannot question. Finite differences of the function itself can.

Sources: J. N. Lyness and C. B. Moler, SIAM J. Numer. Anal. 4 (1967) 202; J. R. R. A. Martins, P. Sturdza and
J. J. Alonso, "The complex-step derivative approximation", ACM TOMS 29 (2003) 245.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .emit import COMPLEX
from .graph import order_between
from .kernels import evaluate
from .numeric import Estimate
from .rules import PRIMITIVES
from .value import Value

__all__ = ["GraphReplay", "complex_step"]

_EPSILON = sys.float_info.epsilon
#: Two steps, and with each the point is moved by a few units in its last place, to either side. What jumps or depends
#: on the step then shows as a disagreement.
_PROBES = ((1e-20, 4.0 * _EPSILON), (1e-25, -4.0 * _EPSILON))
#: A smaller number has steps that underflow.
_TINIEST_SCALE = 1e-250


class GraphReplay:
    """A recorded graph as a function of its inputs.

    Parameters
    ----------
    root
        The result.
    inputs
        The nodes that get new numbers. Every other leaf keeps its own.

    Examples
    --------
    >>> x = Value(1.0)
    >>> estimate = GraphReplay(x.exp() - 1e6, [x]).derivative({x: 1.0})
    >>> abs(estimate.value - math.e) < 1e-15
    True
    """

    def __init__(self, root: Value, inputs: Sequence[Value]) -> None:
        self._root = root
        self._inputs = inputs
        order = [] if root in inputs else order_between(inputs, root)
        self._numbers = {node: node.data for node in order if not node.parents}
        self._computed = [(node, PRIMITIVES[node.op], node.parents) for node in order if node.parents]
        self._complex_kernels: list[Callable[..., complex]] = []

    def at(self, inputs: Mapping[Value, float]) -> float:
        """The root for other numbers of the inputs, computed with the very operations that recorded it."""
        numbers = {**self._numbers, **inputs}
        for node, rule, parents in self._computed:
            x, y, w = (*(numbers[parent] for parent in parents), 0.0, 0.0)[:3]
            numbers[node] = evaluate(rule.opcode, 0, x, y, w)[0]
        return numbers[self._root]

    def derivative(self, direction: Mapping[Value, float]) -> Estimate | None:
        """Derivative of the root along a direction, or None where the complex step does not apply.

        It does not where the function is not finite or not analytic. A kink or a change of branch within rounding of
        the point shows as a large uncertainty.

        Parameters
        ----------
        direction
            How fast each input moves; inputs left out stand still.
        """
        at_point = {each: complex(each.data) for each in self._inputs}
        return complex_step(lambda moved: self.at_complex({**at_point, **moved}), direction)

    def at_complex(self, inputs: Mapping[Value, complex]) -> complex | None:
        """The root for other numbers of the inputs, or None where a function on the way is not analytic."""
        numbers: dict[Value, complex] = {**self._numbers, **inputs}
        if not self._complex_kernels:
            self._complex_kernels = [rule.kernel(COMPLEX) for _, rule, _ in self._computed]
        try:
            for (node, _, parents), kernel in zip(self._computed, self._complex_kernels, strict=True):
                numbers[node] = kernel(*(numbers[parent] for parent in parents))
        except (ArithmeticError, ValueError):
            return None
        return numbers[self._root]


def complex_step(
    at_complex: Callable[[Mapping[Any, complex]], complex | None], direction: Mapping[Any, float]
) -> Estimate | None:
    """The derivative of a function along a direction, or None where it does not apply.

    Parameters
    ----------
    at_complex
        The function: from complex numbers for the leaves that move to its result, or None where it is not analytic.
    direction
        How fast each leaf moves, from its present data.

    Examples
    --------
    >>> x = Value(3.0)
    >>> complex_step(lambda moved: moved[x] ** 2, {x: 1.0}).value
    6.0
    """

    def imaginary_part(step: float, shift: float) -> float | None:
        moved = {
            each: complex(each.data + shift * (abs(each.data) or sys.float_info.min), step * speed)
            for each, speed in direction.items()
        }
        root = at_complex(moved)
        return None if root is None or not math.isfinite(root.real) else root.imag / step

    sizes = [abs(each.data / speed) for each, speed in direction.items() if speed]
    scale = min([size for size in sizes if size > _TINIEST_SCALE], default=1.0)
    one, other = (imaginary_part(scale * step, shift) for step, shift in _PROBES)
    if one is None or other is None or not math.isfinite(one) or not math.isfinite(other):
        return None
    disagreement, size = abs(one - other), max(abs(one), abs(other))
    value = 0.5 * (one + other)
    step = scale * _PROBES[-1][0]
    uncertainty = disagreement + 4.0 * _EPSILON * size + sys.float_info.min / step
    return Estimate(value, uncertainty, value, value, False, "complex-step", step, 0.0)
