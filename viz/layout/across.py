"""How far across the flow everything in a row stands: what follows each other in a straight line, nothing too close."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence

from .separation import Constraint, circle_free, separated
from .strip import Strip, Token

__all__ = ["Across", "stand"]

_BETWEEN, _BESIDE_ARROW, _BESIDE_FRAME = 12.0, 8.0, 10.0
_MARGIN, _NAME = 8.0, 18.0  # inside of a frame; the height of its name
_ROUNDS, _SETTLED = 12, 0.25
_LIGHT, _WEAK = 0.01, 0.1


class Across:
    """Where everything in a row stands, counted from its top.

    Attributes
    ----------
    middle
        Of each entry.
    top, bottom
        Of each frame.
    size
        Of the row.
    """

    def __init__(self, middle: list[float], top: dict[int, float], bottom: dict[int, float], size: float) -> None:
        self.middle = middle
        self.top = top
        self.bottom = bottom
        self.size = size


def stand(strip: Strip, *, down: bool) -> Across:
    """Find where everything in a row stands across the flow.

    Parameters
    ----------
    strip
        The row.
    down
        Whether the flow runs downwards; then across is to the right, and the name of a frame needs no height there.
    """
    entries, frames = len(strip.box), strip.frames
    first = {frame: entries + 2 * position for position, frame in enumerate(frames)}
    count = entries + 2 * len(frames)

    def number(token: Token) -> int:
        return token.number if token.kind == "entry" else first[token.number] + (token.kind == "end")

    apart: list[Constraint] = []
    for tokens in strip.columns:
        for one, other in itertools.pairwise(tokens):
            apart.append((number(one), number(other), _distance(strip, one, other, down)))
    if down:
        apart += [(at, at + 1, strip.net.scene.frames[frame].label + 2 * _MARGIN) for frame, at in first.items()]
    lines = _lines(strip)
    for straight in (lines, [each for each in lines if strip.path(each[0]) == strip.path(each[1])], []):
        group, offset = _groups(count, straight)
        gaps: dict[tuple[int, int], float] = {}
        for a, b, gap in apart:
            groups, needed = (group[a], group[b]), gap + offset[a] - offset[b]
            gaps[groups] = max(needed, gaps.get(groups, needed))
        between = [(a, b, gap) for (a, b), gap in gaps.items()]
        order = circle_free(max(group) + 1, gaps)
        if order is not None:
            break
    assert order is not None, "the order in columns is one for all of them"
    places = _settled(strip, group, offset, between, order, entries)
    middle = [places[group[each]] + offset[each] for each in range(entries)]
    top, bottom = _frames(strip, middle, down)
    upper = min([*(at - before for at, before in zip(middle, strip.before, strict=True)), *top.values()])
    lower = max([*(at + after for at, after in zip(middle, strip.after, strict=True)), *bottom.values()])
    return Across(
        [round(at - upper, 1) for at in middle],
        {frame: at - upper for frame, at in top.items()},
        {frame: at - upper for frame, at in bottom.items()},
        lower - upper,
    )


def _distance(strip: Strip, one: Token, other: Token, down: bool) -> float:
    after = strip.after[one.number] if one.kind == "entry" else 0.0
    before = strip.before[other.number] if other.kind == "entry" else 0.0
    if one.kind == "entry" and other.kind == "entry":
        passing = strip.passing[one.number] or strip.passing[other.number]
        return after + before + (_BESIDE_ARROW if passing else _BETWEEN)
    if one.kind == "begin":
        return before + _MARGIN + (0.0 if down else _NAME)
    return after + before + (_MARGIN if other.kind == "end" else _BESIDE_FRAME)


# --- what follows each other in a straight line -----------------------------------------------------------------------


def _lines(strip: Strip) -> list[tuple[int, int, float]]:
    """Pairs of entries that shall be in a line, and how far the second is below the first.

    A box stands in a line with what its main arrow comes from, if no other line is crossed. Of several that have the
    same main parent it is the one from which it is farthest to a root.
    """
    net = strip.net
    favourite: dict[int, int] = {}
    for box in strip.box:
        arrow = net.main[box]
        if arrow is not None:
            parent = net.tail[arrow]
            if parent not in favourite or net.height[box] > net.height[favourite[parent]]:
                favourite[parent] = box
    place = strip.place_in_column()
    taken: dict[int, list[tuple[int, int]]] = {}
    found: list[tuple[int, int, float]] = []
    used_left: set[int] = set()
    used_right: set[int] = set()

    def take(one: int, other: int, offset: float) -> None:
        if one in used_left or other in used_right:
            return
        lines = taken.setdefault(strip.at[one], [])
        line = (place[one], place[other])
        at = bisect_left(lines, line)
        if (at and lines[at - 1][1] > line[1]) or (at < len(lines) and lines[at][1] < line[1]):
            return
        leaves = [frame for frame in strip.path(one) if frame not in strip.path(other)]
        enters = [frame for frame in strip.path(other) if frame not in strip.path(one)]
        if any(strip.span(frame)[1] >= strip.at[other] for frame in leaves):
            return
        if any(strip.span(frame)[0] <= strip.at[one] for frame in enters):
            return
        lines.insert(at, line)
        used_left.add(one)
        used_right.add(other)
        found.append((one, other, offset))

    for one, other, arrow in strip.links:
        box = strip.box[other]
        if arrow is None or net.main[box] != arrow or favourite[net.tail[arrow]] != box:
            continue
        # What is computed from one source stands where it is used, and the source beside it.
        if not net.is_source(net.tail[arrow]) or box in favourite or not net.children[box]:
            take(one, other, -net.port[arrow])
            end = one
            while strip.passing[end] and (strip.box[end], strip.at[end] - 1) in strip.entry:
                before = strip.entry[strip.box[end], strip.at[end] - 1]
                take(before, end, 0.0)
                end = before
    for one, other, arrow in strip.links:
        if arrow is None and strip.passing[one]:
            take(one, other, 0.0)
    for one, other, arrow in strip.links:
        if arrow is None:
            take(one, other, 0.0)
    return found


def _groups(count: int, lines: Sequence[tuple[int, int, float]]) -> tuple[list[int], list[float]]:
    """For each number its group, and how far it is below the first of it."""
    group = list(range(count))
    offset = [0.0] * count
    members = [[each] for each in group]
    for one, other, below in lines:
        kept, gone = group[one], group[other]
        shift = offset[one] + below - offset[other]
        if len(members[kept]) < len(members[gone]):
            kept, gone, shift = gone, kept, -shift
        for each in members[gone]:
            group[each] = kept
            offset[each] += shift
        members[kept] += members[gone]
        members[gone] = []
    dense = {name: position for position, name in enumerate(dict.fromkeys(group))}
    return [dense[each] for each in group], offset


# --- near to what it is connected with --------------------------------------------------------------------------------


def _settled(
    strip: Strip,
    group: Sequence[int],
    offset: Sequence[float],
    apart: Sequence[Constraint],
    order: Sequence[int],
    entries: int,
) -> list[float]:
    count = len(order)
    weights = [_LIGHT] * count
    for entry in range(entries):
        weights[group[entry]] += 1.0
    near: list[list[tuple[int, float, float]]] = [[] for _ in range(count)]
    for one, other, arrow in strip.links:
        a, b = group[one], group[other]
        if a != b:
            port = 0.0 if arrow is None else strip.net.port[arrow]
            shift = offset[other] + port - offset[one]  # the first should be as far below the second
            weight = 4.0 if arrow is None else 1.0
            # Above all a box stands in the middle of what it is computed from.
            inner = not strip.passing[one] and strip.net.into[strip.box[one]]
            near[a].append((b, shift, _WEAK if inner else weight))
            alone = not inner and arrow is not None and len(strip.net.into[strip.box[other]]) == 1
            near[b].append((a, -shift, _WEAK if alone else weight))
    for frame, at in ((frame, entries + 2 * position) for position, frame in enumerate(strip.frames)):
        for entry in range(entries):
            if frame in strip.path(entry):
                near[group[at]].append((group[entry], offset[entry] - strip.before[entry] - _MARGIN, _LIGHT))
                near[group[at + 1]].append((group[entry], offset[entry] + strip.after[entry] + _MARGIN, _LIGHT))

    total = [sum(weight for _, _, weight in each) for each in near]
    places = separated([0.0] * count, weights, apart, order)
    back = order[::-1]
    for _ in range(_ROUNDS):
        before = places
        both = []
        for sweep in (order, back):  # in both directions, else all would drift to one side
            wished = list(places)
            for each in sweep:
                if near[each]:
                    where = 0.0
                    for other, shift, weight in near[each]:
                        where += (wished[other] + shift) * weight
                    wished[each] = where / total[each]
            both.append(wished)
        halves = [(one + other) / 2 for one, other in zip(*both, strict=True)]
        places = separated(halves, weights, apart, order)
        moved = [one - other for one, other in zip(places, before, strict=True)]
        if max(moved) - min(moved) < _SETTLED:  # all move by the same, which nobody sees
            break
    return places


def _frames(strip: Strip, middle: Sequence[float], down: bool) -> tuple[dict[int, float], dict[int, float]]:
    """The frames, drawn close around what is in them."""
    top: dict[int, float] = {}
    bottom: dict[int, float] = {}
    for entry, at in enumerate(middle):
        upper, lower = at - strip.before[entry], at + strip.after[entry]
        for frame in reversed(strip.path(entry)):
            upper, lower = upper - _MARGIN - (0.0 if down else _NAME), lower + _MARGIN
            top[frame] = min(top.get(frame, upper), upper)
            bottom[frame] = max(bottom.get(frame, lower), lower)
    if down:
        for frame in reversed(strip.frames):
            bottom[frame] = max(bottom[frame], top[frame] + strip.net.scene.frames[frame].label + 2 * _MARGIN)
    return top, bottom
