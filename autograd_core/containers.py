"""Nested containers taken apart into a flat list of leaves, and put together again.

Containers are dictionaries, lists, tuples (named ones too), dataclasses, and NumPy arrays of objects; everything else
is a leaf. Dictionaries keep the order of their keys.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["is_container", "leaves_in", "map_leaves", "named_leaves", "put_together"]


def is_container(tree: Any) -> bool:
    """Whether it is taken apart, and not a leaf.

    >>> is_container([1.0]), is_container(np.ones(2))
    (True, False)
    """
    return isinstance(tree, dict | list | tuple) or _is_dataclass(tree) or _is_array_of_objects(tree)


def named_leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The leaves in order, each with the name under which it is reached.

    Parameters
    ----------
    tree
        A container or a leaf.
    name
        The name of the tree itself.

    Examples
    --------
    >>> dict(named_leaves({"W": [1.0, 2.0], "b": 3.0}, "p"))
    {"p['W'][0]": 1.0, "p['W'][1]": 2.0, "p['b']": 3.0}
    """
    parts = _parts(tree, name)
    if parts is None:
        yield name, tree
    else:
        for part_name, part in parts:
            yield from named_leaves(part, part_name)


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
    return map_leaves(lambda _: next(remaining), tree)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """A container like `tree` with the function applied to each leaf.

    >>> map_leaves(lambda x: 2 * x, {"a": 1.0, "b": (2.0,)})
    {'a': 2.0, 'b': (4.0,)}
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, part) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [map_leaves(function, part) for part in tree]
        if isinstance(tree, list):
            return parts
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)  # a named tuple stays one
    if _is_dataclass(tree):
        return dataclasses.replace(
            tree, **{each.name: map_leaves(function, getattr(tree, each.name)) for each in dataclasses.fields(tree)}
        )
    if _is_array_of_objects(tree):
        mapped = np.empty(tree.shape, dtype=object)
        for index in np.ndindex(tree.shape):
            mapped[index] = function(tree[index])
        return mapped
    return function(tree)


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
