"""take: rows chosen by a number that may be a node, as an input of a program is; gradients are scattered back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.elementwise import equal, greater_equal, less, rint, where
from ..array.functions import tensor_from
from ..array.operations import STRUCTURAL
from ..array.tensor import Tensor, array_constant, record
from ..errors import InputTypeError, OutOfRangeError, shortened
from ..scalar.conversion import number_from, real_array
from ..scalar.freezing import follows
from ..scalar.messages import place_in_users_code
from ..scalar.recording import current_state
from ..scalar.value import Value

__all__ = ["OUT_OF_RANGE", "take"]

#: The source of a branch that holds as long as an index is among the rows.
OUT_OF_RANGE = "an index of take"


def take(rows: Any, index: Any) -> Any:
    """The row at an index, or the rows at several: ``rows[index]`` where the index may be a node.

    In a function that is recorded as a program the index may be an input, and the program takes other rows for another
    one. No gradient flows into an index; those of rows that are taken twice are added up.

    Parameters
    ----------
    rows
        A Tensor or an array (along its first axis), or a list of Values, or of lists of them.
    index
        An integer, from 0 on or from -1 backwards, a Value that holds one, or an array or Tensor of integers for a
        Tensor of rows.

    Returns
    -------
    Tensor, or what stands in the list
        Of a list of Values a Value, of a list of lists a list.

    Raises
    ------
    InputTypeError
        If the rows or the index are something else.
    OutOfRangeError
        If there is no such row; in the replay of a program too.

    Examples
    --------
    >>> rows = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> take(rows, [1, 1]).sum().backward()
    >>> rows.grad.tolist()
    [[0.0, 0.0], [2.0, 2.0]]
    >>> from autograd_core import record
    >>> program = record(lambda i: take([10.0, 20.0, 30.0], i) * i, 0.0)
    >>> program(1.0), program(2.0)
    (20.0, 60.0)
    """
    if not isinstance(index, Value | Tensor | int | float | list | tuple | np.ndarray | np.number):
        raise InputTypeError(f"take: the index {shortened(index)} is no integer; write take(rows, 2)")
    if isinstance(rows, list | tuple) or (isinstance(rows, np.ndarray) and rows.dtype == object):
        if isinstance(index, Tensor) or (not isinstance(index, Value) and real_array(index, "take: index").ndim):
            raise InputTypeError(
                f"take: the index {shortened(index)} of a list is not one integer; write [take(rows, i) for i in "
                "index], or give the rows as a Tensor"
            )
        return _of_list(list(rows), index)
    operand = tensor_from(rows, "take")
    if isinstance(index, Tensor | Value):
        chosen = tensor_from(index, "take: index")
    else:
        array = real_array(index, "take: index")
        chosen = array_constant(array if array.size else array.astype(int))
    return record(STRUCTURAL["take"], (operand, chosen))


def _of_list(rows: list[Any], index: Any) -> Any:
    number = index.data if isinstance(index, Value) else number_from(index, "take: index")
    count = len(rows)
    if not (number == np.rint(number) and -count <= number < count):
        raise OutOfRangeError(
            f"take: there is no row {number:g} among {count}, which are counted from 0 or from -1 back"
        )
    state = current_state()
    if not (isinstance(index, Value) and follows([index], state.inputs)):
        return rows[int(number)]
    if state.branches is not None:
        place = f"{OUT_OF_RANGE} ({place_in_users_code()})"
        inside = [greater_equal(index, float(-count)), less(index, float(count)), equal(rint(index), index)]
        state.branches.extend([(each, True, place) for each in inside])
    from_front = where(less(index, 0.0), index + float(count), index)
    return _chosen(rows, [equal(from_front, float(at)) for at in range(1, count)])


def _chosen(rows: Sequence[Any], holds: Sequence[Any]) -> Any:
    """Of values, or of rows of them, that whose condition holds; the first one if none does."""
    first = rows[0]
    if isinstance(first, list | tuple | np.ndarray) and np.ndim(first):
        parts = [_chosen(column, holds) for column in zip(*rows, strict=True)]
        return np.array(parts, dtype=object) if isinstance(first, np.ndarray) else type(first)(parts)
    found = first
    for condition, value in zip(holds, rows[1:], strict=True):
        found = where(condition, value, found)
    return found
