"""How much is tried: all of it in CI, a part on the machine of a person who waits."""

from __future__ import annotations

import os

__all__ = ["FULL", "long", "trials"]

#: ``CI=true make test`` tries as much as CI does.
FULL = os.environ.get("CI") == "true"


def trials(count: int) -> int:
    """So many random trials of so many."""
    return count if FULL else max(1, count // 10)


def long(nodes: int) -> int:
    """The length of a long graph, which a tenth of shows as well that a walk does not recurse."""
    return nodes if FULL else nodes // 10
