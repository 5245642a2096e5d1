"""How flat a primitive can be: the range of its local derivative, measured on the table's formula. Knows no operation.

From this a recorded local derivative can be judged: whether it is 0 because the function is switched off there, or
small because the function has run into its flat part.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..array.operations import rule_of
from ..formulas.formula import variables
from ..formulas.rules import PRIMITIVES
from ..scalar.value import Value

__all__ = ["Activation", "activation_of"]

#: A local derivative below this part of the largest one is flat: tanh beyond 3, sigmoid beyond 6.
FLAT = 0.01
_ORDINARY = tuple(step / 8.0 for step in range(-24, 25))  # where inputs usually lie
_FINE = tuple(step / 128.0 for step in range(-384, 385))  # close to a singularity, should there be one
_CLOSE = tuple(step / 2048.0 for step in range(-16, 17))  # around the steepest of those: the maximum lies between
_FAR = tuple(sign * 10.0**power for power in (-12, -6, -3, 1, 1.5, 2, 4, 8) for sign in (-1, 1))


@dataclass(frozen=True, slots=True)
class Activation:
    """A primitive as a function of one node, with a local derivative that varies but stays bounded.

    Attributes
    ----------
    largest
        The largest local derivative it can have, in absolute value.
    can_switch_off
        Whether the local derivative is exactly 0 on a whole stretch of ordinary inputs, as relu's is.
    """

    largest: float
    can_switch_off: bool

    def is_dead(self, local_derivative: Any) -> Any:
        """Whether it is switched off: it passes nothing on, and a small change of its input does not help.

        For a number, and for an array element by element.

        >>> relu = activation_of(Value(-1.0).relu())
        >>> relu.is_dead(0.0), relu.is_dead(1.0)
        (True, False)
        """
        return (local_derivative == 0.0) & self.can_switch_off

    def is_saturated(self, local_derivative: Any) -> Any:
        """Whether it has run into its flat part.

        >>> tanh = activation_of(Value(4.0).tanh())
        >>> tanh.is_saturated(1 - 0.99933**2), tanh.is_saturated(0.5)
        (True, False)
        """
        return (abs(local_derivative) < FLAT * self.largest) & (self.is_dead(local_derivative) ^ True)


def activation_of(node: Any) -> Activation | None:
    """What a node is as an activation function; None if it is none.

    It is one if exactly one of its arguments is not a constant, and if its local derivative by that is bounded (which
    that of exp is not) and not the same everywhere (which that of a sum is), unless it is 0 everywhere (as of a step).
    A Tensor is one only if it works element by element, with the same constants at each.

    >>> activation_of(Value(2.0).tanh())
    Activation(largest=1.0, can_switch_off=False)
    >>> activation_of(Value(2.0).exp()) is None, activation_of(Value(2.0) * 3) is None
    (True, True)
    """
    parents = node.parents
    varying = [position for position, parent in enumerate(parents) if parent.differentiable]
    if len(varying) != 1:
        return None
    constants = [parent.data for position, parent in enumerate(parents) if position != varying[0]]
    if not isinstance(node, Value):
        if rule_of(node._operation) is None or not all(
            each.size and (each == each.flat[0]).all() for each in constants
        ):
            return None
        constants = [float(each.flat[0]) for each in constants]
    return _measure(node.op, varying[0], tuple(constants))


@functools.lru_cache(maxsize=4096)
def _measure(op: str, position: int, constants: tuple[float, ...]) -> Activation | None:
    rule = PRIMITIVES[op]
    depends_on = set(variables(rule.partials[position]))
    if depends_on and depends_on.isdisjoint({rule.arguments[position], "z"}):  # on constants only: the same everywhere
        return None
    kernel = rule.kernel(wanted=(position,))

    def slope_at(x: float) -> float:
        slope: float = kernel(*constants[:position], x, *constants[position:])[1]
        return abs(slope)

    def slopes(inputs: Iterable[float]) -> list[float]:
        return [slope for slope in map(slope_at, inputs) if not math.isnan(slope)]

    near, fine = slopes(_ORDINARY), {x: slope for x in _FINE if not math.isnan(slope := slope_at(x))}
    steepest = max(fine, key=fine.__getitem__, default=0.0)
    everywhere = [*near, *fine.values(), *slopes(steepest + off for off in _CLOSE), *slopes(_FAR)]
    if not near or 0.0 < min(everywhere) == max(everywhere):
        return None
    largest = max(everywhere)
    if largest > 2.0 * max(near) or math.isinf(largest):  # it grows far out, or close to a singularity
        return None
    return Activation(largest, any(near[at] == near[at + 1] == near[at + 2] == 0.0 for at in range(len(near) - 2)))
