"""Our engine on arrays: a loss of parameters, examples and labels, recorded once by jit and replayed in each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import jit, relu
from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome, timed
from nn import cross_entropy


def contestant(problem: Classification) -> Contestant:
    """Parameters are arrays, as in JAX."""

    @jit
    def loss(layers: Any, X: Any, labels: Any) -> Any:
        z = X
        for position, (W, b) in enumerate(layers):
            z = z @ W.T + b
            if position < len(layers) - 1:
                z = relu(z)
        return cross_entropy(z, labels)

    layers = [(W.copy(), b.copy()) for W, b in problem.layers]
    rate = np.float32(problem.learning_rate)
    found: dict[str, Any] = {}
    preparation = timed(lambda: loss.value_and_grad(layers, problem.X, problem.labels))
    loss.value_and_grad(layers, problem.X, problem.labels)  # the first replay, which is compared with the function

    def step() -> None:
        found["loss"], found["gradient"] = loss.value_and_grad(layers, problem.X, problem.labels)
        for pair, slopes in zip(layers, found["gradient"], strict=True):
            for parameter, slope in zip(pair, slopes, strict=True):
                np.multiply(slope, rate, out=slope)  # an array of the caller's own
                np.subtract(parameter, slope, out=parameter)

    def outcome() -> Outcome:
        gradient, numbers = (
            np.concatenate([np.ravel(each) for pair in kind for each in pair]) for kind in (found["gradient"], layers)
        )
        return Outcome(found["loss"], gradient / rate, numbers)

    return Contestant("ours, jit", step, outcome, preparation)
