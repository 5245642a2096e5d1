"""The Taylor remainder: a witness of a derivative that needs neither a step size nor a tolerance, but a rate.

|f(x + h) - f(x) - h g| falls as h² where g is the derivative of a smooth function, for nothing is left of the first
order; and only as h where g is wrong. The power of h is its rate: 2 (or more, where f hardly bends), or 1.

Source: P. E. Farrell, D. A. Ham, S. W. Funke and M. E. Rognes, SIAM J. Sci. Comput. 35 (2013) C369, section 4.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from .ladder import Rung

__all__ = ["EXACT", "taylor_rate"]

#: The rate where no remainder is left at any step, as that of a linear function.
EXACT = math.inf
#: A remainder is seen if it is so many times what round-off can make of it; the rate then has two digits.
_SEEN = 30.0
#: Round-off hides no fault if it is this part of the derivative.
_HARMLESS = 1e-4


def taylor_rate(rungs: Sequence[Rung], slope: float) -> float:
    """The rate at which the Taylor remainder with some slope falls, at the smallest steps at which round-off spares it.

    Parameters
    ----------
    rungs
        What a function was on a ladder of steps, the largest first.
    slope
        The derivative that is in question.

    Returns
    -------
    float
        The rate; :data:`EXACT` where there is no remainder; nan where round-off hides it at every step.

    Examples
    --------
    >>> from autograd_core.numerical.ladder import climb, step_ladders
    >>> rungs = climb(math.exp, 1.0, math.e, step_ladders(1.0)[0]).rungs
    >>> round(taylor_rate(rungs, math.e), 2), round(taylor_rate(rungs, 1.001 * math.e), 2)
    (2.0, 1.0)
    """
    remainders = [(rung.step, max(abs(rung.left - slope), abs(rung.right - slope)), rung.noise) for rung in rungs]
    seen = [
        (before, after)
        for before, after in itertools.pairwise(remainders)
        if after[1] > _SEEN * after[2] and before[1] > 0.0
    ]
    if seen:
        (coarse, before, _), (fine, after, _) = seen[-1]
        return 1.0 + math.log2(before / after) / math.log2(coarse / fine)
    noise = min((noise for _, _, noise in remainders), default=math.inf)
    return EXACT if noise <= _HARMLESS * abs(slope) else math.nan
