"""Functions that are one node: with a derivative of their own, and computed again instead of stored."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    InputTypeError,
    InputValueError,
    Tensor,
    Value,
    checkpoint,
    custom_derivative,
    grad,
    hessian,
    jacobian,
    jvp,
    topological_order,
)

W, X = np.array([[0.3, 0.5], [-0.2, 1.0]]), np.array([1.0, -0.5])


def layer(W: Any, x: Any) -> Any:
    return ac.tanh(W @ x)


def plain(W: Any, x: Any) -> Any:
    return (layer(W, x) ** 2).sum()


def checked(W: Any, x: Any) -> Any:
    return (checkpoint(layer)(W, x) ** 2).sum()


def test_a_checkpoint_changes_no_derivative() -> None:
    for one, other in zip(grad(checked, (0, 1))(W, X), grad(plain, (0, 1))(W, X), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(hessian(checked)(W, X), hessian(plain)(W, X), rtol=1e-12)
    np.testing.assert_allclose(jacobian(grad(checked), mode="reverse")(W, X), hessian(plain)(W, X), rtol=1e-12)
    np.testing.assert_allclose(jvp(checked, (W, X), (W, X))[1], jvp(plain, (W, X), (W, X))[1], rtol=1e-12)


def test_a_checkpoint_is_one_node_and_runs_once_more_in_the_backward_pass() -> None:
    calls = []

    def f(W: Any, x: Any) -> Any:
        calls.append(None)
        return layer(W, x)

    w, x = Tensor(W), Tensor(X)
    z = checkpoint(f)(w, x).sum()
    assert [node.op for node in topological_order(z)] == ["leaf", "leaf", "f", "sum"]
    assert len(calls) == 1
    z.backward()
    assert len(calls) == 2
    np.testing.assert_array_equal(w.grad, grad(lambda W: layer(W, X).sum())(W))
    assert x.has_grad


@pytest.mark.slow
def test_a_checkpoint_gives_the_memory_of_its_inside_back() -> None:
    def chain(x: Any) -> Any:
        for _ in range(50):
            x = ac.tanh(x)
        return x

    def grown(f: Any) -> int:
        x = Tensor(np.ones(100_000))
        gc.collect()
        tracemalloc.start()
        z = f(x)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert z.shape == x.shape
        return size

    assert grown(checkpoint(chain)) < 0.1 * grown(chain)


def test_a_checkpoint_takes_values_and_numbers() -> None:
    w = Value(2.0)
    z = checkpoint(lambda w, x: ac.sin(w * x))(w, 3.0)
    z.backward()
    assert w.grad == pytest.approx(3.0 * np.cos(6.0))


def test_a_node_that_a_checkpoint_was_not_given_is_refused() -> None:
    w = Tensor(W, "w")
    with pytest.raises(InputTypeError, match="make it an argument"):
        checkpoint(lambda x: w @ x)(X)
    with pytest.raises(InputTypeError, match="return one Tensor"):
        checkpoint(lambda x: [x])(X)


# --- custom derivatives ---------------------------------------------------------------------------------------------


def test_a_custom_derivative_is_used_in_both_modes_and_again() -> None:
    cube = custom_derivative(lambda x: x**3, vjp=lambda u, z, x: (3 * u * x * x,), jvp=lambda t, z, x: 3 * t[0] * x * x)
    assert grad(cube)(2.0) == 12.0
    assert jvp(cube, (2.0,), (1.0,))[1] == 12.0
    assert grad(grad(cube))(2.0) == 12.0
    np.testing.assert_array_equal(jacobian(cube, mode="forward")(X), np.diag(3 * X**2))


def test_a_custom_derivative_may_be_another_one() -> None:
    """A straight-through estimator: the derivative of rounding is taken to be 1."""
    rounded = custom_derivative(np.round, vjp=lambda u, z, x: (u,))
    x = Tensor([0.4, 1.6])
    (rounded(x) * np.array([2.0, 3.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 3.0])


def test_several_arguments_get_their_products_from_one_call() -> None:
    calls = []

    def products(u: Any, z: Any, x: Any, y: Any) -> Any:
        calls.append(None)
        return u * y, u * x

    times = custom_derivative(lambda x, y: x * y, vjp=products)
    x, y = Tensor([2.0, 3.0]), Tensor([5.0, 7.0])
    times(x, y).sum().backward()
    assert len(calls) == 1
    assert (x.grad.tolist(), y.grad.tolist()) == ([5.0, 7.0], [2.0, 3.0])


def test_a_custom_derivative_is_believed_as_it_is_given() -> None:
    """So differences of the function tell a right one from a wrong one."""
    x, step = np.array([1.0, 2.0]), 1e-6
    differences = (np.square(x + step) - np.square(x - step)) / (2 * step)
    right = custom_derivative(np.square, vjp=lambda u, z, x: (2 * u * x,))
    wrong = custom_derivative(np.square, vjp=lambda u, z, x: (3 * u * x,))
    np.testing.assert_allclose(grad(lambda x: right(x).sum())(x), differences, rtol=1e-8)
    np.testing.assert_array_equal(grad(lambda x: wrong(x).sum())(x), 3 * x)


def test_what_a_custom_derivative_lacks_is_said() -> None:
    half = custom_derivative(lambda x: x / 2, vjp=lambda u, z, x: (u / 2, u))
    with pytest.raises(InputValueError, match="one product for each of 1 argument"):
        grad(half)(1.0)
    with pytest.raises(InputTypeError, match="no derivative for forward mode"):
        jvp(custom_derivative(lambda x: x / 2, vjp=lambda u, z, x: (u / 2,)), (1.0,), (1.0,))
    with pytest.raises(InputTypeError, match="is not a function"):
        custom_derivative(3, vjp=3)
