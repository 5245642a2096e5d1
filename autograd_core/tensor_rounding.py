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
_SAFETY = 4.0


def contribution_sizes(root: Tensor, holders: Sequence[Holder]) -> list[Any]:
    """How large the contributions are that add up to the gradient by each element: where they cancel, much larger.

    Each is the root of the sum of the squares of all products along paths: the expectation of the squared gradient if
    each contribution along an edge had a random sign.

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

    squares: list[Any] = [0.0] * len(holders)
    for _ in range(_SAMPLES):
        found = quietly().run(pull, root, holders, np.ones(root.shape), contribution, by_value)
        for position, each in enumerate(found):
            squares[position] = squares[position] + (0.0 if each is None else np.square(np.asarray(each, float)))
    return [
        np.broadcast_to((each / _SAMPLES) ** 0.5, np.shape(holder.data))
        for each, holder in zip(squares, holders, strict=True)
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
        generator = np.random.default_rng(0)
        exact = self._replay.at(numbers)
        found = [self._forward(generator, numbers)[self._replay.root] for _ in range(_SAMPLES)]
        return _SAFETY * float(_largest([np.ravel(each)[0] - exact for each in found]))

    def of_gradient(self, recorded: Sequence[Any]) -> list[Any]:
        """How far it may have taken the gradient by each element."""
        generator = np.random.default_rng(0)
        deviations: list[list[Any]] = [[] for _ in recorded]
        for _ in range(_SAMPLES):
            for each, found, ours in zip(deviations, self._gradient(generator), recorded, strict=True):
                each.append(np.asarray((0.0 if found is None else found) - np.asarray(ours, float)))
        return [_SAFETY * _largest(each) for each in deviations]

    def _forward(self, generator: np.random.Generator, numbers: Mapping[Holder, Any] | None = None) -> Numbers:
        return quietly().run(self._replay.all, numbers or {}, lambda each, node: _moved(each, node, generator))

    def _gradient(self, generator: np.random.Generator) -> list[Any]:
        numbers = self._forward(generator)

        def contribution(node: Tensor, position: int, g: Any) -> Any:
            inputs = [numbers[parent] for parent in node._parents]
            operation = node._operation
            if operation is STRUCTURAL["astype"]:
                return g
            if computes_inside(node):
                inputs = [_moved(each, node, generator) for each in inputs]
            passed_on = operation.vjps[position](
                CAREFUL, in_double(np.asarray(g)), numbers[node], *inputs, *node._options
            )
            return None if passed_on is None else _moved(passed_on, node, generator).astype(float)

        def by_value(node: Value, position: int, upstream: float) -> float | None:
            inputs = [numbers[parent] for parent in node.parents]
            x, y, w = (*inputs, 0.0, 0.0)[:3]
            local = evaluate(PRIMITIVES[node.op].opcode, 1 << position, x, y, w)[1 + position]
            local = float(_moved(local, node, generator))
            return None if not local or upstream == 0.0 else upstream * local

        seed = np.ones(self._replay.root.shape)
        found: list[Any] = quietly().run(pull, self._replay.root, self._holders, seed, contribution, by_value)
        return found


def _moved(numbers: Any, node: Any, generator: np.random.Generator) -> Any:
    """Numbers with an error as large as rounding in the precision of a node."""
    if isinstance(node, Tensor):
        if node.op in ("max", "min") or numbers.dtype.kind != "f":  # what was chosen is an element still
            return numbers
        epsilon = np.finfo(node.dtype).eps if node.dtype.kind == "f" else 0.0
    else:
        epsilon = np.finfo(float).eps
    return numbers * (1.0 + epsilon * generator.uniform(-1.0, 1.0, np.shape(numbers)))


def _largest(deviations: Sequence[Any]) -> Any:
    """The largest size in each place; infinite where one is not finite."""
    each = np.asarray(deviations)
    return np.max(np.where(np.isfinite(each), abs(each), np.inf), axis=0)
