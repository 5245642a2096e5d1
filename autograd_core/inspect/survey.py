"""One walk over a graph that gathers what a judgement of its gradients needs: by edge, by layer, along heaviest paths.

What is gathered is judged in :mod:`autograd_core.inspect.health`.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.operations import CAREFUL
from ..array.tensor import Tensor
from ..array.walks import topological_order
from ..derivatives.edges import local_derivatives
from ..formulas.printing import visible
from ..scalar.value import Value
from .between import ONE, Edge, Size, arrived_at, edges_into, gradients_on, size_of
from .flatness import Activation, activation_of

__all__ = ["EdgeName", "EdgeRecords", "LayerRecords", "Survey"]

#: Scope and label (or op) of the argument and of the node computed from it, and which argument it is.
EdgeName = tuple[str, str, str, str, int]


def _numbers() -> array[float]:
    return array("d")


@dataclass(slots=True)
class EdgeRecords:
    """What was seen on all edges of one name: one an example.

    Attributes
    ----------
    edge
        One of them.
    name, layer
        What it is called, and the layer of the node computed.
    local
        The local derivatives, in absolute value.
    dead, saturated
        How often the node was switched off, or in its flat part.
    largest_possible
        The largest local derivative it can have, if it is an activation function.
    smallest, largest
        Extremes of what was passed on, in absolute value.
    lost
        The sum of |upstream gradient| where the node was switched off or flat.
    origin
        Whether something that was finite became infinite or NaN here.
    """

    edge: Edge
    name: str
    layer: str
    local: array[float] = field(default_factory=_numbers)
    dead: int = 0
    saturated: int = 0
    largest_possible: float = math.nan
    smallest: float = math.inf
    largest: float = 0.0
    lost: float = 0.0
    origin: bool = False


@dataclass(slots=True)
class LayerRecords:
    """What was seen in one layer.

    Attributes
    ----------
    activations, dead, saturated
        How many there were, and how many of them were switched off, or in their flat part.
    gradients
        |dL/dz| of its outputs z: the nodes that something outside of the layer is computed from; zeros left out.
    heaviest
        The output with the largest product of local derivatives on a path from the root.
    followers
        How many edges lead to which other layers.
    """

    activations: int = 0
    dead: int = 0
    saturated: int = 0
    gradients: array[float] = field(default_factory=_numbers)
    heaviest: Any = None
    followers: Counter[str] = field(default_factory=Counter)

    @property
    def gradient(self) -> float | None:
        """Median of the gradients; None if there are none."""
        return median(self.gradients) if self.gradients else None

    @property
    def following(self) -> str | None:
        """The layer that most of its outputs go to; None if they go to none."""
        return max(self.followers, key=self.followers.__getitem__, default=None)


class Survey:
    """A graph, walked once from the root down.

    Attributes
    ----------
    edges, layers
        What was seen on edges and in layers, by name, from the inputs to the root.
    judged
        The layers that are judged: those with a scope, or all if there are no scopes.
    weights
        For each node the largest product of local derivatives on a path from the root, in absolute value; of a Tensor
        the largest number that one operation passes on to it, for along whole arrays no product is a path's.
    """

    def __init__(self, root: Any) -> None:
        order = topological_order(root)
        self.root = root
        self._layer_of_scope = _layers_of_scopes({node.scope for node in order})
        self._gradients = gradients_on(order)
        self.weights: dict[Any, Size] = {root: ONE}
        self._came_from: dict[Any, Edge] = {}
        self._order = [node for node in order if node.differentiable]
        computed = dict.fromkeys(self._layer(node) for node in self._order if node.parents)
        self.layers = {layer: LayerRecords() for layer in computed}
        self.judged = {layer for layer in computed if layer} or set(computed)
        self._outputs = {root}
        self.edges: dict[EdgeName, EdgeRecords] = {}
        for node in reversed(self._order):
            if node in self._outputs and node.parents:
                self._look_at_output(node)
            if isinstance(node, Value):
                for edge in edges_into(node):
                    self._look_at(edge)
            else:
                self._look_at_tensor(node)
        self.edges = dict(reversed(self.edges.items()))

    def _layer(self, node: Any) -> str:
        return self._layer_of_scope[node.scope]

    def _look_at_output(self, node: Any) -> None:
        layer, gradient = self.layers[self._layer(node)], abs(self._gradients[node])
        if not isinstance(node, Value):
            layer.gradients.frombytes(np.asarray(gradient, float)[gradient != 0.0].tobytes())
        elif gradient:
            layer.gradients.append(gradient)
        if layer.heaviest is None or self.weights[node] > self.weights[layer.heaviest]:
            layer.heaviest = node

    def _look_at(self, edge: Edge) -> None:
        child, _, _, local = edge
        upstream = self._gradients[child]
        contribution = upstream * local if upstream != 0.0 and local != 0.0 else 0.0
        records = self._records(edge)
        records.local.append(abs(local))
        records.smallest = min(records.smallest, abs(contribution))
        records.largest = max(records.largest, abs(contribution))
        records.origin |= math.isfinite(upstream) and not math.isfinite(contribution)
        activation = activation_of(child)
        if activation is not None:
            dead, saturated = activation.is_dead(local), activation.is_saturated(local)
            lost = abs(upstream) if dead or saturated else 0.0
            self._count(records, activation, 1, dead, saturated, lost)
        self._follow(edge, self.weights[child].times(size_of(local)), 1)

    def _look_at_tensor(self, node: Tensor) -> None:
        upstream = self._gradients[node] + np.zeros(node.shape)
        before = float(abs(upstream).max(initial=0.0))
        activation, parents = activation_of(node), list[Any](node.parents)
        for position, parent in enumerate(parents):
            if not parent.differentiable or not node.size:
                continue
            local = None if isinstance(parent, Value) else local_derivatives(node, position)
            if local is None:
                arrived = arrived_at(node, position, upstream)
                passed = abs(np.asarray(0.0 if arrived is None else arrived))
            else:
                passed = abs(quietly().run(CAREFUL.multiply, upstream, local))
            largest = float(passed.max(initial=0.0))
            edge = Edge(node, parent, position, largest / before if before else 0.0)
            records = self._records(edge)
            sizes = edge.local_derivative if local is None else abs(local)
            records.local.frombytes(np.asarray(sizes, float).tobytes())
            records.smallest = min(records.smallest, float(passed.min(initial=largest)))
            records.largest = max(records.largest, largest)
            records.origin |= math.isfinite(before) and not math.isfinite(largest)
            if activation is not None and local is not None:
                dead, saturated = activation.is_dead(local), activation.is_saturated(local)
                lost = float(abs(upstream)[dead | saturated].sum())
                self._count(records, activation, node.size, int(dead.sum()), int(saturated.sum()), lost)
            self._follow(edge, size_of(largest), node.size)

    def _count(
        self, records: EdgeRecords, activation: Activation, count: int, dead: int, saturated: int, lost: float
    ) -> None:
        layer = self.layers[records.layer]
        layer.activations += count
        for counted in (layer, records):
            counted.dead += dead
            counted.saturated += saturated
        records.largest_possible = activation.largest
        records.lost += lost

    def _follow(self, edge: Edge, weight: Size, count: int) -> None:
        own, above = self._layer(edge.parent), self._layer(edge.child)
        if own != above:
            self._outputs.add(edge.parent)
            if edge.parent.parents and above in self.judged:
                self.layers[own].followers[above] += count
        if edge.parent not in self.weights or weight > self.weights[edge.parent]:
            self.weights[edge.parent] = weight
            self._came_from[edge.parent] = edge

    def name_of(self, edge: Edge) -> EdgeName:
        """The name under which the records of an edge stand in `edges`."""
        child, parent = edge.child, edge.parent
        return (
            parent.scope,
            visible(parent.label) or parent.op,
            child.scope,
            visible(child.label) or child.op,
            edge.position,
        )

    def _records(self, edge: Edge) -> EdgeRecords:
        key = self.name_of(edge)
        records = self.edges.get(key)
        if records is None:
            records = self.edges[key] = EdgeRecords(edge, _edge_text(key), self._layer(edge.child))
        return records

    # --- changes of size --------------------------------------------------------------------------------------------

    def growth(self, layer: str, other: str | None) -> float | None:
        """How many times larger the gradient is in a layer than in another; None if one has none."""
        own = self.layers[layer].gradient
        others = None if other is None else self.layers[other].gradient
        return None if own is None or others is None else own / others

    def changes(self, step: float, whole: float, product: float) -> Iterator[tuple[list[Edge], float, str]]:
        """Where the gradient changes too much: the heaviest path there, the factor, and the place in words.

        Parameters
        ----------
        step, whole, product
            The limits, for growth if they are larger than 1 and for shrinking if smaller: from one layer to the next,
            from the last layer to a first one, and along a path to a leaf.
        """
        layers = [layer for layer in reversed(self.layers) if layer in self.judged]
        followers = {self.layers[name].following for name in layers}
        ways = [(name, self._last_after(name), whole) for name in layers if name not in followers]
        steps = [(name, self.layers[name].following, step) for name in layers]
        found = False
        for part in (ways, steps):
            for name, above, limit in part:
                factor = self.growth(name, above)
                if factor is not None and _exceeds(factor, limit):
                    found = True
                    yield self._path_between(name, above), factor, f"from {above!r} back to {name!r}"
            if found:
                return
        leaves = [node for node in self._order if not node.parents and self.weights[node].kind]
        if leaves and (product > 1.0 or self.judged == {""}):
            end = (max if product > 1.0 else min)(leaves, key=self.weights.__getitem__)
            factor = float(self.weights[end])
            if _exceeds(factor, product):
                yield self._path(end, {self.root}), factor, f"along a path back to {visible(end.label) or 'a leaf'!r}"

    def _last_after(self, name: str) -> str:
        """The layer at the end of the way from layer to layer; scopes that are entered in turns have no end."""
        seen = {name}
        while (above := self.layers[name].following) is not None and above not in seen:
            seen.add(above)
            name = above
        return name

    def _path_between(self, name: str, above: str | None) -> list[Edge]:
        start = self.layers[name].heaviest
        ends = {node for node in self._outputs if self._layer(node) == above} | {self.root}
        return [] if start is None else self._path(start, ends)

    def _path(self, node: Any, ends: set[Any]) -> list[Edge]:
        """The heaviest path from a node up to one of the ends."""
        path: list[Edge] = []
        while node in self._came_from and (not path or node not in ends):
            path.append(self._came_from[node])
            node = self._came_from[node].child
        return path


def _exceeds(factor: float, limit: float) -> bool:
    """Whether a factor is beyond a limit, for growth (above 1) or for shrinking; infinity is another trouble."""
    return limit < factor < math.inf if limit > 1.0 else factor < limit


def _layers_of_scopes(scopes: Iterable[str]) -> dict[str, str]:
    """The layer of each scope: itself if there are scopes inside of it or none around it, else the one around it."""
    scopes = set(scopes)
    around = {"/".join(scope.split("/")[:depth]) for scope in scopes for depth in range(1, scope.count("/") + 1)}
    return {scope: scope if scope in around or "/" not in scope else scope.rpartition("/")[0] for scope in scopes}


def _edge_text(name: EdgeName) -> str:
    parent_scope, parent, child_scope, child, _ = name
    if parent_scope != child_scope:
        return " → ".join("/".join(filter(None, end)) for end in ((parent_scope, parent), (child_scope, child)))
    return f"{child_scope}: {parent} → {child}" if child_scope else f"{parent} → {child}"
