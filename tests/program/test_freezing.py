"""What depends on an input of a program is recorded as what it is, guarded or refused; nothing is frozen silently."""

from __future__ import annotations

import collections
import copy
import functools
import math
import pathlib
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import BranchChanged, LeavesGraphError, Program, Tensor, Value, grad, record, stop_gradient

POINT, ELSEWHERE = 0.4, 3.0


# --- stop_gradient: the number follows the input, the gradient does not flow ------------------------------------------


#: Functions of x with stop_gradient inside; the same with s in its place; the derivative by x at fixed s.
STOPPED: dict[str, tuple[Callable[[Any], Any], Callable[[float, float], float], Callable[[float, float], float]]] = {
    "product": (lambda x: x * stop_gradient(x), lambda x, s: x * s, lambda x, s: s),
    "alone": (lambda x: stop_gradient(x) + 0.0, lambda x, s: s, lambda x, s: 0.0),
    "base": (lambda x: stop_gradient(x) ** x, lambda x, s: s**x, lambda x, s: s**x * math.log(s)),
    "exponent": (lambda x: x ** stop_gradient(x), lambda x, s: x**s, lambda x, s: s * x ** (s - 1)),
    "of a result": (lambda x: x**3 * stop_gradient(x * x), lambda x, s: x**3 * s * s, lambda x, s: 3 * x * x * s * s),
    "method": (lambda x: x * x.stop_gradient(), lambda x, s: x * s, lambda x, s: s),
    "data": (lambda x: x * x.data, lambda x, s: x * s, lambda x, s: s),
    "nested": (lambda x: x * stop_gradient([{"s": x}])[0]["s"], lambda x, s: x * s, lambda x, s: s),
}  # fmt: skip
every_stop = pytest.mark.parametrize("name", STOPPED)


@every_stop
def test_a_stopped_gradient_follows_the_input(name: str) -> None:
    f, value, slope = STOPPED[name]
    found = record(f, POINT).value_and_grad(ELSEWHERE)
    assert found == pytest.approx((value(ELSEWHERE, ELSEWHERE), slope(ELSEWHERE, ELSEWHERE)), rel=1e-14)
    assert found == pytest.approx(ac.value_and_grad(f)(ELSEWHERE), rel=1e-14)


@every_stop
def test_a_stopped_gradient_of_a_batch(name: str) -> None:
    f, value, slope = STOPPED[name]
    x = np.linspace(0.5, 4.0, 300)
    values, slopes = record(f, POINT).batched((0,)).value_and_grad(x)
    np.testing.assert_allclose(values, [value(each, each) for each in x], rtol=1e-13)
    np.testing.assert_allclose(slopes, [slope(each, each) for each in x], rtol=1e-13)


@every_stop
def test_a_stopped_gradient_in_the_program_of_a_gradient(name: str) -> None:
    f, _, slope = STOPPED[name]
    assert record(grad(f), POINT)(ELSEWHERE) == pytest.approx(slope(ELSEWHERE, ELSEWHERE), rel=1e-14)


def test_a_stopped_gradient_in_programs_of_second_order_and_forward_mode() -> None:
    def f(x: Any) -> Any:
        return stop_gradient(x) * x * x

    # d/dx (s x²) = 2 s x; at fixed s its slope is 2 s.
    assert record(grad(grad(f)), POINT)(5.0) == 10.0
    assert record(lambda x: ac.hvp(f, (x,), (1.0,))[0], POINT)(5.0) == 10.0
    assert record(lambda x: ac.jvp(f, (x,), (1.0,))[1], POINT)(5.0) == 50.0
    assert record(ac.hessian(f), POINT)(5.0) == 10.0


def test_a_stopped_gradient_in_a_file(tmp_path: pathlib.Path) -> None:
    program = record(lambda x: x * stop_gradient(x) if x.data > 0 else x, POINT)
    program.save(tmp_path / "program")
    loaded = Program.load(tmp_path / "program")
    assert (
        loaded.value_and_grad(ELSEWHERE) == pickle.loads(pickle.dumps(program)).value_and_grad(ELSEWHERE) == (9.0, 3.0)
    )
    with pytest.raises(BranchChanged, match=r"^x > 0 was True"):
        loaded(-1.0)


def test_a_stopped_gradient_ends_where_another_path_is_infinite() -> None:
    """The exponent's derivative is log(x), which is nan at x < 0, and no gradient flows that way."""
    assert record(lambda x: x ** stop_gradient(x), 2.0).value_and_grad(-2.0) == (0.25, 0.25)


def test_outside_of_a_recording_a_stopped_gradient_is_a_constant_that_keeps_nothing_alive() -> None:
    x = Value(2.0)
    assert stop_gradient(x * x).parents == ()


# --- numbers that are read --------------------------------------------------------------------------------------------


def test_a_branch_on_data_is_guarded() -> None:
    program = record(lambda x: x * 2 if x.data > 0 else x * 3, 1.0)
    assert program(2.0) == 4.0
    with pytest.raises(BranchChanged, match=r"x > 0 was True .*test_freezing.py:\d+: program = record"):
        program(-1.0)


@pytest.mark.parametrize(
    "choose",
    [
        lambda v: max(v, key=lambda each: each.data),
        min,
        lambda v: sorted(v, key=lambda each: -each.data)[0],
        lambda v: v[int(np.argmax([each.data for each in v]))],
        lambda v: v[0] if any(each > 1.5 for each in v[:1]) else v[1],
        lambda v: next(each for each in v if each.data > 1.5),
    ],
)
def test_a_choice_by_numbers_is_guarded(choose: Callable[[Any], Any]) -> None:
    program = record(lambda v: choose(list(v)), np.array([1.0, 2.0]))
    assert program(np.array([1.25, 2.25])) == choose([Value(1.25), Value(2.25)]).data
    with pytest.raises(BranchChanged):
        program(np.array([2.0, 1.0]))


#: What reads a number, compares or sets in a way that a program could not repeat, and what the message advises.
REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "==": (lambda x: x * 0 + 1.0 if x == 0 else ac.sin(x) / x, r"== .* equal\(x, y\)"),
    "!=": (lambda x: x if x != 0 else x * 2, r"!= .* not_equal\(x, y\)"),
    "== of NumPy": (lambda x: x if np.float64(0.4) == x else x * 2, r"== .* equal"),
    "== of nodes": (lambda x: x if x == x * 1 else x * 2, r"== .* equal"),
    "in a list": (lambda x: x if x in [1.0, 2.0] else x * 2, r"== .* equal"),
    "in a set": (lambda x: x if x in {1.0, 2.0} else x * 2, r"hash .* equal"),
    "key": (lambda x: {0.4: x}.get(x, x * 2), r"hash .* id\(node\)"),
    "counted": (lambda x: x * len(collections.Counter([x, x])), r"hash .* id\(node\)"),
    "cache": (functools.cache(lambda each: each * 2), "hash"),
    "float": (lambda x: x * float(x), r"float\(\) .* primitives"),
    "float of data": (lambda x: x * float(x.data), r"float\(\)"),
    "int": (lambda x: x * int(x.data), r"int\(\)"),
    "floor": (lambda x: x * math.floor(x.data), "float.* example"),
    "index": (lambda x: x * [1.0, 2.0][x.data], r"an index .* take\(rows, x\)"),
    "leaf of data": (lambda x: x * Value(x.data), "node already"),
    "array of data": (lambda x: x * np.array([x.data], dtype=float), r"float\(\)"),
    "Tensor": (lambda x: x * Tensor([x, x]).sum().item(), "a Tensor .* Values"),
    "copy": (lambda x: x * copy.copy(x), r"a copy .* \+x"),
    "deepcopy": (lambda x: x * copy.deepcopy([x])[0], r"a copy .* test_freezing"),
    "pickle": (lambda x: x * pickle.loads(pickle.dumps(x * 2)), "a copy"),
    "backward": (lambda x: [(x * x).backward(), x.grad * x][1], r"backward .* grad\(f\)"),
    "grad": (lambda x: x * x.grad, r"grad .* grad\(f\)"),
    "local derivatives": (lambda x: x * (x * x).local_derivatives[0], r"local_derivatives .* grad\(f\)"),
    "data of an argument": (lambda x: [setattr(x, "data", 1.0), x][1], "data ="),
    "data of another node": (lambda x: [setattr(OUTSIDE, "data", 1.0), x][1], "data ="),
}
OUTSIDE = Value(1.0, "outside")


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_freeze_a_number_is_refused(name: str) -> None:
    f, message = REFUSED[name]
    with pytest.raises(TypeError, match=message) as caught:
        record(f, POINT)
    if isinstance(caught.value, LeavesGraphError):
        assert "test_freezing.py" in str(caught.value)


def test_the_engine_itself_may_look_nodes_up() -> None:
    assert record(lambda x: x * len(ac.paths(x * x, x).paths), POINT)(3.0) == 6.0


def test_nodes_that_no_input_reaches_are_read_as_ever() -> None:
    w, table = Value(2.0), {}
    table[w] = 3.0

    def f(x: Any) -> Any:
        (w * w).backward()
        assert w != Value(2.0)
        assert w in table
        return x * w.data * table[w] * float(w.grad) * copy.copy(w)

    assert record(f, POINT)(1.0) == 2.0 * 3.0 * 4.0 * 2.0


def test_after_a_recording_everything_is_as_before() -> None:
    with pytest.raises(LeavesGraphError):
        record(lambda x: x if x in {1.0} else x * 2, POINT)
    x = Value(2.0)
    assert x.data == 2.0
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: grad(lambda y: x * y)(2.0),
        lambda x: ac.value_and_grad(lambda y: x * y)(1.0)[0],
        lambda x: ac.vjp(lambda y: x * y, 2.0)[1](1.0)[0],
        lambda x: ac.jvp(lambda y: x * y, (2.0,), (1.0,))[1],
        lambda x: ac.jacobian(lambda y: [y, x * y])(2.0)[1],
        lambda x: ac.hessian(lambda y: x * y * y / 2)(2.0),
    ],
    ids=["grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian"],
)
def test_a_derivative_by_something_else_follows_the_input(f: Callable[[Any], Any]) -> None:
    assert record(f, POINT)(5.0) == 5.0
