"""Schedules: which share of its first learning rate an optimiser uses in each epoch."""

from __future__ import annotations

import math
from math import inf
from typing import Any

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..conversion import positive_integer

__all__ = ["Constant", "Cosine", "Exponential", "ReduceOnPlateau", "Schedule", "StepDecay", "WarmUp", "schedule_from"]


class Schedule:
    """The share of the first learning rate in each epoch, counted from 0; a subclass says which in :meth:`factor`.

    Examples
    --------
    >>> class Halves(Schedule):
    ...     def factor(self, epoch):
    ...         return 0.5**epoch
    >>> from autograd_core import Value
    >>> from nn import SGD
    >>> optimizer = SGD([Value(1.0)], learning_rate=0.1, schedule=Halves())
    >>> optimizer.end_epoch()
    >>> optimizer.learning_rate
    0.05
    """

    def factor(self, epoch: int) -> float:
        """What the first learning rate is multiplied by in an epoch."""
        raise NotImplementedError(f"{type(self).__name__} needs a method factor(self, epoch)")

    def see(self, loss: float | None) -> None:
        """Take note of the loss at the end of an epoch; most schedules need not."""

    def state_dict(self) -> dict[str, Any]:
        """What it remembers, as numbers."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what another one remembered."""
        vars(self).update(state)


class Constant(Schedule):
    """The same learning rate always.

    >>> Constant().factor(7)
    1.0
    """

    def factor(self, epoch: int) -> float:
        """Is 1."""
        return 1.0


class StepDecay(Schedule):
    """Multiplied by `gamma` after every so many epochs.

    >>> schedule = StepDecay(every=10, gamma=0.1)
    >>> [round(schedule.factor(epoch), 6) for epoch in (0, 9, 10, 20)]
    [1.0, 1.0, 0.1, 0.01]
    """

    def __init__(self, every: int, gamma: float = 0.1) -> None:
        self.every = positive_integer(every, "StepDecay: every")
        self.gamma = _share(gamma, "StepDecay: gamma")

    def factor(self, epoch: int) -> float:
        """Is gamma to the power of how many times it fell."""
        return self.gamma ** (epoch // self.every)


class Exponential(Schedule):
    """Multiplied by `gamma` after every epoch.

    >>> Exponential(0.5).factor(3)
    0.125
    """

    def __init__(self, gamma: float) -> None:
        self.gamma = _share(gamma, "Exponential: gamma")

    def factor(self, epoch: int) -> float:
        """Is gamma to the power of the epoch."""
        return self.gamma**epoch


class Cosine(Schedule):
    """From 1 down to `least` along half a cosine in so many epochs, and `least` from then on.

    Notes
    -----
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> schedule = Cosine(epochs=10)
    >>> [round(schedule.factor(epoch), 6) for epoch in (0, 5, 10, 11)]
    [1.0, 0.5, 0.0, 0.0]
    """

    def __init__(self, epochs: int, least: float = 0.0) -> None:
        self.epochs = positive_integer(epochs, "Cosine: epochs")
        self.least = number_from(least, "Cosine: least")
        if not 0 <= self.least <= 1:
            raise InputValueError(f"Cosine: least={self.least} is not from 0 to 1; write 0.0")

    def factor(self, epoch: int) -> float:
        """Is the cosine's height, stretched from `least` to 1."""
        passed = min(epoch / self.epochs, 1.0)
        return self.least + (1 - self.least) * (1 + math.cos(math.pi * passed)) / 2


class WarmUp(Schedule):
    """From `start` up to 1 along a line in so many epochs, then another schedule.

    >>> schedule = WarmUp(epochs=4, start=0.2, then=Exponential(0.5))
    >>> [round(schedule.factor(epoch), 6) for epoch in (0, 2, 4, 5)]
    [0.2, 0.6, 1.0, 0.5]
    """

    def __init__(self, epochs: int, start: float = 0.1, then: Schedule | None = None) -> None:
        self.epochs = positive_integer(epochs, "WarmUp: epochs")
        self.start = _share(start, "WarmUp: start")
        self.then = schedule_from(then, "WarmUp: then")

    def factor(self, epoch: int) -> float:
        """Is the line's height, then what the other one says."""
        if epoch < self.epochs:
            return self.start + (1 - self.start) * epoch / self.epochs
        return self.then.factor(epoch - self.epochs)

    def see(self, loss: float | None) -> None:
        """Let the other one see it."""
        self.then.see(loss)

    def state_dict(self) -> dict[str, Any]:
        """What both remember."""
        return {**vars(self), "then": self.then.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Both go on."""
        self.then.load_state_dict(state["then"])
        vars(self).update({name: number for name, number in state.items() if name != "then"})


class ReduceOnPlateau(Schedule):
    """Multiplied by `gamma` whenever the loss has not fallen by a ten-thousandth for more than `patience` epochs.

    The loss is that of validation if there is one.

    >>> schedule = ReduceOnPlateau(gamma=0.5, patience=1)
    >>> for loss in (2.0, 1.0, 1.0, 1.0):
    ...     schedule.see(loss)
    >>> schedule.factor(4)
    0.5
    """

    def __init__(self, gamma: float = 0.1, patience: int = 10) -> None:
        self.gamma = _share(gamma, "ReduceOnPlateau: gamma")
        self.patience = positive_integer(patience, "ReduceOnPlateau: patience")
        self.best, self.waited, self.falls = inf, 0, 0

    def factor(self, epoch: int) -> float:
        """Is gamma to the power of how many times it fell."""
        return self.gamma**self.falls

    def see(self, loss: float | None) -> None:
        """Count the epochs without progress."""
        if loss is None:
            raise InputTypeError("ReduceOnPlateau: there is no loss to look at; write optimizer.end_epoch(loss)")
        self.waited += 1
        if loss < self.best * (1 - 1e-4):
            self.best, self.waited = loss, 0
        if self.waited > self.patience:
            self.falls, self.waited = self.falls + 1, 0


def schedule_from(schedule: Any, who: str) -> Schedule:
    """A schedule; none is a constant one."""
    if schedule is None:
        return Constant()
    if not isinstance(schedule, Schedule):
        raise InputTypeError(f"{who}: {shortened(schedule)} is not a schedule; write Cosine(epochs=50), for example")
    return schedule


def _share(number: Any, what: str) -> float:
    share = number_from(number, what)
    if not 0 < share <= 1:
        raise InputValueError(f"{what}: {share} is not above 0 and at most 1; write 0.1")
    return share
