"""The logarithm of the gamma function and its derivatives of every order, as numbers, nodes, arrays and programs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import autograd_core as ac
from autograd_core import Tensor, Value

pytestmark = pytest.mark.slow  # loading SciPy is

POINTS = (1e-8, 0.25, 0.79, 1.0, 1.25, 2.0, 2.5, 6.0, 9.75, 10.0, 42.0, 1e6, -0.5, -1.25, -7.75, -30.5)
ARRAY = np.array(POINTS)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ac.gammaln, special.gammaln), (ac.digamma, special.digamma), (ac.erfc, special.erfc)]
)
def test_values_are_scipys_one_by_one_and_in_arrays_of_any_layout(ours: Any, theirs: Callable[[Any], Any]) -> None:
    expected = theirs(ARRAY)
    np.testing.assert_allclose(ours(ARRAY), expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose([ours(x) for x in POINTS], expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(ours(Tensor(ARRAY)).data, expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(ours(ARRAY[::3]), expected[::3], rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(ours(ARRAY.reshape(4, 4).T), expected.reshape(4, 4).T, rtol=1e-14, atol=1e-14)
    single = ours(ARRAY.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, theirs(ARRAY.astype(np.float32).astype(float)), rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("x", [0.3, 1.0, 2.5, 11.0, -0.75, -3.25])
def test_derivatives_of_every_order_are_polygamma(x: float) -> None:
    f: Callable[[float], Any] = ac.gammaln
    for order in range(5):
        f = ac.grad(f)
        # SciPy knows those of higher order for positive numbers only.
        expected = special.polygamma(order, x) if x > 0 or order == 0 else _reflected(order, x)
        assert f(x) == pytest.approx(expected, rel=1e-12)


def _reflected(order: int, x: float) -> float:
    """The recurrence psi(x) = psi(x + 1) - 1 / x, differentiated, until x is positive."""
    steps = math.ceil(-x)
    lacking = sum((x + k) ** -(order + 1.0) for k in range(steps))
    return float(special.polygamma(order, x + steps)) - (-1) ** order * math.factorial(order) * lacking


def test_hurwitz_zeta_is_scipys() -> None:
    for x in (0.125, 1.0, 3.5, 1e3, 1e300):
        for s in (1.5, 2.0, 3.0, 8.0):
            assert ac.hurwitz_zeta(x, s) == pytest.approx(special.zeta(s, x), rel=1e-13)
    assert ac.hurwitz_zeta(1.0) == pytest.approx(math.pi**2 / 6, rel=1e-15)
    assert math.isnan(ac.hurwitz_zeta(-0.5, 2.0))


def test_the_roots_of_gammaln_and_its_poles_are_exact() -> None:
    assert [ac.gammaln(x) for x in (1.0, 2.0, 0.0, -1.0, -17.0, math.inf)] == [0.0, 0.0, *[math.inf] * 4]
    assert (ac.digamma(0.0), ac.digamma(math.inf)) == (-math.inf, math.inf)
    report = ac.check_gradients(ac.gammaln, -2.0)
    assert report.rows[0].verdict != "ok"


def test_both_modes_and_second_derivatives_of_tensors() -> None:
    x = np.array([[0.3, 1.5], [4.0, 20.0]])
    t = Tensor(x)
    ac.gammaln(t).sum().backward()
    np.testing.assert_allclose(t.grad, special.digamma(x), rtol=1e-14)
    np.testing.assert_allclose(ac.jvp(ac.gammaln, (x,), (np.ones((2, 2)),))[1], special.digamma(x), rtol=1e-14)
    second = ac.grad(lambda y: ac.grad(lambda z: ac.gammaln(z).sum())(y).sum())(x)
    np.testing.assert_allclose(second, special.polygamma(1, x), rtol=1e-14)
    assert ac.check_gradients(lambda y: (ac.gammaln(y) * ac.digamma(y)).sum(), Tensor(x))


def test_scipys_functions_take_nodes() -> None:
    for x in (Value(2.5), Tensor([0.5, 2.5])):
        for function, name in ((special.gammaln, "gammaln"), (special.psi, "digamma"), (special.digamma, "digamma")):
            node = function(x)
            assert (type(node), node.op) == (type(x), name)


def test_programs_and_pictures_have_them() -> None:
    def beta(a: Any, b: Any) -> Any:
        return ac.gammaln(a) + ac.gammaln(b) - ac.gammaln(a + b)

    program = ac.record(beta, 2.0, 3.0)
    assert program(0.5, 4.25) == pytest.approx(special.betaln(0.5, 4.25), rel=1e-14)
    _, gradient = program.value_and_grad(0.5, 4.25)
    assert gradient == pytest.approx(special.digamma(0.5) - special.digamma(4.75), rel=1e-14)
    assert r"\Gamma" in ac.PRIMITIVES["gammaln"].template
    assert "digamma(x)" in ac.PRIMITIVES["gammaln"].describe()
