"""Operations over axes: sums, extremes, products, softmax and their kin. Each with its derivative, forwards and back.

A rule is written with the functions of a namespace ``f``; see :mod:`autograd_core.array.operations`. ``g`` is the
upstream gradient, ``t`` a tangent, ``z`` the result, ``x`` the operand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..formulas.primitives import PRIMITIVES
from ..scalar.freezing import is_recorded
from .arrays import Array
from .operations import CAREFUL, PLAIN, elementwise, structural

__all__ = ["axes_of", "less_largest", "numbers"]

_exp = elementwise(PRIMITIVES["exp"]).forward
_log1p = elementwise(PRIMITIVES["log1p"]).forward
_absolute = elementwise(PRIMITIVES["abs"]).forward
PLAIN.exp = CAREFUL.exp = _exp
PLAIN.equal = CAREFUL.equal = np.equal
PLAIN.expm1 = CAREFUL.expm1 = elementwise(PRIMITIVES["expm1"]).forward


def numbers(x: Any) -> Array:
    """The array behind an array or a Tensor, for decisions that have no derivative."""
    return x if isinstance(x, np.ndarray | np.generic) else x.data  # type: ignore[return-value]


def axes_of(ndim: int, axis: Any) -> tuple[int, ...]:
    """The axes that are meant, counted from the front.

    >>> axes_of(3, None), axes_of(3, -1), axes_of(3, (0, -2))
    ((0, 1, 2), (2,), (0, 1))
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    if axes and not ndim:
        raise np.exceptions.AxisError(axes[0], ndim)
    return tuple(each % ndim for each in axes)


def _kept(x: Any, axis: Any) -> tuple[int, ...]:
    """The shape of x with length 1 along the axes."""
    axes = axes_of(x.ndim, axis)
    return tuple(1 if position in axes else length for position, length in enumerate(x.shape))


def _count(x: Any, axis: Any) -> int:
    return x.size if axis is None else math.prod([x.shape[each] for each in axes_of(x.ndim, axis)])


def _along(each: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Put the axes of a reduced array or Tensor back, with length 1."""
    return each if keepdims or each.ndim == x.ndim else each.reshape(_kept(x, axis))


def _spread(f: Any, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Broadcast a reduced array back along the axes it was reduced over."""
    return f.broadcast_to(g if axis is None and not keepdims else _along(g, x, axis, keepdims), x.shape)


# --- sum and mean ---------------------------------------------------------------------------------------------------


_added: Any = np.add.reduce
_multiplied: Any = np.multiply.reduce


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return _added(x, axis, None, None, keepdims)


def _sum_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return _spread(f, g, x, axis, keepdims)


structural("sum", _sum, (_sum_vjp,))


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype.kind != "f":
        return x.mean(axis=axis, keepdims=keepdims)
    return np.divide(_sum(x, axis, keepdims), _count(x, axis))


def _mean_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return _spread(f, f.divide(g, _count(x, axis)), x, axis, keepdims)


structural("mean", _mean, (_mean_vjp,))


# --- variance -------------------------------------------------------------------------------------------------------


def _deviation(f: Any, x: Any, axis: Any) -> Any:
    return x - f.mean(x, axis, True)


def _degrees(x: Any, axis: Any, ddof: float) -> Array:
    return np.asarray(max(_count(x, axis) - ddof, 0.0), x.dtype if x.dtype.kind == "f" else float)


def _var(x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    deviation = x - _mean(x, axis, True)
    return _sum(deviation * deviation, axis, keepdims) / _degrees(x, axis, ddof)


def _var_local(f: Any, x: Any, axis: Any, ddof: float) -> Any:
    """The derivative by each element; nan or an infinity, as the variance is, where no degree of freedom is left."""
    return _deviation(f, x, axis) * np.divide(2.0, _degrees(x, axis, ddof))


def _var_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    return f.multiply(_along(g, x, axis, keepdims), _var_local(f, x, axis, ddof))


def _var_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    return f.sum(f.multiply(t, _var_local(f, x, axis, ddof)), axis, keepdims)


structural("var", _var, (_var_vjp,), (_var_jvp,))


# --- extremes: equal ones share the derivative, as in the table -----------------------------------------------------


_larger: Any = elementwise(PRIMITIVES["maximum"]).forward
_smaller: Any = elementwise(PRIMITIVES["minimum"]).forward


def _max(x: Any, axis: Any, keepdims: bool) -> Any:
    return _larger.reduce(x, axis, None, None, keepdims)


def _min(x: Any, axis: Any, keepdims: bool) -> Any:
    return _smaller.reduce(x, axis, None, None, keepdims)


def _shares(f: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """What part of the derivative each element gets; beside a point where equal ones share it, another part."""
    point, extreme = numbers(x), numbers(z)
    reached = np.equal(point, _along(extreme, point, axis, keepdims)).astype(point.dtype)
    counts = _sum(reached, axis, True)
    if x is point or ((counts == 1.0).all() and not is_recorded()):  # a program is for other points too
        return reached / counts
    reached = f.equal(x, _along(z, x, axis, keepdims))
    return f.divide(reached, f.sum(reached, axis, True))


def _extreme_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.multiply(_along(g, x, axis, keepdims), _shares(f, z, x, axis, keepdims))


def _extreme_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.sum(f.multiply(t, _shares(f, z, x, axis, keepdims)), axis, keepdims)


structural("max", _max, (_extreme_vjp,), (_extreme_jvp,))
structural("min", _min, (_extreme_vjp,), (_extreme_jvp,))


# --- products -------------------------------------------------------------------------------------------------------


def _prod(x: Any, axis: Any, keepdims: bool) -> Any:
    return _multiplied(x, axis, None, None, keepdims)


def _axes_last(x: Any, axis: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The order of axes that moves those meant to the end, and the shape of it with those as one."""
    axes = axes_of(x.ndim, axis)
    others = tuple(each for each in range(x.ndim) if each not in axes)
    return others + axes, (*(x.shape[each] for each in others), _count(x, axis))


def _product_of_others(f: Any, x: Any, axis: Any) -> Any:
    order, flat = _axes_last(x, axis)
    moved = x.transpose(order)
    others = f.others(moved.reshape(flat)).reshape(moved.shape)
    return others.transpose(tuple(np.argsort(order).tolist()))


def _prod_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.multiply(_along(g, x, axis, keepdims), _product_of_others(f, x, axis))


def _prod_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.sum(f.multiply(t, _product_of_others(f, x, axis)), axis, keepdims)


structural("prod", _prod, (_prod_vjp,), (_prod_jvp,))


def _others(x: Any) -> Any:
    """Along the last axis, for each element the product of all others; right beside zeros, as z / x would not be."""
    before, after = np.ones_like(x), np.ones_like(x)
    np.multiply.accumulate(x[..., :-1], axis=-1, out=before[..., 1:])
    np.multiply.accumulate(x[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return before * after


def _pairs(f: Any, x: Any) -> tuple[Any, Array]:
    """In row i and column j the product of all elements but i and j; and a mask that is 0 where i = j."""
    apart = 1.0 - np.eye(x.shape[-1], dtype=x.dtype)
    rows = f.where(apart != 0.0, x.reshape((*x.shape[:-1], 1, x.shape[-1])), np.ones((), x.dtype))
    return f.others(rows), apart


def _others_vjp(f: Any, g: Any, z: Any, x: Any) -> Any:
    pairs, apart = _pairs(f, x)
    return f.sum(f.multiply(g.reshape((*g.shape, 1)), f.multiply(pairs, apart)), -2, False)


def _others_jvp(f: Any, t: Any, z: Any, x: Any) -> Any:
    pairs, apart = _pairs(f, x)
    return f.sum(f.multiply(t.reshape((*t.shape[:-1], 1, t.shape[-1])), f.multiply(pairs, apart)), -1, False)


structural("others", _others, (_others_vjp,), (_others_jvp,))


# --- logsumexp and softmax ------------------------------------------------------------------------------------------


def _largest(x: Any, axis: Any) -> Any:
    """The largest element, which is subtracted so that no exponential overflows."""
    return _larger.reduce(x, axis, None, None, True, -np.inf)


def _log_sum(shifted: Any, axis: Any) -> Any:
    """Logarithm of the sum of exponentials of numbers whose largest is 0: what the others add to 1 is not lost."""
    largest = shifted == 0.0
    powers = np.where(largest, shifted, _exp(shifted))
    return _log1p(_sum(powers, axis, True) + (np.sum(largest, axis, dtype=powers.dtype, keepdims=True) - 1.0))


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    largest = _largest(x, axis)
    shift = np.where(np.isfinite(largest), largest, np.zeros((), largest.dtype))
    kept = _log_sum(x - shift, axis) + shift
    return kept if keepdims else np.squeeze(kept, axes_of(x.ndim, axis))


def _parts(f: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """What part of the sum each exponential is: softmax. Infinite ones share it all, and parts of nothing are 0."""
    infinite = np.isinf(_along(numbers(z), x, axis, keepdims))
    if not infinite.any():
        return f.softmax(x, axis)
    endless = np.equal(numbers(x), np.inf)
    shares = (endless / _larger(_sum(endless, axis, True), 1)).astype(x.dtype)
    return f.where(infinite, shares, f.softmax(f.where(infinite, np.zeros((), x.dtype), x), axis))


def _logsumexp_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.multiply(_along(g, x, axis, keepdims), _parts(f, z, x, axis, keepdims))


def _logsumexp_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.sum(f.multiply(t, _parts(f, z, x, axis, keepdims)), axis, keepdims)


structural("logsumexp", _logsumexp, (_logsumexp_vjp,), (_logsumexp_jvp,))


def less_largest(x: Any, axis: Any) -> Any:
    """The elements less the largest one along the axes, whose exponentials cannot overflow.

    >>> less_largest(np.array([[1.0, 3.0], [5.0, 2.0]]), 1).tolist()
    [[-2.0, 0.0], [0.0, -3.0]]
    """
    if x.ndim == 2 and axis in (1, -1) and x.shape[1] < x.shape[0]:
        x = np.asfortranarray(x)  # NumPy then reduces long columns at once, not one short row after another
    return x - _largest(x, axis)


def _softmax(x: Any, axis: Any) -> Any:
    powers = _exp(less_largest(x, axis))
    return powers / _sum(powers, axis, True)


def _less_that_of_the_largest(f: Any, g: Any, z: Any, axis: Any) -> Any:
    """Gradients less that of the largest result. Softmax does not feel a shift of all; a result near 1 then has 0."""
    point = numbers(z)
    if point is not z and is_recorded():  # a program is for other points too
        largest = f.equal(z, f.max(z, axis, True))
        return g - f.sum(f.multiply(g, f.divide(largest, f.sum(largest, axis, True))), axis, True)
    largest = (point == _largest(point, axis)).astype(point.dtype)
    return g - f.sum(f.multiply(g, largest / _sum(largest, axis, True)), axis, True)


def _softmax_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any) -> Any:
    weighted = f.multiply(_less_that_of_the_largest(f, g, z, axis), z)
    return weighted - f.multiply(z, f.sum(weighted, axis, True))


structural("softmax", _softmax, (_softmax_vjp,), (_softmax_vjp,))


def _log_softmax(x: Any, axis: Any) -> Any:
    shifted = less_largest(x, axis)
    return shifted - _log_sum(shifted, axis)


def _log_softmax_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any) -> Any:
    """``g - exp(z) * sum(g)``, where a probability ``exp(z)`` close to 1 may not cancel its own part of the sum."""
    return -f.multiply(f.expm1(z), g) - f.multiply(f.exp(z), f.sum(g, axis, True) - g)


def _log_softmax_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any) -> Any:
    t = _less_that_of_the_largest(f, t, z, axis)
    return t - f.sum(f.multiply(f.exp(z), t), axis, True)


structural("log_softmax", _log_softmax, (_log_softmax_vjp,), (_log_softmax_jvp,))


# --- running sums and the Euclidean norm ----------------------------------------------------------------------------


def _cumsum(x: Any, axis: int) -> Any:
    return np.add.accumulate(x, axis)


def _cumsum_vjp(f: Any, g: Any, z: Any, x: Any, axis: int) -> Any:
    backwards = (slice(None),) * (axis % x.ndim) + (slice(None, None, -1),)
    return f.cumsum(g[backwards], axis)[backwards]


structural("cumsum", _cumsum, (_cumsum_vjp,))


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    length = np.linalg.norm(x, None, axis, keepdims)
    limits = np.finfo(length.dtype)
    if ((length > limits.tiny**0.5 / limits.eps) & np.isfinite(length)).all():
        return length
    exponents = _exponents(x, axis)
    scaled = np.linalg.norm(np.ldexp(x, -exponents), None, axis, True)
    return np.ldexp(scaled, exponents).reshape(length.shape)[()]


def _exponents(x: Any, axis: Any) -> Array:
    """Of the power of two by which to divide, so that squares neither overflow nor underflow; 0 for no number."""
    largest = np.max(_absolute(x), axis, keepdims=True, initial=0.0)
    exponents: Array = np.where(np.isfinite(largest), np.frexp(largest)[1], 0)
    return exponents


def _direction(f: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """The operand divided by its norm, and 0 where the norm is 0 and has no derivative."""
    length = _along(z, x, axis, keepdims)
    if not (numbers(length) == 0.0).any() and not is_recorded():
        return f.divide(x, length)
    return f.divide(x, f.where(f.equal(length, np.zeros((), x.dtype)), np.ones((), x.dtype), length))


def _norm_vjp(f: Any, g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.multiply(_along(g, x, axis, keepdims), _direction(f, z, x, axis, keepdims))


def _norm_jvp(f: Any, t: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return f.sum(f.multiply(t, _direction(f, z, x, axis, keepdims)), axis, keepdims)


structural("norm", _norm, (_norm_vjp,), (_norm_jvp,))
