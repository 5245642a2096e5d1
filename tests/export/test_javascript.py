"""Programs in JavaScript: run by a real engine, they give what the program gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import Case, primitive_cases, random_cases, shaped_cases
from javascript_engine import run_javascript
from scratch import table_kept

import autograd_core as ac
from autograd_core import Value, primitive, record

_EACH = """
for (const [place, points] of given.entries()) {
  const program = await import(`./p${place}.mjs`);
  told.push(points.map((point) => {
    const { value, gradient } = program.valueAndGrad(...point);
    const slopes = Object.values(gradient).flatMap((each) => (typeof each === "number" ? [each] : Array.from(each)));
    return [value, program.value(...point), slopes];
  }));
}"""


def check(folder: Path, cases: Sequence[Case]) -> None:
    for place, case in enumerate(cases):
        case.program.to_javascript(folder / f"p{place}.mjs")
    told = run_javascript(folder, _EACH, [[case.arguments(point) for point in case.points] for case in cases])
    for case, results in zip(cases, told, strict=True):
        for point, (value, alone, gradient) in zip(case.points, results, strict=True):
            np.testing.assert_equal(alone, value)
            case.agree(point, value, gradient)


def test_random_programs(tmp_path: Path) -> None:
    check(tmp_path, list(random_cases()))


@pytest.mark.slow
def test_every_primitive_at_special_numbers(tmp_path: Path) -> None:
    check(tmp_path, list(primitive_cases()))


def test_arguments_of_every_shape_and_name(tmp_path: Path) -> None:
    check(tmp_path, list(shaped_cases()))


def test_a_primitive_of_the_users_own_goes_along(tmp_path: Path) -> None:
    with table_kept():
        rule = primitive(
            "bump_exported", "exp(-x*x) * erf(y)", "-2 * x * z", "exp(-x*x) * 1.1283791670955126 * exp(-y*y)"
        )
        check(tmp_path, list(primitive_cases([rule])))


def test_several_results_and_the_gradient_of_their_weighted_sum(tmp_path: Path) -> None:
    def f(x: Any) -> list[Any]:
        return [x[0], ac.sinc(x[1] * x[0]), Value(1.5)]

    program = record(f, np.ones(2))
    (tmp_path / "p.mjs").write_text(program.to_javascript())
    body = """
    const program = await import("./p.mjs");
    const { value, gradient } = program.valueAndGrad(...given);
    told.push(value, program.value(given[0]), Array.from(gradient.x));"""
    x, upstream = np.array([0.5, -1.25]), [0.5, 2.0, -1.0]
    value, alone, by_x = run_javascript(tmp_path, body, [x, upstream])
    np.testing.assert_allclose(value, program(x), rtol=1e-12)
    assert alone == value
    weighted = record(lambda x: sum(a * b for a, b in zip(f(x), upstream, strict=True)), np.ones(2))
    np.testing.assert_allclose(by_x, weighted.value_and_grad(x)[1], rtol=1e-12)


def test_a_program_of_arrays(tmp_path: Path) -> None:
    given = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([0.3, -0.7])
    program = record(lambda W, x: ac.softmax(ac.tanh(W @ x)) @ x, *map(ac.Tensor, given))
    program.to_javascript(tmp_path / "p.mjs")
    body = """
    const { value, gradient } = (await import("./p.mjs")).valueAndGrad(given[0].flat(), given[1]);
    told.push(value, Array.from(gradient.W), Array.from(gradient.x));"""
    value, by_W, by_x = run_javascript(tmp_path, body, [each.tolist() for each in given])
    expected = program.value_and_grad(*given, argnums=(0, 1))
    assert value == pytest.approx(expected[0], rel=1e-13)
    np.testing.assert_allclose(by_W, expected[1][0].ravel(), rtol=1e-12)
    np.testing.assert_allclose(by_x, expected[1][1], rtol=1e-12)


def test_the_source_reads_as_the_function_does() -> None:
    text = record(lambda w, x, b: ac.sigmoid(w * x + b), 1.0, 2.0, 3.0).to_javascript()
    assert text.partition("export function value(")[2].partition("\n}")[0].splitlines() == [
        "w, x, b) {",
        "  const v1 = w * x;",
        "  const v2 = v1 + b;",
        "  const v3 = f_sigmoid(v2);",
        "  return v3;",
    ]
    assert text == record(lambda w, x, b: ac.sigmoid(w * x + b), 1.0, 2.0, 3.0).to_javascript()


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ac.InputValueError, match=r"to_javascript: the program took a branch \(x > 0 was True"):
        record(lambda x: x * x if x > 0.0 else x, 1.0).to_javascript()
    with pytest.raises(ac.InputValueError, match=r"holds an index of take .* choose with where\(equal\("):
        record(ac.take, np.ones(3), 1.0).to_javascript()
    with pytest.raises(ac.InputValueError, match=r"does not end in \.js or \.mjs"):
        record(lambda x: x * x, 1.0).to_javascript(tmp_path / "a.ts")

    def long(x: Any) -> Any:
        for _ in range(20_001):
            x = x.sin()
        return x

    with pytest.raises(ac.InputValueError, match=r"20,001 instructions, and more than 20,000 are not unrolled.*to_c\("):
        record(long, 1.0).to_javascript()
