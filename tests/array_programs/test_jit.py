"""jit: recorded when needed, replayed when possible, and never another function."""

from __future__ import annotations

import copy
import math
import pickle
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from amounts import trials
from random_tensor_graphs import random_function

import autograd_core as ac
import nn
from autograd_core import (
    BranchChanged,
    InputTypeError,
    InputValueError,
    LeavesGraphError,
    NotReplayedWarning,
    Tensor,
    Value,
    grad,
    hessian,
    jit,
    jvp,
    stop_gradient,
    value_and_grad,
)


def loss(w: Any, x: Any) -> Any:
    return (ac.tanh(x @ w) ** 2).sum()


W, X = np.array([0.5, -1.0]), np.array([[1.0, 2.0], [0.25, -0.5]])


@pytest.mark.parametrize("times", [1, 3])
def test_values_and_gradients_are_those_of_the_function(times: int) -> None:
    f = jit(loss)
    for factor in range(1, times + 1):
        w = W / factor
        value, gradient = value_and_grad(loss)(w, X)
        assert f(w, X) == pytest.approx(value, rel=1e-14)
        found = f.value_and_grad(w, X, argnums=(0, 1))
        assert found[0] == pytest.approx(value, rel=1e-14)
        np.testing.assert_allclose(found[1][0], gradient, rtol=1e-13)
        np.testing.assert_allclose(f.grad(w, X), gradient, rtol=1e-13)
        for one, other in zip(f.jvp((w, X), (W, 2 * X)), jvp(loss, (w, X), (W, 2 * X)), strict=True):
            assert one == pytest.approx(other, rel=1e-13)
    assert len(f.programs) == 1


def test_random_functions_and_their_gradients() -> None:
    for seed in range(trials(60)):
        drawn = random_function(seed)
        f, g, both = jit(drawn.f), jit(grad(drawn.f, argnums=(0, 1))), value_and_grad(drawn.f, argnums=(0, 1))
        for factor in (1.0, 1.01):
            arrays = [each * factor for each in drawn.arrays]
            value, gradients = both(*arrays)
            scale = float(np.max([1.0, abs(value), *(np.abs(each).max() for each in gradients)]))
            if not np.isfinite(scale):
                break
            assert f(*arrays) == pytest.approx(value, rel=1e-9, abs=1e-11 * scale), drawn.text
            for one, other in zip(f.grad(*arrays, argnums=(0, 1)), gradients, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * scale, err_msg=drawn.text)
            for one, other in zip(g(*arrays), gradients, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9 * scale, err_msg=drawn.text)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (ac.max(x, 0) * x).sum(),
        lambda x: (ac.softmax(x) * x).sum(),
        lambda x: ac.norm(x) * x.sum(),
        lambda x: (ac.logsumexp(x) * x).sum(),
        lambda x: (x * stop_gradient(x)).sum(),
    ],
    ids=["max", "softmax", "norm", "logsumexp", "stop_gradient"],
)
def test_a_recorded_gradient_is_that_of_other_points_too(f: Any) -> None:
    """What decides a derivative (which is the largest?) is computed anew, not frozen."""
    g, second = jit(grad(f)), jit(hessian(f))
    for x in ([1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 2.5, -1.0]):
        np.testing.assert_allclose(g(np.array(x)), grad(f)(np.array(x)), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(second(np.array(x)), hessian(f)(np.array(x)), rtol=1e-11, atol=1e-12)


def test_transforms_of_it_are_those_of_the_function() -> None:
    f = jit(loss)
    np.testing.assert_allclose(grad(f)(W, X), grad(loss)(W, X), rtol=1e-14)
    np.testing.assert_allclose(hessian(f)(W, X), hessian(loss)(W, X), rtol=1e-13)
    inner = jit(lambda y: y * y)
    assert grad(lambda x: x * inner(3.0) + inner(x))(2.0) == 13.0
    outer = jit(lambda x: inner(x) * x)
    assert [outer(x) for x in (2.0, 3.0)] == [8.0, 27.0]


def test_a_jitted_function_keeps_a_variable_of_the_surroundings() -> None:
    """Inside of a transform it is called as it is, or the derivative by what it only refers to would be lost."""
    assert grad(lambda x: jit(lambda y: x * y)(2.0))(3.0) == 2.0


def test_every_branch_has_its_program() -> None:
    f = jit(lambda x: x * 2.0 if x > 0 else -x)
    assert [f(x) for x in (1.0, -1.0, 2.0, -2.0, 3.0)] == [2.0, 1.0, 4.0, 2.0, 6.0]
    assert len(f.programs) == 2
    assert {each.depends_on[0].partition(" (")[0] for each in f.programs} == {"x > 0 is True", "x > 0 is False"}
    of_tensors = jit(lambda x: x.sum() if x.sum() > 0 else -x.sum())
    assert [of_tensors(np.array([x, x])) for x in (1.0, -1.0, 2.0, -2.0)] == [2.0, 2.0, 4.0, 4.0]
    assert [of_tensors.grad(np.array([x, x])).tolist() for x in (3.0, -3.0)] == [[1.0, 1.0], [-1.0, -1.0]]


def test_every_structure_has_its_program_and_the_oldest_are_forgotten() -> None:
    f = jit(lambda x: (x * x).sum(), max_programs=2)
    for size in (1, 2, 3):
        assert f(np.ones(size)) == size
    assert [each.structure.removeprefix("array ") for each in f.programs] == ["(2,)", "(3,)"]
    assert f(np.ones(3, np.float32)) == 3.0
    assert len(f.programs) == 2


@dataclass
class Pair:
    """A container."""

    one: Any
    other: Any


def test_containers_and_options() -> None:
    @jit
    def f(p: Any, pair: Any, *, scale: Any = 1.0) -> Any:
        return {"sum": (p["W"] @ pair.one).sum() * scale, "list": [pair.other * 2.0, pair.other], "row": [scale, scale]}

    for factor in (1.0, 2.0):
        found = f({"W": factor * np.ones((2, 2))}, Pair(np.ones(2), 3.0), scale=0.5)
        assert found == {"sum": 2.0 * factor, "list": [6.0, 3.0], "row": [0.5, 0.5]}
    rows = jit(lambda w, x: sum(a * b for a, b in zip(w, x, strict=True)))
    assert rows.value_and_grad([1.0, 2.0], (3.0, 4.0)) == (11.0, [3.0, 4.0])
    assert rows.grad([1.0, 2.0], (3.0, 5.0), argnums=1) == (1.0, 2.0)


def test_arguments_of_another_kind_are_told_from_those_of_the_last_call() -> None:
    """Which are read in a hurry."""
    f = jit(lambda p, x: (p[0] * x).sum() + p[1])
    x = np.array([1.0, 2.0])
    for _ in range(3):
        assert f((x, 1.0), x) == 6.0
    assert [f([x, 1.0], x), f((x, 1), x), f((x, 1.0), 2 * x), f((x, 1.0), x.astype(np.float32))] == [
        6.0,
        6.0,
        11.0,
        6.0,
    ]
    assert [f((x, 1.0), x[:1]), f((np.float64(2.0), 1.0), x), f((x[:1], 1.0), x)] == [4.0, 7.0, 4.0]
    assert [f((x, 1.0), x=x), f((x, 1.0), x)] == [6.0, 6.0]
    assert grad(lambda a: f((x, 1.0), x) * a)(2.0) == 6.0
    assert f((Tensor(x), 1.0), x).data == 6.0
    with pytest.raises(InputTypeError, match="neither a number nor an array"):
        f((x, "1"), x)
    with pytest.raises(TypeError):
        f((x, 1.0))


def test_static_arguments() -> None:
    @jit(static_argnums=1, static_argnames="kind")
    def f(x: Any, n: int, kind: str = "sum") -> Any:
        powers = [x**k for k in range(1, n + 1)]
        return sum(powers) if kind == "sum" else powers[-1]

    assert [f(2.0, 3), f(3.0, 3), f(2.0, 2), f(2.0, 3, kind="last"), f(2.0, 3)] == [14.0, 39.0, 6.0, 8.0, 14.0]
    assert len(f.programs) == 3
    assert f.grad(2.0, 3) == 17.0
    with pytest.raises(InputValueError, match="or it is static"):
        f.grad(2.0, 3, argnums=1)
    with pytest.raises(InputTypeError, match="have no hash"):
        f(2.0, [3])


def test_a_static_argument_may_be_given_by_position_or_by_name() -> None:
    def f(x: Any, n: int, *, kind: str = "sum") -> Any:
        powers = [x**k for k in range(1, n + 1)]
        return sum(powers) if kind == "sum" else powers[-1]

    for said in ({"static_argnums": 1}, {"static_argnums": -1}, {"static_argnames": "n"}):
        g = jit(f, **said)
        assert [g(2.0, 3), g(2.0, n=3), g.grad(2.0, 3), g.grad(2.0, n=3)] == [14.0, 14.0, 17.0, 17.0]
        assert g.jvp((2.0, 3), (0.5, None)) == (14.0, 8.5)
        with pytest.raises(InputTypeError, match="static_argnames"):
            g(2.0, 3, kind="last")
    for wrong in ({"static_argnums": 2}, {"static_argnums": -3}, {"static_argnames": ("kind", "m")}):
        with pytest.raises(InputValueError, match=r"is static, but .* no such argument; it has \(x, n, kind\)"):
            jit(f, **wrong)
    rest = jit(lambda x, *several, **named: x * len(named["mode"]), static_argnums=3, static_argnames="mode")
    assert rest(2.0, 1.0, 1.0, "four", mode="three") == 10.0
    with pytest.raises(InputValueError, match="1 tangents for 2 arguments"):
        jit(f, static_argnums=1).jvp((2.0, 3), (1.0,))
    with pytest.raises(InputTypeError, match=r"jvp: primals: 2.0; give a tuple"):
        jit(lambda x: x * x).jvp(2.0, (1.0,))


def test_static_arguments_that_python_holds_for_equal_have_programs_of_their_own() -> None:
    f = jit(lambda x, s: x * 2.0 if s is True else x / s, static_argnums=1)
    assert [f(x, 1) for x in (1.0, 2.0, 3.0)] == [1.0, 2.0, 3.0]
    assert [f(4.0, s) for s in (True, 1.0, 0.0, -0.0)] == [8.0, 4.0, math.inf, -math.inf]
    g = jit(lambda x, *, s: x / s[1], static_argnames="s")
    assert [g(x, s=(1, 0.0)) for x in (1.0, 2.0, 3.0)] == [math.inf] * 3
    assert g(3.0, s=(1, -0.0)) == -math.inf


def test_a_function_may_change_the_containers_that_it_is_given() -> None:
    def swapped(row: Any) -> Any:
        row[0], row[1] = row[1], row[0] * 2.0
        return row[0] - 3.0 * row[1]

    def grown(row: Any) -> Any:
        row.append(row.pop(0) * row[0])
        return row[-1]

    for f, expected, gradient in ((swapped, -9.0, [-6.0, 1.0]), (grown, 6.0, [3.0, 2.0])):
        for _ in range(2):
            assert jit(f)([2.0, 3.0]) == expected
            assert jit(f).grad([2.0, 3.0]) == gradient
        program = ac.record(lambda row, t, f=f: f(row) * t, [1.0, 1.0], Tensor([1.0]))
        assert program([2.0, 3.0], np.ones(1)) == expected
    for arrays in (jit(swapped, arrays="values"), ac.record(lambda x, t: swapped(x) * t, np.ones(2), Tensor(1.0))):
        assert arrays(np.array([2.0, 3.0]), *([1.0] * (not hasattr(arrays, "programs")))) == -9.0


def test_the_first_replay_at_other_numbers_is_compared_though_there_was_one_at_the_same() -> None:
    """A number that was read from the text of a node is that of the example, whose freezing nothing else notices."""
    for given in (2.0, np.full(200, 2.0)):
        f = jit(lambda x: x * float(str(x[:1].sum() if isinstance(x, Tensor) else x).split("data=")[1].split(",")[0]))
        first = [f(given) for _ in range(3)]
        assert all(np.array_equal(each, first[0]) for each in first)
        with pytest.warns(NotReplayedWarning, match="was frozen"):
            np.testing.assert_array_equal(f(given * 2.0), 4.0 * first[0])
    f = jit(lambda x: x * 2.0)
    assert [f(1.0) for _ in range(3)] + [f(2.0), f(1.0)] == [2.0, 2.0, 2.0, 4.0, 2.0]
    assert f.programs[0].replays == 4


def test_values_of_the_surroundings_that_are_nan_or_zeros_with_signs() -> None:
    v, runs = Value(math.nan), []

    def f(x: Any) -> Any:
        runs.append(x)
        return x * 2.0 + v

    g = jit(f)
    assert all(math.isnan(g(x)) for x in (1.0, 2.0, 3.0, 4.0))
    assert len(runs) == 2
    z = Value(0.0)
    g = jit(lambda x: ac.arctan2(z * 1.0, -x))
    assert [g(x) for x in (1.0, 2.0, 3.0)] == [math.pi] * 3
    z.data = -0.0
    assert g(4.0) == -math.pi


def test_values_and_tensors_of_the_surroundings_have_the_numbers_they_have_now() -> None:
    w, t = Value(2.0), Tensor([1.0, 2.0])
    f = jit(lambda x: (x * (w * w) * t).sum() if w > 0.0 else x)
    assert [f(1.0), f(2.0), f(3.0), f.grad(1.0)] == [12.0, 24.0, 36.0, 12.0]
    w.data = 3.0
    assert [f(1.0), f.grad(1.0), f.jvp((1.0,), (2.0,))[1], len(f.programs)] == [27.0, 27.0, 54.0, 1]
    t.data = [0.0, 1.0]
    assert [f(1.0), f(1.0)] == [9.0, 9.0]
    w.data = -1.0
    assert f(5.0) == 5.0


def test_arrays_of_values_and_batches() -> None:
    f = jit(lambda w, x: (w @ x - 1.0) ** 2, arrays="values")
    rows = np.arange(6.0).reshape(3, 2)
    value, gradient = f.value_and_grad(W, rows[1])
    assert value == pytest.approx((W @ rows[1] - 1.0) ** 2)
    np.testing.assert_allclose(gradient, 2.0 * (W @ rows[1] - 1.0) * rows[1])
    np.testing.assert_allclose(f.batched((None, 0))(W, rows), [(W @ row - 1.0) ** 2 for row in rows])
    assert f.batched((None, 0), "mean")(W, rows) == pytest.approx(np.mean((rows @ W - 1.0) ** 2))
    with pytest.raises(InputValueError, match="no static arguments"):
        jit(loss, static_argnums=1).batched((None, 0))


def of_example(p: Any, x: Any, t: Any) -> Any:
    return ((ac.tanh(p["W"] @ x) + p["b"]) ** 2).sum() * t


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_batches_of_tensors_are_what_a_loop_gives(reduce: str | None) -> None:
    generator = np.random.default_rng(1)
    p = {"W": generator.normal(size=(2, 3)), "b": generator.normal(size=2)}
    f = jit(of_example).batched((None, 0, 0), reduce)
    for count in (4, 4, 5):
        x, t = generator.normal(size=(count, 3)), generator.normal(size=count)
        each = [value_and_grad(of_example, argnums=(0, 1))(p, *pair) for pair in zip(x, t.tolist(), strict=True)]
        values, share = np.array([value for value, _ in each]), 1 / count if reduce == "mean" else 1.0
        expected = values if reduce is None else values.sum() * share
        np.testing.assert_allclose(f(p, x, t), expected, rtol=1e-13)
        value, (by_p, by_x) = f.value_and_grad(p, x, t, argnums=(0, 1))
        np.testing.assert_allclose(value, expected, rtol=1e-13)
        for name in p:
            np.testing.assert_allclose(by_p[name], share * sum(g[0][name] for _, g in each), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(by_x, share * np.array([g[1] for _, g in each]), rtol=1e-12, atol=1e-14)


def test_batches_refuse_what_is_random_and_other_branches() -> None:
    generator = np.random.default_rng(0)
    rows = np.array([[1.0], [-2.0]])
    for arrays in ("tensors", "values"):
        with pytest.raises(InputValueError, match="is it random"):
            jit(lambda x: x.sum() * generator.random(), arrays=arrays).batched((0,))(rows)
        f = jit(lambda x: x.sum() * 2.0 if x.sum() > 0 else -x.sum(), arrays=arrays).batched((0,))
        assert f(rows[:1]).tolist() == [2.0]
        with pytest.raises(BranchChanged):
            f(rows)
        with pytest.raises(InputValueError, match="2 arguments"):
            f(rows, rows)
        with pytest.raises(InputValueError, match="no examples"):
            f(3.0)
        for nothing in (np.ones((0, 1)), [np.ones((0, 1))], [np.ones((1, 1)), 3.0]):
            with pytest.raises(InputValueError, match="no examples"):
                f(nothing)


def test_leaves_around_a_function_are_its_parameters() -> None:
    w, b = Tensor([1.0, -2.0], "w"), Value(0.5, "b")
    f = jit(lambda x: (ac.tanh(x @ w) ** 2).sum() * b, parameters=[w, b])
    plain = value_and_grad(lambda p, x: (ac.tanh(x @ p[0]) ** 2).sum() * p[1])
    for factor in (1.0, 2.0, 3.0):
        numbers = [factor * W, factor]
        value, gradient = f.value_and_grad(numbers, X)
        expected, by_hand = plain(numbers, X)
        assert value == pytest.approx(expected, rel=1e-14)
        assert gradient[1] == pytest.approx(by_hand[1], rel=1e-13)
        np.testing.assert_allclose(gradient[0], by_hand[0], rtol=1e-13)
        assert f(numbers, X) == pytest.approx(expected, rel=1e-14)
    assert (w.data.tolist(), b.data) == ([1.0, -2.0], 0.5)
    with pytest.raises(InputValueError, match="replayed or refused"):
        f(numbers, Tensor(X))
    u, v = Value(1.0), Value(2.0)
    rows = jit(lambda x: (u * x[0] - v * x[1]) ** 2, parameters=[u, v], arrays="values").batched((None, 0), "mean")
    value, gradient = rows.value_and_grad(W, X)
    expected, by_hand = value_and_grad(lambda w: sum((w[0] * x - w[1] * y) ** 2 for x, y in X) / 2)(W)
    assert value == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-13)


def test_a_branch_on_a_parameter_has_its_programs() -> None:
    w = Tensor(2.0)
    f = jit(lambda x: x * w if w > 0 else -x, parameters=[w])
    assert [f([np.array(each)], 3.0) for each in (1.0, -1.0, 2.0, -1.0)] == [3.0, -3.0, 6.0, -3.0]
    assert len(f.programs) == 2


def test_gradients_in_place() -> None:
    w, b = Tensor(W), Tensor(0.5)
    f = jit(lambda x, y=1.0: ((ac.log(w * w) * x).sum() * b, x * w), parameters=[w, b])
    numbers, gradients = [np.array(W), np.array(2.0)], [np.empty(2), np.empty(())]
    step = f.in_place(numbers, gradients)
    for x in (X[0], X[1], X[0]):
        numbers[0] *= 1.5
        value, rows = step(x)
        np.testing.assert_allclose(value, 2.0 * (np.log(numbers[0] ** 2) * x).sum(), rtol=1e-13)
        np.testing.assert_allclose(rows, x * numbers[0])
        np.testing.assert_allclose(gradients[0], 4.0 * x / numbers[0], rtol=1e-13)
    numbers[0][:] = 0.0, 1.0
    step(np.array([0.0, 1.0]))
    assert gradients[0].tolist() == [0.0, 4.0]  # a factor of exactly 0 ends its path
    for wrong in ([np.empty(2)], [np.empty(2), np.empty(1)], [np.empty(2, np.float32), np.empty(())]):
        with pytest.raises(InputValueError, match="of the shapes and types"):
            f.in_place(numbers, wrong)
    with pytest.raises(InputValueError, match="write jit"):
        jit(loss).in_place([W], [W])
    with pytest.raises(InputValueError, match="first result"):
        jit(lambda x: x * w, parameters=[w]).in_place([W], [W])(W)


def test_a_random_function_of_parameters_is_refused() -> None:
    w, generator = Tensor(2.0), np.random.default_rng(0)
    f = jit(lambda x: w * x * generator.random(), parameters=[w])
    f([np.array(1.0)], 2.0)
    for _ in range(2):
        with pytest.raises(InputValueError, match="jit: "):
            f([np.array(1.0)], 2.0)
    for wrong in ([w, w], [w * 2.0], [1.0]):
        with pytest.raises(InputTypeError, match="give leaves"):
            jit(f, parameters=wrong)


def test_at_a_kink_of_a_derivative_the_function_itself_answers() -> None:
    f = lambda x: abs(x) * x  # noqa: E731
    g = jit(grad(grad(f)))
    assert [g(x) for x in (1.0, 0.0, -1.0, 0.0, 2.0)] == [grad(grad(f))(x) for x in (1.0, 0.0, -1.0, 0.0, 2.0)]
    t = jit(hessian(lambda x: (abs(x) * x).sum()))
    for x in ([1.0, -1.0], [0.0, 1.0], [2.0, 1.0]):
        np.testing.assert_allclose(t(np.array(x)), hessian(lambda x: (abs(x) * x).sum())(np.array(x)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("float(x) * x", r"float\(\) of"),
        ("x * 2.0 if x == 1.0 else x", "=="),
        ("x * int(x)", r"int\(\) of"),
        ("{x: 1.0}[x] * x", "hash of"),
    ],
)
def test_what_would_be_frozen_is_an_error_that_names_it_and_its_line(text: str, said: str) -> None:
    f = jit(lambda x: eval(text, {"x": x}))
    with pytest.raises(LeavesGraphError, match=said):
        f(2.0)
    assert f.programs == ()


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda t: t.sum() * float(t.sum()), r"float\(\) of a Tensor of shape \(\) .*test_jit\.py:\d+.*primitives"),
        (lambda t: t.sum() * int(t.sum()), r"int\(\) of a Tensor .*test_jit\.py:\d+.*take\(rows, x\)"),
        (lambda t: t.sum() * math.floor(t.sum()), r"float\(\) of a Tensor .*test_jit\.py:\d+"),
        (lambda t: (t * np.asarray(t)).sum(), r"np\.asarray\(\) of a Tensor .*test_jit\.py:\d+"),
        (lambda t: (t * copy.deepcopy(t)).sum(), r"a copy of a Tensor .*test_jit\.py:\d+.*\+x"),
        (lambda t: (t * pickle.loads(pickle.dumps(t))).sum(), "a copy of a Tensor"),
        (lambda t: t[t > 0.0].sum(), r"an index of a Tensor .*test_jit\.py:\d+.*where"),
        (lambda t: sum(t[0] for _ in range(t[0])), "index.* of a Tensor"),
        (lambda t: [1.0, 2.0][t.sum().reshape(1).sum()] * t.sum(), "index"),
    ],
)  # fmt: skip
def test_what_would_be_frozen_of_a_tensor(f: Any, said: str) -> None:
    with pytest.raises(LeavesGraphError, match=said):
        jit(f)(np.array([1.0, 2.0]))


def test_no_grad_is_refused_at_its_line() -> None:
    def f(x: Any) -> Any:
        with ac.no_grad():
            return x * x

    for given in (2.0, W):
        with pytest.raises(InputValueError, match=r"freeze its numbers \(test_jit\.py:\d+: with ac.no_grad.*stop_grad"):
            jit(f)(given)


def test_a_count_made_of_an_input_is_refused() -> None:
    for f in (lambda n: sum([1.0 for _ in range(n)]), lambda n: [1.0, 2.0][n]):
        with pytest.raises(LeavesGraphError, match=r"an index or a count made of node 'n'.*test_jit.*static_argnums"):
            jit(f)(1)
    for g in (lambda: [1.0, 2.0][Value(1.0)], lambda: jit(lambda n: Tensor(W).reshape(n, -1).sum())(1)):
        with pytest.raises(LeavesGraphError, match=r"write take\(rows, v\), or int\(v\.data\)"):
            g()


def test_a_function_that_is_random_is_computed_as_it_is_and_the_line_is_named() -> None:
    generator = random.Random(0)
    f = jit(lambda x: x * generator.random())
    first = f(1.0)
    with pytest.warns(NotReplayedWarning, match=r"stands where .* was frozen \(test_jit\.py:\d+: f = jit"):
        second = f(1.0)
    assert len({first, second, f(1.0), f(1.0)}) == 4
    assert f.programs == ()
    draws = np.random.default_rng(0)
    of_arrays = jit(lambda x: (x * draws.normal(size=2)).sum())
    of_arrays(np.ones(2))
    with pytest.warns(NotReplayedWarning, match=r"was frozen \(test_jit\.py:\d+: of_arrays"):
        of_arrays.grad(np.ones(2))
    assert of_arrays(np.ones(2)) != of_arrays(np.ones(2))


def test_rounding_of_single_precision_is_no_other_function() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(64, 10)).astype(np.float32)
    f = jit(lambda w, x, classes: (nn.cross_entropy(x @ w, classes), 1e6 * (x @ w).sum()))
    for _ in range(3):
        f(np.eye(10, dtype=np.float32), x, generator.integers(0, 10, 64))
    assert f.programs[0].replays == 2


def test_a_function_that_asks_for_the_kind_of_its_numbers_is_told() -> None:
    calls = []
    f = jit(lambda x: x * 2.0 if calls.append(x) or len(calls) < 2 else x * 3.0 + 1.0)
    f(1.0)
    with pytest.warns(NotReplayedWarning, match="computes otherwise"):
        f(1.0)


def test_methods_and_decorators() -> None:
    class Model:
        w = 3.0

        @jit(static_argnums=0)
        def output(self, x: Any) -> Any:
            """The output."""
            return self.w * x

    model, other = Model(), Model()
    other.w = 5.0
    assert [model.output(x) for x in (1.0, 2.0)] == [3.0, 6.0]
    assert Model.output.__doc__ == model.output.__doc__ == "The output."
    assert other.output.value_and_grad(2.0) == (10.0, 5.0)
    assert [other.output.grad(2.0), model.output.grad(2.0, argnums=(0,)), model.output.jvp((2.0,), (1.0,))] == [
        5.0, (3.0,), (6.0, 3.0),
    ]  # fmt: skip
    assert grad(model.output)(2.0) == jit(grad(model.output))(2.0) == 3.0
    assert len(model.output.programs) == 2


def test_bad_options_and_arguments() -> None:
    for wrong in ({"static_argnums": "1"}, {"static_argnames": 1}):
        with pytest.raises(InputTypeError, match="jit: static_arg"):
            jit(loss, **wrong)
    for wrong in ({"arrays": "lists"}, {"max_programs": 0}):
        with pytest.raises(InputValueError, match="jit: "):
            jit(loss, **wrong)
    with pytest.raises(InputTypeError, match="not a function"):
        jit(3.0)
    with pytest.raises(InputTypeError, match="static_argnums"):
        jit(lambda x, mode: x)(1.0, "fast")
    with pytest.raises(InputValueError, match="argnums=2"):
        jit(loss).grad(W, X, argnums=2)
    with pytest.raises(InputValueError, match="not one number"):
        jit(lambda x: x * 2.0).grad(W)


def test_nodes_are_given_through() -> None:
    w, x = Tensor(W), Value(2.0)
    f = jit(lambda w, x: (w * x).sum())
    z = f(w, x)
    z.backward()
    assert (w.grad.tolist(), x.grad) == ([2.0, 2.0], float(W.sum()))
    assert f.programs == ()


def test_threads_share_it() -> None:
    from concurrent.futures import ThreadPoolExecutor

    f = jit(loss)
    numbers = [W * factor for factor in np.linspace(0.1, 2.0, 40)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda w: f.value_and_grad(w, X)[0], numbers))
    assert found == pytest.approx([value_and_grad(loss)(w, X)[0] for w in numbers], rel=1e-13)


def test_a_program_of_many_branches_is_shown_by_its_first() -> None:
    @jit
    def f(x: Any) -> Any:
        total = x
        for limit in range(10):
            total = total + (x if x > -limit else 0.0)
        return total

    assert f(1.0) == 11.0
    assert repr(f.programs[0]).endswith("; and 7 branches more>")
    assert len(f.programs[0].depends_on) == 10
