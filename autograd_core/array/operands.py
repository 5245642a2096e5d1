"""Whether what is given as an array, or stands beside one, holds Values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputValueError
from ..scalar.conversion import look_through, refuse_masked
from ..scalar.value import Value
from .arrays import Array

__all__ = ["values_in"]


def values_in(data: Any, what: str) -> Array | None:
    """An array of Values (and numbers), if there are Values in what is given."""
    if isinstance(data, Value):
        holder = np.empty((), dtype=object)
        holder[()] = data
        return holder
    if isinstance(data, list | tuple):
        if not _has_value(data):
            return None
        look_through(data, what)
        data = _array_of_objects(data, what)
    elif not isinstance(data, np.ndarray) or data.dtype != object:
        return None
    refuse_masked(data, what)
    array: Array = data
    return array if any(isinstance(each, Value) for each in array.flat) else None


def _array_of_objects(nested: Any, what: str) -> Any:
    try:
        return np.array(nested, dtype=object)
    except ValueError as error:
        raise InputValueError(f"{what}: {error}; give rows of equal lengths") from None


def _has_value(nested: Any) -> bool:
    """Whether the first scalar of each row of nested lists may be a Value; a cheap look before NumPy's."""
    stack = list(nested)
    while stack:
        each = stack.pop()
        if isinstance(each, Value):
            return True
        if isinstance(each, list | tuple) or (isinstance(each, np.ndarray) and each.dtype == object):
            stack.extend(each)
    return False
