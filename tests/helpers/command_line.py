"""Run the command line: in a copy of this process, or as a user does, in one that has nothing imported yet.

Starting anew takes most of what a command takes; one test of each command does it, in CI.
"""

from __future__ import annotations

import functools
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence

from amounts import FULL
from typer.testing import CliRunner

from viz.cli import app, main

ENVIRONMENT = {"PYTHONPATH": str(pathlib.Path(__file__).parents[2]), "COLUMNS": "100"}


def run(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """The exit status and output of ``autograd-core`` with these arguments, started in a folder."""
    if hasattr(os, "fork"):
        return _forked(arguments, folder)
    return started(arguments, folder)


def run_anew(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """The same; in CI, and where nothing can be copied, in a new process."""
    return (started if FULL else run)(arguments, folder)


def started(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """In a new process; of one that has JAX, whose threads it would lack, no copy can be made."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "from viz.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@functools.cache
def _load_what_commands_import_late() -> None:
    """Once, in the process that is copied, and not in each copy."""
    assert CliRunner().invoke(app, ["check", "x*x", "--at", "x=1"]).exit_code == 0


def _forked(arguments: Sequence[str], folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    _load_what_commands_import_late()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of a thread that only waits for what pytest has to say
            child = os.fork()
        if child == 0:
            status = 1
            try:
                warnings.simplefilter("error")
                os.chdir(folder)
                os.environ.update(ENVIRONMENT)
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
