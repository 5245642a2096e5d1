"""micrograd (A. Karpathy), its own nodes, its own nn, its demo's step."""

from __future__ import annotations

from micrograd.engine import Value
from micrograd.nn import MLP

from benchmarks.contestants import Contestant
from benchmarks.problems import Problem

from .eager_demo import demo_step


def contestant(problem: Problem) -> Contestant:
    """The demo's step on micrograd."""
    return demo_step(problem, "micrograd", Value, MLP)
