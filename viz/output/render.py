"""DOT text -> SVG, PNG and PDF. The only file that calls a layout engine, and that chooses one.

There are two: a Graphviz that comes as a Python package (wasm.py), which needs nothing of the machine and gives the
same bytes everywhere, and the one that may be installed (native.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_core.errors import InputValueError, RenderError, shortened
from autograd_core.scalar.conversion import is_one_of

from . import native, raster, wasm

__all__ = ["check_engine", "render_file", "render_svg"]

_PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_DPI = 192  # as many as resvg gives: two pixels for each pixel of the SVG


def check_engine(engine: object) -> None:
    """Raise InputValueError if there is no such engine."""
    if not is_one_of(engine, (None, "dot")):
        raise InputValueError(
            f"engine: there is no {shortened(engine)}; write engine='dot' for the Graphviz that is installed on this "
            "machine, or leave it out"
        )


def render_svg(dot: str, *, engine: str | None = None) -> str:
    """Lay out a graph and draw it.

    Parameters
    ----------
    dot
        A graph in the DOT language.
    engine
        ``"dot"``: the Graphviz installed on this machine. None: the one that is a Python package, and the installed one
        if the graph is too deep or too large for it.

    Returns
    -------
    str
        An SVG document that refers to nothing outside of itself: the same for the same text, always, and on every
        machine, unless an installed Graphviz made it, whose fonts are those of the machine.

    Raises
    ------
    InputValueError
        If there is no such engine.
    RenderError
        If the text is not DOT, the graph is too deep or too large, or the engine that was asked for is not there. The
        message says what to write or run.

    Examples
    --------
    >>> render_svg("digraph { a -> b }").count("<ellipse")
    2
    """
    check_engine(engine)
    _check(dot)
    svg = native.run(dot, "svg").decode("utf-8") if engine == "dot" else _svg_by_package(dot)
    # What comes before the drawing names the version of Graphviz and the address of a DTD.
    svg = svg[svg.index("<svg") :]
    # Sizes in pixels rather than points: a font size of 12 is 12 pixels then, like the text around the picture.
    return _PROLOG + re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2px"', svg, count=2)


def render_file(dot: str, form: str, *, engine: str | None = None, svg: Callable[[], str] | None = None) -> bytes:
    """Lay out a graph and draw it in a form that is no text.

    Parameters
    ----------
    dot
        A graph in the DOT language.
    form
        ``"png"`` or ``"pdf"``.
    engine
        ``"dot"``: the Graphviz installed on this machine. None: that one if it is there, else the packages of the extra
        of the same name as the form.
    svg
        Gives the picture as an SVG document, if it is there without an engine.

    Returns
    -------
    bytes
        The picture, the same for the same text, always. Without an installed Graphviz also on every machine.

    Raises
    ------
    InputValueError, RenderError
        As :func:`render_svg`; and if what would draw it is not installed, or a letter is in no font.
    """
    check_engine(engine)
    _check(dot)
    if engine == "dot" or native.installed():
        return native.run(dot, form, dpi=_DPI)
    document = render_svg(dot) if svg is None else svg()
    return raster.png(document) if form == "png" else raster.pdf(document)


def _check(dot: str) -> None:
    if "\0" in dot:  # an engine would stop reading there
        raise RenderError("the DOT text has a NUL character; leave it out")


def _svg_by_package(dot: str) -> str:
    try:
        return wasm.layout(dot)
    except wasm.TooDeepError as error:
        if native.installed():
            return native.run(dot, "svg").decode("utf-8")
        raise RenderError(
            f"the drawing is too deep or too large for the layout engine ({dot.count(chr(10)):,} lines of DOT); "
            "draw fewer nodes, for example draw(z, max_nodes=300), or let an installed Graphviz try it; "
            f"run: {native.how_to_install()}"
        ) from error
