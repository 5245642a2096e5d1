"""Graphs to be drawn: a network in which every weight is a scalar, written for any class of scalars."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from typing import Any

Leaf = Callable[[float], Any]


def network(nodes: int, leaf: Leaf) -> Any:
    """The sum of the outputs of two layers of tanh neurons, with as many inputs as neurons, all numbers from one seed.

    Parameters
    ----------
    nodes
        About how many nodes the graph shall have, leaves included.
    leaf
        Makes a leaf of a number: ``Value``, or a function that makes a scalar tensor.
    """
    width = max(2, round(math.sqrt(nodes / 6)))  # a neuron has about 3 nodes a weight: weight, product, sum
    numbers = random.Random(0)

    def weight() -> Any:
        return leaf(numbers.uniform(-0.5, 0.5))

    s = [weight() for _ in range(width)]
    for _ in range(2):
        s = [_sum([weight(), *(weight() * each for each in s)]).tanh() for _ in range(width)]
    return _sum(s)


def _sum(terms: Iterable[Any]) -> Any:
    first, *others = terms
    for each in others:
        first = first + each
    return first
