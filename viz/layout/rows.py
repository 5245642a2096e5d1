"""Where columns go on in another row, so that a picture is no wider than it may be.

A row ends where few arrows and no frames would be cut, as a line of text does between words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate

from .net import Net

__all__ = ["ARROWHEAD", "FRAME_MARGIN", "FRAME_NAME", "TRACK", "Row", "rows_of", "width_between"]

ARROWHEAD = 7.0
TRACK = 7.0  # between arrows that go on in another row beside each other
FRAME_MARGIN = 8.0  # from a frame to what is in it, along the flow
FRAME_NAME = 18.0  # the height of its name
_CURVES, _MOST_FOR_CURVES, _FOR_EACH_CURVE = 13.0, 44.0, 2.0
_COST_OF_ROW, _COST_OF_FRAME, _COST_OF_ARROW = 3.0, 6.0, 1.0


@dataclass(slots=True)
class Row:
    """Some columns of a net.

    Attributes
    ----------
    first, last
        The columns of what is computed. In those before stands what they need and no row had before.
    boxes
        What stands in it.
    column
        For each of its boxes the column here, counted from 0.
    count
        How many columns there are.
    """

    first: int
    last: int
    boxes: list[int] = field(default_factory=list)
    column: dict[int, int] = field(default_factory=dict)
    count: int = 0


def width_between(arrows: int, texts: float, opening: int, closing: int, *, down: bool) -> tuple[float, float]:
    """How far it is from one column to the next, and how much of it is left for curves.

    Parameters
    ----------
    arrows
        How many arrows bend there.
    texts
        How long the longest text at an arrow is.
    opening, closing
        How many frames begin and end there, one in the other.
    down
        Whether the flow runs downwards: then the name of a frame needs room there.
    """
    curves = min(_MOST_FOR_CURVES, _CURVES + _FOR_EACH_CURVE * arrows)
    frames = (opening + closing) * FRAME_MARGIN + (opening * FRAME_NAME if down else 0.0)
    return curves + frames + texts + ARROWHEAD, curves


def rows_of(net: Net, boxes: list[int], width: float | None) -> list[Row]:
    """Divide boxes into rows.

    Parameters
    ----------
    net
        The net.
    boxes
        Those of its boxes that stand in columns.
    width
        How wide a row may be, about; None for any width.
    """
    sources = {box for box in boxes if net.is_source(box) and net.children[box]}
    others = [box for box in boxes if box not in sources]
    first = min((net.column[box] for box in others), default=0)
    last = max((net.column[box] for box in others), default=0)
    ends = [last] if width is None or net.down else _ends(net, first, last, width)
    rows, begin = [], first
    full = {net.column[box] for box in others}
    for end in ends:
        filled = max(column for column in full if column <= end)
        if filled >= begin:  # else only what stands in no column lies between, and the next row takes its place
            rows.append(Row(begin, filled))
            begin = end + 1
    row_of = {column: row for row in rows for column in range(row.first, row.last + 1)}
    for box in boxes:
        # What is computed from nothing stands in the row where it is needed first.
        column = net.column[box]
        row = row_of[min(max(net.column[child], first) for child in net.children[box]) if box in sources else column]
        row.boxes.append(box)
        row.column[box] = column
    for number, row in enumerate(rows):
        # What comes from a row before bends in a column of its own; before the first row nothing comes.
        begin = min(row.first - bool(number), *row.column.values())
        row.column = {box: column - begin for box, column in row.column.items()}
        row.count = row.last - begin + 1
    return rows


def _ends(net: Net, first: int, last: int, limit: float) -> list[int]:
    """The last column of each row: of all ways to divide them the one that costs least."""
    widths = _Widths(net, first, last)
    if widths.between(first, last) <= limit:
        return [last]
    cuts = _cuts(net, first, last)
    best: dict[int, tuple[float, int]] = {first - 1: (0.0, first - 1)}
    for end in range(first, last + 1):
        for begin in range(end, first - 1, -1):
            width = widths.between(begin, end) + 2 * TRACK * (2 + max(cuts[begin - 1][0], cuts[end][0]))
            if width > limit and begin < end:
                break
            slack = max(0.0, 1.0 - width / limit)
            cost = best[begin - 1][0] + _COST_OF_ROW + slack * slack + (cuts[end][1] if end < last else 0.0)
            if end not in best or cost < best[end][0]:
                best[end] = (cost, begin - 1)
    ends = [last]
    while best[ends[-1]][1] >= first:
        ends.append(best[ends[-1]][1])
    return ends[::-1]


class _Widths:
    """How wide rows would be."""

    def __init__(self, net: Net, first: int, last: int) -> None:
        size = last - first + 3
        self._first = first
        own, sources, texts, arrows = [0.0] * size, [0.0] * size, [0.0] * size, [0] * size
        opening, closing = [0] * size, [0] * size
        begin: dict[int, int] = {}
        end: dict[int, int] = {}
        inside: list[tuple[int, int]] = []
        for box in range(net.count):
            at = net.column[box] - first + 1
            if box in net.scene.listed or not 0 <= at < size:
                continue
            if net.is_source(box):
                sources[at] = max(sources[at], net.along[box])
            else:
                own[at] = max(own[at], net.along[box])
                texts[at] = max(texts[at], *(net.label[number][0] for number in net.into[box]))
                arrows[at] += sum(abs(net.port[number]) > 0.0 for number in net.into[box])
            for frame in net.path[box]:
                begin[frame] = min(begin.get(frame, at), at)
                end[frame] = max(end.get(frame, at), at)
            inside.append((box, at))
        for box, at in inside:
            opening[at] = max(opening[at], sum(begin[frame] == at for frame in net.path[box]))
            closing[at] = max(closing[at], sum(end[frame] == at for frame in net.path[box]))
        self._sources = sources
        self._own = own
        total = 0.0
        self._until = []
        self._gap = []
        for at in range(size):
            gap, _ = width_between(arrows[at], texts[at], opening[at], closing[at - 1] if at else 0, down=False)
            self._gap.append(gap)
            total += max(own[at], sources[at]) + gap
            self._until.append(total)

    def between(self, begin: int, end: int) -> float:
        one, other = begin - self._first + 1, end - self._first + 1
        before = max(self._sources[one - 1], 12.0)
        return self._until[other] - self._until[one - 1] + before + 2 * FRAME_MARGIN


def _cuts(net: Net, first: int, last: int) -> list[tuple[int, float]]:
    """For each column how many boxes have arrows cut if a row ends behind it, and what that costs."""
    arrows, frames = [0] * (last + 3), [0] * (last + 3)
    begin: dict[int, int] = {}
    end: dict[int, int] = {}
    for box in range(net.count):
        column = net.column[box]
        if net.children[box]:
            uses = [net.column[child] for child in net.children[box]]
            if net.is_source(box):
                column = min(uses)
            if column < max(uses):
                arrows[max(column, first)] += 1
                arrows[max(uses)] -= 1
        for frame in net.path[box]:
            begin[frame] = min(begin.get(frame, column), column)
            end[frame] = max(end.get(frame, column), column)
    for frame, start in begin.items():
        if start < end[frame]:
            frames[max(start, first)] += 1
            frames[end[frame]] -= 1
    cut = zip(accumulate(arrows), accumulate(frames), strict=True)
    return [(many, many * _COST_OF_ARROW + open_frames * _COST_OF_FRAME) for many, open_frames in cut]
