"""The gradient check takes Tensors: as inputs, in containers and models, inside of functions, and as results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from amounts import trials
from hypothesis import given
from hypothesis import strategies as st
from nasty_functions import nasty

import autograd_core as ac
from autograd_core import Tensor, Value, check_gradients
from autograd_core.derivatives.gradients import gradient_arrays
from nn import MLP


def verdicts(f: Any, *inputs: Any, **options: Any) -> list[str]:
    return [row.verdict for row in check_gradients(f, *inputs, **options)]


def test_each_element_of_a_tensor_is_an_input() -> None:
    W, x = Tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], "W"), Tensor([1.0, -2.0, 0.5])
    report = check_gradients(lambda W, x: ac.tanh(W @ x).sum(), W, x)
    assert report, str(report)
    assert [row.name for row in report] == [
        *("W[0, 0]", "W[0, 1]", "W[0, 2]", "W[1, 0]", "W[1, 1]", "W[1, 2]", "x[0]", "x[1]", "x[2]"),
    ]
    [by_W, by_x] = gradient_arrays(ac.tanh(W @ x).sum(), [W, x])
    assert [row.analytic for row in report] == [*by_W.ravel(), *by_x]
    assert [row.point for row in report] == [*W.data.ravel(), *x.data]


def test_a_tensor_without_axes_is_one_input_under_its_own_name() -> None:
    [row] = check_gradients(lambda t: t * t, Tensor(3.0))
    assert (row.name, row.verdict, row.analytic) == ("t", "ok", 6.0)


def test_the_scope_stands_before_the_label() -> None:
    with ac.scope("layer 1"):
        b = Tensor([1.0], "b")
    assert [row.name for row in check_gradients(lambda b: (b * b).sum(), b)] == ["layer 1/b[0]"]


@dataclass
class Line:
    slope: Any
    offset: Any


def test_containers_hold_tensors_beside_values_and_numbers() -> None:
    def f(p: dict[str, Any]) -> Any:
        line = p["line"]
        return (p["W"] * line.slope).sum() * line.offset + p["more"][0] ** 2

    given = {"W": Tensor([1.0, 2.0]), "line": Line(Value(0.5), Tensor([3.0])), "more": [4.0]}
    report = check_gradients(f, given, order=2)
    assert report, str(report)
    assert [row.name for row in report][:5] == [
        *("p['W'][0]", "p['W'][1]", "p['line'].slope", "p['line'].offset[0]", "p['more'][0]"),
    ]


def test_a_function_of_numbers_values_or_arrays_may_use_tensors_inside() -> None:
    assert check_gradients(lambda a, b: (ac.stack([a, b]) * ac.stack([b, a])).sum() * a, 1.5, Value(2.0), order=2)
    assert check_gradients(lambda W: (Tensor(W) @ Tensor(W).T).sum(), np.array([[1.0, 2.0], [0.5, -1.0]]), order=2)


def test_the_result_may_be_any_tensor_of_one_number() -> None:
    for shape in ((), (1,), (1, 1)):
        assert check_gradients(lambda t, shape=shape: (t * t).sum().reshape(shape), Tensor([1.0, 2.0]))
    with pytest.raises(ac.InputTypeError, match=r"returned tensor without label \(mul, shape \(2,\)\); return one num"):
        check_gradients(lambda t: t * t, Tensor([1.0, 2.0]))


def test_second_derivatives_are_those_of_the_hessian() -> None:
    def f(x: Any) -> Any:
        return ac.exp(x[0] * x[1]) + x[1] ** 3

    report = check_gradients(f, Tensor([0.5, 1.25], "x"), order=2)
    assert report, str(report)
    assert [row.name for row in report][2:] == ["∂²/∂x[0]²", "∂²/∂x[0]∂x[1]", "∂²/∂x[1]∂x[0]", "∂²/∂x[1]²"]
    expected = ac.hessian(f)(np.array([0.5, 1.25]))
    np.testing.assert_allclose([row.analytic for row in report][2:], expected.ravel(), rtol=1e-14)


def test_many_second_derivatives_are_checked_along_a_direction() -> None:
    report = check_gradients(lambda W: ac.sin(W @ W).sum(), Tensor(np.linspace(-1.0, 1.0, 16).reshape(4, 4)), order=2)
    assert report, str(report)
    assert len(report) == 32


@pytest.mark.parametrize("options", [{}, {"order": 2, "directions": 2}, {"sample": 3, "order": 2}], ids=str)
def test_the_parameters_of_a_model_are_moved_where_they_are_and_put_back(options: dict[str, Any]) -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=1).to_tensor()
    X = np.array([[1.0, -2.0], [0.5, 0.25]])
    held = [parameter._data for parameter in model.parameters()]
    before = [array.copy() for array in held]
    report = check_gradients(lambda m: (m(X) ** 2).mean(), model, **options)
    assert report, str(report)
    if not options:
        assert [row.name for row in report][:7] == [
            *(f"layer 1/W[{i}, {j}]" for i in range(3) for j in range(2)),
            "layer 1/b[0]",
        ]
    for parameter, array, numbers in zip(model.parameters(), held, before, strict=True):
        assert parameter._data is array
        assert np.array_equal(array, numbers)
        assert not parameter.has_grad


def test_the_array_that_a_tensor_was_tensorsis_still_watched_afterwards() -> None:
    array = np.array([1.0, 2.0])
    x = Tensor(array)
    loss = (x * x).sum()
    assert check_gradients(lambda x: (x * x).sum(), x)
    assert np.shares_memory(x.data, array)
    loss.backward()  # it was recorded before the check, and has the numbers of then
    assert x.grad.tolist() == [2.0, 4.0]
    array[0] = 5.0
    with pytest.raises(ac.DataChangedError):
        loss.backward()


def test_leaves_are_put_back_also_after_an_error() -> None:
    x = Tensor([1.0, 2.0])

    def fails_later(x: Tensor) -> Tensor:
        if x.data[0] != 1.0:
            raise failure
        return (x * x).sum()

    failure: BaseException = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        check_gradients(fails_later, x)
    assert x.data.tolist() == [1.0, 2.0]
    failure = RuntimeError("only at the point itself")
    assert [row.verdict for row in check_gradients(fails_later, x)] == ["not finite", "ok"]
    assert x.data.tolist() == [1.0, 2.0]


def test_the_parameters_of_a_closure_are_checked() -> None:
    W = Tensor([[0.5, -1.0]], "W")
    report = check_gradients(lambda *_: ac.tanh(W * 2.0).sum(), W)
    assert report
    assert [row.name for row in report] == ["W[0, 0]", "W[0, 1]"]


def test_an_element_that_does_not_reach_the_output_says_so() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    unused = "does not reach the output"
    assert verdicts(lambda x: x[0] * x[2], x) == ["ok", unused, "ok"]
    assert verdicts(lambda x: (x[:2] @ x[:2]) + 0.0 * x.data[2], x) == ["ok", "ok", unused]
    assert verdicts(lambda x: ac.cumsum(x)[1] ** 2, x) == ["ok", "ok", unused]
    assert verdicts(lambda x: 4.0, x) == [unused] * 3
    # They reach it, and the derivatives that are 0 were checked.
    assert verdicts(lambda x: ac.relu(-x).sum() + (x > 1.5).sum(), x) == ["ok"] * 3
    assert verdicts(ac.max, x) == ["ok"] * 3


def test_a_kink_is_that_of_the_element_which_has_it() -> None:
    for f, point, op in (
        (lambda x: ac.relu(x).sum(), [1.0, 0.0, -1.0], "relu"),
        (lambda x: abs(x - 2.0).sum(), [1.0, 2.0, -1.0], "abs"),
        (lambda x: ac.maximum(x, [0.0, 3.0, 1.0]).sum(), [1.0, 3.0, -1.0], "maximum"),
    ):
        report = check_gradients(f, Tensor(point))
        assert [row.verdict for row in report] == ["ok", "kink", "ok"]
        assert f"no derivative at tensor without label ({op}, shape (3,))" in report.rows[1].note
    for f in (ac.max, lambda x: -ac.min(-x)):
        assert verdicts(f, Tensor([2.0, 0.0, 2.0])) == ["kink", "ok", "kink"]
    assert verdicts(ac.norm, Tensor([0.0, 0.0])) == ["kink", "kink"]


def test_where_kinks_cancel_there_is_a_derivative_and_that_of_the_chain_rule_is_wrong() -> None:
    report = check_gradients(lambda x: (ac.relu(x) - ac.relu(-x)).sum(), Tensor([0.0, 1.0]))
    assert [row.verdict for row in report] == ["wrong", "ok"]
    assert "the kink of tensor without label (relu" in report.rows[0].note


def test_outside_the_domain_names_the_node_and_the_element() -> None:
    report = check_gradients(lambda x: ac.sqrt(x).sum(), Tensor([[1.0, 0.0]]))
    assert [row.verdict for row in report] == ["ok", "outside the domain"]
    assert "(sqrt, shape (1, 2)) is differentiable where x > 0, not at x = 0 in element [0, 1]" in str(report)
    assert verdicts(lambda x: (ac.exp(x) ** 2).sum(), Tensor([400.0])) == ["not finite"]
    assert verdicts(lambda x: ac.where(x > 0, ac.log(x), x).sum(), Tensor([-1.0, 2.0])) == ["ok", "ok"]


def test_a_singular_matrix_beside_the_point_is_no_error() -> None:
    assert verdicts(lambda x: ac.inv(x).sum(), Tensor([[1.0, 0.0], [0.0, 2.0**-6]]))[0] in ("ok", "unreliable")


def test_an_input_that_depends_on_another_one_says_so() -> None:
    x = Tensor([1.0, 2.0], "x")
    y = x * 3
    for report in (
        check_gradients(lambda x, y: (x * x * y).sum(), x, y),
        check_gradients(lambda y, x: (x * x * y).sum(), y, x),
    ):
        rows = sorted((row.name, row.verdict) for row in report)
        assert rows == [("x[0]", "ok"), ("x[1]", "ok"), ("y", "depends on another checked input")]
        assert not report
        assert "y: depends on x" in str(report)
        assert [row.analytic for row in report][:2] == [6.0, 24.0]  # y stands still
    assert verdicts(lambda a, b: (a * b).sum(), x, x) == ["ok", "ok", "depends on another checked input"]


def test_what_cannot_be_an_input_is_refused_by_its_place() -> None:
    for tensors, message in (
        (
            [Tensor([1.0]) * 2],
            r"input 0\[0\], tensor without label \(mul, shape \(1,\)\), is not a leaf; give the leav",
        ),
        (Tensor(np.zeros((0, 2))), "the Tensors hold no numbers"),
        ({"w": 2 * Tensor([1.0])}, r"input 0\['w'\], tensor .* is not a leaf"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            check_gradients(lambda p: p, tensors)


def test_a_constant_has_no_derivative_to_check() -> None:
    with ac.no_grad():
        constant = Tensor([1.0]) * 2
    with pytest.raises(ac.InputTypeError, match=r"is not a leaf; a constant has no derivative; write Tensor\(...\)"):
        check_gradients(lambda c: c.sum(), constant)


@pytest.mark.slow
def test_many_inputs_are_not_checked_one_by_one() -> None:
    W = Tensor(np.linspace(-1.0, 1.0, 10_050).reshape(67, 150))
    with pytest.raises(
        ac.InputValueError,
        match=r"10,050 inputs one by one take some 100,500 calls .* directions=3 .* sample=100",
    ):
        check_gradients(lambda W: (W * W).sum(), W)
    assert check_gradients(lambda W: ac.tanh(W).sum(), W, directions=2, order=2)
    report = check_gradients(lambda W: ac.tanh(W).mean(), W, sample=3)
    assert report, str(report)
    assert report.summary == "3 of 10050 inputs: 3 ok"


@pytest.mark.parametrize("method", ["central", "five-point", "richardson", "complex-step"])
def test_every_method_knows_tensors(method: str) -> None:
    report = check_gradients(lambda t: ac.logsumexp(ac.sin(t) @ t), Tensor([[1.0, 2.0], [0.5, -1.0]]), method=method)
    assert report, str(report)
    assert {row.method for row in report} == {method}


def test_the_complex_step_judges_where_finite_differences_cannot_if_the_function_is_its_graph() -> None:
    report = check_gradients(lambda x: ac.sin(1e9 * x).sum(), Tensor([1.0, 2.0]))
    assert [(row.verdict, row.method) for row in report] == [("ok", "complex-step")] * 2
    # Here a thousandth of the function is not in the graph, and the graph must not speak for it.
    assert "ok" not in verdicts(lambda x: (ac.sin(1e9 * x) + 1e6 * x.data).sum(), Tensor([1.0, 2.0]))


def test_what_is_not_analytic_or_not_known_to_be_has_no_complex_step() -> None:
    twice = ac.custom_derivative(lambda x: 2.0 * x, vjp=lambda u, z, x: (2.0 * u,))
    matrix = Tensor([[2.0, 0.5], [0.25, 1.0]])
    for f in (ac.max, ac.min, ac.norm, lambda x: ac.inv(x).sum(), lambda x: ac.max(x, 0) @ ac.min(x, 1)):
        report = check_gradients(lambda x, f=f: f(x) * ac.exp(x).sum(), matrix, method="complex-step")
        assert report, str(report)
    for f in (lambda x: twice(x).sum(), lambda x: ac.cholesky(x + x.T).sum()):
        report = check_gradients(f, matrix, method="complex-step")
        assert {row.verdict for row in report} == {"unreliable"}
        assert "the complex step does not apply" in report.rows[0].note
        assert check_gradients(f, matrix), str(report)


def test_a_function_that_is_random_is_found_out() -> None:
    generator = np.random.default_rng(0)
    found = verdicts(lambda t: (t * generator.uniform(size=2)).sum(), Tensor([1.0, 2.0]))
    assert found == ["non-deterministic function"] * 2


@given(st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=4))
def test_smooth_functions_pass(numbers: list[float]) -> None:
    report = check_gradients(lambda x: (ac.tanh(x) * ac.sin(x) + ac.softplus(x)).sum(), Tensor(numbers))
    assert not {row.verdict for row in report} & {"wrong", "kink", "not finite"}, str(report)


def test_displaced_points_do_not_concern_who_looks_for_anomalies() -> None:
    """Beside x = 2e-3 a step leads to the logarithm of a negative number; the user did not ask for that."""
    for x in (Value(2e-3), Tensor([2e-3])):
        with ac.detect_anomaly():
            assert check_gradients(lambda x: ac.log(x) * 2.0 if isinstance(x, Value) else ac.log(x).sum(), x)
    for x in (-1.0, Tensor([-1.0])):  # at the point itself they did
        with pytest.raises(ac.AnomalyError), ac.detect_anomaly():
            check_gradients(lambda x: ac.log(x) * 2.0, x)


@pytest.mark.slow
def test_single_precision_is_judged_by_the_graph_in_double_precision() -> None:
    generator = np.random.default_rng(0)
    W, b = (Tensor(generator.normal(size=shape).astype(np.float32), name) for shape, name in (((4, 3), "W"), (4, "b")))
    X, y = generator.normal(size=(20, 3)).astype(np.float32), generator.normal(size=(20, 4)).astype(np.float32)

    def loss(W: Any, b: Any) -> Any:
        return ((ac.tanh(X @ W.T + b) - y) ** 2).mean()

    for options in ({}, {"directions": 2, "order": 2}):
        report = check_gradients(loss, W, b, **options)
        assert report, str(report)
        assert all(row.uncertainty < 1e-9 < row.error < 1e-5 for row in report if abs(row.analytic) > 0.1)
    assert W.dtype == np.float32


@pytest.mark.parametrize("share", [1.0, 0.01, 0.001])
def test_in_single_precision_what_left_the_graph_is_found_by_the_functions_own_values(share: float) -> None:
    x = Tensor(np.array([1.5, -2.0], np.float32))
    report = check_gradients(lambda x: (ac.sin(x) + share * x * x.data).sum(), x)
    assert [row.verdict for row in report] == ["wrong", "wrong"], str(report)
    assert "outside of the graph" in report.rows[0].note


def test_no_false_alarm_and_no_blind_pass_where_single_precision_has_no_digits_left() -> None:
    x = Tensor(np.array([0.5, 0.25], np.float32))
    assert set(verdicts(lambda x: (ac.sin(x) + 1e7).sum(), x)) == {"unreliable"}
    assert set(verdicts(lambda x: ((x + 1e5) - 1e5 - x).sum(), x)) <= {"ok", "unreliable"}
    assert verdicts(lambda x: ac.relu(x - 0.25).sum(), x) == ["ok", "kink"]


def test_a_cast_to_single_precision_inside_is_understood() -> None:
    report = check_gradients(lambda x: ac.exp(x.astype(np.float32)).sum(), Tensor([0.5, 1.5]))
    assert report, str(report)
    assert all(row.error < 1e-6 for row in report)


@pytest.mark.slow
@pytest.mark.parametrize("f", [lambda x, w: (ac.sin(x * w)).sum(), lambda x, w: (ac.sin(x.astype(float)) * w).sum()])
def test_a_gradient_is_rounded_to_the_precision_of_its_operand(f: Any) -> None:
    """What comes back from double precision to a leaf in single precision is cast, and that is no fault."""
    x, w = Tensor(np.array([0.31, 1.7, -0.6], np.float32)), np.array([0.1, 0.3, 0.7])
    assert verdicts(lambda x: f(x, w), x) == verdicts(lambda x: f(x, w).astype(np.float32), x) == ["ok"] * 3
    assert verdicts(lambda x: f(x, w), x, directions=2) == ["ok", "ok"]
    assert verdicts(lambda x: f(x, w) + 0.1 * (x * x.data).sum(), x) == ["wrong"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("half", range(2))
def test_no_alarm_in_functions_that_are_hard_to_differentiate(half: int) -> None:
    """The nasty functions on Tensors of three points beside each other, summed with weights."""
    counts: Counter[str] = Counter()
    for seed in range(300 * half, 300 * half + trials(300)):
        f, at = nasty(seed).f, nasty(seed).point
        report = check_gradients(lambda x, f=f: f(x) @ [1.0, 0.5, -2.0], Tensor([at, at * (1 + 1e-3), at * 0.99]))
        assert all(row.verdict != "wrong" for row in report), f"seed {seed}: {nasty(seed).text}\n{report}"
        counts.update(row.verdict for row in report)
    assert counts["ok"] > 0.6 * counts.total(), counts


@pytest.mark.slow
def test_no_alarm_in_hard_functions_at_second_order_and_in_single_precision() -> None:
    for seed in range(600, 600 + trials(150)):
        point = nasty(seed).point
        report = check_gradients(nasty(seed).f, Tensor(point), order=2)
        assert all(row.verdict != "wrong" for row in report), f"seed {seed}: {nasty(seed).text}\n{report}"
        if seed % 10 != 1:  # numbers that single precision does not have
            report = check_gradients(nasty(seed).f, Tensor(np.array(point, np.float32)))
            assert all(row.verdict != "wrong" for row in report), f"seed {seed}: {nasty(seed).text}\n{report}"


def test_the_step_size_study_is_of_one_number() -> None:
    with pytest.raises(ac.InputTypeError, match="is not one number"):
        ac.step_size_study(lambda t: t.sum(), Tensor([1.0, 2.0]))


SINGLE = {
    "log at a negative number": (lambda x: ac.log(x).sum(), -1.0, "outside the domain"),
    "division by zero": (lambda x: (1 / x).sum(), 0.0, "outside the domain"),
    "overflow": (lambda x: ac.exp(x).sum(), 100.0, "not finite"),
    "a kink": (lambda x: ac.relu(x).sum(), 0.0, "kink"),
    "a fast oscillation": (lambda x: ac.sin(x * 1e6).sum(), 1.0, "ok"),
    "an oscillation without digits": (lambda x: ac.sin(x * 1e15).sum(), 1.0, "unreliable"),
    "cancellation": (lambda x: ((x + 1e8) - 1e8).sum(), 1.0, "unreliable"),
    "something beside the graph": (lambda x: (x * x).sum() + float(x.data.sum()), 1.0, "wrong"),
}


@pytest.mark.parametrize("method", ["auto", "central"])
@pytest.mark.parametrize(("f", "point", "verdict"), SINGLE.values(), ids=SINGLE)
def test_each_verdict_in_single_precision(f: Any, point: float, verdict: str, method: str) -> None:
    [row] = check_gradients(f, Tensor(np.array([point], np.float32)), method=method)
    assert row.verdict == verdict, row


@pytest.mark.slow
@pytest.mark.parametrize(("large", "scale"), [(1e8, 1e-9), (1e10, 1e-6), (1e12, 1e-9)])
def test_cancellation_that_no_complex_step_can_look_into_is_unreliable_and_not_wrong(
    large: float, scale: float
) -> None:
    def f(x: Tensor) -> Tensor:
        return ((ac.cholesky(x @ x.T * scale + np.eye(2)) + large) - large).sum()  # no complex step through cholesky

    report = check_gradients(f, Tensor([[1.0, 0.5], [-0.3, 0.8]]))
    assert {row.verdict for row in report} == {"unreliable"}, str(report)
