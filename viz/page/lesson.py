"""What a page must know of a graph to compute with it and to speak of it: frozen data, before any HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autograd_core import PRIMITIVES, Tensor, Value, topological_order
from autograd_core.derivatives.expand import expand_graph
from autograd_core.errors import InputTypeError, InputValueError, shortened
from autograd_core.formulas.printing import visible
from autograd_core.inspect.naming import Names, math_name

from ..graphs.labels import printable, shorten
from ..graphs.mathtext import formula_text, name_text
from ..graphs.nodes import local_formula

__all__ = ["Lesson", "LessonNode", "lesson_of", "scalar_graph"]

_MOST_NODES = 500


@dataclass(frozen=True, slots=True)
class LessonNode:
    """A node as a page knows it.

    Attributes
    ----------
    name
        What it is called, set as in a formula.
    op
        Name of the operation, ``"leaf"`` or ``"constant"``.
    symbol
        The operation's symbol; empty for a leaf and a constant.
    parents
        Places of its arguments in the lesson.
    data
        The recorded number, as Python writes it, for JSON has neither infinities nor nan.
    formula
        What it was computed as, in names; empty for a leaf and a constant.
    partials
        For each argument the formula of the local derivative, in names.
    scope
        The scope it was recorded in.
    flows
        Whether a gradient flows through it.
    note
        What the teacher says at this node.
    """

    name: str
    op: str
    symbol: str
    parents: tuple[int, ...]
    data: str
    formula: str
    partials: tuple[str, ...]
    scope: str
    flows: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A graph in topological order; the last node is the root.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> product = lesson_of([w, x, w * x], {}).nodes[-1]
    >>> product.name, product.formula, product.partials, product.parents
    ('z₁', 'w · x', ('x', 'w'), (0, 1))
    """

    nodes: tuple[LessonNode, ...]

    @property
    def operations(self) -> list[str]:
        """Names of the primitives that a page computes with."""
        return sorted({node.op for node in self.nodes} - {"leaf", "constant"})

    def as_json(self) -> list[dict[str, Any]]:
        """The nodes as plain data."""
        return [asdict(node) for node in self.nodes]


def scalar_graph(root: object, caller: str) -> Value:
    """The root of a graph of Values that a page has room for; of a Tensor of one number, element by element.

    Raises
    ------
    InputTypeError, InputValueError
        If it is neither, or has more than 500 nodes.
    """
    if isinstance(root, Tensor) and root.size == 1:
        root = expand_graph(root)[root].item()
    if not isinstance(root, Value):
        wanted = "a Value or a Tensor of one number; give the result of a computation, such as loss, w * x or y[0]"
        raise InputTypeError(f"{caller}: {shortened(root)} is not {wanted}")
    count = len(topological_order(root))
    if count > _MOST_NODES:
        raise InputValueError(
            f"{caller}: the graph has {count:,} nodes, and a page shows at most {_MOST_NODES}; give a part of "
            "it, such as one neuron or the loss of one example"
        )
    return root


def lesson_of(order: Sequence[Value], notes: dict[Value, str]) -> Lesson:
    """Describe a graph of Values.

    Parameters
    ----------
    order
        Its nodes in topological order.
    notes
        What the teacher says at some nodes.
    """
    names = Names(order)
    places = {node: place for place, node in enumerate(order)}
    return Lesson(tuple(_node(node, names, places, notes.get(node, "")) for node in order))


def _node(node: Value, names: Names, places: dict[Value, int], note: str) -> LessonNode:
    computed = bool(node.parents)
    label = visible(node.label)
    called = name_text(math_name(node) or label) if label and not names.looks_like_another(label) else ""
    return LessonNode(
        name=printable(
            shorten(called or (name_text(names[node]) if node.op != "constant" else formula_text(names.formula(node))))
        ),
        op=node.op,
        symbol=PRIMITIVES[node.op].symbol if computed else "",
        parents=tuple(places[parent] for parent in node.parents),
        data=repr(node.data),
        formula=formula_text(names.formula(node)) if computed else "",
        partials=tuple(local_formula(node, place, node.parents, names) or "" for place in range(len(node.parents))),
        scope=node.scope or "",
        flows=node.differentiable,
        note=printable(note),
    )
