"""Questions about a graph of Values and Tensors, answered by iterative walks: order, ancestors, leaves, staleness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import InputTypeError
from ..scalar.messages import unmade
from ..scalar.value import Value, is_made
from ..scalar.walks import order_between, stale_among
from .tensor import OF_VALUES, Tensor

__all__ = ["ancestors", "leaves", "mixed_order", "stale_nodes", "tensor_order", "topological_order"]


def topological_order(root: Any) -> list[Any]:
    """Every node the root depends on, the root last, each once and after all of its parents.

    The order is that of a depth-first walk that visits parents in order, so it is the same on every run.

    Parameters
    ----------
    root
        A node, or several: Values, and Tensors, which stand behind all Values.

    Returns
    -------
    list of nodes

    Raises
    ------
    InputTypeError
        If something is not a node.

    Notes
    -----
    The walk keeps its own stack, so the depth of a graph has no limit.

    Examples
    --------
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    return order_between((), root) if isinstance(root, Value) else mixed_order(root)


def ancestors(node: Any) -> list[Any]:
    """Every node that `node` depends on, itself not included, in topological order.

    >>> a = Value(2.0, "a")
    >>> [each.op for each in ancestors((a * a).exp())]
    ['leaf', 'mul']
    """
    return topological_order(node)[:-1]


def leaves(root: Any) -> list[Any]:
    """The leaves a root depends on (constants are not among them), in topological order.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [leaf.label for leaf in leaves(2 * b + a * b)]
    ['b', 'a']
    """
    return [node for node in topological_order(root) if node.op == "leaf"]


def stale_nodes(order: Sequence[Any]) -> set[Any]:
    """Nodes whose recorded numbers are not those of the present leaves.

    A leaf's data may have been set after the graph was recorded. Gradients still answer for the recorded point; this
    tells which nodes that concerns.

    Parameters
    ----------
    order
        Nodes in topological order.

    Examples
    --------
    >>> a = Value(2.0)
    >>> z = a * a
    >>> a.data = 3.0
    >>> stale_nodes(topological_order(z)) == {z}
    True
    """
    if not isinstance(order, Sequence) or not all(issubclass(kind, Value | Tensor) for kind in set(map(type, order))):
        raise InputTypeError("stale_nodes: give nodes in topological order; write stale_nodes(topological_order(root))")
    return stale_among(list(order))


def tensor_order(roots: Iterable[Tensor], inputs: Iterable[Tensor] = ()) -> tuple[list[Tensor], list[Value]]:
    """The Tensors on the way from inputs to roots, parents first and the inputs left out; and the Values below them."""
    expanded: set[Tensor] = set()
    done: set[Tensor] = set(inputs)
    order: list[Tensor] = []
    values: dict[Value, None] = {}
    stack = list(roots)[::-1]
    for each in (*stack, *done):
        if not is_made(each):
            raise unmade(each, "Tensor")
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        if node not in expanded:
            expanded.add(node)
            waiting = [parent for parent in node._parents if parent not in done]
            if node._operation is OF_VALUES:
                values.update(dict.fromkeys(node._options))
            if waiting:
                stack.extend(waiting[::-1])
                continue
        done.add(node)
        order.append(node)
        stack.pop()
    return order, list(values)


def mixed_order(root: Any) -> list[Any]:
    """Every node the root (or several) depends on, in topological order: first the Values, then the Tensors."""
    roots = [root] if isinstance(root, Tensor | Value) else list(root) if isinstance(root, Iterable) else [root]
    for each in roots:
        if not isinstance(each, Tensor | Value):
            raise InputTypeError(f"{each!r} is not a node of a graph; give a Value, a Tensor, or several of them")
    tensors, values = tensor_order([each for each in roots if isinstance(each, Tensor)])
    above = [each for each in roots if isinstance(each, Value)]
    return [*order_between((), [*above, *values]), *tensors]
