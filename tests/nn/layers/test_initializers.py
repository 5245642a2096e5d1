"""Initialisers: ranges, moments, and the order in which they draw."""

from __future__ import annotations

import math
import random
import re
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_core import PRIMITIVES, InputValueError, SymmetryWarning, grad
from autograd_core.array.elementwise import function
from nn import (
    INITIALIZERS,
    MLP,
    Layer,
    Neuron,
    constant_weights,
    fit,
    glorot_uniform,
    he_normal,
    mean_squared_error,
    normal,
    uniform,
    uniform_between,
)
from nn.layers.names import LINEAR

MANY = 20_000


def test_uniform_has_variance_one_third_whatever_the_sizes() -> None:
    weights = np.array(uniform(random.Random(1), MANY, 8))
    assert len(weights) == MANY
    assert abs(weights).max() <= 1
    assert weights.mean() == pytest.approx(0, abs=0.02)
    assert weights.var() == pytest.approx(1 / 3, rel=0.03)


@pytest.mark.parametrize(("nin", "nout"), [(10, 2), (2, 10), (6, 6)])
def test_glorot_uniform_has_variance_two_by_the_sum_of_sizes(nin: int, nout: int) -> None:
    source = random.Random(1)
    weights = np.array([glorot_uniform(source, nin, nout) for _ in range(MANY // nin)])
    assert weights.shape == (MANY // nin, nin)
    assert abs(weights).max() <= math.sqrt(6 / (nin + nout))
    assert weights.mean() == pytest.approx(0, abs=0.02)
    assert weights.var() == pytest.approx(2 / (nin + nout), rel=0.03)


@pytest.mark.parametrize(("nin", "nout"), [(10, 2), (2, 10)])
def test_he_normal_has_variance_two_by_the_number_of_inputs(nin: int, nout: int) -> None:
    source = random.Random(1)
    weights = np.array([he_normal(source, nin, nout) for _ in range(MANY // nin)])
    assert weights.shape == (MANY // nin, nin)
    assert weights.mean() == pytest.approx(0, abs=0.03)
    assert weights.var() == pytest.approx(2 / nin, rel=0.05)
    standardized = weights / math.sqrt(2 / nin)
    assert (abs(standardized) < 1).mean() == pytest.approx(0.6827, abs=0.02)  # normal, and not another shape


@pytest.mark.parametrize("name", [each for each in INITIALIZERS if each != "zeros"])
def test_a_layer_draws_neuron_by_neuron_and_knows_its_sizes(name: str) -> None:
    source = random.Random(3)
    expected = [INITIALIZERS[name](source, 4, 5) for _ in range(5)]
    layer = Layer(4, 5, initializer=name, seed=3)
    assert [[weight.data for weight in neuron.w] for neuron in layer.neurons] == expected
    assert {neuron.b.data for neuron in layer.neurons} == {0.0}


def test_a_network_uses_the_initializer_in_every_layer_and_the_global_generator_without_a_seed() -> None:
    random.seed(3)
    model = MLP(4, [5, 2], initializer="he_normal")
    source = random.Random(3)
    expected = [he_normal(source, 4, 5) for _ in range(5)] + [he_normal(source, 5, 2) for _ in range(2)]
    drawn = [[weight.data for weight in neuron.w] for layer in model.layers for neuron in layer.neurons]
    assert drawn == expected


@pytest.mark.parametrize("name", ["xavier", "", 3, ["uniform"]])
def test_unknown_initializer(name: Any) -> None:
    text = f"there is no initializer {name!r}; write initializer= one of uniform, glorot_uniform, he_normal"
    with pytest.raises(InputValueError, match=re.escape(text)):
        Neuron(2, initializer=name)


# --- more of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("initializer", "mean", "deviation"),
    [
        ("glorot_normal", 0.0, math.sqrt(2 / 500)),
        ("he_uniform", 0.0, math.sqrt(2 / 400)),
        (normal(2.0, 0.5), 2.0, 0.5),
        (uniform_between(-1.0, 3.0), 1.0, 4 / math.sqrt(12)),
    ],
)
def test_weights_have_the_mean_and_deviation_they_are_drawn_with(
    initializer: Any, mean: float, deviation: float
) -> None:
    model = MLP(400, [100], initializer=initializer, seed=1)
    weights = np.array([weight.data for neuron in model.layers[0].neurons for weight in neuron.w])
    assert weights.mean() == pytest.approx(mean, abs=5 * deviation / 200)
    assert weights.std() == pytest.approx(deviation, rel=0.03)


ACTIVATIONS = [LINEAR, *(name for name, rule in PRIMITIVES.items() if rule.arity - (rule.parameter is not None) == 1)]


def flat_on_one_side(activation: str) -> bool:
    """Whether it passes on inputs from one side as they are, and nearly nothing from the other."""
    if activation == LINEAR:
        return False
    left, right = (abs(grad(function(activation))(x)) for x in (-20.0, 20.0))
    return left < 0.1 and 0.9 < right < 1.02


def drawn(model: Any) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_by_default_weights_are_matched_to_the_activation(activation: str) -> None:
    name = "he_normal" if flat_on_one_side(activation) else "glorot_uniform"
    for make in (Neuron, partial(Layer, nout=4), lambda nin, **options: MLP(nin, [4, 2], **options)):
        expected = drawn(make(3, activation=activation, initializer=name, seed=1))
        assert drawn(make(3, activation=activation, seed=1)) == expected
        assert drawn(make(3, activation=activation, initializer="matched", seed=1)) == expected
        random.seed(1)
        assert drawn(make(3, activation=activation)) == expected
    tensors = MLP(3, [4, 2], activation=activation, seed=1).to_tensor()
    assert tensors.layers[1].W.data.ravel().tolist() == tensors.to_scalar().layers[1].W.ravel().tolist()


def test_neurons_and_layers_of_several_activations_are_each_matched() -> None:
    source = random.Random(2)
    expected = [draw(source, 2, 3) for draw in (he_normal, glorot_uniform, glorot_uniform)]
    expected.append(glorot_uniform(source, 3, 1))
    model = MLP(2, [3, 1], activation=[["relu", "tanh", lambda z: z * z], None], seed=2)
    assert [row for layer in model.layers for row in layer.W.tolist()] == expected


def test_the_call_that_micrograd_knows_draws_as_micrograd() -> None:
    for make in (lambda: Neuron(2), lambda: Neuron(2, False), lambda: Layer(2, 3), lambda: MLP(2, [16, 16, 1])):
        random.seed(1337)
        model = make()
        random.seed(1337)
        weights = [number for number in drawn(model) if number]  # and not the biases
        assert weights == [random.uniform(-1, 1) for _ in weights]
    assert drawn(MLP(2, [4, 1], seed=1)) == drawn(MLP(2, [4, 1], initializer="matched", seed=1))


@pytest.mark.parametrize(("initializer", "kind"), [("zeros", "0"), (constant_weights(0.5), "equal")])
def test_equal_weights_are_warned_of_and_stay_equal(initializer: Any, kind: str) -> None:
    with pytest.warns(
        SymmetryWarning, match=re.escape(f"layer 1: all 3 neurons have the same weights ({kind})")
    ) as told:
        model = MLP(2, [3, 1], activation=["tanh", None], initializer=initializer, seed=0)
    assert told[0].filename == __file__
    fit(model, [[0.5, -1.0], [1.0, 2.0]], [1.0, -1.0], loss=mean_squared_error, epochs=3)
    rows = [[weight.data for weight in neuron.parameters()] for neuron in model.layers[0].neurons]
    assert rows[0] == rows[1] == rows[2]


def test_one_neuron_may_begin_with_zeros() -> None:
    assert MLP(2, [1], initializer="zeros").layers[0].neurons[0].w[0].data == 0.0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: normal(0.0, -1.0), "normal: deviation=-1.0 is negative"),
        (lambda: uniform_between(1.0, 0.0), "uniform_between: a=1.0 is above b=0.0"),
        (lambda: constant_weights(math.inf), "constant_weights: inf is not finite"),
    ],
)
def test_initialisers_that_are_none(call: Any, text: str) -> None:
    with pytest.raises(InputValueError, match=re.escape(text)):
        call()
