"""PyTorch, eager, float32: modules, cross_entropy and torch.optim.SGD, as its tutorials have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome

torch.set_num_threads(1)


def contestant(problem: Classification) -> Contestant:
    """The same weights in torch.nn.Linear."""
    modules: list[torch.nn.Module] = []
    for W, b in problem.layers:
        linear = torch.nn.Linear(W.shape[1], W.shape[0])
        linear.weight.data, linear.bias.data = torch.tensor(W), torch.tensor(b)
        modules += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=problem.learning_rate)
    X, labels = torch.tensor(problem.X), torch.tensor(problem.labels)
    found: dict[str, Any] = {}

    def step() -> None:
        loss = functional.cross_entropy(model(X), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found["loss"] = loss

    def outcome() -> Outcome:
        parameters = list(model.parameters())
        gradient = np.concatenate([p.grad.numpy().ravel() for p in parameters])
        return Outcome(found["loss"].item(), gradient, np.concatenate([p.detach().numpy().ravel() for p in parameters]))

    return Contestant("PyTorch, eager", step, outcome)
