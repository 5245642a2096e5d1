"""NumPy's functions that are made of others: values are NumPy's, derivatives are checked in both modes, twice."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, Value, check_gradients, grad, jvp
from autograd_core.array_functions import protocol
from autograd_core.array_functions.refused import REFUSED

ROOT = Path(__file__).parents[2]

A = np.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]])
B = np.array([[0.9, 0.4, -0.6], [-1.1, 0.8, 1.7]])
#: Nowhere near an integer, a half or a multiple of each other.
UNEVEN = A + np.array([[0.037, 0.041, 0.139], [0.073, 0.017, 0.023]])
SQUARE = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.6], [-0.2, 0.5, 1.2]])
BOX = np.arange(24.0).reshape(2, 3, 4) / 7.0 - 1.1
ROW = np.array([0.4, -1.3, 2.2, 0.9])

OF_ONE: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "repeat": (lambda x: np.repeat(x, 2), A),
    "repeat, axis": (lambda x: np.repeat(x, [1, 0, 3], axis=1), A),
    "tile": (lambda x: np.tile(x, (2, 1, 2)), A),
    "roll": (lambda x: np.roll(x, 2), A),
    "roll, axis": (lambda x: np.roll(x, (1, -1), axis=(0, 1)), A),
    "flip": (np.flip, A),
    "flip, axis": (lambda x: np.flip(x, -1), A),
    "fliplr": (np.fliplr, A),
    "rot90": (np.rot90, A),
    "tril": (lambda x: np.tril(x, -1), SQUARE),
    "triu": (lambda x: np.triu(x, 1), BOX),
    "vstack": (lambda x: np.vstack([x, B, x]), A),
    "hstack": (lambda x: np.hstack([x, B]), A),
    "hstack of vectors": (lambda x: np.hstack([x, [1.0], 2.0 * x]), ROW),
    "dstack": (lambda x: np.dstack([x, B]), A),
    "column_stack": (lambda x: np.column_stack([x, x * x]), ROW),
    "take, wrapped": (lambda x: np.take(x, [[7, -1], [0, 9]], mode="wrap"), A),
    "take, clipped": (lambda x: np.take(x, [5, -4, 1], axis=1, mode="clip"), A),
    "where alone": (lambda x: x[np.where(x > 0.0)], A),
    "atleast_1d": (np.atleast_1d, np.array(2.5)),
    "atleast_2d": (np.atleast_2d, ROW),
    "atleast_3d": (np.atleast_3d, A),
    "split": (lambda x: np.split(x, 2)[1] * np.split(x, [1, 3])[0], ROW),
    "array_split": (lambda x: np.array_split(x, 3, axis=1)[1], BOX[0]),
    "hsplit": (lambda x: np.hsplit(x, 3)[2], A),
    "vsplit": (lambda x: np.vsplit(x, 2)[1], A),
    "dsplit": (lambda x: np.dsplit(x, 2)[1], BOX),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1), BOX),
    "rollaxis": (lambda x: np.rollaxis(x, 2), BOX),
    "diag of a matrix": (lambda x: np.diag(x, 1), SQUARE),
    "diag of a vector": (lambda x: np.diag(x, -1), ROW),
    "take": (lambda x: np.take(x, [[0, 5], [5, 2]]), A),
    "take, axis": (lambda x: np.take(x, [2, 0], axis=1), A),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([[1, 1, 0]]), axis=0), A),
    "append": (lambda x: np.append(x, B, axis=0), A),
    "append, flat": (lambda x: np.append(x, 3.0 * x), A),
    "delete": (lambda x: np.delete(x, 1, axis=1), A),
    "std": (np.std, A),
    "std, axis": (lambda x: np.std(x, axis=0, ddof=1, keepdims=True), BOX),
    "cumprod": (lambda x: np.cumprod(x, axis=1), A),
    "cumprod with a zero": (np.cumprod, np.array([2.0, 0.0, 3.0, 1.5])),
    "diff": (np.diff, ROW),
    "diff, n": (lambda x: np.diff(x, 2, axis=0), BOX.reshape(6, 4) ** 2),
    "sort": (np.sort, A),
    "sort, axis": (lambda x: np.sort(x, axis=0), A),
    "sort, flat": (lambda x: np.sort(x, axis=None), A),
    "median": (np.median, A),
    "median, axis": (lambda x: np.median(x, axis=1), A),
    "median, axes": (lambda x: np.median(x, axis=(0, 2), keepdims=True), BOX),
    "average": (np.average, A),
    "average, weights": (lambda x: np.average(x, axis=1, weights=[1.0, 2.0, 0.5]), A),
    "ptp": (lambda x: np.ptp(x, axis=1), A),
    "gradient": (lambda x: np.gradient(x**2, 0.5, axis=1), A),
    "gradient of one axis": (np.gradient, ROW),
    "gradient of all axes": (lambda x: sum(np.gradient(x**2)), BOX),
    "partition": (lambda x: np.sort(np.partition(x, 2)[..., :2]), BOX),
    "cross": (lambda x: np.cross(x, B), A),
    "cross, axes": (lambda x: np.cross(SQUARE, x**2, axisa=0, axisb=1, axisc=0), SQUARE + 0.1),
    "select": (lambda x: np.select([UNEVEN > 1.0, UNEVEN < 0.0], [x * x, 3.0 * x], 7.0), A),
    "slogdet": (lambda x: np.linalg.slogdet(x)[1], SQUARE),
    "einsum by numbers": (lambda x: np.einsum(x, [0, 1], B, [2, 1], [2, 0]), A),
    "einsum by numbers, no output": (lambda x: np.einsum(x, [0, 1], B, [0, 1]), A),
    "einsum, an axis beside one of length 1": (lambda x: np.einsum("ij,ij->i", A[:, :1], x**2), A),
    "einsum, a sum beside a column": (lambda x: np.einsum("ij,kj->", x**2, B[:, :1]), A),
    "sliding_window_view": (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)), BOX[0]),
    "pad, modes": (lambda x: np.pad(x, ((1, 0), (0, 2)), "edge") * np.pad(x, ((1, 0), (2, 0)), mode="reflect"), A),
    "pad, more modes": (lambda x: np.pad(x, (3, 2), "wrap") + np.pad(x, (3, 2), "symmetric"), ROW),
    "compress": (lambda x: np.compress([True, False, True], x, axis=1), A),
    "extract": (lambda x: np.extract(A > 0.0, x) * np.extract(x > 0.0, x), A),
    "unstack": (lambda x: np.unstack(x, axis=1)[0] * np.unstack(x, axis=-1)[1], A),
    "diagflat": (lambda x: np.diagflat(x, 1), A),
    "cumulative_prod": (lambda x: np.cumulative_prod(x, axis=0), A),
    "reshape, first axis first": (lambda x: np.reshape(x, (-1, 4), order="F") * x.reshape(6, 4, order="F"), BOX),
    "ravel, first axis first": (lambda x: np.ravel(x, order="F") * x.ravel() * x.flatten("F"), A),
    "full_like": (lambda x: np.full_like(x, x[0] * x[1]) * x, A),
    "mT": (lambda x: x.mT, BOX),
    "slogdet, by name": (lambda x: np.linalg.slogdet(x).logabsdet * np.linalg.slogdet(x).sign, -SQUARE),
    "nan_to_num": (np.nan_to_num, A),
    "round": (lambda x: np.round(x) * x, UNEVEN),
    "fix": (lambda x: np.fix(x) * x, UNEVEN),
    **{
        each.__name__: (each, A)
        for each in (np.square, np.reciprocal, np.degrees, np.radians, np.deg2rad, np.rad2deg, np.fabs, np.arcsinh)
    },
    **{each.__name__: (each, UNEVEN) for each in (np.exp2, np.sinc, np.floor, np.ceil, np.rint, np.trunc, np.cbrt)},
    **{each.__name__: (each, abs(A) + 1.1) for each in (np.log2, np.log10, np.arccosh)},
    "arctanh": (np.arctanh, A / 3.0),
    "fmax": (lambda x: np.fmax(x, B), A),
    "fmin": (lambda x: np.fmin(B, x), A),
    "remainder": (lambda x: np.remainder(x, 0.7) + x % B, UNEVEN),
    "amax": (lambda x: np.amax(x, axis=0) - np.amin(x, axis=0), A),
    "partition, values": (lambda x: np.partition(x, 2)[..., 2], BOX),
    "partition of all": (lambda x: np.partition(x, (1, 4), axis=None)[[1, 4]], A),
    "quantile": (lambda x: np.quantile(x, [0.0, 0.3, 1.0], axis=0), A),
    "quantile, keepdims": (lambda x: np.quantile(x, 0.4, axis=(0, 2), keepdims=True), BOX),
    "percentile": (lambda x: np.percentile(x, 37.0), A),
    "trapezoid": (lambda x: np.trapezoid(x, axis=0) + np.trapezoid(x, np.array([0.0, 1.0, 3.0]))[0], A),
    "nansum": (lambda x: np.nansum(x, axis=0) + np.nanmean(x, axis=0, keepdims=True), A),
    "linspace": (lambda x: np.linspace(x, 2.0, 4, axis=1), A),
    "linspace, open": (lambda x: np.linspace(1.0, x, 3, endpoint=False), ROW),
    "broadcast_arrays": (lambda x: np.broadcast_arrays(x, BOX[0, 0])[0] * np.broadcast_arrays(x, B[0, 0])[1], ROW),
    "meshgrid": (lambda x: np.meshgrid(x, [1.0, 2.0])[0] * np.meshgrid([2.0, 1.0], x, indexing="ij")[1], ROW),
    "polyval": (lambda x: np.polyval(x, [0.5, -2.0]) * np.polyval([1.0, -0.5, 2.0], x[:2]), ROW),
    "masks": (lambda x: np.where((x > 0.0) & (x < 1.0) | ~(x > -1.0) ^ (B > 5.0), x * x, 2.0 * x), A),
    "matrix_transpose": (lambda x: np.linalg.matrix_transpose(x) * np.matrix_transpose(x), BOX),
    "linalg.trace": (lambda x: np.linalg.trace(x, offset=1)[:, None] * np.linalg.diagonal(x, offset=1), BOX),
    "vector_norm": (lambda x: np.linalg.vector_norm(x) * np.linalg.vector_norm(x, axis=0, ord=3, keepdims=True), A),
    "matrix_norm": (lambda x: np.linalg.matrix_norm(x, keepdims=True) + np.linalg.vector_norm(x, keepdims=True), A),
    "cumulative_sum": (lambda x: np.cumulative_sum(x, axis=1), A),
    "real_if_close": (np.real_if_close, A),
    "floor_divide": (lambda x: (x // 0.7) * x + np.floor_divide(1.9, x), UNEVEN),
}
OF_TWO: dict[str, tuple[Callable[[Any, Any], Any], Any, Any]] = {
    "tensordot": (lambda x, y: np.tensordot(x, y, 1), A, B.T),
    "tensordot, axes": (lambda x, y: np.tensordot(x, y, ([0, 1], [1, 0])), BOX, np.moveaxis(BOX, 0, 1)),
    "tensordot, 0": (lambda x, y: np.tensordot(x, y, axes=0), ROW, ROW),
    "inner": (np.inner, A, B),
    "inner of vectors": (np.inner, ROW, ROW[::-1]),
    "outer": (np.outer, ROW, A),
    "vdot": (np.vdot, A, B),
    "kron": (np.kron, A, ROW),
    "average": (lambda x, y: np.average(x, weights=y), A, abs(B)),
    "fmax": (np.fmax, A, B),
    "convolve": (np.convolve, ROW, A[0]),
    "convolve, same": (lambda x, y: np.convolve(y, x, "same"), ROW, A[0]),
    "convolve, valid": (lambda x, y: np.convolve(x, y, "valid"), ROW, A[0]),
    "logaddexp2": (np.logaddexp2, A, B),
    "linalg, of two": (lambda x, y: np.linalg.outer(x[0], y[0]) + np.linalg.vecdot(x, y)[0], A, B),
    "linalg.cross": (lambda x, y: np.linalg.matmul(np.linalg.cross(x, y), SQUARE), A, B),
    "remainder": (np.remainder, UNEVEN, B),
    "vecdot": (np.vecdot, A, B),
}
every_one = pytest.mark.parametrize("name", OF_ONE)


def weighted(z: Any) -> Any:
    """A sum with weights, through which each element is seen, and a square, for the second derivative."""
    weights = np.linspace(0.5, 1.5, z.size).reshape(z.shape)
    return (z * z * weights).sum() if isinstance(z, Tensor) else (z * weights).sum()


@every_one
def test_values_are_numpys(name: str) -> None:
    f, x = OF_ONE[name]
    found = f(Tensor(x))
    assert isinstance(found, Tensor)
    np.testing.assert_allclose(found.data, f(x), rtol=1e-14, atol=1e-15)
    assert found.shape == np.shape(f(x))


@every_one
def test_derivatives_of_first_and_second_order(name: str) -> None:
    f, x = OF_ONE[name]
    report = check_gradients(lambda t: weighted(f(t)), Tensor(x), order=2, directions=2)
    assert {row.verdict for row in report} <= {"ok", "does not reach the output", "unreliable"}, str(report)
    assert report.rows[0].verdict in ("ok", "does not reach the output"), str(report)


@every_one
def test_forward_mode_is_reverse_mode(name: str) -> None:
    f, x = OF_ONE[name]
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    _, tangent = jvp(lambda t: weighted(f(t)), (x,), (direction,))
    assert tangent == pytest.approx(np.sum(grad(lambda t: weighted(f(t)))(x) * direction), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two(name: str) -> None:
    f, x, y = OF_TWO[name]
    np.testing.assert_allclose(f(Tensor(x), Tensor(y)).data, f(x, y), rtol=1e-14)
    np.testing.assert_allclose(f(x, Tensor(y)).data, f(x, y), rtol=1e-14)
    report = check_gradients(lambda s, t: weighted(f(s, t)), Tensor(x), Tensor(y), order=2, directions=2)
    assert report.rows[0].verdict == "ok", str(report)
    assert "wrong" not in {row.verdict for row in report}, str(report)


def test_questions_are_answered_with_plain_arrays() -> None:
    t = Tensor([[1.0, np.nan], [-np.inf, 3.0]])
    u = Tensor([[1.0, 2.0], [-np.inf, 3.0]])
    for question in (np.isnan, np.isfinite, np.isinf, np.signbit, np.argsort, np.argmax, np.argmin, np.all, np.any):
        found = question(t)
        assert not isinstance(found, Tensor)
        np.testing.assert_array_equal(found, question(t.data))
    assert (t.argmax(), u.argsort(0).tolist(), u.tolist()) == (1, [[1, 0], [0, 1]], u.data.tolist())
    assert np.array_equal(t, t, equal_nan=True)
    assert np.allclose(Tensor([1.0]), 1.0)


def test_methods_are_those_of_arrays() -> None:
    t = Tensor(A, "t")
    for found, expected in (
        (t.repeat(2), A.repeat(2)),
        (t.take([0, 2], axis=1), A.take([0, 2], axis=1)),
        (t.std(axis=0), A.std(axis=0)),
        (t.cumprod(1), A.cumprod(1)),
        (t.copy(), A),
        (t.round(), A.round()),
        (t % 0.4, A % 0.4),
        (t // 0.4, A // 0.4),
        (1.3 % t, 1.3 % A),
        (1.3 // t, 1.3 // A),
        (round(t), A.round()),
    ):
        assert isinstance(found, Tensor)
        np.testing.assert_allclose(found.data, expected, rtol=1e-14)


def test_what_numpys_equal_is_asked_first_is_compared_by_elements() -> None:
    """It is no ``==``, which asks the node itself; a sum over the largest elements would be 0 without a word."""
    x, v = Tensor([1.0, 3.0, 3.0]), Value(3.0)
    (x * np.equal(x, np.max(x))).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 1.0]
    assert np.not_equal(x, np.array([1.0, 2.0, 3.0])).data.tolist() == [0.0, 1.0, 0.0]
    assert (np.equal(v, 3.0).data, np.not_equal(v, Value(3.0)).data) == (1.0, 0.0)


def test_full_like_has_the_type_and_shape_that_numpys_has() -> None:
    t = Tensor(np.ones((2, 3), np.float32))
    assert (np.full_like(t, Tensor(2.0)).dtype, np.full_like(t, Tensor(2.0), float).dtype) == (np.float32, np.float64)
    assert np.full_like(t, Value(2.0), shape=(4,)).data.tolist() == [2.0] * 4
    assert isinstance(np.full_like(t, 2.0), np.ndarray)
    jitted = ac.jit(lambda x: np.sum(np.full_like(x, x[0]) * x))
    assert [float(jitted(np.array(each))) for each in ([2.0, 3.0], [3.0, 5.0])] == [10.0, 24.0]
    with pytest.raises(ac.LeavesGraphError, match="stack"):
        np.full_like(t, [Tensor(1.0)] * 3)


@pytest.mark.parametrize(
    "function",
    [
        np.nanmean,
        lambda x: np.linspace(x[0], x[1], 4),
        lambda x: np.average(x, axis=0, weights=np.ones(2, np.float32)),
    ],
    ids=["nanmean", "linspace", "average"],
)
def test_single_precision_stays(function: Any) -> None:
    x = A.astype(np.float32)
    assert function(Tensor(x)).dtype == function(x).dtype == np.float32
    np.testing.assert_allclose(function(Tensor(x)).data, function(x), rtol=1e-6)


@pytest.mark.parametrize("axis", [None, 0])
def test_the_norm_of_no_numbers_is_0(axis: int | None) -> None:
    x = Tensor(np.zeros((0, 3)))
    length = np.linalg.norm(x, axis=axis)
    length.sum().backward()
    np.testing.assert_array_equal(length.data, np.linalg.norm(x.data, axis=axis))
    assert x.grad.shape == (0, 3)


def test_a_matrix_of_numpy_is_not_multiplied_by_elements() -> None:
    with pytest.warns(PendingDeprecationWarning):
        m = np.asmatrix(SQUARE)
    for call in (
        lambda: m * Tensor(SQUARE),
        lambda: Tensor(SQUARE) * m,
        lambda: Tensor(SQUARE) ** m,
        lambda: Value(1.0) * m,
    ):
        with pytest.raises(ac.InputTypeError, match="write @"):
            call()
    same_as_numpy(m @ Tensor(SQUARE), SQUARE @ SQUARE)


def test_fmax_leaves_out_what_is_nan() -> None:
    x, y = np.array([1.0, np.nan, np.nan, 2.0]), np.array([0.5, 3.0, np.nan, np.nan])
    for function in (np.fmax, np.fmin):
        np.testing.assert_array_equal(function(Tensor(x), y).data, function(x, y))
    t = Tensor([1.0, 2.0])
    np.fmax(t, [np.nan, 5.0]).sum().backward()
    assert t.grad.tolist() == [1.0, 0.0]


def test_equal_elements_are_sorted_as_they_stand() -> None:
    x = np.array([2.0, 1.0, 2.0, 1.0])
    weights = np.array([1.0, 10.0, 100.0, 1000.0])
    assert grad(lambda t: (np.sort(t) * weights).sum())(x).tolist() == [100.0, 1.0, 1000.0, 10.0]
    assert grad(np.median)(np.array([3.0, 1.0, 2.0])).tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(np.median(Tensor([1.0, np.nan])).data)


def test_at_ties_the_derivative_is_a_slope_of_one_side() -> None:
    for weights in ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.7, 3.1], [0.1, 0.2, 0.3, 0.7]):
        report = check_gradients(lambda x, w=weights: (np.sort(x) * np.array(w)).sum(), Tensor([1.0, 2.0, 2.0, 0.0]))
        assert [row.verdict for row in report.rows] == ["ok", "kink", "kink", "ok"]
        assert all(row.between for row in report.rows[1:3]), str(report)


def test_the_middle_of_three_equal_ones_is_known_to_be_tied() -> None:
    *_, row = (each for each in check_gradients(np.median, Tensor([1.0, 2.0, 2.0, 2.0, 5.0])).rows if each.analytic)
    assert row.verdict == "unreliable"
    assert "sort" in row.note


def test_compositions_of_values() -> None:
    v = Value(2.5)
    for function in (
        np.square,
        np.reciprocal,
        np.degrees,
        np.radians,
        np.trunc,
        np.floor,
        np.log2,
        np.arcsinh,
        np.cbrt,
    ):
        assert function(v).data == pytest.approx(function(2.5), rel=1e-15)
    assert np.fmax(v, np.nan) is not None
    assert [each.data for each in np.square(np.array([v, v]))] == [6.25, 6.25]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.linalg.svd, r"np\.linalg\.svd: not available for a Tensor; .* custom_derivative"),
        (np.linalg.eigh, r"np\.linalg\.eigh: not available for a Tensor; .* equal"),
        (np.fft.fft, r"np\.fft\.fft: not available for a Tensor; its result is complex"),
        (lambda t: np.fill_diagonal(t, 0.0), r"np\.fill_diagonal: .* immutable; write where"),
        (lambda t: np.tensordot(t, np.ones(5), 1), "differ in length"),
        (lambda t: np.diff(t, -1), "less than 0"),
        (lambda t: np.average(t, weights=[1.0, 2.0]), "give the axis"),
        (lambda t: np.take(t, [9]), "index"),
        (lambda t: np.take(t, [1], mode="no"), "mode"),
        (lambda t: np.where(t > 0.0, t), "1 results to choose from"),
        (lambda t: np.median(t, axis=5), "axis 5"),
        (lambda t: np.quantile(t, 1.5), "not from 0 to 1"),
        (lambda t: np.quantile(t, 0.5, method="lower"), "method='lower'"),
        (lambda t: np.partition(t, 9), "out of bounds"),
        (lambda t: np.convolve(t, t), "give vectors"),
        (lambda t: t & t, r"& of .*: it is no condition; write for example \(x > 0\)"),
        (np.cov, r"np\.cov: not available for a Tensor; write d = "),
        (np.nanmax, r"np\.nanmax: .* write the function without nan of t\["),
        (lambda t: np.piecewise(t, [t > 0.0], [np.exp]), r"np\.piecewise: .* np\.where"),
        (np.i0, r"np\.i0: .*docs/numpy\.md says what to write instead, and t\.data leaves the graph"),
        (lambda t: np.split(t, 2), r"np\.split: .* equal division"),
        (lambda t: np.tile(t, -1), r"np\.tile: negative"),
        (lambda t: np.moveaxis(t, 0, 5), r"np\.moveaxis: .* axis 5"),
        (lambda t: t.reshape(9, order="A"), "order='A' is not known"),
        (lambda t: np.multiply.outer(t, t), r"np\.multiply\.outer: .* write np\.outer"),
        (lambda t: np.exp(t, dtype=float), r"np\.exp with dtype: .* x\.astype"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(ac.AutogradError, match=message) as caught:
        call(Tensor(SQUARE))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


#: Of NumPy's functions that ask their arguments, those of dates, of bits, of integers and of the types of numbers.
OF_OTHER_THINGS = {
    *("array2string", "busday_count", "busday_offset", "can_cast", "common_type", "datetime_as_string", "is_busday"),
    *("min_scalar_type", "packbits", "unpackbits", "ravel_multi_index", "unravel_index"),
}


def test_every_function_of_numpy_is_here_or_has_a_line() -> None:
    """The page says what is not: whoever writes a function of NumPy's is told what to write instead, by its name."""
    page = (ROOT / "docs" / "numpy.md").read_text(encoding="utf-8")
    functions = {
        each
        for module in (np, np.linalg, np.fft, np.lib.stride_tricks)
        for each in vars(module).values()
        if hasattr(each, "_implementation") and each.__name__ not in OF_OTHER_THINGS
    }
    assert len(functions) > 200
    for each in functions - protocol.FUNCTIONS.keys() - REFUSED.keys():
        assert re.search(rf"\b{each.__name__}\b", page), each.__name__
    for each, line in REFUSED.items():
        assert each not in protocol.FUNCTIONS
        assert re.search(r"\bwrite |t\.data|as two Tensors", line), line


@pytest.mark.parametrize("name", ["zeros", "median", "random", "repeat", "newaxis"])
def test_what_only_numpy_has_is_asked_of_numpy(name: str) -> None:
    """A program with ``import autograd_core as np`` finds half of its names here, and is told where the others are."""
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'; write numpy\.{name}, "):
        getattr(ac, name)
    with pytest.raises(AttributeError, match="did you mean arccos"):
        ac.acos  # noqa: B018


@pytest.mark.slow
def test_the_oldest_numpy_that_is_asked_for_has_what_is_read_of_it() -> None:
    """NumPy 2.0 lacks what 2.1 and 2.2 brought."""
    later = [each for each in ("unstack", "cumulative_sum", "cumulative_prod", "matvec", "vecmat") if hasattr(np, each)]
    program = f"import numpy as np\nfor each in {later}: delattr(np, each)\nimport autograd_core, nn, viz"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def same_as_numpy(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-13)


def test_what_the_lines_say_to_write_is_what_numpy_gives() -> None:
    a, s = np.array([1.0, np.nan, 3.5, -2.0]), SQUARE
    t, v, m = Tensor(a), Tensor(ROW), Tensor(SQUARE)
    same_as_numpy(np.convolve(v, A[0][::-1], "valid"), np.correlate(ROW, A[0]))
    d = m - m.mean(1, keepdims=True)
    same_as_numpy(d @ d.T / (3 - 1), np.cov(s))
    d = d / np.linalg.norm(d, axis=1, keepdims=True)
    same_as_numpy(d @ d.T, np.corrcoef(s))
    for plain, of_nan in ((np.max, np.nanmax), (np.std, np.nanstd), (np.median, np.nanmedian), (np.var, np.nanvar)):
        same_as_numpy(plain(t[~np.isnan(t.data)]), of_nan(a))
    same_as_numpy(np.cumsum(np.where(np.isnan(t.data), 0.0, t)), np.nancumsum(a))
    same_as_numpy(np.prod(np.where(np.isnan(t.data), 1.0, t)), np.nanprod(a))
    same_as_numpy(v[:, None] ** np.arange(3)[::-1], np.vander(ROW, 3))
    same_as_numpy(10.0 ** np.linspace(v[0], v[1], 5), np.logspace(ROW[0], ROW[1], 5))
    same_as_numpy(np.exp(np.linspace(np.log(v[0]), np.log(v[2]), 5)), np.geomspace(ROW[0], ROW[2], 5))
    jumps = np.cumsum(ROW * 3.0)
    same_as_numpy(Tensor(jumps) + (np.unwrap(jumps) - jumps), np.unwrap(jumps))
    same_as_numpy(np.diff(m.reshape(-1)), np.ediff1d(s))
    x = np.array([0.0, 1.0, 2.0, 4.0])
    V = np.vander(x, 2)
    same_as_numpy(ac.solve(V.T @ V, V.T @ v), np.polyfit(x, ROW, 1))
    same_as_numpy(np.abs(v) * np.sign(A[0, 0] * ROW), np.copysign(ROW, ROW))
    same_as_numpy(v - np.trunc(v), np.modf(ROW)[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.gradient(x, edge_order=2), "one distance for all axes"),
        (lambda x: np.gradient(x[:1], axis=0), "1 elements"),
        (lambda x: np.cross(x[:, :2], x), "vectors of 2 and 3"),
        (lambda x: np.select([x.data > 0.0], [x, x]), "1 conditions and 2 choices"),
        (lambda x: np.vstack([x, x], dtype=np.float32), "astype"),
    ],
)
def test_what_these_do_not_know_is_said(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ac.AutogradError, match=message):
        call(Tensor(A))
