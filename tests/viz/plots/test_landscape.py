"""Landscapes and descents: heights are those of the function, and each step is the one gradient descent takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_checks import line, lines, points_of

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, Value
from nn import SGD
from viz import plot_landscape, plot_learning_rates, plot_standardizing, plot_valleys
from viz.plots.descent import descend
from viz.plots.height_map import evaluate_many, height_map

BOX = ((-2.0, 3.0), (-1.0, 2.0))
finite = st.floats(-3.0, 3.0)


def himmelblau(w1: Any, w2: Any) -> Any:
    return (w1**2 + w2 - 11) ** 2 + (w1 + w2**2 - 7) ** 2


def branching(w1: Any, w2: Any) -> Any:
    return w1 * w1 if w1 > 0 else w1 * w2


@pytest.mark.parametrize("f", [himmelblau, branching, lambda a, b: ac.sin(a) * ac.exp(b), lambda a, b: 3.0 * a])
def test_heights_are_values_of_the_function(f: Any) -> None:
    found = height_map(f, BOX, "test")
    assert (found.x[0], found.x[-1], found.y[0], found.y[-1]) == (-2.0, 3.0, -1.0, 2.0)
    for row in (0, 17, len(found.y) - 1):
        for column in (0, 40, len(found.x) - 1):
            value = f(Value(found.x[column]), Value(found.y[row]))
            assert found.heights[row, column] == pytest.approx(value.data, rel=1e-14)


def test_bands_of_a_bowl_have_equal_areas_and_equal_heights() -> None:
    """The circle x² + y² = h has the area π h, as long as it is whole; the square of area 4 has 14 bands."""
    levels = height_map(lambda a, b: a**2 + b**2, ((-1.0, 1.0), (-1.0, 1.0)), "test").levels()
    assert len(levels) == 15
    assert np.allclose(levels[:11], np.arange(11) * 4.0 / 14.0 / math.pi, atol=0.02)


@pytest.mark.slow
def test_a_function_without_hills_is_drawn_too() -> None:
    assert plot_landscape(lambda a, b: 0.0 * a + 1.0, start=(1.0, 1.0)).svg


def test_where_a_function_is_not_finite_there_is_a_hole() -> None:
    plot = plot_landscape(lambda a, b: ac.log(a) + b**2, start=(2.0, 1.0))
    assert "surface" in plot.figure.axes[1].get_title()
    with pytest.raises(InputValueError, match="finite nowhere"):
        plot_landscape(lambda a, b: ac.log(-(a**2) - 1.0) + b)


@given(st.floats(0.1, 4.0), st.floats(0.01, 0.6), finite, finite)
@settings(max_examples=30)
def test_a_descent_on_a_parabola_is_a_geometric_sequence(a: float, rate: float, w1: float, w2: float) -> None:
    found = descend(lambda u, v: a * u**2 + v**2, (w1, w2), "test", learning_rate=rate, steps=8)
    points, factors = found.points, np.array([1.0 - 2.0 * a * rate, 1.0 - 2.0 * rate])
    # A step that ends near to the minimum is a difference of two numbers as large as the point that it starts from.
    assert (abs(points[1:] - factors * points[:-1]) <= 1e-14 * abs(points[:-1]) + 1e-300).all()
    assert len(points) == 9
    assert points[0].tolist() == [w1, w2]
    assert np.allclose(found.losses, a * points[:, 0] ** 2 + points[:, 1] ** 2, rtol=1e-12, atol=1e-300)


@given(st.floats(0.05, 2.0).filter(lambda rate: abs(rate - 1.0) > 0.01))
@settings(max_examples=30)
def test_a_descent_diverges_exactly_beyond_two_over_the_curvature(rate: float) -> None:
    found = descend(lambda u, v: u**2 + v**2, (1.0, 2.0), "test", learning_rate=rate, steps=20)
    assert found.diverged == (rate > 1.0)


def test_a_descent_to_infinity_ends_early_and_is_told() -> None:
    found = descend(lambda u, v: u**4 + v**4, (3.0, 3.0), "test", learning_rate=1.0, steps=50)
    assert found.diverged
    assert len(found.points) < 10
    assert np.isfinite(found.points).all()


def test_branches_are_taken_anew_at_each_step() -> None:
    found = descend(lambda u, v: u if u > 0 else -u + v * v, (0.15, 1.0), "test", learning_rate=0.1, steps=3)
    assert np.allclose(found.points, [[0.15, 1.0], [0.05, 1.0], [-0.05, 1.0], [0.05, 0.8]])


def test_the_path_is_drawn_where_the_steps_lead() -> None:
    plot = plot_landscape(himmelblau, start=(-0.5, -1.0), learning_rate=0.01, steps=12, limits=((-5, 5), (-5, 5)))
    flat, solid = plot.figure.axes
    points = [np.array([-0.5, -1.0])]
    for _ in range(12):  # the gradient, by hand
        x, y = points[-1]
        p, q = x * x + y - 11.0, x + y * y - 7.0
        points.append(points[-1] - 0.01 * np.array([4.0 * x * p + 2.0 * q, 2.0 * p + 4.0 * y * q]))
    assert np.allclose(points_of(line(flat, "_path")), points)
    assert np.allclose(points_of(line(flat, "_start")), points[:1])
    assert np.allclose(points_of(line(flat, "_end")), points[-1:])
    x, y, z = line(solid, "_path").get_data_3d()
    assert np.allclose(z, himmelblau(np.asarray(x), np.asarray(y)))
    assert flat.get_aspect() == 1.0  # a step stands at right angles to its contour
    assert (flat.get_xlabel(), flat.get_ylabel()) == ("$w_{1}$", "$w_{2}$")


def test_a_surface_shows_no_path_outside_of_its_limits() -> None:
    plot = plot_landscape(lambda a, b: -(a**2) - b**2, start=(0.5, 0.5), learning_rate=0.5, steps=5)
    x = line(plot.figure.axes[1], "_path").get_data_3d()[0]
    assert np.allclose(x, [0.5, 1.0, 2.0])
    assert len(points_of(line(plot.figure.axes[0], "_path"))) == 6


@pytest.mark.parametrize(
    ("f", "start", "reach"),
    [
        (lambda a, b: (a - 1.0) ** 2 + b**2, (2.0, 1.0), 3.0),
        (lambda a, b: (a - 3.0) ** 2 + (b - 2.0) ** 2, (0.0, 0.0), 4.0),  # and not a dot that is cut in two
        (lambda a, b: (a - 40.0) ** 2 + b**2, (0.0, 0.0), 3.0),
        (lambda a, b: a**2 - b**2, (1.0, 1e-9), 3.0),
        (lambda a, b: -(a**2) - b**2, (0.5, 0.5), 3.0),
    ],
)
def test_a_map_reaches_to_where_a_descent_ends_if_that_is_near(f: Any, start: Any, reach: float) -> None:
    flat = plot_landscape(f, start=start, learning_rate=0.2, steps=30).figure.axes[0]
    assert (flat.get_xlim(), flat.get_ylim()) == ((-reach, reach), (-reach, reach))
    *panels, _ = plot_learning_rates(f, start=start, learning_rates=[0.1, 0.2], steps=30).figure.axes
    assert {axes.get_xlim() for axes in panels} == {(-reach, reach)}


def test_another_optimizer_can_descend() -> None:
    class Halving:
        """Moves every parameter half of the way to 0, whatever the gradient is."""

        def __init__(self, parameters: Any, learning_rate: float) -> None:
            self.parameters = parameters

        def zero_grad(self) -> None: ...

        def step(self) -> None:
            for each in self.parameters:
                each.data = each.data / 2.0

    plot = plot_landscape(lambda a, b: a * b, start=(2.0, 1.0), steps=2, optimizer=Halving)
    assert points_of(line(plot.figure.axes[0], "_path")).tolist() == [[2.0, 1.0], [1.0, 0.5], [0.5, 0.25]]


def test_learning_rates_stand_side_by_side_with_their_losses_below() -> None:
    plot = plot_learning_rates(
        lambda w1, w2: w1**2 + 3 * w2**2, start=(2.5, 1.5), learning_rates=[0.1, 0.3, 0.4], steps=6
    )
    *panels, below = plot.figure.axes
    assert [axes.get_title() for axes in panels] == ["η = 0.1", "η = 0.3", "η = 0.4: diverges"]
    for rate, axes in zip([0.1, 0.3, 0.4], panels, strict=True):
        path = points_of(line(axes, "_path"))
        steps = np.arange(7)
        expected = np.column_stack([2.5 * (1 - 2 * rate) ** steps, 1.5 * (1 - 6 * rate) ** steps])
        assert np.allclose(path, expected)
        losses = points_of(line(below, f"η = {rate}"))
        assert line(axes, "_path").get_color() == line(below, f"η = {rate}").get_color()
        assert np.allclose(points_of(line(axes, "_minimum")), [[0.0, 0.0]], atol=1e-9)
        assert np.allclose(losses[:, 0], steps)
        assert np.allclose(losses[:, 1], expected[:, 0] ** 2 + 3 * expected[:, 1] ** 2)
    assert below.get_yscale() == "log"
    [legend] = plot.figure.legends
    told = [text.get_text() for text in legend.get_texts() if text.get_text()]
    assert sorted(told) == ["end of the descent", "minimum", "start", "η = 0.1", "η = 0.3", "η = 0.4"]


def test_every_minimum_inside_is_marked() -> None:
    flat = plot_landscape(himmelblau, limits=((-5.0, 5.0), (-5.0, 5.0))).figure.axes[0]
    found = sorted(points_of(each)[0].tolist() for each in lines(flat, "_minimum"))
    exact = [[-3.7793, -3.2832], [-2.8051, 3.1313], [3.0, 2.0], [3.5844, -1.8481]]
    assert np.allclose(found, exact, atol=0.02)
    for no_minimum in (lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a * 0.0 + b * 0.0, lambda a, b: a**2):
        assert not lines(plot_landscape(no_minimum).figure.axes[0], "_minimum")


@pytest.mark.parametrize("a", [1, 20, 40])
def test_a_valley_needs_as_many_steps_as_theory_says(a: int) -> None:
    """The best constant rate shrinks every step by (κ - 1) / (κ + 1), along both axes."""
    plot = plot_valleys({"valley": lambda w1, w2: w1**2 + a * w2**2})
    path, below = plot.figure.axes
    factor = (a - 1.0) / (a + 1.0)
    needed = 1 if a == 1 else math.ceil(math.log(1e-3) / (2.0 * math.log(factor)))
    assert f"κ = {a}, {needed} step" in path.get_title()
    points = points_of(line(path, "_path"))
    steps = np.arange(needed + 1)
    assert np.allclose(points, np.column_stack([1.8 * factor**steps, (-factor) ** steps]), atol=1e-12)
    if a > 1:
        assert (np.diff(np.sign(points[:, 1])) != 0).all()  # it zig-zags
        assert np.allclose(points_of(line(below, "valley"))[:, 1], factor ** (2 * steps))


@pytest.mark.slow
@given(st.integers(0, 1000))
@settings(max_examples=4)
def test_standardising_leaves_what_correlation_makes_of_a_valley(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(30, 2)) * [1.0, 4.0] + [5.0, -2.0]
    y = X @ [1.0, 0.5] + generator.normal(size=30)
    raw, standard, _ = plot_standardizing(X, y).figure.axes
    correlation = abs(np.corrcoef(X.T)[0, 1])
    eigenvalues = np.linalg.eigvalsh(np.cov(X.T))
    assert f"κ = {(1 + correlation) / (1 - correlation):.3g}," in standard.get_title()
    assert f"κ = {eigenvalues[1] / eigenvalues[0]:.3g}," in raw.get_title()
    best = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]
    start, end = points_of(line(raw, "_path"))[[0, -1]]
    assert start.tolist() == [0.0, 0.0]
    excess = [((X - X.mean(axis=0)) @ (w - best)) @ ((X - X.mean(axis=0)) @ (w - best)) for w in (start, end)]
    assert excess[1] <= 1.001e-3 * excess[0]


def test_who_starts_at_the_minimum_stays_there() -> None:
    plot = plot_valleys({"valley": lambda w1, w2: w1**2 + 5 * w2**2}, start=(0.0, 0.0))
    assert points_of(line(plot.figure.axes[0], "_path")).tolist() == [[0.0, 0.0]]
    assert "0 steps" in repr(plot_standardizing([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [2.0, 2.0, 2.0]))


def test_what_is_no_valley_is_refused() -> None:
    with pytest.raises(InputValueError, match="no valley"):
        plot_valleys({"saddle": lambda a, b: a**2 - b**2})
    with pytest.raises(InputValueError, match="not quadratic"):
        plot_valleys({"quartic": lambda a, b: a**4 + a**2 + b**2})
    with pytest.raises(InputTypeError, match="dictionary"):
        plot_valleys(himmelblau)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="one to 4"):
        plot_valleys({})


def test_features_that_leave_no_best_weights_are_refused() -> None:
    with pytest.raises(InputValueError, match="follows from the other"):
        plot_standardizing([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], [0.0, 1.0, 2.0])
    with pytest.raises(InputValueError, match=r"3 feature\(s\)"):
        plot_standardizing([[1.0, 2.0, 3.0]], [0.0])


@pytest.mark.parametrize(
    ("f", "options", "message"),
    [
        ("w1", {}, "not a function"),
        (lambda w: w**2, {}, "two numbers"),
        (lambda a, b, c: a, {}, "two numbers"),
        (lambda a, b: [a, b], {}, "return one number"),
        (himmelblau, {"start": (1.0, 2.0, 3.0)}, "two dimensions"),
        (himmelblau, {"start": 1.0}, "two dimensions"),
        (himmelblau, {"start": (1.0, math.nan)}, "not finite"),
        (himmelblau, {"start": ("a", 1.0)}, "not a real number"),
        (himmelblau, {"limits": (0.0, 1.0)}, "two pairs"),
        (himmelblau, {"limits": ((1.0, 0.0), (0.0, 1.0))}, "from the lower to the upper"),
        (himmelblau, {"start": (1.0, 1.0), "steps": 0}, "steps"),
        (himmelblau, {"start": (1.0, 1.0), "learning_rate": -1.0}, "learning rate"),
        (lambda a, b: ac.log(a) + b, {"start": (-1.0, 1.0)}, "start elsewhere"),
    ],
)
def test_what_has_not_two_dimensions_is_refused(f: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises((InputTypeError, InputValueError), match=message):
        plot_landscape(f, **options)


def test_learning_rates_are_a_few_numbers() -> None:
    for rates in ([], 0.1, [0.1] * 6, "0.1"):
        with pytest.raises(InputValueError, match="one to 5"):
            plot_learning_rates(himmelblau, start=(0.0, 0.0), learning_rates=rates)  # type: ignore[arg-type]


def test_recorded_or_not_a_function_has_the_same_values() -> None:
    columns = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([3.0, 4.0, 5.0, 6.0])
    assert evaluate_many(branching, *columns).tolist() == [-6.0, -4.0, 1.0, 4.0]


def test_sgd_is_what_descends_unless_told_otherwise() -> None:
    parameters = [Value(2.0), Value(1.0)]
    optimizer = SGD(parameters, 0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (parameters[0] ** 2 * parameters[1]).backward()
        optimizer.step()
    found = descend(lambda a, b: a**2 * b, (2.0, 1.0), "test", learning_rate=0.1, steps=3)
    assert found.points[-1] == pytest.approx([each.data for each in parameters], rel=1e-14)
