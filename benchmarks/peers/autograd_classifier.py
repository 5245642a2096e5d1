"""HIPS autograd: the same loss in NumPy's notation."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.scipy.special import logsumexp

from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome


def contestant(problem: Classification) -> Contestant:
    """One list of arrays."""
    rows = np.arange(len(problem.labels))

    def loss(parameters: Any, X: Any, labels: Any) -> Any:
        z = X
        for W, b in parameters[:-1]:
            z = anp.maximum(z @ W.T + b, 0.0)
        W, b = parameters[-1]
        logits = z @ W.T + b
        return anp.mean(logsumexp(logits, axis=1) - logits[rows, labels])

    differentiate = value_and_grad(loss)
    rate = np.float32(problem.learning_rate)
    found: dict[str, Any] = {"parameters": [(W.copy(), b.copy()) for W, b in problem.layers]}

    def step() -> None:
        value, slopes = differentiate(found["parameters"], problem.X, problem.labels)
        moved = [
            tuple(p - rate * g for p, g in zip(pair, slope, strict=True))
            for pair, slope in zip(found["parameters"], slopes, strict=True)
        ]
        found.update(value=value, slopes=slopes, parameters=moved)

    def outcome() -> Outcome:
        gradient, numbers = (
            np.concatenate([np.ravel(each) for pair in found[key] for each in pair]) for key in ("slopes", "parameters")
        )
        return Outcome(float(found["value"]), gradient, numbers)

    return Contestant("HIPS autograd", step, outcome)
