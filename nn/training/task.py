"""Task: a model, its loss and its examples, as training asks for them: batch by batch, in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import real_array

from ..conversion import examples_from, targets_from
from ..losses.classification import cross_entropy, one_hot
from ..losses.known import known_loss
from ..losses.reduction import weights_from

__all__ = ["Task", "one_prediction", "predictions_of", "rows_of_targets", "targets_for"]

Array = np.ndarray[Any, Any]


class Task:
    """What is to be learned.

    Parameters
    ----------
    model
        From one example to a prediction; or, if `of_tensors`, from all of a batch to a Tensor.
    loss
        From predictions and targets to their mean loss, and from weights too if there are any.
    X, y, weights
        The examples, their targets and what each counts.
    of_tensors
        Whether parameters are Tensors.
    who
        Whom errors name.
    """

    def __init__(
        self, model: Callable[[Any], Any], loss: Callable[..., Any], X: Any, y: Any, weights: Any, of_tensors: bool,
        who: str,
    ) -> None:  # fmt: skip
        self.model, self.loss, self.known, self.of_tensors, self.who = model, loss, known_loss(loss), of_tensors, who
        self.X = examples_from(X, f"{who}: X")
        self.count = len(self.X)
        self.y = targets_for(loss, y, self.count, f"{who}: y")
        self.weights = None if weights is None else weights_from(weights, self.count, who)
        if self.known is not None and self.known.name != "cross_entropy":
            self.known.refuse_targets(self.y)
        if of_tensors:
            kinds = {each.dtype for each in getattr(model, "parameters", list)() if isinstance(each, Tensor)}
            if kinds == {np.dtype(np.float32)}:
                self.X = self.X.astype(np.float32)
        self.take(np.arange(self.count))

    def take(self, order: Array) -> None:
        """Lay the examples out in an order; batches are parts of it from then on."""
        self.rows, self.targets = self.X.take(order, axis=0), self.y.take(order, axis=0)
        self.shares = None if self.weights is None else self.weights[order]
        for array in (self.rows, self.targets):
            array.setflags(write=False)  # so that no node has to watch whether somebody writes to it

    def loss_of(self, batch: Any) -> Any:
        """The mean loss of a batch, a node."""
        predictions = predictions_of(self.model, self.rows[batch], self.of_tensors)
        return self.loss_from(predictions, self.targets[batch], None if self.shares is None else self.shares[batch])

    def loss_of_one(self, position: int) -> Any:
        """The loss of one example of Values, a node; whatever it counts."""
        one = slice(position, position + 1)
        return self.loss_from(predictions_of(self.model, self.rows[one], False), self.targets[one], None)

    def loss_from(self, predictions: Any, targets: Any, weights: Any) -> Any:
        """The mean loss, a node; targets and weights are arrays, or Tensors if they are inputs of a program."""
        value = self._loss(predictions, targets, weights)
        if not isinstance(value, Tensor if self.of_tensors else Value) or getattr(value, "shape", ()) != ():
            kind = "Tensor without axes" if self.of_tensors else "Value"
            raise InputTypeError(
                f"{self.who}: the loss returned {shortened(value)}, not a {kind}; return one, such as a mean"
            )
        return value

    def loss_of_outputs(self, outputs: Array) -> float:
        """The mean loss of all examples, given what the model makes of them: an array of shape (examples, outputs)."""
        if self.known is not None or self.of_tensors:
            predictions: Any = Tensor(outputs)
        else:
            predictions = outputs[:, 0].tolist() if outputs.shape[1] == 1 else outputs.tolist()
        value = self._loss(predictions, self.y, self.weights)
        return float(value.item() if isinstance(value, Tensor) else value.data)

    def _loss(self, predictions: Any, targets: Any, weights: Any) -> Any:
        """The loss as it is called; one of the user's own shall not broadcast (n, 1) beside (n,) to (n, n)."""
        if isinstance(predictions, Tensor) and self.known is None and predictions.shape == (len(targets), 1):
            targets = targets.reshape(predictions.shape)
            weights = None if weights is None else weights.reshape(predictions.shape)
        are_arrays = isinstance(predictions, Tensor)
        return self.loss(
            predictions, targets if are_arrays else targets.tolist(), *(() if weights is None else (weights,))
        )


def predictions_of(model: Callable[[Any], Any], rows: Array, of_tensors: bool) -> Any:
    """What a model makes of examples: one Tensor, or a list with a prediction for each."""
    if of_tensors:
        return model(rows)
    if getattr(model, "sees_batches", False):
        return [one_prediction(each) for each in model(rows)]
    return [one_prediction(model(row)) for row in rows.tolist()]


def one_prediction(output: Any) -> Any:
    """A Value, or a list of Values; a layer of arrays of Values gives an array."""
    if isinstance(output, np.ndarray):
        return output.item() if output.size == 1 else output.tolist()
    return output


def targets_for(loss: Callable[..., Any], y: Any, count: int, what: str = "y") -> Array:
    """The targets as an array of shape (count,) or (count, outputs); integers if they are the numbers of classes."""
    array = real_array(y, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        if len(array) != count:
            raise InputValueError(f"{what}: {len(array)} target(s) for {count} example(s) in X; give one an example")
        if not np.isfinite(array).all():
            raise InputValueError(
                f"{what}: every number has to be finite; leave out or repair the example(s) concerned"
            )
        return array.astype(np.float64)
    targets = targets_from(array, count, what)
    if known_loss(loss) is not known_loss(cross_entropy):
        return targets
    classes = targets.astype(np.int64)
    if (classes != targets).any() or (classes < 0).any():
        bad = int(np.flatnonzero((classes != targets) | (classes < 0))[0])
        raise InputValueError(
            f"{what}: {targets[bad]} in entry {bad} is not the number of a class; give 0, 1, 2, ... for cross_entropy"
        )
    return classes


def rows_of_targets(targets: Array, outputs: int) -> Array:
    """Targets as rows of numbers, as a program takes them; of a class the distribution that is sure of it."""
    if targets.ndim == 2:
        return targets
    return one_hot(targets, outputs) if targets.dtype.kind == "i" else targets[:, None]
