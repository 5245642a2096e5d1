"""The loss of a model on a batch by `jit`: of Values recorded for one example, of Tensors for each size of batches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import AutogradError, BranchChanged, InputValueError, Tensor, jit, no_grad
from autograd_core.array.cross_entropy import labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.derivatives.pull_back import gradient_numbers

from ..layers.batch_norm import BatchNorm
from ..layers.dense import Sequential
from ..layers.dropout import Dropout
from ..layers.memory import Memory
from ..layers.module import Module
from ..losses.reduction import mean_of_terms
from ..optim.leaves import Leaves
from .task import Task, one_prediction, predictions_of, rows_of_targets

__all__ = ["Replay", "can_be_recorded", "global_generators_left_alone", "replayed_outputs"]

Array = np.ndarray[Any, Any]


def can_be_recorded(task: Task, leaves: Leaves) -> bool:
    """Whether the model is a Module that a program could be: of Tensors, or of Values and of one example at a time.

    The loss of Values has to be one of this package, and so known to be a mean.
    """
    model = task.model
    if not isinstance(model, Module) or any(isinstance(each, Tensor) is not task.of_tensors for each in leaves.nodes):
        return False
    if not task.of_tensors:
        return task.known is not None and not getattr(model, "needs_batches", False)
    parts = model.modules if isinstance(model, Sequential) else [model]
    return not any(each.buffers() and not isinstance(each, BatchNorm | Dropout) for each in parts)


class Replay:
    """The mean loss of batches and its gradients.

    Parameters
    ----------
    task
        The model, its loss and its examples.
    leaves
        What is moved.
    others
        Leaves that the loss depends on too.
    draws
        For a batch of some size the layers that draw, each with the function that gives its next numbers.

    Attributes
    ----------
    gradients, of_others
        Those of the last batch by `leaves` and by `others`, laid out like these; the next batch overwrites them.
    """

    def __init__(self, task: Task, leaves: Leaves, others: Leaves | None, draws: dict[int, list[Any]]) -> None:
        self._task, self._leaves, self._others, self._draws = task, leaves, others, draws
        self._draws_nothing = not any(draws.values())
        self._outputs: int | None = None
        self._kept: dict[int, list[tuple[int, Callable[..., None]]]] = {}
        parts = [leaves] if others is None else [leaves, others]
        self._nodes = [node for each in parts for node in each.nodes]
        self._evaluated: Callable[[Array, Array], Array] | None = None
        self._numbers = [np.array(array) for each in parts for array in each.read()]
        gradients = [np.empty_like(each) for each in self._numbers]
        count = len(leaves.groups)
        self.gradients, self.of_others = gradients[:count], gradients[count:]
        if task.of_tensors:
            given, sinks = (
                [*leaves.parts(arrays[:count]), *(others.parts(arrays[count:]) if others else ())]
                for arrays in (self._numbers, gradients)
            )
            self._step: Any = jit(self._of_batch, parameters=self._nodes).in_place(given, sinks)
        else:
            inputs = 2 + (task.weights is not None) + len(next(iter(draws.values())))
            f = jit(self._of_example, parameters=self._nodes, arrays="values")
            self._step = f.batched((None, *[0] * inputs), reduce="mean").value_and_grad

    def __call__(self, numbers: Sequence[Array], batch: Any) -> float:
        """The loss of a batch of the task, for numbers in the place of the leaves.

        Raises
        ------
        AutogradError
            If it is not that of the model: an example takes another branch, a number would be frozen, ...; what layers
            draw, they draw again then.
        """
        task = self._task
        rows, weights = task.rows[batch], None if task.shares is None else task.shares[batch]
        given = [rows, *self._targets(rows, task.targets[batch], weights)]
        if self._draws_nothing:
            return self._replayed(numbers, given)
        memory = Memory()
        try:
            for layer, draw in self._draws_for(rows):
                memory.note(layer)
                given.append(draw())
            return self._replayed(numbers, given)
        except AutogradError:
            memory.restore()
            raise

    def compare(self, batch: slice, root: Any) -> None:
        """Raise if it gives another loss or gradient for a batch than the model: its loss is `root`, pulled back."""
        numbers, gradients = self._leaves.read(), self._leaves.gradients()
        try:
            value = self(numbers, batch)
        except BranchChanged:  # of some examples; the first one is the recorded one
            at = batch.start if self._task.shares is None else int(np.argmax(self._task.shares > 0))
            batch = slice(at, at + 1)
            with Memory().passing():
                root = self._task.loss_of_one(at)
            gradients = [np.array(gradient_numbers(root, self._leaves.nodes))]
            value = self(numbers, batch)
        found, expected = [np.array(value), *self.gradients], [np.array(root.data), *gradients]
        largest = max(1e-3, *(float(np.abs(each).max(initial=0.0)) for each in expected))
        noise = (1e-3 if np.float32 in {each.dtype.type for each in expected} else 1e-9) * largest
        if not all(np.allclose(*pair, 0.0, noise, equal_nan=True) for pair in zip(found, expected, strict=True)):
            raise InputValueError(
                f"computed as it is its loss on {batch.stop - batch.start} example(s) is {float(expected[0]):.6g}, and "
                f"recorded {float(found[0]):.6g}, or a gradient differs (is it random, or does it ask what kind of "
                "number it is given?)"
            )

    def outputs(self, numbers: Sequence[Array], X: Array) -> Array:
        """What a model of Values makes of examples, likewise; it is in evaluation."""
        if self._evaluated is None:
            self._evaluated = replayed_outputs(self._task.model, self._nodes)
        return self._evaluated(self._flat(numbers), X)

    # --- what is recorded ---------------------------------------------------------------------------------------------

    def _of_batch(self, rows: Tensor, targets: Tensor, *further: Tensor) -> tuple[Any, ...]:
        """The loss of Tensors, and what layers remember of the batch."""
        weights, drawn = self._split(further)
        memory = Memory(drawn)
        with memory.noted():
            predictions = self._task.model(rows)
        if targets.dtype.kind == "i":
            loss = apply_to_one("cross_entropy", predictions, labels_of(targets))
        else:
            loss = self._loss(predictions, targets, weights)
        self._kept[len(rows)] = [(len(nodes), keep) for nodes, keep in memory.remembered]
        return loss, *(node for nodes, _ in memory.remembered for node in nodes)

    def _loss(self, predictions: Any, targets: Tensor, weights: Tensor | None) -> Tensor:
        known = self._task.known
        if known is None:
            own: Tensor = self._task.loss_from(predictions, targets, weights)
            return own
        if known.of_rows and targets.ndim == 1:
            targets = targets.reshape(-1, 1)
        if not known.of_rows and predictions.shape != targets.shape:
            targets = targets.reshape(predictions.shape)
        terms = known.term(predictions, targets)
        if weights is None:
            return mean_of_terms(terms, None, known.name)
        terms = terms.mean(axis=1) if terms.ndim > 1 else terms
        weighted: Tensor = (terms * weights).sum() / weights.sum()
        return weighted

    def _of_example(self, row: Any, targets: Any, *further: Any) -> Any:
        """The loss of one example of Values, times its weight."""
        weight, drawn = self._split(further)
        model, known = self._task.model, self._task.known
        assert known is not None
        with Memory(drawn).noted():
            prediction = one_prediction(model(row if getattr(model, "sees_batches", False) else row.tolist()))
        loss = known.of_example(prediction, targets.tolist())
        return loss if weight is None else weight * loss

    def _split(self, further: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """The weights, if there are any, and what is drawn."""
        return (None, further) if self._task.weights is None else (further[0], further[1:])

    # --- what it is given ---------------------------------------------------------------------------------------------

    def _targets(self, rows: Array, targets: Array, weights: Any) -> list[Array]:
        """The targets as a program takes them, and the weights."""
        task = self._task
        if not task.of_tensors or (targets.dtype.kind == "i" and weights is not None):
            if self._outputs is None:
                self._outputs = self._outputs_of(rows[:1])
            targets = rows_of_targets(targets, self._outputs)
        if not task.of_tensors:
            return [targets] if weights is None else [targets, weights / weights.mean()]
        given = [targets] if weights is None else [targets, weights]
        if task.known is not None:
            given = [each if each.dtype.kind == "i" else each.astype(rows.dtype, copy=False) for each in given]
        return given

    def _outputs_of(self, rows: Array) -> int:
        """How many outputs the model has."""
        model: Any = self._task.model
        model.set_training(False)
        with no_grad():
            found = predictions_of(model, rows, self._task.of_tensors)
        model.set_training(True)
        if self._task.of_tensors:
            return int(found.shape[-1])
        return len(found[0]) if isinstance(found[0], list) else 1

    def _draws_for(self, rows: Array) -> list[Any]:
        """What draws for the layers, for as many examples: asked of the model itself when their number is new."""
        if len(rows) not in self._draws:
            memory = Memory()
            with memory.passing(), no_grad():
                predictions_of(self._task.model, rows, self._task.of_tensors)
            self._draws[len(rows)] = memory.drawn
        return self._draws[len(rows)]

    def _replayed(self, numbers: Sequence[Array], given: list[Array]) -> float:
        if not self._task.of_tensors:
            value, gradient = self._step(self._flat(numbers), *given)
            count = len(numbers[0])
            self.gradients, self.of_others = [gradient[:count]], [gradient[count:]] if self._others else []
            return float(value)
        for mine, each in zip(self._numbers, [*numbers, *self._of_others()], strict=True):
            np.copyto(mine, each)
        value, *remembered = self._step(*given)
        for count, keep in self._kept[len(given[0])]:
            keep(*remembered[:count])
            del remembered[:count]
        return float(value)

    def _of_others(self) -> list[Array]:
        return [] if self._others is None else self._others.read()

    def _flat(self, numbers: Sequence[Array]) -> Array:
        """The numbers of all Values."""
        return numbers[0] if self._others is None else np.concatenate([*numbers, *self._of_others()])


def replayed_outputs(model: Any, parameters: Sequence[Any]) -> Callable[[Array, Array], Array]:
    """What a model of Values makes of examples, by replay: from numbers for the parameters and examples to outputs."""

    def outputs(row: Any) -> list[Any]:
        output = one_prediction(model(row.tolist()))
        return output if isinstance(output, list) else [output]

    of_examples = jit(outputs, parameters=parameters, arrays="values").batched((None, 0))
    return lambda numbers, X: np.stack(of_examples(numbers, X), axis=1)


@contextmanager
def global_generators_left_alone() -> Iterator[None]:
    """What a random model draws inside the block, it draws again afterwards, as if it had not been called."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
