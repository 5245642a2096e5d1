"""Nodes as boxes of text: their rows, how large they are, their colours.

Node types differ in shape as well as in colour, so that a grey print and a colour-blind reader lose nothing: leaves
have round corners, constants a dashed frame, folded scopes a bold one, stale nodes a thick frame and a row that says
so.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..graphs.heat import Scale
from ..graphs.labels import box_rows, box_tooltip, heading, marks, node_tooltip, printable, reserve, rows, shorten
from ..graphs.look import Look
from ..graphs.view import BoxView, NodeView
from ..output.text_width import graphviz_width, text_width, with_room

__all__ = [
    "BORDER",
    "FONT",
    "FONT_SIZE",
    "HIGHLIGHT",
    "INK",
    "LINE",
    "LONGEST_SCOPE",
    "MARGIN",
    "MARGIN_ABOVE",
    "MARKS",
    "OPERATION",
    "PAD",
    "PALE",
    "SLACK",
    "SMALL",
    "Record",
    "Style",
    "heated",
    "omitted_record",
    "record_of",
    "size_of",
]

# Graphviz has the metrics of Helvetica built in, under exactly this name. In an SVG it is followed by sans-serif; boxes
# have room for a wider font than Helvetica.
FONT = "Helvetica"
FONT_SIZE, SMALL = 11, 11
LINE = 1.2  # how high a line is, for each point of the size of a font
MARGIN, MARGIN_ABOVE = 4.0, 1.5  # of a text in its field, in points
PAD = 7.2  # around the whole picture, in points
LONGEST_SCOPE = 40
INK, BORDER, PALE, OPERATION = "#1f2937", "#4b5563", "#6b7280", "#e3eefa"
_LEAF, _CONSTANT, _BOX, _WARNING = "#fff1cc", "#f3f4f6", "#ece7f5", "#b45309"
# Where graphs are compared: blue and vermilion differ for every kind of colour vision (M. Okabe and K. Ito, 2008).
MARKS = {"added": "#0072b2", "removed": "#d55e00", "changed": "#009e73", "numbers": INK}
HIGHLIGHT = "#cc79a7"
_SIGNS = {"added": "+ ", "removed": "− ", "changed": "~ ", "numbers": ""}
_UNKNOWN = "#d1d5db"  # where there is no magnitude to be coloured
_LONG, _RESERVE = 10.0, 0.12  # a viewer's font may be wider still, which adds up in a text of more than so many em
_MOST_KEPT = 4_096  # texts, of which the same stand in many nodes
SLACK = 1.0  # how much narrower, in em, Graphviz may take a text to be: what a box has to spare goes to all fields


class Style(NamedTuple):
    """How a box or a line looks.

    Attributes
    ----------
    fill, stroke, ink
        Colours of the ground, of the border or line, and of the text.
    thickness
        Of the border or line, in points.
    line
        Of the border or line: ``"solid"``, ``"dashed"`` or ``"dotted"``.
    shape
        Of a box: ``"box"``, ``"rounded"`` or ``"circle"``.
    """

    fill: str = OPERATION
    stroke: str = BORDER
    thickness: float = 1.0
    line: str = "solid"
    shape: str = "box"
    ink: str = INK


class Record(NamedTuple):
    """Rows of text in a box: some with a name on the left and a text of one or more lines on the right, some without.

    Attributes
    ----------
    rows
        The name, None if there is none, and the text of each row.
    columns
        How wide the texts of the two columns are, in points.
    width, height
        The size of the box in points.
    style
        How it looks.
    tooltip
        Lines that are shown where one points at it.
    """

    rows: tuple[tuple[str | None, str], ...]
    columns: tuple[float, float]
    width: float
    height: float
    style: Style
    tooltip: tuple[str, ...]


def _record(
    cells: Sequence[str],
    table: Sequence[tuple[str, str]],
    below: Sequence[str],
    style: Style,
    tooltip: Sequence[str],
    reserved: str = "",
) -> Record:
    """A box with a heading of one or two cells, rows of a name and a text, and rows of one text."""
    heading = [(None, cells[0])] if len(cells) == 1 else [(cells[0], cells[1])]
    every: tuple[tuple[str | None, str], ...] = (*heading, *table, *((None, text) for text in below))
    names, texts, alone = [0.0], [0.0], [24.0]
    lines = 0
    for name, text in every:
        lines += 1 + text.count("\n")
        if name is None:
            alone.append(_width(text))
        else:
            names.append(_width(name))
            texts.append(_width(text))
    if reserved:
        texts.append(_width(reserved))
    columns = max(names), max(texts)
    height = FONT_SIZE * LINE * lines + 2 * MARGIN_ABOVE * len(every)
    return Record(every, columns, max(sum(columns), *alone), height, style, tuple(tooltip))


@functools.lru_cache(maxsize=_MOST_KEPT)
def _width(text: str) -> float:
    widest = max(_widest(with_room(printable(line), SLACK)) for line in text.split("\n"))
    return FONT_SIZE * (widest + _RESERVE * max(0.0, widest - _LONG)) + 2 * MARGIN


def _widest(line: str) -> float:
    return max(text_width(line), graphviz_width(line))


@functools.lru_cache(maxsize=_MOST_KEPT)
def size_of(text: str, size: float) -> tuple[float, float]:
    r"""How wide and high lines of text are, in points.

    >>> size_of("∂ = 1", 10)[1], size_of("∂ =\n1", 10)[1]
    (12.0, 24.0)
    """
    lines = text.split("\n")
    return size * max(map(_widest, lines)), size * LINE * len(lines)


def record_of(thing: NodeView | BoxView, scale: Scale | None, look: Look) -> Record:
    """A node or a folded scope as a box of text."""
    return _node(thing, scale, look) if isinstance(thing, NodeView) else _box(thing, scale, look)


def omitted_record(text: str) -> Record:
    """What stands in for nodes that are left out."""
    return _record([text], [], [], Style(stroke=PALE, line="dashed"), [text])


def _node(node: NodeView, scale: Scale | None, look: Look) -> Record:
    cells: Sequence[str] = heading(node)
    if node.mark:
        cells = (_SIGNS[node.mark] + cells[0], *cells[1:])
    style: dict[str, Any] = {}
    if node.leaf:
        style = {"fill": _LEAF, "shape": "rounded"}
    elif node.constant:
        style = {"fill": _CONSTANT, "line": "dashed"}
    if scale is not None and not node.constant:
        style |= heated(node.heat, scale)
    warned = "warnings" not in look.hide
    if warned and (node.stale or not node.finite or node.passed_on is not None):
        style |= {"stroke": _WARNING, "thickness": 2.5}
    if node.mark:
        style |= {"stroke": MARKS[node.mark], "thickness": 2.5}
        if node.mark == "removed":
            style["line"] = "dashed"
    if node.highlighted:
        style |= {"stroke": HIGHLIGHT, "thickness": 4.0}
    reserved = "" if {"data", "grad"} <= look.hide else reserve(node, look.digits)
    table = rows(node, look.digits, look.hide)
    return _record(cells, table, marks(node) if warned else [], Style(**style), node_tooltip(node), reserved)


def _box(box: BoxView, scale: Scale | None, look: Look) -> Record:
    style: dict[str, Any] = {"fill": _BOX, "thickness": 2.0}
    if scale is not None:
        style |= heated(box.heat, scale)
    if box.stale or not box.finite or box.unexplained:
        style["stroke"] = _WARNING
    if box.highlighted:
        style |= {"stroke": HIGHLIGHT, "thickness": 4.0}
    reserved = "" if "grad" in look.hide else reserve(box, look.digits)
    table = box_rows(box, look.digits, look.hide)
    return _record([shorten(box.name, LONGEST_SCOPE)], table, marks(box), Style(**style), box_tooltip(box), reserved)


def heated(magnitude: float | None, scale: Scale) -> dict[str, Any]:
    """The colours of a magnitude, as parts of a style."""
    if magnitude is None:
        return {"fill": _UNKNOWN} if scale.unknown else {}
    if scale.is_dark(magnitude):
        return {"fill": scale.colour(magnitude), "ink": "white"}
    return {"fill": scale.colour(magnitude)}
