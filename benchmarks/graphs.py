"""Graphs of a wanted number of nodes, made of Values: a chain, and the loss of a network on many examples."""

from __future__ import annotations

from typing import Any

from autograd_core import Value

from .peers.eager_demo import demo_loss
from .problems import moons


def chain(nodes: int) -> Value:
    """One long dependency: each node is computed from the one before."""
    w = Value(0.999)
    z = w
    for _ in range(nodes - 1):
        z = z * w
    return z


def network(nodes: int, Value: Any, MLP: Any) -> Any:
    """The demo's loss on so many examples that its graph has about this number of nodes.

    Parameters
    ----------
    nodes
        About how many.
    Value, MLP
        The classes, of micrograd or of this engine.
    """
    problem = moons(examples_for(nodes))
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    for parameter, number in zip(model.parameters(), problem.start.tolist(), strict=True):
        parameter.data = number
    return demo_loss(model, problem.X.tolist(), problem.y.tolist(), problem.penalty, Value)


def examples_for(nodes: int) -> int:
    """How many examples of the moons make a graph of this size; each takes 648 nodes."""
    return max(2, round(nodes / 648))
