"""The demo's forward pass on Python's own floats, without any derivative: what Python itself takes."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.problems import Problem


def forward(problem: Problem) -> Callable[[], float]:
    """The demo's loss, as micrograd's nn computes it, with floats in the place of nodes."""
    rows, labels = problem.X.tolist(), problem.y.tolist()
    parameters = problem.start.tolist()
    layers = [
        [(row[:-1], row[-1]) for row in problem.start[where].reshape(shape).tolist()]
        for where, shape in problem.layers()
    ]

    def score(x: list[float]) -> float:
        for layer in layers:
            sums = [sum((wi * xi for wi, xi in zip(w, x, strict=False)), b) for w, b in layer]
            x = [each if each > 0 else 0.0 for each in sums]
        return sums[0]

    def loss() -> float:
        scores = list(map(score, rows))
        margins = [1 + -yi * scorei for yi, scorei in zip(labels, scores, strict=True)]
        losses = [each if each > 0 else 0.0 for each in margins]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = problem.penalty * sum(p * p for p in parameters)
        return data_loss + reg_loss

    return loss
