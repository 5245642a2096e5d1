"""Losses of classification, computed from logits so that they are accurate for logits of any size."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from autograd_core import (
    InputTypeError,
    InputValueError,
    Tensor,
    log_softmax,
    logaddexp,
    relu,
    softplus,
    where,
)
from autograd_core.array.cross_entropy import Labels, labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import real_array

from .reduction import Loss, mean_of, mean_of_terms, rows_of_nodes, weighted_mean

__all__ = [
    "BINARY_CROSS_ENTROPY",
    "CROSS_ENTROPY",
    "HINGE",
    "are_distributions",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge",
    "one_hot",
    "surprisals",
]

Array = np.ndarray[Any, Any]

#: Types of integers by their size; read as one of these a negative label is a large one.
_WITHOUT_SIGN = {size: np.dtype(f"u{size}") for size in (1, 2, 4, 8)}


def binary_cross_entropy_with_logits(predictions: Any, targets: Any, weights: Any = None) -> Any:
    """Mean of -t log(p) - (1 - t) log(1 - p) for p = sigmoid(logit), the loss of classification in two classes.

    For weights, result and errors see :func:`nn.mean_squared_error`.

    Parameters
    ----------
    predictions
        n logits (what sigmoid would be applied to; not probabilities), Values or numbers: a list, a tuple or a NumPy
        array of shape (n,); or a Tensor of shape (n,) or (n, 1).
    targets
        n probabilities of the positive class, in [0, 1]; 0 and 1 for labels.

    Notes
    -----
    With -log(sigmoid(s)) = softplus(-s) and -log(1 - sigmoid(s)) = softplus(s) the loss of an example is
    t softplus(-s) + (1 - t) softplus(s), which is accurate for logits of any size: I. Goodfellow, Y. Bengio and
    A. Courville, *Deep Learning*, MIT Press (2016), section 6.2.2.2.

    Examples
    --------
    >>> from autograd_core import Value
    >>> logit = Value(0.0)
    >>> loss = binary_cross_entropy_with_logits([logit], [1])
    >>> loss.backward()
    >>> f"{loss.data:.6f}", logit.grad
    ('0.693147', -0.5)
    >>> binary_cross_entropy_with_logits([-1000.0], [1]).data
    1000.0
    """
    return mean_of(BINARY_CROSS_ENTROPY, predictions, targets, weights)


def hinge(predictions: Any, targets: Any, weights: Any = None) -> Any:
    """Mean of max(0, 1 - target * score), the loss of support vector machines.

    For weights, result and errors see :func:`nn.mean_squared_error`.

    Parameters
    ----------
    predictions
        n scores, Values or numbers: a list, a tuple or a NumPy array of shape (n,); or a Tensor.
    targets
        n labels, each -1 or 1.

    Notes
    -----
    C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20 (1995). At the kink, target * score = 1,
    the derivative is that of relu there, 0.

    Examples
    --------
    >>> from autograd_core import Value
    >>> score = Value(0.25)
    >>> loss = hinge([score, -3.0], [1, -1])
    >>> loss.backward()
    >>> loss.data, score.grad
    (0.375, -0.5)
    """
    return mean_of(HINGE, predictions, targets, weights)


def cross_entropy(logits: Any, labels: Any, weights: Any = None) -> Any:
    """Mean of -log(softmax(logits)[label]), the loss of classification in several classes.

    Parameters
    ----------
    logits
        A Tensor of shape (examples, classes), or for each example a list of one Value or number a class.
    labels
        The class of each example, integers from 0 on: a list or an array of shape (examples,). Or a distribution over
        the classes for each, numbers of at least 0 with the sum 1, shape (examples, classes). In a function that is
        recorded as a program they may be an input of it, a Tensor of integers.
    weights
        How much each example counts, as in :func:`nn.mean_squared_error`.

    Returns
    -------
    Tensor without axes, or Value
        The mean over the examples.

    Raises
    ------
    InputTypeError, InputValueError
        If the logits are neither of these, or the labels not as many integers, each the number of a class, or
        distributions.

    Notes
    -----
    The derivative by the logits is (softmax(logits) - 1 for the label) / examples: I. Goodfellow, Y. Bengio and
    A. Courville, *Deep Learning*, MIT Press (2016), section 6.2.2.3.

    Examples
    --------
    >>> logits = Tensor([[0.0, 0.0], [1000.0, 0.0]])
    >>> loss = cross_entropy(logits, [0, 0])
    >>> loss.backward()
    >>> round(loss.item(), 6), logits.grad.tolist()
    (0.346574, [[-0.25, 0.25], [0.0, 0.0]])
    >>> round(cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [0, 0]).data, 6)
    0.346574
    """
    if isinstance(labels, Tensor) and isinstance(logits, Tensor) and weights is None:
        of_input = labels_of(labels)
        _classes_from(of_input.classes, labels, logits.shape)
        return apply_to_one("cross_entropy", logits, of_input)
    numbers = labels if type(labels) is np.ndarray else real_array(labels, "cross_entropy: labels")
    rows = logits if isinstance(logits, Tensor) else _rows_of_logits(logits)
    if numbers.ndim == 2:
        return mean_of(CROSS_ENTROPY, logits, are_distributions(numbers, "cross_entropy: labels"), weights)
    shape = rows.shape if isinstance(rows, Tensor) else (len(rows), len(rows[0]))
    classes = _classes_from(numbers, labels, shape)
    if isinstance(rows, Tensor):
        if weights is None:
            return apply_to_one("cross_entropy", rows, Labels(classes))
        return mean_of_terms(CROSS_ENTROPY.term(rows, one_hot(classes, shape[1])), weights, "cross_entropy")
    terms = [_surprisal(row, label) for row, label in zip(rows, classes.tolist(), strict=True)]
    return weighted_mean(terms, weights, "cross_entropy")


def _rows_of_logits(logits: Any) -> Any:
    try:
        return rows_of_nodes("cross_entropy", logits)
    except InputTypeError:
        raise InputTypeError(
            f"cross_entropy: the logits are {shortened(logits)}; give a Tensor of shape (examples, classes), as "
            "model.to_tensor()(X) is for a model with one output a class, or a list of one logit a class for each "
            "example; for two classes and one output an example there is binary_cross_entropy_with_logits"
        ) from None


def _classes_from(numbers: Array, labels: Any, shape: tuple[int, ...]) -> Array:
    """The number of each example's class, for logits of that shape."""
    if len(shape) != 2 or 0 in shape:
        raise InputValueError(f"cross_entropy: logits of shape {shape}; give (examples, classes)")
    classes = np.array(numbers)  # a copy, for whoever gave the labels may write to them before the backward pass
    if classes.dtype.kind not in "iu":
        raise InputTypeError(
            f"cross_entropy: labels {shortened(labels)} are not integers; give the number of each class"
        )
    if classes.shape != shape[:1]:
        raise InputValueError(f"cross_entropy: labels of shape {classes.shape} for {shape[0]} examples")
    if np.maximum.reduce(classes.view(_WITHOUT_SIGN[classes.itemsize])) >= shape[1]:
        raise InputValueError(
            f"cross_entropy: a label is not from 0 to {shape[1] - 1}, the classes that logits of shape {shape} have"
        )
    return classes


def one_hot(classes: Array, count: int) -> Array:
    """A distribution for each class: 1 where it is, else 0.

    >>> one_hot(np.array([1, 0]), 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return np.eye(count)[classes]


def are_distributions(numbers: Array, what: str) -> Array:
    """Numbers of shape (examples, classes) whose rows are at least 0 and have the sum 1; else an error."""
    bad = np.flatnonzero(~((numbers >= 0).all(axis=1) & np.isclose(numbers.sum(axis=1), 1.0)))
    if bad.size:
        raise InputValueError(
            f"{what}: row {bad[0]}, {numbers[bad[0]].tolist()}, is no distribution; its numbers have to be at least 0 "
            "and have the sum 1"
        )
    return numbers


def surprisals(outputs: Any) -> Any:
    """-log(softmax(outputs)) of each class: a Tensor of a Tensor of shape (examples, classes), a list of a list.

    Of a list it is softplus(o - s), o being the logarithm of the sum of the exponentials of the others, which does not
    round small ones to 0.

    >>> surprisals([0.0, 1000.0])
    [1000.0, 0.0]
    """
    if isinstance(outputs, Tensor):
        return -log_softmax(outputs)
    return [_surprisal(outputs, label) for label in range(len(outputs))]


def _surprisal(outputs: Any, label: int) -> Any:
    *_, others = accumulate([*outputs[:label], *outputs[label + 1 :]], logaddexp)
    return softplus(others - outputs[label])


def _cross_entropy(outputs: Any, t: Any) -> Any:
    if isinstance(outputs, Tensor):
        return where(t, t * surprisals(outputs), 0.0).sum(axis=1)
    return sum(_share(t_j, s_j) for t_j, s_j in zip(t, surprisals(outputs), strict=True))


def _share(t: Any, surprisal: Any) -> Any:
    return where(t, t * surprisal, 0.0)


def _binary_cross_entropy(z: Any, t: Any) -> Any:
    if isinstance(t, float):
        # A term of weight 0 is left out: no nodes for it, and no 0 * inf where a logit is infinite.
        if t == 1:
            return softplus(-z)
        return softplus(z) if t == 0 else t * softplus(-z) + (1 - t) * softplus(z)
    # Of a target that may be another number later, the term of weight 0 is not chosen rather than left out.
    return where(t, t * softplus(-z), 0.0) + where(1 - t, (1 - t) * softplus(z), 0.0)


def _hinge(z: Any, t: Any) -> Any:
    return relu(1 - t * z)


BINARY_CROSS_ENTROPY = Loss(
    "binary_cross_entropy_with_logits",
    _binary_cross_entropy,
    lambda targets: (targets >= 0) & (targets <= 1),
    "targets are probabilities in [0, 1]; write 0 and 1 for labels, such as (t + 1) / 2 for labels -1 and 1",
)
HINGE = Loss("hinge", _hinge, lambda t: np.abs(t) == 1, "targets are -1 or 1; write 2 * t - 1 for labels 0 and 1")
CROSS_ENTROPY = Loss("cross_entropy", _cross_entropy, lambda t: t >= 0, "targets are distributions", of_rows=True)
