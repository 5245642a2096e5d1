"""NumPy's own functions on Tensors, by its two protocols; what is not supported raises and names the alternative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, Value

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])
SQUARE = np.array([[2.0, 0.5], [0.5, 3.0]])

SUPPORTED: list[tuple[str, Any, np.ndarray]] = [
    ("exp", np.exp, X),
    ("negative", np.negative, X),
    ("power", lambda x: np.power(x, 2.0), X),
    ("matmul", lambda x: np.matmul(x, X.T), X),
    ("array @ tensor", lambda x: X.T @ x, X),
    ("array * tensor", lambda x: X * x, X),
    ("float64 * tensor", lambda x: np.float64(2.0) * x, X),
    ("sum", lambda x: np.sum(x, axis=0), X),
    ("sum keepdims", lambda x: np.sum(x, axis=(0, 1), keepdims=True), X),
    ("mean", lambda x: np.mean(x, 1), X),
    ("var", lambda x: np.var(x, ddof=1), X),
    ("max", lambda x: np.max(x, axis=-1), X),
    ("amin", np.min, X),
    ("prod", np.prod, X),
    ("cumsum", np.cumsum, X),
    ("transpose", np.transpose, X),
    ("swapaxes", lambda x: np.swapaxes(x, 0, 1), X),
    ("expand_dims", lambda x: np.expand_dims(x, 0), X),
    ("squeeze", np.squeeze, X[:1]),
    ("broadcast_to", lambda x: np.broadcast_to(x, (2, 2, 3)), X),
    ("reshape", lambda x: np.reshape(x, (3, 2)), X),
    ("ravel", np.ravel, X),
    ("concatenate", lambda x: np.concatenate([x, X], axis=1), X),
    ("stack", lambda x: np.stack([X, x]), X),
    ("pad", lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=1.5), X),
    ("where", lambda x: np.where(X > 2, x, 0.0), X),
    ("where by tensor", lambda x: np.where(x > 2, x, X), X),
    ("clip", lambda x: np.clip(x, 2.0, 4.5), X),
    ("clip one side", lambda x: np.clip(x, None, 4.5), X),
    ("einsum", lambda x: np.einsum("ij,kj->ik", x, X), X),
    ("outer", lambda x: np.outer(x, [1.0, 2.0]), X),
    ("dot", lambda x: np.dot(x, X.T), X),
    ("trace", np.trace, SQUARE),
    ("diagonal", np.diagonal, SQUARE),
    ("norm", np.linalg.norm, X),
    ("solve", lambda x: np.linalg.solve(x, X), SQUARE),
    ("inv", np.linalg.inv, SQUARE),
    ("det", np.linalg.det, SQUARE),
    ("cholesky", np.linalg.cholesky, SQUARE),
]


@pytest.mark.parametrize(("name", "function", "x"), SUPPORTED, ids=[name for name, _, _ in SUPPORTED])
def test_numpys_functions_give_nodes_with_numpys_numbers(name: str, function: Any, x: np.ndarray) -> None:
    leaf = Tensor(x)
    result = function(leaf)
    expected = np.asarray(function(x))
    assert isinstance(result, Tensor)
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result.data, expected, rtol=1e-14)
    result.sum().backward()
    assert leaf.has_grad


def test_questions_about_the_shape_have_plain_answers() -> None:
    x = Tensor(X)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)
    assert np.ones_like(x).tolist() == np.ones((2, 3)).tolist()
    assert np.zeros_like(x).dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.cov, r"np\.cov: not available for a Tensor; write d = t - t\.mean"),
        (np.spacing, r"np\.spacing: not available for a Tensor; did you mean .*sin\? docs/numpy\.md"),
        (np.add.reduce, r"np\.add\.reduce: not available"),
        (lambda x: np.exp(x, out=np.ones((2, 3))), r"np\.exp with out: a Tensor cannot be written into"),
        (lambda x: np.add(X, x, where=X > 1), r"np\.add with where: not available"),
        (lambda x: np.sum(x, dtype=float), r"np\.sum: .*dtype.* its arguments are \(x"),
        (lambda x: np.pad(x, 1, mode="mean"), "mode='mean' is not available"),
        (lambda x: np.linalg.norm(x, 2), "norm: ord=2 over 2 axes is not available"),
        (lambda x: x @ "a", "matmul: 'a' beside a Tensor"),
        (lambda x: x + None, "add: None beside a Tensor"),
        (lambda x: x * 1j, "mul: 1j beside a Tensor"),
        (lambda x: x + np.ones(2) * 1j, "the engine is real"),
        (lambda x: x + np.ones(5), r"add of shapes \(2, 3\), \(5,\): operands could not be broadcast"),
        (lambda x: ac.reshape(x, (4, 2)), r"reshape of shape \(2, 3\): cannot reshape"),
        (lambda x: x["a"], "cannot stand in brackets"),
        (lambda x: x[x], "is not an index"),
        (lambda x: ac.stack([]), "the list is empty"),
        (lambda x: ac.concatenate(3.0), "is not a list of arrays"),
        (lambda x: ac.einsum("ij,jk->ik", x), "names 2 operands and 1 were given"),
        (lambda x: ac.einsum("ijk->i", x), "does not fit operands with"),
        (lambda x: ac.pad(x, ((1, 2), (3, 4), (5, 6))), "does not fit 2 axes"),
        (lambda x: ac.leaky_relu(x, Value(0.1)), "the parameter is a node"),
        (lambda x: x.astype(int), "int64 has no derivatives"),
        (lambda x: x.item(), "holds 6 numbers"),
        (lambda x: ac.sum("a"), "does not hold real numbers"),
    ],
)
def test_what_is_not_supported_raises_and_names_the_alternative(call: Any, message: str) -> None:
    with pytest.raises(ac.AutogradError, match=message):
        call(Tensor(X))


def test_linear_algebra_errors_stay_numpys() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        ac.inv(Tensor(np.zeros((2, 2))))
    with pytest.raises(IndexError):
        Tensor(X)[7]


def test_a_determinant_that_is_nan_has_a_gradient_that_is_nan() -> None:
    x = Tensor([[np.nan, 1.0], [1.0, 2.0]])
    ac.det(x).backward()
    assert np.isnan(x.grad).all()


def test_functions_take_plain_arrays_too() -> None:
    for name in ("sum", "softmax", "logsumexp", "det", "reshape"):
        arguments = ((4,),) if name == "reshape" else ()
        result = getattr(ac, name)(SQUARE, *arguments)
        assert not isinstance(result, Tensor)
        np.testing.assert_array_equal(result, getattr(ac, name)(Tensor(SQUARE), *arguments).data)
    assert ac.softmax([Value(1.0), Value(1.0)]).data.tolist() == [0.5, 0.5]


@pytest.mark.digits
def test_extreme_inputs_of_softmax_do_not_overflow() -> None:
    x = Tensor([[1e4, 0.0], [-1e4, -1e4]])
    # What underflows is 0 or the smallest number of all, as the mathematical library rounds.
    assert ac.softmax(x).data == pytest.approx(np.array([[1.0, 0.0], [0.5, 0.5]]), rel=1e-15, abs=1e-300)
    assert ac.log_softmax(x).data[0] == pytest.approx(np.array([0.0, -1e4]), rel=1e-15, abs=1e-300)
    assert ac.logsumexp(Tensor([-np.inf, -np.inf])).item() == -np.inf
    assert ac.logsumexp(Tensor(np.zeros(0))).item() == -np.inf
    ac.log_softmax(x).sum().backward()
    assert np.isfinite(x.grad).all()


def test_methods_have_numpys_signatures() -> None:
    x = Tensor(X)
    assert x.reshape(3, 2).shape == x.reshape((3, 2)).shape == x.reshape(3, -1).shape == (3, 2)
    assert x.reshape(-1).shape == x.flatten().shape == x.ravel().shape == (6,)
    assert x.transpose(1, 0).shape == x.transpose((1, 0)).shape == x.transpose().shape == x.T.shape == (3, 2)
    assert x.sum(axis=1, keepdims=True).shape == (2, 1)
    assert x.clip(2, 3).data.max() == 3.0
    assert x.max(0).shape == x.mean(axis=0).shape == x.cumsum(1)[0].shape == (3,)
