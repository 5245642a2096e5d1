"""Ten programs that others might have written, each on the node class that it was written around and on Value."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
from own_class import Node

import autograd_core
from autograd_core import Value

from .conftest import Compare
from .report import Report, time_text

#: As large as they are found: most of their time goes into nodes. The drawer spends its on text, and has no goal.
SIZES: dict[str, dict[str, int]] = {
    "small_gpt": {"steps": 1, "width": 16, "heads": 4, "block": 8},
    "lstm": {"steps": 1, "width": 8, "length": 12},
    "convolution": {"steps": 1, "filters": 4, "side": 9},
    "autoencoder": {"steps": 1, "hidden": 12, "points": 20},
    "adamw": {"steps": 1, "hidden": 12, "points": 40},
    "spiral": {"steps": 1, "hidden": 16, "points": 20},
    "physics": {"steps": 1, "instants": 500},
    "policy": {"steps": 3, "walks": 10},
    "experts": {"steps": 1, "hidden": 8, "points": 20},
    "drawer": {"steps": 1, "width": 60},
}
#: How often faster: compiled, and as plain Python.
GOAL = 20 if autograd_core.compiled else 1


@pytest.mark.parametrize("name", SIZES)
def test_a_program_of_others(name: str, compare: Compare, report: Report) -> None:
    """Its training, a step or a few, with everything around the nodes."""
    program: Any = importlib.import_module(name)
    size = SIZES[name]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # the program's own class walks its graph by recursion
    try:
        assert program.train(Value, **size) == pytest.approx(program.train(Node, **size), rel=1e-12)
        own, ours = compare.works(own=lambda: program.train(Node, **size), ours=lambda: program.train(Value, **size))
    finally:
        sys.setrecursionlimit(limit)
    goal = {} if name == "drawer" else {"at_least": GOAL}
    work = f"a program of others: {name.replace('_', ' ')}"
    report.add(work, time_text(ours), f"its own class {time_text(own)}", measured=own / ours, **goal)
