"""A sheet as an SVG document. It is built as Graphviz builds one: groups of the classes node, edge and cluster, each
with its id as a title and what a pointer is told in a link without an address.
"""

from __future__ import annotations

import functools
import html
import math
from collections.abc import Sequence
from itertools import chain

from ..graphs.labels import printable
from ..layout.scene import Point, Rectangle
from .records import FONT, FONT_SIZE, INK, LINE, MARGIN_ABOVE, PAD, Record, Style
from .sheet import Arrow, Box, Frame, Label, Sheet

__all__ = ["svg_text"]

_BASELINE = 0.3  # how far the middle of a line is above its baseline, for each point of the size of the font
_ROUND = 6.0  # radius of round corners
_DASHES = {"solid": "", "dashed": ' stroke-dasharray="5,2"', "dotted": ' stroke-dasharray="1,5"'}
_HEAD, _HALF_HEAD = 7.0, 2.45  # length and half of the width of the head of a narrow arrow
_LINE_HEIGHT = FONT_SIZE * LINE


def svg_text(sheet: Sheet) -> str:
    """Write a sheet as an SVG document.

    Parameters
    ----------
    sheet
        The picture.

    Returns
    -------
    str
        A document that refers to nothing outside of itself: the same for the same sheet, always, and on every machine.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz.drawing.compose import sheet_of
    >>> from viz.graphs.describe import graph_view
    >>> svg_text(sheet_of(graph_view(Value(3.0, "a").tanh()))).count('class="node"')
    2
    """
    # A point of the sheet is a pixel: a font size of 11 is 11 pixels then, like the text around the picture.
    width, height = math.ceil(sheet.width + 2 * PAD), math.ceil(sheet.height + 2 * PAD)
    parts = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<svg width="{width}px" height="{height}px" viewBox="0 0 {width} {height}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">\n'
        f'<rect fill="white" stroke="none" x="0" y="0" width="{width}" height="{height}"/>\n'
        f'<g class="graph" transform="translate({PAD} {PAD})" font-family="{FONT},sans-Serif" font-size="{FONT_SIZE}" '
        f'text-anchor="middle" fill="{INK}">'
    ]
    if sheet.title:
        parts.append(_label(sheet.title))
    parts += map(_frame, sheet.frames)
    parts += map(_arrow, sheet.arrows)
    parts += map(_box, sheet.boxes)
    parts += map(_box, sheet.stubs)
    parts += map(_box, sheet.swatches)
    if sheet.notes:
        parts.append(_pointed_at(sheet.tooltip, _label(sheet.notes)))
    parts.append("</g>\n</svg>\n")
    return "\n".join(parts)


def _frame(frame: Frame) -> str:
    inside = f"{_shape(frame.place, frame.style)}\n{_label(frame.label)}"
    return _group("cluster", frame.id, _pointed_at([frame.tooltip], inside))


def _box(box: Box) -> str:
    ground = "" if box.style.fill == "none" else _shape(box.place, box.style) + "\n"
    text = _rows(box, box.content) if isinstance(box.content, Record) else _label(box.content, box.style.ink)
    return _group("node", box.id, _pointed_at(box.tooltip, ground + text))


def _arrow(arrow: Arrow) -> str:
    style = arrow.style
    points = "M%.1f,%.1fC%.1f,%.1f" + " %.1f,%.1f" * (len(arrow.curve) - 2)
    line = f'<path fill="none"{_stroke(style)} d="{points % tuple(chain.from_iterable(arrow.curve))}"/>'
    text = "\n" + _label(arrow.label) if arrow.label else ""
    head = _head(arrow.curve[-1], arrow.tip, style) if arrow.tip else ""
    return _group("edge", f"{arrow.parent}-&gt;{arrow.child}", _pointed_at([arrow.tooltip], line + head + text))


def _head(begin: Point, tip: Point, style: Style) -> str:
    half = _HALF_HEAD + (style.thickness - 1.0) / 2  # it stands out of a wide line as far as out of a narrow one
    (x, y), (from_x, from_y) = tip, begin
    length = math.hypot(x - from_x, y - from_y) or 1.0
    ux, uy = (x - from_x) / length, (y - from_y) / length
    back_x, back_y, aside_x, aside_y = x - _HEAD * ux, y - _HEAD * uy, half * uy, half * ux
    corners = (
        f"{x:.1f},{y:.1f} {back_x - aside_x:.1f},{back_y + aside_y:.1f} {back_x + aside_x:.1f},{back_y - aside_y:.1f}"
    )
    return f'\n<polygon fill="{style.stroke}" points="{corners}"/>'


# --- texts ------------------------------------------------------------------------------------------------------------


def _rows(box: Box, record: Record) -> str:
    """The texts of a node, row by row, and the lines between rows and columns."""
    left, top, right, end = box.place
    # What a box is larger than its record is shared by columns and rows.
    between = left + record.columns[0] + (right - left - sum(record.columns)) / 2
    spare = (end - top - record.height) / len(record.rows)
    ink = "" if box.style.ink == INK else f' fill="{box.style.ink}"'
    # In the middle of a row's field: of the whole row, of a name on the left, of a text on the right.
    alone, name_at, text_at = (f'<text{ink} x="{(a + b) / 2:.1f}" y="' for a, b in ((left, right), (left, between),
                                                                                   (between, right)))  # fmt: skip
    texts, lines, y = [], [], top
    for name, text in record.rows:
        if y > top:
            lines.append(f"M{left:.1f},{y:.1f}H{right:.1f}")
        split = text.split("\n") if "\n" in text else (text,)
        bottom = y + _LINE_HEIGHT * len(split) + 2 * MARGIN_ABOVE + spare
        base = y + spare / 2 + MARGIN_ABOVE + _LINE_HEIGHT / 2 + _BASELINE * FONT_SIZE
        if name is not None:
            texts.append(f'{name_at}{base:.1f}">{_escaped(name)}</text>')
            lines.append(f"M{between:.1f},{y:.1f}V{bottom:.1f}")
        at = alone if name is None else text_at
        for number, line in enumerate(split):
            texts.append(f'{at}{base + number * _LINE_HEIGHT:.1f}">{_escaped(line)}</text>')
        y = bottom
    if lines:
        texts.append(f'<path fill="none" stroke="{box.style.stroke}" d="{"".join(lines)}"/>')
    return "\n".join(texts)


def _label(label: Label, ink: str = INK) -> str:
    x, y = label.middle
    height = label.size * LINE
    base = y - height * (len(label.lines) - 1) / 2 + _BASELINE * label.size
    look = ("" if label.size == FONT_SIZE else f' font-size="{label.size}"') + ("" if ink == INK else f' fill="{ink}"')
    return "\n".join(
        f'<text{look} x="{x:.1f}" y="{base + number * height:.1f}">{_escaped(line)}</text>'
        for number, line in enumerate(label.lines)
    )


@functools.lru_cache(maxsize=4_096)
def _escaped(text: str) -> str:
    # A viewer shows a run of spaces as one, unless some of them are hard.
    return html.escape(printable(text)).replace("  ", " \xa0")


# --- elements ---------------------------------------------------------------------------------------------------------


def _group(kind: str, title: str, inside: str) -> str:
    return f'<g class="{kind}"><title>{title}</title>\n{inside}</g>'


def _pointed_at(tooltip: Sequence[str], inside: str) -> str:
    if not any(tooltip):
        return inside
    return f'<a xlink:title="{"&#10;".join(map(_escaped, tooltip))}">\n{inside}\n</a>'


def _shape(place: Rectangle, style: Style) -> str:
    left, top, right, bottom = place
    if style.shape == "circle":
        x, y, radius = (left + right) / 2, (top + bottom) / 2, (right - left) / 2
        return (
            f'<ellipse fill="{style.fill}"{_stroke(style)} cx="{x:.1f}" cy="{y:.1f}" rx="{radius:g}" ry="{radius:g}"/>'
        )
    corners = f' rx="{_ROUND:g}"' if style.shape == "rounded" else ""
    at = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect fill="{style.fill}"{_stroke(style)} {at}{corners}/>'


def _stroke(style: Style) -> str:
    width = "" if style.thickness == 1.0 else f' stroke-width="{style.thickness:g}"'
    return f' stroke="{style.stroke}"{width}{_DASHES[style.line]}'
