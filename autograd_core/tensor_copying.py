"""Copies of whole graphs with Tensors in them, without recursion; for a look at one graph at two moments."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .copying import copy_nodes
from .tensor import OF_VALUES, Tensor
from .tensor_reverse import mixed_order

__all__ = ["copy_tensor", "copy_tensor_graph"]


def copy_tensor(node: Tensor) -> Tensor:
    """A second node with the same parents and numbers; a copied leaf is a new leaf.

    >>> w = Tensor([1.0, 2.0], "w")
    >>> product = w * w
    >>> copy_tensor(product).parents == product.parents, copy_tensor(product) is product
    (True, False)
    """
    return _clone(node, {id(parent): parent for parent in node.parents})


def copy_tensor_graph(root: Tensor, memo: dict[int, Any]) -> Tensor:
    """A copy of a Tensor and of everything it depends on.

    Parameters
    ----------
    root
        The Tensor.
    memo
        Copies made before, by the id of the original: what :func:`copy.deepcopy` hands on, so that shared nodes stay
        shared.

    Examples
    --------
    >>> w = Tensor([1.0, 2.0], "w")
    >>> twin = copy_tensor_graph(w * w, {})
    >>> w.data = [5.0, 6.0]
    >>> twin.data.tolist(), twin.parents[0].data.tolist(), twin.parents[0] is twin.parents[1]
    ([1.0, 4.0], [1.0, 2.0], True)
    """
    order = mixed_order(root)
    copy_nodes([node for node in order if not isinstance(node, Tensor)], memo)
    for node in order:
        if id(node) not in memo:
            memo[id(node)] = _clone(node, memo)
    copied: Tensor = memo[id(root)]
    return copied


def _clone(node: Tensor, memo: dict[int, Any]) -> Tensor:
    clone = type(node).__new__(type(node))
    # Others may write to the array of a leaf or constant, to that of a computed node nobody.
    clone._data = node._data if node._parents else _owned(node._data)
    clone._parents = tuple(memo[id(parent)] for parent in node._parents)
    clone._inputs = tuple(
        memo[id(parent)]._data if recorded is parent._data else recorded
        for parent, recorded in zip(node._parents, node._inputs, strict=True)
    )
    values = node._operation is OF_VALUES
    clone._options = tuple(memo[id(value)] for value in node._options) if values else node._options
    clone._operation, clone._notes, clone._differentiable = node._operation, node._notes, node._differentiable
    clone._grad, clone._evidence, clone._mark = node._grad, None, 0  # a gradient is never written to
    if hasattr(clone, "__dict__"):
        clone.__dict__.update(copy.deepcopy(node.__dict__, memo))
    return clone


def _owned(array: Any) -> Any:
    owned = np.array(array)
    owned.setflags(write=False)
    return owned
