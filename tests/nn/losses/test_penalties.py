"""Penalties against central differences, scikit-learn's formula and the closed form; they hold no bias."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError
from nn import MLP, SGD, Penalty, closed_form_ridge, elastic_net, fit, lasso, mean_squared_error, ridge

GENERATOR = np.random.default_rng(2)
X = GENERATOR.normal(size=(40, 3))
Y = X @ [2.0, 0.0, -1.0] + 0.7 + 0.1 * GENERATOR.normal(size=40)


@pytest.mark.parametrize("penalty", [ridge(0.3), lasso(0.2), elastic_net(0.4, gamma=0.3)], ids=repr)
def test_gradients_are_central_differences(penalty: Penalty) -> None:
    w, h = np.array([1.5, -2.0, 0.25]), 1e-6
    for position in range(3):
        step = h * np.eye(3)[position]
        slope = (penalty(w + step) - penalty(w - step)) / (2 * h)
        assert penalty.gradient(w)[position] == pytest.approx(slope, rel=1e-8)
    assert penalty.gradient(np.zeros(1))[0] == 0.0


def test_an_elastic_net_is_both_in_their_shares() -> None:
    w = GENERATOR.normal(size=5)
    assert elastic_net(0.3, gamma=0.2)(w) == pytest.approx(0.2 * ridge(0.3)(w) + 0.8 * lasso(0.3)(w), rel=1e-14)


@pytest.mark.parametrize("of_tensors", [False, True])
def test_training_with_ridge_finds_the_closed_form(of_tensors: bool) -> None:
    scalar = MLP(3, [1], seed=0)
    model: Any = scalar.to_tensor() if of_tensors else scalar
    fit(model, X, Y, loss=mean_squared_error, optimizer=SGD(model.parameters(), 0.2), penalty=ridge(4.0 / 40),
        epochs=200, batch_size=40)  # fmt: skip
    w, omega_0 = closed_form_ridge(X, Y, alpha=4.0)
    dense = (model if of_tensors else model.to_tensor()).layers[0]
    np.testing.assert_allclose(dense.W.data[0], w, rtol=1e-10)
    assert dense.b.item() == pytest.approx(omega_0, rel=1e-10)


@pytest.mark.parametrize("of_tensors", [False, True])
def test_a_proximal_step_makes_useless_weights_exactly_zero(of_tensors: bool) -> None:
    found = []
    for proximal in (True, False):
        scalar = MLP(3, [1], seed=0)
        model: Any = scalar.to_tensor() if of_tensors else scalar
        fit(model, X, Y, loss=mean_squared_error, optimizer=SGD(model.parameters(), 0.1),
            penalty=lasso(0.3, proximal=proximal), epochs=200, batch_size=40)  # fmt: skip
        found.append((model if of_tensors else model.to_tensor()).layers[0].W.data[0])
    assert found[0][1] == 0.0
    assert 0.0 < abs(found[1][1]) < 0.1
    assert (found[0][[0, 2]] != 0.0).all()
    # Where the gradient of the squares has the size alpha against the sign of w: the condition of a minimum.
    b = np.mean(Y - X @ found[0])
    slopes = 2 * X.T @ (X @ found[0] + b - Y) / 40
    np.testing.assert_allclose(slopes[[0, 2]], -0.3 * np.sign(found[0][[0, 2]]), rtol=1e-6)
    assert abs(slopes[1]) < 0.3


def test_biases_are_not_held() -> None:
    model = MLP(1, [2, 1], activation=["tanh", None], seed=0)
    for layer in model.layers:
        for neuron in layer.neurons:
            neuron.b.data = 3.0
    optimizer = SGD(model.parameters(), 1e-9)
    fit(model, [[0.0]], [model([0.0]).data], loss=mean_squared_error, optimizer=optimizer, penalty=ridge(1e8),  # type: ignore[arg-type]
        epochs=1)  # fmt: skip
    assert all(neuron.b.data == 3.0 for layer in model.layers for neuron in layer.neurons)
    assert all(abs(neuron.w[0].data) < 1.0 for layer in model.layers for neuron in layer.neurons)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: ridge(-1.0), InputValueError, "penalty: alpha=-1.0 is negative or not finite"),
        (lambda: elastic_net(1.0, gamma=2.0), InputValueError, "penalty: gamma=2.0 is not from 0 to 1"),
        (lambda: closed_form_ridge(X, Y[:3], 1.0), InputValueError, "X of shape (40, 3) and y of shape (3,)"),
        (lambda: closed_form_ridge([[1.0], [1.0]], [1.0, 1.0], 0.0), InputValueError, "depend on each other"),
        (
            lambda: fit(MLP(3, [1], seed=0), X, Y, loss=mean_squared_error, penalty=0.1),  # type: ignore[arg-type]
            InputTypeError,
            "fit: penalty: 0.1 is none; write penalty=ridge(1e-4)",
        ),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()
