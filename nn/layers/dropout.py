"""Dropout: outputs left out at random while a network is trained, so that no neuron relies on a single other one."""

from __future__ import annotations

import copy
from typing import Any, SupportsIndex

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor
from autograd_core.scalar.conversion import number_from

from ..conversion import generator_from
from .memory import drawn
from .module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """Sets a share of the numbers to 0 while training, and divides the others by what is left; else it does nothing.

    That is inverted dropout: the mean stays, so nothing has to be done in evaluation. Before the first layer of a
    :class:`nn.Sequential` it leaves out inputs, between layers hidden outputs.

    Parameters
    ----------
    rate
        Which share is left out, from 0 to less than 1.
    seed
        An integer, for the same choices on each run.

    Raises
    ------
    InputTypeError, InputValueError
        If the rate is no such number; while training on the call, if x is not a Tensor or an array.

    Notes
    -----
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a simple way to prevent neural
    networks from overfitting", Journal of Machine Learning Research 15 (2014).

    Examples
    --------
    >>> dropout, x = Dropout(0.5, seed=0), Tensor(np.ones((1, 6)))
    >>> dropout(x) is x
    True
    >>> dropout.set_training(True)
    >>> sorted(set(dropout(x).data.ravel().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate: float, *, seed: SupportsIndex = 0) -> None:
        self.rate = number_from(rate, "Dropout: rate")
        if not 0 <= self.rate < 1:
            raise InputValueError(f"Dropout: rate={self.rate} is not from 0 to less than 1; write 0.5")
        generator_from(seed, "Dropout")
        self.seed = int(seed)
        self.calls = 0

    def __call__(self, x: Any) -> Any:
        """Leave out, if it is in training."""
        if not self.training or not self.rate:
            return x
        if not isinstance(x, Tensor) and not (isinstance(x, np.ndarray) and x.dtype.kind in "fO"):
            raise InputTypeError("Dropout: x is neither a Tensor nor an array of numbers or Values; give np.array(x)")
        return x * drawn(self, lambda: self.factors(x.shape, float if x.dtype == object else x.dtype))

    def factors(self, shape: tuple[int, ...], dtype: Any = float) -> Any:
        """What the next numbers of this shape are multiplied by: 0, or 1 / (1 - rate)."""
        self.calls += 1  # each call has choices of its own, and a training that goes on from a checkpoint has the same
        kept = np.random.default_rng((self.seed, self.calls)).random(shape) >= self.rate
        factors = (kept / (1 - self.rate)).astype(dtype, copy=False)
        factors.setflags(write=False)
        return factors

    def to_tensor(self) -> Dropout:
        """A copy: it has no parameters."""
        return copy.copy(self)

    to_values = to_tensor

    def buffers(self) -> dict[str, Any]:
        """How often it chose."""
        return {"calls": np.array(self.calls)}

    def set_buffers(self, buffers: dict[str, Any]) -> None:
        """Go on choosing from there."""
        self.calls = int(buffers["calls"])

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
