"""Where the gradient of a model dies and where it grows, on examples: what :func:`autograd_core.gradient_health` leaves
to this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_core import GradientHealth, InputTypeError, Tensor, Value, gradient_health
from autograd_core.inspect.health import judge_models_by

from ..conversion import examples_from
from ..layers.batch_norm import BatchNorm
from ..layers.dense import Sequential
from ..layers.prelu import PReLU
from ..training.task import predictions_of, targets_for

__all__ = ["gradient_health", "health_of_model"]


def health_of_model(model: Callable[[Any], Any], X: Any, y: Any, loss: Callable[..., Value] | None) -> GradientHealth:
    """Judge a model on examples; see :func:`autograd_core.gradient_health`.

    Examples
    --------
    >>> from nn import MLP, mean_squared_error
    >>> X, y = [[-2.0], [-1.0], [1.0], [2.0]], [0.0, 0.0, 1.0, 1.0]
    >>> model = MLP(1, [1, 1], activation=["relu", "linear"], seed=0)
    >>> bool(gradient_health(model, X, y, loss=mean_squared_error))
    True
    >>> model.layers[0].neurons[0].b.data = -10.0
    >>> for trouble in gradient_health(model, X, y, loss=mean_squared_error).worst:
    ...     print(trouble.kind, "at", trouble.edge.name)
    dead at layer 1/neuron 1: add → relu
    """
    if isinstance(model, Value | Tensor) or not callable(model) or not callable(loss):
        raise InputTypeError(
            "gradient_health: write gradient_health(model, X, y, loss=mean_squared_error) for a model on examples, or "
            "gradient_health(value) for a loss that was computed"
        )
    examples = examples_from(X)
    targets = targets_for(loss, y, len(examples))
    if isinstance(model, Sequential):
        has_more = any(isinstance(each, BatchNorm | PReLU) for each in model.modules)
        model = model.to_values() if has_more else model.to_scalar()
    value = loss(predictions_of(model, examples, False), targets.tolist())
    if not isinstance(value, Value | Tensor):
        raise InputTypeError(f"gradient_health: the loss returned {value!r}, not a Value; return one, such as a mean")
    return gradient_health(value)


judge_models_by(health_of_model)
