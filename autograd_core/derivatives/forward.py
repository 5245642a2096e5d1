"""Forward mode: the same graph walked from the leaves to the root, carrying tangents.

A tangent is the derivative of a node along one direction in the space of the leaves. Each node's tangent is the sum of
local derivative times tangent over its parents. One walk gives one directional derivative; reverse mode gives the
derivatives by all leaves at once, but of one root.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..array.walks import topological_order
from ..scalar.value import Value

__all__ = ["directional_derivative", "tangents_of"]


def directional_derivative(root: Value, direction: Mapping[Value, float]) -> float:
    """Derivative of a root when its leaves move in a direction, at the recorded point.

    Parameters
    ----------
    root
        The node to differentiate.
    direction
        How fast each leaf moves; leaves left out stand still.

    Examples
    --------
    >>> x, y = Value(3.0), Value(4.0)
    >>> directional_derivative(x * y, {x: 1.0, y: 2.0})
    10.0
    """
    return tangents_of(topological_order(root), direction)[root]


def tangents_of(order: Sequence[Value], direction: Mapping[Value, float]) -> dict[Value, float]:
    """The tangent of each node of a topological order.

    >>> x = Value(3.0)
    >>> list(tangents_of([x, x * x], {x: 2.0}).values())
    [2.0, 12.0]
    """
    tangents: dict[Value, float] = {leaf: float(speed) for leaf, speed in direction.items()}
    for node in order:
        if node in direction:
            continue
        tangent, local_derivatives = 0.0, node.local_derivatives
        for position, parent in enumerate(node.parents):
            local_derivative, moved = local_derivatives[position], tangents[parent]
            if local_derivative and moved:  # a factor that is exactly 0 ends the path, as in reverse mode
                tangent += local_derivative * moved
        tangents[node] = tangent
    return tangents
