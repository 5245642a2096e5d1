"""How far rounding may have taken a gradient through Tensors: Monte Carlo arithmetic.

The computation is repeated a few times, in double precision, with every operand and result of an operation moved at
random by as much as rounding may have moved it, in the precision it was recorded in. How far that takes the gradient is
how far rounding can have taken it. This is an estimate where :mod:`autograd_core.numeric.rounding_bound` has a bound;
but it knows every operation on arrays, for a backward stable algorithm makes errors like those.

Sources: D. S. Parker, *Monte Carlo arithmetic*, UCLA CSD-970002 (1997); N. J. Higham, *Accuracy and Stability of
Numerical Algorithms*, 2nd ed., SIAM (2002), chapters 1 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.operations import CAREFUL, STRUCTURAL
from ..array.tensor import Tensor
from ..derivatives.gradients import pull
from ..formulas.rules import PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import Value
from .elements import Holder
from .replay_tensors import Numbers, TensorReplay, computes_inside, in_double, is_elementwise

__all__ = ["Rounding", "contributions", "largest_deviation"]

_SAMPLES = 8
#: The largest deviation of so few samples is multiplied by this, to bound those that were not taken.
_SAFETY = 2.0
#: More numbers than this, added one after the other, have an error that grows as the root of how many there are.
_TOGETHER = 256


def contributions(node: Tensor, position: int, upstream: Any) -> list[Any]:
    """What an operand receives if each number of the upstream gradient has a random sign, several times.

    Where large contributions cancel in it, these do not: their mean size is that of the contributions.

    >>> W, x = Tensor([[5.0], [-5.0]]), Tensor([1.0])
    >>> found = contributions(W @ x, 1, np.ones(2))
    >>> bool(np.mean([abs(each[0]) for each in found]) > 1.0)
    True
    """
    generator = np.random.default_rng(0)
    signs = [1.0] if is_elementwise(node) else generator.choice((-1.0, 1.0), (_SAMPLES, *np.shape(upstream)))
    rule = node._operation.vjps[position]
    found = [rule(CAREFUL, upstream * sign, node._data, *node._inputs, *node._options) for sign in signs]
    return [np.zeros(node._inputs[position].shape) if each is None else each for each in found]


def _arrays(found: Sequence[Any], holders: Sequence[Holder]) -> list[Any]:
    return [
        np.zeros(np.shape(holder.data)) if each is None else np.asarray(each, float)
        for each, holder in zip(found, holders, strict=True)
    ]


class Rounding:
    """Repetitions of a recorded computation with rounding errors at random.

    Parameters
    ----------
    replay
        The computation.
    holders
        The nodes to differentiate by.
    """

    def __init__(self, replay: TensorReplay, holders: Sequence[Holder]) -> None:
        self._replay = replay
        self._holders = holders

    def of_data(self, numbers: Mapping[Holder, Any]) -> float:
        """How far rounding may take the root's number, for some numbers of the leaves."""
        exact = self._replay.at(numbers)
        found = [float(np.ravel(run.forward(numbers)[self._replay.root])[0]) for run in self._runs(_SAMPLES // 2)]
        return largest_deviation([each - exact for each in found])

    def of_gradient(self, numbers: Mapping[Holder, Any]) -> list[list[Any]]:
        """By how much repetitions of the gradient by each holder differ from the one without errors."""
        exact = _Run(self._replay, self._holders, None).gradient(numbers)
        found = [run.gradient(numbers) for run in self._runs(_SAMPLES)]
        with np.errstate(invalid="ignore"):
            return [[each - right for each, right in zip(gradient, exact, strict=True)] for gradient in found]

    def _runs(self, count: int) -> list[_Run]:
        generator = np.random.default_rng(0)
        return [_Run(self._replay, self._holders, generator) for _ in range(count)]


def largest_deviation(deviations: Sequence[float]) -> float:
    """A bound for the size of deviations of which some are known; infinite if one is not finite."""
    return _SAFETY * max(abs(each) if math.isfinite(each) else math.inf for each in deviations)


class _Run:
    """One repetition; without a generator it makes no errors but those of double precision."""

    def __init__(self, replay: TensorReplay, holders: Sequence[Holder], generator: np.random.Generator | None) -> None:
        self._replay = replay
        self._holders = holders
        self._generator = generator

    def forward(self, numbers: Mapping[Holder, Any]) -> Numbers:
        return quietly().run(self._replay.all, numbers, self._rounded)

    def gradient(self, given: Mapping[Holder, Any]) -> list[Any]:
        """By each holder, for some numbers of the leaves."""
        numbers = self.forward(given)

        def contribution(node: Tensor, position: int, g: Any) -> Any:
            operation = node._operation
            if operation is STRUCTURAL["astype"]:
                return g
            inputs = [numbers[parent] for parent in node._parents]
            if computes_inside(node):
                inputs = [self._rounded(each, node) for each in inputs]
            g = in_double(np.asarray(g))
            passed_on = operation.vjps[position](CAREFUL, g, numbers[node], *inputs, *node._options)
            return None if passed_on is None else self._rounded(np.asarray(passed_on), node)

        def by_value(node: Value, position: int, upstream: float) -> float | None:
            inputs = [numbers[parent] for parent in node.parents]
            x, y, w = (*inputs, 0.0, 0.0)[:3]
            local = float(
                self._rounded(evaluate(PRIMITIVES[node.op].opcode, 1 << position, x, y, w)[1 + position], node)
            )
            return None if not local or upstream == 0.0 else upstream * local

        seed = np.ones(self._replay.root.shape)
        found = quietly().run(pull, self._replay.root, self._holders, seed, contribution, by_value)
        return _arrays(found, self._holders)

    def _rounded(self, numbers: Any, node: Any) -> Any:
        """Numbers with an error as large as rounding in the precision of a node."""
        if self._generator is None:
            return numbers
        if isinstance(node, Tensor) and (node.op in ("max", "min") or numbers.dtype.kind != "f"):
            return numbers  # what was chosen is an element still
        precision = np.finfo(node.dtype if isinstance(node, Tensor) and node.dtype.kind == "f" else float)
        growth = max(1.0, max(np.shape(numbers), default=1) / _TOGETHER) ** 0.5 if computes_inside(node) else 1.0
        error = growth * self._generator.uniform(-1.0, 1.0, np.shape(numbers))
        smallest = np.where(numbers != 0.0, precision.smallest_subnormal, 0.0)
        return numbers * (1.0 + precision.eps * error) + smallest * error
