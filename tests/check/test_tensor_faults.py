"""Faults are planted in the derivatives of operations on Tensors: each is caught, and the node at fault is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amounts import FULL, trials
from nasty_functions import nasty

import autograd_core as ac
from autograd_core import GradientReport, Tensor, check_gradients
from autograd_core.array.operations import STRUCTURAL, Operation
from autograd_core.check import verdicts
from autograd_core.numerical.leaf_gradients import leaf_gradients

pytestmark = pytest.mark.usefixtures("scratch_table")

Rule = Callable[..., Any]


def plant(monkeypatch: pytest.MonkeyPatch, name: str, position: int, faulty: Callable[[Rule], Rule]) -> None:
    """Put a faulty vjp in the place of an operation's own."""
    operation = STRUCTURAL[name]
    rules = [operation.vjps[each] for each in range(2 if name in ("matmul", "concatenate", "einsum") else 1)]
    rules[position] = faulty(rules[position])
    for attribute in ("vjps", "fast"):
        monkeypatch.setattr(operation, attribute, tuple(rules))


def assert_caught(report: GradientReport, op: str) -> None:
    wrong = [row for row in report if row.verdict == "wrong"]
    assert wrong, str(report)
    assert all(f"({op}, shape" in row.note for row in wrong), str(report)
    assert all("has a wrong vjp" in row.note for row in wrong), str(report)


def network(W: Tensor, x: Tensor) -> Tensor:
    """A small function of square matrices of one shape that uses several operations."""
    hidden = ac.tanh(W @ x)
    return (ac.concatenate([hidden, ac.broadcast_to(x[0], x.shape)]) * ac.softmax(x)[0]).mean(axis=0).sum()


def point() -> tuple[Tensor, Tensor]:
    generator = np.random.default_rng(0)
    return Tensor(generator.normal(size=(2, 2)), "W"), Tensor(generator.normal(size=(2, 2)), "x")


def times(factor: float) -> Callable[[Rule], Rule]:
    return lambda rule: lambda f, g, *rest: rule(f, g * factor, *rest)


def transposed(rule: Rule) -> Rule:
    return lambda *given: rule(*given).T


def first_row_only(rule: Rule) -> Rule:
    """A sum over the broadcast axis left out."""
    return lambda f, g, z, x, shape: g[0].reshape(x.shape)


def without_mean(rule: Rule) -> Rule:
    return lambda f, g, z, x, axis, keepdims: f.broadcast_to(g, x.shape)


def diagonal_only(rule: Rule) -> Rule:
    """The Jacobian of softmax without what is off its diagonal."""
    return lambda f, g, z, x, axis: f.multiply(g, f.multiply(z, 1.0 - z))


@pytest.mark.parametrize("options", [{}, {"directions": 2}], ids=str)
@pytest.mark.parametrize(
    ("name", "position", "faulty"),
    [
        ("matmul", 0, times(-1.0)),
        ("matmul", 1, times(1.0005)),
        ("matmul", 0, transposed),
        ("matmul", 1, transposed),
        ("broadcast_to", 0, first_row_only),
        ("mean", 0, without_mean),
        ("softmax", 0, diagonal_only),
        ("sum", 0, times(0.9995)),
        ("index", 0, times(1.0005)),
        ("concatenate", 1, times(-1.0)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_vjp_is_caught_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str, position: int, faulty: Any, options: dict[str, Any]
) -> None:
    assert check_gradients(network, *point(), **options)
    plant(monkeypatch, name, position, faulty)
    assert_caught(check_gradients(network, *point(), **options), name)


@pytest.mark.slow
@pytest.mark.parametrize("method", verdicts.METHODS)
def test_every_method_catches_it(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    plant(monkeypatch, "matmul", 0, times(1.0005))
    report = check_gradients(network, *point(), method=method)
    assert [row.verdict for row in report] == ["wrong"] * 4 + ["ok"] * 4
    assert "by operand 0, tensor 'W' (leaf, shape (2, 2)): along a random direction it gives" in report.rows[0].note


def test_a_wrong_line_of_the_table_is_named_with_its_formula() -> None:
    ac.primitive("faulty", "sin(x)", "1.0005 * cos(x)")
    report = check_gradients(lambda x: x.faulty().sum(), Tensor([[0.3, 1.0]], "x"))
    assert_caught(report, "faulty")
    assert "finite differences of the operation, z = sin(x), give" in report.rows[0].note


def test_a_fault_in_one_element_is_caught_there_and_only_there() -> None:
    ac.primitive("regional", "tanh(x)", "where(x > 2, 1 - z, 1 - z**2)")
    report = check_gradients(lambda x: (x.regional() * 3).sum(), Tensor([1.5, 2.5, 0.5]))
    assert [row.verdict for row in report] == ["ok", "wrong", "ok"]
    assert_caught(report, "regional")


def test_a_fault_beside_kinks_is_wrong() -> None:
    ac.primitive("bad_relu", "maximum(x, 0)", "1.0005 * (x > 0)", kink="x == 0")
    report = check_gradients(lambda x: x.bad_relu().sum(), Tensor([0.0, 1.0, -1.0]))
    assert [row.verdict for row in report] == ["kink", "wrong", "ok"]
    assert_caught(report, "bad_relu")


@pytest.mark.slow
def test_a_fault_of_second_order_only_is_caught_by_order_2(monkeypatch: pytest.MonkeyPatch) -> None:
    ac.primitive("derived", "cos(x)", "-1.0005 * sin(x)")
    ac.primitive("outer_sine", "sin(x)", "derived(x)")
    x = Tensor([0.7, 0.2], "x")
    assert check_gradients(lambda x: x.outer_sine().sum(), x)
    report = check_gradients(lambda x: x.outer_sine().sum(), x, order=2)
    assert [(row.name, row.verdict) for row in report][2::3] == [("∂²/∂x[0]²", "wrong"), ("∂²/∂x[1]²", "wrong")]
    assert_caught(report, "derived")
    # The derivative of a product is made of an operation of its own.
    plant(monkeypatch, "others", 0, times(1.0005))
    assert check_gradients(ac.prod, Tensor([0.7, 0.2, 3.0]))
    assert_caught(check_gradients(ac.prod, Tensor([0.7, 0.2, 3.0]), order=2), "others")


def test_the_careful_rule_is_checked_beside_the_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second derivatives are built with the rules in `vjps`; `fast` has those of the usual backward pass."""
    operation: Operation = STRUCTURAL["logsumexp"]
    right = operation.vjps[0]
    monkeypatch.setattr(operation, "vjps", (times(1.0005)(right),))
    report = check_gradients(ac.logsumexp, Tensor([0.5, 1.5]), order=2)
    assert {row.verdict for row in report} == {"ok", "wrong"}
    assert_caught(report, "logsumexp")


def test_a_wrong_custom_derivative_is_caught() -> None:
    cube = ac.custom_derivative(lambda x: x**3, vjp=lambda u, z, x: (3 * u * x**2,))
    assert check_gradients(lambda x: cube(x).sum(), Tensor([0.5, 1.5]), order=2)
    square = ac.custom_derivative(lambda x: x**3, vjp=lambda u, z, x: (2 * u * x**2,))
    report = check_gradients(lambda x: square(x).sum(), Tensor([0.5, 1.5]))
    assert {row.verdict for row in report} == {"wrong"}
    assert "has a wrong vjp by its operand" in report.rows[0].note


def test_a_checkpoint_has_the_derivatives_of_its_inside() -> None:
    inside = ac.checkpoint(lambda x: ac.tanh(ac.sin(x) @ x))
    assert check_gradients(lambda x: inside(x).sum(), Tensor([[0.5, 1.5], [-0.5, 1.0]]), order=2, directions=2)


def test_what_left_the_graph_is_caught_and_told_from_a_wrong_rule() -> None:
    report = check_gradients(lambda x: (x * x.data).sum(), Tensor([3.0, 1.0]))
    assert [row.verdict for row in report] == ["wrong", "wrong"]
    assert "outside of the graph" in report.rows[0].note
    [row] = check_gradients(lambda x: (Tensor(x.data) * 2).sum(), Tensor([3.0]))
    assert row.verdict == "wrong"
    assert "no path of the graph leads there" in row.note


def test_a_missing_accumulation_is_caught_and_told_from_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(root: Any, inputs: Any) -> list[Any]:
        return [each * 0.5 for each in leaf_gradients(root, inputs)]

    monkeypatch.setattr("autograd_core.check.recorded.leaf_gradients", half)
    [row] = check_gradients(lambda x: (ac.sin(x) + x * x).sum(), Tensor([0.5]))
    assert row.verdict == "wrong"
    assert "lost or doubled a contribution" in row.note


def test_a_missing_sum_over_a_broadcast_axis_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backward pass itself sums what an operand receives over the axes along which it was broadcast."""

    def first_only(array: Any, shape: tuple[int, ...]) -> Any:
        return array[0] if array.ndim > len(shape) else array[:1]

    def f(x: Any, b: Any) -> Any:
        return (ac.tanh(x + b) * b).sum()

    for shape in ((3,), (1, 3)):
        given = Tensor([[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]], "x"), Tensor(np.reshape([0.5, -0.5, 1.0], shape), "b")
        assert check_gradients(f, *given)
        with monkeypatch.context() as patched:
            patched.setattr("autograd_core.derivatives.gradients.sum_to_shape", first_only)
            report = check_gradients(f, *given)
        assert [row.verdict for row in report] == ["ok"] * 6 + ["wrong"] * 3, str(report)
        assert "lost or doubled a contribution" in report.rows[6].note


def test_a_fault_in_a_value_below_tensors_is_named_too() -> None:
    ac.primitive("almost_tanh", "tanh(x)", "1.0005 * (1 - z**2)")
    [row] = check_gradients(lambda x: (ac.stack([x.almost_tanh(), x]) ** 2).sum(), 0.5)
    assert row.verdict == "wrong"
    assert "(almost_tanh) has the local derivative dz/dx" in row.note


@pytest.mark.slow
def test_directions_catch_a_fault_among_many_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, "matmul", 1, times(1.0005))
    generator = np.random.default_rng(1)
    W, x = (Tensor(generator.normal(size=shape), name) for shape, name in (((40, 60), "W"), ((60, 50), "x")))
    report = check_gradients(lambda W, x: ac.tanh(W @ x).mean(), W, x, directions=2)
    assert_caught(report, "matmul")
    assert report.calls < 150  # what is wrong is measured twice


@pytest.mark.slow
@pytest.mark.parametrize("place", ["inside", "outside"])
def test_no_fault_of_a_twentieth_of_a_percent_passes_in_hard_functions(place: str) -> None:
    """A factor 1.0005 in the chain rule of the nasty functions: never ok, unless their terms cancel to nothing."""
    ac.primitive("faulty", "x", "1.0005")
    caught = 0
    for seed in range(trials(300)):
        f = nasty(seed).f
        faulty = (lambda x, f=f: f(x.faulty())) if place == "inside" else (lambda x, f=f: f(x).faulty())
        [row] = check_gradients(faulty, Tensor(nasty(seed).point))
        if row.verdict == "ok":
            assert row.analytic == 0.0 or "cancel to within their rounding" in row.note, f"{nasty(seed).text}\n{row}"
        if row.verdict == "wrong":
            caught += 1
            assert "(faulty" in row.note, f"{nasty(seed).text}\n{row}"
    assert caught > (200 if FULL else 15)
