"""Where a path through the graph was cut off although a factor on it is infinite: which cuts are guards.

A factor that is exactly 0 ends its path (docs/decisions/0002-a-path-with-a-zero-factor-ends.md). Where the 0 says
that something was not chosen, by ``where``, ``maximum``, ``relu``, a comparison or a constant factor 0, nothing is
lost: it is a guard. Where a smooth function has the slope 0 by chance, as z**2 has at 0, and an infinity meets it, as
in sqrt(x)**2 at 0, the product has no value, and the gradient lacks what the path contributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..formulas.emit import COMPARISONS
from ..formulas.formula import Apply, Variable
from ..formulas.primitives import ARGUMENTS
from ..formulas.rules import PRIMITIVES, Primitive
from .advice import advice_on_local_derivative

__all__ = ["advice_on_cut", "is_guard", "meet"]

_CHOICES = {"where", "maximum", "minimum", *COMPARISONS}


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
