"""Activations by name, as functions, one a layer or one a node: the same of Values and of Tensors."""

from __future__ import annotations

import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, Tensor, Value, check_gradients
from nn import MLP, Dense, Neuron, PReLU, Sequential, fit, load, mean_squared_error
from nn.layers.activations import SYNONYMS

X = np.random.default_rng(1).normal(size=(12, 3))
NAMES = ["step", "logistic", "tanh", "arctan", "relu", "leaky_relu", "elu", "softplus", "identity", "gelu", "silu"]


def steep(z: Any) -> Any:
    return ac.elu(z, 0.3) * 2.0


CHOICES: list[Any] = [*NAMES, "swish", steep, ac.tanh, ac.silu, [["tanh", "relu", steep, "silu"], None]]


def _named(activation: Any) -> str:
    return getattr(activation, "__name__", "one a node" if isinstance(activation, list) else activation)


@pytest.mark.parametrize("activation", CHOICES, ids=_named)
def test_a_network_of_tensors_is_the_one_of_values(activation: Any) -> None:
    choice = activation if isinstance(activation, list) else [activation, None]
    scalar = MLP(3, [4, 2], activation=choice, seed=0)
    tensor = scalar.to_tensor()
    again = tensor.to_scalar()
    for model in (tensor, tensor.to_tensor(), again.to_tensor()):
        found = model(X).data
        expected = [[each.data for each in scalar(row)] for row in X]
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)
    y = X[:, :2] ** 2
    for model in (scalar, tensor):
        fit(model, X, y, loss=mean_squared_error, epochs=2, batch_size=5)
    np.testing.assert_allclose(tensor(X).data, scalar.to_tensor()(X).data, rtol=1e-10)


def test_other_names_are_the_same_things() -> None:
    assert [Neuron(1, activation=name).activation for name in SYNONYMS] == ["sigmoid", "linear", "silu"]


def test_each_neuron_has_its_own() -> None:
    model = MLP(3, [2, 1], activation=[["tanh", "relu"], None], seed=0)
    assert repr(model.layers[0]) == "Layer of [TanhNeuron(3), ReLUNeuron(3)]"
    assert model.to_tensor().layers[0].activation == "tanh, relu"
    values = np.vectorize(Value, otypes=[object])
    layer = Dense(values(np.ones((2, 3))), values(np.zeros(2)), ["tanh", "relu"])
    assert [each.data for each in layer(X[0])] == pytest.approx([math.tanh(X[0].sum()), max(X[0].sum(), 0.0)])


def test_they_come_back(tmp_path: Path) -> None:
    for activation in ([["tanh", "silu", "tanh"], "gelu"], [steep, None]):
        model = MLP(3, [3, 2], activation=activation, seed=0)
        for each in (model, model.to_tensor()):
            np.testing.assert_array_equal(_numbers(pickle.loads(pickle.dumps(each))), _numbers(each))
            if activation[0] is steep:
                with pytest.raises(InputTypeError, match="the activation steep is a function of your own"):
                    each.save(tmp_path / "model.safetensors")
            else:
                each.save(tmp_path / "model.safetensors")
                np.testing.assert_array_equal(_numbers(load(tmp_path / "model.safetensors")), _numbers(each))


def _numbers(model: Any) -> Any:
    return (model.to_tensor() if isinstance(model, MLP) else model)(X).data


def test_a_slope_is_learned(tmp_path: Path) -> None:
    first, last = MLP(3, [4, 1], activation="linear", seed=0).to_tensor().layers
    model = Sequential([first, PReLU(4), last])
    assert check_gradients(lambda *_: model(X).sum(), *model.parameters())
    fit(model, X, X[:, 0], loss=mean_squared_error, epochs=3)
    slope = model.modules[1].slope
    assert (slope.data != 0.25).all()
    assert slope not in model.weights()
    model.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "model.safetensors")(X).data, model(X).data)
    with pytest.raises(InputTypeError, match="a neuron of an MLP learns no slope"):
        model.to_scalar()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: MLP(1, [2, 1], activation=[["tanh"], None]), InputValueError, "Layer: 1 activation(s) for 2 neuron"),
        (lambda: Dense(Tensor([[1.0]]), Tensor([1.0]), ["tanh"] * 2), InputValueError, "Dense: 2 activation(s) for 1"),
        (lambda: Neuron(1, activation=math.tanh), InputValueError, "did you mean tanh"),
        (lambda: Neuron(1, activation=lambda z: 1.0)([1.0]), InputTypeError, "the activation <lambda> returned 1.0"),
        (lambda: PReLU(2)(Tensor([[1.0]])), InputValueError, "PReLU: x has shape (1, 1); give (examples, 2)"),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()
