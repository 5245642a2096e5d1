"""The gradient of a program of arrays as a program again: for engines that have no derivatives of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.functions import apply_to_tensors
from ..array.operations import STRUCTURAL, Operation
from ..array.tensor import Tensor, array_constant, record
from ..derivatives.gradients import gradient_nodes
from ..formulas.primitives import PRIMITIVES
from ..program.recording import run_on_nodes
from .tape import ArrayTape, Form, flatten

__all__ = ["node_without_numbers", "numbers_like", "with_gradient"]


def with_gradient(tape: ArrayTape, wanted: Sequence[bool]) -> ArrayTape:
    """A tape of the same inputs, whose outputs are those of a tape and the gradient of its only one by wanted inputs.

    It is made of the rules that every gradient is made of, on nodes again; what these nodes hold are numbers that no
    operation refuses, for no number of a tape is known.
    """
    inputs = [
        Tensor(numbers_like(form)) if form.dtype.kind == "f" else array_constant(numbers_like(form))
        for form in tape.inputs
    ]
    leaves = [array_constant(np.array(each._data)) for each in tape.leaves]

    def graph(*given: Tensor) -> list[Tensor]:
        slots = [*given, *leaves, *map(array_constant, tape.constants)]
        for each in tape.instructions:
            parents = tuple(slots[slot] for slot in each.arguments)
            if each.sources:
                slots.append(_of_followed_labels(parents[0], slots[each.sources[0]]))
                continue
            slots.append(node_without_numbers(each.operation, parents, each.options, numbers_like(each.form)))
        [value] = [slots[slot] for slot in tape.outputs]
        by = [node for node, want in zip(given, wanted, strict=True) if want]
        return [value, *gradient_nodes(value, by)]

    outputs, _ = run_on_nodes(graph, inputs, inputs)
    made, _ = flatten(outputs, inputs)
    return made


def node_without_numbers(
    operation: Operation, parents: tuple[Tensor, ...], options: tuple[Any, ...], numbers: Array
) -> Tensor:
    """The node of an operation that is not run; it holds other numbers of the form of its result."""
    stand_in = Operation(operation.name, lambda *_: numbers, (), ())
    node = record(stand_in, parents, *options)
    node._operation = operation
    return node


def numbers_like(form: Form) -> Array:
    """Numbers of a form that every operation takes: a matrix has an inverse and a root, an index is in range."""
    if form.dtype.kind != "f":
        return np.zeros(form.shape, form.dtype)
    square = len(form.shape) > 1 and form.shape[-1] == form.shape[-2]
    return np.broadcast_to(np.eye(form.shape[-1]) if square else 0.5, form.shape).astype(form.dtype)


def _of_followed_labels(x: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of labels that are an input, by operations all of whose operands are nodes."""
    count, classes = x.shape
    places, none = array_constant(np.arange(classes)), array_constant(np.zeros((), x.dtype))
    is_label = apply_to_tensors(PRIMITIVES["equal"], places, labels.reshape((count, 1)))
    logarithms = record(STRUCTURAL["log_softmax"], (x,), 1)
    return apply_to_tensors(PRIMITIVES["where"], is_label, logarithms, none).sum() * (-1.0 / count)
