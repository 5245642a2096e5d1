"""What follows from which witness: verdicts where the numeric derivative is given, so that every case can be met."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import GradientRow, Value, check_gradients
from autograd_core.check import second_look, verdicts
from autograd_core.check.recorded import Recorded
from autograd_core.derivatives.pull_back import gradient_numbers
from autograd_core.numerical.finite_differences import Estimate

Judge = Callable[..., GradientRow]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Check a function of one number where finite differences give what the test says."""

    def judged(f: Any, x: float, method: str = "auto", /, **numeric: Any) -> GradientRow:
        finite = {"uncertainty": 1e-12, "left": 0.0, "right": 0.0, "kink": False, "step": 1e-3, "reference": 1.0}
        estimate = Estimate(**{**finite, "method": "richardson", **numeric})
        monkeypatch.setattr(verdicts, "quick_estimate", lambda *_: None)
        for module in (verdicts, second_look):
            monkeypatch.setattr(module, "estimate_derivative", lambda *_, **__: estimate)
        [row] = check_gradients(f, x, method=method)
        return row

    return judged


@pytest.fixture
def _off(scratch_table: None) -> None:
    """A sine whose derivative is off by a thousandth."""
    ac.primitive("off_sine", "sin(x)", "1.001 * cos(x)")


@pytest.fixture
def _cancels(scratch_table: None) -> None:
    """A tanh whose derivative loses digits in the tails, as that of the table does not."""
    ac.primitive("tanh_that_cancels", "tanh(x)", "1 - z**2")


SLOPE = math.cos(1.0)
#: What finite differences can say besides ok, of sin at 1.
CONTRADICTION = {"value": 0.5}
KINK = {"value": SLOPE, "kink": True, "left": 0.0, "right": 2 * SLOPE}
NOISE = {"value": SLOPE, "uncertainty": 1.0}
EVERY = pytest.mark.parametrize(
    ("numeric", "verdict"),
    [(CONTRADICTION, "wrong"), (KINK, "kink"), (NOISE, "unreliable")],
    ids=["wrong", "kink", "unreliable"],
)


def with_a_part_outside(slope: float, where: Callable[[float], bool] = lambda _: True) -> Callable[[Value], Value]:
    """A sine, and beside it a slope that is not in the graph, on some sides of 1 and at some distances."""
    return lambda x: ac.sin(x) + (slope * (x.data - 1.0) if where(x.data - 1.0) else 0.0)


@pytest.mark.parametrize("method", verdicts.METHODS)
def test_the_method_is_the_one_that_was_chosen(method: str) -> None:
    [row] = check_gradients(ac.sin, 1.0, method=method)
    assert (row.verdict, row.method) == ("ok", "richardson" if method == "auto" else method)
    assert row.error == abs(row.analytic - row.numeric)
    assert (row.uncertainty < 2e-15) == (method == "complex-step")


# --- when the complex step is heard -----------------------------------------------------------------------------------


@pytest.mark.parametrize("numeric", [KINK, NOISE], ids=["kink", "unreliable"])
def test_a_function_that_is_its_graph_is_judged_by_the_complex_step(judge: Judge, numeric: Any) -> None:
    row = judge(ac.sin, 1.0, **numeric)
    assert (row.verdict, row.method) == ("ok", "complex-step")
    assert row.numeric == pytest.approx(SLOPE, rel=1e-15)


def test_two_witnesses_that_contradict_each_other_settle_nothing(judge: Judge) -> None:
    assert judge(ac.sin, 1.0, **CONTRADICTION).verdict == "unreliable"


@EVERY
def test_where_a_method_was_chosen_the_complex_step_only_takes_a_verdict_back(
    judge: Judge, numeric: Any, verdict: str
) -> None:
    row = judge(ac.sin, 1.0, "central", **numeric)
    assert (row.verdict, row.numeric) == ("unreliable", numeric["value"])


@EVERY
def test_of_a_function_that_is_not_its_graph_the_complex_step_says_nothing(
    judge: Judge, numeric: Any, verdict: str
) -> None:
    row = judge(with_a_part_outside(0.1), 1.0, **numeric)
    assert (row.verdict, row.numeric) == (verdict, numeric["value"])


@EVERY
def test_where_rounding_hides_whether_the_function_is_its_graph_nothing_is_called_wrong(
    judge: Judge, numeric: Any, verdict: str
) -> None:
    row = judge(lambda x: ac.sin(x) + 1e20, 1.0, **numeric)
    assert (row.verdict, row.numeric) == ("ok" if verdict == "ok" else "unreliable", numeric["value"])


@pytest.mark.usefixtures("_off")
@EVERY
def test_a_wrong_rule_is_found_by_the_complex_step_where_finite_differences_could_not(
    judge: Judge, numeric: Any, verdict: str
) -> None:
    row = judge(lambda x: x.off_sine(), 1.0, **numeric)
    assert (row.verdict, "off_sine" in row.note) == ("wrong", True)
    assert row.method == ("richardson" if verdict == "wrong" else "complex-step")


def test_a_kink_within_rounding_of_the_point_stays_a_kink(judge: Judge) -> None:
    row = judge(lambda x: abs(x * 3 - 0.9), 0.3, value=0.0, kink=True)  # 0.3 * 3 is not 0.9
    assert (row.verdict, row.method) == ("kink", "richardson")


def test_at_a_kink_of_the_table_the_complex_step_is_not_asked(judge: Judge) -> None:
    """It sees one side of a jump, and would say that all is well."""
    row = judge(lambda x: ac.step(x) + x, 0.0, value=5e8, kink=True)
    assert (row.verdict, row.method) == ("kink", "richardson")


@pytest.mark.usefixtures("_cancels")
def test_the_complex_step_may_differ_by_the_digits_that_the_gradient_lost(judge: Judge) -> None:
    """1 - tanh² keeps eight digits at 9.6 and four at 14.2, which are too few to judge."""
    row = judge(lambda x: x.tanh_that_cancels(), 9.6, value=0.0, uncertainty=1.0)
    assert row.error > 1e-9 * row.analytic
    assert (row.verdict, row.method) == ("ok", "complex-step")
    row = judge(lambda x: x.tanh_that_cancels(), 14.2, value=0.0, uncertainty=1.0)
    assert (row.verdict, row.method) == ("unreliable", "richardson")


# --- whether a function is its graph ----------------------------------------------------------------------------------

USEFUL = 1e-4 * SLOPE  # a part of the derivative that would not be noticed
#: The steps at 1 are these, and smaller ones.
STEPS = [0.9724683 * 4.0**-k for k in range(3, 10)]


@pytest.mark.parametrize(
    ("where", "largest"),
    [(lambda _: True, 0.5 * USEFUL), (lambda at: at < 0, USEFUL), (lambda at: at > 0, USEFUL)],
    ids=["both sides", "left", "right"],
)
def test_a_slope_outside_of_the_graph_is_tolerated_up_to_the_part_that_is_useful(
    judge: Judge, where: Callable[[float], bool], largest: float
) -> None:
    assert judge(with_a_part_outside(0.9 * largest, where), 1.0, **NOISE).verdict == "ok"
    assert judge(with_a_part_outside(1.1 * largest, where), 1.0, **NOISE).verdict == "unreliable"


@pytest.mark.parametrize(("steps", "verdict"), [(3, "unreliable"), (4, "ok")])
def test_a_function_is_taken_for_its_graph_if_four_steps_show_no_difference(
    judge: Judge, steps: int, verdict: str
) -> None:
    f = with_a_part_outside(1.0, lambda at: abs(at) < 1.5 * STEPS[steps])
    assert judge(f, 1.0, **NOISE).verdict == verdict


@pytest.mark.parametrize(("steps", "verdict"), [(3, "unreliable"), (4, "wrong")])
def test_a_contradiction_stands_if_four_steps_show_a_difference(judge: Judge, steps: int, verdict: str) -> None:
    """Elsewhere the function is nan, which is no difference."""

    def f(x: Value) -> Value:
        near = 0.0 < abs(x.data - 1.0) < 1.5 * STEPS[steps]
        return ac.sin(x) + (math.nan if near else 0.1 * (x.data - 1.0))

    assert judge(f, 1.0, **CONTRADICTION).verdict == verdict


# --- what is not finite -----------------------------------------------------------------------------------------------


def test_what_is_not_finite_cannot_agree(judge: Judge) -> None:
    infinite_slope = judge(ac.sqrt, 0.0, value=1.0)
    infinite_value = judge(lambda x: x + math.inf, 1.0, value=1.0)
    assert (infinite_slope.verdict, infinite_value.verdict) == ("outside the domain", "not finite")


def test_where_the_function_is_not_finite_beside_the_point_the_table_tells_why() -> None:
    [row] = check_gradients(lambda x: ac.sqrt(x) * 0.0 + x, 0.0)
    assert (row.analytic, row.verdict) == (1.0, "outside the domain")
    [row] = check_gradients(lambda x: x + (math.nan if x.data < 1.0 else 0.0), 1.0)
    assert (row.analytic, row.verdict) == (1.0, "not finite")


# --- numbers against their uncertainties ------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_twice_the_uncertainty_is_allowed(judge: Judge, sign: float) -> None:
    assert judge(ac.sin, 1.0, "central", value=SLOPE + sign * 1.9e-6, uncertainty=1e-6).verdict == "ok"
    assert judge(ac.sin, 1.0, "central", value=SLOPE + sign * 2.1e-6, uncertainty=1e-6).verdict == "unreliable"


def five_minus_four(x: Value) -> Value:
    """Slope 1, from contributions whose magnitudes sum up to 9."""
    return x * 5 - x * 4


def test_the_rounding_of_the_contributions_is_allowed_too(judge: Judge) -> None:
    """1e-12 of the sum of their magnitudes."""
    assert judge(five_minus_four, 1.0, "central", value=1.0 + 8e-12, uncertainty=0.0).verdict == "ok"
    assert judge(five_minus_four, 1.0, "central", value=1.0 + 10e-12, uncertainty=0.0).verdict == "unreliable"


def test_a_backward_pass_is_blamed_if_forward_mode_is_right_within_the_same_bounds(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd_core.check.recorded.leaf_gradients", lambda root, inputs: [2.0])
    assert "lost or doubled" in judge(ac.sin, 1.0, value=SLOPE + 1.9e-6, uncertainty=1e-6).note
    assert "outside of the graph" in judge(ac.sin, 1.0, value=SLOPE + 2.1e-6, uncertainty=1e-6).note
    assert "lost or doubled" in judge(five_minus_four, 1.0, value=1.0 + 8e-12, uncertainty=0.0).note
    assert "outside of the graph" in judge(five_minus_four, 1.0, value=1.0 + 10e-12, uncertainty=0.0).note


def tanh_with_a_part_outside(x: Value) -> Value:
    """So that the complex step says nothing."""
    return x.tanh_that_cancels() + (0.1 * abs(x.data - round(x.data)) if x.data != round(x.data) else 0.0)


@pytest.mark.usefixtures("_cancels")
@pytest.mark.parametrize(
    ("x", "off", "verdict"),
    [
        (8.0, 0.5, "ok"),  # the derivative has lost digits, and enough are left
        (8.0, 1.5, "wrong"),
        (15.0, 0.5, "unreliable"),  # too few are left for a fault of a ten thousandth to show
        (15.0, 1.5, "wrong"),
        (18.0, 1.5, "unreliable"),  # none is left
        (18.0, 1e6, "wrong"),  # but a derivative as large as this would not have drowned
    ],
)
def test_where_the_gradient_lost_digits_a_difference_is_measured_by_how_many(
    judge: Judge, x: float, off: float, verdict: str
) -> None:
    leaf = Value(x)
    root = leaf.tanh_that_cancels()
    rounding, [slope] = Recorded(root, [leaf]).rounding({leaf: 1.0}), gradient_numbers(root, [leaf])
    allowed = 1e-12 * slope
    row = judge(tanh_with_a_part_outside, x, value=slope + allowed + off * rounding, uncertainty=0.0)
    assert row.verdict == verdict, f"{rounding=} {slope=}"


@pytest.mark.parametrize("f", [ac.sin, lambda x: x.sin() * 1e6, lambda x: x.sin() * 1e-6])
def test_an_uncertainty_of_more_than_a_ten_thousandth_judges_nothing(judge: Judge, f: Any) -> None:
    slope = ac.grad(f)(1.0)
    assert judge(f, 1.0, "central", value=slope, uncertainty=0.9e-4 * slope).verdict == "ok"
    assert judge(f, 1.0, "central", value=slope, uncertainty=1.1e-4 * slope).verdict == "unreliable"


def test_of_a_derivative_that_is_0_the_uncertainty_is_relative_to_what_cancels_or_else_to_what_there_is(
    judge: Judge,
) -> None:
    for f, size in ((lambda x: x * 5 - x * 5, 10.0), (lambda x: ac.where(x > 0, 2.0, x), 2.0)):
        zero = {"value": 0.0, "reference": 7.0}
        assert judge(f, 1.0, "central", **zero, uncertainty=0.9e-4 * size).verdict == "ok"
        assert judge(f, 1.0, "central", **zero, uncertainty=1.1e-4 * size).verdict == "unreliable"


def test_an_input_that_does_not_reach_the_output_says_so_even_if_its_derivative_is_uncertain(judge: Judge) -> None:
    row = judge(lambda x: 4.0, 1.0, "central", value=0.0, uncertainty=1e9)
    assert row.verdict == "does not reach the output"


# --- when a few calls of the function are enough ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "off", "uncertainty", "enough"),
    [
        (ac.sin, 1.0, 0.0, 0.9e-8 * SLOPE, True),
        (ac.sin, 1.0, 0.0, 1.1e-8 * SLOPE, False),
        (ac.sin, 1.0, 1.9e-9, 1e-9, True),
        (ac.sin, 1.0, 2.1e-9, 1e-9, False),
        (ac.sin, 1.0, 0.9e-12 * SLOPE, 0.0, True),
        (ac.sin, 1.0, 1.1e-12 * SLOPE, 0.0, False),
        (ac.cos, 0.0, 0.0, 0.9e-8, True),  # the derivative is 0: relative to the cosine, 1
        (ac.cos, 0.0, 0.0, 1.1e-8, False),
        (ac.cos, 0.0, 1e-13, 0.6e-13, True),
        (ac.cos, 0.0, 1e-13, 0.4e-13, False),
    ],
)
def test_a_quick_estimate_is_enough_if_it_agrees_and_is_certain(
    monkeypatch: pytest.MonkeyPatch, f: Any, x: float, off: float, uncertainty: float, enough: bool
) -> None:
    slope = ac.grad(f)(x)
    quick = Estimate(slope + off, uncertainty, 0.0, 0.0, False, "quick", 1e-3, 1000.0)
    thorough = Estimate(slope, 1e-12, 0.0, 0.0, False, "thorough", 1e-3, 1000.0)
    monkeypatch.setattr(verdicts, "quick_estimate", lambda *_: quick)
    monkeypatch.setattr(verdicts, "estimate_derivative", lambda *_: thorough)
    [row] = check_gradients(f, x)
    assert row.method == ("quick" if enough else "thorough")


def test_a_derivative_that_cancels_to_its_rounding_says_so(judge: Judge) -> None:
    def f(x: Value) -> Value:
        return x * 1e6 - x * 999_999.9999999999

    row = judge(f, 1.0, value=0.0)
    assert 0.0 < row.analytic < 2e-10
    assert (row.verdict, row.note) == ("ok", "contributions of size 2.0e+06 cancel to within their rounding")
    row = judge(f, 1.0, "central", value=0.0, uncertainty=1e6)
    assert (row.verdict, row.note) == ("unreliable", "")
    assert judge(lambda x: x * 3 - x * 3, 1.0, value=0.0).note == ""
    assert judge(ac.sin, 1.0, value=SLOPE).note == ""
