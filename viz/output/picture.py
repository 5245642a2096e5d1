"""What every picture can do: be shown by a notebook, and be saved in a form that the suffix of the file says."""

from __future__ import annotations

import html
import os
import string
from abc import ABC, abstractmethod
from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import ClassVar

from autograd_core.errors import InputTypeError, InputValueError
from autograd_core.program.files import write_atomically

__all__ = ["Picture"]


class Picture(ABC):
    """A picture that is an SVG document, and can be other files.

    Attributes
    ----------
    summary
        What is in it, in a few words.

    Examples
    --------
    >>> import tempfile
    >>> from autograd_core import Value
    >>> from viz import draw
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw(Value(2.0) * 3).save(folder + "/picture.svg")
    """

    #: The suffixes that a file of it may have.
    SUFFIXES: ClassVar[tuple[str, ...]] = (".svg", ".png", ".pdf", ".html")
    summary: str

    @property
    @abstractmethod
    def svg(self) -> str:
        """The picture as an SVG document."""

    @property
    def element(self) -> str:
        """The picture as an element of a page: without the first lines of an SVG document."""
        return self.svg[self.svg.index("<svg") :]

    @abstractmethod
    def _file(self, suffix: str) -> bytes:
        """What a file with this suffix holds, one of SUFFIXES besides .svg and .html."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, whole or not at all.

        Parameters
        ----------
        path
            The file. Its suffix says in which form: ``.svg``, ``.png``, ``.pdf``, ``.html`` (one page that needs no
            other file), or, of a graph, ``.dot``.

        Raises
        ------
        InputTypeError, InputValueError
            If `path` is not a path, ends otherwise, or lies in a folder that does not exist.
        RenderError
            If the picture cannot be made in this form, or the file not be written. The message says what to do.
        """
        try:
            suffix = Path(path).suffix.lower()
        except TypeError:
            raise InputTypeError(f"save: {path!r} is not a path; write save('picture.svg')") from None
        if suffix not in self.SUFFIXES:
            *others, last = self.SUFFIXES
            raise InputValueError(
                f"save: {os.fspath(path)!r} does not end in {', '.join(others)} or {last}, the forms there are; "
                "write save('picture.svg')"
            )
        if suffix == ".svg":
            data = self.svg.encode("utf-8")
        elif suffix == ".html":
            data = self._page().encode("utf-8")
        else:
            data = self._file(suffix)
        write_atomically(path, data)

    def _page(self) -> str:
        template = string.Template(resources.files("viz.output").joinpath("picture.html").read_text(encoding="utf-8"))
        return template.substitute(summary=html.escape(self.summary), svg=self.element)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary}>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: SVG where it can, else the text. Only what it asks for is made."""
        bundle: dict[str, str] = {}
        for kind in ("image/svg+xml", "text/plain"):
            if (not include or kind in include) and kind not in (exclude or ()):
                bundle[kind] = repr(self) if kind == "text/plain" else self.svg
        return bundle
