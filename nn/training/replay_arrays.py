"""The loss of a network of Tensors on a batch as a program of arrays: one for each number of examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core import BranchChanged, InputValueError, Tensor, no_grad
from autograd_core.array.arrays import quietly
from autograd_core.array.cross_entropy import Labels
from autograd_core.array.functions import apply_to_one
from autograd_core.array.tensor import array_constant
from autograd_core.array_programs.engine import ArrayEngine, holds_nan
from autograd_core.array_tapes.tape import flatten
from autograd_core.derivatives.gradients import gradient_arrays
from autograd_core.scalar.blocks import branches_noted, recording, unchecked

from ..layers.batch_norm import BatchNorm
from ..layers.dense import Sequential
from ..layers.dropout import Dropout
from ..layers.memory import Memory
from ..layers.module import Module
from ..losses.reduction import mean_of_terms
from ..optim.leaves import Leaves
from .task import Task, rows_of_targets

__all__ = ["RecordedBatches", "can_be_recorded_as_arrays"]

Array = np.ndarray[Any, Any]


def can_be_recorded_as_arrays(task: Task, leaves: Leaves) -> bool:
    """Whether the model is a Module, all of which is moved, and its parts remember nothing that no program could."""
    model = task.model
    if not isinstance(model, Module):
        return False
    parts = model.modules if isinstance(model, Sequential) else [model]
    if any(each.buffers() and not isinstance(each, BatchNorm | Dropout) for each in parts):
        return False
    return set(model.parameters()) <= set(leaves.nodes)


class RecordedBatches:
    """A model and a loss as programs of the parameters and of the examples, targets and weights of a batch.

    Parameters
    ----------
    task
        The model and its loss.
    leaves
        The parameters.

    Attributes
    ----------
    gradients
        Those of the last batch, laid out like `leaves`: arrays that the next one overwrites.
    """

    def __init__(self, task: Task, leaves: Leaves) -> None:
        self._task, self._leaves, self._nodes = task, leaves, leaves.nodes
        self._outputs: int | None = None
        self._numbers = [np.array(each) for each in leaves.read()]
        self.gradients = [np.empty_like(each) for each in self._numbers]
        self._given, self._sinks = (_parts(each, leaves) for each in (self._numbers, self.gradients))
        self._programs: dict[int, tuple[ArrayEngine, Callable[..., Any], Memory]] = {}

    def loss_and_gradient(self, numbers: Sequence[Array], rows: Array, targets: Array, weights: Any) -> float:
        """The mean loss of a batch, for numbers in the place of the parameters; its gradients are in `gradients`.

        Raises
        ------
        BranchChanged
            If the model takes another branch than the recorded one.
        """
        known = self._programs.get(len(rows))
        if known is None:
            known = self._programs[len(rows)] = self._recorded(rows, targets, weights)
        engine, run, memory = known
        for mine, each in zip(self._numbers, numbers, strict=True):
            np.copyto(mine, each)
        given = self._inputs(rows, targets, weights)
        before = memory.now() if memory.drawn else {}
        given += [draw() for _, draw in memory.drawn]
        try:
            value, *others = quietly().run(run, *given)
        except BranchChanged:
            memory.restore(before)
            raise
        for nodes, keep in memory.remembered:
            keep(*others[: len(nodes)])
            del others[: len(nodes)]
        if holds_nan(self.gradients):
            wanted = [slot < len(self._nodes) for slot in range(len(engine.tape.inputs))]
            inputs = [*(self._given[slot] for slot in range(len(self._nodes))), *given]
            for slot, each in enumerate(engine.carefully(inputs, wanted)):
                np.copyto(self._sinks[slot], each)
        return float(value)

    def compare(self, batch: Any) -> None:
        """Raise if the program gives another loss or gradient than the model at its present parameters.

        Whatever layers draw or remember meanwhile is as if they had not.
        """
        task = self._task
        weights = None if task.shares is None else task.shares[batch]
        memory = Memory(is_recorded=False)
        with memory.passing():
            root = task.loss_of(batch)
        expected = [root.data, *gradient_arrays(root, self._leaves.nodes)]
        try:
            value = self.loss_and_gradient(self._leaves.read(), task.rows[batch], task.targets[batch], weights)
        finally:
            memory.restore()
        found = [np.asarray(value), *(self._sinks[slot] for slot in range(len(expected) - 1))]
        largest = max(1e-3, *(float(np.abs(each).max(initial=0.0)) for each in expected))
        noise = (1e-9 if root.dtype == np.float64 else 1e-3) * largest
        if not all(
            np.allclose(*pair, rtol=0.0, atol=noise, equal_nan=True) for pair in zip(found, expected, strict=True)
        ):
            raise InputValueError(
                f"computed as it is its loss on {len(task.rows[batch])} examples is {root.item():.6g}, and recorded "
                f"{value:.6g}, or a gradient differs (is it random, or does it ask what kind of number it is given?)"
            )

    def _recorded(self, rows: Array, targets: Array, weights: Any) -> tuple[ArrayEngine, Callable[..., Any], Memory]:
        arrays = [np.array(each) for each in self._inputs(rows, targets, weights)]
        inputs, memory = list(map(array_constant, arrays)), Memory(is_recorded=True)
        with memory.passing(), recording(True), unchecked(), branches_noted([*self._nodes, *inputs]) as branches:
            predictions = self._task.model(inputs[0])
            if arrays[1].dtype.kind == "i":
                loss = apply_to_one("cross_entropy", predictions, Labels(arrays[1], inputs[1]))
            else:
                loss = self._loss(predictions, *inputs[1:])
        noted = [(node, truth, f"a {node.op} of the model", source) for node, truth, source in branches]
        inputs += [node for node, _ in memory.drawn]
        kept = [node for nodes, _ in memory.remembered for node in nodes]
        tape, of_values = flatten([loss, *kept], [*self._nodes, *inputs], noted)
        if tape.leaves or of_values:
            raise InputValueError("it depends on parameters that the optimizer does not move")
        engine = ArrayEngine(tape)
        wanted = [slot < len(self._nodes) for slot in range(len(tape.inputs))]
        return engine, engine.bound(wanted, self._given, self._sinks), memory

    def _inputs(self, rows: Array, targets: Array, weights: Any) -> list[Array]:
        """What a program is given beside the parameters."""
        if targets.dtype.kind == "i" and weights is not None:
            if self._outputs is None:
                model: Any = self._task.model
                model.set_training(False)
                with no_grad():
                    self._outputs = model(rows[:1]).shape[-1]
                model.set_training(True)
            targets = rows_of_targets(targets, self._outputs)
        given = [targets] if weights is None else [targets, weights]
        if self._task.known is not None:
            given = [each if each.dtype.kind == "i" else each.astype(rows.dtype, copy=False) for each in given]
        return [rows, *given]

    def _loss(self, predictions: Any, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """The loss, for targets that are an input of a program."""
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


def _parts(arrays: Sequence[Array], leaves: Leaves) -> dict[int, Array]:
    """For the position of each leaf where its numbers lie in arrays laid out like the leaves."""
    found: dict[int, Array] = {}
    places = {node: position for position, node in enumerate(leaves.nodes)}
    for group, array in zip(leaves.groups, arrays, strict=True):
        start = 0
        for node in group:
            found[places[node]] = array[start : start + node.size].reshape(node.shape)
            start += node.size
    return found
