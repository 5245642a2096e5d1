"""Standardizer: columns shifted and scaled to mean 0 and standard deviation 1, as learned from the training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError
from autograd_core.scalar.conversion import real_array

from ..conversion import examples_from

__all__ = ["Standardizer"]

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
