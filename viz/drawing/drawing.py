"""A drawing as a notebook shows it and a file holds it: DOT, laid out when it is first looked at."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from ..output.picture import Picture
from ..output.render import check_engine, render_file, render_svg

__all__ = ["Drawing"]


@dataclass(frozen=True, repr=False)
class Drawing(Picture):
    """A picture, laid out when it is first looked at.

    Attributes
    ----------
    dot
        The picture in the DOT language.
    summary
        What is in it, in a few words.
    engine
        What lays it out: ``"dot"`` for the Graphviz installed on this machine, None for what comes as a Python package.

    Examples
    --------
    >>> picture = Drawing("digraph { a -> b }", "an example")
    >>> picture
    <Drawing: an example>
    >>> picture.svg.count("<ellipse")
    2
    """

    SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html")
    dot: str
    summary: str = field(default="a graph", compare=False)
    engine: str | None = None

    def __post_init__(self) -> None:
        check_engine(self.engine)

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document.

        Raises
        ------
        RenderError
            If it is too deep or too large to be laid out, or the engine is not there.
        """
        return render_svg(self.dot, engine=self.engine)

    def _file(self, suffix: str) -> bytes:
        return self.dot.encode("utf-8") if suffix == ".dot" else render_file(self.dot, suffix[1:], engine=self.engine)
