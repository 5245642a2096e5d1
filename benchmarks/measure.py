"""How long things take: A B C A B C ..., so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Sequence

QUICK = os.environ.get("BENCH_QUICK", "0") != "0"
ROUNDS = 3 if QUICK else 15
WARM_UP = 2  # micrograd's third step is the first that pays for the garbage of a whole one
RUN_SECONDS = 0.005 if QUICK else 0.05


class Interleaved:
    """Several pieces of work, timed in turns.

    A run repeats a piece of work until it lasts long enough to be timed; the number is found once, in the warm-up. Each
    run begins with repetitions that are not timed, so that caches and the garbage collector are where they are in the
    middle of a loop. The collector runs as it does for every user, but nobody pays for another's garbage: it is
    collected between the runs, and what was imported before is out of sight.

    Parameters
    ----------
    works
        The pieces of work, in the order of their turns.
    """

    def __init__(self, works: Sequence[Callable[[], object]]) -> None:
        gc.collect()
        gc.freeze()
        self._works = works
        self._repetitions = [_repetitions(work) for work in works]
        self.samples: list[list[float]] = [[] for _ in works]

    def round(self) -> None:
        """One run of each, in turn."""
        for work, repetitions, samples in zip(self._works, self._repetitions, self.samples, strict=True):
            _seconds(work, WARM_UP)
            samples.append(_seconds(work, repetitions) / repetitions)
            gc.collect()

    def medians(self) -> list[float]:
        """Seconds of one repetition of each piece of work, the median over the rounds so far."""
        return [statistics.median(samples) for samples in self.samples]


def _repetitions(work: Callable[[], object]) -> int:
    repetitions = 1
    while (seconds := _seconds(work, repetitions)) < RUN_SECONDS:
        repetitions = max(2 * repetitions, int(repetitions * RUN_SECONDS / max(seconds, 1e-9)))
    return repetitions


def _seconds(work: Callable[[], object], repetitions: int) -> float:
    begin = time.perf_counter()
    for _ in range(repetitions):
        work()
    return time.perf_counter() - begin
