"""The functions of Tensors: under NumPy's names and with its arguments; also as methods, where NumPy has them.

Each takes Tensors, arrays, numbers and (nested lists of) Values. If a node is among its operands, the result is a
Tensor; else it is what NumPy gives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..errors import InputTypeError, InputValueError, shortened
from ..formulas.primitives import PRIMITIVES, Primitive
from ..scalar.conversion import is_one_of, number_from, real_array
from ..scalar.hooks import TENSOR
from ..scalar.value import Value
from . import cross_entropy, linear_algebra, shapes, structural  # noqa: F401 (they fill the table of structural operations)
from .arrays import quietly
from .operands import values_in
from .operations import STRUCTURAL, elementwise
from .structural import numbers
from .tensor import Tensor, add_attribute, as_tensor, record, refusal, unary

__all__ = [
    "apply_to_all",
    "apply_to_one",
    "apply_to_tensors",
    "broadcast_to",
    "concatenate",
    "cumsum",
    "diagonal",
    "expand_dims",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "method",
    "min",
    "ndim_of",
    "norm",
    "pad",
    "prod",
    "reshape",
    "softmax",
    "squeeze",
    "stack",
    "sum",
    "swapaxes",
    "tensor_from",
    "trace",
    "transpose",
    "var",
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


# --- over axes ------------------------------------------------------------------------------------------------------


@method
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over axes (all of them by default).

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> sum(x).item(), sum(x, axis=0).data.tolist(), sum(x, axis=1, keepdims=True).shape
    (10.0, [4.0, 6.0], (2, 1))
    """
    return apply_to_one("sum", x, axis, keepdims)


@method
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over axes (all of them by default).

    >>> mean(Tensor([1.0, 2.0, 6.0])).item()
    3.0
    """
    return apply_to_one("mean", x, axis, keepdims)


@method
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance over axes: the mean squared deviation, with ``n - ddof`` in the place of n.

    >>> var(Tensor([1.0, 3.0])).item(), var(Tensor([1.0, 3.0]), ddof=1).item()
    (1.0, 2.0)
    """
    return apply_to_one("var", x, axis, ddof, keepdims)


@method
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element along axes; equal ones share the derivative.

    >>> x = Tensor([1.0, 5.0, 5.0])
    >>> max(x).backward()
    >>> x.grad.tolist()
    [0.0, 0.5, 0.5]
    """
    return apply_to_one("max", x, axis, keepdims)


@method
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element along axes; equal ones share the derivative.

    >>> min(Tensor([3.0, 1.0])).item()
    1.0
    """
    return apply_to_one("min", x, axis, keepdims)


@method
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over axes. Its derivative, the product of the others, is right beside zeros too.

    >>> x = Tensor([2.0, 0.0, 5.0])
    >>> prod(x).backward()
    >>> x.grad.tolist()
    [0.0, 10.0, 0.0]
    """
    return apply_to_one("prod", x, axis, keepdims)


@method
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` over axes, without overflow.

    >>> round(logsumexp(Tensor([1000.0, 1000.0])).item(), 6)
    1000.693147
    """
    return apply_to_one("logsumexp", x, axis, keepdims)


@method
def softmax(x: Any, axis: Axis = -1) -> Any:
    """``exp(x)`` divided by its sum along axes (the last by default), without overflow.

    >>> softmax(Tensor([0.0, 0.0])).data.tolist()
    [0.5, 0.5]
    """
    return apply_to_one("softmax", x, axis)


@method
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """The logarithm of softmax along axes (the last by default), accurate where softmax is close to 0.

    >>> log_softmax(Tensor([0.0, -1000.0])).data.tolist()
    [0.0, -1000.0]
    """
    return apply_to_one("log_softmax", x, axis)


@method
def cumsum(x: Any, axis: int | None = None) -> Any:
    """Running sums along an axis; of all elements in order without one.

    >>> cumsum(Tensor([1.0, 2.0, 3.0])).data.tolist()
    [1.0, 3.0, 6.0]
    """
    if axis is None:
        return apply_to_one("cumsum", reshape(x, (-1,)), 0)
    return apply_to_one("cumsum", x, axis)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """A norm over axes: the Euclidean (Frobenius) one by default, whose derivative at 0 is taken as 0.

    Parameters
    ----------
    x
        The numbers.
    ord
        As in ``np.linalg.norm``: None, ``"fro"``, a number p or an infinity for vectors; 1, -1 and the infinities for
        matrices. The spectral and the nuclear norm are not available.
    axis, keepdims
        As in NumPy.

    Examples
    --------
    >>> norm(Tensor([3.0, 4.0])).item(), norm(Tensor([3.0, -4.0]), 1).item()
    (5.0, 7.0)
    """
    if ord is None:
        return apply_to_one("norm", x, axis, keepdims)
    if isinstance(ord, np.timedelta64) or not isinstance(ord, str | int | float | np.integer | np.floating):
        raise InputTypeError(
            f"norm: ord={shortened(ord)} is not a number or 'fro'; leave it out for the Euclidean norm"
        )
    ndim = ndim_of(x, "norm")
    try:
        axes = normalize_axis_tuple(range(ndim) if axis is None else axis, ndim)
    except Exception as error:
        raise InputValueError(f"norm: axis={shortened(axis)} of {ndim} axes: {error}") from None
    if len(axes) == 1 and (ord in {2, "fro"}):
        if ord == "fro":
            raise InputValueError("norm: ord='fro' is for matrices; write ord=2 for vectors")
        return apply_to_one("norm", x, axes, keepdims)
    if len(axes) == 1:
        return _vector_norm(x, ord if isinstance(ord, str) else number_from(ord, "norm: ord"), axes, keepdims)
    if len(axes) == 2 and ord == "fro":
        return apply_to_one("norm", x, axes, keepdims)
    if len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        summed, found = axes if abs(ord) == 1 else axes[::-1]
        sums = sum(_absolute(x), summed, True)
        extreme = max(sums, found, True) if ord > 0 else min(sums, found, True)
        return extreme if keepdims else squeeze(extreme, axes)
    raise InputValueError(
        f"norm: ord={ord!r} over {len(axes)} axes is not available; use the Frobenius norm (ord=None), or one of "
        "1, -1, inf, -inf for matrices"
    )


def _absolute(x: Any) -> Any:
    return (
        apply_to_tensors(PRIMITIVES["abs"], x) if isinstance(x, Tensor) else elementwise(PRIMITIVES["abs"]).forward(x)
    )


def _vector_norm(x: Any, ord: float | str, axes: tuple[int, ...], keepdims: bool) -> Any:
    sizes = _absolute(x)
    if ord == np.inf:
        return max(sizes, axes, keepdims)
    if ord == -np.inf:
        return min(sizes, axes, keepdims)
    if ord == 1:
        return sum(sizes, axes, keepdims)
    if ord == 0 or isinstance(ord, str):
        raise InputValueError(f"norm: ord={ord!r} is not available for vectors; it has no useful derivative")
    scale = quietly().run(_scale_of_powers, numbers(sizes), ord, axes)
    if scale is None:
        return sum(sizes**ord, axes, keepdims) ** (1.0 / ord)
    scaled = sum((sizes / scale) ** ord, axes, keepdims) ** (1.0 / ord)
    return scaled * scale.reshape(numbers(scaled).shape)


def _scale_of_powers(sizes: Any, ord: float, axes: tuple[int, ...]) -> Any:
    """By what to divide numbers so that their powers neither overflow nor underflow; None where they do not."""
    sums = np.sum(sizes**ord, axes)
    limits = np.finfo(sums.dtype)
    if ((sums > limits.tiny / limits.eps) & np.isfinite(sums)).all():
        return None
    decisive = (np.max if ord > 0 else np.min)(sizes, axes, keepdims=True)
    usable = (decisive > 0.0) & np.isfinite(decisive)
    return np.where(usable, decisive, 1.0).astype(sums.dtype) if usable.any() else None


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
