"""How well a trained model does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_core import InputTypeError, InputValueError, Tensor, Value, no_grad
from autograd_core.scalar.conversion import number_from

from ..conversion import called, examples_from, targets_from

__all__ = ["accuracy"]


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
