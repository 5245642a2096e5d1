"""What a row of the gradient check holds: its name, point and order, the numbers, the method, and the note."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import GradientCheckError, GradientReport, Value, assert_gradients, check_gradients
from autograd_core.check import faults
from autograd_core.check.faults import Fault, faults_of
from autograd_core.check.probes import random_direction
from autograd_core.numerical.finite_differences import Estimate, estimate_derivative


def sine_of_the_sum(p: list[Value]) -> Value:
    return ac.sin(sum(p[1:], p[0])) * p[0]


# --- names, points, orders, and whether the function was asked at the right points ------------------------------------


def test_rows_of_inputs_are_named_and_stand_at_the_input() -> None:
    report = check_gradients(lambda a, b: ac.sin(a) * b, 0.5, 1.25, order=2)
    assert [(row.name, row.point, row.order) for row in report] == [
        *(("a", 0.5, 1), ("b", 1.25, 1)),
        *(("∂²/∂a²", 0.5, 2), ("∂²/∂a∂b", 1.25, 2), ("∂²/∂b∂a", 0.5, 2), ("∂²/∂b²", 1.25, 2)),
    ]


def test_rows_of_directions_are_numbered_and_stand_at_no_point() -> None:
    report = check_gradients(sine_of_the_sum, [0.5, 1.25, -0.75], order=2, directions=2)
    assert [(row.name, row.order) for row in report] == [
        *(("direction 1", 1), ("direction 2", 1)),
        *(("∂/∂(direction 1) of ∇·(random direction)", 2), ("∂/∂(direction 2) of ∇·(random direction)", 2)),
    ]
    assert all(math.isnan(row.point) for row in report)


@pytest.mark.parametrize(("inputs", "rows"), [(5, 5 + 25), (10, 10 + 100), (11, 11 + 11)])
def test_up_to_a_hundred_second_derivatives_are_checked_one_by_one(inputs: int, rows: int) -> None:
    report = check_gradients(sine_of_the_sum, [0.1 * k for k in range(1, inputs + 1)], order=2)
    assert report, str(report)
    assert len(report) == rows
    if inputs == 11:
        assert [row.name for row in report.rows[11:13]] == [
            "∂/∂p[0] of ∇·(random direction)",
            "∂/∂p[1] of ∇·(random direction)",
        ]


@pytest.mark.parametrize("options", [{}, {"directions": 2}, {"order": 2}, {"order": 2, "directions": 2}], ids=str)
@pytest.mark.parametrize("inputs", [3, 11])
def test_smooth_functions_are_judged_by_finite_differences_around_the_point(options: Any, inputs: int) -> None:
    """The complex step would judge as well if differences were taken elsewhere, or along another direction."""
    report = check_gradients(sine_of_the_sum, [0.1 * k for k in range(1, inputs + 1)], **options)
    assert report, str(report)
    assert {row.method for row in report} == {"richardson"}
    assert all(0.0 < row.step < 0.1 for row in report)


def test_a_direction_goes_as_far_as_each_leaf_or_a_typical_one_is_large() -> None:
    normal, again = random.Random(0), random.Random(0)
    leaves = [Value(number) for number in (0.0, 2.0, -8.0, 4.0)]
    direction = random_direction(leaves, again)
    assert list(direction.values()) == [normal.gauss(0.0, 1.0) * scale for scale in (4.0, 4.0, 8.0, 4.0)]
    direction = random_direction([Value(0.0), Value(0.0)], again)
    assert list(direction.values()) == [normal.gauss(0.0, 1.0), normal.gauss(0.0, 1.0)]


def test_all_second_derivatives_by_one_input_share_the_calls_of_the_function() -> None:
    eight = check_gradients(sine_of_the_sum, [0.1 * k for k in range(1, 9)], order=2)
    assert len(eight) == 8 + 64
    assert eight.calls <= 8 * (8 + 8) + 3


@pytest.mark.parametrize("options", [{"directions": 2}, {"order": 2}, {"order": 2, "directions": 2}], ids=str)
def test_random_directions_are_those_of_the_seed(options: Any) -> None:
    def rows(seed: int) -> list[tuple[float, float]]:
        report = check_gradients(sine_of_the_sum, [0.1 * k for k in range(1, 12)], seed=seed, **options)
        return [(row.analytic, row.numeric) for row in report]

    assert rows(1) == rows(1)
    assert rows(1)[-1] != rows(2)[-1]
    report = check_gradients(sine_of_the_sum, [0.1 * k for k in range(1, 12)], **options)
    assert [(row.analytic, row.numeric) for row in report] == rows(0)


@pytest.mark.parametrize("method", ["auto", "central"])
def test_the_function_is_recorded_once_and_every_call_of_it_is_counted(method: str) -> None:
    recorded = []

    def f(x: Value) -> Value:
        result = ac.sin(x)
        recorded.append(bool(result.parents))
        return result

    report = check_gradients(f, 0.5, method=method)
    assert report.calls == len(recorded)
    assert sum(recorded) == 1


def test_a_sample_as_large_as_all_is_all_in_order() -> None:
    names = [row.name for row in check_gradients(sine_of_the_sum, [0.1, 0.2, 0.3], sample=3)]
    assert names == ["p[0]", "p[1]", "p[2]"]


def test_rows_that_were_not_judged_hold_no_numbers() -> None:
    generator, x = random.Random(0), Value(2.0, "x")
    report = check_gradients(lambda x: x * x * generator.random(), 2.0, order=2)
    random_rows = report.rows
    assert report.calls == 2
    same_twice = check_gradients(lambda a, b: a * b, x, x).rows[1]
    assert [(row.name, row.order, row.note) for row in random_rows] == [("x", 1, ""), ("∂²/∂x²", 2, "")]
    assert [row.point for row in random_rows] == [2.0, 2.0]
    assert (same_twice.point, same_twice.order, same_twice.note) == (2.0, 1, "depends on x")
    for row in (*random_rows, same_twice):
        numbers = (row.analytic, row.numeric, row.error, row.uncertainty, row.left, row.right)
        assert all(map(math.isnan, numbers))


def test_a_failing_test_shows_its_own_line_and_not_those_of_the_helper() -> None:
    with pytest.raises(GradientCheckError) as caught:
        assert_gradients(abs, 0.0)
    shown = [str(entry.statement).strip() for entry in caught.traceback.filter(caught)]
    assert "assert_gradients(abs, 0.0)" in shown
    assert "report.raise_if_wrong()" not in shown


# --- the report, in words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "options", "summary"),
    [
        ([0.5], {}, "1 input: 1 ok"),
        ([0.5, 1.5], {}, "2 inputs: 2 ok"),
        ([0.5], {"order": 2}, "1 input and 1 second derivative: 2 ok"),
        ([0.5, 1.5], {"order": 2}, "2 inputs and 4 second derivatives: 6 ok"),
        ([0.5, 1.5], {"sample": 1}, "1 of 2 inputs: 1 ok"),
        ([0.5], {"directions": 1}, "1 direction through 1 input: 1 ok"),
        ([0.5, 1.5], {"directions": 2}, "2 directions through 2 inputs: 2 ok"),
        ([0.5, 1.5], {"directions": 2, "order": 2}, "2 directions through 2 inputs and 2 second derivatives: 4 ok"),
        ([0.5, 1.5], {"directions": 1, "order": 2}, "1 direction through 2 inputs and 1 second derivative: 2 ok"),
    ],
)
def test_the_summary_counts_what_was_checked(point: list[float], options: Any, summary: str) -> None:
    assert check_gradients(sine_of_the_sum, point, **options).summary == summary


def test_a_function_that_is_always_nan_is_not_called_random_and_one_that_becomes_nan_is() -> None:
    [row] = check_gradients(lambda x: x * math.nan, 1.0)
    assert row.verdict == "not finite"
    for first, later in ((1.0, math.nan), (math.nan, 1.0)):
        factors = iter([first])
        [row] = check_gradients(lambda x, f=factors, later=later: x * next(f, later), 1.0)
        assert row.verdict == "non-deterministic function"


REFUSALS = {
    "check_gradients: 3 is not a function; write check_gradients(f, *inputs)": (3, {}),
    "check_gradients: order=3; 1 checks the gradient, 2 its derivative too": (ac.sin, {"order": 3}),
    "check_gradients: there is no method 'magic'; choose one of auto, central, five-point, richardson, complex-step": (
        ac.sin,
        {"method": "magic"},
    ),
    "check_gradients: directions=0; give a whole number from 1": (ac.sin, {"directions": 0}),
    "check_gradients: sample=1.5; give a whole number from 1": (ac.sin, {"sample": 1.5}),
    "check_gradients: sample=True; give a whole number from 1": (ac.sin, {"sample": True}),
    "check_gradients: directions go through all inputs; give either directions or sample": (
        ac.sin,
        {"directions": 1, "sample": 1},
    ),
    "check_gradients: the function's result: 'x' is not a real number; write a number such as 2.0; "
    "return one Value or Tensor, such as a sum": (lambda x: "x", {}),
    "check_gradients: the function returned tensor without label (leaf, shape (2,)); return one number, such as its "
    "sum, or a sum with weights where the plain sum is constant": (lambda x: ac.Tensor([1.0, 2.0]), {}),
}


@pytest.mark.parametrize("message", REFUSALS)
def test_a_refusal_says_what_was_given_and_what_to_write_instead(message: str) -> None:
    f, options = REFUSALS[message]
    with pytest.raises((ac.InputTypeError, ac.InputValueError)) as caught:
        check_gradients(f, 1.0, **options)
    assert str(caught.value) == message


def test_a_check_of_nothing_is_refused() -> None:
    with pytest.raises(ac.InputValueError) as caught:
        check_gradients(ac.sin)
    assert str(caught.value) == "check_gradients: no inputs; give the numbers or leaves to check at"


# --- the node at fault ------------------------------------------------------------------------------------------------


def faults_below(root: Value) -> list[Fault]:
    return faults_of(ac.topological_order(root))


@pytest.fixture
def _fast_and_wrong_primitives(scratch_table: None) -> None:
    ac.primitive("fast_sine", "sin(1e15 * x)", "1e15 * cos(1e15 * x)")
    ac.primitive("bad_sine", "sin(x)", "1.0005 * cos(x)")
    ac.primitive("bad_fast_sine", "sin(1e15 * x)", "1.0005e15 * cos(1e15 * x)")
    ac.primitive("second_wrong", "x + 2 * y", "1", "2.001")


@pytest.mark.usefixtures("_fast_and_wrong_primitives")
@pytest.mark.parametrize(
    ("right", "wrong", "point"),
    [("sin", "bad_sine", point) for point in (1e9, 1e15, 1e22, 0.0, 1e-5, 1e-150, 1e-315)]
    + [("fast_sine", "bad_fast_sine", point) for point in (0.0, 1e-5, 1.0)],
)
def test_a_node_is_accused_exactly_if_it_is_wrong_however_large_its_argument(
    right: str, wrong: str, point: float
) -> None:
    """No step fits a sine of a huge number; there the formula is asked on complex numbers."""
    assert faults_below(ac.apply(right, Value(point))) == []
    [fault] = faults_below(ac.apply(wrong, Value(point)))
    assert fault.node.op == wrong


@pytest.mark.parametrize("point", [1e-300, 1e-290, 1e-10, 1e10, 1e200])
def test_a_logarithm_is_not_accused_at_tiny_and_huge_numbers(point: float) -> None:
    assert faults_below(ac.log(Value(point))) == []


@pytest.mark.usefixtures("_fast_and_wrong_primitives")
def test_every_argument_of_every_node_is_looked_at() -> None:
    x = Value(0.5)
    root = (2.0 * x).second_wrong(x) * abs(x - 0.5) + ac.step(x - 0.5)
    root = ac.apply("second_wrong", 3.0, root) + x.bad_sine()
    places = [("second_wrong", 1), ("second_wrong", 1), ("bad_sine", 0)]
    assert [(fault.node.op, fault.position) for fault in faults_below(root)] == places


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("quick", "thorough"), [(0.9e-9, 0), (1.1e-9, 1), (1e-3, 1), (None, 1)])
def test_a_node_is_measured_thoroughly_only_where_the_quick_estimate_is_uncertain(
    monkeypatch: pytest.MonkeyPatch, factor: float, quick: float | None, thorough: int
) -> None:
    root = Value(0.5) * factor
    measured = []

    def thoroughly(*arguments: Any) -> Estimate:
        measured.append(arguments)
        return estimate_derivative(*arguments)

    first = Estimate(factor, (quick or 0.0) * factor, factor, factor, False, "richardson", 1e-3, 1.0)
    monkeypatch.setattr(faults, "quick_estimate", lambda *_: None if quick is None else first)
    monkeypatch.setattr(faults, "estimate_derivative", thoroughly)
    assert faults_below(root) == []
    assert len(measured) == thorough


@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize(("faulty", "more"), [(1, []), (3, []), (4, ["and 1 more"]), (6, ["and 3 more"])])
def test_of_many_faults_three_are_told_and_the_others_counted(faulty: int, more: list[str]) -> None:
    ac.primitive("off", "2 * x", "2.001")

    def f(x: Value) -> Value:
        for _ in range(faulty):
            x = x.off()
        return x

    [row] = check_gradients(f, 1.0)
    told = row.note.split("; ")
    assert [each for each in told if not each.startswith("node without label (off)")] == more
    assert len(told) == min(faulty, 3) + len(more)
    assert all(re.search(r" give 2 ± \d\.\de-\d+$", each) for each in told[:3])


def note_of(report: GradientReport) -> str:
    [row] = report
    return row.note


def test_what_is_outside_of_the_graph_is_told_in_whole_sentences() -> None:
    assert note_of(check_gradients(lambda x: x * x.data, 3.0)) == (
        "every local derivative on its path is right; the function must compute something outside of the graph, "
        "as with x.data, or branch at this very point"
    )
    assert note_of(check_gradients(lambda x: Value(x.data), 3.0)) == (
        "it changes the output, but no path of the graph leads there; did the function use x.data?"
    )


def test_a_backward_pass_that_doubles_is_told_in_a_whole_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_core.check.recorded.leaf_gradients", lambda root, inputs: [2.0])
    assert note_of(check_gradients(ac.sin, 0.0)) == (
        "every local derivative on its path is right and forward mode gives 1; "
        "the backward pass must have lost or doubled a contribution"
    )


def test_of_many_nodes_outside_of_their_domain_three_are_told() -> None:
    note = note_of(check_gradients(lambda x: ac.log(x) + ac.log(2 * x) + ac.sqrt(3 * x) + ac.sqrt(4 * x), -1.0))
    places = [
        f"node without label ({op}) is differentiable where x > 0, not at x = {x}"
        for op, x in (("log", -1), ("log", -2), ("sqrt", -3))
    ]
    assert note == "; ".join(places)


def test_of_many_kinks_three_are_told() -> None:
    note = note_of(check_gradients(lambda x: abs(x) + abs(2 * x) + ac.relu(x) + ac.relu(3 * x), 0.0))
    ops = ", ".join(f"node without label ({op})" for op in ("abs", "abs", "relu"))
    assert note == f"the table says that there is no derivative at {ops}"


def test_a_verdict_of_the_complex_step_tells_why_it_knows_nothing() -> None:
    assert note_of(check_gradients(ac.step, 0.0, method="complex-step")) == (
        "the table says that there is no derivative at node without label (step)"
    )
    assert note_of(check_gradients(lambda x: x**2.5, 0.0, method="complex-step")) == (
        "the complex step does not apply: a function on the path is not analytic there"
    )
    assert note_of(check_gradients(lambda x: x + 1e20, 1.0)) == ""
