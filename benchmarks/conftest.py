"""One report for the whole run: printed at its end, and written of files that were run whole, if nothing failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .contestants import Contestant
from .measure import QUICK, ROUNDS, Interleaved
from .report import RESULTS, Report, Reports, time_text

REPORT = pytest.StashKey[Reports]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin an empty report."""
    config.stash[REPORT] = Reports()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings of the peers' own code are theirs."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture
def report(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Report:
    """What the report of this run says of this file."""
    return pytestconfig.stash[REPORT].setdefault(Path(request.path).stem.removeprefix("test_"), Report())


class Compare:
    """Time pieces of work in turns, as one benchmark of pytest-benchmark whose rounds are rounds of all of them."""

    def __init__(self, benchmark: Any) -> None:
        self._benchmark = benchmark

    def works(self, **works: Any) -> list[float]:
        """Median seconds of each piece of work."""
        turns = Interleaved(list(works.values()))
        self._benchmark.pedantic(turns.round, rounds=ROUNDS, iterations=1)
        medians = turns.medians()
        self._benchmark.extra_info.update(dict(zip(works, map(time_text, medians), strict=True)))
        return medians

    def contestants(self, contestants: list[Contestant]) -> list[float]:
        """Median seconds of a step of each contestant."""
        return self.works(**{each.name: each.step for each in contestants})


@pytest.fixture
def compare(benchmark: Any) -> Compare:
    """Times what is given to it in turns."""
    return Compare(benchmark)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Print the tables; write them if whole files were run, at full length, and nothing failed."""
    report = config.stash[REPORT]
    if not any(each.rows for each in report.values()):
        return
    terminalreporter.write_line("")
    terminalreporter.write_line(report.text())
    whole = not (config.option.keyword or config.option.markexpr) and all(Path(each).exists() for each in config.args)
    if QUICK or exitstatus != 0 or not whole:
        reason = "quick" if QUICK else "failed" if exitstatus else "partial"
        terminalreporter.write_line(f"benchmarks/{RESULTS.name} is left as it was: the run was {reason}")
    else:
        report.write()
        terminalreporter.write_line(f"written to benchmarks/{RESULTS.name}")
