"""The step of micrograd's demo on scalar nodes: one source for micrograd and for this engine, as the imports say."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contestants import Contestant, Outcome
from benchmarks.problems import Problem


def demo_step(problem: Problem, name: str, Value: Any, MLP: Any) -> Contestant:
    """The demo's step, for a Value class and the MLP class made of it (the loss is its hinge loss, always)."""
    rows, labels = problem.X.tolist(), problem.y.tolist()
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    parameters = model.parameters()
    for parameter, number in zip(parameters, problem.start.tolist(), strict=True):
        parameter.data = number
    last: dict[str, Any] = {}

    def step() -> None:
        last["loss"] = total_loss = demo_loss(model, rows, labels, problem.penalty, Value)
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= problem.learning_rate * p.grad

    def outcome() -> Outcome:
        numbers = np.array([[p.grad, p.data] for p in parameters], dtype=float)
        return Outcome(float(last["loss"].data), numbers[:, 0], numbers[:, 1])

    return Contestant(name, step, outcome)


def demo_loss(model: Any, rows: list[list[float]], labels: list[float], penalty: float, Value: Any) -> Any:
    """The loss as the demo of micrograd 0.1.0 writes it."""
    inputs = [list(map(Value, row)) for row in rows]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(labels, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = penalty * sum(p * p for p in model.parameters())
    return data_loss + reg_loss
