"""The small GPT as programs around a class of forty lines have it: lists of nodes, sums, and Adam in a loop."""

from __future__ import annotations

import itertools
from typing import Any

WIDTH, PART = 16, 4


def linear(w: Any, x: Any) -> list[Any]:
    """A sum for each line of a matrix."""
    return [sum(a * b for a, b in zip(line, x, strict=True)) for line in w]


def norm(x: Any) -> list[Any]:
    """Of root mean square 1."""
    scale = (sum(each * each for each in x) / len(x) + 1e-5) ** -0.5
    return [each * scale for each in x]


def softmax(z: Any) -> list[Any]:
    """Shares that add up to 1."""
    powers = [each.exp() for each in z]
    total = sum(powers)
    return [each / total for each in powers]


def loss_of(W: Any, letters: list[int]) -> Any:
    """Mean cross-entropy of the next letter."""
    keys: list[Any] = []
    values: list[Any] = []
    parts = []
    for place, (letter, following) in enumerate(itertools.pairwise(letters)):
        x = norm([a + b for a, b in zip(W["letters"][letter], W["places"][place], strict=True)])
        s = norm(x)
        q = linear(W["q"], s)
        keys.append(linear(W["k"], s))
        values.append(linear(W["v"], s))
        joined: list[Any] = []
        for start in range(0, WIDTH, PART):
            own = slice(start, start + PART)
            looks = softmax([sum(a * b for a, b in zip(q[own], k[own], strict=True)) / PART**0.5 for k in keys])
            joined += [sum(a * v[at] for a, v in zip(looks, values, strict=True)) for at in range(start, start + PART)]
        x = [a + b for a, b in zip(x, linear(W["o"], joined), strict=True)]
        hidden = [each.relu() for each in linear(W["up"], norm(x))]
        x = [a + b for a, b in zip(x, linear(W["down"], hidden), strict=True)]
        parts.append(-softmax(linear(W["head"], x))[following].log())
    return sum(parts) / len(parts)


def train(Node: Any, numbers: list[float], shapes: dict[str, tuple[int, int]], names: list[list[int]]) -> list[float]:
    """Adam, name by name; the losses. Names are letters, the ends included."""
    params = [Node(number) for number in numbers]
    remaining = iter(params)
    W = {
        key: [[next(remaining) for _ in range(columns)] for _ in range(rows)] for key, (rows, columns) in shapes.items()
    }
    m, v, losses = [0.0] * len(params), [0.0] * len(params), []
    for step, letters in enumerate(names, 1):
        loss = loss_of(W, letters)
        loss.backward()
        losses.append(loss.data)
        rate = 0.01 * (1 - (step - 1) / len(names)) / (1 - 0.85**step)
        for i, p in enumerate(params):
            m[i] += 0.15 * (p.grad - m[i])
            v[i] += 0.01 * (p.grad**2 - v[i])
            p.data -= rate * m[i] / ((v[i] / (1 - 0.99**step)) ** 0.5 + 1e-8)
            p.grad = 0.0
    return losses
