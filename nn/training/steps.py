"""Steps: the loss and gradient of a batch, and where they lead; by replay without a node, or node by node."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import BranchChanged, InputTypeError, InputValueError, NotReplayedWarning, Tensor, Value, no_grad
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..layers.memory import Memory
from ..layers.module import Module
from ..losses.penalties import Penalty
from ..optim.leaves import Leaves
from ..optim.newton import Newton
from ..optim.optimizer import Optimizer
from .replay import RecordedLoss, RecordedOutputs, can_be_recorded, global_generators_left_alone
from .replay_arrays import RecordedBatches, can_be_recorded_as_arrays
from .task import Task, predictions_of

__all__ = ["Steps", "leaves_of", "outputs_of"]

Array = np.ndarray[Any, Any]


class Steps:
    """What moves a model's parameters.

    The numbers of the parameters are kept in arrays here; nodes have them when :meth:`settle` was called.

    Attributes
    ----------
    numbers
        Where the parameters are, laid out like `leaves`.
    gradients
        Those of the last batch, laid out likewise.
    recorded
        The loss as a program, or None as long as all is node by node.
    """

    def __init__(self, task: Task, optimizer: Any, leaves: Leaves, penalties: Sequence[Penalty] = ()) -> None:
        self.task, self.optimizer, self.leaves, self.penalties = task, optimizer, leaves, penalties
        self.numbers = leaves.read()
        self._held = leaves.places(_weights_of(task.model, leaves)) if penalties else []
        self.gradients: list[Array] = []
        self.recorded: RecordedLoss | None = None
        self._batches: RecordedBatches | None = None
        self._outputs: RecordedOutputs | None = None
        self._others: Array | None = None  # gradients of leaves that the optimiser does not move
        self._is_settled = True

    # --- gradients ----------------------------------------------------------------------------------------------------

    def loss_and_gradients(self, batch: slice) -> float:
        """The mean loss of a batch; its gradients are ready for :meth:`step` if it is finite."""
        value = None
        if self._batches is not None:
            value = self._replay_arrays(self._batches, batch)
        elif self.recorded is not None:
            value = self._replay(batch)
        return self._node_by_node(batch) if value is None else value

    def _replay_arrays(self, batches: RecordedBatches, batch: slice) -> float | None:
        """By the program of this number of examples; None if another branch of the model is taken."""
        task = self.task
        shares = None if task.shares is None else task.shares[batch]
        try:
            value = batches.loss_and_gradient(self.numbers, task.rows[batch], task.targets[batch], shares)
        except BranchChanged:
            return None
        if math.isfinite(value):
            self.gradients = batches.gradients
            self._is_settled = False
        return value

    def _replay(self, batch: slice) -> float | None:
        """By the program; None if an example takes another branch of the model than the recorded one."""
        task, recorded = self.task, self.recorded
        assert recorded is not None
        shares = None if task.shares is None else task.shares[batch]
        try:
            value, gradient = recorded.loss_and_gradient(
                self._all_numbers(), task.rows[batch], task.targets[batch], shares
            )
        except BranchChanged:
            return None
        if math.isfinite(value):
            count = len(self.numbers[0])
            self.gradients = [gradient[:count]]
            if len(gradient) > count:
                self._others = gradient[count:] if self._others is None else self._others + gradient[count:]
            self._is_settled = False
        return value

    def _all_numbers(self) -> Array:
        assert self.recorded is not None
        others = self.recorded.parameters[len(self.leaves.nodes) :]
        return np.concatenate([self.numbers[0], [each.data for each in others]]) if others else self.numbers[0]

    def _node_by_node(self, batch: slice) -> float:
        self.settle()
        self.optimizer.zero_grad()
        value = self.task.loss_of(batch)
        number = float(value.data)
        if math.isfinite(number):
            if isinstance(self.optimizer, Newton):
                self.optimizer.see(value)
            value.backward()
            self.gradients = []
        return number

    def first_loss_and_gradients(self, batch: slice, stacklevel: int) -> float:
        """The same, and record the model if that is possible; else warn why it is not.

        The loss of the first batch is found node by node, which finds what may be wrong with the model itself. By
        replay it may be another one by its rounding, and is what training goes on from, so that a training that is
        resumed is the one that was not interrupted.
        """
        memory = Memory(is_recorded=False)
        with memory.noted():
            value = self.loss_and_gradients(batch)
        if not math.isfinite(value) or not self._is_recorded(batch, stacklevel + 1):
            return value
        after = memory.now()
        memory.restore()
        replayed = self._replay(batch) if self._batches is None else self._replay_arrays(self._batches, batch)
        self._others = None  # the nodes have these
        if replayed is None:
            memory.restore(after)
            return value
        return replayed

    def _is_recorded(self, batch: slice, stacklevel: int) -> bool:
        """Whether the model could be recorded now; if one should think so and it could not, that is a warning."""
        of_tensors = self.task.of_tensors
        possible = (
            can_be_recorded_as_arrays(self.task, self.leaves)
            if of_tensors
            else can_be_recorded(self.task.model, self.task.loss)
        )
        if isinstance(self.optimizer, Newton) or not possible:
            return False
        if any(isinstance(each, Tensor) is not of_tensors for each in self.leaves.nodes):
            return False
        self.leaves.gradients()  # there is one for each parameter
        try:
            if of_tensors:
                self._batches = self._recorded_batches(batch)
            else:
                self.recorded = RecordedLoss.of(self.task, self.leaves.nodes)
        except Exception as error:  # whatever the model raises for Values in the place of numbers
            if of_tensors and self.task.known is None:
                return False  # a loss of one's own may do with targets what it likes
            warnings.warn(
                f"{self.task.who}: the model is computed node by node, which is slower, for it cannot be replayed: "
                f"{error}. Write replay=False if that is as it should be",
                NotReplayedWarning,
                stacklevel=stacklevel,
            )
            return False
        return True

    def _recorded_batches(self, batch: slice) -> RecordedBatches:
        """The programs of a network of Tensors, compared with it on the next batch."""
        size = batch.stop - batch.start
        following: Any = slice(batch.stop, batch.stop + size)
        if batch.stop + size > self.task.count:
            following = np.roll(np.arange(batch.start, batch.stop), 1)
        recorded = RecordedBatches(self.task, self.leaves)
        with global_generators_left_alone():
            recorded.compare(following)
        return recorded

    # --- moves --------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Move the parameters by the gradients of the last batch."""
        if not isinstance(self.optimizer, Optimizer):  # one that knows nodes only
            self.settle()
            self.optimizer.step()
            self.numbers = self.leaves.read()
            return
        raw = self.gradients or self.leaves.gradients()
        gradients = raw
        for penalty in self.penalties:
            gradients = [
                np.where(held, g + penalty.gradient(w), g)
                for w, g, held in zip(self.numbers, gradients, self._held, strict=True)
            ]
        numbers = self.optimizer.moved(self.numbers, gradients)
        for penalty in self.penalties:
            rate = self.optimizer.learning_rate
            numbers = [np.where(held, penalty.after(w, rate), w) for w, held in zip(numbers, self._held, strict=True)]
        self.numbers, self.gradients = numbers, raw
        if self.recorded is None and self._batches is None:
            self.leaves.write(numbers)
        else:
            self._is_settled = False

    def settle(self) -> None:
        """Give the nodes the numbers and the gradients that the arrays have."""
        if self._is_settled:
            return
        self.leaves.write(self.numbers)
        if self.gradients:
            self.leaves.write_gradients(self.gradients)
        if self._others is not None and self.recorded is not None:
            for each, number in zip(self.recorded.parameters[len(self.leaves.nodes) :], self._others, strict=True):
                each.grad += float(number)
            self._others = None
        self._is_settled = True

    def place(self) -> tuple[list[Array], dict[str, Any]]:
        """Where the parameters are, and what the model remembers beside them."""
        buffers: dict[str, Any] = self.task.model.buffers() if isinstance(self.task.model, Module) else {}
        return self.numbers, {name: np.array(each) for name, each in buffers.items()}

    def restore(self, place: tuple[list[Array], dict[str, Any]]) -> None:
        """Put the model where it was."""
        self.settle()
        self.numbers, buffers = place
        self.leaves.write(self.numbers)
        if isinstance(self.task.model, Module):
            self.task.model.set_buffers(buffers)

    # --- what the model makes of examples -----------------------------------------------------------------------------

    def outputs(self, task: Task) -> Array:
        """What the model makes of the examples of a task: an array of shape (examples, outputs)."""
        model: Any = task.model
        if self.recorded is not None:
            if self._outputs is None:
                model.set_training(False)
                self._outputs = RecordedOutputs.of(model, self.recorded.parameters, task.X[0])
                model.set_training(True)
            try:
                return self._outputs(self._all_numbers(), task.X)
            except BranchChanged:
                pass
        self.settle()
        if not isinstance(model, Module):
            return outputs_of(model, task.X, task.of_tensors)
        model.set_training(False)
        try:
            return outputs_of(model, task.X, task.of_tensors)
        finally:
            model.set_training(True)


def _weights_of(model: Any, leaves: Leaves) -> list[Any]:
    """What a penalty holds."""
    if isinstance(model, Module):
        return model.weights()
    return [each for each in leaves.nodes if each.label not in ("b", "bias")]


def outputs_of(model: Any, X: Array, of_tensors: bool) -> Array:
    """What a model makes of examples, computed node by node and not recorded: an array of shape (examples, outputs)."""
    with no_grad():
        predictions = predictions_of(model, X, of_tensors)
    if of_tensors:
        numbers = np.asarray(predictions.data)
    else:
        numbers = np.array([[_number(each) for each in (p if isinstance(p, list) else [p])] for p in predictions])
    return numbers[:, None] if numbers.ndim == 1 else numbers


def _number(output: Any) -> float:
    return output.data if isinstance(output, Value) else number_from(output, "the model's output")


def leaves_of(model: Any, optimizer: Any, who: str) -> Leaves:
    """What an optimiser moves."""
    if isinstance(optimizer, type) or not (hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")):
        given = f"the class {optimizer.__name__}" if isinstance(optimizer, type) else shortened(optimizer)
        raise InputTypeError(
            f"{who}: the optimizer is {given}; write optimizer=SGD(model.parameters(), learning_rate=0.1)"
        )
    if isinstance(optimizer, Optimizer):
        own = {id(each) for each in getattr(model, "parameters", list)()}
        if own and own.isdisjoint(map(id, optimizer.parameters)):
            raise InputValueError(
                f"{who}: the optimizer moves the parameters of another model; write "
                f"{type(optimizer).__name__}(model.parameters(), ...) for this one"
            )
        return optimizer.leaves
    nodes = getattr(optimizer, "parameters", None) or getattr(model, "parameters", list)()
    return Leaves(nodes, type(optimizer).__name__)
