"""Gradients of graphs of Tensors and Values by some nodes, as arrays or as new nodes; no node's ``grad`` is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly, sum_to_shape
from ..array.operations import CAREFUL, PLAIN
from ..array.reverse import seed_like, show_to_watcher
from ..array.reverse_pass import count_children, zeros_like
from ..array.tensor import OF_VALUES, Tensor, array_constant
from ..array.walks import tensor_order
from ..scalar.conversion import number_from
from ..scalar.value import Value, constant
from ..scalar.walks import order_between, walk_lock
from .pull_back import contribution_node, contribution_number, pull_back
from .rules_on_nodes import NODES

__all__ = ["gradient_arrays", "gradient_nodes", "pull"]


def gradient_arrays(root: Tensor | Value, inputs: Sequence[Any], gradient: Any = None) -> list[Any]:
    """The gradient of a root by some nodes, as plain arrays (floats for Values); no node's ``grad`` is changed.

    Parameters
    ----------
    root
        The node to differentiate.
    inputs
        Tensors and Values.
    gradient
        The upstream gradient, of the root's shape; 1 if left out and the root holds one number.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> [gradient] = gradient_arrays((x * x).sum(), [x])
    >>> gradient.tolist(), x.has_grad
    ([2.0, 4.0], False)
    """
    seed = _seed_of(root, gradient)
    if isinstance(root, Tensor):
        _refuse_changed_arrays(root)
        show_to_watcher(root, seed)
    for f in (PLAIN, CAREFUL):

        def contribution(node: Tensor, position: int, g: Any, f: Any = f) -> Any:
            rules = node._operation.fast if f is PLAIN else node._operation.vjps
            return rules[position](f, g, node._data, *node._inputs, *node._options)

        received = quietly().run(pull, root, inputs, seed, contribution, contribution_number)
        if not any(each is not None and np.isnan(each).any() for each in received):
            break
    return [_own_array(each, given) for each, given in zip(received, inputs, strict=True)]


def gradient_nodes(root: Tensor | Value, inputs: Sequence[Any], gradient: Any = None) -> list[Any]:
    """The gradient of a root by some nodes, as new nodes that can be differentiated again.

    The gradient by a Value through Tensors is a Tensor without axes. For arguments see :func:`gradient_arrays`; the
    upstream gradient may be a node.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> [slope] = gradient_nodes((x**3).sum(), [x])
    >>> slope.sum().backward()
    >>> slope.data.tolist(), x.grad.tolist()
    ([3.0, 12.0], [6.0, 12.0])
    """
    if isinstance(gradient, Tensor | Value):
        seed: Any = gradient
    else:
        number = _seed_of(root, gradient)
        seed = array_constant(number) if isinstance(root, Tensor) else constant(number)
    if isinstance(root, Tensor):
        _refuse_changed_arrays(root)
        show_to_watcher(root, seed._data if isinstance(seed, Tensor) else np.asarray(seed.data))

    def contribution(node: Tensor, position: int, g: Any) -> Any:
        return node._operation.vjps[position](NODES, g, node, *node._parents, *node._options)

    received = pull(root, inputs, seed, contribution, contribution_node)
    return [_zero_like(given) if each is None else each for each, given in zip(received, inputs, strict=True)]


def _refuse_changed_arrays(root: Tensor) -> None:
    with walk_lock:
        count_children(root, forget=False)


def _seed_of(root: Tensor | Value, gradient: Any) -> Any:
    if isinstance(root, Tensor):
        return seed_like(root, gradient)
    return 1.0 if gradient is None else number_from(gradient, "gradient")


def _zero_like(given: Any) -> Any:
    return constant(0.0) if isinstance(given, Value) else array_constant(zeros_like(given._data))


def _own_array(each: Any, given: Any) -> Any:
    """An array that the caller may write to."""
    if isinstance(given, Value):
        return 0.0 if each is None else float(each)
    return np.array(zeros_like(given._data) if each is None else each)


def pull(
    root: Any, inputs: Sequence[Any], seed: Any, contribution: Callable[..., Any], by_value: Callable[..., Any]
) -> list[Any]:
    """What each input receives; None for nothing.

    Parameters
    ----------
    root, inputs, seed
        The node to differentiate, the nodes to differentiate by, and the upstream gradient.
    contribution
        From a Tensor, the position of a parent and the Tensor's upstream gradient to what the parent receives.
    by_value
        The same for a Value; see :func:`autograd_core.derivatives.pull_back.pull_back`.
    """
    values = [each for each in inputs if isinstance(each, Value)]
    if isinstance(root, Value):
        return pull_back(order_between(values, root), inputs, {root: seed}, by_value)
    order, below = tensor_order([root], [each for each in inputs if isinstance(each, Tensor)])

    def by_node(node: Tensor | Value, position: int, g: Any) -> Any:
        if isinstance(node, Value):
            return by_value(node, position, g)
        if not node.parents[position].differentiable:
            return None
        if node._operation is OF_VALUES:
            return g[np.unravel_index(position, g.shape)] if isinstance(g, Tensor) else g.flat[position].item()
        passed_on = contribution(node, position, g)
        return None if passed_on is None else _fitted(passed_on, node._inputs[position])

    return pull_back([*(order_between(values, below) if values else ()), *order], inputs, {root: seed}, by_node)


def _fitted(passed_on: Any, x: Array) -> Any:
    if passed_on.shape != x.shape:
        passed_on = sum_to_shape(passed_on, x.shape)
    return passed_on.astype(x.dtype) if passed_on.dtype != x.dtype else passed_on
