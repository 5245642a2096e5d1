"""What is to be laid out, and how it was: boxes, arrows and frames, as sizes and places, in points."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Arrow", "Box", "Frame", "Placed", "Point", "Rectangle", "Scene"]

Point = tuple[float, float]
#: Left, top, right, bottom; y grows downwards.
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed.

    Attributes
    ----------
    width, height
        How large it is at least; more arrows than have room at a side make it larger.
    frame
        The number of the innermost frame around it, or None.
    series
        As of a :class:`Frame`; those of a series that stand in one column do so in the order of their numbers.
    """

    width: float
    height: float
    frame: int | None = None
    series: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two boxes.

    Attributes
    ----------
    parent, child
        Numbers of the boxes. Arrows into a box stand in their order, the first on top.
    label
        Width and height of the text beside it, or None.
    stub
        Width and height of a small box that may stand for the parent beside the child.
    from_stub
        Whether the arrow starts there. Else it does where it would point back or across a whole row.
    """

    parent: int
    child: int
    label: Point | None = None
    stub: Point = (20.0, 16.0)
    from_stub: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame around boxes.

    Attributes
    ----------
    outer
        The number of the frame around it, a lower one than its own; or None.
    label
        How wide its name is.
    series
        What its name has in common with others, and its number: among frames in the same one, those of a series stand
        in the order of their numbers.
    """

    outer: int | None
    label: float
    series: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be laid out.

    Attributes
    ----------
    boxes, arrows, frames
        Each is known by its place here.
    listed
        Boxes that stand in a row above the others, without arrows, for all of theirs start from stubs.
    down
        Whether arrows run downwards instead of to the right.
    width
        How wide it may become before columns go on in another row; None for as wide as it is. Not if it runs downwards.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    frames: tuple[Frame, ...] = ()
    listed: tuple[int, ...] = ()
    down: bool = False
    width: float | None = None


@dataclass(slots=True)
class Placed:
    """Where everything stands.

    Attributes
    ----------
    width, height
        Of the whole.
    boxes
        The rectangle of each box.
    frames
        The number and the rectangle of each frame; of one that goes on in another row there are several.
    paths
        Of each arrow the points of a Bézier spline from its start to its tip, one and three more for each piece.
    labels
        Where the middle of the text of each arrow is; None if it has none.
    stubs
        The rectangle of each stub, by parent and child.
    """

    width: float = 0.0
    height: float = 0.0
    boxes: dict[int, Rectangle] = field(default_factory=dict)
    frames: list[tuple[int, Rectangle]] = field(default_factory=list)
    paths: dict[int, list[Point]] = field(default_factory=dict)
    labels: dict[int, Point] = field(default_factory=dict)
    stubs: dict[tuple[int, int], Rectangle] = field(default_factory=dict)
