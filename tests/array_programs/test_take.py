"""take: rows chosen by a number that is an input of a program; gradients are scattered back."""

from __future__ import annotations

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


@settings(max_examples=trials(60))
@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
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


@pytest.mark.parametrize("bad", [4.0, -1.0, 1.5])
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
