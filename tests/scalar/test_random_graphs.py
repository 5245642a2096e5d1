"""Random graphs of all primitives: reverse mode against finite differences, forward mode and itself."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from random_graphs import LEAVES, Recipe, recipes, seeded_recipe

from autograd_core import Value, backward_steps, check_gradients, grad, leaves, topological_order, value_and_grad
from autograd_core.derivatives.pull_back import gradient_magnitudes
from autograd_core.derivatives.push_forward import push_forward

ALL = tuple(range(len(LEAVES)))


@settings(max_examples=150)
@given(recipes())
def test_gradients_equal_finite_differences(recipe: Recipe) -> None:
    report = check_gradients(recipe, *LEAVES)
    assert not [row for row in report if row.verdict == "wrong"], f"{recipe}\n{report}"


@pytest.mark.slow
def test_most_random_graphs_can_be_judged_and_none_is_wrong() -> None:
    """The property above would be empty if finite differences could judge nothing."""
    verdicts = Counter(row.verdict for seed in range(200) for row in check_gradients(seeded_recipe(seed), *LEAVES))
    assert verdicts["wrong"] == 0
    assert verdicts["ok"] > 0.9 * (verdicts.total() - verdicts["does not reach the output"]), verdicts
    assert verdicts["ok"] > 0.8 * verdicts.total(), verdicts


def check_forward_against_reverse(recipe: Recipe) -> None:
    """They differ by rounding only: 1e-13 of what the gradient is summed up from."""
    inputs = [Value(number) for number in LEAVES]
    root = recipe(*inputs)
    root.backward()
    for leaf, magnitude in zip(inputs, gradient_magnitudes(root, inputs), strict=True):
        assert abs(push_forward(root, {leaf: 1.0}) - leaf.grad) <= 1e-13 * magnitude, f"{recipe}"


@settings(max_examples=200)
@given(recipes(largest=40))
def test_reverse_mode_equals_forward_mode(recipe: Recipe) -> None:
    check_forward_against_reverse(recipe)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_reverse_mode_equals_forward_mode_on_two_thousand_graphs(block: int) -> None:
    for seed in range(500 * block, 500 * (block + 1)):
        check_forward_against_reverse(seeded_recipe(seed, size=20))


@settings(max_examples=100)
@given(recipes(largest=8))
def test_second_derivatives_are_symmetric_and_equal_finite_differences(recipe: Recipe) -> None:
    for first in ALL:
        report = check_gradients(grad(recipe, first), *LEAVES)
        assert not [row for row in report if row.verdict == "wrong"], f"{recipe}\nd{first}\n{report}"
        for second in range(first):
            one = grad(grad(recipe, first), second)(*LEAVES)
            other = grad(grad(recipe, second), first)(*LEAVES)
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@settings(max_examples=100)
@given(recipes(largest=30))
def test_all_routes_to_the_gradient_agree(recipe: Recipe) -> None:
    """backward, its steps, grad on numbers and grad as a graph give the same numbers."""
    first, second = [Value(number) for number in LEAVES], [Value(number) for number in LEAVES]
    root = recipe(*first)
    root.backward()
    steps = list(backward_steps(recipe(*second)))
    by_backward = [leaf.grad for leaf in first]
    assert [leaf.grad for leaf in second] == by_backward
    value, on_numbers = value_and_grad(recipe, ALL)(*LEAVES)
    as_graph = grad(recipe, ALL)(*(Value(number) for number in LEAVES))
    assert value == root.data
    assert list(on_numbers) == pytest.approx(by_backward, rel=1e-12)
    assert [node.data for node in as_graph] == pytest.approx(by_backward, rel=1e-9, abs=1e-12)
    for step in steps:
        for edge in step.edges:
            if edge.local_derivative is not None:
                assert edge.after == (edge.before or 0.0) + edge.contribution


@settings(max_examples=100)
@given(recipes(largest=30))
def test_topological_order_puts_parents_first_and_every_node_once(recipe: Recipe) -> None:
    root = recipe(*(Value(number) for number in LEAVES))
    order = topological_order(root)
    position = {node: index for index, node in enumerate(order)}
    assert len(position) == len(order)
    assert order[-1] is root
    assert all(position[parent] < position[node] for node in order for parent in node.parents)
    assert {leaf for leaf in order if leaf.op == "leaf"} == set(leaves(root))
