"""The functions of linear algebra for Tensors: products, systems, determinants, factors; under NumPy's names."""

from __future__ import annotations

import math
import operator
import string
from typing import Any, NamedTuple

import numpy as np

from ..array.elementwise import sign as _sign
from ..array.functions import apply_to_all, apply_to_one, method, ndim_of, tensor_from
from ..array.linear_algebra import letters_of
from ..array.operations import STRUCTURAL
from ..array.shapes import axis_of
from ..array.tensor import Tensor, record
from ..errors import InputTypeError, InputValueError
from ..scalar.freezing import is_recorded
from ..scalar.value import Value

__all__ = [
    "cholesky",
    "det",
    "dot",
    "einsum",
    "einsum_of",
    "inner",
    "inv",
    "kron",
    "matmul",
    "outer",
    "slogdet",
    "solve",
    "tensordot",
    "vdot",
]


@method
def matmul(x: Any, y: Any) -> Any:
    """The matrix product ``x @ y`` of vectors, matrices and batches of them, as in NumPy.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0])).data.tolist()
    [11.0]
    """
    return apply_to_all("matmul", (x, y))


@method
def dot(x: Any, y: Any) -> Any:
    """NumPy's dot: the inner product of vectors; in general the sum over the last axis of x and the last but one of y.

    >>> dot(Tensor([1.0, 2.0]), [3.0, 4.0]).item()
    11.0
    """
    if isinstance(x, Tensor | Value) or isinstance(y, Tensor | Value):
        x, y = tensor_from(x, "dot"), tensor_from(y, "dot")
        if x.ndim == 0 or y.ndim == 0:
            return x * y
    return apply_to_all("dot", (x, y))


def outer(x: Any, y: Any) -> Any:
    """All products of an element of x and one of y.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).data.tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    return apply_to_all("outer", (x, y))


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
    ndims = [ndim_of(each, "einsum") for each in operands]
    return apply_to_all("einsum", operands, letters_of(subscripts, ndims))


def solve(a: Any, b: Any) -> Any:
    """The solution x of ``a @ x = b``, for one matrix or a batch of them.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 8.0])).data.tolist()
    [1.0, 2.0]
    """
    return apply_to_all("solve", (a, b))


def inv(x: Any) -> Any:
    """The inverse of a square matrix, or of each of a batch.

    >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]])).data.tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return apply_to_one("inv", x)


def det(x: Any) -> Any:
    """The determinant of a square matrix, or of each of a batch.

    >>> round(det(Tensor([[2.0, 1.0], [0.0, 4.0]])).item(), 12)
    8.0
    """
    return apply_to_one("det", x)


def cholesky(x: Any) -> Any:
    """The lower triangular L with ``L @ L.T = x``, for positive definite matrices. Its gradient is symmetric.

    >>> cholesky(Tensor([[4.0, 0.0], [0.0, 9.0]])).data.tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    return apply_to_one("cholesky", x)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """NumPy's tensordot: sums of products along axes of both, as one product of matrices.

    >>> tensordot(Tensor([[1.0, 2.0]]), [3.0, 4.0], 1).data.tolist()
    [11.0]
    """
    a, b = tensor_from(a, "tensordot"), tensor_from(b, "tensordot")
    if np.ndim(axes) == 0 and not isinstance(axes, tuple | list):
        count = operator.index(axes)
        left, right = list(range(a.ndim - count, a.ndim)), list(range(count))
    else:
        left, right = (list(np.atleast_1d(each).tolist()) for each in axes)
    left, right = [axis_of(a.ndim, each) for each in left], [axis_of(b.ndim, each) for each in right]
    lengths = [a.shape[each] for each in left]
    if lengths != [b.shape[each] for each in right]:
        raise InputValueError(f"tensordot: the axes {axes} of shapes {a.shape} and {b.shape} differ in length")
    free_a = [each for each in range(a.ndim) if each not in left]
    free_b = [each for each in range(b.ndim) if each not in right]
    rows = a.transpose(free_a + left).reshape(-1, math.prod(lengths))
    columns = b.transpose(right + free_b).reshape(math.prod(lengths), -1)
    return (rows @ columns).reshape(tuple(a.shape[each] for each in free_a) + tuple(b.shape[each] for each in free_b))


def inner(a: Any, b: Any) -> Any:
    """Sums of products along the last axes.

    >>> inner(Tensor([1.0, 2.0]), [3.0, 4.0]).item()
    11.0
    """
    a, b = tensor_from(a, "inner"), tensor_from(b, "inner")
    return a * b if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, (-1, -1))


def vdot(a: Any, b: Any) -> Any:
    """The inner product of all numbers.

    >>> vdot(Tensor([[1.0, 2.0]]), [[3.0, 4.0]]).item()
    11.0
    """
    return dot(tensor_from(a, "vdot").reshape(-1), tensor_from(b, "vdot").reshape(-1))


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: the second in every place of the first, multiplied with what stands there.

    >>> kron(Tensor([1.0, 2.0]), [3.0, 4.0]).data.tolist()
    [3.0, 4.0, 6.0, 8.0]
    """
    a, b = tensor_from(a, "kron"), tensor_from(b, "kron")
    ndim = max(a.ndim, b.ndim)
    a, b = a.reshape((1,) * (ndim - a.ndim) + a.shape), b.reshape((1,) * (ndim - b.ndim) + b.shape)
    spread = a.reshape(tuple(each for length in a.shape for each in (length, 1)))
    packed = b.reshape(tuple(each for length in b.shape for each in (1, length)))
    return (spread * packed).reshape(tuple(map(operator.mul, a.shape, b.shape)))


def einsum_of(*operands: Any, optimize: Any = False) -> Any:
    """NumPy's einsum with subscripts as a text, or as lists of numbers beside the operands.

    >>> einsum_of(Tensor([1.0, 2.0]), [0], [3.0, 4.0], [0]).item()
    11.0
    """
    if isinstance(operands[0], str):
        return einsum(*operands)
    *pairs, out = operands if len(operands) % 2 else (*operands, None)
    letters = string.ascii_letters

    def spelled(labels: Any) -> str:
        return "".join("..." if each is Ellipsis else letters[each] for each in labels)

    subscripts = ",".join(map(spelled, pairs[1::2])) + ("" if out is None else f"->{spelled(out)}")
    return einsum(subscripts, *pairs[::2])


class SignAndLogarithm(NamedTuple):
    """A determinant, as NumPy's slogdet tells it."""

    sign: Any
    logabsdet: Tensor


def slogdet(a: Any) -> SignAndLogarithm:
    """The sign of the determinant, plain, and the logarithm of its absolute value.

    >>> slogdet(Tensor([[0.0, 1.0], [1.0, 0.0]]))[0]
    np.float64(-1.0)
    """
    a = tensor_from(a, "slogdet")
    logarithm = record(STRUCTURAL["logdet"], (a,))
    if is_recorded():  # a program asks for the sign anew
        return SignAndLogarithm(_sign(record(STRUCTURAL["det"], (a,))), logarithm)
    return SignAndLogarithm(np.linalg.slogdet(a.data)[0], logarithm)
