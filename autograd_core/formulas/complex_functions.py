"""The intrinsic functions on complex numbers near the real axis, for the complex step. Nothing here knows a derivative.

Each is the analytic continuation of the real function, exact however small the imaginary part is. Where the real
function is not finite or not analytic they raise ValueError, for a complex step means nothing there. A comparison looks
at real parts, and refuses to decide where these are equal and the imaginary parts are not: there the branches meet.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable

from . import ieee

__all__ = ["FUNCTIONS"]


def _divide(x: complex, y: complex) -> complex:
    if y.real == 0.0:
        raise ValueError("division by zero")
    return x / y


def _power(x: complex, y: complex) -> complex:
    base, exponent = complex(x), complex(y)
    if base.real > 0.0:
        return cmath.exp(exponent * (cmath.log(base))) if exponent.imag else base**exponent.real
    if exponent.imag or exponent.real != math.floor(exponent.real) or (base.real == 0.0 and exponent.real < 0.0):
        raise ValueError("the real power is not analytic here")
    # (-x)^n keeps the small imaginary part, which the angle of a negative number would swallow.
    return (-1.0) ** (exponent.real % 2.0) * (-base) ** exponent.real if base.real < 0.0 else base ** int(exponent.real)


def _fabs(x: complex) -> complex:
    if x.real == 0.0:
        raise ValueError("|x| has no derivative at 0")
    return x if x.real > 0.0 else -x


def _expm1(x: complex) -> complex:
    half = math.sin(0.5 * x.imag)
    return complex(math.expm1(x.real) * math.cos(x.imag) - 2.0 * half * half, math.exp(x.real) * math.sin(x.imag))


def _log(x: complex) -> complex:
    if not x.real > 0.0:
        raise ValueError("log of a number that is not positive")
    return cmath.log(x)


def _log1p(x: complex) -> complex:
    if not x.real > -1.0:
        raise ValueError("log1p of a number that is not above -1")
    return complex(math.log1p(x.real), math.atan2(x.imag, 1.0 + x.real))  # the real part but for imag² / 2


def _sqrt(x: complex) -> complex:
    if not x.real > 0.0:
        raise ValueError("sqrt of a number that is not positive")
    return cmath.sqrt(x)


def _between_minus_one_and_one(function: Callable[[complex], complex]) -> Callable[[complex], complex]:
    def checked(x: complex) -> complex:
        if not -1.0 < x.real < 1.0:
            raise ValueError("the argument is not between -1 and 1")
        return function(x)

    return checked


def _arctan2(x: complex, y: complex) -> complex:
    if abs(x.real) < abs(y.real):
        turn = 0.0 if y.real > 0.0 else math.copysign(math.pi, x.real)
        return turn + cmath.atan(x / y)
    if x.real == 0.0:
        raise ValueError("arctan2 of two zeros")
    return math.copysign(0.5 * math.pi, x.real) - cmath.atan(y / x)


def _hypot(x: complex, y: complex) -> complex:
    largest = max(abs(x.real), abs(y.real))
    if largest == 0.0:
        raise ValueError("hypot has no derivative at 0")
    return largest * cmath.sqrt((x / largest) ** 2 + (y / largest) ** 2)


def _exp2(x: complex) -> complex:
    return math.exp2(x.real) * cmath.exp(complex(0.0, x.imag * math.log(2.0)))


def _log_to(base: float) -> Callable[[complex], complex]:
    return lambda x: _log(x) / math.log(base)


def _cbrt(x: complex) -> complex:
    if x.real == 0.0:
        raise ValueError("cbrt has no derivative at 0")
    return cmath.exp(cmath.log(x) / 3.0) if x.real > 0.0 else -cmath.exp(cmath.log(-x) / 3.0)


def _arccosh(x: complex) -> complex:
    if not x.real > 1.0:
        raise ValueError("arccosh of a number that is not above 1")
    return cmath.acosh(x)


def _erf(x: complex) -> complex:  # but for the square of the imaginary part
    return complex(math.erf(x.real), x.imag * 2.0 / math.sqrt(math.pi) * math.exp(-x.real * x.real))


def _erfc(x: complex) -> complex:
    return complex(math.erfc(x.real), -_erf(x).imag)


def _rounded(name: str, jumps: Callable[[float], bool]) -> Callable[[complex], complex]:
    def checked(x: complex) -> complex:
        if x.imag != 0.0 and jumps(x.real):
            raise ValueError(f"{name} jumps here")
        return complex(ieee.FUNCTIONS[name](x.real))

    return checked


def _remainder(x: complex, y: complex) -> complex:
    left = ieee.remainder(x.real, y.real)
    if left == 0.0 and (x.imag != 0.0 or y.imag != 0.0):
        raise ValueError("the remainder jumps here")
    count = ieee.divide(x.real - left, y.real)
    if not math.isfinite(count):
        raise ValueError("there is no remainder")
    return complex(left, x.imag - round(count) * y.imag)


def _on_real_parts(compare: Callable[[float, float], bool]) -> Callable[[complex, complex], bool]:
    def decided(x: complex, y: complex) -> bool:
        if x.real == y.real and x.imag != y.imag:
            raise ValueError("the branches meet here")
        return compare(x.real, y.real)

    return decided


FUNCTIONS: dict[str, Callable[..., complex]] = {
    "less": _on_real_parts(operator.lt),
    "less_equal": _on_real_parts(operator.le),
    "greater": _on_real_parts(operator.gt),
    "greater_equal": _on_real_parts(operator.ge),
    "equal": _on_real_parts(operator.eq),
    "not_equal": _on_real_parts(operator.ne),
    "divide": _divide,
    "power": _power,
    "exp": cmath.exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _sqrt,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "arcsin": _between_minus_one_and_one(cmath.asin),
    "arccos": _between_minus_one_and_one(cmath.acos),
    "arctan": cmath.atan,
    "arctan2": _arctan2,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "fabs": _fabs,
    "hypot": _hypot,
    "exp2": _exp2,
    "log2": _log_to(2.0),
    "log10": _log_to(10.0),
    "cbrt": _cbrt,
    "arcsinh": cmath.asinh,
    "arccosh": _arccosh,
    "arctanh": _between_minus_one_and_one(cmath.atanh),
    "erf": _erf,
    "erfc": _erfc,
    "floor": _rounded("floor", float.is_integer),
    "ceil": _rounded("ceil", float.is_integer),
    "rint": _rounded("rint", lambda x: abs(x - round(x)) == 0.5),
    "remainder": _remainder,
}
