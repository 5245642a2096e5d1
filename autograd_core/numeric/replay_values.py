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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..formulas.emit import COMPLEX
from ..formulas.rules import PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import Value
from ..scalar.walks import order_between
from .finite_differences import Estimate

__all__ = ["GraphReplay", "beside_point", "complex_step"]

_EPSILON = sys.float_info.epsilon
#: A step at the point; and two, with which the point is moved by a few units in its last place, to either side. What
#: jumps or depends on the step, or on the last digits of the point, then shows as a disagreement.
_AT_POINT = (1e-22, 0.0)
_PROBES = ((1e-20, 2.0 * _EPSILON), (1e-25, -4.0 * _EPSILON))
#: Rounding of one operation, relative: half a unit for arithmetic, a few for the functions of a mathematical library.
_ROUNDING = 2.0 * _EPSILON
#: Next to the point the derivative may differ by this part.
_RESOLVED = 0.1
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
        self._masks = {
            node: sum(1 << position for position, parent in enumerate(parents) if parent.differentiable)
            for node, _, parents in self._computed
        }
        self._complex_kernels: list[Callable[..., complex]] = []

    def at(self, inputs: Mapping[Value, float]) -> float:
        """The root for other numbers of the inputs, computed with the very operations that recorded it.

        Nodes in between can be given a number too.
        """
        numbers = {**self._numbers, **inputs}
        for node, rule, parents in self._computed:
            if node not in inputs:
                x, y, w = (*(numbers[parent] for parent in parents), 0.0, 0.0)[:3]
                numbers[node] = evaluate(rule.opcode, 0, x, y, w)[0]
        return numbers[self._root]

    def rounding(self, inputs: Mapping[Value, float]) -> float:
        """How far rounding may take the root for other numbers of the inputs: a bound of first order.

        Each operation makes an error relative to its result, and passes it on to the root by the root's derivative by
        that result. So the bound is large where large numbers cancel, and small where errors die out, however deep the
        graph is.

        Source: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976) 146.

        >>> x = Value(0.5)
        >>> 1e-10 < GraphReplay(x.sin() + 1e6 - 1e6, [x]).rounding({x: 0.5}) < 1e-8
        True
        """
        numbers = {**self._numbers, **inputs}
        locals_of = []
        for node, rule, parents in self._computed:
            x, y, w = (*(numbers[parent] for parent in parents), 0.0, 0.0)[:3]
            numbers[node], *local_derivatives = evaluate(rule.opcode, self._masks[node], x, y, w)
            locals_of.append(local_derivatives)
        upstream = {self._root: 1.0}
        total = 0.0
        for (node, _, parents), local_derivatives in zip(reversed(self._computed), reversed(locals_of), strict=True):
            received = upstream.get(node, 0.0)
            if received == 0.0:
                continue
            if numbers[node]:
                total += _ROUNDING * abs(received * numbers[node])
            for parent, local in zip(parents, local_derivatives, strict=False):
                if local:
                    upstream[parent] = upstream.get(parent, 0.0) + received * local
        return math.inf if math.isnan(total) else total

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


def beside_point(direction: Iterable[Any], point: Mapping[Any, float]) -> list[dict[Any, float]]:
    """Where the complex step looks: the leaves of a direction as far as they are moved to either side."""
    return [{each: _shifted(point[each], shift) for each in direction} for _, shift in _PROBES]


def _shifted(number: float, shift: float) -> float:
    return number + shift * (abs(number) or sys.float_info.min)


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
        moved = {each: complex(_shifted(each.data, shift), step * speed) for each, speed in direction.items()}
        root = at_complex(moved)
        return None if root is None or not math.isfinite(root.real) else root.imag / step

    sizes = [abs(each.data / speed) for each, speed in direction.items() if speed]
    scale = min([size for size in sizes if size > _TINIEST_SCALE], default=1.0)
    found = [imaginary_part(scale * step, shift) for step, shift in (_AT_POINT, *_PROBES)]
    if found[0] is None:  # something is decided at the very point
        del found[0]
    value, *beside = (math.nan if each is None else each for each in found)
    if not all(map(math.isfinite, (value, *beside))):
        return None
    disagreement, size = max(abs(each - value) for each in beside), max(map(abs, (value, *beside)))
    step = scale * _PROBES[-1][0]
    if disagreement > _RESOLVED * size:  # the last digits of the point decide
        disagreement = math.inf
    uncertainty = disagreement + 4.0 * _EPSILON * size + sys.float_info.min / step
    return Estimate(value, uncertainty, value, value, False, "complex-step", step, 0.0)
