"""One recorded result of a gradient check, with everything the check asks of its graph, computed when first asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from .elements import Direction
from .fault_location import LocalFault, domain_in_words, kinks_at, local_faults, outside_domain
from .forward import directional_derivative
from .graph import topological_order
from .graph_replay import GraphReplay
from .numeric import Estimate
from .reverse import gradient_magnitudes, gradient_numbers
from .rounding import data_rounding, gradient_rounding
from .value import Value

__all__ = ["Recorded"]


class Recorded:
    """A result and the leaves that it is differentiated by.

    Parameters
    ----------
    root
        The result.
    leaves
        The leaves, each once.
    """

    def __init__(self, root: Value, leaves: Sequence[Value]) -> None:
        self.root = root
        self.leaves = leaves

    @property
    def at_point(self) -> float:
        """The result's number."""
        return self.root.data

    def at_present(self) -> float:
        """The number that the graph has at the present data of the leaves."""
        return self.replay.at({leaf: leaf.data for leaf in self.leaves})

    def rounding_at_present(self) -> float:
        """How far rounding may have taken the result, as at the point it was recorded at."""
        return self.data_rounding

    def in_double(self, direction: Direction) -> None:
        """None, for Values are in double precision; see :class:`autograd_core.recorded_tensors.RecordedTensors`."""

    @cached_property
    def gradient(self) -> dict[Value, float]:
        """By reverse mode."""
        return dict(zip(self.leaves, gradient_numbers(self.root, self.leaves), strict=True))

    @cached_property
    def _magnitudes(self) -> dict[Value, float]:
        return dict(zip(self.leaves, gradient_magnitudes(self.root, self.leaves), strict=True))

    @cached_property
    def _rounding(self) -> dict[Value, float]:
        return dict(zip(self.leaves, gradient_rounding(self.root, self.leaves), strict=True))

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
        return data_rounding(self.root)

    def along(self, direction: Direction) -> float:
        """The derivative along a direction, by reverse mode."""
        return sum(self.gradient[leaf] * speed for leaf, speed in direction.items())

    def magnitude(self, direction: Direction) -> float:
        """Sum of the magnitudes of all contributions to it."""
        return sum(self._magnitudes[leaf] * abs(speed) for leaf, speed in direction.items())

    def rounding(self, direction: Direction) -> float:
        """How far rounding may have taken it."""
        return sum(self._rounding[leaf] * abs(speed) for leaf, speed in direction.items())

    def forward(self, direction: Direction) -> float:
        """The derivative along a direction, by forward mode."""
        return directional_derivative(self.root, direction)

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

    def outside_domain(self) -> list[str]:
        """Nodes anywhere in the graph that are outside of their domain, in words."""
        return [domain_in_words(node) for node in outside_domain(list(self._nodes))]

    def _reached(self, direction: Direction) -> set[Value]:
        reached = set(direction)
        for node in self._nodes:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
        return reached
