"""NumPy's functions that are made of others: of indexing, joining, reshaping and products.

Each takes NumPy's arguments. Elements are moved by the index that NumPy itself moves, so that a place is where NumPy
puts it; a derivative goes back the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..array import functions
from ..array.elementwise import equal, where
from ..array.functions import broadcast_to, concatenate, reshape, swapaxes, tensor_from, transpose
from ..array.methods import is_operand
from ..array.shapes import axis_of, counted
from ..array.tensor import Tensor
from ..errors import InputTypeError, InputValueError
from ..scalar.freezing import is_recorded
from ..scalar.value import Value
from . import algebra
from .composed import is_nan, towards_0

__all__ = ["FUNCTIONS", "at", "move_axes", "moved", "node_of", "of_data", "where_it_is"]


def node_of(x: Any, name: str) -> Tensor:
    """What a function is given, as a node.

    >>> node_of([1.0, 2.0], "flip").shape
    (2,)
    """
    return x if isinstance(x, Tensor) else tensor_from(x, name)


def at(axis: int, index: Any) -> tuple[Any, ...]:
    """What stands in brackets to index one axis.

    >>> at(1, 0)
    (slice(None, None, None), 0)
    """
    return (*(slice(None),) * axis, index)


# --- elements moved -------------------------------------------------------------------------------------------------


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy that only moves, repeats or leaves out elements, on Tensors.

    >>> moved(np.roll)(Tensor([1.0, 2.0, 3.0]), 1).data.tolist()
    [3.0, 1.0, 2.0]
    """

    def applied(x: Any, *arguments: Any, **options: Any) -> Any:
        x = node_of(x, function.__name__)
        places = function(counted(x.shape), *arguments, **options)
        return x.reshape(-1)[places]

    return applied


def _flip(m: Any, axis: Any = None) -> Any:
    m = node_of(m, "flip")
    axes = range(m.ndim) if axis is None else [axis_of(m.ndim, each) for each in np.atleast_1d(axis)]
    return m[tuple(slice(None, None, -1) if each in axes else slice(None) for each in range(m.ndim))]


def move_axes(a: Any, source: Any, destination: Any) -> Any:
    """NumPy's moveaxis.

    >>> move_axes(Tensor([[1.0, 2.0]]), 0, 1).shape
    (2, 1)
    """
    a = node_of(a, "moveaxis")
    places = np.moveaxis(np.empty(range(2, a.ndim + 2)), source, destination).shape
    return transpose(a, [each - 2 for each in places])


def _take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    a = node_of(a, "take")
    if mode not in ("raise", "wrap", "clip"):
        raise InputValueError(f"np.take: mode={mode!r} is none of 'raise', 'wrap' and 'clip'")
    if not is_operand(indices):
        indices = np.asarray(indices, None if np.size(indices) else int)
    elif mode != "raise":
        raise InputTypeError(f"np.take: mode={mode!r} beside a node that holds integers; write remainder(i, n) or clip")
    if mode != "raise":
        count = a.size if axis is None else a.shape[axis_of(a.ndim, axis)]
        indices = np.take(np.arange(count), indices, mode=mode)  # type: ignore[call-overload]
    return a.reshape(-1)[indices] if axis is None else a[at(axis_of(a.ndim, axis), indices)]


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr = node_of(arr, "take_along_axis")
    if axis is None:
        return arr.reshape(-1)[indices if is_operand(indices) else np.asarray(indices)]
    if is_operand(indices):
        along, grid = axis_of(arr.ndim, axis), np.ix_(*map(np.arange, arr.shape))
        return arr[(*grid[:along], indices, *grid[along + 1 :])]
    places = np.take_along_axis(counted(arr.shape), np.asarray(indices), axis)
    return arr.reshape(-1)[places]


def _split_by(function: Callable[..., Any]) -> Callable[..., list[Tensor]]:
    def applied(ary: Any, indices_or_sections: Any, axis: int | None = None) -> list[Tensor]:
        ary = node_of(ary, function.__name__)
        options = {} if axis is None else {"axis": axis}
        along = 0 if axis is None else axis
        if function is np.hsplit:
            along = 1 if ary.ndim > 1 else 0
        elif function in (np.vsplit, np.dsplit):
            along = 0 if function is np.vsplit else 2
        parts = function(counted(ary.shape), indices_or_sections, **options)
        along, ends = axis_of(ary.ndim, along), np.cumsum([part.shape[along] for part in parts])
        return [
            ary[at(along, slice(int(end) - part.shape[along], int(end)))] for end, part in zip(ends, parts, strict=True)
        ]

    return applied


def _triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    def applied(m: Any, k: int = 0) -> Any:
        m = node_of(m, function.__name__)
        kept = function(np.ones(m.shape[-2:], bool), k) if m.ndim > 1 else function(np.ones(m.shape, bool), k)
        return where(kept, m, 0.0)

    return applied


def _diag(v: Any, k: int = 0) -> Any:
    v = node_of(v, "diag")
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
    parts = [node_of(each, "column_stack") for each in tup]
    return concatenate([each.reshape(-1, 1) if each.ndim < 2 else each for each in parts], 1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return concatenate([arr, values], axis)


def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    condition = _data(condition)
    return moved(lambda places: np.compress(condition, places, axis))(a)


def _extract(condition: Any, arr: Any) -> Any:
    condition = _data(condition)
    return moved(lambda places: np.extract(condition, places))(arr)


def _unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    x = node_of(x, "unstack")
    place = axis_of(x.ndim, axis)
    return tuple(x[at(place, each)] for each in range(x.shape[place]))


# --- made of others --------------------------------------------------------------------------------------------------


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product of vectors of three numbers."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = move_axes(a, axisa, -1), move_axes(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise InputValueError(f"cross: vectors of {a.shape[-1]} and {b.shape[-1]} numbers; give vectors of three")
    following, last = np.array([1, 2, 0]), np.array([2, 0, 1])
    return move_axes(a[..., following] * b[..., last] - a[..., last] * b[..., following], -1, axisc)


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Sums of products along the diagonals of an outer product."""
    a, v = node_of(a, "convolve"), node_of(v, "convolve")
    if a.ndim != 1 or v.ndim != 1 or mode not in ("full", "same", "valid"):
        raise InputValueError(
            f"convolve: shapes {a.shape} and {v.shape}, mode={mode!r}; give vectors, and 'full', 'same' or 'valid'"
        )
    if v.size > a.size:
        a, v = v, a
    places = np.arange(a.size + v.size - 1)[:, None] - np.arange(v.size)  # of a, beside each element of v
    inside = (places >= 0) & (places < a.size)
    whole = where(inside, a[np.where(inside, places, 0)], 0.0) @ v
    left = {"full": 0, "same": (v.size - 1) // 2, "valid": v.size - 1}[mode]
    return whole[left : left + {"full": whole.size, "same": a.size, "valid": a.size - v.size + 1}[mode]]


def _polyval(p: Any, x: Any) -> Any:
    total, x = 0.0, node_of(x, "polyval")
    for coefficient in p:
        total = total * x + coefficient
    return total


def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(broadcast_to(node_of(each, "broadcast_arrays"), shape) for each in args)


def _meshgrid(*xi: Any, indexing: str = "xy") -> tuple[Any, ...]:
    spread = [reshape(each, tuple(-1 if i == j else 1 for j in range(len(xi)))) for i, each in enumerate(xi)]
    grids = _broadcast_arrays(*spread)
    return tuple(swapaxes(each, 0, 1) for each in grids) if indexing == "xy" and len(xi) > 1 else grids


def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    if len(condlist) != len(choicelist):
        raise InputValueError(f"select: {len(condlist)} conditions and {len(choicelist)} choices; give as many of each")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = where(condition, choice, chosen)
    return chosen


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    x = node_of(x, "nan_to_num")
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


def _full_like(a: Any, fill_value: Any, *arguments: Any, **options: Any) -> Any:
    """An array as NumPy makes it; of a node a node."""
    if not isinstance(fill_value, Tensor | Value):
        return np.full_like(_data(a), fill_value, *arguments, **options)
    like = np.empty(a.shape, a.dtype) if isinstance(a, Tensor | Value) else a  # a program has no numbers yet
    blank = np.empty_like(like, *arguments, **options)
    return broadcast_to(node_of(fill_value, "full_like"), blank.shape).astype(blank.dtype)


def where_it_is(name: str, ours: Callable[..., Any]) -> dict[Any, Callable[..., Any]]:
    """The line of a table for a function that NumPy 2.0 lacks.

    >>> where_it_is("of_tomorrow", abs)
    {}
    """
    return {getattr(np, name): ours} if hasattr(np, name) else {}


def _data(each: Any) -> Any:
    if isinstance(each, Tensor):
        return np.array(each.data)
    return type(each)(map(_data, each)) if isinstance(each, list | tuple) else each


_MOVED: tuple[Callable[..., Any], ...] = (
    np.lib.stride_tricks.sliding_window_view,
    np.repeat,
    np.tile,
    np.roll,
    np.rot90,
    np.delete,
    np.rollaxis,
    np.fliplr,
    np.flipud,
    np.resize,
)
_ANSWERED = (
    *(np.argmax, np.argmin, np.argsort, np.argpartition, np.all, np.any, np.count_nonzero, np.nonzero, np.argwhere),
    *(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.searchsorted, np.digitize, np.iscomplexobj),
    *(np.isrealobj, np.isposinf, np.isneginf, np.iscomplex, np.isreal, np.array_repr, np.array_str, np.result_type),
    *(np.flatnonzero, np.empty_like, np.may_share_memory, np.shares_memory, np.isin, np.lexsort),
    *(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.nanargmax, np.nanargmin),
    *(np.linalg.matrix_rank,),
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
    np.moveaxis: move_axes,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.diag: _diag,
    np.tensordot: algebra.tensordot,
    np.inner: algebra.inner,
    np.vdot: algebra.vdot,
    np.kron: algebra.kron,
    np.einsum: algebra.einsum_of,
    np.linalg.slogdet: algebra.slogdet,
    np.cross: _cross,
    np.select: _select,
    np.nan_to_num: _nan_to_num,
    np.convolve: _convolve,
    np.polyval: _polyval,
    np.broadcast_arrays: _broadcast_arrays,
    np.meshgrid: _meshgrid,
    np.full_like: _full_like,
    np.compress: _compress,
    np.extract: _extract,
    **where_it_is("unstack", _unstack),
    np.diagflat: lambda v, k=0: _diag(node_of(v, "diagflat").reshape(-1), k),
    np.copy: lambda a: +a,
    np.astype: lambda x, dtype: x.astype(dtype),
    **dict.fromkeys((np.round, np.around), lambda a, decimals=0: round(a, decimals) if decimals else round(a)),
    **dict.fromkeys((np.matrix_transpose, np.linalg.matrix_transpose), lambda x: swapaxes(x, -1, -2)),
    np.linalg.matmul: algebra.matmul,
    np.linalg.outer: algebra.outer,
    np.linalg.cross: lambda x1, x2, axis=-1: _cross(x1, x2, axis=axis),
    np.linalg.trace: lambda x, offset=0: functions.trace(x, offset, -2, -1),
    np.linalg.diagonal: lambda x, offset=0: functions.diagonal(x, offset, -2, -1),
    np.linalg.tensordot: algebra.tensordot,
    np.fix: towards_0,
    np.real: lambda val: +val,
    np.real_if_close: lambda a, tol=100: +a,
}
