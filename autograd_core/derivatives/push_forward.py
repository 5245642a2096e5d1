"""Forward mode over graphs of Values and Tensors: the tangents of the leaves pushed forward to the root.

A tangent is the derivative of a node along one direction in the space of the leaves. One walk gives one directional
derivative; reverse mode gives the derivatives by all leaves at once, but of one root.

Every operation has a rule for it (``jvp``) that is independent of its rule for reverse mode; for the lines of the table
both are the same product, for the local derivatives of element by element operations form a diagonal matrix.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.functions import stack
from ..array.operations import CAREFUL
from ..array.tensor import OF_VALUES, Tensor, array_constant, as_tensor, describe
from ..array.walks import topological_order
from ..errors import InputValueError
from ..scalar.conversion import number_from, real_array
from ..scalar.value import Value, constant
from .pull_back import contribution_node, contribution_number
from .rules_on_nodes import NODES

__all__ = ["push_forward", "push_forward_nodes", "tangents_of"]


def push_forward(root: Tensor | Value, direction: Mapping[Any, Any]) -> Any:
    """Derivative of a root when some nodes move in a direction, at the recorded point.

    Parameters
    ----------
    root
        The node to differentiate.
    direction
        How fast each leaf (or other node) moves: an array of a Tensor's shape, a number for a Value. Nodes left out
        stand still.

    Returns
    -------
    array
        Of the root's shape; a float for a Value.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> push_forward(x * x, {x: [1.0, 0.5]}).tolist()
    [2.0, 2.0]
    >>> a, b = Value(3.0), Value(4.0)
    >>> push_forward(a * b, {a: 1.0, b: 2.0})
    10.0
    """
    found = tangents_of(root, direction).get(root)
    if isinstance(root, Value):
        return 0.0 if found is None else float(found)
    return np.zeros(root.shape, root.dtype) if found is None else np.array(found)


def tangents_of(root: Tensor | Value, direction: Mapping[Any, Any]) -> dict[Any, Any]:
    """The tangent of each node that the direction reaches; for arguments see :func:`push_forward`.

    >>> x = Tensor([1.0, 2.0])
    >>> y = x * x
    >>> tangents_of(y.sum(), {x: [1.0, 0.5]})[y].tolist()
    [2.0, 2.0]
    """
    tangents = {node: _tangent(node, each) for node, each in direction.items()}
    quietly().run(_push, root, tangents, False)
    return tangents


def push_forward_nodes(root: Tensor | Value, direction: Mapping[Any, Any]) -> Any:
    """:func:`push_forward` as new nodes that can be differentiated again; the direction may hold nodes.

    >>> x = Tensor([1.0, 2.0])
    >>> slope = push_forward_nodes((x**3).sum(), {x: np.array([1.0, 0.0])})
    >>> slope.backward()
    >>> slope.item(), x.grad.tolist()
    (3.0, [6.0, 0.0])
    """
    tangents = {
        node: (constant(each) if isinstance(each, int | float) else each)
        if isinstance(node, Value)
        else as_tensor(each, "direction", node.dtype)
        for node, each in direction.items()
    }
    found = _push(root, tangents, True)
    if found is None:
        return constant(0.0) if isinstance(root, Value) else array_constant(np.zeros(root.shape, root.dtype))
    return found


def _tangent(node: Tensor | Value, given: Any) -> Any:
    if isinstance(node, Value):
        return number_from(given, f"direction of {describe(node)}")
    tangent = real_array(given, f"direction of {describe(node)}").astype(node.dtype)
    if tangent.shape != node.shape:
        raise InputValueError(f"direction of {describe(node)}: shape {tangent.shape} where {node.shape} is needed")
    return tangent


def _push(root: Any, tangents: dict[Any, Any], as_nodes: bool) -> Any:
    """The root's tangent; None for 0."""
    known = set(tangents)
    for node in topological_order(root):
        if node not in known and node.differentiable:
            moved = [(position, tangents[parent]) for position, parent in enumerate(node.parents) if parent in tangents]
            if moved:
                tangent = _moved(node, moved, as_nodes)
                if tangent is not None:
                    tangents[node] = tangent
    return tangents.get(root)


def _moved(node: Any, moved: list[tuple[int, Any]], as_nodes: bool) -> Any:
    if isinstance(node, Value):
        rule = contribution_node if as_nodes else contribution_number
        parts = [rule(node, position, tangent) for position, tangent in moved]
    elif node._operation is OF_VALUES:
        return _of_values(node, dict(moved), as_nodes)
    else:
        f, z, inputs = (NODES, node, node._parents) if as_nodes else (CAREFUL, node._data, node._inputs)
        rules = node._operation.jvps
        parts = [rules[position](f, tangent, z, *inputs, *node._options) for position, tangent in moved]
    total: Any = None
    for part in parts:
        if part is not None:
            total = part if total is None else total + part
    if total is None or isinstance(node, Value):
        return total
    if total.shape != node._data.shape:
        total = f.broadcast_to(total, node._data.shape)
    return total if total.dtype == node._data.dtype else total.astype(node._data.dtype)


def _of_values(node: Tensor, moved: dict[int, Any], as_nodes: bool) -> Any:
    tangents = [moved.get(position, 0.0) for position in range(len(node._options))]
    return stack(tangents).reshape(node.shape) if as_nodes else np.array(tangents, float).reshape(node.shape)
