"""Truncated Laurent series in one small t > 0: their ring, and their quotients.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 13 and 14; A. Griewank,
J. Utke and A. Walther, "Evaluating higher derivative tensors by forward propagation of univariate Taylor series",
Math. Comp. 69 (2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["EXACT", "NOTHING", "ONE", "TERMS", "UNKNOWN", "Series", "chosen", "least"]

Array = np.ndarray[Any, Any]

#: How many coefficients are kept, from the leading one on.
TERMS = 8
#: So many terms are known of what is a polynomial: all of them.
EXACT = 10**6
#: The order of what nothing is known of, and of what is infinite at every t.
NOTHING, _INFINITE = -(10**6), -(10**3)
#: A sum of two terms is 0 if it is this part of them; the number at t = 0 is taken as it is.
_CANCELLED = 16.0 * np.finfo(float).eps
_POSITIONS = np.arange(TERMS)
#: Of the products of two coefficients, which belong to each term, and which to none that is kept.
_EXPONENTS = np.add.outer(_POSITIONS, _POSITIONS).ravel()
_FOLDED = np.equal.outer(_EXPONENTS, _POSITIONS).astype(float)
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
        lost = ~np.isfinite(coefficients).all(-1) | (order < NOTHING // 2)
        known = np.where(lost, 0, known)
        if (known < TERMS).any():
            coefficients = np.where(known[..., None] > _POSITIONS, coefficients, 0.0)
        elif coefficients.shape[:-1] != known.shape:
            coefficients = np.broadcast_to(coefficients, (*known.shape, TERMS))
        exact, nonzero = known >= EXACT, coefficients != 0.0
        if nonzero[..., 0].all():  # most are in normal form already
            self.coefficients = coefficients
            self.order = order + np.zeros_like(known)
            self.known = np.where(exact, EXACT, known)
            return
        first, empty = nonzero.argmax(-1), ~nonzero.any(-1)
        self.coefficients = _shifted(coefficients, first)
        self.order = np.where(lost, NOTHING, np.where(empty, np.where(exact, 0, order + known), order + first))
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
        exact = self.known >= EXACT
        if not gap.any():
            return self.coefficients, np.where(exact, EXACT, least(self.known, TERMS))
        coefficients = _shifted(self.coefficients, -gap)
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
        cancelled = (abs(total) <= _CANCELLED * (abs(a) + abs(b))) & (order[..., None] + _POSITIONS != 0)
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
        zero = (self.is_zero & (other.order > NOTHING)) | (other.is_zero & (self.order > NOTHING))
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
        order = np.where(divisible, np.where(zero, 0, self.order - other.order), NOTHING)
        return Series(order, quotient, np.where(zero, EXACT, known))


def least(one: Any, other: Any) -> Array:
    """The smaller of two, element by element."""
    found: Array = np.where(one < other, one, other)
    return found


def _sign(numbers: Array) -> Array:
    return np.where(numbers > 0.0, 1.0, np.where(numbers < 0.0, -1.0, 0.0))


def _shifted(coefficients: Array, by: Array) -> Array:
    """The coefficients from a position on; zeros where there are none."""
    if not by.any():
        return coefficients
    wanted = _POSITIONS + by[..., None]
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


#: What nothing is known of.
UNKNOWN = Series(NOTHING, np.zeros((1, TERMS)), 0)
#: The constant 1.
ONE = Series.of_numbers(np.ones(1))
