"""Activation functions, penalties, Taylor polynomials and approximations: what is drawn is what mathematics says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from picture_checks import line, lines, points_of

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, primitive
from nn import MLP
from viz import plot_activations, plot_approximation, plot_penalties, plot_taylor
from viz.plots.approximation import taylor_coefficients
from viz.plots.matplotlib_text import mathtext

FORMULAS = {
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "tanh": np.tanh,
    "arctan": np.arctan,
    "softplus": lambda x: np.log(1.0 + np.exp(x)),
    "elu": lambda x: np.where(x > 0.0, x, np.exp(x) - 1.0),
    "relu": lambda x: np.where(x > 0.0, x, 0.0),
    "leaky_relu": lambda x: np.where(x > 0.0, x, 0.01 * x),
}


# --- activation functions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_and_its_derivative_are_those_of_the_formula(name: str) -> None:
    [axes] = plot_activations([name]).figure.axes
    f = FORMULAS[name]
    x, z = points_of(line(axes, "_function")).T
    assert np.allclose(z, f(x), rtol=1e-12, atol=1e-15)
    x, slope = points_of(line(axes, "_derivative")).T
    away = (np.abs(x) > 1e-3) & np.isfinite(slope)
    assert away.sum() >= 400
    numeric = (f(x[away] + 1e-5) - f(x[away] - 1e-5)) / 2e-5
    assert np.allclose(slope[away], numeric, atol=1e-9)


@pytest.mark.slow
def test_saturating_functions_stand_above_the_others() -> None:
    plot = plot_activations(["relu", "tanh", "softplus", "sigmoid", "sign"])
    assert repr(plot) == "<Plot: activation functions; saturating: tanh, sigmoid, sign; not saturating: relu, softplus>"
    upper, lower = (axes for axes in plot.figure.axes if axes.get_ylabel())
    assert (upper.get_ylabel(), lower.get_ylabel()) == ("saturating", "not saturating")
    assert upper.get_position().y0 > lower.get_position().y0


@pytest.mark.parametrize(("name", "used"), [("relu", 0.0), ("abs", 0.0), ("step", 0.0), ("leaky_relu", 0.01)])
def test_a_kink_is_a_gap_with_a_dot_at_the_value_the_table_uses(name: str, used: float) -> None:
    [axes] = plot_activations([name]).figure.axes
    assert points_of(line(axes, "_kinks")).tolist() == [[0.0, used]]
    derivative = points_of(line(axes, "_derivative"))
    jumps = name in ("relu", "abs", "leaky_relu")
    assert np.isnan(derivative[derivative[:, 0] == 0.0, 1]).all() == jumps
    assert np.isnan(points_of(line(axes, "_function"))[:, 1]).any() == (name == "step")


def test_a_smooth_function_has_no_dot() -> None:
    [axes] = plot_activations(["elu"]).figure.axes  # whose kink goes away with the parameter 1
    assert lines(axes, "_kinks") == []


@pytest.mark.slow
def test_formulas_are_those_of_the_table() -> None:
    titles = {
        name: plot_activations([name]).figure.axes[0].get_title()
        for name in ("tanh", "sigmoid", "leaky_relu", "elu", "softplus")
    }
    assert titles["tanh"] == "$s = \\tanh(z)$\n$\\frac{ds}{dz} = \\left(\\operatorname{sech}(z)\\right)^{2}$"
    assert titles["sigmoid"] == "$s = \\sigma(z)$\n$\\frac{ds}{dz} = s \\cdot \\sigma(-z)$"
    assert titles["leaky_relu"].endswith(r"1\;\mathrm{if}\;z > 0,\;\mathrm{else}\;0.01$")
    assert "LeakyReLU" in titles["leaky_relu"]
    assert titles["elu"].endswith(r"1\;\mathrm{if}\;z > 0,\;\mathrm{else}\;e^{z}$")


@pytest.mark.usefixtures("scratch_table")
def test_a_primitive_of_ones_own_is_drawn_like_the_others() -> None:
    primitive("gaussian", "exp(-x**2)", latex="e^{-{#1}^2}")
    plot = plot_activations(["gaussian"])
    [axes] = plot.figure.axes
    x, slope = points_of(line(axes, "_derivative")).T
    assert np.allclose(slope, -2.0 * x * np.exp(-(x**2)))
    assert "saturating: gaussian" in repr(plot)
    assert "<svg" in plot.svg


@pytest.mark.slow
def test_every_function_of_one_argument_can_be_drawn() -> None:
    names = [name for name, rule in ac.PRIMITIVES.items() if rule.arity - (rule.parameter is not None) == 1]
    assert len(names) > 20
    chosen = ["log", "sqrt", "arcsin", "abs", "sign", "expm1"]
    assert set(chosen) < set(names)
    plot = plot_activations([*chosen, "linear"])
    assert "<svg" in plot.svg
    assert sum(bool(lines(axes, "_function")) for axes in plot.figure.axes) == 7


def test_choices_in_choices_are_set_in_one_line() -> None:
    inner = r"\begin{cases}{-1} & {[x < 0]}\\{0} & \text{otherwise}\end{cases}"
    outer = rf"\begin{{cases}}{{1}} & {{[x > 0]}}\\{{{inner}}} & \text{{otherwise}}\end{{cases}}"
    found = mathtext(outer)
    assert "cases" not in found
    assert found.count(r"\mathrm{if}") == found.count(r"\mathrm{else}") == 2


def test_activations_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InputValueError, match="no activation 'tahn'"):
        plot_activations(["tahn"])
    with pytest.raises(InputValueError, match="give a list"):
        plot_activations("tanh")
    with pytest.raises(InputValueError, match="give a list"):
        plot_activations([])


# --- penalties ------------------------------------------------------------------------------------------------------


@given(
    st.floats(-2.0, 2.0),
    st.floats(-2.0, 2.0),
    st.floats(0.2, 2.5),
)
@settings(max_examples=3)
def test_l1_thresholds_and_l2_shrinks(a: float, b: float, strength: float) -> None:
    """Of (w - a)²: with λ|w| the minimum is a softly thresholded by λ/2 (Donoho), with λw² it is a / (1 + λ)."""
    plot = plot_penalties(
        lambda u, v: (u - a) ** 2 + (v - b) ** 2,
        start=(1.0, -1.0),
        strength=strength,
        learning_rate=0.01,
        steps=400,
    )
    l1, l2 = plot.figure.axes
    center = np.array([a, b])
    thresholded = np.sign(center) * np.maximum(np.abs(center) - strength / 2.0, 0.0)
    # Around 0 the descent jumps by up to rate · (λ + slope).
    assert np.allclose(points_of(line(l1, "_end"))[0], thresholded, atol=0.01 * (strength + 5.0) + 2e-3)
    assert np.allclose(points_of(line(l2, "_end"))[0], center / (1.0 + strength), atol=2e-3)
    assert np.allclose(points_of(line(l1, "_minimum"))[0], center, atol=2e-3)


@pytest.mark.parametrize(("position", "size"), [(0, lambda w: np.abs(w).sum(1)), (1, lambda w: (w**2).sum(1))])
def test_the_outline_has_the_penalty_of_the_end(position: int, size: Any) -> None:
    plot = plot_penalties(lambda u, v: (u - 0.6) ** 2 + (v - 2.0) ** 2, start=(2.0, 0.5), strength=1.0, steps=300)
    axes = plot.figure.axes[position]
    outline = np.concatenate([path.vertices for path in axes.collections[-1].get_paths()])
    [level] = size(points_of(line(axes, "_end")))
    # A diamond is drawn exactly; a circle by chords between the lines of the grid.
    assert np.allclose(size(outline), level, atol=1e-3)
    assert len(outline) > 100


def test_a_penalty_without_strength_or_with_a_wild_rate_is_refused() -> None:
    with pytest.raises(InputValueError, match="strength"):
        plot_penalties(lambda u, v: u * u + v * v, start=(1.0, 1.0), strength=0.0)
    with pytest.raises(InputValueError, match="diverges"):
        plot_penalties(lambda u, v: u * u + v * v, start=(1.0, 1.0), strength=1.0, learning_rate=2.0, steps=20)


# --- Taylor polynomials ---------------------------------------------------------------------------------------------


def test_the_polynomials_of_sine_are_taylors() -> None:
    [axes] = plot_taylor(ac.sin, orders=[1, 3, 5], limits=(-4.0, 4.0)).figure.axes
    x, y = points_of(line(axes, "the function")).T
    assert np.allclose(y, np.sin(x), atol=1e-15)
    for order, expected in ((1, x), (3, x - x**3 / 6.0), (5, x - x**3 / 6.0 + x**5 / 120.0)):
        assert np.allclose(points_of(line(axes, f"degree {order}"))[:, 1], expected, rtol=1e-13)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.floats(-2.0, 2.0))
@settings(max_examples=30)
def test_a_polynomial_is_its_own_taylor_polynomial(coefficients: list[int], at: float) -> None:
    def f(x: Any) -> Any:
        return sum((c * x**k for k, c in enumerate(coefficients)), 0.0 * x)

    shifted = Polynomial(coefficients)(Polynomial([at, 1.0])).coef
    found = taylor_coefficients(f, at, len(coefficients) - 1)
    assert np.allclose(found[: len(shifted)], shifted, atol=1e-9)
    assert np.allclose(found[len(shifted) :], 0.0, atol=1e-9)


def test_a_point_without_derivative_and_wrong_degrees_are_refused() -> None:
    with pytest.raises(InputValueError, match="order 1 at 0 is not finite"):
        plot_taylor(ac.sqrt, orders=[2], limits=(0.0, 1.0))
    for orders in ([], "3", [1.5], [-1], [13], [True]):
        with pytest.raises(InputValueError, match="degree"):
            plot_taylor(ac.sin, orders=orders)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="two ends"):
        plot_taylor(ac.sin, limits=(1.0, 1.0))
    with pytest.raises(InputTypeError, match="not a function"):
        plot_taylor(3.0)  # type: ignore[arg-type]


# --- approximation --------------------------------------------------------------------------------------------------


def test_the_error_is_the_largest_distance_on_the_interval() -> None:
    model = MLP(1, [3, 1], activation=["tanh", "linear"], seed=0)
    plot = plot_approximation(ac.sin, {"a line": lambda x: 0.5 * x[0], "a network": model}, limits=(-math.pi, math.pi))
    x = np.linspace(-math.pi, math.pi, 501)
    network = np.array([model([each]).data for each in x.tolist()])
    for axes, name, expected in zip(plot.figure.axes, ["a line", "a network"], [0.5 * x, network], strict=True):
        assert np.allclose(points_of(line(axes, "model"))[:, 1], expected, atol=1e-14)
        assert np.allclose(points_of(line(axes, "f"))[:, 1], np.sin(x), atol=1e-15)
        (at, low), (same, high) = points_of(line(axes, "largest error"))
        assert at == same
        error = np.abs(np.sin(x) - expected).max()
        assert abs(high - low) == pytest.approx(error)
        assert f"{name} (sup-norm error {error:.4g})" in repr(plot)


def test_models_that_give_more_than_one_number_are_refused() -> None:
    with pytest.raises(InputValueError, match="2 numbers"):
        plot_approximation(ac.sin, {"two": MLP(1, [2], seed=0)}, limits=(0.0, 1.0))
    with pytest.raises(InputTypeError, match="dictionary"):
        plot_approximation(ac.sin, MLP(1, [1], seed=0), limits=(0.0, 1.0))  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="one to 6"):
        plot_approximation(ac.sin, {}, limits=(0.0, 1.0))
    with pytest.raises(InputValueError, match="not finite everywhere"):
        plot_approximation(ac.log, {"a line": lambda x: x[0]}, limits=(-1.0, 1.0))


@pytest.mark.parametrize(
    ("f", "at", "reach", "lowest", "highest"),
    [
        (ac.sin, 0.0, 2.0 * math.pi, -2.5, 2.5),
        (ac.exp, 0.0, 2.65, -6.0, 25.0),  # and not from -320 to 850
        (ac.log, 1.0, 1.0, -9.0, 4.0),
        (lambda x: x * 0.0 + 3.0, 2.0, 2.0 * math.pi, 1.9, 4.1),
    ],
)
def test_a_taylor_picture_reaches_as_far_as_something_is_seen(
    f: Any, at: float, reach: float, lowest: float, highest: float
) -> None:
    [axes] = plot_taylor(f, at, orders=[1, 3]).figure.axes
    assert axes.get_xlim() == pytest.approx((at - reach, at + reach), abs=0.05)
    assert lowest < axes.get_ylim()[0] < axes.get_ylim()[1] < highest
