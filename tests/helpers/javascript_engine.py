"""Node runs JavaScript, with numbers handed over in full. Where there is none a test says so; under CI it fails."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

__all__ = ["run_javascript"]

_BEFORE = """\
import { readFileSync } from "node:fs";
const read = (each) => (Array.isArray(each) ? each.map(read) : Number(each));
const given = JSON.parse(readFileSync(new URL("given.json", import.meta.url)), (_, each) =>
  Array.isArray(each) || typeof each !== "string" ? each : Number(each));
const told = [];
"""
_AFTER = """
console.log(JSON.stringify(told, (_, each) => (typeof each === "number" ? String(each) : each)));
"""


def run_javascript(folder: Path, body: str, given: Any) -> Any:
    """Run statements that see `given`, and return what they push to ``told``: lists of floats."""
    program = shutil.which("node")
    if program is None:
        reason = "needs node; run: apt-get install nodejs"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    (folder / "given.json").write_text(json.dumps(_to_texts(given)))
    (folder / "run.mjs").write_text(_BEFORE + body + _AFTER)
    done = subprocess.run([program, "run.mjs"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    return _to_floats(json.loads(done.stdout))


def _to_texts(each: Any) -> Any:
    """Every number as the text that JavaScript reads it from, infinities and nan too."""
    if isinstance(each, np.ndarray):
        return _to_texts(each.ravel().tolist())
    if isinstance(each, list | tuple):
        return [_to_texts(part) for part in each]
    if isinstance(each, float):
        return "NaN" if math.isnan(each) else repr(each).replace("inf", "Infinity")
    return each


def _to_floats(each: Any) -> Any:
    if isinstance(each, list):
        return [_to_floats(part) for part in each]
    return float(each.replace("Infinity", "inf"))
