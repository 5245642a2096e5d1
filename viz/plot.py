"""A picture made with matplotlib, as a notebook shows it and a file holds it. What is in it, other modules draw."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_core.errors import InputTypeError, InputValueError, RenderError

from .files import write_atomically
from .style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plot", "new_figure"]

_FORMS = (".svg", ".png", ".pdf")


#: matplotlib's settings belong to all threads, so one picture at a time is drawn.
_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def _house_style() -> Iterator[None]:
    """The settings of all pictures, whatever a user has set; afterwards those of before."""
    try:
        from matplotlib import style
    except ImportError:
        raise RenderError(
            "matplotlib is not installed, and this picture is drawn with it; run: pip install 'autograd-core[plots]'"
        ) from None
    with _ONE_AT_A_TIME, style.context(["default", STYLE]):
        yield


@contextlib.contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of a size in inches, known to nobody else, to be filled inside the ``with`` block.

    Raises
    ------
    RenderError
        If matplotlib is not installed; the message says how to get it.
    """
    with _house_style():
        from matplotlib.figure import Figure

        yield Figure(figsize=(width, height), layout="constrained")


class Plot:
    """A picture of curves.

    Parameters
    ----------
    figure
        The figure of matplotlib. What it shows can still be changed before it is looked at.
    summary
        What is in it, in a few words.
    """

    def __init__(self, figure: Figure, summary: str) -> None:
        self.figure = figure
        self.summary = summary
        self._is_laid_out = False

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._written("svg", metadata={"Date": None}).decode("utf-8")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, whole or not at all.

        Parameters
        ----------
        path
            The file. Its suffix says in which form: ``.svg``, ``.png`` or ``.pdf``.

        Raises
        ------
        InputTypeError, InputValueError
            If `path` is not a path, ends otherwise, or lies in a folder that does not exist.
        RenderError
            If the file cannot be written.
        """
        try:
            suffix = Path(path).suffix.lower()
        except TypeError:
            raise InputTypeError(f"save: {path!r} is not a path; write save('curve.svg')") from None
        if suffix not in _FORMS:
            raise InputValueError(
                f"save: {os.fspath(path)!r} does not end in {', '.join(_FORMS)}; write save('curve.svg')"
            )
        if suffix == ".svg":
            data = self.svg.encode("utf-8")
        elif suffix == ".pdf":
            data = self._written("pdf", metadata={"CreationDate": None})
        else:
            data = self._written("png")
        write_atomically(path, data)

    def _written(self, form: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with _house_style():
            if not self._is_laid_out:  # once, for a layout found anew from the one before is not quite the same
                self.figure.draw_without_rendering()
                self.figure.set_layout_engine("none")
                self._is_laid_out = True
            self.figure.savefig(buffer, format=form, **options)
        return buffer.getvalue()

    def __repr__(self) -> str:
        return f"<Plot: {self.summary}>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}
