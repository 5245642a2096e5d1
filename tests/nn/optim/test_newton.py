"""Newton's method: one step to the bottom of a parabola, and the minimum of a small network."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from nn import MLP, Newton, closed_form_ridge, fit, mean_squared_error

GENERATOR = np.random.default_rng(8)
X = GENERATOR.normal(size=(20, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3 + 0.1 * GENERATOR.normal(size=20)


@pytest.mark.parametrize("of_tensors", [False, True])
def test_one_step_finds_the_least_squares(of_tensors: bool) -> None:
    scalar = MLP(3, [1], seed=0)
    model: Any = scalar.to_tensor() if of_tensors else scalar
    fit(model, X, Y, loss=mean_squared_error, optimizer=Newton(model.parameters()), epochs=1, batch_size=20)
    layer = (model if of_tensors else model.to_tensor()).layers[0]
    w, omega_0 = closed_form_ridge(X, Y, 0.0)
    np.testing.assert_allclose(layer.W.data[0], w, rtol=1e-10)
    assert layer.b.item() == pytest.approx(omega_0, rel=1e-10)


@pytest.mark.slow
def test_a_small_network_comes_to_a_point_without_slope_in_few_steps() -> None:
    found = []
    scalar = MLP(3, [2, 1], activation=["tanh", None], initializer="glorot_uniform", seed=3)
    for model in (scalar, scalar.to_tensor()):
        optimizer = Newton(model.parameters(), damping=0.05)
        history = fit(model, X, np.tanh(Y), loss=mean_squared_error, optimizer=optimizer, epochs=60, batch_size=20)
        assert max(norms[-1] for norms in history.gradient_norms.values()) < 1e-4
        found.append(history.losses[-1])
    assert found[0] == pytest.approx(found[1], rel=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Newton([Value(1.0)], damping=-1.0), InputValueError, "Newton: damping=-1.0 is negative"),
        (lambda: Newton([Value(1.0), Tensor([1.0])]), InputValueError, "Newton: 2 numbers in 2 array(s)"),  # type: ignore[list-item]
        (lambda: Newton([Tensor(np.ones(2_001))]), InputValueError, "Newton: 2,001 numbers in 1 array(s)"),
        (lambda: Newton([Value(1.0)]).see(3.0), InputTypeError, "Newton: the loss is 3.0, not a Value or Tensor"),
        (lambda: flat_step(see=False), InputValueError, "Newton: it has not seen the loss"),
        (lambda: flat_step(see=True), InputValueError, "Newton: the second derivatives have no inverse"),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()


def flat_step(*, see: bool) -> None:
    w = Value(1.0)
    optimizer, loss = Newton([w]), 3.0 * w
    if see:
        optimizer.see(loss)
    loss.backward()
    optimizer.step()
