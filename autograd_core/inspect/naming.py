"""What nodes are called where a person reads about them, and the formula of a node in those names. Read-only."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..formulas.formula import Apply, Expression, Number, Variable
from ..formulas.printing import GREEK, MathName, visible
from ..formulas.unicode_text import is_set_whole, set_as_text
from ..scalar.value import Value

__all__ = ["Names", "math_name"]

# How networks call what they hold: a weight of a neuron in a layer, an array of a layer.
_WEIGHT = re.compile(r"w([1-9]\d*)|b")
_NEURON = re.compile(r"(?:(?P<outer>.*?)/)??(?:layer (?P<layer>\d+)/)?neuron (?P<neuron>\d+)")
_LAYER = re.compile(r"(?:(?P<outer>.*)/)?layer (?P<layer>\d+)")
_RAISED = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Names:
    """Unique names of some nodes, each a word that can stand in a formula.

    A node is called by its label, a weight of a network as in a book (see :func:`math_name`). Where several have the
    same label, or labels that look the same in a formula (``w1`` and ``w_1``, ``alpha`` and ``α``), the scope stands
    before it (``part1.w1``), and where that does not help a number behind it (``x1.2``). Nodes without a label are
    called x1, x2, ... (leaves), c1, c2, ... (constants) and z1, z2, ... (computed), in the given order.

    Parameters
    ----------
    nodes
        The nodes, in the order in which they are to be numbered.
    given
        Nodes that have a name already; no other node gets the same.

    Examples
    --------
    >>> from autograd_core.formulas.printing import to_text
    >>> w = Value(2.0, "w")
    >>> product = w * 3
    >>> root = product + w
    >>> names = Names([w, product, root])
    >>> names[root], to_text(names.formula(root)), to_text(names.formula(product))
    ('z2', 'z1 + w', 'w * 3')
    """

    def __init__(self, nodes: Iterable[Any], given: Mapping[Any, str] = MappingProxyType({})) -> None:
        self._names: dict[Any, str] = dict(given)
        self._labels: dict[str, set[str]] = {}
        unnamed: list[Any] = []
        waiting: dict[str, list[tuple[Any, str]]] = {}
        for node in dict.fromkeys(each for each in nodes if each not in given):
            word = math_name(node) or _word(visible(node.label) or "")
            if word:
                self._labels.setdefault(_look(word), set()).add(node.label)
                waiting.setdefault(_look(word), []).append((node, word))
            else:
                unnamed.append(node)
        used = set(map(_look, given.values()))
        clashing: dict[str, list[tuple[Any, str]]] = {}
        for look, bearers in waiting.items():
            if len(bearers) == 1 and look not in used:
                self._give(*bearers[0], used)
            else:
                for node, word in bearers:
                    scoped = _joined(_scope_words(node), word)
                    clashing.setdefault(_look(scoped), []).append((node, scoped))
        for bearers in clashing.values():
            times = Counter(word for _, word in bearers)
            numbers = itertools.count(1)
            for node, word in bearers:
                itself = (
                    [word] if times[word] == 1 else []
                )  # of labels that only look the same the first stays as it is
                numbered = (_numbered(word, number) for number in numbers)
                self._give(node, _first_free(itertools.chain(itself, numbered), used), used)
        counters = {kind: map(f"{kind}{{}}".format, itertools.count(1)) for kind in "xcz"}
        for node in unnamed:
            kind = {"leaf": "x", "constant": "c"}.get(node.op, "z")
            self._give(node, _first_free(counters[kind], used), used)

    def _give(self, node: Any, name: str, used: set[str]) -> None:
        self._names[node] = name
        used.add(_look(name))

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
        if scope != node.scope:
            return name
        own = math_name(node)
        return (
            own
            if own and name == _joined(_scope_words(node), own)
            else name.removeprefix(".".join([*_scope_words(node), ""]))
        )

    def looks_like_another(self, label: str) -> bool:
        """Whether a node has another label that looks the same in a formula.

        >>> names = Names([Value(1.0, "w1"), Value(2.0, "w_1"), Value(3.0, "w2")])
        >>> names.looks_like_another("w1"), names.looks_like_another("w2")
        (True, False)
        """
        return len(self._labels.get(_look(_set(label) or _word(label)), ())) > 1

    def __contains__(self, node: Any) -> bool:
        return node in self._names

    def operand(self, node: Any) -> Expression:
        """How a node stands in a formula: a number without label as it is, every other node by its name."""
        if node.op == "constant" and visible(node.label) is None and _is_number(node):
            return Number(float(node.data))
        return Variable(self._names[node])

    def formula(self, node: Any) -> Expression:
        """What a node was computed as, in the names of its parents; its number if it was not computed."""
        if not node.parents:
            return Number(float(node.data)) if _is_number(node) else Variable(self._names[node])
        return Apply(node.op, tuple(self.operand(parent) for parent in node.parents))


def math_name(node: Any) -> MathName | None:
    r"""What a node is called in mathematics, if its label alone does not say it: else None.

    A label between dollar signs is LaTeX. A weight of a network is called as in a book: w⁽¹⁾₂₃ is of the first layer,
    its second neuron, the third input.

    >>> from autograd_core import scope
    >>> with scope("layer 1"), scope("neuron 2"):
    ...     weight, bias = Value(0.5, "w3"), Value(0.0, "b")
    >>> [math_name(node) for node in (weight, bias, Value(1.0, r"$\hat{y}$"), Value(1.0, "y"))]
    ['w⁽¹⁾₂₃', 'b⁽¹⁾₂', 'ŷ', None]
    >>> print(math_name(weight).latex)
    w^{(1)}_{23}
    """
    label = node.label
    if label is None or node.op != "leaf" or not node.scope:
        return _set(label)
    if label in ("W", "b") and (found := _LAYER.fullmatch(node.scope)):
        return _indexed(label, found["layer"], "")
    weight = _WEIGHT.fullmatch(label)
    found = _NEURON.fullmatch(node.scope) if weight else None
    if weight is None or found is None:
        return _set(label)
    indices = [each for each in (found["neuron"], weight[1]) if each]
    return _indexed(label[0], found["layer"], ("," if max(map(len, indices)) > 1 else "").join(indices))


def _indexed(letter: str, layer: str | None, index: str) -> MathName:
    above = f"({layer})" if layer else ""
    latex = letter + (f"^{{{above}}}" if above else "") + (f"_{{{index}}}" if index else "")
    return MathName(letter + above.translate(_RAISED) + index.translate(_LOWERED), latex)


def _set(label: str | None) -> MathName | None:
    """The mathematics between dollar signs."""
    if label is None or label[:1] != "$" or label[-1:] != "$" or not is_set_whole(label[1:-1]):
        return None
    text = set_as_text(label[1:-1])
    return MathName(text, label[1:-1].strip()) if visible(text) and not text[:1].isdigit() else None


def _joined(scope_words: list[str], word: str) -> str:
    text = ".".join([*scope_words, word])
    if not isinstance(word, MathName) or not scope_words:
        return word if not scope_words else text
    return MathName(text, "".join(rf"\mathrm{{{each}}}." for each in scope_words) + word.latex)


def _numbered(word: str, number: int) -> str:
    return MathName(f"{word}.{number}", f"{word.latex}.{number}") if isinstance(word, MathName) else f"{word}.{number}"


def _is_number(node: Any) -> bool:
    """Whether it is a Value, or a Tensor without axes."""
    return isinstance(node, Value) or node.ndim == 0


def _word(label: str) -> str:
    """The label as a word of letters, digits, underscores, primes and carets, a letter first; or empty."""
    word = re.sub(r"[^\w'^\u0300-\u036f]+", "_", re.sub("[′’]", "'", label)).strip("_^").lstrip("_^'")
    return "" if word[:1].isdigit() else word


@functools.lru_cache(maxsize=4096)
def _look(name: str) -> str:
    """What two names have in common that look the same in one of the notations of a formula."""
    if name.isascii() and "_" not in name and name not in GREEK:  # most names
        return name
    raised = re.sub("[⁰¹²³⁴-⁹]+", lambda match: "^" + match[0], name)
    plain = unicodedata.normalize("NFKC", raised).translate(_NAMES_OF_GREEK)
    index = re.fullmatch(r"([^\W\d_]+)_?(\d+'*)", plain)
    return plain if index is None else index[1] + index[2]


_NAMES_OF_GREEK = {ord(letter): name for name, letter in GREEK.items()}


def _scope_words(node: Any) -> list[str]:
    """The words of a scope; without those that are in the name of a weight of a network."""
    scope = node.scope
    own = math_name(node) if node.label and node.label[:1] in "wWb" else None
    if own is not None and (found := _NEURON.fullmatch(scope) or _LAYER.fullmatch(scope)):
        scope = found["outer"] or ""
    return [re.sub(r"\W+", "", part) for part in scope.split("/") if part]


def _first_free(candidates: Iterator[str], used: set[str]) -> str:
    return next(name for name in candidates if _look(name) not in used)
