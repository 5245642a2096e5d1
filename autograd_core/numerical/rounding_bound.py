"""How far rounding may have taken a graph of Values: a running bound, from the formulas of the table.

Each operation makes an error relative to its result, and passes it on to the root by the root's derivative by that
result. So the bound is large where large numbers cancel, and small where errors die out, however deep the graph is. A
local derivative such as ``1 - z**2`` loses digits where z is close to 1; its bound is what its formula makes of numbers
that are moved by their rounding, and a check must not call that a wrong rule.

Sources: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976) 146; N. J. Higham, *Accuracy
and Stability of Numerical Algorithms*, 2nd ed., SIAM (2002), section 3.3.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..formulas.emit import FLOAT, compile_function
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.blocks import recording
from ..scalar.kernels import evaluate
from ..scalar.value import Value
from .elements import Direction, Leaf
from .leaf_gradients import GradientNodes
from .replays import Replay

__all__ = ["RoundingBound", "local_rounding"]

#: Rounding of one operation, relative: half a unit for arithmetic, a few for the functions of a mathematical library.
_ROUNDING = 2.0 * sys.float_info.epsilon


class RoundingBound:
    """A bound for the rounding of a recorded graph of Values, of first order.

    Parameters
    ----------
    replay
        The graph.
    leaves
        The Values to differentiate by.
    """

    def __init__(self, replay: Replay, leaves: Sequence[Leaf]) -> None:
        self._replay = replay
        self._leaves = leaves

    @functools.cached_property
    def _computed(self) -> list[tuple[Value, int, int, tuple[Value, ...]]]:
        """Each node with its opcode, the positions it is differentiated by, as bits, and its parents."""
        found = []
        for node in self._replay.order:
            if node.parents:
                # What is not known of the slope of a given slope is no rounding.
                moving = node.parents[:1] if node.op == "given_slope" else node.parents
                mask = sum(1 << position for position, parent in enumerate(moving) if parent.differentiable)
                found.append((node, PRIMITIVES[node.op].opcode, mask, node.parents))
        return found

    def of_data(self, numbers: Mapping[Any, float]) -> float:
        """How far rounding may take the root's number, for some numbers of the leaves.

        >>> x = Value(0.5)
        >>> bound = RoundingBound(Replay(x.sin() + 1e6 - 1e6, {x: 0.5}), [x])
        >>> 1e-10 < bound.of_data({x: 0.5}) < 1e-8
        True
        """
        known = {**self._replay.given, **numbers}
        locals_of = []
        for node, opcode, mask, parents in self._computed:
            x, y, w = (*(known[parent] for parent in parents), 0.0, 0.0)[:3]
            known[node], *local_derivatives = evaluate(opcode, mask, x, y, w)
            locals_of.append(local_derivatives)
        upstream = {self._replay.root: 1.0}
        total = 0.0
        for (node, _, _, parents), local_derivatives in zip(reversed(self._computed), reversed(locals_of), strict=True):
            received = upstream.get(node, 0.0)
            if received == 0.0:
                continue
            if known[node]:
                total += _ROUNDING * abs(received * known[node])
            for parent, local in zip(parents, local_derivatives, strict=False):
                if local:
                    upstream[parent] = upstream.get(parent, 0.0) + received * local
        return math.inf if math.isnan(total) else total

    def of_gradient(self, direction: Direction, beside: Sequence[Mapping[Any, float]] = ({},)) -> float:
        """How far it may take the derivative along a direction, which is the number of a graph of its own.

        Parameters
        ----------
        direction
            How fast each leaf moves.
        beside
            Where: the leaves that have other numbers than at the point. The largest bound counts.
        """
        with recording(True):
            derivative = self._gradient.weighted_sum(direction)
        bound = RoundingBound(Replay(derivative, self._replay.point), self._leaves)
        return max(bound.of_data(self._replay.beside(moved)) for moved in beside)

    @functools.cached_property
    def _gradient(self) -> GradientNodes:
        with recording(True):
            return GradientNodes(self._replay.root, self._leaves)


def local_rounding(node: Value, position: int) -> float:
    """How much a local derivative changes when each number in its formula is moved by its rounding error.

    Parameters
    ----------
    node, position
        The node, and the position of the parent.

    Examples
    --------
    >>> x = Value(3.0)
    >>> local_rounding(x * x, 0) < 1e-14
    True
    """
    rule = PRIMITIVES[node.op]
    formula = _partial(rule, position)
    numbers = [*(parent.data for parent in node.parents), node.data]
    recorded = node.local_derivatives[position] or 0.0
    total = _ROUNDING * abs(recorded)
    for error in (_ROUNDING, -_ROUNDING):
        change = abs(formula(*numbers[:-1], node.data * (1.0 + error)) - recorded)
        total += change if math.isfinite(change) else 0.0
    return total


@functools.cache
def _partial(rule: Primitive, position: int) -> Callable[..., float]:
    """The formula of a local derivative as a function of the arguments and of the result z."""
    results = rule.results((position,))
    del results["z"]
    return compile_function(FLOAT, f"{rule.name}_partial", (*rule.arguments, "z"), results)
