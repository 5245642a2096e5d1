"""A program unrolled, one line an instruction, forward and back: the same in C and in JavaScript but for the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .listing import Listing
from .spelling import Spelling, without_parentheses

__all__ = ["LOCAL", "Unrolled", "Words", "input_texts"]

#: Names that an unrolled program uses: v3 is a number computed, d3 the derivative of the result by it.
LOCAL = r"[vd]\d+"


@dataclass(frozen=True, slots=True)
class Words:
    """What differs between languages: how a local number is declared, and one that is changed later."""

    constant: str
    variable: str


class Unrolled:
    """The lines of an unrolled program.

    Parameters
    ----------
    listing
        The program.
    spelling
        How its primitives are spelled.
    words
        How numbers are declared.
    names
        The names of the arguments in the source.
    constants
        The constants, spelled.
    """

    def __init__(
        self, listing: Listing, spelling: Spelling, words: Words, names: Sequence[str], constants: Sequence[str]
    ) -> None:
        self.listing = listing
        self.spelling = spelling
        self.words = words
        computed = range(1, len(listing.instructions) + 1)
        self.numbers = [*input_texts(listing, names), *constants, *(f"v{each}" for each in computed)]
        gradients = input_texts(listing, [f"d_{name}" for name in names])
        self.gradients = [*gradients, *constants, *(f"d{each}" for each in computed)]

    @property
    def results(self) -> list[str]:
        """The results, spelled."""
        return [self.numbers[slot].strip("()") for slot in self.listing.outputs]

    def forward(self) -> list[str]:
        """The lines that compute."""
        return [
            self.words.constant.format(
                self.numbers[each.result],
                without_parentheses(self.spelling.value(each.rule, [self.numbers[slot] for slot in each.arguments])),
            )
            for each in self.listing.instructions
        ]

    def back(self, upstream: Sequence[str]) -> list[str]:
        """The lines that go back, from the given derivative by each result to those by the inputs."""
        begun = set(range(self.listing.inputs))  # the places for their gradients hold 0 at first
        lines = []

        def add(slot: int, text: str) -> None:
            name = self.gradients[slot]
            lines.append(f"{name} += {text};" if slot in begun else self.words.variable.format(name, text))
            begun.add(slot)

        for slot, text in zip(self.listing.outputs, upstream, strict=True):
            if self.listing.needed[slot]:
                add(slot, text)
        for instruction, positions in self.listing.way_back():
            arguments = [self.numbers[slot] for slot in instruction.arguments]
            given, result = self.gradients[instruction.result], self.numbers[instruction.result]
            for position in positions:
                text = without_parentheses(
                    self.spelling.contribution(given, instruction.rule, position, arguments, result)
                )
                add(instruction.arguments[position], text)
        return lines


def input_texts(listing: Listing, names: Sequence[str]) -> list[str]:
    """Every input as it is spelled: the name of its argument, with an index where that has several numbers."""
    return [
        name if argument.shape is None else f"{name}[{index}]"
        for name, argument in zip(names, listing.arguments, strict=True)
        for index in range(argument.size)
    ]
