"""How much is tried: all of it in CI, a part on the machine of a person who waits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

import autograd_core

__all__ = ["FULL", "IN_CI", "examples", "long", "some", "trials"]

Case = TypeVar("Case")

IN_CI = os.environ.get("CI") == "true"
#: ``CI=true make test`` tries as much as CI does. What is compiled is made of the same sources: that they run as plain
#: Python too, is shown by a part of the same trials.
FULL = IN_CI and autograd_core.compiled
#: HYPOTHESIS_TIMES=20 draws twenty times the examples of every property test, also of those that name their number.
_TIMES = float(os.environ.get("HYPOTHESIS_TIMES", "1" if FULL else "0.2"))


def trials(count: int) -> int:
    """So many random trials of so many."""
    return count if FULL else max(1, count // 10)


def examples(count: int) -> int:
    """So many examples of a property of so many."""
    return max(1, round(_TIMES * count))


def some(cases: Sequence[Case]) -> Sequence[Case]:
    """All cases, or every fifth."""
    return cases if FULL else cases[::5]


def long(nodes: int) -> int:
    """The length of a long graph, which a tenth of shows as well that a walk does not recurse."""
    return nodes if IN_CI else nodes // 10
