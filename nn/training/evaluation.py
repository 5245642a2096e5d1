"""How well a trained model does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value, no_grad
from autograd_core.scalar.conversion import number_from, real_array

from ..conversion import called, examples_from, model_from, targets_from
from ..layers.module import Module
from .heads import head_from
from .replay import replayed_outputs
from .sharing_out import pair_from
from .steps import outputs_of

Array = np.ndarray[Any, Any]

__all__ = ["accuracy", "predict", "predict_proba", "score"]


def predict(model: Any, X: Any, *, head: str | None = None) -> Array:
    """What a trained model says of examples: numbers, or the number of a class.

    Parameters
    ----------
    model
        A model of Values or of Tensors.
    X
        The examples, finite numbers of shape (n, d).
    head
        What the outputs mean: ``"regression"``, ``"gaussian"`` (the mean), ``"binary"`` (1 for a positive logit, else
        0), ``"signs"`` (1 or -1) or ``"multiclass"`` (the largest logit). Of a model that was trained by :func:`nn.fit`
        that which goes with its loss.

    Returns
    -------
    ndarray
        Of shape (n,); of a regression with several outputs (n, outputs).

    Raises
    ------
    InputTypeError, InputValueError
        If X are no examples, the model is none of them, or the head is not known.

    Examples
    --------
    >>> from nn import MLP, fit, mean_squared_error
    >>> model = MLP(1, [1], seed=0)
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> history = fit(model, X, y, loss=mean_squared_error, epochs=1000)
    >>> predict(model, [[3.0]]).round(2).tolist(), round(score(model, X, y), 4)
    ([7.0], 1.0)
    """
    return head_from(head, model, "predict").predict(_outputs(model, X, "predict"))


def predict_proba(model: Any, X: Any, *, head: str | None = None) -> Array:
    """How probable each class is: sigmoid or softmax of the outputs.

    For arguments and errors see :func:`predict`; a regression has no classes.

    Returns
    -------
    ndarray of shape (n, classes)
        Each row has the sum 1.

    Examples
    --------
    >>> predict_proba(lambda x: x[0] * 0.0, [[3.0]], head="binary").tolist()
    [[0.5, 0.5]]
    """
    found = head_from(head, model, "predict_proba")
    if found.probabilities is None:
        raise InputValueError(
            f"predict_proba: outputs of the head {found.name!r} are no probabilities; train by cross_entropy or "
            "binary_cross_entropy_with_logits"
        )
    return found.probabilities(_outputs(model, X, "predict_proba"))


def score(model: Any, X: Any, y: Any = None, *, head: str | None = None) -> float:
    """How good a model's predictions are: the share of right classes, or R² of a regression; 1 is best.

    For arguments and errors see :func:`predict`.

    Parameters
    ----------
    y
        The targets, of shape (n,), or (n, outputs) for a regression with several outputs; or none, if `X` holds both,
        such as ``load("iris")``.

    Examples
    --------
    >>> score(lambda x: x[0] - 1, [[0.0], [1.5], [2.0], [3.0]], [0, 1, 1, 0], head="binary")
    0.75
    """
    if y is None:
        X, y = pair_from(X, "score", "score(model, X, y)")
    found = head_from(head, model, "score")
    outputs = _outputs(model, X, "score")
    predicted = found.predict(outputs)
    targets = real_array(y, "y")
    targets = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    if targets.shape != predicted.shape:
        raise InputValueError(f"score: targets of shape {targets.shape} for predictions of shape {predicted.shape}")
    return found.metric[1](predicted, targets)


def _outputs(model: Any, X: Any, who: str) -> Array:
    model_from(model, who)
    examples = examples_from(X)
    parameters: list[Any] = getattr(model, "parameters", list)()
    if any(isinstance(each, Tensor) for each in parameters):
        return outputs_of(model, examples, True)
    if isinstance(model, Module) and len(examples) > _FEW:
        first = outputs_of(model, examples[:_FEW], False)
        try:
            found = replayed_outputs(model, parameters)(np.array([each.data for each in parameters]), examples)
        except Exception:  # whatever the model raises for Values in the place of numbers
            found = first[:0]
        if np.allclose(found[:_FEW], first, rtol=1e-8) if len(found) else False:
            return found
    return outputs_of(model, examples, False)


_FEW = 8  # examples that a recorded model is compared on


def accuracy(model: Callable[[Any], Any], X: Any, y: Any) -> float:
    """The share of examples that a binary classifier gets right: a positive logit for a positive target.

    Nothing is recorded, so no gradient changes.

    Parameters
    ----------
    model
        From one example, a list of d numbers, to one logit or score, a Value.
    X
        The examples, finite numbers of shape (n, d).
    y
        Their labels, of shape (n,): 0 and 1, or -1 and 1.

    Returns
    -------
    float
        Between 0 and 1. A logit of exactly 0 stands for the negative class.

    Raises
    ------
    InputTypeError, InputValueError
        If `X` and `y` are not examples and their labels, or the model's output is not one number, or is NaN.

    Examples
    --------
    >>> accuracy(lambda x: x[0] - 1, [[0.0], [1.5], [2.0], [3.0]], [0, 1, 1, 0])
    0.75
    """
    called(model, "accuracy: the model", {}, "a trained model, such as an MLP")
    examples = examples_from(X)
    labels = targets_from(y, len(examples))
    if not (set(labels.tolist()) <= {0.0, 1.0} or set(labels.tolist()) <= {-1.0, 1.0}):
        raise InputValueError(
            f"accuracy: y holds {sorted(set(labels.tolist()))[:5]}, and labels are 0 and 1, or -1 and 1; write y > 0"
        )
    right = 0
    with no_grad():
        for position, (row, label) in enumerate(zip(examples.tolist(), labels.tolist(), strict=True)):
            right += (_logit(model(row), position) > 0) == (label > 0)
    return right / len(examples)


def _logit(output: Any, position: int) -> float:
    """The number a model gave for an example."""
    if isinstance(output, list | tuple):
        raise InputTypeError(
            f"accuracy: the model gave {len(output)} outputs for example {position}, and a binary classifier has one; "
            "give the last layer one neuron"
        )
    if isinstance(output, Tensor):
        if output.size != 1:
            raise InputTypeError(
                f"accuracy: the model gave a Tensor of shape {output.shape} for example {position}, and a binary "
                "classifier has one output; give the last layer one neuron"
            )
        output = output.item()
    logit = output.data if isinstance(output, Value) else number_from(output, f"accuracy: output {position}")
    if math.isnan(logit):
        raise InputValueError(
            f"accuracy: the output for example {position} is nan, which is no class; train the model anew, "
            "with a smaller learning rate"
        )
    return logit
