"""Classification of random arrays in ten classes: softmax cross-entropy of an MLP with one hidden layer, in float32."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .problems import SEED, STANDING_STILL

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Classification:
    """One step of gradient descent on a batch.

    Attributes
    ----------
    X
        Shape (examples, inputs).
    labels
        Integers, shape (examples,).
    layers
        The first weights, shape (outputs, inputs), and biases of each layer; relu between layers.
    learning_rate
        A step subtracts it times the gradient.
    """

    X: Array
    labels: NDArray[np.int64]
    layers: tuple[tuple[Array, Array], ...]
    learning_rate: float

    def standing_still(self) -> Classification:
        """The problem with a learning rate so small that each of many steps does the same work."""
        return replace(self, learning_rate=STANDING_STILL)


def classification(sizes: tuple[int, ...], examples: int) -> Classification:
    """Random examples, labels and weights of a scale that keeps activations alive."""
    generator = np.random.default_rng(SEED)
    X = generator.normal(size=(examples, sizes[0])).astype(np.float32)
    layers = tuple(
        ((generator.normal(size=(n, m)) / np.sqrt(m)).astype(np.float32), np.zeros(n, np.float32))
        for m, n in pairwise(sizes)
    )
    return Classification(X, generator.integers(0, sizes[-1], examples), layers, 0.1)
