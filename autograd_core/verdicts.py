"""From a probe to a row with a verdict: which witness is asked, how far it can be trusted, and what follows.

Finite differences of the function itself are always asked: they alone know what the function does outside of its graph.
Where they contradict reverse mode, or cannot judge, the complex step is asked too. It is exact, but knows the graph
only, so it is heard only if the function's values around the point are those of the graph.
"""

from __future__ import annotations

import itertools
import math
import sys

from .elements import mover, put_back
from .gradient_report import GradientRow
from .ladder import step_ladders
from .numeric import Estimate, estimate_derivative, quick_estimate
from .probes import Probe
from .second_look import bend_may_be_rounding, slope_may_be_rounding
from .single_precision import coarse, is_its_graph
from .tensor import describe

__all__ = ["METHODS", "judge"]

#: What can compute the numeric derivative.
METHODS = ("auto", "central", "five-point", "richardson", "complex-step")
#: Rounding of the derivative by reverse mode itself, relative to the sum of its contributions' magnitudes.
_ROUNDING = 1e-12
#: A numeric derivative that is uncertain by more than this part of its size cannot judge anything.
_USELESS = 1e-4
#: One that is certain to this part needs no more values of the function.
_CERTAIN = 1e-8
#: Where rounding may have changed a gradient by more than this part, nothing can be said of it.
_LEGIBLE = 0.1
#: At so many steps the function must be its graph (or not) to convince.
_CONVINCING = 4


def judge(probe: Probe, method: str) -> GradientRow:
    """Compute the numeric derivative of a probe and compare.

    Parameters
    ----------
    probe
        What is asked. Leaves are put back.
    method
        One of :data:`METHODS`.
    """
    with put_back(list(probe.direction)):
        estimate = _estimate(probe, method)
    verdict = _verdict(probe, estimate)
    if _in_single(probe):
        estimate, verdict = _confirmed(probe, estimate, verdict, method)
    elif verdict in ("wrong", "kink", "unreliable"):
        estimate, verdict = _arbitrated(probe, estimate, verdict, sharpen=method == "auto")
    if verdict in ("ok", "unreliable") and probe.order == 1 and not probe.recorded.reached_from(probe.direction):
        verdict = "does not reach the output"
    if verdict == "wrong" and _is_policy(probe):
        verdict = "kink"
    analytic = _analytic(probe)
    return GradientRow(
        name=probe.name,
        point=probe.point,
        analytic=analytic,
        numeric=estimate.value,
        error=abs(analytic - estimate.value),
        uncertainty=estimate.uncertainty,
        left=estimate.left,
        right=estimate.right,
        verdict=verdict,
        note=_note(probe, estimate, verdict),
        method=estimate.method,
        step=estimate.step,
        order=probe.order,
    )


_NO_COMPLEX_STEP = Estimate(math.nan, math.inf, math.nan, math.nan, False, "complex-step", math.nan, math.nan)


def _analytic(probe: Probe) -> float:
    return probe.recorded.along(probe.direction)


def _in_single(probe: Probe) -> bool:
    """Whether the function computes in single precision, so that its graph is asked in its place."""
    return probe.recorded.in_double(probe.direction) is not None


def _estimate(probe: Probe, method: str) -> Estimate:
    recorded = probe.recorded
    if method == "complex-step":
        sharp = None if recorded.kinks(probe.direction) else recorded.complex_step(probe.direction)
        return sharp or _NO_COMPLEX_STEP  # it sees one side of a jump only
    function = recorded.in_double(probe.direction) or probe.function
    if method != "auto":
        return estimate_derivative(function, probe.start, method)
    at_point = recorded.at_point if function is probe.function else function(probe.start)
    if math.isfinite(at_point) and not recorded.kinks(probe.direction):
        quick = quick_estimate(function, probe.start, at_point)
        if quick is not None and _is_clear(probe, quick):
            return quick
    return estimate_derivative(function, probe.start)


def _is_clear(probe: Probe, quick: Estimate) -> bool:
    """Whether a quick estimate agrees, and is so certain that no other could say more."""
    analytic = _analytic(probe)
    size = quick.reference if quick.value == analytic == 0.0 else abs(quick.value)
    agrees = abs(analytic - quick.value) <= 2.0 * quick.uncertainty + _ROUNDING * abs(analytic)
    return agrees and quick.uncertainty <= _CERTAIN * size


def _verdict(probe: Probe, estimate: Estimate) -> str:
    recorded, direction, analytic = probe.recorded, probe.direction, _analytic(probe)
    if not math.isfinite(analytic) or not math.isfinite(recorded.at_point):
        return "outside the domain" if recorded.outside_domain() else "not finite"
    if estimate is _NO_COMPLEX_STEP:
        return "unreliable"
    if not math.isfinite(estimate.value):
        return "outside the domain" if recorded.outside_domain() else "not finite"
    if estimate.kink:
        return "kink"
    useful = _useful(probe, estimate)
    error = abs(analytic - estimate.value)
    allowed = 2.0 * estimate.uncertainty + _ROUNDING * max(abs(analytic), recorded.magnitude(direction))
    if error > allowed:  # the precise bound for rounding takes a while
        rounding = recorded.rounding(direction)
        if error > allowed + rounding and rounding <= _LEGIBLE * max(abs(analytic), abs(estimate.value)):
            return "wrong"
        if rounding > useful:
            return "unreliable"
    return "unreliable" if estimate.uncertainty > useful else "ok"


def _useful(probe: Probe, estimate: Estimate) -> float:
    """The uncertainty up to which a fault would have shown.

    It is relative to the derivative; if that is 0 but for rounding, to the contributions that cancel in it; and where
    all of these are 0, to the function itself.
    """
    size, magnitude = abs(_analytic(probe)), probe.recorded.magnitude(probe.direction)
    if size <= _ROUNDING * magnitude:
        size = magnitude or estimate.reference
    return max(_USELESS * size, sys.float_info.min)


def _confirmed(probe: Probe, estimate: Estimate, verdict: str, method: str) -> tuple[Estimate, str]:
    """What is left of a verdict on the graph in double precision where the function computes in single precision.

    Where the function is not its graph, only its own values count.
    """
    if verdict in ("not finite", "outside the domain"):
        return estimate, verdict
    size = max(abs(_analytic(probe)), probe.recorded.magnitude(probe.direction)) or estimate.reference
    with put_back(list(probe.direction)):
        faithful = is_its_graph(probe, size)
        own = estimate_derivative(probe.function, probe.start) if faithful is False else estimate
    if faithful is False:
        estimate = coarse(probe, own)
        return estimate, _verdict(probe, estimate)
    if faithful is None and not probe.recorded.kinks(probe.direction):
        return estimate, "unreliable"  # what the function does around the point drowns in rounding
    if verdict in ("wrong", "kink", "unreliable"):
        return _arbitrated(probe, estimate, verdict, sharpen=method == "auto")
    return estimate, verdict


def _arbitrated(probe: Probe, estimate: Estimate, verdict: str, *, sharpen: bool) -> tuple[Estimate, str]:
    """What the complex step says where finite differences contradict reverse mode or could not judge.

    They fail where a function oscillates too fast for any step, or cancels inside. Unless `sharpen` is set, it may only
    take a verdict back.
    """
    recorded, direction, analytic = probe.recorded, probe.direction, _analytic(probe)
    sharp = None if verdict == "kink" and recorded.kinks(direction) else recorded.complex_step(direction)
    if sharp is None:
        in_doubt = verdict == "wrong" and slope_may_be_rounding(probe, estimate, abs(analytic - estimate.value))
        return estimate, "unreliable" if in_doubt or _is_false_kink(probe, verdict) else verdict
    size = max(abs(analytic), abs(sharp.value), recorded.magnitude(direction))
    allowed = 2.0 * sharp.uncertainty + 3.0 * recorded.rounding(direction) + _ROUNDING * size
    agrees = abs(analytic - sharp.value) <= allowed
    useful = _useful(probe, estimate)
    if (verdict == "wrong" and not agrees) or (verdict == "kink" and sharp.uncertainty > useful):
        return estimate, verdict
    with put_back(list(direction)):
        faithful = _in_single(probe) or _is_faithful(probe, useful)  # in single precision that was asked before
    if faithful is None:  # what the function does around the point drowns in rounding
        return estimate, "unreliable" if verdict == "wrong" or _is_false_kink(probe, verdict) else verdict
    if not faithful:
        return estimate, verdict
    if not agrees:
        return sharp, "wrong"
    return (sharp, "ok") if sharpen and allowed <= useful else (estimate, "unreliable")


def _is_false_kink(probe: Probe, verdict: str) -> bool:
    """Whether rounding looked like a kink that the table does not know of."""
    return verdict == "kink" and not probe.recorded.kinks(probe.direction) and bend_may_be_rounding(probe)


def _is_faithful(probe: Probe, useful: float) -> bool | None:
    """Whether the function is its recorded graph around the point, but for a slope too small to matter.

    Their difference is compared with the step, for steps of several sizes. None if rounding may hide it.
    """
    recorded = probe.recorded
    move = mover(probe.direction)
    same = different = 0
    for step in itertools.chain.from_iterable(step_ladders(probe.start)):
        defect = 0.0
        for number in (probe.start + step, probe.start - step):
            value = probe.function(number)
            move(number)
            defect += abs(value - recorded.at_present())
        same += (defect + recorded.data_rounding) / step <= useful  # nan convinces nobody
        different += (defect - 4.0 * recorded.data_rounding) / step > useful
        if same == _CONVINCING:
            return True
    return False if different >= _CONVINCING else None


def _is_policy(probe: Probe) -> bool:
    """Whether the difference comes from what the table chose at a kink, and from no fault.

    The kinks of several nodes can cancel in the function and not in the chain rule: relu(x) - relu(-x) is x.
    """
    kinks = probe.recorded.kinks(probe.direction)
    faults = probe.recorded.faults(probe.direction)
    return bool(kinks) and all(fault.may_be_policy and fault.node in kinks for fault in faults)


# --- what else a person wants to know ---------------------------------------------------------------------------------


def _note(probe: Probe, estimate: Estimate, verdict: str) -> str:
    recorded, direction = probe.recorded, probe.direction
    if verdict == "wrong":
        return _diagnosis(probe, estimate)
    if verdict == "outside the domain":
        return "; ".join(recorded.outside_domain()[:3])
    if verdict in ("kink", "unreliable") and (kinks := recorded.kinks(direction)):
        return f"the table says that there is no derivative at {', '.join(map(describe, kinks[:3]))}"
    if estimate is _NO_COMPLEX_STEP and verdict == "unreliable":
        return "the complex step does not apply: a function on the path is not analytic there"
    magnitude = recorded.magnitude(direction)
    if verdict == "ok" and 0.0 < abs(_analytic(probe)) <= _ROUNDING * magnitude:
        return f"contributions of size {magnitude:.1e} cancel to within their rounding"
    return ""


def _diagnosis(probe: Probe, estimate: Estimate) -> str:
    """Where a wrong derivative comes from: a local derivative, the backward pass, or a graph that is not all of f."""
    recorded, direction = probe.recorded, probe.direction
    faults = recorded.faults(direction)
    if faults:
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        return "; ".join(map(str, faults[:3])) + more
    if not recorded.reached_from(direction):
        return "it changes the output, but no path of the graph leads there; did the function use x.data?"
    forward = recorded.forward(direction)
    if abs(forward - estimate.value) <= 2.0 * estimate.uncertainty + _ROUNDING * recorded.magnitude(direction):
        return (
            f"every local derivative on its path is right and forward mode gives {forward:.9g}; "
            "the backward pass must have lost or doubled a contribution"
        )
    return (
        "every local derivative on its path is right; the function must compute something outside of the graph, "
        "as with x.data, or branch at this very point"
    )
