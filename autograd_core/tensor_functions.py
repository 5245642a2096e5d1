"""The functions of Tensors: under NumPy's names and with its arguments; also as methods, where NumPy has them.

Each takes Tensors, arrays, numbers and (nested lists of) Values. If a node is among its operands, the result is a
Tensor; else it is what NumPy gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import linear_algebra, shapes, structural  # noqa: F401 (they fill the table of structural operations)
from .arrays import real_array
from .errors import InputTypeError, InputValueError
from .formula import evaluate
from .linear_algebra import letters_of
from .operations import STRUCTURAL, Operation, elementwise
from .primitives import OPCODES, PRIMITIVES, Primitive
from .structural import axes_of, numbers
from .tensor import Tensor, as_tensor, binary, describe, quietly, record, unary, values_in
from .value import Value

__all__ = [
    "NODES",
    "apply_to_tensors",
    "broadcast_to",
    "cholesky",
    "concatenate",
    "cumsum",
    "det",
    "diagonal",
    "dot",
    "einsum",
    "expand_dims",
    "inv",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "norm",
    "outer",
    "pad",
    "prod",
    "reshape",
    "softmax",
    "solve",
    "squeeze",
    "stack",
    "sum",
    "swapaxes",
    "trace",
    "transpose",
    "var",
]

Axis = int | tuple[int, ...] | None


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a method of Tensor too."""
    setattr(Tensor, function.__name__, function)
    return function


def _apply(name: str, x: Any, *options: Any) -> Any:
    if isinstance(x, Tensor):
        return record(STRUCTURAL[name], (x,), *options)
    return _apply_to_all(name, (x,), *options)


def _apply_to_all(name: str, operands: Sequence[Any], *options: Any) -> Any:
    """A Tensor if a node is among the operands, else the array."""
    if any(isinstance(each, Tensor) for each in operands) or any(values_in(each) is not None for each in operands):
        return record(STRUCTURAL[name], tuple(_tensor(each, name) for each in operands), *options)
    arrays = [real_array(each, name) for each in operands]
    return quietly().run(STRUCTURAL[name].forward, *arrays, *options)


def _tensor(each: Any, name: str) -> Tensor:
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
    kinds = [each._data.dtype for each in arguments if isinstance(each, Tensor) and each._data.dtype.kind == "f"]
    common = np.result_type(*kinds) if kinds else None
    operands = tuple(as_tensor(each, rule.name, common) for each in arguments)
    for given, operand in zip(arguments, operands, strict=True):
        if operand is NotImplemented:
            raise InputTypeError(f"{rule.name}: {given!r} is not a number, an array or a node")
    return record(elementwise(rule), operands)


def _methods_of(rule: Primitive) -> None:
    operation = elementwise(rule)
    if rule.arity == 1:

        def method(x: Tensor) -> Tensor:
            return unary(operation, x)

    elif rule.arity == 2 and rule.parameter is None:

        def method(x: Tensor, y: Any) -> Tensor:  # type: ignore[misc]
            return binary(operation, x, y)

    else:

        def method(x: Tensor, *others: Any) -> Tensor:  # type: ignore[misc]
            return apply_to_tensors(rule, x, *others)

    method.__doc__ = f"The primitive ``{rule.name}``, element by element."
    for name in {rule.name, rule.numpy_name}:
        method.__name__ = name
        setattr(Tensor, name, method)


for _rule in OPCODES:
    _methods_of(_rule)


@_method
def clip(x: Any, minimum: Any = None, maximum: Any = None) -> Any:
    """Numbers kept between two bounds, either of which may be None."""
    if minimum is None:
        return +x if maximum is None else apply_to_tensors(PRIMITIVES["minimum"], x, maximum)
    if maximum is None:
        return apply_to_tensors(PRIMITIVES["maximum"], x, minimum)
    return apply_to_tensors(PRIMITIVES["clip"], x, minimum, maximum)


# --- over axes ------------------------------------------------------------------------------------------------------


@_method
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over axes (all of them by default).

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> sum(x).item(), sum(x, axis=0).data.tolist(), sum(x, axis=1, keepdims=True).shape
    (10.0, [4.0, 6.0], (2, 1))
    """
    return _apply("sum", x, axis, keepdims)


@_method
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over axes (all of them by default).

    >>> mean(Tensor([1.0, 2.0, 6.0])).item()
    3.0
    """
    return _apply("mean", x, axis, keepdims)


@_method
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance over axes: the mean squared deviation, with ``n - ddof`` in the place of n.

    >>> var(Tensor([1.0, 3.0])).item(), var(Tensor([1.0, 3.0]), ddof=1).item()
    (1.0, 2.0)
    """
    return _apply("var", x, axis, ddof, keepdims)


@_method
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element along axes; equal ones share the derivative.

    >>> x = Tensor([1.0, 5.0, 5.0])
    >>> max(x).backward()
    >>> x.grad.tolist()
    [0.0, 0.5, 0.5]
    """
    return _apply("max", x, axis, keepdims)


@_method
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element along axes; equal ones share the derivative.

    >>> min(Tensor([3.0, 1.0])).item()
    1.0
    """
    return _apply("min", x, axis, keepdims)


@_method
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over axes. Its derivative, the product of the others, is right beside zeros too.

    >>> x = Tensor([2.0, 0.0, 5.0])
    >>> prod(x).backward()
    >>> x.grad.tolist()
    [0.0, 10.0, 0.0]
    """
    return _apply("prod", x, axis, keepdims)


@_method
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` over axes, without overflow.

    >>> round(logsumexp(Tensor([1000.0, 1000.0])).item(), 6)
    1000.693147
    """
    return _apply("logsumexp", x, axis, keepdims)


@_method
def softmax(x: Any, axis: Axis = -1) -> Any:
    """``exp(x)`` divided by its sum along axes (the last by default), without overflow.

    >>> softmax(Tensor([0.0, 0.0])).data.tolist()
    [0.5, 0.5]
    """
    return _apply("softmax", x, axis)


@_method
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """The logarithm of softmax along axes (the last by default), accurate where softmax is close to 0.

    >>> log_softmax(Tensor([0.0, -1000.0])).data.tolist()
    [0.0, -1000.0]
    """
    return _apply("log_softmax", x, axis)


@_method
def cumsum(x: Any, axis: int | None = None) -> Any:
    """Running sums along an axis; of all elements in order without one.

    >>> cumsum(Tensor([1.0, 2.0, 3.0])).data.tolist()
    [1.0, 3.0, 6.0]
    """
    if axis is None:
        return _apply("cumsum", reshape(x, (-1,)), 0)
    return _apply("cumsum", x, axis)


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
        return _apply("norm", x, axis, keepdims)
    ndim = np.ndim(numbers(x)) if isinstance(x, Tensor) else np.ndim(x)
    axes = axes_of(ndim, axis)
    if len(axes) == 1 and (ord == 2 or ord == "fro"):
        if ord == "fro":
            raise InputValueError("norm: ord='fro' is for matrices; write ord=2 for vectors")
        return _apply("norm", x, axes, keepdims)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) == 2 and ord == "fro":
        return _apply("norm", x, axes, keepdims)
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


def _vector_norm(x: Any, ord: float, axes: tuple[int, ...], keepdims: bool) -> Any:
    sizes = _absolute(x)
    if ord == np.inf:
        return max(sizes, axes, keepdims)
    if ord == -np.inf:
        return min(sizes, axes, keepdims)
    if ord == 1:
        return sum(sizes, axes, keepdims)
    if ord == 0 or isinstance(ord, str):
        raise InputValueError(f"norm: ord={ord!r} is not available for vectors; it has no useful derivative")
    return sum(sizes**ord, axes, keepdims) ** (1.0 / ord)


# --- shapes ---------------------------------------------------------------------------------------------------------


def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same numbers in another shape, in the order of the last axis first.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1)).shape
    (2, 2)
    """
    return _apply("reshape", x, (shape,) if isinstance(shape, int | np.integer) else tuple(shape))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Axes in another order; reversed by default.

    >>> transpose(Tensor(np.ones((2, 3, 4)))).shape, transpose(Tensor(np.ones((2, 3, 4))), (0, 2, 1)).shape
    ((4, 3, 2), (2, 4, 3))
    """
    return _apply("transpose", x, None if axes is None else tuple(axes))


@_method
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> swapaxes(Tensor(np.ones((2, 3, 4))), 0, -1).shape
    (4, 3, 2)
    """
    return _apply("swapaxes", x, axis1, axis2)


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """New axes of length 1.

    >>> expand_dims(Tensor([1.0, 2.0]), 0).shape
    (1, 2)
    """
    return _apply("expand_dims", x, axis)


@_method
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Axes of length 1 (all of them by default) taken away.

    >>> squeeze(Tensor([[1.0, 2.0]])).shape
    (2,)
    """
    return _apply("squeeze", x, axis)


def broadcast_to(x: Any, shape: int | Sequence[int]) -> Any:
    """Numbers repeated along new axes and axes of length 1, without a copy.

    >>> broadcast_to(Tensor([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    return _apply("broadcast_to", x, (shape,) if isinstance(shape, int | np.integer) else tuple(shape))


@_method
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements whose two indices differ by the offset.

    >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]])).data.tolist()
    [1.0, 4.0]
    """
    return _apply("diagonal", x, offset, axis1, axis2)


@_method
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal.

    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]])).item()
    5.0
    """
    return _apply("trace", x, offset, axis1, axis2)


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
    ndim = numbers(x).ndim if isinstance(x, Tensor) else np.ndim(x)
    try:
        pairs = np.broadcast_to(np.asarray(pad_width), (ndim, 2)).tolist()
    except ValueError:
        raise InputValueError(
            f"pad: pad_width={pad_width!r} does not fit {ndim} axes; write ((before, after), ...) for each axis"
        ) from None
    if isinstance(constant_values, Tensor | Value) or np.ndim(constant_values):
        raise InputTypeError("pad: constant_values is one plain number; use concatenate to pad with nodes")
    return _apply("pad", x, tuple(map(tuple, pairs)), constant_values)


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Arrays joined along an axis they have.

    >>> concatenate([Tensor([1.0]), np.array([2.0, 3.0])]).data.tolist()
    [1.0, 2.0, 3.0]
    """
    return _apply_to_all("concatenate", _several(arrays, "concatenate"), axis)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays joined along a new axis; a list of Values becomes a Tensor, through which gradients flow.

    >>> a, b = Value(2.0), Value(3.0)
    >>> (stack([a, b]) * [10.0, 20.0]).sum().backward()
    >>> a.grad, b.grad
    (10.0, 20.0)
    """
    arrays = _several(arrays, "stack")
    if axis in (0, -1) and all(isinstance(each, Value | float | int) for each in arrays):
        values = values_in(arrays)
        if values is not None:
            return Tensor(values)
    return _apply_to_all("stack", arrays, axis)


def _several(arrays: Any, name: str) -> list[Any]:
    if isinstance(arrays, Value) or not isinstance(arrays, Tensor | Sequence | np.ndarray):
        raise InputTypeError(f"{name}: {arrays!r} is not a list of arrays; write {name}([a, b])")
    several = list(arrays)
    if not several:
        raise InputValueError(f"{name}: the list is empty; give at least one array")
    return several


# --- products and linear algebra ------------------------------------------------------------------------------------


@_method
def matmul(x: Any, y: Any) -> Any:
    """The matrix product ``x @ y`` of vectors, matrices and batches of them, as in NumPy.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0])).data.tolist()
    [11.0]
    """
    return _apply_to_all("matmul", (x, y))


@_method
def dot(x: Any, y: Any) -> Any:
    """NumPy's dot: the inner product of vectors; in general the sum over the last axis of x and the last but one of y.

    >>> dot(Tensor([1.0, 2.0]), [3.0, 4.0]).item()
    11.0
    """
    if isinstance(x, Tensor | Value) or isinstance(y, Tensor | Value):
        x, y = _tensor(x, "dot"), _tensor(y, "dot")
        if x.ndim == 0 or y.ndim == 0:
            return x * y
    return _apply_to_all("dot", (x, y))


def outer(x: Any, y: Any) -> Any:
    """All products of an element of x and one of y.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).data.tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    return _apply_to_all("outer", (x, y))


def einsum(subscripts: str, *operands: Any) -> Any:
    """Einstein's sum: products of elements, summed over the labels that the output lacks.

    Parameters
    ----------
    subscripts
        A label for each axis of each operand, as in ``"ij,jk->ik"``; ``...`` stands for axes in front.
    *operands
        As many as there are terms.

    Examples
    --------
    >>> einsum("ij,j->i", Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([1.0, 10.0])).data.tolist()
    [21.0, 43.0]
    """
    if not isinstance(subscripts, str):
        raise InputTypeError("einsum: write the subscripts as a text such as 'ij,jk->ik', then the operands")
    ndims = [each.ndim if isinstance(each, Tensor) else np.ndim(each) for each in operands]
    return _apply_to_all("einsum", operands, letters_of(subscripts, ndims))


def solve(a: Any, b: Any) -> Any:
    """The solution x of ``a @ x = b``, for one matrix or a batch of them.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 8.0])).data.tolist()
    [1.0, 2.0]
    """
    return _apply_to_all("solve", (a, b))


def inv(x: Any) -> Any:
    """The inverse of a square matrix, or of each of a batch.

    >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]])).data.tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return _apply("inv", x)


def det(x: Any) -> Any:
    """The determinant of a square matrix, or of each of a batch.

    >>> round(det(Tensor([[2.0, 1.0], [0.0, 4.0]])).item(), 12)
    8.0
    """
    return _apply("det", x)


def cholesky(x: Any) -> Any:
    """The lower triangular L with ``L @ L.T = x``, for a positive definite matrix or a batch. The gradient is symmetric.

    >>> cholesky(Tensor([[4.0, 0.0], [0.0, 9.0]])).data.tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    return _apply("cholesky", x)


# --- methods whose arguments are not the function's -----------------------------------------------------------------


def _reshape_method(x: Tensor, *shape: Any) -> Tensor:
    """The same numbers in another shape: ``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
    return record(_RESHAPE, (x,), shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)


def _transpose_method(x: Tensor, *axes: Any) -> Tensor:
    """Axes in another order: ``t.transpose()``, ``t.transpose(1, 0)`` or ``t.transpose((1, 0))``."""
    if not axes or axes == (None,):
        return record(_TRANSPOSE, (x,), None)
    return record(_TRANSPOSE, (x,), tuple(axes[0]) if isinstance(axes[0], Sequence) else axes)


def _astype_method(x: Tensor, dtype: Any) -> Tensor:
    """The numbers as float32 or float64."""
    kind = np.dtype(dtype)
    if kind not in (np.float64, np.float32):
        raise InputTypeError(f"astype: {kind} has no derivatives; write t.data.astype({kind}) to leave the graph")
    return record(STRUCTURAL["astype"], (x,), kind)


def _flatten_method(x: Tensor) -> Tensor:
    """All numbers along one axis."""
    return record(_RESHAPE, (x,), (-1,))


def _index_method(x: Tensor, index: Any) -> Tensor:
    if type(index) is not int:
        index = tuple(_frozen(each, x) for each in (index if isinstance(index, tuple) else (index,)))
    return record(_INDEX, (x,), index)


def _frozen(index: Any, x: Tensor) -> Any:
    """A part of an index that nobody can change: arrays are copied, Tensors are constants or comparisons."""
    if isinstance(index, Tensor):
        if index.differentiable and index.data.dtype.kind == "f" and index.op not in _COMPARISONS:
            raise InputTypeError(f"index: {describe(index)} is not an index; write integers, slices or a comparison")
        index = index.data != 0.0 if index.op in _COMPARISONS else index.data
    if isinstance(index, list | np.ndarray):
        return np.array(index, dtype=int) if isinstance(index, list) and not index else np.array(index)
    if isinstance(index, int | np.integer | slice) or index is None or index is Ellipsis or isinstance(index, np.bool_):
        return index
    raise InputTypeError(f"index: {index!r} cannot stand in brackets; write integers, slices, masks or integer arrays")


def _set_item(x: Tensor, index: Any, value: Any) -> None:
    raise InputTypeError(
        f"{describe(x)}: the graph is immutable, so t[i] = v cannot be; write where(mask, v, t), or set t.data of a leaf"
    )


def _of_matmul(x: Tensor, y: Any) -> Any:
    return binary(_MATMUL, x, y)


def _of_reflected_matmul(y: Tensor, x: Any) -> Any:
    return binary(_MATMUL, x, y)


_RESHAPE, _TRANSPOSE, _INDEX, _MATMUL = (STRUCTURAL[name] for name in ("reshape", "transpose", "index", "matmul"))
_COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
for _name, _function in {
    "reshape": _reshape_method,
    "transpose": _transpose_method,
    "T": property(_transpose_method, doc="The axes in reverse order."),
    "astype": _astype_method,
    "flatten": _flatten_method,
    "ravel": _flatten_method,
    "__getitem__": _index_method,
    "__setitem__": _set_item,
    "__matmul__": _of_matmul,
    "__rmatmul__": _of_reflected_matmul,
}.items():
    setattr(Tensor, _name, _function)


# --- the functions that the rules of derivatives are made of --------------------------------------------------------


def _multiply(a: Any, b: Any) -> Any:
    """A product in which a factor that is exactly 0 wins over infinities and nan."""
    first, second = numbers(a), numbers(b)
    if np.isfinite(first).all() and np.isfinite(second).all():
        return a * b
    return apply_to_tensors(PRIMITIVES["where"], (first == 0.0) | (second == 0.0), 0.0, a * b)


def _along_edge(rule: Primitive, position: int, g: Any, z: Any, inputs: tuple[Any, ...]) -> Any:
    """Upstream (or tangent) times the local derivative, which is built from the formula of the table."""
    named = list(zip(rule.arguments, inputs, strict=True))
    constants = tuple((name, each.item()) for name, each in named if not each.differentiable and each.ndim == 0)
    formula = rule.partial_given(position, constants)
    local = evaluate(formula, {**dict(named), "z": z}, lambda name, given: apply_to_tensors(PRIMITIVES[name], *given))
    if isinstance(local, float):
        return None if local == 0.0 else g if local == 1.0 else _multiply(g, np.asarray(local, g.dtype))
    return _multiply(g, local)


def _wrapped(operation: Operation) -> Callable[..., Any]:
    """An operation on nodes and arrays, its options behind its operands."""

    def function(*arguments: Any) -> Any:
        given = itertools.takewhile(lambda each: isinstance(each, Tensor | np.ndarray), arguments)
        operands = tuple(as_tensor(each, operation.name) for each in given)
        return record(operation, operands, *arguments[len(operands) :])

    return function


#: The namespace of functions for derivatives that are graphs.
NODES = SimpleNamespace(
    **{name: _wrapped(operation) for name, operation in STRUCTURAL.items()},
    multiply=_multiply,
    divide=lambda a, b: a / b,
    exp=lambda x: apply_to_tensors(PRIMITIVES["exp"], x),
    where=lambda c, a, b: apply_to_tensors(PRIMITIVES["where"], c, a, b),
    along_edge=_along_edge,
)
