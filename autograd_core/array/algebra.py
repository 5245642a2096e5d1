"""The functions of linear algebra for Tensors: products, systems, determinants, factors; under NumPy's names."""

from __future__ import annotations

from typing import Any

from ..errors import InputTypeError
from ..scalar.value import Value
from .functions import apply_to_all, apply_to_one, method, ndim_of, tensor_from
from .linear_algebra import letters_of
from .tensor import Tensor

__all__ = ["cholesky", "det", "dot", "einsum", "inv", "matmul", "outer", "solve"]


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
