"""What can be measured of a picture of a graph: how wide it is, how large its texts are on a page, what overlaps."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from drawing_checks import SVG, classes, parsed

from viz import Drawing
from viz.output.text_width import text_width

__all__ = ["PAGE", "Measures", "boxes_of", "measured"]

#: The width of a page in pixels.
PAGE = 1152.0
Rectangle = tuple[float, float, float, float]
_PIECES = 16  # points of a curve that are looked at
_TOUCH = 0.75  # pixels by which things may overlap


@dataclass
class Measures:
    """Of one picture.

    Attributes
    ----------
    width, height
        In pixels.
    text
        How large its smallest text is, in pixels, where it is shown no wider than a page.
    problems
        What overlaps that should not.
    """

    width: float
    height: float
    text: float
    problems: list[str] = field(default_factory=list)


def measured(drawing: Drawing) -> Measures:
    """Measure a picture; labels may overlap neither other labels, nor boxes, nor edges besides their own."""
    root = parsed(drawing)
    width, height = (float(root.get(name, "0")[:-2]) for name in ("width", "height"))
    sizes = [float(each.get("font-size", _size(root))) for each in root.iter(SVG + "text")]
    found = Measures(width, height, min(sizes) * min(1.0, PAGE / width))
    boxes = boxes_of(drawing)
    edges = [(_title(each), _points(each), _texts(each, _size(root))) for each in classes(drawing, "edge")]
    for (one, first), (other, second) in itertools.combinations(boxes.items(), 2):
        if _overlap(first, second):
            found.problems.append(f"box {one} on box {other}")
    labels = [(number, title, box) for number, (title, _, texts) in enumerate(edges) for box in texts]
    for (_, one, first), (_, other, second) in itertools.combinations(labels, 2):
        if first != second and _overlap(first, second):
            found.problems.append(f"label of {one} on label of {other}")
    for number, label, box in labels:
        found.problems += [f"label of {label} on box {name}" for name, other in boxes.items() if _overlap(box, other)]
        for position, (title, points, _) in enumerate(edges):
            if position != number and any(_inside(point, box) for point in points):
                found.problems.append(f"label of {label} on edge {title}")
    for title, points, _ in edges:
        ends = re.split("->", title)
        for name, box in boxes.items():
            if name not in ends and not name.startswith(f"{ends[0]}_at_") and any(_inside(p, box) for p in points):
                found.problems.append(f"edge {title} through box {name}")
    return found


def boxes_of(drawing: Drawing) -> dict[str, Rectangle]:
    """Left, top, right and bottom of each node, by its id."""
    found = {}
    for group in classes(drawing, "node"):
        shape = next((each for each in group.iter() if each.tag in (SVG + "rect", SVG + "polygon", SVG + "path")), None)
        if shape is not None and shape.tag == SVG + "rect":
            x, y, width, height = (float(shape.get(name, "")) for name in ("x", "y", "width", "height"))
            found[_title(group)] = (x, y, x + width, y + height)
        elif shape is not None:
            numbers = [float(each) for each in re.findall(r"-?[\d.]+", shape.get("points") or shape.get("d") or "")]
            xs, ys = numbers[::2], numbers[1::2]
            found[_title(group)] = (min(xs), min(ys), max(xs), max(ys))
    return found


def _title(group: Any) -> str:
    return group.findtext(SVG + "title") or ""


def _points(group: Any) -> list[tuple[float, float]]:
    """Points along the curves of an edge."""
    path = next(each for each in group.iter(SVG + "path"))
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", path.get("d"))]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    points = [corners[0]]
    for at in range(0, len(corners) - 1, 3):
        a, b, c, d = corners[at : at + 4]
        for piece in range(1, _PIECES + 1):
            t = piece / _PIECES
            s = 1.0 - t
            points.append(
                tuple(
                    s**3 * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t**3 * d[axis]
                    for axis in (0, 1)
                )  # type: ignore[arg-type]
            )
    return points


def _size(root: Any) -> float:
    """Of the font of texts that do not say it."""
    return float(root.find(SVG + "g").get("font-size", "nan"))


def _texts(group: Any, usual: float) -> list[Rectangle]:
    found = []
    for each in group.iter(SVG + "text"):
        x, y, size = float(each.get("x")), float(each.get("y")), float(each.get("font-size", usual))
        half = text_width(each.text or "") * size / 2
        found.append((x - half, y - 0.75 * size, x + half, y + 0.2 * size))
    return found


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > _TOUCH
        and min(one[3], other[3]) - max(one[1], other[1]) > _TOUCH
    )


def _inside(point: tuple[float, float], box: Rectangle) -> bool:
    return box[0] + _TOUCH < point[0] < box[2] - _TOUCH and box[1] + _TOUCH < point[1] < box[3] - _TOUCH
