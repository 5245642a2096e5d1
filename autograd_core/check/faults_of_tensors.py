"""Where on a recorded graph of Tensors the trouble of a gradient check comes from: wrong vjps, domains.

Each node is checked by itself at the recorded point: its vjp, for a random upstream gradient and along a random
direction of an operand, against finite differences of its own forward operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly, sum_to_shape
from ..array.evaluation import in_double, is_elementwise, options_for
from ..array.operations import CAREFUL, PLAIN
from ..array.tensor import OF_VALUES, Tensor, describe
from ..formulas.emit import ARRAY
from ..formulas.printing import to_text
from ..formulas.rules import PRIMITIVES
from ..kinks.points import holds, kink_elements
from ..numeric.finite_differences import Estimate, estimate_derivative

__all__ = ["TensorFault", "domain_of_tensors", "tensor_faults"]

#: A numeric derivative that is uncertain by more than this part of its size accuses nobody.
_USELESS = 1e-4
_TRIALS = 4


@dataclass(frozen=True, slots=True)
class TensorFault:
    """A node whose vjp is not that of its operation.

    Attributes
    ----------
    node, position
        The node, and the position of the operand whose gradient is wrong.
    given
        What the vjp gives along a random direction, for a random upstream gradient.
    measured
        What finite differences of the operation give there.
    """

    node: Tensor
    position: int
    given: float
    measured: Estimate

    @property
    def parent(self) -> Any:
        """The operand."""
        return self.node.parents[self.position]

    def __str__(self) -> str:
        operand = f"operand {self.position}, {describe(self.parent)}" if len(self.node.parents) > 1 else "its operand"
        rule = f", z = {to_text(PRIMITIVES[self.node.op].formula)}," if is_elementwise(self.node) else ""
        return (
            f"{describe(self.node)} has a wrong vjp by {operand}: along a random direction it gives {self.given:.9g}, "
            f"but finite differences of the operation{rule} give "
            f"{self.measured.value:.9g} ± {self.measured.uncertainty:.1e}"
        )


def tensor_faults(nodes: Sequence[Tensor]) -> list[TensorFault]:
    """The vjps of nodes that finite differences of their operations contradict, in their order."""
    return [
        TensorFault(node, position, *found)
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


def domain_of_tensors(node: Tensor) -> str | None:
    """Where an element has no finite result or derivative because it is outside of the domain that the table gives."""
    rule = PRIMITIVES[node.op] if is_elementwise(node) else None
    if rule is None or rule.domain is None:
        return None
    wanted = tuple(position for position, parent in enumerate(node._parents) if parent.differentiable)
    results = quietly().run(rule.kernel(ARRAY, wanted), *node._inputs) if wanted else (node._data,)
    finite = np.logical_and.reduce([np.broadcast_to(np.isfinite(each), node.shape) for each in results])
    given = np.logical_and.reduce([np.broadcast_to(np.isfinite(each), node.shape) for each in node._inputs])
    outside = ~finite & given & ~holds(node, rule.domain)
    if not outside.any():
        return None
    index = tuple(int(each) for each in np.argwhere(outside)[0])
    named = zip(rule.arguments, node._inputs, strict=True)
    place = ", ".join(f"{name} = {np.broadcast_to(each, node.shape)[index]:.6g}" for name, each in named)
    element = f" in element [{', '.join(map(str, index))}]" if index else ""
    return f"{describe(node)} is differentiable where {to_text(rule.domain)}, not at {place}{element}"
