"""A recorded graph evaluated again: on other numbers in double precision, or on complex ones for the complex step.

What was recorded in single precision is evaluated in double precision, so that finite differences of it have enough
digits. Only forward operations are evaluated, never a derivative, so a wrong derivative formula or a fault of the
backward pass shows. But the graph is the one that reverse mode walked: what the function computed outside of it
(``v.data``), or a branch that it took, a replay cannot question. Finite differences of the function itself can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..array.arrays import quietly
from ..array.tensor import Tensor
from ..array.walks import topological_order
from ..scalar.value import Value
from .elements import Direction, Element, Holder, Leaf, on_line
from .evaluation import analytic, computes_inside, in_double, primal

__all__ = ["Numbers", "Replay", "Round"]

#: A float or an array a node.
Numbers = dict[Any, Any]
#: From the numbers of a node, and the node, to those numbers with an error.
Round = Callable[[Any, Any], Any]


class Replay:
    """A recorded graph as a function of the numbers of its leaves.

    Parameters
    ----------
    root
        The result, a Value or a Tensor of one number.
    point
        The numbers of the leaves that move, where they were recorded. Every other leaf keeps its own.

    Attributes
    ----------
    root, point
        What was given.
    order
        Every node that the root depends on, and itself, parents first.
    given
        The numbers of all leaves at the point, in double precision.

    Examples
    --------
    >>> x = Tensor(np.array([1.0, 2.0], np.float32))
    >>> replay = Replay((x * x).sum(), {x: x.data})
    >>> replay.at({x: np.array([0.1, 0.0])}) == 0.1 * 0.1
    True
    >>> y = Value(3.0)
    >>> Replay(y * y, {y: 3.0}).at({y: 5.0})
    25.0
    """

    def __init__(self, root: Value | Tensor, point: Mapping[Holder, Any]) -> None:
        self.root: Any = root
        self.point = dict(point)
        self.order: list[Any] = topological_order(root)
        self.given = {node: _numbers_of(node, node.data) for node in self.order if not node.parents}
        self.given.update({holder: _numbers_of(holder, numbers) for holder, numbers in point.items()})

    @cached_property
    def _primals(self) -> list[tuple[Any, Callable[..., Any], Any, bool]]:
        return [(node, primal(node), node.parents, computes_inside(node)) for node in self.order if node.parents]

    @cached_property
    def _continued(self) -> list[tuple[Any, Callable[..., Any], Any]]:
        return [(node, analytic(node), node.parents) for node in self.order if node.parents]

    def at(self, numbers: Mapping[Holder, Any]) -> float:
        """The root for other numbers of the leaves, or of nodes in between."""
        if isinstance(self.root, Value):  # its floats need no quiet
            return self.all(numbers)[self.root]  # type: ignore[no-any-return]
        return _one_number(quietly().run(self.all, numbers)[self.root])  # type: ignore[no-any-return]

    def at_complex(self, moved: Mapping[Leaf, complex]) -> complex | None:
        """The root for complex numbers of some leaves, or None where an operation on the way is not analytic."""
        try:
            return quietly().run(self._all_complex, moved)
        except (ArithmeticError, ValueError):
            return None

    def _all_complex(self, moved: Mapping[Leaf, complex]) -> complex:
        numbers = {**self.given, **self.beside(moved, complex)}
        for node, continued, parents in self._continued:
            numbers[node] = continued(*[numbers[parent] for parent in parents])
        return _one_number(numbers[self.root])  # type: ignore[no-any-return]

    def beside(self, moved: Mapping[Leaf, Any], kind: type = float) -> Numbers:
        """The point, as numbers of some kind, with other ones for some leaves.

        >>> x = Tensor([1.0, 2.0])
        >>> Replay(x.sum(), {x: x.data}).beside({Element(x, 1): 5.0})[x].tolist()
        [1.0, 5.0]
        """
        numbers = {
            holder: kind(each) if isinstance(holder, Value) else np.array(each, kind)
            for holder, each in self.point.items()
        }
        for leaf, number in moved.items():
            if isinstance(leaf, Element):
                numbers[leaf.tensor].flat[leaf.position] = number
            else:
                numbers[leaf] = number
        return numbers

    def along(self, direction: Direction) -> Callable[[float], float]:
        """The root as a function of how far the leaves are moved; of a single leaf, of the number it is set to."""
        line = on_line(direction, self.point)
        return lambda number: self.at(line(number))

    def all(self, given: Mapping[Holder, Any], rounded: Round | None = None) -> Numbers:
        """The numbers of all nodes.

        Parameters
        ----------
        given
            Other numbers for some leaves, or for nodes in between.
        rounded
            Applied to the result of each operation, and to the operands of those that compute inside.
        """
        numbers: Numbers = {**self.given, **{holder: _numbers_of(holder, each) for holder, each in given.items()}}
        for node, compute, parents, inside in self._primals:
            if node not in given:
                operands = [numbers[parent] for parent in parents]
                if rounded is None:
                    numbers[node] = compute(*operands)
                else:
                    if inside:
                        operands = [rounded(each, node) for each in operands]
                    numbers[node] = rounded(compute(*operands), node)
        return numbers


def _numbers_of(holder: Holder, numbers: Any) -> Any:
    return float(numbers) if isinstance(holder, Value) else in_double(np.asarray(numbers))


def _one_number(found: Any) -> Any:
    return found.item() if isinstance(found, np.ndarray) else found
