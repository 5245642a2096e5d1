"""GraphView -> DOT text, a pure function. Where everything stands is computed before; Graphviz draws it there.

So a picture does not depend on the version of Graphviz, nor on the fonts of a machine.
"""

from __future__ import annotations

import textwrap

from ..graphs.heat import Scale
from ..graphs.labels import edge_tooltip, omitted_text, shorten
from ..graphs.legend import legend_of
from ..graphs.look import DEFAULT, Look
from ..graphs.numbers_text import number_text
from ..graphs.stubs import OMITTED
from ..graphs.view import EdgeView, GraphView
from ..layout.scene import Point, Rectangle
from .arrange import Arranged, arrange
from .records import (
    BORDER,
    FONT,
    FONT_SIZE,
    HIGHLIGHT,
    INK,
    LONGEST_SCOPE,
    MARKS,
    PAD,
    SMALL,
    Record,
    heated,
    quoted,
    quoted_tooltip,
    record_of,
    size_of,
)
from .statements import digraph, edge, node, subgraph

__all__ = ["dot_text"]

_OPERATION, _LEAF = "#e3eefa", "#fff1cc"
_LINE = "#6b7280"
_FRAME = "#b4bcc8"  # light, for where an arrow crosses it
_TITLE = 14
_LONGEST_TITLE = 120
_NO_TEXT = "(too many edges to write their local derivatives; point at one to see it)"
_BETWEEN = 12.0  # title, picture, legend and notes
_SWATCH, _SWATCH_HEIGHT = 58.0, 18.0
_NARROWEST_NOTES = 420.0
_GAP = "\xa0" * 4  # between entries of the legend


def dot_text(view: GraphView, look: Look = DEFAULT) -> str:
    """Write a view in the DOT language.

    Parameters
    ----------
    view
        What to show.
    look
        How it is shown.

    Returns
    -------
    str
        The same text for the same view, always.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz.graphs.describe import graph_view
    >>> text = dot_text(graph_view(Value(3.0, "a").tanh()))
    >>> "n0 -> n1" in text
    True
    """
    records = {each.id: record_of(each, view.scale, look) for each in view.drawn}
    if view.omitted:
        records[OMITTED] = _omitted(view)
    arranged = arrange(view, records, look)
    return _Sheet(view, records, arranged, look).dot()


def _omitted(view: GraphView) -> Record:
    text = omitted_text(view.omitted)
    record = Record([text], [], [])
    record.attributes |= {"shape": "box", "style": "dashed", "color": _LINE, "tooltip": quoted_tooltip(text)}
    record.attributes["label"] = quoted(text)
    return record


class _Sheet:
    """The picture with what stands around it; y grows downwards here, and upwards in DOT."""

    def __init__(self, view: GraphView, records: dict[str, Record], arranged: Arranged, look: Look) -> None:
        self._view, self._records, self._arranged, self._look = view, records, arranged, look
        placed = self._placed = arranged.placed
        title = [shorten(view.title, _LONGEST_TITLE)] if view.title else []
        if "local" not in look.hide and view.edges and not any(text for _, _, text in arranged.arrows):
            title += [_NO_TEXT] * any(edge.local_derivative is not None for edge in view.edges)
        title_size = size_of("\n".join(title), _TITLE) if title else (0.0, 0.0)
        self._top = title_size[1] + _BETWEEN if title else 0.0
        width = max(placed.width, title_size[0])
        if view.notes:
            width = max(width, min(_NARROWEST_NOTES, max(size_of(each, SMALL)[0] for each in view.notes)))
        legend = legend_of(view, look, any("∂" in text for _, _, text in arranged.arrows))
        notes = [*_filled(legend, width), *(line for note in view.notes for line in _wrapped(note, width))]
        self._left = (width - placed.width) / 2
        bottom = self._top + placed.height
        legend_at = bottom + _BETWEEN
        if view.scale is not None:
            bottom = legend_at + _SWATCH_HEIGHT
        notes_at = bottom + _BETWEEN
        if notes:
            bottom = notes_at + size_of("\n".join(notes), SMALL)[1]
        self._width, self._height = width, bottom
        self._title, self._title_at = title, (width / 2, title_size[1] / 2)
        self._notes, self._notes_at, self._legend_text = notes, notes_at, legend
        self._legend_at = legend_at

    def dot(self) -> str:
        whole = {"layout": "nop2", "bb": f"0,0,{_number(self._width)},{_number(self._height)}", "bgcolor": "white",
                 "pad": _inches(PAD), "fontname": FONT, "fontsize": str(_TITLE), "fontcolor": INK}  # fmt: skip
        if self._title:
            whole |= {"label": quoted(*self._title), "lp": self._point(self._title_at)}
        defaults = {
            "graph": whole,
            "node": {"shape": "record", "style": "filled", "fontname": FONT, "fontsize": str(FONT_SIZE),
                     "fontcolor": INK, "color": BORDER, "fillcolor": _OPERATION},
            "edge": {"fontname": FONT, "fontsize": str(SMALL), "fontcolor": INK, "color": _LINE, "arrowsize": "0.7"},
        }  # fmt: skip
        statements = [*self._nodes(), *self._edges()]
        if self._view.scale is not None:
            statements += self._legend(self._view.scale)
        if self._notes:  # below the picture; a graph has one label, so a frame that is not drawn has the other
            middle = self._notes_at + size_of("\n".join(self._notes), SMALL)[1] / 2
            around = {"label": quoted(*self._notes), "bb": self._box((0.0, self._top, self._width, self._height)),
                      "lp": self._point((self._width / 2, middle)), "fontsize": str(SMALL), "peripheries": "0",
                      "tooltip": quoted_tooltip(*self._legend_text, *self._view.notes)}  # fmt: skip
            statements = subgraph("cluster_picture", around, statements)
        return digraph(defaults, statements)

    # --- places in DOT ------------------------------------------------------------------------------------------------

    def _point(self, point: Point) -> str:
        return f"{_number(point[0])},{_number(self._height - point[1])}"

    def _moved(self, point: Point) -> Point:
        return point[0] + self._left, point[1] + self._top

    def _box(self, box: Rectangle) -> str:
        left, top, right, bottom = box
        return f"{self._point((left, bottom))},{self._point((right, top))}"

    def _place(self, box: Rectangle) -> dict[str, str]:
        left, top, right, bottom = box
        middle = self._moved(((left + right) / 2, (top + bottom) / 2))
        size = {"width": _inches(right - left), "height": _inches(bottom - top)}
        return {"pos": self._point(middle), **size}

    # --- nodes and the frames around them -----------------------------------------------------------------------------

    def _nodes(self) -> list[str]:
        clusters, listed = self._view.clusters, set(self._view.listed)
        number = {cluster.id: position for position, cluster in enumerate(clusters)}
        frame_of = {name: number[cluster.id] for cluster in clusters for name in cluster.nodes if name not in listed}
        outside: list[str] = []
        inside: dict[int, list[str]] = {frame: [] for frame, _ in self._placed.frames}
        for position, name in enumerate(self._arranged.ids):
            attributes = self._records[name].attributes | self._place(self._placed.boxes[position])
            (inside[frame_of[name]] if name in frame_of else outside).append(node(name, attributes))
        stubs = [self._stub(one, other, box) for (one, other), box in self._placed.stubs.items()]
        rectangles: dict[int, list[Rectangle]] = {}
        for frame, box in self._placed.frames:
            rectangles.setdefault(frame, []).append(box)
        others: list[str] = []
        for frame in sorted(rectangles, reverse=True):  # those in others are complete before these
            name, outer = f"cluster_{clusters[frame].id}", clusters[frame].outer
            first, *more = rectangles[frame]
            around = outside if outer is None else inside[number[outer]]
            around += subgraph(name, self._frame(frame, first), inside[frame])
            for position, box in enumerate(more):  # where it goes on in another row; before what it covers
                others[:0] = subgraph(f"{name}_{position}", self._frame(frame, box), [])
        return outside + others + stubs

    def _frame(self, frame: int, box: Rectangle) -> dict[str, str]:
        name = self._view.clusters[frame].name
        (x0, y0), (x1, y1) = self._moved(box[:2]), self._moved(box[2:])
        text = shorten(name, LONGEST_SCOPE)
        width, height = size_of(text, FONT_SIZE)
        return {
            "label": quoted(text),
            "tooltip": quoted_tooltip(name),
            "bb": self._box((x0, y0, x1, y1)),
            "lp": self._point((x0 + 8.0 + width / 2, y0 + 2.0 + height / 2)),
            "style": "rounded",
            "color": _FRAME,
            "fontsize": str(FONT_SIZE),
            "peripheries": "1",
        }

    def _stub(self, one: int, other: int, box: Rectangle) -> str:
        parent, child = self._arranged.ids[one], self._arranged.ids[other]
        known = self._records[parent].attributes
        kept = {key: each for key, each in known.items() if key in ("tooltip", "fillcolor", "fontcolor", "color")}
        look = {"shape": "box", "style": "filled,rounded", "fontsize": str(SMALL), "margin": "0.02,0.01"}
        name = quoted(self._arranged.names[parent])
        return node(f"{parent}_at_{child}", {"label": name, **look, **kept, **self._place(box)})

    # --- edges --------------------------------------------------------------------------------------------------------

    def _edges(self) -> list[str]:
        highlighted = {each.id for each in self._view.drawn if each.highlighted}
        found = []
        for number, (parent, child, text) in enumerate(self._arranged.arrows):
            if number < len(self._view.edges):
                attributes = self._edge_attributes(self._view.edges[number])
            else:
                attributes = {"style": "dashed", "tooltip": quoted_tooltip(omitted_text(self._view.omitted))}
            if {parent, child} <= highlighted:
                attributes |= {"color": HIGHLIGHT, "penwidth": "2.5"}
            *path, tip = map(self._point, map(self._moved, self._placed.paths[number]))
            attributes["pos"] = f"e,{tip} {' '.join(path)}"
            if text:
                attributes["label"] = quoted(*text.split("\n"))
                attributes["lp"] = self._point(self._moved(self._placed.labels[number]))
            found.append(edge(parent, child, attributes))
        return found

    def _edge_attributes(self, shown: EdgeView) -> dict[str, str]:
        tooltip = quoted_tooltip(edge_tooltip(shown))
        attributes = {"tooltip": tooltip, "labeltooltip": tooltip}
        if not shown.differentiable:
            attributes["style"] = "dashed"
        if self._view.widths is not None and shown.weight is not None:
            attributes["penwidth"] = f"{self._view.widths.width(shown.weight):.2f}"
        if shown.mark:
            attributes |= {"color": MARKS[shown.mark], "penwidth": "2"}
            if shown.mark == "removed":
                attributes["style"] = "dashed"
        return attributes

    # --- the legend ---------------------------------------------------------------------------------------------------

    def _legend(self, scale: Scale) -> list[str]:
        """Colours beside each other, and the numbers they stand for."""
        entries = [(number_text(each), heated(each, scale)) for each in scale.ticks()]
        if scale.zero:
            entries.append(("0", heated(0.0, scale)))
        coloured = [*(each.heat for each in self._view.nodes if not each.constant), *(b.heat for b in self._view.boxes)]
        if scale.unknown and None in coloured:
            entries.append((scale.unknown, heated(None, scale)))
        widths = [max(_SWATCH, size_of(text, SMALL)[0] + 8.0) for text, _ in entries]
        name_width = size_of(scale.what, SMALL)[0] + 8.0
        left = x = max(0.0, (self._width - name_width - sum(widths)) / 2)
        middle = self._legend_at + _SWATCH_HEIGHT / 2
        common = {"shape": "box", "fixedsize": "true", "fontsize": str(SMALL), "penwidth": "0.5"}
        name = {"label": quoted(scale.what), "shape": "plaintext", "style": "", "fontsize": str(SMALL)}
        statements = [node("legend", name | self._legend_place(x, name_width, middle))]
        x += name_width
        for position, ((text, colours), width) in enumerate(zip(entries, widths, strict=True)):
            attributes = {"label": quoted(text), "tooltip": quoted_tooltip(text), **common, **colours}
            statements.append(node(f"legend{position}", attributes | self._legend_place(x, width, middle)))
            x += width
        box = self._box((left, self._legend_at, x, self._legend_at + _SWATCH_HEIGHT))
        tooltip = quoted_tooltip(f"colours of {scale.what}")
        return subgraph("cluster_legend", {"label": "", "peripheries": "0", "bb": box, "tooltip": tooltip}, statements)

    def _legend_place(self, left: float, width: float, middle: float) -> dict[str, str]:
        place = self._point((left + width / 2, middle))
        return {"pos": place, "width": _inches(width), "height": _inches(_SWATCH_HEIGHT)}


def _wrapped(text: str, width: float) -> list[str]:
    """A text as lines that are no wider."""
    widest = size_of(text, SMALL)[0]
    if widest <= width:
        return [text]
    return textwrap.wrap(text, max(20, int(len(text) * width / widest)))


def _filled(entries: list[str], width: float) -> list[str]:
    """Entries beside each other as long as there is room; none at all beside a picture that is narrower than one."""
    lines: list[str] = []
    for entry in entries:
        if size_of(entry, SMALL)[0] > width:
            return []
        longer = f"{lines[-1]}{_GAP}{entry}" if lines else entry
        if lines and size_of(longer, SMALL)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(entry)
    return lines


def _number(length: float) -> str:
    return f"{round(length, 1):g}"


def _inches(length: float) -> str:
    return f"{length / 72:.4f}"
