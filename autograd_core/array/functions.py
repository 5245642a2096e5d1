"""The functions of Tensors that work element by element, move elements or join them: under NumPy's names.

Each takes Tensors, arrays, numbers and (nested lists of) Values. If a node is among its operands, the result is a
Tensor; else it is what NumPy gives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, shortened
from ..formulas.primitives import Primitive
from ..scalar.conversion import is_one_of, number_from, real_array
from ..scalar.hooks import TENSOR
from ..scalar.value import Value
from . import cross_entropy, linear_algebra, shapes, structural  # noqa: F401 (they fill the table of structural operations)
from .arrays import quietly, values_in
from .operations import STRUCTURAL, elementwise
from .tensor import Tensor, add_attribute, as_tensor, record, refusal, unary

__all__ = [
    "Axis",
    "apply_to_all",
    "apply_to_one",
    "apply_to_tensors",
    "broadcast_to",
    "concatenate",
    "diagonal",
    "expand_dims",
    "method",
    "ndim_of",
    "pad",
    "reshape",
    "squeeze",
    "stack",
    "swapaxes",
    "tensor_from",
    "trace",
    "transpose",
]

Axis = int | tuple[int, ...] | None


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a method of Tensor too."""
    add_attribute(function.__name__, function)
    return function


def apply_to_one(name: str, x: Any, *options: Any) -> Any:
    """Apply a structural operation: a Tensor for a node, else an array."""
    if isinstance(x, Tensor):
        return record(STRUCTURAL[name], (x,), *options)
    return apply_to_all(name, (x,), *options)


def apply_to_all(name: str, operands: Sequence[Any], *options: Any) -> Any:
    """A Tensor if a node is among the operands, else the array."""
    if any(isinstance(each, Tensor) for each in operands) or any(
        values_in(each, name) is not None for each in operands
    ):
        return record(STRUCTURAL[name], tuple(tensor_from(each, name) for each in operands), *options)
    arrays = [real_array(each, name) for each in operands]
    try:
        return quietly().run(STRUCTURAL[name].forward, *arrays, *options)
    except Exception as error:
        raise refusal(STRUCTURAL[name], arrays, error) from None


def tensor_from(each: Any, name: str) -> Tensor:
    """A Tensor of an operand, or an error that says what it should have been."""
    made = as_tensor(each, name)
    if made is NotImplemented:
        raise InputTypeError(
            f"{name}: {each!r} is not a Tensor, an array or a number; write Tensor(...) of its numbers"
        )
    return made  # type: ignore[no-any-return]


# --- the primitives of the table ------------------------------------------------------------------------------------


def apply_to_tensors(rule: Primitive, *arguments: Any) -> Tensor:
    """Apply a primitive of the table, element by element and with broadcasting.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> apply_to_tensors(PRIMITIVES["hypot"], Tensor([3.0, 6.0]), [4.0, 8.0]).data.tolist()
    [5.0, 10.0]
    """
    if rule.arity == 1 and len(arguments) == 1 and isinstance(arguments[0], Tensor):
        return unary(elementwise(rule), arguments[0])
    arguments = rule.complete(arguments)
    if rule.parameter is not None and getattr(arguments[-1], "differentiable", False):
        raise InputTypeError(
            f"{rule.name}: the parameter is a node, and {rule.name} has no derivative by it; "
            f"write a number{', or use prelu' if rule.name == 'leaky_relu' else ''}"
        )
    kinds = [each.dtype for each in arguments if isinstance(each, Tensor) and each.dtype.kind == "f"]
    common = np.result_type(*kinds) if kinds else None
    operands = tuple(as_tensor(each, rule.name, common) for each in arguments)
    for given, operand in zip(arguments, operands, strict=True):
        if operand is NotImplemented:
            raise InputTypeError(f"{rule.name}: {given!r} is not a number, an array or a node")
    return record(elementwise(rule), operands)


def _apply_beside_tensors(rule: Primitive, *arguments: Any) -> Any:
    if any(isinstance(each, Tensor) for each in arguments):
        return apply_to_tensors(rule, *arguments)
    return NotImplemented


TENSOR.apply = _apply_beside_tensors


# --- shapes ---------------------------------------------------------------------------------------------------------


def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same numbers in another shape, in the order of the last axis first.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1)).shape
    (2, 2)
    """
    return apply_to_one("reshape", x, _shape_from(shape, "reshape"))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Axes in another order; reversed by default.

    >>> transpose(Tensor(np.ones((2, 3, 4)))).shape, transpose(Tensor(np.ones((2, 3, 4))), (0, 2, 1)).shape
    ((4, 3, 2), (2, 4, 3))
    """
    return apply_to_one("transpose", x, axes if axes is None else _shape_from(axes, "transpose"))


@method
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> swapaxes(Tensor(np.ones((2, 3, 4))), 0, -1).shape
    (4, 3, 2)
    """
    return apply_to_one("swapaxes", x, axis1, axis2)


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """New axes of length 1.

    >>> expand_dims(Tensor([1.0, 2.0]), 0).shape
    (1, 2)
    """
    return apply_to_one("expand_dims", x, axis)


@method
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Axes of length 1 (all of them by default) taken away.

    >>> squeeze(Tensor([[1.0, 2.0]])).shape
    (2,)
    """
    return apply_to_one("squeeze", x, axis)


def broadcast_to(x: Any, shape: int | Sequence[int]) -> Any:
    """Numbers repeated along new axes and axes of length 1, without a copy.

    >>> broadcast_to(Tensor([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    return apply_to_one("broadcast_to", x, _shape_from(shape, "broadcast_to"))


@method
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements whose two indices differ by the offset.

    >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]])).data.tolist()
    [1.0, 4.0]
    """
    return apply_to_one("diagonal", x, offset, axis1, axis2)


@method
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal.

    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]])).item()
    5.0
    """
    return apply_to_one("trace", x, offset, axis1, axis2)


def pad(x: Any, pad_width: Any, constant_values: float = 0.0) -> Any:
    """A border of a constant around the numbers.

    Parameters
    ----------
    x
        The numbers.
    pad_width
        How many to put before and after, as in NumPy: a number, a pair, or a pair for each axis.
    constant_values
        The number to put there.

    Examples
    --------
    >>> pad(Tensor([1.0, 2.0]), (1, 2)).data.tolist()
    [0.0, 1.0, 2.0, 0.0, 0.0]
    """
    ndim = ndim_of(x, "pad")
    try:
        pairs = np.broadcast_to(np.asarray(pad_width), (ndim, 2)).tolist()
    except ValueError:
        raise InputValueError(
            f"pad: pad_width={shortened(pad_width)} does not fit {ndim} axes; write (before, after) for each axis"
        ) from None
    if isinstance(constant_values, Tensor | Value):
        raise InputTypeError("pad: constant_values is one plain number; use concatenate to pad with nodes")
    return apply_to_one("pad", x, tuple(map(tuple, pairs)), number_from(constant_values, "pad: constant_values"))


def ndim_of(x: Any, name: str) -> int:
    """How many axes an operand has."""
    if isinstance(x, Tensor):
        return x.ndim
    values = values_in(x, name)
    return (real_array(x, name) if values is None else values).ndim


def _shape_from(given: Any, what: str) -> tuple[int, ...]:
    """Lengths or axes as a tuple; one number is one of them."""
    try:
        return tuple(map(operator.index, given if np.iterable(given) else (given,)))
    except TypeError:
        raise InputTypeError(
            f"{what}: {shortened(given)} is not a tuple of integers; write for example (2, 3)"
        ) from None


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Arrays joined along an axis they have.

    >>> concatenate([Tensor([1.0]), np.array([2.0, 3.0])]).data.tolist()
    [1.0, 2.0, 3.0]
    """
    return apply_to_all("concatenate", _several(arrays, "concatenate"), axis)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays joined along a new axis; a list of Values becomes a Tensor, through which gradients flow.

    >>> a, b = Value(2.0), Value(3.0)
    >>> (stack([a, b]) * [10.0, 20.0]).sum().backward()
    >>> a.grad, b.grad
    (10.0, 20.0)
    """
    arrays = _several(arrays, "stack")
    if is_one_of(axis, (0, -1)) and all(isinstance(each, Value | float | int) for each in arrays):
        values = values_in(arrays, "stack")
        if values is not None:
            return Tensor(values)
    return apply_to_all("stack", arrays, axis)


def _several(arrays: Any, name: str) -> list[Any]:
    if isinstance(arrays, Value) or not isinstance(arrays, Tensor | Sequence | np.ndarray):
        raise InputTypeError(f"{name}: {arrays!r} is not a list of arrays; write {name}([a, b])")
    several = list(arrays)
    if not several:
        raise InputValueError(f"{name}: the list is empty; give at least one array")
    return several
