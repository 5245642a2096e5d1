"""Our engine on arrays: the layers of nn on Tensors, recorded anew in each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor
from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome
from nn import SGD, Dense, Sequential, cross_entropy


def contestant(problem: Classification) -> Contestant:
    """What a user of nn writes."""
    last = len(problem.layers) - 1
    model = Sequential(
        [
            Dense(Tensor(W.copy()), Tensor(b.copy()), "linear" if position == last else "relu")
            for position, (W, b) in enumerate(problem.layers)
        ]
    )
    optimizer = SGD(model.parameters(), problem.learning_rate)
    found: dict[str, Any] = {}

    def step() -> None:
        loss = cross_entropy(model(problem.X), problem.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found["loss"] = loss

    def outcome() -> Outcome:
        parameters = model.parameters()
        gradient, numbers = (
            np.concatenate([np.ravel(each) for each in kind])
            for kind in ([p.grad for p in parameters], [p.data for p in parameters])
        )
        return Outcome(found["loss"].item(), gradient, numbers)

    return Contestant("ours, Tensor", step, outcome)
