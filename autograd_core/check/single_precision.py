"""How a gradient in single precision is checked: by finite differences of its recorded graph in double precision.

A function that computes in float32 has seven digits, and half of them are lost in a difference quotient; that could
confirm nothing. Its recorded graph, evaluated in double precision, has digits enough. But the graph does not know what
the function does outside of it, so it is heard only if the function has its values, but for rounding, around the point.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..numerical.elements import Element, mover
from ..numerical.finite_differences import Estimate
from .probes import Probe

__all__ = ["coarse", "is_its_graph"]

#: Distances from the point, on the scale of its coordinates.
_STEPS = (1.0, 0.25, 0.0625, 0.015625)
#: At so many of them the function must be its graph.
_CONVINCING = 2
#: A slope outside of the graph must be seen if it is this part of the contributions to the derivative.
_SEEN = 1e-2


def is_its_graph(probe: Probe, size: float) -> bool | None:
    """Whether the function has the values of its recorded graph around the point. None if rounding may hide it.

    Parameters
    ----------
    probe
        What is asked. Leaves are moved.
    size
        How large the contributions to the derivative are.
    """
    recorded, move = probe.recorded, mover(probe.direction)
    same = different = 0
    for scale in sorted({max(abs(probe.start), 1.0), abs(probe.start) or 1.0}, reverse=True):
        for step in _STEPS:
            defect = rounding = 0.0
            for number in (probe.start + step * scale, probe.start - step * scale):
                value = probe.function(number)
                move(number)
                defect += abs(value - recorded.at_present())
                rounding += recorded.rounding_at_present()
            same += bool(defect <= rounding <= _SEEN * size * step * scale)  # nan convinces nobody
            different += defect > 2.0 * rounding
            if same == _CONVINCING:
                return True
    return False if different >= _CONVINCING else None


def coarse(probe: Probe, estimate: Estimate) -> Estimate:
    """An estimate by values of the function itself; its steps were rounded to single precision."""
    if not math.isfinite(estimate.step):
        return estimate
    epsilon = float(np.finfo(np.float32).eps)
    gradient: dict[Any, float] = {**probe.recorded.gradient}
    moved = sum(
        abs(gradient[leaf]) * (abs(leaf.data) + abs(estimate.step * speed))
        for leaf, speed in probe.direction.items()
        if isinstance(leaf, Element) and leaf.tensor.dtype == np.float32
    )
    return dataclasses.replace(estimate, uncertainty=estimate.uncertainty + epsilon * moved / estimate.step)
