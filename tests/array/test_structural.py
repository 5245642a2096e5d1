"""Every structural operation: NumPy's results, derivatives in both modes, second order; over shapes of all kinds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_cases import CASES, numpys_softmax
from tensor_checks import check_derivatives, check_forward, seeds

import autograd_core as ac
from autograd_core import Tensor
from autograd_core.array.cross_entropy import Labels
from autograd_core.array.functions import apply_to_one
from autograd_core.array.operations import STRUCTURAL
from autograd_core.derivatives.push_forward import push_forward

every_case = pytest.mark.parametrize(
    "case", [each for cases in CASES.values() for each in cases], ids=[n for n, cases in CASES.items() for _ in cases]
)


def test_every_structural_operation_has_a_case() -> None:
    assert set(CASES) == set(STRUCTURAL)


@every_case
@settings(max_examples=40)
@given(data=st.data(), seed=seeds)
def test_forward_results_are_numpys(case: Any, data: Any, seed: int) -> None:
    made = case(data.draw, np.random.default_rng(seed))
    check_forward(made.ours, made.numpys, made.arrays)


@every_case
@settings(max_examples=25)
@given(data=st.data(), seed=seeds)
def test_first_and_second_derivatives_are_those_of_finite_differences(case: Any, data: Any, seed: int) -> None:
    generator = np.random.default_rng(seed)
    made = case(data.draw, generator)
    check_derivatives(made.ours, made.arrays, generator)


def exact_cofactors(x: np.ndarray) -> np.ndarray:
    """The cofactors of a matrix of three rows, in rational arithmetic; finite differences cancel too much there."""
    exact = [[Fraction(float(number)) for number in row] for row in x]
    result = np.empty((3, 3))
    for i, j in np.ndindex(3, 3):
        (a, b), (c, d) = ([exact[row][k] for k in range(3) if k != j] for row in range(3) if row != i)
        result[i, j] = float((-1) ** (i + j) * (a * d - b * c))
    return result


@given(seed=seeds)
def test_the_determinant_has_a_derivative_at_singular_matrices(seed: int) -> None:
    generator = np.random.default_rng(seed)
    row = generator.uniform(0.5, 1.5, 3)
    matrix = np.stack([row, 2 * row, generator.uniform(0.5, 1.5, 3)])
    x = Tensor(matrix)
    z = ac.det(x)
    z.backward()
    cofactors = exact_cofactors(matrix)
    np.testing.assert_allclose(x.grad, cofactors, rtol=0, atol=1e-13)
    direction = generator.uniform(-1.0, 1.0, (3, 3))
    assert push_forward(z, {x: direction}) == pytest.approx(np.sum(cofactors * direction), abs=1e-12)


@given(seed=seeds)
def test_two_losses_of_the_same_labels_do_not_mix_up_what_they_remember(seed: int) -> None:
    generator = np.random.default_rng(seed)
    classes = generator.integers(0, 3, 4)
    labels = Labels(classes)
    first, second = (Tensor(generator.normal(size=(4, 3))) for _ in range(2))
    losses = [apply_to_one("cross_entropy", each, labels) for each in (first, second)]
    for loss in losses:
        loss.backward()
    for each in (first, second):
        np.testing.assert_allclose(each.grad, (numpys_softmax(each.data, 1) - np.eye(3)[classes]) / 4, atol=1e-15)


# --- at the ends of the range of floats -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "sizes"), [(np.float64, (1e200, 1e-200, 1e-310)), (np.float32, (1e30, 1e-30, 1e-42))])
@pytest.mark.parametrize("order", [None, 2, 3, 1.5, -3])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_of_huge_and_of_tiny_numbers(kind: Any, sizes: Any, order: Any, keepdims: bool) -> None:
    """A norm is homogeneous: |s x| = s |x|, and its gradient does not depend on s; a row of zeros has norm 0."""
    x = np.array([[3.0, -4.0, 0.5], [1.0, 2.0, 2.0]], kind)
    expected = np.linalg.norm(x, order, axis=1)
    slopes = ac.grad(lambda t: ac.norm(t, order, 1).sum())(x)
    for size in sizes:
        rows = np.array([[size], [1.0]], kind) * x
        lengths = ac.norm(rows, order, 1, keepdims)
        assert lengths.shape == ((2, 1) if keepdims else (2,))
        loose = 1e-3 if size < np.finfo(kind).tiny else 400 * float(np.finfo(kind).eps)  # 1 / p is rounded
        np.testing.assert_allclose(lengths.ravel() / [size, 1.0], expected, rtol=loose)
        found = ac.grad(lambda t: ac.norm(t, order, 1, keepdims).sum())(rows)
        np.testing.assert_allclose(found, slopes, rtol=loose, atol=loose)
    assert ac.norm(np.zeros((2, 3), kind), order if order != -3 else None, 1).tolist() == [0.0, 0.0]


def test_a_norm_of_huge_numbers_has_second_derivatives() -> None:
    for size in (1e100, 1e200, 1e-200):
        found = ac.hessian(ac.norm)(np.array([3.0, 4.0]) * size) * size
        np.testing.assert_allclose(found, np.array([[16.0, -12.0], [-12.0, 9.0]]) / 125.0, rtol=1e-14)


def test_a_norm_of_infinities_and_nan_is_numpys() -> None:
    for x in ([np.inf, 1.0], [np.inf, -np.inf], [np.nan, 1.0]):
        np.testing.assert_array_equal(ac.norm(np.array(x)), np.linalg.norm(x))


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_in_log_space_of_nothing_and_of_infinities(axis: Any, keepdims: bool) -> None:
    """Parts of nothing are 0; one infinity is all of the sum, several share it."""
    for numbers, parts in (
        ([-np.inf, -np.inf], [0.0, 0.0]),
        ([np.inf, 1.0], [1.0, 0.0]),
        ([np.inf, np.inf], [0.5, 0.5]),
        ([-np.inf, 1.0], [0.0, 1.0]),
    ):
        line = np.array(numbers).reshape((2, 1) if axis == 0 else (1, 2))
        expected = np.array(parts).reshape(line.shape)
        for stacked in (
            (line, np.concatenate([line, np.zeros_like(line)], 1 if axis == 0 else 0)) if axis is not None else (line,)
        ):
            found = ac.grad(lambda t: ac.logsumexp(t, axis, keepdims).sum())(stacked)
            part = found[: line.shape[0], : line.shape[1]]
            np.testing.assert_array_equal(part, expected)
            assert np.isfinite(found).all()
        np.testing.assert_array_equal(
            ac.jvp(lambda t: ac.logsumexp(t, axis, keepdims), (line,), (np.ones(line.shape),))[1], expected.sum()
        )


def test_a_chain_through_a_sum_of_nothing_has_derivative_zero() -> None:
    nothing = np.full(3, -np.inf)
    assert ac.grad(lambda x: ac.logsumexp(x * np.ones(3) + nothing))(1.0) == 0.0


X = np.array([40.0, 0.0, -3.0])


def test_probabilities_close_to_one_do_not_cancel_their_derivatives() -> None:
    """dp_i/dx_j = p_i ([i = j] - p_j), where 1 - p_0 is a sum of small numbers."""
    powers = np.exp(X - 40.0)
    p = powers / powers.sum()
    rest = np.array([p[1] + p[2], 1.0 - p[1], 1.0 - p[2]])
    expected = np.where(np.eye(3) == 1.0, p * rest, -np.outer(p, p))
    np.testing.assert_allclose(ac.jacobian(ac.softmax)(X), expected, rtol=1e-14)
    np.testing.assert_allclose(ac.jacobian(ac.softmax, mode="forward")(X), expected, rtol=1e-14)
    np.testing.assert_allclose(ac.hessian(ac.logsumexp)(X), expected, rtol=1e-14)
    slopes = np.where(np.eye(3) == 1.0, rest, -p)
    np.testing.assert_allclose(ac.jacobian(ac.log_softmax)(X), slopes, rtol=1e-14)
    np.testing.assert_allclose(ac.jacobian(ac.log_softmax, mode="forward")(X), slopes, rtol=1e-14, atol=1e-33)


def test_what_is_added_to_one_in_log_space_is_not_lost() -> None:
    small = float(np.exp(-40.0))
    assert ac.logsumexp(np.array([0.0, -40.0])) == pytest.approx(small, rel=1e-15)
    np.testing.assert_allclose(ac.log_softmax(np.array([40.0, 0.0])), [-small, -40.0], rtol=1e-15)


def test_the_cross_entropy_of_a_certain_and_right_model_has_its_small_gradient() -> None:
    logits = np.array([X, [1.0, 2.0, 3.0]])

    def loss(x: Any) -> Any:
        return apply_to_one("cross_entropy", x, Labels(np.array([0, 1])))

    small = float(np.exp(-40.0) + np.exp(-43.0))
    assert loss(np.array([X, X])).item() == pytest.approx((small + 40.0) / 2, rel=1e-14)
    assert apply_to_one("cross_entropy", np.array([X]), Labels(np.array([0]))).item() == pytest.approx(small, rel=1e-14)
    tensor = Tensor(logits)
    loss(tensor).backward()
    expected = np.array([-small, np.exp(-40.0), np.exp(-43.0)]) / 2
    np.testing.assert_allclose(tensor.grad[0], expected, rtol=1e-14)
    np.testing.assert_allclose(ac.grad(loss)(logits)[0], expected, rtol=1e-14)
    hessian = ac.hessian(loss)(logits)[0, :, 0, :]
    np.testing.assert_allclose(hessian[0], -expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("numbers", "ddof", "value", "slopes"),
    [
        ([3.0], 1, np.nan, [np.nan]),
        ([3.0, 5.0], 2, np.inf, [-np.inf, np.inf]),
        ([3.0, 3.0], 2, np.nan, [np.nan, np.nan]),
        ([3.0, 5.0], 1, 2.0, [-2.0, 2.0]),
    ],
)
def test_a_variance_without_degrees_of_freedom_has_a_gradient_as_undefined_as_itself(
    numbers: list[float], ddof: int, value: float, slopes: list[float]
) -> None:
    x = Tensor(numbers)
    spread = ac.var(x, ddof=ddof)
    spread.backward()
    np.testing.assert_array_equal(spread.data, value)
    np.testing.assert_array_equal(x.grad, slopes)
    np.testing.assert_array_equal(ac.grad(lambda t: ac.var(t, ddof=ddof))(np.array(numbers)), slopes)
