"""Splitting, standardising and batching data."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograd_core import InputTypeError, InputValueError, Value
from nn import Standardizer, minibatches, train_test_split

tables = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-1e6, 1e6))
seeds = st.integers(0, 2**32)


# --- standardising --------------------------------------------------------------------------------------------------


@given(tables)
def test_training_part_gets_mean_zero_and_deviation_one(X: Any) -> None:
    spread = np.ptp(X, axis=0)
    assume(((spread == 0) | (spread > 1e-300)).all())  # closer numbers are refused, see below
    Z = Standardizer.fit(X).transform(X)
    for column, z in zip(X.T, Z.T, strict=True):
        if column.min() == column.max():
            assert z.tolist() == [0.0] * len(z)
        elif np.ptp(column) > 1e-9 * abs(column).max():  # else rounding of the column itself is all there is to see
            assert z.mean() == pytest.approx(0, abs=1e-6)
            assert z.std() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("unit", [1.0, 1e-200, 1e200])
def test_mean_and_deviation_are_numpys_in_any_unit(unit: float) -> None:
    X = np.array([[1.0, -2.0], [4.0, 0.5], [-3.0, 8.0]])
    standardizer = Standardizer.fit(X * unit)
    assert standardizer.mean / unit == pytest.approx(X.mean(axis=0))
    assert standardizer.scale / unit == pytest.approx(X.std(axis=0))


def test_the_test_part_is_standardised_by_the_training_part() -> None:
    standardizer = Standardizer.fit([[0.0], [2.0]])
    assert standardizer.transform([[1.0], [3.0], [100.0]]).tolist() == [[0.0], [2.0], [99.0]]


@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 1e300])
def test_a_constant_column_is_shifted_to_zero_and_not_scaled(value: float) -> None:
    standardizer = Standardizer.fit([[value]] * 10)
    assert (standardizer.mean.tolist(), standardizer.scale.tolist()) == ([value], [1.0])
    assert standardizer.transform([[value], [value + 0.5]]).tolist() == [[0.0], [value + 0.5 - value]]


def test_fitting_does_not_change_the_data() -> None:
    X = np.array([[1.0], [3.0]])
    standardizer = Standardizer.fit(X)
    standardizer.transform(X)
    assert X.tolist() == [[1.0], [3.0]]


@pytest.mark.parametrize(
    "column",
    [[1.7e308, 1.7e308, 0.0], [-1.7e308, 1.7e308, 1.7e308], [0.0] * 9 + [5e-324], [0.0, 5e-324], [0.0, 1e-308]],
)
def test_a_column_beyond_the_range_of_floats(column: list[float]) -> None:
    text = "Standardizer: the numbers in column 1 are so large or so close that no float holds their mean and spread"
    with pytest.raises(InputValueError, match=re.escape(text)):
        Standardizer.fit([[float(position), each] for position, each in enumerate(column)])


def test_other_columns_than_it_was_fitted_on() -> None:
    text = "Standardizer: X has 1 column(s), and it was fitted on 2; give the same columns in the same order"
    with pytest.raises(InputValueError, match=re.escape(text)):
        Standardizer.fit([[1.0, 2.0], [3.0, 5.0]]).transform([[1.0]])


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (
            [1.0, 2.0],
            InputValueError,
            "X: an array of shape (2,) has no columns; for examples of one number each, write",
        ),
        ([], InputValueError, "X: shape (0,); give at least one example, as rows of shape (n, d)"),
        (np.ones((2, 0)), InputValueError, "X: shape (2, 0); give at least one example, as rows of shape (n, d)"),
        (np.ones((2, 2, 2)), InputValueError, "X: shape (2, 2, 2); give at least one example, as rows of shape (n, d)"),
        (3.0, InputValueError, "X: shape (); give at least one example, as rows of shape (n, d)"),
        (
            [[1.0], [1.0, 2.0]],
            InputTypeError,
            "X: [[1.0], [1.0, 2.0]] does not hold real numbers; give each row as many entries",
        ),
        ([["1.0"]], InputTypeError, "X: an array of <U3 does not hold real numbers; convert it to float first"),
        ([[1j]], InputTypeError, "X: an array of complex128 does not hold real numbers; the engine is real"),
        (
            [[Value(1.0)]],
            InputTypeError,
            "it is a node already: use it as it is, or write v.data for its number",
        ),
        (
            [[1.0, 2.0], [math.nan, math.inf], [3.0, -math.inf]],
            InputValueError,
            "X: nan in row 1, and every number has to be finite; leave out or repair the 2 example(s) concerned",
        ),
    ],
)
def test_examples_that_are_none(X: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        Standardizer.fit(X)
    with pytest.raises(error, match=re.escape(text)):
        Standardizer.fit([[1.0], [2.0]]).transform(X)


# --- splitting ------------------------------------------------------------------------------------------------------


@given(st.integers(2, 40), st.floats(0.01, 0.99), seeds)
def test_split_keeps_every_example_with_its_target(count: int, fraction: float, seed: int) -> None:
    X = np.array([[position, position**2] for position in range(count)], dtype=float)
    y = 10.0 * np.arange(count)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_fraction=fraction, seed=seed)
    assert len(X_test) == min(max(round(fraction * count), 1), count - 1)
    together = np.concatenate([X_train, X_test])
    assert sorted(together[:, 0].tolist()) == list(range(count))
    assert together[:, 1].tolist() == (together[:, 0] ** 2).tolist()
    assert np.concatenate([y_train, y_test]).tolist() == (10 * together[:, 0]).tolist()


def test_split_depends_on_its_seed_only() -> None:
    X, y = np.arange(20.0).reshape(-1, 1), np.arange(20.0)

    def tested(seed: Any) -> list[float]:
        before = random.getstate()
        *_, y_test = train_test_split(X, y, test_fraction=0.25, seed=seed)
        assert random.getstate() == before
        return list(map(float, y_test))

    first = tested(1)
    random.random()
    assert tested(1) == first == tested(random.Random(1))
    assert tested(2) != first
    assert sorted(first) != first  # shuffled, not cut


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 25, math.nan])
def test_split_fraction(fraction: float) -> None:
    text = f"train_test_split: test_fraction={float(fraction)} is not between 0 and 1; write 0.25"
    with pytest.raises(InputValueError, match=re.escape(text)):
        train_test_split([[1.0], [2.0]], [1, 2], test_fraction=fraction, seed=0)


@pytest.mark.parametrize(
    ("X", "y", "error", "text"),
    [
        (
            [[1.0]],
            [1.0],
            InputValueError,
            "train_test_split: one example cannot be divided into two parts; give at lea",
        ),
        ([[1.0], [2.0]], [1.0], InputValueError, "y: 1 target(s) for 2 example(s) in X; give one an example"),
        ([[1.0], [2.0]], [[1.0], [2.0]], InputValueError, "y: shape (2, 1); give one number an example, such as y.rav"),
        ([[1.0], [2.0]], [1.0, math.inf], InputValueError, "y: inf in entry 1, and every number has to be finite"),
        ([[1.0], [2.0]], ["a", "b"], InputTypeError, "y: an array of <U1 does not hold real numbers; convert it to fl"),
    ],
)
def test_split_of_impossible_data(X: Any, y: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        train_test_split(X, y, test_fraction=0.5, seed=0)


# --- mini-batches ---------------------------------------------------------------------------------------------------


@given(st.integers(1, 50), st.integers(1, 60), seeds)
def test_batches_hold_every_position_once_and_are_full_but_the_last(count: int, size: int, seed: int) -> None:
    batches = minibatches(count, batch_size=size, seed=seed)
    assert sorted(each for batch in batches for each in batch) == list(range(count))
    assert all(len(batch) == size for batch in batches[:-1])
    assert 1 <= len(batches[-1]) <= size
    assert minibatches(count, batch_size=size, seed=seed) == batches


def test_batches_leave_the_global_generator_alone_and_a_generator_moves_on() -> None:
    before = random.getstate()
    generator = random.Random(0)
    first, second = (minibatches(20, batch_size=5, seed=generator) for _ in range(2))
    assert random.getstate() == before
    assert first == minibatches(20, batch_size=5, seed=0)
    assert second != first
    assert minibatches(20, batch_size=5, seed=1) != first


@pytest.mark.parametrize(
    ("count", "size", "error", "text"),
    [
        (0, 1, InputValueError, "minibatches: count: 0 is too small; write an integer of at least 1"),
        (5, 0, InputValueError, "minibatches: batch_size: 0 is too small; write an integer of at least 1"),
        (5, 2.0, InputTypeError, "minibatches: batch_size: 2.0 is not an integer; write a number such as 4"),
    ],
)
def test_impossible_batches(count: Any, size: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        minibatches(count, batch_size=size, seed=0)
