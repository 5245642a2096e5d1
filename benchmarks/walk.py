"""What any backward pass over a graph takes at least: C's walk over nodes of the same size, in the same order."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograd_core import Value, topological_order

# As large as a Value: each is read once, and the gradients of its parents are read and written.
NODE = np.dtype([("gradient", "f8"), ("slopes", "f8", 2), ("parents", "i8", 2), ("rest", "f8", 5)])
SOURCE = """
typedef struct { double gradient, slopes[2]; long long parents[2]; double rest[5]; } Node;
void walk(Node *nodes, long long count) {
    for (long long i = count - 1; i >= 0; i--)
        for (int k = 0; k < 2; k++)
            if (nodes[i].parents[k] >= 0) nodes[nodes[i].parents[k]].gradient += nodes[i].gradient * nodes[i].slopes[k];
}
"""


def walk_in_c(root: Value, folder: Path) -> Callable[[], None]:
    """A function that walks back over a copy of a graph, made of numbers only."""
    order = topological_order(root)
    places = {node: place for place, node in enumerate(order)}
    nodes = np.zeros(len(order), dtype=NODE)
    nodes["parents"] = -1
    for place, node in enumerate(order):
        for k, parent in enumerate(node.parents[:2]):
            nodes["parents"][place, k] = places[parent]
    source, library = folder / "walk.c", folder / "walk.so"
    source.write_text(SOURCE, encoding="ascii")
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    walk, where, count = (
        ctypes.CDLL(str(library)).walk,
        ctypes.c_void_p(nodes.ctypes.data),
        ctypes.c_longlong(len(nodes)),
    )
    assert NODE.itemsize == 80

    def run() -> None:
        walk(where, count)
        nodes["gradient"][-1] = 1.0  # and so the array is kept

    return run
