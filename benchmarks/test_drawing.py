"""Drawing a graph as SVG, beside torchviz; how it grows; and what the first drawing of a process takes."""

from __future__ import annotations

import importlib
import math
import random
import re
import shutil
import statistics
import subprocess
import sys

import pytest
from drawn_graphs import KINDS

from autograd_core import Value, topological_order
from nn import MLP
from viz import draw

from . import graphs
from .conftest import Compare
from .drawings import network
from .measure import QUICK
from .report import Report, time_text

GOALS = {200: 1.0, 2_000: 1.0}
FIRST = """
import time
from autograd_core import Value
from viz import draw
z = (Value(2.0, "w") * Value(0.5, "x")).tanh()
begin = time.perf_counter()
draw(z).svg
print(time.perf_counter() - begin)
"""


@pytest.mark.parametrize("nodes", GOALS)
def test_drawing_beside_torchviz(compare: Compare, report: Report, nodes: int) -> None:
    """The same computation, recorded and gone through backwards before; torchviz shows a leaf as two nodes."""
    root = network(nodes, Value)
    root.backward()
    count = len(topological_order(root))
    leaves = sum(1 for node in topological_order(root) if not node.parents)
    work = f"drawing the graph of a network of scalars as SVG, {count:,} nodes"

    def ours() -> str:
        return draw(root, max_nodes=count).svg

    assert _nodes_in(ours()) == count
    try:
        peer = importlib.import_module("benchmarks.peers.torchviz_drawing")
    except ImportError as missing:
        return report.missing(work, missing.name or "torchviz", at_least=GOALS[nodes])
    same = network(nodes, peer.leaf)
    same.backward()
    assert math.isclose(same.item(), root.data, rel_tol=1e-12)
    theirs = peer.drawing(same)
    shown = _nodes_in(theirs())
    assert shown == count + leaves + 1  # and the result as one more
    mine, seconds = compare.works(ours=ours, torchviz=theirs)
    name = f"torchviz, native dot, {shown:,} nodes {time_text(seconds)}"
    return report.add(work, time_text(mine), name, measured=seconds / mine, at_least=GOALS[nodes])


def test_how_drawing_grows(compare: Compare, report: Report) -> None:
    """Ten times the nodes, without what torchviz takes."""
    works, counts = [], []
    for nodes in GOALS:
        root = network(nodes, Value)
        counts.append(len(topological_order(root)))
        works.append(lambda root=root: draw(root, max_nodes=10**6).svg)
    small, large = compare.works(small=works[0], large=works[1])
    peer = f"ours, {counts[0]:,} nodes, {time_text(small)}"
    report.add(f"the same, {counts[1]:,} nodes / {counts[0]:,} nodes", time_text(large), peer, measured=large / small)


def test_a_folded_picture_of_a_large_graph(compare: Compare, report: Report) -> None:
    """Scopes fold by themselves; the graph is walked, the picture has a few boxes."""
    nodes = 100_000 if QUICK else 1_000_000
    root = graphs.network(nodes, Value, MLP)
    [seconds] = compare.works(ours=lambda: draw(root).svg)
    work = f"drawing {nodes:,} nodes, folded by themselves"
    report.add(work, time_text(seconds), "", measured=seconds, at_most=5, unit="s")


@pytest.mark.parametrize("engine", [None, "dot"])
def test_500_nodes_of_any_kind(compare: Compare, report: Report, engine: str | None) -> None:
    """The slowest of eight kinds of random graphs."""
    if engine == "dot" and shutil.which("dot") is None:
        return report.missing("the slowest of eight kinds of graphs, native dot", "dot", at_least=None)
    roots = {name: kind(500, random.Random(0)) for name, kind in KINDS.items()}
    works = {name: lambda root=root: draw(root, engine=engine).svg for name, root in roots.items()}
    medians = dict(zip(works, compare.works(**works), strict=True))
    slowest = max(medians, key=lambda name: medians[name])
    seconds = medians[slowest]
    work = f"drawing about 500 nodes, the slowest of eight kinds ({slowest}){', native dot' if engine else ''}"
    return report.add(work, time_text(seconds), "", measured=seconds, at_most=3, unit="s")


def test_a_leaf_used_400_000_times(compare: Compare, report: Report) -> None:
    """The loop z = z*x + x; what stands nearest to the root is drawn, with stubs."""
    x = z = Value(0.5, "x")
    for _ in range(20_000 if QUICK else 200_000):
        z = z * x + x
    [seconds] = compare.works(ours=lambda: draw(z).svg)
    report.add("drawing the end of a loop of 400,000 nodes", time_text(seconds), "", measured=seconds, at_most=2,
               unit="s")  # fmt: skip


def test_first_drawing_of_a_process(report: Report) -> None:
    """After the import."""
    seconds = statistics.median(_first_drawing() for _ in range(3 if QUICK else 8))
    work = "first drawing of a process"
    report.add(work, time_text(seconds), "", measured=seconds * 1e3, at_most=50, unit="ms")


def _first_drawing() -> float:
    result = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    return float(result.stdout)


def _nodes_in(svg: str) -> int:
    """How many nodes are drawn; a stub, which bears the name of one, is none."""
    return len(re.findall(r'class="node">\s*<title>(?!\w+_at_)', svg))
