"""The problems: data, network, loss and starting parameters. No library's notation stands here."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, make_moons

Array = NDArray[np.float64]

SEED = 1337
STANDING_STILL = 1e-9  # a rate at which a thousand steps stay where they began


@dataclass(frozen=True)
class Problem:
    """Classify the rows of X by a multilayer perceptron whose last layer is linear; one step of gradient descent.

    Attributes
    ----------
    X
        Examples, shape (n, d).
    y
        Labels, shape (n,): -1 and 1 for ``"hinge"``, 0 and 1 for ``"cross entropy"`` (of logits).
    sizes
        Number of inputs, then of neurons in each layer.
    activation
        ``"relu"`` or ``"tanh"``, of all layers but the last.
    loss
        ``"hinge"`` or ``"cross entropy"``; its mean over the examples, plus the penalty.
    penalty
        Factor of the sum of the squared parameters.
    learning_rate
        A step subtracts it times the gradient.
    start
        The first parameters, neuron by neuron the weights, then the bias.
    """

    X: Array
    y: Array
    sizes: tuple[int, ...]
    activation: str
    loss: str
    penalty: float
    learning_rate: float
    start: Array

    def standing_still(self) -> Problem:
        """The problem with a learning rate so small that each of many steps does the same work.

        At the rate of the demo most hinge terms are zero after some steps, and a library that went through more
        steps than another would have less to do in each.
        """
        return replace(self, learning_rate=STANDING_STILL)

    def layers(self) -> Iterator[tuple[slice, tuple[int, int]]]:
        """Layer by layer, where in the vector its parameters stand, and the shape (neurons, weights and bias)."""
        begin = 0
        for inputs, neurons in pairwise(self.sizes):
            end = begin + neurons * (inputs + 1)
            yield slice(begin, end), (neurons, inputs + 1)
            begin = end


def moons(examples: int = 100) -> Problem:
    """Micrograd's demo: two moons, MLP 2-16-16-1, relu, hinge loss with an L2 penalty."""
    X, y = make_moons(n_samples=examples, noise=0.1, random_state=1)
    sizes = (2, 16, 16, 1)
    return Problem(X, y * 2.0 - 1.0, sizes, "relu", "hinge", 1e-4, 1.0, _uniform(sizes, lambda inputs: 1.0))


def breast_cancer() -> Problem:
    """569 tumours of 30 standardised measurements, MLP 30-16-8-1, tanh, cross entropy of logits."""
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    sizes = (30, 16, 8, 1)
    return Problem(X, y.astype(float), sizes, "tanh", "cross entropy", 0.0, 0.1, _uniform(sizes, lambda n: n**-0.5))


def _uniform(sizes: tuple[int, ...], bound: Callable[[int], float]) -> Array:
    """Weights drawn one after the other as micrograd draws them, biases 0."""
    source = random.Random(SEED)
    numbers: list[float] = []
    for inputs, neurons in pairwise(sizes):
        for _ in range(neurons):
            numbers += [source.uniform(-1, 1) * bound(inputs) for _ in range(inputs)]
            numbers.append(0.0)
    return np.array(numbers)
