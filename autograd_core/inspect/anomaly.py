"""The first bad number: which operation made a NaN or an infinity, of what, and where in the user's code.

Nothing here changes a graph. A local derivative that is infinite, as that of sqrt at 0, is an anomaly of the backward
pass only if a gradient other than 0 meets it: a factor that is exactly 0 ends the path (see
docs/decisions/0002-a-path-with-a-zero-factor-ends.md). :func:`diagnose` lists it in any case.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..array.operations import Operation
from ..array.tensor import Tensor
from ..array.walks import leaves, stale_nodes, tensor_order, topological_order
from ..errors import AnomalyError, InputTypeError
from ..formulas.rules import OPCODES, PRIMITIVES, Primitive
from ..program.replay import Replay
from ..scalar.messages import describe_node
from ..scalar.recording import Watcher, watched_by
from ..scalar.value import Value
from ..scalar.walks import order_between
from .advice import advice_on_local_derivative, advice_on_product, advice_on_result, advice_on_sum
from .anomalies import Anomaly, Diagnosis, Findings
from .checked_replay import check_replay
from .cuts import advice_on_cut, is_guard, meet
from .first_bad import backward_anomalies, forward_anomaly, latent_anomalies, seeded_values

__all__ = ["detect_anomaly", "diagnose"]


def detect_anomaly() -> AbstractContextManager[None]:
    """Raise at the first operation that makes a NaN or an infinity, in the forward or in the backward pass.

    Inside the block every node notes where in the user's code it was made (``node.place``), and every result, every
    backward pass and every replay of a program in this thread is checked. A backward pass is checked before it begins,
    so one that raises has changed no gradient. Blocks can be nested.

    A result counts also if ``where`` does not choose it afterwards; what reaches the root, :func:`diagnose` tells.

    Raises
    ------
    AnomalyError
        From the operation, inside the block.

    Notes
    -----
    A local derivative that is infinite where the value is finite (sqrt at 0) passes in the forward pass, and raises in
    the backward pass if a gradient meets it. If what goes in is NaN or infinite already, the error names where that
    came from. The numbers a program is recorded with are examples, and are not checked; those it is replayed on are.

    Examples
    --------
    >>> from autograd_core import log
    >>> x = Value(-1.0, "x")
    >>> try:
    ...     with detect_anomaly():
    ...         log(x * 2)
    ... except AnomalyError as error:
    ...     print(str(error).splitlines()[0])
    ...     print(error.op, error.inputs)
    forward: node without label (log) made nan out of finite numbers, x = -2.0
    log (-2.0,)
    """
    return watched_by(_Checker())


class _Checker(Watcher):
    """Lets nothing pass that is not finite."""

    def node_made(self, node: Value, opcode: int, inputs: tuple[Value, ...]) -> None:
        if not math.isfinite(node.data):
            raise _error(_forward(node, OPCODES[opcode], inputs), all(map(_is_finite, inputs)))

    def backward_begins(self, root: Value, inputs: Sequence[Value] | None) -> None:
        held = {} if inputs is not None else {leaf: leaf.grad for leaf in leaves(root) if math.isfinite(leaf.grad)}
        for anomaly, is_producer in _backward(root, inputs, held):
            raise _error(anomaly, is_producer)

    def tensor_made(self, node: Tensor, operation: Operation, parents: tuple[Tensor, ...]) -> None:
        found = forward_anomaly(node, operation, parents)
        if found is not None:
            raise _error(*found)

    def tensor_backward_begins(self, root: Tensor, seed: Any) -> None:
        for anomaly, is_producer in backward_anomalies(root, seed, held=True):
            raise _error(anomaly, is_producer)
        values = seeded_values(root, seed)
        if values is not None:
            self.backward_begins(values, None)

    def replay_begins(self, replay: Replay) -> None:
        check_replay(replay)


def _error(anomaly: Anomaly, is_producer: bool) -> AnomalyError:
    node = anomaly.node
    return AnomalyError(
        str(anomaly),
        node,
        anomaly.op,
        node.label,
        node.scope,
        anomaly.inputs,
        node.place,
        anomaly.phase,
        is_producer,
    )


def diagnose(root: Value | Tensor) -> Diagnosis:
    """Look for NaNs and infinities in a graph that is already there, and tell where they came from.

    Looks at the numbers, the local derivatives, and the gradients that a backward pass from this root gives; no node
    is changed, and no backward pass need have been made.

    Parameters
    ----------
    root
        The node to differentiate, usually a loss; of a Tensor that holds several numbers, their sum is.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputTypeError
        If the root is not a node.

    Notes
    -----
    A node does not remember the numbers of its leaves. If the data of a leaf was set after the graph was recorded, the
    diagnosis says so beside the node, for the numbers it shows are the present ones.

    Examples
    --------
    >>> from autograd_core import sqrt
    >>> x = Value(0.0, "x")
    >>> diagnosis = diagnose(sqrt(x) + 1)
    >>> bool(diagnosis), bool(diagnosis.data), [each.op for each in diagnosis.gradients.producers]
    (True, False, ['sqrt'])
    """
    if isinstance(root, Tensor):
        return _diagnose_tensors(root)
    if not isinstance(root, Value):
        raise InputTypeError(f"diagnose: {root!r} is not a node; give the Value or Tensor that you computed")
    order = topological_order(root)
    gradients = list(_backward(root, None, {})) if root.differentiable else []
    return Diagnosis(len(order), *_findings(order), _producers_and_others(reversed(gradients)))


def _diagnose_tensors(root: Tensor) -> Diagnosis:
    tensors, values = tensor_order([root])
    below = order_between((), values)
    numbers, local = _findings(below)
    made = [found for node in tensors if (found := forward_anomaly(node, node._operation, node.parents)) is not None]
    latent = [found for node in tensors for found in latent_anomalies(node)]
    gradients: list[tuple[Anomaly, bool]] = []
    if root.differentiable:
        seed = np.ones(root.shape, root.dtype)
        gradients += backward_anomalies(root, seed, held=False)
        summed = seeded_values(root, seed)
        gradients += [] if summed is None else _backward(summed, None, {})
    return Diagnosis(
        len(below) + len(tensors),
        numbers + _producers_and_others(made),
        local + _producers_and_others(latent),
        _producers_and_others(reversed(gradients)),
    )


def _producers_and_others(anomalies: Iterable[tuple[Anomaly, bool]]) -> Findings:
    found = list(anomalies)
    producers = tuple(anomaly for anomaly, is_producer in found if is_producer)
    return Findings(producers, len(found) - len(producers))


def _findings(order: Sequence[Value]) -> tuple[Findings, Findings]:
    """Findings among the numbers of nodes and among their local derivatives."""
    numbers: list[Anomaly] = []
    local: list[Anomaly] = []
    numbers_passed_on = local_passed_on = 0
    for node in order:
        if not _is_finite(node):
            if all(map(_is_finite, node.parents)):
                numbers.append(_given(node) if not node.parents else _forward(node, PRIMITIVES[node.op], node.parents))
            else:
                numbers_passed_on += 1
        for position, derivative in enumerate(node.local_derivatives):
            if derivative is not None and not math.isfinite(derivative):
                if all(map(_is_finite, node.parents)):
                    local.append(_latent(node, position, derivative))
                else:
                    local_passed_on += 1
    return Findings(tuple(numbers), numbers_passed_on), Findings(tuple(local), local_passed_on)


# --- what happened --------------------------------------------------------------------------------------------------


def _is_finite(node: Value) -> bool:
    return math.isfinite(node.data)


def _named(rule: Primitive, numbers: Sequence[float]) -> str:
    return ", ".join(f"{name} = {number!r}" for name, number in zip(rule.arguments, numbers, strict=True))


def _name(node: Value, op: str) -> str:
    """How a message names a node whose op it may not tell itself."""
    return describe_node(node).replace("(constant", f"({op}", 1) if node.op == "constant" else describe_node(node)


def _stale(node: Value) -> str:
    return " (a leaf was set after this was recorded: its number is the present one)" if stale_nodes([node]) else ""


def _given(node: Value) -> Anomaly:
    what = f"{describe_node(node)} was given as {node.data!r}"
    return Anomaly("forward", node, node.op, (), node.data, what, "look for where this number came from")


def _forward(node: Value, rule: Primitive, inputs: tuple[Value, ...]) -> Anomaly:
    numbers = tuple(each.data for each in inputs)
    if all(map(math.isfinite, numbers)):
        what = f"made {node.data!r} out of finite numbers, {_named(rule, numbers)}{_stale(node)}"
    else:
        what = f"passes on {node.data!r}, made of {_named(rule, numbers)}{_came_from(inputs)}"
    advice = advice_on_result(rule, numbers, node.data)
    what = f"{_name(node, rule.name)} {what}"
    return Anomaly("forward", node, rule.name, numbers, node.data, what, advice)


def _came_from(inputs: Sequence[Value]) -> str:
    """Where the first number among the inputs that is not finite came from: the producer, at the start of its chain."""
    bad = next(each for each in inputs if not _is_finite(each))
    for node in topological_order(bad):
        if not _is_finite(node) and all(map(_is_finite, node.parents)):
            if not node.parents:
                return f"; {describe_node(node)} was given as {node.data!r}"
            numbers = _named(PRIMITIVES[node.op], [parent.data for parent in node.parents])
            place = "" if node.place is None else f", at {node.place}"
            return f"; {describe_node(node)} made {node.data!r} out of {numbers}{place}"
    return ""  # every chain starts with a producer, except if a leaf was set since


def _latent(node: Value, position: int, derivative: float) -> Anomaly:
    rule = PRIMITIVES[node.op]
    numbers = tuple(parent.data for parent in node.parents)
    parent = describe_node(node.parents[position])
    what = (
        f"that of {describe_node(node)} by {parent} is {derivative!r} at {_named(rule, numbers)}"
        f"{_stale(node)}; harmless until a gradient meets it"
    )
    advice = advice_on_local_derivative(rule, position, numbers)
    return Anomaly("local derivative", node, node.op, numbers, derivative, what, advice)


def _backward(
    root: Value, inputs: Sequence[Value] | None, held: Mapping[Value, float]
) -> Iterator[tuple[Anomaly, bool]]:
    """The anomalies of a backward pass, in the order in which it meets them; beside each whether it is a producer.

    The chain rule of :mod:`autograd_core.scalar.reverse`, on numbers of its own.

    Parameters
    ----------
    root
        The node to differentiate.
    inputs
        The nodes to differentiate by; None for all leaves.
    held
        Gradients to which those of the pass are added.
    """
    order = order_between(inputs or (), root)
    reached: set[Value] | None = None
    if inputs is not None:
        reached = set(inputs)
        for node in order:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
    gradients = dict(held)
    gradients[root] = gradients.get(root, 0.0) + 1.0
    smooth: set[Value] = set()  # what has received a 0 that no guard made
    for node in reversed(order):
        smoothly = node in gradients or node in smooth
        upstream = gradients.pop(node, 0.0)
        if upstream == 0.0 and not smoothly:
            continue
        for position, (parent, local) in enumerate(zip(node.parents, node.local_derivatives, strict=True)):
            if local is None or (reached is not None and parent not in reached):
                continue
            if upstream == 0.0 or local == 0.0:
                cut, passes_zero = meet(upstream, local, smoothly, _is_guard(node, position))
                if cut:
                    yield _cut(node, position, upstream, local), True
                elif passes_zero:
                    smooth.add(parent)
                continue
            before, contribution = gradients.get(parent, 0.0), upstream * local
            gradients[parent] = before + contribution
            if not math.isfinite(contribution):
                finite_in = math.isfinite(upstream) and all(map(_is_finite, node.parents))
                yield _product(node, position, upstream, local, contribution, finite_in), finite_in
            elif math.isfinite(before) and not math.isfinite(before + contribution):
                yield _sum(parent, before, contribution), True


def _is_guard(node: Value, position: int) -> bool:
    parents = node.parents
    return is_guard(PRIMITIVES[node.op], position, lambda k: parents[k].op if parents[k].differentiable else "constant")


def _cut(node: Value, position: int, upstream: float, local: float) -> Anomaly:
    rule, parents = PRIMITIVES[node.op], node.parents
    numbers = tuple(parent.data for parent in parents)
    what = (
        f"{describe_node(node)} passes nothing to {describe_node(parents[position])}, for a factor is 0, but the other "
        f"is not finite: upstream gradient {upstream!r} times local derivative {local!r} at {_named(rule, numbers)}"
        f"{_stale(node)}; the gradient lacks this path"
    )
    advice = advice_on_cut(rule, position, numbers, local)
    return Anomaly("backward", node, node.op, (upstream, local), math.nan, what, advice)


def _product(
    node: Value, position: int, upstream: float, local: float, contribution: float, finite_in: bool
) -> Anomaly:
    rule, parents = PRIMITIVES[node.op], node.parents
    numbers = tuple(parent.data for parent in parents)
    what = (
        f"{describe_node(node)} passes {contribution!r} to {describe_node(parents[position])}: "
        f"upstream gradient {upstream!r} times local derivative {local!r} at {_named(rule, numbers)}"
    )
    if not math.isfinite(upstream):
        advice = ""
    elif math.isfinite(local):
        advice = advice_on_product()
    elif finite_in:
        what, advice = what + _stale(node), advice_on_local_derivative(rule, position, numbers)
    else:
        what, advice = what + _came_from(parents), "look for where the number that went in came from"
    return Anomaly("backward", node, node.op, (upstream, local), contribution, what, advice)


def _sum(node: Value, before: float, contribution: float) -> Anomaly:
    total = before + contribution
    what = f"the gradient of {describe_node(node)} becomes {total!r}: {before!r} + {contribution!r}"
    return Anomaly("backward", node, node.op, (before, contribution), total, what, advice_on_sum())
