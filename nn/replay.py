"""The loss of a model on a batch as a Program: recorded once for one example, replayed on all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import BranchChanged, Program, Value
from autograd_core.recording import branches_noted, recording, unchecked

from .losses import TERMS
from .module import Module

__all__ = ["RecordedLoss"]


class RecordedLoss:
    """A model and a loss, recorded as a program of the parameters, one example and its target.

    Make one with :meth:`of`, which says whether that can be done.
    """

    def __init__(self, program: Program, parameters: list[Value]) -> None:
        self._batch = program.batched((None, 0, 0), reduce="mean")
        self._parameters = parameters

    @classmethod
    def of(cls, model: Callable[[Any], Any], loss: Callable[..., Value], width: int) -> RecordedLoss | None:
        """Record a model, if it is a Module and the loss is one of this package, so known to be a mean.

        Parameters
        ----------
        model
            From an example to a prediction.
        loss
            From predictions and targets to a Value.
        width
            Numbers in an example.
        """
        term = TERMS.get(loss)
        if term is None or not isinstance(model, Module):
            return None
        parameters = model.parameters()
        example = [Value(0.0, f"x{position}") for position in range(1, width + 1)]
        target = Value(1.0, "target")
        with recording(True), unchecked(), branches_noted() as branches:  # the example is made up
            output = term(model(example), target)
        program = Program.from_graph(output, [parameters, example, target], branches=branches)
        return cls(program, parameters)

    def loss_and_gradients(self, rows: Any, targets: Any) -> float | None:
        """The mean loss of a batch; the parameters then have its gradients.

        Returns
        -------
        float or None
            None if an example takes another branch of the model than the recorded one; then nothing has changed.
        """
        numbers = np.array([parameter.data for parameter in self._parameters])
        try:
            value, gradient = self._batch.value_and_grad(numbers, rows, targets)
        except BranchChanged:
            return None
        for parameter, number in zip(self._parameters, gradient.tolist(), strict=True):
            parameter.grad = number
        return float(value)
