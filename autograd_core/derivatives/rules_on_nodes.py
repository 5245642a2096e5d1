"""The functions that rules of derivatives are made of, where the derivative is to be a graph itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..array.functions import apply_to_tensors
from ..array.operations import STRUCTURAL, Operation
from ..array.tensor import Tensor, as_tensor, record
from ..formulas.formula import evaluate
from ..formulas.primitives import PRIMITIVES, Primitive

__all__ = ["NODES"]


def _multiply(a: Any, b: Any) -> Any:
    """A product in which a factor that is exactly 0 wins over infinities and nan."""
    return apply_to_tensors(PRIMITIVES["contribution"], a, b)


def _along_edge(rule: Primitive, position: int, g: Any, z: Any, inputs: tuple[Any, ...]) -> Any:
    """Upstream (or tangent) times the local derivative, which is built from the formula of the table."""
    named = list(zip(rule.arguments, inputs, strict=True))
    constants = tuple((name, each.item()) for name, each in named if not each.differentiable and each.ndim == 0)
    formula = rule.partial_given(position, constants)
    local = evaluate(formula, {**dict(named), "z": z}, lambda name, given: apply_to_tensors(PRIMITIVES[name], *given))
    if isinstance(local, float):
        return None if local == 0.0 else g if local == 1.0 else _multiply(g, np.asarray(local, g.dtype))
    return _multiply(g, local)


def _wrapped(operation: Operation) -> Callable[..., Any]:
    """An operation on nodes and arrays, its options behind its operands."""

    def function(*arguments: Any) -> Any:
        given = itertools.takewhile(lambda each: isinstance(each, Tensor | np.ndarray), arguments)
        operands = tuple(as_tensor(each, operation.name) for each in given)
        return record(operation, operands, *arguments[len(operands) :])

    return function


#: The namespace of functions for derivatives that are graphs.
NODES = SimpleNamespace(
    **{name: _wrapped(operation) for name, operation in STRUCTURAL.items()},
    multiply=_multiply,
    divide=lambda a, b: a / b,
    exp=lambda x: apply_to_tensors(PRIMITIVES["exp"], x),
    expm1=lambda x: apply_to_tensors(PRIMITIVES["expm1"], x),
    equal=lambda a, b: apply_to_tensors(PRIMITIVES["equal"], a, b),
    where=lambda c, a, b: apply_to_tensors(PRIMITIVES["where"], c, a, b),
    along_edge=_along_edge,
)
