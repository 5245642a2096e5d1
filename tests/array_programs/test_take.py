"""take: rows chosen by a number that is an input of a program; gradients are scattered back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from amounts import trials
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import InputTypeError, OutOfRangeError, Tensor, Value, grad, jit, record, take

TABLE = np.arange(12.0).reshape(4, 3) / 7.0


@settings(max_examples=trials(60))
@given(st.lists(st.integers(-4, 3), min_size=1, max_size=6), st.lists(st.integers(-4, 3), min_size=1, max_size=6))
def test_rows_of_a_tensor_are_taken_by_an_input(first: list[int], second: list[int]) -> None:
    f = lambda w, i: (take(w, i) * w[i] ** 2).sum()  # noqa: E731
    g = jit(f)
    for chosen in (first, second, first):
        i = np.array(chosen)
        w = Tensor(TABLE)
        root = (w[i] * w[i] ** 2).sum()
        root.backward()
        value, gradient = g.value_and_grad(TABLE, i)
        assert value == pytest.approx(root.item(), rel=1e-13)
        np.testing.assert_allclose(gradient, w.grad, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(jit(grad(f))(TABLE, i), w.grad, rtol=1e-13, atol=1e-15)


#: What may stand in the brackets of an array of shape (4, 3, 2), with i and j integers or arrays of them.
BRACKETS = {
    "one axis": lambda w, i, j: w[i],
    "behind": lambda w, i, j: w[:, j],
    "the last": lambda w, i, j: w[..., j - j],
    "two": lambda w, i, j: w[i, j],
    "apart": lambda w, i, j: w[i, :, j - j],
    "all": lambda w, i, j: w[i, j, i - i],
    "beside a slice": lambda w, i, j: w[i, 1:, ::-1],
    "behind a slice": lambda w, i, j: w[1:, j, 1:],
    "with an integer": lambda w, i, j: w[i, -1],
    "with a list": lambda w, i, j: w[[0, -1], i - i, 1:],
    "with a range": lambda w, i, j: w[i, np.arange(2)[:, None]],
    "along an axis": lambda w, i, j: np.take(w, j, axis=1),
    "of all": lambda w, i, j: np.take(w, i),
}


@pytest.mark.parametrize("name", BRACKETS)
@settings(max_examples=trials(12))
@given(st.data())
def test_brackets_with_integers_that_are_inputs_are_numpys(name: str, data: st.DataObject) -> None:
    f, w = BRACKETS[name], np.arange(24.0).reshape(4, 3, 2) / 7.0
    g = jit(lambda w, i, j: (f(w, i, j) ** 2 * 1.5).sum())
    shape = data.draw(st.sampled_from([(), (1,), (2,), (2, 2)]))
    for _ in range(3):
        i, j = (
            np.array(data.draw(st.lists(st.integers(-3, 2), min_size=4, max_size=4)))[: math.prod(shape)].reshape(shape)
            for _ in range(2)
        )
        expected = f(w, i, j)
        root = f(Tensor(w), i, j)
        np.testing.assert_array_equal(root.data, expected)
        by_hand = Tensor(w)
        (f(by_hand, i, j) ** 2 * 1.5).sum().backward()
        value, gradient = g.value_and_grad(w, i, j)
        assert value == pytest.approx((expected**2 * 1.5).sum(), rel=1e-13)
        np.testing.assert_allclose(gradient, by_hand.grad, rtol=1e-13, atol=1e-15)
    assert jit(lambda w, i: f(w, i, i))(w, np.array([0, 1])).shape == f(w, np.array([0, 1]), np.array([0, 1])).shape


def test_brackets_of_nodes_that_cannot_be() -> None:
    g = jit(lambda w, i, j: w[i, j].sum())
    assert g(TABLE, np.array([1, 2]), np.array([0, 2])) == TABLE[1, 0] + TABLE[2, 2]
    for i, j, size in ([0, 4], [0, 1], 4), ([0, 1], [0, -4], 3):
        with pytest.raises(OutOfRangeError, match=f"is out of bounds for axis 0 with size {size}"):
            g(TABLE, np.array(i), np.array(j))
    for f in (lambda w, i: w[i, None], lambda w, i: w[True, i], lambda w, i: w[i, [True, False, True]]):
        with pytest.raises(InputTypeError, match="beside a node that holds integers; write slices and integers"):
            jit(f)(TABLE, np.array([0, 1]))
    with pytest.raises(InputTypeError, match=r"3 parts in the brackets of .*, which has 2 axes"):
        jit(lambda w, i: w[i, i, i])(TABLE, np.array([0]))
    with pytest.raises(InputTypeError, match=r"mode='clip' beside a node"):
        jit(lambda w, i: np.take(w, i, mode="clip"))(TABLE, np.array([0]))


def test_along_an_axis_by_an_input() -> None:
    g = jit(lambda w, i: (np.take_along_axis(w, i, axis=1) ** 2).sum())
    for i in (np.array([[0], [1], [2], [0]]), np.array([[-1], [2], [1], [1]])):
        assert g(TABLE, i) == pytest.approx((np.take_along_axis(TABLE, i, 1) ** 2).sum())
    assert jit(lambda w, i: np.take_along_axis(w, i, None).sum())(TABLE, np.array([0, 5])) == TABLE[0, 0] + TABLE[1, 2]


@settings(max_examples=trials(60))
@given(st.integers(-4, 3), st.integers(0, 3), st.integers(-4, 3))
def test_values_are_taken_by_an_input(one: int, other: int, third: int) -> None:
    def f(rows: Any, i: Any, j: Any) -> Any:
        row = take(rows, i)
        return row[0] * row[1] + take([each[2] for each in rows], j) ** 2

    rows = TABLE.tolist()
    program = record(f, rows, 0.0, 0.0)
    for i, j in ((one, other), (third, third)):
        nodes = [[Value(number) for number in row] for row in rows]
        root = f(nodes, i, j)
        root.backward()
        value, gradient = program.value_and_grad(rows, float(i), float(j))
        assert value == pytest.approx(root.data, rel=1e-14)
        np.testing.assert_allclose(gradient, [[each.grad for each in row] for row in nodes], rtol=1e-14)


def test_over_a_batch() -> None:
    program = record(lambda w, i: take(list(w), i) ** 2, TABLE[0], 0.0).batched((None, 0), reduce="sum")
    value, gradient = program.value_and_grad(TABLE[0], np.array([0.0, 2.0, 2.0]))
    assert value == pytest.approx(2 * TABLE[0, 2] ** 2)
    np.testing.assert_allclose(gradient, [0.0, 0.0, 4 * TABLE[0, 2]])


def test_a_row_of_a_tensor_by_a_value() -> None:
    f = jit(lambda w, i: take(w, i).sum() * i)
    for i in (1.0, 2.0, 3.0):
        assert f(TABLE, i) == pytest.approx(TABLE[int(i)].sum() * i)
        np.testing.assert_allclose(f.grad(TABLE, i)[int(i)], [i] * 3)


@pytest.mark.parametrize("bad", [4.0, -5.0, 1.5])
def test_out_of_range_is_an_error_that_names_the_index(bad: float) -> None:
    program = record(lambda w, index: take(list(w), index), np.ones(4), 0.0)
    with pytest.raises(OutOfRangeError, match=r"take: .*index.* does not hold, for an index of take \(test_take\.py"):
        program(np.ones(4), bad)
    with pytest.raises(OutOfRangeError, match="for example 1"):
        program.batched((None, 0))(np.ones(4), np.array([1.0, bad]))
    for rows, index in (([1.0, 2.0], bad), ([Value(1.0)], Value(bad))):
        with pytest.raises(OutOfRangeError, match="there is no row"):
            take(rows, index)


def test_out_of_range_of_a_tensor_names_the_index() -> None:
    program = record(lambda w, i: take(w, i).sum(), Tensor(TABLE), np.array([0, 1]))
    assert program(TABLE, np.array([3, -1])) == pytest.approx(2 * TABLE[3].sum())
    with pytest.raises(OutOfRangeError, match=r"take of shapes \(4, 3\), \(2,\): index 7 is out of bounds"):
        program(TABLE, np.array([0, 7]))
    with pytest.raises(OutOfRangeError, match=r"1\.5 is not an integer"):
        take(Tensor(TABLE), 1.5)


def test_what_is_no_index_is_refused() -> None:
    for rows, index in ((TABLE, "a"), ([1.0], [0]), ([1.0], Tensor([0.0]))):
        with pytest.raises(InputTypeError, match="take: "):
            take(rows, index)
    with pytest.raises(OutOfRangeError, match="no row"):
        take([], 0)
    with pytest.raises(InputTypeError, match="integers"):
        record(lambda w, i: take(w, i).sum(), Tensor(TABLE), np.array([0])).grad(TABLE, np.array([0]), argnums=1)


def test_the_labels_of_a_cross_entropy_are_an_input() -> None:
    from autograd_core.array.cross_entropy import Labels
    from autograd_core.array.functions import apply_to_one
    from autograd_core.array_programs.recording import record_arrays

    labels = np.array([0, 2, 1])

    def f(x: Any, y: Any) -> Any:
        return apply_to_one("cross_entropy", x, Labels(labels, y))

    program = record_arrays(f, [TABLE[:3], labels], as_tensors=True)
    for chosen in ([0, 1, 2], [2, 2, 0]):
        x = Tensor(TABLE[:3])
        root = apply_to_one("cross_entropy", x, Labels(np.array(chosen)))
        root.backward()
        value, gradient = program.value_and_grad(TABLE[:3], np.array(chosen))
        assert value == pytest.approx(root.item(), rel=1e-13)
        np.testing.assert_allclose(gradient, x.grad, rtol=1e-12, atol=1e-15)
    with pytest.raises(OutOfRangeError, match=r"label 1 is 3, not from 0 to 2"):
        program(TABLE[:3], np.array([0, 3, 1]))
