"""Steps: the loss and gradient of a batch, and where they lead; by replay without a node, or node by node."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_core import (
    AutogradError,
    BranchChanged,
    InputTypeError,
    InputValueError,
    NotReplayedWarning,
    Value,
    leaves,
    no_grad,
)
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..layers.memory import Memory
from ..layers.module import Module
from ..losses.penalties import Penalty
from ..optim.leaves import Leaves
from ..optim.newton import Newton
from ..optim.optimizer import Optimizer
from .replay import Replay, can_be_recorded, global_generators_left_alone
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
    replay
        The loss as programs, or None as long as all is node by node.
    """

    def __init__(self, task: Task, optimizer: Any, leaves: Leaves, penalties: Sequence[Penalty] = ()) -> None:
        self.task, self.optimizer, self.leaves, self.penalties = task, optimizer, leaves, penalties
        self.numbers = leaves.read()
        self._held = leaves.places(_weights_of(task.model, leaves)) if penalties else []
        self.gradients: list[Array] = []
        self.replay: Replay | None = None
        self._others: Leaves | None = None  # leaves that the optimiser does not move
        self._of_others: list[Array] = []  # their gradients, which the nodes do not have yet
        self._is_settled = True

    # --- gradients ----------------------------------------------------------------------------------------------------

    def loss_and_gradients(self, batch: slice) -> float:
        """The mean loss of a batch; its gradients are ready for :meth:`step` if it is finite."""
        value = None if self.replay is None else self._replayed(self.replay, batch)
        return float(self._node_by_node(batch).data) if value is None else value

    def _replayed(self, replay: Replay, batch: slice) -> float | None:
        """By a program; None if that cannot be, as for an example that takes another branch than the recorded one."""
        try:
            value = replay(self.numbers, batch)
        except AutogradError:
            return None
        if math.isfinite(value):
            self.gradients = replay.gradients
            if replay.of_others:
                before = self._of_others or map(np.zeros_like, replay.of_others)
                self._of_others = [one + other for one, other in zip(before, replay.of_others, strict=True)]
            self._is_settled = False
        return value

    def _node_by_node(self, batch: slice) -> Any:
        """The loss, a node, and its gradients in the nodes."""
        self.settle()
        self.optimizer.zero_grad()
        value = self.task.loss_of(batch)
        if math.isfinite(float(value.data)):
            if isinstance(self.optimizer, Newton):
                self.optimizer.see(value)
            value.backward()
            self.gradients = []
        return value

    def first_loss_and_gradients(self, batch: slice, stacklevel: int) -> float:
        """The same, and record the model if that is possible; else warn why it is not.

        The loss of the first batch is found node by node, which finds what may be wrong with the model itself. By
        replay it may be another one by its rounding, and is what training goes on from, so that a training that is
        resumed is the one that was not interrupted.
        """
        memory = Memory()
        with memory.noted():
            root = self._node_by_node(batch)
        value = float(root.data)
        if (
            not math.isfinite(value)
            or isinstance(self.optimizer, Newton)
            or not can_be_recorded(self.task, self.leaves)
        ):
            return value
        self.leaves.gradients()  # there is one for each parameter
        after = memory.now()
        if self._is_recorded(batch, root, memory, stacklevel + 1):
            assert self.replay is not None
            replayed = self._replayed(self.replay, batch)
            self._of_others = []  # the nodes have these
            if replayed is not None:
                return replayed
        memory.restore(after)
        return value

    def _is_recorded(self, batch: slice, root: Any, memory: Memory, stacklevel: int) -> bool:
        """Record the model, whose loss of a batch is the root; if it could not be recorded, that is a warning."""
        task, moved = self.task, set(self.leaves.nodes)
        following: Any = slice(batch.stop, 2 * batch.stop - batch.start)
        if following.stop > task.count:
            following = np.roll(np.arange(batch.start, batch.stop), 1)
        try:
            with global_generators_left_alone():
                seen = root if task.of_tensors else task.loss_of_one(batch.start)  # which are many nodes fewer
                others = [each for each in leaves(seen) if each not in moved]
                memory.restore()
                self._others = Leaves(others, task.who) if others else None
                replay = Replay(task, self.leaves, self._others, {batch.stop - batch.start: memory.drawn})
                replay.compare(batch, root)
                if task.of_tensors:
                    replay(self.numbers, following)  # when it is recorded again, for other numbers
        except Exception as error:  # whatever the model raises for nodes in the place of numbers
            if task.of_tensors and task.known is None:
                return False  # a loss of one's own may do with targets what it likes
            warnings.warn(
                f"{task.who}: the model is computed node by node, which is slower, for it cannot be replayed: {error}. "
                "Write replay=False if that is as it should be",
                NotReplayedWarning,
                stacklevel=stacklevel,
            )
            return False
        finally:
            memory.restore()
        self.replay = replay
        return True

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
        if self.replay is None:
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
        if self._others is not None and self._of_others:
            before = self._others.gradients()
            self._others.write_gradients([one + more for one, more in zip(before, self._of_others, strict=True)])
            self._of_others = []
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
        if isinstance(model, Module):
            model.set_training(False)
        try:
            if self.replay is not None and not task.of_tensors:
                with suppress(BranchChanged):
                    return self.replay.outputs(self.numbers, task.X)
            self.settle()
            return outputs_of(model, task.X, task.of_tensors)
        finally:
            if isinstance(model, Module):
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
