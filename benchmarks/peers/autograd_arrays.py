"""HIPS autograd: NumPy's functions on whole arrays, traced anew in each step."""

from __future__ import annotations

from typing import Any

import autograd.numpy
import numpy as np
from autograd import value_and_grad

from benchmarks.contestants import Contestant, Outcome
from benchmarks.problems import Problem

from .array_notation import array_loss


def contestant(problem: Problem) -> Contestant:
    """One array a layer."""
    differentiate = value_and_grad(array_loss(problem, autograd.numpy))
    last: dict[str, Any] = {"layers": [problem.start[where].reshape(shape).copy() for where, shape in problem.layers()]}

    def step() -> None:
        value, slopes = differentiate(last["layers"], problem.X, problem.y)
        layers = [W - problem.learning_rate * slope for W, slope in zip(last["layers"], slopes, strict=True)]
        last.update(value=value, slopes=slopes, layers=layers)

    def outcome() -> Outcome:
        gradient, parameters = (np.concatenate([W.ravel() for W in last[key]]) for key in ("slopes", "layers"))
        return Outcome(float(last["value"]), gradient, parameters)

    return Contestant("HIPS autograd", step, outcome)
