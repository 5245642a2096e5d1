"""Recording: the weights a training went through, kept every few epochs, so that one can look at each moment again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..conversion import positive_integer
from ..layers.module import Module

__all__ = ["Moment", "Recorder", "Recording"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Numbers of all parameters and running means at the end of an epoch; epoch 0 is before the first step."""

    epoch: int
    numbers: tuple[Array, ...]
    buffers: dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """What :func:`nn.fit` recorded with ``record_every``.

    Attributes
    ----------
    model
        A copy of the model; its weights are those before the first step.
    loss
        What it learned by.
    X, y
        The examples it learned from, and their targets.
    moments
        From the first to the last one.
    """

    model: Any
    loss: Callable[..., Any]
    X: Array
    y: Array
    moments: tuple[Moment, ...]

    def model_at(self, position: int) -> Any:
        """A copy of the model with the weights of a moment."""
        model = copy.deepcopy(self.model)
        for parameter, numbers in zip(model.parameters(), self.moments[position].numbers, strict=True):
            parameter.data = numbers if numbers.ndim else float(numbers)
        if isinstance(model, Module):
            model.set_buffers(copy.deepcopy(self.moments[position].buffers))
            model.set_training(False)
        return model

    def __repr__(self) -> str:
        return f"<Recording: {len(self.moments)} moments, epochs 0 to {self.moments[-1].epoch}>"


class Recorder:
    """A callback that keeps the weights of the first moment and of every so many epochs after it."""

    def __init__(self, model: Any, loss: Callable[..., Any], X: Any, y: Any, every: Any) -> None:
        self._model, self._every = model, positive_integer(every, "fit: record_every")
        self._kept = copy.deepcopy(model), loss, np.array(X, dtype=np.float64), np.array(y)
        self._latest = self._now(0)
        self._moments = [self._latest]

    def __call__(self, epoch: Any) -> None:
        """An epoch has ended."""
        self._latest = self._now(epoch.number)
        if epoch.number % self._every == 0:
            self._moments.append(self._latest)

    def _now(self, epoch: int) -> Moment:
        buffers = copy.deepcopy(self._model.buffers()) if isinstance(self._model, Module) else {}
        return Moment(epoch, tuple(np.array(each.data) for each in self._model.parameters()), buffers)

    def recording(self) -> Recording:
        """What was kept, and the last moment in any case."""
        more = () if self._moments[-1] is self._latest else (self._latest,)
        return Recording(*self._kept, (*self._moments, *more))
