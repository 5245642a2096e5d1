"""Derivatives of graphs of derivatives at a kink: what the graph is along rays that leave the point, to either side.

At a kink the table uses a value between the one-sided ones, and the mean of a product is not the product of means: the
chain rule makes 0 of the second derivative of ``abs(x)**2`` at 0, which is 2. Along a ray t -> x + t d, t > 0, each
such primitive is one smooth function, or a quotient that has a limit. So the gradient is expanded there, and along -d,
in Laurent series (:mod:`autograd_core.laurent`). If both begin with the same number and go on with the same slope,
that slope is the derivative along d. If not there is none, and what the chain rule makes of the table's values stays.

Sources: S. M. Kakade and J. D. Lee, "Provably correct automatic subdifferentiation for qualified programs", NeurIPS
(2018); A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapter 14.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import Array
from .errors import KinkWarning
from .kinks import between
from .laurent import EXACT, TERMS, Series, apply_to_series, chosen
from .operations import STRUCTURAL, Operation, rule_of
from .recording import warn_at_users_line
from .structural import axes_of
from .tensor import OF_VALUES, Tensor, describe
from .value import Value

__all__ = ["agree", "derivative_along"]

#: Numbers of the two sides that differ by this part of their size agree.
_ROUNDING = 1e-9


def derivative_along(root: Any, speeds: Mapping[Any, Array], *, warn: bool = True) -> tuple[Array, Array] | None:
    """The derivatives of a root when some nodes move along straight lines.

    Parameters
    ----------
    root
        A node of a graph of derivatives.
    speeds
        For each node that moves an array of its shape and a last axis that counts directions.
    warn
        Whether the caller should hear that nobody knows a series for an operation.

    Returns
    -------
    derivatives, exists : ndarray, of the root's shape and the axis of directions
        Where both sides agree, `exists` is true. None where nobody knows a series for an operation.

    Examples
    --------
    >>> x = Value(0.0)
    >>> derivatives, exists = derivative_along(abs(x) * x.sign(), {x: np.array([3.0])})
    >>> derivatives.tolist(), exists.tolist()
    ([3.0], [True])
    """
    try:
        with np.errstate(all="ignore"):
            found, exists = _from_both_sides(root, speeds, 0.0)
            if not all(speed.all() for speed in speeds.values()):
                # What stands still may stand at a kink all along the ray, where the table's values are no derivatives.
                beside = [_from_both_sides(root, speeds, sign) for sign in (1.0, -1.0)]
                known = beside[0][1] & beside[1][1] & agree(beside[0][0], beside[1][0])
                found, exists = np.where(known, beside[0][0], found), known | exists
            return found, exists
    except _NoSeriesError as error:
        if warn:
            warn_at_users_line(
                f"a derivative of derivatives at a kink goes through {error}, which has no series; it is what the "
                "chain rule makes of the values that the table uses there",
                KinkWarning,
            )
        return None


def _from_both_sides(root: Any, speeds: Mapping[Any, Array], bend: float) -> tuple[Array, Array]:
    """The slope at the beginning of rays, and whether it is that of the opposite ones; rays may bend, as t³ does."""
    generator = np.random.default_rng(0)
    both = {}
    for node, speed in speeds.items():
        rays = Series.of_rays(np.asarray(node.data)[..., None], np.concatenate([speed, -speed], -1))
        if bend:
            aside = bend * generator.standard_normal((*np.shape(node.data), 1))
            rays = rays + Series.of_rays(np.zeros(1), aside).times_power(2)
        both[node] = rays
    coefficients, known = _series_of(root, both).taylor()
    half = next(iter(speeds.values())).shape[-1]
    coefficients = np.broadcast_to(coefficients, (*np.shape(root.data), 2 * half, TERMS))
    known = np.broadcast_to(known, (*np.shape(root.data), 2 * half))
    here, there = coefficients[..., :half, :], coefficients[..., half:, :]
    slope, other = here[..., 1], -there[..., 1]
    exists = (known[..., :half] > 1) & (known[..., half:] > 1)
    exists &= agree(here[..., 0], there[..., 0]) & agree(slope, other)
    return np.where(slope == other, slope, 0.5 * (slope + other)), exists


def agree(one: Any, other: Any) -> Array:
    """Whether numbers are the same but for rounding."""
    found: Array = np.isfinite(one) & np.isfinite(other) & (abs(one - other) <= _ROUNDING * (abs(one) + abs(other)))
    return found


# --- series of a graph ------------------------------------------------------------------------------------------------


class _NoSeriesError(Exception):
    """An operation whose series nobody knows; it names the node."""


def _series_of(root: Any, moving: Mapping[Any, Series]) -> Series:
    """A root where some nodes move along rays, which the last axis of their series counts."""
    series = dict(moving)
    for node in between([root], set(moving)):
        operands = [
            series[each] if each in series else Series.of_numbers(np.asarray(each.data)[..., None])
            for each in node.parents
        ]
        series[node] = _as_recorded(_computed(node, operands), node, operands)
    return series[root] if root in series else Series.of_numbers(np.asarray(root.data)[..., None])


def _computed(node: Any, operands: list[Series]) -> Series:
    if isinstance(node, Value) or rule_of(node._operation) is not None:
        return apply_to_series(node.op, operands)
    if node._operation is OF_VALUES:
        return _moved(lambda *each: np.array(each).reshape(node.shape), operands, ())
    operation: Operation = node._operation
    if STRUCTURAL.get(node.op) is operation:
        if node.op in _MOVING:
            return _moved(operation.forward, operands, node._options)
        if node.op in _BY_SERIES:
            return _BY_SERIES[node.op](*operands, *node._options)
        if operation.multilinear:
            return _linear(operation.forward, operands, node._options)
    raise _NoSeriesError(describe(node))


def _as_recorded(series: Series, node: Any, operands: Sequence[Series]) -> Series:
    """With the very number that was recorded at t = 0 where it differs by rounding only, for it decides at a kink."""
    data = np.asarray(node.data)[..., None]
    coefficients, known = series.taylor()
    wrong = (known > 0) & (coefficients[..., 0] != data)
    if not wrong.any():
        return series
    sums = isinstance(node, Tensor) or node.op in ("add", "sub")
    parts = [abs(each.taylor()[0][..., 0]).max(initial=0.0) for each in operands] if sums else [0.0]
    precision = float(np.finfo(data.dtype).eps)
    rounding = 64.0 * precision * (abs(coefficients[..., 0]) + abs(data) + np.max(parts))
    rounded = wrong & (abs(coefficients[..., 0] - data) <= rounding)
    exact = np.zeros((*np.broadcast_shapes(data.shape, coefficients.shape[:-1]), TERMS)) + coefficients
    exact[..., 0] = data
    return chosen(rounded, Series(0, exact, known), series)


#: Operations that only move elements.
_MOVING = frozenset(
    (
        *("reshape", "expand_dims", "squeeze", "transpose", "swapaxes", "broadcast_to", "index", "diagonal"),
        *("concatenate", "stack"),
    )
)


def _moved(forward: Callable[..., Any], operands: Sequence[Series], options: Sequence[Any]) -> Series:
    """Move the elements: the operation is asked where each of them goes."""
    positions, start = [], 0
    for each in operands:
        shape = each.order.shape[:-1]
        positions.append(start + np.arange(math.prod(shape)).reshape(shape))
        start += math.prod(shape)
    where = np.asarray(forward(*positions, *options))
    rays = max(each.order.shape[-1] for each in operands)

    def flat(field: Callable[[Series], Array], *axes: int) -> Array:
        arrays = [np.broadcast_to(field(each), (*each.order.shape[:-1], rays, *axes)) for each in operands]
        return np.concatenate([each.reshape(-1, rays, *axes) for each in arrays])

    return Series(
        flat(lambda each: each.order)[where],
        flat(lambda each: each.coefficients, TERMS)[where],
        flat(lambda each: each.known)[where],
    )


def _linear(forward: Callable[..., Any], operands: Sequence[Series], options: Sequence[Any]) -> Series:
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
    shape = np.shape(forward(*(part[..., 0, 0] for part in parts), *options))
    result = np.zeros((*shape, rays, TERMS))
    if not is_finite:
        return Series(-TERMS, result, 0)
    for ray in range(rays):
        slices = [[(k, part[..., ray, k]) for k in range(TERMS) if part[..., ray, k].any()] for part in parts]
        for factors in itertools.product(*slices):
            term = sum(k for k, _ in factors)
            if term < TERMS:
                result[..., ray, term] += np.asarray(forward(*(each for _, each in factors), *options), float)
            else:
                exact = False
    return Series(order, result, EXACT if exact else known)


def _sum(x: Series, axis: Any, keepdims: bool = True) -> Series:
    return _linear(STRUCTURAL["sum"].forward, [x], (axis, keepdims))


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
    return total if keepdims else _moved(lambda each: np.squeeze(each, axes_of(each.ndim, axis)), [total], ())


def _extreme(name: str) -> Callable[..., Series]:
    def function(x: Series, axis: Any, keepdims: bool) -> Series:
        """Element by element, with the primitive of two arguments."""
        shape = x.order.shape[:-1]
        elements = np.arange(math.prod(shape)).reshape(shape)
        axes = axes_of(len(shape), axis)
        rows = np.moveaxis(elements, axes, range(len(axes)))
        kept = rows.shape[len(axes) :]
        found = functools.reduce(
            lambda one, other: apply_to_series(name, [one, other]),
            [_moved(lambda _, row=row: row, [x], ()) for row in rows.reshape(-1, *kept)],
        )
        if not keepdims:
            return found
        shape = tuple(1 if each in axes else length for each, length in enumerate(shape))
        return _moved(lambda each: each.reshape(shape), [found], ())

    return function


#: Operations that are made of sums and primitives, so that leading terms can decide; and those that change no number.
_BY_SERIES: dict[str, Callable[..., Series]] = {
    "astype": lambda x, dtype: x,
    "norm": _norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
    "pad": lambda x, width, value: _moved(
        lambda kept, border: np.pad(kept, width, constant_values=int(border[0])),
        [x, Series.of_numbers(np.full((1, 1), value))],
        (),
    ),
}
