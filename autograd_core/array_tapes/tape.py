"""A graph of Tensors laid out flat: a list of instructions, each of them an operation on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.cross_entropy import Labels
from ..array.operations import Operation
from ..array.tensor import LEAF, OF_VALUES, Tensor
from ..array.walks import tensor_order
from ..program.flatten import Guard

__all__ = ["ArrayTape", "Form", "Instruction", "flatten"]


@dataclass(frozen=True, slots=True)
class Form:
    """Shape, type and layout of an array: `axes` from the one whose elements lie farthest apart to the closest."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: tuple[int, ...]

    @classmethod
    def of(cls, array: Array) -> Form:
        """The form of an array.

        >>> Form.of(np.ones((2, 3)).T).axes
        (1, 0)
        """
        axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        return cls(array.shape, array.dtype, tuple(axes))

    def inside(self, memory: Array) -> Array:
        """An array of this form whose numbers lie in some bytes."""
        flat = memory[: self.bytes].view(self.dtype)
        return flat.reshape([self.shape[axis] for axis in self.axes]).transpose(np.argsort(self.axes).tolist())

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Instruction:
    """An operation on slots.

    Attributes
    ----------
    operation, arguments, options
        What is computed, of which slots.
    sources
        For the position of an option that follows an input the slot of that input.
    form
        Of the result.
    place
        Where in the user's code it stands, if that was noted.
    """

    operation: Operation
    arguments: tuple[int, ...]
    options: tuple[Any, ...]
    sources: dict[int, int]
    form: Form
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ArrayTape:
    """Slots are numbered: first the inputs, then captured leaves, constants, and the results of the instructions.

    Attributes
    ----------
    inputs
        The forms of the inputs.
    leaves
        Leaves of the function's surroundings, which have other numbers at each replay.
    constants
        Arrays that never change.
    instructions, outputs, guards
        What is computed, and of it returned or looked at.
    """

    inputs: tuple[Form, ...]
    leaves: tuple[Tensor, ...]
    constants: tuple[Array, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...]

    @property
    def first(self) -> int:
        """The slot of the first instruction's result."""
        return len(self.inputs) + len(self.leaves) + len(self.constants)

    def needed(self, wanted: Sequence[bool]) -> list[bool]:
        """For each slot whether a gradient flows through it to an input that is wanted."""
        flows = [*wanted, *[False] * (self.first - len(self.inputs))]
        for each in self.instructions:
            stops = each.operation.name == "stop_gradient" or each.form.dtype.kind != "f"
            flows.append(not stops and any(flows[slot] for slot in each.arguments))
        return flows


def flatten(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], branches: Sequence[tuple[Tensor, bool, str, str]] = ()
) -> tuple[ArrayTape, list[Tensor]]:
    """Lay out a graph.

    Parameters
    ----------
    outputs, inputs
        What to compute, and of what.
    branches
        For each branch its node, truth, comparison and source.

    Returns
    -------
    tape
        The instructions.
    of_values
        Tensors of Values, which are inputs of the tape too, behind the others.
    """
    order, _ = tensor_order([*outputs, *(node for node, *_ in branches)], inputs)
    order = [*dict.fromkeys([*(s for each in order for s in _sources(each).values() if s not in inputs), *order])]
    moving: set[Tensor] = set(inputs)  # what may be another number at the next replay
    of_values, leaves, constants, computed = [], [], [], []
    for node in order:
        if node._operation is OF_VALUES:
            of_values.append(node)
        elif node._operation is LEAF:
            leaves.append(node)
        elif node._parents and any(each in moving for each in (*node._parents, *_sources(node).values())):
            computed.append(node)
        else:
            constants.append(node)
            continue
        moving.add(node)
    used = {parent for node in computed for parent in (*node._parents, *_sources(node).values())}
    used |= {*outputs, *(node for node, *_ in branches)}
    constants = [each for each in constants if each in used]
    ends = [*inputs, *of_values]
    slots = {node: slot for slot, node in enumerate([*ends, *leaves, *constants, *computed])}
    instructions = tuple(
        Instruction(
            node._operation,
            tuple(slots[parent] for parent in node._parents),
            node._options,
            {position: slots[source] for position, source in _sources(node).items()},
            Form.of(node._data),
            node.place,
        )
        for node in computed
    )
    tape = ArrayTape(
        tuple(Form.of(node._data) for node in ends),
        tuple(leaves),
        tuple(_kept(node) for node in constants),
        instructions,
        tuple(slots[node] for node in outputs),
        tuple(Guard(slots[node], truth, comparison, source) for node, truth, comparison, source in branches),
    )
    return tape, of_values


def _sources(node: Tensor) -> dict[int, Tensor]:
    """The inputs that options of a node follow."""
    return {
        position: option.source
        for position, option in enumerate(node._options)
        if isinstance(option, Labels) and option.source is not None
    }


def _kept(node: Tensor) -> Array:
    """The numbers of a constant, which nobody else can write to."""
    return node._data if node._evidence is None else np.array(node._data)
