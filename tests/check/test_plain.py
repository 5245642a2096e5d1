"""A plain function and a gradient by hand, without nodes; and the rate of the Taylor remainder beside each verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, Value, check_gradients
from autograd_core.numerical.ladder import climb, step_ladders
from autograd_core.numerical.taylor import EXACT, taylor_rate
from nn import MLP

# --- a gradient by hand -----------------------------------------------------------------------------------------------

A, Y = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.25]]), np.array([1.0, -1.0, 0.5])


def squares(w: Any, b: Any) -> float:
    return float(np.sum((A @ w + b - Y) ** 2))


def by_hand(w: Any, b: Any) -> tuple[Any, float]:
    residual = 2 * (A @ w + b - Y)
    return A.T @ residual, float(np.sum(residual))


W = np.array([0.3, -0.7])


def test_a_right_gradient_is_ok_and_named_by_the_arguments() -> None:
    report = check_gradients(squares, W, 0.25, analytic=by_hand)
    assert report, str(report)
    assert [row.name for row in report] == ["w[0]", "w[1]", "b"]
    assert check_gradients(squares, W, 0.25, analytic=by_hand(W, 0.25))
    assert check_gradients(math.sin, 1.0, analytic=math.cos)
    assert check_gradients(lambda x: x[0] * x[1] ** 2, [2.0, 3.0], analytic=[9.0, 12.0])
    assert W.tolist() == [0.3, -0.7]


@pytest.mark.parametrize("factor", [1.001, 0.0, -1.0, 2.0])
def test_a_wrong_one_is_wrong_and_the_factor_is_told(factor: float) -> None:
    report = check_gradients(squares, W, 0.25, analytic=lambda w, b: (factor * by_hand(w, b)[0], by_hand(w, b)[1]))
    assert [row.verdict for row in report] == ["wrong", "wrong", "ok"]
    assert f"the given derivative is {factor:g} times the numeric one" in str(report)
    assert "wrong" in {row.verdict for row in check_gradients(
        squares, W, 0.25, analytic=(factor * by_hand(W, 0.25)[0], by_hand(W, 0.25)[1]), directions=3
    )}  # fmt: skip


def test_directions_and_samples_and_methods_work_as_for_nodes() -> None:
    x = np.linspace(-1.0, 1.0, 40).reshape(4, 10)
    f, g = (lambda x: np.sum(np.sin(x) ** 2)), (lambda x: np.sin(2 * x))
    assert [row.name for row in check_gradients(f, x, analytic=g, directions=2)] == ["direction 1", "direction 2"]
    assert len(check_gradients(f, x, analytic=g, sample=3)) == 3
    assert all(check_gradients(f, x, analytic=g, directions=1, method=each) for each in ("central", "five-point"))


def test_kinks_noise_and_infinities_are_told_here_too() -> None:
    assert [row.verdict for row in check_gradients(abs, 0.0, analytic=0.0)] == ["kink"]
    assert [row.verdict for row in check_gradients(lambda x: 1e15 + x, 1.0, analytic=0.0)] == ["unreliable"]
    assert [row.verdict for row in check_gradients(lambda x: 1e15 + x, 1.0, analytic=1.0)] == ["unreliable"]
    assert [row.verdict for row in check_gradients(lambda x: 5.0, 1.0, analytic=0.0)] == ["ok"]
    assert [row.verdict for row in check_gradients(lambda x: x, 1.0, analytic=math.inf)] == ["not finite"]
    [row] = check_gradients(lambda x: (1 - math.cos(x)) / x if x else 0.0, 0.0, analytic=0.0)
    assert row.verdict in ("wrong", "unreliable")
    flips = iter(range(1000))
    [row] = check_gradients(lambda x: x + next(flips), 1.0, analytic=1.0)
    assert row.verdict == "non-deterministic function"


@pytest.mark.parametrize(
    ("f", "inputs", "analytic", "message"),
    [
        (np.sum, (np.ones(3),), np.ones(2), r"shape \(2,\); the input has shape \(3,\)"),
        (squares, (W, 0.25), by_hand(W, 0.25)[0][:1], "write a tuple of 2"),
        (math.sin, (math.nan,), math.cos, "input 0 holds nan"),
        (math.sin, ("x",), math.cos, "give a number or an array of real numbers"),
        (math.sin, (1.0,), "cos", "analytic= is str 'cos'"),
        (math.sin, (1j,), math.cos, "real numbers"),
        (math.sin, (Value(1.0),), math.cos, "is a node"),
        (Value, (1.0,), math.cos, "returns a plain number, not a node"),
        (lambda x: x, (np.ones(2),), np.ones(2), "return one number"),
        (math.sin, (), math.cos, "no inputs"),
        (np.sum, (np.ones(0),), np.ones(0), "no numbers"),
    ],
)
def test_what_cannot_be_checked_is_refused(f: Any, inputs: Any, analytic: Any, message: str) -> None:
    with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
        check_gradients(f, *inputs, analytic=analytic)


def test_there_is_no_graph_for_second_derivatives_or_the_complex_step() -> None:
    for options in ({"order": 2}, {"method": "complex-step"}):
        with pytest.raises(ac.InputValueError, match="which has no graph"):
            check_gradients(math.sin, 1.0, analytic=math.cos, **options)


# --- the Taylor remainder ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [ac.exp, ac.tanh, lambda x: x * x, lambda x: ac.sin(x) * ac.exp(x), lambda x: 1 / x])
def test_the_rate_is_2_where_the_derivative_is_right_and_1_where_it_is_a_thousandth_off(
    f: Callable[[Any], Any], scratch_table: None
) -> None:
    ac.primitive("almost", "x", "1.001")
    for make in (float, Tensor):
        [right] = check_gradients(f, make(0.7))
        [wrong] = check_gradients(lambda x: f(ac.apply("almost", x)), make(0.7))
        assert right.rate == pytest.approx(2.0, abs=0.05)
        assert wrong.rate == pytest.approx(1.0, abs=0.05)
        assert (right.verdict, wrong.verdict) == ("ok", "wrong")


def test_a_whole_model_has_a_rate_along_each_random_direction(scratch_table: None) -> None:
    ac.primitive("almost_tanh", "tanh(x)", "1.001 * (1 - z**2)")
    for activation, rate in (("tanh", 2.0), ("almost_tanh", 1.0)):
        model = MLP(3, [5, 1], seed=1)

        def f(model: Any, activation: str = activation) -> Value:
            return ac.apply(activation, model([0.3, -0.2, 0.5]) * 0.5)

        report = check_gradients(f, model, directions=3)
        assert all(row.rate == pytest.approx(rate, abs=0.1) for row in report), str(report)
        assert "rate" in str(report).splitlines()[0]
        assert "rate" in report._repr_html_()
        assert report.to_dict()["rows"][0]["rate"] == report.rows[0].rate


def test_the_rate_is_more_than_2_where_a_function_hardly_bends() -> None:
    [row] = check_gradients(ac.sin, 0.0)
    assert row.rate == pytest.approx(3.0, abs=0.05)


def test_what_hides_a_rate_is_said() -> None:
    [linear] = check_gradients(lambda x: 3 * x, 2.0)
    assert (linear.rate, linear.rate_in_words) == (EXACT, "exact")
    [kink] = check_gradients(abs, 0.0)
    assert (math.isnan(kink.rate), kink.rate_in_words) == (True, "kink")
    [noisy] = check_gradients(lambda x: x + 1e15, 1.0)
    assert (math.isnan(noisy.rate), noisy.rate_in_words) == (True, "round-off")
    [outside] = check_gradients(ac.sqrt, 0.0)
    assert outside.rate_in_words == "outside the domain"


def test_the_rate_is_read_where_round_off_has_not_reached_it() -> None:
    """A thousandth of the slope is less than the bend at large steps, and less than round-off at the smallest."""
    rungs = climb(math.exp, 0.0, 1.0, step_ladders(0.0)[0]).rungs
    assert taylor_rate(rungs[:2], 1.001) > 1.5
    assert taylor_rate(rungs, 1.001) == pytest.approx(1.0, abs=0.05)
    assert taylor_rate(rungs, 1.0) == pytest.approx(2.0, abs=0.05)
