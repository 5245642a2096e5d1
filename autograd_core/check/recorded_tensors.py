"""One recorded result of a gradient check whose graph has Tensors; asked the same questions as that of Values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..array.arrays import quietly, sum_to_shape
from ..array.operations import CAREFUL
from ..array.tensor import OF_VALUES, Tensor
from ..derivatives.gradients import gradient_arrays, pull
from ..derivatives.push_forward import push_forward, tangents_of
from ..errors import InputTypeError
from ..kinks.corrections import tangent_beside_kinks
from ..kinks.points import irregular, kink_elements
from ..numeric.elements import Direction, Element, Leaf, by_leaf, holders_of, speeds
from ..numeric.finite_differences import Estimate
from ..numeric.replay_tensors import TensorReplay
from ..numeric.replay_values import beside_point, complex_step
from ..numeric.rounding_samples import Rounding, contributions, largest_deviation
from ..scalar.recording import recording
from ..scalar.reverse import contribution_number
from ..scalar.value import Value
from .faults_of_tensors import TensorFault, domain_of_tensors, reached_elements, tensor_faults
from .faults_of_values import LocalFault, domain_in_words, kinks_at, local_faults, outside_domain
from .recorded import BESIDE, Recorded

__all__ = ["RecordedTensors", "recorded"]


def recorded(
    root: Value | Tensor, leaves: Sequence[Leaf], origin: Recorded | RecordedTensors | None = None
) -> Recorded | RecordedTensors:
    """A result, the leaves that it is differentiated by, and the result whose gradient it is a component of, if any."""
    values = [leaf for leaf in leaves if isinstance(leaf, Value)]
    if isinstance(root, Value):
        if len(values) == len(leaves):
            return Recorded(root, values, of_derivatives=origin is not None)
        with recording(True):
            root = Tensor(root)
    return RecordedTensors(root, leaves, origin)


class RecordedTensors:
    """A result and the leaves that it is differentiated by, as in :class:`autograd_core.check.recorded.Recorded`.

    Parameters
    ----------
    root
        The result, a Tensor of one number.
    leaves
        Values and elements of Tensors, each once.
    origin
        The result whose gradient this is a component of, if it is one: a wrong vjp there makes a wrong graph here.
    """

    def __init__(self, root: Tensor, leaves: Sequence[Leaf], origin: Recorded | RecordedTensors | None = None) -> None:
        self.root = root
        self._origin = origin
        self.leaves = leaves
        self._holders = holders_of(leaves)
        self._point = {holder: np.array(holder.data) for holder in self._holders}

    @property
    def at_point(self) -> float:
        """The result's number."""
        return self.root.item()

    def at_present(self) -> float:
        """The number that the graph has at the present data of the leaves."""
        return self._replay.at(self._present())

    def rounding_at_present(self) -> float:
        """How far rounding takes the result there, in the precision it was recorded in."""
        return self._repeated.of_data(self._present())

    def in_double(self, direction: Direction) -> Callable[[float], float] | None:
        """The graph as a function along a direction in double precision; None if all of it was recorded in that."""
        return self._replay.along(direction) if self._in_single else None

    def _present(self) -> dict[Any, Any]:
        return {holder: holder.data for holder in self._holders}

    @cached_property
    def gradient(self) -> dict[Leaf, float]:
        """By reverse mode."""
        return by_leaf(self.leaves, self._holders, gradient_arrays(self.root, self._holders))

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

        quietly().run(pull, self.root, self._holders, np.ones(self.root.shape), contribution, by_value)
        return found

    @cached_property
    def _replay(self) -> TensorReplay:
        return TensorReplay(self.root, self._point)

    @cached_property
    def _repeated(self) -> Rounding:
        return Rounding(self._replay, self._holders)

    @cached_property
    def _deviations(self) -> list[list[Any]]:
        return self._repeated.of_gradient(self._point)

    @cached_property
    def rounding_beside(self) -> float:
        """How far rounding may take the result a little beside the point, where all leaves are moved."""
        generator = np.random.default_rng(0)
        return self._repeated.of_data(
            {
                holder: number
                + BESIDE * generator.uniform(0.5, 1.0, np.shape(number)) * np.where(number != 0.0, number, 1.0)
                for holder, number in self._point.items()
            }
        )

    @cached_property
    def data_rounding(self) -> float:
        """How far rounding may have taken the result itself."""
        return self._repeated.of_data(self._point)

    @cached_property
    def _values(self) -> list[Value]:
        return [node for node in self._replay.order if isinstance(node, Value)]

    @cached_property
    def _tensors(self) -> list[Tensor]:
        return [node for node in self._replay.order if isinstance(node, Tensor)]

    @cached_property
    def _in_single(self) -> bool:
        return any(node.dtype == np.float32 for node in self._tensors)

    @cached_property
    def _kinks(self) -> dict[Any, Any]:
        """The nodes that have no derivative, and in which elements."""
        found: dict[Any, Any] = dict.fromkeys(kinks_at(self._values), True)
        for node in self._tensors:
            if node.parents and (elements := kink_elements(node)).any():
                found[node] = elements
        return found

    @cached_property
    def _faults(self) -> list[LocalFault | TensorFault]:
        return [*local_faults(self._values), *tensor_faults(self._tensors)]

    def along(self, direction: Direction) -> float:
        """The derivative along a direction, by reverse mode; of a gradient, beside kinks, as transforms find it."""
        found = sum(self.gradient[leaf] * speed for leaf, speed in direction.items())
        moving = speeds(direction)
        if self._origin is not None and irregular([self.root], moving):
            return float(np.ravel(tangent_beside_kinks(self.root, moving, found, warn=False))[0])
        return found

    def magnitude(self, direction: Direction) -> float:
        """Size of the contributions to it: the largest sum of magnitudes that come together in one node."""
        try:
            tangents = tangents_of(self.root, speeds(direction))
        except InputTypeError:  # a user's function has no rule for forward mode
            tangents = {}
        sums = [quietly().run(_arriving, node, upstream, tangents) for node, upstream in self._upstream.items()]
        return max([*sums, sum(abs(self.gradient[leaf] * speed) for leaf, speed in direction.items())])

    def reference(self, direction: Direction) -> float:
        """How large the derivative would be if what depends on the direction's leaves mattered: beside it, 0 is small.

        On the way to the result, the smallest part of it that comes from them.
        """
        reached = self._reached(direction)
        parts = [quietly().run(_part, node, upstream, reached[node]) for node, upstream in self._upstream.items()
                 if node in reached]  # fmt: skip
        return min(filter(None, parts), default=1.0)

    def rounding(self, direction: Direction) -> float:
        """How far rounding may have taken it."""
        return largest_deviation(self._dots(self._deviations, direction))

    def rounding_of_complex_step(self, direction: Direction) -> float:
        """How far it may take it where the complex step looks: next to the point, where a branch may be another one."""
        numbers = {
            leaf: float(
                self._point[leaf.tensor].flat[leaf.position] if isinstance(leaf, Element) else self._point[leaf]
            )
            for leaf in direction
        }
        found = []
        for moved in beside_point(direction, numbers):
            point = {holder: np.array(each, float) for holder, each in self._point.items()}
            for leaf, number in moved.items():
                holder, position = (leaf.tensor, leaf.position) if isinstance(leaf, Element) else (leaf, 0)
                point[holder].flat[position] = number
            found.append(largest_deviation(self._dots(self._repeated.of_gradient(point), direction)))
        return max(found)

    def _dots(self, gradients: list[list[Any]], direction: Direction) -> list[float]:
        """The products of a direction and some gradients."""
        found = speeds(direction)
        pairs = [(position, found[holder]) for position, holder in enumerate(self._holders) if holder in found]
        return [sum(_product(gradient[position], speed) for position, speed in pairs) for gradient in gradients]

    def forward(self, direction: Direction) -> float:
        """The derivative along a direction, by forward mode; nan if a user's function has no rule for that."""
        try:
            return float(np.ravel(push_forward(self.root, speeds(direction)))[0])
        except InputTypeError:
            return math.nan

    def complex_step(self, direction: Direction) -> Estimate | None:
        """The derivative along a direction, by the complex step, or None where that does not apply."""
        return complex_step(self._replay.at_complex, direction)

    def reached_from(self, direction: Direction) -> bool:
        """Whether the result depends on one of the direction's leaves."""
        if any(self.gradient[leaf] for leaf in direction):
            return True
        return bool(np.any(self._reached(direction).get(self.root, False)))

    def kinks(self, direction: Direction) -> list[Any]:
        """Nodes that have no derivative in an element that depends on the direction's leaves."""
        reached = self._reached(direction) if self._kinks else {}
        return [node for node, elements in self._kinks.items() if np.any(reached.get(node, False) & elements)]

    def faults(self, direction: Direction) -> list[LocalFault | TensorFault]:
        """Wrong derivatives of operations on a path from the direction's leaves."""
        reached = self._reached(direction) if self._faults else {}
        found = [fault for fault in self._faults if fault.parent in reached]
        return found or ([] if self._origin is None else [*self._origin.faults(direction)])

    def passes_through_infinity(self, direction: Direction) -> list[str]:
        """Nodes that are infinite because they are outside of their domain, though the result is finite; in words."""
        words: dict[Any, str] = {node: domain_in_words(node) for node in outside_domain(self._values)}
        words.update({node: found for node in self._tensors if (found := domain_of_tensors(node)) is not None})
        reached = self._reached(direction) if words else {}
        return [
            text
            for node, text in words.items()
            if np.any(np.isinf(node.data) & reached.get(node, False)) and self._depends_on(node)
        ]

    def _depends_on(self, node: Any) -> bool:
        """Whether the result would be nan if the infinite numbers of a node were."""
        poisoned = np.where(np.isinf(node.data), np.nan, node.data)
        return not np.isfinite(self._replay.at({**self._point, node: poisoned}))

    def outside_domain(self) -> list[str]:
        """Nodes anywhere in the graph that are outside of their domain, in words."""
        of_tensors = [words for node in self._tensors if (words := domain_of_tensors(node)) is not None]
        return [domain_in_words(node) for node in outside_domain(self._values)] + of_tensors

    def _reached(self, direction: Direction) -> dict[Any, Any]:
        return reached_elements(self._replay.order, direction)


def _arriving(node: Any, upstream: Any, tangents: Mapping[Any, Any]) -> float:
    """The magnitudes that the operands' tangents contribute to the derivative in a node."""
    operands = [(position, tangents[each]) for position, each in enumerate(node.parents) if each in tangents]
    if isinstance(node, Value):
        return math.fsum(abs(upstream * (contribution_number(node, *each) or 0.0)) for each in operands)
    if node._operation is OF_VALUES:
        return 0.0
    return math.fsum(
        statistics.fmean(
            float(np.sum(abs(sum_to_shape(each, np.shape(tangent)) * tangent)))
            for each in contributions(node, position, upstream)
        )
        for position, tangent in operands
    )


def _part(node: Any, upstream: Any, reached: Any) -> float:
    """How much of the result comes from the numbers of a node that are reached: by its own size, or its operands'."""
    sizes = abs(np.asarray(node.data, float))
    operands = max(
        (float(np.max(abs(np.asarray(each.data, float)), initial=0.0)) for each in node.parents), default=0.0
    )
    part = np.sum(np.where(reached, abs(upstream) * np.where(sizes != 0.0, sizes, operands or 1.0), 0.0))
    return float(part)


def _product(gradient: Any, speed: Any) -> float:
    """The inner product; what stands still contributes nothing, even beside an infinity."""
    moving = speed != 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sum(gradient[moving] * speed[moving]))
