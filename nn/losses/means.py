"""Loss functions: from predictions and targets to one Value, the mean over the examples.

A loss is composed of primitives, so its gradient is the engine's business. Targets are plain numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_core import (
    InputTypeError,
    InputValueError,
    Tensor,
    Value,
    constant,
    relu,
    softplus,
    where,
)
from autograd_core.array.cross_entropy import Labels
from autograd_core.array.functions import apply_to_one
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from, real_array

from ..conversion import called, sequence_from

__all__ = ["TERMS", "binary_cross_entropy_with_logits", "cross_entropy", "hinge", "loss_from", "mean_squared_error"]


def mean_squared_error(predictions: Any, targets: Any) -> Value:
    """Mean of (prediction - target)², the loss of regression.

    Parameters
    ----------
    predictions
        n Values or numbers: a list, a tuple or a NumPy array of shape (n,).
    targets
        n finite numbers.

    Returns
    -------
    Value
        The mean over the examples; a constant if no prediction is a Value.

    Raises
    ------
    InputTypeError
        If something is not a list of scalars, or a target is not a number.
    InputValueError
        If there are no examples, the lengths differ, or a target is not one that the loss takes.

    Notes
    -----
    A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes* (1805), appendix on the method
    of least squares.

    Examples
    --------
    >>> prediction = Value(3.0)
    >>> loss = mean_squared_error([prediction, 1.0], [1.0, 1.0])
    >>> loss.backward()
    >>> loss.data, prediction.grad
    (2.0, 2.0)
    """
    return _mean("mean_squared_error", _squared_error, predictions, targets)


def binary_cross_entropy_with_logits(predictions: Any, targets: Any) -> Value:
    """Mean of -t log(p) - (1 - t) log(1 - p) for p = sigmoid(logit), the loss of classification in two classes.

    For the result and errors see :func:`mean_squared_error`.

    Parameters
    ----------
    predictions
        n logits (what sigmoid would be applied to; not probabilities), Values or numbers: a list, a tuple or a NumPy
        array of shape (n,).
    targets
        n probabilities of the positive class, in [0, 1]; 0 and 1 for labels.

    Notes
    -----
    With -log(sigmoid(s)) = softplus(-s) and -log(1 - sigmoid(s)) = softplus(s) the loss of an example is
    t softplus(-s) + (1 - t) softplus(s), which is accurate for logits of any size: I. Goodfellow, Y. Bengio and
    A. Courville, *Deep Learning*, MIT Press (2016), section 6.2.2.2.

    Examples
    --------
    >>> logit = Value(0.0)
    >>> loss = binary_cross_entropy_with_logits([logit], [1])
    >>> loss.backward()
    >>> f"{loss.data:.6f}", logit.grad
    ('0.693147', -0.5)
    >>> binary_cross_entropy_with_logits([-1000.0], [1]).data
    1000.0
    """
    return _mean("binary_cross_entropy_with_logits", _cross_entropy, predictions, targets)


def _cross_entropy(logit: Value, target: float) -> Value:
    # A term of weight 0 is left out: no nodes for it, and no 0 * inf where a logit is infinite.
    if target == 1:
        return softplus(-logit)  # type: ignore[no-any-return]
    if target == 0:
        return softplus(logit)  # type: ignore[no-any-return]
    return target * softplus(-logit) + (1 - target) * softplus(logit)  # type: ignore[no-any-return]


def hinge(predictions: Any, targets: Any) -> Value:
    """Mean of max(0, 1 - target * score), the loss of support vector machines.

    For the result and errors see :func:`mean_squared_error`.

    Parameters
    ----------
    predictions
        n scores, Values or numbers: a list, a tuple or a NumPy array of shape (n,).
    targets
        n labels, each -1 or 1.

    Notes
    -----
    C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20 (1995). At the kink, target * score = 1,
    the derivative is that of relu there, 0.

    Examples
    --------
    >>> score = Value(0.25)
    >>> loss = hinge([score, -3.0], [1, -1])
    >>> loss.backward()
    >>> loss.data, score.grad
    (0.375, -0.5)
    """
    return _mean("hinge", _hinge, predictions, targets)


def cross_entropy(logits: Tensor, labels: Any) -> Tensor:
    """Mean of -log(softmax(logits)[label]), the loss of classification in several classes.

    Parameters
    ----------
    logits
        A Tensor of shape (examples, classes).
    labels
        The class of each example, integers from 0 on: a list or an array of shape (examples,).

    Returns
    -------
    Tensor
        The mean over the examples, without axes.

    Raises
    ------
    InputTypeError, InputValueError
        If the logits are no such Tensor, or the labels not as many integers, each the number of a class.

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
    """
    if not isinstance(logits, Tensor):
        raise InputTypeError(
            f"cross_entropy: the logits are {shortened(logits)}; give a Tensor of shape (examples, classes), as "
            "model.to_tensor()(X) is for a model with one output a class; for two classes and one output an example "
            "there is binary_cross_entropy_with_logits"
        )
    shape = logits.shape
    if len(shape) != 2 or 0 in shape:
        raise InputValueError(f"cross_entropy: logits of shape {shape}; give (examples, classes)")
    if type(labels) is not np.ndarray:
        labels = real_array(labels, "cross_entropy: labels")
    classes = np.array(labels)  # a copy, for whoever gave the labels may write to them before the backward pass
    if classes.dtype.kind not in "iu":
        raise InputTypeError(
            f"cross_entropy: labels {shortened(labels)} are not integers; give the number of each class"
        )
    if classes.shape != shape[:1]:
        raise InputValueError(f"cross_entropy: labels of shape {classes.shape} for {shape[0]} examples")
    # Without its sign a negative label is a large one.
    if np.maximum.reduce(classes.view(f"u{classes.itemsize}")) >= shape[1]:
        raise InputValueError(
            f"cross_entropy: a label is not from 0 to {shape[1] - 1}, the classes that logits of shape {shape} have"
        )
    return apply_to_one("cross_entropy", logits, Labels(classes))  # type: ignore[no-any-return]


def _squared_error(prediction: Value, target: float | Value) -> Value:
    return (prediction - target) ** 2


def _hinge(score: Value, target: float | Value) -> Value:
    return relu(1 - target * score)  # type: ignore[no-any-return]


def _cross_entropy_of_any_target(logit: Value, target: float | Value) -> Value:
    # Of a target that may be another number later, the term of weight 0 is not chosen rather than left out.
    if_one = where(target, target * softplus(-logit), 0.0)
    if_zero = where(1 - target, (1 - target) * softplus(logit), 0.0)
    return if_one + if_zero  # type: ignore[no-any-return]


#: What each loss is the mean of: a function of one prediction and one target, which may be a node.
TERMS: dict[Callable[..., Value], Callable[[Value, Value], Value]] = {
    mean_squared_error: _squared_error,
    binary_cross_entropy_with_logits: _cross_entropy_of_any_target,
    hinge: _hinge,
}


class _Demand(NamedTuple):
    """Which targets a loss takes, what its error says of others, and how the loss is written for a Tensor."""

    takes: Callable[[float], bool]
    advice: str
    of_tensors: str


_DEMANDS = {
    "mean_squared_error": _Demand(
        math.isfinite,
        "targets are finite; leave out or repair it",
        "((predictions - targets) ** 2).mean()",
    ),
    "binary_cross_entropy_with_logits": _Demand(
        lambda target: 0 <= target <= 1,
        "targets are probabilities in [0, 1]; write 0 and 1 for labels, such as (t + 1) / 2 for labels -1 and 1",
        "(softplus(predictions) - targets * predictions).mean()",
    ),
    "hinge": _Demand(
        lambda target: target in (-1, 1),
        "targets are -1 or 1; write 2 * t - 1 for labels 0 and 1",
        "relu(1 - targets * predictions).mean()",
    ),
}


def _mean(loss: str, term: Callable[[Value, float], Value], predictions: Any, targets: Any) -> Value:
    pairs, demand = _pairs(loss, predictions, targets), _DEMANDS[loss]
    for position, (_, target) in enumerate(pairs):
        if not demand.takes(target):
            raise InputValueError(f"{loss}: target {position} is {target}, and {demand.advice}")
    terms = [term(prediction, target) for prediction, target in pairs]
    return sum(terms[1:], terms[0]) / len(terms)


def _pairs(loss: str, predictions: Any, targets: Any) -> list[tuple[Value, float]]:
    """Each prediction as a node beside its target as a float."""
    if isinstance(predictions, Tensor):
        raise InputTypeError(
            f"{loss}: the predictions are a Tensor, and this loss takes Values, one an example; for a Tensor of shape "
            f"(examples,) write {_DEMANDS[loss].of_tensors}"
        )
    advice = f"write {loss}([prediction, ...], [target, ...])"
    nodes = [
        _prediction_from(each, f"{loss}: prediction {position}")
        for position, each in enumerate(sequence_from(predictions, f"{loss}: predictions", advice))
    ]
    numbers = [
        _target_from(each, f"{loss}: target {position}")
        for position, each in enumerate(sequence_from(targets, f"{loss}: targets", advice))
    ]
    if len(nodes) != len(numbers):
        raise InputValueError(f"{loss}: {len(nodes)} prediction(s) for {len(numbers)} target(s); give one for each")
    if not nodes:
        raise InputValueError(f"{loss}: there are no examples, and no mean of nothing; give at least one")
    return list(zip(nodes, numbers, strict=True))


def loss_from(loss: Any, who: str) -> Callable[..., Any]:
    """A loss function, or an error that says how one is given."""
    known = {each.__name__: each for each in (*TERMS, cross_entropy)}
    if isinstance(loss, type):
        raise InputTypeError(f"{who}: loss: {loss.__name__} is a class; write loss=mean_squared_error")
    found: Callable[..., Any] = called(loss, f"{who}: loss", known, "loss=mean_squared_error")
    return found


def _prediction_from(given: Any, what: str) -> Value:
    if isinstance(given, Tensor):
        raise InputTypeError(
            f"{what} is a Tensor, and this loss takes Values; write model.to_scalar() for a model of Values"
        )
    if isinstance(given, list | tuple):
        raise InputTypeError(
            f"{what} is {shortened(given)}, not a scalar; the loss takes one prediction an example: "
            "give the model one output, or one flat list of outputs and targets"
        )
    return given if isinstance(given, Value) else constant(number_from(given, what))


def _target_from(given: Any, what: str) -> float:
    if isinstance(given, Value):
        raise InputTypeError(f"{what} is a node, {given!r}, and no gradient flows into a target; write v.data")
    return number_from(given, what)
