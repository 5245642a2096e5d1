"""What is drawn of a graph: single nodes and boxes, and what connects them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from ..layout.columns import columns_crossed
from .folding import Box, boxes_in_order
from .fusing import Sum

__all__ = ["Items"]


class Items:
    """Nodes and boxes that are drawn, in topological order, and which of them each is computed from.

    Parameters
    ----------
    nodes
        The nodes that are looked at, in topological order.
    boxed
        The box of each node that is in one.
    same
        For nodes that are drawn as another one, that one; may be empty.
    sums
        For nodes that are drawn with those of a sum inside of them, that sum; may be empty.
    limit
        How many items there may be; the nearest to the roots are kept.
    roots
        Where to start from.

    Attributes
    ----------
    items
        What is drawn.
    edges
        How many edges lie between two items of which one is a box.
    inputs, outputs
        For each box the nodes whose numbers go in, and its nodes that are used outside or are roots.
    """

    def __init__(
        self,
        nodes: Sequence[Any],
        boxed: dict[Any, Box],
        same: dict[Any, Any],
        sums: dict[Any, Sum],
        limit: int,
        roots: list[Any],
    ) -> None:
        self.nodes = nodes
        self.same = same
        self.sums = sums
        self._boxed = boxed
        self._members = boxed if len(boxed) == len(nodes) else set(nodes)
        boxes = boxes_in_order(nodes, boxed)
        self.edges: dict[tuple[Any, Any], int] = {}
        self.inputs: dict[Box, set[Any]] = {box: set() for box in boxes}
        self.outputs: dict[Box, set[Any]] = {box: set() for box in boxes}
        self._into: dict[Any, list[Any]] = {}
        if boxes:
            self._connect_boxes(roots)
        items = [*(node for node in nodes if node not in boxed), *boxes]
        self.items = items if len(items) <= limit else self._nearest(items, roots, limit)

    def item(self, parent: Any) -> Any:
        """What a parent of a node is drawn as; None if it is not looked at."""
        parent = self.same.get(parent, parent)
        return self._boxed.get(parent, parent) if parent in self._members else None

    def arguments(self, node: Any) -> Sequence[Any]:
        """The nodes that are drawn as arguments of a node."""
        found = [each for each, _, _ in self.sums[node].arguments()] if node in self.sums else node.parents
        return [self.same.get(each, each) for each in found] if self.same else found

    def parents(self, item: Any) -> list[Any]:
        """The items that an item is computed from, in order."""
        if isinstance(item, Box):
            return self._into.get(item, [])
        return [found for parent in self.arguments(item) if (found := self.item(parent)) is not None]

    def span(self) -> int:
        """How many columns the edges of boxes cross; see :func:`viz.layout.columns.columns_crossed`."""
        return columns_crossed(list(self.edges))

    def _connect_boxes(self, roots: Iterable[Any]) -> None:
        same, sums, box_of, members, edges = self.same, self.sums, self._boxed.get, self._members, self.edges
        for node in self.nodes:
            child = box_of(node)
            for parent in self.arguments(node) if node in sums else node.parents:
                given = same.get(parent, parent) if same else parent
                box = box_of(given)
                if box is child or (box is None and given not in members):
                    continue  # inside a box, between two nodes, or not looked at
                between = (box or given, child or node)
                edges[between] = edges.get(between, 0) + 1
                if child is not None:
                    self.inputs[child].add(given)
                if box is not None:
                    self.outputs[box].add(given)
        for one, other in edges:
            self._into.setdefault(other, []).append(one)
        for root in roots:
            if (box := box_of(root)) is not None:
                self.outputs[box].add(root)

    def _nearest(self, items: Iterable[Any], roots: Iterable[Any], limit: int) -> list[Any]:
        """The first items of a breadth-first walk from the roots towards the leaves."""
        reached: set[Any] = set()
        queue: deque[Any] = deque(self._boxed.get(root, root) for root in roots)
        while queue and len(reached) < limit:
            item = queue.popleft()
            if item not in reached:
                reached.add(item)
                queue.extend(self.parents(item))
        return [item for item in items if item in reached]
