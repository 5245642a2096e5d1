"""Forward mode: tangents along a direction, and where a path ends."""

from __future__ import annotations

import autograd_core as ac
from autograd_core import Value
from autograd_core.derivatives.push_forward import push_forward


def test_leaves_left_out_of_the_direction_stand_still() -> None:
    x, y = Value(3.0), Value(4.0)
    assert push_forward(x * y + y, {x: 2.0}) == 8.0
    assert push_forward(y * y, {x: 2.0}) == 0.0


def test_the_derivative_is_linear_in_the_direction() -> None:
    x, y = Value(3.0), Value(4.0)
    root = ac.sin(x * y) + x / y
    by_x, by_y = (push_forward(root, {each: 1.0}) for each in (x, y))
    assert abs(push_forward(root, {x: 2.0, y: -3.0}) - (2 * by_x - 3 * by_y)) < 1e-14


def test_an_interior_node_may_move_by_itself() -> None:
    x = Value(3.0)
    inner = x * x
    assert push_forward(inner * 5, {inner: 1.0}) == 5.0
    assert push_forward(x, {x: 1.5}) == 1.5


def test_a_factor_that_is_exactly_zero_ends_the_path() -> None:
    """Tangent 0 meets an infinite local derivative, and an infinite tangent a local derivative of 0."""
    x, y = Value(-1.0), Value(0.0)
    assert push_forward(ac.sqrt(ac.relu(x)), {x: 1.0}) == 0.0
    assert push_forward(ac.sqrt(y) * 0.0 + y, {y: 1.0}) == 1.0
    assert push_forward(ac.sqrt(y) + x, {x: 1.0}) == 1.0
