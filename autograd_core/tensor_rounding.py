"""How far rounding may have taken a gradient through Tensors: Monte Carlo arithmetic.

The computation is repeated a few times, in double precision, with every operand and result of an operation moved at
random by as much as rounding may have moved it, in the precision it was recorded in. How far that takes the gradient is
how far rounding can have taken it. This is an estimate where :mod:`autograd_core.rounding` has a bound; but it knows
every operation on arrays, for a backward stable algorithm makes errors like those.

Sources: D. S. Parker, *Monte Carlo arithmetic*, UCLA CSD-970002 (1997); N. J. Higham, *Accuracy and Stability of
Numerical Algorithms*, 2nd ed., SIAM (2002), chapters 1 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .elements import Holder
from .kernels import evaluate
from .operations import CAREFUL, STRUCTURAL
from .reverse import contribution_number
from .rules import PRIMITIVES
from .tensor import Tensor, quietly
from .tensor_replay import Numbers, TensorReplay, computes_inside, in_double
from .tensor_reverse import pull
from .value import Value

__all__ = ["Rounding", "contribution_sizes"]

_SAMPLES = 8
#: The largest deviation of so few samples is multiplied by this, to bound those that were not taken.
_SAFETY = 2.0


def contribution_sizes(root: Tensor, holders: Sequence[Holder]) -> list[Any]:
    """How large the contributions are that add up to the gradient by each element: where they cancel, much larger.

    Each is the mean size of the gradient if each contribution along an edge has a random sign.

    >>> x = Tensor([3.0, 1.0])
    >>> [sizes] = contribution_sizes((x * 5 - x * 5).sum(), [x])
    >>> bool((sizes > 1).all() and (sizes < 20).all())
    True
    """
    generator = np.random.default_rng(0)

    def contribution(node: Tensor, position: int, g: Any) -> Any:
        signed = g * generator.choice((-1.0, 1.0), np.shape(g))
        return node._operation.vjps[position](CAREFUL, signed, node._data, *node._inputs, *node._options)

    def by_value(node: Value, position: int, upstream: float) -> float | None:
        return contribution_number(node, position, upstream * float(generator.choice((-1.0, 1.0))))

    sizes: list[Any] = [0.0] * len(holders)
    for _ in range(_SAMPLES):
        found = quietly().run(pull, root, holders, np.ones(root.shape), contribution, by_value)
        for position, each in enumerate(found):
            sizes[position] = sizes[position] + (0.0 if each is None else abs(np.asarray(each, float)) / _SAMPLES)
    return [np.broadcast_to(each, np.shape(holder.data)) for each, holder in zip(sizes, holders, strict=True)]


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
        found = [float(np.ravel(run.forward(numbers)[self._replay.root])[0]) for run in self._runs()]
        return _SAFETY * float(_largest([each - exact for each in found]))

    def of_gradient(self) -> list[Any]:
        """How far it may have taken the gradient by each element."""
        exact = _Run(self._replay, self._holders, None).gradient()
        found = [run.gradient() for run in self._runs()]
        return [
            _SAFETY * _largest([each[position] - exact[position] for each in found]) for position in range(len(exact))
        ]

    def _runs(self) -> list[_Run]:
        generator = np.random.default_rng(0)
        return [_Run(self._replay, self._holders, generator) for _ in range(_SAMPLES)]


class _Run:
    """One repetition; without a generator it makes no errors but those of double precision."""

    def __init__(self, replay: TensorReplay, holders: Sequence[Holder], generator: np.random.Generator | None) -> None:
        self._replay = replay
        self._holders = holders
        self._generator = generator

    def forward(self, numbers: Mapping[Holder, Any]) -> Numbers:
        return quietly().run(self._replay.all, numbers, self._rounded)

    def gradient(self) -> list[Any]:
        """By each holder."""
        numbers = self.forward({})

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
        return [
            np.zeros(np.shape(holder.data)) if each is None else np.asarray(each, float)
            for each, holder in zip(found, self._holders, strict=True)
        ]

    def _rounded(self, numbers: Any, node: Any) -> Any:
        """Numbers with an error as large as rounding in the precision of a node."""
        if self._generator is None:
            return numbers
        if isinstance(node, Tensor) and (node.op in ("max", "min") or numbers.dtype.kind != "f"):
            return numbers  # what was chosen is an element still
        precision = np.finfo(node.dtype if isinstance(node, Tensor) and node.dtype.kind == "f" else float)
        error = self._generator.uniform(-1.0, 1.0, np.shape(numbers))
        smallest = np.where(numbers != 0.0, precision.smallest_subnormal, 0.0)
        return numbers * (1.0 + precision.eps * error) + smallest * error


def _largest(deviations: Sequence[Any]) -> Any:
    """The largest size in each place; infinite where one is not finite."""
    each = np.asarray(deviations)
    return np.max(np.where(np.isfinite(each), abs(each), np.inf), axis=0)
