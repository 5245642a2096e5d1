"""What a gradient check found: rows with verdicts, and their forms as text, HTML and plain data."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import GradientCheckError

__all__ = ["COLUMNS", "VERDICTS", "GradientReport", "GradientRow"]

#: Headings of a report.
COLUMNS = ("input", "at", "analytic", "numeric", "error", "uncertainty", "verdict")

#: Every verdict, and what it means.
VERDICTS = {
    "ok": "the two derivatives agree, and the numeric one is certain enough for a fault to have shown",
    "wrong": "they differ by more than their uncertainties",
    "kink": "the one-sided slopes differ, so there is no derivative to compare with",
    "not finite": "the function or a derivative is infinite, nan or not defined there or on a side of it",
    "outside the domain": "a primitive on the path has no finite derivative there, as the table says",
    "unreliable": "the numeric derivative is too uncertain to judge",
    "does not reach the output": "nothing flows from the input to the result, so there was nothing to check",
    "depends on another checked input": "it was computed from another input (or is the same node): they cannot vary "
    "one at a time",
    "non-deterministic function": "the function gave different results at the same point",
}
_COLOURS = {"ok": "#1a7f37", "wrong": "#cf222e", "non-deterministic function": "#cf222e"}
_OTHER_COLOUR = "#9a6700"
#: Where these are the verdict they are also the reason why there is no rate.
_WITHOUT_RATE = ("kink", "not finite", "outside the domain", "does not reach the output")
#: There are no numbers to show beside these.
_NOT_JUDGED = ("depends on another checked input", "non-deterministic function")


@dataclass(frozen=True, slots=True)
class GradientRow:
    """The check of one input, one direction or one second derivative.

    Attributes
    ----------
    name
        Label of the input behind its scope, or its name in the function, or where it stands, as in ``W[0, 1]``.
    point
        The input's number; nan for a direction.
    analytic
        The derivative by reverse mode.
    numeric
        The derivative by finite differences or the complex step.
    error
        Their absolute difference.
    uncertainty
        How far `numeric` may be from the true derivative.
    left, right
        One-sided slopes.
    verdict
        One of :data:`VERDICTS`.
    note
        What else a person wants to know: where the fault, the kink or the edge of the domain is; empty if nothing.
    method
        What computed `numeric`: ``"central"``, ``"five-point"``, ``"richardson"`` or ``"complex-step"``.
    step
        The smallest step that was used.
    order
        1, or 2 for a derivative of the gradient.
    rate
        Of the Taylor remainder ``|f(x + h) - f(x) - h·analytic|``: 2 or more if the derivative is right, 1 if it is
        wrong, whatever the step; inf where no remainder is left, as of a linear function; nan where round-off hides it,
        or there is a kink. See :mod:`autograd_core.numerical.taylor`.
    """

    name: str
    point: float
    analytic: float
    numeric: float
    error: float
    uncertainty: float
    left: float
    right: float
    verdict: str
    note: str = ""
    method: str = ""
    step: float = float("nan")
    order: int = 1
    rate: float = float("nan")

    @property
    def rate_in_words(self) -> str:
        """The rate with two digits, or what hides it."""
        if self.rate == self.rate:
            return f"{self.rate:.2f}" if self.rate < float("inf") else "exact"
        return "" if self.verdict in _NOT_JUDGED else self.verdict if self.verdict in _WITHOUT_RATE else "round-off"

    @property
    def between(self) -> bool:
        """Whether the derivative by reverse mode lies between the one-sided slopes, as a subgradient does.

        Slopes are known to about the four digits that are shown, and one of them may be the derivative.
        """
        rounding = 1e-4 * max(abs(self.left), abs(self.right))
        return min(self.left, self.right) - rounding <= self.analytic <= max(self.left, self.right) + rounding

    def cells(self) -> tuple[str, ...]:
        """The row as texts, one for each of :data:`COLUMNS`."""
        verdict = self.verdict
        if verdict == "kink":
            slopes = f"slope {self.left:.4g} from the left, {self.right:.4g} from the right"
            place = "between them" if self.between else "NOT between them"
            verdict = f"kink: {slopes}; the table uses {self.analytic:.4g}, {place}"
        numbers: tuple[str, ...] = ("", "", "", "")
        if verdict not in _NOT_JUDGED:
            numbers = (
                f"{self.analytic:.9g}",
                f"{self.numeric:.9g}",
                f"{self.error:.1e}",
                f"{self.uncertainty:.1e}",
            )
        point = "" if self.point != self.point else f"{self.point:.4g}"
        return (self.name, point, *numbers, verdict)


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What :func:`check_gradients` found: true if every row is ok, a table when printed.

    Attributes
    ----------
    rows
        One :class:`GradientRow` an input, direction or second derivative.
    checked
        What was checked, in words, such as ``"5 of 257 inputs"``.
    calls
        How often the function was called.

    Examples
    --------
    >>> from autograd_core import check_gradients
    >>> report = check_gradients(lambda w, x: w * abs(x), 2.0, 0.0)
    >>> print(report.summary)
    2 inputs: 1 ok, 1 kink
    """

    rows: tuple[GradientRow, ...]
    checked: str
    calls: int

    def __bool__(self) -> bool:
        return all(row.verdict == "ok" for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[GradientRow]:
        return iter(self.rows)

    def __str__(self) -> str:
        table = self._table()
        columns = len(table[0])
        widths = [max(len(line[column]) for line in table) for column in range(columns)]
        lines = [
            "  ".join(
                cell.ljust(width) if column in (0, columns - 1) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join([*lines, self.summary, *self._notes()])

    def _table(self) -> list[tuple[str, ...]]:
        """Headings and rows; with the rates where a whole model was checked along directions."""
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        if not any(row.name.startswith("direction ") for row in self.rows):
            return table
        rates = ["rate", *(row.rate_in_words for row in self.rows)]
        return [(*line[:-1], rate, line[-1]) for line, rate in zip(table, rates, strict=True)]

    def _repr_html_(self) -> str:
        head, *body = self._table()
        titles = "".join(f"<th>{html.escape(each)}</th>" for each in head)
        rows = "".join(map(_html_row, self.rows, body))
        notes = "".join(f"<li>{html.escape(each)}</li>" for each in self._notes())
        return (
            f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{html.escape(self.summary)}</p>" + (f"<ul>{notes}</ul>" if notes else "")
        )

    @property
    def summary(self) -> str:
        """One line: what was checked, and how many rows got which verdict."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        return f"{self.checked}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())

    def _notes(self) -> list[str]:
        """The notes, each once, behind the names of the rows that it is about."""
        about: dict[str, list[str]] = {}
        for row in self.rows:
            if row.note:
                about.setdefault(row.note, []).append(row.name)
        return [f"{_listed(names)}: {note}" for note, names in about.items()]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data: lists, dictionaries, texts and numbers.

        >>> from autograd_core import check_gradients
        >>> data = check_gradients(lambda w: w * w, 3.0).to_dict()
        >>> data["ok"], data["rows"][0]["name"], data["rows"][0]["analytic"]
        (True, 'w', 6.0)
        """
        rows = [dataclasses.asdict(row) for row in self.rows]
        return {"ok": bool(self), "summary": self.summary, "calls": self.calls, "rows": rows}

    def raise_if_wrong(self) -> None:
        """Do nothing if the report is true; else raise, with the table as the message.

        A verdict other than ok raises too, for what could not be judged was not confirmed.

        Raises
        ------
        GradientCheckError
        """
        __tracebackhide__ = True  # pytest then shows the line of the test
        if not self:
            raise GradientCheckError(self)


def _listed(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _html_row(row: GradientRow, texts: tuple[str, ...]) -> str:
    *numbers, verdict = texts
    colour = _COLOURS.get(row.verdict, _OTHER_COLOUR)
    cells = "".join(f"<td>{html.escape(each)}</td>" for each in numbers)
    meaning = html.escape(VERDICTS[row.verdict], quote=True)
    return (
        f'<tr>{cells}<td style="text-align: left; color: {colour}" title="{meaning}">{html.escape(verdict)}</td></tr>'
    )
