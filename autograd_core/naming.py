"""What nodes are called where a person reads about them, and the formula of a node in those names. Read-only."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

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

    def __init__(self, nodes: Iterable[Any], given: Mapping[Any, str] = MappingProxyType({})) -> None:
        self._names: dict[Any, str] = dict(given)
        unnamed: list[Any] = []
        waiting: dict[str, list[Any]] = {}
        for node in dict.fromkeys(each for each in nodes if each not in given):
            word = _word(node.label or "")
            if word:
                waiting.setdefault(word, []).append(node)
            else:
                unnamed.append(node)
        used = set(given.values())
        clashing: dict[str, list[Any]] = {}
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

    def _give(self, node: Any, name: str, used: set[str]) -> None:
        self._names[node] = name
        used.add(name)

    def __getitem__(self, node: Any) -> str:
        return self._names[node]

    def within(self, node: Any, scope: str) -> str:
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

    def __contains__(self, node: Any) -> bool:
        return node in self._names

    def operand(self, node: Any) -> Expression:
        """How a node stands in a formula: a number without label as it is, every other node by its name."""
        if node.op == "constant" and node.label is None and _is_number(node):
            return Number(float(node.data))
        return Variable(self._names[node])

    def formula(self, node: Any) -> Expression:
        """What a node was computed as, in the names of its parents; its number if it was not computed."""
        if not node.parents:
            return Number(float(node.data)) if _is_number(node) else Variable(self._names[node])
        return Apply(node.op, tuple(self.operand(parent) for parent in node.parents))


def _is_number(node: Any) -> bool:
    """Whether it is a Value, or a Tensor without axes."""
    return isinstance(node, Value) or node.ndim == 0


def _word(label: str) -> str:
    """The label as a word: letters, digits and underscores, not starting with a digit; empty if nothing is left."""
    word = re.sub(r"\W+", "_", label).strip("_")
    return "" if word[:1].isdigit() else word


def _scope_words(node: Any) -> list[str]:
    return [re.sub(r"\W+", "", part) for part in node.scope.split("/") if part]


def _first_free(candidates: Iterator[str], used: set[str]) -> str:
    return next(name for name in candidates if name not in used)
