"""Transforms: all routes to a derivative give the same, of any order and for any container of Tensors and Values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes

import autograd_core as ac
from autograd_core import (
    Tensor,
    Value,
    gauss_newton_vp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

A = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])
X = np.array([0.3, -0.2])
V = np.array([1.0, 2.0])
ALL = tuple(range(len(LEAVES)))


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Line:
    slope: Any
    offset: Any


def model(x: Any) -> Any:
    return ac.tanh(A @ x)


def loss(x: Any) -> Any:
    return (model(x) ** 2).sum()


def differences(f: Any, x: Any, step: float = 1e-6) -> Any:
    """The Jacobian of a function of one array by central differences."""
    columns = []
    for index in np.ndindex(x.shape):
        moved = np.zeros(x.shape)
        moved[index] = step
        columns.append((np.asarray(f(x + moved)) - np.asarray(f(x - moved))) / (2 * step))
    return np.moveaxis(np.array(columns), 0, -1).reshape(*np.shape(columns[0]), *x.shape)


# --- all routes are equal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_the_jacobian_by_either_mode_is_that_of_finite_differences(mode: Any) -> None:
    np.testing.assert_allclose(jacobian(model, mode=mode)(X), differences(model, X), atol=1e-9)


def test_all_routes_to_the_second_derivatives_agree() -> None:
    """Forward over reverse, reverse over forward, reverse over reverse, and forward over forward."""
    expected = differences(grad(loss), X)
    np.testing.assert_allclose(hessian(loss)(X), expected, atol=1e-8)
    for outer, inner in itertools.product(["forward", "reverse"], repeat=2):
        found = jacobian(jacobian(loss, mode=inner), mode=outer)(X)
        np.testing.assert_allclose(found, hessian(loss)(X), rtol=1e-12, err_msg=f"{outer} over {inner}")


@pytest.mark.parametrize("modes", list(itertools.product(["forward", "reverse"], repeat=3)), ids="-".join)
def test_third_derivatives_by_any_composition(modes: tuple[Any, Any, Any]) -> None:
    f: Any = loss
    for mode in modes:
        f = jacobian(f, mode=mode)
    np.testing.assert_allclose(f(X), differences(hessian(loss), X), atol=1e-7)


@settings(max_examples=40)
@given(recipes(largest=10))
def test_modes_agree_on_random_graphs_of_values(recipe: Recipe) -> None:
    gradient = grad(recipe, ALL)(*LEAVES)
    for mode in ("forward", "reverse"):
        assert jacobian(recipe, ALL, mode=mode)(*LEAVES) == pytest.approx(gradient, rel=1e-12, abs=1e-12)
    rows = hessian(recipe, ALL)(*LEAVES)
    other = jacobian(grad(recipe, ALL), ALL, mode="reverse")(*LEAVES)
    for first, second in itertools.product(ALL, repeat=2):
        scale = 1.0 + max(abs(rows[first][second]), abs(rows[second][first]))
        assert abs(rows[first][second] - rows[second][first]) < 1e-9 * scale
        assert abs(rows[first][second] - other[first][second]) < 1e-9 * scale


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-3, 3))
def test_the_hessian_vector_product_is_hessian_times_vector(a: float, b: float, t: float) -> None:
    x, v = np.array([a, b]), np.array([1.0, t])
    np.testing.assert_allclose(hvp(loss, (x,), (v,))[0], hessian(loss)(x) @ v, rtol=1e-9, atol=1e-12)


def test_vjp_and_jvp_are_the_two_sides_of_one_jacobian() -> None:
    J, u = jacobian(model)(X), np.array([1.0, -2.0, 0.5])
    value, pullback = vjp(model, X)
    np.testing.assert_array_equal(value, np.tanh(A @ X))
    np.testing.assert_allclose(pullback(u)[0], u @ J, rtol=1e-12)
    np.testing.assert_allclose(pullback(2 * u)[0], 2 * u @ J, rtol=1e-12)
    value, tangent = jvp(model, (X,), (V,))
    np.testing.assert_allclose(tangent, J @ V, rtol=1e-12)
    np.testing.assert_allclose(u @ tangent, pullback(u)[0] @ V, rtol=1e-12)


def test_the_gauss_newton_product_leaves_the_curvature_of_the_model_out() -> None:
    J = jacobian(model)(X)

    def of_prediction(z: Any) -> Any:
        return (z**4).sum()

    H = np.diag(12 * model(Tensor(X)).data ** 2)
    np.testing.assert_allclose(gauss_newton_vp(model, of_prediction, (X,), (V,))[0], J.T @ H @ J @ V, rtol=1e-12)

    def linear(x: Any) -> Any:
        return A @ x

    exact = hvp(lambda x: of_prediction(A @ x), (X,), (V,))[0]
    np.testing.assert_allclose(gauss_newton_vp(linear, of_prediction, (X,), (V,))[0], exact, rtol=1e-12)


def test_products_can_be_differentiated_again() -> None:
    third = jacobian(hessian(loss))(X)
    by_hvp = jacobian(lambda x: hvp(loss, (x,), (V,))[0])(X)
    np.testing.assert_allclose(by_hvp, third @ V, rtol=1e-11)
    by_jvp = grad(lambda x: jvp(loss, (x,), (V,))[1])(X)
    np.testing.assert_allclose(by_jvp, hessian(loss)(X) @ V, rtol=1e-12)
    by_vjp = jacobian(lambda x: vjp(loss, x)[1](1.0)[0])(X)
    np.testing.assert_allclose(by_vjp, hessian(loss)(X), rtol=1e-12)


# --- containers -----------------------------------------------------------------------------------------------------


def test_gradients_have_the_structure_of_their_arguments() -> None:
    def f(p: Any) -> Any:
        return p["line"].slope * p["pair"].first + p["list"][0] * p["list"][1][0] + (p["array"] ** 2).sum()

    point = {"line": Line(2.0, 5.0), "pair": Pair(3.0, 7.0), "list": [4.0, (6.0,)], "array": np.ones((2, 2))}
    found = grad(f)(point)
    assert list(found) == list(point)
    assert found["line"] == Line(3.0, 0.0)
    assert found["pair"] == Pair(2.0, 0.0)
    assert found["list"] == [6.0, (4.0,)]
    np.testing.assert_array_equal(found["array"], 2 * np.ones((2, 2)))


def test_jacobians_of_containers_are_containers_of_containers() -> None:
    def f(p: Any) -> Any:
        return {"both": p["x"] * p["y"], "row": p["w"] * p["x"]}

    found = jacobian(f)({"x": 2.0, "y": 3.0, "w": np.array([1.0, 4.0])})
    assert found["both"]["x"] == 3.0
    assert found["both"]["y"] == 2.0
    np.testing.assert_array_equal(found["both"]["w"], [0.0, 0.0])
    np.testing.assert_array_equal(found["row"]["x"], [1.0, 4.0])
    np.testing.assert_array_equal(found["row"]["w"], 2.0 * np.eye(2))
    for mode in ("forward", "reverse"):
        again = jacobian(f, mode=mode)({"x": 2.0, "y": 3.0, "w": np.array([1.0, 4.0])})
        np.testing.assert_array_equal(again["row"]["w"], found["row"]["w"])


def test_shapes_of_jacobians_and_hessians() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert jacobian(lambda x: (x * x).sum(axis=0))(x).shape == (3, 2, 3)
    assert hessian(lambda x: (x**3).sum())(x).shape == (2, 3, 2, 3)
    assert jacobian(lambda x: x * 2.0)(np.zeros((0, 2))).shape == (0, 2, 0, 2)
    assert jacobian(lambda x: x * 2.0)(3.0) == 2.0


def test_object_arrays_of_values_are_containers() -> None:
    x = np.array([Value(1.0), Value(2.0)])
    slopes = grad(lambda x: x[0] ** 2 * x[1])(x)
    assert [slope.data for slope in slopes] == [4.0, 1.0]


# --- numbers in, numbers out; nodes in, nodes out -------------------------------------------------------------------


def test_what_comes_out_is_of_the_kind_that_went_in() -> None:
    value, slope = value_and_grad(lambda x: x * x)(3.0)
    assert type(value) is type(slope) is float
    value, slope = value_and_grad(lambda x: (x * x).sum())(X)
    assert type(value) is float
    assert type(slope) is np.ndarray
    assert isinstance(grad(lambda x: x * x)(Value(3.0)), Value)
    assert isinstance(grad(loss)(Tensor(X)), Tensor)


def test_float32_stays_float32() -> None:
    assert grad(lambda x: (x * x).sum())(X.astype(np.float32)).dtype == np.float32
    assert jacobian(lambda x: x * x)(X.astype(np.float32)).dtype == np.float32


def test_no_gradient_of_a_node_is_touched() -> None:
    w = Tensor(X)
    hessian(loss)(w)
    jacobian(model)(w)
    vjp(model, w)[1](np.ones(3))
    assert not w.has_grad


def test_inner_variables_are_not_mixed_up_with_outer_ones() -> None:
    """The derivative of x · (d/dy (x + y) at y = 1) is 1, and not 2."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert grad(lambda x: x * jvp(lambda y: x * y, (1.0,), (1.0,))[1])(3.0) == 6.0
    assert jvp(lambda x: x * grad(lambda y: x * y)(1.0), (3.0,), (1.0,))[1] == 6.0


def test_values_and_arrays_together() -> None:
    def f(w: Any, x: Any) -> Any:
        return (w * x).sum() + w

    by_w, by_x = grad(f, (0, 1))(2.0, np.array([1.0, 3.0]))
    assert by_w == 5.0
    np.testing.assert_array_equal(by_x, [2.0, 2.0])


def test_a_stopped_gradient_stays_stopped() -> None:
    assert grad(lambda x: x * stop_gradient(x))(3.0) == 3.0
    assert grad(grad(lambda x: x**2 * stop_gradient(x)))(3.0) == 6.0
    assert jvp(lambda x: x * stop_gradient(x), (3.0,), (1.0,))[1] == 3.0
    np.testing.assert_array_equal(grad(lambda x: (x * stop_gradient({"x": x})["x"]).sum())(X), X)
    assert stop_gradient(2.0) == 2.0


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: jacobian(3), "jacobian: 3 is not a function"),
        (lambda: jacobian(model, mode="backward"), "write 'auto', 'forward' or 'reverse'"),
        (lambda: grad(model)(X), "only a scalar has a gradient"),
        (lambda: grad(loss, 1)(X), "there is no argument 1"),
        (lambda: grad(lambda p: p["x"])({"x": "three"}), r"argument 0\['x'\]"),
        (lambda: grad(lambda x: "text")(1.0), "the function's result is 'text'"),
        (lambda: jvp(model, X, V), "give a tuple with something for each argument"),
        (lambda: jvp(model, (X,), (np.ones(3),)), r"shape \(2,\) is needed"),
        (lambda: jvp(lambda p: p["x"], ({"x": 1.0},), ({"y": 1.0},)), "does not have the structure"),
        (lambda: vjp(model, X)[1](np.ones(2)), r"shape \(3,\) is needed"),
        (lambda: vjp(lambda x: (x, x), 1.0)[1]((1.0,)), "does not have the structure"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wrong: Any, message: str) -> None:
    with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
        wrong()


def test_an_argument_may_be_asked_for_twice() -> None:
    def f(x: Any, y: Any) -> Any:
        return (x * x * y).sum()

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for transform in (grad, jacobian):
        for one, other in zip(transform(f, argnums=(0, 1, 0))(x, y), (2 * x * y, x * x, 2 * x * y), strict=True):
            np.testing.assert_allclose(one, other)
    assert grad(f, argnums=np.int64(1))(x, y).tolist() == (x * x).tolist()
    second = hessian(f, argnums=(0, 0))(x, y)
    assert [each.tolist() for row in second for each in row] == [np.diag(2 * y).tolist()] * 4
