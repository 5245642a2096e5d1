"""Programs in WebAssembly: run by wasmtime and by JavaScript's engine, they give what the program gives."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wasmtime
from amounts import examples, trials
from exported import Case, assert_same, long_network, primitive_cases, random_cases, shaped_cases, weighted
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from javascript_engine import run_javascript
from random_tensor_graphs import random_function
from scratch import table_kept
from structural_cases import CASES

import autograd_core as ac
from autograd_core import LeavesGraphError, Program, Tensor, Value, grad, primitive, record
from autograd_core.export.wasm_kernels import IMPORTED
from autograd_core.formulas import ieee

_PYTHON = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power"}
_PYTHON |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}


@pytest.fixture(scope="module")
def engine() -> wasmtime.Engine:
    return wasmtime.Engine()


class Instance:
    """A module, ready to run: with Python's functions for those of Math."""

    def __init__(self, engine: wasmtime.Engine, module: bytes) -> None:
        self.store = wasmtime.Store(engine)
        compiled = wasmtime.Module(engine, module)
        functions = [self._function(each.name) for each in compiled.imports]
        self.exports = wasmtime.Instance(self.store, compiled, functions).exports(self.store)

    def _function(self, name: str) -> wasmtime.Func:
        kind = wasmtime.FuncType([wasmtime.ValType.f64()] * IMPORTED[name], [wasmtime.ValType.f64()])
        return wasmtime.Func(self.store, kind, ieee.FUNCTIONS[_PYTHON.get(name, name)])

    def numbers(self, name: str, count: int) -> Any:
        memory = self.exports["memory"]
        start = self.exports[name].value(self.store)
        address = ctypes.addressof(memory.data_ptr(self.store).contents) + start
        assert start + 8 * count <= memory.data_len(self.store)
        return np.ctypeslib.as_array((ctypes.c_double * count).from_address(address))

    def run(self, name: str, inputs: Sequence[float]) -> Any:
        self.numbers("inputs", len(inputs))[:] = inputs
        return self.exports[name](self.store)


def check(engine: wasmtime.Engine, cases: Sequence[Case]) -> None:
    for case in cases:
        instance = Instance(engine, case.program.to_wasm())
        for point in case.points:
            value = instance.run("value_and_grad", point)
            gradient = instance.numbers("gradient", len(point)).tolist()
            np.testing.assert_equal(instance.run("value", point), value)
            case.agree(point, value, gradient)


def test_random_programs(engine: wasmtime.Engine) -> None:
    check(engine, list(random_cases()))


@pytest.mark.slow
def test_every_primitive_at_special_numbers(engine: wasmtime.Engine) -> None:
    check(engine, [replace(case, points=case.points[::3]) for case in primitive_cases()])


def test_several_results_and_the_gradient_of_their_weighted_sum(engine: wasmtime.Engine) -> None:
    def f(x: Any) -> list[Any]:
        return [x[0], ac.sinc(x[1] * x[0]), Value(1.5)]

    program = record(f, np.ones(2))
    instance = Instance(engine, program.to_wasm())
    x, upstream = np.array([0.5, -1.25]), [0.5, 2.0, -1.0]
    instance.numbers("upstream", 3)[:] = upstream
    assert instance.run("value_and_grad", x.tolist()) is None
    np.testing.assert_allclose(instance.numbers("results", 3), program(x), rtol=1e-12)
    weighted = record(lambda x: sum(a * b for a, b in zip(f(x), upstream, strict=True)), np.ones(2))
    np.testing.assert_allclose(instance.numbers("gradient", 2), weighted.value_and_grad(x)[1], rtol=1e-12)


def test_arguments_of_every_shape_and_name(engine: wasmtime.Engine) -> None:
    check(engine, list(shaped_cases()))


def test_a_long_program_is_divided_among_functions(engine: wasmtime.Engine) -> None:
    case = long_network(40)
    assert len(case.program.tape.opcodes) > 2000
    check(engine, [case])


def test_a_primitive_of_the_users_own_goes_along(engine: wasmtime.Engine) -> None:
    with table_kept():
        slopes = ("-2 * x * z", "exp(-x*x) * 1.1283791670955126 * exp(-y*y)")
        check(engine, list(primitive_cases([primitive("bump_exported", "exp(-x*x) * erf(y)", *slopes)])))


# --- programs of arrays, written out number by number -----------------------------------------------------------------

#: Decided by the sizes of numbers, or by elimination.
REFUSED = {"sort", "ordered", "unordered", "solve", "inv", "det", "logdet", "cholesky"}


def agree(engine: wasmtime.Engine, f: Any, arrays: list[np.ndarray], *, of_one: bool = False) -> None:
    """Value and gradient of a weighted sum of the result are the same, and so is the result."""
    program, value, slopes = weighted(f, arrays, of_one=of_one)
    instance, flat = Instance(engine, program.to_wasm()), np.concatenate([each.ravel() for each in arrays])
    got = instance.run("value_and_grad", flat.tolist())
    found = instance.numbers("gradient", flat.size)
    assert_same(got, [found], value, [np.concatenate([each.ravel() for each in slopes])])


@pytest.mark.parametrize("name", sorted(set(CASES) - REFUSED))
def test_every_operation_on_arrays(engine: wasmtime.Engine, name: str) -> None:
    @settings(max_examples=examples(8), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(CASES[name]))(data.draw, np.random.default_rng(data.draw(st.integers(0, 99))))
        try:
            agree(engine, case.ours, case.arrays)
        except LeavesGraphError:  # an index by a mask of the input
            assume(False)

    run()


#: Of those that lose no digits on purpose, and call nothing that is refused; a lone number less its largest is 0.
TAME = [
    seed
    for seed in range(200)
    if not {"scale", "shift", "cancel", "solve", "inverse", "determinant", "cholesky", "sort"}
    & set(random_function(seed).text.split())
    and "n=1" not in random_function(seed).text.split()
]


@pytest.mark.parametrize("seed", TAME[: trials(20)])
def test_random_programs_of_arrays(engine: wasmtime.Engine, seed: int) -> None:
    its = random_function(seed)
    agree(engine, its.f, list(its.arrays), of_one=True)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_operation_that_is_no_formula_is_named(name: str) -> None:
    calls: dict[str, Any] = dict.fromkeys(("ordered", "unordered"), grad(lambda x: (np.sort(x) * ac.sin(x)).sum()))
    calls |= {"sort": np.sort, "solve": lambda x: ac.solve(x, x), "logdet": lambda x: np.linalg.slogdet(x)[1]}
    f = calls.get(name) or getattr(ac, name)
    program = record(lambda x: f(x).sum(), Tensor(np.eye(2)))
    for write in (program.to_wasm, program.to_javascript, program.to_sympy):
        with pytest.raises(ac.InputValueError, match=r"not made of sums, products and primitives; write to_jax\(\)"):
            write()


def test_containers_numbers_and_integers_of_a_program_of_arrays(engine: wasmtime.Engine) -> None:
    def f(p: Any, v: Any, i: Any, s: Any) -> Any:
        return (ac.tanh(p["W"][i]) * s + v[1]).sum() * ac.sigmoid(s) + ac.take(p["W"], i).sum()

    W, i = np.random.default_rng(0).normal(size=(4, 3)), np.array([1, 1])
    program = record(f, {"W": Tensor(W)}, np.ones(2), i, 0.5)
    instance = Instance(engine, program.to_wasm())
    for index in ([1, 1], [-1, 0], [3, -4]):
        point = {"W": W}, np.array([3.0, 4.0]), np.array(index), 0.7
        value, (by_p, by_v, by_s) = program.value_and_grad(*point, argnums=(0, 1, 3))
        flat = [*W.ravel().tolist(), 3.0, 4.0, *map(float, index), 0.7]
        assert instance.run("value_and_grad", flat) == pytest.approx(value, rel=1e-13)
        expected = [*by_p["W"].ravel(), *by_v, 0.0, 0.0, by_s]
        np.testing.assert_allclose(instance.numbers("gradient", len(flat)), expected, rtol=1e-12, atol=1e-15)
    assert math.isnan(instance.run("value", [*W.ravel().tolist(), 3.0, 4.0, 4.0, 0.0, 0.7]))


def test_javascript_hands_over_its_math(tmp_path: Path) -> None:
    cases = [*shaped_cases(), *list(random_cases())[:10]]
    for place, case in enumerate(cases):
        (tmp_path / f"p{place}.wasm").write_bytes(case.program.to_wasm())
    body = """
    for (const [place, points] of given.entries()) {
      const bytes = readFileSync(new URL(`p${place}.wasm`, import.meta.url));
      const { instance: { exports } } = await WebAssembly.instantiate(bytes, { Math });
      told.push(points.map((point) => {
        new Float64Array(exports.memory.buffer, exports.inputs, point.length).set(point);
        const value = exports.value_and_grad();
        return [value, ...new Float64Array(exports.memory.buffer, exports.gradient, point.length)];
      }));
    }"""
    told = run_javascript(tmp_path, body, [[list(point) for point in case.points] for case in cases])
    for case, results in zip(cases, told, strict=True):
        for point, (value, *gradient) in zip(case.points, results, strict=True):
            case.agree(point, value, gradient)


REMAINDERS = [5e-324, 1.5e-323, 1e-310, 2.5, 7.0, 1e16, 1e300, math.inf]


def test_remainders_are_exact(engine: wasmtime.Engine) -> None:
    instance = Instance(engine, record(ac.remainder, 1.0, 2.0).to_wasm())
    for x in (*REMAINDERS, 0.0):
        for y in REMAINDERS:
            for point in ((x, y), (-x, y), (x, -y), (-x, -y)):
                np.testing.assert_equal(instance.run("value", point), ieee.remainder(*point))


def test_the_error_function_over_its_range(engine: wasmtime.Engine) -> None:
    for f, expected in ((ac.erf, math.erf), (ac.erfc, math.erfc)):
        instance = Instance(engine, record(f, 1.0).to_wasm())
        for x in np.linspace(-7.0, 26.0, 300).tolist():
            assert instance.run("value", [x]) == pytest.approx(expected(x), rel=1e-12, abs=0.0), x


def test_the_same_program_gives_the_same_bytes(tmp_path: Path) -> None:
    for case in shaped_cases():
        written = case.program.to_wasm(tmp_path / "a.wasm")
        assert (tmp_path / "a.wasm").read_bytes() == written
        case.program.save(tmp_path / "a.program")
        assert Program.load(tmp_path / "a.program").to_wasm() == written


def test_only_what_is_called_is_imported(engine: wasmtime.Engine) -> None:
    def imports(f: Callable[..., Any]) -> list[str | None]:
        return [each.name for each in wasmtime.Module(engine, record(f, 0.5).to_wasm()).imports]

    assert imports(lambda x: x * x + 1.0) == []
    assert imports(lambda x: x.sin()) == ["sin", "cos"]
    assert imports(lambda x: Value(2.0)) == []


def test_what_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ac.InputValueError, match=r"to_wasm: the program took a branch \(x > 0 was True"):
        record(lambda x: x * x if x > 0.0 else x, 1.0).to_wasm()
    with pytest.raises(ac.InputValueError, match=r"does not end in \.wasm"):
        record(lambda x: x * x, 1.0).to_wasm(tmp_path / "a.js")
    monkeypatch.setattr("autograd_core.program.exports.PAGES", 0)
    with pytest.raises(ac.InputValueError, match=r"more than the 4 GiB of a module; write to_c"):
        record(lambda x: x * x, 1.0).to_wasm(tmp_path / "a.wasm")
    assert list(tmp_path.iterdir()) == []
