"""Whether what finite differences say may be rounding inside of the function, and what they say when that is counted.

A function that cancels inside has fewer digits than its values show: (1 - cos x) / x is flat where x is below 1e-8. Its
graph knows: it is evaluated at the points that were used, with a bound for the rounding of its number there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..numerical.elements import mover
from ..numerical.finite_differences import Estimate, estimate_derivative
from ..numerical.ladder import Rung
from .probes import Probe

__all__ = ["estimate_again", "is_confirmed", "is_on_a_tread", "is_too_steep", "slope_of_rounding"]

#: The smallest step of a ladder, on the scale of the point.
_SMALLEST_STEP = 4.0**-16
#: This part of f is no small one.
_PART = 0.1
#: Far from any ratio of two steps of the same ladder: the golden section.
_OTHER_STEPS = 0.6180339887498949
#: Slopes that agree better than this part of how far those at larger steps are away agree all at once.
_AT_ONCE = 1e-3
#: So often a stretch is halved until a change on it is a jump.
_HALVINGS = 32


def rounding_at(probe: Probe) -> Callable[[float], float]:
    """How far rounding may take the values that differences are taken of, at a number. The leaves are moved."""
    recorded, move = probe.recorded, mover(probe.direction)
    in_single = recorded.in_double(probe.direction) is not None
    share = float(np.finfo(float).eps / np.finfo(np.float32).eps) if in_single else 1.0

    def rounding(number: float) -> float:
        move(number)
        return share * recorded.rounding_at_present()

    return rounding


def slope_of_rounding(probe: Probe, step: float) -> float:
    """The slope that rounding alone may show with a step. The leaves are moved."""
    rounding = rounding_at(probe)
    return (rounding(probe.start + step) + rounding(probe.start - step)) / step


def estimate_again(probe: Probe, method: str, *, is_its_graph: bool) -> Estimate:
    """The estimate by finite differences of which every value has the rounding of the graph. The leaves are moved."""
    function = probe.recorded.in_double(probe.direction) or probe.function
    return estimate_derivative(function, probe.start, method, rounding=rounding_at(probe), is_bound=is_its_graph)


def is_too_steep(probe: Probe, estimate: Estimate) -> bool:
    """Whether the derivative by reverse mode is so large that what f does may all lie within the smallest step."""
    analytic = probe.recorded.along(probe.direction)
    return 0.0 < _PART * estimate.reference < _SMALLEST_STEP * abs(analytic)


def is_confirmed(probe: Probe, estimate: Estimate) -> bool:
    """Whether a contradiction stands with other steps too. The leaves are moved.

    A function that oscillates faster than any step can look smooth by chance, and a steep one flat.
    """
    if is_too_steep(probe, estimate):
        return False
    function = probe.recorded.in_double(probe.direction) or probe.function
    again = estimate_derivative(function, probe.start, estimate.method, shrink=_OTHER_STEPS)
    return abs(again.value - estimate.value) <= 2.0 * (again.uncertainty + estimate.uncertainty)


def is_on_a_tread(probe: Probe, estimate: Estimate) -> bool:
    """Whether f is smooth up to a jump close by, so that it may be a staircase, all steps from there on one tread.

    Rounding makes such staircases: x + (sin(x) + 1e12) - 1e12 has the slope 1 on each. The slopes at larger steps are
    others; and what sets in beyond the first is a jump, where a bend would set in little by little.
    """
    f, x = probe.function, probe.start
    for before, after, finer in zip(estimate.rungs, estimate.rungs[1:], estimate.rungs[2:], strict=False):
        distance = abs(before.central - after.central)
        if distance > 40.0 * before.noise and abs(after.central - finer.central) < _AT_ONCE * distance:
            return any(_jumps(f, x, estimate.value, side, before, after) for side in (-1.0, 1.0))
    return False


def _jumps(f: Callable[[float], float], x: float, slope: float, side: float, before: Rung, after: Rung) -> bool:
    """Whether what f does beyond a line of some slope begins with a jump, between two steps to a side."""

    def beyond(step: float) -> float:
        return f(x + side * step) - at_point - side * step * slope

    at_point, near, far = f(x), after.step, before.step
    whole = abs(beyond(far))
    for _ in range(_HALVINGS):
        middle = 0.5 * (near + far)
        near, far = (near, middle) if abs(beyond(middle)) > _PART * _AT_ONCE * whole else (middle, far)
    return abs(beyond(far) - beyond(near)) > max(_AT_ONCE * whole, 20.0 * before.noise * before.step)
