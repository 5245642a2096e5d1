"""What stands in a node and on an edge: texts for reading, made of numbers and names. No markup and no escaping here.

Every text that comes out can stand in XML: characters that a picture cannot show are spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from .numbers_text import array_text, longest_number, number_text, range_text, text_of
from .view import ArrayView, BoxView, EdgeView, NodeView, Number

__all__ = [
    "DASH",
    "NOT_COMPUTED",
    "NOT_FINITE",
    "STALE",
    "box_rows",
    "box_tooltip",
    "edge_text",
    "edge_tooltip",
    "heading",
    "marks",
    "node_tooltip",
    "omitted_text",
    "printable",
    "reserve",
    "rows",
    "shorten",
    "subscript",
]

NOT_COMPUTED = "not computed"
DASH = "–"  # for it in a node, as light as can be
STALE = "stale (leaf changed)"
NOT_FINITE = "not finite"

# Controls, line separators, the marks that turn the writing direction of what follows, halves of surrogate pairs, and
# two code points that XML forbids. Listed here, and not asked from `unicodedata`, whose answers change with Python.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONGEST_LABEL = 28
_LONGEST_FORMULA = 48
_MOST_SHAPES = 4
_MOST_RESERVED = 3
_MOST_PARTS = 30
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def reserve(node: NodeView | BoxView, digits: int = 4) -> str:
    """A text as wide as the number of a node or its gradient can be; so a box is as large before and after backward.

    Of a small array with more than three columns the numbers it holds are taken for as wide as those to come.

    >>> from .describe import graph_view
    >>> from autograd_core import Value
    >>> reserve(graph_view(Value(2.0)).nodes[0])
    '0.000000'
    """
    widest = "0." + "0" * (longest_number(digits) - 2)
    if isinstance(node, BoxView):
        return f"{widest} … {widest}"
    if node.constant or node.changes:
        return ""
    if not isinstance(node.data, ArrayView):
        return widest
    columns = node.data.shape[-1] if node.data.shape else 1
    if node.data.numbers is None:
        return f"{widest} … {widest}" if node.data.histogram else widest
    return "  ".join([widest] * columns) if columns <= _MOST_RESERVED else ""


def printable(text: str) -> str:
    r"""Spell out the characters that cannot stand in a picture, as Python would.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> print(printable("two\nlines\0"))
    two\nlines\x00
    """
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


def shorten(text: str, longest: int = _LONGEST_LABEL) -> str:
    """Cut a text that is too long for a picture, visibly.

    Parameters
    ----------
    text
        The text.
    longest
        How many characters may stand, the ellipsis included.

    Examples
    --------
    >>> shorten("the weight of the first input", 14)
    'the weight of…'
    """
    # Only the part that may be shown is looked at, for the text may have millions of characters.
    shown = printable(text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def subscript(number: int) -> str:
    """Write an index below the line.

    >>> "x" + subscript(12)
    'x₁₂'
    """
    return str(number).translate(_SUBSCRIPTS)


def heading(node: NodeView) -> tuple[str] | tuple[str, str]:
    """The cells of a node's first row: its label or name, and the symbol of what made it.

    >>> from .describe import graph_view
    >>> from autograd_core import Value
    >>> w = Value(2.0, "w1")
    >>> [heading(node) for node in graph_view(w * 3).nodes]
    [('w₁',), ('constant',), ('z₁', '×')]
    """
    called = shorten(node.heading) if node.heading else node.name
    if node.symbol is not None:
        return (called, shorten(node.symbol, _LONGEST_FORMULA if node.parts else _LONGEST_LABEL))
    return (node.op,) if node.constant and not node.label else (called,)


def rows(node: NodeView, digits: int = 4, hide: Collection[str] = ()) -> list[tuple[str, str]]:
    """The rows below the heading, a name and a text each. Rows of a matrix are lines.

    Parameters
    ----------
    node
        The node.
    digits
        How many significant digits of numbers are shown.
    hide
        ``"data"``, ``"grad"`` or both, to leave them out.

    Examples
    --------
    >>> from .describe import graph_view
    >>> from autograd_core import Tensor, Value
    >>> rows(graph_view(Value(2.0)).nodes[0])
    [('data', '2'), ('grad', '–')]
    >>> rows(graph_view(Tensor([1.5, -2.0])).nodes[0])
    [('shape', '(2,) float64'), ('data', '1.5  -2'), ('grad', '–')]
    """
    table = []
    if isinstance(node.data, ArrayView):
        table.append(("shape", f"{node.data.shape} {node.data.dtype}"))
    if node.changes:
        return table + [each for each in node.changes if each[0] not in hide]
    if "data" not in hide:
        table.append(("data", text_of(node.data, digits)))
    if not node.constant and "grad" not in hide:
        nothing = DASH + "\n\xa0" * text_of(node.data, digits).count("\n")
        table.append(("grad", nothing if node.gradient is None else text_of(node.gradient, digits)))
    return table


def marks(node: NodeView | BoxView) -> list[str]:
    """What a reader must be warned of, or told besides, a row each."""
    found = [STALE] if node.stale else []
    if isinstance(node, BoxView):
        found += [f"{node.unexplained:,} grad ≠ this graph's"] * bool(node.unexplained)
    elif node.passed_on is not None:
        found.append(_unlike(node.gradient, node.passed_on))
    if not node.finite:
        found.append(NOT_FINITE)
    if isinstance(node, NodeView) and node.copies > 1:
        found.append(f"computed {node.copies} times")
    return found


def _unlike(gradient: Number | None, passed_on: Number) -> str:
    """What the edges pass on, below a gradient that is not that, with as many digits as tell them apart."""
    if passed_on == 0.0 or (isinstance(passed_on, ArrayView) and passed_on.low == passed_on.high == 0.0):
        return "not from this graph"
    if isinstance(passed_on, ArrayView) or not isinstance(gradient, float):
        return "≠ this graph's grad"
    texts = ((number_text(gradient, digits), number_text(passed_on, digits)) for digits in range(4, 18))
    return f"≠ {next(there for here, there in texts if here != there)} from this graph"


def box_rows(box: BoxView, digits: int = 4, hide: Collection[str] = ()) -> list[tuple[str, str]]:
    """The rows of a folded scope; see :func:`rows`.

    Parameters
    ----------
    box
        The box.
    digits
        How many significant digits of numbers are shown, and one less of the ends of a range.
    hide
        ``"grad"`` to leave out gradients.

    Examples
    --------
    >>> from .describe import graph_view
    >>> from autograd_core import Value, scope
    >>> with scope("neuron"):
    ...     y = Value(2.0, "w") * Value(3.0, "x")
    >>> box_rows(graph_view(y.exp(), depth=1).boxes[0])
    [('parameters', '2'), ('nodes', '3'), ('in → out', '0 → 1'), ('operations', '×'), ('|grad|', '–')]
    """
    table = [("parameters", f"{box.parameters:,}")] if box.parameters else []
    table += [(shorten(label, 12), str(shape)) for label, shape in box.shapes[:_MOST_SHAPES]]
    if len(box.shapes) > _MOST_SHAPES:
        table.append(("", f"… {len(box.shapes) - _MOST_SHAPES} more"))
    table += [("nodes", f"{box.nodes:,}"), ("in → out", f"{box.inputs} → {box.outputs}")]
    if box.symbols:
        table.append(("operations", shorten("  ".join(box.symbols))))
    if "grad" not in hide:
        table.append(("|grad|", DASH if box.gradient is None else range_text(*box.gradient, digits - 1)))
    return table


def edge_text(edge: EdgeView, arity: int, digits: int = 4) -> str:
    """The local derivative along an edge; empty beside a constant. For several edges how many there are.

    ∂₁ is the derivative by the first argument, ∂₂ by the second. A node of one argument has just ∂.

    Parameters
    ----------
    edge
        The edge.
    arity
        How many arguments its child has.
    digits
        How many significant digits of numbers are shown.

    Examples
    --------
    >>> edge_text(EdgeView("n0", "n2", 1, -0.25), 2)
    '∂₂ = -0.25'
    >>> print(edge_text(EdgeView("n0", "n2", 0, 0.51, formula="1 − z₁²"), 1))
    ∂ = 1 − z₁²
    = 0.51
    >>> from .view import JacobianView
    >>> print(edge_text(EdgeView("n0", "n2", 0, 1.0, jacobian=JacobianView(1, 3, 2)), 1))
    ∂ = 1, else 0
    1 × 3 matrix
    """
    if edge.count > 1:
        return f"× {edge.count:,}"
    local, matrix = edge.local_derivative, edge.jacobian is not None
    text = _derivative_text(local, matrix, digits)
    before = _derivative_text(edge.before, matrix, digits)
    if text and before:
        arrow = "\n→\n" if "\n" in before + text else " → "
        text = f"{before}{arrow}{text}"
    spread = isinstance(local, ArrayView) and not (matrix and local.numbers) and local.low != local.high
    relation = "∈" if spread else "="
    which = f"∂{subscript(edge.position + 1) if arity > 1 else ''}"
    if edge.formula is not None:
        formula = shorten(edge.formula, _LONGEST_FORMULA)
        shows_number = formula.replace("−", "-") == text or not text
        return f"{which} = {formula}" + ("" if shows_number else f"\n{relation} {text}")
    if edge.jacobian is None:
        return f"{which} {relation} {text}" if text else ""
    if isinstance(local, ArrayView) and local.numbers:
        return f"{which} =\n{text}" if "\n" in text else f"{which} = {text}"
    size = f"{edge.jacobian.rows:,} × {edge.jacobian.columns:,} matrix"
    others = ", else 0" if edge.jacobian.zeros and text != "0" else ""
    return f"{which} {relation} {text}{others}\n{size}" if text else f"{which}: {size}"


def _derivative_text(number: Number | None, matrix: bool, digits: int) -> str:
    """A local derivative in short: a number, a small matrix in full, or the range of many numbers."""
    if number is None:
        return ""
    if not isinstance(number, ArrayView):
        return number_text(number, digits)
    if matrix and number.numbers:
        text = array_text(number, digits)
        return text if "\n" in text else f"[{text}]"
    return "" if number.low is None or number.high is None else range_text(number.low, number.high, digits - 1)


def omitted_text(count: int) -> str:
    """What stands in for nodes that are not drawn.

    >>> omitted_text(999500)
    '… 999,500 more nodes'
    """
    return f"… {count:,} more node{'' if count == 1 else 's'}"


def node_tooltip(node: NodeView) -> list[str]:
    """All about a node, in full, as lines.

    >>> from .describe import graph_view
    >>> from autograd_core import Value
    >>> node_tooltip(graph_view(Value(1 / 3, "w")).nodes[0])
    ['w', 'leaf', 'data = 0.3333333333333333', 'grad = not computed']
    """
    lines = [printable(node.label)] if node.label else []
    lines += [node.op, f"data = {_in_full(node.data)}"]
    if not node.constant:
        lines.append(f"grad = {NOT_COMPUTED if node.gradient is None else _in_full(node.gradient)}")
    lines += [f"{shorten(text)} = {_in_full(number)}" for text, number in node.parts[:_MOST_PARTS]]
    if len(node.parts) > _MOST_PARTS:
        lines.append(f"… {len(node.parts) - _MOST_PARTS:,} more")
    if node.stale:
        lines.append("stale: data of a leaf was set after this was computed; the numbers are those recorded before")
    if node.passed_on is not None:
        lines.append(f"this graph passes on {_in_full(node.passed_on)}")
        lines.append("grad holds what other backward passes or graphs left, or was set; zero_grad() forgets it")
    if node.scope:
        lines.append(f"scope: {printable('/'.join(node.scope))}")
    return lines


def _in_full(number: Number) -> str:
    if not isinstance(number, ArrayView):
        return repr(number)
    numbers = f"{number.low!r} to {number.high!r}" if number.numbers is None else ", ".join(map(repr, number.numbers))
    others = f", {number.not_finite:,} not finite" if number.not_finite else ""
    return f"array of shape {number.shape}, {number.dtype}: {numbers}{others}"


def box_tooltip(box: BoxView) -> list[str]:
    """What a folded scope stands for, as lines."""
    shown = [printable(each) for each in box.members[:10]]
    return [*(shown or [printable(box.name)]), *([f"… {len(box.members) - 10:,} more"] * (len(box.members) > 10))]


def edge_tooltip(edge: EdgeView) -> str:
    """All about an edge, in full.

    >>> edge_tooltip(EdgeView("n0", "n2", 1, -0.25))
    'argument 2, local derivative = -0.25'
    >>> from .view import JacobianView
    >>> edge_tooltip(EdgeView("n0", "n2", 0, None, jacobian=JacobianView(2000, 3000, None)))
    'argument 1, Jacobian matrix of shape (2000, 3000)'
    """
    if edge.count > 1:
        return f"{edge.count:,} edges"
    if not edge.differentiable:
        return f"argument {edge.position + 1}, a constant"
    argument, matrix, local = f"argument {edge.position + 1}", edge.jacobian, edge.local_derivative
    if matrix is None:
        return argument if local is None else f"{argument}, local derivative = {_in_full(local)}"
    if isinstance(local, ArrayView) and local.numbers:
        return f"{argument}, Jacobian matrix = {_in_full(local)}"
    told = f"{argument}, Jacobian matrix of shape ({matrix.rows}, {matrix.columns})"
    zeros = f"{matrix.zeros:,} zeros, all others " if matrix.zeros else ""
    return told if local is None else f"{told}: {zeros}{_in_full(local)}"
