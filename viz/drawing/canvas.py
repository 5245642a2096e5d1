"""A sheet made of what is put where: circles and boxes by their middles, and lines between them."""

from __future__ import annotations

import math
from typing import NamedTuple

from .records import Style, size_of
from .sheet import TITLE, Arrow, Box, Label, Sheet

__all__ = ["Canvas"]


class _Put(NamedTuple):
    """What was put on a canvas."""

    name: str
    text: str
    x: float
    y: float
    width: float
    height: float
    style: Style
    font_size: int
    tooltip: str


class Canvas:
    """Texts in circles and boxes, and lines, where they are put; how large the whole is, is known at the end."""

    def __init__(self) -> None:
        self._put: list[_Put] = []
        self._lines: list[tuple[str, str, Style, str]] = []

    def put(self, name: str, text: str, x: float, y: float, size: tuple[float, float], style: Style, font_size: int,
            tooltip: str) -> None:  # fmt: skip
        """A text in a box or a circle, by its middle."""
        self._put.append(_Put(name, text, x, y, *size, style, font_size, tooltip))

    def line(self, tail: str, head: str, style: Style, tooltip: str) -> None:
        """A straight line from one circle to another."""
        self._lines.append((tail, head, style, tooltip))

    def sheet(self, title: list[str]) -> Sheet:
        """All of it, below a title."""
        wide, high = size_of("\n".join(title), TITLE) if title else (0.0, 0.0)
        left, right = min(each.x - each.width / 2 for each in self._put), max(e.x + e.width / 2 for e in self._put)
        top, bottom = min(each.y - each.height / 2 for each in self._put), max(e.y + e.height / 2 for e in self._put)
        width = max(right - left, wide)
        dx, dy = (width - left - right) / 2, high - top
        boxes, arrows, circles = [], [], {}
        for each in self._put:
            x, y = each.x + dx, each.y + dy
            circles[each.name] = (x, y, each.width / 2)
            place = (x - each.width / 2, y - each.height / 2, x + each.width / 2, y + each.height / 2)
            label = Label((each.text,), (x, y), each.font_size)
            boxes.append(Box(each.name, place, label, each.style, (each.tooltip,)))
        for tail, head, style, tooltip in self._lines:
            (x, y, begin), (to_x, to_y, end) = circles[tail], circles[head]
            length = math.hypot(to_x - x, to_y - y)
            parts = ((begin + (length - begin - end) * third / 3) / length for third in range(4))
            curve = tuple((x + (to_x - x) * part, y + (to_y - y) * part) for part in parts)
            arrows.append(Arrow(tail, head, curve, None, None, style, tooltip))
        above = Label(tuple(title), (width / 2, high / 2), TITLE) if title else None
        return Sheet(width, bottom + dy, above, tuple(boxes), tuple(arrows))
