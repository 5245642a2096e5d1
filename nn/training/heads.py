"""Heads: what the outputs of a model mean, given the loss it learned by; and the metric that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_core import InputValueError, sigmoid, softmax
from autograd_core.errors import shortened

from ..losses.known import known_loss

__all__ = ["HEADS", "Head", "accuracy_of", "head_from", "head_of", "r2"]

Array = np.ndarray[Any, Any]


def accuracy_of(predicted: Array, targets: Array) -> float:
    """The share of classes that are right.

    >>> accuracy_of(np.array([0, 1, 1]), np.array([0, 1, 0])).hex() == (2 / 3).hex()
    True
    """
    return float(np.mean(predicted == targets))


def r2(predicted: Array, targets: Array) -> float:
    """The coefficient of determination, 1 - sum((t - z)²) / sum((t - mean(t))²): 1 is best, 0 that of the mean.

    >>> r2(np.array([1.0, 2.0]), np.array([1.0, 2.0])), r2(np.array([1.5, 1.5]), np.array([1.0, 2.0]))
    (1.0, 0.0)
    """
    spread = float(np.sum((targets - targets.mean(axis=0)) ** 2))
    left = float(np.sum((targets - predicted) ** 2))
    return 1.0 - left / spread if spread else float(left == 0.0)


class Head(NamedTuple):
    """What outputs mean.

    Attributes
    ----------
    name
        Of the head.
    predict
        From outputs of shape (examples, outputs) to predictions: classes, or numbers.
    probabilities
        From outputs to the probability of each class, shape (examples, classes); None for a regression.
    metric
        How good predictions are, by its name and function: "accuracy" or "r2".
    """

    name: str
    predict: Callable[[Array], Array]
    probabilities: Callable[[Array], Array] | None
    metric: tuple[str, Callable[[Array, Array], float]]


def _numbers(outputs: Array) -> Array:
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def _two_classes(outputs: Array) -> Array:
    p = sigmoid(outputs[:, 0])
    return np.column_stack([sigmoid(-outputs[:, 0]), p])


#: The heads by name.
HEADS: dict[str, Head] = {
    "regression": Head("regression", _numbers, None, ("r2", r2)),
    "gaussian": Head("gaussian", lambda outputs: outputs[:, 0], None, ("r2", r2)),
    "binary": Head("binary", lambda z: (z[:, 0] > 0).astype(int), _two_classes, ("accuracy", accuracy_of)),
    "signs": Head("signs", lambda z: np.where(z[:, 0] > 0, 1, -1), None, ("accuracy", accuracy_of)),
    "multiclass": Head("multiclass", lambda z: z.argmax(axis=1), softmax, ("accuracy", accuracy_of)),
}
_OF_LOSS = {
    "binary_cross_entropy_with_logits": "binary",
    "hinge": "signs",
    "cross_entropy": "multiclass",
    "kullback_leibler": "multiclass",
}


def head_of(loss: Any) -> Head | None:
    """The head that a loss goes with; None for a loss that is not of this package.

    >>> from nn import cross_entropy, mean_squared_error
    >>> head_of(cross_entropy).name, head_of(mean_squared_error).name
    ('multiclass', 'regression')
    """
    known = known_loss(loss)
    if known is None:
        return None
    return HEADS["gaussian" if known.outputs == 2 else _OF_LOSS.get(known.name, "regression")]


def head_from(head: Any, model: Any, who: str) -> Head:
    """The head of a name, or that which the model got by its training."""
    name = getattr(model, "head", None) if head is None else head
    if not isinstance(name, str) or name not in HEADS:
        what = "the model has none, for it was not trained by fit" if name is None else f"there is no {shortened(name)}"
        raise InputValueError(f"{who}: head: {what}; write head= one of {', '.join(HEADS)}")
    return HEADS[name]
