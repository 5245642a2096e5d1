"""PyTorch, eager, float64: tensors of weights and biases, autograd, an update without recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.contestants import Contestant, Outcome
from benchmarks.problems import Problem

torch.set_num_threads(1)

ACTIVATIONS: dict[str, Any] = {"relu": torch.relu, "tanh": torch.tanh}
LOSSES: dict[str, Any] = {
    "hinge": lambda score, y: torch.relu(1.0 - y * score).mean(),
    "cross entropy": functional.binary_cross_entropy_with_logits,
}


def contestant(problem: Problem) -> Contestant:
    """Weights and biases are tensors of their own, as in torch.nn.Linear."""
    activation, loss = ACTIVATIONS[problem.activation], LOSSES[problem.loss]
    X, y = torch.tensor(problem.X), torch.tensor(problem.y)
    parameters: list[torch.Tensor] = []
    for where, shape in problem.layers():
        block = torch.tensor(problem.start[where].reshape(shape))
        parameters += [block[:, :-1].clone().requires_grad_(), block[:, -1].clone().requires_grad_()]
    pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
    last: dict[str, Any] = {}

    def step() -> None:
        z = X
        for W, b in pairs[:-1]:
            z = activation(functional.linear(z, W, b))
        total = loss(functional.linear(z, *pairs[-1]).squeeze(1), y)
        if problem.penalty:
            total = total + problem.penalty * sum((p * p).sum() for p in parameters)
        for p in parameters:
            p.grad = None
        total.backward()
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=problem.learning_rate)
        last["total"] = total

    def outcome() -> Outcome:
        gradient = _vector([(W.grad, b.grad) for W, b in pairs])
        return Outcome(last["total"].item(), gradient, _vector([(W.detach(), b.detach()) for W, b in pairs]))

    return Contestant("PyTorch, eager", step, outcome)


def _vector(pairs: list[tuple[Any, Any]]) -> Any:
    return np.concatenate([torch.cat([W, b[:, None]], dim=1).numpy().ravel() for W, b in pairs])
