"""Gradients that are not what edges pass on: none after one pass, else those of other passes, and pictures say so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawing_checks import node_with, texts, texts_of, wrong_gradients
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes
from random_tensor_graphs import random_function
from tensor_checks import seeds

from autograd_core import (
    Tensor,
    Value,
    backward_steps,
    explain,
    leaves,
    relu,
    scope,
    stack,
    tanh,
    topological_order,
    where,
)
from autograd_core.derivatives.received import unexplained_gradients
from nn import MLP
from viz import compare, draw, draw_network


def unexplained(root: Any) -> dict[Any, Any]:
    return unexplained_gradients(topological_order(root))


# --- which gradients --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=100)
@given(recipes(largest=30))
def test_one_pass_explains_every_gradient_and_a_second_one_leaves_the_first_over(recipe: Recipe) -> None:
    root = recipe(*map(Value, LEAVES))
    root.backward()
    assert unexplained(root) == {}
    first = {leaf: leaf.grad for leaf in leaves(root) if abs(leaf.grad) > 1e-3}  # and not what rounding has left
    root.backward()
    found = unexplained(root)
    assert {leaf: found.get(leaf) for leaf in first} == pytest.approx(first, rel=1e-9)
    assert all(node.op == "leaf" for node in found)


@settings(max_examples=100)
@given(recipes(largest=20), st.data())
def test_a_gradient_that_was_set_is_found_and_what_it_passes_on(recipe: Recipe, data: st.DataObject) -> None:
    root = recipe(*map(Value, LEAVES))
    root.backward()
    order = [node for node in topological_order(root) if node.has_grad and node is not root]
    node = data.draw(st.sampled_from(order))
    node.grad += 1.0 + abs(node.grad)
    found = unexplained(root)
    assert node in found
    assert set(found) <= {node, *node.parents}


@settings(max_examples=60)
@given(seeds)
@example(69)  # infinities of both signs arrive at one node
def test_one_pass_explains_the_gradients_of_tensors(seed: int) -> None:
    function = random_function(seed)
    root = function.f(*map(Tensor, function.arrays))
    root.backward()
    assert unexplained(root) == {}, function.text


def test_tensors_of_values_and_single_precision() -> None:
    v, W = Value(0.3, "v"), Tensor(np.linspace(-1.0, 1.0, 12).reshape(4, 3), "W")
    x = Tensor(np.linspace(0.0, 1.0, 30, dtype=np.float32).reshape(10, 3), "x")
    root = (tanh(x @ W.T) * stack([v * v, v, v.exp(), 1.0])).sum()
    root.backward()
    assert unexplained(root) == {}
    root.backward()
    assert set(unexplained(root)) == {v, W, x}


def test_a_gradient_of_another_graph_and_one_set_to_zero() -> None:
    for leaf in (Value(2.0), Tensor([1.0, 2.0])):
        (leaf * leaf * 3).sum().backward() if isinstance(leaf, Tensor) else (leaf * leaf * 3).backward()
        other = leaf * 2.0
        [(node, passed_on)] = unexplained(other).items()
        assert node is leaf
        assert not np.any(passed_on)
        leaf.grad = 0.0 * leaf.grad
        assert unexplained(other) == {}


def test_what_was_freed_or_is_infinite_or_nan_is_no_reason_to_doubt() -> None:
    large = Tensor(np.ones(70_000))
    root = (large * 2.0).exp().sum()
    root.backward()
    assert unexplained(root) == {}
    u = Value(0.0)
    for root in (where(u > 0, u.log(), 0.0), u.sqrt(), u.log() * 0.0):
        u.zero_grad()
        root.backward()
        assert unexplained(root) == {}


def test_a_child_outside_of_the_graph_is_missed_there() -> None:
    w = Value(2.0, "w")
    h = w * 3.0
    inside = h.exp()
    (inside + h).backward()
    assert set(unexplained(inside)) == {h}


# --- what is said of them ---------------------------------------------------------------------------------------------


def test_a_picture_says_what_this_graph_gives_instead() -> None:
    w, x = Value(0.5, "w"), Value(2.0, "x")
    z = tanh(w * x)
    z.backward()
    plain = draw(z)
    assert wrong_gradients(plain.svg)[0] == []
    assert "graph" not in " ".join(texts(plain))
    z.backward()
    assert {"1.68", "≠ 0.8399 from this graph"} <= set(texts_of(node_with(draw(z), "w")))
    assert "this graph passes on 0.8399" in draw(z).dot
    w.grad = 0.8399
    assert "≠ 0.83995 from this graph" in texts_of(node_with(draw(z), "w"))  # as many digits as tell them apart


@pytest.mark.parametrize("make", [lambda: Value(2.0, "p"), lambda: Tensor([2.0, 3.0], "p")], ids=["Value", "Tensor"])
def test_a_gradient_of_another_graph_is_not_from_this_one(make: Callable[[], Any]) -> None:
    p = make()
    first, second = ((p * factor).sum() if isinstance(p, Tensor) else p * factor for factor in (3.0, 5.0))
    first.backward()
    assert "not from this graph" in texts_of(node_with(draw(second), "p"))
    assert "not from this graph" not in texts(draw(first))
    second.backward()
    shown = set(texts_of(node_with(draw(second), "p")))
    assert shown & {"≠ 5 from this graph", "≠ this graph's grad"}


def test_a_folded_scope_counts_them_and_a_merged_node_adds_them_up() -> None:
    with scope("layer"):
        w, b = Value(2.0, "w"), Value(1.0, "b")
        h = relu(w * 3.0 + b)
    root = h * h
    root.backward()
    assert "this graph" not in " ".join(texts(draw(root, depth=1)))
    root.backward()
    assert "2 grad ≠ this graph's" in texts(draw(root, depth=1))
    a = Value(2.0, "a")
    twice = tanh(a * 0.25) + tanh(a * 0.25) * 2.0
    twice.backward()
    assert "graph" not in " ".join(texts(draw(twice, merge_duplicates=True)))
    twice.backward()
    assert "from this graph" in " ".join(texts(draw(twice, merge_duplicates=True)))


def test_a_comparison_says_in_which_graph() -> None:
    x = Value(3.0, "x")
    root = x * x
    root.backward()
    once = copy.deepcopy(root)
    root.backward()
    assert "≠ 6 from this graph" in texts(compare(once, root))
    assert "grad ≠ its graph's" in texts(compare(root, once))
    assert "graph" not in " ".join(texts(compare(once, copy.deepcopy(once)))[:-3])


def test_a_step_of_a_leaf_notes_what_it_held_before() -> None:
    x = Value(3.0, "x")
    assert [step.note for step in backward_steps(x * x)] == ["", ""]
    *_, last = backward_steps(x * 2.0)
    assert last.note.startswith("held 6.0 before this pass, which added 2.0")
    [only] = backward_steps(x)
    assert only.note.startswith("held 8.0 before this pass, which added 1.0")
    x.zero_grad()
    assert [step.note for step in backward_steps(x)] == [""]


def test_an_explanation_says_that_the_leaf_holds_another_number() -> None:
    w = Value(2.0, "w")
    loss = w**3
    loss.label = "L"
    assert "w.grad" not in str(explain(loss, w))
    loss.backward()
    assert explain(loss, w).held is None
    loss.backward()
    told = explain(loss, w)
    assert told.held == 24.0
    assert "\nThis is not w.grad = 24, which other passes or graphs have left" in str(told)
    assert "grad" not in told.to_latex()
    other = Value(1.0, "other").exp()
    assert "This is not w.grad = 24" in str(explain(other, w))


def test_a_network_coloured_by_gradients_says_whose_sum_they_are() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    model([1.0, 2.0]).backward()
    said = "gradients as the weights hold them: the sum of all backward passes since zero_grad()"
    assert said in texts(draw_network(model, heat="grad"))
    assert said not in texts(draw_network(model, heat="data"))
