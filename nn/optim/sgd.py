"""Optimisers: how parameters move, given their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import Protocol

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from autograd_core.array.tensor import descend, describe, has_finite_gradient
from autograd_core.scalar.conversion import number_from

from ..conversion import sequence_from

__all__ = ["SGD", "Optimizer"]


class Optimizer(Protocol):
    """What training needs of an optimiser."""

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""

    def step(self) -> None:
        """Move the parameters by their gradients."""


class SGD:
    """Stochastic gradient descent: each step takes ``learning_rate * gradient`` off every parameter.

    Parameters
    ----------
    parameters
        The leaves to move, such as ``model.parameters()``.
    learning_rate
        A positive finite number. It can be set between steps.

    Raises
    ------
    InputTypeError
        If a parameter is neither a Value nor a Tensor, or the learning rate not a number.
    InputValueError
        If there are no parameters, one is not a leaf or is given twice, or the learning rate is not positive and
        finite.

    Notes
    -----
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951).

    Examples
    --------
    >>> w = Value(3.0, "w")
    >>> optimizer = SGD([w], learning_rate=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    1.5
    >>> optimizer.zero_grad()
    >>> optimizer.learning_rate = 0.1
    """

    def __init__(self, parameters: Sequence[Value] | Sequence[Tensor], learning_rate: float) -> None:
        self.parameters = sequence_from(parameters, "SGD: parameters", "write SGD(model.parameters(), 0.1)")
        if not self.parameters:
            raise InputValueError("SGD: there are no parameters to move; write SGD(model.parameters(), 0.1)")
        seen: dict[Value | Tensor, int] = {}
        for position, each in enumerate(self.parameters):
            if not isinstance(each, Value | Tensor):
                raise InputTypeError(
                    f"SGD: parameter {position} is {each!r}, not a Value or Tensor; write SGD(model.parameters(), 0.1)"
                )
            if each.op != "leaf":
                raise InputValueError(
                    f"SGD: parameter {position}, {describe(each)}, is not a leaf, and only a leaf's data can be "
                    "set; make parameters with Value(...)"
                )
            if each in seen:
                raise InputValueError(
                    f"SGD: parameter {position}, {describe(each)}, is parameter {seen[each]} already, and would "
                    "move twice a step; give each parameter once"
                )
            seen[each] = position
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """How far a step goes, in units of the gradient."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        number = number_from(learning_rate, "SGD: learning_rate")
        if not 0 < number < inf:
            raise InputValueError(f"SGD: the learning rate {number} is not positive and finite; write 0.1, for example")
        self._learning_rate = number

    def step(self) -> None:
        """Move every parameter against its gradient.

        Raises
        ------
        InputValueError
            If a gradient was not computed, or is not finite. Then no parameter has moved.
        """
        for position, each in enumerate(self.parameters):
            if not (has_finite_gradient(each) if isinstance(each, Tensor) else each.has_grad and isfinite(each.grad)):
                raise self._cannot_move(position, each)
        for each in self.parameters:
            if isinstance(each, Tensor):
                descend(each, self._learning_rate)
            else:
                each.data -= self._learning_rate * each.grad

    def _cannot_move(self, position: int, parameter: Value | Tensor) -> InputValueError:
        gradient = f"SGD: the gradient of parameter {position}, {describe(parameter)},"
        if not parameter.has_grad:
            return InputValueError(
                f"{gradient} was not computed; call loss.backward() between zero_grad() and step(), on a loss that "
                "depends on this parameter"
            )
        return InputValueError(
            f"{gradient} is {parameter.grad}, and a step would spoil the parameter; a smaller learning rate and "
            "standardised inputs usually help"
        )

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: from now on they are "not computed"."""
        for each in self.parameters:
            each.zero_grad()
