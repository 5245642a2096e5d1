"""The parameters of a model as few arrays, so that an update is one line for any number and kind of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from autograd_core.array.tensor import describe, put

from ..conversion import sequence_from

__all__ = ["Leaves"]

Array = np.ndarray[Any, Any]

#: Tensors of fewer numbers share an array: calls of NumPy cost more than copies of so few.
_SMALL = 2**14


class Leaves:
    """Leaves of a graph, read and written as arrays: all Values as one, all small Tensors of one type as one.

    Parameters
    ----------
    nodes
        Values and Tensors, all of them leaves and each given once.
    who
        Whom errors name.

    Attributes
    ----------
    nodes
        The leaves, as given.
    groups
        Which leaves share each array, in its order.

    Examples
    --------
    >>> leaves = Leaves([Value(1.0), Tensor([[2.0, 3.0]]), Value(4.0)], "SGD")
    >>> [array.tolist() for array in leaves.read()]
    [[1.0, 4.0], [2.0, 3.0]]
    >>> leaves.write([np.array([5.0, 6.0]), np.array([7.0, 8.0])])
    >>> [node.data for node in leaves.nodes if isinstance(node, Value)], leaves.nodes[1].data.tolist()
    ([5.0, 6.0], [[7.0, 8.0]])
    """

    def __init__(self, nodes: Sequence[Value] | Sequence[Tensor], who: str) -> None:
        self.nodes = _leaves_from(nodes, who)
        self._who = who
        groups: dict[Any, list[Any]] = {}
        for node in self.nodes:
            tensor = isinstance(node, Tensor)
            key = "values" if not tensor else node.dtype if node.size < _SMALL else node
            groups.setdefault(key, []).append(node)
        self.groups = list(groups.values())

    def read(self) -> list[Array]:
        """The numbers, one flat array a group."""
        return [_flat([each.data for each in group], group) for group in self.groups]

    def gradients(self) -> list[Array]:
        """The gradients, laid out as the numbers are.

        Raises
        ------
        InputValueError
            If one was not computed.
        """
        for each in self.nodes:
            if not each.has_grad:
                raise self._cannot_move(each)
        return [_flat([each.grad for each in group], group) for group in self.groups]

    def parts(self, arrays: Sequence[Array]) -> list[Array]:
        """For each leaf, a Tensor, where its numbers lie in arrays that are laid out likewise."""
        found: dict[Any, Array] = {}
        for group, array in zip(self.groups, arrays, strict=True):
            start = 0
            for node in group:
                found[node] = array[start : start + node.size].reshape(node.shape)
                start += node.size
        return [found[node] for node in self.nodes]

    def write(self, numbers: Sequence[Array]) -> None:
        """Set the leaves to numbers laid out as :meth:`read` gave them; the arrays must not be written to again."""
        for group, array in zip(self.groups, numbers, strict=True):
            if isinstance(group[0], Value):
                for value, number in zip(group, array.tolist(), strict=True):
                    value.data = number
                continue
            start = 0
            for tensor in group:
                end = start + tensor.size
                put(tensor, array[start:end].reshape(tensor.shape))
                start = end

    def write_gradients(self, gradients: Sequence[Array]) -> None:
        """Set the gradients of the leaves."""
        for group, array in zip(self.groups, gradients, strict=True):
            start = 0
            for each in group:
                if isinstance(each, Value):
                    each.grad = float(array[start])
                    start += 1
                else:
                    each.grad = array[start : start + each.size].reshape(each.shape)
                    start += each.size

    def refuse_non_finite(self, gradients: Sequence[Array]) -> None:
        """Raise if a gradient is not finite, and name its parameter."""
        for group, array in zip(self.groups, gradients, strict=True):
            bad = np.flatnonzero(~np.isfinite(array))
            if bad.size:
                ends = np.cumsum([1 if isinstance(each, Value) else each.size for each in group])
                raise self._cannot_move(group[int(np.searchsorted(ends, bad[0], "right"))], array[bad[0]])

    def places(self, chosen: Sequence[Any]) -> list[Array]:
        """For each array True where a number belongs to a chosen leaf."""
        wanted = set(chosen)
        return [
            np.concatenate([np.full(1 if isinstance(each, Value) else each.size, each in wanted) for each in group])
            for group in self.groups
        ]

    def _cannot_move(self, node: Any, number: Any = None) -> InputValueError:
        gradient = f"{self._who}: the gradient of parameter {self.nodes.index(node)}, {describe(node)},"
        if number is None:
            return InputValueError(
                f"{gradient} was not computed; call loss.backward() between zero_grad() and step(), on a loss that "
                "depends on this parameter"
            )
        return InputValueError(
            f"{gradient} is {number}, and a step would spoil the parameter; a smaller learning rate and "
            "standardised inputs usually help"
        )


def _flat(parts: list[Any], group: list[Any]) -> Array:
    if isinstance(group[0], Value):
        return np.array(parts)
    arrays = [np.asarray(each).ravel() for each in parts]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _leaves_from(nodes: Any, who: str) -> list[Any]:
    found = sequence_from(nodes, f"{who}: parameters", f"write {who}(model.parameters(), 0.1)")
    if not found:
        raise InputValueError(f"{who}: there are no parameters to move; write {who}(model.parameters(), 0.1)")
    seen: dict[Any, int] = {}
    for position, each in enumerate(found):
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(
                f"{who}: parameter {position} is {each!r}, not a Value or Tensor; write {who}(model.parameters(), 0.1)"
            )
        if each.op != "leaf":
            raise InputValueError(
                f"{who}: parameter {position}, {describe(each)}, is not a leaf, and only a leaf's data can be "
                "set; make parameters with Value(...)"
            )
        if each in seen:
            raise InputValueError(
                f"{who}: parameter {position}, {describe(each)}, is parameter {seen[each]} already, and would "
                "move twice a step; give each parameter once"
            )
        seen[each] = position
    return found
