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
from .plain_programs import seconds_as_plain_python
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
#: How often faster, where less than half of the time is the program's own Python, which no engine saves.
GOAL, SHARE = 20, 0.5


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The class that computes nothing, compiled."""
    pyximport: Any = importlib.import_module("pyximport")
    importers = pyximport.install(build_dir=str(tmp_path_factory.mktemp("nothing")), language_level=3)
    try:
        return importlib.import_module(".nothing", __package__)
    finally:
        pyximport.uninstall(*importers)


@pytest.fixture(autouse=True)
def _deep() -> Any:
    """The program's own class walks its graph by recursion."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("name", SIZES)
def test_a_program_of_others(name: str, compare: Compare, report: Report, nothing: Any) -> None:
    """Its training, a step or a few, with everything around the nodes."""
    program: Any = importlib.import_module(name)
    size = SIZES[name]

    def without_nodes() -> None:
        nothing.begin()
        if name != "drawer":  # which draws the graph, and there is none
            program.train(nothing.node, **size)

    assert program.train(Value, **size) == pytest.approx(program.train(Node, **size), rel=1e-12)
    own, ours, rest = compare.works(
        own=lambda: program.train(Node, **size), ours=lambda: program.train(Value, **size), rest=without_nodes
    )
    share = rest / ours
    in_nodes = autograd_core.compiled and name != "drawer" and share < SHARE
    floor = f", {share:.0%} of it the program's own Python: no engine could reach {own / rest:.0f} times"
    told = "" if name == "drawer" else floor
    report.add(
        f"a program of others: {name.replace('_', ' ')}",
        time_text(ours) + told,
        f"its own class {time_text(own)}",
        measured=own / ours,
        at_least=GOAL if in_nodes else None,
    )


@pytest.mark.parametrize("name", [name for name in SIZES if name != "drawer"])
def test_a_program_of_others_where_nothing_is_compiled(name: str, report: Report) -> None:
    """The same, not slower than the class of forty lines."""
    own, ours = seconds_as_plain_python(name, SIZES[name])
    work = f"the same as plain Python: {name.replace('_', ' ')}"
    report.add(work, time_text(ours), f"its own class {time_text(own)}", measured=own / ours, at_least=1)
