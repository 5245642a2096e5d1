"""A scene as the layout sees it: stubs are boxes of their own, and lengths are along the flow or across it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .columns import Gate, columns_of
from .scene import Scene

__all__ = ["ABOVE", "Net"]

_GAP_OF_ARROWS = 9.0  # between two arrows into one box, at least
ABOVE = 3.0  # between a line and the text beside it
_CORNER = 7.0  # no arrow ends nearer to the corner of a box


class Net:
    """Boxes and arrows.

    Parameters
    ----------
    scene
        What is to be laid out.
    stubbed
        Numbers of the arrows that start from stubs.

    Attributes
    ----------
    along, across
        The size of each box, in the direction of the flow and across it.
    box_of_stub
        The number of the box that each stub became, by parent and child.
    tail
        Where each arrow starts: the parent, or the stub.
    into
        The arrows into each box, in order.
    children
        Those that are computed from each box.
    column, length
        As from :func:`viz.layout.columns.columns_of`.
    height
        How long the longest path from each box is.
    key
        What comes first when the graph is walked from the roots, operands in order, has the smallest; so operands stand
        in order.
    port
        How far from the middle of its child each arrow ends.
    before, after
        How much room across the flow a box and the texts at its arrows take, from the middle.
    label
        The size of the text of each arrow, along and across.
    main
        For each box the arrow that should run straight into it, or None.
    """

    def __init__(self, scene: Scene, stubbed: Collection[int]) -> None:
        self.down = scene.down
        self.scene = scene
        listed = set(scene.listed)
        sizes = [(box.width, box.height) for box in scene.boxes]
        self.frame = [None if number in listed else box.frame for number, box in enumerate(scene.boxes)]
        self.box_of_stub: dict[tuple[int, int], int] = {}
        self.tail: list[int] = []
        for number, arrow in enumerate(scene.arrows):
            between = (arrow.parent, arrow.child)
            if number not in stubbed:
                self.tail.append(arrow.parent)
                continue
            if between not in self.box_of_stub:
                self.box_of_stub[between] = len(sizes)
                sizes.append(arrow.stub)
                self.frame.append(scene.boxes[arrow.child].frame)
            self.tail.append(self.box_of_stub[between])
        count = self.count = len(sizes)
        self.along = [height if scene.down else width for width, height in sizes]
        self.across = [width if scene.down else height for width, height in sizes]
        self.label = [self._turned(arrow.label) for arrow in scene.arrows]
        self.into: list[list[int]] = [[] for _ in range(count)]
        self.children: list[list[int]] = [[] for _ in range(count)]
        for number, arrow in enumerate(scene.arrows):
            self.into[arrow.child].append(number)
            self.children[self.tail[number]].append(arrow.child)
        self.path = [self._frames_around(frame) for frame in self.frame]
        pairs = [(tail, arrow.child) for tail, arrow in zip(self.tail, scene.arrows, strict=True)]
        self.column, self.length = columns_of(count, pairs, self._gates(pairs))
        self.key = self._keys()
        self.height = self._heights()
        self.main = [self._main(box) for box in range(count)]
        self.port = [0.0] * len(scene.arrows)
        self.before, self.after = [0.0] * count, [0.0] * count
        for box in range(count):
            self._set_ports(box)

    def _turned(self, size: tuple[float, float] | None) -> tuple[float, float]:
        if size is None:
            return 0.0, 0.0
        return (size[1], size[0]) if self.down else size

    def parents(self, box: int) -> list[int]:
        """Where the arrows into a box start, in order."""
        return [self.tail[number] for number in self.into[box]]

    def series_of(self, box: int) -> str | None:
        """What its name has in common with those of others."""
        series = self.scene.boxes[box].series if box < len(self.scene.boxes) else None
        return None if series is None else series[0]

    def is_source(self, box: int) -> bool:
        """Whether it is computed from nothing."""
        return not self.into[box]

    def _frames_around(self, frame: int | None) -> tuple[int, ...]:
        path: list[int] = []
        while frame is not None:
            path.append(frame)
            frame = self.scene.frames[frame].outer
        return tuple(reversed(path))

    def _gates(self, pairs: Sequence[tuple[int, int]]) -> list[Gate]:
        """For each frame what is computed before all in it, and goes in."""
        members: dict[int, list[int]] = {}
        for box, path in enumerate(self.path):
            for frame in path:
                members.setdefault(frame, []).append(box)
        entering: dict[int, dict[int, None]] = {}
        for one, other in pairs:
            if not self.is_source(one) or len(self.children[one]) > 1:
                for frame in self.path[other]:
                    if frame not in self.path[one]:
                        entering.setdefault(frame, {})[one] = None
        gates = []
        for frame, boxes in entering.items():
            after = self._computed_from(members[frame])
            before = [box for box in boxes if box not in after]
            if before:
                gates.append(Gate(before, members[frame]))
        return gates

    def _computed_from(self, boxes: Iterable[int]) -> set[int]:
        found = set(boxes)
        pending = list(found)
        while pending:
            fresh = [child for child in self.children[pending.pop()] if child not in found]
            found.update(fresh)
            pending += fresh
        return found

    def _heights(self) -> list[int]:
        height = [0] * self.count
        for box in sorted(range(self.count), key=lambda each: -self.length[each]):
            height[box] = max((1 + height[child] for child in self.children[box]), default=0)
        return height

    def _keys(self) -> list[int]:
        keys = [-1] * self.count
        roots = [box for box in range(self.count) if not self.children[box]]
        pending = [*range(self.count), *reversed(roots)]  # all, for where arrows run in a circle
        found = 0
        while pending:
            box = pending.pop()
            if keys[box] < 0:
                keys[box] = found
                found += 1
                pending += reversed(self.parents(box))
        series: dict[object, dict[int, int]] = {}
        for box, about in enumerate(self.scene.boxes):
            if about.series is not None:
                stem, number = about.series
                series.setdefault((about.frame, self.column[box], stem), {})[box] = number
        for numbers in series.values():
            in_order = sorted(numbers, key=lambda box: (numbers[box], box))
            for box, key in dict(zip(in_order, sorted(keys[box] for box in numbers), strict=True)).items():
                keys[box] = key
        return keys

    def _main(self, box: int) -> int | None:
        """The arrow from what takes longest to be computed, or the only one."""
        arrows = self.into[box]
        inner = [number for number in arrows if not self.is_source(self.tail[number])]
        if not inner:
            return arrows[0] if len(arrows) == 1 else None
        longest = max(self.length[self.tail[number]] for number in inner)
        chosen = [number for number in inner if self.length[self.tail[number]] == longest]
        return chosen[0] if len({self.tail[number] for number in chosen}) == 1 else None

    def _set_ports(self, box: int) -> None:
        """The text of the first arrow stands above it, or left of it, those of the others behind theirs."""
        arrows, main = self.into[box], self.main[box]
        place, places = 0.0, []
        for position in range(len(arrows)):
            if position:
                text = self.label[arrows[position - 1]][1] if position > 1 else 0.0
                place += max(_GAP_OF_ARROWS, text + 2 * ABOVE if text else 0.0)
            places.append(place)
        zero = places[arrows.index(main)] if main is not None else place / 2
        for number, each in zip(arrows, places, strict=True):
            self.port[number] = each - zero
        half = self.across[box] / 2
        if arrows:
            reach = max(zero, place - zero)
            half = max(half, reach + _CORNER)
            self.across[box] = 2 * half
            first, last = (self.label[arrows[each]][1] for each in (0, -1))
            self.before[box] = max(half, zero + (first + 2 * ABOVE if first else 0.0))
            self.after[box] = max(half, place - zero + (last + 2 * ABOVE if last and len(arrows) > 1 else 0.0))
        else:
            self.before[box] = self.after[box] = half
