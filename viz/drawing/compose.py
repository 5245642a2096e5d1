"""GraphView -> sheet: the graph in its layout, and below each other what stands around it."""

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
    FONT_SIZE,
    HIGHLIGHT,
    LONGEST_SCOPE,
    MARKS,
    PALE,
    SMALL,
    Record,
    Style,
    heated,
    omitted_record,
    record_of,
    size_of,
)
from .sheet import TITLE, Arrow, Box, Frame, Label, Sheet, middle_of

__all__ = ["sheet_of"]

_FRAME = Style(fill="white", stroke="#b4bcc8", shape="rounded")  # light, for where an arrow crosses it
_LONGEST_TITLE = 120
_NO_TEXT = "(too many edges to write their local derivatives; point at one to see it)"
_BETWEEN = 12.0  # title, picture, legend and notes
_SWATCH, _SWATCH_HEIGHT = 58.0, 18.0
_NARROWEST_NOTES = 420.0
_GAP = "\xa0" * 4  # between entries of the legend


def sheet_of(view: GraphView, look: Look = DEFAULT) -> Sheet:
    """Find a place for everything.

    Parameters
    ----------
    view
        What to show.
    look
        How it is shown.

    Returns
    -------
    Sheet
        The same for the same view, always.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz.graphs.describe import graph_view
    >>> sheet = sheet_of(graph_view(Value(3.0, "a").tanh()))
    >>> [box.id for box in sheet.boxes], [(arrow.parent, arrow.child) for arrow in sheet.arrows]
    (['n0', 'n1'], [('n0', 'n1')])
    """
    records = {each.id: record_of(each, view.scale, look) for each in view.drawn}
    if view.omitted:
        records[OMITTED] = omitted_record(omitted_text(view.omitted))
    return _Composer(view, records, arrange(view, records, look), look).sheet()


class _Composer:
    """The picture and what stands around it, one below the other."""

    def __init__(self, view: GraphView, records: dict[str, Record], arranged: Arranged, look: Look) -> None:
        self._view, self._records, self._arranged, self._look = view, records, arranged, look
        self._placed = arranged.placed
        self._highlighted = {each.id for each in view.drawn if each.highlighted}
        self._left = self._top = self._width = 0.0

    def sheet(self) -> Sheet:
        view, placed = self._view, self._placed
        title = [shorten(view.title, _LONGEST_TITLE)] if view.title else []
        without_text = view.edges and not any(text for _, _, text in self._arranged.arrows)
        if without_text and "local" not in self._look.hide:
            title += [_NO_TEXT] * any(edge.local_derivative is not None for edge in view.edges)
        title_width, title_height = size_of("\n".join(title), TITLE) if title else (0.0, -_BETWEEN)
        self._top = title_height + _BETWEEN
        width = max(placed.width, title_width)
        if view.notes:
            width = max(width, min(_NARROWEST_NOTES, max(size_of(each, SMALL)[0] for each in view.notes)))
        colours = self._colours(view.scale) if view.scale is not None else []
        width = max(width, sum(each for _, _, each in colours))
        legend = legend_of(view, self._look, any("∂" in text for _, _, text in self._arranged.arrows))
        notes = [*_filled(legend, width), *(line for note in view.notes for line in _wrapped(note, width))]
        self._width, self._left = width, (width - placed.width) / 2
        end = self._top + placed.height
        swatches = self._swatches(colours, end + _BETWEEN)
        if swatches:
            end += _BETWEEN + _SWATCH_HEIGHT
        if notes:
            height = size_of("\n".join(notes), SMALL)[1]
            end += _BETWEEN + height
        return Sheet(
            width=width,
            height=end,
            title=Label(tuple(title), (width / 2, title_height / 2), TITLE) if title else None,
            notes=Label(tuple(notes), (width / 2, end - height / 2), SMALL) if notes else None,
            tooltip=(*legend, *view.notes),
            top=self._top,
            frames=tuple(self._frames()),
            boxes=tuple(self._boxes()),
            stubs=tuple(self._stub(one, other, box) for (one, other), box in placed.stubs.items()),
            arrows=tuple(self._arrow(number) for number in range(len(self._arranged.arrows))),
            swatches=swatches,
        )

    def _moved(self, point: Point) -> Point:
        return point[0] + self._left, point[1] + self._top

    def _moved_box(self, box: Rectangle) -> Rectangle:
        return box[0] + self._left, box[1] + self._top, box[2] + self._left, box[3] + self._top

    # --- nodes and the frames around them -----------------------------------------------------------------------------

    def _boxes(self) -> list[Box]:
        listed = set(self._view.listed)
        frame_of = {
            name: _frame_id(cluster.id)
            for cluster in self._view.clusters
            for name in cluster.nodes
            if name not in listed
        }
        return [
            Box(name, self._moved_box(place), record, record.style, record.tooltip, frame_of.get(name))
            for name, record, place in (
                (name, self._records[name], self._placed.boxes[number])
                for number, name in enumerate(self._arranged.ids)
            )
        ]

    def _frames(self) -> list[Frame]:
        clusters = self._view.clusters
        found, parts = [], dict.fromkeys((frame for frame, _ in self._placed.frames), 0)
        for frame, place in sorted(self._placed.frames, key=lambda each: each[0]):  # those around others come first
            cluster, part = clusters[frame], parts[frame]
            parts[frame] += 1
            left, top, _, _ = moved = self._moved_box(place)
            text = shorten(cluster.name, LONGEST_SCOPE)
            width, height = size_of(text, FONT_SIZE)
            label = Label((text,), (left + 8.0 + width / 2, top + 2.0 + height / 2), FONT_SIZE)
            name = _frame_id(cluster.id) + f"_{part}" * bool(part)  # it goes on in another row
            outer = None if cluster.outer is None else _frame_id(cluster.outer)
            found.append(Frame(name, moved, label, _FRAME, cluster.name, outer, part))
        return found

    def _stub(self, one: int, other: int, box: Rectangle) -> Box:
        parent, child = self._arranged.ids[one], self._arranged.ids[other]
        record, place = self._records[parent], self._moved_box(box)
        label = Label((self._arranged.names[parent],), middle_of(place), SMALL)
        style = record.style._replace(line="solid", shape="rounded", thickness=1.0)
        return Box(f"{parent}_at_{child}", place, label, style, record.tooltip)

    # --- edges --------------------------------------------------------------------------------------------------------

    def _arrow(self, number: int) -> Arrow:
        parent, child, text = self._arranged.arrows[number]
        if number < len(self._view.edges):
            shown = self._view.edges[number]
            style, tooltip = self._stroke(shown), edge_tooltip(shown)
        else:
            style, tooltip = Style(stroke=PALE, line="dashed"), omitted_text(self._view.omitted)
        if parent in self._highlighted and child in self._highlighted:
            style = Style(stroke=HIGHLIGHT, thickness=2.5, line=style.line)
        left, top, path = self._left, self._top, self._placed.paths[number]
        *curve, tip = [(x + left, y + top) for x, y in path] if left or top else path
        label = None
        if text:
            label = Label(tuple(text.split("\n")), self._moved(self._placed.labels[number]), SMALL)
        return Arrow(parent, child, tuple(curve), tip, label, style, tooltip)

    def _stroke(self, edge: EdgeView) -> Style:
        colour, thickness, dashed = PALE, 1.0, not edge.differentiable
        if self._view.widths is not None and edge.weight is not None:
            thickness = round(self._view.widths.width(edge.weight), 2)
        if edge.mark:
            colour, thickness, dashed = MARKS[edge.mark], 2.0, dashed or edge.mark == "removed"
        return Style(stroke=colour, thickness=thickness, line="dashed" if dashed else "solid")

    # --- the legend ---------------------------------------------------------------------------------------------------

    def _colours(self, scale: Scale) -> list[tuple[str, Style, float]]:
        """What the scale is of and the numbers its colours stand for: texts, their looks, how much room they take."""
        entries = [(number_text(each), heated(each, scale)) for each in scale.ticks()]
        if scale.zero:
            entries.append(("0", heated(0.0, scale)))
        heats = [*(each.heat for each in self._view.nodes if not each.constant), *(b.heat for b in self._view.boxes)]
        if scale.unknown and None in heats:
            entries.append((scale.unknown, heated(None, scale)))
        named = (scale.what, Style(fill="none", stroke="none"), size_of(scale.what, SMALL)[0] + 8.0)
        coloured = [
            (text, Style(thickness=0.5)._replace(**colours), max(_SWATCH, size_of(text, SMALL)[0] + 8.0))
            for text, colours in entries
        ]
        return [named, *coloured]

    def _swatches(self, colours: list[tuple[str, Style, float]], top: float) -> tuple[Box, ...]:
        """Colours beside each other."""
        left = (self._width - sum(width for _, _, width in colours)) / 2
        found = []
        for number, (text, style, width) in enumerate(colours):
            place = (left, top, left + width, top + _SWATCH_HEIGHT)
            label = Label((text,), middle_of(place), SMALL)
            found.append(Box(f"legend{number}", place, label, style, (text,)))
            left += width
        return tuple(found)


def _frame_id(cluster: str) -> str:
    return f"cluster_{cluster}"


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
