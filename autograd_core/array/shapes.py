"""Operations that move numbers and change none: shapes, axes, indices, sorting, diagonals, padding, joining.

Each is linear, if sorting is by the numbers of another operand.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .arrays import sum_to_shape
from .operations import Every, structural

__all__ = ["axis_of", "counted", "is_basic"]


# --- shapes and axes ------------------------------------------------------------------------------------------------


def _reshape(x: Any, shape: Any) -> Any:
    return x.reshape(shape)


def _back_to_shape(f: Any, g: Any, z: Any, x: Any, *_: Any) -> Any:
    return g.reshape(x.shape)


def _transpose(x: Any, axes: Any) -> Any:
    return x.transpose(axes)


def _transpose_vjp(f: Any, g: Any, z: Any, x: Any, axes: Any) -> Any:
    if axes is None:
        return g.transpose()
    back = [0] * x.ndim
    for position, axis in enumerate(axes):
        back[axis] = position
    return g.transpose(tuple(back))


def _swapaxes(x: Any, first: int, second: int) -> Any:
    return x.swapaxes(first, second)


def _broadcast_vjp(f: Any, g: Any, z: Any, x: Any, shape: Any) -> Any:
    return sum_to_shape(g, x.shape)


def _astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


structural("reshape", _reshape, (_back_to_shape,))
structural("expand_dims", np.expand_dims, (_back_to_shape,))
structural("squeeze", np.squeeze, (_back_to_shape,))
structural("transpose", _transpose, (_transpose_vjp,))
structural("swapaxes", _swapaxes, (lambda f, g, z, x, first, second: g.swapaxes(first, second),))
structural("broadcast_to", np.broadcast_to, (_broadcast_vjp,))
structural("astype", _astype, (lambda f, g, z, x, dtype: f.astype(g, x.dtype),))


# --- indices --------------------------------------------------------------------------------------------------------


def is_basic(index: Any) -> bool:
    """Whether an index takes no element twice by its form: integers, slices, masks.

    >>> is_basic((slice(None), 1)), is_basic(np.array([0, 0])), is_basic(np.array([True, False]))
    (True, False, True)
    """
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(each, np.ndarray) and each.dtype.kind != "b" for each in parts)


def _index(x: Any, index: Any) -> Any:
    return x[index]


def _scatter(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros with g added at an index; an element that the index takes twice gets both."""
    result = np.zeros(shape, g.dtype)
    if is_basic(index):
        result[index] = g
    else:
        np.add.at(result, index, g)
    return result


structural("index", _index, (lambda f, g, z, x, index: f.scatter(g, x.shape, index),))
structural("scatter", _scatter, (lambda f, g, z, x, shape, index: f.index(g, index),))


# --- rows at an index that is an operand ------------------------------------------------------------------------------


def _take(x: Any, index: Any) -> Any:
    return x[_whole(index)]


def _put_rows(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with rows added at an index."""
    result = np.zeros(shape, g.dtype)
    np.add.at(result, _whole(index), g)
    return result


def _whole(index: Any) -> Any:
    """An index as integers; a Value's comes as a float."""
    if index.dtype.kind in "iu":
        return index
    whole = index.astype(np.int64)
    if not np.array_equal(whole, index):
        raise IndexError(f"index {index.ravel()[np.flatnonzero(whole != index)[0]]:g} is not an integer")
    return whole


structural("take", _take, (lambda f, g, z, x, index: f.put_rows(g, index, x.shape), lambda *_: None))
structural("put_rows", _put_rows, (lambda f, g, z, x, index, shape: f.take(g, index), lambda *_: None))


def counted(shape: tuple[int, ...]) -> Any:
    """Where each element is, counted through the whole array.

    >>> counted((2, 3)).tolist()
    [[0, 1, 2], [3, 4, 5]]
    """
    return np.arange(math.prod(shape)).reshape(shape)


# --- in the order of size, equal ones as they stand -------------------------------------------------------------------


def _ordered(x: Any, by: Any, axis: int) -> Any:
    """Numbers in the order of others."""
    return np.take_along_axis(x, np.argsort(by, axis, kind="stable"), axis)


def _unordered(g: Any, by: Any, axis: int) -> Any:
    """And back to where they were."""
    result = np.empty_like(g)
    np.put_along_axis(result, np.argsort(by, axis, kind="stable"), g, axis)
    return result


structural(
    "sort",
    lambda x, axis: _ordered(x, x, axis),
    (lambda f, g, z, x, axis: f.unordered(g, x, axis),),
    (lambda f, t, z, x, axis: f.ordered(t, x, axis),),
)
structural(
    "ordered",
    _ordered,
    (lambda f, g, z, x, by, axis: f.unordered(g, by, axis), lambda *_: None),
    (lambda f, t, z, x, by, axis: f.ordered(t, by, axis), lambda *_: None),
)
structural(
    "unordered",
    _unordered,
    (lambda f, h, z, g, by, axis: f.ordered(h, by, axis), lambda *_: None),
    (lambda f, t, z, g, by, axis: f.unordered(t, by, axis), lambda *_: None),
)


# --- diagonals ------------------------------------------------------------------------------------------------------


def _diagonal(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return np.diagonal(x, offset, axis1, axis2)


def _on_diagonal(g: Any, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Any:
    """Zeros with g along a diagonal."""
    result = np.zeros(shape, g.dtype)
    view = np.diagonal(result, offset, axis1, axis2).view()
    view.setflags(write=True)
    view[...] = g
    return result


def _trace(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return np.trace(x, offset, axis1, axis2)


def _trace_vjp(f: Any, g: Any, z: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    along = g.reshape((*g.shape, 1))
    return f.on_diagonal(along, x.shape, offset, axis1, axis2)


def _on_diagonal_vjp(
    f: Any, g: Any, z: Any, x: Any, shape: tuple[int, ...], offset: int, axis1: int, axis2: int
) -> Any:
    return sum_to_shape(f.diagonal(g, offset, axis1, axis2), x.shape)


structural(
    "diagonal",
    _diagonal,
    (lambda f, g, z, x, offset, axis1, axis2: f.on_diagonal(g, x.shape, offset, axis1, axis2),),
)
structural("on_diagonal", _on_diagonal, (_on_diagonal_vjp,))
structural("trace", _trace, (_trace_vjp,))


# --- padding and joining --------------------------------------------------------------------------------------------


def _pad(x: Any, width: tuple[tuple[int, int], ...], value: Any) -> Any:
    return np.pad(x, width, constant_values=value)


def _pad_vjp(f: Any, g: Any, z: Any, x: Any, width: tuple[tuple[int, int], ...], value: Any) -> Any:
    return g[tuple(slice(before, before + n) for (before, _), n in zip(width, x.shape, strict=True))]


structural("pad", _pad, (_pad_vjp,), (lambda f, t, z, x, width, value: f.pad(t, width, 0.0),))


def _concatenate(*arguments: Any) -> Any:
    return np.concatenate(arguments[:-1], arguments[-1])


def _concatenate_vjp(position: int, f: Any, g: Any, z: Any, *arguments: Any) -> Any:
    *inputs, axis = arguments
    if axis is None:
        start = sum(each.size for each in inputs[:position])
        return g[start : start + inputs[position].size].reshape(inputs[position].shape)
    axis %= z.ndim
    start = sum(each.shape[axis] for each in inputs[:position])
    return g[(slice(None),) * axis + (slice(start, start + inputs[position].shape[axis]),)]


def _stack(*arguments: Any) -> Any:
    return np.stack(arguments[:-1], arguments[-1])


def _stack_vjp(position: int, f: Any, g: Any, z: Any, *arguments: Any) -> Any:
    return g[(slice(None),) * (arguments[-1] % z.ndim) + (position,)]


def _joined_jvp(name: str) -> Every:
    def jvp(position: int, f: Any, t: Any, z: Any, *arguments: Any) -> Any:
        *inputs, axis = arguments
        still = [np.zeros(each.shape, each.dtype) for each in inputs]
        return getattr(f, name)(*still[:position], t, *still[position + 1 :], axis)

    return Every(jvp)


structural("concatenate", _concatenate, Every(_concatenate_vjp), _joined_jvp("concatenate"))
structural("stack", _stack, Every(_stack_vjp), _joined_jvp("stack"))


def axis_of(ndim: int, axis: Any) -> int:
    """The axis counted from the front, or NumPy's error.

    >>> axis_of(3, -1)
    2
    """
    place = operator.index(axis)
    if not -ndim <= place < ndim:
        raise np.exceptions.AxisError(place, ndim)
    return place % ndim
