"""CasADi: a scalar expression graph (SX) of one example with its gradient, mapped over the batch in its own machine."""

from __future__ import annotations

from typing import Any

import casadi
import numpy as np

from benchmarks.contestants import Contestant, Outcome, timed
from benchmarks.problems import Problem

ACTIVATIONS: dict[str, Any] = {"relu": lambda s: casadi.fmax(s, 0.0), "tanh": casadi.tanh}
LOSSES: dict[str, Any] = {
    "hinge": lambda score, y: casadi.fmax(1.0 - y * score, 0.0),
    "cross entropy": lambda score, y: (
        casadi.fmax(score, 0.0) + casadi.log1p(casadi.exp(-casadi.fabs(score))) - y * score
    ),
}


def contestant(problem: Problem) -> Contestant:
    """The map adds up values and gradients itself; the penalty, the same for all examples, is added once by NumPy."""
    made: dict[str, Any] = {}
    preparation = timed(lambda: made.update(mapped=_mapped(problem)))
    mapped = made["mapped"]
    X, y = casadi.DM(problem.X.T), casadi.DM(problem.y[None, :])
    count, penalty, rate = len(problem.X), problem.penalty, problem.learning_rate
    last: dict[str, Any] = {"parameters": problem.start}

    def step() -> None:
        parameters = last["parameters"]
        value, gradient = mapped(parameters, X, y)
        total = float(value) / count + penalty * (parameters @ parameters)
        slope = np.asarray(gradient).ravel() / count + 2.0 * penalty * parameters
        last.update(value=total, gradient=slope, parameters=parameters - rate * slope)

    return Contestant(
        "CasADi, mapped SX",
        step,
        lambda: Outcome(last["value"], last["gradient"], last["parameters"]),
        preparation,
    )


def _mapped(problem: Problem) -> Any:
    parameters, x, y = (
        casadi.SX.sym(name, size)
        for name, size in [("parameters", len(problem.start)), ("x", problem.sizes[0]), ("y", 1)]
    )
    z = x
    for where, (neurons, width) in problem.layers():
        W = casadi.reshape(parameters[where], width, neurons).T  # CasADi reshapes by columns
        sums = W[:, :-1] @ z + W[:, -1]
        z = ACTIVATIONS[problem.activation](sums)
    value = LOSSES[problem.loss](sums, y)
    one = casadi.Function("one", [parameters, x, y], [value, casadi.gradient(value, parameters)])
    return one.map("all", "serial", len(problem.X), [0], [0, 1])
