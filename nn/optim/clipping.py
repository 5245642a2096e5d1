"""Gradients made smaller where they are large."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core.array.arrays import quietly

__all__ = ["clipped", "norm"]

Array = np.ndarray[Any, Any]


def norm(gradients: Sequence[Array]) -> float:
    """The length of all gradients as one vector.

    >>> norm([np.array([3.0]), np.array([4.0])])
    5.0
    >>> norm([np.array([3e200, 0.0])])  # whose square is no float
    3e+200
    """
    squares = sum([quietly().run(_square, each) for each in gradients])
    if math.isinf(squares):
        largest = max(float(np.abs(each).max(initial=0.0)) for each in gradients)
        return largest * norm([each / largest for each in gradients]) if math.isfinite(largest) else math.inf
    return math.sqrt(squares)


def _square(vector: Array) -> float:
    return float(vector.dot(vector))


def clipped(gradients: list[Array], max_norm: float | None, max_value: float | None) -> list[Array]:
    """Each number of a gradient moved into [-max_value, max_value]; then all made shorter if they exceed max_norm.

    Notes
    -----
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013. As in
    PyTorch, 1e-6 is added to the norm that is divided by.

    Examples
    --------
    >>> [each.tolist() for each in clipped([np.array([3.0, -9.0])], None, 4.0)]
    [[3.0, -4.0]]
    """
    if max_value is not None:
        gradients = [np.clip(each, -max_value, max_value) for each in gradients]
    if max_norm is not None:
        length = norm(gradients)
        if length > max_norm:
            gradients = [each * (max_norm / (length + 1e-6)) for each in gradients]
    return gradients
