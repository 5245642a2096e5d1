"""A drawing as a notebook shows it and a file holds it, and :func:`draw`, which makes one of a graph."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograd_core import Value
from autograd_core.errors import InputTypeError, InputValueError

from .dot import dot_text
from .files import write_atomically
from .render import render_svg
from .view import graph_view

__all__ = ["Drawing", "draw"]


@dataclass(frozen=True)
class Drawing:
    """A picture, laid out when it is first looked at.

    Attributes
    ----------
    dot
        The picture in the DOT language.
    summary
        What is in it, in a few words.

    Examples
    --------
    >>> picture = Drawing("digraph { a -> b }", "an example")
    >>> picture
    <Drawing: an example>
    >>> picture.svg.count("<ellipse")
    2
    """

    dot: str
    summary: str = field(default="a graph", compare=False)

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document.

        Raises
        ------
        RenderError
            If it is too deep or too large to be laid out.
        """
        return render_svg(self.dot)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, whole or not at all.

        Parameters
        ----------
        path
            The file. Its suffix says in which form: ``.svg`` or ``.dot``.

        Raises
        ------
        InputTypeError, InputValueError
            If `path` is not a path, ends otherwise, or lies in a folder that does not exist.
        RenderError
            If the picture cannot be laid out, or the file not be written.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Drawing("digraph { a -> b }").save(folder + "/picture.svg")
        """
        try:
            suffix = Path(path).suffix.lower()
        except TypeError:
            raise InputTypeError(f"save: {path!r} is not a path; write save('graph.svg')") from None
        if suffix not in (".svg", ".dot"):
            raise InputValueError(
                f"save: {os.fspath(path)!r} does not end in .svg or .dot, the two forms there are; "
                "write save('graph.svg')"
            )
        text = self.svg if suffix == ".svg" else self.dot
        write_atomically(path, text.encode("utf-8"))

    def __repr__(self) -> str:
        return f"<Drawing: {self.summary}>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def draw(root_or_roots: Value | Iterable[Value], *, title: str | None = None, max_nodes: int = 500) -> Drawing:
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

    Returns
    -------
    Drawing
        A notebook shows it by itself; ``draw(z).save("graph.svg")`` writes it to a file.

    Raises
    ------
    InputTypeError
        If something is not a Value, or the title not a text.
    InputValueError
        If there is no root, or `max_nodes` is less than 1.

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
    return Drawing(dot_text(view), summary)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
