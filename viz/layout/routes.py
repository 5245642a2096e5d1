"""The course of an arrow: straight along the flow, and bent only where there is room for it between two columns."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .scene import Point

__all__ = ["rounded", "smooth"]

_RADIUS = 6.0


def smooth(points: Sequence[Point]) -> list[Point]:
    """A Bézier spline through points at all of which it runs along the flow: straight lines and curves like an S.

    >>> smooth([(0.0, 0.0), (3.0, 0.0), (9.0, 4.0)])
    [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (6.0, 0.0), (6.0, 4.0), (9.0, 4.0)]
    """
    joined = [points[0]]
    for position, point in enumerate(points[1:], start=1):
        level = position + 1 < len(points) and joined[-1][1] == point[1] == points[position + 1][1]
        if point != joined[-1] and not level:
            joined.append(point)
    spline = [joined[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(joined):
        if y0 == y1:
            spline += [(x0 + (x1 - x0) / 3, y0), (x1 - (x1 - x0) / 3, y1), (x1, y1)]
        else:
            middle = (x0 + x1) / 2
            spline += [(middle, y0), (middle, y1), (x1, y1)]
    return spline


def rounded(points: Sequence[Point]) -> list[Point]:
    """A Bézier spline of straight lines between points, with rounded corners.

    >>> len(rounded([(0.0, 0.0), (20.0, 0.0), (20.0, 20.0)]))
    10
    """
    spline = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        begin, end = _towards(corner, before), _towards(corner, after)
        spline += [*_line(spline[-1], begin), corner, corner, end]
    return spline + _line(spline[-1], points[-1])


def _towards(corner: Point, other: Point) -> Point:
    x, y = other[0] - corner[0], other[1] - corner[1]
    length = (x * x + y * y) ** 0.5
    part = min(_RADIUS / length, 0.5) if length else 0.0
    return corner[0] + x * part, corner[1] + y * part


def _line(one: Point, other: Point) -> list[Point]:
    x, y = (other[0] - one[0]) / 3, (other[1] - one[1]) / 3
    return [(one[0] + x, one[1] + y), (other[0] - x, other[1] - y), other]
