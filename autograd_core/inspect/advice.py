"""What usually helps against a NaN or an infinity, read from the table: formulas and numbers in, sentences out.

And which cuts are guards. A factor that is exactly 0 ends its path
(docs/decisions/0002-a-path-with-a-zero-factor-ends.md). Where the 0 says that something was not chosen, by ``where``,
``maximum``, ``relu``, a comparison or a constant factor 0, nothing is lost: it is a guard. Where a smooth function has
the slope 0 by chance, as z**2 has at 0, and an infinity meets it, as in sqrt(x)**2 at 0, the product has no value, and
the gradient lacks what the path contributes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..formulas.emit import COMPARISONS
from ..formulas.formula import Apply, Expression, Number, Variable, evaluate, substitute
from ..formulas.primitives import ARGUMENTS, Primitive, compute
from ..formulas.printing import to_text
from ..formulas.rules import PRIMITIVES

__all__ = [
    "advice_on_cut",
    "advice_on_local_derivative",
    "advice_on_product",
    "advice_on_result",
    "advice_on_sum",
    "factors",
    "is_guard",
    "meet",
    "named",
    "with_numbers",
]

_CHOICES = {"where", "maximum", "minimum", *COMPARISONS}
_LARGEST = "1.8e308"
_STEP_ASIDE = 1e-9


def advice_on_result(rule: Primitive, arguments: Sequence[float], result: float) -> str:
    """Why a primitive gave a NaN or an infinity, and what usually helps.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> print(advice_on_result(PRIMITIVES["log"], [-1.0], math.nan))
    log(x) is finite where x > 0, and here x = -1: keep the arguments there (clamp them with maximum or minimum), \
or write where(condition, a, b) with such arguments in the branch that is not chosen too
    """
    if not all(map(math.isfinite, arguments)):
        if math.isnan(result) and not any(map(math.isnan, arguments)):
            return f"{with_numbers(rule.formula, rule, arguments)} has no value; find out where the infinity came from"
        return "look for where the number that went in came from"
    if not _in_domain(rule, arguments) and (math.isnan(result) or _finite_nearby(rule, arguments)):
        return _outside_of_domain(rule, arguments, "finite")
    culprit = None if rule.is_intrinsic else _first_bad_part(rule, arguments)
    if culprit is not None and culprit != rule.formula:
        text = f"{to_text(culprit)}, a part of its formula {to_text(rule.formula)}, is not finite here"
        return f"{text}; write the formula so that its parts stay finite"
    return (
        f"overflow: the result is larger than any float ({_LARGEST}); scale the numbers down, "
        "or compute with logarithms (softplus, logaddexp and sigmoid do not overflow)"
    )


def advice_on_local_derivative(rule: Primitive, position: int, arguments: Sequence[float]) -> str:
    """Why a local derivative is not finite though its arguments are, and what usually helps.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> print(advice_on_local_derivative(PRIMITIVES["sqrt"], 0, [0.0]).split(":")[0])
    dz/dx = 0.5 / z with z = 0; sqrt(x) is differentiable where x > 0, and here x = 0
    """
    formula = f"dz/d{rule.arguments[position]} = {to_text(rule.partials[position])}"
    z = compute(rule.name, list(arguments))
    if not _in_domain(rule, arguments):
        return f"{formula} with z = {_short(z)}; {_outside_of_domain(rule, arguments, 'differentiable')}"
    return f"{formula} with z = {_short(z)} is larger than any float ({_LARGEST}); scale the numbers down"


def advice_on_product() -> str:
    """What helps where an upstream gradient times a local derivative overflows."""
    return (
        f"overflow: gradients explode, their product is larger than any float ({_LARGEST}); "
        "scale the result down, or take smaller weights or fewer factors"
    )


def advice_on_sum() -> str:
    """What helps where finite contributions add up to an infinity."""
    return f"overflow: the contributions sum to more than any float ({_LARGEST}); scale the result down"


def with_numbers(formula: Expression, rule: Primitive, arguments: Sequence[float]) -> str:
    """A formula with its numbers plugged in.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> with_numbers(PRIMITIVES["mul"].formula, PRIMITIVES["mul"], [0.0, math.inf])
    '0 * inf'
    """
    return to_text(substitute(formula, dict(zip(rule.arguments, map(Number, arguments), strict=True))))


def named(rule: Primitive, numbers: Sequence[float]) -> str:
    """The arguments of a primitive with their numbers.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> named(PRIMITIVES["mul"], [0.0, math.inf])
    'x = 0.0, y = inf'
    """
    return ", ".join(f"{name} = {number!r}" for name, number in zip(rule.arguments, numbers, strict=True))


def factors(rule: Primitive, numbers: Sequence[float], upstream: float, local: float) -> str:
    """What is multiplied along an edge, and where."""
    return f"upstream gradient {upstream!r} times local derivative {local!r} at {named(rule, numbers)}"


def _short(number: float) -> str:
    return f"{number:.6g}"


def _in_domain(rule: Primitive, arguments: Sequence[float]) -> bool:
    if rule.domain is None:
        return True
    bindings = dict(zip((*rule.arguments, "z"), (*arguments, compute(rule.name, list(arguments))), strict=True))
    return evaluate(rule.domain, bindings, compute) != 0.0


def _finite_nearby(rule: Primitive, arguments: Sequence[float]) -> bool:
    """Whether a step aside gives a finite result: so it is at a pole, and not where results overflow."""
    steps = [(number - _aside(number), number, number + _aside(number)) for number in arguments]
    return any(math.isfinite(compute(rule.name, list(point))) for point in itertools.product(*steps))


def _aside(number: float) -> float:
    return _STEP_ASIDE * max(abs(number), 1.0)


def _outside_of_domain(rule: Primitive, arguments: Sequence[float], what: str) -> str:
    assert rule.domain is not None
    call = f"{rule.name}({', '.join(rule.arguments)})"
    here = ", ".join(f"{name} = {_short(number)}" for name, number in zip(rule.arguments, arguments, strict=True))
    return (
        f"{call} is {what} where {to_text(rule.domain)}, and here {here}: keep the arguments there (clamp them with "
        "maximum or minimum), or write where(condition, a, b) with such arguments in the branch that is not chosen too"
    )


def _first_bad_part(rule: Primitive, arguments: Sequence[float]) -> Expression | None:
    """The innermost part of a primitive's formula that gives a NaN or an infinity."""
    bindings = dict(zip(rule.arguments, arguments, strict=True))

    def find(part: Expression) -> Expression | None:
        if not isinstance(part, Apply):
            return None
        for argument in part.arguments:
            inner = find(argument)
            if inner is not None:
                return inner
        number: float = evaluate(part, bindings, compute)
        return None if math.isfinite(number) else part

    return find(rule.formula)


# --- where a path was cut off ---------------------------------------------------------------------------------------


def is_guard(rule: Primitive, position: int, made_by: Callable[[int], str]) -> bool:
    """Whether a local derivative that is 0 says that something was not chosen.

    Parameters
    ----------
    rule, position
        The primitive, and the argument that it is differentiated by.
    made_by
        From the position of an argument to the name of the primitive that made it; ``"constant"`` for what no
        gradient flows into.

    Examples
    --------
    >>> is_guard(PRIMITIVES["relu"], 0, str), is_guard(PRIMITIVES["sqrt"], 0, str)
    (True, False)
    >>> is_guard(PRIMITIVES["mul"], 0, lambda argument: "greater")
    True
    """
    partial = rule.partials[position]
    if isinstance(partial, Variable) and partial.name in ARGUMENTS:  # a product: the other factor is the derivative
        maker = made_by(ARGUMENTS.index(partial.name))
        return maker == "constant" or (maker in PRIMITIVES and _chooses(PRIMITIVES[maker]))
    return _chooses(rule)


def _chooses(rule: Primitive) -> bool:
    return isinstance(rule.formula, Apply) and rule.formula.function in _CHOICES


def meet(upstream: Any, local: Any, smooth: Any, guard: bool) -> tuple[Any, Any]:
    """Where 0 meets an infinity on the way along an edge, and where the parent receives a 0 that no guard made.

    For numbers and, element by element, for arrays.

    Parameters
    ----------
    upstream, local
        The gradient of the node, and its local derivative.
    smooth
        Whether the upstream gradient, where it is 0, is not so by a guard.
    guard
        Whether the local derivative, where it is 0, is so by a guard.

    Examples
    --------
    >>> [each.item() for each in meet(0.0, np.inf, True, False)]
    [True, False]
    >>> [each.item() for each in meet(np.inf, 0.0, False, True)]
    [False, False]
    """
    upstream, local = np.asarray(upstream), np.asarray(local)
    ends = (local == 0.0) & np.logical_not(guard) & ((upstream != 0.0) | smooth)
    ended = (upstream == 0.0) & (local != 0.0) & smooth
    cut = (ends & ~np.isfinite(upstream)) | (ended & ~np.isfinite(local))
    return cut, (ends | ended) & ~cut


def advice_on_cut(rule: Primitive, position: int, arguments: tuple[float, ...], local: float) -> str:
    """What helps where a path was cut off."""
    if np.isfinite(local):
        return "write the function without the infinite slope that comes after it, or stay away from this point"
    return advice_on_local_derivative(rule, position, arguments)
