"""The methods of Tensors that are not functions of the same arguments: primitives of the table, indices, shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, shortened
from ..formulas.emit import COMPARISONS
from ..formulas.primitives import OPCODES, PRIMITIVES, Primitive
from ..scalar.freezing import follows, frozen
from ..scalar.hooks import TENSOR
from ..scalar.making import in_order
from ..scalar.recording import current_state, recorders
from ..scalar.value import Value
from .functions import apply_to_tensors
from .operations import STRUCTURAL, elementwise
from .tensor import Tensor, add_attribute, array_constant, as_tensor, binary, describe, record, unary

__all__ = ["clip", "is_condition", "is_operand", "matmul_of"]


def _methods_of(rule: Primitive) -> None:
    operation = elementwise(rule)
    if rule.arity == 1:

        def method(x: Tensor) -> Tensor:
            return unary(operation, x)

    elif rule.arity == 2 and rule.parameter is None:

        def method(x: Tensor, y: Any) -> Tensor:  # type: ignore[misc]
            return binary(operation, x, y)

    else:

        def method(x: Tensor, *others: Any, **named: Any) -> Tensor:  # type: ignore[misc]
            return apply_to_tensors(rule, *in_order(rule, (x, *others), named))

    method.__doc__ = f"The primitive ``{rule.name}``, element by element."
    for name in {rule.name, rule.numpy_name}:
        method.__name__ = name
        add_attribute(name, method)


for _rule in OPCODES:
    _methods_of(_rule)


def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Numbers kept between two bounds, either of which may be None."""
    minimum, maximum = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if minimum is None:
        return +x if maximum is None else apply_to_tensors(PRIMITIVES["minimum"], x, maximum)
    if maximum is None:
        return apply_to_tensors(PRIMITIVES["maximum"], x, minimum)
    return apply_to_tensors(PRIMITIVES["clip"], x, minimum, maximum)


# --- methods whose arguments are not the function's -----------------------------------------------------------------


def _reshape_method(x: Tensor, *shape: Any, order: str = "C") -> Tensor:
    """The same numbers in another shape: ``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    if order == "C":
        return record(_RESHAPE, (x,), shape)
    if order != "F":
        raise InputValueError(f"reshape: order={order!r} is not known; write 'C', the last axis first, or 'F'")
    turned = record(_RESHAPE, (_transpose_method(x),), tuple(np.atleast_1d(shape).tolist()[::-1]))
    return _transpose_method(turned)


def _transpose_method(x: Tensor, *axes: Any) -> Tensor:
    """Axes in another order: ``t.transpose()``, ``t.transpose(1, 0)`` or ``t.transpose((1, 0))``."""
    if not axes or (len(axes) == 1 and axes[0] is None):
        return record(_TRANSPOSE, (x,), None)
    return record(_TRANSPOSE, (x,), tuple(axes[0]) if isinstance(axes[0], Sequence) else axes)


def _astype_method(x: Tensor, dtype: Any) -> Tensor:
    """The numbers as float32 or float64."""
    try:
        kind = np.dtype(dtype)
    except Exception:
        raise InputTypeError(
            f"astype: {shortened(dtype)} is not a type of numbers; write np.float32 or float"
        ) from None
    if kind not in (np.float64, np.float32):
        raise InputTypeError(f"astype: {kind} has no derivatives; write t.data.astype({kind}) to leave the graph")
    return record(STRUCTURAL["astype"], (x,), kind)


def _flatten_method(x: Tensor, order: str = "C") -> Tensor:
    """All numbers along one axis."""
    return _reshape_method(x, -1, order=order)


def _transposed(x: Tensor) -> Tensor:
    return record(STRUCTURAL["swapaxes"], (x,), -1, -2)


def matmul_of(x: Any, y: Any) -> Any:
    """``x @ y`` where one of them is a Tensor."""
    return binary(_MATMUL, x, y)


_RESHAPE, _TRANSPOSE, _MATMUL, _INDEX, _TAKE = (
    STRUCTURAL[name] for name in ("reshape", "transpose", "matmul", "index", "take")
)
for _name, _function in {
    "clip": clip,
    "reshape": _reshape_method,
    "transpose": _transpose_method,
    "T": property(_transpose_method, doc="The axes in reverse order."),
    "mT": property(_transposed, doc="The last two axes exchanged."),
    "astype": _astype_method,
    "flatten": _flatten_method,
    "ravel": _flatten_method,
}.items():
    add_attribute(_name, _function)


# --- what may stand in the brackets of t[...]: integers, slices, masks, integer arrays, nodes that hold integers ------

_ALL = slice(None)


def _indexed(x: Tensor, index: Any) -> Tensor:
    """``x[index]``.

    >>> _indexed(Tensor([[1.0, 2.0], [3.0, 4.0]]), (slice(None), Value(1.0))).data.tolist()
    [2.0, 4.0]
    """
    parts = index if isinstance(index, tuple) else (index,)
    for each in parts:
        if is_operand(each):
            return _taken(x, parts)
    return record(_INDEX, (x,), _frozen_index(index))


def is_operand(index: Any) -> bool:
    """Whether it is a node that holds integers, which may be others in the replay of a program."""
    if isinstance(index, Value):
        return True
    return recorders.count > 0 and isinstance(index, Tensor) and index.dtype.kind in "iu"


# --- indices that never change ----------------------------------------------------------------------------------------


def _frozen_index(index: Any) -> tuple[Any, ...]:
    """An index that nobody can change: arrays are copied, Tensors are constants or comparisons.

    >>> _frozen_index((slice(2), [0, 1]))
    (slice(None, 2, None), array([0, 1]))
    """
    return tuple(map(_frozen, index if isinstance(index, tuple) else (index,)))


def _frozen(index: Any) -> Any:
    if isinstance(index, Tensor):
        if recorders.count and follows([index], current_state().inputs):
            raise frozen("an index", index, _ADVICE)
        if index.data.dtype.kind == "f" and not is_condition(index):
            raise InputTypeError(f"index: {describe(index)} is not an index; write integers, slices or a comparison")
        index = index.data != 0.0 if index.data.dtype.kind == "f" else index.data
    if isinstance(index, list | np.ndarray):
        try:
            return np.array(index, dtype=int) if isinstance(index, list) and not index else np.array(index)
        except ValueError as error:
            raise InputValueError(f"index: {shortened(index)}: {error}; write rows of equal lengths") from None
    if isinstance(index, int | np.integer | slice) or index is None or index is Ellipsis or isinstance(index, np.bool_):
        return index
    raise InputTypeError(f"index: {index!r} cannot stand in brackets; write integers, slices, masks or integer arrays")


_ADVICE = (
    "choose with where(condition, x, y), which keeps the shape, or by an array of integers, or with take(rows, index)"
)


def is_condition(node: Tensor | Value) -> bool:
    """Whether it holds the truth of a comparison; one that was computed under ``no_grad`` does not tell its op.

    >>> is_condition(Tensor([1.0, 2.0]) > 1.5), is_condition(Tensor([1.0, 2.0]))
    (True, False)
    """
    return node.op in COMPARISONS or (node.op == "constant" and bool(np.isin(node.data, (0.0, 1.0)).all()))


# --- indices that are operands ----------------------------------------------------------------------------------------


def _taken(x: Tensor, parts: Sequence[Any]) -> Tensor:
    """Elements at integers that are nodes, as NumPy places them: rows of the array with the indexed axes in front."""
    if len(parts) == 1:
        return record(_TAKE, (x, as_tensor(parts[0], "index")))
    parts = _an_axis_each(x, parts)
    if any(each != _ALL for each in parts if isinstance(each, slice)):
        x = x[tuple(each if isinstance(each, slice) else _ALL for each in parts)]
    places = [at for at, each in enumerate(parts) if not isinstance(each, slice)]
    others = [at for at in range(x.ndim) if at not in places]
    lengths = [x.shape[at] for at in places]
    rows: Any = record(_TRANSPOSE, (x,), (*places, *others))
    rows = record(_RESHAPE, (rows,), (math.prod(lengths), *rows.shape[len(places) :]))
    flat: Any = 0  # where each element lies among the rows; that it is one of its own axis, its own table sees to
    for position, at in enumerate(places):
        table = np.arange(lengths[position]) * math.prod(lengths[position + 1 :])
        flat = record(_TAKE, (array_constant(table), _integers(parts[at]))) + flat
    found = record(_TAKE, (rows, flat))
    first = places[0] if places[-1] - places[0] == len(places) - 1 else 0  # axes apart from each other go to the front
    if not first:
        return found
    middle, end = range(flat.ndim), range(flat.ndim + first, found.ndim)
    return record(_TRANSPOSE, (found,), (*range(flat.ndim, flat.ndim + first), *middle, *end))


def _an_axis_each(x: Tensor, parts: Sequence[Any]) -> list[Any]:
    """What stands in the brackets, for each axis."""
    for each in parts:
        if each is None or isinstance(each, bool | np.bool_) or (_dtype_of(each) == "b"):
            raise InputTypeError(
                f"index: {shortened(each)} beside a node that holds integers; write slices and integers there, and "
                "expand_dims(t, axis) or where(mask, x, y)"
            )
    dots = [at for at, each in enumerate(parts) if each is Ellipsis]
    at = dots[0] if dots else len(parts)
    missing = x.ndim - (len(parts) - len(dots))
    if missing < 0 or len(dots) > 1:
        raise InputTypeError(f"index: {len(parts)} parts in the brackets of {describe(x)}, which has {x.ndim} axes")
    return [*parts[:at], *[_ALL] * missing, *parts[at + len(dots) :]]


def _dtype_of(each: Any) -> str:
    if isinstance(each, list):
        each = np.array(each)
    return str(each.dtype.kind) if isinstance(each, np.ndarray | Tensor) else ""


def _integers(part: Any) -> Tensor:
    if isinstance(part, Tensor | Value):
        return as_tensor(part, "index")  # type: ignore[no-any-return]
    return array_constant(np.asarray(_frozen(part)))


TENSOR.index = _indexed
