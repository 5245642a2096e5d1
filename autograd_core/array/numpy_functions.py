"""NumPy's functions that are made of others: of indexing, joining, reshaping, sums and products.

Each takes NumPy's arguments. Elements are moved by the index that NumPy itself moves, so that a place is where NumPy
puts it; a derivative goes back the same way. At equal elements an order is what a stable sort gives, and derivatives
follow it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError
from ..scalar.freezing import is_recorded
from . import algebra, reductions
from .elementwise import equal, is_nan, sqrt, towards_0, where
from .functions import apply_to_one, concatenate, expand_dims, reshape, tensor_from, transpose
from .shapes import axis_of, counted
from .tensor import Tensor

__all__ = ["FUNCTIONS", "METHODS", "moved", "of_data"]


def _node(x: Any, name: str) -> Tensor:
    return x if isinstance(x, Tensor) else tensor_from(x, name)


def _at(axis: int, index: Any) -> tuple[Any, ...]:
    """What stands in brackets to index one axis."""
    return (*(slice(None),) * axis, index)


# --- elements moved -------------------------------------------------------------------------------------------------


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy that only moves, repeats or leaves out elements, on Tensors.

    >>> moved(np.roll)(Tensor([1.0, 2.0, 3.0]), 1).data.tolist()
    [3.0, 1.0, 2.0]
    """

    def applied(x: Any, *arguments: Any, **options: Any) -> Any:
        x = _node(x, function.__name__)
        places = function(counted(x.shape), *arguments, **options)
        return x.reshape(-1)[places]

    return applied


def _flip(m: Any, axis: Any = None) -> Any:
    m = _node(m, "flip")
    axes = range(m.ndim) if axis is None else [axis_of(m.ndim, each) for each in np.atleast_1d(axis)]
    return m[tuple(slice(None, None, -1) if each in axes else slice(None) for each in range(m.ndim))]


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    a = _node(a, "moveaxis")
    places = np.moveaxis(np.empty(range(2, a.ndim + 2)), source, destination).shape
    return transpose(a, [each - 2 for each in places])


def _take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    a = _node(a, "take")
    indices = np.asarray(indices, None if np.size(indices) else int)
    if mode not in ("raise", "wrap", "clip"):
        raise InputValueError(f"np.take: mode={mode!r} is none of 'raise', 'wrap' and 'clip'")
    if mode != "raise":
        count = a.size if axis is None else a.shape[axis_of(a.ndim, axis)]
        indices = np.take(np.arange(count), indices, mode=mode)  # type: ignore[call-overload]
    return a.reshape(-1)[indices] if axis is None else a[_at(axis_of(a.ndim, axis), indices)]


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr = _node(arr, "take_along_axis")
    if axis is None:
        return arr.reshape(-1)[np.asarray(indices)]
    places = np.take_along_axis(counted(arr.shape), np.asarray(indices), axis)
    return arr.reshape(-1)[places]


def _split_by(function: Callable[..., Any]) -> Callable[..., list[Tensor]]:
    def applied(ary: Any, indices_or_sections: Any, axis: int | None = None) -> list[Tensor]:
        ary = _node(ary, function.__name__)
        options = {} if axis is None else {"axis": axis}
        along = 0 if axis is None else axis
        if function is np.hsplit:
            along = 1 if ary.ndim > 1 else 0
        elif function in (np.vsplit, np.dsplit):
            along = 0 if function is np.vsplit else 2
        parts = function(counted(ary.shape), indices_or_sections, **options)
        along, ends = axis_of(ary.ndim, along), np.cumsum([part.shape[along] for part in parts])
        return [
            ary[_at(along, slice(int(end) - part.shape[along], int(end)))]
            for end, part in zip(ends, parts, strict=True)
        ]

    return applied


def _triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    def applied(m: Any, k: int = 0) -> Any:
        m = _node(m, function.__name__)
        kept = function(np.ones(m.shape[-2:], bool), k) if m.ndim > 1 else function(np.ones(m.shape, bool), k)
        return where(kept, m, 0.0)

    return applied


def _diag(v: Any, k: int = 0) -> Any:
    v = _node(v, "diag")
    if v.ndim != 1:
        return v.diagonal(k)
    places = np.diag(np.arange(v.size), k)
    return where(np.diag(np.ones(v.size, bool), k), v[places], 0.0)


def _at_least(count: int) -> Callable[..., Any]:
    numpys = {1: np.atleast_1d, 2: np.atleast_2d, 3: np.atleast_3d}[count]

    def applied(*arys: Any) -> Any:
        found = [reshape(each, numpys(np.empty(np.shape(each))).shape) for each in arys]
        return found[0] if len(found) == 1 else tuple(found)

    return applied


def _joined(count: int, axis: int) -> Callable[..., Any]:
    def applied(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        if dtype is not None:
            raise InputTypeError(f"stacking Tensors with dtype={dtype!r} is not available; write t.astype({dtype!r})")
        parts = [_at_least(count)(each) for each in tup]
        return concatenate(parts, 0 if axis == 1 and parts and parts[0].ndim == 1 else axis)

    return applied


def _column_stack(tup: Any) -> Any:
    parts = [_node(each, "column_stack") for each in tup]
    return concatenate([each.reshape(-1, 1) if each.ndim < 2 else each for each in parts], 1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return concatenate([arr, values], axis)


# --- statistics -----------------------------------------------------------------------------------------------------


def _std(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return sqrt(reductions.var(a, axis, ddof, keepdims))


def _average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return reductions.mean(a, axis, keepdims)
    a = _node(a, "average")
    if np.shape(weights) != a.shape:
        if np.ndim(weights) != 1 or axis is None:
            raise InputTypeError(f"average: weights of shape {np.shape(weights)} beside {a.shape}; give the axis")
        place = axis_of(a.ndim, axis)
        weights = reshape(weights, tuple(-1 if each == place else 1 for each in range(a.ndim)))
    spread = weights + np.zeros(a.shape)
    return reductions.sum(a * weights, axis, keepdims) / reductions.sum(spread, axis, keepdims)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    a = _node(a, "diff")
    if n < 0:
        raise InputValueError(f"diff: n={n} is less than 0; write how often to take differences")
    place = axis_of(a.ndim, axis)
    for _ in range(n):
        a = a[_at(place, slice(1, None))] - a[_at(place, slice(None, -1))]
    return a


def _gradient(f: Any, *spacing: float, axis: Any = None, edge_order: int = 1) -> Any:
    """Differences of what stands on both sides, and of neighbours at the ends; one result for each axis."""
    f = _node(f, "gradient")
    axes = range(f.ndim) if axis is None else [axis_of(f.ndim, each) for each in np.atleast_1d(axis).tolist()]
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if edge_order != 1 or len(steps) != len(axes) or any(map(np.ndim, steps)):
        raise InputTypeError("gradient: give one distance for all axes or one for each, and edge_order=1")
    found = []
    for place, step in zip(axes, steps, strict=True):
        if f.shape[place] < 2:
            raise InputValueError(f"gradient: axis {place} has {f.shape[place]} elements; differences need two")
        ends = [f[_at(place, slice(1, 2))] - f[_at(place, slice(1))]]
        ends += [f[_at(place, slice(-1, None))] - f[_at(place, slice(-2, -1))]]
        between = (f[_at(place, slice(2, None))] - f[_at(place, slice(-2))]) / 2.0
        found.append(concatenate([ends[0], between, ends[1]], place) / step)
    return found[0] if len(found) == 1 else tuple(found)


def _cumprod(a: Any, axis: int | None = None) -> Any:
    """Products of rows of a triangle, which are right beside zeros too; of n elements there are n rows."""
    a = _node(a, "cumprod")
    if axis is None:
        a, axis = a.reshape(-1), 0
    place = axis_of(a.ndim, axis)
    last = _moveaxis(a, place, -1)
    rows = where(np.tri(a.shape[place], dtype=bool), expand_dims(last, -2), np.ones((), a.dtype))
    return _moveaxis(reductions.prod(rows, -1), -1, place)


def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    a = _node(a, "sort")
    if axis is None:
        a, axis = a.reshape(-1), 0
    return apply_to_one("sort", a, axis_of(a.ndim, axis))


def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    a = _node(a, "partition")
    if axis is None:
        a, axis = a.reshape(-1), 0
    return _take_along_axis(a, np.argpartition(a.data, kth, axis), axis)


def _median(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two in the middle; nan if there is one."""
    a = _node(a, "median")
    axes = tuple(range(a.ndim)) if axis is None else tuple(axis_of(a.ndim, each) for each in np.atleast_1d(axis))
    others = [each for each in range(a.ndim) if each not in axes]
    flat = a.transpose([*others, *axes]).reshape((*(a.shape[each] for each in others), -1))
    count = flat.shape[-1]
    if not count:
        raise InputValueError("median: there are no numbers; give at least one")
    ordered = _sort(flat)
    middle = reductions.mean(ordered[..., (count - 1) // 2 : count // 2 + 1], -1)
    if is_recorded() or np.isnan(flat.data).any():
        last = ordered[..., -1]  # nan, if there is one
        middle = where(is_nan(last), last, middle)
    return middle.reshape(tuple(1 if i in axes else n for i, n in enumerate(a.shape))) if keepdims else middle


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product of vectors of three numbers."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = _moveaxis(a, axisa, -1), _moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise InputValueError(f"cross: vectors of {a.shape[-1]} and {b.shape[-1]} numbers; give vectors of three")
    following, last = np.array([1, 2, 0]), np.array([2, 0, 1])
    return _moveaxis(a[..., following] * b[..., last] - a[..., last] * b[..., following], -1, axisc)


def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    if len(condlist) != len(choicelist):
        raise InputValueError(f"select: {len(condlist)} conditions and {len(choicelist)} choices; give as many of each")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = where(condition, choice, chosen)
    return chosen


def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return reductions.max(a, axis, keepdims) - reductions.min(a, axis, keepdims)


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    x = _node(x, "nan_to_num")
    limits = np.finfo(x.dtype)
    top, bottom = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    x = where(is_nan(x), nan, x)
    of = x if is_recorded() else x.data
    return where(equal(of, np.inf), top, where(equal(of, -np.inf), bottom, x))


# --- questions without a derivative, and the tables -----------------------------------------------------------------


def of_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """A question that no derivative belongs to; its answer is a plain array.

    >>> of_data(np.argmax)(Tensor([1.0, 3.0, 2.0]))
    np.int64(1)
    """

    def applied(*arguments: Any, **options: Any) -> Any:
        return function(*map(_data, arguments), **{name: _data(each) for name, each in options.items()})

    return applied


def _data(each: Any) -> Any:
    if isinstance(each, Tensor):
        return np.array(each.data)
    return type(each)(map(_data, each)) if isinstance(each, list | tuple) else each


_MOVED = (np.repeat, np.tile, np.roll, np.rot90, np.delete, np.rollaxis, np.fliplr, np.flipud, np.resize)
_ANSWERED = (
    *(np.argmax, np.argmin, np.argsort, np.all, np.any, np.count_nonzero, np.nonzero, np.argwhere, np.flatnonzero),
    *(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.searchsorted, np.digitize, np.iscomplexobj),
    *(np.isrealobj, np.isposinf, np.isneginf, np.iscomplex, np.isreal, np.array_repr, np.array_str, np.result_type),
    *(np.empty_like, np.full_like, np.may_share_memory, np.shares_memory),
)
#: By NumPy's function, ours.
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{each: moved(each) for each in _MOVED},
    **{each: of_data(each) for each in _ANSWERED},
    **{each: _split_by(each) for each in (np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit)},
    **{each: _triangle(each) for each in (np.tril, np.triu)},
    **{each: _at_least(count) for count, each in enumerate((np.atleast_1d, np.atleast_2d, np.atleast_3d), 1)},
    np.vstack: _joined(2, 0),
    np.hstack: _joined(1, 1),
    np.dstack: _joined(3, 2),
    np.column_stack: _column_stack,
    np.append: _append,
    np.flip: _flip,
    np.moveaxis: _moveaxis,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.diag: _diag,
    np.tensordot: algebra.tensordot,
    np.inner: algebra.inner,
    np.vdot: algebra.vdot,
    np.kron: algebra.kron,
    np.einsum: algebra.einsum_of,
    np.linalg.slogdet: algebra.slogdet,
    np.std: _std,
    np.average: _average,
    np.diff: _diff,
    np.cumprod: _cumprod,
    np.sort: _sort,
    np.median: _median,
    np.ptp: _ptp,
    np.gradient: _gradient,
    np.partition: _partition,
    np.cross: _cross,
    np.select: _select,
    np.nan_to_num: _nan_to_num,
    np.copy: lambda a: +a,
    np.round: lambda a, decimals=0: round(a) if not decimals else round(a, decimals),
    np.fix: towards_0,
    np.real: lambda val: +val,
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
