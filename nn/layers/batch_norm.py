"""BatchNorm: each output shifted and scaled to mean 0 and standard deviation 1 over a batch, then as is learned."""

from __future__ import annotations

import copy
from math import inf
from typing import Any, SupportsIndex

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, mean, sqrt, var
from autograd_core.array.elementwise import function
from autograd_core.scalar.conversion import number_from

from ..conversion import MOST_WEIGHTS, positive_integer
from .activations import choice_from
from .magnification import from_lists, numbers_of, to_lists, values_of
from .memory import remembered
from .module import Module
from .names import LINEAR, scope_of

__all__ = ["BatchNorm"]


class BatchNorm(Module):
    """``z = scale * (x - mean) / sqrt(variance + epsilon) + shift``, and an activation of it.

    While training, mean and variance are those of the batch, and their running means are kept; in evaluation it takes
    those. Behind a layer with an activation it normalises what this gives. To normalise before the activation, let the
    layer be linear and name the activation here.

    Parameters
    ----------
    size
        How many outputs the layer before has.
    activation
        As in :class:`nn.Dense`.
    momentum
        The share of a batch in the running means.
    epsilon
        Added to the variance, so that nothing is divided by 0.
    name
        A scope for the nodes.

    Attributes
    ----------
    scale, shift
        What is learned, of shape (size,), at first 1 and 0: Tensors, or arrays of Values (:meth:`to_values`). A
        penalty does not hold them.
    mean, variance
        The running means, arrays of shape (size,), at first 0 and 1; of the variances without their bias, n - 1 in the
        place of n.

    Raises
    ------
    InputTypeError, InputValueError
        If something is out of range; on the call if x is not a Tensor of shape (examples, size), and while training if
        it has one example only, whose deviation from itself says nothing.

    Notes
    -----
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
    shift", ICML 2015.

    Examples
    --------
    >>> norm = BatchNorm(1)
    >>> norm.set_training(True)
    >>> norm(Tensor([[1.0], [3.0]])).data.round(4).tolist(), norm.mean.tolist(), norm.variance.round(4).tolist()
    ([[-1.0], [1.0]], [0.2], [1.1])
    """

    def __init__(
        self,
        size: SupportsIndex,
        activation: str = LINEAR,
        *,
        momentum: float = 0.1,
        epsilon: float = 1e-5,
        name: str | None = None,
    ) -> None:
        count = positive_integer(size, "BatchNorm: size", MOST_WEIGHTS)
        self.activation, self._function = choice_from(activation)
        self.momentum, self.epsilon = number_from(momentum, "momentum"), number_from(epsilon, "epsilon")
        if not 0 < self.momentum <= 1:
            raise InputValueError(f"BatchNorm: momentum={self.momentum} is not above 0 and at most 1; write 0.1")
        if not 0 < self.epsilon < inf:
            raise InputValueError(f"BatchNorm: epsilon={self.epsilon} is not positive; write 1e-5")
        self.name = name
        with scope_of(name):
            self.scale: Any = Tensor(np.ones(count), "scale")
            self.shift: Any = Tensor(np.zeros(count), "shift")
        self.mean, self.variance = np.zeros(count), np.ones(count)

    def __call__(self, x: Any) -> Any:
        """Normalise examples: a Tensor or array of Values of shape (examples, size), or in evaluation (size,)."""
        of_values = not isinstance(self.scale, Tensor)
        if of_values and isinstance(x, np.ndarray):
            x = x.astype(object, copy=False)
        elif not isinstance(x, Tensor):
            raise InputTypeError(
                "BatchNorm: x is not a Tensor; a normalisation over examples needs all of them, as a network of "
                "Tensors has"
            )
        if x.shape[-1:] != self.scale.shape or x.ndim > 2:
            raise InputValueError(f"BatchNorm: x has shape {x.shape}; give (examples, {self.scale.size})")
        with scope_of(self.name):
            if self.training:
                count = x.shape[0] if x.ndim == 2 else 1
                if count < 2:
                    raise InputValueError(
                        "BatchNorm: a batch of one example has no spread; choose a batch_size that leaves no example "
                        "alone, or evaluate (set_training(False))"
                    )
                centre = x.sum(axis=0) / count if of_values else mean(x, axis=0)
                spread = ((x - centre) ** 2).sum(axis=0) / count if of_values else var(x, axis=0)
                remembered(
                    self, lambda mean, variance: self._remember(mean, variance * (count / (count - 1))), centre, spread
                )
            else:
                kind = np.float64 if of_values else x.dtype
                centre, spread = self.mean.astype(kind), self.variance.astype(kind)
            z = (x - centre) / sqrt(spread + self.epsilon) * self.scale + self.shift
            if self._function is not None:
                return self._function(z)
            return z if self.activation == LINEAR else function(self.activation)(z)

    def _remember(self, mean: Any, variance: Any) -> None:
        before = 1 - self.momentum
        self.mean = before * self.mean + self.momentum * mean
        self.variance = before * self.variance + self.momentum * variance

    def __getstate__(self) -> dict[str, Any]:
        return to_lists(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(from_lists(state, "scale", "shift"))

    def to_tensor(self) -> BatchNorm:
        """The same on Tensors; what was learned is copied."""
        with scope_of(self.name):
            return self._with(*(Tensor(numbers_of(getattr(self, each)), each) for each in ("scale", "shift")))

    def to_values(self) -> BatchNorm:
        """The same with every scale and shift a node; what was learned is copied."""
        with scope_of(self.name):
            return self._with(*(values_of(numbers_of(getattr(self, each)), each) for each in ("scale", "shift")))

    def _with(self, scale: Any, shift: Any) -> BatchNorm:
        twin = copy.copy(self)
        twin.scale, twin.shift = scale, shift
        return twin

    def parameters(self) -> list[Any]:
        """Scale and shift; of Values all scales, then all shifts."""
        of_tensors = isinstance(self.scale, Tensor)
        return [self.scale, self.shift] if of_tensors else [*self.scale, *self.shift]

    def weights(self) -> list[Any]:
        """None: a penalty does not hold them."""
        return []

    def buffers(self) -> dict[str, Any]:
        """The running means."""
        return {"mean": self.mean, "variance": self.variance}

    def set_buffers(self, buffers: dict[str, Any]) -> None:
        """Go on from there."""
        self.mean, self.variance = np.array(buffers["mean"]), np.array(buffers["variance"])

    def __repr__(self) -> str:
        return f"BatchNorm({self.scale.size}{'' if self.activation == LINEAR else ', ' + self.activation})"
