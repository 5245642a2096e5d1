"""What nodes are called where a person reads about them, and the formula of a node in those names. Read-only."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from .formula import Apply, Expression, Number, Variable
from .value import Value

__all__ = ["Names"]


class Names:
    """Unique names of some nodes, each a word that can stand in a formula.

    A node is called by its label. Where several have the same label the scope stands before it
    (``layer1.neuron2.w1``), and where that does not help a number behind it (``x1.2``). Nodes without a label are
    called x1, x2, ... (leaves), c1, c2, ... (constants) and z1, z2, ... (computed), in the given order.

    Parameters
    ----------
    nodes
        The nodes, in the order in which they are to be numbered.
    given
        Nodes that have a name already; no other node gets the same.

    Examples
    --------
    >>> from autograd_core.printing import to_text
    >>> w = Value(2.0, "w")
    >>> product = w * 3
    >>> root = product + w
    >>> names = Names([w, product, root])
    >>> names[root], to_text(names.formula(root)), to_text(names.formula(product))
    ('z2', 'z1 + w', 'w * 3')
    """

    def __init__(self, nodes: Iterable[Value], given: Mapping[Value, str] = MappingProxyType({})) -> None:
        self._names: dict[Value, str] = dict(given)
        unnamed: list[Value] = []
        waiting: dict[str, list[Value]] = {}
        for node in dict.fromkeys(each for each in nodes if each not in given):
            word = _word(node.label or "")
            if word:
                waiting.setdefault(word, []).append(node)
            else:
                unnamed.append(node)
        used = set(given.values())
        clashing: dict[str, list[Value]] = {}
        for word, bearers in waiting.items():
            if len(bearers) == 1 and word not in used:
                self._give(bearers[0], word, used)
            else:
                for node in bearers:
                    clashing.setdefault(".".join([*_scope_words(node), word]), []).append(node)
        for word, bearers in clashing.items():
            numbered = map(f"{word}.{{}}".format, itertools.count(1))
            for node in bearers:
                alone = len(bearers) == 1 and word not in used
                self._give(node, word if alone else _first_free(numbered, used), used)
        counters = {kind: map(f"{kind}{{}}".format, itertools.count(1)) for kind in "xcz"}
        for node in unnamed:
            kind = {"leaf": "x", "constant": "c"}.get(node.op, "z")
            self._give(node, _first_free(counters[kind], used), used)

    def _give(self, node: Value, name: str, used: set[str]) -> None:
        self._names[node] = name
        used.add(name)

    def __getitem__(self, node: Value) -> str:
        return self._names[node]

    def within(self, node: Value, scope: str) -> str:
        """The name, without the scope that stands before it if a reader is in that scope already.

        >>> from autograd_core import scope
        >>> with scope("neuron 1"):
        ...     w = Value(2.0, "w")
        >>> names = Names([w, Value(1.0, "w")])
        >>> names[w], names.within(w, "neuron 1"), names.within(w, "")
        ('neuron1.w', 'w', 'neuron1.w')
        """
        name = self._names[node]
        return name.removeprefix(".".join([*_scope_words(node), ""])) if scope == node.scope else name

    def __contains__(self, node: Value) -> bool:
        return node in self._names

    def operand(self, node: Value) -> Expression:
        """How a node stands in a formula: a constant without label is its number, every other node its name."""
        if node.op == "constant" and node.label is None:
            return Number(node.data)
        return Variable(self._names[node])

    def formula(self, node: Value) -> Expression:
        """What a node was computed as, in the names of its parents; its number if it was not computed."""
        if not node.parents:
            return Number(node.data)
        return Apply(node.op, tuple(self.operand(parent) for parent in node.parents))


def _word(label: str) -> str:
    """The label as a word: letters, digits and underscores, not starting with a digit; empty if nothing is left."""
    word = re.sub(r"\W+", "_", label).strip("_")
    return "" if word[:1].isdigit() else word


def _scope_words(node: Value) -> list[str]:
    return [re.sub(r"\W+", "", part) for part in node.scope.split("/") if part]


def _first_free(candidates: Iterator[str], used: set[str]) -> str:
    return next(name for name in candidates if name not in used)
