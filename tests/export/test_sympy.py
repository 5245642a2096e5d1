"""Programs in SymPy: evaluated with thirty digits, value and gradient are those of the program."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy
from exported import Case, primitive_cases, random_cases, shaped_cases
from samples import smooth_points
from scratch import table_kept

import autograd_core as ac
from autograd_core import primitive, record
from autograd_core.formulas.rules import PRIMITIVES

pytestmark = pytest.mark.slow  # loading SymPy is


def check(case: Case) -> None:
    form = case.program.to_sympy()
    for point in case.points:
        at = {symbol: sympy.Float(number, 30) for symbol, number in zip(form.symbols, point, strict=True)}
        value, *gradient = (float(each.xreplace(at).evalf(30)) for each in (form.value, *form.gradient))
        case.agree(point, value, gradient)


def test_random_programs() -> None:
    small = [case for case in random_cases() if len(case.program.tape.opcodes) < 12]
    checked = 0
    for case in small:
        names = {each.rule.name for each in case.program._listing("test").instructions}
        if names & {"rint", "remainder", "sinc"}:
            continue
        check(case)
        checked += 1
    assert checked > len(small) / 4


def test_every_primitive() -> None:
    for case in primitive_cases():
        if case.name in ("rint", "remainder", "given", "given_slope", "stop_gradient"):
            continue
        points = [point[: len(case.points[0])] for point in smooth_points(PRIMITIVES[case.name])]
        check(replace(case, points=tuple(points[::5] if len(points) > 10 else points)))


def test_arguments_of_every_shape_and_name() -> None:
    for case in shaped_cases():
        if case.name != "labels":  # two of its symbols are one
            check(case)


def test_a_primitive_of_the_users_own_goes_along() -> None:
    with table_kept():
        [case] = primitive_cases([primitive("bump_exported", "exp(-x*x) * sin(y)")])
        check(replace(case, points=((0.5, 1.25), (-1.5, 0.25))))


def test_what_is_written_can_be_worked_with() -> None:
    form = record(lambda w, x: (w[0] * x + w[1]) ** 2, np.ones(2), 1.0).to_sympy()
    w0, w1, x = form.symbols
    assert [str(each) for each in form.symbols] == ["w[0]", "w[1]", "x"]
    assert form.value == (w0 * x + w1) ** 2
    for symbol, slope in zip(form.symbols, form.gradient, strict=True):
        assert sympy.expand(slope - sympy.diff(form.value, symbol)) == 0
    assert sympy.solve(form.gradient[0], x) == [0, -w1 / w0]


def test_several_results() -> None:
    form = record(lambda x, y: [x * y, x.exp(), x * 0.1], 1.0, 2.0).to_sympy()
    x, y = form.symbols
    assert form.value[:2] == [x * y, sympy.exp(x)]
    assert form.gradient == [[y, x], [sympy.exp(x), 0], [sympy.Float(0.1), 0]]


def test_what_cannot_be_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ac.InputValueError, match=r"to_sympy: the program took a branch"):
        record(lambda x: x * x if x > 0.0 else x, 1.0).to_sympy()
    with pytest.raises(ac.InputValueError, match=r"SymPy has no rint; write to_c"):
        record(lambda x: ac.rint(x) * x, 1.0).to_sympy()

    def doubled(x: Any) -> Any:
        for _ in range(60):
            x = x + x.sin()
        return x

    with pytest.raises(ac.InputValueError, match=r"operations written out, and more than 2,000 .* to_c"):
        record(doubled, 1.0).to_sympy()
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ac.InputValueError, match=r"needs SymPy; run: pip install 'autograd-core\[sympy\]'"):
        record(lambda x: x * x, 1.0).to_sympy()


def test_a_program_of_arrays() -> None:
    form = record(lambda W, x: (W @ x) ** 2, ac.Tensor(np.ones((1, 2))), ac.Tensor(np.ones(2))).to_sympy()
    assert [str(each) for each in form.symbols] == ["W[0, 0]", "W[0, 1]", "x[0]", "x[1]"]
    a, b, x, y = form.symbols
    assert [each.expand() for each in form.value] == [((a * x + b * y) ** 2).expand()]
    assert form.gradient[0][2].expand() == (2 * a * (a * x + b * y)).expand()
