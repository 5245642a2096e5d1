"""Where on a recorded graph the trouble of a gradient check comes from: wrong local derivatives, domains.

Each node is checked by itself at the recorded point: its local derivatives against finite differences of its
primitive's formula. So a wrong line of the table is named, and not only seen in a sum over many paths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..formulas.emit import COMPLEX
from ..formulas.printing import to_text
from ..formulas.rules import PRIMITIVES
from ..kinks.points import holds
from ..numeric.finite_differences import Estimate, estimate_derivative, quick_estimate
from ..numeric.rounding_bound import local_rounding
from ..scalar.messages import describe_node
from ..scalar.value import Value

__all__ = ["LocalFault", "domain_in_words", "local_faults", "outside_domain"]


@dataclass(frozen=True, slots=True)
class LocalFault:
    """A node whose recorded local derivative is not that of its primitive.

    Attributes
    ----------
    node, position
        The node, and the position of the parent it is differentiated by.
    recorded
        The local derivative as the table's formula gave it.
    measured
        Finite differences of the primitive's own formula.
    """

    node: Value
    position: int
    recorded: float
    measured: Estimate

    @property
    def parent(self) -> Value:
        """The parent it is differentiated by."""
        return self.node.parents[self.position]

    def __str__(self) -> str:
        rule, measured = PRIMITIVES[self.node.op], self.measured
        return (
            f"{describe_node(self.node)} has the local derivative dz/d{rule.arguments[self.position]} = "
            f"{self.recorded:.9g} at {_point_of(self.node)}, but finite differences of z = {to_text(rule.formula)} "
            f"give {measured.value:.9g} ± {measured.uncertainty:.1e}"
        )


def local_faults(nodes: Sequence[Value]) -> list[LocalFault]:
    """The local derivatives of nodes that finite differences of their primitives contradict, in their order."""
    found = []
    known: dict[tuple[str, int, tuple[float, ...]], Estimate] = {}
    for node in nodes:
        for position, recorded in enumerate(node.local_derivatives):
            if recorded is None:
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
                found.append(LocalFault(node, position, recorded, measured))
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


def outside_domain(nodes: Sequence[Value]) -> list[Value]:
    """The nodes that have no finite result or derivative because they are outside of the domain the table gives."""
    return [
        node
        for node in nodes
        if node.parents
        and not all(map(math.isfinite, (node.data, *(each for each in node.local_derivatives if each is not None))))
        and PRIMITIVES[node.op].domain is not None
        and all(math.isfinite(parent.data) for parent in node.parents)
        and not holds(node, PRIMITIVES[node.op].domain)
    ]


def domain_in_words(node: Value) -> str:
    """Where the primitive of a node that is outside of its domain is differentiable, and where the node is."""
    domain = PRIMITIVES[node.op].domain
    assert domain is not None
    return f"{describe_node(node)} is differentiable where {to_text(domain)}, not at {_point_of(node)}"


def _point_of(node: Value) -> str:
    named = zip(PRIMITIVES[node.op].arguments, node.parents, strict=True)
    return ", ".join(f"{name} = {parent.data:.6g}" for name, parent in named)
