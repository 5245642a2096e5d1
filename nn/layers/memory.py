"""What layers draw and remember from batch to batch: looked after by whoever computes a batch twice, or by a program.

While a model is recorded, what a layer draws is an input of the program, and what it remembers an output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_core import InputValueError

from .magnification import numbers_of

__all__ = ["Memory", "drawn", "remembered"]

Array = np.ndarray[Any, Any]


class Memory:
    """What the layers of a model draw and remember inside of a block.

    Parameters
    ----------
    given
        While the model is recorded, what its layers get in the place of what they would draw: inputs of the program.

    Attributes
    ----------
    drawn
        For each draw the layer, and the function that gives the next numbers.
    remembered
        Nodes whose numbers are to be remembered, while the model is recorded, and the function that does.
    """

    def __init__(self, given: Sequence[Any] | None = None) -> None:
        self.given = None if given is None else iter(given)
        self.drawn: list[tuple[Any, Callable[[], Array]]] = []
        self.remembered: list[tuple[tuple[Any, ...], Callable[..., None]]] = []
        self._before: dict[Any, dict[str, Any]] = {}

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A block in which it is looked after."""
        token = _MEMORY.set(self)
        try:
            yield
        finally:
            _MEMORY.reset(token)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """The same, and afterwards the layers remember what they did before."""
        try:
            with self.noted():
                yield
        finally:
            self.restore()

    def note(self, layer: Any) -> None:
        """A layer is about to draw or remember."""
        if layer not in self._before:
            self._before[layer] = layer.buffers()

    def now(self) -> dict[Any, dict[str, Any]]:
        """What its layers remember at present."""
        return {layer: layer.buffers() for layer in self._before}

    def restore(self, memory: dict[Any, dict[str, Any]] | None = None) -> None:
        """Let its layers remember what they did then; by default, before the block."""
        for layer, buffers in (self._before if memory is None else memory).items():
            layer.set_buffers(buffers)


_MEMORY: ContextVar[Memory | None] = ContextVar("memory", default=None)


def drawn(layer: Any, draw: Callable[[], Array]) -> Any:
    """The numbers that a layer draws next: an array, or nodes for them while it is recorded."""
    memory = _MEMORY.get()
    if memory is None:
        return draw()
    if memory.given is None:
        memory.note(layer)
        memory.drawn.append((layer, draw))
        return draw()
    nodes = next(memory.given, None)
    if nodes is None:
        raise InputValueError(f"{layer!r} draws numbers that it did not draw for another batch")
    return nodes


def remembered(layer: Any, keep: Callable[..., None], *nodes: Any) -> None:
    """Let a layer keep numbers of nodes: now, or at each replay while it is recorded."""
    memory = _MEMORY.get()
    if memory is not None and memory.given is not None:
        memory.remembered.append((nodes, keep))
        return
    if memory is not None:
        memory.note(layer)
    keep(*map(numbers_of, nodes))
