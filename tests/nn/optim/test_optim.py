"""SGD: how far a step goes, and which steps it refuses."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import InputTypeError, InputValueError, Value, constant, scope
from nn import MLP, SGD


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(1e-3, 10))
def test_a_step_is_learning_rate_times_gradient(data: float, gradient: float, rate: float) -> None:
    w = Value(data)
    w.grad = gradient
    SGD([w], rate).step()
    assert w.data == data - rate * gradient
    assert w.grad == gradient  # a step does not forget


def test_descent_on_a_parabola_is_the_closed_form() -> None:
    w = Value(8.0)
    optimizer = SGD([w], learning_rate=0.25)
    for _ in range(5):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    assert w.data == 8.0 * (1 - 2 * 0.25) ** 5


def test_learning_rate_can_change_between_steps() -> None:
    w = Value(1.0)
    optimizer = SGD([w], 0.5)
    w.grad = 1.0
    optimizer.step()
    optimizer.learning_rate = 0.25
    optimizer.step()
    assert (w.data, optimizer.learning_rate) == (0.25, 0.25)


def test_zero_grad_forgets_every_gradient() -> None:
    model = MLP(2, [2, 1], seed=0)
    optimizer = SGD(model.parameters(), 0.1)
    model([1, 2]).backward()
    optimizer.zero_grad()
    assert not any(parameter.has_grad for parameter in model.parameters())


def test_a_gradient_of_zero_is_computed_and_moves_nothing() -> None:
    w = Value(-1.0)
    w.relu().backward()
    SGD([w], 0.1).step()
    assert w.data == -1.0


def test_a_step_without_gradient_is_refused_and_names_the_parameter() -> None:
    with scope("layer 1/neuron 2"):
        used, unused = Value(1.0, "w1"), Value(2.0, "w2")
    optimizer = SGD([used, unused], 0.1)
    (used * used).backward()
    text = (
        "SGD: the gradient of parameter 1, node 'w2' (leaf, in scope 'layer 1/neuron 2'), was not computed; "
        "call loss.backward() between zero_grad() and step()"
    )
    with pytest.raises(InputValueError, match=re.escape(text)):
        optimizer.step()
    assert used.data == 1.0  # nothing has moved


def test_a_second_step_after_zero_grad_is_refused() -> None:
    w = Value(1.0, "w")
    optimizer = SGD([w], 0.1)
    (w * w).backward()
    optimizer.step()
    optimizer.zero_grad()
    with pytest.raises(InputValueError, match=re.escape("parameter 0, node 'w' (leaf), was not computed")):
        optimizer.step()


@pytest.mark.parametrize("gradient", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_refused(gradient: float) -> None:
    first, second = Value(1.0, "w1"), Value(2.0, "w2")
    first.grad, second.grad = 1.0, gradient
    text = f"SGD: the gradient of parameter 1, node 'w2' (leaf), is {gradient}, and a step would spoil the parameter"
    with pytest.raises(InputValueError, match=re.escape(text)):
        SGD([first, second], 0.1).step()
    assert (first.data, second.data) == (1.0, 2.0)


@pytest.mark.parametrize("rate", [0.0, -0.1, math.inf, math.nan])
def test_learning_rate_is_positive_and_finite(rate: float) -> None:
    text = f"SGD: the learning rate {rate} is not positive and finite; write 0.1, for example"
    with pytest.raises(InputValueError, match=re.escape(text)):
        SGD([Value(1.0)], rate)
    optimizer = SGD([Value(1.0)], 0.5)
    with pytest.raises(InputValueError, match=re.escape(text)):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == 0.5


def test_learning_rate_is_a_number() -> None:
    with pytest.raises(InputTypeError, match=re.escape("SGD: learning_rate: '0.1' is not a real number")):
        SGD([Value(1.0)], "0.1")  # type: ignore[arg-type]


twice = Value(1.0, "w")


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        ([], InputValueError, "SGD: there are no parameters to move; write SGD(model.parameters(), 0.1)"),
        (MLP(1, [1]), InputTypeError, "SGD: parameters: MLP of [Layer of [LinearNeuron(1)]] is not a list, tuple or"),
        ([1.0], InputTypeError, "SGD: parameter 0 is 1.0, not a Value or Tensor; write SGD(model.parameters(), 0.1)"),
        ([Value(1.0) + 1], InputValueError, "SGD: parameter 0, node without label (add), is not a leaf"),
        ([constant(1.0, "c")], InputValueError, "SGD: parameter 0, node 'c' (constant), is not a leaf"),
        ([Value(2.0), twice, twice], InputValueError, "SGD: parameter 2, node 'w' (leaf), is parameter 1 already"),
    ],
)
def test_impossible_parameters(parameters: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        SGD(parameters, 0.1)
