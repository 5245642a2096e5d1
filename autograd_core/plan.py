"""How a tape is replayed natively on a batch: what is a scalar, what is a row of a block, and which chains are fused.

What depends on shared inputs only is computed once, as a scalar. What depends on an input of the examples is a row of
numbers, one an example. A chain ``bias + w1*x1 + w2*x2 + ...`` of scalars w and rows x becomes one instruction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .flatten import Tape
from .rules import OPCODES, PRIMITIVES

__all__ = ["DOT", "Plan", "make_plan"]

Array = np.ndarray[Any, Any]

#: Opcode of a fused chain.
DOT = -1
_ADD, _MUL = PRIMITIVES["add"].opcode, PRIMITIVES["mul"].opcode


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """The arrays that replay.h describes, under the same names."""

    slots: int
    rows: int
    shared_opcode: Array
    shared_arguments: Array
    shared_result: Array
    opcode: Array
    arguments: Array
    result: Array
    terms: Array
    term_weight: Array
    term_row: Array
    row_needed: Array
    slot_needed: Array
    spread_slot: Array
    spread_row: Array
    input_row: Array
    output_row: Array
    output_slot: Array
    guard_row: Array
    guard_slot: Array
    guard_truth: Array


@dataclass(slots=True)
class _Chain:
    """``bias + sum of weight * x``: slots of the bias and, in order, of the weights and rows."""

    bias: int | None
    weights: list[int]
    rows: list[int]


def make_plan(tape: Tape, of_examples: Array, wanted: Array) -> Plan:
    """Plan the replay of a tape.

    Parameters
    ----------
    tape
        The instructions.
    of_examples : ndarray of bool
        For each input whether every example has its own.
    wanted : ndarray of bool
        For each input whether its gradient is wanted.
    """
    arity = np.array([rule.arity for rule in OPCODES], dtype=np.int32)[tape.opcodes]
    varies = _reached(tape, arity, of_examples)
    needed = _reached(tape, arity, wanted)
    is_row = varies[tape.first :]
    chains = _find_chains(tape, varies) if is_row.any() else {}
    absorbed = {slot for slot, chain in chains.items() if chain is None}

    run = [int(index) for index in np.flatnonzero(is_row) if tape.first + int(index) not in absorbed]
    spread: dict[int, int] = {}
    for index in run:
        if chains.get(tape.first + index) is None:
            for slot in tape.arguments[index, : arity[index]].tolist():
                if not varies[slot]:
                    spread.setdefault(slot, len(spread))
    row_of = np.full(tape.slots, -1, dtype=np.int32)
    row_of[list(spread)] = list(spread.values())
    inputs = np.flatnonzero(of_examples)
    with_rows = [*inputs.tolist(), *(tape.first + index for index in run)]
    row_of[with_rows] = np.arange(len(spread), len(spread) + len(with_rows), dtype=np.int32)
    rows = len(spread) + len(with_rows)
    row_needed = np.zeros(max(rows, 1), dtype=np.uint8)
    has_row = row_of >= 0
    row_needed[row_of[has_row]] = needed[has_row]

    opcode, arguments = np.empty(len(run), dtype=np.int16), np.zeros((len(run), 3), dtype=np.int32)
    terms, term_weight, term_row = [0], [], []
    for position, index in enumerate(run):
        chain = chains.get(tape.first + index)
        if chain is None:
            opcode[position] = tape.opcodes[index]
            count = arity[index]
            arguments[position, :count] = row_of[tape.arguments[index, :count]]
        else:
            opcode[position] = DOT
            bias_varies = chain.bias is not None and bool(varies[chain.bias])
            arguments[position, 0] = row_of[chain.bias] if bias_varies else -1
            arguments[position, 1] = -1 if bias_varies or chain.bias is None else chain.bias
            term_weight += chain.weights
            term_row += row_of[chain.rows].tolist()
        terms.append(len(term_weight))

    shared = np.flatnonzero(~is_row)
    guards = np.array([guard.slot for guard in tape.guards], dtype=np.int32)
    return Plan(
        slots=tape.slots,
        rows=rows,
        shared_opcode=tape.opcodes[shared],
        shared_arguments=tape.arguments[shared],
        shared_result=(tape.first + shared).astype(np.int32),
        opcode=opcode,
        arguments=arguments,
        result=row_of[[tape.first + index for index in run]],
        terms=np.array(terms, dtype=np.int32),
        term_weight=np.array(term_weight, dtype=np.int32),
        term_row=np.array(term_row, dtype=np.int32),
        row_needed=row_needed,
        slot_needed=needed.astype(np.uint8),
        spread_slot=np.array(list(spread), dtype=np.int32),
        spread_row=np.array(list(spread.values()), dtype=np.int32),
        input_row=row_of[inputs],
        output_row=np.where(varies[tape.outputs], row_of[tape.outputs], -1).astype(np.int32),
        output_slot=np.where(varies[tape.outputs], -1, tape.outputs).astype(np.int32),
        guard_row=np.where(varies[guards], row_of[guards], -1).astype(np.int32),
        guard_slot=np.where(varies[guards], -1, guards).astype(np.int32),
        guard_truth=np.array([guard.truth for guard in tape.guards], dtype=np.uint8),
    )


def _reached(tape: Tape, arity: Array, from_inputs: Array) -> Array:
    """For each slot whether it depends on one of the marked inputs."""
    reached = np.zeros(tape.slots, dtype=bool)
    reached[: tape.inputs] = from_inputs
    if from_inputs.all() and tape.inputs:
        reached[tape.first :] = True  # constants are folded, so every instruction depends on some input
        return reached
    if not from_inputs.any():
        return reached
    flags = reached.tolist()
    for index, (count, arguments) in enumerate(zip(arity.tolist(), tape.arguments.tolist(), strict=True)):
        flags[tape.first + index] = any(flags[slot] for slot in arguments[:count])
    return np.array(flags)


def _find_chains(tape: Tape, varies: Array) -> dict[int, _Chain | None]:
    """The chain that each last addition of one stands for; None for instructions that are part of another's chain."""
    uses = np.bincount(tape.arguments.ravel(), minlength=tape.slots)  # what is not an argument counts for slot 0 only
    uses[tape.outputs] += 1
    for guard in tape.guards:
        uses[guard.slot] += 1
    chains: dict[int, _Chain | None] = {}

    def term(slot: int) -> tuple[int, int] | None:
        """Weight and row of a product that only this addition uses."""
        index = slot - tape.first
        if index < 0 or tape.opcodes[index] != _MUL or uses[slot] != 1:
            return None
        left, right = tape.arguments[index, :2].tolist()
        if varies[left] == varies[right]:
            return None
        return (right, left) if varies[left] else (left, right)

    for index in np.flatnonzero((tape.opcodes == _ADD) & varies[tape.first :]).tolist():
        left, right = tape.arguments[index, :2].tolist()
        for before, added in ((left, right), (right, left)):
            product = term(added)
            if product is None:
                continue
            chain = chains.get(before) if uses[before] == 1 else None
            if chain is not None:
                chains[before] = None
            else:
                chain = _Chain(before, [], [])
            chain.weights.append(product[0])
            chain.rows.append(product[1])
            chains[added] = None
            chains[tape.first + index] = chain
            break
    return chains
