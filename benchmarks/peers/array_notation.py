"""The loss on whole arrays, in the notation of NumPy, for libraries that have NumPy's functions."""

from __future__ import annotations

from typing import Any

from benchmarks.problems import Problem


def array_loss(problem: Problem, np: Any) -> Any:
    """The loss as a function of the parameters, one array (neurons, weights and bias) a layer, of X and of y."""
    activation = {"relu": lambda s: np.maximum(s, 0.0), "tanh": np.tanh}[problem.activation]
    of_examples = {
        "hinge": lambda score, y: np.maximum(1.0 - y * score, 0.0),
        "cross entropy": lambda score, y: np.logaddexp(score, 0.0) - y * score,
    }[problem.loss]

    def loss(layers: Any, X: Any, y: Any) -> Any:
        z = X
        for W in layers[:-1]:
            z = activation(z @ W[:, :-1].T + W[:, -1])
        score = z @ layers[-1][0, :-1] + layers[-1][0, -1]
        total = of_examples(score, y).mean()
        return total + problem.penalty * sum((W * W).sum() for W in layers) if problem.penalty else total

    return loss
