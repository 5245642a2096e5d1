"""Node by node: the step of micrograd's demo, the memory of its graph, and the backward pass alone."""

from __future__ import annotations

import gc
import math
from pathlib import Path

import pytest

from autograd_core import Value, topological_order
from nn import MLP

from . import graphs, memory
from .conftest import Compare
from .contestants import MissingPeerError, check_equal, contestant
from .measure import QUICK
from .peers import plain_floats
from .problems import moons
from .report import Report, time_text
from .walk import walk_in_c

MILLION = 100_000 if QUICK else 1_000_000
#: As many walks of C may a backward pass take, which finds its order first.
WALKS = 6


def test_moons_step(compare: Compare, report: Report) -> None:
    """Micrograd's demo on both engines, and its forward pass on floats."""
    work = "eager moons step: MLP 2-16-16-1, 100 examples, forward, backward, update"
    problem = moons()
    forward = plain_floats.forward(problem)
    ours = contestant("ours_eager", problem)
    ours.step()
    assert math.isclose(forward(), ours.outcome().loss, rel_tol=1e-12)
    works = {"ours": contestant("ours_eager", problem.standing_still()).step, "plain floats": forward}
    try:
        check_equal([contestant("ours_eager", problem), contestant("micrograd_eager", problem)])
        works["micrograd"] = contestant("micrograd_eager", problem.standing_still()).step
    except MissingPeerError:
        report.missing(work, "micrograd", at_least=150)
    seconds = dict(zip(works, compare.works(**works), strict=True))
    mine = time_text(seconds["ours"])
    if "micrograd" in seconds:
        ratio = seconds["micrograd"] / seconds["ours"]
        report.add(work, mine, f"micrograd {time_text(seconds['micrograd'])}", measured=ratio, at_least=150)
    floats = seconds["plain floats"]
    ratio = seconds["ours"] / floats
    peer = f"Python floats, forward only, no derivative {time_text(floats)}"
    report.add("the same, ours / peer", mine, peer, measured=ratio, at_most=3)


def test_moons_step_without_garbage_collector(compare: Compare, report: Report) -> None:
    """Most of micrograd's time is the collector's, for its nodes are cycles; this row says how much."""
    work = "eager moons step, garbage collector off (both; collected after each step, outside of the timing)"
    problem = moons().standing_still()
    try:
        peer = contestant("micrograd_eager", problem)
    except MissingPeerError:
        return report.missing(work, "micrograd")
    ours = contestant("ours_eager", problem)
    gc.disable()
    try:
        # Both leave the collector's work of one run at most behind: micrograd's runs are one step each.
        ours_seconds, seconds, _ = compare.works(ours=ours.step, micrograd=peer.step, collect=gc.collect)
    finally:
        gc.enable()
    ratio = seconds / ours_seconds
    return report.add(work, time_text(ours_seconds), f"micrograd {time_text(seconds)}", measured=ratio)


def test_memory_a_node(report: Report) -> None:
    """The graph of a loss, each in a process of its own."""
    work = f"memory a node, eager: graph of one such loss, {MILLION:,} nodes"
    ours = memory.in_fresh_process("network", "ours_eager", str(MILLION))["bytes"]
    try:
        contestant("micrograd_eager", moons())
    except MissingPeerError:
        return report.missing(work, "micrograd", at_least=8)
    peer = memory.in_fresh_process("network", "micrograd_eager", str(MILLION))["bytes"]
    return report.add(work, f"{ours:.0f} bytes", f"micrograd {peer:.0f} bytes", measured=peer / ours, at_least=8)


@pytest.mark.parametrize("kind", ["network", "chain"])
def test_backward_alone(compare: Compare, report: Report, tmp_path: Path, kind: str) -> None:
    """Beside a walk over as much memory; and how long a node takes in a graph that fits the caches."""
    make = graphs.chain if kind == "chain" else lambda nodes: graphs.network(nodes, Value, MLP)
    small, large = make(10_000), make(MILLION)
    nodes = [len(topological_order(root)) for root in (small, large)]
    seconds = compare.works(small=small.backward, large=large.backward, walk=walk_in_c(large, tmp_path))
    at_small, at_large, in_c = (each / count for each, count in zip(seconds, [*nodes, nodes[1]], strict=True))
    what = "the demo's loss on many examples" if kind == "network" else "a chain"
    mine = f"{time_text(at_large)} a node"
    work = f"backward alone, {MILLION:,} nodes, {what}, ours / peer"
    peer = f"C's walk over such nodes {time_text(in_c)} a node"
    report.add(work, mine, peer, measured=at_large / in_c, at_most=WALKS)
    peer = f"ours, 10,000 nodes, {time_text(at_small)} a node"
    report.add("the same, large / small", mine, peer, measured=at_large / at_small, at_most=2)
