"""Whether a verdict by finite differences may be rounding, where there is no sharper witness to ask."""

from __future__ import annotations

import itertools

import numpy as np

from .elements import put_back
from .ladder import step_ladders
from .numeric import Estimate
from .probes import Probe

__all__ = ["bend_may_be_rounding", "slope_may_be_rounding"]

#: A difference of values is seen if it is so many times what rounding can make of it.
_SEEN = 8.0
#: Where a function is smooth its second difference falls by 16 when the step is quartered; at a kink by 4 only.
_FALL_AT_KINK = 8.0


def slope_may_be_rounding(probe: Probe, estimate: Estimate, error: float) -> bool:
    """Whether rounding of the function's values may have made an error of its slope."""
    return error * estimate.step <= _SEEN * _noise(probe)


def bend_may_be_rounding(probe: Probe) -> bool:
    """Whether no step shows a kink or a jump that is larger than what rounding can make of a smooth function."""
    function = probe.recorded.in_double(probe.direction) or probe.function
    threshold = _SEEN * _noise(probe)
    with put_back(list(probe.direction)):
        at_point = function(probe.start)
        for steps in step_ladders(probe.start):
            bends = [
                abs(function(probe.start + step) - 2.0 * at_point + function(probe.start - step)) for step in steps
            ]
            pairs = itertools.pairwise(bends)
            if any(finer > threshold and finer > coarser / _FALL_AT_KINK for coarser, finer in pairs):
                return False
    return True


def _noise(probe: Probe) -> float:
    """How far rounding may take the values that differences were taken of."""
    in_single = probe.recorded.in_double(probe.direction) is not None
    share = float(np.finfo(float).eps / np.finfo(np.float32).eps) if in_single else 1.0
    return share * probe.recorded.data_rounding
