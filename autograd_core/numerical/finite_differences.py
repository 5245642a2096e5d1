"""Derivatives by finite differences: the independent witness. Never imports the table of primitives.

A difference quotient has two errors: truncation, which shrinks with the step h, and round-off, which grows as 1/h.
Instead of one guess at h, a ladder of steps is climbed down and the readings of neighbouring steps are compared: where
they agree best, both errors are small, and how well they agree says how far the number can be trusted.

Sources: W. H. Press et al., *Numerical Recipes*, 3rd ed., section 5.7; C. Ridders, "Accurate computation of F'(x) and
F'(x) F''(x)", Adv. Eng. Software 4 (1982) 75; L. F. Richardson, Phil. Trans. R. Soc. A 210 (1911) 307.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .ladder import Function, Ladder, Rung, climb, falls, find_kink, gap, step_ladders, without_blind

__all__ = [
    "Estimate",
    "central_difference",
    "estimate_derivative",
    "five_point_difference",
    "forward_difference",
    "quick_estimate",
]

#: So many of the first steps are enough for most functions, by Richardson's extrapolation.
_QUICK = 4
#: How often Richardson's extrapolation is repeated: the truncation error then falls as h to the power 2 + 2 * 3.
_EXTRAPOLATIONS = 3
#: Readings at large steps agree, whatever those at small ones say, if they are this part of the distance apart.
_AGREEING = 0.01


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative computed from values of the function alone.

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
    method
        What computed it: ``"central"``, ``"five-point"``, ``"richardson"`` or ``"complex-step"``.
    step
        The smallest step it is made of.
    reference
        Size of the function over the scale of its argument: a slope that is small beside it is as good as zero.
    jump
        Whether the kink is a jump.
    rungs
        The ladder of steps that it is made of.
    """

    value: float
    uncertainty: float
    left: float
    right: float
    kink: bool
    method: str
    step: float
    reference: float
    jump: bool = False
    rungs: tuple[Rung, ...] = ()


# --- the formulas -----------------------------------------------------------------------------------------------------


def forward_difference(f: Function, x: float, step: float) -> float:
    """``(f(x + h) - f(x)) / h``, with a truncation error of the order of h.

    >>> forward_difference(lambda x: x * x, 1.0, 0.5)
    2.5
    """
    above = x + step
    return (f(above) - f(x)) / (above - x)  # the step that was made, which rounding may have changed


def central_difference(f: Function, x: float, step: float) -> float:
    """``(f(x + h) - f(x - h)) / 2h``, with a truncation error of the order of h².

    >>> central_difference(lambda x: x**3, 1.0, 0.5)
    3.25
    """
    above, below = x + step, x - step
    return (f(above) - f(below)) / (above - below)


def five_point_difference(f: Function, x: float, step: float) -> float:
    """``(f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h``, with a truncation error of the order of h⁴.

    >>> five_point_difference(lambda x: x**3, 1.0, 0.5)
    3.0
    """
    return (4.0 * central_difference(f, x, step) - central_difference(f, x, 2.0 * step)) / 3.0


# --- estimates over a ladder of steps ---------------------------------------------------------------------------------


class _Reading(NamedTuple):
    """A derivative as one step size, or several, say it; its round-off is known, its truncation is not."""

    step: float
    value: float
    noise: float


class _Judged(NamedTuple):
    """A reading with its whole uncertainty."""

    reading: _Reading
    uncertainty: float


def estimate_derivative(
    f: Function,
    x: float,
    method: str = "richardson",
    *,
    rounding: Function | None = None,
    is_bound: bool = False,
    shrink: float = 1.0,
) -> Estimate:
    """Estimate f'(x) with an uncertainty, and tell whether there is a kink.

    Parameters
    ----------
    f
        A function of one float. It is called about 30 to 60 times around `x` (twice as often by ``"five-point"``).
        Where it raises, but for `x` itself, it is taken as not defined.
    x
        The point.
    method
        ``"central"``: central differences, the step chosen where two neighbouring steps agree best. ``"five-point"``:
        the same with the five-point formula. ``"richardson"``: central differences extrapolated to the step 0, up to
        three times (Ridders' tableau), where its error estimate is smallest.
    rounding
        A bound for the rounding error of f at a number, or an estimate of it, if there is one. Without it a function
        that cancels inside, such as (1 - cos x) / x near 0, can look flat at small steps; then they do not count more
        than large ones that say something else.
    is_bound
        Whether `rounding` is all of f's rounding.
    shrink
        By this all steps are multiplied, for a second opinion.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> estimate = estimate_derivative(math.exp, 1.0)
    >>> abs(estimate.value - math.e) < 1e-11, estimate.kink
    (True, False)
    >>> estimate_derivative(abs, 0.0).kink
    True
    """
    at_point = f(x)
    if not math.isfinite(at_point):
        return _nothing(method)
    climbed = [
        climb(
            f,
            x,
            at_point,
            [shrink * step for step in steps],
            as_deep_as_needed=True,
            rounding=rounding,
            is_bound=is_bound,
        )
        for steps in step_ladders(x)
    ]
    ladders = without_blind(climbed)
    judged = [each for ladder in ladders for each in _readings(method, f, x, at_point, ladder)]
    if not judged:
        return _nothing(method)
    best = _most_certain(judged, None if is_bound else [ladder.rungs for ladder in ladders])
    return _estimate(best, ladders, method, *find_kink([ladder.rungs for ladder in ladders]))


def quick_estimate(f: Function, x: float, at_point: float) -> Estimate | None:
    """Estimate f'(x) from eight values beside f(x), or None where that is not clearly enough.

    Richardson's extrapolation over four rather large steps. Near a kink, on an unusual scale, or where f has round-off
    of its own, only :func:`estimate_derivative` can tell.

    Examples
    --------
    >>> estimate = quick_estimate(math.exp, 1.0, math.e)
    >>> estimate is not None and abs(estimate.value - math.e) < 1e-11
    True
    >>> quick_estimate(abs, 0.0, 0.0) is None
    True
    """
    if not math.isfinite(at_point):
        return None
    ladder = climb(f, x, at_point, step_ladders(x)[0][:_QUICK])
    if len(ladder.rungs) < _QUICK or not all(map(falls, itertools.pairwise(ladder.rungs))):
        return None
    best = min(_tableau(ladder.rungs), key=lambda each: each.uncertainty)
    return _estimate(best, [ladder], "richardson", None, False)


def _most_certain(judged: list[_Judged], ladders: Sequence[Sequence[Rung]] | None) -> _Judged:
    """The reading with the smallest uncertainty among those that no smaller step contradicts.

    With a large step a function can look smooth, and the readings agree, that is not; the smaller step knows better.
    But what is flat at small steps only may have no digits left there, and its round-off does not show. So a small
    step overrules large ones that agree with each other only if, on the `ladders`, it converges as truncation does; or
    if they are not given, for round-off is known. Else both may be right.
    """
    by_step = sorted(judged, key=lambda each: (each.reading.step, each.uncertainty))
    lowest, highest, agreeing = -math.inf, math.inf, 0
    for each in by_step:
        reach = 2.0 * each.uncertainty
        if each.reading.value + reach < lowest or each.reading.value - reach > highest:
            break
        lowest, highest = max(lowest, each.reading.value - reach), min(highest, each.reading.value + reach)
        agreeing += 1
    best = min(by_step[:agreeing], key=lambda each: each.uncertainty)
    overruled = min(by_step[agreeing:], key=lambda each: each.uncertainty, default=best)
    distance = abs(best.reading.value - overruled.reading.value)
    if ladders is None or overruled.uncertainty > _AGREEING * distance or _converges(ladders, overruled.reading.step):
        return best
    return _Judged(overruled.reading, distance + best.uncertainty + overruled.uncertainty)


def _converges(ladders: Sequence[Sequence[Rung]], step: float) -> bool:
    """Whether the readings of some steps smaller than this converge, their changes falling with the square of the step.

    Round-off does not do that, nor does a function that it has made flat.
    """
    for ladder in ladders:
        readings = [rung for rung in ladder if rung.step < step]
        changes = [abs(finer.central - coarser.central) for coarser, finer in itertools.pairwise(readings)]
        for first, second, third, rung in zip(changes, changes[1:], changes[2:], readings[3:], strict=False):
            if third > rung.noise and all(map(_falls_as_truncation, (first, second), (second, third))):
                return True
    return False


def _falls_as_truncation(before: float, after: float) -> bool:
    """When the step is quartered, by 16; by more where f has a symmetry."""
    return 8.0 * after < before < 300.0 * after


def _nothing(method: str) -> Estimate:
    return Estimate(math.nan, math.inf, math.nan, math.nan, False, method, math.nan, math.nan)


def _estimate(best: _Judged, ladders: Sequence[Ladder], method: str, kink: Rung | None, jump: bool) -> Estimate:
    reading = best.reading
    rungs = [rung for ladder in ladders for rung in ladder.rungs]
    sides = kink or min(rungs, key=lambda rung: abs(rung.step - reading.step))
    step = sides.step if kink else reading.step
    reference = max(ladder.reference for ladder in ladders)
    found = reading.value, best.uncertainty, sides.left, sides.right, kink is not None
    ladder = min(ladders, key=lambda each: min((abs(rung.step - step) for rung in each.rungs), default=math.inf))
    return Estimate(*found, method, step, reference, jump, ladder.rungs)


def _readings(method: str, f: Function, x: float, at_point: float, ladder: Ladder) -> list[_Judged]:
    if method == "richardson":
        return _tableau(ladder.rungs)
    rungs, readings = ladder.rungs, [_reading(rung) for rung in ladder.rungs]
    if method == "five-point" and rungs:
        wider = climb(f, x, at_point, [2.0 * each.step for each in rungs])
        twice = {rung.step: _reading(rung) for rung in wider.rungs}
        rungs = tuple(rung for rung in rungs if 2.0 * rung.step in twice)
        readings = [_extrapolated(_reading(rung), twice[2.0 * rung.step], 2.0) for rung in rungs]
    bends = _bends(rungs)
    return [
        _Judged(finer, abs(finer.value - coarser.value) + 2.0 * finer.noise + bend)
        for (coarser, finer), bend in zip(itertools.pairwise(readings), bends, strict=True)
    ]


def _tableau(rungs: Sequence[Rung]) -> list[_Judged]:
    """Richardson's extrapolation, repeated: each column from the one before; judged by what it changed (Ridders)."""
    column = [_reading(rung) for rung in rungs]
    judged = []
    bends = _bends(rungs)
    for order in range(1, min(_EXTRAPOLATIONS, len(rungs) - 1) + 1):
        following = []
        for position, (coarser, finer) in enumerate(itertools.pairwise(column)):
            new = _extrapolated(finer, coarser, rungs[position].step / rungs[position + order].step)
            change = max(abs(new.value - finer.value), abs(new.value - coarser.value))
            judged.append(_Judged(new, change + 2.0 * new.noise + bends[position]))
            following.append(new)
        column = following
    return judged


def _reading(rung: Rung) -> _Reading:
    return _Reading(rung.step, rung.central, rung.noise)


def _extrapolated(finer: _Reading, coarser: _Reading, ratio: float) -> _Reading:
    """Two readings, whose steps have a ratio, extrapolated to the step 0; their error is a series in h²."""
    share = 1.0 / (ratio**2 - 1.0)
    value = finer.value + share * (finer.value - coarser.value)
    return _Reading(finer.step, value, finer.noise + share * (finer.noise + coarser.noise))


def _bends(rungs: Sequence[Rung]) -> list[float]:
    """For each pair of rungs what is uncertain because f does not look smooth with its steps, or with smaller ones.

    There the derivative may be either one-sided slope.
    """
    gaps = [0.0 if falls(pair) else gap(pair[1]) for pair in itertools.pairwise(rungs)]
    return list(itertools.accumulate(reversed(gaps), max))[::-1]
