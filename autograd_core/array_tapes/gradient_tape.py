"""The gradient of a program of arrays as a program again: for engines that have no derivatives of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..array.tensor import Tensor, array_constant
from ..derivatives.gradients import gradient_nodes
from ..program.recording import run_on_nodes
from .blank import Blanks, numbers_like
from .tape import ArrayTape, flatten

__all__ = ["with_gradient"]


def with_gradient(tape: ArrayTape, wanted: Sequence[bool]) -> ArrayTape:
    """A tape of the same inputs, whose outputs are those of a tape and the gradient of its only one by wanted inputs.

    It is made of the rules that every gradient is made of, on nodes again.
    """
    inputs = [
        Tensor(numbers_like(form)) if form.dtype.kind == "f" else array_constant(numbers_like(form))
        for form in tape.inputs
    ]
    leaves = [array_constant(np.array(each._data)) for each in tape.leaves]

    blank = Blanks(inputs)

    def graph(*given: Tensor) -> list[Tensor]:
        slots = [*given, *leaves, *map(array_constant, tape.constants)]
        for each in tape.instructions:
            parents = tuple(slots[slot] for slot in each.arguments)
            if each.sources:
                slots.append(blank.cross_entropy(parents[0], slots[each.sources[0]]))
                continue
            slots.append(blank(each.operation, parents, *each.options))
        [value] = [slots[slot] for slot in tape.outputs]
        by = [node for node, want in zip(given, wanted, strict=True) if want]
        return [value, *gradient_nodes(value, by)]

    outputs, _ = run_on_nodes(graph, inputs, inputs)
    made, _ = flatten(outputs, inputs)
    return made
