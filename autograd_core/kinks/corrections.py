"""Derivatives of derivatives at a kink, as transforms give them: as numbers, and as nodes to be differentiated again.

Where the two sides of a kink agree (:mod:`autograd_core.kinks.rays`), their number takes the place of what the chain
rule makes of the table's values. A graph of nodes stays what it is beside the kink.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.operations import STRUCTURAL, rule_of
from ..array.structural import axes_of
from ..array.tensor import Tensor, array_constant, describe, record
from ..derivatives.push_forward import push_forward
from ..errors import KinkWarning
from ..formulas.formula import evaluate
from ..formulas.rules import PRIMITIVES
from ..scalar.making import apply
from ..scalar.messages import warn_at_users_line
from ..scalar.recording import current_state
from ..scalar.value import Value, constant
from .points import between, irregular
from .rays import agree, derivative_along

__all__ = [
    "AT_A_KINK",
    "AT_ITS_OWN_KINK",
    "corrected",
    "gradient_beside_kinks",
    "guard_kinks",
    "guards_of",
    "tangent_beside_kinks",
    "to_be_differentiated",
]

#: The source of a guard that is no branch of the function's own.
AT_A_KINK = "a kink on the way to a derivative of derivatives"
#: The same, where it is the derivative of the program itself: its value is right there.
AT_ITS_OWN_KINK = "a kink on the way to the program's derivative of derivatives"
#: Up to so many numbers are looked at one by one without ado.
_FEW = 100
#: So many numbers are computed at once.
_AT_ONCE = 2**16


def tangent_beside_kinks(root: Any, direction: Mapping[Any, Any], found: Any, *, warn: bool = True) -> Any:
    """The derivative of a root of a graph of derivatives along a direction.

    Parameters
    ----------
    root
        The node.
    direction
        How fast each node moves.
    found
        What the chain rule found from the values that the table uses at kinks.
    warn
        Whether the caller should hear where that is all that is known.

    Examples
    --------
    >>> x = Value(0.0)
    >>> tangent_beside_kinks(abs(x) * x.sign(), {x: 3.0}, 0.0)
    3.0
    """
    speeds = {each: np.asarray(_number(speed), float)[..., None] for each, speed in direction.items()}
    answer = derivative_along(root, speeds, warn=warn)
    if answer is None:
        return found
    derivative, exists = answer
    return _like(_where_wrong(np.asarray(found)[..., None], derivative, exists)[..., 0], root)


def gradient_beside_kinks(root: Any, inputs: Sequence[Any], found: Sequence[Any], upstream: Any = None) -> list[Any]:
    """The gradient of a root of a graph of derivatives.

    Parameters
    ----------
    root, inputs
        The node, and what it is differentiated by.
    found
        What the chain rule found from the values that the table uses at kinks: a float or an array an input.
    upstream
        The upstream gradient, of the root's shape; 1 if left out.

    Examples
    --------
    >>> x = Value(0.0)
    >>> gradient_beside_kinks(abs(x) * x.sign(), [x], [0.0])
    [1.0]
    """
    weights = np.ones(np.shape(root.data)) if upstream is None else np.asarray(upstream, float)
    flat = np.concatenate([np.ravel(each) for each in found]) if len(found) else np.zeros(0)
    if len(flat) > _FEW and _is_confirmed(root, inputs, flat, weights):
        return list(found)
    right = np.array(flat, float)
    for part, speeds in _axes(inputs):
        answer = derivative_along(root, speeds)
        if answer is None:
            return list(found)
        slopes, exist = _weighted(*answer, weights)
        right[part] = _where_wrong(right[part], slopes, exist)
    return [
        _like(each.reshape(np.shape(given.data)), given)
        for each, given in zip(_split(right, inputs), inputs, strict=True)
    ]


def corrected(node: Any, right: Any) -> Any:
    """A derivative that is a node, with its right number: beside the kink it is what it was.

    >>> x = Value(0.0)
    >>> z = corrected(x * 0.0, 2.0)
    >>> z.data, z.op
    (2.0, 'at_kink')
    """
    if np.array_equal(node.data, right, equal_nan=True):
        return node
    if not np.isfinite(node.data).all():
        return _at_kink(node, _constant(right, node))
    return _at_kink(node, node + _constant(right - node.data, node))


def to_be_differentiated(node: Any, inputs: Sequence[Any]) -> Any:
    """A derivative that is a node, as it can be differentiated by hand: at a kink with its right derivatives.

    Parameters
    ----------
    node
        The derivative.
    inputs
        What it will be differentiated by.

    Examples
    --------
    >>> x = Value(0.0)
    >>> slope = to_be_differentiated(abs(x) * x.sign(), [x])
    >>> slope.backward()
    >>> x.grad
    1.0
    """
    if not irregular([node], inputs):
        return node
    generator = np.random.default_rng(0)
    ray = {each: generator.standard_normal(np.shape(each.data)) for each in inputs}
    if _same(tangent_beside_kinks(node, ray, math.nan), push_forward(node, ray)):
        return node
    size = sum(int(np.size(each.data)) for each in inputs)
    if size > _FEW:
        place = describe(irregular([node], inputs)[0])
        warn_at_users_line(
            f"a derivative by {size} numbers at the kink of {place}, differentiated by hand, gives what the chain rule "
            "makes of the table's value there; write grad(grad(f)), hvp or hessian, which look at both sides",
            KinkWarning,
        )
        return node
    moved: list[tuple[Any, Array, Array, Array]] = []
    for _, speeds in _axes(inputs):
        answer = derivative_along(node, speeds)
        if answer is None:
            return node
        for ray_number in range(answer[0].shape[-1]):
            unit = {each: speed[..., ray_number] for each, speed in speeds.items()}
            found = np.asarray(push_forward(node, unit))
            right = np.where(answer[1][..., ray_number], answer[0][..., ray_number], found)
            [source] = [each for each, speed in unit.items() if speed.any()]
            moved.append((source, unit[source], found, right))
    if all(np.array_equal(found, right, equal_nan=True) for _, _, found, right in moved):
        return node
    finite = all(np.isfinite(found).all() for _, _, found, _ in moved)
    total = node if finite else _constant(node.data, node)  # else what is missing is no number
    for source, unit_vector, found, right in moved:
        missing = right - found if finite else right
        if missing.any():
            total = total + _constant(missing, node) * _distance(source, unit_vector)
    return _at_kink(node, total)


def _is_confirmed(root: Any, inputs: Sequence[Any], found: Array, weights: Array) -> bool:
    """Whether a gradient by many numbers is right along some direction, so that they need not be asked one by one."""
    generator = np.random.default_rng(0)
    ray = generator.standard_normal(len(found))
    speeds = {
        each: part.reshape(*np.shape(each.data), 1) for each, part in zip(inputs, _split(ray, inputs), strict=True)
    }
    answer = derivative_along(root, speeds)
    if answer is None:
        return True
    slopes, exist = _weighted(*answer, weights)
    return bool(exist[0]) and _same(slopes[0], found @ ray)


def _where_wrong(found: Array, derivatives: Array, exist: Array) -> Array:
    """What the chain rule found, which has the last digits right, unless both sides agree on another number."""
    return np.where(exist & ~agree(found, derivatives), derivatives, found)


def _same(one: Any, other: Any) -> bool:
    return bool(np.all(np.isnan(one) | agree(one, other)))


def _weighted(derivatives: Array, exist: Array, weights: Array) -> tuple[Array, Array]:
    """The derivatives of a weighted sum, by directions."""
    weights, axes = weights[..., None], tuple(range(derivatives.ndim - 1))
    return np.sum(np.where(weights != 0.0, weights * derivatives, 0.0), axes), (exist | (weights == 0.0)).all(axes)


def _axes(inputs: Sequence[Any]) -> Iterable[tuple[slice, dict[Any, Array]]]:
    """Unit vectors of all numbers of the inputs, several at once."""
    size = sum(int(np.size(each.data)) for each in inputs)
    count = max(1, _AT_ONCE // max(size, 1))
    for start in range(0, size, count):
        stop = min(start + count, size)
        units = np.zeros((size, stop - start))
        units[np.arange(start, stop), np.arange(stop - start)] = 1.0
        yield (
            slice(start, stop),
            {
                each: part.reshape(*np.shape(each.data), -1)
                for each, part in zip(inputs, _split(units, inputs), strict=True)
            },
        )


def _split(numbers: Array, inputs: Sequence[Any]) -> list[Array]:
    """One array for all inputs as one for each."""
    return np.split(numbers, np.cumsum([int(np.size(each.data)) for each in inputs])[:-1]) if inputs else []


def _number(each: Any) -> Any:
    return each.data if isinstance(each, Value | Tensor) else each


def _like(numbers: Array, node: Any) -> Any:
    return float(numbers) if isinstance(node, Value) else numbers.astype(node.dtype)


def _constant(numbers: Any, node: Any) -> Any:
    return constant(float(numbers)) if isinstance(node, Value) else array_constant(np.asarray(numbers, node.dtype))


def _at_kink(node: Any, number: Any) -> Any:
    return apply("at_kink", node, number)


def _distance(node: Any, unit: Array) -> Any:
    """How far an element of a node is from where it was recorded."""
    if isinstance(node, Value):
        return node - constant(node.data)
    return ((node - array_constant(np.array(node.data))) * unit.astype(node.dtype)).sum()


def guard_kinks(root: Any, inputs: Sequence[Any]) -> None:
    """While a program is recorded, guard it against kinks, and edges of domains, on the way from inputs to a root."""
    branches = current_state().branches
    if branches is not None:
        branches += guards_of([root], inputs, AT_A_KINK)


def guards_of(roots: Iterable[Any], inputs: Sequence[Any], source: str) -> Iterable[tuple[Any, bool, str]]:
    """What holds beside kinks, and inside of domains, on the way from inputs to roots, as branches of a program.

    >>> x = Value(2.0)
    >>> [(node.op, truth) for node, truth, _ in guards_of([abs(x)], [x], AT_A_KINK)]
    [('equal', False)]
    """
    for node in list(between(roots, set(inputs))):
        rule = PRIMITIVES[node.op] if isinstance(node, Value) else rule_of(node._operation)
        if rule is None:
            continue
        if rule.name == "equal" and (axis := _axis_of_extreme(node)) is not None:
            counts = record(STRUCTURAL["sum"], (node,), axis, False)
            yield record(STRUCTURAL["max"], (counts > 1.0,), None, False), False, source
            continue
        names: dict[str, Any] = dict(zip(rule.arguments, node.parents, strict=True)) | {"z": node}
        conditions = [(rule.kink, False)] if rule.name == "pow" else [(rule.kink, False), (rule.domain, True)]
        for condition, truth in conditions:  # that of a power says nothing of those with whole exponents
            if condition is not None:
                holds = evaluate(condition, names, lambda name, arguments: apply(name, *arguments))
                if isinstance(holds, Value):
                    yield holds, truth, source
                elif isinstance(holds, Tensor):  # at no element, or at all
                    yield record(STRUCTURAL["min" if truth else "max"], (holds,), None, False), truth, source


def _axis_of_extreme(node: Any) -> Any:
    """Along which axes a Tensor is compared with its own extremes; None if it is compared with something else.

    That it equals them somewhere is no kink, for it goes on doing so; that it does so twice is one.
    """
    if not isinstance(node, Tensor):
        return None
    x, extreme = node._parents
    if extreme._operation is STRUCTURAL["reshape"]:  # which puts the axes back that a reduction left out
        [extreme] = extreme._parents
    if extreme._operation not in (STRUCTURAL["max"], STRUCTURAL["min"]) or extreme._parents[0] is not x:
        return None
    return axes_of(x.ndim, extreme._options[0])
