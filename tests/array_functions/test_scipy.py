"""SciPy's functions and matrices given nodes: the same values, checked derivatives, or what to write instead.

Loading SciPy takes longer than most tests, so all of this is slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import scipy.special
import scipy.stats

import autograd_core as ac
from autograd_core import Tensor, check_gradients
from nn import MLP, SGD, Standardizer, mean_squared_error, train

pytestmark = pytest.mark.slow

A = np.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]])
B = np.array([[0.9, 0.4, -0.6], [-1.1, 0.8, 1.7]])
#: Nowhere near an integer, where the gamma function has its poles.
UNEVEN = A + np.array([[0.037, 0.041, 0.139], [0.073, 0.017, 0.023]])
SQUARE = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.6], [-0.2, 0.5, 1.2]])

FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "gammaln": (scipy.special.gammaln, (UNEVEN,)),
    "psi": (scipy.special.psi, (UNEVEN,)),
    "expit": (scipy.special.expit, (A,)),
    "logit": (scipy.special.logit, (abs(A) / 3.0,)),
    "log_expit": (scipy.special.log_expit, (A,)),
    "gamma": (scipy.special.gamma, (UNEVEN,)),
    "rgamma": (lambda x: scipy.special.rgamma(x) * scipy.special.gammasgn(x), (UNEVEN,)),
    "ndtr": (scipy.special.ndtr, (A,)),
    "beta": (scipy.special.beta, (abs(UNEVEN), abs(B))),
    "betaln": (scipy.special.betaln, (2.0 + abs(UNEVEN), abs(B))),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_scipys_and_derivatives_of_both_orders_are_checked(name: str) -> None:
    f, arrays = FUNCTIONS[name]
    tensors = [Tensor(each) for each in arrays]
    np.testing.assert_allclose(f(*tensors).data, f(*arrays), rtol=1e-14, atol=1e-15)
    report = check_gradients(lambda *t: (f(*t) ** 2 * (1.0 + B)).sum(), *tensors, order=2, directions=2)
    assert {row.verdict for row in report} <= {"ok", "unreliable"}, str(report)
    assert report.rows[0].verdict == "ok", str(report)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (scipy.special.erfinv, r"scipy\.special\.erfinv: .* did you mean erf"),
        (lambda t: -scipy.special.logsumexp(t), r"autograd_core\.logsumexp instead of scipy\.special\.logsumexp"),
        (lambda t: -scipy.stats.norm.pdf(t), r"docs/numpy\.md has in the place of scipy\.stats\.norm\.pdf"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ac.AutogradError, match=message) as caught:
        call(Tensor(SQUARE))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


#: Lines of docs/numpy.md, and what they stand for.
INSTEAD = {
    "-0.5 * ((x - m) / s) ** 2 - log(s) - 0.5 * log(2 * pi)": lambda x, a, S: scipy.stats.norm.logpdf(x, 0.7, 1.3),
    "0.5 * erfc((m - x) / s / sqrt(2))": lambda x, a, S: scipy.stats.norm.cdf(x, 0.7, 1.3),
    "0.5 * erfc((x - m) / s / sqrt(2))": lambda x, a, S: scipy.stats.norm.sf(x, 0.7, 1.3),
    "((a - 1) * log(x)).sum() - gammaln(a).sum() + gammaln(a.sum())": lambda x, a, S: scipy.stats.dirichlet.logpdf(
        x, a
    ),
    "(a - 1) * log(x) - x - gammaln(a)": lambda x, a, S: scipy.stats.gamma.logpdf(x, a),
    "(a - 1) * log(x) + (b - 1) * log1p(-x) - special.betaln(a, b)": lambda x, a, S: scipy.stats.beta.logpdf(x, a, 1.7),
    "k * log(m) - m - gammaln(k + 1)": lambda x, a, S: scipy.stats.poisson.logpmf(3, 0.7),
    "gammaln((n + 1) / 2) - gammaln(n / 2) - 0.5 * log(n * pi) - (n + 1) / 2 * log1p(x * x / n)": lambda x, a, S: (
        scipy.stats.t.logpdf(x, 3)
    ),
    "-0.5 * (d @ solve(S, d) + np.linalg.slogdet(S)[1] + n * log(2 * pi))": lambda x, a, S: (
        scipy.stats.multivariate_normal.logpdf(x, [0.7] * 3, S)
    ),
    "(-1) ** (n + 1) * math.factorial(n) * hurwitz_zeta(x, n + 1)": lambda x, a, S: scipy.special.polygamma(3, x),
}


@pytest.mark.parametrize("line", INSTEAD)
def test_what_is_written_instead_of_scipy_is_the_same(line: str) -> None:
    assert f"`{line}`" in (Path(__file__).parents[2] / "docs" / "numpy.md").read_text(encoding="utf-8")
    numbers = {"x": np.array([0.2, 0.3, 0.5]), "a": np.array([1.5, 2.3, 0.7]), "S": SQUARE @ SQUARE.T}
    nodes = {name: Tensor(each) for name, each in numbers.items()}
    nodes["d"] = nodes["x"] - 0.7
    plain = {"m": 0.7, "s": 1.3, "b": 1.7, "k": 3, "n": 3, "pi": np.pi}
    found = eval(line, vars(ac) | plain | {"math": math, "special": scipy.special, "np": np} | nodes)
    np.testing.assert_allclose(getattr(found, "data", found), INSTEAD[line](**numbers), rtol=1e-12)


@pytest.mark.parametrize(
    "kind", ["csr_array", "csc_matrix", "coo_array", "dok_array", "lil_matrix", "bsr_array", "dia_array"]
)
def test_a_sparse_matrix_is_refused_with_its_own_way_to_an_array(kind: str) -> None:
    def trained(X: Any) -> object:
        model = MLP(2, [1], seed=0)
        optimizer = SGD(model.parameters(), learning_rate=0.1)
        return train(model, X, [0.0, 1.0], loss=mean_squared_error, optimizer=optimizer, epochs=1, batch_size=2, seed=0)

    matrix = getattr(scipy.sparse, kind)(np.eye(2))
    for door in (trained, Tensor, Standardizer.fit, ac.sum):
        with pytest.raises(ac.InputTypeError, match=r"write \.toarray\(\) of a sparse matrix"):
            door(matrix)
