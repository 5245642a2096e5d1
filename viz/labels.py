"""What stands in a node and on an edge: texts for reading, made of numbers and names. No markup and no escaping here.

Every text that comes out can stand in XML: characters that a picture cannot show are spelled out.
"""

from __future__ import annotations

import math
import re

from .view import EdgeView, NodeView

__all__ = [
    "NOT_COMPUTED",
    "STALE",
    "edge_text",
    "edge_tooltip",
    "heading",
    "node_tooltip",
    "number_text",
    "omitted_text",
    "printable",
    "rows",
    "shorten",
    "subscript",
]

NOT_COMPUTED = "not computed"
STALE = "stale (leaf changed)"

# Controls, line separators, the marks that turn the writing direction of what follows, halves of surrogate pairs, and
# two code points that XML forbids. Listed here, and not asked from `unicodedata`, whose answers change with Python.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONGEST_LABEL = 28
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def number_text(number: float, digits: int = 4) -> str:
    """Format a number for reading: about `digits` significant digits, and the integer part whole up to a million.

    Parameters
    ----------
    number
        The number.
    digits
        How many significant digits.

    Examples
    --------
    >>> [number_text(each) for each in (2.0, -0.76159415, 123456.7, 1.23456e-9, 1e300)]
    ['2', '-0.7616', '123457', '1.235e-9', '1e300']
    >>> [number_text(each) for each in (float("nan"), float("-inf"), -0.0)]
    ['nan', '-inf', '-0']
    """
    if number == 0.0 or not math.isfinite(number):
        return f"{number:g}"
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < 6:
        text = f"{number:.{max(0, digits - 1 - power)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{mantissa.rstrip('0').rstrip('.')}e{power}"


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
    """The cells of a node's first row: its label, and the symbol of what made it. A leaf with a label has just that.

    >>> from .view import graph_view
    >>> from autograd_core import Value
    >>> w = Value(2.0, "w")
    >>> [heading(node) for node in graph_view(w * 3).nodes]
    [('w',), ('constant',), ('×',)]
    """
    made_by = node.op if node.symbol is None else shorten(node.symbol)
    if not node.label:
        return (made_by,)
    label = shorten(node.label)
    return (label,) if node.symbol is None else (label, made_by)


def rows(node: NodeView) -> list[tuple[str, str]]:
    """The rows below the heading, a name and a text each.

    >>> from .view import graph_view
    >>> from autograd_core import Value
    >>> rows(graph_view(Value(2.0)).nodes[0])
    [('data', '2'), ('grad', 'not computed')]
    """
    data = ("data", number_text(node.data))
    if node.constant:
        return [data]
    return [data, ("grad", NOT_COMPUTED if node.gradient is None else number_text(node.gradient))]


def edge_text(edge: EdgeView, arity: int) -> str:
    """The local derivative along an edge; empty beside a constant.

    ∂₁ is the derivative by the first argument, ∂₂ by the second. A node of one argument has just ∂.

    Parameters
    ----------
    edge
        The edge.
    arity
        How many arguments its child has.

    Examples
    --------
    >>> edge_text(EdgeView("n0", "n2", 1, -0.25), 2)
    '∂₂ = -0.25'
    """
    if edge.local_derivative is None:
        return ""
    return f"∂{subscript(edge.position + 1) if arity > 1 else ''} = {number_text(edge.local_derivative)}"


def omitted_text(count: int) -> str:
    """What stands in for nodes that are not drawn.

    >>> omitted_text(999500)
    '… 999,500 more nodes'
    """
    return f"… {count:,} more node{'' if count == 1 else 's'}"


def node_tooltip(node: NodeView) -> list[str]:
    """All about a node, in full, as lines.

    >>> from .view import graph_view
    >>> from autograd_core import Value
    >>> node_tooltip(graph_view(Value(1 / 3, "w")).nodes[0])
    ['w', 'leaf', 'data = 0.3333333333333333', 'grad = not computed']
    """
    lines = [printable(node.label)] if node.label else []
    lines += [node.op, f"data = {node.data!r}"]
    if not node.constant:
        lines.append(f"grad = {NOT_COMPUTED if node.gradient is None else repr(node.gradient)}")
    if node.stale:
        lines.append("stale: data of a leaf was set after this was computed; the numbers are those recorded before")
    if node.scope:
        lines.append(f"scope: {printable('/'.join(node.scope))}")
    return lines


def edge_tooltip(edge: EdgeView) -> str:
    """All about an edge, in full.

    >>> edge_tooltip(EdgeView("n0", "n2", 1, -0.25))
    'argument 2, local derivative = -0.25'
    """
    if edge.local_derivative is None:
        return f"argument {edge.position + 1}, a constant"
    return f"argument {edge.position + 1}, local derivative = {edge.local_derivative!r}"
