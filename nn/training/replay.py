"""The loss of a model on a batch as a Program: recorded once for one example, replayed on all of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import BranchChanged, InputValueError, Program, Value, leaves
from autograd_core.check.recorded import Recorded
from autograd_core.derivatives.pull_back import gradient_numbers
from autograd_core.scalar.blocks import branches_noted, recording, unchecked

from ..layers.module import Module
from ..losses.known import known_loss
from .masks import Masks
from .task import Task, one_prediction, predictions_of, rows_of_targets

Array = np.ndarray[Any, Any]

__all__ = ["RecordedLoss", "RecordedOutputs", "can_be_recorded", "global_generators_left_alone"]

_ENOUGH = 16  # examples to compare a program with its model on
_FEW = 4  # of these are compared by their gradients too, node by node, which takes long


def can_be_recorded(model: Callable[[Any], Any], loss: Callable[..., Value]) -> bool:
    """Whether a model is a Module of one example at a time, and the loss one of this package, so known to be a mean."""
    return known_loss(loss) is not None and isinstance(model, Module) and not getattr(model, "needs_batches", False)


class RecordedLoss:
    """A model and a loss, recorded as a program of the parameters, one example, its targets and its weight.

    Make one with :meth:`of`, which compares it with the model.

    Attributes
    ----------
    parameters
        The leaves that it depends on: first those that were named, then all others.
    outputs
        How many outputs the model has.
    """

    def __init__(self, program: Program, parameters: list[Value], outputs: int, masks: Masks) -> None:
        self._batch = program.batched((None, *[0] * (len(program.signature.arguments) - 1)), reduce="mean")
        self.parameters, self.outputs, self.masks = parameters, outputs, masks

    @classmethod
    def of(cls, task: Task, first: list[Value]) -> RecordedLoss:
        """Record a model at the first example of a task, and compare the program with it at the next ones.

        Parameters
        ----------
        task
            The model, its loss and its examples.
        first
            The leaves that shall come first among the parameters.

        Raises
        ------
        InputValueError
            If the program is another function than the model: what happens if the model is random, counts its calls, or
            treats Values otherwise than numbers.
        AutogradError, or what the model raises
            If the model cannot be recorded.
        """
        rows, targets = (np.roll(each, -1, axis=0)[:_ENOUGH] for each in (task.rows, task.targets))
        row, target, masks = task.rows[0], task.targets[0], Masks(task.model)
        with global_generators_left_alone(), masks.kept():
            predictions = predictions_of(task.model, rows, False)
            outputs = len(predictions[0]) if isinstance(predictions[0], list) else 1
            others = leaves(task.loss(predictions, targets.tolist()))
            named = set(first)
            parameters = [*first, *(each for each in others if each not in named)]
            example = row.tolist(), rows_of_targets(target[None], outputs)[0].tolist()
            one, other = (_program(task, masks, parameters, *example) for _ in range(2))
            if not _same(one, other):
                raise InputValueError("called twice on one example, it did not compute the same (is it random?)")
            recorded = cls(one, parameters, outputs, masks)
            recorded._compare(task, rows, targets)
        return recorded

    def loss_and_gradient(self, numbers: Array, rows: Array, targets: Array, weights: Any) -> tuple[float, Array]:
        """The mean loss of a batch and its gradient, for numbers in the place of the parameters.

        Raises
        ------
        BranchChanged
            If an example takes another branch of the model than the recorded one.
        """
        arguments = [numbers, rows, rows_of_targets(targets, self.outputs)]
        if self.masks.count:
            arguments.append(self.masks.draw(len(rows)))
        if weights is not None:
            arguments.append(weights / weights.mean())
        try:
            value, gradient = self._batch.value_and_grad(*arguments)
        except BranchChanged:
            self.masks.take_back()
            raise
        return float(value), gradient

    def _replayed(self, rows: Array, targets: Array, weighted: bool) -> tuple[float, Array]:
        numbers = np.array([parameter.data for parameter in self.parameters])
        with self.masks.kept():
            return self.loss_and_gradient(numbers, rows, targets, np.ones(len(rows)) if weighted else None)

    def _compare(self, task: Task, rows: Array, targets: Array) -> None:
        """Raise if the program gives another loss or gradient than the model, where it says that it can be used."""
        weighted = task.weights is not None
        chosen = [at for at in range(len(rows)) if self._is_for(rows[[at]], targets[[at]], weighted)]
        if not chosen:
            raise InputValueError("it branches, and other examples take other branches than the recorded one")
        few = chosen[:_FEW]
        with self.masks.kept():
            predictions = predictions_of(task.model, rows[chosen], False)
        root = task.loss(predictions, targets[chosen].tolist())
        of_few = task.loss(predictions[:_FEW], targets[few].tolist())
        value, _ = self._replayed(rows[chosen], targets[chosen], weighted)
        _, gradient = self._replayed(rows[few], targets[few], weighted)
        found, expected = [value, *gradient.tolist()], [root.data, *gradient_numbers(of_few, self.parameters)]
        differing = np.flatnonzero(~np.isclose(found, expected, rtol=1e-8, atol=0.0, equal_nan=True)).tolist()
        if not differing:
            return
        graph, graph_of_few = (Recorded(each, self.parameters) for each in (root, of_few))
        zeros = [0.0 if self.outputs == 1 else [0.0] * self.outputs] * len(chosen)
        nothing = task.loss(zeros, targets[chosen].tolist()).data
        for position in differing:  # by more than rounding, which is all that is left of a loss at its optimum?
            parameter = self.parameters[position - 1]
            rounding = graph_of_few.rounding({parameter: 1.0}) if position else graph.data_rounding
            # A loss of 0 has no rounding to first order: then it is small beside that of predicting nothing but zeros.
            noise = 100.0 * rounding if position else max(100.0 * rounding, 1e-15 * abs(nothing))
            if not abs(found[position] - expected[position]) <= noise:
                raise InputValueError(
                    f"node by node its loss on {len(chosen)} examples is {root.data:.6g}, and recorded {value:.6g}, or "
                    "a gradient differs (is it random, or does it ask what kind of number it is given?)"
                )

    def _is_for(self, row: Array, target: Array, weighted: bool) -> bool:
        try:
            self._replayed(row, target, weighted)
        except BranchChanged:
            return False
        return True


class RecordedOutputs:
    """What a model makes of examples, recorded as a program of the parameters and one example. Make one with `of`."""

    def __init__(self, program: Program) -> None:
        self._batch = program.batched((None, 0))

    @classmethod
    def of(cls, model: Callable[[Any], Any], parameters: list[Value], row: Array) -> RecordedOutputs:
        """Record a model at an example."""
        example = [Value(each, f"x{position}") for position, each in enumerate(row.tolist(), start=1)]
        with recording(True), unchecked(), branches_noted([*parameters, *example]) as branches:
            output = one_prediction(model(example))
        outputs = output if isinstance(output, list) else [output]
        return cls(Program.from_graph(outputs, [parameters, example], branches=branches))

    def __call__(self, numbers: Array, X: Array) -> Array:
        """The outputs for numbers in the place of the parameters: an array of shape (examples, outputs)."""
        return np.stack(self._batch(numbers, X), axis=1)


def _program(task: Task, masks: Masks, parameters: list[Value], row: list[float], numbers: list[float]) -> Program:
    """The loss of one example, times its weight if there are weights."""
    example = [Value(each, f"x{position}") for position, each in enumerate(row, start=1)]
    targets = [Value(each, "target") for each in numbers]
    factors = [Value(1.0, "mask") for _ in range(masks.count)]
    weight = [] if task.weights is None else [Value(1.0, "weight")]
    inputs = [*parameters, *example, *targets, *factors, *weight]
    known = task.known
    assert known is not None
    with recording(True), unchecked(), masks.given(factors), branches_noted(inputs) as branches:
        output = known.of_example(one_prediction(task.model(example)), targets)
        for each in weight:
            output = each * output
    further = [factors] if factors else []
    return Program.from_graph(output, [parameters, example, targets, *further, *weight], branches=branches)


def _same(one: Program, other: Program) -> bool:
    """Whether two programs are the same, instruction by instruction and number by number."""
    a, b = one.tape, other.tape
    return a.guards == b.guards and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name == "constants")
        for name in ("constants", "opcodes", "arguments", "outputs")
    )


@contextmanager
def global_generators_left_alone() -> Iterator[None]:
    """What a random model draws inside the block, it draws again afterwards, as if it had not been called."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
