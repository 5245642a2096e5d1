"""One recorded result of a gradient check, with everything the check asks of its graph, computed when first asked."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ..array.walks import topological_order
from ..derivatives.push_forward import push_forward, tangents_of
from ..kinks.corrections import tangent_beside_kinks
from ..kinks.points import irregular
from ..numeric.elements import Direction
from ..numeric.finite_differences import Estimate
from ..numeric.replay_values import GraphReplay, beside_point
from ..scalar.recording import recording
from ..scalar.reverse import contribution_number, gradient_numbers
from ..scalar.value import Value
from .faults_of_values import LocalFault, domain_in_words, kinks_at, local_faults, outside_domain
from .leaf_gradients import GradientNodes

__all__ = ["BESIDE", "Recorded"]

#: How far beside the point rounding is looked at, on the scale of each leaf.
BESIDE = 2.0**-12


class Recorded:
    """A result and the leaves that it is differentiated by.

    Parameters
    ----------
    root
        The result.
    leaves
        The leaves, each once.
    of_derivatives
        Whether it is a component of a gradient.
    """

    def __init__(self, root: Value, leaves: Sequence[Value], *, of_derivatives: bool = False) -> None:
        self.root = root
        self._of_derivatives = of_derivatives
        self.leaves = leaves
        self._point = {leaf: leaf.data for leaf in leaves}

    @property
    def at_point(self) -> float:
        """The result's number."""
        return self.root.data

    def at_present(self) -> float:
        """The number that the graph has at the present data of the leaves."""
        return self.replay.at({leaf: leaf.data for leaf in self.leaves})

    def rounding_at_present(self) -> float:
        """How far rounding may have taken the number that the graph has there."""
        return self.replay.rounding({leaf: leaf.data for leaf in self.leaves})

    @cached_property
    def rounding_beside(self) -> float:
        """How far rounding may take the result a little beside the point, where all leaves are moved.

        At the point itself, such as 0, numbers that cancel may be exact.
        """
        generator = random.Random(0)
        return self.replay.rounding(
            {
                leaf: number + BESIDE * generator.uniform(0.5, 1.0) * (number or 1.0)
                for leaf, number in self._point.items()
            }
        )

    def in_double(self, direction: Direction) -> None:
        """None, for Values are in double precision; see :mod:`autograd_core.check.recorded_tensors`."""

    @cached_property
    def gradient(self) -> dict[Value, float]:
        """By reverse mode."""
        return dict(zip(self.leaves, gradient_numbers(self.root, self.leaves), strict=True))

    @cached_property
    def _upstream(self) -> dict[Value, float]:
        """The derivative of the result by each node, where there is one other than 0."""
        received = {self.root: 1.0}
        for node in reversed(self._nodes):
            if node in received:
                for position, parent in enumerate(node.parents):
                    passed_on = contribution_number(node, position, received[node])
                    if passed_on is not None:
                        received[parent] = received.get(parent, 0.0) + passed_on
        return received

    @cached_property
    def _gradient_nodes(self) -> GradientNodes:
        with recording(True):
            return GradientNodes(self.root, self.leaves)

    @cached_property
    def replay(self) -> GraphReplay:
        """The graph at other points."""
        return GraphReplay(self.root, self.leaves)

    @cached_property
    def _nodes(self) -> dict[Value, None]:
        """Every node the result depends on, and itself, parents first."""
        return dict.fromkeys(topological_order(self.root))

    @cached_property
    def _kinks(self) -> list[Value]:
        return kinks_at(list(self._nodes))

    @cached_property
    def _faults(self) -> list[LocalFault]:
        return local_faults(list(self._nodes))

    @cached_property
    def data_rounding(self) -> float:
        """How far rounding may have taken the result itself."""
        return self.replay.rounding(self._point)

    def along(self, direction: Direction) -> float:
        """The derivative along a direction, by reverse mode; of a gradient, beside kinks, as transforms find it."""
        found = sum(self.gradient[leaf] * speed for leaf, speed in direction.items())
        if self._of_derivatives and irregular([self.root], direction):
            return tangent_beside_kinks(self.root, direction, found, warn=False)  # type: ignore[no-any-return]
        return found

    def magnitude(self, direction: Direction) -> float:
        """Size of the contributions to it: the largest sum of magnitudes that come together in one node.

        The magnitudes along all paths would not do: they grow with the depth of a graph without end.
        """
        tangents = tangents_of(self.root, direction)
        sums = [
            abs(upstream) * sum(abs(each) for each in _arriving(node, tangents))
            for node, upstream in self._upstream.items()
        ]
        return max([*sums, sum(abs(self.gradient[leaf] * speed) for leaf, speed in direction.items())])

    def reference(self, direction: Direction) -> float:
        """How large the derivative would be if what depends on the direction's leaves mattered: beside it, 0 is small.

        On the way to the result, the smallest part of it that comes from them.
        """
        reached = self._reached(direction)
        parts = [
            abs(upstream) * (abs(node.data) or max((abs(each.data) for each in node.parents), default=0.0) or 1.0)
            for node, upstream in self._upstream.items()
            if node in reached and upstream
        ]
        return min(parts, default=1.0)

    def rounding(self, direction: Direction) -> float:
        """How far rounding may have taken it, as the number of a graph of its own."""
        return self._gradient_replay(direction).rounding(self._point)

    def rounding_of_complex_step(self, direction: Direction) -> float:
        """How far it may take it where the complex step looks: next to the point, where a branch may be another one."""
        replay = self._gradient_replay(direction)
        return max(replay.rounding({**self._point, **moved}) for moved in beside_point(direction, self._point))

    def _gradient_replay(self, direction: Direction) -> GraphReplay:
        with recording(True):
            return GraphReplay(self._gradient_nodes.weighted_sum(direction), self.leaves)

    def forward(self, direction: Direction) -> float:
        """The derivative along a direction, by forward mode."""
        return push_forward(self.root, direction)  # type: ignore[no-any-return]

    def complex_step(self, direction: Direction) -> Estimate | None:
        """The derivative along a direction, by the complex step, or None where that does not apply."""
        return self.replay.derivative(direction)

    def reached_from(self, direction: Direction) -> bool:
        """Whether a path leads from one of the direction's leaves to the result."""
        return any(leaf in self._nodes for leaf in direction)

    def kinks(self, direction: Direction) -> list[Value]:
        """Nodes on a path from the direction's leaves at which the table says that there is no derivative."""
        reached = self._reached(direction) if self._kinks else set()
        return [node for node in self._kinks if node in reached]

    def faults(self, direction: Direction) -> list[LocalFault]:
        """Wrong local derivatives on a path from the direction's leaves."""
        reached = self._reached(direction) if self._faults else set()
        return [fault for fault in self._faults if fault.parent in reached]

    def passes_through_infinity(self, direction: Direction) -> list[str]:
        """Nodes that are infinite because they are outside of their domain, though the result is finite; in words."""
        candidates = [node for node in outside_domain(list(self._nodes)) if math.isinf(node.data)]
        reached = self._reached(direction) if candidates else set()
        return [
            domain_in_words(node)
            for node in candidates
            if node in reached and not math.isfinite(self.replay.at({**self._point, node: math.nan}))
        ]

    def outside_domain(self) -> list[str]:
        """Nodes anywhere in the graph that are outside of their domain, in words."""
        return [domain_in_words(node) for node in outside_domain(list(self._nodes))]

    def _reached(self, direction: Direction) -> set[Value]:
        reached = set(direction)
        for node in self._nodes:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
        return reached


def _arriving(node: Value, tangents: Mapping[Value, float]) -> Iterator[float]:
    """What each parent's tangent contributes to that of a node."""
    for position, parent in enumerate(node.parents):
        yield contribution_number(node, position, tangents.get(parent, 0.0)) or 0.0
