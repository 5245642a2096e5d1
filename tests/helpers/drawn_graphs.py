"""Random graphs of the kinds that people draw: chains, trees, grids, hubs, butterflies, recurrent, attention, dense."""

from __future__ import annotations

import random
from collections.abc import Callable

from autograd_core import Value, scope

__all__ = ["KINDS"]


def _leaf(numbers: random.Random, name: str) -> Value:
    return Value(round(numbers.uniform(-1.0, 1.0), 3), name)


def _joined(one: Value, other: Value, numbers: random.Random) -> Value:
    return [one * other, one + other, one - other][numbers.randrange(3)]


def chain(nodes: int, numbers: random.Random) -> Value:
    """Functions of one another, some with a constant."""
    z = _leaf(numbers, "x")
    made = 1
    while made + 1 < nodes:
        if numbers.random() < 0.5:
            z, made = z.tanh(), made + 1
        else:
            z, made = z * 1.01 + 0.1, made + 4
    return z.sin()


def tree(nodes: int, numbers: random.Random) -> Value:
    """Leaves, joined in any order."""
    parts = [_leaf(numbers, f"v{position}") for position in range(max(1, nodes // 2))]
    while len(parts) > 1:
        at = numbers.randrange(len(parts) - 1)
        parts[at : at + 2] = [_joined(parts[at], parts[at + 1], numbers)]
    return parts[0]


def grid(nodes: int, numbers: random.Random) -> Value:
    """Each node is computed from the one above it and the one before it."""
    size = max(2, round((nodes / 2) ** 0.5))
    above: list[Value] = []
    for _ in range(size):
        row: list[Value] = []
        for column in range(size):
            left, upper = (row[-1] if row else None), (above[column] if above else None)
            if left is None or upper is None:
                only = left if upper is None else upper
                row.append(_leaf(numbers, "x") if only is None else only.sin())
            else:
                row.append((left + upper).tanh())
        above = row
    return above[-1]


def hub(nodes: int, numbers: random.Random) -> Value:
    """Few leaves, used everywhere."""
    leaves = [_leaf(numbers, f"w{position}") for position in range(3)]
    z = _leaf(numbers, "z")
    for _ in range(max(1, nodes - 4)):
        z = _joined(z, numbers.choice(leaves), numbers)
    return z


def butterfly(nodes: int, numbers: random.Random) -> Value:
    """As in a fast Fourier transform."""
    size = 2
    while 4 * size * (2 * size).bit_length() < nodes:
        size *= 2
    values = [_leaf(numbers, f"x{position}") for position in range(size)]
    step = 1
    while step < size:
        values = [_joined(values[at], values[at ^ step], numbers) for at in range(size)]
        step *= 2
    return _total(values)


def recurrent(nodes: int, numbers: random.Random) -> Value:
    """The same weights in each step, each step in a scope of its own for one half of the graphs."""
    w, u, b, h = (_leaf(numbers, name) for name in ("w", "u", "b", "h0"))
    framed = numbers.random() < 0.5
    for step in range(1, max(2, nodes // 6) + 1):
        with scope(f"step {step}" if framed else "all steps"):
            h = (w * _leaf(numbers, f"x{step}") + u * h + b).tanh()
            h.label = f"h{step}"
    return h


def attention(nodes: int, numbers: random.Random) -> Value:
    """Each query with all keys, through a softmax."""
    size = max(2, round((nodes / 9) ** 0.5))
    queries, keys, values = ([_leaf(numbers, f"{name}{at}") for at in range(size)] for name in "qkv")
    found = []
    for query in queries:
        weights = [(query * key).exp() for key in keys]
        whole = _total(weights)
        found.append(_total([weight / whole * value for weight, value in zip(weights, values, strict=True)]))
    return _total(found)


def dense(nodes: int, numbers: random.Random) -> Value:
    """Layers of neurons, written without a library."""
    width = max(2, round((nodes / 7) ** 0.5))
    signals = [_leaf(numbers, f"x{position}") for position in range(width)]
    for _ in range(1 if nodes < 40 else 2):
        signals = [
            _total([_leaf(numbers, f"b{at}"), *(_leaf(numbers, f"w{at}") * each for each in signals)]).tanh()
            for at in range(width)
        ]
    return _total(signals)


def _total(terms: list[Value]) -> Value:
    first, *others = terms
    for each in others:
        first = first + each
    return first


#: Each makes a graph of about so many nodes.
KINDS: dict[str, Callable[[int, random.Random], Value]] = {
    each.__name__: each for each in (chain, tree, grid, hub, butterfly, recurrent, attention, dense)
}
