"""A picture before it is written: everything that stands in it, with its place. SVG and DOT are written of that.

So a picture depends neither on a version of Graphviz nor on the fonts of a machine, and is the same in both forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..layout.scene import Point, Rectangle
from .records import Record, Style

__all__ = ["TITLE", "Arrow", "Box", "Frame", "Label", "Sheet", "middle_of"]

TITLE = 14  # size of its font


class Label(NamedTuple):
    """Lines of text below each other.

    Attributes
    ----------
    lines
        The lines.
    middle
        Of all of them, in points from the left upper corner of the sheet, as all places are.
    size
        Of the font, in points.
    """

    lines: tuple[str, ...]
    middle: Point
    size: int


class Box(NamedTuple):
    """A node, a stub, a text, or a colour of the legend.

    Attributes
    ----------
    id
        Its name.
    place
        Left, top, right and bottom.
    content
        What stands in it: the rows of a node, or one text.
    style
        How it looks.
    tooltip
        Lines that are shown where one points at it.
    frame
        The id of the innermost frame around it.
    """

    id: str
    place: Rectangle
    content: Record | Label
    style: Style
    tooltip: tuple[str, ...]
    frame: str | None = None


class Frame(NamedTuple):
    """What is around the nodes of a scope, or of a part of it that stands in one row.

    Attributes
    ----------
    id
        Its name.
    place
        Left, top, right and bottom.
    label
        The name of the scope.
    style
        How it looks.
    tooltip
        The whole name.
    outer
        The id of the frame around it.
    part
        0 for the one that belongs to the nodes; where the scope goes on in other rows, others.
    """

    id: str
    place: Rectangle
    label: Label
    style: Style
    tooltip: str
    outer: str | None
    part: int


class Arrow(NamedTuple):
    """An edge.

    Attributes
    ----------
    parent, child
        Ids of the boxes.
    curve
        Points of a cubic spline: the first, and three for each piece.
    tip
        Of its head, which begins where the curve ends; None if it is a mere line.
    label
        Its local derivative, if it is written.
    style
        Of its line.
    tooltip
        A line that is shown where one points at it.
    """

    parent: str
    child: str
    curve: tuple[Point, ...]
    tip: Point | None
    label: Label | None
    style: Style
    tooltip: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture with all that stands around it; y grows downwards.

    Attributes
    ----------
    width, height
        In points, without a margin.
    title
        Above the rest, if there is one.
    boxes, arrows
        What the picture is of.
    frames
        Those around others before these.
    stubs, swatches
        The first swatch is the name of the others.
    notes
        Below the rest, if there are any.
    tooltip
        Lines that are shown where one points at these.
    top
        Where what is below the title begins.
    """

    width: float
    height: float
    title: Label | None
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    frames: tuple[Frame, ...] = ()
    stubs: tuple[Box, ...] = ()
    swatches: tuple[Box, ...] = ()
    notes: Label | None = None
    tooltip: tuple[str, ...] = ()
    top: float = 0.0


def middle_of(place: Rectangle) -> Point:
    """The middle of a rectangle."""
    return (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
