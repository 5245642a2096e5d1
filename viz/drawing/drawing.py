"""A drawing as a notebook shows it and a file holds it, written when it is first looked at."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from ..output import native, raster
from ..output.picture import Picture
from .dot import dot_text
from .sheet import Sheet
from .svg import svg_text

__all__ = ["Drawing"]


@dataclass(frozen=True, repr=False)
class Drawing(Picture):
    """A picture, written when it is first looked at.

    Attributes
    ----------
    sheet
        What is drawn, everything with its place.
    summary
        What is in it, in a few words.
    engine
        ``"dot"`` if the Graphviz installed on this machine is to draw it there; None for what needs nothing of the
        machine.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz import draw
    >>> picture = draw(Value(2.0, "a").tanh())
    >>> picture
    <Drawing: 2 nodes, 1 edge>
    >>> picture.svg.count('class="node"'), picture.dot.count("->")
    (2, 1)
    """

    SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html")
    sheet: Sheet
    summary: str = field(default="a graph", compare=False)
    engine: str | None = None

    def __post_init__(self) -> None:
        native.check_engine(self.engine)

    @functools.cached_property
    def dot(self) -> str:
        """The picture in the DOT language."""
        return dot_text(self.sheet)

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document.

        Raises
        ------
        RenderError
            If Graphviz is asked for and not there, or the picture too large for it.
        """
        return svg_text(self.sheet) if self.engine is None else native.svg(self.dot)

    def _file(self, suffix: str) -> bytes:
        if suffix == ".dot":
            return self.dot.encode("utf-8")
        if self.engine == "dot" or native.installed():
            return native.run(self.dot, suffix[1:])
        return raster.png(self.svg) if suffix == ".png" else raster.pdf(self.svg)
