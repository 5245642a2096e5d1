"""A recorded function computed on Values again, for the examples at which its program stands at a kink.

The graph of derivatives of derivatives is right beside a kink, and guarded there: at the kink both sides are looked at
(:mod:`autograd_core.kinks.rays`), for which the function itself runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..derivatives.pull_back import gradient_numbers
from ..scalar.blocks import recording, unchecked
from ..scalar.value import Value
from .structure import Structure, values_of, with_values

__all__ = ["computed_node_by_node"]


def computed_node_by_node(
    function: Callable[..., Any],
    structures: tuple[Sequence[Structure], Structure],
    arguments: Sequence[Array],
    own: Sequence[bool],
    count: int,
    seed: float,
    gradients: Sequence[Array | None],
) -> Array:
    """The results of each example, shape (count, number of results); gradients are filled in.

    Parameters
    ----------
    function
        The function.
    structures
        Of its arguments, and of its result.
    arguments, own, count
        An array an argument, whether each example has its own, and how many there are.
    seed
        Gradient of the one result of each example.
    gradients
        For each argument, where the gradient goes if it is wanted.
    """
    rows = []
    for gradient in gradients:
        if gradient is not None:
            gradient[...] = 0.0
    for example in range(count):
        numbers = [
            np.ravel(each.reshape(count, -1)[example] if each_own else each)
            for each, each_own in zip(arguments, own, strict=True)
        ]
        values = [[Value(number) for number in row.tolist()] for row in numbers]
        given = iter([each for row in values for each in row])
        with recording(True), unchecked():
            result = values_of(function(*(with_values(each, given) for each in structures[0])), structures[1])
        rows.append([float(each.data) if isinstance(each, Value) else float(each) for each in result])
        for row, gradient, each_own in zip(values, gradients, own, strict=True):
            if gradient is not None and isinstance(result[0], Value):
                found = seed * np.array(gradient_numbers(result[0], row))
                flat = gradient.reshape(count, -1)[example] if each_own else gradient.reshape(-1)
                flat += found
    return np.array(rows, float).reshape(count, -1)
