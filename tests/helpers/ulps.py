"""Every primitive against mpmath at 60 digits: how many units in the last place its value and derivatives are off.

``python tests/helpers/ulps.py docs/accuracy.md`` writes the table of the docs again.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

from autograd_core import Tensor, apply, grad
from autograd_core.array.functions import apply_to_tensors
from autograd_core.formulas.rules import PRIMITIVES
from autograd_core.scalar.kernels import evaluate

__all__ = ["EXACT", "Exact", "points_of", "units", "worst"]

Number = Any
Formula = Callable[..., Number]


@dataclass(frozen=True)
class Exact:
    """A primitive in real numbers.

    Attributes
    ----------
    value, first, second
        The function, its partial derivatives by x, y, and those by xx, xy, yy (by xx for one argument).
    inside
        Where it is differentiable.
    sizes
        For results that are a difference: what rounding is relative to, in place of the result. By the index of the
        result among value, first, second.
    why
        What makes them differences.
    """

    value: Formula
    first: tuple[Formula, ...]
    second: tuple[Formula, ...]
    inside: Callable[..., bool] = lambda *point: True
    sizes: tuple[tuple[int, Formula], ...] = ()
    why: str = ""

    @property
    def results(self) -> tuple[Formula, ...]:
        """The value and all derivatives."""
        return (self.value, *self.first, *self.second)

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return len(self.first)


def _sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def _slope(x: Number) -> Number:
    return _sigmoid(x) * _sigmoid(-x)


LN2 = mp.log(2)
SELU, SELU_ALPHA = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")


def _erfc(x: Number) -> Number:  # which mpmath cannot say of huge numbers
    return mp.erfc(x) if abs(x) < 1e6 else mp.mpf(0 if x > 0 else 2)


def _ncdf(x: Number) -> Number:
    return _erfc(-x / mp.sqrt(2)) / 2


def _sinc_first(x: Number) -> Number:
    return (mp.cospi(x) - mp.sincpi(x)) / x if abs(x) > 1e-12 else -(mp.pi**2) * x / 3


def _zero(*_: Number) -> Number:
    return mp.mpf(0)


def _one(*_: Number) -> Number:
    return mp.mpf(1)


def _unary(value: Formula, first: Formula, second: Formula, *inside: Any, **more: Any) -> Exact:
    return Exact(value, (first,), (second,), *inside, **more)


EXACT = {
    "div": Exact(
        lambda x, y: x / y,
        (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        (_zero, lambda x, y: -1 / y**2, lambda x, y: 2 * x / y**3),
        lambda x, y: y != 0.0,
    ),
    "pow": Exact(
        lambda x, y: x**y,
        (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mp.log(x)),
        (
            lambda x, y: y * (y - 1) * x ** (y - 2),
            lambda x, y: x ** (y - 1) * (1 + y * mp.log(x)),
            lambda x, y: x**y * mp.log(x) ** 2,
        ),
        lambda x, y: x > 0.0,
        sizes=(
            (1, lambda x, y: y * x ** (y - 1) * (1 + abs(mp.log(x)))),
            (3, lambda x, y: (abs(y) + y**2) * x ** (y - 2) * (1 + abs(mp.log(x)))),
            (4, lambda x, y: x ** (y - 1) * (1 + abs(y * mp.log(x))) * (1 + abs(mp.log(x)))),
        ),
        why="y - 1 is rounded before x is raised to it, and 1 + y log(x) is a difference",
    ),
    "exp": _unary(mp.exp, mp.exp, mp.exp),
    "expm1": _unary(mp.expm1, mp.exp, mp.exp),
    "log": _unary(mp.log, lambda x: 1 / x, lambda x: -1 / x**2, lambda x: x > 0.0),
    "log1p": _unary(mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2, lambda x: x > -1.0),
    "sqrt": _unary(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x)), lambda x: x > 0.0),
    "sin": _unary(mp.sin, mp.cos, lambda x: -mp.sin(x)),
    "cos": _unary(mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": _unary(mp.tan, lambda x: 1 / mp.cos(x) ** 2, lambda x: 2 * mp.tan(x) / mp.cos(x) ** 2),
    "arcsin": _unary(
        mp.asin,
        lambda x: 1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: x / mp.sqrt((1 - x) * (1 + x)) ** 3,
        lambda x: abs(x) < 1.0,
        sizes=((2, lambda x: 1 / mp.sqrt((1 - x) * (1 + x)) ** 3),),
        why="the second derivative is the difference of what 1 - x and 1 + x contribute",
    ),
    "arccos": _unary(
        mp.acos,
        lambda x: -1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: -x / mp.sqrt((1 - x) * (1 + x)) ** 3,
        lambda x: abs(x) < 1.0,
        sizes=((2, lambda x: 1 / mp.sqrt((1 - x) * (1 + x)) ** 3),),
        why="the second derivative is the difference of what 1 - x and 1 + x contribute",
    ),
    "arctan": _unary(
        mp.atan,
        lambda x: 1 / (1 + x**2),
        lambda x: -2 * x / (1 + x**2) ** 2,
        sizes=((2, lambda x: (1 if abs(x) < 1e9 else mp.inf) * 2 * x / (1 + x**2) ** 2),),
        why="parts of the second derivative, -2x/(1 + x²)², underflow for huge x; shown below 1e9",
    ),
    "hypot": Exact(
        mp.hypot,
        (lambda x, y: x / mp.hypot(x, y), lambda x, y: y / mp.hypot(x, y)),
        (
            lambda x, y: y**2 / mp.hypot(x, y) ** 3,
            lambda x, y: -x * y / mp.hypot(x, y) ** 3,
            lambda x, y: x**2 / mp.hypot(x, y) ** 3,
        ),
        lambda x, y: 0.0 < math.hypot(x, y) < math.inf,
        sizes=tuple((k, lambda x, y: 1 / mp.hypot(x, y)) for k in (3, 4, 5)),
        why="1/z - x²/z³ is a difference",
    ),
    "arctan2": Exact(
        mp.atan2,
        (lambda x, y: y / (x**2 + y**2), lambda x, y: -x / (x**2 + y**2)),
        (
            lambda x, y: -2 * x * y / (x**2 + y**2) ** 2,
            lambda x, y: (x**2 - y**2) / (x**2 + y**2) ** 2,
            lambda x, y: 2 * x * y / (x**2 + y**2) ** 2,
        ),
        lambda x, y: x != 0.0 or y > 0.0,
        sizes=tuple((k, lambda x, y: 1 / (x**2 + y**2)) for k in (3, 4, 5)),
        why="x² - y² is a difference",
    ),
    "sinh": _unary(mp.sinh, mp.cosh, mp.sinh),
    "cosh": _unary(mp.cosh, mp.sinh, mp.cosh),
    "sech": _unary(
        mp.sech,
        lambda x: -mp.tanh(x) * mp.sech(x),
        lambda x: mp.sech(x) * (1 - 2 * mp.sech(x) ** 2),
        sizes=((2, mp.sech),),
        why="the second derivative is the difference of sech(x) and 2 sech(x)³",
    ),
    "tanh": _unary(
        mp.tanh,
        lambda x: mp.sech(x) ** 2,
        lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,
        why="the errors of sech(x) are squared, and once more so in the second derivative",
    ),
    "sigmoid": _unary(
        _sigmoid,
        _slope,
        lambda x: -_slope(x) * mp.tanh(x / 2),
        sizes=((2, _slope),),
        why="σ(-x) - σ(x) is a difference, which is 0 at x = 0",
    ),
    "softplus": _unary(lambda x: mp.log1p(mp.exp(x)), _sigmoid, _slope),
    "logaddexp": Exact(
        lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        (lambda x, y: _sigmoid(x - y), lambda x, y: _sigmoid(y - x)),
        (lambda x, y: _slope(x - y), lambda x, y: -_slope(x - y), lambda x, y: _slope(x - y)),
        sizes=(
            (0, lambda x, y: max(abs(max(x, y)), 1)),
            *((k, lambda x, y, s=sign: _sigmoid(s * (x - y)) * (1 + abs(x - y))) for k, sign in ((1, 1), (2, -1))),
            *((k, lambda x, y: _slope(x - y) * (1 + abs(x - y))) for k in (3, 4, 5)),
        ),
        why="x - y is rounded, and near 0 the value is a difference",
    ),
    "elu": _unary(
        lambda x: x if x > 0 else mp.expm1(x),
        lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
        lambda x: mp.mpf(0) if x > 0 else mp.exp(x),
        lambda x: x != 0.0,
    ),
    "selu": _unary(
        lambda x: SELU * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
        lambda x: SELU if x > 0 else SELU * SELU_ALPHA * mp.exp(x),
        lambda x: mp.mpf(0) if x > 0 else SELU * SELU_ALPHA * mp.exp(x),
        lambda x: x != 0.0,
    ),
    "gelu": _unary(
        lambda x: x * _ncdf(x),
        lambda x: _ncdf(x) + x * mp.npdf(x),
        lambda x: (2 - x**2) * mp.npdf(x),
        sizes=(
            (0, lambda x: (1 + x**2) * x * _ncdf(x)),
            (1, lambda x: (1 + x**2) * (_ncdf(x) + abs(x) * mp.npdf(x))),
            (2, lambda x: (1 + x**2) * (2 + x**2) * mp.npdf(x)),
        ),
        why="x² is rounded before its exponential is taken, and 2 - x² is a difference",
    ),
    "silu": _unary(
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x)),
        lambda x: _slope(x) * (2 - x * mp.tanh(x / 2)),
        sizes=(
            (1, lambda x: _sigmoid(x) * (1 + abs(x) * _sigmoid(-x))),
            (2, lambda x: _slope(x) * (2 + abs(x))),
        ),
        why="1 + x σ(-x) is a difference for negative x",
    ),
    "log_sigmoid": _unary(lambda x: -mp.log1p(mp.exp(-x)), lambda x: _sigmoid(-x), lambda x: -_slope(x)),
    "erf": _unary(
        mp.erf,
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        sizes=(
            (1, lambda x: (1 + x**2) * 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2))),
            (2, lambda x: (1 + x**2) * 4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2))),
        ),
        why="x² is rounded before its exponential is taken",
    ),
    "erfc": _unary(
        _erfc,
        lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        lambda x: 4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        sizes=(
            (1, lambda x: (1 + x**2) * 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2))),
            (2, lambda x: (1 + x**2) * 4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2))),
        ),
        why="x² is rounded before its exponential is taken",
    ),
    "hurwitz_zeta": _unary(
        lambda x: mp.zeta(2, x),
        lambda x: -2 * mp.zeta(3, x),
        lambda x: 6 * mp.zeta(4, x),
        lambda x: 0.0 < x < 1e4,
    ),
    "digamma": _unary(mp.digamma, lambda x: mp.psi(1, x), lambda x: -2 * mp.zeta(3, x), lambda x: 0.0 < x < 1e4),
    "gammaln": _unary(mp.loggamma, mp.digamma, lambda x: mp.psi(1, x), lambda x: x > 0.0),
    "exp2": _unary(lambda x: mp.mpf(2) ** x, lambda x: LN2 * mp.mpf(2) ** x, lambda x: LN2**2 * mp.mpf(2) ** x),
    "log2": _unary(lambda x: mp.log(x) / LN2, lambda x: 1 / x / LN2, lambda x: -1 / x**2 / LN2, lambda x: x > 0.0),
    "log10": _unary(mp.log10, lambda x: 1 / x / mp.log(10), lambda x: -1 / x**2 / mp.log(10), lambda x: x > 0.0),
    "cbrt": _unary(
        lambda x: mp.sign(x) * mp.cbrt(abs(x)),
        lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
        lambda x: -2 / (9 * x * mp.cbrt(abs(x)) ** 2),
        lambda x: x != 0.0,
        sizes=((2, lambda x: 6 / (9 * x * mp.cbrt(abs(x)) ** 2)),),
        why="the errors of the root are squared, and once more so in the second derivative",
    ),
    "arcsinh": _unary(mp.asinh, lambda x: 1 / mp.hypot(x, 1), lambda x: -x / mp.hypot(x, 1) ** 3),
    "arccosh": _unary(
        mp.acosh,
        lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
        lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3,
        lambda x: x > 1.0,
    ),
    "arctanh": _unary(
        mp.atanh,
        lambda x: 1 / ((1 - x) * (1 + x)),
        lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2,
        lambda x: abs(x) < 1.0,
        sizes=((2, lambda x: 1 / ((1 - x) * (1 + x)) ** 2),),
        why="the second derivative is the difference of what 1 - x and 1 + x contribute",
    ),
    "sinc": _unary(
        mp.sincpi,
        _sinc_first,
        lambda x: -(mp.pi**2) * mp.sincpi(x) - 2 * (_sinc_first(x) / x if x else -(mp.pi**2) / 3),
        lambda x: abs(x) < 1e9,
        sizes=(
            (0, lambda x: 1),
            (1, lambda x: _sinc_first(x) if abs(x) < 0.2 else mp.mpf(3)),
            (2, lambda x: mp.mpf(10)),
        ),
        why="it is small beside its zeros, where πx is rounded; shown below 1e9",
    ),
    "mul": Exact(lambda x, y: x * y, (lambda x, y: y, lambda x, y: x), (_zero, _one, _zero)),
    "add": Exact(lambda x, y: x + y, (_one, _one), (_zero, _zero, _zero)),
    "abs": _unary(abs, mp.sign, _zero, lambda x: x != 0.0),
    "relu": _unary(lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(x > 0), _zero, lambda x: x != 0.0),
}


def points_of(exact: Exact, each: int = 60, single: bool = False) -> list[tuple[float, ...]]:
    """Points over the whole range of floats: all magnitudes, next to 0, 1, kinks and poles, in the tails.

    Parameters
    ----------
    exact
        The primitive.
    each
        How many magnitudes.
    single
        Whether the points are numbers of single precision.
    """
    generator = np.random.default_rng(0)
    kind: Any = np.float32 if single else np.float64
    low, high = (-44.0, 38.0) if single else (-323.0, 308.0)
    sizes = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308] if not single else [1e-45, 1.17549435e-38, 3.4e38]
    sizes += [0.5, 1.0, 2.0, 20.0, 40.0, 1.5707963267948966, math.pi, 708.0, 709.7, 710.4, 744.0]
    sizes += (10.0 ** generator.uniform(low, high, each)).tolist() + (10.0 ** generator.uniform(-4, 3, each)).tolist()
    sizes += generator.uniform(0.0, 3.0, each).tolist() + [1.0 - 2.0**-k for k in range(2, 53, 5)]
    with np.errstate(all="ignore"):
        near = [np.nextafter(kind(size), kind(to)) for size in (0.5, 1.0, 2.0) for to in (0.0, 9.0)]
        numbers = np.unique(np.array([*sizes, *near], kind))
    numbers = numbers[np.isfinite(numbers)]
    signed = [0.0, *(float(sign * number) for number in numbers if number for sign in (1.0, -1.0))]
    if exact.arity == 1:
        points = [(number,) for number in signed]
    else:
        some = generator.permutation(signed)[: each // 4].tolist()
        beside = [(float(kind(a)), float(np.nextafter(kind(a), kind(9.0)))) for a in some]
        points = [*itertools.product(some, repeat=2), *beside]
        points += [(float(kind(a)), float(kind(b))) for a, b in generator.uniform(-5, 5, (each, 2))]
    tiny = float(np.finfo(kind).tiny)  # pairs of subnormal numbers have results as coarse as they are
    return [each for each in points if exact.inside(*each) and (exact.arity == 1 or max(map(abs, each)) >= tiny)]


def units(computed: float, exact: Number, size: Number, single: bool = False) -> float:
    """By how many units in the last place a number is off; a result below the normal numbers may be 0 or any of them.

    >>> units(1.0 + 2.0**-52, mp.mpf(1), mp.mpf(1))
    1.0
    """
    limits: Any = np.finfo(np.float32 if single else np.float64)
    tiny, largest, digits = float(limits.tiny), float(limits.max), limits.nmant
    if size is not exact and abs(size) > largest:
        return 0.0  # it is the difference of numbers that overflow, and infinities have none
    if abs(exact) > largest:
        return 0.0 if abs(computed) >= 0.999 * largest else math.inf
    if abs(exact) < tiny and abs(computed) <= tiny:
        return 0.0
    if not math.isfinite(computed):
        return math.inf
    scale = max(abs(exact), abs(size), tiny)
    unit = mp.ldexp(1, int(mp.floor(mp.log(scale, 2))) - digits)
    return float(abs(mp.mpf(computed) - exact) / unit)


#: So many elements a Tensor: where one of them overflows or is at a kink, derivatives of derivatives ask each by each.
_AT_ONCE = 16


def computed_at(name: str, points: Sequence[tuple[float, ...]], single: bool = False) -> list[list[float]]:
    """The value, first and second derivatives as the library has them: by nodes, in single precision by Tensors."""
    arity = EXACT[name].arity
    pairs = [(first, second) for first in range(arity) for second in range(first, arity)]
    if not single:
        rule = PRIMITIVES[name]
        f = lambda *arguments: apply(name, *arguments)  # noqa: E731
        seconds = [grad(grad(f, first), second) for first, second in pairs]
        rows = []
        for point in points:
            arguments = (*rule.complete(point), 0.0, 0.0)[:3]
            found = evaluate(rule.opcode, (1 << arity) - 1, *arguments)
            rows.append([*found[: 1 + arity], *(second(*point) for second in seconds)])
        return rows
    if len(points) > _AT_ONCE:
        parts = [points[start : start + _AT_ONCE] for start in range(0, len(points), _AT_ONCE)]
        return [row for part in parts for row in computed_at(name, part, single=True)]
    columns = [np.array(column, np.float32) for column in zip(*points, strict=True)]

    def summed(*arguments: Any) -> Any:
        return apply_to_tensors(PRIMITIVES[name], *arguments).sum()

    value = apply_to_tensors(PRIMITIVES[name], *map(Tensor, columns)).data
    firsts = [grad(summed, position)(*columns) for position in range(arity)]
    seconds_of = [grad(lambda *a, k=first: grad(summed, k)(*a).sum(), second)(*columns) for first, second in pairs]
    return np.stack([value, *firsts, *seconds_of], axis=1).astype(float).tolist()


def worst(name: str, each: int = 60, single: bool = False) -> tuple[list[float], list[tuple[float, ...]]]:
    """The largest errors of the value, the first and the second derivatives, and where they are."""
    exact = EXACT[name]
    sizes = dict(exact.sizes)
    points = points_of(exact, each, single)
    kinds = [0, *[1] * exact.arity, *[2] * len(exact.second)]
    errors, places = [0.0, 0.0, 0.0], [(math.nan,)] * 3
    with mp.workdps(60):
        for point, row in zip(points, computed_at(name, points, single), strict=True):
            arguments = tuple(map(mp.mpf, point))
            for position, (formula, number) in enumerate(zip(exact.results, row, strict=True)):
                expected = formula(*arguments)
                size = sizes[position](*arguments) if position in sizes else expected
                error = units(number, expected, size, single)
                if error > errors[kinds[position]]:
                    errors[kinds[position]], places[kinds[position]] = error, point
    return errors, places


_HEAD = """\
# How accurate every primitive is

Made by `python tests/helpers/ulps.py docs/accuracy.md`: each primitive of the table against mpmath at 60 digits, over
the whole range of floats (all magnitudes down to subnormal numbers, the tails, next to 0, 1, kinks and poles). The
numbers are the largest errors of the value, the first and the second derivatives, in units in the last place (ulp),
for Values in double precision and for Tensors in single precision. The goal is 4 ulp. They are those of one machine,
for C libraries and NumPy's own functions differ; `tests/formulas/test_ulps.py` asserts bounds with a margin.

A result smaller than the smallest normal number counts as right if the computed one is as well: underflow may come
early where an intermediate result underflows. Pairs of subnormal numbers are left out, for their results are as coarse
as they are. Where a result is a difference of larger numbers, its error is relative
to those, and the last column says which difference it is; relative to the result itself it grows without bound where
the difference vanishes.

| primitive | value | first | second | value, single | first, single | second, single | remark |
|---|---|---|---|---|---|---|---|
"""


def _report(path: str) -> None:
    lines = [_HEAD]
    for name, exact in EXACT.items():
        numbers = [f"{error:.1f}" for single in (False, True) for error in worst(name, single=single)[0]]
        lines.append(f"| `{name}` | {' | '.join(numbers)} | {exact.why} |\n")
    Path(path).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    _report(sys.argv[1])
