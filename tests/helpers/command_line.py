"""Run the command line in a process of its own, as a user does."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence


def run(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """The exit status and output of ``autograd-core`` with these arguments, started in a folder."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "from viz.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2]), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
