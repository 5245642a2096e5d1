"""The tables: what was measured, beside what was to be reached. Prints them, and writes RESULTS.md."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
LIBRARIES = (
    "autograd-core",
    "numpy",
    "micrograd",
    "jax",
    "jaxlib",
    "torch",
    "torchviz",
    "casadi",
    "autograd",
    "mygrad",
    "scikit-learn",
    "Cython",
)
HEADER = ("work", "ours", "peer", "ratio", "goal", "met")


@dataclass
class Report:
    """Rows of a file of benchmarks, as they are measured."""

    rows: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    preparations: dict[str, float] = field(default_factory=dict)

    def add(
        self,
        work: str,
        ours: str,
        peer: str,
        *,
        measured: float | None,
        at_least: float | None = None,
        at_most: float | None = None,
        unit: str = "",
    ) -> None:
        """One row.

        Parameters
        ----------
        work
            What was done.
        ours, peer
            What each took, with the unit and the peer's name.
        measured
            What the goal is about, a ratio unless there is a unit; None if the peer is missing.
        at_least, at_most
            The goal, if there is one.
        unit
            Of what was measured and of the goal, if it is not a ratio.
        """
        goal = f">= {at_least:,g}" if at_least is not None else f"<= {at_most:,g} {unit}" if at_most is not None else ""
        if not goal:
            met = ""
        elif measured is None:
            met = "not measured"
        else:
            reached = measured >= at_least if at_least is not None else at_most is None or measured <= at_most
            met = "yes" if reached else "no"
        ratio = "" if measured is None or unit else _three_digits(measured)
        self.rows.append((work, ours, peer, ratio, goal.strip(), met))

    def missing(self, work: str, peer: str, *, at_least: float | None = None) -> None:
        """A row that says aloud that a peer is not installed."""
        self.add(work, "", f"{peer}: NOT INSTALLED", measured=None, at_least=at_least)

    def text(self) -> str:
        """The tables, and what they were measured on."""
        lines = [*_table(HEADER, self.rows), ""]
        if self.preparations:
            rows = [(name, time_text(seconds)) for name, seconds in self.preparations.items()]
            lines += ["Compiled or recorded before, not in the times above:", "", *_table(("what", "time"), rows), ""]
        return "\n".join(lines)


class Reports(dict[str, Report]):
    """A section for each file of benchmarks that was run, by its name."""

    def text(self) -> str:
        """All sections."""
        return "\n".join(f"## {name}\n\n{section.text()}" for name, section in self.items() if section.rows)

    def write(self) -> None:
        """Write the sections into RESULTS.md, where those of other files stay as they are."""
        when = f"Measured on {datetime.now(UTC).date().isoformat()}. {_machine()}"
        _, *kept = RESULTS.read_text(encoding="utf-8").split("\n## ") if RESULTS.exists() else ("",)
        sections = {name: text.strip() for name, _, text in (each.partition("\n") for each in kept)}
        sections |= {name: f"{section.text()}\n{when}" for name, section in self.items() if section.rows}
        text = "".join(f"\n## {name}\n\n{sections[name]}\n" for name in sorted(sections))
        RESULTS.write_text(f"# Benchmarks\n\n{_HOW}{text}", encoding="utf-8")


_HOW = """Written by `make bench`, a section for each file that was run whole. Each row is the same work, its results
compared equal before anything is timed: loss, gradient and parameters after three steps, to 1e-9. Times are medians of
interleaved runs (A B C A B C ...) after a warm-up, one thread each, in float64 (where a row says float32, to 2e-5).
Ratios are what the peer takes divided by what ours takes, unless the row says otherwise. The garbage collector is on,
as it is for users, except where a row says so. JAX runs in the thread that calls it; by default it wakes another one,
which takes longer than these steps do.
"""


def time_text(seconds: float) -> str:
    """Seconds in a unit that leaves few digits.

    >>> time_text(0.00123), time_text(4.5e-8)
    ('1.23 ms', '45 ns')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:,.3g} {unit}" if seconds < 1000 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _three_digits(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(header), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def _machine() -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return (
        f"Machine: {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"{platform.libc_ver()[0]} {platform.libc_ver()[1]}.\n\n"
        f"Versions: {platform.python_implementation()} {platform.python_version()}, {versions}."
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
