"""The loss of a model on a batch as a Program: recorded once for one example, replayed on all of them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import BranchChanged, InputValueError, Program, Value, leaves
from autograd_core.check.recorded import Recorded
from autograd_core.scalar.recording import branches_noted, recording, unchecked
from autograd_core.scalar.reverse import gradient_numbers

from ..layers.module import Module
from ..losses.known import known_loss

__all__ = ["RecordedLoss", "can_be_recorded"]

_ENOUGH = 16  # examples to compare a program with its model on


def can_be_recorded(model: Callable[[Any], Any], loss: Callable[..., Value]) -> bool:
    """Whether a model is a Module and the loss one of this package, so known to be a mean."""
    return known_loss(loss) is not None and isinstance(model, Module)


class RecordedLoss:
    """A model and a loss, recorded as a program of the parameters, one example and its target.

    Make one with :meth:`of`, which compares it with the model.
    """

    def __init__(self, program: Program, parameters: list[Value]) -> None:
        self._batch = program.batched((None, 0, 0), reduce="mean")
        self._parameters = parameters

    @classmethod
    def of(cls, model: Callable[[Any], Any], loss: Callable[..., Value], X: Any, y: Any) -> RecordedLoss:
        """Record a model at the last one of some examples, and compare the program with it at the others.

        Parameters
        ----------
        model
            From an example to a prediction.
        loss
            From predictions and targets to a Value.
        X, y
            Examples and their targets, arrays of shape (n, d) and (n,). The first few are enough.

        Raises
        ------
        InputValueError
            If the program is another function than the model: what happens if the model is random, counts its calls, or
            treats Values otherwise than numbers.
        AutogradError, or what the model raises
            If the model cannot be recorded.
        """
        rows, targets = X[:_ENOUGH], y[:_ENOUGH]
        with _global_generators_left_alone():
            parameters = leaves(loss([model(row) for row in rows.tolist()], targets.tolist()))
            one, other = (_program(model, loss, parameters, X[-1].tolist(), float(y[-1])) for _ in range(2))
            if not _same(one, other):
                raise InputValueError("called twice on one example, it did not compute the same (is it random?)")
            recorded = cls(one, parameters)
            recorded._compare(model, loss, rows, targets)
        return recorded

    def loss_and_gradients(self, rows: Any, targets: Any) -> float | None:
        """The mean loss of a batch; its gradients are added to those of the parameters, as a backward pass does.

        Returns
        -------
        float or None
            None if an example takes another branch of the model than the recorded one; then nothing has changed.
        """
        try:
            value, gradient = self._replayed(rows, targets)
        except BranchChanged:
            return None
        if math.isfinite(value):
            for parameter, number in zip(self._parameters, gradient.tolist(), strict=True):
                parameter.grad += number
        return float(value)

    def _replayed(self, rows: Any, targets: Any) -> tuple[float, Any]:
        numbers = np.array([parameter.data for parameter in self._parameters])
        return self._batch.value_and_grad(numbers, rows, targets)

    def _compare(self, model: Callable[[Any], Any], loss: Callable[..., Value], rows: Any, targets: Any) -> None:
        """Raise if the program gives another loss or gradient than the model, where it says that it can be used."""
        chosen = [position for position in range(len(rows)) if self._is_for(rows[[position]], targets[[position]])]
        if not chosen:
            raise InputValueError("it branches, and other examples take other branches than the recorded one")
        root = loss([model(row) for row in rows[chosen].tolist()], targets[chosen].tolist())
        value, gradient = self._replayed(rows[chosen], targets[chosen])
        found, expected = [value, *gradient.tolist()], [root.data, *gradient_numbers(root, self._parameters)]
        differing = np.flatnonzero(~np.isclose(found, expected, rtol=1e-8, atol=0.0, equal_nan=True)).tolist()
        graph, nothing = Recorded(root, self._parameters), loss([0.0] * len(chosen), targets[chosen].tolist()).data
        for position in differing:  # by more than rounding, which is all that is left of a loss at its optimum?
            parameter = self._parameters[position - 1]
            rounding = graph.rounding({parameter: 1.0}) if position else graph.data_rounding
            # A loss of 0 has no rounding to first order: then it is small beside that of predicting nothing but zeros.
            noise = 100.0 * rounding if position else max(100.0 * rounding, 1e-15 * abs(nothing))
            if not abs(found[position] - expected[position]) <= noise:
                raise InputValueError(
                    f"node by node its loss on {len(chosen)} examples is {root.data:.6g}, and recorded {value:.6g}, or "
                    "a gradient differs (is it random, or does it ask what kind of number it is given?)"
                )

    def _is_for(self, row: Any, target: Any) -> bool:
        try:
            self._replayed(row, target)
        except BranchChanged:
            return False
        return True


def _program(
    model: Callable[[Any], Any], loss: Callable[..., Value], parameters: list[Value], row: list[float], number: float
) -> Program:
    example = [Value(each, f"x{position}") for position, each in enumerate(row, start=1)]
    target = Value(number, "target")
    with recording(True), unchecked(), branches_noted([*parameters, *example, target]) as branches:
        output = known_loss(loss).of_example(  # type: ignore[union-attr]
            model(example), [target]
        )
    return Program.from_graph(output, [parameters, example, target], branches=branches)


def _same(one: Program, other: Program) -> bool:
    """Whether two programs are the same, instruction by instruction and number by number."""
    a, b = one.tape, other.tape
    return a.guards == b.guards and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name == "constants")
        for name in ("constants", "opcodes", "arguments", "outputs")
    )


@contextmanager
def _global_generators_left_alone() -> Iterator[None]:
    """What a random model draws inside the block, it draws again afterwards, as if it had not been called."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
