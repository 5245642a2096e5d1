"""Round sample points, so that a failure can be read, and functions of the table to use at them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from autograd_core import Value, apply
from autograd_core.formulas.formula import Expression, evaluate
from autograd_core.formulas.rules import OPCODES, Primitive, compute

POINTS = (-2.0, -0.75, 0.35, 0.5, 1.5, 3.0)
#: The lines of the table itself, without what tests add, and without those that have another derivative than their
#: formula, or none, on purpose.
TABLE = tuple(rule for rule in OPCODES if rule.name not in ("stop_gradient", "given", "given_slope"))


def holds(condition: Expression | None, rule: Primitive, point: tuple[float, ...]) -> bool:
    """Whether a condition of the table (a domain or a kink) holds at a point."""
    result = compute(rule.name, list(point))
    bindings = {**dict(zip(rule.arguments, point, strict=True)), "z": result}
    return condition is not None and evaluate(condition, bindings, compute) != 0.0


def smooth_points(rule: Primitive) -> list[tuple[float, ...]]:
    """Sample points in the domain of a primitive, away from its kinks."""
    return [
        point
        for point in itertools.product(POINTS if rule.arity > 1 else (*POINTS, 2.25), repeat=rule.arity)
        if (rule.domain is None or holds(rule.domain, rule, point)) and not holds(rule.kink, rule, point)
    ]


def nodes_of(rule: Primitive) -> int:
    """How many arguments can be nodes; a parameter cannot."""
    return rule.arity if rule.parameter is None else rule.arity - 1


def function_of(rule: Primitive, point: tuple[float, ...]) -> Callable[..., Any]:
    """The primitive as a function of its differentiable arguments; the parameter, if any, is the point's."""
    parameter = point[nodes_of(rule) :]
    return lambda *arguments: apply(rule.name, *arguments, *parameter)


def leaves_at(point: tuple[float, ...]) -> list[Value]:
    """Leaves named x, y, w at a point."""
    return [Value(number, name) for number, name in zip(point, "xyw", strict=False)]
