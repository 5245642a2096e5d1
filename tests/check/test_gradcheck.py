"""The gradient check on functions of a few numbers: it passes what is right and says what it cannot judge."""

from __future__ import annotations

import ast
import math
import pathlib
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, check_gradients
from autograd_core.numerical import finite_differences as numeric
from autograd_core.numerical import ladder
from autograd_core.numerical.finite_differences import estimate_derivative


def verdicts(f: object, *inputs: object) -> list[str]:
    return [row.verdict for row in check_gradients(f, *inputs)]


@given(st.floats(-30, 30), st.floats(-3, 3))
def test_smooth_functions_pass(w: float, x: float) -> None:
    report = check_gradients(lambda w, x: ac.tanh(w * x) + w * w - ac.sin(x), w, x)
    assert not {row.verdict for row in report} & {"wrong", "kink", "not finite"}, str(report)


@given(st.floats(-5, 5).filter(lambda x: abs(x) > 1e-6))
def test_no_false_alarm_beside_a_kink(x: float) -> None:
    assert verdicts(lambda x: abs(x) + ac.relu(x), x) == ["ok"]


@pytest.mark.parametrize("scale", [1e-150, 1e-10, 1.0, 1e10, 1e150])
def test_huge_and_tiny_scales_pass(scale: float) -> None:
    assert verdicts(lambda x: scale * ac.exp(x), 0.5) == ["ok"]
    assert verdicts(ac.log, scale) == ["ok"]
    assert verdicts(lambda x: (x / scale) ** 2, scale) == ["ok"]


@pytest.mark.parametrize(
    ("f", "point", "left", "right"),
    [
        (abs, 0.0, -1.0, 1.0),
        (ac.relu, 0.0, 0.0, 1.0),
        (lambda x: abs(x - 2) + 1e6, 2.0, -1.0, 1.0),
        (lambda x: ac.maximum(x, 3 * x), 0.0, 1.0, 3.0),
    ],
)
def test_at_a_kink_both_slopes_are_told(f: object, point: float, left: float, right: float) -> None:
    [row] = check_gradients(f, point)
    assert row.verdict == "kink"
    assert (row.left, row.right) == (pytest.approx(left, abs=1e-3), pytest.approx(right, abs=1e-3))
    assert "slope" in str(check_gradients(f, point))


def test_jumps_and_cusps_are_kinks() -> None:
    assert verdicts(ac.step, 0.0) == ["kink"]
    assert verdicts(ac.sign, 0.0) == ["kink"]
    assert verdicts(lambda x: abs(x) ** 0.5, 0.0) == ["kink"]


def test_sharp_but_smooth_bends_are_no_kinks() -> None:
    assert verdicts(lambda x: ac.softplus(1e6 * x), 0.0) == ["ok"]
    assert verdicts(lambda x: ac.sigmoid(1e6 * x), 0.0) == ["ok"]
    assert verdicts(lambda x: ac.sqrt(x * x + 1e-6), 0.0) == ["ok"]


def test_outside_the_domain_is_told_from_not_finite_and_by_which_node() -> None:
    for f, point, domain in (
        (ac.sqrt, 0.0, r"\(sqrt\) is differentiable where x > 0, not at x = 0"),
        (lambda x: 1 + ac.log(x - 1), 0.5, r"\(log\) is differentiable where x > 0, not at x = -0.5"),
        (lambda x: 2 / (x - 3), 3.0, r"\(div\) is differentiable where y != 0, not at x = 2, y = 0"),
    ):
        [row] = check_gradients(f, point)
        assert row.verdict == "outside the domain"
        assert re.search(domain, row.note)
    assert verdicts(lambda x: ac.exp(x) ** 2, 400.0) == ["not finite"]
    assert verdicts(lambda x: ac.where(x > 0, ac.log(x), x), -1.0) == ["ok"]  # the branch that was not taken


def test_what_is_too_noisy_for_finite_differences_is_unreliable() -> None:
    assert verdicts(lambda x: x + 1e20, 1.0) == ["unreliable"]
    assert [row.verdict for row in check_gradients(lambda x: x + 1e12, 1.0, method="central")] == ["unreliable"]


def test_the_complex_step_judges_where_finite_differences_cannot_if_the_function_is_its_graph() -> None:
    [row] = check_gradients(lambda x: ac.sin(1e9 * x), 1.0)
    assert (row.verdict, row.method) == ("ok", "complex-step")
    assert row.uncertainty < 1e-5 * abs(row.numeric)
    # Here a thousandth of the function is not in the graph, and the graph must not speak for it.
    [row] = check_gradients(lambda x: ac.sin(1e9 * x) + 1e6 * x.data, 1.0)
    assert row.verdict != "ok"


def test_an_input_that_does_not_reach_the_output_says_so_and_is_not_ok() -> None:
    report = check_gradients(lambda x, y: x * 2, 1.0, 3.0)
    assert [row.verdict for row in report] == ["ok", "does not reach the output"]
    assert not report
    assert verdicts(lambda x: 4.0, 1.0) == ["does not reach the output"]
    # It reaches the output, and the derivative that is 0 was checked.
    assert verdicts(lambda x, y: ac.where(x > 0, y, 2 * y), 1.0, 3.0) == ["ok", "ok"]
    assert verdicts(ac.relu, -1.0) == ["ok"]


def test_a_function_that_is_random_or_keeps_state_is_found_out() -> None:
    generator = random.Random(0)
    assert verdicts(lambda x: x * generator.random(), 1.0) == ["non-deterministic function"]
    calls = []

    def drifts(x: Value) -> Value:
        calls.append(None)
        return x * (1.0 if len(calls) < 5 else 1.0 + 1e-9 * len(calls))

    assert verdicts(drifts, 1.0) == ["non-deterministic function"]


def test_a_python_branch_makes_kinks_and_jumps_too() -> None:
    assert verdicts(lambda x: x if x.data > 0 else -x, 0.0) == ["kink"]
    assert verdicts(lambda x: x if x > 0 else 2 * x + 1, 0.0) == ["kink"]
    assert verdicts(lambda x: x if x > 0 else -x, 1e-3) == ["ok"]


def test_at_a_kink_the_report_names_the_node_and_says_whether_the_value_lies_between_the_slopes() -> None:
    [row] = check_gradients(lambda x: ac.relu(x - 1), 1.0)
    assert row.verdict == "kink"
    assert row.between
    assert row.note.endswith("(relu)")
    assert row.cells()[-1] == "kink: slope 0 from the left, 1 from the right; the table uses 0, between them"
    # Two kinks: f is x and has a derivative; the values that the table uses sum up to 0.
    [row] = check_gradients(lambda x: ac.relu(x) - ac.relu(-x) + abs(x), 0.0)
    assert row.verdict == "kink"
    assert (row.left, row.right) == (pytest.approx(0.0, abs=1e-9), pytest.approx(2.0))


def test_the_report_is_true_only_if_every_row_is_ok() -> None:
    good = check_gradients(lambda a, b: a * b, 2.0, 3.0)
    assert good
    assert len(good) == 2
    assert not check_gradients(lambda a, b: a * abs(b), 2.0, 0.0)


def test_bad_input_is_refused() -> None:
    for wrong, message in (
        (lambda: check_gradients(3, 1.0), "is not a function"),
        (lambda: check_gradients(ac.tanh), "no inputs"),
        (lambda: check_gradients(ac.tanh, "x"), "input 0"),
        (lambda: check_gradients(ac.tanh, Value(1.0) * 2), "is not a leaf"),
        (lambda: check_gradients(lambda x: [x], 1.0), "return one Value"),
        (lambda: check_gradients(ac.tanh, 1.0, order=3), "order=3"),
        (lambda: check_gradients(ac.tanh, 1.0, method="magic"), "no method 'magic'; choose one of auto, central"),
        (lambda: check_gradients(ac.tanh, 1.0, directions=0), "directions=0"),
        (lambda: check_gradients(ac.tanh, 1.0, sample=1.5), "sample=1.5"),
        (lambda: check_gradients(ac.tanh, 1.0, sample=1, directions=1), "either directions or sample"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            wrong()


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_uncertainty_of_a_difference_covers_its_error(x: float, shift: float) -> None:
    estimate = estimate_derivative(lambda t: math.exp(t) + math.sin(3 * t + shift), x)
    exact = math.exp(x) + 3 * math.cos(3 * x + shift)
    assert abs(estimate.value - exact) <= estimate.uncertainty + 1e-12


def test_the_witness_is_independent() -> None:
    for module in (numeric, ladder):
        tree = ast.parse(pathlib.Path(module.__file__).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported <= {"__future__", "collections.abc", "dataclasses", "typing", "ladder"}


def test_a_smooth_function_costs_few_calls() -> None:
    report = check_gradients(lambda a, b, c: ac.tanh(a * b) + c * c, 0.5, -1.5, 2.0)
    assert report
    assert report.calls <= 3 * 8 + 3


def test_where_kinks_cancel_there_is_a_derivative_and_that_of_the_chain_rule_is_wrong() -> None:
    """relu(x) - relu(-x) is x, with slope 1 at 0; the chain rule gives what the table uses at the kinks, 0."""
    [row] = check_gradients(lambda x: ac.relu(x) - ac.relu(-x), 0.0)
    assert (row.verdict, row.analytic, row.left, row.right) == ("wrong", 0.0, 1.0, 1.0)
    assert "the kink of node without label (relu)" in row.note


@pytest.mark.usefixtures("scratch_table")
def test_a_fault_beside_a_kink_is_wrong() -> None:
    ac.primitive("bad_sine", "sin(x)", "1.0005 * cos(x)")
    [row] = check_gradients(lambda x: ac.relu(x - 0.5) - ac.relu(0.5 - x) + x.bad_sine(), 0.5)
    assert row.verdict == "wrong"
    assert "bad_sine" in row.note
