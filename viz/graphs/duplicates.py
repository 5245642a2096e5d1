"""Nodes that compute the same from the same, and so could be one node."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from autograd_core import Tensor

__all__ = ["representatives"]


def representatives(order: Sequence[Any]) -> dict[Any, Any]:
    """For each node of a graph the first node that computes the same: the same operation on the same arguments.

    Leaves are different from each other, whatever they hold; constants of Values are the same if their numbers are.

    Parameters
    ----------
    order
        The nodes in topological order.

    Examples
    --------
    >>> from autograd_core import Value, topological_order
    >>> a = Value(2.0, "a")
    >>> first, second = a * 3, a * 3
    >>> same = representatives(topological_order(first + second))
    >>> same[second] is first, same[a] is a
    (True, True)
    """
    first: dict[Hashable, Any] = {}
    found: dict[Any, Any] = {}
    for node in order:
        found[node] = first.setdefault(_key(node, found), node)
    return found


def _key(node: Any, found: dict[Any, Any]) -> Hashable:
    if node.op == "constant" and not isinstance(node, Tensor):
        return ("constant", node.data.hex())
    if not node.parents:
        return (id(node),)
    options = _hashable(node._options) if isinstance(node, Tensor) and node.op != "of_values" else ""
    shape = node.shape if isinstance(node, Tensor) else None
    return (node.op, shape, options, *(found[parent] for parent in node.parents))


def _hashable(option: Any) -> Hashable:
    """An option, such as an axis or an index, as something that is equal for equal options."""
    if isinstance(option, tuple | list):
        return tuple(map(_hashable, option))
    if isinstance(option, slice):
        return ("slice", option.start, option.stop, option.step)
    if isinstance(option, np.ndarray):
        return (option.shape, option.dtype.str, option.tobytes())
    return option  # type: ignore[no-any-return]
