"""A page as a file and as a notebook shows it: one document that asks nothing of the network."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from pathlib import Path

from autograd_core.errors import InputTypeError, InputValueError
from autograd_core.program.files import write_atomically

__all__ = ["Page"]


@dataclass(frozen=True, repr=False)
class Page:
    """A live page.

    Attributes
    ----------
    html
        The whole document.
    summary
        What is on it, in a few words.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz import step_through
    >>> a = Value(2.0, "a")
    >>> step_through(a * a)
    <Page: 2 nodes, 2 edges>
    """

    html: str
    summary: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all.

        Raises
        ------
        InputTypeError, InputValueError
            If `path` is not a path, does not end in .html, or lies in a folder that does not exist.
        """
        try:
            suffix = Path(path).suffix.lower()
        except TypeError:
            raise InputTypeError(f"save: {path!r} is not a path; write save('lesson.html')") from None
        if suffix not in (".html", ".htm"):
            raise InputValueError(f"save: {os.fspath(path)!r} does not end in .html; write save('lesson.html')")
        write_atomically(path, self.html.encode("utf-8"))

    def __repr__(self) -> str:
        return f"<Page: {self.summary}>"

    def _repr_html_(self) -> str:
        """The page in a frame of its own: its style and script and those of a notebook do not meet."""
        given = f'srcdoc="{html.escape(self.html)}" title="{html.escape(self.summary)}"'
        kept_apart = 'sandbox="allow-scripts allow-modals" style="width: 100%; height: 720px; border: 0"'
        return f"<iframe {given} {kept_apart}></iframe>"
