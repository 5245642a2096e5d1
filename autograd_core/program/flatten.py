# cython: boundscheck=False, wraparound=False
"""A graph laid out flat: one instruction a node in arrays, instead of objects. What a Program is made of.

On the way constants are folded, equal computations merged and dead nodes dropped; none of that changes a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..formulas.rules import OPCODES, PRIMITIVES
from ..scalar.kernels import evaluate
from ..scalar.value import LEAF, Value
from ..scalar.walks import order_between, walk_lock

__all__ = ["Guard", "Tape", "flatten_graph"]

Array = np.ndarray[Any, Any]

# Marks of numbered nodes, far below those of walks.
_NUMBERED = -(2**30)
_IDENTITY = PRIMITIVES["pos"].opcode
_LEAF = LEAF


@dataclass(frozen=True, slots=True)
class Guard:
    """A comparison that decided a Python branch: it must come out again as it did when it was recorded."""

    slot: int
    truth: bool
    comparison: str
    source: str


@dataclass(frozen=True, eq=False, slots=True)
class Tape:
    """Instructions in an order in which they can be run.

    A *slot* is a place for a number: the inputs come first, then the constants, then one slot for each instruction.

    Attributes
    ----------
    inputs
        Number of inputs.
    constants : ndarray of float64
        The constants.
    opcodes : ndarray of int16, shape (n,)
        Position in the table of each instruction's primitive.
    arguments : ndarray of int32, shape (n, 3)
        Slots of its arguments; those it does not take are 0.
    outputs : ndarray of int32
        Slots of the results.
    guards
        Comparisons that must come out as they did.
    """

    inputs: int
    constants: Array
    opcodes: Array
    arguments: Array
    outputs: Array
    guards: tuple[Guard, ...]

    @property
    def first(self) -> int:
        """Slot of the first instruction."""
        return self.inputs + len(self.constants)

    @property
    def slots(self) -> int:
        """Number of slots."""
        return self.first + len(self.opcodes)


def flatten_graph(
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    branches: Sequence[tuple[Value, bool, str, str]],
    captured: list[Value] | None = None,
) -> Tape:
    """Lay out what lies between inputs and outputs.

    Parameters
    ----------
    inputs
        The nodes that will get new numbers. Every other leaf is a constant from now on.
    outputs
        The results.
    branches
        Nodes that decided a branch, each with its truth, its text and its place in the code.
    captured
        A list that gets the leaves which are constants from now on, if that is asked for.
    """
    roots = [*outputs, *(node for node, _, _, _ in branches)]
    with walk_lock:
        order = order_between(inputs, roots)
        if captured is not None:
            captured += _leaves_in(order)
        codes = np.empty(len(inputs) + len(order), dtype=np.int32)
        opcodes = np.empty(len(order), dtype=np.int16)
        arguments = np.zeros((len(order), 3), dtype=np.int32)
        table = np.full(1 << max(4, (3 * len(order) // 2).bit_length()), -1, dtype=np.int32)
        constants: list[float] = []
        instructions = _flatten(list(inputs), order, codes, opcodes, arguments, table, constants)
        found = np.array([codes[_number_of(root)] for root in roots], dtype=np.int32)
    opcodes, arguments = opcodes[:instructions], arguments[:instructions]
    constants = _drop_unused(constants, arguments, found)
    _codes_to_slots(arguments, np.array([rule.arity for rule in OPCODES], dtype=np.int32)[opcodes], inputs, constants)
    _codes_to_slots(found.reshape(-1, 1), np.ones_like(found), inputs, constants)
    guards = tuple(
        Guard(int(slot), truth, comparison, source)
        for slot, (_, truth, comparison, source) in zip(found[len(outputs) :], branches, strict=True)
        if not len(inputs) <= slot < len(inputs) + len(constants)  # a constant always comes out as it did
    )
    return Tape(len(inputs), np.array(constants), opcodes, arguments, found[: len(outputs)], guards)


def _leaves_in(order: list[Value]) -> list[Value]:
    found = []
    for node in order:
        if node._opcode == _LEAF:
            found.append(node)
    return found


def _drop_unused(constants: list[float], arguments: Array, found: Array) -> list[float]:
    """Leave out the constants that others were folded from, and renumber the rest."""
    used = np.zeros(len(constants), dtype=bool)
    for codes in (*arguments.T, found):
        used[-1 - codes[codes < 0]] = True
    if used.all():
        return constants
    numbers = np.cumsum(used, dtype=np.int32)
    for codes in (*arguments.T, found):
        is_constant = codes < 0
        codes[is_constant] = -numbers[-1 - codes[is_constant]]
    return [constant for constant, is_used in zip(constants, used.tolist(), strict=True) if is_used]


def _codes_to_slots(codes: Array, counts: Array, inputs: Sequence[Value], constants: list[float]) -> None:
    """Turn the first codes of each row into slots, and the rest, which mean nothing, into 0."""
    _renumber(codes, counts, len(inputs), len(constants))


def _renumber(codes: Array, counts: Array, inputs: int, constants: int) -> None:
    # Codes are: i for input i, inputs + i for instruction i, -1 - i for constant i. Slots have constants in the middle.
    for row in range(codes.shape[0]):
        for column in range(codes.shape[1]):
            code = codes[row, column]
            if column >= counts[row]:
                codes[row, column] = 0
            elif code < 0:
                codes[row, column] = inputs - 1 - code
            elif code >= inputs:
                codes[row, column] = code + constants


def _number_of(node: Value) -> int:
    return _NUMBERED - node._mark


def _flatten(
    inputs: list[Value],
    order: list[Value],
    codes: Array,
    opcodes: Array,
    arguments: Array,
    table: Array,
    constants: list[float],
) -> int:
    """Fill the arrays; return the number of instructions."""
    instructions = 0
    known_constants: dict[Any, int] = {}
    mask = len(table) - 1
    for position in range(len(inputs)):
        node = inputs[position]
        node._mark = _NUMBERED - position
        codes[position] = position
    given = len(inputs)
    for place in range(len(order)):
        position = given + place
        node = order[place]
        node._mark = _NUMBERED - position
        first = second = third = 0
        is_constant = True
        if node._left is not None:
            first = int(codes[_NUMBERED - node._left._mark])
            is_constant = first < 0
            if node._right is not None:
                second = int(codes[_NUMBERED - node._right._mark])
                is_constant = is_constant and second < 0
                if node._notes.third_parent is not None:
                    third = int(codes[_number_of(node._notes.third_parent)])
                    is_constant = is_constant and third < 0
        if is_constant:
            data = node._data
            if node._left is not None:  # from the present numbers of its leaves, as everything else is
                data = _folded(node, first, second, third, constants)
            codes[position] = _constant_code(data, constants, known_constants)
            continue
        if node._opcode == _IDENTITY:
            codes[position] = first
            continue
        slot = first * 73856093 ^ second * 19349663 ^ third * 83492791 ^ node._opcode * 40503
        slot = (slot ^ slot >> 15) * 0x2C1B3C6D  # else the codes of a matrix fall on few places
        slot = (slot ^ slot >> 13) & mask
        while True:
            same = int(table[slot])
            if same < 0:
                table[slot] = instructions
                opcodes[instructions] = node._opcode
                arguments[instructions, 0] = first
                arguments[instructions, 1] = second
                arguments[instructions, 2] = third
                codes[position] = given + instructions
                instructions += 1
                break
            if (
                arguments[same, 1] == second
                and arguments[same, 0] == first
                and arguments[same, 2] == third
                and opcodes[same] == node._opcode
            ):
                codes[position] = given + same
                break
            slot = (slot + 1) & mask
    return instructions


def _folded(node: Value, first: int, second: int, third: int, constants: list[float]) -> float:
    numbers = [constants[-1 - code] if code < 0 else 0.0 for code in (first, second, third)]
    return evaluate(node._opcode, 0, *numbers)[0]


def _constant_code(data: float, constants: list[float], known: dict[Any, int]) -> int:
    key = repr(data) if data == 0.0 or data != data else data  # noqa: PLR0124 (0.0 and -0.0 differ, nan equals itself)
    code = known.get(key)
    if code is None:
        constants.append(data)
        code = known[key] = -len(constants)
    return code
