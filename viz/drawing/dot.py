"""GraphView -> DOT text, a pure function. Where everything stands is computed before; Graphviz draws it there.

So a picture does not depend on the version of Graphviz, nor on the fonts of a machine.
"""

from __future__ import annotations

import textwrap

import graphviz

from ..graphs.labels import edge_tooltip, number_text, omitted_text, shorten
from ..graphs.legend import legend_of
from ..graphs.look import DEFAULT, Look
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
    return str(_Sheet(view, records, arranged, look).graph.source)


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
        self.graph = graphviz.Digraph(
            graph_attr={"layout": "nop2", "bb": f"0,0,{_number(width)},{_number(bottom)}", "bgcolor": "white",
                        "pad": _inches(PAD), "fontname": FONT, "fontsize": str(_TITLE), "fontcolor": INK},
            node_attr={"shape": "record", "style": "filled", "fontname": FONT, "fontsize": str(FONT_SIZE),
                       "fontcolor": INK, "color": BORDER, "fillcolor": _OPERATION},
            edge_attr={"fontname": FONT, "fontsize": str(SMALL), "fontcolor": INK, "color": _LINE,
                       "arrowsize": "0.7"},
        )  # fmt: skip
        if title:
            self.graph.attr(label=quoted(*title), lp=self._point((width / 2, title_size[1] / 2)))
        within = self.graph
        if notes:  # below the picture; a graph has one label, so a frame that is not drawn has the other
            box = (0.0, self._top, width, bottom)
            middle = (width / 2, notes_at + size_of("\n".join(notes), SMALL)[1] / 2)
            within = graphviz.Digraph(
                name="cluster_picture",
                graph_attr={"label": quoted(*notes), "bb": self._box(box), "lp": self._point(middle),
                            "fontsize": str(SMALL), "peripheries": "0",
                            "tooltip": quoted_tooltip(*legend, *view.notes)},
            )  # fmt: skip
        self._add_nodes(within)
        self._add_edges(within)
        if view.scale is not None:
            self._add_legend(within, legend_at)
        if within is not self.graph:
            self.graph.subgraph(within)

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

    def _add_nodes(self, graph: graphviz.Digraph) -> None:
        clusters = self._view.clusters
        listed = set(self._view.listed)
        first: dict[int, graphviz.Digraph] = {}
        others: list[graphviz.Digraph] = []
        for frame, (left, top, right, bottom) in self._placed.frames:
            name = f"cluster_{clusters[frame].id}" + (f"_{len(others)}" if frame in first else "")
            (x0, y0), (x1, y1) = self._moved((left, top)), self._moved((right, bottom))
            text = shorten(clusters[frame].name, LONGEST_SCOPE)
            width, height = size_of(text, FONT_SIZE)
            drawn = graphviz.Digraph(
                name=name,
                graph_attr={
                    "label": quoted(text),
                    "tooltip": quoted_tooltip(clusters[frame].name),
                    "bb": self._box((x0, y0, x1, y1)),
                    "lp": self._point((x0 + 8.0 + width / 2, y0 + 2.0 + height / 2)),
                    "style": "rounded",
                    "color": _FRAME,
                    "fontsize": str(FONT_SIZE),
                    "peripheries": "1",
                },
            )
            if frame in first:
                others.append(drawn)  # where it goes on in another row
            else:
                first[frame] = drawn
        number = {cluster.id: position for position, cluster in enumerate(clusters)}
        frame_of = {name: number[cluster.id] for cluster in clusters for name in cluster.nodes if name not in listed}
        for position, name in enumerate(self._arranged.ids):
            attributes = self._records[name].attributes | self._place(self._placed.boxes[position])
            (first[frame_of[name]] if name in frame_of else graph).node(name, **attributes)
        for (one, other), box in self._placed.stubs.items():
            self._add_stub(graph, self._arranged.ids[one], self._arranged.ids[other], box)
        # Copied into the frame around it, a frame must be complete: the inner ones first.
        for frame in sorted(first, reverse=True):
            outer = clusters[frame].outer
            around = first.get(number[outer]) if outer is not None else None
            (graph if around is None else around).subgraph(first[frame])
        for drawn in others:
            graph.subgraph(drawn)

    def _add_stub(self, graph: graphviz.Digraph, parent: str, child: str, box: Rectangle) -> None:
        known = self._records[parent].attributes
        fill = known.get("fillcolor", _OPERATION)
        tooltip = known["tooltip"]
        graph.node(
            f"{parent}_at_{child}",
            quoted(self._arranged.names[parent]),
            shape="box",
            style="filled,rounded",
            fontsize=str(SMALL),
            margin="0.02,0.01",
            fillcolor=fill,
            fontcolor=known.get("fontcolor", INK),
            color=known.get("color", BORDER),
            tooltip=tooltip,
            **self._place(box),
        )

    # --- edges --------------------------------------------------------------------------------------------------------

    def _add_edges(self, graph: graphviz.Digraph) -> None:
        highlighted = {each.id for each in self._view.drawn if each.highlighted}
        for number, (parent, child, text) in enumerate(self._arranged.arrows):
            if number < len(self._view.edges):
                attributes = self._edge_attributes(self._view.edges[number])
            else:
                attributes = {"style": "dashed", "tooltip": quoted_tooltip(omitted_text(self._view.omitted))}
            if {parent, child} <= highlighted:
                attributes |= {"color": HIGHLIGHT, "penwidth": "2.5"}
            *path, tip = map(self._point, map(self._moved, self._placed.paths[number]))
            attributes["pos"] = f"e,{tip} {' '.join(path)}"
            label = None
            if text:
                label = quoted(*text.split("\n"))
                attributes["lp"] = self._point(self._moved(self._placed.labels[number]))
            graph.edge(parent, child, label, **attributes)

    def _edge_attributes(self, edge: EdgeView) -> dict[str, str]:
        tooltip = quoted_tooltip(edge_tooltip(edge))
        attributes = {"tooltip": tooltip, "labeltooltip": tooltip}
        if not edge.differentiable:
            attributes["style"] = "dashed"
        if self._view.widths is not None and edge.weight is not None:
            attributes["penwidth"] = f"{self._view.widths.width(edge.weight):.2f}"
        if edge.mark:
            attributes |= {"color": MARKS[edge.mark], "penwidth": "2"}
            if edge.mark == "removed":
                attributes["style"] = "dashed"
        return attributes

    # --- the legend ---------------------------------------------------------------------------------------------------

    def _add_legend(self, graph: graphviz.Digraph, top: float) -> None:
        """Colours beside each other, and the numbers they stand for."""
        scale = self._view.scale
        assert scale is not None
        entries = [(number_text(each), heated(each, scale)) for each in scale.ticks()]
        if scale.zero:
            entries.append(("0", heated(0.0, scale)))
        coloured = [*(node.heat for node in self._view.nodes if not node.constant), *(b.heat for b in self._view.boxes)]
        if scale.unknown and None in coloured:
            entries.append((scale.unknown, heated(None, scale)))
        middle = top + _SWATCH_HEIGHT / 2
        name_width = size_of(scale.what, SMALL)[0] + 8.0
        x = max(0.0, (self._width - name_width - len(entries) * _SWATCH) / 2)
        common = {"shape": "box", "fixedsize": "true", "fontsize": str(SMALL), "penwidth": "0.5"}
        with graph.subgraph(name="cluster_legend") as legend:
            end = x + name_width + len(entries) * _SWATCH
            legend.attr(label="", peripheries="0", bb=self._box((x, top, end, top + _SWATCH_HEIGHT)),
                        tooltip=quoted_tooltip(f"colours of {scale.what}"))  # fmt: skip
            place = self._legend_place(x, name_width, middle)
            legend.node("legend", quoted(scale.what), **(common | {"shape": "plaintext", "style": ""}), **place)
            x += name_width
            for position, (text, colours) in enumerate(entries):
                width = max(_SWATCH, size_of(text, SMALL)[0] + 8.0)
                place = self._legend_place(x, width, middle)
                tooltip = quoted_tooltip(text)
                legend.node(f"legend{position}", quoted(text), tooltip=tooltip, **common, **colours, **place)
                x += width

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
