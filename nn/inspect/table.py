"""A table that a terminal prints and a notebook shows: what the answers about a network have in common."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core.formulas.printing import number_text

__all__ = ["Table"]

_LONGEST = 60  # characters of a cell


class Table:
    """Rows under headings, with a title above and a remark below.

    Parameters
    ----------
    columns
        The headings.
    rows
        Texts and numbers, as many in each row as there are headings. Numbers are shown with four digits.
    title
        What stands above.
    remark
        What stands below; empty for nothing.

    Examples
    --------
    >>> table = Table(["layer", "weights"], [["layer 1", 12], ["layer 2", 1 / 3]], "A network")
    >>> table
    A network
    layer    weights
    ----------------
    layer 1       12
    layer 2   0.3333
    >>> table["weights"]
    [12, 0.3333333333333333]
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str, remark: str = "") -> None:
        self.columns = tuple(columns)
        self.rows = tuple(map(tuple, rows))
        self.title = title
        self.remark = remark

    def __getitem__(self, column: str) -> list[Any]:
        return [row[self.columns.index(column)] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def _texts(self) -> list[tuple[str, ...]]:
        return [tuple(map(_text, row)) for row in self.rows]

    def __str__(self) -> str:
        table = [self.columns, *self._texts()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        to_the_right = [all(map(_is_number, cells)) for cells in zip(*self.rows, strict=True)] or [False] * len(widths)
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, to_the_right, strict=True)
            ).rstrip()
            for row in table
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join(filter(None, (self.title, *lines, self.remark)))

    __repr__ = __str__

    def to_html(self) -> str:
        """The table as HTML."""
        head = "".join(f"<th>{html.escape(each)}</th>" for each in self.columns)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in self._texts())
        remark = f"<p>{html.escape(self.remark)}</p>" if self.remark else ""
        return (
            f"<table><caption>{html.escape(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{remark}"
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)


def _text(cell: Any) -> str:
    if isinstance(cell, float | np.floating):
        return number_text(float(cell), 4)
    if isinstance(cell, int | np.integer) and not isinstance(cell, bool):
        return f"{cell:,}"
    text = " ".join(str(cell).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"
