"""The short form of training."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, SupportsIndex

from autograd_core import Value

from ..optim.optimizer import Optimizer
from .history import History
from .loop import learn

__all__ = ["train"]


def train(
    model: Callable[[Any], Any],
    X: Any,
    y: Any,
    *,
    loss: Callable[[list[Any], list[float]], Value],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    seed: SupportsIndex | random.Random,
    progress: bool = False,
    replay: bool = True,
) -> History:
    """Train a model by mini-batches.

    In each epoch the examples are shuffled and cut into batches; after each batch the optimiser takes a step.

    Parameters
    ----------
    model
        From one example, a list of d numbers, to one prediction, a Value.
    X
        The examples, finite numbers of shape (n, d).
    y
        Their targets, finite numbers of shape (n,).
    loss
        From the predictions and the targets of a batch to their mean loss, such as
        :func:`nn.mean_squared_error`.
    optimizer
        What moves the model's parameters.
    epochs
        How often every example is seen.
    batch_size
        Examples in a mini-batch; the last one of an epoch has what is left.
    seed
        An integer, for the same batches on each run, or a ``random.Random``.
    progress
        Whether to show a progress bar with the loss.
    replay
        Whether to record the model once as a :class:`autograd_core.Program` and replay it, which is many times faster
        and gives the same losses up to rounding. It is done for a :class:`nn.Module` and the losses of this package,
        after the program was compared with the model on the first examples; else a warning says why it is not. Write
        False for a model that is not the same function at every call, such as a random one.

    Returns
    -------
    History

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is not as described, or the optimiser refuses a step.
    AutogradError
        If a loss is not finite. The parameters are then those that gave this loss.

    Warns
    -----
    NotReplayedWarning
        If the model cannot be recorded, or the program is not the same function. All steps are then node by node.

    Notes
    -----
    L. Bottou, F. E. Curtis and J. Nocedal, "Optimization methods for large-scale machine learning", SIAM Review 60
    (2018), section 3.

    Examples
    --------
    >>> from nn import MLP, SGD, mean_squared_error
    >>> model = MLP(1, [1], seed=0)
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> optimizer = SGD(model.parameters(), learning_rate=0.1)
    >>> history = train(model, X, y, loss=mean_squared_error, optimizer=optimizer, epochs=200, batch_size=2, seed=0)
    >>> len(history.losses), history.losses[-1] < 1e-6
    (200, True)
    >>> f"{model([3.0]).data:.2f}"
    '7.00'
    """
    return learn(
        "train", model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, seed=seed,
        progress=progress, replay=replay,
    )  # fmt: skip
