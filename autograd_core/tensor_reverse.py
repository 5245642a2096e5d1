"""Reverse mode over graphs of Tensors and Values.

No Value has a Tensor among its parents, so the pass first visits all Tensors, here, and then hands on to the scalar
pass (:mod:`autograd_core.reverse`) what the Values at their lower end have received.

A factor that is exactly 0 ends its path, as for Values (docs/decisions/0002). Whole arrays are multiplied plainly
nevertheless, and only if a nan arrives at an end of the graph, the pass is run again carefully. That loses nothing:
every rule is made of sums of products. Where a plain product differs from a careful one, it is 0 times an infinity or
nan, so it is nan; a nan in a sum or in a product stays nan, until a careful rule drops it too. So an end that receives
no nan has received what the careful pass gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .arrays import Array, quietly, sum_to_shape
from .conversion import number_from, real_array
from .errors import InputTypeError, InputValueError
from .graph import order_between, walk_lock
from .nodes import NODES
from .operations import CAREFUL, PLAIN
from .recording import current_state
from .reverse import contribution_node, contribution_number, pull_back
from .tensor import OF_VALUES, Tensor, array_constant, describe
from .tensor_pass import arrived_at_ends, count_children, hand_over, zeros_like
from .value import Value, constant, is_made, unmade

__all__ = ["gradient_arrays", "gradient_nodes", "mixed_order", "pull", "tensor_backward", "tensor_order"]

#: Interior gradients of more elements than this are not kept, unless asked for.
LARGE = 2**16


def tensor_backward(root: Tensor, gradient: Any = None, *, keep_interior: bool | None = None) -> None:
    """Compute the gradient of a Tensor with respect to every node it depends on, Values included.

    As for Values, gradients of interior nodes are set afresh, those of leaves are added to what they hold.

    Parameters
    ----------
    root
        The node to differentiate: a Tensor that holds one number, unless `gradient` is given.
    gradient
        The upstream gradient, of the root's shape.
    keep_interior
        Whether the gradients of nodes that are not leaves are kept to be looked at. By default those of up to 65,536
        elements are; larger ones are freed as the pass goes on.

    Raises
    ------
    InputTypeError
        If the root is a constant, so that there is nothing to differentiate.
    InputValueError
        If the root holds several numbers and no `gradient` is given, or one of another shape.
    DataChangedError
        If an array was changed in place after it was recorded.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> tensor_backward((x * x).sum())
    >>> x.grad.tolist()
    [2.0, 4.0]
    """
    if not root.differentiable:
        raise InputTypeError(
            "backward: the root is a constant (it depends on no leaf, or was computed under no_grad), "
            "so it has no gradient; compute it from Tensors, outside of no_grad"
        )
    seed = _seed(root, gradient)
    _show_to_watcher(root, seed)
    limit = LARGE if keep_interior is None else np.inf if keep_interior else -1
    with walk_lock:
        ends = quietly().run(arrived_at_ends, root, seed, limit)
    hand_over(ends)


def _show_to_watcher(root: Tensor, seed: Array) -> None:
    watcher = current_state().watcher
    if watcher is not None:
        watcher.tensor_backward_begins(root, seed)


def _seed(root: Tensor, gradient: Any) -> Array:
    if gradient is None:
        if root.size != 1:
            raise InputValueError(
                f"backward: {describe(root)} holds {root.size} numbers, and only a scalar has a gradient; "
                "sum it first, or give the upstream gradient: backward(gradient=...)"
            )
        return np.array(1.0, root.dtype).reshape(root.shape)
    if isinstance(gradient, Tensor | Value):
        raise InputTypeError("backward: the upstream gradient is a plain array; write its data")
    seed = np.array(real_array(gradient, "backward: gradient"), dtype=root.dtype)
    if seed.shape != root.shape:
        raise InputValueError(f"backward: the upstream gradient has shape {seed.shape}, {describe(root)} {root.shape}")
    return seed


# --- walks over both kinds of nodes ---------------------------------------------------------------------------------


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


# --- the same rules without touching any node -----------------------------------------------------------------------


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
        _show_to_watcher(root, seed)
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
        _show_to_watcher(root, seed._data if isinstance(seed, Tensor) else np.asarray(seed.data))

    def contribution(node: Tensor, position: int, g: Any) -> Any:
        return node._operation.vjps[position](NODES, g, node, *node._parents, *node._options)

    received = pull(root, inputs, seed, contribution, contribution_node)
    return [_zero_like(given) if each is None else each for each, given in zip(received, inputs, strict=True)]


def _refuse_changed_arrays(root: Tensor) -> None:
    with walk_lock:
        count_children(root, forget=False)


def _seed_of(root: Tensor | Value, gradient: Any) -> Any:
    if isinstance(root, Tensor):
        return _seed(root, gradient)
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
        The same for a Value; see :func:`autograd_core.reverse.pull_back`.
    """
    value_inputs = [each for each in inputs if isinstance(each, Value)]
    received: dict[Any, Any] = {root: seed}
    seeds: dict[Value, Any] = {root: seed} if isinstance(root, Value) else {}
    order: list[Tensor] = []
    if isinstance(root, Tensor):
        tensor_inputs = [each for each in inputs if isinstance(each, Tensor)]
        order, _ = tensor_order([root], tensor_inputs)
        reached = set(tensor_inputs)
    for node in order:
        if (node._operation is OF_VALUES and value_inputs) or any(parent in reached for parent in node._parents):
            reached.add(node)
    for node in reversed(order):
        g = received.get(node)
        if g is None or node not in reached:
            continue
        if node not in tensor_inputs:
            del received[node]
        if node._operation is OF_VALUES:
            _seed_values(node, g, seeds)
            continue
        for position, parent in enumerate(node._parents):
            if parent in reached and parent._differentiable:
                passed_on = contribution(node, position, g)
                if passed_on is not None:
                    passed_on = _fitted(passed_on, node._inputs[position])
                    received[parent] = received[parent] + passed_on if parent in received else passed_on
    if seeds and value_inputs:
        found = pull_back(seeds, value_inputs, None, by_value)
        received.update({each: g for each, g in zip(value_inputs, found, strict=True) if g is not None})
    return [received.get(each) for each in inputs]


def _fitted(passed_on: Any, x: Array) -> Any:
    if passed_on.shape != x.shape:
        passed_on = sum_to_shape(passed_on, x.shape)
    return passed_on.astype(x.dtype) if passed_on.dtype != x.dtype else passed_on


def _seed_values(node: Tensor, g: Any, seeds: dict[Value, Any]) -> None:
    """Hand what a Tensor of Values has received to each of them: numbers, or nodes if it is one."""
    flat = g.reshape(-1) if isinstance(g, Tensor) else np.asarray(g).ravel().tolist()
    for position, value in enumerate(node._options):
        if value.differentiable:
            passed_on = flat[position]
            seeds[value] = seeds[value] + passed_on if value in seeds else passed_on
