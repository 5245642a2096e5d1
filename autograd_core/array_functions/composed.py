"""Functions of numbers, Values and Tensors that are made of primitives: NumPy's and SciPy's names for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..array.elementwise import (
    abs,
    add,
    digamma,
    equal,
    erfc,
    exp,
    floor,
    gammaln,
    greater,
    log,
    log1p,
    log_sigmoid,
    logaddexp,
    maximum,
    minimum,
    multiply,
    not_equal,
    sigmoid,
    sqrt,
    where,
)
from ..array.methods import is_condition
from ..array.tensor import Tensor
from ..errors import InputTypeError, shortened
from ..scalar.freezing import is_recorded
from ..scalar.value import Value

__all__ = ["COMPOSED", "is_nan", "towards_0"]


def _plain(x: Any) -> Any:
    return x.data if isinstance(x, Tensor | Value) else np.asarray(x)


def is_nan(x: Any) -> Any:
    """Where numbers are nan; of a node in a program that is being recorded a node, for the program asks anew.

    >>> is_nan(Tensor([1.0, np.nan])).tolist()
    [False, True]
    """
    if is_recorded() and isinstance(x, Tensor | Value):
        return not_equal(x, x)
    return np.isnan(_plain(x))


def _beside_nan(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The larger or smaller one, or the one that is not nan."""

    def applied(x: Any, y: Any) -> Any:
        return where(is_nan(y), x, where(is_nan(x), y, choose(x, y)))

    return applied


def _square(x: Any) -> Any:
    return x * x


def towards_0(x: Any) -> Any:
    """The integer beside it, or itself, that is nearer to 0.

    >>> towards_0(Tensor([-1.5, 1.5])).data.tolist()
    [-1.0, 1.0]
    """
    return where((x if is_recorded() else _plain(x)) > 0.0, x.floor(), x.ceil())


def _condition(x: Any, sign: str) -> Any:
    """What is true or false, as 1 or 0; a comparison is a node that says so."""
    if isinstance(x, Tensor | Value):
        if is_condition(x):
            return x
    elif np.asarray(x).dtype == bool:
        return np.asarray(x, float) if np.ndim(x) else float(x)
    raise InputTypeError(f"{sign} of {shortened(x)}: it is no condition; write for example (x > 0) & (x < 1)")


def _both(x: Any, y: Any) -> Any:
    return greater(multiply(_condition(x, "&"), _condition(y, "&")), 0.0)


def _either(x: Any, y: Any) -> Any:
    return greater(add(_condition(x, "|"), _condition(y, "|")), 0.0)


def _one_of_both(x: Any, y: Any) -> Any:
    return not_equal(_condition(x, "^"), _condition(y, "^"))


_LOG_2: float = log(2.0)


def _logaddexp2(x: Any, y: Any) -> Any:
    return logaddexp(x * _LOG_2, y * _LOG_2) / _LOG_2


def _sign_of_gamma(x: Any) -> Any:
    """Of the gamma function: 1 for positive numbers, then -1 and 1 in turn."""
    if not is_recorded():
        x = _plain(x)
        return np.where(x > 0.0, 1.0, 1.0 - 2.0 * (np.floor(x) % 2.0))[()]
    half = floor(x) / 2.0
    return where(x > 0.0, 1.0, 1.0 - 4.0 * (half - floor(half + 0.25)))


def _gamma(x: Any) -> Any:
    return _sign_of_gamma(x) * exp(gammaln(x))


def _betaln(a: Any, b: Any) -> Any:
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def _beta(a: Any, b: Any) -> Any:
    return _sign_of_gamma(a) * _sign_of_gamma(b) * _sign_of_gamma(a + b) * exp(_betaln(a, b))


_ROOT_OF_HALF: float = sqrt(0.5)

#: By the names of NumPy's and SciPy's functions, what they are made of; for Tensors and Values.
COMPOSED: dict[str, Callable[..., Any]] = {
    "square": _square,
    "conjugate": lambda x: +x,
    "reciprocal": lambda x: 1.0 / x,
    **dict.fromkeys(("degrees", "rad2deg"), lambda x: x * (180.0 / math.pi)),
    **dict.fromkeys(("radians", "deg2rad"), lambda x: x * (math.pi / 180.0)),
    "fmax": _beside_nan(maximum),
    "fmin": _beside_nan(minimum),
    "floor_divide": lambda x, y: x // y,
    "float_power": lambda x, y: x**y,
    "fabs": abs,
    "trunc": towards_0,
    "logaddexp2": _logaddexp2,
    "bitwise_and": _both,
    "bitwise_or": _either,
    "bitwise_xor": _one_of_both,
    "invert": lambda x: equal(_condition(x, "~"), 0.0),
    "gamma": _gamma,
    "gammasgn": _sign_of_gamma,
    "rgamma": lambda x: _sign_of_gamma(x) * exp(-gammaln(x)),
    "beta": _beta,
    "betaln": _betaln,
    "ndtr": lambda x: erfc(x * -_ROOT_OF_HALF) / 2.0,
    "expit": sigmoid,  # as SciPy calls it
    "log_expit": log_sigmoid,
    "psi": digamma,
    "logit": lambda x: log(x) - log1p(-x),
}
