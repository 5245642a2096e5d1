"""Optimizer, the base of all optimisers: what they have in common, and how one of your own is written."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any, ClassVar

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from .clipping import clipped, norm
from .leaves import Leaves
from .schedules import Schedule, schedule_from

__all__ = ["Optimizer", "fraction_from"]

Array = np.ndarray[Any, Any]


class Optimizer:
    """How parameters move, given their gradients.

    One of your own says in :meth:`update` where an array w of parameters goes, given its gradient g. What it has to
    remember from step to step it names in `memory`: arrays like w, at first 0, which it changes in place. Whether the
    parameters are Values or Tensors, it need not know.

    Parameters
    ----------
    parameters
        The leaves to move, such as ``model.parameters()``.
    learning_rate
        A positive finite number. It can be set between steps.
    weight_decay
        How much of each parameter is added to its gradient, at least 0. (It holds the biases too, as in PyTorch; a
        penalty does not.)
    schedule
        Which share of the learning rate is used in each epoch; see :class:`nn.Schedule`.
    max_norm
        Gradients are made shorter if all of them as one vector are longer than this.
    max_value
        Each number of a gradient is moved into [-max_value, max_value].

    Attributes
    ----------
    steps
        How many steps it has made.
    epoch
        How many epochs have ended.

    Raises
    ------
    InputTypeError
        If a parameter is neither a Value nor a Tensor, or something is not a number.
    InputValueError
        If there are no parameters, one is not a leaf or is given twice, or a number is out of range.

    Examples
    --------
    >>> class Momentum(Optimizer):
    ...     memory = ("velocity",)
    ...
    ...     def update(self, w, g, velocity):
    ...         velocity *= 0.9
    ...         velocity += g
    ...         return w - self.learning_rate * velocity
    >>> w = Value(3.0, "w")
    >>> optimizer = Momentum([w], learning_rate=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    1.5
    """

    #: Names of the arrays that :meth:`update` gets beside w and g.
    memory: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float,
        *,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
        max_norm: float | None = None,
        max_value: float | None = None,
    ) -> None:
        self._name = type(self).__name__
        self.leaves = Leaves(parameters, self._name)
        self.schedule = schedule_from(schedule, f"{self._name}: schedule")
        self.weight_decay = number_from(weight_decay, f"{self._name}: weight_decay")
        if not 0 <= self.weight_decay < inf:
            raise InputValueError(f"{self._name}: weight_decay={self.weight_decay} is negative or infinite; write 1e-4")
        self.max_norm, self.max_value = (
            None if limit is None else self._positive(limit, what)
            for limit, what in ((max_norm, "max_norm"), (max_value, "max_value"))
        )
        self.steps = self.epoch = 0
        self._memory: list[tuple[Array, ...]] = []
        self.learning_rate = learning_rate

    @property
    def parameters(self) -> list[Any]:
        """The leaves it moves."""
        return self.leaves.nodes

    @property
    def learning_rate(self) -> float:
        """How far a step goes, in units of the gradient."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        number = number_from(learning_rate, f"{self._name}: learning_rate")
        if not 0 < number < inf:
            raise InputValueError(
                f"{self._name}: the learning rate {number} is not positive and finite; write 0.1, for example"
            )
        factor = self.schedule.factor(self.epoch)
        self._first = number if self.epoch == 0 or not factor else number / factor
        self._learning_rate = number if self.epoch else self._first * factor

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """Where parameters w with the gradient g go: a new array; g is overwritten later. A subclass says so."""
        raise NotImplementedError(f"{self._name} needs a method update(self, w, g): where parameters w go")

    def step(self) -> None:
        """Move every parameter, given the gradients of its last backward pass.

        Raises
        ------
        InputValueError
            If a gradient was not computed, or is not finite. Then no parameter has moved.
        """
        gradients = self.leaves.gradients()
        self.leaves.write(self.moved(self.leaves.read(), gradients))

    def moved(self, numbers: list[Array], gradients: list[Array]) -> list[Array]:
        """Where all parameters go, as arrays laid out like `leaves`; what :meth:`step` does without the nodes."""
        with np.errstate(all="ignore"):
            if not isfinite(norm(gradients)):  # of a number that is not, or of very large ones
                self.leaves.refuse_non_finite(gradients)
            gradients = clipped(gradients, self.max_norm, self.max_value)
            if self.weight_decay:
                gradients = [self.decayed(w, g) for w, g in zip(numbers, gradients, strict=True)]
            self.steps += 1
            if not self._memory:
                self._memory = [tuple(np.zeros_like(w) for _ in self.memory) for w in numbers]
            return [self.update(w, g, *memory) for w, g, memory in zip(numbers, gradients, self._memory, strict=True)]

    def decayed(self, w: Array, g: Array) -> Array:
        """The gradient with the weights' own share; an optimiser that decays weights by themselves leaves it alone."""
        return g + self.weight_decay * w

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: from now on they are "not computed"."""
        for each in self.leaves.nodes:
            each.zero_grad()

    def end_epoch(self, loss: float | None = None) -> None:
        """An epoch has ended, with this loss: the schedule sets the learning rate of the next one."""
        self.schedule.see(loss)
        self.epoch += 1
        self._learning_rate = self._first * self.schedule.factor(self.epoch)

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on beside the parameters: numbers, and lists of arrays by name."""
        memory = [{name: array.copy() for name, array in zip(self.memory, m, strict=True)} for m in self._memory]
        return {
            "steps": self.steps,
            "epoch": self.epoch,
            "first_learning_rate": self._first,
            "learning_rate": self._learning_rate,
            "schedule": self.schedule.state_dict(),
            "memory": memory,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where an optimiser of the same kind, for parameters of the same shapes, stood.

        Raises
        ------
        InputTypeError, InputValueError
            If it is not what :meth:`state_dict` gave for such an optimiser. Then nothing has changed.
        """
        wanted = self.state_dict().keys()
        if not isinstance(state, dict) or state.keys() != wanted:
            raise InputTypeError(f"{self._name}: {shortened(state)} is no state; give what state_dict() returned")
        memory = [tuple(np.array(each[name]) for name in self.memory) for each in state["memory"]]
        shapes = [array.shape for array in self.leaves.read()]
        if memory and [[array.shape for array in each] for each in memory] != [[s] * len(self.memory) for s in shapes]:
            raise InputValueError(f"{self._name}: the state is that of parameters of other shapes than {shapes}")
        self._memory = memory
        self.steps, self.epoch = int(state["steps"]), int(state["epoch"])
        self._first, self._learning_rate = float(state["first_learning_rate"]), float(state["learning_rate"])
        self.schedule.load_state_dict(state["schedule"])

    def _positive(self, number: Any, what: str) -> float:
        positive = number_from(number, f"{self._name}: {what}")
        if not positive > 0:
            raise InputValueError(f"{self._name}: {what}={positive} is not positive; write 1.0")
        return positive


def fraction_from(number: Any, what: str) -> float:
    """A number from 0 to less than 1, such as a decay rate.

    >>> fraction_from(0.9, "Adam: beta1")
    0.9
    """
    share = number_from(number, what)
    if not 0 <= share < 1:
        raise InputValueError(f"{what}={share} is not from 0 to less than 1; write 0.9")
    return share
