"""A program as the graph it was recorded from, on numbers of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputTypeError, InputValueError
from ..formulas.rules import OPCODES
from ..scalar.making import apply
from ..scalar.value import Value, constant
from .arguments import array_of
from .flatten import Tape
from .program import Program

__all__ = ["graph_of_program", "graph_of_tape"]


def graph_of_program(program: Program, arguments: Sequence[Any] | None = None) -> list[Value]:
    """The graph of one call of a program: what was computed twice, or from constants alone, is in it once.

    Parameters
    ----------
    program
        The program.
    arguments
        What it is called with; None for the numbers at which it was recorded. Each becomes a leaf that is called as
        the argument is, such as ``w[2]``.

    Returns
    -------
    list of Value
        The results.

    Raises
    ------
    InputTypeError, InputValueError
        If the arguments are not like those that it was recorded with, or there are none and it comes from a file.

    Examples
    --------
    >>> from autograd_core import leaves, record
    >>> [root] = graph_of_program(record(lambda w, x: (w * x).tanh(), 1.0, 2.0), [0.5, 4.0])
    >>> root.op, round(root.data, 4), [leaf.label for leaf in leaves(root)]
    ('tanh', 0.964, ['w', 'x'])
    """
    signature, tape = program.signature, program.tape
    names = ", ".join(signature.names)
    if arguments is not None:
        if len(arguments) != len(signature.names):
            raise InputValueError(
                f"at: {len(arguments)} argument(s) are given, and the program takes {len(signature.names)}: {names}"
            )
        rows = [
            array_of(each, structure, name, None)
            for each, structure, name in zip(arguments, signature.arguments, signature.names, strict=True)
        ]
        numbers = [number for row in rows for number in row.ravel().tolist()]
    elif program.example is not None:
        numbers = program.example.tolist()
    else:
        raise InputValueError(f"a program from a file has no numbers of its own; give them for its arguments: {names}")
    return graph_of_tape(tape, [Value(each, signature.name_of_input(at)) for at, each in enumerate(numbers)])[0]


def graph_of_tape(tape: Tape, inputs: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """The graph that a tape was made of, on other inputs: the results, and the nodes of the guards."""
    slots: list[Value] = [*inputs, *map(constant, tape.constants.tolist())]
    for opcode, row in zip(tape.opcodes.tolist(), tape.arguments.tolist(), strict=True):
        rule = OPCODES[opcode]
        given: list[Any] = [slots[slot] for slot in row[: rule.arity]]
        if rule.parameter is not None:
            if given[-1].differentiable:
                raise InputTypeError(f"the program has {rule.name} with a parameter that is computed; it has no graph")
            given[-1] = given[-1].data
        slots.append(apply(rule.name, *given))
    return [slots[slot] for slot in tape.outputs.tolist()], [slots[guard.slot] for guard in tape.guards]
