"""The training loop."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from tqdm import tqdm

from autograd_core import AutogradError, InputTypeError, NotReplayedWarning, Value
from autograd_core.errors import shortened

from ..conversion import examples_from, generator_from, model_from, positive_integer, targets_from
from ..data.batches import minibatches
from ..losses.known import known_loss, loss_from
from ..optim.sgd import Optimizer
from .replay import RecordedLoss, can_be_recorded

__all__ = ["History", "train"]


@dataclass(frozen=True)
class History:
    """What happened during training.

    Attributes
    ----------
    losses
        For each epoch the mean loss over its examples, each measured before the step its mini-batch led to.
    """

    losses: tuple[float, ...]


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
    examples = examples_from(X)
    count = len(examples)
    targets = targets_from(y, count)
    model_from(model, "train")
    loss_from(loss, "train")
    _refuse_what_takes_no_steps(optimizer)
    if known_loss(loss) is not None:
        loss([0.0] * count, targets.tolist())  # refuses a wrong target before anything is trained
    epochs = positive_integer(epochs, "train: epochs")
    batch_size = positive_integer(batch_size, "train: batch_size")
    generator = generator_from(seed, "train")
    losses = []
    recorded: RecordedLoss | None = None
    with tqdm(total=epochs * math.ceil(count / batch_size), disable=not progress, unit="batch") as bar:
        for epoch in range(1, epochs + 1):
            batches = minibatches(count, batch_size=batch_size, seed=generator)
            shares = []
            for number, batch in enumerate(batches, start=1):
                optimizer.zero_grad()
                value = None if recorded is None else recorded.loss_and_gradients(examples[batch], targets[batch])
                if value is None:
                    value = _eager_loss_and_gradients(model, loss, examples[batch].tolist(), targets[batch].tolist())
                if not math.isfinite(value):
                    raise AutogradError(
                        f"train: the loss is {value} in epoch {epoch}, batch {number} of {len(batches)}; "
                        f"{_what_helps(optimizer)}"
                    )
                if epoch == number == 1 and replay and can_be_recorded(model, loss):
                    # The first loss, node by node, has found what may be wrong with the model itself.
                    order = np.roll(np.concatenate(batches), -1)  # the recorded example is of this batch
                    try:
                        recorded = RecordedLoss.of(model, loss, examples[order], targets[order])
                    except Exception as error:  # whatever the model raises for Values in the place of numbers
                        warnings.warn(
                            f"train: the model is computed node by node, which is slower, for it cannot be replayed: "
                            f"{error}. Write replay=False if that is as it should be",
                            NotReplayedWarning,
                            stacklevel=2,
                        )
                optimizer.step()
                shares.append(value * (len(batch) / count))
                bar.set_postfix(epoch=epoch, loss=f"{value:.4g}", refresh=False)
                bar.update()
            losses.append(math.fsum(shares))
    return History(tuple(losses))


def _refuse_what_takes_no_steps(optimizer: Any) -> None:
    if isinstance(optimizer, type) or not (hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")):
        given = f"the class {optimizer.__name__}" if isinstance(optimizer, type) else shortened(optimizer)
        raise InputTypeError(
            f"train: the optimizer is {given}; write optimizer=SGD(model.parameters(), learning_rate=0.1)"
        )


def _eager_loss_and_gradients(
    model: Callable[[Any], Any], loss: Callable[..., Value], rows: list[list[float]], targets: list[float]
) -> float:
    """The mean loss of a batch, recorded node by node; the parameters then have its gradients."""
    value = loss([model(row) for row in rows], targets)
    if not isinstance(value, Value):
        raise InputTypeError(f"train: the loss returned {shortened(value)}, not a Value; return one, such as a mean")
    if math.isfinite(value.data):
        value.backward()
    return value.data


def _what_helps(optimizer: Optimizer) -> str:
    rate = getattr(optimizer, "learning_rate", None)
    present = "" if rate is None else f" than {rate}"
    return (
        f"what usually helps is a learning rate smaller{present}, standardised inputs (Standardizer), "
        "and a loss of logits in place of a logarithm of sigmoid"
    )
