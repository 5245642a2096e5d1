"""What differs between two numbers or two arrays of numbers: exactly, where the most, and how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..formulas.printing import number_text

__all__ = ["NumberChange", "number_change", "same_numbers", "same_options", "shape_text"]

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class NumberChange:
    """A number in which a node and its partner differ, or the one of an array that differs most.

    Attributes
    ----------
    name
        What the node is called here.
    before, after
        The number in the first graph and in the second; None for a gradient that was not computed, and for arrays of
        different shapes.
    relative
        ``|after - before|`` beside the larger of both (of arrays: beside the largest number); None if one is missing or
        not finite.
    at
        Where in the array it is; None for a number, and for arrays of different shapes.
    count, size
        How many of how many numbers differ.
    shapes
        The two shapes, if they differ; else None.
    """

    name: str
    before: float | None
    after: float | None
    relative: float | None
    at: tuple[int, ...] | None = None
    count: int = 1
    size: int = 1
    shapes: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.name}{self.place}: {self._text()}"

    @property
    def place(self) -> str:
        """Where in the array it is, as an index; empty for a number."""
        return f"[{', '.join(map(str, self.at))}]" if self.at else ""

    def _text(self) -> str:
        if self.shapes is not None:
            return " → ".join(self.shapes)
        before, after = (
            "not computed" if each is None else number_text(each, _DIGITS) for each in (self.before, self.after)
        )
        if before == after:  # the difference is in the digits that are not shown
            before, after = repr(self.before), repr(self.after)
        relative = "" if self.relative is None else f" ({number_text(100 * self.relative, 3)} %)"
        others = f", {self.count:,} of {self.size:,} numbers differ" if self.size > 1 else ""
        return f"{before} → {after}{relative}{others}"


def number_change(name: str, before: Any, after: Any) -> NumberChange:
    """Compare the numbers or arrays of two nodes, which differ; None for one that was not computed.

    >>> print(number_change("x", 2.0, 3.0))
    x: 2 → 3 (33.3 %)
    >>> print(number_change("w", np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.5, 2.0])))
    w[2]: 4 → 2 (50 %), 2 of 3 numbers differ
    >>> print(number_change("w", np.ones(2), np.ones((2, 1))))
    w: shape (2,) → shape (2, 1)
    """
    one, other = (None if each is None else np.asarray(each) for each in (before, after))
    if one is not None and other is not None:
        if one.shape != other.shape or one.dtype != other.dtype:
            with_type = one.dtype != other.dtype
            shapes = shape_text(one, with_type), shape_text(other, with_type)
            return NumberChange(name, None, None, None, shapes=shapes, size=max(one.size, other.size))
        return _where_most(name, one.astype(float), other.astype(float))
    there = one if other is None else other
    if there is None or not there.size:
        return NumberChange(name, None, None, None, size=0)
    at = _place_of_largest(abs(there))
    was, now = (None if each is None else float(each[at]) for each in (one, other))
    return NumberChange(name, was, now, None, at, there.size, there.size)


def _where_most(name: str, before: Array, after: Array) -> NumberChange:
    with np.errstate(all="ignore"):
        differs = ~((before == after) | (np.isnan(before) & np.isnan(after)))
        at = _place_of_largest(np.where(differs, abs(after - before), -1.0))
        largest = float(abs(np.stack([before, after])).max())  # nan if any is, also beside zeros
    was, now = float(before[at]), float(after[at])
    relative = abs(now / largest - was / largest) if math.isfinite(largest) else None
    return NumberChange(name, was, now, relative, at, int(differs.sum()), before.size)


def _place_of_largest(sizes: Array) -> tuple[int, ...]:
    """Where the largest number stands; nan is the largest, for it must not be overlooked."""
    return tuple(map(int, np.unravel_index(int(np.nan_to_num(sizes, nan=np.inf).argmax()), sizes.shape)))


def same_numbers(before: Any, after: Any) -> bool:
    """Whether two numbers, or arrays of one shape and type, are the same. nan is nan; None (not computed) is None.

    >>> same_numbers(1.0, 1.0), same_numbers(None, 0.0), same_numbers(np.ones(2), np.ones(3))
    (True, False, False)
    """
    if before is None or after is None:
        return before is after
    if isinstance(before, float) and isinstance(after, float):
        return before == after or (before != before and after != after)  # noqa: PLR0124 (nan)
    one, other = np.asarray(before), np.asarray(after)
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def same_options(before: Any, after: Any) -> bool:
    """Whether two operations were given the same options, such as axes and indices.

    >>> same_options((0, np.array([1, 2])), (0, np.array([1, 2]))), same_options((0,), (None,))
    (True, False)
    """
    if type(before) is not type(after):
        return False
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(same_options, before, after))
    return same_numbers(before, after) if isinstance(before, np.ndarray) else bool(before == after)


def shape_text(array: Array, with_type: bool = False) -> str:
    """The shape of an array in words, and its type where that is of interest.

    >>> shape_text(np.ones((2, 3))), shape_text(np.ones(2, np.float32), True)
    ('shape (2, 3)', 'shape (2,) float32')
    """
    return f"shape {array.shape}{f' {array.dtype}' if with_type else ''}"
