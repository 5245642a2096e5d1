"""Which gradients of a graph are not what its edges pass on: of other backward passes, other graphs, or set by hand.

A reader who multiplies along the edges of a picture and adds up must arrive at the number there, or be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.tensor import DROPPED, OF_VALUES, Tensor
from ..scalar.value import Value
from ..scalar.walks import unexplained_values
from .edges import passed_on

__all__ = ["unexplained_gradients"]


def unexplained_gradients(order: Sequence[Any]) -> dict[Any, Any]:
    """The nodes whose gradient is not the sum of what their children pass on, and that sum.

    Parameters
    ----------
    order
        All nodes of a graph, Values and Tensors, in topological order.

    Returns
    -------
    dict
        From each such node to a float or an array, of zeros where no child has a gradient. Left out are nodes without
        gradient or without children, and arguments of a Tensor whose gradient was freed during the pass.

    Examples
    --------
    >>> x = Value(3.0)
    >>> z = x * x
    >>> z.backward()
    >>> unexplained_gradients([x, z])
    {}
    >>> z.backward()
    >>> x.grad, unexplained_gradients([x, z]) == {x: 6.0}
    (12.0, True)
    """
    values = [node for node in order if isinstance(node, Value)]
    tensors = [node for node in order if isinstance(node, Tensor)] if len(values) < len(order) else []
    sums, sizes, unknown = _passed_on_by(tensors)
    of_values, counted = [0.0] * len(values), [-1.0] * len(values)
    if sums:
        of_values, counted = [sums.get(each, 0.0) for each in values], [sizes.get(each, -1.0) for each in values]
    unexplained = unexplained_values(values, of_values, counted)
    found: dict[Any, Any] = {values[position]: of_values[position] for position in unexplained}
    for node in tensors:
        if node.has_grad and node in sums and _differ(node.grad, sums[node], sizes[node]):
            found[node] = sums[node]
    return {node: total for node, total in found.items() if node not in unknown}


@np.errstate(all="ignore")  # infinities that cancel are nan, which differs from nothing
def _passed_on_by(tensors: Sequence[Tensor]) -> tuple[dict[Any, Any], dict[Any, Any], set[Any]]:
    """What Tensors pass on to each parent, and its magnitude; and the parents of those whose gradient was freed."""
    sums: dict[Any, Any] = {}
    sizes: dict[Any, Any] = {}
    unknown: set[Any] = set()
    for node in tensors:
        if node._grad is DROPPED:
            unknown.update(node.parents)
            continue
        numbers = np.ravel(node.grad).tolist() if node.has_grad and node._operation is OF_VALUES else None
        parents: tuple[Any, ...] = node.parents
        for position, parent in enumerate(parents):
            if parent.differentiable:
                if not node.has_grad:
                    arrived: Any = None
                else:
                    arrived = passed_on(node, position, node.grad) if numbers is None else numbers[position]
                if arrived is None:
                    arrived = 0.0 if isinstance(parent, Value) else np.zeros(parent.shape)
                sums[parent] = sums.get(parent, 0.0) + arrived
                sizes[parent] = sizes.get(parent, 0.0) + abs(arrived)
    return sums, sizes, unknown


def _differ(held: Any, expected: Any, size: Any) -> bool:
    """Whether two arrays differ by more than the rounding of sums in the first one's type; nan differs from nothing."""
    with np.errstate(all="ignore"):
        limit = np.finfo(held.dtype).eps ** 0.5 * np.max(size, initial=0.0)
        return bool(np.any((abs(held - expected) > limit) & (held != expected)))
