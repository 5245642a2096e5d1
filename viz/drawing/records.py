"""Nodes as boxes of text: their rows in DOT's record shape, how large they are, their colours.

Node types differ in shape as well as in colour, so that a grey print and a colour-blind reader lose nothing: leaves
have round corners, constants a dashed frame, folded scopes a bold one, stale nodes a thick frame and a row that says
so. Text in nodes is set in DOT's record shape, for tables in HTML are not understood by every build of Graphviz.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import graphviz

from ..graphs.heat import Scale
from ..graphs.labels import (
    box_rows,
    box_tooltip,
    heading,
    marks,
    node_tooltip,
    printable,
    reserve,
    rows,
    shorten,
)
from ..graphs.look import Look
from ..graphs.view import BoxView, NodeView
from ..output.text_width import graphviz_width, text_width, with_room

__all__ = [
    "BORDER",
    "FONT",
    "FONT_SIZE",
    "HIGHLIGHT",
    "INK",
    "LONGEST_SCOPE",
    "MARKS",
    "PAD",
    "SMALL",
    "Record",
    "heated",
    "quoted",
    "quoted_tooltip",
    "record_of",
    "size_of",
]

# Graphviz has the metrics of Helvetica built in, under exactly this name, so a layout does not depend on the fonts of a
# machine. In the SVG it is followed by sans-serif; boxes have room for a wider font than Helvetica.
FONT = "Helvetica"
INK = "#1f2937"
FONT_SIZE, SMALL = 11, 11
PAD = 7.2  # around the whole picture, in points
BORDER = "#4b5563"
_LEAF, _CONSTANT, _BOX, _WARNING = "#fff1cc", "#f3f4f6", "#ece7f5", "#b45309"
# Where graphs are compared: blue and vermilion differ for every kind of colour vision (M. Okabe and K. Ito, 2008).
MARKS = {"added": "#0072b2", "removed": "#d55e00", "changed": "#009e73", "numbers": INK}
HIGHLIGHT = "#cc79a7"
_SIGNS = {"added": "+ ", "removed": "− ", "changed": "~ ", "numbers": ""}
_UNKNOWN = "#d1d5db"  # where there is no magnitude to be coloured
LONGEST_SCOPE = 40
_LONG, _RESERVE = 10.0, 0.12  # a viewer's font may be wider still, which adds up in a text of more than so many em
_LINE = 1.2  # how high Graphviz takes a line to be, for each point of the size of a font
_MOST_KEPT = 4_096  # texts, of which the same stand in many nodes
_MARGIN, _MARGIN_ABOVE = 4.0, 1.5  # of a text in its field, in points
_SLACK = 1.0  # how much narrower, in em, Graphviz may take a text to be: what a box has to spare goes to all fields


class Record:
    """A box of text in DOT.

    Attributes
    ----------
    width, height
        Its size in points.
    attributes
        In DOT.
    """

    def __init__(
        self, cells: Sequence[str], table: list[tuple[str, str]], below: Sequence[str], reserved: str = ""
    ) -> None:
        lines = [[alone] for alone in cells] if len(cells) == 1 else []
        table = table if len(cells) == 1 else [(cells[0], cells[1]), *table]
        fields = [*(_field(alone) for [alone] in lines), *([_table(table)] if table else []), *map(_field, below)]
        columns = [max((_width(pair[side]) for pair in table), default=0.0) for side in (0, 1)]
        if reserved:
            columns[1] = max(columns[1], _width(reserved))
        alone_widths = [_width(text) for text in (*(cells if lines else ()), *below)]
        self.width = max(sum(columns), *alone_widths, 24.0)
        rows_high = [1 + text.count("\n") for _, text in table] + [1] * len(alone_widths)
        self.height = sum(FONT_SIZE * _LINE * each + 2 * _MARGIN_ABOVE for each in rows_high)
        self.attributes: dict[str, str] = {
            "label": f"{{{'|'.join(fields)}}}",
            "margin": f"{_MARGIN / 72:.4f},{_MARGIN_ABOVE / 72:.4f}",
        }


@functools.lru_cache(maxsize=_MOST_KEPT)
def _width(text: str) -> float:
    widest = max(_widest(with_room(printable(line), _SLACK)) for line in text.split("\n"))
    return FONT_SIZE * (widest + _RESERVE * max(0.0, widest - _LONG)) + 2 * _MARGIN


def _widest(line: str) -> float:
    return max(text_width(line), graphviz_width(line))


@functools.lru_cache(maxsize=_MOST_KEPT)
def size_of(text: str, size: float) -> tuple[float, float]:
    r"""How wide and high lines of text are, in points.

    >>> size_of("∂ = 1", 10)[1], size_of("∂ =\n1", 10)[1]
    (12.0, 24.0)
    """
    lines = text.split("\n")
    return size * max(map(_widest, lines)), size * _LINE * len(lines)


def record_of(thing: NodeView | BoxView, scale: Scale | None, look: Look) -> Record:
    """A node or a folded scope as a box of text."""
    return _node(thing, scale, look) if isinstance(thing, NodeView) else _box(thing, scale, look)


def _node(node: NodeView, scale: Scale | None, look: Look) -> Record:
    cells: Sequence[str] = heading(node)
    if node.mark:
        cells = (_SIGNS[node.mark] + cells[0], *cells[1:])
    reserved = "" if {"data", "grad"} <= look.hide else reserve(node, look.digits)
    record = Record(cells, rows(node, look.digits, look.hide), marks(node), reserved)
    attributes = record.attributes
    attributes["tooltip"] = quoted_tooltip(*node_tooltip(node))
    if node.leaf:
        attributes |= {"fillcolor": _LEAF, "style": "filled,rounded"}
    elif node.constant:
        attributes |= {"fillcolor": _CONSTANT, "style": "filled,dashed"}
    if scale is not None and not node.constant:
        attributes |= heated(node.heat, scale)
    if node.stale or not node.finite or node.passed_on is not None:
        attributes |= {"color": _WARNING, "penwidth": "2.5"}
    if node.mark:
        attributes |= {"color": MARKS[node.mark], "penwidth": "2.5"}
        if node.mark == "removed":
            attributes["style"] = f"{attributes.get('style', 'filled')},dashed"
    if node.highlighted:
        attributes |= {"color": HIGHLIGHT, "penwidth": "4"}
    return record


def _box(box: BoxView, scale: Scale | None, look: Look) -> Record:
    reserved = "" if "grad" in look.hide else reserve(box, look.digits)
    record = Record([shorten(box.name, LONGEST_SCOPE)], box_rows(box, look.digits, look.hide), marks(box), reserved)
    attributes = record.attributes
    attributes |= {"tooltip": quoted_tooltip(*box_tooltip(box)), "fillcolor": _BOX, "penwidth": "2"}
    if scale is not None:
        attributes |= heated(box.heat, scale)
    if box.stale or not box.finite or box.unexplained:
        attributes["color"] = _WARNING
    if box.highlighted:
        attributes |= {"color": HIGHLIGHT, "penwidth": "4"}
    return record


def heated(magnitude: float | None, scale: Scale) -> dict[str, str]:
    """The colours of a magnitude."""
    if magnitude is None:
        return {"fillcolor": _UNKNOWN} if scale.unknown else {}
    if scale.is_dark(magnitude):
        return {"fillcolor": scale.colour(magnitude), "fontcolor": "white"}
    return {"fillcolor": scale.colour(magnitude)}


def _table(table: list[tuple[str, str]]) -> str:
    # In a record every pair of braces turns the direction: two columns beside each other, rows below each other. So
    # that rows are equally high in both, a name has as many lines as the text beside it.
    names = [_field(name + "\n\xa0" * text.count("\n")) for name, text in table]
    texts = [_field(text) for _, text in table]
    return f"{{{{{'|'.join(names)}}}|{{{'|'.join(texts)}}}}}"


@functools.lru_cache(maxsize=_MOST_KEPT)
def _field(text: str) -> str:
    escaped = quoted(*(with_room(line, _SLACK) for line in text.split("\n")))
    for character in "{}|<> ":
        escaped = escaped.replace(character, "\\" + character)
    return escaped


def quoted(*lines: str) -> str:
    r"""Lines of text as a label in which nothing has a meaning of its own.

    >>> print(quoted("<b> & \\N", "next"))
    <b> &amp; \\N\nnext
    """
    return _as_attribute(lines, r"\\")


def quoted_tooltip(*lines: str) -> str:
    r"""Lines of text as a tooltip in which nothing has a meaning of its own.

    >>> print(quoted_tooltip("<b> & \\N", "next"))
    <b> &amp; \\\\N\nnext
    """
    return _as_attribute(lines, r"\\\\")  # Graphviz reads the backslashes of a tooltip twice


def _as_attribute(lines: Iterable[str], backslash: str) -> str:
    escaped = (printable(line).replace("&", "&amp;").replace("\\", backslash) for line in lines)
    # nohtml: else a text that begins with < and ends with > would be taken for markup.
    attribute: str = graphviz.nohtml(r"\n".join(escaped))
    return attribute
