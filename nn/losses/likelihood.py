"""Losses that are negative logarithms of a likelihood, or distances of distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core import InputValueError, Tensor, exp, log, where
from autograd_core.scalar.conversion import number_from, real_array

from .classification import are_distributions, surprisals
from .reduction import Loss, mean_of

__all__ = ["GAUSSIAN", "KULLBACK_LEIBLER", "gaussian_negative_log_likelihood", "kullback_leibler"]


def gaussian_negative_log_likelihood(
    predictions: Any, targets: Any, weights: Any = None, *, variance: float | None = None
) -> Any:
    """Mean of -log N(target; mean, variance): regression by a model that says how sure it is.

    For weights, result and errors see :func:`nn.mean_squared_error`.

    Parameters
    ----------
    predictions
        Two outputs for each example, the mean and the logarithm of the variance: a list of two Values, or a Tensor of
        shape (n, 2). With a given variance the mean only.
    targets
        n finite numbers.
    variance
        The variance if it is known, positive, in the squared unit of the targets.

    Notes
    -----
    With s = log(variance) it is (s + (t - mean)² exp(-s) + log(2π)) / 2: D. A. Nix and A. S. Weigend, "Estimating the
    mean and variance of the target probability distribution", IEEE International Conference on Neural Networks (1994).

    Examples
    --------
    >>> round(gaussian_negative_log_likelihood([[0.0, 0.0]], [1.0]).data, 6)  # mean 0, variance 1
    1.418939
    >>> round(gaussian_negative_log_likelihood([0.0], [1.0], variance=1.0).data, 6)
    1.418939
    """
    if variance is None:
        if not isinstance(targets, np.ndarray) or targets.ndim == 1:
            targets = real_array(targets, "gaussian_negative_log_likelihood: targets").reshape(-1, 1)
        return mean_of(GAUSSIAN, predictions, targets, weights)
    number = number_from(variance, "gaussian_negative_log_likelihood: variance")
    if not 0 < number < math.inf:
        raise InputValueError(f"gaussian_negative_log_likelihood: variance={number} is not positive; write 1.0")
    return mean_of(
        GAUSSIAN.with_options(variance=number)._replace(of_rows=False, outputs=None), predictions, targets, weights
    )


def kullback_leibler(logits: Any, targets: Any, weights: Any = None) -> Any:
    """Mean of the divergence sum(t log(t / softmax(logits))) of the predicted distributions from the targets.

    Parameters
    ----------
    logits
        As in :func:`nn.cross_entropy`.
    targets
        A distribution for each example, shape (examples, classes).
    weights
        How much each example counts.

    Notes
    -----
    It is the cross-entropy less the entropy of the targets, so both have the same gradient: S. Kullback and
    R. A. Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951).

    Examples
    --------
    >>> round(kullback_leibler([[0.0, 0.0]], [[1.0, 0.0]]).data, 6)
    0.693147
    """
    numbers = real_array(targets, "kullback_leibler: targets").astype(float)
    if numbers.ndim != 2:
        raise InputValueError(f"kullback_leibler: targets of shape {numbers.shape}; give (examples, classes)")
    return mean_of(KULLBACK_LEIBLER, logits, are_distributions(numbers, "kullback_leibler: targets"), weights)


def _gaussian(outputs: Any, t: Any, variance: float | None = None) -> Any:
    if variance is not None:
        return 0.5 * (outputs - t) ** 2 / variance + 0.5 * math.log(2 * math.pi * variance)
    mean, s = (outputs[:, 0], outputs[:, 1]) if isinstance(outputs, Tensor) else outputs
    target = t[:, 0] if isinstance(outputs, Tensor) else t[0]
    return 0.5 * (s + (mean - target) ** 2 * exp(-s) + math.log(2 * math.pi))


def _divergence(outputs: Any, t: Any) -> Any:
    if isinstance(outputs, Tensor):
        return _share(t, surprisals(outputs)).sum(axis=1)
    return sum(_share(t_j, s_j) for t_j, s_j in zip(t, surprisals(outputs), strict=True))


def _share(t: Any, surprisal: Any) -> Any:
    return where(t, t * (surprisal + log(t)), 0.0)


GAUSSIAN = Loss(
    "gaussian_negative_log_likelihood",
    _gaussian,
    np.isfinite,
    "targets are finite; leave out or repair it",
    of_rows=True,
    outputs=2,  # the mean, and the logarithm of the variance
)
KULLBACK_LEIBLER = Loss("kullback_leibler", _divergence, lambda t: t >= 0, "targets are distributions", of_rows=True)
