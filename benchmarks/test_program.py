"""Recorded once, replayed on the whole batch: a Program beside what others have for arrays; the recording."""

from __future__ import annotations

from typing import Any

import pytest

from autograd_core import record
from autograd_core.program.engine import Engine

from . import graphs, memory
from .conftest import Compare
from .measure import QUICK
from .peers.ours_program import example_loss
from .problems import breast_cancer, moons
from .race import race
from .report import Report, time_text

MILLION = 100_000 if QUICK else 1_000_000

# Module of the peer, and how much faster the Program shall be.
MOONS = {
    "micrograd_eager": 10_000,
    "jax_jitted": 1.3,
    "torch_eager": 4,
    "casadi_mapped": 15,
    "numpy_by_hand": 1.0,
    "autograd_arrays": None,
    "mygrad_arrays": None,
}
BREAST_CANCER = {"jax_jitted": 1.0, "numpy_by_hand": None, "torch_eager": None, "casadi_mapped": None}


def test_moons_step(compare: Compare, report: Report) -> None:
    """Value, gradient and update of the demo's network, everybody's way."""
    race(compare, report, "moons step by Program", moons(), "ours_program", MOONS)


def test_breast_cancer_step(compare: Compare, report: Report) -> None:
    """The same with tanh, more inputs and more examples."""
    work = "step of MLP 30-16-8-1, tanh, 569 examples, by Program"
    race(compare, report, work, breast_cancer(), "ours_program", BREAST_CANCER)


def test_memory_of_recording(report: Report) -> None:
    """A graph that is there already, in a process of its own."""
    found = memory.in_fresh_process("recording", str(MILLION))
    work = f"Program.from_graph of {MILLION:,} nodes"
    mine = time_text(found["seconds"])
    report.add(work, mine, "", measured=found["seconds"], at_most=1.5, unit="s")
    peak = found["bytes at the peak"]
    mine = f"{peak:.0f} bytes a node"
    note = f"(kept: {found['bytes']:.0f} bytes a node)"
    report.add(
        "the same, memory beside the graph, at the peak", mine, note, measured=peak, at_most=48, unit="bytes a node"
    )


def test_record(compare: Compare, report: Report) -> None:
    """The function runs on Values and its graph becomes a Program: all of the batch as one graph."""
    problem = moons(graphs.examples_for(MILLION))
    one = example_loss(problem)

    def loss(parameters: Any, X: Any, y: Any) -> Any:
        return sum(one(parameters, x, t) for x, t in zip(X, y, strict=True)) / len(y)

    arguments = (problem.start, problem.X, problem.y)
    (seconds,) = compare.works(record=lambda: record(loss, *arguments))
    work = f"record(f) of {MILLION:,} nodes, f run on Values included"
    mine = time_text(seconds)
    report.add(work, mine, "", measured=seconds, at_most=1.5, unit="s")


@pytest.mark.parametrize("of_examples", [False, True], ids=["unbatched", "for batches"])
def test_planning(compare: Compare, report: Report, of_examples: bool) -> None:
    """What a program computes once and what for each example, in which order, in which layers."""
    problem = moons(graphs.examples_for(MILLION))
    one = example_loss(problem)

    def loss(parameters: Any, X: Any, y: Any) -> Any:
        return sum(one(parameters, x, t) for x, t in zip(X, y, strict=True)) / len(y)

    tape = record(loss, problem.start, problem.X, problem.y).tape
    sizes, own = [problem.start.size, problem.X.size, problem.y.size], [False, of_examples, of_examples]
    (seconds,) = compare.works(plan=lambda: Engine(tape, sizes, own, [True, False, False]))
    work = f"planning a program of {len(tape.opcodes):,} instructions{', for batches' if of_examples else ''}"
    report.add(work, time_text(seconds), "", measured=seconds, at_most=0.3, unit="s")
