"""What happens to data before training: split, standardise, cut into mini-batches. Every shuffle has its own seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError
from autograd_core.scalar.conversion import number_from, real_array

from .conversion import examples_from, generator_from, positive_integer, targets_from

__all__ = ["Standardizer", "minibatches", "train_test_split"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Standardizer:
    """Shifts and scales each column to mean 0 and standard deviation 1, as learned from the training part.

    Make one with :meth:`fit` on the training part only, so that nothing about the test part leaks into training.

    Attributes
    ----------
    mean
        Mean of each column of the training part, of shape (d,).
    scale
        Standard deviation of each column (that of the population, divided by n), of shape (d,). A column that is
        constant has no scale of its own: it is shifted to 0 and divided by 1.

    Examples
    --------
    >>> standardizer = Standardizer.fit([[1.0, 7.0], [3.0, 7.0]])
    >>> standardizer.transform([[1.0, 7.0], [3.0, 7.0], [5.0, 8.0]])
    array([[-1.,  0.],
           [ 1.,  0.],
           [ 3.,  1.]])
    """

    mean: Array
    scale: Array

    def __post_init__(self) -> None:
        for name in ("mean", "scale"):
            array = real_array(getattr(self, name), f"Standardizer: {name}").astype(float)
            if array.ndim != 1 or not array.size:
                raise InputValueError(f"Standardizer: {name} has shape {array.shape}; write Standardizer.fit(X)")
            object.__setattr__(self, name, array)
        if self.mean.shape != self.scale.shape:
            raise InputValueError(
                f"Standardizer: mean has shape {self.mean.shape}, scale {self.scale.shape}; write Standardizer.fit(X)"
            )

    @classmethod
    def fit(cls, X: Any) -> Standardizer:
        """Learn mean and standard deviation of each column.

        Parameters
        ----------
        X
            The training examples, finite numbers of shape (n, d).

        Returns
        -------
        Standardizer

        Raises
        ------
        InputTypeError, InputValueError
            If `X` is not a table of finite numbers, or no float holds the mean and spread of a column accurately.

        Notes
        -----
        Deviations are divided by the largest of them before they are squared, so that squares neither overflow nor
        vanish.
        """
        examples = examples_from(X)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = examples.mean(axis=0)
            # Rounding may give the mean of equal numbers a tiny deviation from them, which must not become a scale.
            constant = examples.min(axis=0) == examples.max(axis=0)
            mean[constant] = examples[0, constant]
            deviations = examples - mean
            largest = np.abs(deviations).max(axis=0)
            largest[constant] = 1.0
            scale = largest * np.sqrt(((deviations / largest) ** 2).mean(axis=0))
        scale[constant] = 1.0
        # Below the smallest normal float digits are lost, and a mean may be as far off as the numbers are apart.
        held = np.isfinite(mean) & np.isfinite(scale) & (scale >= np.finfo(np.float64).tiny)
        bad = np.flatnonzero(~held)
        if bad.size:
            raise InputValueError(
                f"Standardizer: the numbers in column {bad[0]} are so large or so close that no float holds their "
                "mean and spread; multiply the column by a power of ten first"
            )
        return cls(mean, scale)

    def transform(self, X: Any) -> Array:
        """Shift and scale examples by what was learned.

        Parameters
        ----------
        X
            Examples, finite numbers of shape (n, d), with the columns of the training part.

        Returns
        -------
        ndarray of shape (n, d)

        Raises
        ------
        InputTypeError, InputValueError
            If `X` is not a table of finite numbers, or does not have d columns.
        """
        examples = examples_from(X)
        if examples.shape[1] != len(self.mean):
            raise InputValueError(
                f"Standardizer: X has {examples.shape[1]} column(s), and it was fitted on {len(self.mean)}; "
                "give the same columns in the same order"
            )
        standardized: Array = (examples - self.mean) / self.scale
        return standardized


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


def minibatches(count: int, *, batch_size: int, seed: SupportsIndex | random.Random) -> list[list[int]]:
    """Shuffle the positions 0 ... count - 1 and cut them into mini-batches.

    Parameters
    ----------
    count
        Number of examples.
    batch_size
        Examples in a batch; the last batch has what is left.
    seed
        An integer, for the same batches on each run, or a ``random.Random``, for other batches on each call.

    Returns
    -------
    list of list of int
        Every position in exactly one batch.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive integer, or the seed is not one of the above.

    Examples
    --------
    >>> batches = minibatches(5, batch_size=2, seed=0)
    >>> [len(batch) for batch in batches], sorted(sum(batches, []))
    ([2, 2, 1], [0, 1, 2, 3, 4])
    """
    count = positive_integer(count, "minibatches: count")
    batch_size = positive_integer(batch_size, "minibatches: batch_size")
    order = list(range(count))
    generator_from(seed, "minibatches").shuffle(order)
    return [order[start : start + batch_size] for start in range(0, count, batch_size)]
