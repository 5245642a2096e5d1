"""Nested containers taken apart into a flat list of leaves, and put together again.

Containers are dictionaries, lists, tuples (named ones too), dataclasses, and NumPy arrays of objects; everything else
is a leaf. Dictionaries keep the order of their keys.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["is_container", "leaves_beside", "leaves_in", "map_leaves", "named_leaves", "put_together", "row_of_numbers"]


def is_container(tree: Any) -> bool:
    """Whether it is taken apart, and not a leaf.

    >>> is_container([1.0]), is_container(np.ones(2))
    (True, False)
    """
    return isinstance(tree, dict | list | tuple) or _is_dataclass(tree) or _is_array_of_objects(tree)


def _nothing(_: Any) -> bool:
    return False


def named_leaves(tree: Any, name: str, is_leaf: Callable[[Any], bool] = _nothing) -> Iterator[tuple[str, Any]]:
    """The leaves in order, each with the name under which it is reached.

    Parameters
    ----------
    tree
        A container or a leaf.
    name
        The name of the tree itself.
    is_leaf
        What is a leaf although it is a container.

    Examples
    --------
    >>> dict(named_leaves({"W": [1.0, 2.0], "b": 3.0}, "p"))
    {"p['W'][0]": 1.0, "p['W'][1]": 2.0, "p['b']": 3.0}
    """
    parts = None if is_leaf(tree) else _parts(tree, name)
    if parts is None:
        yield name, tree
    else:
        for part_name, part in parts:
            yield from named_leaves(part, part_name, is_leaf)


def leaves_in(tree: Any) -> list[Any]:
    """The leaves in order.

    >>> leaves_in((1.0, {"a": [2.0, 3.0]}))
    [1.0, 2.0, 3.0]
    """
    return [leaf for _, leaf in named_leaves(tree, "")]


def put_together(tree: Any, leaves: Sequence[Any]) -> Any:
    """A container like `tree` with other leaves, in the order of :func:`leaves_in`.

    >>> put_together((0.0, {"a": [0.0, 0.0]}), [1.0, 2.0, 3.0])
    (1.0, {'a': [2.0, 3.0]})
    """
    remaining = iter(leaves)
    return map_leaves(lambda _: next(remaining), tree, joined=True)


def map_leaves(
    function: Callable[[Any], Any], tree: Any, is_leaf: Callable[[Any], bool] = _nothing, *, joined: bool = False
) -> Any:
    """A container like `tree` with the function applied to each leaf; `is_leaf` is as in :func:`named_leaves`.

    With `joined`, an array of objects becomes one of floats if only numbers come out, and arrays in it become one.

    >>> map_leaves(lambda x: 2 * x, {"a": 1.0, "b": (2.0,)})
    {'a': 2.0, 'b': (4.0,)}
    """
    if is_leaf(tree) or not is_container(tree):
        return function(tree)
    if isinstance(tree, dict):
        return {key: map_leaves(function, part, is_leaf, joined=joined) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [map_leaves(function, part, is_leaf, joined=joined) for part in tree]
        if isinstance(tree, list):
            return parts
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)  # a named tuple stays one
    if _is_dataclass(tree):
        fields = {each.name: getattr(tree, each.name) for each in dataclasses.fields(tree)}
        return dataclasses.replace(
            tree, **{name: map_leaves(function, fields[name], is_leaf, joined=joined) for name in fields}
        )
    mapped = np.empty(tree.shape, dtype=object)
    for index in np.ndindex(tree.shape):
        mapped[index] = function(tree[index])
    return _joined(mapped) if joined else mapped


def _joined(mapped: Any) -> Any:
    """Numbers in an array of objects as an array of floats; arrays of one shape in it as one array."""
    parts = list(mapped.flat)
    shapes = {each.shape if isinstance(each, np.ndarray) else () for each in parts}
    numbers_only = all(isinstance(each, float | np.floating | np.ndarray) for each in parts)
    if len(shapes) != 1 or not (numbers_only or shapes != {()}):
        return mapped
    whole = np.array(parts, dtype=None if numbers_only else object)
    return whole.reshape(mapped.shape + shapes.pop())


def row_of_numbers(row: Any) -> Any:
    """A list or tuple of numbers as an array.

    >>> row_of_numbers((1.0, 2.0))
    array([1., 2.])
    """
    return np.array(row, dtype=float)


def leaves_beside(tree: Any, given: Any, joined: Callable[[Any], Any] = row_of_numbers) -> list[Any]:
    """The leaves of `given` in the order of those of `tree`, whose structure it must have.

    A container where the tree has a leaf is a row of numbers, which `joined` makes an array of.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it has another one.

    Examples
    --------
    >>> leaves_beside({"a": 0.0, "b": (0.0,)}, {"b": (2.0,), "a": 1.0})
    [1.0, 2.0]
    """
    if isinstance(tree, dict):
        if given.keys() != tree.keys():
            raise KeyError("other keys")
        return [leaf for key in tree for leaf in leaves_beside(tree[key], given[key], joined)]
    if isinstance(tree, list | tuple):
        if not isinstance(given, list | tuple):
            raise TypeError("not a sequence")
        pairs = zip(tree, given, strict=True)
        return [leaf for part, its in pairs for leaf in leaves_beside(part, its, joined)]
    if _is_dataclass(tree):
        names = [each.name for each in dataclasses.fields(tree)]
        return [leaf for name in names for leaf in leaves_beside(getattr(tree, name), getattr(given, name), joined)]
    if _is_array_of_objects(tree):
        return list(np.asarray(given).reshape(tree.shape).ravel())
    if isinstance(given, dict | list | tuple):
        given = joined(given)
    return [given]


def _parts(tree: Any, name: str) -> list[tuple[str, Any]] | None:
    if isinstance(tree, dict):
        return [(f"{name}[{key!r}]", part) for key, part in tree.items()]
    if isinstance(tree, list | tuple):
        fields = getattr(tree, "_fields", None)
        return [(f"{name}.{fields[i]}" if fields else f"{name}[{i}]", part) for i, part in enumerate(tree)]
    if _is_dataclass(tree):
        return [(f"{name}.{each.name}", getattr(tree, each.name)) for each in dataclasses.fields(tree)]
    if _is_array_of_objects(tree):
        return [(f"{name}[{', '.join(map(str, index))}]", tree[index]) for index in np.ndindex(tree.shape)]
    return None


def _is_dataclass(tree: Any) -> bool:
    return dataclasses.is_dataclass(tree) and not isinstance(tree, type)


def _is_array_of_objects(tree: Any) -> bool:
    return isinstance(tree, np.ndarray) and tree.dtype == object
