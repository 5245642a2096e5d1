"""From what a user gives to what the package computes with, or an error that says what to write instead.

Only checks that several files of ``nn`` share live here; a check of one idea stands beside that idea.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Mapping
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, Tensor
from autograd_core.errors import did_you_mean, shortened
from autograd_core.scalar.conversion import real_array, refuse_masked

__all__ = [
    "MOST_WEIGHTS",
    "called",
    "examples_from",
    "generator_from",
    "model_from",
    "positive_integer",
    "sequence_from",
    "targets_from",
]


#: A neuron or a layer with more of them would take gigabytes: each is a node.
MOST_WEIGHTS = 10**7


def positive_integer(number: SupportsIndex, what: str, largest: int = 10**9) -> int:
    """The number as an int, if it is an integer of at least 1, and no more than a computer could get through.

    >>> positive_integer(3, "epochs")
    3
    """
    converted = _integer(number)
    if converted is None:
        raise InputTypeError(f"{what}: {shortened(number)} is not an integer; write a number such as 4")
    if converted < 1:
        raise InputValueError(f"{what}: {shortened(converted)} is too small; write an integer of at least 1")
    if converted > largest:
        raise InputValueError(f"{what}: {shortened(converted)} is too large; write an integer of at most {largest:,}")
    return converted


def generator_from(seed: SupportsIndex | random.Random, what: str) -> random.Random:
    """A generator of random numbers of its own for a seed; a generator is passed through.

    >>> generator_from(7, "MLP").random() == random.Random(7).random()
    True
    """
    if isinstance(seed, random.Random):
        return seed
    converted = _integer(seed)
    if converted is None:
        raise InputTypeError(f"{what}: the seed {shortened(seed)} is not an integer; write seed=1337")
    if converted < 0:
        raise InputValueError(
            f"{what}: the seed {converted} is negative, and would give the same numbers as {-converted}; "
            f"write seed={-converted}"
        )
    return random.Random(converted)


def _integer(number: SupportsIndex) -> int | None:
    """The number as an int; None for a truth value and for everything else that is not an integer."""
    if isinstance(number, bool | np.bool_):
        return None
    try:
        return operator.index(number)
    except TypeError:
        return None


def sequence_from(given: Any, what: str, advice: str) -> list[Any]:
    """The entries of a list, a tuple or a 1-d array; a column of a table of another library is such an array too.

    >>> sequence_from(np.array([1.0, 2.0]), "x", "write [1.0, 2.0]")
    [1.0, 2.0]
    """
    if isinstance(given, list | tuple | range):
        return list(given)
    refuse_masked(given, what)
    if isinstance(given, Tensor) or not hasattr(given, "__array__"):
        raise InputTypeError(f"{what}: {shortened(given)} is not a list, tuple or 1-d array; {advice}")
    array = given if isinstance(given, np.ndarray) else real_array(given, what)
    if array.ndim != 1:
        raise InputValueError(f"{what}: an array of shape {array.shape} is not a list of scalars; {advice}")
    entries: list[Any] = array.tolist()
    return entries


def called(given: Any, what: str, known: Mapping[str, Any], example: str) -> Any:
    """A function, or an error that says how it is given; a name of one is not it.

    >>> called(abs, "train: loss", {}, "loss=mean_squared_error") is abs
    True
    """
    if isinstance(given, str):
        meant = did_you_mean(given, known) or f"write {example}"
        raise InputTypeError(f"{what}: {given!r} is a name, not a function; {meant} (without quotation marks)")
    if not callable(given):
        raise InputTypeError(f"{what}: {shortened(given)} is not a function; write {example}")
    return given


def model_from(model: Any, who: str) -> Any:
    """A model of one example at a time, or an error that says what is given instead."""
    if isinstance(model, type):
        raise InputTypeError(
            f"{who}: the model is the class {model.__name__}; make one of it, such as MLP(2, [1], seed=0)"
        )
    called(
        model, f"{who}: the model", {}, "model=MLP(2, [1], seed=0), or a function from one example to its prediction"
    )
    return model


def examples_from(X: Any, what: str = "X") -> NDArray[np.float64]:
    """The examples as an array of finite floats of shape (n, d), n and d at least 1.

    >>> examples_from([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    array = real_array(X, what).astype(np.float64)
    if array.ndim == 1 and array.size:
        raise InputValueError(
            f"{what}: an array of shape {array.shape} has no columns; for examples of one number each, "
            "write X.reshape(-1, 1), and for a single example [x]"
        )
    if array.ndim != 2 or not array.size:
        raise InputValueError(f"{what}: shape {array.shape}; give at least one example, as rows of shape (n, d)")
    _refuse_non_finite(array, what, "row")
    return array


def targets_from(y: Any, count: int, what: str = "y") -> NDArray[np.float64]:
    """The targets as an array of finite floats of shape (count,).

    >>> targets_from([0, 1], 2)
    array([0., 1.])
    """
    array = real_array(y, what).astype(np.float64)
    if array.ndim != 1:
        raise InputValueError(f"{what}: shape {array.shape}; give one number an example, such as y.ravel()")
    if len(array) != count:
        raise InputValueError(f"{what}: {len(array)} target(s) for {count} example(s) in X; give one an example")
    _refuse_non_finite(array, what, "entry")
    return array


def _refuse_non_finite(array: NDArray[np.float64], what: str, part: str) -> None:
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        where = tuple(map(int, bad[0]))
        raise InputValueError(
            f"{what}: {float(array[where])} in {part} {where[0]}, and every number has to be finite; "
            f"leave out or repair the {len(set(bad[:, 0].tolist()))} example(s) concerned"
        )
