"""MyGrad: NumPy's functions on whole tensors, a graph of them recorded anew in each step."""

from __future__ import annotations

from typing import Any

import mygrad
import numpy as np

from benchmarks.contestants import Contestant, Outcome
from benchmarks.problems import Problem

from .array_notation import array_loss


def contestant(problem: Problem) -> Contestant:
    """One tensor a layer."""
    loss = array_loss(problem, mygrad)
    layers = [mygrad.tensor(problem.start[where].reshape(shape)) for where, shape in problem.layers()]
    last: dict[str, Any] = {}

    def step() -> None:
        total = loss(layers, problem.X, problem.y)
        total.backward()
        last.update(value=float(total), gradient=[W.grad for W in layers])
        for position, W in enumerate(layers):
            layers[position] = mygrad.tensor(W.data - problem.learning_rate * W.grad)

    def outcome() -> Outcome:
        gradient = np.concatenate([slope.ravel() for slope in last["gradient"]])
        return Outcome(last["value"], gradient, np.concatenate([W.data.ravel() for W in layers]))

    return Contestant("MyGrad", step, outcome)
