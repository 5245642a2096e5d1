"""The step-size study: the error of each difference formula against its step, from truncation down to round-off."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..derivatives.pull_back import gradient_numbers
from ..errors import InputTypeError, InputValueError, shortened
from ..numerical.elements import put_back
from ..numerical.finite_differences import central_difference, five_point_difference, forward_difference
from ..numerical.ladder import WhereDefined
from ..numerical.replays import Replay
from ..scalar.blocks import no_grad, recording
from ..scalar.conversion import is_one_of
from ..scalar.value import Value
from .inputs import read_inputs

__all__ = ["StepSizeStudy", "step_size_study"]

#: Steps relative to the scale of the point: two a decade.
_RELATIVE_STEPS = tuple(10.0 ** (-k / 2) for k in range(33))
_FORMULAS = {"forward": forward_difference, "central": central_difference, "five-point": five_point_difference}
_COMPLEX = "complex step"


@dataclass(frozen=True, slots=True)
class StepSizeStudy:
    """How far difference quotients are from the derivative, by their step.

    Attributes
    ----------
    point
        Where the derivative was taken.
    derivative
        By reverse mode: what the errors are measured from.
    steps
        The steps h, largest first.
    errors
        For each formula (``"forward"``, ``"central"``, ``"five-point"`` and, where it applies, ``"complex step"``) the
        absolute error at each step; nan where the function is not finite there.
    """

    point: float
    derivative: float
    steps: tuple[float, ...]
    errors: Mapping[str, tuple[float, ...]]

    def best_step(self, formula: str = "central") -> float:
        """The step with the smallest error; for a larger one truncation dominates, for a smaller one round-off."""
        if not is_one_of(formula, self.errors):
            raise InputValueError(
                f"best_step: there is no formula {shortened(formula)}; write {' or '.join(self.errors)}"
            )
        errors = self.errors[formula]
        finite = [position for position, error in enumerate(errors) if math.isfinite(error)]
        return self.steps[min(finite, key=errors.__getitem__)] if finite else math.nan

    def __str__(self) -> str:
        best = {formula: self.best_step(formula) for formula in self.errors}
        lines = [f"{'step':>8}" + "".join(f"{formula:>15}" for formula in self.errors)]
        lines.append("-" * len(lines[0]))
        for position, step in enumerate(self.steps):
            cells = [
                f"{errors[position]:.1e}{' *' if step == best[formula] else '  '}"
                for formula, errors in self.errors.items()
            ]
            lines.append(f"{step:8.1e}" + "".join(f"{cell:>15}" for cell in cells))
        lines.append(
            f"errors of the derivative {self.derivative:.9g} at {self.point:.6g}; * the best step of a formula"
        )
        return "\n".join(lines)


def step_size_study(f: Callable[..., Any], x: Any) -> StepSizeStudy:
    """Measure the error of numeric derivatives against the step size.

    Parameters
    ----------
    f
        A function of one Value that returns one Value.
    x
        A number or a leaf, such as a parameter of a model. Its data is changed meanwhile and always put back.

    Returns
    -------
    StepSizeStudy
        A table when printed.

    Raises
    ------
    InputTypeError, InputValueError
        If `x` is not one number, `f` does not return a scalar, or its derivative at `x` is not finite.

    Notes
    -----
    The truncation error of a formula of order p falls as h to the power p, its round-off grows as 1/h, so the best step
    is about the machine's epsilon to the power 1/(p + 1), on the scale of x: 1e-8, 6e-6 and 7e-4 for the three
    formulas. The complex step subtracts nothing and has no round-off to grow.

    Examples
    --------
    >>> from autograd_core import exp
    >>> study = step_size_study(exp, 1.0)
    >>> study.best_step("forward") < study.best_step("central") < study.best_step("five-point")
    True
    >>> study.errors["complex step"][-1] < 1e-15
    True
    """
    if not callable(f):
        raise InputTypeError(f"step_size_study: {f!r} is not a function; write step_size_study(f, x)")
    [leaf] = read_inputs(f, [x], "step_size_study").arguments
    if not isinstance(leaf, Value):
        raise InputTypeError(f"step_size_study: {x!r} is not one number; give a number or one leaf")
    with recording(True):
        output = f(leaf)
    if not isinstance(output, Value):
        raise InputTypeError(f"step_size_study: the function returned {output!r}; return one Value")
    [derivative] = gradient_numbers(output, [leaf])
    if not math.isfinite(derivative):
        raise InputValueError(f"step_size_study: the derivative at {leaf.data} is {derivative}; choose another point")

    def value(number: float) -> float:
        leaf.data = number
        result: float = f(leaf).data
        return result

    sampled, point = WhereDefined(value), leaf.data
    steps = tuple(max(abs(point), 1.0) * relative for relative in _RELATIVE_STEPS)
    errors = {}
    with put_back([leaf]), no_grad():
        for name, formula in _FORMULAS.items():
            errors[name] = tuple(
                abs(formula(sampled, point, step) - derivative) if point + step != point != point - step else math.nan
                for step in steps
            )
    replay = Replay(output, {leaf: point})
    by_complex_step = [
        _complex_error(replay.at_complex({leaf: complex(point, step)}), derivative, step) for step in steps
    ]
    if not all(map(math.isnan, by_complex_step)):
        errors[_COMPLEX] = tuple(by_complex_step)
    return StepSizeStudy(point, derivative, steps, errors)


def _complex_error(at: complex | None, derivative: float, step: float) -> float:
    return math.nan if at is None else abs(at.imag / step - derivative)
