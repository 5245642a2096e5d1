"""Examples divided at random into parts, each shuffle with its own seed."""

from __future__ import annotations

import random
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError
from autograd_core.scalar.conversion import number_from

from ..conversion import examples_from, generator_from, targets_from

__all__ = ["train_test_split"]

Array = NDArray[np.float64]


def train_test_split(
    X: Any, y: Any, *, test_fraction: float, seed: SupportsIndex | random.Random
) -> tuple[Array, Array, Array, Array]:
    """Divide examples at random into a training and a test part.

    Parameters
    ----------
    X
        At least two examples, finite numbers of shape (n, d).
    y
        Their targets, finite numbers of shape (n,).
    test_fraction
        The share of the test part, between 0 and 1. Its size is rounded to the nearest integer, and neither part is
        left empty.
    seed
        An integer, for the same division on each run, or a ``random.Random``.

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
        Of shapes (n - k, d), (k, d), (n - k,) and (k,).

    Raises
    ------
    InputTypeError, InputValueError
        If `X` and `y` are not examples and their targets, there is one example only, or the fraction is not between
        0 and 1.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]], [1.0, 2.0, 3.0, 4.0]
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_fraction=0.25, seed=0)
    >>> X_train.shape, X_test.shape, sorted([*y_train.tolist(), *y_test.tolist()])
    ((3, 1), (1, 1), [1.0, 2.0, 3.0, 4.0])
    """
    examples = examples_from(X)
    count = len(examples)
    targets = targets_from(y, count)
    fraction = number_from(test_fraction, "train_test_split: test_fraction")
    if not 0 < fraction < 1:
        raise InputValueError(f"train_test_split: test_fraction={fraction} is not between 0 and 1; write 0.25")
    if count < 2:
        raise InputValueError("train_test_split: one example cannot be divided into two parts; give at least two")
    order = list(range(count))
    generator_from(seed, "train_test_split").shuffle(order)
    tested = min(max(round(count * fraction), 1), count - 1)
    test, train = order[:tested], order[tested:]
    return examples[train], examples[test], targets[train], targets[test]
