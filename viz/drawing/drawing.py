"""A drawing as a notebook shows it and a file holds it, written when it is first looked at."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from ..output.picture import Picture
from ..output.render import check_engine, render_file, render_svg
from .dot import dot_text
from .sheet import Sheet
from .svg import svg_text

__all__ = ["Drawing"]


@dataclass(frozen=True, repr=False)
class Drawing(Picture):
    """A picture, written when it is first looked at.

    Attributes
    ----------
    source
        What is drawn: a sheet on which everything has its place, or a text in the DOT language that Graphviz lays out.
    summary
        What is in it, in a few words.
    engine
        ``"dot"`` if the Graphviz installed on this machine is to draw it; None for what needs nothing of the machine.

    Examples
    --------
    >>> picture = Drawing("digraph { a -> b }", "an example")
    >>> picture
    <Drawing: an example>
    >>> picture.svg.count("<ellipse")
    2
    """

    SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html")
    source: Sheet | str
    summary: str = field(default="a graph", compare=False)
    engine: str | None = None

    def __post_init__(self) -> None:
        check_engine(self.engine)

    @functools.cached_property
    def dot(self) -> str:
        """The picture in the DOT language."""
        return self.source if isinstance(self.source, str) else dot_text(self.source)

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document.

        Raises
        ------
        RenderError
            If it is too deep or too large to be laid out, or the engine is not there.
        """
        if self.engine is None and isinstance(self.source, Sheet):
            return svg_text(self.source)
        return render_svg(self.dot, engine=self.engine)

    def _file(self, suffix: str) -> bytes:
        if suffix == ".dot":
            return self.dot.encode("utf-8")
        return render_file(self.dot, suffix[1:], engine=self.engine, svg=lambda: self.svg)
