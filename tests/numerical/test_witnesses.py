"""The numeric witnesses: difference formulas, their uncertainty, the complex step, rounding bounds, step sizes."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from samples import TABLE, function_of, leaves_at, nodes_of, smooth_points

import autograd_core as ac
from autograd_core import StepSizeStudy, Value, step_size_study
from autograd_core.check.recorded import Recorded
from autograd_core.derivatives.pull_back import gradient_numbers
from autograd_core.formulas.rules import Primitive
from autograd_core.numerical.finite_differences import (
    central_difference,
    estimate_derivative,
    five_point_difference,
    forward_difference,
    quick_estimate,
)
from autograd_core.numerical.replays import Replay

every_primitive = pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
METHODS = ("central", "five-point", "richardson")


@pytest.mark.parametrize(
    ("formula", "order"), [(forward_difference, 1), (central_difference, 2), (five_point_difference, 4)]
)
def test_the_truncation_error_falls_with_the_order_of_the_formula(formula: object, order: int) -> None:
    coarse, fine = (abs(formula(math.exp, 1.0, step) - math.e) for step in (1e-1, 5e-2))
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("method", METHODS)
@example(2.208467026488525e-18, -1.5703125)  # so close to 0 that steps on the scale of x change nothing
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_uncertainty_covers_the_error(method: str, x: float, shift: float) -> None:
    estimate = estimate_derivative(lambda t: math.exp(t) + math.sin(3 * t + shift), x, method)
    exact = math.exp(x) + 3 * math.cos(3 * x + shift)
    assert abs(estimate.value - exact) <= estimate.uncertainty
    assert estimate.uncertainty < 1e-5
    assert estimate.method == method


@given(st.floats(-3, 3))
def test_a_quick_estimate_is_as_honest(x: float) -> None:
    estimate = quick_estimate(lambda t: math.exp(t) + t**3, x, math.exp(x) + x**3)
    if estimate is not None:
        assert abs(estimate.value - (math.exp(x) + 3 * x * x)) <= estimate.uncertainty


def test_extrapolation_is_more_certain_than_five_points_and_these_than_three() -> None:
    central, five_point, richardson = (estimate_derivative(math.sin, 1.0, method).uncertainty for method in METHODS)
    assert richardson < central
    assert five_point < central


def test_round_off_inside_of_the_function_is_seen() -> None:
    estimate = estimate_derivative(lambda t: (math.sin(t) + 1e7) - 1e7, 1.0)
    assert estimate.uncertainty > 1e-9
    assert abs(estimate.value - math.cos(1.0)) <= estimate.uncertainty


# --- the complex step -------------------------------------------------------------------------------------------------


@every_primitive
def test_the_complex_step_equals_the_table_for_every_primitive(rule: Primitive) -> None:
    for point in smooth_points(rule):
        inputs = leaves_at(point)[: nodes_of(rule)]
        root = function_of(rule, point)(*inputs)
        recorded = Recorded(root, inputs)
        bounds = [recorded.rounding({each: 1.0}) for each in inputs]
        for leaf, expected, bound in zip(inputs, gradient_numbers(root, inputs), bounds, strict=True):
            estimate = recorded.complex_step({leaf: 1.0})
            assert estimate is not None, f"{rule.name}{point}"
            assert abs(estimate.value - expected) <= estimate.uncertainty + bound, f"{rule.name}{point} d{leaf.label}"
            assert estimate.uncertainty <= 1e-12 * max(1.0, abs(expected))


@pytest.mark.digits
@every_primitive
def test_a_replay_on_floats_is_the_graph_to_the_last_bit(rule: Primitive) -> None:
    first, *others = smooth_points(rule)
    inputs = leaves_at(first)[: nodes_of(rule)]
    replay = Replay(function_of(rule, first)(*inputs), {leaf: leaf.data for leaf in inputs})
    for point in others:
        if point[nodes_of(rule) :] == first[nodes_of(rule) :]:  # a parameter is part of the graph
            again = leaves_at(point)[: nodes_of(rule)]
            numbers = {leaf: other.data for leaf, other in zip(inputs, again, strict=True)}
            assert replay.at(numbers) == function_of(rule, point)(*again).data


def test_the_complex_step_does_not_cancel() -> None:
    x = Value(0.7)
    estimate = Recorded(1e14 + x.sin(), [x]).complex_step({x: 1.0})
    assert estimate is not None
    assert estimate.value == pytest.approx(math.cos(0.7), rel=1e-15)


@pytest.mark.parametrize(
    "f", [abs, ac.relu, lambda x: ac.maximum(x, 2 * x), lambda x: ac.where(x > 0, x, 3 * x), ac.sqrt, ac.log]
)
def test_the_complex_step_refuses_a_kink_and_the_edge_of_a_domain(f: object) -> None:
    x = Value(0.0)
    estimate = Recorded(f(x), [x]).complex_step({x: 1.0})
    assert estimate is None or estimate.uncertainty > 0.1


@pytest.mark.parametrize("f", [ac.sign, ac.step, lambda x: ac.where(x > 0, x + 1, x)])
def test_the_complex_step_sees_one_side_of_a_jump_so_the_check_asks_the_table(f: object) -> None:
    x = Value(0.0)
    estimate = Recorded(f(x), [x]).complex_step({x: 1.0})
    assert estimate is not None
    assert estimate.uncertainty < 1e-12
    [row] = ac.check_gradients(f, 0.0, method="complex-step")
    assert row.verdict == "unreliable"
    assert "no derivative at" in row.note
    assert [row.verdict for row in ac.check_gradients(f, 0.0)] == ["kink"]


def test_a_kink_within_rounding_of_the_point_is_a_large_uncertainty() -> None:
    x = Value(0.3)
    estimate = Recorded(abs(x * 3 - 0.9), [x]).complex_step({x: 1.0})  # 0.3 * 3 is not 0.9
    assert estimate is not None
    assert estimate.uncertainty > 1.0


# --- rounding of reverse mode -----------------------------------------------------------------------------------------


@given(st.floats(2, 17))
def test_the_bound_covers_the_digits_that_a_local_derivative_loses(x: float) -> None:
    leaf = Value(x)
    root = leaf.tanh()
    [derivative], bound = gradient_numbers(root, [leaf]), Recorded(root, [leaf]).rounding({leaf: 1.0})
    exact = 4 * math.exp(-2 * x) / (1 + math.exp(-2 * x)) ** 2
    assert abs(derivative - exact) <= bound
    assert bound <= 1e-14


def test_the_bound_is_small_where_nothing_is_lost() -> None:
    x, y = Value(1.5), Value(-0.75)
    root = (x * y).exp() + x / y
    recorded = Recorded(root, [x, y])
    assert all(recorded.rounding({each: 1.0}) < 1e-14 * abs(recorded.gradient[each]) + 1e-14 for each in (x, y))


def test_the_bound_of_a_number_grows_with_what_cancels_in_it() -> None:
    x = Value(0.1)
    assert Recorded((x + 1e8) - 1e8, [x]).data_rounding > 1e5 * Recorded(x + 1.0, [x]).data_rounding


# --- step sizes -------------------------------------------------------------------------------------------------------


def test_the_best_steps_are_those_of_the_theory() -> None:
    study = step_size_study(lambda x: ac.sin(x) * ac.exp(x), 1.0)
    for formula, order in (("forward", 1), ("central", 2), ("five-point", 4)):
        theory = math.log10(2.2e-16 ** (1 / (order + 1)))
        position = round(-2 * theory)  # two steps a decade
        errors = study.errors[formula]
        assert errors[position] < 100 * 2.2e-16 ** (order / (order + 1))
        assert errors[position - 4] > 10 * errors[position]  # truncation
        assert max(errors[position + 4 : position + 8]) > 10 * errors[position]  # round-off
    errors = study.errors["central"]
    best = study.steps.index(study.best_step())
    assert errors[0] > 1e3 * errors[best]  # truncation
    assert errors[best + 14] > 1e3 * errors[best]  # round-off
    assert study.errors["complex step"][-1] < 1e-14


def test_a_study_is_a_table_and_marks_the_best_steps() -> None:
    study = step_size_study(ac.exp, 0.0)
    lines = str(study).splitlines()
    assert lines[0].split() == ["step", "forward", "central", "five-point", "complex", "step"]
    assert len(lines) == len(study.steps) + 3
    assert sum(line.count("*") for line in lines[2:-1]) == len(study.errors)


def test_a_study_of_a_parameter_puts_it_back_and_leaves_out_what_does_not_apply() -> None:
    w = Value(0.0, "w")
    study = step_size_study(lambda w: abs(w) * 2 + ac.where(w < 1, w, 0), w)
    assert isinstance(study, StepSizeStudy)
    assert w.data == 0.0
    assert "complex step" not in study.errors
    assert math.isnan(step_size_study(ac.log, 1e-3).errors["central"][0])


def test_a_study_of_something_else_is_refused() -> None:
    for wrong, message in (
        (lambda: step_size_study(3, 1.0), "is not a function"),
        (lambda: step_size_study(ac.exp, [1.0]), "not one number"),
        (lambda: step_size_study(lambda x: 1.0, 1.0), "return one Value"),
        (lambda: step_size_study(ac.sqrt, 0.0), "derivative at 0.0 is inf"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            wrong()
