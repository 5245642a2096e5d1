"""Initialisers: ranges, moments, and the order in which they draw."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import numpy as np
import pytest

from autograd_core import InputValueError
from nn import INITIALIZERS, MLP, Layer, Neuron, glorot_uniform, he_normal, uniform

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


@pytest.mark.parametrize("name", INITIALIZERS)
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


@pytest.mark.parametrize("name", ["xavier", None, 3, ["uniform"]])
def test_unknown_initializer(name: Any) -> None:
    text = f"there is no initializer {name!r}; write initializer= one of uniform, glorot_uniform, he_normal"
    with pytest.raises(InputValueError, match=re.escape(text)):
        Neuron(2, initializer=name)
