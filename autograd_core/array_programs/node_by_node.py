"""A tape run one operation at a time, as nodes are: what finds errors, what is careful about nan, and forward mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array, sum_to_shape
from ..array.operations import CAREFUL
from ..array.tensor import refusal
from ..array_tapes.tape import ArrayTape
from .backward import visits

__all__ = ["carefully_back", "numbers_of", "pushed_forward"]


def numbers_of(tape: ArrayTape, inputs: Sequence[Array]) -> tuple[list[Any], list[list[Any]]]:
    """The array of every slot, and the options of each instruction.

    Raises
    ------
    AutogradError
        If NumPy refuses an operation: which, and of which shapes.
    """
    numbers: list[Any] = [*inputs, *(each._data for each in tape.leaves), *tape.constants]
    options = []
    for each in tape.instructions:
        given = [numbers[slot] for slot in each.arguments]
        its: list[Any] = list(each.options)
        for position, slot in each.sources.items():
            its[position] = its[position].following(numbers[slot], given[0].shape[1])
        try:
            numbers.append(np.asarray(each.operation.forward(*given, *its)))
        except Exception as error:
            raise refusal(each.operation, given, error) from None
        options.append(its)
    return numbers, options


def carefully_back(
    tape: ArrayTape, numbers: Sequence[Any], options: Sequence[list[Any]], wanted: Sequence[bool]
) -> list[Array]:
    """The gradient by each wanted input, where a factor that is exactly 0 ends its product; see CAREFUL."""
    needed = tape.needed(wanted)
    root = numbers[tape.outputs[0]]
    gradients: dict[int, Any] = {tape.outputs[0]: np.ones(root.shape, root.dtype)}
    for index in visits(tape, needed):
        each, g = tape.instructions[index], gradients.get(tape.first + index)
        given = [numbers[slot] for slot in each.arguments]
        for position, slot in enumerate(each.arguments):
            if not needed[slot] or g is None:
                continue
            found = each.operation.vjps[position](CAREFUL, g, numbers[tape.first + index], *given, *options[index])
            if found is None:
                continue
            x = given[position]
            found = found if found.shape == x.shape else sum_to_shape(found, x.shape)
            found = found if found.dtype == x.dtype else found.astype(x.dtype)
            gradients[slot] = gradients[slot] + found if slot in gradients else found
    return [
        np.array(gradients.get(slot, np.zeros(form.shape, form.dtype)))
        for slot, (form, want) in enumerate(zip(tape.inputs, wanted, strict=True))
        if want
    ]


def pushed_forward(
    tape: ArrayTape, numbers: Sequence[Any], options: Sequence[list[Any]], tangents: Sequence[Array | None]
) -> list[Any]:
    """The tangent of each output, given those of the inputs; None for 0."""
    moved: list[Any] = [*tangents, *[None] * (tape.first - len(tape.inputs))]
    for index, each in enumerate(tape.instructions):
        z = numbers[tape.first + index]
        given = [numbers[slot] for slot in each.arguments]
        total: Any = None
        for position, slot in enumerate(each.arguments):
            if moved[slot] is None or z.dtype.kind != "f":
                continue
            part = each.operation.jvps[position](CAREFUL, moved[slot], z, *given, *options[index])
            if part is not None:
                total = part if total is None else total + part
        if total is not None and total.shape != z.shape:
            total = np.broadcast_to(total, z.shape)
        moved.append(total if total is None or total.dtype == z.dtype else total.astype(z.dtype))
    return [moved[slot] for slot in tape.outputs]
