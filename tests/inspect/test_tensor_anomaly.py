"""The first bad number in graphs of Tensors: the element, the operation, what went in, the line, and what helps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import AnomalyError, Tensor, Value, detect_anomaly, diagnose, grad, no_grad


def anomaly(work: Any) -> AnomalyError:
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        work()
    return caught.value


def test_the_element_that_became_nan_is_named() -> None:
    x = Tensor([[1.0, 2.0], [-3.0, -4.0]], "x")
    error = anomaly(lambda: ac.log(x))
    assert (error.op, error.inputs, error.phase, error.is_producer) == ("log", (-3.0,), "forward", True)
    message = str(error).splitlines()
    assert message[0] == (
        "forward: tensor without label (log, shape (2, 2)) made nan out of finite numbers, x = -3.0, at [1, 0] "
        "(and at 1 other place)"
    )
    assert "test_tensor_anomaly.py" in message[1]
    assert "ac.log(x)" in message[1]
    assert "log(x) is finite where x > 0" in message[2]


def test_operands_are_broadcast_to_the_place() -> None:
    error = anomaly(lambda: Tensor([1.0, 2.0, 3.0]) / np.array([[1.0], [0.0]]))
    assert error.inputs == (1.0, 0.0)
    assert "made inf out of finite numbers, x = 1.0, y = 0.0, at [1, 0] (and at 2 other places)" in str(error)


def test_under_no_grad_the_operation_is_named_too() -> None:
    def work() -> None:
        with no_grad():
            ac.sqrt(Tensor([-1.0]))

    error = anomaly(work)
    assert error.op == "sqrt"
    assert "tensor without label (sqrt, shape (1,))" in str(error)


def test_an_operation_on_whole_arrays_shows_what_went_in() -> None:
    x = Tensor(np.full((2, 3), 1e200))
    error = anomaly(lambda: x @ x.T)
    assert (error.op, error.is_producer) == ("matmul", True)
    assert "shape (2, 3) of 1e+200, shape (3, 2) of 1e+200" in str(error)
    assert "overflow" in str(error)


def test_who_passes_a_nan_on_names_who_made_it() -> None:
    x = Tensor([1.0, np.nan], "data")
    error = anomaly(lambda: x * 2.0)
    assert not error.is_producer
    assert "passes on nan, made of x = nan, y = 2.0, at [1]; tensor 'data' (leaf, shape (2,)) was given as nan" in str(
        error
    )


def test_of_several_elements_the_first_that_was_made_of_finite_numbers_is_shown() -> None:
    error = anomaly(lambda: ac.log(Tensor([np.nan, -1.0, -2.0])))
    assert error.inputs == (-1.0,)
    assert "made nan out of finite numbers, x = -1.0, at [1] (and at 2 other places)" in str(error)


def test_of_two_operands_the_origin_is_that_of_the_bad_one() -> None:
    x = Tensor([0.0], "x")
    finite = 1.0 / ac.log(x)
    error = anomaly(lambda: finite + Tensor([np.inf], "y"))
    assert "; tensor 'y' (leaf, shape (1,)) was given as inf" in str(error)
    assert "log" not in str(error)


def test_the_origin_may_be_a_value() -> None:
    y = ac.log(Value(0.0, "x"))
    error = anomaly(lambda: ac.stack([y, Value(1.0)]) * 2.0)
    assert "made of x = -inf, y = 2.0, at [0]; node without label (log) made -inf out of x = 0.0" in str(error)
    assert not error.is_producer


def test_a_diagnosis_shows_the_numbers_that_were_recorded() -> None:
    x = Tensor([-1.0, 2.0], "x")
    y = ac.log(x)
    x.data = [3.0, 4.0]
    assert "made nan out of finite numbers, x = -1.0, at [0]" in str(diagnose(y))


def test_an_infinite_local_derivative_raises_only_where_a_gradient_meets_it() -> None:
    x = Tensor([4.0, 0.0], "x")
    with detect_anomaly():
        roots = ac.sqrt(x)
        (roots * np.array([1.0, 0.0])).sum().backward()
    assert x.grad.tolist() == [0.25, 0.0]
    x.zero_grad()
    error = anomaly(lambda: ac.sqrt(x).sum().backward())
    assert (error.op, error.phase, error.inputs) == ("sqrt", "backward", (1.0, np.inf))
    assert "upstream gradient 1.0 times local derivative inf at x = 0.0, at [1]" in str(error)
    assert not x.has_grad


def test_gradients_that_are_added_to_what_a_leaf_holds_may_overflow() -> None:
    x = Tensor([1.0], "x")
    x.grad = np.array([1.5e308])
    error = anomaly(lambda: (x * 1e308).sum().backward())
    assert error.inputs == (1.5e308, 1e308)
    assert x.grad.tolist() == [1.5e308]


def test_a_gradient_through_tensors_into_values_is_watched_to_its_end() -> None:
    a = Value(0.0, "a")
    error = anomaly(lambda: (ac.stack([ac.sqrt(a), Value(1.0)]) * 3.0).sum().backward())
    assert error.op == "sqrt"
    assert not a.has_grad


def test_a_smooth_zero_among_tensors_cuts_off_a_path_into_values() -> None:
    a = Value(0.0, "a")
    root = (ac.stack([ac.sqrt(a), Value(1.0)]) ** 2).sum()
    [found] = diagnose(root).gradients.producers
    assert found.op == "sqrt"
    assert "passes nothing to node 'a' (leaf)" in found.what
    assert anomaly(root.backward).op == "sqrt"


def test_what_values_receive_from_several_tensors_is_added_up() -> None:
    b = Value(1e-10, "a") * 1.0
    b.label = "b"
    error = anomaly(((ac.stack([b]) * 1e308).sum() + (ac.stack([b, b]) * 1.5e308).sum()).backward)
    assert error.is_producer
    assert "the gradient of node 'b' (mul) becomes inf: " in str(error)


def test_transforms_are_watched() -> None:
    error = anomaly(lambda: grad(lambda x: ac.sqrt(x).sum())(np.zeros(3)))
    assert (error.op, error.phase) == ("sqrt", "backward")


def test_nothing_is_said_of_finite_numbers() -> None:
    x = Tensor(np.linspace(0.1, 1.0, 6).reshape(2, 3))
    with detect_anomaly():
        loss = ac.logsumexp(ac.tanh(x @ x.T) / x.sum(), 1).mean()
        loss.backward()
    assert "nothing" not in str(diagnose(loss))
    assert not diagnose(loss)
    assert loss.place is not None


def test_a_diagnosis_lists_who_made_what() -> None:
    x = Tensor([0.0, 4.0], "x")
    diagnosis = diagnose(ac.sqrt(x).sum() + ac.log(x - 1.0).sum())
    assert [each.op for each in diagnosis.data.producers] == ["log"]
    assert diagnosis.data.passing_on == 2
    assert [each.op for each in diagnosis.local_derivatives.producers] == ["sqrt"]
    assert [each.op for each in diagnosis.gradients.producers] == ["sqrt"]
    assert "local derivatives: 1 made NaN or infinite" in str(diagnosis)


def test_a_gradient_that_was_infinite_before_is_passed_on_only() -> None:
    gradients = diagnose((ac.tanh(Tensor([1.0], "x")) * [np.inf]).sum()).gradients
    assert (gradients.producers, gradients.passing_on) == ((), 2)


def test_a_diagnosis_goes_on_below_the_tensors() -> None:
    a = Value(-1.0, "a")
    diagnosis = diagnose(ac.stack([ac.log(a), Value(2.0)]).sum())
    assert [each.op for each in diagnosis.data.producers] == ["log"]
    with pytest.raises(ac.InputTypeError, match="give the Value or Tensor"):
        diagnose("x")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0, 1e200, np.inf, np.nan]), min_size=1, max_size=5))
def test_what_raises_is_what_is_not_finite(numbers: list[float]) -> None:
    """Forward: exactly if the result is not finite; backward: exactly if the gradient is not."""
    x = Tensor(np.array(numbers))
    result = x * x
    finite = bool(np.isfinite(result.data).all())
    try:
        with detect_anomaly():
            x * x
        raised = False
    except AnomalyError:
        raised = True
    assert raised != finite
    try:
        with detect_anomaly():
            result.backward(np.full(len(numbers), 1e150))
        raised = False
    except AnomalyError:
        raised = True
    with np.errstate(over="ignore"):
        assert raised == (not np.isfinite(2 * np.array(numbers) * 1e150).all())
