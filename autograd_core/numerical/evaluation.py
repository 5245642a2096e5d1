"""What computes a recorded node anew, from other numbers of its operands than those it was recorded with.

Two ways, and both know forward formulas only, never a derivative: in double precision, whatever it was recorded in, and
on complex numbers near the real axis, where an operation is its analytic continuation if it has one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..array.operations import STRUCTURAL, rule_of
from ..array.tensor import OF_VALUES, Tensor
from ..formulas.emit import COMPLEX
from ..formulas.rules import PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import Value

__all__ = ["analytic", "computes_inside", "in_double", "is_elementwise", "options_for", "primal"]


def is_elementwise(node: Any) -> bool:
    """Whether a Tensor was computed by a line of the table, element by element.

    >>> x = Tensor([1.0, 2.0])
    >>> is_elementwise(x * x), is_elementwise(x.sum())
    (True, False)
    """
    return rule_of(node._operation) is not None


def computes_inside(node: Any) -> bool:
    """Whether it is a Tensor whose operation has results in between, whose rounding errors do not show in its own.

    A backward stable algorithm makes errors like those of operands that are not quite right. Extremes are exact, and
    other operands would have others.
    """
    inside = isinstance(node, Tensor) and node._operation is not OF_VALUES and not is_elementwise(node)
    return inside and node.op not in ("max", "min", "sort")


def in_double(array: Any) -> Any:
    """An array in double precision, unless it holds integers or truth values."""
    return array.astype(float) if array.dtype == np.float32 else array


def options_for(node: Tensor, kind: type) -> tuple[Any, ...]:
    """The options of a Tensor's operation where it computes on another kind of number: a cast is one to that.

    >>> options_for(Tensor([1.0]).astype(np.float32), float)
    (<class 'float'>,)
    """
    return (kind,) if node._operation is STRUCTURAL["astype"] else node._options


def primal(node: Any) -> Callable[..., Any]:
    """From the numbers of a node's operands, in double precision, to its own; nan where it is not defined.

    >>> x = Tensor(np.array([1.0, 2.0], np.float32))
    >>> float(primal(x.sum())(np.array([0.1, 0.2])))
    0.30000000000000004
    """
    if isinstance(node, Value):
        return _number(PRIMITIVES[node.op].opcode)
    if node._operation is OF_VALUES:
        return functools.partial(_gathered, node.shape, float)
    return functools.partial(_array, node._operation.forward, options_for(node, float), node.shape)


@functools.cache
def _number(opcode: int) -> Callable[..., float]:
    """With the very operations that recorded a Value."""

    def number(x: float, y: float = 0.0, w: float = 0.0) -> float:
        return evaluate(opcode, 0, x, y, w)[0]

    return number


def _gathered(shape: tuple[int, ...], kind: type, *numbers: Any) -> Any:
    return np.array(numbers, kind).reshape(shape)


def _array(forward: Callable[..., Any], options: tuple[Any, ...], shape: tuple[int, ...], *operands: Any) -> Any:
    try:
        return np.asarray(forward(*operands, *options))
    except Exception:  # as of a singular matrix
        return np.full(shape, np.nan)


# --- on complex numbers near the real axis ----------------------------------------------------------------------------


def analytic(node: Any) -> Callable[..., Any]:
    """From complex numbers of a node's operands to its own; it raises ValueError where it is not analytic.

    >>> analytic(Value(-1.0) ** 2)(-1.0 + 1e-30j, 2.0).imag
    -2e-30
    """
    if isinstance(node, Value):
        return PRIMITIVES[node.op].kernel(COMPLEX)
    if node._operation is OF_VALUES:
        return functools.partial(_gathered, node.shape, complex)
    if is_elementwise(node):
        return functools.partial(_on_elements, np.frompyfunc(_complex_kernel(node.op), len(node.parents), 1))
    if STRUCTURAL.get(node.op) is not node._operation:
        return _of_a_user
    forward = _ON_COMPLEX.get(node.op, STRUCTURAL[node.op].forward)
    return functools.partial(_structural, forward, options_for(node, complex))


def _structural(forward: Callable[..., Any], options: tuple[Any, ...], *operands: Any) -> Any:
    return np.asarray(forward(*operands, *options))


def _on_elements(function: Any, *operands: Any) -> Any:
    return np.asarray(function(*operands), complex)


def _of_a_user(*_: Any) -> Any:
    raise ValueError("nobody knows whether a user's function is analytic")


def _complex_kernel(name: str) -> Callable[..., complex]:
    """A primitive on complex numbers. Elements that stand still are real, and need not be analytic there."""
    real, continued = PRIMITIVES[name].kernel(), PRIMITIVES[name].kernel(COMPLEX)

    def kernel(*numbers: complex) -> complex:
        moving = any(each.imag for each in numbers)
        return continued(*numbers) if moving else real(*(each.real for each in numbers))  # type: ignore[no-any-return]

    return kernel


def _extreme_on_complex(which: Any) -> Any:
    def extreme(x: Any, axis: Any, keepdims: bool) -> Any:
        """The element with the extreme real part, where there is one."""
        chosen = x.real == which(x.real, axis, keepdims=True)
        if (np.sum(chosen, axis) > 1).any():
            raise ValueError("equal extremes have no derivative")
        return np.sum(np.where(chosen, x, 0.0), axis, keepdims=keepdims)

    return extreme


def _norm_on_complex(x: Any, axis: Any, keepdims: bool) -> Any:
    squared = np.sum(x * x, axis, keepdims=keepdims)
    if (squared.real == 0.0).any():
        raise ValueError("a norm of 0 has no derivative")
    return squared**0.5


def _cholesky_on_complex(x: Any) -> Any:
    raise ValueError("NumPy's factor of a complex matrix has its conjugate, which is not analytic")


#: Operations that NumPy defines on complex numbers in another way than analytically.
_ON_COMPLEX = {
    "max": _extreme_on_complex(np.max),
    "min": _extreme_on_complex(np.min),
    "norm": _norm_on_complex,
    "cholesky": _cholesky_on_complex,
}
