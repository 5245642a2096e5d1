"""NumPy's functions of the order, the mean and the differences of numbers, made of sorting, sums and indexing.

At equal elements an order is what a stable sort gives, and derivatives follow it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..array import reductions
from ..array.elementwise import sqrt, where
from ..array.functions import apply_to_one, concatenate, expand_dims, reshape, stack
from ..array.shapes import axis_of, counted
from ..array.tensor import Tensor
from ..errors import InputTypeError, InputValueError
from ..scalar.freezing import is_recorded
from . import arrays
from .arrays import at, move_axes, node_of
from .composed import is_nan

__all__ = ["FUNCTIONS", "METHODS"]


def _std(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return sqrt(reductions.var(a, axis, ddof, keepdims))


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    start, stop = node_of(start, "linspace"), node_of(stop, "linspace")
    shares = np.linspace(0.0, 1.0, num, endpoint, dtype=np.result_type(start.dtype, stop.dtype, np.float32))
    shares = shares.reshape((-1, *(1,) * max(start.ndim, stop.ndim)))
    return move_axes(start * (1.0 - shares) + stop * shares, 0, axis)  # so that both ends are exact


def _average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return reductions.mean(a, axis, keepdims)
    a = node_of(a, "average")
    if np.shape(weights) != a.shape:
        if np.ndim(weights) != 1 or axis is None:
            raise InputTypeError(f"average: weights of shape {np.shape(weights)} beside {a.shape}; give the axis")
        place = axis_of(a.ndim, axis)
        weights = reshape(weights, tuple(-1 if each == place else 1 for each in range(a.ndim)))
    spread = weights + np.zeros(a.shape, a.dtype)
    return reductions.sum(a * weights, axis, keepdims) / reductions.sum(spread, axis, keepdims)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    a = node_of(a, "diff")
    if n < 0:
        raise InputValueError(f"diff: n={n} is less than 0; write how often to take differences")
    place = axis_of(a.ndim, axis)
    for _ in range(n):
        a = a[at(place, slice(1, None))] - a[at(place, slice(None, -1))]
    return a


def _gradient(f: Any, *spacing: float, axis: Any = None, edge_order: int = 1) -> Any:
    """Differences of what stands on both sides, and of neighbours at the ends; one result for each axis."""
    f = node_of(f, "gradient")
    axes = range(f.ndim) if axis is None else [axis_of(f.ndim, each) for each in np.atleast_1d(axis).tolist()]
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if edge_order != 1 or len(steps) != len(axes) or any(map(np.ndim, steps)):
        raise InputTypeError("gradient: give one distance for all axes or one for each, and edge_order=1")
    found = []
    for place, step in zip(axes, steps, strict=True):
        if f.shape[place] < 2:
            raise InputValueError(f"gradient: axis {place} has {f.shape[place]} elements; differences need two")
        ends = [f[at(place, slice(1, 2))] - f[at(place, slice(1))]]
        ends += [f[at(place, slice(-1, None))] - f[at(place, slice(-2, -1))]]
        between = (f[at(place, slice(2, None))] - f[at(place, slice(-2))]) / 2.0
        found.append(concatenate([ends[0], between, ends[1]], place) / step)
    return found[0] if len(found) == 1 else tuple(found)


def _cumprod(a: Any, axis: int | None = None) -> Any:
    """Products of rows of a triangle, which are right beside zeros too; of n elements there are n rows."""
    a = node_of(a, "cumprod")
    if axis is None:
        a, axis = a.reshape(-1), 0
    place = axis_of(a.ndim, axis)
    last = move_axes(a, place, -1)
    rows = where(np.tri(a.shape[place], dtype=bool), expand_dims(last, -2), np.ones((), a.dtype))
    return move_axes(reductions.prod(rows, -1), -1, place)


def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    a = node_of(a, "sort")
    if axis is None:
        a, axis = a.reshape(-1), 0
    return apply_to_one("sort", a, axis_of(a.ndim, axis))


def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """In the order of ``sort``, which is one of those that a partition may have, and which programs ask for anew."""
    a = node_of(a, "partition")
    np.partition(counted(a.shape), kth, axis)  # raises where there is no such place
    return _sort(a, axis)


def _ordered(a: Any, axis: Any, name: str) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Numbers in their order along the last axis, into which others go; where the last is nan; and the shape kept."""
    a = node_of(a, name)
    axes = tuple(range(a.ndim)) if axis is None else tuple(axis_of(a.ndim, each) for each in np.atleast_1d(axis))
    others = [each for each in range(a.ndim) if each not in axes]
    flat = a.transpose([*others, *axes]).reshape((*(a.shape[each] for each in others), -1))
    if not flat.shape[-1]:
        raise InputValueError(f"{name}: there are no numbers; give at least one")
    return _sort(flat), flat, tuple(1 if i in axes else n for i, n in enumerate(a.shape))


def _or_nan(found: Any, ordered: Tensor, flat: Tensor) -> Any:
    """What was found, or nan where that is one of the numbers."""
    if not is_recorded() and not np.isnan(flat.data).any():
        return found
    last = ordered[..., -1]
    return where(is_nan(last), last, found)


def _median(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two in the middle; nan if there is one."""
    ordered, flat, kept = _ordered(a, axis, "median")
    count = flat.shape[-1]
    middle = _or_nan(reductions.mean(ordered[..., (count - 1) // 2 : count // 2 + 1], -1), ordered, flat)
    return middle.reshape(kept) if keepdims else middle


def _quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Between neighbours in their order, on the straight line; one for each number of q, along a first axis."""
    if method != "linear":
        raise InputTypeError(f"quantile: method={method!r} is not available for a Tensor; leave it out")
    ordered, flat, kept = _ordered(a, axis, "quantile")
    if not np.all((np.asarray(q) >= 0.0) & (np.asarray(q) <= 1.0)):
        raise InputValueError(f"quantile: q={q!r} is not from 0 to 1 (of percentile: to 100)")

    def at_share(share: float) -> Any:
        place = share * (flat.shape[-1] - 1)
        below = int(place)
        found = ordered[..., below]
        if place > below:
            found = found + (ordered[..., below + 1] - found) * (place - below)
        found = _or_nan(found, ordered, flat)
        return found.reshape(kept) if keepdims else found

    return at_share(float(q)) if np.ndim(q) == 0 else stack([at_share(each) for each in np.ravel(q).tolist()])


def _percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    return _quantile(a, np.asarray(q) / 100.0, axis, method=method, keepdims=keepdims)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = move_axes(y, axis, -1)
    steps = dx if x is None else _diff(x) if np.ndim(x) == 1 else _diff(move_axes(x, axis, -1))
    return reductions.sum((y[..., 1:] + y[..., :-1]) * steps / 2.0, -1)


def _nansum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    a = node_of(a, "nansum")
    return reductions.sum(where(is_nan(a), 0.0, a), axis, keepdims)


def _nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    a = node_of(a, "nanmean")
    present = where(is_nan(a), np.zeros((), a.dtype), np.ones(a.shape, a.dtype))
    return _nansum(a, axis, keepdims) / reductions.sum(present, axis, keepdims)


def _vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    x = node_of(x, "vector_norm")
    if axis is not None:
        return reductions.norm(x, ord, axis, keepdims)
    length = reductions.norm(x.reshape(-1), ord)
    return length.reshape((1,) * x.ndim) if keepdims else length


def _matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return reductions.norm(x, ord, (-2, -1), keepdims)


def _vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return reductions.sum(node_of(x1, "vecdot") * x2, axis)


def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return reductions.max(a, axis, keepdims) - reductions.min(a, axis, keepdims)


# --- the tables ------------------------------------------------------------------------------------------------------

#: By NumPy's function, ours.
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **arrays.FUNCTIONS,
    np.amax: reductions.max,
    np.amin: reductions.min,
    **arrays.where_it_is("cumulative_sum", lambda x, *, axis=None: reductions.cumsum(x, axis)),
    **arrays.where_it_is("cumulative_prod", lambda x, *, axis=None: _cumprod(x, axis)),
    np.linspace: _linspace,
    np.std: _std,
    np.average: _average,
    np.diff: _diff,
    np.cumprod: _cumprod,
    np.sort: _sort,
    np.median: _median,
    np.quantile: _quantile,
    np.percentile: _percentile,
    np.trapezoid: _trapezoid,
    np.nansum: _nansum,
    np.nanmean: _nanmean,
    np.linalg.vector_norm: _vector_norm,
    np.linalg.matrix_norm: _matrix_norm,
    np.linalg.vecdot: _vecdot,
    np.ptp: _ptp,
    np.gradient: _gradient,
    np.partition: _partition,
}


def _copy(x: Tensor) -> Tensor:
    """A node of its own with the same numbers."""
    return +x


def _tolist(x: Tensor) -> Any:
    """The numbers in nested lists."""
    return x.data.tolist()


def _method_of(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(x: Tensor, *arguments: Any, **options: Any) -> Any:
        return FUNCTIONS[function](x, *arguments, **options)

    method.__name__ = function.__name__
    method.__doc__ = f"See ``np.{function.__name__}``."
    return method


#: By name, what Tensors have as arrays do.
METHODS: dict[str, Callable[..., Any]] = {
    **{
        each.__name__: _method_of(each)
        for each in (np.repeat, np.take, np.std, np.cumprod, np.argmax, np.argmin, np.argsort, np.all, np.any, np.round)
    },
    "copy": _copy,
    "tolist": _tolist,
}
