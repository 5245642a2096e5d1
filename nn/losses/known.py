"""Which loss functions there are, and what is known of each: so that training can record it and pair it with a head."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from autograd_core import InputTypeError

from ..conversion import called
from .classification import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    HINGE,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
)
from .likelihood import GAUSSIAN, KULLBACK_LEIBLER, gaussian_negative_log_likelihood, kullback_leibler
from .reduction import Loss
from .regression import (
    HUBER,
    MEAN_ABSOLUTE_ERROR,
    MEAN_SQUARED_ERROR,
    QUANTILE,
    huber,
    mean_absolute_error,
    mean_squared_error,
    quantile,
)

__all__ = ["LOSSES", "known_loss", "loss_from"]

#: The losses of this package, and what each is the mean of.
LOSSES: dict[Callable[..., Any], Loss] = {
    mean_squared_error: MEAN_SQUARED_ERROR,
    mean_absolute_error: MEAN_ABSOLUTE_ERROR,
    huber: HUBER,
    quantile: QUANTILE,
    binary_cross_entropy_with_logits: BINARY_CROSS_ENTROPY,
    hinge: HINGE,
    cross_entropy: CROSS_ENTROPY,
    kullback_leibler: KULLBACK_LEIBLER,
    gaussian_negative_log_likelihood: GAUSSIAN,
}


def known_loss(loss: Any) -> Loss | None:
    """What is known of a loss of this package, also with options: ``partial(huber, delta=2.0)``; None of others.

    >>> known_loss(mean_squared_error).name, known_loss(abs)
    ('mean_squared_error', None)
    """
    options: dict[str, Any] = {}
    if isinstance(loss, partial) and not loss.args and "weights" not in loss.keywords:
        loss, options = loss.func, loss.keywords
    try:
        found = LOSSES.get(loss)
    except TypeError:  # not hashable
        return None
    if found is None:
        return None
    if "variance" in options:
        found = found._replace(of_rows=False, outputs=None)
    return found.with_options(**options)


def loss_from(loss: Any, who: str) -> Callable[..., Any]:
    """A loss function, or an error that says how one is given."""
    if isinstance(loss, type):
        raise InputTypeError(f"{who}: loss: {loss.__name__} is a class; write loss=mean_squared_error")
    names = {each.__name__: each for each in LOSSES}
    found: Callable[..., Any] = called(loss, f"{who}: loss", names, "loss=mean_squared_error")
    return found
