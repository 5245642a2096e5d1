"""Recording a function of numbers: it runs once, on Values in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..array.tensor import Tensor, numbers_kept
from ..errors import InputTypeError, InputValueError
from ..scalar.blocks import branches_noted, recording, unchecked, watched_by
from ..scalar.recording import Watcher
from ..scalar.value import Value, constant
from ..transforms.argument_names import argument_names
from ..transforms.containers import leaves_in
from .arguments import Signature
from .program import Program, program_of
from .structure import read_numbers, structure_of, values_of, with_values

__all__ = ["TensorsReturnedError", "names_of_arguments", "record", "run_on_nodes", "with_numbers"]


class TensorsReturnedError(InputTypeError):
    """A function that got Values returned Tensors."""


def record(f: Callable[..., Any], *example_args: Any, parameters: Sequence[Value] | None = None) -> Program:
    """Record a function of numbers as a program: :func:`autograd_core.record` where there are no Tensors.

    With `parameters`, leaves around the function, the program has a list of numbers for them as its first argument.

    >>> record(lambda x: x * x + 1, 0.0)(3.0)
    10.0
    """
    names = names_of_arguments(f, example_args)
    structures = tuple(structure_of(each, name) for each, name in zip(example_args, names, strict=True))
    numbers = [
        read_numbers(each, structure, name)[0]
        for each, structure, name in zip(example_args, structures, names, strict=True)
    ]
    inputs = [Value(number) for row in numbers for number in row.tolist()]
    values = iter(inputs)
    given = [with_values(structure, values) for structure in structures]
    if parameters is not None:
        names, structures = ("parameters", *names), (structure_of(list(parameters), "parameters"), *structures)
        inputs = [*parameters, *inputs]
    result, branches = run_on_nodes(f, given, inputs)
    try:
        structure = structure_of(result, "the function's result")
        outputs = [each if isinstance(each, Value) else constant(each) for each in values_of(result, structure)]
    except InputTypeError:
        if any(isinstance(each, Tensor) for each in leaves_in(result)):
            raise TensorsReturnedError(
                "the function's result holds Tensors, made of Values; record it by autograd_core.record"
            ) from None
        raise
    function = f if parameters is None else None  # which finds its parameters' own numbers around itself
    return program_of(inputs, outputs, branches, Signature(names, structures, structure), function)


@contextmanager
def with_numbers(parameters: Sequence[Any] | None, numbers: Any) -> Iterator[None]:
    """A block in which leaves have other numbers, at which a function of them is recorded."""
    if parameters is None:
        yield
        return
    if len(numbers) != len(parameters):
        raise InputValueError(f"parameters: {len(numbers)} numbers and arrays for {len(parameters)} leaves")
    with numbers_kept(parameters):
        for leaf, number in zip(parameters, numbers, strict=True):
            if not np.array_equal(leaf.data, number):
                leaf.data = np.array(number) if isinstance(leaf, Tensor) else float(number)
        yield


def names_of_arguments(f: Any, example_args: Sequence[Any]) -> tuple[str, ...]:
    """How the arguments of a function that is to be recorded are called."""
    if not callable(f):
        raise InputTypeError(f"record: {f!r} is not a function; write record(f, *example_args)")
    return tuple(argument_names(f, len(example_args), "argument"))


def run_on_nodes(
    f: Callable[..., Any], arguments: Sequence[Any], inputs: Sequence[Any], *, noting_lines: bool = False
) -> tuple[Any, Any]:
    """Run a function on nodes, whose numbers are examples only: what it returns, and the branches it took.

    If nodes are `noting_lines`, each knows where in the code it was made.
    """
    watched = watched_by(Watcher()) if noting_lines else unchecked()
    with recording(True), watched, branches_noted(inputs) as branches:
        result = f(*arguments)
    return result, branches
