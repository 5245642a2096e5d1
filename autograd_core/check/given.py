"""Which node with given local derivatives contradicts the numbers that it was given: the function is watched.

Of such a node no formula is known. But a function that is run again gives it another number, and its children have
other numbers too; the differences of both are compared.
"""

from __future__ import annotations

from typing import Any

from ..errors import AutogradError
from ..formulas.printing import visible
from ..formulas.rules import PRIMITIVES
from ..numerical.elements import put_back
from ..scalar.blocks import watched_by
from ..scalar.recording import Watcher
from .probes import Probe

__all__ = ["contradicted_given"]

_GIVEN = PRIMITIVES["given"].opcode
#: Relative to the point: of central differences in double precision, which then have ten digits.
_STEP = 1e-5
#: Two slopes that differ by more than this part of the larger one are two.
_DIFFERENT = 1e-4


class _Given(Watcher):
    """Collects the given nodes in the order in which they are made: each as its last link and its links' operands."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, list[tuple[Any, float]]]] = []

    def node_made(self, node: Any, opcode: int, inputs: tuple[Any, ...]) -> None:
        if opcode != _GIVEN:
            return
        number, slope, child = inputs
        by_child = [(slope, child.data)]  # the slope as a node: a closure tells its number later
        if self.found and self.found[-1][0] is number:  # a link more of the same chain
            by_child = [*self.found.pop()[1], *by_child]
        self.found.append((node, by_child))


def contradicted_given(probe: Probe) -> list[str]:
    """Sentences that name the given nodes whose local derivatives are not those of their numbers; the leaves are put
    back.
    """
    if probe.order != 1:
        return []
    step = _STEP * max(abs(probe.start), 1.0)
    with put_back(list(probe.direction)):
        here, before, behind = (
            _given_at(probe, number) for number in (probe.start, probe.start - step, probe.start + step)
        )
    if not len(here) == len(before) == len(behind):  # the function took another branch
        return []
    found = []
    for (node, slopes), (left, at_left), (right, at_right) in zip(here, before, behind, strict=True):
        if not len(slopes) == len(at_left) == len(at_right):
            continue
        measured = (right.data - left.data) / (2.0 * step)
        pairs = zip(slopes, at_left, at_right, strict=True)
        given = sum(slope.data * (more - less) for (slope, _), (_, less), (_, more) in pairs) / (2.0 * step)
        if abs(given - measured) > _DIFFERENT * max(abs(given), abs(measured)):
            found.append(
                f"{_name(node)} was given local derivatives by which it changes {given:.6g} times as fast as "
                f"{probe.name}, but the numbers that it is given change {measured:.6g} times as fast"
            )
    return found


def _given_at(probe: Probe, number: float) -> list[tuple[Any, list[tuple[Any, float]]]]:
    given = _Given()
    try:
        with watched_by(given):
            probe.function(number)
    except AutogradError:
        return []
    return given.found


def _name(node: Any) -> str:
    name = "the given node" if visible(node.label) is None else f"the given node {node.label!r}"
    return name if node.place is None else f"{name} ({node.place})"
