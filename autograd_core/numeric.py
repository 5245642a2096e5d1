"""Derivatives by finite differences: the independent witness. Never imports the table of primitives.

A single difference quotient has two errors: truncation, which shrinks with the step h, and round-off, which grows as
1/h. Instead of one guess at h, a ladder of steps is tried; where two neighbours agree best, both errors are small, and
how well they agree says how far the number can be trusted.

Source: W. H. Press et al., *Numerical Recipes*, 3rd ed., section 5.7; C. Ridders, Adv. Eng. Software 4 (1982) 75.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Estimate", "central_difference"]

_EPSILON = sys.float_info.epsilon
_SMALLEST = math.ulp(0.0)
#: Steps relative to a scale, each a quarter of the one before: from truncation-dominated to round-off-dominated.
_LADDER = tuple(4.0**-k for k in range(3, 17))
_RATIO = 4.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative by finite differences.

    Attributes
    ----------
    value
        The estimate; nan if the function is not finite around the point.
    uncertainty
        How far the true derivative may be from it: disagreement of neighbouring steps plus round-off.
    left, right
        One-sided slopes at the point.
    kink
        Whether the one-sided slopes stay apart however small the step, so that no derivative exists.
    """

    value: float
    uncertainty: float
    left: float
    right: float
    kink: bool


@dataclass(frozen=True, slots=True)
class _Rung:
    """What one step size says."""

    step: float
    left: float
    right: float
    noise: float  # round-off of either slope

    @property
    def central(self) -> float:
        return 0.5 * (self.left + self.right)


def central_difference(f: Callable[[float], float], x: float) -> Estimate:
    """Estimate f'(x) by central differences over a ladder of steps.

    Parameters
    ----------
    f
        A function of one float. It is called about 30 to 60 times around `x`.
    x
        The point.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> estimate = central_difference(math.exp, 1.0)
    >>> abs(estimate.value - math.e) < 1e-9, estimate.kink
    (True, False)
    >>> central_difference(abs, 0.0).kink
    True
    """
    at_point = f(x)
    if not math.isfinite(at_point):
        return _NOTHING
    # A function may vary on the scale of x (log near 0) or on the scale of 1 (cos near 0).
    scales = sorted({max(abs(x), 1.0), abs(x) or 1.0}, reverse=True)
    ladders = [_climb(f, x, at_point, scale) for scale in scales]
    pairs = [pair for ladder in ladders for pair in itertools.pairwise(ladder)]
    if not pairs:
        return _NOTHING
    larger, smaller = min(pairs, key=lambda pair: _disagreement(*pair))
    # One step of Richardson's extrapolation: truncation of a central difference falls by the square of the ratio.
    value = smaller.central + (smaller.central - larger.central) / (_RATIO**2 - 1.0)
    kink = _find_kink(ladders)
    sides = kink or smaller
    return Estimate(value, _disagreement(larger, smaller), sides.left, sides.right, kink is not None)


_NOTHING = Estimate(math.nan, math.inf, math.nan, math.nan, False)


def _climb(f: Callable[[float], float], x: float, at_point: float, scale: float) -> list[_Rung]:
    """The rungs of one ladder on which f is finite, largest step first."""
    measured = []
    for relative in _LADDER:
        step = scale * relative
        above, below = x + step, x - step
        if x in (above, below):
            break
        right_value, left_value = f(above), f(below)
        if math.isfinite(right_value) and math.isfinite(left_value):
            right, left = (right_value - at_point) / (above - x), (at_point - left_value) / (x - below)
            largest = max(abs(right_value), abs(left_value), abs(at_point), abs(x * right), abs(x * left))
            measured.append((step, left, right, 4.0 * _EPSILON * largest + _SMALLEST))
    inside = _roundoff_seen([abs(right - left) * step for step, left, right, _ in measured[-4:]])
    return [_Rung(step, left, right, max(noise, inside) / step) for step, left, right, noise in measured]


def _roundoff_seen(second_differences: list[float]) -> float:
    """Round-off of f as its second differences at the smallest steps show it.

    f may cancel inside, so that its round-off is larger than its size tells. There the second differences scatter;
    those of a bend, a kink or a jump would fall in a geometric progression.
    """
    triples = zip(second_differences, second_differences[1:], second_differences[2:], strict=False)
    return 0.0 if all(map(_in_progression, triples)) else 2.0 * max(second_differences, default=0.0)


def _in_progression(triple: tuple[float, float, float]) -> bool:
    first, second, third = triple
    if third == 0.0 or second == 0.0:
        return first == 0.0
    return abs(first / second - second / third) < 0.3 * (second / third)


def _disagreement(larger: _Rung, smaller: _Rung) -> float:
    return abs(smaller.central - larger.central) + 2.0 * smaller.noise


def _gap(rung: _Rung) -> float:
    """Distance of the one-sided slopes: h f''(x) where f is smooth, so it falls with the step; at a kink it stays."""
    return abs(rung.right - rung.left)


def _jump(rung: _Rung) -> float:
    """Change of f across the point: where f is continuous it falls with the step, at a jump it stays."""
    return abs(rung.central) * rung.step


def _find_kink(ladders: list[list[_Rung]]) -> _Rung | None:
    """The rung that shows a kink or a jump of f at the point best, or None where f looks smooth."""
    rungs = [rung for ladder in ladders for rung in ladder]
    for measure in (_gap, _jump):
        candidates = [
            pair[1] for ladder in ladders for pair in itertools.pairwise(ladder) if _does_not_fall(pair, measure)
        ]
        if candidates:
            clearest = min(candidates, key=lambda rung: rung.noise / (abs(rung.left) + abs(rung.right)))
            if all(_confirms(other, clearest, measure) for other in rungs):
                return clearest
    return None


def _does_not_fall(pair: tuple[_Rung, _Rung], measure: Callable[[_Rung], float]) -> bool:
    before, after = map(measure, pair)
    return after > 0.9 * before and after > 40.0 * _noise_of(pair[1], measure)


def _confirms(other: _Rung, clearest: _Rung, measure: Callable[[_Rung], float]) -> bool:
    """Whether a smaller step, if it can tell, shows it too; a sharp but smooth bend vanishes close up."""
    expected = measure(clearest)
    too_noisy = 20.0 * _noise_of(other, measure) > expected
    return other.step >= clearest.step or too_noisy or measure(other) > 0.5 * expected


def _noise_of(rung: _Rung, measure: Callable[[_Rung], float]) -> float:
    return rung.noise * rung.step if measure is _jump else rung.noise
