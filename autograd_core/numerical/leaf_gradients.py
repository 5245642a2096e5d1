"""The gradient of a result by the leaves of a check, whether Values or Tensors hold them: as numbers, and as nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..array.tensor import Tensor
from ..derivatives.gradients import gradient_arrays, gradient_nodes
from ..derivatives.pull_back import gradient_graph, gradient_numbers
from ..scalar.value import Value
from .elements import Direction, Element, Leaf, by_leaf, holders_of, speeds

__all__ = ["GradientNodes", "leaf_gradients", "number_of"]


def number_of(node: Value | Tensor) -> float:
    """The number of a node that holds one."""
    return node.data if isinstance(node, Value) else node.item()


def leaf_gradients(root: Value | Tensor, leaves: Sequence[Leaf]) -> list[float]:
    """The gradient by each leaf, as numbers.

    >>> x, t = Value(3.0), Tensor([1.0, 2.0])
    >>> leaf_gradients((t * x).sum(), [x, Element(t, 1)])
    [3.0, 3.0]
    """
    if _of_values_only(root, leaves):
        return gradient_numbers(root, leaves)  # type: ignore[arg-type]
    holders = holders_of(leaves)
    return list(by_leaf(leaves, holders, gradient_arrays(root, holders)).values())


class GradientNodes:
    """The gradient as nodes.

    Parameters
    ----------
    root
        The result.
    leaves
        What it is differentiated by.
    """

    def __init__(self, root: Value | Tensor, leaves: Sequence[Leaf]) -> None:
        holders = holders_of(leaves)
        if _of_values_only(root, leaves):
            nodes: list[Any] = gradient_graph(root, holders)  # type: ignore[arg-type]
        else:
            nodes = gradient_nodes(root, holders)
        self._nodes = dict(zip(holders, nodes, strict=True))

    def weighted_sum(self, weights: Direction) -> Any:
        """The sum of some entries, each with its weight, as a node."""
        total: Any = None
        for term in self._terms(weights):
            total = term if total is None else total + term
        return total

    def _terms(self, weights: Direction) -> list[Any]:
        if len(weights) == 1:
            [(leaf, weight)] = weights.items()
            node = (
                self._nodes[leaf.tensor].reshape(-1)[leaf.position] if isinstance(leaf, Element) else self._nodes[leaf]
            )
            return [node if weight == 1.0 else node * weight]
        terms = []
        for holder, weight in speeds(weights).items():
            node = self._nodes[holder]
            if isinstance(holder, Tensor):
                terms.append((node * weight.astype(holder.dtype)).sum())
            else:
                terms.append(node if weight == 1.0 else node * float(weight))
        return terms


def _of_values_only(root: Any, leaves: Sequence[Leaf]) -> bool:
    return isinstance(root, Value) and all(isinstance(leaf, Value) for leaf in leaves)
