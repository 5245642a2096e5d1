"""The methods of Tensors that are not functions of the same arguments: primitives of the table, indexing, shapes."""

from __future__ import annotations

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
from .functions import apply_to_tensors
from .operations import STRUCTURAL, elementwise
from .tensor import Tensor, add_attribute, binary, describe, record, unary

__all__ = ["clip", "matmul_of"]


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


def _reshape_method(x: Tensor, *shape: Any) -> Tensor:
    """The same numbers in another shape: ``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
    return record(_RESHAPE, (x,), shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)


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


def _flatten_method(x: Tensor) -> Tensor:
    """All numbers along one axis."""
    return record(_RESHAPE, (x,), (-1,))


def matmul_of(x: Any, y: Any) -> Any:
    """``x @ y`` where one of them is a Tensor."""
    return binary(_MATMUL, x, y)


_RESHAPE, _TRANSPOSE, _MATMUL = (STRUCTURAL[name] for name in ("reshape", "transpose", "matmul"))
for _name, _function in {
    "clip": clip,
    "reshape": _reshape_method,
    "transpose": _transpose_method,
    "T": property(_transpose_method, doc="The axes in reverse order."),
    "astype": _astype_method,
    "flatten": _flatten_method,
    "ravel": _flatten_method,
}.items():
    add_attribute(_name, _function)


# --- what may stand in the brackets of t[...]: integers, slices, masks and integer arrays -----------------------------


def frozen_index(index: Any) -> tuple[Any, ...]:
    """An index that nobody can change: arrays are copied, Tensors are constants or comparisons.

    >>> frozen_index((slice(2), [0, 1]))
    (slice(None, 2, None), array([0, 1]))
    """
    return tuple(map(_frozen, index if isinstance(index, tuple) else (index,)))


def _frozen(index: Any) -> Any:
    if isinstance(index, Tensor):
        if recorders.count and follows([index], current_state().inputs):
            raise frozen("an index", index, "choose with where(condition, x, y), which keeps the shape")
        if index.data.dtype.kind == "f" and not _is_comparison(index):
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


def _is_comparison(index: Tensor) -> bool:
    """Whether it holds the truth of a comparison; one that was computed under ``no_grad`` does not tell its op."""
    return index.op in COMPARISONS or (index.op == "constant" and bool(np.isin(index.data, (0.0, 1.0)).all()))


TENSOR.index = frozen_index
