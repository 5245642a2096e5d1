"""How far rounding may have taken a graph with Tensors: Monte Carlo arithmetic.

The computation is repeated a few times, in double precision, with every operand and result of an operation moved at
random by as much as rounding may have moved it, in the precision it was recorded in. How far that takes the gradient is
how far rounding can have taken it. This is an estimate where :mod:`autograd_core.numerical.rounding_bound` has a bound;
but it knows every operation on arrays, for a backward stable algorithm makes errors like those.

Sources: D. S. Parker, *Monte Carlo arithmetic*, UCLA CSD-970002 (1997); N. J. Higham, *Accuracy and Stability of
Numerical Algorithms*, 2nd ed., SIAM (2002), chapters 1 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.operations import CAREFUL
from ..array.tensor import Tensor
from ..derivatives.gradients import pull
from ..formulas.rules import PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import Value
from .elements import Direction, Holder, Leaf, holders_of, speeds
from .evaluation import computes_inside, in_double, is_elementwise, options_for
from .replays import Numbers, Replay

__all__ = ["RoundingSamples", "contributions"]

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


class RoundingSamples:
    """An estimate for the rounding of a recorded graph with Tensors, in the precision it was recorded in.

    The same questions as to :class:`autograd_core.numerical.rounding_bound.RoundingBound`.

    Parameters
    ----------
    replay
        The graph.
    leaves
        The Values and elements of Tensors to differentiate by.
    """

    def __init__(self, replay: Replay, leaves: Sequence[Leaf]) -> None:
        self._replay = replay
        self._holders = holders_of(leaves)

    def of_data(self, numbers: Mapping[Holder, Any]) -> float:
        """How far rounding may take the root's number, for some numbers of the leaves."""
        exact = self._replay.at(numbers)
        found = [float(np.ravel(run.forward(numbers)[self._replay.root])[0]) for run in self._runs(_SAMPLES // 2)]
        return _largest([each - exact for each in found])

    def of_gradient(self, direction: Direction, beside: Sequence[Mapping[Leaf, float]] = ({},)) -> float:
        """How far it may take the derivative along a direction, at the point or with some leaves beside it."""
        moving = speeds(direction)
        chosen = [(position, moving[holder]) for position, holder in enumerate(self._holders) if holder in moving]
        return max(
            _largest([sum(_product(gradient[position], speed) for position, speed in chosen) for gradient in found])
            for found in (self._deviations(self._replay.beside(each)) if each else self._at_point for each in beside)
        )

    @cached_property
    def _at_point(self) -> list[list[Any]]:
        return self._deviations(self._replay.point)

    def _deviations(self, numbers: Mapping[Holder, Any]) -> list[list[Any]]:
        """By how much repetitions of the gradient by each holder differ from the one without errors."""
        exact = _Run(self._replay, self._holders, None).gradient(numbers)
        found = [run.gradient(numbers) for run in self._runs(_SAMPLES)]
        with np.errstate(invalid="ignore"):
            return [[each - right for each, right in zip(gradient, exact, strict=True)] for gradient in found]

    def _runs(self, count: int) -> list[_Run]:
        generator = np.random.default_rng(0)
        return [_Run(self._replay, self._holders, generator) for _ in range(count)]


def _largest(deviations: Sequence[float]) -> float:
    """A bound for the size of deviations of which some are known; infinite if one is not finite."""
    return _SAFETY * max(abs(each) if math.isfinite(each) else math.inf for each in deviations)


def _product(gradient: Any, speed: Any) -> float:
    """The inner product; what stands still contributes nothing, even beside an infinity."""
    moving = speed != 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sum(gradient[moving] * speed[moving]))


class _Run:
    """One repetition; without a generator it makes no errors but those of double precision."""

    def __init__(self, replay: Replay, holders: Sequence[Holder], generator: np.random.Generator | None) -> None:
        self._replay = replay
        self._holders = holders
        self._generator = generator

    def forward(self, numbers: Mapping[Holder, Any]) -> Numbers:
        return quietly().run(self._replay.all, numbers, self._rounded)

    def gradient(self, given: Mapping[Holder, Any]) -> list[Any]:
        """By each holder, for some numbers of the leaves."""
        numbers = self.forward(given)

        def contribution(node: Tensor, position: int, g: Any) -> Any:
            operands = [numbers[parent] for parent in node._parents]
            if computes_inside(node):
                operands = [self._rounded(each, node) for each in operands]
            g, options = in_double(np.asarray(g)), options_for(node, float)
            passed_on = node._operation.vjps[position](CAREFUL, g, numbers[node], *operands, *options)
            # It is rounded once more where the operand has fewer digits than the result.
            kind = node._inputs[position].dtype
            return None if passed_on is None else self._rounded(np.asarray(passed_on), node, kind)

        def by_value(node: Value, position: int, upstream: float) -> float | None:
            x, y, w = (*(numbers[parent] for parent in node.parents), 0.0, 0.0)[:3]
            local = evaluate(PRIMITIVES[node.op].opcode, 1 << position, x, y, w)[1 + position]
            local = float(self._rounded(local, node))
            return None if not local or upstream == 0.0 else upstream * local

        seed = np.ones(self._replay.root.shape)
        found = quietly().run(pull, self._replay.root, self._holders, seed, contribution, by_value)
        return [
            np.zeros(np.shape(holder.data)) if each is None else np.asarray(each, float)
            for each, holder in zip(found, self._holders, strict=True)
        ]

    def _rounded(self, numbers: Any, node: Any, kind: Any = None) -> Any:
        """Numbers with an error as large as rounding in the precision of a node, or another one."""
        if self._generator is None:
            return numbers
        if isinstance(node, Tensor) and (node.op in ("max", "min", "sort") or numbers.dtype.kind != "f"):
            return numbers  # what was chosen is an element still
        if kind is None:
            kind = node.dtype if isinstance(node, Tensor) else np.dtype(float)
        precision = np.finfo(kind if kind.kind == "f" else float)
        growth = max(1.0, max(np.shape(numbers), default=1) / _TOGETHER) ** 0.5 if computes_inside(node) else 1.0
        error = growth * self._generator.uniform(-1.0, 1.0, np.shape(numbers))
        smallest = np.where(numbers != 0.0, precision.smallest_subnormal, 0.0)
        return numbers * (1.0 + precision.eps * error) + smallest * error
