"""Run the command line as a user does: in a process of its own."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence

from amounts import FULL

from viz.cli import main


def run(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """The exit status and output of ``autograd-core`` with these arguments, started in a folder."""
    environment = {"PYTHONPATH": str(pathlib.Path(__file__).parents[2]), "COLUMNS": "100"}
    if not FULL and hasattr(os, "fork"):
        return _forked(arguments, folder, environment)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "from viz.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _forked(
    arguments: Sequence[str], folder: pathlib.Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """The same in a copy of this process, which has imported everything already."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of a thread that only waits for what pytest has to say
            child = os.fork()
        if child == 0:
            status = 1
            try:
                os.chdir(folder)
                os.environ.update(environment)
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                sys.argv = ["-c", *arguments]
                sys.path.insert(0, "")
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (the process ends with them)
                sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
                main()
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, status, out.read(), err.read())
