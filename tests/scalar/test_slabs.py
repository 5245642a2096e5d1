"""Where nodes lie in memory: one after another, none upon another, and what is free is used again or given back."""

from __future__ import annotations

import gc
import importlib.util
import itertools
import os
import pathlib
import subprocess
import sys
import textwrap
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, no_grad

compiled_only = pytest.mark.skipif(not ac.compiled, reason="tells of the compiled nodes; this run is uncompiled")
SLAB_NODES = 3264  # more than one slab holds


class Derived(Value):
    """A node that brings its own memory."""


def in_fresh_process(code: str) -> list[float]:
    """What a program prints, as numbers; nothing was allocated before it."""
    before = "import tracemalloc; tracemalloc.start()\nfrom autograd_core import Value, no_grad\n"
    done = subprocess.run(
        [sys.executable, "-c", before + textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=120
    )
    return [float(word) for word in done.stdout.split()]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.sampled_from(["make", "release", "derived"]), st.integers(1, 5000), st.integers(1, 7)),
        min_size=1,
        max_size=12,
    )
)
def test_no_two_nodes_share_memory(moves: list[tuple[str, int, int]]) -> None:
    """Made and released in any order, every node that is left holds the number it was made with."""
    kept: list[tuple[Value, float]] = []
    numbers = itertools.count()
    for move, count, stride in moves:
        if move == "release":
            del kept[count % stride : count : stride]
        else:
            kind = Derived if move == "derived" else Value
            kept += [(kind(number), number) for number in map(float, itertools.islice(numbers, count))]
    assert all(node.data == number and node.parents == () and not node.has_grad for node, number in kept)
    assert len({id(node) for node, _ in kept}) == len(kept)


@compiled_only
def test_nodes_made_one_after_another_lie_so_after_many_steps() -> None:
    weights = [Value(0.5) for _ in range(50)]

    def step() -> Value:
        total = Value(0.0)
        for weight in weights * 40:
            total = total + (weight * 2.0).tanh()
        return total

    loss = step()
    for _ in range(30):
        loss = step()  # the old one is released when the new one is there, as in a training loop
    nodes = ac.topological_order(loss)
    assert len(nodes) > SLAB_NODES
    made = sorted(id(node) for node in nodes)
    chain = [loss]
    while chain[-1].op == "add":
        chain.append(chain[-1].parents[0])
    falling = [id(older) < id(newer) for newer, older in itertools.pairwise(chain[:-1])]
    # Only from one slab to the next may the order be another.
    assert falling.count(False) <= 2 * (made[-1] - made[0]) // (SLAB_NODES * 80) + 2
    assert falling.count(False) < len(falling) // 100


@pytest.mark.slow
def test_a_few_nodes_that_are_kept_hold_no_more_than_their_own_memory() -> None:
    """One in seven hundred is kept: 1,000 results of 700,000 nodes."""
    grown, everything = in_fresh_process("""
        weight, kept = Value(1.0), []
        before, _ = tracemalloc.get_traced_memory()
        with no_grad():
            for _ in range(1000):
                result, between = weight, []
                for _ in range(700):
                    result = result * 1.001
                    between.append(result)
                kept.append(result)
        print(tracemalloc.get_traced_memory()[0] - before, 700_000 * 80)
    """)
    assert grown < everything / 50


@pytest.mark.slow
def test_the_memory_of_a_large_graph_is_given_back() -> None:
    before, held, after = in_fresh_process("""
        start = Value(1.0)
        print(tracemalloc.get_traced_memory()[0])
        chain = start
        for _ in range(1_000_000):
            chain = chain + start
        print(tracemalloc.get_traced_memory()[0])
        del chain
        print(tracemalloc.get_traced_memory()[0])
    """)
    assert held - before > 80e6
    assert after - before < 40e6


@pytest.mark.slow
@compiled_only
def test_memory_is_counted_once_it_is_taken() -> None:
    """tracemalloc sees the slabs: 80 bytes a node, and no more than a slab beside them."""
    before, held = in_fresh_process("""
        start = Value(1.0)
        print(tracemalloc.get_traced_memory()[0])
        chain = start
        for _ in range(100_000):
            chain = chain + start
        print(tracemalloc.get_traced_memory()[0])
    """)
    slab = 2**18  # the first of them was taken before
    assert 80 * 100_000 - slab <= held - before <= 81 * 100_000 + slab


def test_nodes_made_without_a_graph_leave_nothing() -> None:
    with no_grad():
        addresses = {id(Value(1.0)) for _ in range(100_000)}
    assert len(addresses) <= SLAB_NODES


# --- classes derived from it ------------------------------------------------------------------------------------------

DERIVED_IN_CYTHON = """
from autograd_core.scalar.value cimport Value

cdef class Wide(Value):
    cdef public double a, b, c, d, e, f

cdef class Holding(Value):
    cdef public object held
"""
BUILD = """
import sys
from setuptools import Extension, setup
from Cython.Build import cythonize
folders = sys.argv.pop().split(":")
module = Extension("derived", ["derived.pyx"], include_dirs=folders, extra_compile_args=["-O0"])
setup(ext_modules=cythonize([module], include_path=[sys.path[1]], language_level=3))
"""
USE = """
import gc
from derived import Holding, Wide
from autograd_core import Value

kept = []
for number in range(20_000):
    wide, value, holding = Wide(number), Value(-number), Holding(2 * number)
    wide.a = wide.f = number + 0.5
    holding.held = [number]
    kept += [(number, wide, value, holding)] if number % 3 else []
for number, wide, value, holding in kept:
    assert (wide.data, wide.a, wide.f, wide.parents) == (number, number + 0.5, number + 0.5, ())
    assert (value.data, holding.data, holding.held) == (-number, 2 * number, [number])
x = Wide(3.0)
z = x * x + Holding(1.0)
z.backward()
assert x.grad == 6.0
del kept, wide, value, holding
gc.collect()
gc.disable()
for _ in range(1000):
    holding = Holding(1.0)
    holding.held = holding
del holding
assert gc.collect() >= 1000
print("whole")
"""


@pytest.mark.slow
@compiled_only
def test_classes_derived_in_cython_have_the_size_they_need(tmp_path: pathlib.Path) -> None:
    if importlib.util.find_spec("Cython") is None or importlib.util.find_spec("setuptools") is None:
        message = "needs Cython and setuptools; pip install setuptools Cython"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from autograd_core.formulas import native

    root = pathlib.Path(ac.__file__).parents[1]
    for name, text in (("derived.pyx", DERIVED_IN_CYTHON), ("setup.py", BUILD), ("kernels.h", native.kernels_header())):
        (tmp_path / name).write_text(text, encoding="utf-8")
    folders = f"{root / 'autograd_core'}:{tmp_path}"
    for command in (["setup.py", "-q", "build_ext", "-i", folders], ["-c", USE]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "whole\n"


def test_a_node_that_refers_to_itself_or_to_older_ones_is_collected() -> None:
    class Parameter(Value):
        pass

    older = Parameter(1.0)
    node = Parameter(2.0)
    node.itself, node.others = node, [older, {"node": node}]
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None


def test_a_node_that_refers_to_a_younger_one_goes_once_the_attribute_is_deleted() -> None:
    """Values are not known to the collector when compiled; see the notes of Value."""

    class Parameter(Value):
        pass

    held = []
    for _ in range(100):
        node = Parameter(2.0)
        node.loss = node * node
        held.append(weakref.ref(node))
    del node
    gc.collect()
    alive = [each() for each in held if each() is not None]
    assert len(alive) == (100 if ac.compiled else 0)
    for node in alive:
        del node.loss
    alive.clear()
    node = None
    gc.collect()
    assert [each for each in held if each() is not None] == []
