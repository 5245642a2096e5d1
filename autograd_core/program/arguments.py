"""The arguments of a program: their names and structures, and what is given for them as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..errors import InputTypeError, InputValueError, shortened
from ..scalar.conversion import is_one_of
from .structure import Leaf, Nest, Structure, name_at, read_numbers, size_of

__all__ = ["Signature", "array_of", "axes_of_batch", "batch_of"]

_FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and structures of the arguments, and the structure of the result."""

    names: tuple[str, ...]
    arguments: tuple[Structure, ...]
    result: Structure

    def name_of_input(self, position: int) -> str:
        """The name of one number among all inputs, such as ``w[2]``."""
        for name, structure in zip(self.names, self.arguments, strict=True):
            size = size_of(structure)
            if position < size:
                return name_at(structure, name, position)
            position -= size
        raise IndexError(position)


def array_of(argument: Any, structure: Structure, name: str, batch: int | None) -> Array:
    """The numbers of an argument as a contiguous array of float64: the argument itself, if it is one."""
    if type(argument) is np.ndarray and isinstance(structure, Leaf):
        expected = structure.shape if batch is None else (batch, *structure.shape)
        if argument.shape == expected and argument.dtype == _FLOAT64 and argument.flags.c_contiguous:
            return argument
    return np.ascontiguousarray(read_numbers(argument, structure, name, batch))


def batch_of(argument: Any, structure: Structure, name: str) -> int:
    """How many examples an argument holds."""
    if type(argument) is np.ndarray and argument.ndim and len(argument):  # most often
        return len(argument)
    while isinstance(structure, Nest) and isinstance(argument, list | tuple) and argument:
        argument, structure, name = argument[0], structure.parts[0], f"{name}[0]"
    try:
        shape = np.shape(argument)
    except ValueError:  # a ragged list
        raise InputValueError(f"{name}: its rows differ in length; every example has as many numbers") from None
    if not isinstance(shape, tuple):  # something else has an attribute of that name
        raise InputTypeError(f"{name}: {shortened(argument)} holds no examples; give an array")
    if not shape or shape[0] == 0:
        raise InputValueError(f"{name}: shape {shape} has no examples; its first axis counts them")
    return int(shape[0])


def axes_of_batch(in_axes: Any, reduce: Any, count: int) -> tuple[int | None, ...]:
    """For each of so many arguments None if all examples share it, or 0; refuses what is neither.

    >>> axes_of_batch([None, 0], "mean", 2)
    (None, 0)
    """
    if not isinstance(in_axes, list | tuple):
        raise InputTypeError(f"in_axes={in_axes!r}; give a tuple with None or 0 for each argument, such as (None, 0)")
    axes: tuple[int | None, ...] = tuple(in_axes)
    if len(axes) != count:
        raise InputValueError(f"in_axes={axes!r} has {len(axes)} entries for {count} arguments; give one each")
    if any(axis not in (None, 0) or axis is False for axis in axes):
        raise InputValueError(f"in_axes={axes!r}: an entry is None (shared by all examples) or 0 (their axis)")
    if not is_one_of(reduce, (None, "mean", "sum")):
        raise InputValueError(f"reduce={shortened(reduce)}; write 'mean', 'sum' or None")
    return axes
