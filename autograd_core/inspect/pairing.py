"""Nodes of two graphs paired: which node of the one stands for which node of the other.

Pairs are made in four rounds. First where everything down to the leaves is the same, and so only once in each graph;
then from the roots down by position, past nodes that were put in between; then by label; last by what nodes were
computed from. Every round is a walk with a queue, so the time is proportional to the size of the graphs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from ..scalar.value import Value

__all__ = ["paired"]


def paired(one: Sequence[Any], other: Sequence[Any]) -> dict[Any, Any]:
    """For nodes of a graph the nodes of another that they stand for.

    Parameters
    ----------
    one, other
        The nodes of each graph in topological order, the root last.

    Examples
    --------
    >>> from autograd_core import topological_order
    >>> x = Value(2.0, "x")
    >>> first, second = topological_order((x * 3).tanh()), topological_order((x * 5).tanh())
    >>> pairs = paired(first, second)
    >>> [(node.op, pairs[node].op, pairs[node].data) for node in first[:3]]
    [('leaf', 'leaf', 2.0), ('constant', 'constant', 5.0), ('mul', 'mul', 10.0)]
    """
    pairing = _Pairing()
    identity = _identities([*one, *other])
    pairing.by(identity.__getitem__, reversed(one), reversed(other), only_unique=True)
    pairing.compare(one[-1], other[-1])
    pairing.by(_name, one, other)
    pairing.by_arguments(one, other)
    pairing.by(lambda node: identity[node] if node.op != "constant" else None, reversed(one), reversed(other))
    return pairing.partner


def _identities(nodes: Iterable[Any]) -> dict[Any, int]:
    """A number for each node, the same for nodes that are alike with all that is below them."""
    numbers: dict[Hashable, int] = {}
    identity: dict[Any, int] = {}
    for node in nodes:
        own = _numbers(node) if node.op == "constant" or (node.op == "leaf" and node.label is None) else ""
        key = (type(node), node.op, node.label, node.scope, own, tuple(identity[parent] for parent in node.parents))
        identity[node] = numbers.setdefault(key, len(numbers))
    return identity


def _numbers(node: Any) -> Hashable:
    """The numbers of a node, exactly."""
    return node.data.hex() if isinstance(node, Value) else (node.shape, node.dtype, node.data.tobytes())


def _name(node: Any) -> Hashable:
    return None if node.label is None else (node.label, node.scope)


class _Pairing:
    """The pairs made so far. A new pair is followed down to the arguments at once."""

    def __init__(self) -> None:
        self.partner: dict[Any, Any] = {}
        self._partner_back: dict[Any, Any] = {}

    def _is_free(self, node: Any, counterpart: Any) -> bool:
        return node not in self.partner and counterpart not in self._partner_back

    def by(
        self,
        key: Callable[[Any], Hashable],
        one: Iterable[Any],
        other: Iterable[Any],
        *,
        only_unique: bool = False,
    ) -> None:
        """Pair nodes with the same key, in their order; those with the key None are left alone."""
        candidates: dict[Hashable, deque[Any]] = {}
        for node in other:
            candidates.setdefault(key(node), deque()).append(node)
        ours: dict[Hashable, list[Any]] = {}
        for node in one:
            ours.setdefault(key(node), []).append(node)
        for its_key, nodes in ours.items():
            theirs = candidates.get(its_key, deque())
            if its_key is None or (only_unique and not len(nodes) == len(theirs) == 1):
                continue
            for node in nodes:
                while theirs and theirs[0] in self._partner_back:
                    theirs.popleft()
                if theirs and node not in self.partner:
                    self.pair(node, theirs.popleft())

    def by_arguments(self, one: Sequence[Any], other: Sequence[Any]) -> None:
        """Pair nodes of the same operation on arguments that are paired, from the leaves up."""
        computed: dict[Hashable, list[Any]] = {}
        for node in reversed(other):
            if node not in self._partner_back and node.parents:
                computed.setdefault((node.op, node.parents), []).append(node)
        for node in one:
            if node not in self.partner and node.parents:
                theirs = computed.get((node.op, tuple(self.partner.get(parent) for parent in node.parents)))
                while theirs and theirs[-1] in self._partner_back:
                    theirs.pop()
                if theirs:
                    self.pair(node, theirs.pop())

    def pair(self, node: Any, counterpart: Any) -> None:
        """Make a pair, and compare the arguments at the same positions, down to the leaves."""
        waiting = deque([(node, counterpart)])
        while waiting:
            node, counterpart = waiting.popleft()
            if not self._is_free(node, counterpart):
                continue
            self.partner[node] = counterpart
            self._partner_back[counterpart] = node
            for argument, its_counterpart in zip(node.parents, counterpart.parents, strict=False):
                found = self._counterparts(argument, its_counterpart)
                if found is not None:
                    waiting.append(found)

    def compare(self, node: Any, counterpart: Any) -> None:
        """Pair two nodes that stand at the same position, or one of them with what is just below the other."""
        found = self._counterparts(node, counterpart)
        if found is not None:
            self.pair(*found)

    def _counterparts(self, node: Any, counterpart: Any) -> tuple[Any, Any] | None:
        if not self._is_free(node, counterpart):
            return None
        if node.op == counterpart.op:
            return node, counterpart
        for below in counterpart.parents:  # something was put in between
            if below.op == node.op and self._is_free(node, below):
                return node, below
        for below in node.parents:  # something was taken out
            if below.op == counterpart.op and self._is_free(below, counterpart):
                return below, counterpart
        return (node, counterpart) if len(node.parents) == len(counterpart.parents) else None
