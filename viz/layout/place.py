"""A scene laid out: columns along the flow, rows below each other, arrows between them.

The method is the one in layers of K. Sugiyama, S. Tagawa and M. Toda (1981), with an order that keeps operands in
theirs instead of the one with the fewest crossings.
"""

from __future__ import annotations

from collections.abc import Sequence

from .across import stand
from .columns import columns_of
from .net import ABOVE, Net
from .routes import rounded, smooth
from .rows import ARROWHEAD, FRAME_MARGIN, FRAME_NAME, TRACK, Row, rows_of, width_between
from .scene import Placed, Point, Rectangle, Scene
from .separation import circle_free
from .strip import Strip

__all__ = ["place"]

_BETWEEN_ROWS = 22.0
_ALL_TRACKS = 63.0
_MOST_TRIES = 7
_BETWEEN_LISTED, _BELOW_LISTED = 14.0, 22.0


def place(scene: Scene) -> Placed:
    """Lay out a scene.

    Examples
    --------
    >>> from .scene import Arrow, Box
    >>> placed = place(Scene((Box(40, 20), Box(40, 20), Box(40, 20)), (Arrow(0, 2), Arrow(1, 2))))
    >>> [box[1] for box in placed.boxes.values()]
    [0.0, 32.0, 14.5]
    >>> placed.width, placed.height
    (104.0, 52.0)
    """
    width = scene.width
    for attempt in range(1, _MOST_TRIES + 1):
        net, rows = _divided(scene, width)
        placed = _Course(net, rows).placed()
        if width is None or scene.down or scene.width is None or placed.width <= scene.width:
            break
        width -= attempt * (placed.width - scene.width + 1.0)  # rows may be wider than was expected
    if scene.down:
        _turn(placed)
    _list(scene, placed)
    return placed


def _divided(scene: Scene, width: float | None) -> tuple[Net, list[Row]]:
    """The net and its rows, so that no arrow points back or runs across a whole row."""
    stubbed = {number for number, arrow in enumerate(scene.arrows) if arrow.from_stub}
    forward = {
        number: (arrow.parent, arrow.child) for number, arrow in enumerate(scene.arrows) if number not in stubbed
    }
    if circle_free(len(scene.boxes), forward.values()) is None:
        column, _ = columns_of(len(scene.boxes), list(forward.values()))
        stubbed |= {number for number, (one, other) in forward.items() if column[one] >= column[other]}
    while True:
        net = Net(scene, stubbed)
        rows = rows_of(net, [box for box in range(net.count) if box not in scene.listed], width)
        row_of = {box: position for position, row in enumerate(rows) for box in row.boxes}
        far = {
            number
            for number, arrow in enumerate(scene.arrows)
            if number not in stubbed and row_of[arrow.child] - row_of[arrow.parent] not in (0, 1)
        }
        if not far:
            return net, rows
        stubbed |= far


class _Course:
    """Rows as they are laid out, in lengths along the flow and across it."""

    def __init__(self, net: Net, rows: Sequence[Row]) -> None:
        self.net = net
        self.row_of = {box: position for position, row in enumerate(rows) for box in row.boxes}
        going_on: list[dict[int, None]] = [{} for _ in rows]
        for number, arrow in enumerate(net.scene.arrows):
            tail = net.tail[number]
            if self.row_of[tail] < self.row_of[arrow.child]:
                going_on[self.row_of[tail]][tail] = None
        self.strips = [
            Strip(net, row, list(going_on[position - 1]) if position else [], list(going_on[position]))
            for position, row in enumerate(rows)
        ]
        self.stands = [stand(strip, down=net.down) for strip in self.strips]
        tracks = max(map(len, going_on))
        self._track = min(TRACK, _ALL_TRACKS / tracks) if tracks else 0.0
        margin = (tracks + 1) * self._track if tracks else 0.0
        self.alongs = [_Along(strip, margin) for strip in self.strips]
        self.top: list[float] = []
        self._below: list[float] = []
        at = 0.0
        for position, each in enumerate(self.stands):
            self.top.append(at)
            at += each.size
            self._below.append(at + _BETWEEN_ROWS / 2)
            at += _BETWEEN_ROWS + len(going_on[position]) * self._track
        self.size = at - _BETWEEN_ROWS
        self.margin = margin

    def placed(self) -> Placed:
        right = max(each.end for each in self.alongs)
        if any(strip.leaving for strip in self.strips):
            right += self.margin
        placed = Placed(right, self.size)
        stubs = {box: between for between, box in self.net.box_of_stub.items()}
        for strip, stands, along, top in zip(self.strips, self.stands, self.alongs, self.top, strict=True):
            for entry, box in enumerate(strip.box):
                if strip.passing[entry]:
                    continue
                begin, end = along.edges(box, strip.at[entry])
                middle, half = top + stands.middle[entry], self.net.across[box] / 2
                rectangle = (begin, middle - half, end, middle + half)
                if box in stubs:
                    placed.stubs[stubs[box]] = rectangle
                else:
                    placed.boxes[box] = rectangle
            for frame in strip.frames:
                begin, end = along.frames[frame]
                placed.frames.append((frame, (begin, top + stands.top[frame], end, top + stands.bottom[frame])))
        placed.boxes = dict(sorted(placed.boxes.items()))
        for number in range(len(self.net.scene.arrows)):
            placed.paths[number] = self._path(number)
            self._label(number, placed)
        return placed

    # --- arrows -------------------------------------------------------------------------------------------------------

    def _path(self, number: int) -> list[Point]:
        net = self.net
        tail, child = net.tail[number], net.scene.arrows[number].child
        row, last = self.row_of[tail], self.row_of[child]
        start, goal = self.strips[row].column[tail], self.strips[last].column[child]
        points = [(self.alongs[row].edges(tail, start)[1], self._height(row, self.strips[row].entry[tail, start]))]
        spline: list[Point] = []
        if row < last:
            points += self._through(row, tail, start + 1, self.strips[row].count)
            spline = smooth(points)
            turn, arrival = self._around(row, tail, spline[-1])
            spline += rounded(turn)[1:]
            points = [arrival]
            row, at = last, 1
        else:
            at = start + 1
        points += self._through(row, tail, at, goal)
        end, _ = self.alongs[last].edges(child, goal)
        tip = (end, self._height(last, self.strips[last].entry[child, goal]) + net.port[number])
        begins, ends = self.alongs[last].bend[goal]
        points += [(begins, points[-1][1]), (ends, tip[1]), (tip[0] - ARROWHEAD, tip[1])]
        return [*spline[:-1], *smooth(points), tip]

    def _height(self, row: int, entry: int) -> float:
        return self.top[row] + self.stands[row].middle[entry]

    def _through(self, row: int, box: int, begin: int, end: int) -> list[Point]:
        """Where the arrows of a box pass the columns of a row."""
        strip, along = self.strips[row], self.alongs[row]
        points: list[Point] = []
        before = self._height(row, strip.entry[box, begin - 1]) if begin else 0.0
        for at in range(begin, end):
            height = self._height(row, strip.entry[box, at])
            points += [(along.bend[at][0], before), (along.bend[at][1], height), (along.right[at], height)]
            before = height
        return points

    def _around(self, row: int, box: int, leaves: Point) -> tuple[list[Point], Point]:
        """From the end of a row to the beginning of the next; where several do so, beside each other."""
        strip, after = self.strips[row], self.strips[row + 1]
        leaving = sorted(strip.leaving, key=lambda each: self.stands[row].middle[strip.leaving[each]])
        arriving = sorted(leaving, key=lambda each: self.stands[row + 1].middle[after.entry[each, 0]])
        outside = (len(leaving) - leaving.index(box)) * self._track
        inside = (arriving.index(box) + 1) * self._track
        right = self.alongs[row].end + outside
        level = self._below[row] + outside - self._track / 2
        left = self.margin - inside
        arrival = (self.alongs[row + 1].right[0], self._height(row + 1, after.entry[box, 0]))
        turn = [leaves, (right, leaves[1]), (right, level), (left, level), (left, arrival[1]), arrival]
        return turn, arrival

    def _label(self, number: int, placed: Placed) -> None:
        length, breadth = self.net.label[number]
        if not length:
            return
        tip = placed.paths[number][-1]
        first = self.net.into[self.net.scene.arrows[number].child][0] == number
        side = -(breadth / 2 + ABOVE) if first else breadth / 2 + ABOVE
        placed.labels[number] = (tip[0] - ARROWHEAD - length / 2, tip[1] + side)


class _Along:
    """Where the columns of a row stand along the flow.

    Attributes
    ----------
    left, right
        Of each column.
    bend
        Before each column, from where to where arrows bend.
    frames
        Where each frame begins and ends.
    end
        Where the row ends.
    """

    def __init__(self, strip: Strip, begin: float) -> None:
        net, count = strip.net, strip.count
        self._net = net
        size, texts, bends = [0.0] * count, [0.0] * count, [0] * count
        for entry, box in enumerate(strip.box):
            if not strip.passing[entry]:
                size[strip.at[entry]] = max(size[strip.at[entry]], net.along[box])
        for _, other, arrow in strip.links:
            if arrow is not None:
                bends[strip.at[other]] += net.port[arrow] != 0.0
                texts[strip.at[other]] = max(texts[strip.at[other]], net.label[arrow][0])
        opening, closing = _nested(strip, 0), _nested(strip, 1)
        inner = [0] * count, [0] * count
        for frame in strip.frames:
            for side, nested in enumerate((opening, closing)):
                at = strip.span(frame)[side]
                inner[side][at] = max(inner[side][at], nested[frame])
        while True:
            self.left: list[float] = []
            self.right: list[float] = []
            self.bend: list[Point] = []
            place = begin
            for column in range(count):
                shut = inner[1][column - 1] if column else 0
                gap, curves = width_between(bends[column], texts[column], inner[0][column], shut, down=net.down)
                if not column:
                    gap = inner[0][0] * (FRAME_MARGIN + (FRAME_NAME if net.down else 0.0))
                    curves = 0.0
                first = place + shut * FRAME_MARGIN
                self.bend.append((first, first + curves))
                place += gap
                self.left.append(place)
                place += size[column]
                self.right.append(place)
            self.end = place + inner[1][-1] * FRAME_MARGIN
            self.frames = {frame: self._reach(frame, strip, opening, closing, texts) for frame in strip.frames}
            narrow = [
                (strip.span(frame)[1], strip.net.scene.frames[frame].label + 2 * FRAME_MARGIN - (end - start))
                for frame, (start, end) in self.frames.items()
            ]
            column, lacking = max(narrow, key=lambda each: each[1], default=(0, 0.0))
            if lacking <= 0.01 or net.down:
                return
            size[column] += lacking

    def _reach(
        self,
        frame: int,
        strip: Strip,
        opening: dict[int, int],
        closing: dict[int, int],
        texts: Sequence[float],
    ) -> tuple[float, float]:
        first, last = strip.span(frame)
        before = texts[first] + ARROWHEAD if first else 0.0
        name = FRAME_NAME if self._net.down else 0.0
        return (
            self.left[first] - before - opening[frame] * (FRAME_MARGIN + name),
            self.right[last] + closing[frame] * FRAME_MARGIN,
        )

    def edges(self, box: int, at: int) -> Point:
        """Where a box begins and ends: in the middle of its column, or near to what it is used by."""
        free = self.right[at] - self.left[at] - self._net.along[box]
        begin = self.left[at] + (free if self._net.is_source(box) else free / 2)
        return begin, begin + self._net.along[box]


def _nested(strip: Strip, side: int) -> dict[int, int]:
    """For each frame how many begin, or end, in the same column inside of it, itself included."""
    depth: dict[int, int] = {}
    for frame in reversed(strip.frames):
        depth[frame] = depth.get(frame, 0) + 1
        outer = strip.net.scene.frames[frame].outer
        if outer is not None and strip.span(outer)[side] == strip.span(frame)[side]:
            depth[outer] = max(depth.get(outer, 0), depth[frame])
    return depth


# --- the whole --------------------------------------------------------------------------------------------------------


def _turn(placed: Placed) -> None:
    """Make what ran to the right run downwards."""

    def turned(box: Rectangle) -> Rectangle:
        return box[1], box[0], box[3], box[2]

    placed.width, placed.height = placed.height, placed.width
    placed.boxes = {number: turned(box) for number, box in placed.boxes.items()}
    placed.stubs = {between: turned(box) for between, box in placed.stubs.items()}
    placed.frames = [(frame, turned(box)) for frame, box in placed.frames]
    placed.paths = {number: [(y, x) for x, y in path] for number, path in placed.paths.items()}
    placed.labels = {number: (y, x) for number, (x, y) in placed.labels.items()}


def _list(scene: Scene, placed: Placed) -> None:
    """Put the boxes that are listed in rows above all others."""
    if not scene.listed:
        return
    limit = max(placed.width, scene.width or 0.0)
    listed: dict[int, Rectangle] = {}
    x = y = tallest = 0.0
    for number in scene.listed:
        box = scene.boxes[number]
        if x and x + box.width > limit:
            x, y, tallest = 0.0, y + tallest + _BETWEEN_LISTED, 0.0
        listed[number] = (x, y, x + box.width, y + box.height)
        x += box.width + _BETWEEN_LISTED
        tallest = max(tallest, box.height)
    shift = y + tallest + _BELOW_LISTED
    placed.width = max(placed.width, *(box[2] for box in listed.values()))
    placed.height += shift

    def lower(box: Rectangle) -> Rectangle:
        return box[0], box[1] + shift, box[2], box[3] + shift

    placed.boxes = listed | {number: lower(box) for number, box in placed.boxes.items()}
    placed.stubs = {between: lower(box) for between, box in placed.stubs.items()}
    placed.frames = [(frame, lower(box)) for frame, box in placed.frames]
    placed.paths = {number: [(x, y + shift) for x, y in path] for number, path in placed.paths.items()}
    placed.labels = {number: (x, y + shift) for number, (x, y) in placed.labels.items()}
