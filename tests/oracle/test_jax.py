"""Programs in JAX: value and gradient are the program's, compiled, mapped, in every mode, and sharded over devices."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import examples
from exported import Case, assert_same, long_network, primitive_cases, random_cases, shaped_cases, weighted
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_tensor_graphs import random_function
from scratch import table_kept
from structural_cases import CASES

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, LeavesGraphError, Tensor, primitive, record
from autograd_core.array.cross_entropy import labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.array.tensor import array_constant
from autograd_core.export import jax_program
from autograd_core.export.jax_table import jax_table
from autograd_core.formulas.rules import OPCODES

EVERY_FORM = pytest.mark.parametrize("unrolled", [True, False], ids=["unrolled", "as a table"])


@pytest.fixture
def form(unrolled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_program, "UNROLLED", 10**6 if unrolled else 0)


def check(jax: Any, case: Case) -> None:
    """All points at once."""
    positions = tuple(range(len(case.program.signature.arguments)))
    both = jax.jit(jax.vmap(jax.value_and_grad(case.program.to_jax(), positions)))
    given = [np.stack(each) for each in zip(*map(case.arguments, case.points), strict=True)]
    values, slopes = both(*given)
    for at, point in enumerate(case.points):
        by_numbers = np.concatenate([np.ravel(each[at]) for each in slopes])
        case.agree(point, float(values[at]), by_numbers.tolist())


@EVERY_FORM
@pytest.mark.parametrize("at", range(12))
def test_random_programs(jax: Any, form: None, at: int) -> None:
    for case in itertools.islice(random_cases(), at, None, 12):
        check(jax, case)


@pytest.mark.parametrize("block", range(10))
def test_every_primitive_at_special_numbers(jax: Any, block: int) -> None:
    for case in primitive_cases(OPCODES[block::10]):
        check(jax, case)


@EVERY_FORM
def test_a_primitive_of_the_users_own_goes_along(jax: Any, form: None) -> None:
    with table_kept():
        rule = primitive("bump_in_jax", "exp(-x*x) * sin(y)", "-2 * x * z", "exp(-x*x) * cos(y)")
        [case] = primitive_cases([rule])
        check(jax, case)
        of_tensors = record(lambda x: ac.apply("bump_in_jax", x, 2.0).sum(), Tensor([0.5, 1.0]))
        value, slope = jax.value_and_grad(of_tensors.to_jax())(np.array([0.25, 2.0]))
        expected = of_tensors.value_and_grad(np.array([0.25, 2.0]))
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(slope, expected[1], rtol=1e-12)


@EVERY_FORM
def test_arguments_and_results_of_every_shape(jax: Any, form: None) -> None:
    for case in shaped_cases():
        check(jax, case)
    program = record(lambda p, rows: [p[0] * 2.0, (p[1][0], rows @ rows[0])], (1.0, [2.0, 3.0]), np.ones((2, 2)))
    given = (0.5, [7.0, 8.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
    first, (second, third) = jax.jit(program.to_jax())(*given)
    expected = program(*given)
    assert (first, second) == (expected[0], expected[1][0])
    np.testing.assert_allclose(third, expected[1][1], rtol=1e-12)
    by_parts = jax.grad(lambda p: sum(jax.tree.leaves(program.to_jax()(p, given[1])[0])))(given[0])
    assert jax.tree.map(float, by_parts) == (2.0, [0.0, 0.0])


def test_a_long_program_in_all_modes(jax: Any) -> None:
    case = long_network(12)
    assert len(case.program.tape.opcodes) > jax_program.UNROLLED
    check(jax, case)
    f, point = case.program.to_jax(), case.arguments(case.points[0])
    expected = np.array(ac.hessian(lambda x: graph_of(case, x, point))(point[0]))
    np.testing.assert_allclose(jax.jit(jax.hessian(f))(*point), expected, rtol=1e-10, atol=1e-12)
    twice = jax.jit(jax.grad(lambda x: jax.grad(f)(x, *point[1:]).sum()))(point[0])
    np.testing.assert_allclose(twice, expected.sum(0), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("few", [0, 16])
def test_a_table_in_both_modes(jax: Any, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more results than are gone back from at once, and with fewer."""
    monkeypatch.setattr(jax_program, "UNROLLED", 0)
    monkeypatch.setattr(jax_program, "_FEW", few)

    def f(x: Any, w: Any) -> Any:
        root = ac.where(x[0] > 0.0, ac.sqrt(x[0]), 0.0)  # whose derivative is infinite at 0, and multiplied by 0 there
        return [ac.tanh(x @ w), ac.sigmoid(x[1] * w[1]) * root, abs(w[0]) ** 3, w[2]]

    its = record(f, np.ones(3), np.ones(3)).to_jax()
    w, along = np.array([1.0, 2.0, -0.5]), (np.array([1.0, 0.5, 2.0]), np.array([0.1, 0.2, 0.3]))
    forward, rows_of = (
        jax.jit(lambda x: jax.jvp(its, (x, w), along)),
        jax.jit(lambda x: (jax.jacfwd(its)(x, w), jax.jacrev(its)(x, w))),
    )
    for x in (np.array([0.3, -0.2, 0.9]), np.array([0.0, 1.0, 2.0])):
        objects = x.astype(object), w.astype(object)
        np.testing.assert_allclose(forward(x), ac.jvp(f, objects, along), rtol=1e-12)
        for rows in rows_of(x):
            np.testing.assert_allclose(np.stack(rows), np.array(ac.jacobian(f)(*objects), float), atol=1e-15)
    whole = lambda x: sum(its(x, w))  # noqa: E731
    x = np.array([[0.3, -0.2, 0.9], [0.5, 0.1, 0.2]])
    by_rows, of_rows = jax.vmap(jax.grad(whole))(x), jax.grad(lambda x: jax.vmap(whole)(x).sum())(x)
    np.testing.assert_allclose(of_rows, by_rows, rtol=1e-14)


def graph_of(case: Case, x: Any, point: list[Any]) -> Any:
    rows = np.random.default_rng(1).normal(size=(12, 12))
    h = [ac.sigmoid(row @ x + 0.25) for row in rows]
    return sum(a * b for a, b in zip(h, point[1], strict=True)) - point[2] ** 3


def test_short_programs_have_forward_mode_and_higher_derivatives(jax: Any) -> None:
    f = record(lambda x, y: ac.relu(x) * ac.tanh(y) + abs(x) ** 3, 1.0, 1.0).to_jax()
    ours = lambda x, y: ac.relu(x) * ac.tanh(y) + abs(x) ** 3  # noqa: E731
    for point in ((1.5, -0.3), (-2.0, 0.7)):
        np.testing.assert_allclose(jax.jit(jax.hessian(f))(*point), ac.hessian(ours)(*point), rtol=1e-12)
        value, tangent = jax.jvp(f, point, (1.0, 2.0))
        np.testing.assert_allclose((value, tangent), ac.jvp(ours, point, (1.0, 2.0)), rtol=1e-12)
        third = jax.jit(jax.grad(jax.grad(jax.grad(f))))(*point)
        np.testing.assert_allclose(third, ac.grad(ac.grad(ac.grad(ours)))(*point), rtol=1e-12)


@EVERY_FORM
def test_a_path_with_a_factor_that_is_exactly_zero_ends(jax: Any, form: None) -> None:
    """JAX's own where and sqrt give nan here."""
    f = record(lambda x: ac.where(x > 0.0, ac.sqrt(x), 0.0) + x * ac.log(x).stop_gradient() * 0.0, 1.0)
    assert f.value_and_grad(0.0)[1] == jax.grad(f.to_jax())(0.0)
    of_tensors = record(lambda x: ac.where(x > 0.0, ac.sqrt(x), 0.0).sum(), Tensor([1.0, 2.0])).to_jax()
    at = np.array([0.0, 4.0])
    assert np.isnan(jax.grad(lambda x: jax.numpy.where(x > 0.0, jax.numpy.sqrt(x), 0.0).sum())(at)[0])
    assert jax.grad(of_tensors)(at).tolist() == [0.0, 0.25]
    assert jax.jvp(of_tensors, (at,), (np.ones(2),))[1] == 0.25
    infinite = record(lambda x: ac.sqrt(x).sum(), Tensor([1.0, 2.0])).to_jax()
    assert jax.grad(infinite)(at).tolist() == [np.inf, 0.25]


def test_single_precision_where_jax_is_set_to_it(jax: Any) -> None:
    case, rule = long_network(10), random_function(3)
    with jax.enable_x64(False):
        jax_table.cache_clear()
        values = case.program.to_jax()(*case.arguments(case.points[0]))
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, case.expected(case.points[0])[0], rtol=1e-4)
        program = record(lambda x: ac.tanh(x).sum(), Tensor(rule.arrays[0]))
        slope = jax.jit(jax.grad(program.to_jax()))(rule.arrays[0])
        assert slope.dtype == np.float32
        np.testing.assert_allclose(slope, program.grad(rule.arrays[0]), rtol=1e-5)
    jax_table.cache_clear()
    narrow = record(lambda x: ac.tanh(x).sum(), Tensor(np.ones(2, np.float32)))
    assert narrow.to_jax()(np.ones(2)).dtype == np.float32


# --- arrays -----------------------------------------------------------------------------------------------------------


def agree(jax: Any, f: Any, arrays: list[np.ndarray], *, of_one: bool = False) -> None:
    """Value and gradient of a weighted sum of the result are the same."""
    program, value, slopes = weighted(f, arrays, of_one=of_one)
    got, found = jax.jit(jax.value_and_grad(program.to_jax(), tuple(range(len(arrays)))))(*arrays)
    assert_same(got, found, value, slopes)


@pytest.mark.parametrize("name", CASES)
def test_every_operation_on_arrays(jax: Any, name: str) -> None:
    @settings(max_examples=examples(4), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(CASES[name]))(data.draw, np.random.default_rng(data.draw(st.integers(0, 99))))
        try:
            agree(jax, case.ours, case.arrays)
        except LeavesGraphError:  # an index by a mask of the input
            assume(False)

    run()


#: Of those that lose no digits on purpose.
TAME = [seed for seed in range(100) if not {"scale", "shift", "cancel"} & set(random_function(seed).text.split())]


@pytest.mark.parametrize("seed", TAME[:12])
def test_random_programs_of_arrays(jax: Any, seed: int) -> None:
    its = random_function(seed)
    agree(jax, its.f, list(its.arrays), of_one=True)


def test_values_and_tensors_in_containers(jax: Any) -> None:
    def f(p: Any, rows: Any, v: Any) -> Any:
        return (ac.tanh(p["W"]) * p["s"] + v[0]).sum() * rows[1] + ac.sigmoid(rows[0])

    example = {"W": Tensor(np.ones((2, 3))), "s": 0.5}, [1.0, 2.0], np.ones(2)
    given = {"W": np.arange(6.0).reshape(2, 3) / 6, "s": 0.7}, [0.1, 0.2], np.array([3.0, 4.0])
    program = record(f, *example)
    value, slopes = program.value_and_grad(*given, argnums=(0, 1, 2))
    got, found = jax.jit(jax.value_and_grad(program.to_jax(), (0, 1, 2)))(*given)
    np.testing.assert_allclose(got, value, rtol=1e-12)
    assert jax.tree.structure(found) == jax.tree.structure(slopes)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15), found, slopes)
    several = record(lambda x, s: {"a": x * s, "b": [s, (x[0], 2.0)], "c": [s * 2.0]}, Tensor([1.0, 2.0]), 3.0)
    one, other = several.to_jax()(np.array([4.0, 5.0]), 6.0), several(np.array([4.0, 5.0]), 6.0)
    assert jax.tree.structure(one) == jax.tree.structure(other)
    jax.tree.map(np.testing.assert_allclose, one, other)


def test_labels_and_rows_at_integer_inputs(jax: Any) -> None:
    def loss(table: Any, index: Any, labels: Any) -> Any:
        return apply_to_one("cross_entropy", ac.take(table, index), labels_of(labels))

    program = record(loss, Tensor(np.ones((4, 3))), *[array_constant(np.array([0, 1]))] * 2)
    table = np.random.default_rng(0).normal(size=(4, 3))
    for index in ([3, 0], [1, 1]):
        given = table, np.array(index), np.array([1, 2])
        value, slope = jax.jit(jax.value_and_grad(program.to_jax()))(*given)
        np.testing.assert_allclose(value, program(*given), rtol=1e-12)
        np.testing.assert_allclose(slope, program.grad(*given), rtol=1e-12, atol=1e-15)
    assert np.isnan(program.to_jax()(table, np.array([9, 0]), np.array([1, 2])))  # here it is an error that names 9


def test_second_derivatives_of_arrays(jax: Any) -> None:
    def f(w: Any) -> Any:
        return ac.softmax(ac.tanh(w @ w)).var() + ac.norm(w)

    w = np.random.default_rng(2).normal(size=(3, 3))
    found = jax.jit(jax.hessian(record(f, Tensor(w)).to_jax()))(w)
    np.testing.assert_allclose(found, ac.hessian(f)(w), rtol=1e-10, atol=1e-12)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_refused(jax: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InputValueError, match=r"to_jax: the program took a branch \(x > 0 was True.*choose with where\("
    ):
        record(lambda x: x * x if x > 0.0 else x, 1.0).to_jax()
    with pytest.raises(InputValueError, match=r"to_jax: the program took a branch .*choose with where\("):
        record(lambda x: x * x if x.sum() > 0.0 else x, Tensor([1.0])).to_jax()
    own = ac.custom_derivative(np.cbrt, vjp=lambda u, z, x: (u / (3 * z * z),))
    with pytest.raises(InputValueError, match="calls cbrt, a function of Python that nothing else can run"):
        record(lambda x: own(x).sum(), Tensor([1.0])).to_jax()
    f = record(lambda w, x: (w @ x).tanh(), np.ones(2), np.ones(2)).to_jax()
    with pytest.raises(InputValueError, match=r"takes 2 argument\(s\) \(w, x\), not 1"):
        f(np.ones(2))
    with pytest.raises(InputValueError, match=r"w: shape \(3,\) given where the program was recorded with \(2,\)"):
        f(np.ones(3), np.ones(2))
    with pytest.raises(InputTypeError, match="x is an object of the class object; give numbers, or an array"):
        f(np.ones(2), object())
    jax_table.cache_clear()
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(InputValueError, match=r"needs JAX; run: pip install 'autograd-core\[jax\]'"):
        record(lambda x: x * x, 1.0).to_jax()


# --- many devices -----------------------------------------------------------------------------------------------------

SHARDED = Path(__file__).parent / "sharded_training.py"


def test_training_sharded_over_eight_devices_gives_the_losses_of_one(jax: Any) -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, str(SHARDED)], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "8 devices give the losses of one" in done.stdout


def test_the_examples_of_the_guide(jax: Any) -> None:
    """Those without prompts, which the quick tests leave out."""
    page = Path(__file__).parents[2] / "docs" / "guide" / "exports.md"
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    [first, *others] = [each for each in blocks if ">>>" not in each and "jax." in each]
    names: dict[str, Any] = {}
    for block in (first, *others):
        exec(block, names)
    assert ((names["x"] @ names["w"] - 1.0) ** 2).mean() < names["value"] < 1.0  # the last loss but one, and the first
    np.testing.assert_allclose(names["rows"], 2.0 * np.tanh(0.3))
    assert names["slope"].shape == (2, 3)
