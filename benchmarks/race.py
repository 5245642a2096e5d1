"""A race: our way to do a piece of work beside those of the peers that are there, compared before it is timed."""

from __future__ import annotations

from typing import Any

from .conftest import Compare
from .contestants import MissingPeerError, check_equal, contestant
from .report import Report, time_text


def race(
    compare: Compare,
    report: Report,
    work: str,
    problem: Any,
    ours: str,
    goals: dict[str, float | None],
    *,
    tolerance: float = 1e-9,
) -> None:
    """Compare the results of all that are there, then time them in turns; a row each.

    Parameters
    ----------
    compare, report
        The fixtures.
    work
        What the rows are called.
    problem
        What a contestant is made for.
    ours
        Module of ``benchmarks.peers`` with our way.
    goals
        Modules of the peers, and how much faster ours shall be.
    tolerance
        Of the comparison, as in :func:`benchmarks.contestants.check_equal`.
    """
    present = []
    for module, goal in goals.items():
        try:
            contestant(module, problem)
            present.append(module)
        except MissingPeerError as missing:
            report.missing(work, str(missing), at_least=goal)
    modules = [ours, *present]
    check_equal([contestant(module, problem) for module in modules], tolerance=tolerance)
    contestants = [contestant(module, problem.standing_still()) for module in modules]
    mine, *peers = compare.contestants(contestants)
    for each in contestants:
        if each.preparation is not None:
            report.preparations[f"{work}, {each.name}"] = each.preparation
    for module, each, seconds in zip(present, contestants[1:], peers, strict=True):
        peer = f"{each.name} {time_text(seconds)}"
        report.add(work, time_text(mine), peer, measured=seconds / mine, at_least=goals[module])
