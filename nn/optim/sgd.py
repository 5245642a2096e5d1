"""SGD: stochastic gradient descent, with momentum if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import InputValueError, Tensor, Value
from autograd_core.array.tensor import descend

from .optimizer import Optimizer, fraction_from

__all__ = ["SGD"]

Array = np.ndarray[Any, Any]


class SGD(Optimizer):
    """Stochastic gradient descent: each step takes ``learning_rate * gradient`` off every parameter.

    Parameters
    ----------
    parameters, learning_rate
        As in :class:`nn.Optimizer`.
    momentum
        The share of the last step that a step keeps, from 0 to less than 1.
    nesterov
        Whether the gradient counts as if the step of momentum had been made already.
    **options
        Weight decay, a schedule and clipping, as in :class:`nn.Optimizer`.

    Notes
    -----
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951); Ilya
    Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013.

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

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ) -> None:
        self.momentum = fraction_from(momentum, "SGD: momentum")
        self.nesterov = bool(nesterov)
        if self.nesterov and not self.momentum:
            raise InputValueError("SGD: nesterov=True needs a momentum; write momentum=0.9")
        if self.momentum:
            self.memory = ("velocity",)  # type: ignore[misc]
        super().__init__(parameters, learning_rate, **options)
        of_tensors = all(isinstance(each, Tensor) for each in self.leaves.nodes)
        self._may_descend = of_tensors and type(self).update is SGD.update

    def step(self) -> None:
        """Move every parameter; see :meth:`nn.Optimizer.step`."""
        more = self.memory or self.weight_decay or self.max_norm or self.max_value
        # What `update` says, in a compiled module: a third of the time.
        if self._may_descend and not more and descend(self.leaves.nodes, self._learning_rate):
            self.steps += 1
        else:
            super().step()

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """W - η g, or with momentum w - η v for v = μ v + g."""
        if memory:
            [velocity] = memory
            velocity *= self.momentum
            velocity += g
            g = g + self.momentum * velocity if self.nesterov else velocity
        moved = g * -self.learning_rate
        moved += w
        return moved
