"""A view as boxes and arrows of known sizes, and where each of them stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..graphs.labels import edge_text, heading, shorten
from ..graphs.look import Look
from ..graphs.stubs import OMITTED
from ..graphs.view import BoxView, GraphView, NodeView
from ..layout.place import place
from ..layout.scene import Arrow, Box, Frame, Placed, Scene
from .records import FONT_SIZE, LONGEST_SCOPE, PAD, SMALL, Record, size_of

__all__ = ["Arranged", "arrange"]

_READABLE = 8.0  # pixels, the least size of a text on the page
_MOST_EDGES_WITH_TEXT = 1_000
_LONGEST_STUB = 14


@dataclass(frozen=True, slots=True)
class Arranged:
    """What is drawn, and where.

    Attributes
    ----------
    ids
        Of nodes and boxes, by their numbers in the scene.
    arrows
        Parent and child of each arrow, and its text.
    names
        What the stubs of each id bear.
    placed
        Where everything is.
    limit
        How wide the picture may be, in points; None for any width.
    """

    ids: list[str]
    arrows: list[tuple[str, str, str]]
    names: dict[str, str]
    placed: Placed
    limit: float | None


def arrange(view: GraphView, records: dict[str, Record], look: Look) -> Arranged:
    """Lay out a view.

    Parameters
    ----------
    view
        The view.
    records
        Of each node and box, and of what stands in for those left out.
    look
        How it is shown.
    """
    ids = list(records)
    number = {name: position for position, name in enumerate(ids)}
    arity = {node.id: node.arity for node in view.nodes}
    names = {each.id: _name(each) for each in view.drawn} | {OMITTED: "…"}
    with_text = "local" not in look.hide and len(view.edges) <= _MOST_EDGES_WITH_TEXT
    arrows = [
        (edge.parent, edge.child, edge_text(edge, arity.get(edge.child, 1), look.digits) if with_text else "")
        for edge in view.edges
    ]
    if view.omitted:
        arrows += [(OMITTED, child, "") for child in view.incomplete]
    frames = {cluster.id: position for position, cluster in enumerate(view.clusters)}
    frame_of = {name: frames[cluster.id] for cluster in view.clusters for name in cluster.nodes}
    stubs = set(view.stubs)
    stub_sizes = {name: stub_size(text) for name, text in names.items()}
    limit = None if look.fit is None else look.fit * min(FONT_SIZE, SMALL) / _READABLE - 2 * PAD
    series = {box.id: _series(box.name) for box in view.boxes}
    scene = Scene(
        boxes=tuple(
            Box(record.width, record.height, frame_of.get(name), series.get(name)) for name, record in records.items()
        ),
        arrows=tuple(
            Arrow(
                number[one],
                number[other],
                size_of(text, SMALL) if text else None,
                stub_sizes[one],
                (one, other) in stubs,
            )
            for one, other, text in arrows
        ),
        frames=tuple(
            Frame(
                None if cluster.outer is None else frames[cluster.outer],
                size_of(shorten(cluster.name, LONGEST_SCOPE), FONT_SIZE)[0],
                _series(cluster.name),
            )
            for cluster in view.clusters
        ),
        listed=tuple(number[name] for name in view.listed),
        down=look.direction == "down",
        width=limit,
    )
    return Arranged(ids, arrows, names, place(scene), limit)


def stub_size(text: str) -> tuple[float, float]:
    width, height = size_of(text, SMALL)
    return width + 10.0, height + 3.0


def _name(thing: NodeView | BoxView) -> str:
    return shorten(thing.name if isinstance(thing, BoxView) else heading(thing)[0], _LONGEST_STUB)


def _series(name: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"(.*?)(\d{1,9})", name, re.DOTALL)
    return (found[1], int(found[2])) if found else None
