"""A sheet in the DOT language, with the place of everything: Graphviz draws it there, and lays out nothing."""

from __future__ import annotations

from ..layout.scene import Point, Rectangle
from .records import (
    BORDER,
    FONT,
    FONT_SIZE,
    INK,
    MARGIN,
    MARGIN_ABOVE,
    OPERATION,
    PAD,
    PALE,
    SLACK,
    SMALL,
    Record,
    Style,
)
from .sheet import TITLE, Arrow, Box, Frame, Label, Sheet
from .statements import digraph, edge, field, node, quoted, quoted_tooltip, subgraph

__all__ = ["dot_text"]

_DOT_NONE = {"none": "transparent"}


def dot_text(sheet: Sheet) -> str:
    """Write a sheet in the DOT language.

    Text in nodes is set in DOT's record shape, for tables in HTML are not understood by every build of Graphviz.

    Parameters
    ----------
    sheet
        The picture.

    Returns
    -------
    str
        The same text for the same sheet, always.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz.drawing.compose import sheet_of
    >>> from viz.graphs.describe import graph_view
    >>> text = dot_text(sheet_of(graph_view(Value(3.0, "a").tanh())))
    >>> "n0 -> n1" in text
    True
    """
    return _Writer(sheet).dot()


class _Writer:
    """Places of a sheet, turned over: y grows upwards in DOT."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def dot(self) -> str:
        sheet = self._sheet
        whole = {"layout": "nop2", "bb": self._bounds((0.0, 0.0, sheet.width, sheet.height)), "bgcolor": "white",
                 "pad": _inches(PAD), "fontname": FONT, "fontsize": str(TITLE), "fontcolor": INK}  # fmt: skip
        defaults = {
            "graph": whole | self._label(sheet.title),
            "node": {"shape": "record", "style": "filled", "fontname": FONT, "fontsize": str(FONT_SIZE),
                     "fontcolor": INK, "color": BORDER, "fillcolor": OPERATION},
            "edge": {"fontname": FONT, "fontsize": str(SMALL), "fontcolor": INK, "color": PALE, "arrowsize": "0.7"},
        }  # fmt: skip
        statements = [*self._nodes(), *map(self._edge, sheet.arrows), *self._legend()]
        if sheet.notes:  # a graph has one label, so a frame that is not drawn has the other
            around = {"bb": self._bounds((0.0, sheet.top, sheet.width, sheet.height)), "peripheries": "0",
                      "tooltip": quoted_tooltip(*sheet.tooltip)}  # fmt: skip
            around |= self._label(sheet.notes) | {"fontsize": str(sheet.notes.size)}
            statements = subgraph("cluster_picture", around, statements)
        return digraph(defaults, statements)

    # --- places -------------------------------------------------------------------------------------------------------

    def _point(self, point: Point) -> str:
        return f"{_number(point[0])},{_number(self._sheet.height - point[1])}"

    def _bounds(self, place: Rectangle) -> str:
        left, top, right, bottom = place
        return f"{self._point((left, bottom))},{self._point((right, top))}"

    def _place(self, place: Rectangle) -> dict[str, str]:
        left, top, right, bottom = place
        middle = self._point(((left + right) / 2, (top + bottom) / 2))
        return {"pos": middle, "width": _inches(right - left), "height": _inches(bottom - top)}

    def _label(self, label: Label | None) -> dict[str, str]:
        return {"label": quoted(*label.lines), "lp": self._point(label.middle)} if label else {}

    # --- statements ---------------------------------------------------------------------------------------------------

    def _nodes(self) -> list[str]:
        inside: dict[str | None, list[str]] = {None: []} | {frame.id: [] for frame in self._sheet.frames}
        for box in self._sheet.boxes:
            inside[box.frame].append(self._node(box))
        parts: list[str] = []
        for frame in reversed(self._sheet.frames):  # those in others are complete before these
            statements = subgraph(frame.id, self._frame(frame), inside[frame.id])
            if frame.part:  # a scope goes on in another row: drawn before what it covers
                parts[:0] = statements
            else:
                inside[frame.outer] += statements
        return [*inside[None], *parts, *map(self._node, self._sheet.stubs)]

    def _frame(self, frame: Frame) -> dict[str, str]:
        look = {"tooltip": quoted_tooltip(frame.tooltip), "style": "rounded", "color": frame.style.stroke,
                "fontsize": str(frame.label.size), "peripheries": "1"}  # fmt: skip
        return {"bb": self._bounds(frame.place), **look, **self._label(frame.label)}

    def _node(self, box: Box) -> str:
        look = _look_of_box(box.style) | {"tooltip": quoted_tooltip(*box.tooltip)}
        if isinstance(box.content, Record):
            look |= {"label": _fields(box.content), "margin": f"{MARGIN / 72:.4f},{MARGIN_ABOVE / 72:.4f}"}
        else:
            look |= {"label": quoted(*box.content.lines), "fontsize": str(box.content.size), "fixedsize": "true",
                     "shape": "circle" if box.style.shape == "circle" else "box"}  # fmt: skip
        return node(box.id, look | self._place(box.place))

    def _edge(self, arrow: Arrow) -> str:
        tooltip = quoted_tooltip(arrow.tooltip)
        look = {"tooltip": tooltip}
        if arrow.style.stroke != PALE:
            look["color"] = arrow.style.stroke
        if arrow.style.thickness != 1.0:
            look["penwidth"] = f"{arrow.style.thickness:g}"
        if arrow.style.line != "solid":
            look["style"] = arrow.style.line
        if arrow.label:
            look |= self._label(arrow.label) | {"labeltooltip": tooltip}
        curve = " ".join(map(self._point, arrow.curve))
        look |= {"pos": f"e,{self._point(arrow.tip)} {curve}"} if arrow.tip else {"pos": curve, "arrowhead": "none"}
        return edge(arrow.parent, arrow.child, look)

    def _legend(self) -> list[str]:
        swatches = self._sheet.swatches
        if not swatches:
            return []
        left, top, _, _ = swatches[0].place
        _, _, right, bottom = swatches[-1].place
        box = {"label": "", "peripheries": "0", "bb": self._bounds((left, top, right, bottom)),
               "tooltip": quoted_tooltip(f"colours of {swatches[0].tooltip[0]}")}  # fmt: skip
        return subgraph("cluster_legend", box, [self._node(each) for each in swatches])


def _look_of_box(style: Style) -> dict[str, str]:
    """What differs from the nodes that are drawn most."""
    look: dict[str, str] = {}
    if style.fill != OPERATION:
        look["fillcolor"] = _DOT_NONE.get(style.fill, style.fill)
    if style.stroke != BORDER:
        look["color"] = _DOT_NONE.get(style.stroke, style.stroke)
    if style.ink != INK:
        look["fontcolor"] = style.ink
    if style.thickness != 1.0:
        look["penwidth"] = f"{style.thickness:g}"
    if style.shape == "rounded" or style.line != "solid":
        look["style"] = "filled" + ",rounded" * (style.shape == "rounded") + f",{style.line}" * (style.line != "solid")
    return look


def _fields(record: Record) -> str:
    """Rows as a label of the shape record.

    Every pair of braces turns the direction: two columns beside each other, rows below each other. So that rows are
    equally high in both, a name has as many lines as the text beside it.
    """
    found: list[str] = []
    names: list[str] = []
    texts: list[str] = []
    for name, text in (*record.rows, (None, "")):
        if name is not None:
            names.append(field(name + "\n\xa0" * text.count("\n"), SLACK))
            texts.append(field(text, SLACK))
            continue
        if names:
            found.append(f"{{{{{'|'.join(names)}}}|{{{'|'.join(texts)}}}}}")
            names, texts = [], []
        found.append(field(text, SLACK))
    return f"{{{'|'.join(found[:-1])}}}"


def _number(length: float) -> str:
    return f"{round(length, 1):g}"


def _inches(length: float) -> str:
    return f"{length / 72:.4f}"
