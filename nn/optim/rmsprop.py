"""RMSProp: gradients divided by the root of the mean of their squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_core import Tensor, Value

from .optimizer import Optimizer, fraction_from

__all__ = ["RMSProp"]

Array = np.ndarray[Any, Any]


class RMSProp(Optimizer):
    """Each gradient divided by the root of the mean of its last squares.

    Parameters
    ----------
    parameters, learning_rate
        As in :class:`nn.Optimizer`.
    alpha
        The share of the old mean that each step keeps.
    epsilon
        Added to the root, so that nothing is divided by 0.
    **options
        Weight decay, a schedule and clipping, as in :class:`nn.Optimizer`.

    Notes
    -----
    T. Tieleman and G. Hinton, *Neural networks for machine learning*, Coursera (2012), lecture 6.5.

    Examples
    --------
    >>> w = Value(3.0, "w")
    >>> optimizer = RMSProp([w], learning_rate=0.025)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.75
    """

    memory: ClassVar[tuple[str, ...]] = ("v",)

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float = 1e-2,
        *,
        alpha: float = 0.99,
        epsilon: float = 1e-8,
        **options: Any,
    ) -> None:
        self.alpha = fraction_from(alpha, "RMSProp: alpha")
        super().__init__(parameters, learning_rate, **options)
        self.epsilon = self._positive(epsilon, "epsilon")

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """W - η g / (√v + ε) for v = α v + (1 - α) g²."""
        (v,) = memory
        v *= self.alpha
        v += (1 - self.alpha) * g * g
        return w - self.learning_rate * g / (np.sqrt(v) + self.epsilon)
