"""The two magnifications of parameters: a Tensor, or a NumPy array in which every number is a Value."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor, Value

__all__ = ["from_lists", "numbers_of", "to_lists", "values_of"]


def numbers_of(parameters: Any) -> Any:
    """A copy of the numbers of a Tensor or of an array of Values.

    >>> numbers_of(Tensor([1.0, 2.0])).tolist(), numbers_of(values_of(np.array([3.0]), "b")).tolist()
    ([1.0, 2.0], [3.0])
    """
    if isinstance(parameters, Tensor):
        return np.array(parameters.data)
    return np.array([each.data for each in parameters.ravel()]).reshape(parameters.shape)


def values_of(numbers: Any, label: str) -> Any:
    """An array of Values with these numbers, labelled by their places.

    >>> value = values_of(np.array([[3.0, 4.0]]), "W")[0, 1]
    >>> value.data, value.label
    (4.0, 'W[0, 1]')
    """
    values = np.empty(np.shape(numbers), dtype=object)
    for place, number in np.ndenumerate(numbers):
        values[place] = Value(float(number), f"{label}[{', '.join(map(str, place))}]")
    return values


def to_lists(state: dict[str, Any]) -> dict[str, Any]:
    """Attributes with arrays of Values as lists, for joblib pickles each array by itself."""
    return {name: each.tolist() if _is_of_values(each) else each for name, each in state.items()}


def from_lists(state: dict[str, Any], *names: str) -> dict[str, Any]:
    """The attributes that :func:`to_lists` had, those of these names arrays again."""
    arrays = {name: np.array(state[name], dtype=object) for name in names if isinstance(state[name], list)}
    return state | arrays


def _is_of_values(each: Any) -> bool:
    return isinstance(each, np.ndarray) and each.dtype == object
