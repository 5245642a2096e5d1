"""The numbers that a gradient check moves: Values and elements of Tensors; how they are moved, and put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..array.arrays import Array
from ..array.tensor import Tensor, numbers_kept
from ..scalar.value import Value

__all__ = [
    "Direction",
    "Element",
    "Holder",
    "Leaf",
    "by_leaf",
    "holders_of",
    "mover",
    "on_line",
    "put_back",
    "single_leaf",
    "speeds",
]


class Element:
    """One number of a leaf Tensor, whose data can be read and set as those of a leaf Value.

    Setting it gives the Tensor another array. The one it had is not written to, for it is somebody else's, and recorded
    graphs have it (docs/decisions/0004).

    Parameters
    ----------
    tensor
        The leaf.
    position
        Which of its numbers, counted with the last axis first.

    Examples
    --------
    >>> t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> element = Element(t, 2)
    >>> element.data
    3.0
    >>> with put_back([element]):
    ...     element.data = 7.0
    ...     print(t.data.tolist())
    [[1.0, 2.0], [7.0, 4.0]]
    >>> element.data
    3.0
    """

    __slots__ = ("position", "tensor")

    def __init__(self, tensor: Tensor, position: int) -> None:
        self.tensor = tensor
        self.position = position

    @property
    def data(self) -> float:
        """The number."""
        return float(self.tensor._data.flat[self.position])

    @data.setter
    def data(self, number: float) -> None:
        array = self.tensor._data.copy()
        with np.errstate(over="ignore"):
            array.flat[self.position] = number
        _give(self.tensor, array)


#: What is moved.
Leaf: TypeAlias = Value | Element
#: The node that holds it.
Holder: TypeAlias = Value | Tensor
#: How fast each leaf moves; the keys are leaves.
Direction: TypeAlias = Mapping[Any, float]


def _give(tensor: Tensor, array: Array) -> None:
    """Another array for a leaf. It is nobody else's, so it needs no fingerprint."""
    tensor._data = array
    tensor._evidence = None


def put_back(leaves: Sequence[Leaf]) -> numbers_kept:
    """Whatever the block sets the leaves to, afterwards they are what they were; Tensors have the very same arrays."""
    return numbers_kept(holders_of(leaves))


def mover(direction: Direction) -> Callable[[float], None]:
    """Set the leaves as far along a direction as the argument says; for a single leaf, to the argument."""
    only = single_leaf(direction)
    if only is not None:
        return lambda number: setattr(only, "data", number)
    point = {holder: holder._data if isinstance(holder, Tensor) else holder.data for holder in holders_of([*direction])}
    line = on_line(direction, point)

    def move(number: float) -> None:
        for holder, moved in line(number).items():
            if isinstance(holder, Tensor):
                with np.errstate(over="ignore"):
                    _give(holder, moved.astype(holder.dtype))
            else:
                holder.data = moved

    return move


def on_line(direction: Direction, point: Mapping[Holder, Any]) -> Callable[[float], dict[Holder, Any]]:
    """The same as numbers in double precision, a float or an array a holder; nothing is set.

    Parameters
    ----------
    direction
        How fast each leaf moves.
    point
        The numbers of the holders where they start.
    """
    only = single_leaf(direction)
    starts = {holder: (np.asarray(point[holder], float), speed) for holder, speed in speeds(direction).items()}

    def moved(number: float) -> dict[Holder, Any]:
        found: dict[Holder, Any] = {}
        for holder, (start, speed) in starts.items():
            array = np.where(speed != 0.0, number, start) if only is not None else start + number * speed
            found[holder] = array if isinstance(holder, Tensor) else float(array)
        return found

    return moved


def single_leaf(direction: Direction) -> Leaf | None:
    """The leaf that moves alone with speed 1, if the direction is that."""
    return next(iter(direction)) if list(direction.values()) == [1.0] else None


def holders_of(leaves: Sequence[Leaf]) -> list[Holder]:
    """The nodes that hold the leaves, each once, in order."""
    return list(dict.fromkeys(leaf.tensor if isinstance(leaf, Element) else leaf for leaf in leaves))


def by_leaf(leaves: Sequence[Leaf], holders: Sequence[Holder], arrays: Sequence[Any]) -> dict[Leaf, float]:
    """From an array or number a holder to a number a leaf.

    >>> t = Tensor([1.0, 2.0])
    >>> leaves = [Element(t, 0), Element(t, 1)]
    >>> list(by_leaf(leaves, [t], [np.array([5.0, 6.0])]).values())
    [5.0, 6.0]
    """
    numbers = {holder: np.ravel(array).tolist() for holder, array in zip(holders, arrays, strict=True)}
    return {
        leaf: numbers[leaf.tensor][leaf.position] if isinstance(leaf, Element) else numbers[leaf][0] for leaf in leaves
    }


def speeds(direction: Direction) -> dict[Holder, Any]:
    """A direction as an array or number a holder; elements that it does not name have speed 0."""
    found: dict[Holder, Any] = {}
    for leaf, speed in direction.items():
        if isinstance(leaf, Element):
            if leaf.tensor not in found:
                found[leaf.tensor] = np.zeros(leaf.tensor.shape)
            found[leaf.tensor].flat[leaf.position] = speed
        else:
            found[leaf] = np.asarray(speed)
    return found
