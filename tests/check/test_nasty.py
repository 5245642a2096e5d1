"""Functions that are hard to differentiate numerically: no alarm in ten thousand of them, and no false ok."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amounts import trials
from nasty_functions import FAMILIES, nasty

import autograd_core as ac
from autograd_core import Tensor, check_gradients
from autograd_core.numerical.finite_differences import estimate_derivative

TRIALS = 10_000


def verdicts_of(seeds: range, **options: object) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in seeds:
        report = check_gradients(nasty(seed).f, nasty(seed).point, **options)
        assert all(row.verdict != "wrong" for row in report), f"seed {seed}: {nasty(seed).text}\n{report}"
        counts.update(row.verdict for row in report)
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("quarter", range(4))
def test_no_alarm_and_most_are_judged(quarter: int) -> None:
    counts = verdicts_of(range(quarter * TRIALS // 4, quarter * TRIALS // 4 + trials(TRIALS // 4)))
    assert counts["ok"] > 0.75 * counts.total(), counts


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{"order": 2}, {"directions": 1}, {"method": "central"}, {"method": "five-point"}, {"method": "richardson"}],
    ids=str,
)
def test_no_alarm_with_other_options(options: dict[str, object]) -> None:
    counts = verdicts_of(range(TRIALS, TRIALS + trials(1000)), **options)
    assert counts["ok"] > 0.6 * counts.total(), counts


@pytest.mark.slow
def test_every_family_is_judged_somewhere_and_is_nasty_somewhere() -> None:
    """A family on which finite differences never fail would not be worth its name."""
    judged, hard = Counter(), Counter()
    for seed in range(1000):
        [row] = check_gradients(nasty(seed).f, nasty(seed).point)
        judged[seed % len(FAMILIES)] += row.verdict == "ok"
        hard[seed % len(FAMILIES)] += row.verdict != "ok" or row.method == "complex-step" or row.uncertainty > 1e-9
    assert all(judged[family] >= 40 for family in range(len(FAMILIES))), judged
    assert all(hard[family] >= 3 for family in range(len(FAMILIES))), hard


# --- no false ok ------------------------------------------------------------------------------------------------------


def filled(quotient: Callable[[Any], Any], limit: float) -> Callable[[Any], Any]:
    """A quotient with its limit at 0, where the chain rule sees a constant; near 0 it cancels, and is flat."""
    return lambda x: ac.where(ac.equal(x, 0), limit, quotient(ac.where(ac.equal(x, 0), 1.0, x)))


#: With its limit and its true slope at 0.
QUOTIENTS = (
    (lambda x: (1 - ac.cos(x)) / x, 0.0, 0.5),
    (lambda x: ac.log1p(x) / x, 1.0, -0.5),
    (lambda x: ac.expm1(x) / x, 1.0, 0.5),
    (lambda x: (ac.exp(x) - 1 - x) / x**2, 0.5, 1 / 6),
    (lambda x: (1 - ac.exp(-x)) / x, 1.0, -0.5),
    (lambda x: (ac.tan(x) - ac.sin(x)) / x**2, 0.0, 0.5),
    (lambda x: (ac.sqrt(1 + x) - 1) / x, 0.5, -0.125),
    (lambda x: (ac.sinh(x) - x) / x**2, 0.0, 1 / 6),
    (lambda x: (ac.exp(1e2 * x) - 1) / x, 1e2, 5e3),
    (lambda x: (1 - ac.cos(x / 1e2)) / x * 1e4, 0.0, 0.5),
)


@pytest.mark.slow
@pytest.mark.parametrize(("quotient", "limit", "slope"), QUOTIENTS)
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_what_is_flat_at_small_steps_by_its_own_cancellation_is_no_evidence(
    quotient: Any, limit: float, slope: float, offset: float
) -> None:
    f = filled(quotient, limit)
    [row] = check_gradients(lambda x: f(x) + offset * x, 0.0)
    assert row.analytic == offset
    assert row.verdict == "wrong", row
    assert row.numeric == pytest.approx(slope + offset, rel=2e-3)
    [row] = check_gradients(lambda x: (f(x) + offset * x).sum(), Tensor(0.0))
    assert row.verdict in ("wrong", "unreliable"), row


def test_the_second_derivative_of_such_a_function_is_found_from_both_sides() -> None:
    for f, second in (
        (filled(lambda x: ac.sin(x) / x, 1.0), -1 / 3),
        (filled(lambda x: ac.arctan(x) / x, 1.0), -2 / 3),
    ):
        first, row = check_gradients(f, 0.0, order=2)
        assert (first.verdict, row.verdict) == ("ok", "ok")
        assert row.analytic == pytest.approx(second, rel=1e-12)
        assert row.numeric == pytest.approx(second, rel=1e-4)


def test_values_alone_cannot_tell_flat_from_cancelled_so_the_uncertainty_covers_both() -> None:
    estimate = estimate_derivative(lambda x: (1 - math.cos(x)) / x if x else 0.0, 0.0)
    assert abs(estimate.value - 0.5) <= estimate.uncertainty
    assert estimate.uncertainty >= 0.4


@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize("make", [float, Tensor])
@pytest.mark.parametrize("large", [1e11, 1e12, 1e13, 1e15, 1e20])
def test_a_derivative_of_0_passes_no_more_easily_than_another(large: float, make: Any) -> None:
    ac.primitive("lost", "x", "0")
    ac.primitive("half", "x", "0.5")
    [zero] = check_gradients(lambda x: large + ac.apply("lost", x), make(1.0))
    [half] = check_gradients(lambda x: large + ac.apply("half", x), make(1.0))
    assert zero.verdict == half.verdict == ("wrong" if large < 1e12 else "unreliable")


def test_a_derivative_that_is_0_is_still_ok() -> None:
    for f, x in ((ac.relu, -1.0), (lambda x: ac.relu(x) + 5, -1e-6), (ac.cos, 0.0), (lambda x: 1e150 * ac.cos(x), 0.0)):
        assert [row.verdict for row in check_gradients(f, x)] == ["ok"]
    report = check_gradients(lambda t: (ac.relu(t) + ac.cos(t - t)).sum(), Tensor([-1.0, 0.5]))
    assert [row.verdict for row in report] == ["ok", "ok"]


# --- no false alarm, no false kink ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [3.0, 100.0, -0.7, 0.0])
@pytest.mark.parametrize("steep", [1e4, 1e6, 1e8, 1e9, 1e10, 1e12, 1e14])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "arctan", "sin", "cos"])
def test_a_steep_function_is_neither_wrong_nor_a_kink(name: str, steep: float, place: float) -> None:
    for at in (place, place + 0.3 / steep):
        [row] = check_gradients(lambda x: ac.apply(name, steep * (x - place)), at)
        assert row.verdict in ("ok", "unreliable"), (at, row)


@pytest.mark.parametrize(("steep", "place"), [(1e4, 100.0), (1e5, 100.0), (1e3, 1e3), (1e6, 1.0), (1e8, 0.0)])
def test_a_smooth_extremum_is_no_kink(steep: float, place: float) -> None:
    for f in (lambda x: ac.exp(-((steep * (x - place)) ** 2)), lambda x: ac.cos(steep * (x - place))):
        [row] = check_gradients(f, place)
        assert row.verdict in ("ok", "unreliable")


def test_slopes_that_agree_on_both_sides_are_no_kink() -> None:
    for f in (lambda x: abs(x) ** 2, lambda x: ac.sqrt(x**4), lambda x: abs(-(x**2)), lambda x: ac.hypot(x, x) ** 2):
        for row in check_gradients(f, 0.0, order=2):
            assert row.verdict != "kink", row
            assert row.verdict == "ok" or row.analytic == 0.0


# --- no crash ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "f",
    [lambda x: ac.arctan(1 / x), lambda x: 1 / (1 + 1 / x), lambda x: ac.tanh(ac.log(x * x)), lambda x: ac.sqrt(x) ** 2,
     lambda x: ac.exp(-1 / x**2), lambda x: ac.minimum(1 / x, 2.0), lambda x: 1 / ac.log(abs(x))],
)  # fmt: skip
def test_an_infinity_inside_of_a_finite_function_is_no_crash(f: Any, order: int) -> None:
    allowed = {"outside the domain", "not finite", "kink", "ok", "wrong", "unreliable"}
    assert {row.verdict for row in check_gradients(f, 0.0, order=order)} <= allowed
    assert {row.verdict for row in check_gradients(lambda t: f(t).sum(), Tensor([0.0, 1.0]), order=order)} <= allowed


def test_a_function_that_passes_through_an_infinity_is_outside_the_domain_of_what_makes_it() -> None:
    for f in (lambda x: ac.arctan(1 / x), lambda x: 1 / (1 + 1 / x)):
        [row] = check_gradients(f, 0.0)
        assert (row.verdict, "(div) is differentiable where y != 0" in row.note) == ("outside the domain", True)
        report = check_gradients(lambda t, f=f: f(t).sum(), Tensor([0.0, 1.0]))
        assert [row.verdict for row in report] == ["outside the domain", "ok"]
    # What a branch that was not taken passes through does not matter.
    [row] = check_gradients(lambda x: ac.where(x > -1, x * x.data, 1 / x), 0.0)
    assert row.verdict != "outside the domain"


@pytest.mark.slow
@pytest.mark.usefixtures("scratch_table")
def test_a_fault_in_a_long_recurrence_is_found() -> None:
    """Along 2,000 steps the magnitudes of all paths would compound to 1e19, and hide it; contributions do not."""
    ac.primitive("almost_sin", "sin(x)", "1.001 * cos(x)")

    def pendulum(angle: Any, sine: Any) -> Any:
        speed = 0.0
        for _ in range(2000):
            angle, speed = angle + 0.01 * speed, speed - 0.0981 * sine(angle)
        return angle

    [row] = check_gradients(lambda x: pendulum(x, ac.sin), 1.0)
    assert (row.verdict, row.note) == ("ok", "")
    [row] = check_gradients(lambda x: pendulum(x, lambda y: ac.apply("almost_sin", y)), 1.0)
    assert (row.verdict, "(almost_sin)" in row.note) == ("wrong", True)


def test_smooth_up_to_a_jump_close_by_may_be_a_tread_of_a_staircase() -> None:
    """By values alone: what is smooth all at once beyond a jump is unreliable; beyond a bend it is judged."""

    def stairs(x: Any) -> Any:  # the slope is 0.5 on each tread, and 1.5 in all
        return 0.5 * x + np.floor(4000.0 * (x - 0.5 + 1.25e-4)) / 4000.0

    for given in (0.5, 1.5):
        [row] = check_gradients(stairs, 0.5, analytic=given)
        assert row.verdict in ("unreliable", "kink") or (row.verdict, given) == ("wrong", 0.5), row
    bent = lambda x: np.maximum(x - 0.501, 0.0) - 2.0 * np.maximum(0.498 - x, 0.0) + 0.5 * x  # noqa: E731
    assert [check_gradients(bent, 0.5, analytic=given).rows[0].verdict for given in (0.5, 0.4)] == ["ok", "wrong"]


class NotHereError(Exception):
    """Of the user's own."""


@pytest.mark.parametrize(
    "error",
    [ValueError("far"), ZeroDivisionError(), KeyError(3), NotHereError("far"), ac.InputValueError("far")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_function_that_raises_beside_the_point_is_not_defined_there(error: Exception) -> None:
    def within(low: float, high: float, g: Any) -> Any:
        def f(x: Any) -> Any:
            if not low <= x <= high:
                raise error
            return g(x)

        return f

    def checks(low: float, high: float, x: float) -> list[ac.GradientReport]:
        f, flat = within(low, high, lambda x: x * x), within(low, high, lambda x: 1.0 + 0.0 * x)
        return [
            check_gradients(f, x, order=2),
            check_gradients(f, x, method="five-point"),
            check_gradients(f, x, directions=2),
            check_gradients(lambda t: f(t[0]), Tensor([x])),
            check_gradients(lambda t: f(t[0]), Tensor(np.array([x], np.float32))),
            check_gradients(f, x, analytic=2.0 * x),
            check_gradients(flat, x, analytic=0.0),
        ]

    for around in checks(0.4, 0.6, 0.5):
        assert {row.verdict for row in around} == {"ok"}, around
    for on_the_edge in checks(0.5, 1.0, 0.5)[:-1]:
        assert {row.verdict for row in on_the_edge} <= {"not finite", "unreliable"}, on_the_edge
        for row in on_the_edge:
            assert f"not defined all around the point: it raises {type(error).__name__} at" in row.note
    for wrong in (check_gradients(within(0.4, 0.6, lambda x: x * x.data), 0.5),
                  check_gradients(within(0.4, 0.6, lambda x: x * x), 0.5, analytic=2.0)):  # fmt: skip
        assert [row.verdict for row in wrong] == ["wrong"]
    with pytest.raises(type(error)):  # at the point itself it is the user's error
        check_gradients(within(0.0, 1.0, lambda x: x), 2.0)
    study = ac.step_size_study(within(0.4, 0.6, lambda x: x**3), 0.5)
    assert math.isnan(study.errors["central"][0])
    assert study.best_step("central") < 0.01


def test_beside_a_matrix_that_has_no_factor_or_no_inverse_the_check_goes_on() -> None:
    def factor(t: Any) -> Any:
        return ac.cholesky(ac.stack([ac.stack([1.0, t[0]]), ac.stack([t[0], 1.0])])).sum()

    for x, kind in ((0.9, float), (0.9, np.float32), (-0.9, float)):
        assert check_gradients(factor, Tensor(np.array([x], kind)))
    for x, kind in ((1.0 - 1e-9, float), (1.0 - 1e-13, float), (1.0 - 1e-4, np.float32)):
        [row] = check_gradients(factor, Tensor(np.array([x], kind)))
        assert (row.verdict != "wrong", "LinearAlgebraError" in row.note or row.verdict == "ok") == (True, True)

    def inverse(t: Any) -> Any:
        return ac.inv(ac.stack([ac.stack([t, 1.0]), ac.stack([1.0, t])])).sum()

    for step in 4.0 ** -np.arange(3.0, 17.0) * 0.9724683:  # exactly there the check looks, where it is singular
        assert {row.verdict for row in check_gradients(inverse, Tensor(1.0 + step))} <= {"ok", "unreliable"}
