"""Reverse mode beyond its numbers: what a step tells, what counts as computed, magnitudes, gradients as graphs."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

import autograd_core as ac
from autograd_core import EdgeStep, Step, Value
from autograd_core.derivatives.pull_back import gradient_graph, gradient_magnitudes, gradient_numbers


def test_a_step_tells_what_each_edge_passes_on() -> None:
    a, b = Value(3.0, "a"), Value(4.0, "b")
    product = a * b
    root = product + a * 2.0
    double = root.parents[1]
    two = double.parents[1]
    assert list(ac.backward_steps(root)) == [
        Step(root, 1.0, (EdgeStep(product, 1.0, 1.0, None, 1.0), EdgeStep(double, 1.0, 1.0, None, 1.0))),
        Step(double, 1.0, (EdgeStep(a, 2.0, 2.0, None, 2.0), EdgeStep(two, None, None, None, None))),
        Step(product, 1.0, (EdgeStep(a, 4.0, 4.0, 2.0, 6.0), EdgeStep(b, 3.0, 3.0, None, 3.0))),
        Step(b, 3.0, ()),
        Step(a, 6.0, ()),
    ]


def test_in_a_step_a_factor_that_is_exactly_zero_contributes_zero() -> None:
    x = Value(-1.0, "x")
    root, dead, *_ = ac.backward_steps(ac.sqrt(ac.relu(x)))
    assert (root.edges[0].local_derivative, root.edges[0].contribution) == (math.inf, math.inf)
    assert (dead.gradient, dead.edges[0].local_derivative, dead.edges[0].contribution) == (math.inf, 0.0, 0.0)
    y = Value(0.0, "y")
    steps = {step.node.op: step for step in ac.backward_steps(ac.sqrt(y) * 0.0)}
    assert (steps["sqrt"].gradient, steps["sqrt"].edges[0].contribution) == (0.0, 0.0)


def test_the_root_has_a_gradient_after_the_pass() -> None:
    root = Value(3.0) * 2
    root.backward()
    assert (root.grad, root.has_grad) == (1.0, True)


def test_a_root_that_is_a_leaf_receives_one_from_each_pass() -> None:
    leaf = Value(3.0)
    leaf.backward()
    leaf.backward()
    assert leaf.grad == 2.0


def test_before_its_turn_an_interior_node_has_no_gradient_though_it_had_one_before() -> None:
    x = Value(3.0)
    square = x * x
    root = square * 2 + 1
    root.backward()
    steps = ac.backward_steps(root)
    next(steps)
    assert square.has_grad is False
    assert len(list(steps)) == 3
    assert square.has_grad is True


def test_a_tensor_of_one_number_is_a_root_too() -> None:
    x = ac.Tensor([3.0, 4.0])
    ac.backward((x * x).sum())
    assert x.grad.tolist() == [6.0, 8.0]


@pytest.mark.parametrize(
    "differentiate",
    [
        ac.backward,
        lambda root: list(ac.backward_steps(root)),
        lambda root: gradient_numbers(root, ac.leaves(root)),
        lambda root: gradient_graph(root, ac.leaves(root)),
    ],
    ids=["backward", "backward_steps", "gradient_numbers", "gradient_graph"],
)
def test_every_backward_pass_is_watched_for_what_is_not_finite(differentiate: Callable[[Value], object]) -> None:
    """The slope of a square root at 0 is infinite; on the way to another leaf nobody meets it."""
    x, y = Value(1.0, "x"), Value(0.0, "y")
    with ac.detect_anomaly():
        differentiate(x * x)
        root = ac.sqrt(y) + x
        with pytest.raises(ac.AnomalyError, match="sqrt"):
            differentiate(root)
        assert gradient_numbers(root, [x]) == [1.0]
        assert gradient_graph(root, [x])[0].data == 1.0


def test_a_root_without_leaves_is_refused_with_advice() -> None:
    with pytest.raises(ac.InputTypeError) as info:
        ac.constant(3.0).backward()
    assert str(info.value) == (
        "backward: the root is a constant (it depends on no leaf, or was computed under no_grad), "
        "so it has no gradient; compute it from Values, outside of no_grad"
    )


def test_magnitudes_add_the_absolute_products_over_all_paths() -> None:
    x, y, other = Value(3.0), Value(-2.0), Value(1.0)
    root = x * y - x * 5 + x * 0
    assert gradient_numbers(root, [x, y, other]) == [-7.0, 3.0, 0.0]
    assert gradient_magnitudes(root, [x, y, other]) == [7.0, 3.0, 0.0]
    assert gradient_magnitudes((x * y) * (x * -4), [x]) == [2 * 24.0]
    assert gradient_magnitudes(ac.sqrt(ac.relu(y)) + y * 2, [y]) == [2.0]
    assert gradient_magnitudes(ac.sqrt(x - 3) * 0 + x, [x]) == [1.0]


def test_in_a_gradient_graph_a_factor_that_is_exactly_zero_ends_the_path() -> None:
    """The local derivative of x*y by x is the node y, which is 0, and the upstream gradient is infinite."""
    x, y = Value(1.0), Value(0.0)
    assert [node.data for node in gradient_graph(ac.sqrt(x * y), [x, y])] == [0.0, math.inf]
    assert [node.data for node in gradient_graph(ac.sqrt(y) * y, [y])] == [0.0]


def test_a_gradient_graph_has_no_node_for_a_factor_of_one_or_of_zero() -> None:
    x = Value(3.0)
    [slope] = gradient_graph(x + 1, [x])
    assert (slope.op, slope.data) == ("constant", 1.0)
    [slope] = gradient_graph(ac.where(1.0, x, x * x), [x])
    assert len(ac.topological_order(slope)) <= 2
