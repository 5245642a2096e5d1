"""Cross-entropy of logits and labels as one operation, for its derivative is simpler than those of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import OutOfRangeError
from ..formulas.primitives import PRIMITIVES
from .arrays import Array
from .operations import elementwise, structural
from .structural import less_largest

__all__ = ["Labels", "labels_of"]

_exp = elementwise(PRIMITIVES["exp"]).forward
_log1p = elementwise(PRIMITIVES["log1p"]).forward
_added: Any = np.add.reduce


class Labels:
    """The class of each example; the option of the operation.

    It remembers what the forward pass made of the logits, so that the backward pass need not compute it again.

    Parameters
    ----------
    classes
        Integers from 0 on, shape (examples,).
    source
        The Tensor that they are the numbers of, if they are an input of a program that is being recorded.
    """

    __slots__ = ("_places", "_remembered", "count", "source")

    def __init__(self, classes: Array, source: Any = None) -> None:
        self.count = len(classes)
        self._places = np.arange(self.count), classes
        self.source = source
        self._remembered: tuple[Array, Array, Array] | None = None

    @property
    def classes(self) -> Array:
        """The class of each example."""
        return self._places[1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and np.array_equal(self._places[1], other._places[1])

    def __hash__(self) -> int:
        return hash(self._places[1].tobytes())

    def __repr__(self) -> str:
        return f"labels {np.array2string(self._places[1], separator=', ', threshold=10)}"

    def following(self, classes: Array, count: int) -> Labels:
        """The same for other classes, of so many, which an input of a program has now.

        >>> Labels(np.array([1])).following(np.array([0]), 2)
        labels [0]
        """
        made = Labels(classes)
        made.refuse_those_beyond(count)
        return made

    def refuse_those_beyond(self, count: int) -> None:
        """Raise if a class is not among so many.

        >>> Labels(np.array([0, 1])).refuse_those_beyond(2)
        """
        classes = self.classes
        beyond = np.flatnonzero((classes < 0) | (classes >= count))
        if beyond.size:
            bad = int(beyond[0])
            raise OutOfRangeError(
                f"cross_entropy: label {bad} is {classes[bad]}, not from 0 to {count - 1}, the classes there are"
            )

    def of(self, x: Array) -> Any:
        """The number of each row that stands at its label."""
        return x[self._places]

    def in_memory(self, x: Array) -> Array:
        """Where the labels stand among the numbers of an array as they lie in memory, by rows or by columns.

        Indexing by these takes a quarter of the time that pairs of rows and columns take.
        """
        rows, columns = self._places
        return columns * len(x) + rows if x.flags.f_contiguous else rows * x.shape[1] + columns

    def ones(self, x: Any) -> Array:
        """A 1 at each label, and 0 elsewhere; as an array like x.

        >>> Labels(np.array([1, 0])).ones(np.array([[3.0, 4.0], [5.0, 6.0]])).tolist()
        [[0.0, 1.0], [1.0, 0.0]]
        """
        ones = np.zeros(x.shape, x.dtype, "F")
        ones[self._places] = 1.0
        return ones

    def remember(self, x: Array, surplus: Array, sums: Array) -> None:
        """Note, of the logits x, what `surplus` is in units of the sums of powers, and these."""
        self._remembered = x, surplus, sums

    def surplus(self, f: Any, x: Any) -> Any:
        """How much too large each probability is: softmax less 1 for the label, which is the sum of all others.

        By the functions of f; of what is remembered if x is the array that was seen last.
        """
        if self._remembered is not None and self._remembered[0] is x:
            _, surplus, sums = self._remembered
            return surplus / sums
        ones = self.ones(x)
        others = f.multiply(f.softmax(x, 1), 1.0 - ones)
        return others - f.multiply(f.sum(others, 1, True), ones)


def labels_of(classes: Any) -> Labels:
    """The labels that a Tensor of integers holds; in a program they follow it, if it is an input."""
    return Labels(np.array(classes._data), classes)


def _cross_entropy(x: Any, labels: Labels) -> Any:
    shifted = less_largest(x, 1)
    powers = _exp(shifted)
    at, flat = labels.in_memory(shifted), powers.ravel("K")
    at_label, power = shifted.ravel("K")[at], flat[at]
    flat[at] = 0.0
    others = _added(powers, 1)
    flat[at] = -others
    labels.remember(x, powers, (others + power)[:, None])
    # The largest power is 1. Either it is the label's, and 1 - 1 leaves the others exactly, however small; or it is
    # among the others, so that the loss is at least log(2).
    return _added(_log1p(others + (power - 1.0)) - at_label) / labels.count


def _cross_entropy_vjp(f: Any, g: Any, z: Any, x: Any, labels: Labels) -> Any:
    return f.multiply(labels.surplus(f, x), f.divide(g, labels.count))


def _cross_entropy_jvp(f: Any, t: Any, z: Any, x: Any, labels: Labels) -> Any:
    return f.divide(f.sum(f.multiply(labels.surplus(f, x), t), None, False), labels.count)


structural("cross_entropy", _cross_entropy, (_cross_entropy_vjp,), (_cross_entropy_jvp,))
