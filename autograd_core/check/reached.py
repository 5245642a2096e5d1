"""What depends on what, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly
from ..array.operations import STRUCTURAL
from ..array.tensor import OF_VALUES, Tensor
from ..numerical.elements import Direction, speeds
from ..numerical.evaluation import is_elementwise
from ..scalar.value import Value

__all__ = ["reached_elements"]


def reached_elements(order: Sequence[Any], direction: Direction) -> dict[Any, Any]:
    """For each node that depends on a leaf of a direction, which of its elements do.

    Through operations on whole arrays a nan is sent: the elements that it reaches are those that depend on it.

    Parameters
    ----------
    order
        Values and Tensors in topological order.
    direction
        How fast each leaf moves.
    """
    reached: dict[Any, Any] = {holder: each != 0.0 for holder, each in speeds(direction).items()}
    for node in order:
        if node not in reached and not reached.keys().isdisjoint(node.parents):
            reached[node] = True if isinstance(node, Value) else _reached(node, reached)
    return reached


def _reached(node: Tensor, reached: dict[Any, Any]) -> Array:
    if node._operation is OF_VALUES:
        return np.array([bool(reached.get(value, False)) for value in node._options]).reshape(node.shape)
    marks = [np.asarray(reached.get(parent, np.zeros(parent.shape, bool))) for parent in node._parents]
    if is_elementwise(node):
        return np.logical_or.reduce([np.broadcast_to(each, node.shape) for each in marks])  # type: ignore[no-any-return]
    everything = np.ones(node.shape, bool)
    if STRUCTURAL.get(node.op) is not node._operation:  # a user's, which a nan may not pass through
        return everything
    poisoned = [
        np.where(mark, np.nan, np.where(np.isfinite(x), x, 1.0)) if mark.any() else x
        for mark, x in zip(marks, node._inputs, strict=True)
    ]
    if node.op == "sort":
        return _among_equals(node._inputs[0], marks[0], node._options[0])
    if node.op in ("ordered", "unordered"):
        poisoned[1] = node._inputs[1]
    try:
        reaches: Array = np.isnan(quietly().run(node._operation.forward, *poisoned, *node._options))
    except np.linalg.LinAlgError:  # no factor, no solution
        return everything
    return reaches


def _among_equals(x: Array, mark: Array, axis: int) -> Array:
    """Which places of the sorted numbers those marked may take: a nan would go to the end."""
    order = np.argsort(x, axis, kind="stable")
    in_order, marked = (np.moveaxis(np.take_along_axis(each, order, axis), axis, -1) for each in (x, mark))
    begins = np.ones(in_order.shape, bool)
    begins[..., 1:] = in_order[..., 1:] != in_order[..., :-1]
    group = np.cumsum(begins).reshape(begins.shape)
    reached = np.bincount(group.ravel(), marked.ravel()) > 0.0
    return np.moveaxis(reached[group], -1, axis)
