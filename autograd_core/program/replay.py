"""Replay of a tape on NumPy: one instruction at a time, over the whole batch. Where there is no compiled engine.

A slot that depends on shared inputs only holds one number; a slot that depends on an input of the examples, an array
with one number an example. The chain rule is that of :mod:`autograd_core.scalar.reverse`, factors of exactly 0
included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import BranchChanged, OutOfRangeError
from ..formulas.emit import NUMPY
from ..formulas.rules import OPCODES, PRIMITIVES
from ..transforms.taking import OUT_OF_RANGE
from .flatten import Guard, Tape

__all__ = ["Contribution", "Replay", "backward_on_numpy", "contributions_on_numpy", "error_of", "forward_on_numpy"]

Array = np.ndarray[Any, Any]
_STOP_GRADIENT = PRIMITIVES["stop_gradient"].opcode


@dataclass(frozen=True, slots=True)
class Replay:
    """What a program is about to compute.

    Attributes
    ----------
    tape
        The instructions.
    inputs
        For each input its number, or an array with one number an example.
    count
        Number of examples.
    wanted
        For each input whether its gradient is wanted.
    seed
        Gradient of the output of each example; None if no gradient is wanted.
    name_of_input
        How the user calls an input.
    """

    tape: Tape
    inputs: list[Any]
    count: int
    wanted: list[bool]
    seed: float | None
    name_of_input: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an instruction passes on to one of its arguments, a number or one an example."""

    index: int
    position: int
    slot: int
    upstream: Any
    local_derivative: Any
    number: Any


def forward_on_numpy(tape: Tape, inputs: list[Any]) -> list[Any]:
    """The number (or the numbers, one an example) of every slot.

    Raises
    ------
    BranchChanged
        If a comparison comes out otherwise than it was recorded.
    """
    slots: list[Any] = [*inputs, *tape.constants]
    with np.errstate(all="ignore"):
        for opcode, arguments in zip(tape.opcodes.tolist(), tape.arguments.tolist(), strict=True):
            rule = OPCODES[opcode]
            slots.append(rule.kernel(NUMPY)(*(slots[slot] for slot in arguments[: rule.arity])))
    broken: list[tuple[int, int]] = []
    for position, guard in enumerate(tape.guards):
        example = _first_broken(guard, slots[guard.slot])
        if example is not None:
            broken.append((example, position))
    if broken:
        first, position = min(broken)
        guard = tape.guards[position]
        raise error_of(guard, None if first < 0 else first)
    return slots


def error_of(guard: Guard, example: int | None) -> Exception:
    """The error of a guard that came out otherwise than it was recorded, for an example of a batch or outside of one.

    >>> raise error_of(Guard(0, True, "i < 3", "an index of take (model.py:1)"), None)
    Traceback (most recent call last):
    autograd_core.errors.OutOfRangeError: take: i < 3 does not hold, for an index of take (model.py:1)
    """
    if guard.source.startswith(OUT_OF_RANGE):
        where = "" if example is None else f" for example {example}"
        return OutOfRangeError(f"take: {guard.comparison} does not hold{where}, for {guard.source}")
    return BranchChanged(guard.comparison, guard.truth, guard.source, example)


def _first_broken(guard: Guard, numbers: Any) -> int | None:
    """The first example for which a comparison comes out otherwise; -1 if it does for all at once, None for none."""
    changed = np.not_equal(numbers, 0.0) != guard.truth
    if not np.any(changed):
        return None
    return int(np.argmax(changed)) if np.ndim(changed) else -1


def backward_on_numpy(tape: Tape, slots: list[Any], seed: Any, wanted: list[bool]) -> list[Any]:
    """The gradient of the (only) output by every input.

    Parameters
    ----------
    tape
        The instructions.
    slots
        What :func:`forward_on_numpy` gave.
    seed
        Gradient of the output: a number, or one an example.
    wanted
        For each input whether its gradient is wanted.

    Returns
    -------
    list
        For each input its gradient: a number if it is shared by the examples, else one an example.
    """
    gradients: list[Any] = [None] * tape.slots
    gradients[tape.outputs[0]] = seed
    with np.errstate(all="ignore"):
        for _ in contributions_on_numpy(tape, slots, gradients, wanted):
            pass  # each is added to the gradients when the next one is asked for
    return [np.zeros_like(slots[slot]) if gradients[slot] is None else gradients[slot] for slot in range(tape.inputs)]


def contributions_on_numpy(
    tape: Tape, slots: list[Any], gradients: list[Any], wanted: list[bool]
) -> Iterator[Contribution]:
    """Pass gradients on, from the last instruction to the first; each contribution is shown before it is added.

    Parameters
    ----------
    tape, slots, wanted
        As for :func:`backward_on_numpy`.
    gradients
        For each slot its gradient, or None; those of the outputs are given, the others are filled in.
    """
    needed = [*wanted, *(False for _ in tape.constants)]
    for opcode, arguments in zip(tape.opcodes.tolist(), tape.arguments.tolist(), strict=True):
        needed.append(opcode != _STOP_GRADIENT and any(needed[slot] for slot in arguments[: OPCODES[opcode].arity]))
    for index in range(len(tape.opcodes) - 1, -1, -1):
        upstream = gradients[tape.first + index]
        if upstream is not None and needed[tape.first + index]:
            for contribution in _contributions(tape, index, slots, needed, upstream):
                yield contribution
                number, slot = contribution.number, contribution.slot
                if np.ndim(slots[slot]) == 0 and np.ndim(number):
                    number = number.sum()  # the argument is shared by all examples
                gradients[slot] = number if gradients[slot] is None else gradients[slot] + number


def _contributions(
    tape: Tape, index: int, slots: list[Any], needed: list[bool], upstream: Any
) -> Iterator[Contribution]:
    rule = OPCODES[tape.opcodes[index]]
    arguments = tape.arguments[index, : rule.arity].tolist()
    wanted = tuple(position for position, slot in enumerate(arguments) if needed[slot])
    _, *local_derivatives = rule.kernel(NUMPY, wanted)(*(slots[slot] for slot in arguments))
    for position, local in zip(wanted, local_derivatives, strict=True):
        number = np.where((upstream == 0.0) | (np.asarray(local) == 0.0), 0.0, upstream * local)
        yield Contribution(index, position, arguments[position], upstream, local, number)
