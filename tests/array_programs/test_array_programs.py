"""Programs of arrays: their values, gradients and tangents are those of the graph, for every operation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amounts import trials
from hypothesis import given, settings
from hypothesis import strategies as st
from random_tensor_graphs import random_function
from structural_cases import CASES

import autograd_core as ac
import nn
from autograd_core import BranchChanged, InputTypeError, InputValueError, LeavesGraphError, Tensor, grad, jit, record
from autograd_core.formulas.rules import OPCODES

seeds = st.integers(0, 2**32 - 1)
# A mask of an input is no index of a program: another input would give a result of another shape.
NAMED = [(name, each) for name, cases in CASES.items() for each in cases if each.__name__ != "mask_of_all"]
every_case = pytest.mark.parametrize("case", [each for _, each in NAMED], ids=[name for name, _ in NAMED])


def like(found: Any, expected: Any) -> None:
    """Equal to 1e-12 of the largest number (single precision: 1e-5), nan and infinities where they are."""
    expected = np.asarray(expected)
    if isinstance(found, float):  # what has no axes
        assert expected.shape == ()
        found = np.asarray(found, expected.dtype)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    finite = np.abs(expected[np.isfinite(expected)])
    tolerance = (1e-12 if expected.dtype == np.float64 else 1e-5) * max(1.0, float(finite.max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance)


def compare(f: Any, arrays: list[np.ndarray], others: list[np.ndarray]) -> None:
    """A program recorded at some arrays, replayed at others, beside the graph: forward, back, along a direction."""
    program = record(f, *map(Tensor, arrays))
    for numbers in (others, arrays, others):
        nodes = list(map(Tensor, numbers))
        root = f(*nodes)
        like(program(*numbers), np.array(root.data))
        value, gradients = program.value_and_grad(*numbers, argnums=tuple(range(len(numbers))))
        root.backward()
        like(value, root.data)
        for gradient, node in zip(gradients, nodes, strict=True):
            like(gradient, np.array(node.grad))
    directions = [np.cos(np.arange(each.size)).reshape(each.shape).astype(each.dtype) for each in others]
    found = program.jvp(others, directions)
    for one, other in zip(found, ac.jvp(f, list(map(Tensor, others)), list(map(Tensor, directions))), strict=True):
        like(one, other.data)


def weighed(f: Any) -> Any:
    """The result of a function as one number, every element of which counts otherwise."""

    def total(*nodes: Any) -> Any:
        z = f(*nodes)
        return (z * np.sin(1.0 + np.arange(z.size)).reshape(z.shape)).sum()

    return total


@every_case
@settings(max_examples=trials(20))
@given(data=st.data(), seed=seeds)
def test_every_structural_operation_is_replayed(case: Any, data: Any, seed: int) -> None:
    generator = np.random.default_rng(seed)
    made = case(data.draw, generator)
    arrays = [np.asarray(each, float) for each in made.arrays]
    compare(weighed(made.ours), arrays, [each * generator.uniform(0.9, 1.1) for each in arrays])


@pytest.mark.parametrize("rule", [each for each in OPCODES if each.parameter is None], ids=lambda rule: rule.name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_primitive_is_replayed_with_broadcasting(rule: Any, dtype: Any) -> None:
    generator = np.random.default_rng(1)
    shapes = [(2, 3), (3,), (2, 1)][: rule.arity]
    arrays, others = ([generator.uniform(0.1, 0.9, shape).astype(dtype) for shape in shapes] for _ in range(2))
    if rule.name == "arccosh":
        arrays, others = ([1 + each for each in part] for part in (arrays, others))
    compare(lambda *nodes: ac.array.functions.apply_to_tensors(rule, *nodes).sum(), arrays, others)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_random_functions_are_replayed(dtype: Any) -> None:
    for seed in range(trials(40)):
        drawn = random_function(seed, dtype)
        program = record(drawn.f, *map(Tensor, drawn.arrays))
        others = [each * dtype(1.01) for each in drawn.arrays]
        nodes = list(map(Tensor, others))
        root = drawn.f(*nodes)
        root.backward()
        value, gradients = program.value_and_grad(*others, argnums=(0, 1))
        for found, right in zip([value, *gradients], [root.data, *(each.grad for each in nodes)], strict=True):
            scale = max(1.0, float(np.abs(right[np.isfinite(right)]).max(initial=0.0)))
            noise = (1e-11 if dtype is np.float64 else 1e-3) * scale
            np.testing.assert_allclose(found, right, rtol=1e-9, atol=noise, err_msg=drawn.text)


def test_a_factor_of_zero_ends_its_path_beside_an_infinity() -> None:
    f = lambda x, y: (ac.where(x > 0.0, x, 0.0) * ac.exp(y)).sum()  # noqa: E731
    compare(f, [np.array([1.0, -1.0]), np.array([1.0, 2.0])], [np.array([1.0, -1.0]), np.array([1.0, 1e4])])


def test_what_is_returned_is_never_overwritten_and_what_is_given_never_changed() -> None:
    program = record(
        lambda x, y: (x, x.T @ y, (x * y).sum(), x[0], y), Tensor(np.ones((3, 2))), Tensor(np.ones((3, 2)))
    )
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(2, 3, 2))
    first = program(x, y)
    kept = [np.array(each) for each in first]
    before = x.copy(), y.copy()
    second = program(-x, 2 * y)
    for one, other in zip(first, kept, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])
    assert np.array_equal(second[0], -x)
    for each in first:
        if isinstance(each, np.ndarray):
            assert not np.shares_memory(each, x)
            each[...] = 0.0
    assert np.array_equal(program(x, y)[1], kept[1])


def test_gradients_are_arrays_of_their_own() -> None:
    program = record(lambda x, y: (x + y).sum(), Tensor(np.ones(3)), Tensor(np.ones(3)))
    _, (one, other) = program.value_and_grad(np.ones(3), np.ones(3), argnums=(0, 1))
    assert not np.shares_memory(one, other)
    one[...] = 7.0
    _, again = program.value_and_grad(np.ones(3), np.ones(3))
    assert again.tolist() == [1.0, 1.0, 1.0]


def test_inputs_in_any_layout() -> None:
    f = weighed(lambda x: x.reshape(-1) * 2.0)
    program = record(f, Tensor(np.ones((3, 4))))
    x = np.arange(12.0).reshape(4, 3).T
    node = Tensor(x)
    root = f(node)
    root.backward()
    value, gradient = program.value_and_grad(x)
    like(value, root.data)
    like(gradient, np.array(node.grad))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (x.T @ y).sum(axis=0),
        lambda x, y: x.T @ y + (x.T * 2.0).sum(),
        lambda x, y: (x.T @ y).sum() * (x * x).sum(),
        lambda x, y: (x.reshape(2, 3).T * y.T.reshape(3, 2)).T,
        lambda x, y: x.T.T + y.T.reshape(3, 2) * y.reshape(6)[0],
        lambda x, y: ac.expand_dims(ac.transpose(x, (1, 0)), 0) * y.swapaxes(0, 1),
        lambda x, y: (x + y.sum(axis=0)) * y.reshape(3, 2),
    ],
)
def test_what_is_seen_in_another_shape_once_or_twice(f: Any) -> None:
    generator = np.random.default_rng(0)
    arrays, others = ([generator.normal(size=(3, 2)) for _ in range(2)] for _ in range(2))
    compare(weighed(f), arrays, others)


@pytest.mark.parametrize(("rows", "count"), [(1, 1), (3, 2), (64, 10), (65, 3), (200, 7)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_cross_entropy_of_many_rows(rows: int, count: int, dtype: Any) -> None:
    generator = np.random.default_rng(rows)
    x, classes = (8 * generator.normal(size=(rows, count))).astype(dtype), generator.integers(0, count, rows)
    x[0, classes[0]] = 100.0  # beside which the others are nothing
    twice = record(lambda x, y: nn.cross_entropy(x, y) * 2.0, Tensor(x), classes)
    program = record(nn.cross_entropy, Tensor(x), classes)
    node = Tensor(x[::-1].copy())
    root = nn.cross_entropy(node, classes)
    root.backward()
    for each, factor in ((program, 1), (twice, 2)):
        value, gradient = each.value_and_grad(x[::-1].copy(), classes)
        like(value / factor, root.data)
        like(gradient / factor, np.array(node.grad))
    classes[rows // 2] = count
    with pytest.raises(ac.OutOfRangeError, match=f"label {rows // 2} is {count}"):
        program.value_and_grad(x, classes)


def test_values_and_tensors_mix() -> None:
    def f(rate: Any, w: Any, x: Any, rows: Any) -> Any:
        return ((x @ w) * (rate * rate).exp() + Tensor(rows)).sum() * rate

    w, x, rows = np.array([1.0, 2.0]), np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([0.5, 0.75])
    program = record(f, 0.5, Tensor(w), Tensor(x), np.ones(2))
    value, gradients = program.value_and_grad(0.3, w, x, rows, argnums=(0, 1, 2, 3))
    nodes = ac.Value(0.3), Tensor(w), Tensor(x), np.vectorize(ac.Value, otypes=[object])(rows)
    root = f(*nodes)
    root.backward()
    like(value, root.data)
    assert gradients[0] == pytest.approx(nodes[0].grad, rel=1e-13)
    like(gradients[1], np.array(nodes[1].grad))
    like(gradients[2], np.array(nodes[2].grad))
    like(gradients[3], np.array([each.grad for each in nodes[3]]))
    moved = program.jvp((0.3, w, x, rows), (1.0, 0 * w, 0 * x, 0 * rows))
    assert moved[1] == pytest.approx(gradients[0], rel=1e-13)


@pytest.mark.parametrize("transform", [ac.grad, ac.hessian], ids=["grad", "hessian"])
def test_tensors_made_of_values_may_be_a_result(transform: Any) -> None:
    f = lambda x: (Tensor(x) ** 3).sum()  # noqa: E731
    x, other = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    for program in (record(transform(f), x), ac.jit(transform(f), arrays="values")):
        for numbers in (x, other, x):
            found = program(numbers)
            assert found.dtype == float
            np.testing.assert_allclose(found, transform(f)(numbers.astype(object)).astype(float), rtol=1e-13)
    assert record(lambda x: {"a": Tensor(x), "b": x[0]}, x)(other)["a"].tolist() == [3.0, -1.0]
    with pytest.raises(InputTypeError, match=r"made of Values; record it by autograd_core\.record"):
        ac.jit(f, arrays="values").batched((0,))(np.ones((3, 2)))


def test_containers_of_arguments_and_results() -> None:
    f = lambda p, x: {"y": x @ p["W"] + p["b"], "size": (p["W"] ** 2).sum()}  # noqa: E731
    parameters = {"W": Tensor(np.ones((2, 3))), "b": Tensor(np.zeros(3))}
    program = record(f, parameters, Tensor(np.ones(2)))
    found = program({"W": 2 * np.ones((2, 3)), "b": np.ones(3)}, np.ones(2))
    assert found["y"].tolist() == [5.0] * 3
    assert found["size"] == 24.0
    loss = record(lambda p, x: f(p, x)["y"].sum(), parameters, Tensor(np.ones(2)))
    gradient = loss.grad({"W": np.ones((2, 3)), "b": np.ones(3)}, np.ones(2))
    assert gradient["b"].tolist() == [1.0] * 3
    assert gradient["W"].tolist() == [[1.0] * 3] * 2


def test_branches_are_guarded() -> None:
    program = record(lambda x: x.sum() if x.sum() > 0.0 else -x.sum(), Tensor([1.0, 2.0]))
    assert program(np.array([2.0, 3.0])) == 5.0
    with pytest.raises(BranchChanged, match=r"was True when the program was recorded.*test_array_programs\.py"):
        program(np.array([-2.0, -3.0]))
    assert program(np.array([2.0, 4.0])) == 6.0


def test_leaves_of_the_surroundings_are_read_anew_and_arrays_are_kept() -> None:
    w, numbers = Tensor([1.0, 2.0]), np.array([1.0, 1.0])
    program = record(lambda x: (x * w + numbers).sum(), Tensor([1.0, 1.0]))
    w.data, numbers[0] = [10.0, 20.0], 1000.0
    assert program(np.array([1.0, 1.0])) == 32.0


@pytest.mark.parametrize(
    "read",
    [
        "x.data",
        "x.sum().item()",
        "x.backward(np.ones(2))",
        "x[x > 1.0]",
        "np.argpartition(x, 1)",
        "x * np.argsort(x)",
        "x * np.argmax(x)",
        "np.isnan(x)",
    ],
)
def test_what_would_be_frozen_is_refused(read: str) -> None:
    with pytest.raises(LeavesGraphError, match="recorded as a program"):
        record(lambda x: (x * eval(read, {"x": x, "np": np})).sum(), Tensor([1.0, 2.0]))


WEIGHTS = np.array([[1.0, 2.0, 3.0, 4.0], [0.5, 0.1, 0.7, 0.2], [9.0, 8.0, 7.0, 6.0]])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (np.sort(x, 0) * WEIGHTS).sum(),
        lambda x: (np.median(x, axis=1) * WEIGHTS[:, 0]).sum(),
        lambda x: (np.partition(x, 2)[:, 1:] * WEIGHTS[:, :3]).sum(),
        lambda x: np.quantile(x, 0.3) + np.amax(x),
    ],
)
def test_sorting_asks_for_the_order_anew(function: Callable[..., Any]) -> None:
    program = record(function, Tensor(np.arange(12.0).reshape(3, 4)))
    slopes = jit(grad(function))
    for seed in range(3):
        x = np.random.default_rng(seed).normal(size=(3, 4))
        value, gradient = program.value_and_grad(x)
        assert value == pytest.approx(function(x), rel=1e-12)
        np.testing.assert_array_equal(gradient, grad(function)(x))
        np.testing.assert_array_equal(slopes(x), grad(function)(x))


def test_bad_arguments_say_what_was_wrong() -> None:
    program = record(lambda x: x.sum(), Tensor([1.0, 2.0]))
    with pytest.raises(InputValueError, match=r"x: shape \(3,\) given where the program was recorded with \(2,\)"):
        program(np.ones(3))
    with pytest.raises(InputTypeError, match="takes numbers, not nodes"):
        program(Tensor([1.0, 2.0]))
    with pytest.raises(InputValueError, match=r"takes 1 argument\(s\) \(x\), not 2"):
        program(np.ones(2), 1.0)
    with pytest.raises(InputValueError, match="argnums=1"):
        program.value_and_grad(np.ones(2), argnums=1)
    several = record(lambda x: x * 2.0, Tensor([1.0, 2.0]))
    with pytest.raises(InputValueError, match="is not one number"):
        several.value_and_grad(np.ones(2))


def test_what_numpy_refuses_names_the_operation() -> None:
    program = record(lambda x: ac.inv(x).sum(), Tensor(np.eye(2)))
    with pytest.raises(ac.LinearAlgebraError, match=r"inv of shape \(2, 2\)"):
        program(np.zeros((2, 2)))
    assert program(2 * np.eye(2)) == 1.0


def test_several_threads_replay_at_once() -> None:
    program = record(weighed(lambda x: ac.tanh(x @ x)), Tensor(np.eye(60)))
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(8, 60, 60)) / 8
    expected = [program.value_and_grad(each) for each in inputs]
    wrong = []

    def work(at: int) -> None:
        for _ in range(20):
            value, gradient = program.value_and_grad(inputs[at])
            if value != expected[at][0] or not np.array_equal(gradient, expected[at][1]):
                wrong.append(at)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(inputs))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


@pytest.mark.parametrize(
    "inner",
    [
        lambda w: ac.max(w) * w.sum(),
        lambda w: ac.min(w) * (w * w).sum(),
        lambda w: ac.max(w.reshape(3, 1) * w, axis=0, keepdims=True).sum(),
        lambda w: ac.max(w.reshape(3, 1) * w, axis=1).sum(),
        lambda w: ac.softmax(w)[0] * w[1],
        lambda w: ac.logsumexp(w) ** 2,
    ],
    ids=["max", "min", "max of columns", "max of rows", "softmax", "logsumexp"],
)
def test_a_derivative_through_an_extreme_is_replayed_wherever_the_extreme_is(inner: Any) -> None:
    """That an element equals its own maximum is no kink of the derivative; that two do is one."""

    def f(x: Any) -> Any:
        return (grad(inner)(x) ** 3).sum()

    program = record(f, Tensor([1.0, 2.0, 3.5]))
    for point in ([1.0, 2.0, 3.5], [5.0, 2.0, 3.0], [-1.0, 7.0, 0.25]):
        value, slope = program.value_and_grad(np.array(point))
        assert value == pytest.approx(f(Tensor(point)).item(), rel=1e-14)
        np.testing.assert_allclose(slope, grad(f)(Tensor(point)).data, rtol=1e-12, atol=1e-12)


def test_two_elements_that_are_both_the_maximum_are_a_kink_of_a_derivative() -> None:
    program = record(lambda x: (grad(lambda w: ac.max(w) * w.sum())(x) ** 2).sum(), Tensor([1.0, 2.0, 3.0]))
    with pytest.raises(BranchChanged, match="kink"):
        program(np.array([1.0, 2.0, 2.0]))
