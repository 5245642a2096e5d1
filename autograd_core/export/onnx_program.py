"""A listing in ONNX: numbers in a row, of which each round computes so many more at once; and the way back."""

from __future__ import annotations

import numpy as np

from ..errors import InputValueError
from .listing import Instruction, Listing
from .onnx_writer import OnnxWriter
from .rounds import rounds_of

__all__ = ["RowInOnnx"]

#: As many rounds may follow each other: each copies the row.
_MOST_ROUNDS = 3000


class RowInOnnx:
    """The numbers of a program, in a row: inputs, constants, and what each round computes.

    Parameters
    ----------
    listing
        The program.
    writer
        Where it is written.
    inputs
        The name of the array of all inputs.
    """

    def __init__(self, listing: Listing, writer: OnnxWriter, inputs: str) -> None:
        self.listing, self.writer = listing, writer
        self._rounds = rounds_of(listing)
        if len(self._rounds) > _MOST_ROUNDS:
            raise InputValueError(
                f"to_onnx: {len(self._rounds):,} steps of the program wait for each other, and ONNX would copy all "
                "numbers in each; write to_c('model.c') or to_wasm('model.wasm')"
            )
        self._place = np.arange(listing.slots)
        start = listing.first
        for each in self._rounds:
            self._place[[one.result for one in each]] = start + np.arange(len(each))
            start += len(each)
        self._row = writer.op("Concat", inputs, writer.constant(np.array(listing.constants, float)), axis=0)
        for each in self._rounds:
            found = writer.value(each[0].rule, self._arguments(each))
            self._row = writer.op("Concat", self._row, found, axis=0)

    @property
    def outputs(self) -> str:
        """The results in a row."""
        return self._at(self._row, list(self.listing.outputs))

    def gradient(self, upstream: str) -> str:
        """The gradient by the inputs in a row, of the sum of the results, each times its number in `upstream`."""
        writer, listing = self.writer, self.listing
        places = writer.whole(*self._place[list(listing.outputs)].tolist())
        zeros = writer.constant(np.zeros(listing.slots))
        received = writer.op("ScatterElements", zeros, places, upstream, axis=0, reduction="add")
        end = listing.slots
        for each in reversed(self._rounds):
            span = writer.whole(end - len(each)), writer.whole(end)
            up, result = (writer.op("Slice", row, *span) for row in (received, self._row))
            end -= len(each)
            given = self._arguments(each)
            for position in range(each[0].rule.arity):
                slots = [one.arguments[position] for one in each]
                if any(listing.needed[slot] for slot in slots):
                    part = writer.contribution(each[0].rule, position, up, given, result)
                    if part is not None:
                        at = writer.whole(*self._place[slots].tolist())
                        received = writer.op("ScatterElements", received, at, part, axis=0, reduction="add")
        return writer.op("Slice", received, writer.whole(0), writer.whole(listing.inputs))

    def _arguments(self, each: list[Instruction]) -> list[str]:
        arity = each[0].rule.arity
        return [self._at(self._row, [one.arguments[position] for one in each]) for position in range(arity)]

    def _at(self, row: str, slots: list[int]) -> str:
        return self.writer.op("Gather", row, self.writer.whole(*self._place[slots].tolist()), axis=0)
