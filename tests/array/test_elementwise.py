"""The primitives of the table on Tensors: NumPy's broadcasting, both modes, second order, types."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import POINTS, TABLE, nodes_of, smooth_points
from tensor_checks import array_of, broadcast_partner, check_derivatives, check_forward, seeds, shapes

import autograd_core as ac
from autograd_core import Tensor, Value, primitive
from autograd_core.array.functions import apply_to_tensors
from autograd_core.derivatives.gradients import gradient_arrays, gradient_nodes
from autograd_core.formulas.emit import NUMPY
from autograd_core.formulas.rules import PRIMITIVES, Primitive

every_primitive = pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)


@every_primitive
def test_a_tensor_computes_what_values_compute(rule: Primitive) -> None:
    """Same results and same derivatives, at all sample points at once, in float64."""
    points = smooth_points(rule)
    count = nodes_of(rule)
    columns = [np.array(column) for column in zip(*points, strict=True)]
    if rule.parameter is not None:
        points = [point for point in points if point[-1] == points[0][-1]]
        columns = [np.array(column) for column in zip(*points, strict=True)]
        columns[-1] = points[0][-1]
    leaves = [Tensor(column) for column in columns[:count]]
    result = apply_to_tensors(rule, *leaves, *columns[count:])
    result.sum().backward()
    for row, point in enumerate(points):
        scalars = [Value(number) for number in point[:count]]
        expected = ac.apply(rule.name, *scalars, *point[count:])
        expected.backward()
        assert result.data[row] == pytest.approx(expected.data, rel=1e-14)
        for leaf, scalar in zip(leaves, scalars, strict=True):
            assert leaf.grad[row] == pytest.approx(scalar.grad, rel=1e-14, abs=1e-300)


@every_primitive
@settings(max_examples=15)
@given(data=st.data(), shape=shapes, seed=seeds)
def test_derivatives_with_broadcasting(rule: Primitive, data: Any, shape: tuple[int, ...], seed: int) -> None:
    generator = np.random.default_rng(seed)
    candidates = smooth_points(rule)
    count = nodes_of(rule)
    # One sample point, moved a little from element to element, so that none comes near a kink.
    point = candidates[data.draw(st.integers(0, len(candidates) - 1))]
    operands = []
    for position in range(count):
        own = shape if position == 0 else broadcast_partner(data.draw, shape)
        operands.append(point[position] + array_of(generator, own, -1e-3, 1e-3))
    check_derivatives(lambda *each: apply_to_tensors(rule, *each, *point[count:]), operands, generator)


@every_primitive
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_types_are_kept(rule: Primitive, dtype: Any) -> None:
    leaves = [Tensor(np.full((2, 1), 0.5, dtype)) for _ in range(nodes_of(rule))]
    result = apply_to_tensors(rule, *leaves)
    assert result.dtype == dtype
    result.sum().backward()
    assert {leaf.grad.dtype for leaf in leaves} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("ours", "numpys"),
    [
        (lambda x, y: x + y, np.add),
        (lambda x, y: x - y, np.subtract),
        (lambda x, y: x * y, np.multiply),
        (lambda x, y: x / y, np.divide),
        (lambda x, y: abs(x) ** y, lambda x, y: np.abs(x) ** y),
        (np.maximum, np.maximum),
        (np.arctan2, np.arctan2),
        (lambda x, y: np.exp(x) - np.log1p(y * y), lambda x, y: np.exp(x) - np.log1p(y * y)),
    ],
)
@settings(max_examples=30)
@given(data=st.data(), shape=shapes, seed=seeds)
def test_operators_and_numpys_functions_give_numpys_results(
    ours: Any, numpys: Any, data: Any, shape: tuple[int, ...], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    operands = [array_of(generator, shape), array_of(generator, broadcast_partner(data.draw, shape))]
    check_forward(ours, numpys, operands)


def test_plain_numbers_take_the_type_of_the_tensor_and_arrays_keep_theirs() -> None:
    single = Tensor(np.ones(3, np.float32))
    assert (single * 2.5).dtype == (2 - single).dtype == (single**2).dtype == np.float32
    assert (single * np.ones(3)).dtype == np.float64
    assert (single * np.arange(3)).dtype == (np.ones(3, np.float32) * np.arange(3)).dtype
    (single * np.ones(3)).sum().backward()
    assert single.grad.dtype == np.float32
    assert (Tensor([0.1]) * [1]).data[0] == 0.1


def test_powers_by_multiplication() -> None:
    x = Tensor([-2.0, 0.0, 3.0])
    z = x**2
    assert z.data.tolist() == [4.0, 0.0, 9.0]
    z.sum().backward()
    assert x.grad.tolist() == [-4.0, 0.0, 6.0]
    assert (x**1).data is not x.data
    assert gradient_arrays((x**3).sum(), [x])[0].tolist() == [12.0, 0.0, 27.0]


@pytest.mark.usefixtures("scratch_table")
def test_a_users_primitive_works_on_tensors_at_once() -> None:
    primitive("swish_of_tensors", "x * sigmoid(x) + 0.1 * (x > 0)")
    x = Tensor(np.array([0.5, -1.0], np.float32))
    by_method = x.swish_of_tensors()
    assert by_method.dtype == np.float32
    [ours] = gradient_arrays(by_method.sum(), [x])
    for row, number in enumerate((0.5, -1.0)):
        v = Value(number)
        ac.apply("swish_of_tensors", v).backward()
        assert ours[row] == pytest.approx(v.grad, rel=1e-6)
    assert ac.apply("swish_of_tensors", x).data.tolist() == by_method.data.tolist()


def test_infinities_and_nan_raise_no_warning() -> None:
    x = Tensor([0.0, -1.0])
    assert np.array_equal(ac.log(x).data, [-np.inf, np.nan], equal_nan=True)
    assert np.array_equal((1 / x).data, [np.inf, -1.0])


@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan])
def test_a_factor_that_is_exactly_zero_ends_the_path(special: float) -> None:
    dead = Tensor([-1.0, 4.0])
    ac.sqrt(ac.relu(dead)).sum().backward()
    assert dead.grad.tolist() == [0.0, 0.25]
    x, y = Tensor([2.0, 3.0]), Tensor([special, 5.0])
    ac.where(np.array([False, True]), x * y, x).sum().backward()
    assert x.grad.tolist() == [1.0, 5.0]
    assert y.grad.tolist() == [0.0, 3.0]


@settings(max_examples=60)
@given(numbers=st.lists(st.sampled_from((0.0, 1.0, -2.0, np.inf, -np.inf, np.nan)), min_size=3, max_size=3))
def test_zero_factors_end_paths_as_they_do_for_values(numbers: list[float]) -> None:
    def f(x: Any, y: Any, w: Any) -> Any:
        return ac.where(x > 0, x * y, w) * w + ac.relu(x) / w

    scalars = [Value(number) for number in numbers]
    f(*scalars).backward()
    tensors = [Tensor([number]) for number in numbers]
    f(*tensors).sum().backward()
    np.testing.assert_array_equal([t.grad[0] for t in tensors], [v.grad for v in scalars])


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize(
    ("lying", "rtol"),
    [
        (lambda numbers: numbers, 2e-15),
        (lambda numbers: numbers[:300].reshape(2, 3, 50), 2e-15),
        (lambda numbers: np.stack([numbers, numbers], 1)[:, 1], 2e-15),
        (lambda numbers: numbers[:0], 2e-15),
        (lambda numbers: numbers.astype(np.float32), 2e-5),  # the numbers themselves are rounded before
    ],
    ids=["in a row", "in three dimensions", "apart", "none", "in single precision"],
)
def test_slopes_are_right_in_the_tails_however_the_numbers_lie_in_memory(name: str, lying: Any, rtol: float) -> None:
    """In rows of float64 C finds them, block by block, where it is compiled; elsewhere NumPy does."""
    numbers = np.concatenate([np.linspace(-40.0, 40.0, 299), [0.0, -0.0, 1e-300, 350.0, -700.0, 1e4, -np.inf, np.inf]])
    with mp.workdps(60):
        slope = {"tanh": lambda x: mp.sech(x) ** 2, "sigmoid": lambda x: 1 / (2 + 2 * mp.cosh(x))}[name]
        exact = np.array([0.0 if np.isinf(x) else float(slope(mp.mpf(float(x)))) for x in numbers])
    x = Tensor(lying(numbers))
    getattr(ac, name)(x).backward(np.ones_like(x.data))
    assert x.grad.dtype == x.data.dtype
    np.testing.assert_allclose(x.grad, lying(exact), rtol=rtol, atol=1e-37 if rtol > 1e-10 else 0.0)


def test_nodes_of_gradients_know_the_rule_too() -> None:
    dead = Tensor([-1.0, 4.0])
    [slope] = gradient_nodes(ac.sqrt(ac.relu(dead)).sum(), [dead])
    assert slope.data.tolist() == [0.0, 0.25]


def test_equality_is_identity_and_equal_compares_elements() -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert a == a  # noqa: PLR0124
    with pytest.warns(ac.IdentityWarning, match=r"!= between Tensors .* write not_equal\(x, y\) .* x is not y") as told:
        assert a != b
    assert [each.filename for each in told] == [__file__]
    with pytest.warns(ac.IdentityWarning, match=r"== between Tensors .* write equal\(x, y\)"):
        assert not a == a.max()  # noqa: SIM201
    assert b not in [a]  # which asks == too, and says nothing
    assert [a, b].index(b) == 1
    assert len({a, b}) == 2
    assert ac.equal(a, b).data.tolist() == [1.0, 1.0]
    assert (a < 1.5).data.tolist() == [1.0, 0.0]
    assert (a < 1.5).op == "less"
    with pytest.warns(ac.IdentityWarning):
        assert (np.array([1.0, 2.0]) == a) is False


def test_every_primitive_is_a_method_under_both_names() -> None:
    for name, rule in PRIMITIVES.items():
        arguments = [0.5] * (nodes_of(rule) - 1)
        for each in (name, rule.numpy_name):
            assert getattr(Tensor([0.25]), each)(*arguments).op == name


@pytest.mark.digits
def test_numpy_kernels_of_the_table_are_those_of_tensors() -> None:
    for rule in TABLE:
        columns = [np.array(POINTS)] * rule.arity
        with np.errstate(all="ignore"):
            expected = rule.kernel(NUMPY)(*columns)
        parameters = [0.5] if rule.parameter is not None else []
        if not parameters:
            result = apply_to_tensors(rule, *map(Tensor, columns)).data
            rounding = 1.2e-16 if rule.name == "logaddexp" else 0.0  # of log 2, which the maximum may cancel
            np.testing.assert_allclose(result, expected, rtol=1e-15, atol=rounding)
