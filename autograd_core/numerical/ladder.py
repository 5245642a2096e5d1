"""A function of one number sampled around a point, on a ladder of steps; what its samples say of round-off and kinks.

Like all of the numeric witness it never imports the table of primitives.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = [
    "Function",
    "Ladder",
    "Rung",
    "WhereDefined",
    "climb",
    "falls",
    "find_kink",
    "gap",
    "step_ladders",
    "without_blind",
]

Function = Callable[[float], float]

_EPSILON = sys.float_info.epsilon
_SMALLEST = math.ulp(0.0)
#: A smaller number has steps that underflow.
_TINIEST_SCALE = 1e-280
#: Steps relative to a scale, each a quarter of the one before: from truncation-dominated to round-off-dominated.
_STEPS = tuple(4.0**-k for k in range(3, 17))
#: As many more as there are floats for; they are tried where the readings have not settled by then.
_FINER = tuple(4.0**-k for k in range(17, 26))
#: Steps are no round numbers: differences of a function at round numbers can be exact and hide its round-off.
_UNROUND = 0.9724683


class WhereDefined:
    """A function of one number that is nan where it raises: it is not defined there.

    Attributes
    ----------
    raised
        Where it raised first, and what, in words; None if it did not.

    Examples
    --------
    >>> f = WhereDefined(math.log)
    >>> f(1.0), f(-1.0), f.raised  # doctest: +ELLIPSIS
    (0.0, nan, 'it raises ValueError at -1: ...')
    """

    __slots__ = ("_f", "raised")

    def __init__(self, f: Function) -> None:
        self._f = f
        self.raised: str | None = None

    def __call__(self, x: float) -> float:
        """Its value; nan where it raises."""
        """Its value; nan where it raises."""
        try:
            return self._f(x)
        except Exception as error:  # whatever it is, f has no value there
            first_line = str(error).partition("\n")[0]
            self.raised = self.raised or f"it raises {type(error).__name__} at {x:.9g}: {first_line}"
            return math.nan


class Rung(NamedTuple):
    """What one step size says: one-sided slopes, and how far round-off may have taken them."""

    step: float
    left: float
    right: float
    noise: float  # round-off of either slope
    seen_noise: float  # what of it does not come from f's values having few digits: a jump's values have few, too

    @property
    def central(self) -> float:
        """The central difference."""
        return 0.5 * (self.left + self.right)


class Ladder(NamedTuple):
    """The rungs on which f is finite, largest step first; and the largest |f| over the scale of x."""

    rungs: tuple[Rung, ...]
    reference: float


def step_ladders(x: float) -> list[list[float]]:
    """The steps to be tried at a point, on each scale the largest first.

    A function may vary on the scale of 1 (cos near 0) or on that of x (log near 0).

    >>> [f"{steps[0]:.0e}" for steps in step_ladders(1e-9)]
    ['2e-02', '2e-11']
    """
    scales = sorted({max(abs(x), 1.0), abs(x) if abs(x) > _TINIEST_SCALE else 1.0}, reverse=True)
    return [[_UNROUND * scale * relative for relative in _STEPS] for scale in scales]


def climb(
    f: Function,
    x: float,
    at_point: float,
    steps: Sequence[float],
    *,
    as_deep_as_needed: bool = False,
    rounding: Function | None = None,
    is_bound: bool = False,
) -> Ladder:
    """Sample a function at a distance of each step, to both sides, as far as it is finite.

    Parameters
    ----------
    f, x, at_point
        The function, which may raise where it is not defined, the point, and f(x).
    steps
        From large to small.
    as_deep_as_needed
        Whether to go on with smaller steps where f is so steep that the slopes have not settled.
    rounding
        A bound for the rounding error of f at a number, if there is one: f may cancel inside, and then its values do
        not tell.
    is_bound
        Whether `rounding` is all of it, so that there is no need to look for more in the values.
    """
    f = f if isinstance(f, WhereDefined) else WhereDefined(f)
    measured: list[tuple[float, float, float, float]] = []
    values = [at_point]
    error_at_point = 0.0 if rounding is None else rounding(x)
    finer = [steps[-1] * relative / _STEPS[-1] for relative in _FINER] if as_deep_as_needed else []
    for step in (*steps, *finer):
        above, below = x + step, x - step
        if x in (above, below) or (step < steps[-1] and _settled(measured)):
            break
        right_value, left_value = f(above), f(below)
        if math.isfinite(right_value) and math.isfinite(left_value):
            right, left = (right_value - at_point) / (above - x), (at_point - left_value) / (x - below)
            largest = max(abs(right_value), abs(left_value), abs(at_point), abs(x * right), abs(x * left))
            values += right_value, left_value
            if math.isfinite(right) and math.isfinite(left):
                noise = 4.0 * _EPSILON * largest + _SMALLEST
                if rounding is not None:
                    noise = max(noise, error_at_point + max(rounding(above), rounding(below)))
                measured.append((step, left, right, noise))
    if as_deep_as_needed and all(value == at_point for value in values):
        # What is flat may be a staircase of which all steps are on one tread: larger ones show how high a tread is.
        beyond = [f(x + far * _UNROUND * max(abs(x), 1.0)) for far in (-1.0, -0.25, 0.25, 1.0)]
        values += filter(math.isfinite, beyond)
    second_differences = [abs(right - left) * step for step, left, right, _ in measured]
    seen, coarse = (0.0, 0.0) if is_bound else (_roundoff_seen(second_differences), 2.0 * _granularity(values))
    rungs = tuple(
        Rung(step, left, right, max(noise, seen, coarse) / step, max(noise, seen) / step)
        for step, left, right, noise in measured
    )
    return Ladder(rungs, max(map(abs, values)) * _STEPS[0] / steps[0])


def _settled(measured: Sequence[tuple[float, float, float, float]]) -> bool:
    """Whether the slopes at the smallest steps so far are what smaller ones would show, or drown in round-off."""
    return all(map(_settles, measured[-4:], measured[-3:]))


def _settles(before: tuple[float, float, float, float], after: tuple[float, float, float, float]) -> bool:
    step, left, right, noise = after
    change, size = max(abs(left - before[1]), abs(right - before[2])), max(abs(left), abs(right))
    return (change < 0.1 * size and abs(right - left) < 0.1 * size) or size < 8.0 * noise / step


def without_blind(ladders: Sequence[Ladder]) -> list[Ladder]:
    """The ladders but for those whose steps are too small for f to change at all, while another one shows its slope.

    >>> def f(x):
    ...     return math.sin(x - 1.0) + math.sin(1.0)  # has no digits left for steps below 1e-16
    >>> ladders = [climb(f, 1e-18, f(1e-18), steps) for steps in step_ladders(1e-18)]
    >>> len(ladders), len(without_blind(ladders))
    (2, 1)
    """
    if not any(_shows_a_slope(ladder) for ladder in ladders):
        return list(ladders)
    return [ladder for ladder in ladders if any(rung.left or rung.right for rung in ladder.rungs)]


def _shows_a_slope(ladder: Ladder) -> bool:
    """Whether f changes to both sides even at the smallest step, and alike."""
    smallest = ladder.rungs[-1] if ladder.rungs else None
    return smallest is not None and smallest.left * smallest.right > 0.0 and gap(smallest) < 0.1 * abs(smallest.central)


def _granularity(values: Sequence[float]) -> float:
    """The largest power of 2 that all the values are multiples of; 0 if they are all the same.

    A function that cancels inside returns multiples of the last place of its larger terms.
    """
    if all(value == values[0] for value in values):
        return 0.0
    return min(_lowest_bit(value) for value in values if value)


def _lowest_bit(value: float) -> float:
    mantissa, exponent = math.frexp(value)
    digits = int(mantissa * 2.0**53)
    return math.ldexp(float(digits & -digits), exponent - 53)


def _roundoff_seen(second_differences: list[float]) -> float:
    """Round-off of f as its second differences at the smallest steps show it.

    f may cancel inside, so that its round-off is larger than its size tells. There the second differences scatter;
    those of a bend, a kink or a jump would fall in a geometric progression.
    """
    pairs = list(itertools.pairwise(second_differences))
    rising = [after for before, after in pairs if after > 0.5 * before]
    # What varies on a small scale comes to rest step by step; what is smooth all at once lies on a tread of a stair.
    on_a_tread = any(
        before > 0.5 * coarse and before > 1e3 * after for (coarse, _), (before, after) in itertools.pairwise(pairs)
    )
    falling = [
        _in_progression(triple) and triple[0] > 2.0 * triple[1] > 0.0
        for triple in zip(second_differences, second_differences[1:], second_differences[2:], strict=False)
    ]
    for start in reversed(range(len(falling) - 1)):
        if falling[start] and falling[start + 1] and not on_a_tread:  # down to there they are those of f
            return 2.0 * max(second_differences[start + 4 :], default=0.0)
    steep = [before > 8.0 * after > 0.0 for before, after in pairs]
    for start in reversed(range(len(steep) - 3)):
        if (
            all(steep[start : start + 4]) and not on_a_tread
        ):  # so does a narrow bend, whose ratios come to 16 from above
            return 2.0 * max(second_differences[start + 5 :], default=0.0)
    if len(rising) == len(pairs):  # a jump at the point
        return 0.0
    last = second_differences[-4:]
    triples = zip(last, last[1:], last[2:], strict=False)
    return 2.0 * max(*rising, 0.0, *(() if all(map(_in_progression, triples)) else last), 0.0)


def _in_progression(triple: tuple[float, float, float]) -> bool:
    first, second, third = triple
    if third == 0.0 or second == 0.0:
        return first == 0.0
    return abs(first / second - second / third) < 0.3 * (second / third)


# --- kinks ------------------------------------------------------------------------------------------------------------


def gap(rung: Rung) -> float:
    """Distance of the one-sided slopes: h f''(x) where f is smooth, so it falls with the step; at a kink it stays."""
    return abs(rung.right - rung.left)


def _jump(rung: Rung) -> float:
    """Change of f across the point: where f is continuous it falls with the step, at a jump it stays."""
    return abs(rung.central) * rung.step


def falls(pair: tuple[Rung, Rung]) -> bool:
    """Whether the one-sided slopes come together as fast as those of a smooth function do, or cannot be told apart."""
    before, after = pair
    return gap(after) < 0.5 * gap(before) or gap(after) < 8.0 * after.noise


def find_kink(ladders: list[tuple[Rung, ...]]) -> tuple[Rung | None, bool]:
    """The rung that shows a kink or a jump of f at the point best, or None; and whether it is a jump."""
    rungs = [rung for ladder in ladders for rung in ladder]
    for measure in (gap, _jump):
        candidates = [
            pair[1] for ladder in ladders for pair in itertools.pairwise(ladder) if _does_not_fall(pair, measure)
        ]
        if candidates:
            clearest = min(candidates, key=lambda rung: rung.seen_noise / (abs(rung.left) + abs(rung.right)))
            finer = [[rung for rung in ladder if rung.step <= clearest.step] for ladder in ladders]
            vanishes = any(_vanishes(pair, measure) for ladder in finer for pair in itertools.pairwise(ladder))
            if not vanishes and all(_confirms(other, clearest, measure) for other in rungs):
                return clearest, measure is _jump
    return None, False


def _does_not_fall(pair: tuple[Rung, Rung], measure: Callable[[Rung], float]) -> bool:
    before, after = map(measure, pair)
    return after > 0.9 * before and after > 40.0 * _noise_of(pair[1], measure)


def _confirms(other: Rung, clearest: Rung, measure: Callable[[Rung], float]) -> bool:
    """Whether a smaller step, if it can tell, shows it too; a sharp but smooth bend vanishes close up."""
    expected = measure(clearest)
    too_noisy = 20.0 * _noise_of(other, measure) > expected
    return other.step >= clearest.step or too_noisy or measure(other) > 0.5 * expected


def _vanishes(pair: tuple[Rung, Rung], measure: Callable[[Rung], float]) -> bool:
    """Whether it falls as at an extremum of a smooth function that varies on a scale between that of the steps."""
    before, after = map(measure, pair)
    return after < 0.5 * before and before > 20.0 * _noise_of(pair[0], measure)


def _noise_of(rung: Rung, measure: Callable[[Rung], float]) -> float:
    return rung.seen_noise * rung.step if measure is _jump else rung.seen_noise
