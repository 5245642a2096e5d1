"""A program as a list of instructions, with the way back: what every language spells. No language is known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..formulas.formula import Number
from ..formulas.primitives import OPCODES, Primitive

__all__ = ["NOTHING", "Argument", "Instruction", "Listing", "make_listing"]

#: The derivative that ends a path.
NOTHING = Number(0.0)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of the program: its name, the first of its numbers among all inputs, how many, and in which shape.

    The shape is None where it is one number.
    """

    name: str
    first: int
    size: int
    shape: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Instruction:
    """A primitive, the slots of its arguments, and the slot of its result."""

    rule: Primitive
    arguments: tuple[int, ...]
    result: int


@dataclass(frozen=True, eq=False, slots=True)
class Listing:
    """Instructions in an order in which they can be run; none of them is useless.

    Slots are places for numbers: the inputs come first, then the constants, then one for each instruction.

    Attributes
    ----------
    arguments
        The arguments; together their numbers are the inputs.
    constants
        The constants.
    instructions
        What is computed.
    outputs
        Slots of the results.
    is_scalar
        Whether the result is one number, rather than a list or an array.
    needed
        For each slot whether a gradient flows from it to an input.
    """

    arguments: tuple[Argument, ...]
    constants: tuple[float, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    is_scalar: bool
    needed: tuple[bool, ...]

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return sum(argument.size for argument in self.arguments)

    @property
    def first(self) -> int:
        """Slot of the first instruction."""
        return self.inputs + len(self.constants)

    @property
    def slots(self) -> int:
        """Number of slots."""
        return self.first + len(self.instructions)

    @property
    def rules(self) -> list[Primitive]:
        """The primitives that are used, in the order of the table."""
        return sorted({each.rule for each in self.instructions}, key=lambda rule: rule.opcode)

    def way_back(self) -> Iterator[tuple[Instruction, list[int]]]:
        """From the last instruction to the first, which of its arguments each passes a gradient on to."""
        reached = {slot for slot in self.outputs if self.needed[slot]}
        for instruction in reversed(self.instructions):
            if instruction.result in reached:
                positions = _passed(instruction, self.needed)
                reached.update(instruction.arguments[position] for position in positions)
                yield instruction, positions


def make_listing(
    arguments: Sequence[Argument],
    constants: Sequence[float],
    opcodes: Sequence[int],
    slots_of: Sequence[Sequence[int]],
    outputs: Sequence[int],
    is_scalar: bool,
) -> Listing:
    """List a program, without the instructions and constants that no result depends on.

    Parameters
    ----------
    arguments
        The arguments.
    constants
        The constants.
    opcodes
        The primitive of each instruction, by its position in the table.
    slots_of
        For each instruction the slots of its arguments; behind as many as its primitive takes stands anything.
    outputs
        Slots of the results.
    is_scalar
        Whether the result is one number.

    Examples
    --------
    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> mul = PRIMITIVES["mul"].opcode
    >>> listing = make_listing([Argument("x", 0, 1, None)], [3.0], [mul, mul], [(0, 0), (0, 1)], [3], True)
    >>> [(each.rule.name, each.arguments) for each in listing.instructions]
    [('mul', (0, 1))]
    """
    inputs = sum(argument.size for argument in arguments)
    first = inputs + len(constants)
    used = [False] * (first + len(opcodes))
    for slot in outputs:
        used[slot] = True
    taken = [tuple(row[: OPCODES[opcode].arity]) for opcode, row in zip(opcodes, slots_of, strict=True)]
    for index in range(len(opcodes) - 1, -1, -1):
        if used[first + index]:
            for slot in taken[index]:
                used[slot] = True
    number = {slot: slot for slot in range(inputs)}
    for slot in range(inputs, len(used)):
        if used[slot]:
            number[slot] = len(number)
    instructions = tuple(
        Instruction(OPCODES[opcode], tuple(number[slot] for slot in row), number[first + index])
        for index, (opcode, row) in enumerate(zip(opcodes, taken, strict=True))
        if used[first + index]
    )
    kept = tuple(constant for slot, constant in enumerate(constants, inputs) if used[slot])
    needed = [True] * inputs + [False] * len(kept)
    for instruction in instructions:
        needed.append(bool(_passed(instruction, needed)))
    return Listing(
        tuple(arguments), kept, instructions, tuple(number[slot] for slot in outputs), is_scalar, tuple(needed)
    )


def _passed(instruction: Instruction, needed: Sequence[bool]) -> list[int]:
    """Positions of the arguments that a gradient goes on to; a derivative that is 0 everywhere ends the path."""
    return [
        position
        for position, slot in enumerate(instruction.arguments)
        if needed[slot] and instruction.rule.partials[position] != NOTHING
    ]
