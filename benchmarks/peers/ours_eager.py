"""Our engine, node by node: micrograd's demo after changing the imports."""

from __future__ import annotations

from autograd_core import Value
from benchmarks.contestants import Contestant
from benchmarks.problems import Problem
from nn import MLP

from .eager_demo import demo_step


def contestant(problem: Problem) -> Contestant:
    """The demo's step on this engine."""
    return demo_step(problem, "ours, eager", Value, MLP)
