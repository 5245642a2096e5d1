"""Correct functions that are hard to differentiate numerically: no alarm in ten thousand of them."""

from __future__ import annotations

from collections import Counter

import pytest
from nasty_functions import FAMILIES, nasty

from autograd_core import check_gradients

TRIALS = 10_000


def verdicts_of(seeds: range, **options: object) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in seeds:
        report = check_gradients(nasty(seed).f, nasty(seed).point, **options)
        assert all(row.verdict != "wrong" for row in report), f"seed {seed}: {nasty(seed).text}\n{report}"
        counts.update(row.verdict for row in report)
    return counts


@pytest.mark.parametrize("quarter", range(4))
def test_no_alarm_and_most_are_judged(quarter: int) -> None:
    counts = verdicts_of(range(quarter * TRIALS // 4, (quarter + 1) * TRIALS // 4))
    assert counts["ok"] > 0.75 * counts.total(), counts


@pytest.mark.parametrize(
    "options",
    [{"order": 2}, {"directions": 1}, {"method": "central"}, {"method": "five-point"}, {"method": "richardson"}],
    ids=str,
)
def test_no_alarm_with_other_options(options: dict[str, object]) -> None:
    counts = verdicts_of(range(TRIALS, TRIALS + 1000), **options)
    assert counts["ok"] > 0.6 * counts.total(), counts


def test_every_family_is_judged_somewhere_and_is_nasty_somewhere() -> None:
    """A family on which finite differences never fail would not be worth its name."""
    judged, hard = Counter(), Counter()
    for seed in range(1000):
        [row] = check_gradients(nasty(seed).f, nasty(seed).point)
        judged[seed % len(FAMILIES)] += row.verdict == "ok"
        hard[seed % len(FAMILIES)] += row.verdict != "ok" or row.method == "complex-step" or row.uncertainty > 1e-9
    assert all(judged[family] >= 40 for family in range(len(FAMILIES))), judged
    assert all(hard[family] >= 3 for family in range(len(FAMILIES))), hard
