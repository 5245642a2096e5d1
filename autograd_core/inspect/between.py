"""The part of a graph that lies between a root and one node it depends on, and how large products of edges are there.

Nothing here touches a node's gradient. Sizes are kept so that a product of a million factors neither overflows nor
vanishes on the way, and so that two sizes compare as tuples do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..array.arrays import Array
from ..array.tensor import OF_VALUES, Tensor, describe
from ..derivatives.edges import passed_on
from ..derivatives.expand import expand_graph
from ..errors import InputTypeError, InputValueError
from ..scalar.value import Value
from ..scalar.walks import order_between

__all__ = [
    "ONE",
    "ZERO",
    "Edge",
    "Size",
    "arrived_at",
    "as_values",
    "edges_into",
    "gradients_on",
    "nodes_between",
    "require_differentiable",
    "size_of",
]


class Edge(NamedTuple):
    """One argument of one node that gradients flow along.

    Attributes
    ----------
    child, parent
        The node, and the argument it was computed from.
    position
        Which argument it is, counted from 0.
    local_derivative
        Derivative of the child by this argument, at the recorded point. Of a Tensor the ratio of the largest
        numbers passed on along the edge and received by the child.
    """

    child: Any
    parent: Any
    position: int
    local_derivative: float


def edges_into(node: Value) -> list[Edge]:
    """The edges along which a node passes gradients on, in the order of its arguments.

    >>> a = Value(3.0, "a")
    >>> [(edge.position, edge.local_derivative) for edge in edges_into(a * a)]
    [(0, 3.0), (1, 3.0)]
    """
    parents = node.parents
    return [
        Edge(node, parents[position], position, local)
        for position, local in enumerate(node.local_derivatives)
        if local is not None
    ]


def as_values(root: Any, leaf: Any, who: str) -> tuple[Any, Any]:
    """The ends of paths in a graph of Values: of Tensors the graph is made scalar throughout.

    Parameters
    ----------
    root, leaf
        Nodes. A Tensor of several numbers as leaf needs an index, ``(W, (0, 1))``.
    who
        The function that asks, for messages.

    Examples
    --------
    >>> W = Tensor([[1.0, 2.0]], "W")
    >>> root, leaf = as_values((W * W).sum(), (W, (0, 1)), "example")
    >>> leaf.label, leaf.data, root.data
    ('W[0, 1]', 2.0, 5.0)
    """
    pair = isinstance(leaf, tuple) and len(leaf) == 2 and isinstance(leaf[0], Tensor)
    tensor, index = leaf if pair else (leaf, ())
    if not isinstance(root, Tensor):
        if isinstance(tensor, Tensor):
            require_differentiable(root, who)
            raise InputValueError(f"{who}: {describe(root)} was not computed from {describe(tensor)}, but from Values")
        return root, leaf
    require_differentiable(root, who)
    try:
        numbers = expand_graph(root)
        if not isinstance(tensor, Tensor):
            return numbers[root].item(), leaf
        of_leaf = numbers[tensor] if tensor in numbers else expand_graph(tensor)[tensor]
    except InputValueError as error:
        raise InputValueError(f"{who}: {str(error).removeprefix('expand: ')}") from error.__cause__
    try:
        value = of_leaf[index] if pair or tensor.size != 1 else of_leaf.item()
    except (IndexError, TypeError):
        value = None
    if not isinstance(value, Value):
        raise InputValueError(
            f"{who}: {describe(tensor)} holds {tensor.size} numbers, and {index!r} is no index of one of them; name "
            f"one, such as (tensor, {(0,) * tensor.ndim})"
        )
    if tensor.has_grad and value.op == "leaf":
        value.grad = float(tensor.grad[index] if pair else tensor.grad.item())
    return numbers[root].item(), value


def require_differentiable(node: Any, who: str) -> None:
    """Raise an error, unless it is a node that gradients flow into; of Tensors one that holds one number."""
    if not isinstance(node, Value | Tensor):
        raise InputTypeError(f"{who}: {node!r} is not a node; give a Value, as it came out of the computation")
    if not node.differentiable:
        raise InputValueError(
            f"{who}: no gradient flows into {describe(node)}, for it depends on no leaf or was computed under "
            "no_grad; give nodes that depend on a Value(...)"
        )
    if isinstance(node, Tensor) and node.size != 1:
        raise InputValueError(
            f"{who}: {describe(node)} holds {node.size} numbers, and only a scalar has a gradient; sum it first"
        )


def nodes_between(root: Value, node: Value, who: str) -> list[Value]:
    """The nodes on the paths from a node to a root, both included, in topological order; empty if there is no path.

    Parameters
    ----------
    root, node
        The ends.
    who
        The function that asks, for messages.

    Raises
    ------
    InputTypeError
        If one is not a Value.
    InputValueError
        If one is a constant, into which no gradient flows.

    Examples
    --------
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [each.op for each in nodes_between(a * b + b.exp(), a, "example")]
    ['leaf', 'mul', 'add']
    """
    for each in (root, node):
        require_differentiable(each, who)
    reached = {node}
    between = [node]
    for each in order_between([node], root):
        if any(parent in reached for parent in each.parents):
            reached.add(each)
            between.append(each)
    return between if root in reached else []


def gradients_on(order: Sequence[Any]) -> dict[Any, Any]:
    """The gradient of the last node of a topological order by each of its nodes; 0 where none arrives.

    The numbers are those of ``backward``: a factor that is exactly 0 ends a path (docs/decisions/0002).

    >>> x = Value(3.0)
    >>> y = x * x
    >>> gradients_on([x, y]) == {x: 6.0, y: 1.0}
    True
    """
    gradients: dict[Any, Any] = dict.fromkeys(order, 0.0)
    if order:
        gradients[order[-1]] = 1.0 if isinstance(order[-1], Value) else np.ones(order[-1].shape)
    for node in reversed(order):
        upstream = gradients[node]
        if isinstance(node, Tensor):
            parents: Sequence[Any] = node.parents if np.any(upstream) else ()
            for position, parent in enumerate(parents):
                arrived = arrived_at(node, position, np.asarray(upstream)) if parent.differentiable else None
                if arrived is not None:
                    gradients[parent] = gradients[parent] + arrived
        elif upstream != 0.0:
            for edge in edges_into(node):
                if edge.local_derivative != 0.0 and edge.parent in gradients:
                    gradients[edge.parent] += upstream * edge.local_derivative
    return gradients


def arrived_at(node: Tensor, position: int, g: Array) -> Any:
    """What an argument of a Tensor receives from it: an array, a number if it is a Value, or None for 0."""
    return float(g.flat[position]) if node._operation is OF_VALUES else passed_on(node, position, g)


# --- sizes ----------------------------------------------------------------------------------------------------------


class Size(NamedTuple):
    """The absolute value of a product: ``mantissa * 2**exponent``. Sizes compare by value.

    `kind` is 0 for zero, 1 for a finite number, 2 for infinity and 3 for NaN, which is thus the largest. Zero times
    anything is zero, as everywhere along a path.
    """

    kind: int
    exponent: int
    mantissa: float

    def times(self, other: Size) -> Size:
        """The size of a product.

        >>> huge, tiny = size_of(2.0**1000), size_of(2.0**-1000)
        >>> float(huge.times(huge).times(tiny).times(tiny))
        1.0
        """
        if self.kind == 1 == other.kind:
            mantissa, shift = math.frexp(self.mantissa * other.mantissa)
            return Size(1, self.exponent + other.exponent + shift, mantissa)
        return ZERO if ZERO in (self, other) else max(self, other)

    def __float__(self) -> float:
        try:
            return (math.ldexp(self.mantissa, self.exponent), math.inf, math.nan)[max(self.kind - 1, 0)]
        except OverflowError:
            return math.inf


#: The size of 0 and of 1.
ZERO, ONE = Size(0, 0, 0.0), Size(1, 1, 0.5)


def size_of(number: float) -> Size:
    """The size of a number.

    >>> size_of(-2.0) > size_of(1.0) > size_of(0.0)
    True
    >>> float(size_of(-0.75))
    0.75
    """
    if math.isfinite(number):
        mantissa, exponent = math.frexp(abs(number))
        return Size(1, exponent, mantissa) if mantissa else ZERO
    return Size(3 if math.isnan(number) else 2, 0, 0.0)
