"""The functions of the table that the ONNX runtime lacks in 64 bits, by formulas of those that it has.

Each keeps all but a few of the last digits everywhere. erf is its Taylor series below 1/2; erfc from there on is the
trapezoidal rule for its integral form, whose error is below the last digit (F. Matta and A. Reichel, Mathematics of
Computation 25 (1971), p. 339-344). The arc tangent is halved three times (atan x = 2 atan(x / (1 + sqrt(1 + x^2)))),
and then its Taylor series.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

from ..formulas.formula import Expression, Signature, parse
from ..formulas.primitives import ARGUMENTS, signatures

__all__ = ["formulas_for_onnx"]

_STEP = 0.5  # of the trapezoidal rule


def _taylor_of_arctan() -> str:
    series = "0"
    for power in range(19, 0, -2):
        series = f"({(-1) ** (power // 2) / power!r} + y * {series})"
    return f"8 * x * {series}"


def _taylor_of_erf() -> str:
    series = "0"
    for n in range(14, -1, -1):
        series = f"({(-1) ** n / (math.factorial(n) * (2 * n + 1))!r} + y * {series})"
    return f"{2.0 * math.pi**-0.5!r} * x * {series}"


def _rule_for_erfc() -> str:
    """Of x from 1/2 on; y is its square."""
    terms = [f"{math.e ** -((n * _STEP) ** 2)!r} / ({(n * _STEP) ** 2!r} + y)" for n in range(1, 13)]
    integral = f"{2.0 * _STEP / math.pi!r} * x * exp(-y) * (0.5 / y + {' + '.join(terms)})"
    return f"{integral} - 2 / (exp({2.0 * math.pi / _STEP!r} * x) - 1)"


_FORMULAS = {
    "tan": "sin(x) / cos(x)",
    "expm1": "where(abs(x) > 0.5, exp(x) - 1, where(exp(x) == 1, x, (exp(x) - 1) * x / log(exp(x))))",
    "log1p": "where(abs(x) > 0.5, log(1 + x), where(1 + x == 1, x, log(1 + x) * x / ((1 + x) - 1)))",
    "sinh": "where(abs(x) < 20, 0.5 * (expm1(x) - expm1(-x)), "
    "where(x > 0, 1, -1) * exp(0.5 * abs(x)) * (0.5 * exp(0.5 * abs(x))))",
    "cosh": "where(abs(x) < 20, 0.5 * (exp(x) + exp(-x)), exp(0.5 * abs(x)) * (0.5 * exp(0.5 * abs(x))))",
    "arcsin": "arctan(x / sqrt((1 - x) * (1 + x)))",
    "arccos": "2 * arctan(sqrt((1 - x) / (1 + x)))",
    "small_arctan": _taylor_of_arctan(),
    "half_tan": "x / (1 + sqrt(1 + x * x))",
    "arctan_of_reduced": "small_arctan(half_tan(half_tan(half_tan(x))), half_tan(half_tan(half_tan(x)))**2)",
    "arctan": "where(abs(x) > 1, where(x > 0, 1, -1) * 1.5707963267948966 - arctan_of_reduced(1 / x), "
    "arctan_of_reduced(x))",
    "is_negative": "where(x == 0, 1 / x, x) < 0",
    "arctan2": "where((x == x) * (y == y), where(is_negative(x), -1, 1) * arctan2_of_sizes(abs(x), abs(y), y), x + y)",
    # of two sizes, and the second number with its sign
    "arctan2_of_sizes": "where(is_negative(w), 3.141592653589793 - first_quadrant(x, y), first_quadrant(x, y))",
    "first_quadrant": "where(x == 0, 0, where(x == y, 0.7853981633974483, arctan(x / y)))",
    "larger": "where(x > y, x, y)",
    "smaller": "where(x > y, y, x)",
    "hypot": "where((abs(x) == 1 / 0) + (abs(y) == 1 / 0), 1 / 0, "
    "where((x == 0) * (y == 0), 0, hypot_of_sizes(larger(abs(x), abs(y)), smaller(abs(x), abs(y)))))",
    "hypot_of_sizes": "x * sqrt(1 + (y / x)**2) + 0 * y",
    "arcsinh": "where(x > 0, 1, -1) * where(abs(x) > 1e8, log(abs(x)) + 0.6931471805599453, "
    "log1p(abs(x) + x * x / (1 + sqrt(x * x + 1))))",
    "arccosh": "where(x > 1e8, log(x) + 0.6931471805599453, log1p((x - 1) + sqrt((x - 1) * (x + 1))))",
    "arctanh": "0.5 * where(x > 0, 1, -1) * log1p(2 * abs(x) / (1 - abs(x)))",
    "exp2": "2.0 ** x",
    "log2": "1.4426950408889634 * log(x)",
    "log10": "0.4342944819032518 * log(x)",
    "cbrt": "where(x > 0, 1, -1) * abs(x) ** 0.3333333333333333",
    "small_erf": _taylor_of_erf(),
    "large_erfc": f"where(x > 30, 0, {_rule_for_erfc()})",
    "erf": "where(abs(x) < 0.5, small_erf(x, x * x), "
    "where(x > 0, 1 - large_erfc(x, x * x), where(x < 0, large_erfc(-x, x * x) - 1, x)))",
    "erfc": "where(abs(x) < 0.5, 1 - small_erf(x, x * x), "
    "where(x > 0, large_erfc(x, x * x), where(x < 0, 2 - large_erfc(-x, x * x), x)))",
    # of the truncated remainder, which ONNX has: that of the sign of y
    "remainder": "where(truncated(x, y) == 0, 0, "
    "where((y < 0) == (truncated(x, y) < 0), truncated(x, y), truncated(x, y) + y))",
}


@functools.cache
def formulas_for_onnx() -> Mapping[str, tuple[tuple[str, ...], Expression]]:
    """For each function of the table that is no operator there, and for their parts, the arguments and the formula.

    >>> from autograd_core.formulas.printing import to_text
    >>> to_text(formulas_for_onnx()["tan"][1])
    'sin(x) / cos(x)'
    """
    several = ("small_arctan", "first_quadrant", "larger", "smaller", "hypot_of_sizes", "small_erf", "large_erfc")
    arity = {**dict.fromkeys((*several, "arctan2", "hypot", "remainder"), 2), "arctan2_of_sizes": 3}
    known = {**signatures(), "truncated": Signature(2)}
    known |= {name: Signature(arity.get(name, 1)) for name in _FORMULAS}
    return {
        name: (ARGUMENTS[: arity.get(name, 1)], parse(text, known, names=ARGUMENTS)) for name, text in _FORMULAS.items()
    }
