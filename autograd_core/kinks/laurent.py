"""Truncated Laurent series in one small t > 0, and the primitives of the table on them.

A function of a graph is such a series along a ray that leaves a point: ``abs``, ``sign``, ``maximum`` and comparisons
are decided by the leading term, a quotient or a root shifts it (t⁴ to t², t / t to 1), and every other primitive is
expanded by its own line of the table: z' = F'(x, z) x', coefficient by coefficient. No derivative is written here.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 13 and 14; A. Griewank,
J. Utke and A. Walther, "Evaluating higher derivative tensors by forward propagation of univariate Taylor series",
Math. Comp. 69 (2000).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..formulas.emit import NUMPY
from ..formulas.formula import Expression, Number, Variable
from ..formulas.rules import PRIMITIVES, Primitive

__all__ = ["EXACT", "ONE", "TERMS", "Series", "apply_to_series", "chosen", "least"]

Array = np.ndarray[Any, Any]

#: How many coefficients are kept, from the leading one on.
TERMS = 8
#: So many terms are known of what is a polynomial: all of them.
EXACT = 10**6
#: The order of what nothing is known of, and of what is infinite at every t.
_NOTHING, _INFINITE = -(10**6), -(10**3)
#: A sum of two terms is 0 if it is this part of them; the number at t = 0 is taken as it is.
_CANCELLED = 16.0 * np.finfo(float).eps
#: Of the products of two coefficients, which belong to each term, and which to none that is kept.
_EXPONENTS = np.add.outer(np.arange(TERMS), np.arange(TERMS)).ravel()
_FOLDED = np.equal.outer(_EXPONENTS, np.arange(TERMS)).astype(float)
_BEYOND = _EXPONENTS >= TERMS


class Series:
    """An array of series ``(c[0] + c[1] t + ...) t**order``.

    Attributes
    ----------
    order : ndarray of int
        The exponent of the leading term.
    coefficients : ndarray, of the shape of `order` and an axis of :data:`TERMS`
        The leading one is not 0, unless nothing else than 0 is known.
    known : ndarray of int
        How many of them are known; 0 for a remainder O(t**order); :data:`EXACT` if all others are 0.
    """

    __slots__ = ("coefficients", "known", "order")

    def __init__(self, order: Any, coefficients: Array, known: Any) -> None:
        """Bring to normal form: the leading coefficient first."""
        shape = np.broadcast_shapes(np.shape(order), np.shape(known), coefficients.shape[:-1])
        order, known = np.broadcast_to(order, shape), np.broadcast_to(known, shape)
        lost = ~np.isfinite(coefficients).all(-1) | (order < _NOTHING // 2)
        known = np.where(lost, 0, known)
        coefficients = np.where(np.arange(TERMS) < known[..., None], coefficients, 0.0)
        nonzero = coefficients != 0.0
        first, empty, exact = nonzero.argmax(-1), ~nonzero.any(-1), known >= EXACT
        self.coefficients = _shifted(coefficients, first)
        self.order = np.where(lost, _NOTHING, np.where(empty, np.where(exact, 0, order + known), order + first))
        self.known = np.where(exact, EXACT, np.where(empty, 0, known - first))

    @classmethod
    def of_numbers(cls, numbers: Any) -> Series:
        """Constants. One that is infinite is larger than every series."""
        numbers = np.asarray(numbers, float)
        infinite = np.isinf(numbers)
        coefficients = np.zeros((*numbers.shape, TERMS))
        coefficients[..., 0] = np.where(infinite, _sign(numbers), numbers)
        return cls(np.where(infinite, _INFINITE, 0), coefficients, EXACT)

    @classmethod
    def of_rays(cls, point: Array, speed: Array) -> Series:
        """Points that move away, each with a speed."""
        coefficients = np.zeros((*np.broadcast_shapes(np.shape(point), np.shape(speed)), TERMS))
        coefficients[..., 0], coefficients[..., 1] = point, speed
        return cls(0, coefficients, EXACT)

    @property
    def is_zero(self) -> Array:
        """Where it is 0 for every t."""
        zero: Array = (self.known >= EXACT) & (self.coefficients[..., 0] == 0.0)
        return zero

    @property
    def sign(self) -> Array:
        """The sign it has for all small t; nan where that is not known."""
        return np.where(self.known > 0, _sign(self.coefficients[..., 0]), np.nan)

    def from_order(self, order: Any) -> tuple[Array, Array]:
        """The coefficients from an exponent on, which is not above its own, and how many are known."""
        gap = np.where(self.is_zero, 0, least(self.order - order, 2 * TERMS))
        coefficients = _shifted(self.coefficients, -gap)
        exact = self.known >= EXACT
        whole = exact & (np.count_nonzero(coefficients, -1) == np.count_nonzero(self.coefficients, -1))
        return coefficients, np.where(whole, EXACT, np.where(exact, TERMS, least(self.known + gap, TERMS)))

    def taylor(self) -> tuple[Array, Array]:
        """The coefficients from t**0 on, and how many are known: none where there is a pole."""
        coefficients, known = self.from_order(least(self.order, 0))
        regular = self.order >= 0
        return np.where(regular[..., None], coefficients, 0.0), np.where(regular, known, 0)

    def times_power(self, exponent: Any) -> Series:
        """Times a power of t."""
        return Series(self.order + exponent, self.coefficients, self.known)

    def __add__(self, other: Series) -> Series:
        first, second = (
            np.where(self.is_zero, other.order, self.order),
            np.where(other.is_zero, self.order, other.order),
        )
        order = least(first, second)
        (a, known_a), (b, known_b) = self.from_order(order), other.from_order(order)
        total = a + b
        cancelled = (abs(total) <= _CANCELLED * (abs(a) + abs(b))) & (order[..., None] + np.arange(TERMS) != 0)
        return Series(order, np.where(cancelled, 0.0, total), least(known_a, known_b))

    def __pos__(self) -> Series:
        return self

    def __neg__(self) -> Series:
        return Series(self.order, -self.coefficients, self.known)

    def __sub__(self, other: Series) -> Series:
        return self + -other

    def __mul__(self, other: Series) -> Series:
        a, b = np.broadcast_arrays(self.coefficients, other.coefficients)
        pairs = (a[..., :, None] * b[..., None, :]).reshape(*a.shape[:-1], TERMS * TERMS)
        product = pairs @ _FOLDED
        reaches_beyond = (pairs[..., _BEYOND] != 0.0).any(-1)
        known = least(self.known, other.known)
        known = np.where(reaches_beyond & (known >= EXACT), TERMS, known)
        zero = (self.is_zero & (other.order > _NOTHING)) | (other.is_zero & (self.order > _NOTHING))
        return Series(np.where(zero, 0, self.order + other.order), product, np.where(zero, EXACT, known))

    def __truediv__(self, other: Series) -> Series:
        a, b = np.broadcast_arrays(self.coefficients, other.coefficients)
        leading = np.where(b[..., 0] == 0.0, 1.0, b[..., 0])
        quotient = np.zeros(a.shape)
        for position in range(TERMS):
            rest = np.sum(quotient[..., :position] * b[..., position:0:-1], -1)
            quotient[..., position] = (a[..., position] - rest) / leading
        monomial = (other.known >= EXACT) & (b[..., 1:] == 0.0).all(-1)
        known = np.where(monomial, self.known, least(least(self.known, other.known), TERMS))
        divisible = other.sign != 0.0  # nan where it is not known
        divisible &= other.known > 0
        zero = self.is_zero & divisible
        order = np.where(divisible, np.where(zero, 0, self.order - other.order), _NOTHING)
        return Series(order, quotient, np.where(zero, EXACT, known))


def least(one: Any, other: Any) -> Array:
    """The smaller of two, element by element."""
    found: Array = np.where(one < other, one, other)
    return found


def _sign(numbers: Array) -> Array:
    return np.where(numbers > 0.0, 1.0, np.where(numbers < 0.0, -1.0, 0.0))


def _shifted(coefficients: Array, by: Array) -> Array:
    """The coefficients from a position on; zeros where there are none."""
    if not np.any(by):
        return coefficients
    wanted = np.arange(TERMS) + by[..., None]
    inside = (wanted >= 0) & (wanted < TERMS)
    found: Array = np.take_along_axis(np.broadcast_to(coefficients, wanted.shape), np.where(inside, wanted, 0), -1)
    return np.where(inside, found, 0.0)


def chosen(condition: Array, yes: Series, no: Series) -> Series:
    """One series where a condition holds, and another one elsewhere."""
    return Series(
        np.where(condition, yes.order, no.order),
        np.where(condition[..., None], yes.coefficients, no.coefficients),
        np.where(condition, yes.known, no.known),
    )


#: Primitives without a kink whose formulas are sums of many terms: where they are finite, derivatives are quicker.
_LONG = frozenset({"gammaln", "digamma", "hurwitz_zeta", "erf", "erfc"})
_UNKNOWN = Series(_NOTHING, np.zeros((1, TERMS)), 0)
#: The constant 1.
ONE = Series.of_numbers(np.ones(1))


# --- primitives -----------------------------------------------------------------------------------------------------


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
    if rule.is_intrinsic or (rule.name in _LONG and _is_finite(rule, arguments)):
        return _expanded(rule, arguments, terms)
    return _evaluated(rule.formula, _bound(rule, arguments), terms)


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
    return chosen(np.isnan(sign), _UNKNOWN, chosen(sign != 0.0, yes, no))


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
    order = np.where(known > 0, 0, _NOTHING)
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
        return chosen((x.order == 0) & (x.sign > 0.0), found, _UNKNOWN)
    if (exponents == exponents.flat[0]).all() and exponents.flat[0] in range(TERMS + 1):
        return functools.reduce(operator.mul, [x] * int(exponents.flat[0]), ONE)
    order = x.order * exponents
    rule = PRIMITIVES["sqrt" if (exponents == 0.5).all() else "pow"]
    found = _expanded(rule, (_unit(x), y)[: rule.arity], terms)
    whole = order == np.floor(order)
    # A power of t between two whole ones is a remainder; so is the power of a remainder.
    remainder = (x.order >= 0) & (exponents > 0.0)
    found = Series(
        np.where(whole | remainder, np.floor(order), _NOTHING).astype(int) + np.where(whole, found.order, 0),
        found.coefficients,
        np.where(whole & (x.known > 0), found.known, 0),
    )
    zero = x.is_zero & (exponents > 0.0)
    return chosen(zero, Series.of_numbers(np.zeros(1)), chosen(x.is_zero & (exponents < 0.0), _UNKNOWN, found))


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
        return chosen(on_cut, _UNKNOWN, found)

    return function


def _comparison(holds: Callable[[Any, Any], Any]) -> Callable[[Series, Series, int], Series]:
    def function(x: Series, y: Series, terms: int) -> Series:
        sign = (x - y).sign
        truth = Series.of_numbers(np.where(holds(np.nan_to_num(sign), 0.0), 1.0, 0.0))
        return chosen(np.isnan(sign), _UNKNOWN, truth)

    return function


def _floor(x: Series, terms: int) -> Series:
    """A number just below an integer has the integer below it."""
    below = np.floor(x.taylor()[0][..., 0])
    sign = (x - Series.of_numbers(below)).sign
    found = Series.of_numbers(np.where(sign < 0.0, below - 1.0, below))
    return chosen(np.isnan(sign) | (x.order < 0), _UNKNOWN, found)


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
