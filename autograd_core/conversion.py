"""From what a user gives to the number that is needed, or an error that says what to write instead."""

from __future__ import annotations

import numbers
import operator
from typing import Any

import numpy as np

from .errors import InputTypeError, InputValueError

__all__ = ["number_from", "positive_count", "refuse_known_wrong_kinds"]

_WRONG_KINDS = (str, bytes, complex, np.complexfloating, list, tuple, dict, set, frozenset, type(None))


def number_from(data: Any, what: str) -> float:
    """A float that equals `data`, or an error that says what to write instead."""
    if type(data) is float:
        return data
    if isinstance(data, np.ndarray) and data.ndim == 0 and data.dtype != object:
        data = data[()]
    if isinstance(data, np.bool_):
        return float(data)
    if isinstance(data, numbers.Integral):
        try:
            converted = float(data)
        except OverflowError:
            converted = float("inf")
        if converted != data:
            raise InputValueError(
                f"{what}: no float equals the integer {_shortened(data)}; write float(...) of it if rounding is meant"
            )
        return converted
    if isinstance(data, float | np.floating):
        return float(data)
    raise InputTypeError(f"{what}: {_shortened(data)} is not a real number; {_advice(data)}")


def positive_count(count: Any, what: str, example: int) -> int:
    """The count as an int, if it is an integer of at least 1.

    >>> positive_count(np.int64(3), "limit", 20)
    3
    """
    try:
        converted = operator.index(count)
    except TypeError:
        raise InputTypeError(f"{what}: {_shortened(count)} is not an integer; write for example {example}") from None
    if converted < 1 or isinstance(count, bool):
        raise InputValueError(f"{what}: {count!r} is not a count of at least 1; write for example {example}")
    return converted


def _shortened(data: Any) -> str:
    try:
        text = repr(data)
    except ValueError:  # an integer with more digits than Python prints
        return "with so many digits"
    return text if len(text) <= 60 else text[:59] + "…"


def _advice(data: Any) -> str:
    if isinstance(data, str):
        return "write a number such as Value(2.0, label='w')"
    if isinstance(data, complex | np.complexfloating):
        return "the engine is real: write the real and the imaginary part as two Values"
    if isinstance(data, list | tuple | np.ndarray):
        return "a Value is one scalar: write [Value(each) for each in data]"
    if hasattr(data, "local_derivatives"):
        return "it is a node already: use it as it is, or write v.data for its number"
    if data is None:
        return "write a number such as 0.0"
    return "write float(...) of it if that is meant"


def refuse_known_wrong_kinds(other: Any, op: str) -> None:
    """Raise for operands that no class could make sense of beside a Value, with advice Python's own error lacks."""
    if isinstance(other, _WRONG_KINDS):
        raise InputTypeError(f"{op}: {_shortened(other)} beside a Value is not a real number; {_advice(other)}")
