"""A recorded graph of Values and Tensors, evaluated again on other numbers in double precision.

As in :mod:`autograd_core.numeric.replay_values` only forward operations are evaluated, never a derivative. What was
recorded in single precision is evaluated in double precision, so that finite differences of it have enough digits. On
complex numbers, for the complex step, an operation is its analytic continuation where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.operations import STRUCTURAL, rule_of
from ..array.tensor import OF_VALUES, Tensor
from ..array.walks import mixed_order
from ..formulas.emit import COMPLEX
from ..formulas.rules import PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import Value
from .elements import Direction, Element, Holder, Leaf, on_line

__all__ = ["Numbers", "Round", "TensorReplay", "computes_inside", "in_double", "is_elementwise"]

#: A float or an array a node.
Numbers = dict[Any, Any]
#: From the numbers of a node, and the node, to those numbers with an error.
Round = Callable[[Any, Any], Any]


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
    return inside and node.op not in ("max", "min")


def in_double(array: Any) -> Any:
    """An array in double precision, unless it holds integers or truth values."""
    return array.astype(float) if array.dtype == np.float32 else array


class TensorReplay:
    """A recorded graph as a function of the numbers of its leaves.

    Parameters
    ----------
    root
        The result.
    point
        The numbers of the leaves that move, where they were recorded. Every other leaf keeps its own.

    Examples
    --------
    >>> x = Tensor(np.array([1.0, 2.0], np.float32))
    >>> replay = TensorReplay((x * x).sum(), {x: x.data})
    >>> replay.at({x: np.array([0.1, 0.0])}) == 0.1 * 0.1
    True
    """

    def __init__(self, root: Tensor, point: Mapping[Holder, Any]) -> None:
        self.root = root
        self.order: list[Any] = mixed_order(root)
        self._given = {node: _numbers_of(node, node.data) for node in self.order if not node.parents}
        self._given.update({holder: _numbers_of(holder, numbers) for holder, numbers in point.items()})
        self._point = dict(point)

    def at(self, numbers: Mapping[Holder, Any]) -> float:
        """The root for other numbers of the leaves."""
        return float(np.ravel(quietly().run(self.all, numbers)[self.root])[0])

    def at_complex(self, moved: Mapping[Leaf, complex]) -> complex | None:
        """The root for complex numbers of some leaves, or None where an operation on the way is not analytic."""
        numbers: Numbers = {holder: np.asarray(each, complex) for holder, each in self._point.items()}
        for leaf, number in moved.items():
            if isinstance(leaf, Element):
                numbers[leaf.tensor].flat[leaf.position] = number
            else:
                numbers[leaf] = number
        numbers = {**self._given, **numbers}
        try:
            for node in self.order:
                if node.parents:
                    inputs = [numbers[parent] for parent in node.parents]
                    numbers[node] = quietly().run(_computed_on_complex, node, inputs)
        except (ArithmeticError, ValueError):
            return None
        return complex(np.ravel(numbers[self.root])[0])

    def along(self, direction: Direction) -> Callable[[float], float]:
        """The root as a function of how far the leaves are moved; of a single leaf, of the number it is set to."""
        line = on_line(direction, self._point)
        return lambda number: self.at(line(number))

    def all(self, given: Mapping[Holder, Any], rounded: Round | None = None) -> Numbers:
        """The numbers of all nodes.

        Parameters
        ----------
        given
            Other numbers for some leaves, or for nodes in between.
        rounded
            Applied to the result of each operation, and to the operands of those that compute inside.
        """
        numbers: Numbers = {**self._given, **{holder: _numbers_of(holder, each) for holder, each in given.items()}}
        for node in self.order:
            if node.parents and node not in given:
                inputs = [numbers[parent] for parent in node.parents]
                if rounded is not None and computes_inside(node):
                    inputs = [rounded(each, node) for each in inputs]
                result = self._computed(node, inputs)
                numbers[node] = result if rounded is None else rounded(result, node)
        return numbers

    def _computed(self, node: Any, inputs: list[Any]) -> Any:
        if isinstance(node, Value):
            x, y, w = (*inputs, 0.0, 0.0)[:3]
            return evaluate(PRIMITIVES[node.op].opcode, 0, x, y, w)[0]
        if node._operation is OF_VALUES:
            return np.array(inputs, float).reshape(node.shape)
        if node._operation is STRUCTURAL["astype"]:
            return inputs[0]
        try:
            return np.asarray(node._operation.forward(*inputs, *node._options))
        except Exception:  # as of a singular matrix: it is not defined there
            return np.full(node.shape, np.nan)


# --- operations on complex numbers near the real axis -----------------------------------------------------------------


def _computed_on_complex(node: Any, inputs: list[Any]) -> Any:
    if isinstance(node, Value):
        return PRIMITIVES[node.op].kernel(COMPLEX)(*inputs)
    if node._operation is OF_VALUES:
        return np.array(inputs, complex).reshape(node.shape)
    if is_elementwise(node):
        return np.asarray(np.frompyfunc(_complex_kernel(node.op), len(inputs), 1)(*inputs), complex)
    if STRUCTURAL.get(node.op) is not node._operation:
        raise ValueError("nobody knows whether a user's function is analytic")
    forward = _ON_COMPLEX.get(node.op, STRUCTURAL[node.op].forward)
    return np.asarray(forward(*inputs, *node._options))


def _complex_kernel(name: str) -> Callable[..., complex]:
    """A primitive on complex numbers. Elements that stand still are real, and need not be analytic there."""
    real, analytic = PRIMITIVES[name].kernel(), PRIMITIVES[name].kernel(COMPLEX)

    def kernel(*numbers: complex) -> complex:
        moving = any(each.imag for each in numbers)
        return analytic(*numbers) if moving else real(*(each.real for each in numbers))  # type: ignore[no-any-return]

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


def _astype_on_complex(x: Any, dtype: Any) -> Any:
    return x


#: Operations that NumPy defines on complex numbers in another way than analytically.
_ON_COMPLEX = {
    "max": _extreme_on_complex(np.max),
    "min": _extreme_on_complex(np.min),
    "norm": _norm_on_complex,
    "cholesky": _cholesky_on_complex,
    "astype": _astype_on_complex,
}


def _numbers_of(holder: Holder, numbers: Any) -> Any:
    return float(numbers) if isinstance(holder, Value) else in_double(np.asarray(numbers))
