"""fit: the one call that trains a model of either kind."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

from ..losses.penalties import Penalty
from .history import History
from .loop import Epoch, learn

__all__ = ["fit"]


def fit(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any],
    optimizer: Any = None,
    epochs: int = 100,
    batch_size: int = 32,
    validation: Any = None,
    patience: int | None = None,
    penalty: Penalty | None = None,
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    sample_weight: Any = None,
    class_weight: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    seed: SupportsIndex | random.Random = 0,
    record_every: int | None = None,
    progress: bool = False,
    replay: bool = True,
) -> History:
    """Train a model, of Values or of Tensors, by mini-batches.

    In each epoch the examples are shuffled and cut into batches; after each batch the optimiser takes a step. A model
    is recorded once as a program (one of Tensors for each size of batch) and replayed where that is possible; it learns
    the same.

    Parameters
    ----------
    model
        A :class:`nn.Module`: an :class:`nn.MLP` (or a function from one example, a list of d numbers, to a Value or a
        list of Values), or an :class:`nn.Sequential` of Tensors (from all examples of a batch to a Tensor).
    X
        The examples, finite numbers of shape (n, d); or both in one, such as ``load("iris")``.
    y
        Their targets: n finite numbers, for :func:`nn.cross_entropy` the number of each class, for a model of several
        outputs of shape (n, outputs).
    loss
        From the predictions and the targets of a batch to their mean loss, such as :func:`nn.mean_squared_error`; with
        weights of examples from these too.
    optimizer
        What moves the parameters; ``Adam(model.parameters(), 0.01)`` by default.
    epochs
        How often every example is seen.
    batch_size
        Examples in a mini-batch; the last one of an epoch has what is left.
    validation
        Examples and targets to look at after each epoch, ``(X, y)``; or which share of the examples is set aside for
        it, such as 0.2. The model then ends with the weights whose validation loss was the least.
    patience
        After how many epochs without a smaller validation loss it ends; never by default.
    penalty
        What large weights cost: :func:`nn.ridge`, :func:`nn.lasso` or :func:`nn.elastic_net`. It is no part of the
        losses that are written down.
    callbacks
        Functions that are called with an :class:`nn.Epoch` after each epoch; training ends when one returns True.
    sample_weight
        How much each example counts, n finite numbers of at least 0.
    class_weight
        How much the examples of each class count: a dictionary, or ``"balanced"`` for n / (classes * count).
    checkpoint
        A file, ``run.npz`` for example, that is written after each epoch. If it is there, training goes on from it, and
        ends with the same weights, bit for bit, as one that was never interrupted.
    seed
        An integer, for the same batches on each run, or a ``random.Random``.
    record_every
        Keep the weights at the start and after every so many epochs, for :func:`viz.replay`; nothing by default.
    progress
        Whether to show a progress bar with the losses.
    replay
        Whether the model may be recorded and replayed; see :func:`nn.train`. One of Tensors is with any loss that can
        be recorded for targets that are another Tensor at each batch, and with what dropout and batch normalisation
        remember from batch to batch; one with further ``buffers()`` is not.

    Returns
    -------
    History
        Also when Ctrl-C ended it.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is not as described, or the optimiser refuses a step.
    DivergenceError
        If a loss is not finite. The model then has the best weights if there is a validation, else those of the last
        whole epoch.

    Warns
    -----
    NotReplayedWarning
        If a model cannot be recorded, or the program is not the same function.

    Notes
    -----
    L. Bottou, F. E. Curtis and J. Nocedal, "Optimization methods for large-scale machine learning", SIAM Review 60
    (2018), section 3.

    Examples
    --------
    >>> from nn import MLP, cross_entropy
    >>> X, y = [[0.0], [0.2], [0.5], [0.6], [0.9], [1.0]], [0, 0, 1, 1, 2, 2]
    >>> scalar = MLP(1, [8, 3], activation=["tanh", None], seed=0)
    >>> tensor = scalar.to_tensor()
    >>> of_values, of_tensors = (fit(model, X, y, loss=cross_entropy, epochs=50) for model in (scalar, tensor))
    >>> len(of_values.losses), abs(of_values.losses[-1] - of_tensors.losses[-1]) < 1e-10
    (50, True)
    """
    return learn(
        "fit", model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, validation=validation,
        patience=patience, penalty=penalty, callbacks=callbacks, sample_weight=sample_weight, class_weight=class_weight,
        checkpoint=checkpoint, seed=seed, record_every=record_every, progress=progress, replay=replay,
    )  # fmt: skip
