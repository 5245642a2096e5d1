"""Products of matrices and tensors, linear systems, determinants, factors; each with its derivative.

Source: M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation",
in *Advances in Automatic Differentiation*, Springer (2008); for the Cholesky factor I. Murray, "Differentiation of the
Cholesky decomposition", arXiv:1602.07527.
"""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from ..errors import InputValueError
from .arrays import sum_to_shape
from .operations import CAREFUL, PLAIN, Every, structural, without_zero_paths
from .structural import numbers

__all__ = ["dot_labels", "letters_of"]


def _transposed(x: Any) -> Any:
    return x.swapaxes(-1, -2)


# --- matmul, dot, outer ---------------------------------------------------------------------------------------------


def _as_matrices(g: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """The gradient of ``x @ y`` and its factors with the axes put in that a vector lacks."""
    if y.ndim == 1:
        g, y = g.reshape((*g.shape, 1)), y.reshape((*y.shape, 1))
    if x.ndim == 1:
        g, x = g.reshape((*g.shape[:-1], 1, g.shape[-1])), x.reshape((1, *x.shape))
    return g, x, y


def _matmul_by_left(f: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return f.matmul(g, y.T)
    g, row, y = _as_matrices(g, x, y)
    return sum_to_shape(f.matmul(g, _transposed(y)), row.shape).reshape(x.shape)


def _matmul_by_right(f: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return f.matmul(x.T, g)
    g, x, column = _as_matrices(g, x, y)
    return sum_to_shape(f.matmul(_transposed(x), g), column.shape).reshape(y.shape)


structural("matmul", np.matmul, (_matmul_by_left, _matmul_by_right))


def dot_labels(x: int, y: int) -> tuple[str, str, str]:
    """The labels of the axes of two arrays, which have so many, and of their dot product.

    >>> dot_labels(2, 1)
    ('ab', 'b', 'a')
    """
    left, right = string.ascii_letters[:x], list(string.ascii_letters[x : x + y])
    right[-2 if y > 1 else -1] = left[-1]
    return left, "".join(right), "".join(each for each in (*left, *right) if each != left[-1])


def _dot_by_left(f: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    left, right, out = dot_labels(x.ndim, y.ndim)
    return f.einsum(g, y, f"{out},{right}->{left}")


def _dot_by_right(f: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    left, right, out = dot_labels(x.ndim, y.ndim)
    return f.einsum(x, g, f"{left},{out}->{right}")


structural("dot", np.dot, (_dot_by_left, _dot_by_right))
structural(
    "outer",
    np.outer,
    (
        lambda f, g, z, x, y: f.matmul(g, y.reshape(-1)).reshape(x.shape),
        lambda f, g, z, x, y: f.matmul(x.reshape(-1), g).reshape(y.shape),
    ),
)


# --- einsum ---------------------------------------------------------------------------------------------------------


def _einsum(*arguments: Any) -> Any:
    *inputs, subscripts = arguments
    return np.einsum(subscripts, *inputs, optimize=len(inputs) > 2)


def letters_of(subscripts: str, ndims: list[int]) -> str:
    """Subscripts with every axis spelled: no ellipsis, no blanks, the output written out.

    >>> letters_of("ij, jk", [2, 2]), letters_of("...i->i...", [3])
    ('ij,jk->ik', 'ABi->iAB')
    """
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise InputValueError(f"einsum: {subscripts!r} names {len(terms)} operands and {len(ndims)} were given")
    free = [each for each in string.ascii_uppercase + string.ascii_lowercase if each not in text]
    hidden = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    if any(n < 0 or (n and "..." not in term) for n, term in zip(hidden, terms, strict=True)):
        raise InputValueError(f"einsum: {subscripts!r} does not fit operands with {ndims} axes")
    widest = max(hidden, default=0)
    spelled = "".join(free[:widest])
    full = [term.replace("...", spelled[widest - n :]) for term, n in zip(terms, hidden, strict=True)]
    if arrow:
        out = out.replace("...", spelled)
    else:
        used = "".join(full)
        out = spelled + "".join(sorted(each for each in set(used) - set(spelled) if used.count(each) == 1))
    return f"{','.join(full)}->{out}"


def _einsum_vjp(position: int, f: Any, g: Any, z: Any, *arguments: Any) -> Any:
    """The gradient as an einsum of the upstream gradient and the other operands.

    A label that no other has in its full length is summed over ones; one it has twice is put on a diagonal by an
    identity.
    """
    *inputs, subscripts = arguments
    left, _, out = subscripts.partition("->")
    terms = left.split(",")
    x, own = inputs[position], terms[position]
    lengths: dict[str, int] = {}
    for term, each in zip(terms, inputs, strict=True):
        for label, length in zip(term, each.shape, strict=True):
            lengths[label] = length if lengths.get(label, 1) == 1 else lengths[label]
    factors = [(out, g)] + [(terms[other], each) for other, each in enumerate(inputs) if other != position]
    known = {label for term, each in factors for label, n in zip(term, each.shape, strict=True) if n == lengths[label]}
    free = iter(each for each in string.ascii_letters if each not in subscripts)
    target = ""
    for label, length in zip(own, x.shape, strict=True):
        if length == 1 != lengths[label]:
            continue  # it was broadcast, so the gradient is summed over it
        if label in target:
            second = next(free)
            factors.append((label + second, np.eye(length, dtype=x.dtype)))
            target += second
        else:
            if label not in known:
                factors.append((label, np.ones(length, x.dtype)))
            target += label
    text = ",".join(term for term, _ in factors)
    return f.einsum(*(each for _, each in factors), f"{text}->{target}").reshape(x.shape)


structural("einsum", _einsum, Every(_einsum_vjp))


def _careful_einsum(*arguments: Any) -> Any:
    *inputs, subscripts = arguments
    return without_zero_paths(lambda *factors: _einsum(*factors, subscripts), *inputs)


CAREFUL.einsum = _careful_einsum


# --- linear systems -------------------------------------------------------------------------------------------------


def _columns(x: Any, b: Any) -> Any:
    """A solution (or what has its shape) as a matrix, also where it is a vector or a batch of vectors."""
    return x.reshape((*x.shape, 1)) if b.ndim == 1 else x


def _solve_by_right(f: Any, g: Any, z: Any, a: Any, b: Any) -> Any:
    solved = f.solve(_transposed(a), _columns(g, b))
    return sum_to_shape(solved.reshape(g.shape), b.shape)


def _solve_by_matrix(f: Any, g: Any, z: Any, a: Any, b: Any) -> Any:
    solved = f.solve(_transposed(a), _columns(g, b))
    return sum_to_shape(-f.matmul(solved, _transposed(_columns(z, b))), a.shape)


def _solve_jvp(f: Any, t: Any, z: Any, a: Any, b: Any) -> Any:
    return -f.solve(a, f.matmul(t, _columns(z, b))).reshape(z.shape)


def _solve(a: Any, b: Any) -> Any:
    """``np.linalg.solve``; vectors are told by b.ndim == 1, in batches too, as NumPy 2 does."""
    if b.ndim == 1:
        return np.linalg.solve(a, b[:, None])[..., 0]
    return np.linalg.solve(a, b)


structural("solve", _solve, (_solve_by_matrix, _solve_by_right), (_solve_jvp, lambda f, t, z, a, b: f.solve(a, t)))


def _inv_vjp(f: Any, g: Any, z: Any, x: Any) -> Any:
    return -f.matmul(f.matmul(_transposed(z), g), _transposed(z))


def _inv_jvp(f: Any, t: Any, z: Any, x: Any) -> Any:
    return -f.matmul(f.matmul(z, t), z)


structural("inv", np.linalg.inv, (_inv_vjp,), (_inv_jvp,))


# --- determinant: its derivative is the matrix of cofactors, which a singular matrix has too ------------------------


def _cofactors(x: Any) -> Any:
    if not np.isfinite(x).all():
        return np.full_like(x, np.nan)
    left, singular, right = np.linalg.svd(x)
    signs = np.linalg.det(left) * np.linalg.det(right)
    others = PLAIN.others(singular)
    return signs[..., None, None] * ((left * others[..., None, :]) @ right)


def _cofactors_from_inverse(f: Any, x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return _cofactors(x)
    determinant = f.det(x)
    if (numbers(determinant) == 0.0).any():
        raise InputValueError(
            "det: second derivatives at a singular matrix are not available; move the matrix a little"
        )
    return f.multiply(determinant.reshape((*determinant.shape, 1, 1)), _transposed(f.inv(x)))


def _det_vjp(f: Any, g: Any, z: Any, x: Any) -> Any:
    return f.multiply(g.reshape((*g.shape, 1, 1)), _cofactors_from_inverse(f, x))


def _det_jvp(f: Any, t: Any, z: Any, x: Any) -> Any:
    return f.sum(f.multiply(t, _cofactors_from_inverse(f, x)), (-2, -1), False)


structural("det", np.linalg.det, (_det_vjp,), (_det_jvp,))


def _logdet(x: Any) -> Any:
    return np.linalg.slogdet(x)[1]


def _logdet_vjp(f: Any, g: Any, z: Any, x: Any) -> Any:
    return f.multiply(g.reshape((*g.shape, 1, 1)), _transposed(f.inv(x)))


def _logdet_jvp(f: Any, t: Any, z: Any, x: Any) -> Any:
    return f.sum(f.multiply(t, _transposed(f.inv(x))), (-2, -1), False)


structural("logdet", _logdet, (_logdet_vjp,), (_logdet_jvp,))


# --- Cholesky factor of a symmetric matrix; the gradient is symmetric too -------------------------------------------


def _lower_half(f: Any, x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = x.shape[-1]
    return f.multiply(x, np.tril(np.ones((n, n), x.dtype)) - 0.5 * np.eye(n, dtype=x.dtype))


def _cholesky_vjp(f: Any, g: Any, z: Any, x: Any) -> Any:
    inner = _lower_half(f, f.matmul(_transposed(z), g))
    outer = _transposed(f.solve(_transposed(z), _transposed(f.solve(_transposed(z), inner))))
    return (outer + _transposed(outer)) * 0.5


def _cholesky_jvp(f: Any, t: Any, z: Any, x: Any) -> Any:
    symmetric = (t + _transposed(t)) * 0.5
    inner = f.solve(z, _transposed(f.solve(z, symmetric)))
    return f.matmul(z, _lower_half(f, _transposed(inner)))


structural("cholesky", np.linalg.cholesky, (_cholesky_vjp,), (_cholesky_jvp,))
