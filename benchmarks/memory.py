"""What a graph takes in memory: the growth of a fresh process, as the operating system sees it.

``python -m benchmarks.memory network ours_eager 1000000`` prints one line of JSON; the tests start it as a process
of its own, so that no memory that something else gave back is used again.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from autograd_core import Program, Value, leaves
from nn import MLP

from . import graphs

ROOT = Path(__file__).parent.parent


def in_fresh_process(*arguments: str) -> dict[str, float]:
    """Run this file with these arguments in a process of its own; what it found."""
    command = [sys.executable, "-m", "benchmarks.memory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed: {done.stderr.strip()}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def network(peer: str, nodes: int) -> dict[str, float]:
    """Bytes a node of the graph of one loss, before anything else is done with it; `peer` as in benchmarks.peers."""
    classes = importlib.import_module(f"benchmarks.peers.{peer}")
    graphs.network(1000, classes.Value, classes.MLP)  # whatever is loaded or set up on first use
    before = _resident()
    loss = graphs.network(nodes, classes.Value, classes.MLP)
    grown = _resident() - before
    count = _count(loss)
    return {"nodes": count, "bytes": grown / count}


def recording(nodes: int) -> dict[str, float]:
    """Seconds to lay a graph out as a Program, and the bytes a node this takes beside the graph, at the peak."""
    small = graphs.network(2000, Value, MLP)
    Program.from_graph(small, leaves(small))
    loss = graphs.network(nodes, Value, MLP)
    inputs = leaves(loss)
    _give_back_freed_memory()
    before = _resident()
    _forget_peak()
    begin = time.perf_counter()
    program = Program.from_graph(loss, inputs)
    seconds = time.perf_counter() - begin
    peak, after = _peak() - before, _resident() - before
    del program
    count = _count(loss)
    return {"nodes": count, "seconds": seconds, "bytes at the peak": peak / count, "bytes": after / count}


def _count(root: Any) -> int:
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for parent in node.parents if isinstance(node, Value) else node._prev:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return len(seen)


def _give_back_freed_memory() -> None:
    """Else what the walk over the leaves gave back would be used again, and not be counted."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _resident() -> int:
    """Bytes of memory the process has now."""
    return _status("VmRSS")


def _peak() -> int:
    """The most it had since the peak was forgotten."""
    return _status("VmHWM")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {name}; memory is measured on Linux only")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    print(json.dumps(network(rest[0], int(rest[1])) if what == "network" else recording(int(rest[0]))))
