"""The graph at a step of the backward pass: one node framed, nothing moved, nothing changed."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import Any

import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value, backward_steps, tanh, topological_order
from nn import MLP
from viz import draw


def neuron() -> Value:
    w, x, b = Value(-2.0, "w"), Value(0.5, "x"), Value(-0.3, "b")
    return tanh(w * x + b) * w


def places(svg: str) -> list[str]:
    """Of all shapes and texts."""
    return re.findall(r' ((?:x|y|width|height|points|d)="[^"]*")', svg)


def gradients(svg: str) -> list[str]:
    return re.findall(r"grad = ([^\n\"&]*)", svg)


@pytest.mark.parametrize("root", [neuron(), MLP(2, [2, 1], activation="tanh", seed=1)([Value(1.0), Value(-2.0)])])
def test_every_step_has_the_same_places_and_one_gradient_more_or_none(root: Value) -> None:
    steps = len(list(backward_steps(root)))
    pictures = [draw(root, step=number).svg for number in range(steps + 1)]
    for one, other in itertools.pairwise(pictures):
        assert places(one) == places(other)
        assert gradients(one).count("not computed") >= gradients(other).count("not computed")
    assert gradients(pictures[0]).count("not computed") == len(gradients(pictures[0]))
    assert gradients(pictures[-1]).count("not computed") == 0


def test_the_graph_itself_is_left_alone() -> None:
    root = neuron()
    before = [(node, node.grad, node.has_grad) for node in topological_order(root)]
    draw(root, step=3)
    assert [(node, node.grad, node.has_grad) for node in topological_order(root)] == before
    root.backward()
    first = draw(root, step=0)
    assert set(gradients(first.svg)) == {"not computed"}


def test_a_step_is_drawn_as_its_graph_stands_with_its_node_framed() -> None:
    root = neuron()
    drawn = []
    for number, step in enumerate(backward_steps(root), 1):
        drawn.append(draw(step).dot)
        assert draw(root, step=number).dot == drawn[-1]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(
    ("root", "step", "kind", "message"),
    [
        (neuron(), 8, InputValueError, "there is no step 8; this graph has the steps 0 to 7"),
        (neuron(), -1, InputValueError, "there is no step -1; this graph has the steps 0 to 7"),
        (neuron(), "last", InputTypeError, "step: 'last' is not an integer"),
        (Tensor([1.0, 2.0]), 1, InputTypeError, "is not one Value"),
        ([neuron(), neuron()], 1, InputTypeError, "is not one Value"),
    ],
)
def test_what_is_wrong_is_refused(root: Any, step: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        draw(root, step=step)


def test_a_step_without_its_graph_is_refused() -> None:
    step = dataclasses.replace(next(backward_steps(neuron())), root=None)
    with pytest.raises(InputValueError, match="this step does not know its graph"):
        draw(step)
