"""PReLU: relu with a slope below 0 that is learned."""

from __future__ import annotations

from typing import Any, SupportsIndex

import numpy as np

from autograd_core import InputValueError, Tensor, prelu
from autograd_core.scalar.conversion import number_from

from ..conversion import MOST_WEIGHTS, positive_integer
from .magnification import from_lists, numbers_of, to_lists, values_of
from .module import Module

__all__ = ["PReLU"]


class PReLU(Module):
    """``x`` where x > 0, else ``slope * x``, with a slope for each output that is learned.

    It stands behind a linear layer of a :class:`nn.Sequential`. It has Tensors; :meth:`to_values` makes them nodes.

    Parameters
    ----------
    size
        How many outputs the layer before has.
    slope
        The slopes at first.

    Attributes
    ----------
    slope
        A Tensor, or an array of Values, of shape (size,). A penalty does not hold it.

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
        self.slope: Any = Tensor(np.full(count, number_from(slope, "PReLU: slope")), "slope")

    def __call__(self, x: Any) -> Any:
        """The activation of a Tensor of shape (examples, size) or (size,)."""
        shape = getattr(x, "shape", ())
        if shape[-1:] != self.slope.shape:
            raise InputValueError(f"PReLU: x has shape {shape}; give (examples, {self.slope.size})")
        return prelu(x, self.slope)

    def __getstate__(self) -> dict[str, Any]:
        return to_lists(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(from_lists(state, "slope"))

    def to_tensor(self) -> PReLU:
        """The same on Tensors; the slopes are copied."""
        return self._with(Tensor(numbers_of(self.slope), "slope"))

    def to_values(self) -> PReLU:
        """The same with every slope a node; the slopes are copied."""
        return self._with(values_of(numbers_of(self.slope), "slope"))

    def _with(self, slope: Any) -> PReLU:
        twin = PReLU(slope.size)
        twin.slope = slope
        return twin

    def parameters(self) -> list[Any]:
        """The slopes."""
        return [self.slope] if isinstance(self.slope, Tensor) else self.slope.tolist()

    def weights(self) -> list[Any]:
        """None: a penalty does not hold them."""
        return []

    def __repr__(self) -> str:
        return f"PReLU({self.slope.size})"
