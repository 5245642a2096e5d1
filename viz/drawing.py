"""A drawing as a notebook shows it and a file holds it, and :func:`draw`, which makes one of a graph."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograd_core import Value

from .dot import dot_text
from .picture import Picture
from .render import check_engine, render_file, render_svg
from .view import graph_view

__all__ = ["Drawing", "draw"]


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


def draw(
    root_or_roots: Value | Iterable[Value], *, title: str | None = None, max_nodes: int = 500, engine: str | None = None
) -> Drawing:
    """Draw the graph of a node, or of several, with the leaves on the left and the root on the right.

    Each node shows its label, the symbol of what made it, its data and its gradient ("not computed" before
    ``backward``); each edge shows the local derivative of the child by that argument. Scopes are frames.

    Parameters
    ----------
    root_or_roots
        A Value, or several.
    title
        A title above the picture.
    max_nodes
        How many nodes are drawn at most. Of a larger graph the nodes nearest to the roots are drawn, and one more
        that says how many there are besides.
    engine
        ``"dot"`` to lay it out with the Graphviz installed on this machine. Without it, by a Graphviz that comes as a
        Python package and gives the same bytes on every machine; the installed one is used for a graph that is too deep
        for it.

    Returns
    -------
    Drawing
        A notebook shows it by itself; ``draw(z).save("graph.svg")`` writes it to a file.

    Raises
    ------
    InputTypeError
        If something is not a Value, or the title not a text.
    InputValueError
        If there is no root, or `max_nodes` is less than 1, or there is no such engine.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> draw(w * x)
    <Drawing: 3 nodes, 2 edges>
    >>> draw(w * x + 1, max_nodes=3)
    <Drawing: 3 nodes, 2 edges, 2 more nodes omitted>
    """
    view = graph_view(root_or_roots, title=title, max_nodes=max_nodes)
    summary = f"{_count(len(view.nodes), 'node')}, {_count(len(view.edges), 'edge')}"
    if view.omitted:
        summary += f", {_count(view.omitted, 'more node')} omitted"
    return Drawing(dot_text(view), summary, engine)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
