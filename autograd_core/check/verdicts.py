"""From a probe to a row with a verdict: which witness is asked, how far it can be trusted, and what follows.

Finite differences of the function itself are always asked: they alone know what the function does outside of its graph.
Where they contradict reverse mode, or cannot judge, the complex step is asked too. It is exact, but knows the graph
only, so it is heard only if the function's values around the point are those of the graph.
"""

from __future__ import annotations

import itertools
import math
import sys

from ..array.tensor import describe
from ..numerical.elements import mover, put_back
from ..numerical.finite_differences import Estimate, estimate_derivative, quick_estimate
from ..numerical.ladder import step_ladders
from ..numerical.taylor import taylor_rate
from .given import contradicted_given
from .plain_functions import GivenGradient
from .probes import Probe
from .report import GradientRow
from .second_look import estimate_again, is_confirmed, is_on_a_tread, is_too_steep, slope_of_rounding
from .single_precision import coarse, is_its_graph

__all__ = ["METHODS", "judge"]

#: What can compute the numeric derivative.
METHODS = ("auto", "central", "five-point", "richardson", "complex-step")
#: Rounding of the derivative by reverse mode itself, relative to the sum of its contributions' magnitudes.
_ROUNDING = 1e-12
#: What is left of contributions that cancel to within their rounding.
_CANCELLED = 8.0 * sys.float_info.epsilon
#: A numeric derivative that is uncertain by more than this part of its size cannot judge anything.
_USELESS = 1e-4
#: One that is certain to this part needs no more values of the function.
_CERTAIN = 1e-8
#: Where rounding may have changed a gradient by more than this part, nothing can be said of it.
_LEGIBLE = 0.1
#: At so many steps the function must be its graph (or not) to convince.
_CONVINCING = 4
#: The Taylor remainder has no rate beside these.
_NO_RATE = ("kink", "not finite", "outside the domain", "does not reach the output")
#: After these it is worth asking another witness.
_IN_DOUBT = ("wrong", "kink", "unreliable")


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
        quick = _quick(probe) if method == "auto" else None
        estimate = quick or _estimate(probe, method)
    verdict = _verdict(probe, estimate)
    if quick is None and estimate.method != "complex-step" and _may_be_rounding(probe, estimate, verdict):
        with put_back(list(probe.direction)):
            faithful = _in_single(probe) or _is_faithful(probe, _useful(probe, estimate)) is True
            estimate = estimate_again(probe, estimate.method, is_its_graph=faithful)
        verdict = _verdict(probe, estimate)
    if verdict == "wrong" and estimate.method != "complex-step":
        with put_back(list(probe.direction)):
            verdict = "wrong" if is_confirmed(probe, estimate) else "unreliable"
    if quick is None and verdict in ("ok", "wrong") and isinstance(probe.recorded, GivenGradient):
        with put_back(list(probe.direction)):
            verdict = "unreliable" if is_on_a_tread(probe, estimate) else verdict
    rungs = estimate.rungs
    if _in_single(probe):
        estimate, verdict = _confirmed(probe, estimate, verdict, method)
    elif verdict in _IN_DOUBT:
        estimate, verdict = _arbitrated(probe, estimate, verdict, sharpen=method == "auto")
    if verdict in ("ok", "unreliable") and probe.order == 1 and not probe.recorded.reached_from(probe.direction):
        verdict = "does not reach the output"
    if verdict in _IN_DOUBT and probe.recorded.passes_through_infinity(probe.direction):
        verdict = "outside the domain"
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
        rate=math.nan if verdict in _NO_RATE else taylor_rate(rungs, analytic),
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
    return estimate_derivative(function, probe.start, "richardson" if method == "auto" else method)


def _quick(probe: Probe) -> Estimate | None:
    """An estimate from few values of the function, or None where that is not clearly enough."""
    recorded = probe.recorded
    function = recorded.in_double(probe.direction) or probe.function
    at_point = recorded.at_point if function is probe.function else function(probe.start)
    if recorded.kinks(probe.direction):
        return None
    quick = quick_estimate(function, probe.start, at_point)
    return quick if quick is not None and _is_clear(probe, quick) else None


def _is_clear(probe: Probe, quick: Estimate) -> bool:
    """Whether a quick estimate agrees, and is so certain that no other could say more."""
    analytic = _analytic(probe)
    agrees = abs(analytic - quick.value) <= 2.0 * quick.uncertainty + _ROUNDING * abs(analytic)
    if not agrees or (analytic and quick.uncertainty > _CERTAIN * abs(quick.value)):
        return False
    if not analytic and isinstance(probe.recorded, GivenGradient):
        return False  # nobody knows how many digits a flat function has
    size = abs(quick.value) if analytic else _useful(probe, quick) / _USELESS
    rounding = 2.0 * probe.recorded.rounding_beside / quick.step
    return quick.uncertainty <= _CERTAIN * size and rounding <= _USELESS * size


def _verdict(probe: Probe, estimate: Estimate) -> str:
    recorded, direction, analytic = probe.recorded, probe.direction, _analytic(probe)
    if not math.isfinite(analytic) or not math.isfinite(recorded.at_point):
        return "outside the domain" if recorded.outside_domain() else "not finite"
    if estimate is _NO_COMPLEX_STEP:
        return "unreliable"
    if not math.isfinite(estimate.value):
        return "outside the domain" if recorded.outside_domain() else "not finite"
    if estimate.kink:
        return "unreliable" if estimate.jump and is_too_steep(probe, estimate) else "kink"
    error = abs(analytic - estimate.value)
    allowed = 2.0 * estimate.uncertainty + _ROUNDING * abs(analytic)
    if error > allowed and error > allowed + _ROUNDING * recorded.magnitude(direction):
        rounding = recorded.rounding(direction)  # the precise bound takes a while
        if error > allowed + rounding and rounding <= _LEGIBLE * max(abs(analytic), abs(estimate.value)):
            return "wrong"
        if rounding > _useful(probe, estimate):
            return "unreliable"
    if error > allowed and error > _useful(probe, estimate):
        return "unreliable"
    certain = estimate.uncertainty <= _USELESS * abs(analytic) or estimate.uncertainty <= _useful(probe, estimate)
    return "ok" if certain else "unreliable"


def _useful(probe: Probe, estimate: Estimate) -> float:
    """The uncertainty up to which a fault would have shown.

    It is relative to the derivative; if that is 0 but for rounding, to the contributions that cancel in it; and where
    all of these are 0, to what there is to differentiate.
    """
    recorded, size = probe.recorded, abs(_analytic(probe))
    if estimate.uncertainty > _USELESS * size:
        magnitude = recorded.magnitude(probe.direction)
        if size <= _CANCELLED * magnitude:
            size = magnitude or recorded.reference(probe.direction) / max(abs(probe.start), 1.0)
    return max(_USELESS * size, sys.float_info.min)


def _may_be_rounding(probe: Probe, estimate: Estimate, verdict: str) -> bool:
    """Whether rounding inside of the function may be more than its values show, and a verdict depends on that.

    At a kink of the table a bend is no rounding.
    """
    if not math.isfinite(estimate.step):
        return False
    if verdict == "ok":
        hidden = _useful(probe, estimate)
    elif verdict == "wrong":
        hidden = 0.25 * abs(_analytic(probe) - estimate.value)
    elif verdict == "kink" and not probe.recorded.kinks(probe.direction):
        hidden = 0.25 * max(abs(estimate.right - estimate.left), abs(estimate.value))
    else:
        return verdict == "unreliable"
    with put_back(list(probe.direction)):
        return not slope_of_rounding(probe, estimate.step) <= hidden


def _confirmed(probe: Probe, estimate: Estimate, verdict: str, method: str) -> tuple[Estimate, str]:
    """What is left of a verdict on the graph in double precision where the function computes in single precision.

    Where the function is not its graph, only its own values count.
    """
    if verdict in ("not finite", "outside the domain"):
        return estimate, verdict
    size = max(abs(_analytic(probe)), probe.recorded.magnitude(probe.direction)) or _useful(probe, estimate) / _USELESS
    with put_back(list(probe.direction)):
        faithful = is_its_graph(probe, size)
        own = estimate_derivative(probe.function, probe.start) if faithful is False else estimate
    if faithful is False:
        estimate = coarse(probe, own)
        return estimate, _verdict(probe, estimate)
    if faithful is None and not probe.recorded.kinks(probe.direction):
        return estimate, "unreliable"  # what the function does around the point drowns in rounding
    if verdict in _IN_DOUBT:
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
        return estimate, verdict
    size = max(abs(analytic), abs(sharp.value), recorded.magnitude(direction))
    rounding = max(recorded.rounding(direction), recorded.rounding_of_complex_step(direction))
    allowed = 2.0 * sharp.uncertainty + 3.0 * rounding + _ROUNDING * size
    agrees = abs(analytic - sharp.value) <= allowed
    useful = _useful(probe, estimate)
    if (verdict == "wrong" and not agrees) or (verdict != "unreliable" and allowed > useful):
        return estimate, verdict
    with put_back(list(direction)):
        faithful = _in_single(probe) or _is_faithful(probe, useful)  # in single precision that was asked before
    if faithful is None:  # what the function does around the point drowns in rounding
        return estimate, verdict if recorded.kinks(direction) and verdict == "kink" else "unreliable"
    if not faithful:
        return estimate, verdict
    if not agrees:
        return sharp, "wrong"
    if verdict == "wrong":  # two witnesses contradict each other
        return estimate, "unreliable"
    return (sharp, "ok") if sharpen and allowed <= useful else (estimate, "unreliable")


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


# --- what else a person wants to know ---------------------------------------------------------------------------------


def _note(probe: Probe, estimate: Estimate, verdict: str) -> str:
    recorded, direction = probe.recorded, probe.direction
    if verdict == "wrong":
        return _diagnosis(probe, estimate)
    if verdict in ("not finite", "unreliable") and probe.function.raised:
        return f"the function is not defined all around the point: {probe.function.raised}"
    if verdict == "outside the domain":
        return "; ".join((recorded.passes_through_infinity(direction) or recorded.outside_domain())[:3])
    if verdict in ("kink", "unreliable") and (kinks := recorded.kinks(direction)):
        return f"the table says that there is no derivative at {', '.join(map(describe, kinks[:3]))}"
    if estimate is _NO_COMPLEX_STEP and verdict == "unreliable":
        return "the complex step does not apply: a function on the path is not analytic there"
    size = abs(_analytic(probe))
    if verdict == "ok" and size > 0.0 and estimate.uncertainty > _USELESS * size:
        return f"contributions of size {recorded.magnitude(direction):.1e} cancel to within their rounding"
    return ""


def _diagnosis(probe: Probe, estimate: Estimate) -> str:
    """Where a wrong derivative comes from: a local derivative, the backward pass, or a graph that is not all of f."""
    recorded, direction = probe.recorded, probe.direction
    if isinstance(recorded, GivenGradient):
        ratio = abs(_analytic(probe) / estimate.value) if estimate.value else math.inf
        ratio = -ratio if _analytic(probe) * estimate.value < 0.0 else ratio
        return f"the given derivative is {ratio:.6g} times the numeric one"
    faults = recorded.faults(direction)
    if not faults and (contradicted := contradicted_given(probe)):
        return "; ".join(contradicted[:3])
    if not faults and (kinks := recorded.kinks(direction)):
        return (
            "the function has a derivative here, but not the one that the chain rule makes of what the table uses at "
            f"the kink of {', '.join(map(describe, kinks[:3]))}"
        )
    if faults:
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        return "; ".join(map(str, faults[:3])) + more
    if outside := recorded.outside_domain():
        return "; ".join(outside[:3])
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
