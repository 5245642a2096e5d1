"""Examples divided at random into parts, each shuffle with its own seed."""

from __future__ import annotations

import operator
import random
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..conversion import examples_from, generator_from, sequence_from, targets_from

__all__ = ["size_of_part", "train_test_split"]

Array = NDArray[np.float64]


def train_test_split(
    X: Any,
    y: Any,
    *,
    test_size: float | None = None,
    seed: SupportsIndex | random.Random,
    stratify: Any = None,
    test_fraction: float | None = None,
) -> tuple[Array, Array, Array, Array]:
    """Divide examples at random into a training and a test part.

    Parameters
    ----------
    X
        At least two examples, finite numbers of shape (n, d).
    y
        Their targets, finite numbers of shape (n,).
    test_size
        The share of the test part, between 0 and 1, or, as an integer, the number of its examples; a quarter if nothing
        is given. A share is rounded to the nearest integer, and neither part is left empty.
    seed
        An integer, for the same division on each run, or a ``random.Random``.
    stratify
        The class of each example, such as `y`: both parts then have each class in its share of the whole, to within one
        example.
    test_fraction
        The share by its older name.

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
        Of shapes (n - k, d), (k, d), (n - k,) and (k,).

    Raises
    ------
    InputTypeError, InputValueError
        If `X` and `y` are not examples and their targets, there is one example only, the size leaves a part empty, or
        there are classes of one example, or more classes than examples in a part.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]], [1.0, 2.0, 3.0, 4.0]
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, seed=0)
    >>> X_train.shape, X_test.shape, sorted([*y_train.tolist(), *y_test.tolist()])
    ((3, 1), (1, 1), [1.0, 2.0, 3.0, 4.0])
    >>> train_test_split(X, [0, 0, 1, 1], test_size=2, seed=0, stratify=[0, 0, 1, 1])[3].sum()
    np.float64(1.0)
    """
    examples = examples_from(X)
    count = len(examples)
    targets = targets_from(y, count)
    if test_size is not None and test_fraction is not None:
        raise InputValueError("train_test_split: test_size and test_fraction are the same thing; write test_size=0.25")
    if test_fraction is not None:  # never a number of examples
        test_size = number_from(test_fraction, "train_test_split: test_fraction")
    tested = size_of_part(
        0.25 if test_size is None else test_size,
        count,
        f"train_test_split: {'test_size' if test_fraction is None else 'test_fraction'}",
    )
    generator = generator_from(seed, "train_test_split")
    if stratify is None:
        order = list(range(count))
        generator.shuffle(order)
        test, train = order[:tested], order[tested:]
    else:
        test, train = _stratified(_classes(stratify, count), tested, generator)
    return examples[train], examples[test], targets[train], targets[test]


def size_of_part(size: Any, count: int, what: str) -> int:
    """How many of the examples a part has, given its share or this number; neither it nor the rest is left empty.

    >>> size_of_part(0.25, 10, "test_size"), size_of_part(3, 10, "test_size")
    (2, 3)
    """
    if count < 2:
        raise InputValueError(
            f"{what.partition(':')[0]}: one example cannot be divided into two parts; give at least two"
        )
    if isinstance(size, int | np.integer) and not isinstance(size, bool | np.timedelta64):
        number = operator.index(size)
        if not 0 < number < count:
            raise InputValueError(
                f"{what}={number} of {count} examples leaves a part empty; write a share such as 0.25"
            )
        return number
    fraction = number_from(size, what)
    if not 0 < fraction < 1:
        raise InputValueError(f"{what}={fraction} is not between 0 and 1; write 0.25")
    return min(max(round(count * fraction), 1), count - 1)


def _classes(stratify: Any, count: int) -> NDArray[np.int64]:
    """The number of each example's class, counted from 0."""
    labels = sequence_from(stratify, "train_test_split: stratify", "write stratify=y, the class of each example")
    if len(labels) != count:
        raise InputValueError(
            f"train_test_split: stratify has {len(labels)} label(s) for {count} example(s); write stratify=y"
        )
    try:
        numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    except TypeError:
        raise InputTypeError(
            f"train_test_split: stratify={shortened(stratify)} holds no labels that can be put in order; give numbers "
            "or texts"
        ) from None
    return np.array([numbers[label] for label in labels])


def _stratified(classes: NDArray[np.int64], tested: int, generator: random.Random) -> tuple[list[int], list[int]]:
    """Positions of the test and of the training part: of each class its share, the largest remainders rounded up."""
    counts = np.bincount(classes)
    kinds, smallest = len(counts), int(counts.min())
    if smallest < 2:
        raise InputValueError(
            f"train_test_split: a class has {smallest} example, which cannot be in both parts; leave it out, or write "
            "stratify=None"
        )
    if min(tested, len(classes) - tested) < kinds:
        raise InputValueError(
            f"train_test_split: {tested} of {len(classes)} examples for the test are too few or too many for {kinds} "
            f"classes; write test_size={max(kinds, len(classes) // 4)}"
        )
    shares = counts * tested / len(classes)
    taken = np.floor(shares).astype(int)
    # First classes that would be missing in the test, last those that would be missing in the training part.
    order = sorted(
        range(kinds), key=lambda kind: (taken[kind] > 0, taken[kind] + 1 == counts[kind], taken[kind] - shares[kind])
    )
    taken[order[: tested - int(taken.sum())]] += 1
    test: list[int] = []
    train: list[int] = []
    for kind, number in enumerate(taken.tolist()):
        positions = np.flatnonzero(classes == kind).tolist()
        generator.shuffle(positions)
        test += positions[:number]
        train += positions[number:]
    generator.shuffle(test)
    generator.shuffle(train)
    return test, train
