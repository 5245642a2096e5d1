"""NumPy with the backward pass written out by hand, as one does without automatic differentiation."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contestants import Contestant, Outcome
from benchmarks.problems import Array, Problem

# Each function with its derivative, given argument and result.
ACTIVATIONS: dict[str, Any] = {
    "relu": (lambda s: np.maximum(s, 0.0), lambda s, z: s > 0.0),
    "tanh": (np.tanh, lambda s, z: 1.0 - z * z),
}


def hinge(score: Array, y: Array) -> tuple[Array, Array]:
    """Losses of the examples and their derivatives by the score."""
    margin = 1.0 - y * score
    inside = margin > 0.0
    return margin * inside, -y * inside


def cross_entropy(score: Array, y: Array) -> tuple[Array, Array]:
    """Losses of the examples and their derivatives by the score (a logit)."""
    small = np.exp(-np.abs(score))
    return np.maximum(score, 0.0) + np.log1p(small) - y * score, np.where(score >= 0.0, 1.0, small) / (1.0 + small) - y


LOSSES: dict[str, Any] = {"hinge": hinge, "cross entropy": cross_entropy}


def contestant(problem: Problem) -> Contestant:
    """One vector of parameters and one of gradients; the layers are views into them."""
    parameters, gradient = problem.start.copy(), np.empty_like(problem.start)
    weights = [parameters[where].reshape(shape) for where, shape in problem.layers()]
    slopes = [gradient[where].reshape(shape) for where, shape in problem.layers()]
    activation, derivative = ACTIVATIONS[problem.activation]
    loss = LOSSES[problem.loss]
    X, y, count, penalty, rate = problem.X, problem.y, len(problem.X), problem.penalty, problem.learning_rate
    last: dict[str, Any] = {}

    def step() -> None:
        sums, outputs = [], [X]
        for W in weights[:-1]:
            s = outputs[-1] @ W[:, :-1].T + W[:, -1]
            sums.append(s)
            outputs.append(activation(s))
        score = outputs[-1] @ weights[-1][0, :-1] + weights[-1][0, -1]
        losses, upstream = loss(score, y)
        by_sum = (upstream / count)[:, None]
        for position in range(len(weights) - 1, -1, -1):
            np.matmul(by_sum.T, outputs[position], out=slopes[position][:, :-1])
            by_sum.sum(axis=0, out=slopes[position][:, -1])
            if position:
                by_output = by_sum @ weights[position][:, :-1]
                by_sum = by_output * derivative(sums[position - 1], outputs[position])
        value = losses.sum() / count
        if penalty:
            value += penalty * (parameters @ parameters)
            gradient[:] += 2.0 * penalty * parameters
        last["value"] = value
        parameters[:] -= rate * gradient

    return Contestant("NumPy by hand", step, lambda: Outcome(float(last["value"]), gradient.copy(), parameters.copy()))
