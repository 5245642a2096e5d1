"""Where the gradient of a model dies and where it grows, on examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_core import GradientHealth, InputTypeError, Value
from autograd_core import gradient_health as health_of_graph

from .conversion import examples_from, targets_from
from .dense import Sequential

__all__ = ["gradient_health"]


def gradient_health(model: Callable[[Any], Any], X: Any, y: Any, *, loss: Callable[..., Value]) -> GradientHealth:
    """Look for places where the gradient of a model dies, vanishes or explodes on some examples.

    Parameters
    ----------
    model
        From one example, a list of d numbers, to one prediction, a Value. Its layers are told apart by their names.
        Of a `Sequential` the network of Values with the same parameters is judged.
    X
        The examples, finite numbers of shape (n, d). A few dozen tell a dead unit from one that is only at rest.
    y
        Their targets, finite numbers of shape (n,).
    loss
        From the predictions and the targets to their mean loss, such as :func:`nn.losses.mean_squared_error`.

    Returns
    -------
    GradientHealth
        See :func:`autograd_core.gradient_health`. No gradient of the model is changed.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is not as described.

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
    examples = examples_from(X)
    targets = targets_from(y, len(examples))
    if isinstance(model, Sequential):
        model = model.to_scalar()
    value = loss([model(row) for row in examples.tolist()], targets.tolist())
    if not isinstance(value, Value):
        raise InputTypeError(f"gradient_health: the loss returned {value!r}, not a Value; return one, such as a mean")
    return health_of_graph(value)
