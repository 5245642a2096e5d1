"""The functions of Tensors that go over axes, from the sum to norms: under NumPy's names and with its arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..errors import InputTypeError, InputValueError, shortened
from ..formulas.primitives import PRIMITIVES
from ..scalar.conversion import number_from
from .arrays import quietly
from .functions import Axis, apply_to_one, apply_to_tensors, method, ndim_of, reshape, squeeze
from .operations import elementwise
from .structural import numbers
from .tensor import Tensor

__all__ = [
    "cumsum",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "softmax",
    "sum",
    "var",
]


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
