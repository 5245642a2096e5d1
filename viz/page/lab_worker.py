"""A process of its own that draws for the lab: what takes too long is ended there, and nothing else with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .lab import drawn

__all__ = ["MOST_SECONDS", "Worker", "work"]

MOST_SECONDS = 10.0


class Worker:
    """Draws what it is asked for, one after the other, each within some seconds.

    Parameters
    ----------
    seconds
        How long an answer may take.

    Examples
    --------
    >>> worker = Worker()
    >>> worker.ask({"expression": "w*x"})["nodes"]
    3
    >>> worker.end()
    """

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._is_ready = self._has_ended = False
        self._start()

    def ask(self, given: Mapping[str, Any], wanted: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """What :func:`viz.page.lab.drawn` answers, or that it took too long, or that nobody waits for it any more."""
        with self._lock:
            if self._has_ended or not wanted():
                return {"overtaken": True}
            self._is_ready = self._is_ready or bool(self._read())  # its start is not the answer's time
            late = threading.Timer(self.seconds, self._process.kill)
            late.start()
            with contextlib.suppress(OSError):  # it has ended
                self._process.stdin.write(json.dumps(given).encode() + b"\n")  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
            answer = self._read()
            late.cancel()
            if answer:
                found: dict[str, Any] = json.loads(answer)
                return found
            self._stop()
            if not self._has_ended:
                self._start()
        parts = {"seconds": f"{self.seconds:g}"}
        return {"wrong": {"key": "toolate", "field": "expression", "place": None, "parts": parts}}

    @property
    def pid(self) -> int:
        """The number of the process, for those who watch its memory."""
        return self._process.pid

    def end(self) -> None:
        """End the process, and start no other."""
        self._has_ended = True
        self._process.kill()
        with self._lock:
            self._stop()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from viz.page.lab_worker import work; work()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # and -P: no more than that
            start_new_session=True,  # Ctrl-C is the server's
        )
        self._is_ready = False

    def _stop(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # of what it will not read any more
                pipe.close()  # type: ignore[union-attr]
        self._process.wait()

    def _read(self) -> bytes:
        """A line; nothing if the process has ended."""
        line: bytes = self._process.stdout.readline()  # type: ignore[union-attr]
        return line if line.endswith(b"\n") else b""


def work() -> None:
    """Draw what each line of the standard input asks for, until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers, sys.stdout = sys.stdout, sys.stderr  # whoever prints does not answer
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        try:
            answer = drawn(json.loads(line))
        except Exception as error:  # a fault of this library, which is told instead of ending the process
            message = f"{type(error).__name__}: {error}"
            answer = {"wrong": {"key": "fault", "field": "expression", "place": None, "parts": {"message": message}}}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
