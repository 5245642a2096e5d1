"""Our engine, recorded: one example's loss becomes a Program, which runs over the batch."""

from __future__ import annotations

from typing import Any

from autograd_core import Program, record, relu, softplus, tanh
from benchmarks.contestants import Contestant, Outcome, timed
from benchmarks.problems import Problem

ACTIVATIONS: dict[str, Any] = {"relu": relu, "tanh": tanh}
LOSSES: dict[str, Any] = {
    "hinge": lambda score, y: relu(1 - y * score),
    "cross entropy": lambda score, y: softplus(score) - y * score,
}


def example_loss(problem: Problem) -> Any:
    """The loss of one example, a function of the parameters, x and y."""
    activation, loss = ACTIVATIONS[problem.activation], LOSSES[problem.loss]

    def function(parameters: Any, x: Any, y: Any) -> Any:
        for where, shape in problem.layers():
            sums = [
                sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for *w, b in parameters[where].reshape(shape)
            ]
            x = [activation(each) for each in sums]
        total = loss(sums[0], y)
        return total + problem.penalty * sum(p * p for p in parameters) if problem.penalty else total

    return function


def contestant(problem: Problem) -> Contestant:
    """Value and gradient by the Program, the update by NumPy."""
    made: dict[str, Program] = {}

    def prepare() -> None:
        program = record(example_loss(problem), problem.start, problem.X[0], problem.y[0])
        made["program"] = program.batched(in_axes=(None, 0, 0), reduce="mean")
        made["program"].value_and_grad(problem.start, problem.X, problem.y)

    preparation = timed(prepare)
    batched = made["program"]
    last: dict[str, Any] = {"parameters": problem.start}
    X, y, rate = problem.X, problem.y, problem.learning_rate

    def step() -> None:
        value, gradient = batched.value_and_grad(last["parameters"], X, y)
        last["value"], last["gradient"] = value, gradient
        last["parameters"] = last["parameters"] - rate * gradient

    def outcome() -> Outcome:
        return Outcome(float(last["value"]), last["gradient"], last["parameters"])

    return Contestant("ours, Program", step, outcome, preparation)
