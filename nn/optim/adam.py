"""Adam and AdamW: steps of about the same length for every parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_core import Tensor, Value

from .optimizer import Optimizer, fraction_from

__all__ = ["Adam", "AdamW"]

Array = np.ndarray[Any, Any]


class Adam(Optimizer):
    """Adaptive moments: the mean of the last gradients, divided by the root of the mean of their squares.

    Parameters
    ----------
    parameters
        As in :class:`nn.Optimizer`.
    learning_rate
        About how far each parameter moves in a step.
    betas
        The share of the old means that each step keeps: of the gradients, and of their squares.
    epsilon
        Added to the root, so that nothing is divided by 0.
    **options
        Weight decay, a schedule and clipping, as in :class:`nn.Optimizer`.

    Notes
    -----
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> w = Value(3.0, "w")
    >>> optimizer = Adam([w], learning_rate=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.75
    """

    memory: ClassVar[tuple[str, ...]] = ("m", "v")

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        **options: Any,
    ) -> None:
        name = type(self).__name__
        self.betas = (fraction_from(betas[0], f"{name}: beta1"), fraction_from(betas[1], f"{name}: beta2"))
        self.epsilon = epsilon
        super().__init__(parameters, learning_rate, **options)
        self.epsilon = self._positive(epsilon, "epsilon")

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """W - η m̂ / (√v̂ + ε), the means m and v without their bias towards the first 0."""
        (m, v), (beta1, beta2) = memory, self.betas
        change = g * (1 - beta1)
        m *= beta1
        m += change
        np.multiply(g, g, out=change)
        change *= 1 - beta2
        v *= beta2
        v += change
        np.sqrt(v, out=change)
        without_bias = (
            1 - beta2**self.steps
        ) ** 0.5  # of the root; it is divided by, so the whole fraction may have it
        change += self.epsilon * without_bias
        np.divide(m, change, out=change)
        change *= -self.learning_rate * without_bias / (1 - beta1**self.steps)
        change += w
        return change


class AdamW(Adam):
    """Adam with weights that decay by themselves, not by their gradient.

    Parameters
    ----------
    parameters, learning_rate, betas, epsilon
        As in :class:`nn.Adam`.
    weight_decay
        The share of each parameter that a step takes off, times the learning rate.
    **options
        A schedule and clipping, as in :class:`nn.Optimizer`.

    Notes
    -----
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Examples
    --------
    >>> w = Value(3.0, "w")
    >>> optimizer = AdamW([w], learning_rate=0.25, weight_decay=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.675
    """

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float = 1e-3,
        *,
        weight_decay: float = 0.01,
        **options: Any,
    ) -> None:
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, **options)

    def decayed(self, w: Array, g: Array) -> Array:
        """The gradient as it is."""
        return g

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """Adam's step from (1 - η λ) w."""
        return super().update(w * (1 - self.learning_rate * self.weight_decay), g, *memory)
