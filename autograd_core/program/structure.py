"""Nested arguments as one flat row of numbers, and back: what a Program needs to know of the shape of its arguments.

A leaf is a number, a NumPy array, or a list or tuple of numbers only; lists and tuples of other things nest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, shortened
from ..scalar.conversion import real_array, refuse_masked
from ..scalar.value import Value

__all__ = [
    "Leaf",
    "Nest",
    "Structure",
    "name_at",
    "read_numbers",
    "rebuild",
    "size_of",
    "structure_of",
    "values_of",
    "with_values",
]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number (`kind` is ``"number"``), an array, or a list or tuple of numbers."""

    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nest:
    """A list or tuple of leaves and nests."""

    kind: str
    parts: tuple[Structure, ...]


Structure = Leaf | Nest


def size_of(structure: Structure) -> int:
    """How many numbers there are.

    >>> size_of(structure_of([1.0, [np.zeros((2, 3)), (1.0, 2.0)]], "x"))
    9
    """
    if isinstance(structure, Leaf):
        return math.prod(structure.shape)
    return sum(map(size_of, structure.parts))


def _is_number(each: Any) -> bool:
    return isinstance(each, int | float | np.number | np.bool_ | Value) or (
        isinstance(each, np.ndarray) and each.ndim == 0
    )


def structure_of(argument: Any, name: str) -> Structure:
    """The structure of an argument, or an error that names what cannot be part of one."""
    refuse_masked(argument, name)
    if isinstance(argument, np.ndarray) and argument.ndim:
        return Leaf("array", argument.shape)
    if isinstance(argument, list | tuple):
        kind = "list" if isinstance(argument, list) else "tuple"
        if all(map(_is_number, argument)):
            return Leaf(kind, (len(argument),))
        return Nest(kind, tuple(structure_of(part, f"{name}[{index}]") for index, part in enumerate(argument)))
    if _is_number(argument):
        return Leaf("number", ())
    raise InputTypeError(f"{name} is {shortened(argument)}; give a number, a NumPy array, or lists and tuples of these")


def read_numbers(argument: Any, structure: Structure, name: str, batch: int | None = None) -> Array:
    """The numbers of an argument, one row an example.

    Parameters
    ----------
    argument
        What was given.
    structure
        What it must look like, without the axis of the batch.
    name
        How messages call it.
    batch
        None: the argument is shared by all examples, and there is one row. Else the number of examples, and every leaf
        must have a first axis of that length.

    Returns
    -------
    ndarray of float64, shape (1 or batch, number of numbers)
    """
    if isinstance(structure, Leaf):
        return _read_leaf(argument, structure, name, batch)
    if not isinstance(argument, list | tuple) or len(argument) != len(structure.parts):
        given = f"{len(argument)} parts" if isinstance(argument, list | tuple) else type(argument).__name__
        raise InputValueError(
            f"{name}: {given} given where the program was recorded with a {structure.kind} of {len(structure.parts)}"
        )
    return np.concatenate(
        [
            read_numbers(part, its_structure, f"{name}[{index}]", batch)
            for index, (part, its_structure) in enumerate(zip(argument, structure.parts, strict=True))
        ],
        axis=1,
    )


def _read_leaf(argument: Any, leaf: Leaf, name: str, batch: int | None) -> Array:
    array = argument if type(argument) is np.ndarray and argument.dtype == np.float64 else _to_array(argument, name)
    expected = leaf.shape if batch is None else (batch, *leaf.shape)
    if array.shape != expected:
        raise InputValueError(
            f"{name}: shape {array.shape} given where {expected} is needed"
            f"{'' if batch is None else ' (the first axis is the batch)'}"
        )
    return array.reshape(1 if batch is None else batch, -1)


def _to_array(argument: Any, name: str) -> Array:
    if isinstance(argument, Value):
        raise InputTypeError(f"{name}: a program takes numbers, not nodes; write v.data")
    return real_array(argument, name).astype(np.float64, copy=False)


def with_values(structure: Structure, values: Iterator[Value]) -> Any:
    """The argument a recorded function gets: its structure with a Value for each number."""
    if isinstance(structure, Nest):
        parts = [with_values(part, values) for part in structure.parts]
        return parts if structure.kind == "list" else tuple(parts)
    if structure.kind == "number":
        return next(values)
    if structure.kind == "array":  # fromiter, for an assignment asks each node whether it is an array
        return np.fromiter(values, dtype=object, count=size_of(structure)).reshape(structure.shape)
    nodes = [next(values) for _ in range(size_of(structure))]
    return nodes if structure.kind == "list" else tuple(nodes)


def rebuild(structure: Structure, numbers: Array, leading: tuple[int, ...] = (), *, keep_lists: bool = False) -> Any:
    """Numbers in the shape of a structure: arrays for its leaves, plain floats for single numbers.

    Parameters
    ----------
    structure
        The structure.
    numbers : ndarray, shape (..., number of numbers)
        The numbers, `leading` axes first.
    leading
        Shape of the axes before, such as that of the batch.
    keep_lists
        Whether a list or tuple of numbers becomes one again, rather than an array.
    """
    if isinstance(structure, Leaf) and structure.kind != "number" and not keep_lists:  # most often
        return numbers.reshape(leading + structure.shape)
    taken = 0

    def next_part(part: Structure) -> Any:
        nonlocal taken
        if isinstance(part, Nest):
            parts = [next_part(each) for each in part.parts]
            return parts if part.kind == "list" else tuple(parts)
        size = size_of(part)
        piece = numbers[..., taken : taken + size].reshape(leading + part.shape)
        taken += size
        if part.kind == "number" and not leading:
            return float(piece)
        if keep_lists and part.kind in ("list", "tuple"):
            each = [float(number) for number in piece] if not leading else [piece[..., i] for i in range(size)]
            return each if part.kind == "list" else tuple(each)
        return piece

    return next_part(structure)


def name_at(structure: Structure, name: str, position: int) -> str:
    """The name of the number at a position, such as ``w[2]``."""
    if isinstance(structure, Leaf):
        if structure.kind == "number":
            return name
        return f"{name}[{', '.join(map(str, np.unravel_index(position, structure.shape)))}]"
    for index, part in enumerate(structure.parts):
        size = size_of(part)
        if position < size:
            return name_at(part, f"{name}[{index}]", position)
        position -= size
    raise IndexError(position)


def values_of(result: Any, structure: Structure) -> list[Any]:
    """The leaves of what has a structure, in order."""
    if isinstance(structure, Nest):
        return [each for part, its in zip(result, structure.parts, strict=True) for each in values_of(part, its)]
    if structure.kind == "number":
        return [result]
    return list(result.ravel()) if structure.kind == "array" else list(result)
