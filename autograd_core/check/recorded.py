"""One recorded result of a gradient check, with everything the check asks of its graph, computed when first asked."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..array.arrays import quietly, sum_to_shape
from ..array.operations import CAREFUL
from ..array.tensor import OF_VALUES, Tensor
from ..derivatives.gradients import pull
from ..derivatives.pull_back import contribution_number
from ..derivatives.push_forward import push_forward, tangents_of
from ..errors import InputTypeError
from ..formulas.rules import PRIMITIVES
from ..kinks.corrections import tangent_beside_kinks
from ..kinks.points import irregular, kink_elements
from ..numerical.complex_step import beside_point, complex_step
from ..numerical.elements import Direction, Leaf, by_leaf, holders_of, speeds
from ..numerical.finite_differences import Estimate
from ..numerical.leaf_gradients import leaf_gradients, number_of
from ..numerical.replays import Replay
from ..numerical.rounding_bound import RoundingBound
from ..numerical.rounding_samples import RoundingSamples, contributions
from ..scalar.blocks import recording
from ..scalar.value import Value
from .faults import Fault, faults_of, outside_domain
from .reached import reached_elements

__all__ = ["Recorded"]

#: How far beside the point rounding is looked at, on the scale of each leaf.
_BESIDE = 2.0**-12


class Recorded:
    """A result and the leaves that it is differentiated by.

    Parameters
    ----------
    root
        The result, a Value or a Tensor of one number.
    leaves
        Values and elements of Tensors, each once.
    origin
        The result whose gradient this is a component of, if it is one: a wrong vjp there makes a wrong graph here.
    """

    def __init__(self, root: Value | Tensor, leaves: Sequence[Leaf], origin: Recorded | None = None) -> None:
        self._holders = holders_of(leaves)
        if isinstance(root, Value) and any(isinstance(holder, Tensor) for holder in self._holders):
            with recording(True):
                root = Tensor(root)
        self.root = root
        self.leaves = leaves
        self._origin = origin
        self._point: dict[Any, Any] = {
            holder: holder.data if isinstance(holder, Value) else np.array(holder.data) for holder in self._holders
        }

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.root, self._point)

    @cached_property
    def _rounding(self) -> RoundingBound | RoundingSamples:
        """Formulas have a bound for the rounding of Values, whole arrays are sampled."""
        return (RoundingBound if isinstance(self.root, Value) else RoundingSamples)(self._replay, self.leaves)

    # --- the number -----------------------------------------------------------------------------------------------

    @property
    def at_point(self) -> float:
        """The result's number."""
        return number_of(self.root)

    def at_present(self) -> float:
        """The number that the graph has at the present data of the leaves."""
        return self._replay.at(self._present())

    def rounding_at_present(self) -> float:
        """How far rounding may take the number that the graph has there, in the precision it was recorded in."""
        return self._rounding.of_data(self._present())

    def _present(self) -> dict[Any, Any]:
        return {holder: holder.data for holder in self._holders}

    @cached_property
    def data_rounding(self) -> float:
        """How far rounding may have taken the result itself."""
        return self._rounding.of_data(self._point)

    @cached_property
    def rounding_beside(self) -> float:
        """How far rounding may take the result a little beside the point, where all leaves are moved.

        At the point itself, such as 0, numbers that cancel may be exact.
        """
        uniform = random.Random(0).uniform
        return self._rounding.of_data({holder: _beside(number, uniform) for holder, number in self._point.items()})

    def in_double(self, direction: Direction) -> Callable[[float], float] | None:
        """The graph as a function along a direction in double precision; None if all of it was recorded in that."""
        return self._replay.along(direction) if self._in_single else None

    @cached_property
    def _in_single(self) -> bool:
        return any(node.dtype == np.float32 for node in self._nodes if isinstance(node, Tensor))

    # --- the derivative -------------------------------------------------------------------------------------------

    @cached_property
    def gradient(self) -> dict[Leaf, float]:
        """By reverse mode."""
        return dict(zip(self.leaves, leaf_gradients(self.root, self.leaves), strict=True))

    def along(self, direction: Direction) -> float:
        """The derivative along a direction, by reverse mode; of a gradient, beside kinks, as transforms find it."""
        found = sum(self.gradient[leaf] * speed for leaf, speed in direction.items())
        if self._origin is not None and irregular([self.root], moving := speeds(direction)):
            return float(np.ravel(tangent_beside_kinks(self.root, moving, found, warn=False))[0])
        return found

    def forward(self, direction: Direction) -> float:
        """The derivative along a direction, by forward mode; nan if a user's function has no rule for that."""
        try:
            return float(np.ravel(push_forward(self.root, speeds(direction)))[0])
        except InputTypeError:
            return math.nan

    def complex_step(self, direction: Direction) -> Estimate | None:
        """The derivative along a direction, by the complex step, or None where that does not apply."""
        return complex_step(self._replay.at_complex, direction)

    def rounding(self, direction: Direction) -> float:
        """How far rounding may have taken it."""
        return self._rounding.of_gradient(direction)

    def rounding_of_complex_step(self, direction: Direction) -> float:
        """How far it may take it where the complex step looks: next to the point, where a branch may be another one."""
        numbers = by_leaf(self.leaves, self._holders, [*self._point.values()])
        return self._rounding.of_gradient(direction, beside_point(direction, numbers))

    def magnitude(self, direction: Direction) -> float:
        """Size of the contributions to it: the largest sum of magnitudes that come together in one node.

        The magnitudes along all paths would not do: they grow with the depth of a graph without end.
        """
        try:
            tangents = tangents_of(self.root, speeds(direction))
        except InputTypeError:  # a user's function has no rule for forward mode
            tangents = {}
        sums = quietly().run(_arriving_at, self._upstream, tangents)
        return max([*sums, sum(abs(self.gradient[leaf] * speed) for leaf, speed in direction.items())])

    def reference(self, direction: Direction) -> float:
        """How large the derivative would be if what depends on the direction's leaves mattered: beside it, 0 is small.

        On the way to the result, the smallest part of it that comes from them.
        """
        reached = self._reached(direction)
        parts = quietly().run(_parts, self._upstream, reached)
        return min(filter(None, parts), default=1.0)

    @cached_property
    def _upstream(self) -> dict[Any, Any]:
        """The derivative of the result by each number of each node with parents, where there is one."""
        found: dict[Any, Any] = {}

        def contribution(node: Tensor, position: int, g: Any) -> Any:
            found[node] = g
            return node._operation.vjps[position](CAREFUL, g, node._data, *node._inputs, *node._options)

        def by_value(node: Value, position: int, upstream: float) -> float | None:
            found[node] = upstream
            return contribution_number(node, position, upstream)

        seed = 1.0 if isinstance(self.root, Value) else np.ones(self.root.shape)
        quietly().run(pull, self.root, self._holders, seed, contribution, by_value)
        return found

    # --- the graph ------------------------------------------------------------------------------------------------

    @property
    def _nodes(self) -> list[Any]:
        """Every node the result depends on, and itself, parents first."""
        return self._replay.order

    def reached_from(self, direction: Direction) -> bool:
        """Whether the result depends on one of the direction's leaves."""
        if any(self.gradient[leaf] for leaf in direction):
            return True
        return bool(np.any(self._reached(direction).get(self.root, False)))

    def _reached(self, direction: Direction) -> dict[Any, Any]:
        return reached_elements(self._nodes, direction)

    @cached_property
    def _kinks(self) -> dict[Any, Any]:
        """The nodes that have no derivative, and in which elements."""
        found: dict[Any, Any] = {}
        for node in self._nodes:
            if not node.parents or (isinstance(node, Value) and PRIMITIVES[node.op].kink is None):
                continue
            if (elements := kink_elements(node)).any():
                found[node] = elements
        return found

    def kinks(self, direction: Direction) -> list[Any]:
        """Nodes that have no derivative in an element that depends on the direction's leaves."""
        reached = self._reached(direction) if self._kinks else {}
        return [node for node, elements in self._kinks.items() if np.any(reached.get(node, False) & elements)]

    @cached_property
    def _faults(self) -> list[Fault]:
        return faults_of(self._nodes)

    def faults(self, direction: Direction) -> list[Fault]:
        """Wrong derivatives of nodes on a path from the direction's leaves."""
        reached = self._reached(direction) if self._faults else {}
        found = [fault for fault in self._faults if fault.parent in reached]
        if found or self._origin is None or isinstance(self.root, Value):  # formulas are in the graph made of them
            return found
        return self._origin.faults(direction)

    @cached_property
    def _outside(self) -> dict[Any, str]:
        """The nodes that are outside of their domain, in words."""
        return {node: words for node in self._nodes if (words := outside_domain(node)) is not None}

    def outside_domain(self) -> list[str]:
        """Nodes anywhere in the graph that are outside of their domain, in words."""
        return [*self._outside.values()]

    def passes_through_infinity(self, direction: Direction) -> list[str]:
        """Nodes that are infinite because they are outside of their domain, though the result is finite; in words."""
        reached = self._reached(direction) if self._outside else {}
        return [
            words
            for node, words in self._outside.items()
            if np.any(np.isinf(node.data) & reached.get(node, False)) and self._depends_on(node)
        ]

    def _depends_on(self, node: Any) -> bool:
        """Whether the result would be nan if the infinite numbers of a node were."""
        poisoned = np.where(np.isinf(node.data), np.nan, node.data)
        return not math.isfinite(self._replay.at({**self._point, node: poisoned}))


def _beside(number: Any, uniform: Callable[[float, float], float]) -> Any:
    """Numbers moved a little, each on its own scale."""
    if isinstance(number, float):
        return number + _BESIDE * uniform(0.5, 1.0) * (number or 1.0)
    shifts = np.reshape([uniform(0.5, 1.0) for _ in range(np.size(number))], np.shape(number))
    return number + _BESIDE * shifts * np.where(number != 0.0, number, 1.0)


def _arriving_at(upstream: Mapping[Any, Any], tangents: Mapping[Any, Any]) -> list[float]:
    return [_arriving(node, each, tangents) for node, each in upstream.items()]


def _arriving(node: Any, upstream: Any, tangents: Mapping[Any, Any]) -> float:
    """The magnitudes that the operands' tangents contribute to the derivative in a node."""
    operands = [(position, tangents[each]) for position, each in enumerate(node.parents) if each in tangents]
    if isinstance(node, Value):
        size: float = abs(upstream) * sum(abs(contribution_number(node, *each) or 0.0) for each in operands)
        return size
    if node._operation is OF_VALUES:
        return 0.0
    return math.fsum(
        statistics.fmean(
            float(np.sum(abs(sum_to_shape(each, np.shape(tangent)) * tangent)))
            for each in contributions(node, position, upstream)
        )
        for position, tangent in operands
    )


def _parts(upstream: Mapping[Any, Any], reached: Mapping[Any, Any]) -> list[float]:
    return [_part(node, each, reached[node]) for node, each in upstream.items() if node in reached]


def _part(node: Any, upstream: Any, reached: Any) -> float:
    """How much of the result comes from the numbers of a node that are reached: by its own size, or its operands'."""
    if isinstance(node, Value):  # the same, quickly
        part: float = abs(upstream) * (abs(node.data) or max(abs(each.data) for each in node.parents) or 1.0)
        return part
    sizes = abs(np.asarray(node.data, float))
    operands = max(float(np.max(abs(np.asarray(each.data, float)), initial=0.0)) for each in node.parents)
    return float(np.sum(np.where(reached, abs(upstream) * np.where(sizes != 0.0, sizes, operands or 1.0), 0.0)))
