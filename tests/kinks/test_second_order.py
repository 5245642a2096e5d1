"""Derivatives of derivatives at kinks: where a smooth function passes through a kink of the table they are its own."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from amounts import some
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import (
    Tensor,
    Value,
    check_gradients,
    floor,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
    where,
)
from autograd_core.derivatives import pull_back
from autograd_core.errors import KinkWarning
from autograd_core.kinks.expansions import apply_to_series
from autograd_core.kinks.laurent import Series
from autograd_core.kinks.points import irregular
from autograd_core.kinks.rays import derivative_along
from autograd_core.scalar.blocks import branches_noted
from nn import cross_entropy

#: Functions of one number that are smooth at 0, though a node is at a kink there; and their derivatives at 0.
SMOOTH: dict[str, tuple[Callable[[Any], Any], tuple[float, ...]]] = {
    "abs(x)**2": (lambda x: abs(x) ** 2, (0, 2, 0, 0)),
    "abs(-x**2)": (lambda x: abs(-(x**2)), (0, 2, 0, 0)),
    "sqrt(x**4)": (lambda x: ac.sqrt(x**4), (0, 2, 0, 0)),
    "abs(x)**4": (lambda x: abs(x) ** 4, (0, 0, 0, 24)),
    "x*abs(x)**2": (lambda x: x * abs(x) ** 2, (0, 0, 6, 0)),
    "abs(x)*relu(x) + abs(x)*relu(-x)": (lambda x: abs(x) * ac.relu(x) + abs(x) * ac.relu(-x), (0, 2, 0, 0)),
    "(relu(x) - relu(-x))**2": (lambda x: (ac.relu(x) - ac.relu(-x)) ** 2, (0, 2, 0, 0)),
    "minimum(x, -x)**2": (lambda x: ac.minimum(x, -x) ** 2, (0, 2, 0, 0)),
    "maximum(x, -x)*abs(x)": (lambda x: ac.maximum(x, -x) * abs(x), (0, 2, 0, 0)),
    "hypot(x, 2x)**2": (lambda x: ac.hypot(x, 2 * x) ** 2, (0, 10, 0, 0)),
    "cos(abs(x))": (lambda x: ac.cos(abs(x)), (0, -1, 0, 1)),
    "exp(-abs(x)**2)": (lambda x: ac.exp(-(abs(x) ** 2)), (0, -2, 0, 12)),
    "clip(x, -1, 0)*x + clip(x, 0, 1)*x": (lambda x: ac.clip(x, -1, 0) * x + ac.clip(x, 0, 1) * x, (0, 2, 0, 0)),
    "huber": (lambda x: ac.where(abs(x) <= 1, 0.5 * x**2, abs(x) - 0.5), (0, 1, 0, 0)),
    "leaky_relu(x)**2 + leaky_relu(-x)**2": (
        lambda x: ac.leaky_relu(x, 0.5) ** 2 + ac.leaky_relu(-x, 0.5) ** 2,
        (0, 2.5, 0, 0),
    ),
}
#: Functions whose second derivative does not exist at 0: the sides differ, and the table's value stays.
KINKED: dict[str, Callable[[Any], Any]] = {
    "relu(x)**2": lambda x: ac.relu(x) ** 2,
    "abs(x)*x": lambda x: abs(x) * x,
    "maximum(x, 0)**2 + x": lambda x: ac.maximum(x, 0) ** 2 + x,
    "where(x > 0, x**2, x**3)": lambda x: ac.where(x > 0, x**2, x**3),
}


def repeated(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    for _ in range(order):
        f = grad(f)
    return f


@pytest.mark.parametrize("name", some([*SMOOTH]))
def test_derivatives_of_smooth_functions_that_pass_through_a_kink_are_theirs(name: str) -> None:
    f, expected = SMOOTH[name]
    for order in range(2, 5):
        assert repeated(f, order)(0.0) == pytest.approx(expected[order - 1], rel=1e-12, abs=1e-12), order
    second = expected[1]
    assert hessian(f)(0.0) == pytest.approx(second, rel=1e-12, abs=1e-12)
    assert hvp(f, (0.0,), (3.0,))[0] == pytest.approx(3.0 * second, rel=1e-12, abs=1e-12)
    assert jacobian(grad(f), mode="reverse")(0.0) == pytest.approx(second, rel=1e-12, abs=1e-12)
    assert jvp(grad(f), (0.0,), (1.0,))[1] == pytest.approx(second, rel=1e-12, abs=1e-12)
    assert vjp(grad(f), 0.0)[1](2.0)[0] == pytest.approx(2.0 * second, rel=1e-12, abs=1e-12)
    assert grad(lambda x: jvp(f, (x,), (1.0,))[1])(0.0) == pytest.approx(second, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", some([*SMOOTH]))
def test_they_are_so_of_each_element_of_an_array_and_at_kinks_elsewhere(name: str) -> None:
    f, expected = SMOOTH[name]
    point = np.array([1.0, 2.0, 1.0])
    found = hessian(lambda x: f(x - point).sum())(np.array([1.0, 2.5, 1.0]))
    assert found[0, 0] == pytest.approx(expected[1])
    assert found[2, 2] == pytest.approx(expected[1])
    assert found[1, 1] == pytest.approx(repeated(f, 2)(0.5))
    assert np.count_nonzero(found - np.diag(np.diag(found))) == 0


@pytest.mark.parametrize("name", some([*SMOOTH]))
def test_nodes_hold_the_right_numbers_and_can_be_differentiated_by_hand(name: str) -> None:
    f, expected = SMOOTH[name]
    for order in (1, 2, 3):
        x = Value(0.0)
        derivative = repeated(f, order)(x)
        assert derivative.data == pytest.approx(expected[order - 1], rel=1e-12, abs=1e-12)
        if derivative.differentiable:  # else it is a constant
            derivative.backward()
        assert x.grad == pytest.approx(expected[order], rel=1e-12, abs=1e-12)
    t = Tensor([0.0, 0.0])
    (grad(lambda t: f(t).sum())(t) * np.array([1.0, 2.0])).sum().backward()
    assert t.grad == pytest.approx(expected[1] * np.array([1.0, 2.0]), rel=1e-12, abs=1e-12)
    value, slope = value_and_grad(repeated(f, 2))(0.0)
    assert (value, slope) == pytest.approx(expected[1:3], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_check_says_ok(name: str) -> None:
    assert [row.verdict for row in check_gradients(SMOOTH[name][0], 0.0, order=2)] == ["ok", "ok"]


@pytest.mark.parametrize("name", KINKED)
def test_where_the_sides_differ_the_value_of_the_table_stays_and_the_check_says_kink(name: str) -> None:
    f = KINKED[name]
    x = Value(0.0)
    [slope] = pull_back.gradient_graph(f(x), [x])
    assert repeated(f, 2)(0.0) == pull_back.gradient_numbers(slope, [x])[0]
    assert [row.verdict for row in check_gradients(f, 0.0, order=2)] == ["ok", "kink"]
    assert derivative_along(slope, {x: np.ones(1)})[1].tolist() == [False]


A = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 0.0]])
EYE = np.eye(2)
SEVERAL: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "norm**2": (lambda x: ac.norm(x) ** 2, 2 * EYE),
    "exp(-norm**2)": (lambda x: ac.exp(-(ac.norm(x) ** 2)), -2 * EYE),
    "hypot**2": (lambda x: ac.hypot(x[0], x[1]) ** 2, 2 * EYE),
    "cos(norm)": (lambda x: ac.cos(ac.norm(x)), -EYE),
    "sqrt(1 + norm**2)": (lambda x: ac.sqrt(1 + ac.norm(x) ** 2), EYE),
    "norm(A x)**2": (lambda x: ac.norm(A @ x) ** 2, 2 * A.T @ A),
    "sum of abs(A x)**2": (lambda x: (abs(A @ x) ** 2).sum(), 2 * A.T @ A),
    "max of x and -x, squared": (lambda x: (ac.stack([x, -x]).max(axis=0) ** 2).sum(), 2 * EYE),
    "min of x and -x, squared": (lambda x: (ac.stack([x, -x]).min(axis=0, keepdims=True) ** 2).sum(), 2 * EYE),
    "norm with a border, squared": (lambda x: ac.norm(ac.pad(x, 1)) ** 2, 2 * EYE),
    "softmax of abs(x)**2": (lambda x: ac.softmax(abs(x) ** 2)[0], [[0.5, 0], [0, -0.5]]),
    "log_softmax of abs(x)**2": (lambda x: ac.log_softmax(abs(x) ** 2)[0], [[1, 0], [0, -1]]),
    "logsumexp of abs(x)**2": (lambda x: ac.logsumexp(abs(x) ** 2), EYE),
    "(relu(x) - relu(-x)) * y": (lambda x: (ac.relu(x[0]) - ac.relu(-x[0])) * x[1], [[0, 1], [1, 0]]),
    "abs(x)**2 beside abs(y)": (lambda x: abs(x[0]) ** 2 + abs(x[1]), [[2, 0], [0, 0]]),
}


@pytest.mark.parametrize("name", some([*SEVERAL]))
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(np.zeros(2), id="array"),
        pytest.param(np.zeros(2, np.float32), id="float32", marks=pytest.mark.slow),
        pytest.param(Tensor(np.zeros(2)), id="Tensor", marks=pytest.mark.slow),
    ],
)
def test_second_derivatives_by_several_numbers(name: str, given: Any) -> None:
    f, expected = SEVERAL[name]
    tolerance = 1e-6 if getattr(given, "dtype", None) == np.float32 else 1e-12

    def numbers(found: Any) -> Any:
        return found.data if isinstance(found, Tensor) else found

    assert numbers(hessian(f)(given)) == pytest.approx(np.array(expected), rel=tolerance, abs=tolerance)
    vector = np.array([1.0, -2.0], given.dtype)
    product = numbers(hvp(f, (given,), (vector,))[0])
    assert product == pytest.approx(np.array(expected) @ vector, rel=tolerance, abs=tolerance)
    by_reverse = numbers(grad(lambda x: (grad(f)(x) * vector).sum())(given))
    assert by_reverse == pytest.approx(np.array(expected) @ vector, rel=tolerance, abs=tolerance)


@pytest.mark.slow
def test_second_derivatives_of_scalar_graphs_by_several_numbers() -> None:
    def f(a: Any, b: Any) -> Any:
        return ac.hypot(a, b) ** 2 + (ac.relu(a) - ac.relu(-a)) * b

    assert hessian(f, argnums=(0, 1))(0.0, 0.0) == ((2.0, 1.0), (1.0, 2.0))
    assert hvp(f, (0.0, 0.0), (1.0, 10.0)) == (12.0, 21.0)
    assert grad(grad(f), argnums=(0, 1))(0.0, 0.0) == (2.0, 1.0)


@pytest.mark.slow
def test_a_gradient_by_many_numbers_at_a_kink() -> None:
    weights = np.random.default_rng(0).normal(size=(20, 150))
    product = grad(lambda x: grad(lambda y: ac.norm(weights @ y) ** 2)(x).sum())(np.zeros(150))
    assert product == pytest.approx(2.0 * weights.T @ (weights @ np.ones(150)), rel=1e-10)
    relu = grad(lambda x: (grad(lambda y: (ac.relu(y) ** 2).sum())(x)).sum())(np.zeros(150))
    assert relu.tolist() == [0.0] * 150


# --- functions composed at random -----------------------------------------------------------------------------------

#: Smooth near 0 though kinked inside: g(0) = 0, and g(u) as mpmath computes it, without a kink.
SMOOTH_PARTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "square of abs": (lambda u: abs(u) ** 2, lambda u: u**2),
    "fourth root of eighth power": (lambda u: ac.sqrt(ac.sqrt(u**8)), lambda u: u**2),
    "u abs(u)²": (lambda u: u * abs(u) ** 2, lambda u: u**3),
    "relu less relu, squared": (lambda u: (ac.relu(u) - ac.relu(-u)) ** 2, lambda u: u**2),
    "cosine of abs": (lambda u: ac.cos(abs(u)) - 1, lambda u: mpmath.cos(u) - 1),
    "hypot squared": (lambda u: ac.hypot(u, 3 * u) ** 2, lambda u: 10 * u**2),
    "abs of a square": (lambda u: abs(-(u**2)), lambda u: u**2),
    "sign times abs, sine": (lambda u: ac.sin(u.sign() * abs(u)) ** 2, lambda u: mpmath.sin(u) ** 2),
}
INNER: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "x": (lambda x: x, lambda x: x),
    "sin": (ac.sin, mpmath.sin),
    "x + x²": (lambda x: x + x**2, lambda x: x + x**2),
    "expm1": (ac.expm1, mpmath.expm1),
    "-2x": (lambda x: -2 * x, lambda x: -2 * x),
    "x²": (lambda x: x * x, lambda x: x * x),
}
OUTER: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "v": (lambda v: v, lambda v: v),
    "exp": (ac.exp, mpmath.exp),
    "sqrt(1 + v)": (lambda v: ac.sqrt(1 + v), lambda v: mpmath.sqrt(1 + v)),
    "1 / (2 + v)": (lambda v: 1 / (2 + v), lambda v: 1 / (2 + v)),
    "tanh": (ac.tanh, mpmath.tanh),
}


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(SMOOTH_PARTS)), st.sampled_from(sorted(INNER))), min_size=1, max_size=3),
    st.sampled_from(sorted(OUTER)),
    st.sampled_from([0.0, 1.0, -2.5]),
    st.sampled_from(["sum", "product"]),
)
def test_smooth_functions_composed_of_kinked_ones_have_the_derivatives_that_mpmath_finds(
    parts: list[tuple[str, str]], outer: str, place: float, joined: str
) -> None:
    join = math.prod if joined == "product" else sum

    def f(x: Any) -> Any:
        return OUTER[outer][0](join([SMOOTH_PARTS[part][0](INNER[inner][0](x - place)) for part, inner in parts]))

    def exactly(x: Any) -> Any:
        return OUTER[outer][1](join([SMOOTH_PARTS[part][1](INNER[inner][1](x - place)) for part, inner in parts]))

    with mpmath.workdps(60):
        second, third = (float(mpmath.diff(exactly, place, n)) for n in (2, 3))
    assert grad(grad(f))(place) == pytest.approx(second, rel=1e-9, abs=1e-9)
    assert hessian(f)(place) == pytest.approx(second, rel=1e-9, abs=1e-9)
    assert hvp(f, (place,), (1.0,))[0] == pytest.approx(second, rel=1e-9, abs=1e-9)
    assert repeated(f, 3)(place) == pytest.approx(third, rel=1e-9, abs=1e-8)


# --- series ---------------------------------------------------------------------------------------------------------

UNARY = [
    *("exp", "expm1", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "sech"),
    *("sigmoid", "softplus", "log", "log1p", "sqrt", "abs", "relu"),
]


@settings(max_examples=40)
@given(st.sampled_from(UNARY), st.floats(0.1, 0.9), st.sampled_from([-2.0, 0.5, 1.0]))
def test_primitives_are_expanded_as_mpmath_expands_them(name: str, point: float, speed: float) -> None:
    known = {
        **{"arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan, "abs": abs, "relu": lambda x: x},
        **{"sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "softplus": lambda x: mpmath.log(1 + mpmath.exp(x))},
    }
    f = known.get(name) or getattr(mpmath, name)
    with mpmath.workdps(60):
        expected = [float(each) for each in mpmath.taylor(lambda t: f(point + speed * t), 0, 5)]
    series = apply_to_series(name, [Series.of_rays(np.array([point]), np.array([speed]))])
    found = series.taylor()[0][0, :6]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(map(abs, expected)))


def test_series_of_quotients_roots_and_powers() -> None:
    x = Series.of_rays(np.zeros(1), np.array([-2.0]))
    sine = apply_to_series("sin", [x])
    quotient = sine / x  # sin(u)/u = 1 - u²/6 + ...
    assert quotient.order.tolist() == [0]
    assert quotient.coefficients[0, :3] == pytest.approx([1.0, 0.0, -4.0 / 6.0])
    root = apply_to_series("sqrt", [x * x * x * x])
    assert (root.order[0], root.coefficients[0, 0]) == (2, 4.0)
    assert apply_to_series("sqrt", [x * x * x]).known.tolist() == [0]  # a Puiseux series, not a Laurent one
    assert apply_to_series("log", [x]).known.tolist() == [0]
    assert (x - x).is_zero.all()
    assert apply_to_series("sign", [x - x]).is_zero.all()
    zero = Series.of_numbers(np.zeros(1))
    assert apply_to_series("maximum", [x, zero]).is_zero.all()
    assert apply_to_series("hypot", [x, x]).coefficients[0, 0] == pytest.approx(math.sqrt(8.0))
    power = apply_to_series("pow", [Series.of_rays(np.array([2.0]), np.ones(1))] * 2)
    with mpmath.workdps(40):
        expected = [float(each) for each in mpmath.taylor(lambda t: (2 + t) ** (2 + t), 0, 7)]
    assert power.coefficients[0] == pytest.approx(expected, rel=1e-10)
    angle = apply_to_series("arctan2", [x, x * x])  # from -pi/2 on
    assert angle.coefficients[0, :2] == pytest.approx([-math.pi / 2, 2.0])


# --- where nothing is at a kink, and where nobody can say -------------------------------------------------------------


def test_nothing_is_asked_where_nothing_is_at_a_kink() -> None:
    x = Value(0.5)
    assert irregular([abs(x) * x.exp() + x.relu() ** 2], [x]) == []
    stopped = ac.apply("stop_gradient", x)
    assert irregular([stopped * x], [x]) == []
    with no_grad():
        assert irregular([abs(Value(0.0))], [x]) == []


_MATRIX, _MIXED = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[1.0, 0.2], [0.4, 1.0]])
#: Operations on whole arrays, of two numbers and their squares.
OF_ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "inv": lambda x, square: (ac.inv(_MATRIX + square.reshape(1, 2) * _MIXED) ** 2).sum(),
    "inv, many": lambda x, square: (ac.inv(_MATRIX + square.reshape(2, 1, 1) * _MIXED) ** 3)[:, 0, 1].sum(),
    "det": lambda x, square: ac.det(_MATRIX + square.reshape(1, 2) * _MIXED),
    "det, many": lambda x, square: (ac.det(np.eye(3) + square.reshape(2, 1, 1) * np.ones(3)) ** 2).sum(),
    "solve": lambda x, square: (ac.solve(_MATRIX + square.reshape(1, 2), square + x + 1.0) ** 2).sum(),
    "solve, columns": lambda x, square: (ac.solve(_MATRIX + square * _MIXED, square.reshape(2, 1) + 1.0) ** 2).sum(),
    "solve, one matrix, many right sides": lambda x, square: (
        ac.solve(_MATRIX + square * _MIXED, square.reshape(2, 1, 1) + np.ones((2, 2, 3))) ** 2
    ).sum(),
    "solve, many matrices, one vector": lambda x, square: (
        ac.solve(_MATRIX + square.reshape(2, 1, 1) * _MIXED, x + 1.0) ** 2
    ).sum(),
    "cholesky": lambda x, square: (ac.cholesky(_MATRIX + square.reshape(2, 1) * np.eye(2)) ** 3).sum(),
    "var": lambda x, square: ac.var(square + x),
    "var of rows": lambda x, square: (ac.var(square.reshape(2, 1) + x, axis=1, ddof=1) ** 2).sum(),
    "prod": lambda x, square: ac.prod(square + 2.0),
    "prod of zeros": lambda x, square: ac.prod(square + x),
    "prod of rows": lambda x, square: (ac.prod(square.reshape(2, 1) + x + 1.0, axis=1) ** 2).sum(),
    "prod of single columns": lambda x, square: (ac.prod(square.reshape(2, 1) + x.reshape(2, 1), axis=1) ** 2).sum(),
    "cross_entropy": lambda x, square: cross_entropy(
        square.reshape(1, 2) * 3.0 + x * np.array([[1.0], [2.0]]), np.array([1, 0])
    ),
}


@pytest.mark.parametrize("name", some([*OF_ARRAYS]))
def test_operations_on_arrays_have_series(name: str) -> None:
    f = OF_ARRAYS[name]
    for point in (np.zeros(2), np.array([0.0, 0.5])):
        found = hessian(lambda x: f(x, abs(x) ** 2))(point)
        assert found == pytest.approx(hessian(lambda x: f(x, x * x))(point), rel=1e-11, abs=1e-11)


def test_an_operation_without_series_is_named_in_a_warning() -> None:
    square = ac.custom_derivative(lambda x: x * x, vjp=lambda u, z, x: (2.0 * u * x,))
    with pytest.warns(KinkWarning, match="no series"):
        jacobian(grad(lambda x: square(square(abs(x))).sum()), mode="reverse")(np.zeros(2))


def test_many_numbers_differentiated_by_hand_at_a_kink_warn() -> None:
    t = Tensor(np.zeros(150))
    with pytest.warns(KinkWarning, match="by hand"):
        grad(lambda t: ac.norm(t) ** 2)(t)
    grad(lambda t: (ac.relu(t) ** 2).sum())(t)  # has no second derivative there, so nothing is lost


def test_a_first_derivative_at_a_kink_stays_that_of_the_table() -> None:
    assert grad(abs)(0.0) == 0.0
    assert grad(lambda x: ac.relu(x) - ac.relu(-x))(0.0) == 0.0
    assert grad(lambda x: ac.maximum(x, 0.0))(0.0) == 0.5


# --- programs: a replay is the function -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", some([*SMOOTH, *KINKED]))
@pytest.mark.parametrize("recorded_at", [0.0, 0.75])
def test_programs_of_second_derivatives_are_right_at_the_kink_and_elsewhere(name: str, recorded_at: float) -> None:
    f = SMOOTH[name][0] if name in SMOOTH else KINKED[name]
    program = ac.record(grad(grad(f)), recorded_at)
    for x in (0.0, 0.5, -0.75):
        assert program(x) == pytest.approx(repeated(f, 2)(x), rel=1e-12, abs=1e-12)
        if name in SMOOTH:
            value, slope = program.value_and_grad(x)
            assert value == pytest.approx(repeated(f, 2)(x), rel=1e-12, abs=1e-12)
            assert slope == pytest.approx(repeated(f, 3)(x), rel=1e-12, abs=1e-12)


def test_a_batch_in_which_one_example_stands_at_a_kink() -> None:
    def f(w: Any, x: Any) -> Any:
        return grad(grad(lambda x: w * x * ac.hypot(x, 2 * x) ** 2))(x)  # 30 w x

    program = ac.record(f, 2.0, 1.0)
    points = np.array([0.0, 1.0, -2.0])
    assert program.batched((None, 0))(2.0, points) == pytest.approx(60.0 * points)
    mean, (by_w, by_x) = program.batched((None, 0), reduce="mean").value_and_grad(2.0, points, argnums=(0, 1))
    assert (mean, by_w) == pytest.approx((-20.0, -10.0))
    assert by_x == pytest.approx([20.0, 20.0, 20.0])


def test_a_program_of_a_derivative_has_its_own_derivative_at_a_kink() -> None:
    program = ac.record(grad(lambda x: abs(x) ** 2), 1.0)
    assert program(0.0) == 0.0  # as grad says: it is no derivative of derivatives
    assert program.value_and_grad(0.0) == (0.0, 2.0)
    assert program.batched((0,)).value_and_grad(np.array([0.0, 3.0]))[1].tolist() == [2.0, 2.0]
    penalty = ac.record(lambda x: abs(x) + grad(lambda x: abs(x) ** 3)(x) ** 2, 1.0)
    assert penalty.value_and_grad(0.0) == (0.0, 0.0)
    assert ac.record(lambda x: abs(x) ** 2, 1.0).tape.guards == ()  # of first order it is the table's
    with pytest.warns(KinkWarning, match="without its function"):
        pickle.loads(pickle.dumps(program)).value_and_grad(0.0)


def test_a_program_without_its_function_warns_at_a_kink() -> None:
    program = ac.record(grad(grad(lambda x: abs(x) ** 2)), 1.0)
    loaded = pickle.loads(pickle.dumps(program))
    assert loaded(3.0) == 2.0
    with pytest.warns(KinkWarning, match="without its function"):
        assert loaded(0.0) == 0.0
    with pytest.warns(KinkWarning, match="without its function"):
        assert loaded.value_and_grad(0.0) == (0.0, 0.0)


@pytest.mark.parametrize(
    "name", ["softmax of abs(x)**2", "log_softmax of abs(x)**2", "norm**2", "max of x and -x, squared"]
)
def test_a_program_that_is_recorded_elsewhere_changes_nothing(name: str) -> None:
    f, expected = SEVERAL[name]
    elsewhere = branches_noted([Value(1.0)])  # made, and entered nowhere here
    assert hessian(f)(np.zeros(2)) == pytest.approx(np.array(expected), rel=1e-12, abs=1e-12)
    del elsewhere


def test_what_a_comparison_chooses_is_at_no_kink_beside_its_jump() -> None:
    for at, kinks in ((3.5, set()), (5.0, {"greater"}), (3.0, set())):
        x = Value(at)
        node = grad(lambda x: where(x > 5.0, floor(x), x * x))(x)
        assert {each.op for each in irregular([node], [x])} >= kinks
        assert bool(irregular([node], [x])) == bool(kinks)
        t = Tensor([at, 7.5])
        of_array = grad(lambda t: where(t > 5.0, floor(t), t * t).sum())(t)
        assert bool(irregular([of_array], [t])) == bool(kinks)


@pytest.mark.parametrize(
    ("name", "witness"),
    [
        ("gammaln", mpmath.loggamma),
        ("digamma", mpmath.digamma),
        ("erf", mpmath.erf),
        ("erfc", mpmath.erfc),
    ],
)
def test_series_of_special_functions(name: str, witness: Callable[[Any], Any]) -> None:
    for point in (2.5, 0.3):
        series = apply_to_series(name, [Series.of_rays(np.array([point]), np.array([1.0]))])
        expected = [float(each) for each in mpmath.taylor(witness, point, 7)]
        assert series.coefficients[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)
