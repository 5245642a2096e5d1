"""What takes part in a comparison: a step to be timed, and what came of it; and whether its library is there."""

from __future__ import annotations

import gc
import importlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .problems import Array, Problem


@dataclass(frozen=True)
class Outcome:
    """Where a step led: the loss before it, its gradient, the parameters after it. In the order of Problem.start."""

    loss: float
    gradient: Array
    parameters: Array


@dataclass(frozen=True)
class Contestant:
    """One library's way to do a step.

    Attributes
    ----------
    name
        As it stands in the table.
    step
        The work that is timed: loss, gradient, update. It is finished when it returns.
    outcome
        What the last step gave; not timed.
    preparation
        What compiling or recording took, in seconds; None where there is no such thing.
    """

    name: str
    step: Callable[[], object]
    outcome: Callable[[], Outcome]
    preparation: float | None = None


class MissingPeerError(Exception):
    """A peer's library is not installed."""


def contestant(module: str, problem: Problem) -> Contestant:
    """The contestant of a module of ``benchmarks.peers``, or MissingPeerError."""
    try:
        peer = importlib.import_module(f"benchmarks.peers.{module}")
    except ImportError as error:
        raise MissingPeerError(error.name or module) from error
    made: Contestant = peer.contestant(problem)
    return made


def timed(prepare: Callable[[], object]) -> float:
    """How long a preparation takes, in seconds."""
    gc.collect()
    begin = time.perf_counter()
    prepare()
    return time.perf_counter() - begin


def check_equal(contestants: Sequence[Contestant], *, steps: int = 3, tolerance: float = 1e-9) -> None:
    """Let all do some steps and compare what came of each with the first contestant's.

    Raises
    ------
    AssertionError
        If a loss, a gradient or the parameters differ by more than the tolerance, relative to the largest entry.
    """
    for step in range(steps):
        for each in contestants:
            each.step()
        expected = contestants[0].outcome()
        for each in contestants[1:]:
            found = each.outcome()
            who = f"{each.name} and {contestants[0].name} differ after step {step + 1} in the"
            assert math.isclose(found.loss, expected.loss, rel_tol=tolerance), f"{who} loss"
            for what in ("gradient", "parameters"):
                ours, theirs = getattr(expected, what), getattr(found, what)
                assert ours.shape == theirs.shape, f"{who} shape of the {what}"
                assert np.abs(ours - theirs).max() <= tolerance * np.abs(ours).max(), f"{who} {what}"
