"""A picture made with matplotlib, as a notebook shows it and a file holds it. What is in it, other modules draw."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd_core.errors import RenderError
from autograd_core.scalar.once import held_across_forks

from ..output.picture import Picture
from .style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plot", "new_figure", "width_of_title"]


# A contour has thousands of coordinates; matplotlib writes each to a millionth, which makes files a quarter larger.
_PATH, _DIGITS = re.compile(r' d="[^"]*"'), re.compile(r"(\d\.\d\d)\d+")
#: matplotlib's settings belong to all threads, so one picture at a time is drawn.
_ONE_AT_A_TIME = held_across_forks(threading.RLock())


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


def width_of_title(formula: str) -> float:
    """How wide a formula between dollars is, in inches, when it stands above axes; inside of :func:`new_figure`."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    font = FontProperties(size=rcParams["axes.titlesize"])
    return float(MathTextParser("path").parse(formula, dpi=72, prop=font).width) / 72.0


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
        self._is_laid_out = False

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document, its coordinates to a hundredth of a point, a path a line."""
        written = self._written("svg", metadata={"Date": None}).decode("utf-8")
        return _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]).replace(" \n", " "), written)

    def _file(self, suffix: str) -> bytes:
        if suffix == ".pdf":
            return self._written("pdf", metadata={"CreationDate": None})
        return self._written("png")

    def _written(self, form: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with _house_style():
            if not self._is_laid_out:  # once, for a layout found anew from the one before is not quite the same
                self.figure.draw_without_rendering()
                self.figure.set_layout_engine("none")
                self._is_laid_out = True
            self.figure.savefig(buffer, format=form, **options)
        return buffer.getvalue()
