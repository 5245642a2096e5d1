"""The first bad number in graphs of Tensors: which element of which operation, made of what.

The same questions as for Values (:mod:`autograd_core.inspect.anomaly`). Element by element the table can answer them;
for operations on whole arrays the message shows the ranges of what went in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array, all_finite, quietly, sum_to_shape
from ..array.operations import CAREFUL, Operation, rule_of
from ..array.tensor import OF_VALUES, Tensor, describe
from ..array.walks import tensor_order
from ..derivatives.edges import local_derivatives
from ..formulas.rules import Primitive
from ..scalar.making import weighted_sum
from ..scalar.recording import recording, unchecked
from ..scalar.value import Value, constant
from .advice import advice_on_local_derivative, advice_on_product, advice_on_result, advice_on_sum
from .anomalies import Anomaly
from .cuts import advice_on_cut, is_guard, meet

__all__ = ["backward_anomalies", "forward_anomaly", "latent_anomalies", "seeded_values"]

_WHERE_FROM = "look for where the number that went in came from"


def forward_anomaly(node: Tensor, operation: Operation, parents: Sequence[Any]) -> tuple[Anomaly, bool] | None:
    """What is not finite in a result, and whether the operation made it out of finite numbers; None if all is.

    Parameters
    ----------
    node
        The result.
    operation, parents
        What it was computed by and from; under ``no_grad`` the node does not tell.
    """
    data = node.data
    if all_finite(data):
        return None
    bad = ~np.isfinite(data)
    if not parents:
        index, result = _first(bad, data)
        what = f"{describe(node)} was given as {result!r}{_at(index)}{_others(bad)}"
        advice = "look for where this number came from"
        return Anomaly("forward", node, node.op, (), result, what, advice), True
    if operation is OF_VALUES:
        index, result = _first(bad, data)
        what = f"{describe(node)} passes on {result!r}{_at(index)}{_others(bad)}{_came_from(parents)}"
        return Anomaly("forward", node, node.op, (), result, what, _WHERE_FROM), False
    rule = rule_of(operation)
    inputs = [parent.data for parent in parents]
    finite_in = np.broadcast_to(_all_finite_at(inputs, data.shape) if rule else all(map(all_finite, inputs)), bad.shape)
    is_producer = bool((bad & finite_in).any())
    index, result = _first(bad & finite_in if is_producer else bad, data)
    numbers = _numbers_at(inputs, data.shape, index) if rule else ()
    made_of = _named(rule, numbers) if rule else _ranges(inputs)
    made = f"made {result!r} out of finite numbers, {made_of}" if is_producer else f"passes on {result!r}, of {made_of}"
    source = "" if is_producer else _came_from(parents)
    what = f"{_name(node, operation)} {made}{_at(index)}{_others(bad)}{source}"
    if rule:
        advice = advice_on_result(rule, numbers, result)
    else:
        advice = advice_on_sum() if is_producer and math.isinf(result) else "" if is_producer else _WHERE_FROM
    return Anomaly("forward", node, operation.name, numbers, result, what, advice), is_producer


def latent_anomalies(node: Tensor) -> Iterator[tuple[Anomaly, bool]]:
    """Local derivatives that are not finite, of an operation that works element by element."""
    rule = rule_of(node._operation)
    if rule is None:
        return
    for position, parent in enumerate(node._parents):
        local = local_derivatives(node, position)
        if local is not None:
            bad = ~np.isfinite(local)
            if bad.any():
                finite_in = _all_finite_at(node._inputs, local.shape)
                is_producer = bool((bad & finite_in).any())
                index, number = _first(bad & finite_in if is_producer else bad, local)
                numbers = _numbers_at(node._inputs, local.shape, index)
                what = (
                    f"that of {describe(node)} by {describe(parent)} is {number!r} at {_named(rule, numbers)}"
                    f"{_at(index)}{_others(bad)}; harmless until a gradient meets it"
                )
                advice = advice_on_local_derivative(rule, position, numbers)
                yield Anomaly("local derivative", node, node.op, numbers, number, what, advice), is_producer


def backward_anomalies(root: Tensor, seed: Any, *, held: bool) -> Iterator[tuple[Anomaly, bool]]:
    """The anomalies of a backward pass over Tensors; beside each whether it is a producer.

    Parameters
    ----------
    root
        The node to differentiate.
    seed
        Its upstream gradient, an array of its shape.
    held
        Whether the pass adds to the gradients that leaves hold.
    """
    received = _received_by_leaves(root) if held else {}
    smooth: dict[Tensor, Any] = {}  # where a node has received a 0 that no guard made
    for node, position, before, passed_on in _contributions(root, seed, received):
        parent = node._parents[position]
        cut = _note_cut(node, position, received[node], smooth)
        if cut is not None:
            yield cut, True
        if not all_finite(passed_on):
            yield _product(node, position, received[node], passed_on)
        elif before is not None and all_finite(before) and not all_finite(received[parent]):
            yield _sum(parent, before, passed_on), True


def seeded_values(root: Tensor, seed: Any) -> Value | None:
    """The root that the pass over Values begins with: their sum, each weighted with what it receives."""
    received: dict[Tensor, Any] = {}
    for _ in _contributions(root, seed, received):
        pass
    weights: dict[Value, float] = {}
    for node, g in received.items():
        if node._operation is OF_VALUES:
            for value, weight in zip(node._options, np.asarray(g).ravel().tolist(), strict=True):
                if value.differentiable:
                    weights[value] = weights.get(value, 0.0) + weight
    if not weights:
        return None
    with recording(True), unchecked():
        return weighted_sum([constant(weight) for weight in weights.values()], list(weights), constant(0.0))


# --- the pass -------------------------------------------------------------------------------------------------------


def _received_by_leaves(root: Tensor) -> dict[Tensor, Any]:
    order, _ = tensor_order([root])
    return {each: each.grad for each in order if each.op == "leaf" and each.has_grad and all_finite(each.grad)}


def _contributions(root: Tensor, seed: Any, received: dict[Tensor, Any]) -> Iterator[tuple[Tensor, int, Any, Any]]:
    """Each contribution: the node and the position of the parent, what that had received before, and the contribution.

    Children come first. `received` is filled with the gradients of all nodes.
    """
    order, _ = tensor_order([root])
    received[root] = _plus(received.get(root), seed)
    for node in reversed(order):
        if node not in received:
            continue
        for position, parent in enumerate(node._parents):
            passed_on = _passed_on(node, position, received[node]) if parent.differentiable else None
            if passed_on is not None:
                before = received.get(parent)
                received[parent] = _plus(before, passed_on)
                yield node, position, before, passed_on


def _plus(before: Any, passed_on: Any) -> Any:
    return passed_on if before is None else quietly().run(np.add, before, passed_on)


def _passed_on(node: Tensor, position: int, g: Any) -> Any:
    rule = node._operation.vjps[position]
    passed_on = quietly().run(rule, CAREFUL, g, node._data, *node._inputs, *node._options)
    shape = node._inputs[position].shape
    if passed_on is None or passed_on.shape == shape:
        return passed_on
    return quietly().run(sum_to_shape, passed_on, shape)


def _product(node: Tensor, position: int, g: Any, passed_on: Any) -> tuple[Anomaly, bool]:
    rule, inputs, parent = rule_of(node._operation), node._inputs, node._parents[position]
    finite_in = all_finite(np.asarray(g)) and all(map(all_finite, inputs))
    bad = ~np.isfinite(passed_on)
    if rule is None:
        index, number = _first(bad, passed_on)
        what = f"{describe(node)} passes {number!r} to {describe(parent)}{_at(index)}{_others(bad)}: upstream gradient "
        what += f"{_range(np.asarray(g))}, at {_ranges(inputs)}"
        advice = advice_on_product() if finite_in and math.isinf(number) else "" if finite_in else _WHERE_FROM
        return Anomaly("backward", node, node.op, (), number, what, advice), finite_in
    local: Array = local_derivatives(node, position)
    upstream = np.broadcast_to(g, node.shape)
    product = quietly().run(np.multiply, upstream, local)
    culprits = ~np.isfinite(product) & (local != 0.0) & (upstream != 0.0)
    if not culprits.any():  # finite one by one, and not when what was broadcast is added up
        index, number = _first(bad, passed_on)
        what = f"{describe(node)} passes {number!r} to {describe(parent)}{_at(index)}: a sum over what was broadcast"
        return Anomaly("backward", node, node.op, (), number, what, advice_on_sum()), finite_in
    index, number = _first(culprits, product)
    numbers, upstream_number, local_number = _numbers_at(inputs, node.shape, index), upstream[index], local[index]
    what = (
        f"{describe(node)} passes {number!r} to {describe(parent)}: upstream gradient {float(upstream_number)!r} times "
        f"local derivative {float(local_number)!r} at {_named(rule, numbers)}{_at(index)}{_others(culprits)}"
    )
    is_producer = bool(np.isfinite(upstream_number)) and all(map(math.isfinite, numbers))
    if not np.isfinite(upstream_number):
        advice = ""
    elif np.isfinite(local_number):
        advice = advice_on_product()
    else:
        advice = advice_on_local_derivative(rule, position, numbers) if is_producer else _WHERE_FROM
    pair = (float(upstream_number), float(local_number))
    return Anomaly("backward", node, node.op, pair, number, what, advice), is_producer


def _note_cut(node: Tensor, position: int, g: Any, smooth: dict[Tensor, Any]) -> Anomaly | None:
    """What was cut off on the way to a parent, though a factor is infinite; and note what 0 the parent receives."""
    rule, parent = rule_of(node._operation), node._parents[position]
    upstream = np.broadcast_to(g, node.shape)
    smoothly = smooth.get(node, np.zeros(node.shape, bool))
    if rule is None:
        if smoothly.any():
            arrived = _passed_on(node, position, smoothly.astype(node.dtype))
            if arrived is not None:
                smooth[parent] = smooth.get(parent, False) | (arrived != 0.0)
        return None
    makers = [each.op if each.differentiable else "constant" for each in node._parents]
    local = local_derivatives(node, position)
    if local is None:
        return None
    cut, zero = meet(upstream, local, smoothly, is_guard(rule, position, makers.__getitem__))
    if zero.any():
        arrived = sum_to_shape(zero.astype(node.dtype), parent.shape) if zero.shape != parent.shape else zero
        smooth[parent] = smooth.get(parent, False) | (arrived != 0.0)
    if not cut.any():
        return None
    index, _ = _first(cut, cut)
    numbers, pair = _numbers_at(node._inputs, node.shape, index), (float(upstream[index]), float(local[index]))
    what = (
        f"{describe(node)} passes nothing to {describe(parent)}, for a factor is 0, but the other is not finite: "
        f"upstream gradient {pair[0]!r} times local derivative {pair[1]!r} at {_named(rule, numbers)}{_at(index)}"
        f"{_others(cut)}; the gradient lacks this path"
    )
    return Anomaly("backward", node, node.op, pair, math.nan, what, advice_on_cut(rule, position, numbers, pair[1]))


def _sum(node: Tensor, before: Any, passed_on: Any) -> Anomaly:
    total = _plus(before, passed_on)
    index, number = _first(~np.isfinite(total), total)
    pair = (float(before[index]), float(passed_on[index]))
    what = f"the gradient of {describe(node)} becomes {number!r}{_at(index)}: {pair[0]!r} + {pair[1]!r}"
    return Anomaly("backward", node, node.op, pair, number, what, advice_on_sum())


# --- words ----------------------------------------------------------------------------------------------------------


def _first(bad: Array, data: Any) -> tuple[tuple[int, ...], float]:
    index = tuple(int(each) for each in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return index, float(np.asarray(data)[index])


def _all_finite_at(inputs: Sequence[Array], shape: tuple[int, ...]) -> Array:
    found = np.ones(shape, bool)
    for each in inputs:
        found &= np.isfinite(each)
    return found


def _numbers_at(inputs: Sequence[Array], shape: tuple[int, ...], index: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(float(np.broadcast_to(each, shape)[index]) for each in inputs)


def _named(rule: Primitive, numbers: Sequence[float]) -> str:
    return ", ".join(f"{name} = {number!r}" for name, number in zip(rule.arguments, numbers, strict=True))


def _ranges(inputs: Sequence[Array]) -> str:
    return ", ".join(f"shape {each.shape} {_range(each)}" for each in inputs)


def _range(array: Array) -> str:
    if not array.size:
        return "without numbers"
    if np.isnan(array).any():
        return "with nan"
    low, high = float(np.min(array)), float(np.max(array))
    return f"of {low:.6g}" if low == high else f"from {low:.6g} to {high:.6g}"


def _at(index: tuple[int, ...]) -> str:
    return f", at [{', '.join(map(str, index))}]" if index else ""


def _others(bad: Array) -> str:
    count = int(bad.sum()) - 1
    return "" if not count else f" (and at {count} other place{'s' * (count > 1)})"


def _name(node: Tensor, operation: Operation) -> str:
    named = describe(node)
    return named.replace("(constant", f"({operation.name}", 1) if node.op == "constant" else named


def _came_from(parents: Sequence[Any]) -> str:
    """Where what is not finite came from: the first producer on the way."""
    tensors, values = tensor_order([each for each in parents if isinstance(each, Tensor)])
    for value in (*values, *(each for each in parents if isinstance(each, Value))):
        if not math.isfinite(value.data):
            return "; it came from a Value: diagnose(root) tells which"
    for node in tensors:
        found = forward_anomaly(node, node._operation, node._parents)
        if found is not None and found[1]:
            place = "" if node.place is None else f", at {node.place}"
            return f"; {found[0].what}{place}"
    return ""
