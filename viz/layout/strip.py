"""What stands in the columns of one row, in order: boxes, the arrows that pass between them, and frames around.

An arrow that runs on takes a place in each column that it passes; all arrows from one box share theirs.
"""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .net import Net
from .rows import Row

__all__ = ["Link", "Strip", "Token"]

_WIRE = 3.0  # half the room that an arrow takes
_MOST_ROUNDS = 8
_FEW = 12


class Token(NamedTuple):
    """An entry of a column, or where a frame begins or ends in it: kind ``"entry"``, ``"begin"`` or ``"end"``."""

    kind: str
    number: int


class Link(NamedTuple):
    """A piece of an arrow, from an entry to one in the next column.

    Attributes
    ----------
    one, other
        The entries.
    arrow
        Which arrow ends there, or None where it runs on.
    """

    one: int
    other: int
    arrow: int | None


class Strip:
    """The columns of one row.

    Attributes
    ----------
    column
        The column of each box that stands in it.
    box
        Of each entry, the box that stands there, or whose arrows pass.
    passing
        Whether arrows pass.
    at
        In which column it stands.
    before, after
        How much room it takes across the flow.
    links
        What connects them.
    entry
        The entry of a box in a column.
    leaving
        Boxes whose arrows go on in the next row, and the entry where they leave this one.
    columns
        The tokens of each column, in order.
    """

    def __init__(self, net: Net, row: Row, arriving: Sequence[int], going_on: Sequence[int]) -> None:
        self.net = net
        self.column = row.column
        self.box: list[int] = []
        self.passing: list[bool] = []
        self.at: list[int] = []
        self.before: list[float] = []
        self.after: list[float] = []
        self._path: list[tuple[int, ...]] = []
        self.links: list[Link] = []
        self.entry: dict[tuple[int, int], int] = {}
        self.leaving: dict[int, int] = {}
        self.count = row.count
        self._span: dict[int, tuple[int, int]] = {}  # of frames
        for box in row.boxes:
            at = row.column[box]
            self._add(box, at, passing=False)
            for frame in net.path[box]:
                begin, end = self._span.get(frame, (at, at))
                self._span[frame] = (min(begin, at), max(end, at))
        for box in arriving:
            self._add(box, 0, passing=True)
        inside = set(row.boxes)
        into: dict[int, list[int]] = {}
        for box in row.boxes:
            for arrow in net.into[box]:
                into.setdefault(net.tail[arrow], []).append(arrow)
        for box in sorted(into.keys() | set(going_on)):
            start = row.column[box] if box in inside else 0
            ends = [row.column[net.scene.arrows[arrow].child] for arrow in into.get(box, [])]
            last = self.count - 1 if box in going_on else max(ends) - 1
            for at in range(start + 1, last + 1):
                self.links.append(Link(self.entry[box, at - 1], self._add(box, at, passing=True), None))
            for arrow, end in zip(into.get(box, []), ends, strict=True):
                child = net.scene.arrows[arrow].child
                self.links.append(Link(self.entry[box, end - 1], self.entry[child, end], arrow))
            if box in going_on:
                self.leaving[box] = self.entry[box, last]
        self._set_paths(row, into)
        self.columns = self._in_order()
        self._uncrossed()

    def _add(self, box: int, at: int, *, passing: bool) -> int:
        number = len(self.box)
        self.box.append(box)
        self.passing.append(passing)
        self.at.append(at)
        self.before.append(_WIRE if passing else self.net.before[box])
        self.after.append(_WIRE if passing else self.net.after[box])
        self._path.append(())
        self.entry[box, at] = number
        return number

    def span(self, frame: int) -> tuple[int, int]:
        """The first and the last column of a frame."""
        return self._span[frame]

    @property
    def frames(self) -> list[int]:
        """The frames in which something stands, an outer one before those in it."""
        return sorted(self._span)

    def path(self, entry: int) -> tuple[int, ...]:
        """The frames around an entry, the outermost first."""
        return self._path[entry]

    def _set_paths(self, row: Row, into: dict[int, list[int]]) -> None:
        """What passes leaves the frames it comes from where they end, and enters those it goes to where they begin."""
        if not self._span:
            return
        for entry, (box, at) in enumerate(zip(self.box, self.at, strict=True)):
            path = tuple(frame for frame in self.net.path[box] if self._reaches(frame, at))
            if self.passing[entry]:
                ends = [self.net.scene.arrows[arrow].child for arrow in into.get(box, [])]
                paths = [self.net.path[child] for child in ends if row.column[child] > at]
                if box in self.leaving:
                    paths.append(())
                common = functools.reduce(_common, paths) if paths else ()
                entered = tuple(frame for frame in common if self._reaches(frame, at))
                path = max(path, entered, key=len)
            self._path[entry] = path

    def _reaches(self, frame: int, at: int) -> bool:
        begin, end = self._span.get(frame, (0, -1))
        return begin <= at <= end

    # --- the order in columns -----------------------------------------------------------------------------------------

    def _in_order(self) -> list[list[Token]]:
        keys = self._keys_of_frames()
        own = self.net.key
        entries: list[list[int]] = [[] for _ in range(self.count)]
        for entry, at in enumerate(self.at):
            entries[at].append(entry)
        if not self._span:
            return [
                [Token("entry", each) for each in sorted(here, key=lambda each: own[self.box[each]])]
                for here in entries
            ]
        found = []
        for at, here in enumerate(entries):
            nested = [([keys[frame] for frame in self._path[entry]] + [own[self.box[entry]]], entry) for entry in here]
            paths = {self._path[entry][:depth] for entry in here for depth in range(1, len(self._path[entry]) + 1)}
            for frame in self._span:
                path = self._whole_path(frame)
                if self._reaches(frame, at) and path not in paths:
                    nested.append(([keys[each] for each in path], -1 - frame))
            nested.sort()
            found.append(self._tokens(nested))
        return found

    def _tokens(self, nested: list[tuple[list[int], int]]) -> list[Token]:
        tokens: list[Token] = []
        open_frames: tuple[int, ...] = ()
        for _, entry in nested:
            path = self._path[entry] if entry >= 0 else self._whole_path(-1 - entry)
            common = len(_common(open_frames, path))
            tokens += [Token("end", frame) for frame in reversed(open_frames[common:])]
            tokens += [Token("begin", frame) for frame in path[common:]]
            open_frames = path
            if entry >= 0:
                tokens.append(Token("entry", entry))
        return tokens + [Token("end", frame) for frame in reversed(open_frames)]

    def _whole_path(self, frame: int) -> tuple[int, ...]:
        path: list[int] = []
        outer: int | None = frame
        while outer is not None:
            path.append(outer)
            outer = self.net.scene.frames[outer].outer
        return tuple(reversed(path))

    def _keys_of_frames(self) -> dict[int, int]:
        """The key of the first box in each frame; those of a series are given to it in the order of its numbers."""
        keys: dict[int, int] = {}
        for box, path in enumerate(self.net.path):
            for frame in path:
                keys[frame] = min(keys.get(frame, self.net.key[box]), self.net.key[box])
        series: dict[tuple[int | None, str], list[int]] = {}
        for frame in keys:
            about = self.net.scene.frames[frame]
            if about.series is not None:
                series.setdefault((about.outer, about.series[0]), []).append(frame)
        for frames in series.values():
            numbers = {frame: (self.net.scene.frames[frame].series or ("", 0))[1] for frame in frames}
            wanted = sorted(frames, key=lambda frame: (numbers[frame], frame))
            keys |= dict(zip(wanted, sorted(keys[frame] for frame in frames), strict=True))
        return keys

    # --- fewer crossings ----------------------------------------------------------------------------------------------

    def _uncrossed(self) -> None:
        """Exchange neighbours as long as fewer arrows cross then, but not those that are in order as they are."""
        left: list[list[int]] = [[] for _ in self.box]
        right: list[list[int]] = [[] for _ in self.box]
        for one, other, _ in self.links:
            right[one].append(other)
            left[other].append(one)
        place = self.place_in_column()
        pending = set(range(self.count))
        for _ in range(_MOST_ROUNDS):
            changed: set[int] = set()
            for at in sorted(pending):
                tokens = self.columns[at]
                for position in range(len(tokens) - 1):
                    upper, lower = tokens[position], tokens[position + 1]
                    if upper.kind != "entry" or lower.kind != "entry":
                        continue
                    a, b = upper.number, lower.number
                    fewer = _fewer(left[a], left[b], place) + _fewer(right[a], right[b], place)
                    if fewer > 0 and not self._in_order_as_they_are(a, b, right):
                        tokens[position], tokens[position + 1] = lower, upper
                        place[a], place[b] = position + 1, position
                        changed |= {at - 1, at, at + 1}
            pending = changed & set(range(self.count))
            if not pending:
                break

    def _in_order_as_they_are(self, one: int, other: int, right: Sequence[Sequence[int]]) -> bool:
        """Whether two entries are operands of one box, or of one series."""
        if not set(right[one]).isdisjoint(right[other]):
            return True
        if self.passing[one] or self.passing[other]:
            return False
        stem, same = (self.net.series_of(self.box[each]) for each in (one, other))
        return stem is not None and stem == same

    def place_in_column(self) -> list[int]:
        """The position of each entry among the tokens of its column."""
        place = [0] * len(self.box)
        for tokens in self.columns:
            for position, token in enumerate(tokens):
                if token.kind == "entry":
                    place[token.number] = position
        return place


def _fewer(upper: Sequence[int], lower: Sequence[int], place: Sequence[int]) -> int:
    """How many crossings fewer there are if two entries are exchanged whose lines run to some others each."""
    if not upper or not lower:
        return 0
    if len(upper) == len(lower) == 1:  # most often
        one, other = place[upper[0]], place[lower[0]]
        return (one > other) - (one < other)
    if len(upper) * len(lower) <= _FEW:
        below = [place[each] for each in lower]
        return sum((place[each] > other) - (place[each] < other) for each in upper for other in below)
    ends = sorted(place[each] for each in lower)
    above = [place[each] for each in upper]
    return sum(bisect_left(ends, each) + bisect_right(ends, each) - len(ends) for each in above)


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    length = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[: min(len(one), len(other))] if length is None else one[:length]
