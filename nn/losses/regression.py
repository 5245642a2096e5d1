"""Losses of regression: means of a function of the error z - t."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from autograd_core import InputValueError, absolute, maximum, where
from autograd_core.scalar.conversion import number_from

from .reduction import Loss, mean_of

__all__ = [
    "HUBER",
    "MEAN_ABSOLUTE_ERROR",
    "MEAN_SQUARED_ERROR",
    "QUANTILE",
    "huber",
    "mean_absolute_error",
    "mean_squared_error",
    "quantile",
]


def mean_squared_error(predictions: Any, targets: Any, weights: Any = None) -> Any:
    """Mean of (prediction - target)², the loss of regression.

    Parameters
    ----------
    predictions
        n Values or numbers: a list, a tuple or a NumPy array of shape (n,); or a Tensor of shape (n,) or (n, 1). Of a
        model with k outputs a list of k for each example, or a Tensor of shape (n, k).
    targets
        n finite numbers; for k outputs, of shape (n, k).
    weights
        How much each example counts, n finite numbers of at least 0; all the same by default.

    Returns
    -------
    Value, or Tensor without axes
        The mean over the examples (with weights sum(weight * term) / sum(weights)) and over the outputs; a constant
        if no prediction is a node.

    Raises
    ------
    InputTypeError
        If something is not a list of scalars, or a target is not a number.
    InputValueError
        If there are no examples, the lengths or shapes differ, or a target or weight is not one that the loss takes.

    Notes
    -----
    A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes* (1805), appendix on the method
    of least squares.

    Examples
    --------
    >>> from autograd_core import Tensor, Value
    >>> prediction = Value(3.0)
    >>> loss = mean_squared_error([prediction, 1.0], [1.0, 1.0])
    >>> loss.backward()
    >>> loss.data, prediction.grad
    (2.0, 2.0)
    >>> mean_squared_error(Tensor([[3.0], [1.0]]), [1.0, 1.0]).item()
    2.0
    """
    return mean_of(MEAN_SQUARED_ERROR, predictions, targets, weights)


def mean_absolute_error(predictions: Any, targets: Any, weights: Any = None) -> Any:
    """Mean of ``|prediction - target|``, which a few wild targets do not rule; its minimum is a median.

    For arguments, result and errors see :func:`mean_squared_error`. Where the error is 0, so is the derivative.

    Notes
    -----
    P.-S. Laplace, *Théorie analytique des probabilités*, second supplement (1818).

    Examples
    --------
    >>> mean_absolute_error([3.0, 1.0], [1.0, 1.0]).data
    1.0
    """
    return mean_of(MEAN_ABSOLUTE_ERROR, predictions, targets, weights)


def huber(predictions: Any, targets: Any, weights: Any = None, *, delta: float = 1.0) -> Any:
    """Mean of half the squared error where it is at most delta, and of ``delta (|error| - delta / 2)`` beyond.

    For arguments, result and errors see :func:`mean_squared_error`. To train with another delta write
    ``functools.partial(huber, delta=2.0)``.

    Parameters
    ----------
    delta
        Up to which error the loss is a square; positive, in the unit of the targets.

    Notes
    -----
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964).

    Examples
    --------
    >>> huber([0.5, 3.0], [0.0, 0.0]).data  # the mean of 0.125 and 2.5
    1.3125
    """
    delta = number_from(delta, "huber: delta")
    if not 0 < delta < inf:
        raise InputValueError(f"huber: delta={delta} is not positive and finite; write 1.0")
    return mean_of(HUBER.with_options(delta=delta), predictions, targets, weights)


def quantile(predictions: Any, targets: Any, weights: Any = None, *, q: float = 0.5) -> Any:
    """Mean of max(q (target - prediction), (q - 1) (target - prediction)); its minimum is the q-quantile.

    For arguments, result and errors see :func:`mean_squared_error`. To train write
    ``functools.partial(quantile, q=0.9)``.

    Parameters
    ----------
    q
        Which share of the targets shall lie below the prediction, between 0 and 1.

    Notes
    -----
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46 (1978). At an error of 0 the derivative is the
    mean of those beside it, q - 1/2 (up to its sign).

    Examples
    --------
    >>> quantile([0.0, 0.0], [1.0, -1.0], q=0.75).data  # the mean of 0.75 and 0.25
    0.5
    """
    q = number_from(q, "quantile: q")
    if not 0 < q < 1:
        raise InputValueError(f"quantile: q={q} is not between 0 and 1; write 0.5 for the median")
    return mean_of(QUANTILE.with_options(q=q), predictions, targets, weights)


def _squared_error(z: Any, t: Any) -> Any:
    return (z - t) ** 2


def _absolute_error(z: Any, t: Any) -> Any:
    return absolute(z - t)


def _huber(z: Any, t: Any, delta: float = 1.0) -> Any:
    error = z - t
    size = absolute(error)
    return where(size <= delta, 0.5 * error**2, delta * (size - 0.5 * delta))


def _quantile(z: Any, t: Any, q: float = 0.5) -> Any:
    error = t - z
    return maximum(q * error, (q - 1) * error)


_FINITE = np.isfinite, "targets are finite; leave out or repair it"
MEAN_SQUARED_ERROR = Loss("mean_squared_error", _squared_error, *_FINITE)
MEAN_ABSOLUTE_ERROR = Loss("mean_absolute_error", _absolute_error, *_FINITE)
HUBER = Loss("huber", _huber, *_FINITE)
QUANTILE = Loss("quantile", _quantile, *_FINITE)
