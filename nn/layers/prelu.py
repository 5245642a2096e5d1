"""PReLU: relu with a slope below 0 that is learned."""

from __future__ import annotations

from typing import Any, SupportsIndex

import numpy as np

from autograd_core import InputValueError, Tensor, prelu
from autograd_core.scalar.conversion import number_from

from ..conversion import MOST_WEIGHTS, positive_integer
from .module import Module

__all__ = ["PReLU"]


class PReLU(Module):
    """``x`` where x > 0, else ``slope * x``, with a slope for each output that is learned.

    It stands behind a linear layer of a :class:`nn.Sequential` of Tensors.

    Parameters
    ----------
    size
        How many outputs the layer before has.
    slope
        The slopes at first.

    Attributes
    ----------
    slope
        A Tensor of shape (size,). A penalty does not hold it.

    Raises
    ------
    InputTypeError, InputValueError
        If something is no such number; on the call if x has not `size` outputs.

    Notes
    -----
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet
    classification", ICCV 2015, section 2.1.

    Examples
    --------
    >>> PReLU(2)(Tensor([[4.0, -4.0]])).data.tolist()
    [[4.0, -1.0]]
    """

    def __init__(self, size: SupportsIndex, slope: float = 0.25) -> None:
        count = positive_integer(size, "PReLU: size", MOST_WEIGHTS)
        self.slope = Tensor(np.full(count, number_from(slope, "PReLU: slope")), "slope")

    def __call__(self, x: Any) -> Any:
        """The activation of a Tensor of shape (examples, size) or (size,)."""
        shape = getattr(x, "shape", ())
        if shape[-1:] != self.slope.shape:
            raise InputValueError(f"PReLU: x has shape {shape}; give (examples, {self.slope.size})")
        return prelu(x, self.slope)

    def parameters(self) -> list[Any]:
        """The slopes."""
        return [self.slope]

    def weights(self) -> list[Any]:
        """None: a penalty does not hold them."""
        return []

    def __repr__(self) -> str:
        return f"PReLU({self.slope.size})"
