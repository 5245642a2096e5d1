"""MyGrad: its tensors and its softmax cross-entropy."""

from __future__ import annotations

from typing import Any

import mygrad
import numpy as np
from mygrad.nnet.activations import relu
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome


def contestant(problem: Classification) -> Contestant:
    """One tensor a weight matrix and one a bias."""
    pairs = [(mygrad.tensor(W.copy()), mygrad.tensor(b.copy())) for W, b in problem.layers]
    rate = np.float32(problem.learning_rate)
    found: dict[str, Any] = {}

    def step() -> None:
        z: Any = problem.X
        for W, b in pairs[:-1]:
            z = relu(mygrad.matmul(z, W.T) + b)
        W, b = pairs[-1]
        loss = softmax_crossentropy(mygrad.matmul(z, W.T) + b, problem.labels)
        loss.backward()
        found.update(value=float(loss), gradient=[p.grad for pair in pairs for p in pair])
        for position, pair in enumerate(pairs):
            pairs[position] = tuple(mygrad.tensor(p.data - rate * p.grad) for p in pair)

    def outcome() -> Outcome:
        gradient = np.concatenate([each.ravel() for each in found["gradient"]])
        return Outcome(found["value"], gradient, np.concatenate([p.data.ravel() for pair in pairs for p in pair]))

    return Contestant("MyGrad", step, outcome)
