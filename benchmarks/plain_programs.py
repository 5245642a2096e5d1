"""Time a program of others as ``python -m benchmarks.plain_programs NAME SIZE``, on its own class and on ours.

It is started where nothing is compiled, which is what a student without a compiler has.
"""

from __future__ import annotations

import importlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import autograd_core

from .measure import ROUNDS, Interleaved

ROOT = Path(__file__).resolve().parents[1]


def seconds_as_plain_python(name: str, size: dict[str, int]) -> tuple[float, float]:
    """Seconds on the program's own class and on ours, in a copy without compiled modules."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("autograd_core", "benchmarks", "tests/programs"):
            shutil.copytree(
                ROOT / part, Path(folder, part), ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
            )
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.plain_programs", name, json.dumps(size)],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        )
    own, ours = json.loads(done.stdout)
    return own, ours


def _time(name: str, size: dict[str, int]) -> list[float]:
    sys.path[:0] = ["", "tests/programs"]
    sys.setrecursionlimit(100_000)  # the program's own class walks its graph by recursion
    assert not autograd_core.compiled
    program: Any = importlib.import_module(name)
    own_class: Any = importlib.import_module("own_class").Node
    turns = Interleaved([lambda: program.train(own_class, **size), lambda: program.train(autograd_core.Value, **size)])
    for _ in range(ROUNDS):
        turns.round()
    return [statistics.median(samples) for samples in turns.samples]


if __name__ == "__main__":
    print(json.dumps(_time(sys.argv[1], json.loads(sys.argv[2]))))
