"""A picture made with matplotlib, as a notebook shows it and a file holds it. What is in it, other modules draw."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

from autograd_core.errors import RenderError

from .picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plot", "new_figure"]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, known to nobody else; or an error that says how to get matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise RenderError(
            "matplotlib is not installed, and this picture is drawn with it; run: pip install 'autograd-core[plots]'"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


class Plot(Picture):
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

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._written("svg", metadata={"Date": None}).decode("utf-8")

    def _file(self, suffix: str) -> bytes:
        if suffix == ".pdf":
            return self._written("pdf", metadata={"CreationDate": None})
        return self._written("png", dpi=150)

    def _written(self, form: str, **options: Any) -> bytes:
        import matplotlib as mpl

        buffer = io.BytesIO()
        # The same figure gives the same bytes: names inside an SVG come from this salt, and no date is written.
        with mpl.rc_context({"svg.hashsalt": "autograd-core"}):
            self.figure.savefig(buffer, format=form, **options)
        return buffer.getvalue()
