"""Functions of floats with the results of IEEE 754. Nothing here knows a derivative.

Python's ``math`` raises where C, NumPy and JavaScript return an infinity or a NaN. A graph must be able to hold such
numbers (and point at the node that made them), and every back end must give the same ones, so these wrappers answer
as C does: ``divide(1.0, 0.0)`` is inf, ``log(0.0)`` is -inf, ``sqrt(-1.0)`` is nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign, inf, nan

__all__ = ["FUNCTIONS", "divide", "power", "remainder"]


def divide(x: float, y: float) -> float:
    """Quotient of two floats; by a zero it is a signed infinity, and 0/0 is nan."""
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or math.isnan(x):
            return nan
        return copysign(inf, x) * copysign(1.0, y)


def power(x: float, y: float) -> float:
    """``x`` to the power ``y`` as in C: never complex, never an exception.

    >>> power(-2.0, 3.0), power(-2.0, 0.5), power(0.0, -1.0)
    (-8.0, nan, inf)
    """
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and y % 2.0 == 1.0 else inf
    except ValueError:
        if x == 0.0:  # a zero to a negative power; odd powers keep the sign of the zero
            return copysign(inf, x) if y % 2.0 == 1.0 else inf
        return nan


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


def _log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -inf if x == 0.0 else nan


def _log1p(x: float) -> float:
    if x > -1.0:
        return math.log1p(x)
    return -inf if x == -1.0 else nan


def _exp2(x: float) -> float:
    try:
        return math.exp2(x)
    except OverflowError:
        return inf


def _log_to(logarithm: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: logarithm(x) if x > 0.0 else -inf if x == 0.0 else nan


def _arctanh(x: float) -> float:
    return copysign(inf, x) if abs(x) == 1.0 else _nan_outside(math.atanh)(x)


def _rounded(rounding: Callable[[float], int]) -> Callable[[float], float]:
    """To an integer, as a float: an infinity and nan stay as they are, and so does the sign of what becomes 0."""
    return lambda x: copysign(float(rounding(x)), x) if math.isfinite(x) else x


def remainder(x: float, y: float) -> float:
    """``x % y``, and nan where Python raises.

    >>> remainder(-1.0, 3.0), remainder(1.0, 0.0)
    (2.0, nan)
    """
    return nan if y == 0.0 or math.isinf(x) else x % y


def _nan_outside(function: Callable[[float], float]) -> Callable[[float], float]:
    """Answer nan where ``math`` says that the argument lies outside the domain."""

    def with_nan(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan

    return with_nan


FUNCTIONS: dict[str, Callable[..., float]] = {
    "divide": divide,
    "power": power,
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _nan_outside(math.sqrt),
    "sin": _nan_outside(math.sin),
    "cos": _nan_outside(math.cos),
    "tan": _nan_outside(math.tan),
    "arcsin": _nan_outside(math.asin),
    "arccos": _nan_outside(math.acos),
    "arctan": math.atan,
    "arctan2": math.atan2,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": math.tanh,
    "fabs": math.fabs,
    "hypot": math.hypot,
    "exp2": _exp2,
    "log2": _log_to(math.log2),
    "log10": _log_to(math.log10),
    "cbrt": math.cbrt,
    "arcsinh": math.asinh,
    "arccosh": _nan_outside(math.acosh),
    "arctanh": _arctanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "rint": _rounded(round),
    "remainder": remainder,
}
