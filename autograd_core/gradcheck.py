"""The gradient check: reverse mode against finite differences, one row an input, with a verdict a person can use.

A number computed by finite differences comes with an uncertainty, and the verdict compares with that, so that a check
neither passes what it could not have failed nor raises a false alarm at a kink.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .conversion import number_from
from .errors import AutogradError, InputTypeError, InputValueError
from .numeric import Estimate, central_difference
from .recording import no_grad, recording
from .reverse import gradient_magnitudes, gradient_numbers
from .value import Value, describe_node

__all__ = ["COLUMNS", "GradientReport", "GradientRow", "check_gradients"]

#: Rounding of the derivative by reverse mode itself, relative to the sum of its contributions' magnitudes.
_ROUNDING = 1e-12
#: A numeric derivative that is uncertain by more than this part of its size cannot judge anything.
_USELESS = 1e-4
#: Headings of a report.
COLUMNS = ("input", "at", "analytic", "numeric", "error", "uncertainty", "verdict")


@dataclass(frozen=True, slots=True)
class GradientRow:
    """The check of one input.

    Attributes
    ----------
    name
        Label of the input behind its scope, or its name in the function, or its position.
    point
        The input's number.
    analytic
        The derivative by reverse mode.
    numeric
        The derivative by finite differences.
    error
        Their absolute difference.
    uncertainty
        How far `numeric` may be from the true derivative.
    left, right
        One-sided slopes.
    verdict
        ``"ok"``; ``"wrong"``; ``"kink"`` (the one-sided slopes differ, so there is no derivative to compare with);
        ``"not finite"``; ``"unreliable"`` (the numeric derivative is too uncertain to judge).
    """

    name: str
    point: float
    analytic: float
    numeric: float
    error: float
    uncertainty: float
    left: float
    right: float
    verdict: str

    def cells(self) -> tuple[str, ...]:
        """The row as texts, one for each of :data:`COLUMNS`."""
        verdict = self.verdict
        if verdict == "kink":
            slopes = f"slope {self.left:.4g} from the left, {self.right:.4g} from the right"
            verdict = f"kink: {slopes}; the table uses {self.analytic:.4g}"
        return (
            self.name,
            f"{self.point:.4g}",
            f"{self.analytic:.9g}",
            f"{self.numeric:.9g}",
            f"{self.error:.1e}",
            f"{self.uncertainty:.1e}",
            verdict,
        )


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What :func:`check_gradients` found: true if every row is ok, a table when printed."""

    rows: tuple[GradientRow, ...]

    def __bool__(self) -> bool:
        return all(row.verdict == "ok" for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[GradientRow]:
        return iter(self.rows)

    def __str__(self) -> str:
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
        lines = [
            "  ".join(
                cell.ljust(width) if column in (0, len(COLUMNS) - 1) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join([*lines, self.summary])

    @property
    def summary(self) -> str:
        """One line: how many inputs got which verdict."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        inputs = "1 input" if len(self.rows) == 1 else f"{len(self.rows)} inputs"
        return f"{inputs}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def check_gradients(f: Callable[..., Any], *inputs: Any) -> GradientReport:
    """Compare the gradient of `f` by reverse mode with central differences.

    Parameters
    ----------
    f
        A function of Values that returns one Value. It may also use leaves it was not given.
    *inputs
        Where to check: numbers, or leaves. A leaf's data is changed during the check and always put back; so for a
        model, give its parameters and a function that computes the loss with them.

    Returns
    -------
    GradientReport
        One row an input.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no input, an input is neither a number nor a leaf, or `f` does not return a scalar.

    Examples
    --------
    >>> from autograd_core import tanh
    >>> report = check_gradients(lambda w, x: tanh(w * x), 0.5, -1.5)
    >>> bool(report), [row.verdict for row in report]
    (True, ['ok', 'ok'])
    >>> [row.verdict for row in check_gradients(abs, 0.0)]
    ['kink']
    """
    if not callable(f):
        raise InputTypeError(f"check_gradients: {f!r} is not a function; write check_gradients(f, *inputs)")
    if not inputs:
        raise InputValueError("check_gradients: no inputs; give the numbers or leaves to check at")
    leaves = [_leaf(each, position) for position, each in enumerate(inputs)]
    with recording(True):
        output = f(*leaves)
    _number(output)
    analytic = gradient_numbers(output, leaves) if isinstance(output, Value) else [0.0] * len(leaves)
    magnitudes = gradient_magnitudes(output, leaves) if isinstance(output, Value) else [0.0] * len(leaves)
    names = _names(f, leaves)
    return GradientReport(
        tuple(
            _row(name, leaf, derivative, magnitude, _estimate(f, leaves, leaf))
            for name, leaf, derivative, magnitude in zip(names, leaves, analytic, magnitudes, strict=True)
        )
    )


def _leaf(given: Any, position: int) -> Value:
    if not isinstance(given, Value):
        return Value(number_from(given, f"check_gradients: input {position}"))
    if given.op != "leaf":
        raise InputTypeError(
            f"check_gradients: input {position}, {describe_node(given)}, is not a leaf; give the leaves it depends on"
        )
    return given


def _names(f: Callable[..., Any], leaves: list[Value]) -> list[str]:
    try:
        in_signature = [
            parameter.name
            for parameter in inspect.signature(f).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # some built-in functions have no signature
        in_signature = []
    numbered = [f"input {position}" for position in range(len(leaves))]
    fallback = in_signature + numbered[len(in_signature) :]
    return [
        "/".join(filter(None, (leaf.scope, leaf.label))) if leaf.label else name
        for leaf, name in zip(leaves, fallback, strict=False)
    ]


def _estimate(f: Callable[..., Any], leaves: list[Value], leaf: Value) -> Estimate:
    before = leaf.data

    def along_this_input(number: float) -> float:
        leaf.data = number
        return _number(f(*leaves))

    try:
        with no_grad():
            return central_difference(along_this_input, before)
    finally:
        leaf.data = before


def _number(result: Any) -> float:
    if isinstance(result, Value):
        return result.data
    try:
        return number_from(result, "the function's result")
    except AutogradError as error:
        raise InputTypeError(f"check_gradients: {error}; return one Value, such as a sum") from None


def _row(name: str, leaf: Value, analytic: float, magnitude: float, estimate: Estimate) -> GradientRow:
    error = abs(analytic - estimate.value)
    return GradientRow(
        name=name,
        point=leaf.data,
        analytic=analytic,
        numeric=estimate.value,
        error=error,
        uncertainty=estimate.uncertainty,
        left=estimate.left,
        right=estimate.right,
        verdict=_verdict(analytic, magnitude, estimate, error),
    )


def _verdict(analytic: float, magnitude: float, estimate: Estimate, error: float) -> str:
    size = max(abs(analytic), abs(estimate.value))
    if not (math.isfinite(analytic) and math.isfinite(estimate.value)):
        return "not finite"
    if estimate.kink:
        return "kink"
    if error > 2.0 * estimate.uncertainty + _ROUNDING * max(size, magnitude):
        return "wrong"
    if estimate.uncertainty > _USELESS * max(size, _USELESS):
        return "unreliable"
    return "ok"
