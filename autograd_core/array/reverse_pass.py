"""A backward pass over Tensors: count the children of each node, visit each after all of them, give leaves theirs."""

from __future__ import annotations

import itertools
from math import isnan
from typing import Any

import numpy as np

from ..errors import DataChangedError
from ..scalar.blocks import recording, unchecked
from ..scalar.making import weighted_sum
from ..scalar.messages import unmade
from ..scalar.reverse import backward
from ..scalar.value import Value, constant, is_made
from .arrays import Array, sum_of_squares, sum_to_shape
from .operations import CAREFUL, PLAIN
from .tensor import DROPPED, OF_VALUES, Tensor, describe

__all__ = ["arrived_at_ends", "count_children", "hand_over", "zeros_like"]

# While a pass is under way, a node's mark is the number of the pass, and below that the number of its children that
# are still to be visited. So no pass needs to know what an interrupted one has left behind.
_CHILDREN = 2**32
_pass_numbers = itertools.count(_CHILDREN, _CHILDREN)


def count_children(root: Tensor, forget: bool = True) -> int:
    """Count the children of every node below the root, and look whether their arrays are still those recorded.

    Parameters
    ----------
    root
        Where the pass begins.
    forget
        Whether gradients of an earlier pass are forgotten, where this one will bring others.

    Returns
    -------
    int
        The number of the pass. The mark of a node that waits for n children is that number and n.

    Raises
    ------
    DataChangedError
        If an array was changed in place after it was recorded.
    """
    if not is_made(root):
        raise unmade(root, "Tensor")
    number: int = next(_pass_numbers)
    root._mark = number
    found = [root]
    while found:
        node = found.pop()
        for parent in node._parents:
            mark = parent._mark
            if mark < number:
                if parent._evidence is not None:
                    _refuse_changed(node, parent)
                parent._mark = number + 1
                if parent._differentiable and parent._parents:
                    if forget:
                        parent._grad = None
                    found.append(parent)
            else:
                parent._mark = mark + 1
                if parent._evidence is not None and parent._evidence.replaced:
                    _refuse_changed(node, parent)
    return number


def _refuse_changed(node: Tensor, parent: Tensor) -> None:
    for each, recorded in zip(node._parents, node._inputs, strict=True):
        if each is parent and parent._evidence is not None and parent._evidence.contradicts(recorded):
            raise DataChangedError(
                f"the array of {describe(parent)} was changed in place after it was recorded, so gradients would be "
                "those of other numbers; compute again, or give Tensor a copy of an array that you go on writing to"
            )


def _visit_all(root: Tensor, seed: Array, f: Any, limit: float) -> list[tuple[Tensor, Any]]:
    """Visit every node once all of its children were, and hand on to its parents what they receive from it.

    Parameters
    ----------
    root
        Where the pass begins.
    seed
        The upstream gradient of the root.
    f
        What rules are made of: ``PLAIN`` or ``CAREFUL``, see :mod:`autograd_core.array.operations`.
    limit
        Interior gradients of more elements are not kept.

    Returns
    -------
    list
        Leaves and Tensors of Values, and what has arrived at each (None for nothing).
    """
    number = count_children(root)
    if not root._parents:
        return [(root, seed)]
    arrived: dict[Tensor, Any] = {}
    root._grad = seed
    ready = [root]
    number += 1  # the mark of a node that waits for one child
    while ready:
        node = ready.pop()
        g = node._grad
        rules = node._operation.fast if f is PLAIN else node._operation.vjps
        for position, parent in enumerate(node._parents):
            if not parent._differentiable:
                continue
            passed_on = None if g is None else _passed_on(node, position, rules, f)
            if not parent._parents:
                before = arrived.get(parent)
                arrived[parent] = passed_on if before is None else before if passed_on is None else before + passed_on
                continue
            if passed_on is not None:
                parent._grad = passed_on if parent._grad is None else parent._grad + passed_on
            if parent._mark == number:
                ready.append(parent)
            else:
                parent._mark -= 1
        if g is None:
            node._grad = zeros_like(node._data)
        elif node._data.size > limit:
            node._grad = DROPPED
    return list(arrived.items())


def _passed_on(node: Tensor, position: int, rules: Any, f: Any) -> Any:
    """What a parent receives from a node, in the parent's shape and type; None for nothing."""
    rule, inputs, options = rules[position], node._inputs, node._options
    if options or len(inputs) != 2:
        passed_on = rule(f, node._grad, node._data, *inputs, *options)
    else:  # most; compiled, a call without a tuple of arguments
        passed_on = rule(f, node._grad, node._data, inputs[0], inputs[1])
    if passed_on is None:
        return None
    x = inputs[position]
    if passed_on.shape != x.shape:
        passed_on = sum_to_shape(passed_on, x.shape)
    return passed_on if passed_on.dtype is x.dtype else passed_on.astype(x.dtype)


def arrived_at_ends(root: Tensor, seed: Array, limit: float) -> list[tuple[Tensor, Any]]:
    """What arrives at leaves and Tensors of Values: by plain rules, or by careful ones if a nan does.

    Parameters
    ----------
    root, seed, limit
        Where the pass begins, its upstream gradient, and of how many elements interior gradients are kept.
    """
    ends = _visit_all(root, seed, PLAIN, limit)
    for _, g in ends:
        if g is not None and isnan(sum_of_squares(np.asarray(g))):
            return _visit_all(root, seed, CAREFUL, limit)
    return ends


def hand_over(ends: list[tuple[Tensor, Any]]) -> None:
    """Give each leaf its gradient, and let the scalar pass go on from the Values."""
    weights: list[float] = []
    values: list[Value] = []
    for node, g in ends:
        received = zeros_like(node._data) if g is None else g
        if node._operation is OF_VALUES:
            node._grad = received
            for value, weight in zip(node._options, np.asarray(received).ravel().tolist(), strict=True):
                if value.differentiable:
                    values.append(value)
                    weights.append(weight)
        else:
            node._grad = received if node._grad is None else node._grad + received
    if values:
        # The root of the Values is their sum, each weighted with what it has received: its derivative by each is that.
        with recording(True), unchecked():  # whoever watches has looked at the Values too
            backward(weighted_sum([constant(weight) for weight in weights], values, constant(0.0)))


def zeros_like(z: Array) -> Array:
    """Zeros of an array's shape and type, which take no memory."""
    return np.broadcast_to(np.zeros((), z.dtype), z.shape)
