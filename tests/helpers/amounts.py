"""How much is tried: all of it in CI, a part on the machine of a person who waits."""

from __future__ import annotations

import os

import autograd_core

__all__ = ["FULL", "long", "trials"]

_IN_CI = os.environ.get("CI") == "true"
#: ``CI=true make test`` tries as much as CI does. What is compiled is made of the same sources: that they run as plain
#: Python too, is shown by a part of the same trials.
FULL = _IN_CI and autograd_core.compiled


def trials(count: int) -> int:
    """So many random trials of so many."""
    return count if FULL else max(1, count // 10)


def long(nodes: int) -> int:
    """The length of a long graph, which a tenth of shows as well that a walk does not recurse."""
    return nodes if _IN_CI else nodes // 10
