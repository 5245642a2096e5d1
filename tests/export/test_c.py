"""Programs in C: compiled by gcc without a warning, they give what the program gives, and the same bytes every time."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import Case, long_network, of_primitive, primitive_cases, random_cases, shaped_cases
from scratch import table_kept

import autograd_core as ac
from autograd_core import KinkWarning, Program, Value, grad, primitive, record, relu
from autograd_core.export.c_source import UNROLLED

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror")


@pytest.fixture(scope="module")
def gcc() -> str:
    found = shutil.which("gcc")
    if found is None:
        reason = "needs a C compiler; run: apt-get install gcc"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def compiled(gcc: str, folder: Path, cases: Sequence[Case]) -> ctypes.CDLL:
    """All cases in one library, the first as p0. Not optimized, for that takes long and they run once."""
    for place, case in enumerate(cases):
        case.program.to_c(folder / f"p{place}.c")
    return built(gcc, folder, *(f"p{place}.c" for place in range(len(cases))))


def built(gcc: str, folder: Path, *sources: str) -> ctypes.CDLL:
    command = [gcc, *STRICT, "-O0", "-shared", "-fPIC", *sources, "-o", "all.so", "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    return ctypes.CDLL(str(folder / "all.so"))


def pointer(array: Any) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def called(library: ctypes.CDLL, name: str, case: Case, point: Sequence[float]) -> tuple[float, list[float]]:
    given = [np.array(each, dtype=float) for each in case.arguments(point)]
    arguments = [pointer(each) if each.ndim else ctypes.c_double(float(each)) for each in given]
    places = [np.full(each.shape, 7.0) for each in given]
    both, alone = getattr(library, f"{name}_value_and_grad"), getattr(library, f"{name}_value")
    both.restype = alone.restype = ctypes.c_double
    value = both(*arguments, *map(pointer, places))
    np.testing.assert_equal(alone(*arguments), value)
    np.testing.assert_equal(both(*arguments, *[None] * len(places)), value)  # no gradient is wanted
    return value, [float(each) for place in places for each in place.ravel()]


def check(gcc: str, folder: Path, cases: Sequence[Case]) -> None:
    library = compiled(gcc, folder, cases)
    for place, case in enumerate(cases):
        for point in case.points:
            case.agree(point, *called(library, f"p{place}", case, point))


def test_random_programs(gcc: str, tmp_path: Path) -> None:
    check(gcc, tmp_path, list(random_cases()))


@pytest.mark.slow
def test_every_primitive_at_special_numbers(gcc: str, tmp_path: Path) -> None:
    """All in one program, of which the gradient of one result after the other is asked for."""
    cases = list(primitive_cases())

    def every(*x: Any) -> list[Any]:
        return [of_primitive(case.name, *x[: len(case.points[0])]) for case in cases]

    record(every, 0.5, 0.5, 0.5).to_c(tmp_path / "every.c")
    library = built(gcc, tmp_path, "every.c")
    result, by = np.zeros(len(cases)), np.zeros(3)
    for place, case in enumerate(cases):
        upstream = np.zeros(len(cases))
        upstream[place] = 1.0
        for point in case.points:
            given = [ctypes.c_double(each) for each in (*point, 0.5, 0.5)[:3]]
            places = [pointer(by[each : each + 1]) for each in range(3)]
            library.every_value_and_grad(*given, pointer(upstream), pointer(result), *places)
            case.agree(point, result[place], by[: len(point)].tolist())


def test_arguments_of_every_shape_and_name(gcc: str, tmp_path: Path) -> None:
    check(gcc, tmp_path, list(shaped_cases()))


def test_a_long_program_is_a_table(gcc: str, tmp_path: Path) -> None:
    case = long_network(25)
    assert len(case.program.tape.opcodes) > UNROLLED
    check(gcc, tmp_path, [case])
    assert "switch (opcodes[i])" in (tmp_path / "p0.c").read_text()


def test_a_primitive_of_the_users_own_goes_along(gcc: str, tmp_path: Path) -> None:
    with table_kept():
        rule = primitive("bump_exported", "exp(-x*x) * sin(y)", "-2 * x * z", "exp(-x*x) * cos(y)")
        check(gcc, tmp_path, list(primitive_cases([rule])))


def test_several_results_and_the_gradient_of_their_weighted_sum(gcc: str, tmp_path: Path) -> None:
    for name, width in (("few", 3), ("many", 33)):
        rows = np.random.default_rng(2).normal(size=(3, width))
        hidden = np.random.default_rng(3).normal(size=(width, width))

        def f(x: Any, hidden: Any = hidden, rows: Any = rows) -> list[Any]:
            h = [ac.tanh(row @ x) for row in hidden]
            return [x[0], *(row @ h for row in rows), Value(1.5)]

        program = record(f, np.ones(width))
        folder = tmp_path / name
        folder.mkdir()
        program.to_c(folder / f"{name}.c")
        library = built(gcc, folder, f"{name}.c")
        x, upstream = np.linspace(-1.0, 1.0, width), np.array([0.5, 2.0, -1.0, 3.0, 4.0])
        result, by_x, alone = np.zeros(5), np.zeros(width), np.zeros(5)
        getattr(library, f"{name}_value_and_grad")(*map(pointer, (x, upstream, result, by_x)))
        getattr(library, f"{name}_value")(*map(pointer, (x, alone)))
        np.testing.assert_allclose(result, program(x), rtol=1e-12)
        np.testing.assert_array_equal(alone, result)
        weighted = record(lambda x, f=f, up=upstream: sum(a * b for a, b in zip(f(x), up, strict=True)), np.ones(width))
        np.testing.assert_allclose(by_x, weighted.value_and_grad(x)[1], rtol=1e-12)


@pytest.mark.parametrize("hidden", [3, 40], ids=["unrolled", "as a table"])
def test_a_program_of_arrays(gcc: str, tmp_path: Path, hidden: int) -> None:
    """With captured weights, and a primitive of the user's own."""
    own = ac.Tensor([0.25, -0.5])
    generator = np.random.default_rng(0)
    shapes = {"X": (5, 4), "W": (4, hidden), "b": (hidden,), "V": (hidden, 2)}
    given = [generator.normal(size=each) for each in shapes.values()]
    with table_kept():
        primitive("bump_of_arrays", "exp(-x*x)", "-2 * x * z")

        def loss(X: Any, W: Any, b: Any, V: Any) -> Any:
            h = ac.apply("bump_of_arrays", ac.tanh(X @ W + b))
            return -(ac.log_softmax(h @ V, 1) * own).mean() + ac.max(W, 0).sum() + ac.norm(V)

        program = record(loss, *map(ac.Tensor, given))
        program.to_c(tmp_path / "loss.c")
        library = built(gcc, tmp_path, "loss.c")
        value, slopes = program.value_and_grad(*given, argnums=(0, 1, 2, 3))
    places = [np.zeros(each.shape) for each in given]
    library.loss_value_and_grad.restype = library.loss_value.restype = ctypes.c_double
    assert library.loss_value_and_grad(*map(pointer, [*given, *places])) == pytest.approx(value, rel=1e-12)
    assert library.loss_value(*map(pointer, given)) == pytest.approx(value, rel=1e-12)
    for one, other in zip(places, slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
    assert "W: " in (tmp_path / "loss.h").read_text()


def test_a_main_of_c_that_includes_the_header(gcc: str, tmp_path: Path) -> None:
    """As a user of C does, optimized."""
    record(lambda w, x: (w @ x).tanh(), np.ones(2), np.ones(2)).to_c(tmp_path / "neuron.c")
    (tmp_path / "main.c").write_text("""\
#include <stdio.h>
#include "neuron.h"

int main(void) {
    const double w[2] = {0.5, -1.0}, x[2] = {2.0, 0.25};
    double by_w[2];
    const double value = neuron_value_and_grad(w, x, by_w, 0);
    printf("%.17g %.17g %.17g\\n", value, by_w[0], by_w[1]);
    return 0;
}
""")
    subprocess.run([gcc, *STRICT, "-O2", "main.c", "neuron.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    slope = 1.0 - np.tanh(0.75) ** 2
    np.testing.assert_allclose([float(each) for each in said.split()], [np.tanh(0.75), 2.0 * slope, 0.25 * slope])


def test_the_source_reads_as_the_function_does(tmp_path: Path) -> None:
    record(lambda w, x, b: ac.sigmoid(w * x + b) ** 2, 1.0, 2.0, 3.0).to_c(tmp_path / "unit.c", name="cell")
    source = (tmp_path / "unit.c").read_text()
    body = re.search(r"double cell_value\(double w, double x, double b\) \{\n(.*?)\n\}", source, re.S)
    assert body is not None
    assert [line.strip() for line in body[1].splitlines()] == [
        "const double v1 = w * x;",
        "const double v2 = v1 + b;",
        "const double v3 = f_sigmoid(v2);",
        "const double v4 = pow(v3, 2.0);",
        "return v4;",
    ]
    assert '#include "unit.h"' in source


def test_the_same_program_gives_the_same_bytes(tmp_path: Path) -> None:
    for case in (*shaped_cases(), long_network(25)):
        case.program.to_c(tmp_path / "a.c")
        first = (tmp_path / "a.c").read_bytes(), (tmp_path / "a.h").read_bytes()
        case.program.save(tmp_path / "a.program")
        Program.load(tmp_path / "a.program").to_c(tmp_path / "a.c")
        assert ((tmp_path / "a.c").read_bytes(), (tmp_path / "a.h").read_bytes()) == first


@pytest.mark.slow
def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    program = record(lambda x: x * x if x > 0.0 else x, 1.0)
    with pytest.raises(ac.InputValueError, match=r"took a branch \(x > 0 was True.*choose with where\("):
        program.to_c(tmp_path / "a.c")
    program = record(lambda x: x * x, 1.0)
    with pytest.raises(ac.InputValueError, match=r"does not end in \.c"):
        program.to_c(tmp_path / "a.cpp")
    with pytest.raises(ac.InputTypeError, match="is not a path"):
        program.to_c(3.0)  # type: ignore[arg-type]
    for name in ("two words", "2", "", "ü"):
        with pytest.raises(ac.InputValueError, match="cannot begin the name of a function"):
            program.to_c(tmp_path / "a.c", name=name)
    with pytest.raises(ac.InputValueError, match="no folder"):
        program.to_c(tmp_path / "nowhere" / "a.c")
    of_tensors = record(lambda X, W: (X @ W).sum(), ac.Tensor(np.ones((100, 784))), ac.Tensor(np.ones((784, 30))))
    with pytest.raises(ac.InputValueError, match=r"to_c: the program has more than 200,000 numbers.*to_jax\(\)"):
        of_tensors.to_c(tmp_path / "a.c")
    of_tensors = record(lambda t: t.sum() if t.sum() > 0.0 else t[0], ac.Tensor([1.0]))
    with pytest.raises(ac.InputValueError, match=r"to_c: the program took a branch"):
        of_tensors.to_c(tmp_path / "a.c")
    assert list(tmp_path.iterdir()) == []


def test_derivatives_of_a_function_with_kinks_are_written_with_a_warning(tmp_path: Path) -> None:
    program = record(grad(lambda x: relu(x) * x * x), 1.0)
    with pytest.warns(KinkWarning, match="kinks"):
        program.to_c(tmp_path / "a.c")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ac.hessian(lambda w: (w**3).sum() * w[0])(x).sum(),  # one number is put into an array of zeros
        lambda x: ac.max(x) * 2.0 - ac.min(x),
    ],
    ids=["scattered", "extremes"],
)
def test_programs_of_arrays_with_a_nan_or_equal_elements(f: Any, gcc: str, tmp_path: Path) -> None:
    program = record(f, ac.Tensor([1.0, 2.0, 3.0]))
    program.to_c(tmp_path / "edges.c")
    call = built(gcc, tmp_path, "edges.c").edges_value_and_grad
    call.restype = ctypes.c_double
    for x in ([1.0, 2.0, 3.0], [3.0, 3.0, 1.0], [1.0, np.nan, 2.0], [-np.inf, 1.0, 1.0]):
        value, gradient = program.value_and_grad(np.array(x))
        array, slopes = np.array(x), np.empty(3)
        np.testing.assert_allclose(call(pointer(array), pointer(slopes)), value, rtol=1e-13, equal_nan=True)
        np.testing.assert_allclose(slopes, gradient, rtol=1e-13, equal_nan=True)
