"""From the terms of a loss to their mean over the examples: for Values one node an example, for Tensors one in all.

A loss is composed of primitives, so its gradient is the engine's business. Its term is written once: a function of one
prediction and one target, each a number, a Value, or a Tensor of as many as there are examples. Targets are plain
numbers, or nodes of a program that will get them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value, constant
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from, real_array

from ..conversion import sequence_from

__all__ = ["Loss", "mean_of", "weights_from"]

Array = np.ndarray[Any, Any]


class Loss(NamedTuple):
    """What a loss is the mean of, and which targets it takes.

    Attributes
    ----------
    name
        What its errors are called by.
    term
        From one prediction and its target to one node, whatever their kind. Of a loss `of_rows` a prediction is a list
        of outputs (for Tensors one of shape (examples, outputs)), and a target a list of numbers likewise.
    takes
        Which targets it takes, element by element of an array.
    advice
        What is said of other targets.
    of_rows
        Whether one term is of all outputs of an example; else there is one for each.
    outputs
        How many outputs an example has; None for as many as it has targets.
    """

    name: str
    term: Callable[..., Any]
    takes: Callable[[Array], Any]
    advice: str
    of_rows: bool = False
    outputs: int | None = None

    def with_options(self, **options: Any) -> Loss:
        """The loss whose term has these options, such as the delta of :func:`nn.huber`."""
        return self._replace(term=partial(self.term, **options)) if options else self

    def refuse_targets(self, targets: Array) -> None:
        """Raise unless it takes all of these targets, an array."""
        bad = np.argwhere(~np.asarray(self.takes(targets)))
        if len(bad):
            where = tuple(bad[0].tolist())
            at = where[0] if len(where) == 1 else where
            raise InputValueError(f"{self.name}: target {at} is {targets[where]}, and {self.advice}")

    def of_example(self, outputs: Any, targets: list[Any]) -> Any:
        """The term of one example: of a Value or a list of Values, and a list of targets."""
        if self.of_rows:
            return self.term(outputs, targets)
        several = outputs if isinstance(outputs, list | tuple) else [outputs]
        return _mean([self.term(s, t) for s, t in zip(several, targets, strict=True)])


def mean_of(loss: Loss, predictions: Any, targets: Any, weights: Any = None) -> Any:
    """The mean of the loss's terms over the examples, weighted if there are weights: a Tensor of one, else a Value."""
    if isinstance(predictions, Tensor):
        return _mean_of_tensor(loss, predictions, targets, weights)
    pairs: list[tuple[Any, list[float]]]
    if _are_rows(targets):  # several outputs an example
        pairs = _rows(loss, predictions, targets)
    else:
        pairs = [(s, [t]) for s, t in _pairs(loss.name, predictions, targets)]
    numbers = np.array([t for _, t in pairs])
    loss.refuse_targets(numbers[:, 0] if numbers.shape[1] == 1 else numbers)
    return weighted_mean([loss.of_example(s, t) for s, t in pairs], weights, loss.name)


def weighted_mean(terms: list[Any], weights: Any, who: str) -> Any:
    """The mean of Values, each times its weight."""
    if weights is None:
        return _mean(terms)
    numbers = weights_from(weights, len(terms), who).tolist()
    products = [weight * term for weight, term in zip(numbers, terms, strict=True)]
    return sum(products[1:], products[0]) / sum(numbers)


def mean_of_terms(terms: Tensor, weights: Any, who: str) -> Tensor:
    """The mean of a Tensor of shape (examples,) or (examples, outputs), each example times its weight."""
    if weights is None:
        return terms.mean()
    numbers = weights_from(weights, len(terms), who).astype(terms.dtype)
    if terms.ndim > 1:
        terms = terms.mean(axis=1)
    return (terms * numbers).sum() / float(numbers.sum())


def weights_from(weights: Any, count: int, who: str) -> Array:
    """A weight for each example: finite numbers of at least 0, not all 0.

    >>> weights_from([1, 3], 2, "hinge").tolist()
    [1.0, 3.0]
    """
    array = real_array(weights, f"{who}: weights").astype(np.float64)
    if array.shape != (count,):
        raise InputValueError(f"{who}: weights of shape {array.shape} for {count} example(s); give one for each")
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if bad.size:
        raise InputValueError(f"{who}: weight {bad[0]} is {array[bad[0]]}; weights are finite and at least 0")
    if not array.any():
        raise InputValueError(f"{who}: all weights are 0, and no example would count; give one a weight of 1")
    return array


def _mean(terms: list[Any]) -> Any:
    return terms[0] if len(terms) == 1 else sum(terms[1:], terms[0]) / len(terms)


def _refuse_outputs(loss: Loss, outputs: int, targets: int) -> None:
    if outputs != (loss.outputs or targets) or not targets:
        wanted = "one for each" if loss.outputs is None else f"{loss.outputs} outputs"
        raise InputValueError(f"{loss.name}: {targets} target(s) an example for {outputs} output(s); give {wanted}")


# --- Tensors --------------------------------------------------------------------------------------------------------


def _mean_of_tensor(loss: Loss, predictions: Tensor, targets: Any, weights: Any) -> Any:
    numbers = targets_beside(predictions, targets, loss.name, same=not loss.of_rows)
    if loss.of_rows:
        _refuse_outputs(loss, predictions.shape[-1] if predictions.ndim == 2 else 1, numbers.shape[-1])
    loss.refuse_targets(numbers)
    return mean_of_terms(loss.term(predictions, numbers), weights, loss.name)


def targets_beside(predictions: Tensor, targets: Any, name: str, *, same: bool) -> Array:
    """The targets as an array for predictions of shape (n,), (n, 1) or (n, k); of the same shape if they have to be.

    One column and no column are the same thing; nothing is ever broadcast.
    """
    if isinstance(targets, Value | Tensor):
        raise InputTypeError(f"{name}: the targets are a node, and no gradient flows into a target; write t.data")
    numbers = real_array(targets, f"{name}: targets").astype(predictions.dtype)
    shape = predictions.shape
    if not shape or 0 in shape:
        raise InputValueError(f"{name}: predictions of shape {shape}; give one for each example, (examples,)")
    if same and numbers.size == predictions.size and {numbers.shape, shape} <= {(shape[0],), (shape[0], 1)}:
        return numbers.reshape(shape)
    if (same and numbers.shape != shape) or numbers.shape[:1] != shape[:1]:
        raise InputValueError(
            f"{name}: targets of shape {numbers.shape} beside predictions of shape {shape}; give a target for each "
            "prediction, in the same shape"
        )
    return numbers


# --- Values ---------------------------------------------------------------------------------------------------------


def _pairs(loss: str, predictions: Any, targets: Any) -> list[tuple[Value, float]]:
    """Each prediction as a node beside its target as a float."""
    advice = f"write {loss}([prediction, ...], [target, ...])"
    nodes = [
        _prediction_from(each, f"{loss}: prediction {position}")
        for position, each in enumerate(sequence_from(predictions, f"{loss}: predictions", advice))
    ]
    numbers = [
        target_from(each, f"{loss}: target {position}")
        for position, each in enumerate(sequence_from(targets, f"{loss}: targets", advice))
    ]
    refuse_lengths(loss, len(nodes), len(numbers))
    return list(zip(nodes, numbers, strict=True))


def _are_rows(targets: Any) -> bool:
    """Whether there is a row of targets for each example."""
    if isinstance(targets, list | tuple):
        return bool(targets) and isinstance(targets[0], list | tuple | np.ndarray) and np.ndim(targets[0]) > 0
    return getattr(targets, "ndim", 1) == 2 and not isinstance(targets, Tensor)


def _rows(loss: Loss, predictions: Any, targets: Any) -> list[tuple[list[Value], list[float]]]:
    rows = rows_of_nodes(loss.name, predictions)
    numbers = real_array(targets, f"{loss.name}: targets").astype(float)
    refuse_lengths(loss.name, len(rows), len(numbers))
    _refuse_outputs(loss, len(rows[0]), numbers.shape[1])
    return list(zip(rows, numbers.tolist(), strict=True))


def rows_of_nodes(loss: str, predictions: Any) -> list[list[Value]]:
    """The outputs for each example as nodes: from lists of Values or numbers, all of one length."""
    rows = list(predictions) if isinstance(predictions, np.ndarray | list | tuple) else None
    if not rows or not all(isinstance(row, list | tuple | np.ndarray) and np.ndim(row) == 1 for row in rows):
        raise InputTypeError(
            f"{loss}: the predictions are {shortened(predictions)}; give a list of outputs for each example, such as "
            f"{loss}([model(x) for x in X], targets) for a model of several outputs"
        )
    if len({len(row) for row in rows}) != 1:
        raise InputValueError(f"{loss}: examples have different numbers of outputs; give each as many")
    return [
        [_prediction_from(each, f"{loss}: prediction {at}, output {output}") for output, each in enumerate(row)]
        for at, row in enumerate(rows)
    ]


def refuse_lengths(loss: str, predictions: int, targets: int) -> None:
    """Raise unless there are as many predictions as targets, at least one."""
    if predictions != targets:
        raise InputValueError(f"{loss}: {predictions} prediction(s) for {targets} target(s); give one for each")
    if not predictions:
        raise InputValueError(f"{loss}: there are no examples, and no mean of nothing; give at least one")


def _prediction_from(given: Any, what: str) -> Value:
    if isinstance(given, Tensor):
        raise InputTypeError(
            f"{what} is a Tensor, and this loss takes Values, or one Tensor of all predictions; write model(X)"
        )
    if isinstance(given, list | tuple):
        raise InputTypeError(
            f"{what} is {shortened(given)}, not a scalar; the loss takes one prediction an example: "
            "give the model one output, or one flat list of outputs and targets"
        )
    return given if isinstance(given, Value) else constant(number_from(given, what))


def target_from(given: Any, what: str) -> float:
    """A target as a float; a node is none."""
    if isinstance(given, Value):
        raise InputTypeError(f"{what} is a node, {given!r}, and no gradient flows into a target; write v.data")
    return number_from(given, what)
