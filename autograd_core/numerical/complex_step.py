"""The complex step: derivatives without cancellation, by evaluating a function on complex numbers.

For an analytic function f(x + ih) = f(x) + ih f'(x) + O(h²), so f'(x) is the imaginary part over h. Nothing is
subtracted, so h can be so small that the truncation vanishes: the result is exact but for rounding.

Sources: J. N. Lyness and C. B. Moler, SIAM J. Numer. Anal. 4 (1967) 202; J. R. R. A. Martins, P. Sturdza and
J. J. Alonso, "The complex-step derivative approximation", ACM TOMS 29 (2003) 245.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .finite_differences import Estimate

__all__ = ["beside_point", "complex_step"]

_EPSILON = sys.float_info.epsilon
#: A step at the point; and two, with which the point is moved by a few units in its last place, to either side. What
#: jumps or depends on the step, or on the last digits of the point, then shows as a disagreement.
_AT_POINT = (1e-22, 0.0)
_PROBES = ((1e-20, 2.0 * _EPSILON), (1e-25, -4.0 * _EPSILON))
#: Next to the point the derivative may differ by this part.
_RESOLVED = 0.1
#: A smaller number has steps that underflow.
_TINIEST_SCALE = 1e-250


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
    >>> from autograd_core import Value
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
