"""The primitives of the table on Laurent series: what a function of a graph is along a ray that leaves a point.

``abs``, ``sign``, ``maximum`` and comparisons are decided by the leading term, a quotient or a root shifts it (t⁴ to
t², t / t to 1), and every other primitive is expanded by its own line of the table: z' = F'(x, z) x', coefficient by
coefficient. No derivative is written here.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 13 and 14.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..formulas.emit import NUMPY
from ..formulas.formula import Apply, Expression, Number, Variable
from ..formulas.rules import PRIMITIVES, Primitive
from .laurent import EXACT, NOTHING, ONE, TERMS, UNKNOWN, Array, Series, chosen, least

__all__ = ["apply_to_series"]


def apply_to_series(name: str, arguments: Sequence[Series], terms: int = TERMS) -> Series:
    """A primitive of the table on series.

    >>> x = Series.of_rays(np.zeros(1), np.array([-2.0]))
    >>> z = apply_to_series("abs", [x])
    >>> z.order.tolist(), float(z.coefficients[0, 0])
    ([1], 2.0)
    """
    if name in _ALGEBRA:
        return _ALGEBRA[name](*arguments)
    if name in _DECIDED:
        return _DECIDED[name](*arguments, terms)
    rule = PRIMITIVES[name]
    if rule.is_intrinsic or (_is_long(rule) and _is_finite(rule, arguments)):
        return _expanded(rule, arguments, terms)
    return _evaluated(rule.formula, _bound(rule, arguments), terms)


@functools.cache
def _is_long(rule: Primitive) -> bool:
    """Whether it has no kink, and so long a formula that, where it is finite, its derivatives are the quicker way."""
    return rule.kink is None and _parts(rule.formula) > 100


def _parts(formula: Expression) -> int:
    return 1 + sum(map(_parts, formula.arguments)) if isinstance(formula, Apply) else 1


def _is_finite(rule: Primitive, arguments: Sequence[Series]) -> bool:
    """Whether it has a number at every point that its arguments leave."""
    if not all((each.order >= 0).all() for each in arguments):
        return False
    with np.errstate(all="ignore"):
        return bool(np.isfinite(rule.kernel(NUMPY)(*(each.taylor()[0][..., 0] for each in arguments))).all())


def _bound(rule: Primitive, arguments: Sequence[Series]) -> dict[str, Callable[[], Series]]:
    """What the names of its arguments stand for, to be asked when it is needed."""
    return {name: functools.partial(operator.pos, each) for name, each in zip(rule.arguments, arguments, strict=True)}


def _evaluated(formula: Expression, bindings: Mapping[str, Callable[[], Series]], terms: int) -> Series:
    """A formula of the table; what it does not choose, nor need, is not computed."""
    if isinstance(formula, Number):
        return Series.of_numbers(np.full(1, formula.value))
    if isinstance(formula, Variable):
        return bindings[formula.name]()
    if formula.function != "where":
        return apply_to_series(
            formula.function, [_evaluated(each, bindings, terms) for each in formula.arguments], terms
        )
    condition, yes, no = formula.arguments
    sign = _evaluated(condition, bindings, terms).sign
    if (sign == 0.0).all():
        return _evaluated(no, bindings, terms)
    if ((sign != 0.0) & ~np.isnan(sign)).all():
        return _evaluated(yes, bindings, terms)
    return _by_sign(sign, _evaluated(yes, bindings, terms), _evaluated(no, bindings, terms))


def _by_sign(sign: Array, yes: Series, no: Series) -> Series:
    return chosen(np.isnan(sign), UNKNOWN, chosen(sign != 0.0, yes, no))


def _expanded(rule: Primitive, arguments: Sequence[Series], terms: int) -> Series:
    """Z = z(0) + ∫ F'(x, z) x' dt, one coefficient more than F' has: the recursion ends where terms do."""
    parts = [each.taylor() for each in arguments]
    numbers = [coefficients[..., 0] for coefficients, _ in parts]
    with np.errstate(all="ignore"):
        start = np.asarray(rule.kernel(NUMPY)(*numbers), float)
    moving = [position for position, (coefficients, _) in enumerate(parts) if coefficients[..., 1:].any()]
    known: Any = least(functools.reduce(least, [known for _, known in parts]), TERMS)
    known = np.broadcast_to(np.where(np.isfinite(start), known, 0), start.shape)
    constant = functools.reduce(
        operator.and_, [(count >= EXACT) & ~coefficients[..., 1:].any(-1) for coefficients, count in parts]
    )
    z = np.zeros((*start.shape, TERMS))
    z[..., 0] = np.where(known > 0, start, 0.0)
    order = np.where(known > 0, 0, NOTHING)
    if not moving or terms <= 1:
        return Series(order, z, np.where(constant & (known > 0), EXACT, least(known, terms)))
    bindings = _bound(rule, arguments)
    bindings["z"] = functools.cache(lambda: _expanded(rule, arguments, terms - 1))
    slope = Series.of_numbers(np.zeros(1))
    for position in moving:
        partial = _evaluated(rule.partials[position], bindings, terms - 1)
        coefficients, count = parts[position]
        speed = np.zeros(coefficients.shape)
        speed[..., :-1] = coefficients[..., 1:] * np.arange(1, TERMS)
        slope = slope + partial * Series(0, speed, np.where(count >= EXACT, EXACT, np.where(count > 0, count - 1, 0)))
    coefficients, count = slope.taylor()
    z = z + np.zeros((*coefficients.shape[:-1], 1))
    z[..., 1:] = coefficients[..., :-1] / np.arange(1, TERMS)
    known = least(least(known, count + 1), terms)
    return Series(order, z, np.where(constant & (order >= 0), EXACT, known))


def _unit(x: Series) -> Series:
    """Divided by the power of t that leads."""
    return Series(0, x.coefficients, x.known)


def _magnitude(x: Series, terms: int) -> Series:
    return Series(x.order, np.where(x.sign[..., None] < 0.0, -x.coefficients, x.coefficients), x.known)


def _root(x: Series, terms: int) -> Series:
    return _power(x, Series.of_numbers(np.full(1, 0.5)), terms)


def _power(x: Series, y: Series, terms: int) -> Series:
    exponents = y.taylor()[0][..., 0]
    if not ((y.known >= EXACT) & (y.order == 0) & ~y.coefficients[..., 1:].any(-1) | y.is_zero).all():
        # exp(y log x): its recursions go on one by one, where that of a power asks two others at each term.
        found = apply_to_series("exp", [y * apply_to_series("log", [x], terms)], terms)
        return chosen((x.order == 0) & (x.sign > 0.0), found, UNKNOWN)
    if (exponents == exponents.flat[0]).all() and exponents.flat[0] in range(TERMS + 1):
        return functools.reduce(operator.mul, [x] * int(exponents.flat[0]), ONE)
    order = x.order * exponents
    rule = PRIMITIVES["sqrt" if (exponents == 0.5).all() else "pow"]
    found = _expanded(rule, (_unit(x), y)[: rule.arity], terms)
    whole = order == np.floor(order)
    # A power of t between two whole ones is a remainder; so is the power of a remainder.
    remainder = (x.order >= 0) & (exponents > 0.0)
    found = Series(
        np.where(whole | remainder, np.floor(order), NOTHING).astype(int) + np.where(whole, found.order, 0),
        found.coefficients,
        np.where(whole & (x.known > 0), found.known, 0),
    )
    zero = x.is_zero & (exponents > 0.0)
    return chosen(zero, Series.of_numbers(np.zeros(1)), chosen(x.is_zero & (exponents < 0.0), UNKNOWN, found))


def _homogeneous(name: str, degree: int) -> Callable[[Series, Series, int], Series]:
    """A primitive of two arguments at which a common power of t can be taken out."""

    def function(x: Series, y: Series, terms: int) -> Series:
        order = least(np.where(x.is_zero, y.order, x.order), np.where(y.is_zero, x.order, y.order))
        units = [
            Series(np.where(each.is_zero, 0, each.order - order), each.coefficients, each.known) for each in (x, y)
        ]
        found = _expanded(PRIMITIVES[name], units, terms).times_power(degree * order)
        if name == "hypot":
            return chosen(y.is_zero, _magnitude(x, terms), chosen(x.is_zero, _magnitude(y, terms), found))
        on_cut = (units[0].taylor()[0][..., 0] == 0.0) & (y.sign <= 0.0)
        return chosen(on_cut, UNKNOWN, found)

    return function


def _comparison(holds: Callable[[Any, Any], Any]) -> Callable[[Series, Series, int], Series]:
    def function(x: Series, y: Series, terms: int) -> Series:
        sign = (x - y).sign
        truth = Series.of_numbers(np.where(holds(np.nan_to_num(sign), 0.0), 1.0, 0.0))
        return chosen(np.isnan(sign), UNKNOWN, truth)

    return function


def _floor(x: Series, terms: int) -> Series:
    """A number just below an integer has the integer below it."""
    below = np.floor(x.taylor()[0][..., 0])
    sign = (x - Series.of_numbers(below)).sign
    found = Series.of_numbers(np.where(sign < 0.0, below - 1.0, below))
    return chosen(np.isnan(sign) | (x.order < 0), UNKNOWN, found)


def _rint(x: Series, terms: int) -> Series:
    """Halves are rounded up or down as the leading term says, and to even ones where there is none."""
    number = x.taylor()[0][..., 0]
    half = Series.of_numbers(np.floor(number) + 0.5)
    sign = (x - half).sign
    found = _floor(x + Series.of_numbers(np.full(1, 0.5)), terms)
    return chosen(sign == 0.0, Series.of_numbers(np.rint(number)), found)


def _remainder(x: Series, y: Series, terms: int) -> Series:
    return x - y * _floor(x / y, terms)


def _contribution(x: Series, y: Series) -> Series:
    """A product in which a factor that is 0 wins, as in the table."""
    return chosen(x.is_zero | y.is_zero, Series.of_numbers(np.zeros(1)), x * y)


#: What is not a matter of derivatives: the ring of series, and its quotients.
_ALGEBRA: dict[str, Callable[..., Series]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pos": operator.pos,
    "at_kink": lambda x, y: x,
    "contribution": _contribution,
}
#: What the leading terms decide.
_DECIDED: dict[str, Callable[..., Series]] = {
    "abs": _magnitude,
    "where": lambda condition, yes, no, terms: _by_sign(condition.sign, yes, no),
    "sqrt": _root,
    "pow": _power,
    "hypot": _homogeneous("hypot", 1),
    "arctan2": _homogeneous("arctan2", 0),
    "floor": _floor,
    "ceil": lambda x, terms: -_floor(-x, terms),
    "rint": _rint,
    "remainder": _remainder,
    "less": _comparison(operator.lt),
    "less_equal": _comparison(operator.le),
    "greater": _comparison(operator.gt),
    "greater_equal": _comparison(operator.ge),
    "equal": _comparison(operator.eq),
    "not_equal": _comparison(operator.ne),
}
