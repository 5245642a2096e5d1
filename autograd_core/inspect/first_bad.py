"""The first bad number of a graph: which operation made a NaN or an infinity (in a Tensor: at which element), of what.

Element by element, and for Values, the table can answer; for operations on whole arrays the message shows the ranges
of what went in. The search goes along Values as floats and along Tensors as arrays; what it found is told in the same
words, a Value being an array without axes. Telling takes longer than finding, so it waits until it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from typing import Any, TypeAlias

import numpy as np

from ..array.arrays import Array, all_finite, quietly, sum_to_shape
from ..array.operations import Operation, rule_of
from ..array.tensor import OF_VALUES, Tensor, describe
from ..array.walks import tensor_order, topological_order
from ..derivatives.edges import local_derivatives, passed_on
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.value import Value
from ..scalar.walks import order_between
from .advice import (
    advice_on_cut,
    advice_on_local_derivative,
    advice_on_product,
    advice_on_result,
    advice_on_sum,
    factors,
    is_guard,
    meet,
    named,
)
from .anomalies import Anomaly

__all__ = ["Found", "backward_anomalies", "forward_anomaly", "latent_anomalies"]

#: Whether the bad number was made of finite ones, and what tells it.
Found: TypeAlias = tuple[bool, Callable[[], Anomaly]]

_WHERE_FROM = "look for where the number that went in came from"


def forward_anomaly(node: Any, operation: Any = None, parents: Sequence[Any] | None = None) -> Found | None:
    """What is not finite in a result; None if all is.

    Parameters
    ----------
    node
        The result, a Value or a Tensor.
    operation, parents
        What it was computed by (of a Value: the primitive) and from; under ``no_grad`` the node does not tell.
    """
    if _finite(node.data):
        return None
    parents = node.parents if parents is None else parents
    if not parents:
        return True, partial(_given, node)
    if operation is None:
        operation = PRIMITIVES[node.op] if isinstance(node, Value) else node._operation
    inputs = _operands(node) or [parent.data for parent in parents]
    is_producer = _made_of_finite(node.data, inputs, isinstance(node, Tensor) and rule_of(operation) is not None)
    return is_producer, partial(_forward, node, operation, parents, inputs, is_producer)


def latent_anomalies(order: Iterable[Any]) -> Iterator[Found]:
    """Local derivatives that are not finite, of Values and of operations that work element by element."""
    for node in order:
        if isinstance(node, Value):
            derivatives: Sequence[Any] = node.local_derivatives
        else:
            derivatives = [local_derivatives(node, position) for position in range(len(node._parents))]
        for position, local in enumerate(derivatives):
            if local is not None and not _finite(local):
                is_producer = _made_of_finite(local, _operands(node), isinstance(node, Tensor))
                yield is_producer, partial(_latent, node, position, local, is_producer)


def backward_anomalies(root: Any, seed: Any, *, inputs: Sequence[Value] | None = None, held: bool) -> Iterator[Found]:
    """The anomalies of a backward pass, in the order in which it meets them.

    The chain rule of the reverse passes, on numbers of its own.

    Parameters
    ----------
    root
        The node to differentiate.
    seed
        Its upstream gradient: 1.0 for a Value, for a Tensor an array of its shape.
    inputs
        The Values to differentiate by; None for all leaves.
    held
        Whether the pass adds to the gradients that leaves hold.
    """
    tensors, ends = tensor_order([root]) if isinstance(root, Tensor) else ([], [root])
    values = order_between(inputs or (), ends)
    received: dict[Any, Any] = {}
    if held:
        order: list[Any] = [*values, *tensors]
        received = {each: each.grad for each in order if each.op == "leaf" and each.has_grad and _finite(each.grad)}
    received[root] = _plus(received.get(root), seed)
    smooth: dict[Any, Any] = {}  # where a node has received a 0 that no guard made
    for node in reversed(tensors):
        if node in received:
            yield from _through_tensor(node, received, smooth)
    yield from _through_values(values, inputs, received, smooth)


# --- the pass -------------------------------------------------------------------------------------------------------


def _through_values(
    order: list[Value], inputs: Sequence[Value] | None, received: dict[Any, Any], smooth: dict[Any, Any]
) -> Iterator[Found]:
    reached: set[Value] | None = None
    if inputs is not None:
        reached = set(inputs)
        for node in order:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
    for node in reversed(order):
        smoothly = node in received or node in smooth
        upstream = received.pop(node, 0.0)
        if upstream == 0.0 and not smoothly:
            continue
        for position, (parent, local) in enumerate(zip(node.parents, node.local_derivatives, strict=True)):
            if local is None or (reached is not None and parent not in reached):
                continue
            if upstream == 0.0 or local == 0.0:
                cut, passes_zero = meet(upstream, local, smoothly, _is_guard(node, position))
                if cut:
                    yield True, partial(_cut, node, position, upstream, local, cut)
                elif passes_zero:
                    smooth[parent] = True
                continue
            before, contribution = received.get(parent, 0.0), upstream * local
            received[parent] = before + contribution
            if not math.isfinite(contribution):
                finite_in = math.isfinite(upstream) and all(map(_finite, _operands(node)))
                yield finite_in, partial(_product, node, position, upstream, local, finite_in)
            elif math.isfinite(before) and not math.isfinite(before + contribution):
                yield True, partial(_sum, parent, before, contribution)


def _through_tensor(node: Tensor, received: dict[Any, Any], smooth: dict[Any, Any]) -> Iterator[Found]:
    g = received[node]
    upstream, smoothly = np.broadcast_to(g, node.shape), smooth.get(node, np.zeros(node.shape, bool))
    if node._operation is OF_VALUES:
        yield from _into_values(node._options, upstream.ravel().tolist(), smoothly.ravel().tolist(), received, smooth)
    for position, parent in enumerate(node._parents):
        contribution = passed_on(node, position, g) if parent.differentiable else None
        if contribution is None:
            continue
        before = received.get(parent)
        received[parent] = _plus(before, contribution)
        local = local_derivatives(node, position)
        if local is None:
            zero = passed_on(node, position, smoothly.astype(node.dtype)) if smoothly.any() else None
        else:
            cut, zero = meet(upstream, local, smoothly, _is_guard(node, position))
            if cut.any():
                yield True, partial(_cut, node, position, upstream, local, cut)
        if zero is not None and zero.any():
            arrived = sum_to_shape(zero.astype(node.dtype), parent.shape) if zero.shape != parent.shape else zero
            smooth[parent] = smooth.get(parent, False) | (arrived != 0.0)
        if not all_finite(contribution):
            yield _array_product(node, position, upstream, local, contribution)
        elif before is not None and all_finite(before) and not all_finite(received[parent]):
            yield True, partial(_sum, parent, before, contribution)


def _into_values(
    values: Sequence[Value],
    numbers: list[float],
    smoothly: list[bool],
    received: dict[Any, Any],
    smooth: dict[Any, Any],
) -> Iterator[Found]:
    for value, number, is_smooth in zip(values, numbers, smoothly, strict=True):
        if value.differentiable and number != 0.0:
            before = received.get(value, 0.0)
            received[value] = before + number
            if math.isfinite(before) and math.isfinite(number) and not math.isfinite(before + number):
                yield True, partial(_sum, value, before, number)
        elif value.differentiable and is_smooth:
            smooth[value] = True


def _array_product(node: Tensor, position: int, upstream: Array, local: Array | None, contribution: Array) -> Found:
    finite_in = all_finite(upstream) and all(map(all_finite, node._inputs))
    if local is None:
        return finite_in, partial(_whole_product, node, position, upstream, contribution, finite_in)
    product, culprits = _multiplied(upstream, local)
    if not culprits.any():  # finite one by one, and not when what was broadcast is added up
        return finite_in, partial(_broadcast_product, node, position, contribution)
    index, _ = _first(culprits, product)
    is_producer = all(map(math.isfinite, (upstream[index], *_numbers_at(node, index))))
    return is_producer, partial(_product, node, position, upstream, local, is_producer)


def _multiplied(upstream: Any, local: Any) -> tuple[Any, Any]:
    """A product, and where it is not finite and no factor of exactly 0 ends it."""
    product = quietly().run(np.multiply, upstream, local)
    return product, ~np.isfinite(product) & (np.asarray(local) != 0.0) & (np.asarray(upstream) != 0.0)


def _made_of_finite(numbers: Any, inputs: Sequence[Any], by_element: bool) -> bool:
    if all(map(_finite, inputs)):
        return True
    return by_element and bool((~np.isfinite(numbers) & _all_finite_at(inputs, numbers.shape)).any())


def _is_guard(node: Any, position: int) -> bool:
    rule, parents = _rule(node), node.parents
    return is_guard(rule, position, lambda k: parents[k].op if parents[k].differentiable else "constant")


def _plus(before: Any, contribution: Any) -> Any:
    return contribution if before is None else quietly().run(np.add, before, contribution)


def _rule(node: Any) -> Any:
    return PRIMITIVES[node.op] if isinstance(node, Value) else rule_of(node._operation)


def _operands(node: Any) -> Sequence[Any]:
    """The numbers that went in: of a Tensor those recorded, of a Value those that its parents hold now."""
    if isinstance(node, Value):
        return [parent.data for parent in node.parents]
    return [node._data] if node._operation is OF_VALUES else node._inputs


def _finite(numbers: Any) -> bool:
    return math.isfinite(numbers) if isinstance(numbers, float) else all_finite(numbers)


# --- what happened --------------------------------------------------------------------------------------------------


def _given(node: Any) -> Anomaly:
    bad = ~np.isfinite(node.data)
    index, number = _first(bad, node.data)
    what = f"{describe(node)} was given as {number!r}{_at(index)}{_others(bad)}"
    return Anomaly("forward", node, node.op, (), number, what, "look for where this number came from")


def _forward(
    node: Any, operation: Primitive | Operation, parents: Sequence[Any], inputs: Sequence[Any], is_producer: bool
) -> Anomaly:
    rule = operation if isinstance(operation, Primitive) else rule_of(operation)
    bad = ~np.isfinite(node.data)
    finite_in = _all_finite_at(inputs, bad.shape) if is_producer and rule else True
    index, result = _first(bad & finite_in, node.data)
    numbers = _numbers_at(node, index, inputs) if rule else ()
    what = describe(node).replace("(constant", f"({operation.name}", 1) if node.op == "constant" else describe(node)
    if is_producer:
        what += f" made {result!r} out of finite numbers, {named(rule, numbers) if rule else _ranges(inputs)}"
        advice = advice_on_sum() if math.isinf(result) else ""
    else:
        made_of = f", made of {named(rule, numbers)}" if rule else f", of {_ranges(inputs)}"
        what += f" passes on {result!r}{'' if operation is OF_VALUES else made_of}"
        advice = _WHERE_FROM
    what += f"{_at(index)}{_others(bad)}{_stale(node) if is_producer else _came_from(parents)}"
    if rule:
        advice = advice_on_result(rule, numbers, result)
    return Anomaly("forward", node, operation.name, numbers, result, what, advice)


def _came_from(parents: Sequence[Any]) -> str:
    """Where the first parent that is not finite has that from: the producer, at the start of its chain."""
    bad = next((each for each in parents if not _finite(each.data)), None)
    for node in () if bad is None else topological_order(bad):
        found = forward_anomaly(node)
        if found is not None and found[0]:
            what, place = found[1]().what, "" if node.place is None else f", at {node.place}"
            if isinstance(node, Value):
                what, place = what.replace("out of finite numbers, ", "out of "), place if node.parents else ""
            return f"; {what}{place}"
    return ""  # every chain starts with a producer, except if a leaf was set since


def _latent(node: Any, position: int, local: Any, is_producer: bool) -> Anomaly:
    bad = ~np.isfinite(local)
    index, number = _first(bad & _all_finite_at(_operands(node), bad.shape) if is_producer else bad, local)
    rule, numbers = _rule(node), _numbers_at(node, index)
    what = (
        f"that of {describe(node)} by {describe(node.parents[position])} is {number!r} at {named(rule, numbers)}"
        f"{_at(index)}{_others(bad)}{_stale(node)}; harmless until a gradient meets it"
    )
    advice = advice_on_local_derivative(rule, position, numbers)
    return Anomaly("local derivative", node, node.op, numbers, number, what, advice)


def _cut(node: Any, position: int, upstream: Any, local: Any, cut: Any) -> Anomaly:
    index, number = _first(cut, upstream)
    rule, numbers, slope = _rule(node), _numbers_at(node, index), _number(local, index)
    what = (
        f"{describe(node)} passes nothing to {describe(node.parents[position])}, for a factor is 0, but the other "
        f"is not finite: {factors(rule, numbers, number, slope)}"
        f"{_at(index)}{_others(cut)}{_stale(node)}; the gradient lacks this path"
    )
    advice = advice_on_cut(rule, position, numbers, slope)
    return Anomaly("backward", node, node.op, (number, slope), math.nan, what, advice)


def _product(node: Any, position: int, upstream: Any, local: Any, is_producer: bool) -> Anomaly:
    product, culprits = _multiplied(upstream, local)
    index, contribution = _first(culprits, product)
    rule, numbers = _rule(node), _numbers_at(node, index)
    number, slope = _number(upstream, index), _number(local, index)
    what = (
        f"{describe(node)} passes {contribution!r} to {describe(node.parents[position])}: "
        f"{factors(rule, numbers, number, slope)}{_at(index)}{_others(culprits)}"
    )
    if not math.isfinite(number):
        advice = ""
    elif math.isfinite(slope):
        advice = advice_on_product()
    elif is_producer:
        what, advice = what + _stale(node), advice_on_local_derivative(rule, position, numbers)
    else:
        what, advice = what + (_came_from(node.parents) if isinstance(node, Value) else ""), _WHERE_FROM
    return Anomaly("backward", node, node.op, (number, slope), contribution, what, advice)


def _broadcast_product(node: Tensor, position: int, contribution: Array) -> Anomaly:
    index, number = _first(~np.isfinite(contribution), contribution)
    parent = describe(node._parents[position])
    what = f"{describe(node)} passes {number!r} to {parent}{_at(index)}: a sum over what was broadcast"
    return Anomaly("backward", node, node.op, (), number, what, advice_on_sum())


def _whole_product(node: Tensor, position: int, g: Any, contribution: Array, finite_in: bool) -> Anomaly:
    bad = ~np.isfinite(contribution)
    index, number = _first(bad, contribution)
    what = (
        f"{describe(node)} passes {number!r} to {describe(node._parents[position])}{_at(index)}{_others(bad)}: "
        f"upstream gradient {_range(g)}, at {_ranges(node._inputs)}"
    )
    advice = advice_on_product() if finite_in and math.isinf(number) else "" if finite_in else _WHERE_FROM
    return Anomaly("backward", node, node.op, (), number, what, advice)


def _sum(node: Any, before: Any, contribution: Any) -> Anomaly:
    total = _plus(before, contribution)
    index, number = _first(~np.isfinite(total), total)
    pair = (_number(before, index), _number(contribution, index))
    what = f"the gradient of {describe(node)} becomes {number!r}{_at(index)}: {pair[0]!r} + {pair[1]!r}"
    return Anomaly("backward", node, node.op, pair, number, what, advice_on_sum())


# --- places in arrays; a Value has one, () --------------------------------------------------------------------------


def _first(bad: Any, numbers: Any) -> tuple[tuple[int, ...], float]:
    index = tuple(int(each) for each in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return index, _number(numbers, index)


def _number(numbers: Any, index: tuple[int, ...]) -> float:
    return float(np.asarray(numbers)[index])


def _numbers_at(node: Any, index: tuple[int, ...], inputs: Sequence[Any] | None = None) -> tuple[float, ...]:
    shape, inputs = np.shape(node.data), _operands(node) if inputs is None else inputs
    return tuple(float(np.broadcast_to(each, shape)[index]) for each in inputs)


def _all_finite_at(inputs: Sequence[Any], shape: tuple[int, ...]) -> Array:
    return reduce(np.logical_and, map(np.isfinite, inputs), np.ones(shape, bool))


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


def _others(bad: Any) -> str:
    count = int(bad.sum()) - 1
    return "" if not count else f" (and at {count} other place{'s' * (count > 1)})"


def _stale(node: Any) -> str:
    stale = isinstance(node, Value) and node.differs_from_parents()
    return " (a leaf was set after this was recorded: its number is the present one)" if stale else ""
