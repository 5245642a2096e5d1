"""Two graphs compared: which nodes were added, removed or changed, and how numbers and gradients differ. Read-only.

Whatever the pairing of nodes (:mod:`autograd_core.inspect.pairing`), the report is true: a pair that differs in
anything is reported with what differs, and nodes without a partner are reported as added or removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from ..array.tensor import Tensor
from ..array.walks import topological_order
from ..errors import InputTypeError
from ..formulas.printing import number_text, to_text, visible
from ..scalar.value import Value
from .differences import NumberChange, number_change, same_numbers, same_options, shape_text
from .naming import Names
from .pairing import paired
from .telling import counted

__all__ = [
    "BothGraphs",
    "GraphDiff",
    "NodeChange",
    "NodeEntry",
    "NumberChange",
    "both_graphs",
    "changes_of",
    "diff",
    "gradient_of",
]

_DIGITS = 6
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node that only one of the graphs has.

    Attributes
    ----------
    name
        What it is called here.
    op, scope
        As in the node.
    formula
        What it was computed as, or its number, or the shape of its array.
    value
        Its number; None for an array.
    """

    name: str
    op: str
    scope: str
    formula: str
    value: float | None


@dataclass(frozen=True, slots=True)
class NodeChange:
    """One thing in which a node of the first graph and its partner in the second differ.

    Attributes
    ----------
    name
        What the node is called here.
    what
        ``"op"``, ``"number"`` (of a constant), ``"options"`` (of an operation on arrays), ``"label"``, ``"scope"`` or
        ``"arguments"``.
    before, after
        How it is in the first graph and in the second.
    scope
        The scope of the node in the first graph.
    place
        For a constant without label the formula it stands in, else empty.
    """

    name: str
    what: str
    before: str
    after: str
    scope: str
    place: str


@dataclass(frozen=True, slots=True, repr=False)
class GraphDiff:
    """What :func:`diff` found: true if there is any difference, a list of them when printed.

    Attributes
    ----------
    added, removed
        Nodes that only the second graph has, and only the first.
    changed
        What differs in the structure of nodes that both have.
    values, gradients
        Where the numbers of nodes that both have differ at all. Parents stand before children, so the first value is
        where it begins.
    pairs
        How many nodes both have.
    """

    added: tuple[NodeEntry, ...]
    removed: tuple[NodeEntry, ...]
    changed: tuple[NodeChange, ...]
    values: tuple[NumberChange, ...]
    gradients: tuple[NumberChange, ...]
    pairs: int

    def __bool__(self) -> bool:
        return self.structural or bool(self.values or self.gradients)

    @property
    def structural(self) -> bool:
        """Whether more than numbers of leaves, and what follows from them, differs."""
        return bool(self.added or self.removed or self.changed)

    @property
    def summary(self) -> str:
        """One line: how many differences of which kind."""
        if not self:
            return f"no difference in {counted(self.pairs, 'node')}"
        numbers = f"{counted(len(self.values), 'value')} and {counted(len(self.gradients), 'gradient')} differ"
        structure = f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        return f"{structure}; {numbers} in {counted(self.pairs, 'common node')}"

    def __repr__(self) -> str:
        return f"<graph diff: {self.summary}>"

    def __str__(self) -> str:
        return "\n".join([self.summary, *self._lines()])

    def _lines(self) -> Iterator[str]:
        yield from _shown("- ", [_entry_text(entry) for entry in self.removed])
        yield from _shown("+ ", [_entry_text(entry) for entry in self.added])
        changes = [
            f"{each.place or each.name}{_scope_text(each.scope)}: {each.what} {each.before} → {each.after}"
            for each in self.changed
        ]
        yield from _shown("~ ", changes)
        yield from _shown("  value of ", [str(each) for each in self.values])
        yield from _shown("  gradient of ", [str(each) for each in self.gradients])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, texts and numbers."""
        return asdict(self)


def diff(a: Value | Tensor, b: Value | Tensor) -> GraphDiff:
    """Compare two graphs, node by node.

    Parameters
    ----------
    a, b
        The roots, Values or Tensors. The graphs may share nodes.

    Returns
    -------
    GraphDiff
        True if the graphs differ in anything: a node, an operation, the number of a constant, a label, a scope, the
        order of arguments, an option such as an axis, a value, or a gradient. Values and gradients are compared
        exactly.

    Raises
    ------
    InputTypeError
        If something is not a node.

    Notes
    -----
    Nodes are paired by structure, position, label and arguments, in time proportional to the size of the graphs. To
    find the least possible difference of two graphs is a hard problem in general, and not attempted: where much was
    changed at once, a change may be reported as a node removed and another one added.

    Examples
    --------
    >>> from autograd_core import relu, tanh
    >>> def model(activation, offset):
    ...     w, x = Value(2.0, "w"), Value(0.5, "x")
    ...     return activation(w * x + offset) * 3
    >>> print(diff(model(tanh, 1), model(tanh, 2)))
    0 added, 0 removed, 1 changed; 3 values and 0 gradients differ in 8 common nodes
    ~ 1 in z2 = z1 + 1: number 1 → 2
      value of z2: 2 → 3 (33.3 %)
      value of z3: 0.964028 → 0.995055 (3.12 %)
      value of z4: 2.89208 → 2.98516 (3.12 %)
    >>> bool(diff(model(relu, 1), model(relu, 1)))
    False
    """
    both = both_graphs(a, b, "diff")
    one, other, partner, back, names, names_after = both
    places = _places(one, names)
    pairs = [(node, partner[node]) for node in one if node in partner]
    return GraphDiff(
        added=tuple(_entry(node, names_after) for node in other if node not in back),
        removed=tuple(_entry(node, names) for node in one if node not in partner),
        changed=tuple(
            NodeChange(names[node], *change, node.scope, places.get(node, ""))
            for node, its in pairs
            for change in changes_of(node, both)
        ),
        values=tuple(
            number_change(names[node], node.data, its.data)
            for node, its in pairs
            if not same_numbers(node.data, its.data) and not node.op == its.op == "constant"
        ),
        gradients=tuple(
            number_change(names[node], gradient_of(node), gradient_of(its))
            for node, its in pairs
            if not same_numbers(gradient_of(node), gradient_of(its))
        ),
        pairs=len(pairs),
    )


class BothGraphs(NamedTuple):
    """Two graphs side by side.

    Attributes
    ----------
    one, other
        The nodes of each in topological order.
    partner, back
        For nodes of the first graph those of the second that they stand for, and the other way round.
    names, names_after
        What the nodes of the first graph are called, and those of the second.
    """

    one: list[Any]
    other: list[Any]
    partner: dict[Any, Any]
    back: dict[Any, Any]
    names: Names
    names_after: Names


def both_graphs(a: Value | Tensor, b: Value | Tensor, who: str) -> BothGraphs:
    """Pair the nodes of two graphs and name them; nodes that stand for each other have one name."""
    for each in (a, b):
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(f"{who}: {each!r} is not a node; write {who}(a, b) with the roots of two graphs")
    one, other = topological_order(a), topological_order(b)
    partner = paired(one, other)
    back = {its: node for node, its in partner.items()}
    names = Names(one)
    given = {**{node: names[node] for node in one}, **{its: names[node] for its, node in back.items()}}
    return BothGraphs(one, other, partner, back, names, Names(other, given))


def _places(order: Sequence[Any], names: Names) -> dict[Any, str]:
    """For each constant without label its number and the formula of the first node computed from it."""
    places: dict[Any, str] = {}
    for node in order:
        for parent in node.parents:
            if parent.op == "constant" and visible(parent.label) is None and parent not in places:
                called = to_text(names.operand(parent), _DIGITS)
                places[parent] = f"{called} in {names[node]} = {to_text(names.formula(node), _DIGITS)}"
    return places


def _entry(node: Any, names: Names) -> NodeEntry:
    is_array = np.ndim(node.data) > 0
    formula = to_text(names.formula(node), _DIGITS) if node.parents or not is_array else shape_text(node.data)
    return NodeEntry(names[node], node.op, node.scope, formula, None if is_array else float(node.data))


def changes_of(node: Any, both: BothGraphs) -> Iterator[tuple[str, str, str]]:
    """What differs in the structure of a node of the first graph and its partner: what, how it was, how it is."""
    its = both.partner[node]
    if node.op != its.op:
        yield "op", node.op, its.op
    elif node.op == "constant" and not same_numbers(node.data, its.data):
        if np.ndim(node.data) or np.ndim(its.data):
            was, _, now = str(number_change("", node.data, its.data)).removeprefix(": ").partition(" → ")
            yield "number", was, now
        else:
            yield "number", number_text(float(node.data)), number_text(float(its.data))
    elif isinstance(node, Tensor) and node.op != "of_values" and not same_options(node._options, its._options):
        yield "options", _options_text(node), _options_text(its)
    if node.label != its.label:
        yield "label", str(node.label), str(its.label)
    if node.scope != its.scope:
        yield "scope", repr(node.scope), repr(its.scope)
    if tuple(both.partner.get(parent) for parent in node.parents) != its.parents:
        before, after = both.names.formula(node), both.names_after.formula(its)
        yield "arguments", to_text(before, _DIGITS), to_text(after, _DIGITS)


def _options_text(node: Tensor) -> str:
    return ", ".join(map(repr, node._options))


def gradient_of(node: Any) -> Any:
    """The gradient of a node; None if it was not computed."""
    return node.grad if node.has_grad else None


# --- words ----------------------------------------------------------------------------------------------------------


def _shown(start: str, texts: list[str]) -> Iterator[str]:
    yield from (start + text for text in texts[:_MOST_SHOWN])
    if len(texts) > _MOST_SHOWN:
        yield f"{start}… {len(texts) - _MOST_SHOWN:,} more"


def _entry_text(entry: NodeEntry) -> str:
    return f"{entry.name} = {entry.formula}{_scope_text(entry.scope)}"


def _scope_text(scope: str) -> str:
    return f" (in {scope})" if scope else ""
