"""What dropout leaves out of each example, as inputs of a program: drawn for a batch as the model itself would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import Value

from ..layers.dense import Dense, Sequential
from ..layers.dropout import Dropout

__all__ = ["Masks"]

Array = np.ndarray[Any, Any]


class Masks:
    """The factors by which the numbers in a network in training are multiplied: 0, or 1 / (1 - rate).

    Attributes
    ----------
    count
        How many there are for an example: 0 if nothing is left out.
    """

    def __init__(self, model: Any) -> None:
        self._places: list[tuple[Dropout, int]] = []
        if isinstance(model, Sequential):
            size = model.layers[0].W.shape[1]
            for part in model.modules:
                if isinstance(part, Dense):
                    size = part.W.shape[0]
                elif isinstance(part, Dropout) and part.rate:
                    self._places.append((part, size))
        self.count = sum(size for _, size in self._places)

    def draw(self, examples: int) -> Array:
        """The next ones for a batch, of shape (examples, count)."""
        return np.concatenate([part.factors((examples, size)) for part, size in self._places], axis=1)

    def take_back(self) -> None:
        """Draw the last ones once more the next time."""
        for part, _ in self._places:
            part.calls -= 1

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What is drawn inside the block, is drawn again afterwards."""
        calls = [part.calls for part, _ in self._places]
        try:
            yield
        finally:
            for (part, _), number in zip(self._places, calls, strict=True):
                part.calls = number

    @contextmanager
    def given(self, factors: list[Value]) -> Iterator[None]:
        """Inside the block the model multiplies by these for one example."""
        start = 0
        for part, size in self._places:
            part.given = np.array(factors[start : start + size], dtype=object)
            start += size
        try:
            yield
        finally:
            for part, _ in self._places:
                part.given = None
