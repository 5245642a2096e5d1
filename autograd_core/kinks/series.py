"""Operations on whole arrays where the elements are Laurent series: moved, summed, multiplied, and solved for.

What is made of sums and primitives is computed of these, so that leading terms can decide. What solves linear systems
is found coefficient by coefficient, from equations that a product of series has to satisfy.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), section 13.2.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.operations import STRUCTURAL, Operation
from ..array.structural import axes_of
from .expansions import apply_to_series
from .laurent import EXACT, ONE, TERMS, Series, least

__all__ = ["moved", "operation_on_series"]


def operation_on_series(operation: Operation, operands: Sequence[Series], options: Sequence[Any]) -> Series | None:
    """An operation of ours on series, whose last axis counts rays; None if nobody knows how, as of a user's.

    >>> x = Series.of_rays(np.array([[1.0], [2.0]]), np.ones((2, 1)))
    >>> operation_on_series(STRUCTURAL["prod"], [x], (None, False)).coefficients[0, :4].tolist()
    [2.0, 3.0, 1.0, 0.0]
    """
    if STRUCTURAL.get(operation.name) is not operation:
        return None
    if operation.name in _MOVING:
        return moved(lambda *each: operation.forward(*each, *options), operands)
    if operation.name in _BY_SERIES:
        return _BY_SERIES[operation.name](*operands, *options)
    return _linear(operation, operands, options) if operation.multilinear else None


#: Operations that only move elements.
_MOVING = frozenset(
    (
        *("reshape", "expand_dims", "squeeze", "transpose", "swapaxes", "broadcast_to", "index", "diagonal"),
        *("concatenate", "stack"),
    )
)


def moved(forward: Callable[..., Any], operands: Sequence[Series]) -> Series:
    """The elements at other places: a function of arrays is asked where each of them goes.

    >>> x = Series.of_numbers(np.array([[1.0], [2.0]]))
    >>> moved(lambda each: each[::-1], [x]).coefficients[..., 0].tolist()
    [[2.0], [1.0]]
    """
    positions, start = [], 0
    for each in operands:
        shape = each.order.shape[:-1]
        positions.append(start + np.arange(math.prod(shape)).reshape(shape))
        start += math.prod(shape)
    where = np.asarray(forward(*positions))
    rays = max(each.order.shape[-1] for each in operands)

    def flat(field: Callable[[Series], Array], *axes: int) -> Array:
        arrays = [np.broadcast_to(field(each), (*each.order.shape[:-1], rays, *axes)) for each in operands]
        return np.concatenate([each.reshape(-1, rays, *axes) for each in arrays])

    return Series(
        flat(lambda each: each.order)[where],
        flat(lambda each: each.coefficients, TERMS)[where],
        flat(lambda each: each.known)[where],
    )


def _linear(operation: Operation, operands: Sequence[Series], options: Sequence[Any]) -> Series:
    """An operation that is linear in each operand: sums of what it makes of coefficients."""
    rays = max(each.order.shape[-1] for each in operands)
    order, parts, exact, known, is_finite = 0, [], True, TERMS, True
    for each in operands:
        first = int(np.min(each.order[~each.is_zero], initial=0))
        is_finite &= first >= -TERMS
        coefficients, count = each.from_order(np.full(each.order.shape, first))
        order += first
        exact &= bool((count >= EXACT).all())
        known = min(known, int(count.min(initial=TERMS)))
        parts.append(np.broadcast_to(coefficients, (*each.order.shape[:-1], rays, TERMS)))
    shape = np.shape(operation.forward(*(part[..., 0, 0] for part in parts), *options))
    result = np.zeros((*shape, rays, TERMS))
    if not is_finite:
        return Series(-TERMS, result, 0)
    for ray in range(rays):
        slices = [[(k, part[..., ray, k]) for k in range(TERMS) if part[..., ray, k].any()] for part in parts]
        for factors in itertools.product(*slices):
            term = sum(k for k, _ in factors)
            if term < TERMS:
                result[..., ray, term] += np.asarray(operation.forward(*(each for _, each in factors), *options), float)
            else:
                exact = False
    return Series(order, result, EXACT if exact else known)


def _sum(x: Series, axis: Any, keepdims: bool = True) -> Series:
    return _linear(STRUCTURAL["sum"], [x], (axis, keepdims))


def _norm(x: Series, axis: Any, keepdims: bool) -> Series:
    return apply_to_series("sqrt", [_sum(x * x, axis, keepdims)])


def _less_largest(x: Series, axis: Any) -> tuple[Series, Array]:
    """The elements less the largest one at t = 0, whose exponentials cannot overflow; and that."""
    numbers = x.taylor()[0][..., 0]
    largest = np.max(numbers, axes_of(numbers.ndim - 1, axis), keepdims=True)
    return x - Series.of_numbers(largest), largest


def _softmax(x: Series, axis: Any) -> Series:
    powers = apply_to_series("exp", [_less_largest(x, axis)[0]])
    return powers / _sum(powers, axis)


def _log_softmax(x: Series, axis: Any) -> Series:
    shifted, _ = _less_largest(x, axis)
    return shifted - apply_to_series("log", [_sum(apply_to_series("exp", [shifted]), axis)])


def _logsumexp(x: Series, axis: Any, keepdims: bool) -> Series:
    shifted, largest = _less_largest(x, axis)
    total = apply_to_series("log", [_sum(apply_to_series("exp", [shifted]), axis)]) + Series.of_numbers(largest)
    return total if keepdims else moved(lambda each: np.squeeze(each, axes_of(each.ndim, axis)), [total])


def _element_by_element(combine: Callable[[Series, Series], Series], *start: float) -> Callable[..., Series]:
    def function(x: Series, axis: Any, keepdims: bool) -> Series:
        """Along the axes, two at a time."""
        shape = x.order.shape[:-1]
        elements = np.arange(math.prod(shape)).reshape(shape)
        axes = axes_of(len(shape), axis)
        rows = np.moveaxis(elements, axes, range(len(axes)))
        kept = rows.shape[len(axes) :]
        rows = rows.reshape(-1, *kept)
        first = [Series.of_numbers(np.full((*kept, 1), number)) for number in start]
        found = functools.reduce(combine, first + [moved(lambda _, row=row: row, [x]) for row in rows])
        if not keepdims:
            return found
        shape = tuple(1 if each in axes else length for each, length in enumerate(shape))
        return moved(lambda each: each.reshape(shape), [found])

    return function


def _var(x: Series, axis: Any, ddof: float, keepdims: bool) -> Series:
    deviation = x - _linear(STRUCTURAL["mean"], [x], (axis, True))
    shape = x.order.shape[:-1]
    count = math.prod(shape[each] for each in axes_of(len(shape), axis))
    return _sum(deviation * deviation, axis, keepdims) / Series.of_numbers(np.full(1, max(count - ddof, 0.0)))


def _others(x: Series) -> Series:
    elements = [moved(lambda each, i=i: each[..., i], [x]) for i in range(x.order.shape[-2])]
    ones = Series.of_numbers(np.ones((*x.order.shape[:-2], 1)))
    products = [
        functools.reduce(operator.mul, [each for j, each in enumerate(elements) if j != i], ones)
        for i in range(len(elements))
    ]
    return moved(lambda *each: np.stack(each, -1), products)


def _cross_entropy(x: Series, labels: Any) -> Series:
    return -_linear(STRUCTURAL["mean"], [moved(labels.of, [_log_softmax(x, 1)])], (None, False))


# --- linear systems, coefficient by coefficient ---------------------------------------------------------------------


#: The order of what is not known to be regular.
_POLE = -TERMS


def _matrices(x: Series) -> tuple[list[Array], Array]:
    """The coefficients as arrays, each with rays in front, and how many are known of every element."""
    coefficients, known = x.taylor()
    return list(np.moveaxis(coefficients, (-1, -2), (0, 1))), np.min(known, tuple(range(known.ndim - 1)))


def _from_matrices(coefficients: Sequence[Array], known: Array) -> Series:
    series = np.moveaxis(np.array(coefficients), (0, 1), (-1, -2))
    return Series(np.where(known > 0, 0, _POLE), series, np.where(known > 0, least(known, TERMS), 0))


def _regular(x: Array) -> Array:
    """For each ray whether all its matrices can be inverted."""
    ranks = np.linalg.matrix_rank(x)
    regular: Array = np.all(ranks == x.shape[-1], tuple(range(1, ranks.ndim)))
    return regular


def _with_axes(x: Array, ndim: int) -> Array:
    """With as many axes, so that rays stay in front where a batch is broadcast."""
    return x.reshape(len(x), *(1,) * (ndim - x.ndim), *x.shape[1:])


def _solve(a: Series, b: Series) -> Series:
    """X where A X = B: ``A_0 X_k = B_k - (A_1 X_(k-1) + ... + A_k X_0)``."""
    (matrices, known), (right, known_right) = _matrices(a), _matrices(b)
    is_vector = b.order.ndim == 2
    right = [each[..., None] for each in right] if is_vector else right
    axes = max(matrices[0].ndim, right[0].ndim)
    matrices, right = ([_with_axes(each, axes) for each in part] for part in (matrices, right))
    known, regular = least(known, known_right), _regular(matrices[0])
    first = np.where(regular.reshape(-1, *(1,) * (matrices[0].ndim - 1)), matrices[0], np.eye(matrices[0].shape[-1]))
    found: list[Array] = []
    for term in range(TERMS):
        rest = sum((matrices[term - each] @ found[each] for each in range(term)), start=np.zeros(1))
        found.append(np.linalg.solve(first, right[term] - rest))
    return _from_matrices([each[..., 0] for each in found] if is_vector else found, np.where(regular, known, 0))


def _inv(x: Series) -> Series:
    return _solve(x, Series.of_numbers(np.eye(x.order.shape[-2])[..., None]))


def _det(x: Series) -> Series:
    """The last coefficient of the characteristic polynomial, by Faddeev and LeVerrier: with no division by a series."""
    size = x.order.shape[-2]
    identity = Series.of_numbers(np.eye(size)[..., None])
    product, trace = identity, ONE
    for count in range(1, size + 1):
        product = _linear(STRUCTURAL["matmul"], [x, product], ())
        diagonal = moved(lambda each: np.diagonal(each, 0, -2, -1), [product])
        trace = _sum(diagonal, -1, False) / Series.of_numbers(np.full(1, -float(count)))
        spread = moved(lambda each: each[..., None, None], [trace])
        product = product + spread * identity
    return trace if size % 2 == 0 else -trace


def _cholesky(x: Series) -> Series:
    """L where ``L Lᵀ = A``: of each coefficient's equation the half that is lower triangular."""
    matrices, known = _matrices(x)
    size = matrices[0].shape[-1]
    lower = np.tril(np.ones((size, size))) - 0.5 * np.eye(size)
    found = [np.linalg.cholesky(matrices[0])]
    for term in range(1, TERMS):
        rest = sum((found[each] @ found[term - each].swapaxes(-1, -2) for each in range(1, term)), start=np.zeros(1))
        symmetric = 0.5 * (matrices[term] + matrices[term].swapaxes(-1, -2)) - rest
        half = np.linalg.solve(found[0], np.linalg.solve(found[0], symmetric).swapaxes(-1, -2)).swapaxes(-1, -2)
        found.append(found[0] @ (half * lower))
    return _from_matrices(found, known)


def _in_order(x: Series, by: Series, axis: int, back: bool = False) -> Series:
    """In the order of other series along each ray, where the first coefficients that differ decide; or back from it."""
    rays = max(x.order.shape[-1], by.order.shape[-1])
    places = np.lexsort(np.moveaxis(by.taylor()[0], -1, 0)[::-1], axis)
    places = np.broadcast_to(np.argsort(places, axis) if back else places, (*by.order.shape[:-1], rays))

    def taken(field: Array, *axes: int) -> Array:
        whole = np.broadcast_to(field, (*x.order.shape[:-1], rays, *axes))
        return np.take_along_axis(whole, places.reshape(*places.shape, *(1 for _ in axes)), axis)

    return Series(taken(x.order), taken(x.coefficients, TERMS), taken(x.known))


#: Operations that are made of sums and primitives, so that leading terms can decide; and those that change no number.
_BY_SERIES: dict[str, Callable[..., Series]] = {
    "astype": lambda x, dtype: x,
    "norm": _norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "max": _element_by_element(lambda one, other: apply_to_series("maximum", [one, other])),
    "min": _element_by_element(lambda one, other: apply_to_series("minimum", [one, other])),
    "prod": _element_by_element(operator.mul, 1.0),
    "others": _others,
    "var": _var,
    "cross_entropy": _cross_entropy,
    "solve": _solve,
    "inv": _inv,
    "det": _det,
    "cholesky": _cholesky,
    "sort": lambda x, axis: _in_order(x, x, axis),
    "ordered": _in_order,
    "unordered": lambda g, by, axis: _in_order(g, by, axis, back=True),
    "pad": lambda x, width, value: moved(
        lambda kept, border: np.pad(kept, width, constant_values=int(border[0])),
        [x, Series.of_numbers(np.full((1, 1), value))],
    ),
}
