"""The gradient check: it passes what is right, catches what is wrong, and says what it cannot judge."""

from __future__ import annotations

import ast
import math
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, check_gradients, numeric
from autograd_core.numeric import central_difference


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


@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize(
    ("name", "formula", "partial"),
    [
        ("sign_fault", "sin(x)", "-cos(x)"),
        ("factor_fault", "x**2", "x"),
        ("small_fault", "sin(x)", "1.0005 * cos(x)"),
        ("missing_inner", "exp(2*x)", "z"),
        ("regional_fault", "tanh(x)", "where(x > 0, 1 - z**2, 1 - z)"),
    ],
)
def test_planted_faults_are_caught(name: str, formula: str, partial: str) -> None:
    ac.primitive(name, formula, partial)
    caught = [verdicts(lambda x: ac.apply(name, x), point) for point in (-0.7, 0.4)]
    assert ["wrong"] in caught


@pytest.mark.usefixtures("scratch_table")
def test_swapped_local_derivatives_are_caught() -> None:
    ac.primitive("swapped", "x * y**2", "2 * x * y", "y**2")
    assert verdicts(lambda x, y: x.swapped(y), 1.5, 0.5) == ["wrong", "wrong"]


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


def test_what_is_not_finite_or_too_noisy_is_said_to_be_so() -> None:
    assert verdicts(ac.sqrt, 0.0) == ["not finite"]
    assert verdicts(ac.log, -1.0) == ["not finite"]
    assert verdicts(lambda x: x + 1e12, 1.0) == ["unreliable"]


def test_the_report_is_true_only_if_every_row_is_ok() -> None:
    good = check_gradients(lambda a, b: a * b, 2.0, 3.0)
    assert good
    assert len(good) == 2
    assert not check_gradients(lambda a, b: a * abs(b), 2.0, 0.0)


def test_the_table_can_be_read() -> None:
    lines = str(check_gradients(lambda weight, x: weight * x, 2.0, Value(3.0, "input x"))).splitlines()
    assert lines[0].split() == ["input", "at", "analytic", "numeric", "error", "uncertainty", "verdict"]
    assert lines[2].split()[:4] == ["weight", "2", "3", "3"]
    assert lines[3].startswith("input x")
    assert lines[-1] == "2 inputs: 2 ok"


def test_leaves_are_put_back_also_after_an_error() -> None:
    w = Value(2.0, "w")
    assert check_gradients(lambda each: each * w, w)
    assert w.data == 2.0
    assert not w.has_grad

    def fails_later(each: Value) -> Value:
        if each.data != 2.0:
            raise RuntimeError("only at the point itself")
        return each * each

    with pytest.raises(RuntimeError):
        check_gradients(fails_later, w)
    assert w.data == 2.0


def test_the_parameters_of_a_closure_are_checked() -> None:
    w, b = Value(0.5, "w"), Value(-1.0, "b")
    report = check_gradients(lambda *_: ac.tanh(w * 2.0 + b), w, b)
    assert [row.name for row in report] == ["w", "b"]
    assert report


def test_bad_input_is_refused() -> None:
    for wrong, message in (
        (lambda: check_gradients(3, 1.0), "is not a function"),
        (lambda: check_gradients(ac.tanh), "no inputs"),
        (lambda: check_gradients(ac.tanh, "x"), "input 0"),
        (lambda: check_gradients(ac.tanh, Value(1.0) * 2), "is not a leaf"),
        (lambda: check_gradients(lambda x: [x], 1.0), "return one Value"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            wrong()


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_uncertainty_of_a_difference_covers_its_error(x: float, shift: float) -> None:
    estimate = central_difference(lambda t: math.exp(t) + math.sin(3 * t + shift), x)
    exact = math.exp(x) + 3 * math.cos(3 * x + shift)
    assert abs(estimate.value - exact) <= estimate.uncertainty + 1e-12


def test_the_witness_is_independent() -> None:
    tree = ast.parse(pathlib.Path(numeric.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "collections.abc", "dataclasses"}
