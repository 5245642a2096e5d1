"""What can be given to the gradient check: numbers, leaves, arrays, containers, models. Leaves are put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Value, check_gradients
from nn import MLP


class Point(NamedTuple):
    x: Any
    y: Any


def names_of(*arguments: Any, f: Any = None, **options: Any) -> list[str]:
    return [row.name for row in check_gradients(f or total, *arguments, **options)]


def total(p: Any) -> Value:
    """The sum of the squares of all numbers in nested containers."""
    if isinstance(p, Value):
        return p * p
    if isinstance(p, np.ndarray):
        p = p.ravel().tolist()
    parts = list(p.values()) if isinstance(p, dict) else p
    result: Value = total(parts[0])
    for part in parts[1:]:
        result = result + total(part)
    return result


def test_containers_arrive_as_they_were_given_with_leaves_for_numbers() -> None:
    seen = []

    def f(p: Any) -> Value:
        seen.append(p)
        return total(p["w"]) + total(p["b"][0]) + p["b"][1].x * p["b"][1].y

    report = check_gradients(f, {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": ((5, 6.0), Point(0.5, 0.25))})
    assert report, str(report)
    assert [row.name for row in report] == [
        *("p['w'][0, 0]", "p['w'][0, 1]", "p['w'][1, 0]", "p['w'][1, 1]"),
        *("p['b'][0][0]", "p['b'][0][1]", "p['b'][1].x", "p['b'][1].y"),
    ]
    assert seen[0]["w"].shape == (2, 2)
    assert isinstance(seen[0]["b"], tuple)
    assert isinstance(seen[0]["b"][1], Point)


@dataclass
class Line:
    slope: Any
    offset: Any


@dataclass
class LineModel(Line):
    name: str = "a model may hold what is no number"

    def parameters(self) -> list[Value]:
        return [self.slope, self.offset]


def test_dataclasses_are_containers_unless_they_are_models() -> None:
    report = check_gradients(lambda line: line[0].slope * 2 + line[0].offset, [Line(1.0, 2.0)])
    assert report, str(report)
    assert [row.name for row in report] == ["line[0].slope", "line[0].offset"]
    model = LineModel(Value(1.0, "slope"), Value(2.0))
    report = check_gradients(lambda line: line.slope * 2 + line.offset, model)
    assert report, str(report)
    assert [row.name for row in report] == ["slope", "line.parameters()[1]"]


def test_names_come_from_labels_then_from_the_signature_then_from_the_position() -> None:
    assert names_of([Value(1.0, "slope"), Value(2.0), 3.0]) == ["slope", "p[1]", "p[2]"]
    with ac.scope("layer 1"):
        w = Value(1.0, "w")
    assert names_of([w, 1.0]) == ["layer 1/w", "p[1]"]
    assert names_of(1.0, 2.0, f=lambda *values: values[0] * values[1]) == ["input 0", "input 1"]


def test_a_model_is_checked_by_its_parameters_and_handed_on_as_it_is() -> None:
    model = MLP(2, [3, 1], seed=1, activation="tanh")
    before = [each.data for each in model.parameters()]
    report = check_gradients(lambda m, x: m(x) ** 2, model, [0.3, -0.2], order=2, directions=2)
    assert report, str(report)
    report = check_gradients(lambda m: m([0.3, -0.2]) ** 2, model)
    assert report, str(report)
    assert [row.name for row in report] == [name for name, _ in model.named_parameters()]
    assert [each.data for each in model.parameters()] == before
    assert not any(each.has_grad for each in model.parameters())


def test_any_object_with_parameters_is_a_model() -> None:
    class Line:
        def __init__(self) -> None:
            self.slope, self.offset = Value(2.0), Value(1.0)

        def parameters(self) -> list[Value]:
            return [self.slope, self.offset]

    assert names_of(Line(), f=lambda line: line.slope * 3 + line.offset) == [
        "line.parameters()[0]",
        "line.parameters()[1]",
    ]


def test_sample_takes_some_inputs_by_a_seed() -> None:
    point = list(range(1, 21))
    chosen = names_of(point, sample=4, seed=3)
    assert len(chosen) == 4
    assert chosen == names_of(point, sample=4, seed=3)
    assert chosen != names_of(point, sample=4, seed=4)
    report = check_gradients(total, point, sample=4)
    assert report
    assert report.summary == "4 of 20 inputs: 4 ok"
    assert len(check_gradients(total, point, sample=50)) == 20


@pytest.mark.slow
def test_directions_do_not_cost_more_for_more_parameters() -> None:
    few = check_gradients(total, [0.5] * 3, directions=3)
    many = check_gradients(total, [0.5] * 300, directions=3)
    assert few
    assert many
    assert many.calls == few.calls
    assert many.summary == "3 directions through 300 inputs: 3 ok"
    with_second = check_gradients(total, [0.5] * 300, directions=3, order=2)
    assert with_second.summary == "3 directions through 300 inputs and 3 second derivatives: 6 ok"


def test_second_derivatives_are_checked_one_by_one_or_along_a_direction() -> None:
    def f(x: Value, y: Value) -> Value:
        return ac.sin(x * y) + x**3

    report = check_gradients(f, 0.5, 1.25, order=2)
    assert report, str(report)
    by_name = {row.name: row.analytic for row in report}
    assert list(by_name) == ["x", "y", "∂²/∂x²", "∂²/∂x∂y", "∂²/∂y∂x", "∂²/∂y²"]
    assert by_name["∂²/∂x∂y"] == pytest.approx(by_name["∂²/∂y∂x"])
    assert by_name["∂²/∂y²"] == pytest.approx(-0.25 * ac.sin(0.625))
    report = check_gradients(total, [0.1 * k for k in range(1, 13)], order=2)
    assert report, str(report)
    assert len(report) == 24


def test_an_input_that_depends_on_another_one_says_so_and_the_other_is_varied_alone() -> None:
    x = Value(2.0, "x")
    y = x * 3
    for report in (check_gradients(lambda x, y: x * x * y, x, y), check_gradients(lambda y, x: x * x * y, y, x)):
        assert [(row.name, row.verdict) for row in report] == [
            ("x", "ok"),
            ("y", "depends on another checked input"),
        ]
        assert report.rows[0].analytic == 24.0  # y stands still
        assert not report
        assert "y: depends on x" in str(report)
    assert [row.verdict for row in check_gradients(lambda a, b: a * b, x, x)] == [
        "ok",
        "depends on another checked input",
    ]


def test_leaves_are_put_back_also_after_an_error() -> None:
    w = Value(2.0, "w")
    assert check_gradients(lambda each: each * w, w)
    assert w.data == 2.0
    assert not w.has_grad

    def fails_later(each: Value) -> Value:
        if each.data != 2.0:
            raise failure
        return each * each

    failure: BaseException = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        check_gradients(fails_later, w)
    assert w.data == 2.0
    failure = RuntimeError("only at the point itself")
    assert [row.verdict for row in check_gradients(fails_later, w)] == ["not finite"]
    assert w.data == 2.0


def test_the_parameters_of_a_closure_are_checked() -> None:
    w, b = Value(0.5, "w"), Value(-1.0, "b")
    report = check_gradients(lambda *_: ac.tanh(w * 2.0 + b), w, b)
    assert [row.name for row in report] == ["w", "b"]
    assert report


def test_what_cannot_be_an_input_is_refused_by_its_place() -> None:
    class Odd:
        def parameters(self) -> list[Any]:
            return [1.0]

    for given, message in (
        ([1.0, "x"], r"input 0\[1\]: 'x' is not a real number"),
        ({"w": [None]}, r"input 0\['w'\]\[0\]: None is not a real number"),
        ([Value(1.0) * 2], r"input 0\[0\], node without label \(mul\), is not a leaf"),
        ([], "no inputs"),
        (Odd(), r"the parameter p\.parameters\(\)\[0\] is 1\.0; parameters must be Values"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            check_gradients(total, given)
