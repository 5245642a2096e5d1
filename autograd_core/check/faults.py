"""Where on a recorded graph the trouble of a gradient check comes from: wrong derivatives of nodes, and domains.

Each node is checked by itself at the recorded point, against finite differences of its own formula or operation. So a
wrong line of the table or a wrong rule is named, and not only seen in a sum over many paths.

That is measured in two ways. Of a Value it is one local derivative of a function of a few numbers, measured once for
all nodes that have the same numbers, so that a graph of many thousand nodes takes no time. Of a Tensor it is a vjp, in
both of its writings, for a random upstream gradient and along a random direction; one number of its Jacobian at a time
would be as many measurements as the array has numbers, and for each Value this way takes more than ten times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly, sum_to_shape
from ..array.operations import CAREFUL, PLAIN
from ..array.tensor import OF_VALUES, Tensor, describe
from ..formulas.emit import ARRAY, COMPLEX
from ..formulas.formula import Expression
from ..formulas.printing import to_text
from ..formulas.rules import PRIMITIVES
from ..kinks.points import holds, kink_elements
from ..numerical.evaluation import in_double, is_elementwise, options_for
from ..numerical.finite_differences import Estimate, estimate_derivative, quick_estimate
from ..numerical.rounding_bound import local_rounding
from ..scalar.value import Value

__all__ = ["Fault", "faults_of", "outside_domain"]

#: A numeric derivative that is uncertain by more than this part of its size accuses nobody.
_USELESS = 1e-4
_TRIALS = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A node with a wrong derivative by an operand.

    Attributes
    ----------
    node, position
        The node, and the position of the operand.
    given
        The recorded local derivative of a Value; of a Tensor, what the vjp gives along a random direction, for a random
        upstream gradient.
    measured
        What finite differences of the node's own formula or operation give.
    """

    node: Any
    position: int
    given: float
    measured: Estimate

    @property
    def parent(self) -> Any:
        """The operand."""
        return self.node.parents[self.position]

    def __str__(self) -> str:
        node, measured = self.node, self.measured
        formula = f"z = {to_text(PRIMITIVES[node.op].formula)}" if _of_the_table(node) else ""
        if isinstance(node, Value):
            argument, place = PRIMITIVES[node.op].arguments[self.position], _place(node, ())
            what, of = f"the local derivative dz/d{argument} = {self.given:.9g} at {place}", formula
        else:
            operand = f"operand {self.position}, {describe(self.parent)}" if len(node.parents) > 1 else "its operand"
            what = f"a wrong vjp by {operand}: along a random direction it gives {self.given:.9g}"
            of = f"the operation, {formula}," if formula else "the operation"
        differences = f"{measured.value:.9g} ± {measured.uncertainty:.1e}"
        return f"{describe(node)} has {what}, but finite differences of {of} give {differences}"


def _of_the_table(node: Any) -> bool:
    return isinstance(node, Value) or is_elementwise(node)


def faults_of(nodes: Sequence[Any]) -> list[Fault]:
    """The derivatives of nodes that finite differences contradict; of Values first, and in the order of the nodes."""
    values = _faults_of_values(node for node in nodes if isinstance(node, Value))
    return [*values, *_faults_of_tensors(node for node in nodes if isinstance(node, Tensor))]


# --- one local derivative of a Value ----------------------------------------------------------------------------------


def _faults_of_values(nodes: Iterable[Value]) -> list[Fault]:
    found = []
    known: dict[tuple[str, int, tuple[float, ...]], Estimate] = {}
    for node in nodes:
        for position, recorded in enumerate(node.local_derivatives):
            if recorded is None or node.op in ("given", "given_slope"):  # which have no formula to be compared with
                continue
            measured = _measured(node, position, known)
            if not math.isfinite(measured.value):  # nothing can be measured at the edge of a domain, or at infinity
                continue
            rounding = local_rounding(node, position)
            agrees = abs(recorded - measured.value) <= 2.0 * measured.uncertainty + rounding
            says_little = measured.uncertainty > 1e-5 * abs(measured.value)
            if measured.kink or (agrees and not says_little):
                continue
            # No step fits a sine of a huge number; the formula on complex numbers does.
            sharp = _by_complex_step(node, position)
            if not agrees if sharp is None else abs(recorded - sharp) > rounding + 1e-9 * abs(sharp):
                found.append(Fault(node, position, recorded, measured))
    return found


def _measured(node: Value, position: int, known: dict[tuple[str, int, tuple[float, ...]], Estimate]) -> Estimate:
    numbers = tuple(parent.data for parent in node.parents)
    key = node.op, position, numbers
    if key not in known:
        kernel = PRIMITIVES[node.op].kernel()

        def moved(number: float) -> float:
            result: float = kernel(*numbers[:position], number, *numbers[position + 1 :])
            return result

        quick = quick_estimate(moved, numbers[position], moved(numbers[position]))
        certain = quick is not None and quick.uncertainty < 1e-9 * abs(quick.value)
        known[key] = quick if quick and certain else estimate_derivative(moved, numbers[position])
    return known[key]


def _by_complex_step(node: Value, position: int) -> float | None:
    numbers: list[complex] = [parent.data for parent in node.parents]
    step = 1e-20 * min(abs(numbers[position]) or 1.0, 1.0)  # small beside a period of sin, and beside a small number
    if step == 0.0:
        return None
    numbers[position] += 1j * step
    try:
        result: complex = PRIMITIVES[node.op].kernel(COMPLEX)(*numbers)
    except (ArithmeticError, ValueError):
        return None
    return result.imag / step


# --- a vjp of a Tensor ------------------------------------------------------------------------------------------------


def _faults_of_tensors(nodes: Iterable[Tensor]) -> list[Fault]:
    return [
        Fault(node, position, *found)
        for node in nodes
        if node.parents and node._operation is not OF_VALUES
        for position, parent in enumerate(node._parents)
        if parent.differentiable and (found := quietly().run(_contradiction, node, position)) is not None
    ]


def _contradiction(node: Tensor, position: int) -> tuple[float, Estimate] | None:
    """What a vjp gives and what was measured, if they differ by more than their uncertainties."""
    generator = np.random.default_rng(0)
    operation, options = node._operation, options_for(node, float)
    inputs = [in_double(each) for each in node._inputs]
    x = inputs[position]
    z = np.asarray(operation.forward(*inputs, *options))
    direction = generator.uniform(0.5, 1.0, x.shape) * generator.choice((-1.0, 1.0), x.shape) * _sizes_of(x)
    seen = np.isfinite(z) & ~np.broadcast_to(kink_elements(node), z.shape)
    upstream = np.where(seen, generator.uniform(0.5, 1.5, z.shape) * generator.choice((-1.0, 1.0), z.shape), 0.0)

    def moved(s: float) -> float:
        there = [*inputs[:position], x + s * direction, *inputs[position + 1 :]]
        try:
            result = operation.forward(*there, *options)
        except np.linalg.LinAlgError:
            return np.nan
        return float(np.sum(np.where(seen, upstream * result, 0.0)))

    measured = estimate_derivative(moved, 0.0)
    if measured.kink or not np.isfinite(measured.value):
        return None
    for f, rules in ((PLAIN, operation.fast), (CAREFUL, operation.vjps)):

        def contributions(g: Array, z: Array, inputs: Sequence[Array], f: Any = f, rules: Any = rules) -> Array:
            found = rules[position](f, g, z, *inputs, *options)
            fitted = np.zeros(x.shape) if found is None else np.asarray(sum_to_shape(np.asarray(found), x.shape), float)
            product: Array = fitted * direction
            return product

        given = contributions(upstream, z, inputs)
        if not np.isfinite(given).all():
            continue
        size = float(np.sum(abs(given)))
        rounding = _rounding(contributions, given, (upstream, z, inputs), generator)
        allowed = 2.0 * measured.uncertainty + rounding + 1e-12 * size
        useful = measured.uncertainty <= _USELESS * max(abs(measured.value), abs(float(np.sum(given))))
        if useful and abs(float(np.sum(given)) - measured.value) > allowed:
            return float(np.sum(given)), measured
    return None


def _sizes_of(x: Array) -> Array:
    """For each number its own size or a typical one, whichever is larger."""
    sizes = abs(np.where(np.isfinite(x), x, 0.0))
    larger: Array = np.fmax(sizes, np.median(sizes[sizes != 0.0]) if sizes.any() else 1.0)
    return larger


def _rounding(
    contributions: Callable[..., Array], given: Array, at: tuple[Array, Array, list[Array]], generator: Any
) -> float:
    """How far the sum of contributions moves if each number that goes in is moved by a few units in its last place."""

    def moved(array: Array) -> Array:
        error = 4.0 * np.finfo(float).eps * generator.uniform(-1.0, 1.0, array.shape)
        return array * (1.0 + error) if array.dtype.kind == "f" else array

    upstream, z, inputs = at
    found = [contributions(moved(upstream), z, [moved(each) for each in inputs]) for _ in range(_TRIALS)]
    changes = [abs(float(np.sum(each - given))) for each in found if np.isfinite(each).all()]
    return 4.0 * max(changes, default=0.0)


# --- domains ----------------------------------------------------------------------------------------------------------


def outside_domain(node: Any) -> str | None:
    """Where a node has no finite result or derivative because it is outside of the domain that the table gives."""
    if not node.parents or not _of_the_table(node) or (domain := PRIMITIVES[node.op].domain) is None:
        return None
    index = _first_value_outside(node, domain) if isinstance(node, Value) else _first_element_outside(node, domain)
    if index is None:
        return None
    element = f" in element [{', '.join(map(str, index))}]" if index else ""
    return f"{describe(node)} is differentiable where {to_text(domain)}, not at {_place(node, index)}{element}"


def _first_value_outside(node: Value, domain: Expression) -> tuple[int, ...] | None:
    results = (node.data, *(each for each in node.local_derivatives if each is not None))
    if all(map(math.isfinite, results)) or not all(math.isfinite(parent.data) for parent in node.parents):
        return None
    return None if holds(node, domain) else ()


def _first_element_outside(node: Tensor, domain: Expression) -> tuple[int, ...] | None:
    wanted = tuple(position for position, parent in enumerate(node._parents) if parent.differentiable)
    kernel = PRIMITIVES[node.op].kernel(ARRAY, wanted)
    results = quietly().run(kernel, *node._inputs) if wanted else (node._data,)
    finite = np.logical_and.reduce([np.broadcast_to(np.isfinite(each), node.shape) for each in results])
    given = np.logical_and.reduce([np.broadcast_to(np.isfinite(each), node.shape) for each in node._inputs])
    outside = np.argwhere(~finite & given & ~holds(node, domain))
    return tuple(outside[0].tolist()) if len(outside) else None


def _place(node: Any, index: tuple[int, ...]) -> str:
    """The numbers of a node's operands, in one of its elements."""
    operands = [each.data for each in node.parents] if isinstance(node, Value) else node._inputs
    named = zip(PRIMITIVES[node.op].arguments, operands, strict=True)
    return ", ".join(f"{name} = {np.broadcast_to(each, np.shape(node.data))[index]:.6g}" for name, each in named)
