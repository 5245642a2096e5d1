"""How a tape is replayed natively on a batch: what is a scalar, what is a row of a block, and which chains are fused.

What depends on shared inputs only is computed once, as a scalar. What depends on an input of the examples is a row of
numbers, one an example. A chain ``bias + w1*x1 + w2*x2 + ...`` is one instruction: on scalars a sum of products; with
scalars w and rows x it is a neuron, and all neurons that look at the same rows are one layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..formulas.rules import OPCODES, PRIMITIVES
from .flatten import Tape

__all__ = ["DOT", "Plan", "make_plan"]

Array = np.ndarray[Any, Any]

#: Opcode of a sum of products among the scalars, and of a layer among the rows.
DOT = -1
_ADD, _MUL, _STOP_GRADIENT = (PRIMITIVES[name].opcode for name in ("add", "mul", "stop_gradient"))


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """The arrays that replay.h describes, under the same names."""

    slots: int
    rows: int
    constants: Array
    constant_slot: int
    shared_opcode: Array
    shared_arguments: Array
    shared_result: Array
    product_begin: Array
    product_left: Array
    product_right: Array
    opcode: Array
    arguments: Array
    result: Array
    neuron_begin: Array
    neuron_row: Array
    bias_slot: Array
    bias_row: Array
    term_begin: Array
    term_row: Array
    weight_begin: Array
    weight_slot: Array
    passed_begin: Array
    passed_term: Array
    passed_row: Array
    rows_distinct: Array
    weights_needed: Array
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
    """``bias + sum of left * right``: slots of the bias and, in order, of the factors; if one is a row, the right."""

    bias: int
    left: list[int]
    right: list[int]


@dataclass(slots=True)
class _Layers:
    """Layers as flat lists; the ``begin`` of a layer's part of each list, and at last the list's end."""

    neuron_begin: list[int] = field(default_factory=lambda: [0])
    neuron_row: list[int] = field(default_factory=list)
    bias_slot: list[int] = field(default_factory=list)
    bias_row: list[int] = field(default_factory=list)
    term_begin: list[int] = field(default_factory=lambda: [0])
    term_row: list[int] = field(default_factory=list)
    weight_begin: list[int] = field(default_factory=lambda: [0])
    weight_slot: list[int] = field(default_factory=list)
    passed_begin: list[int] = field(default_factory=lambda: [0])
    passed_term: list[int] = field(default_factory=list)
    passed_row: list[int] = field(default_factory=list)
    rows_distinct: list[bool] = field(default_factory=list)
    weights_needed: list[bool] = field(default_factory=list)

    def add(self, neurons: list[tuple[int, _Chain]], row_of: Array, varies: Array, needed: Array) -> None:
        """Add the layer of some chains, each with the slot of its result."""
        terms = neurons[0][1].right
        for slot, chain in neurons:
            self.neuron_row.append(int(row_of[slot]))
            self.bias_row.append(int(row_of[chain.bias]) if varies[chain.bias] else -1)
            self.bias_slot.append(-1 if varies[chain.bias] else chain.bias)
            self.weight_slot += chain.left
        self.neuron_begin.append(len(self.neuron_row))
        self.term_row += row_of[terms].tolist()
        self.term_begin.append(len(self.term_row))
        self.weight_begin.append(len(self.weight_slot))
        passed = np.flatnonzero(needed[terms])
        self.passed_term += passed.tolist()
        self.passed_row += row_of[terms][passed].tolist()
        self.rows_distinct.append(len(set(terms)) == len(terms))
        self.passed_begin.append(len(self.passed_term))
        self.weights_needed.append(any(needed[chain.left].any() for _, chain in neurons))


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
    needed = _reached(tape, arity, wanted, beyond_stops=False)
    chains = _find_chains(tape, varies)
    is_kept = np.ones(len(tape.opcodes), dtype=bool)
    is_kept[[slot - tape.first for slot, chain in chains.items() if chain is None]] = False
    run = np.flatnonzero(is_kept & varies[tape.first :]).tolist()

    is_argument = np.arange(3) < arity[:, None]
    # Scalars that an operation on rows looks at, in the order in which they come.
    alone = np.array([index for index in run if tape.first + index not in chains], dtype=np.int64)
    looked_at = tape.arguments[alone][is_argument[alone]]
    spread = dict.fromkeys(looked_at[~varies[looked_at]].tolist())
    spread = dict(zip(spread, range(len(spread)), strict=True))
    row_of = np.full(tape.slots, -1, dtype=np.int32)
    row_of[list(spread)] = list(spread.values())
    inputs = np.flatnonzero(of_examples)
    with_rows = [*inputs.tolist(), *(tape.first + index for index in run)]
    row_of[with_rows] = np.arange(len(spread), len(spread) + len(with_rows), dtype=np.int32)
    rows = len(spread) + len(with_rows)
    row_needed = np.zeros(max(rows, 1), dtype=np.uint8)
    has_row = row_of >= 0
    row_needed[row_of[has_row]] = needed[has_row]

    layers = _Layers()
    groups = _layers_together(run, tape, chains, varies, needed)
    begun_by = np.array([group[0] for group in groups], dtype=np.int64)
    opcode, result = tape.opcodes[begun_by].astype(np.int16), row_of[tape.first + begun_by]
    arguments = np.where(is_argument, row_of[tape.arguments], 0)[begun_by].astype(np.int32)
    for position, group in enumerate(groups):
        if tape.first + group[0] in chains:
            opcode[position] = DOT
            arguments[position] = (len(layers.weights_needed), 0, 0)
            layers.add(
                [(tape.first + each, _chain(chains, tape.first + each)) for each in group], row_of, varies, needed
            )

    shared = np.flatnonzero(is_kept & ~varies[tape.first :])
    products = [chains.get(slot) for slot in (tape.first + shared).tolist()]
    shared_arguments = tape.arguments[shared].astype(np.int32)
    for position, chain in enumerate(products):
        if chain is not None:
            shared_arguments[position] = (chain.bias, 0, 0)
    guards = np.array([guard.slot for guard in tape.guards], dtype=np.int32)
    return Plan(
        slots=tape.slots,
        rows=rows,
        constants=np.ascontiguousarray(tape.constants, dtype=np.float64),
        constant_slot=tape.inputs,
        shared_opcode=np.where([chain is not None for chain in products], DOT, tape.opcodes[shared]).astype(np.int16),
        shared_arguments=shared_arguments,
        shared_result=(tape.first + shared).astype(np.int32),
        product_begin=_ints(np.cumsum([0, *(len(chain.left) if chain else 0 for chain in products)])),
        product_left=_ints([slot for chain in products if chain for slot in chain.left]),
        product_right=_ints([slot for chain in products if chain for slot in chain.right]),
        opcode=opcode,
        arguments=arguments,
        result=result,
        neuron_begin=_ints(layers.neuron_begin),
        neuron_row=_ints(layers.neuron_row),
        bias_slot=_ints(layers.bias_slot),
        bias_row=_ints(layers.bias_row),
        term_begin=_ints(layers.term_begin),
        term_row=_ints(layers.term_row),
        weight_begin=_ints(layers.weight_begin),
        weight_slot=_ints(layers.weight_slot),
        passed_begin=_ints(layers.passed_begin),
        passed_term=_ints(layers.passed_term),
        passed_row=_ints(layers.passed_row),
        rows_distinct=np.array(layers.rows_distinct, dtype=np.uint8),
        weights_needed=np.array(layers.weights_needed, dtype=np.uint8),
        row_needed=row_needed,
        slot_needed=needed.astype(np.uint8),
        spread_slot=_ints(list(spread)),
        spread_row=_ints(list(spread.values())),
        input_row=_ints(row_of[inputs]),
        output_row=_ints(np.where(varies[tape.outputs], row_of[tape.outputs], -1)),
        output_slot=_ints(np.where(varies[tape.outputs], -1, tape.outputs)),
        guard_row=_ints(np.where(varies[guards], row_of[guards], -1)),
        guard_slot=_ints(np.where(varies[guards], -1, guards)),
        guard_truth=np.array([guard.truth for guard in tape.guards], dtype=np.uint8),
    )


def _ints(numbers: Any) -> Array:
    return np.array(numbers, dtype=np.int32)


def _chain(chains: dict[int, _Chain | None], slot: int) -> _Chain:
    chain = chains[slot]
    assert chain is not None
    return chain


def _reached(tape: Tape, arity: Array, from_inputs: Array, *, beyond_stops: bool = True) -> Array:
    """For each slot whether it depends on one of the marked inputs, or a gradient flows from it to one of them."""
    reached = np.zeros(tape.slots, dtype=bool)
    reached[: tape.inputs] = from_inputs
    stops = np.zeros(len(tape.opcodes), dtype=bool) if beyond_stops else tape.opcodes == _STOP_GRADIENT
    if from_inputs.all() and tape.inputs and not stops.any():
        reached[tape.first :] = True  # constants are folded, so every instruction depends on some input
        return reached
    if not from_inputs.any():
        return reached
    nowhere = tape.slots  # what is not an argument
    arguments = np.where(np.arange(3) < arity[:, None], tape.arguments, nowhere)
    arguments[stops] = nowhere
    flags = [*reached.tolist(), False]
    for slot, x, y, w in zip(range(tape.first, tape.slots), *(column.tolist() for column in arguments.T), strict=True):
        if flags[x] or flags[y] or flags[w]:
            flags[slot] = True
    return np.array(flags[:-1])


def _find_chains(tape: Tape, varies: Array) -> dict[int, _Chain | None]:
    """The chain that each last addition of one stands for; None for instructions that are part of another's chain."""
    uses = np.bincount(tape.arguments.ravel(), minlength=tape.slots)  # what is not an argument counts for slot 0 only
    np.add.at(uses, tape.outputs, 1)
    for guard in tape.guards:
        uses[guard.slot] += 1
    once = np.zeros(tape.slots, dtype=bool)  # products that one instruction uses, and may absorb
    once[tape.first :] = (tape.opcodes == _MUL) & (uses[tape.first :] == 1)
    candidates = (tape.opcodes == _ADD) & once[tape.arguments[:, :2]].any(axis=1)
    chains: dict[int, _Chain | None] = {}
    # As lists: a number of an array takes Python three times as long to read. As flat ones: where many lists are made,
    # the garbage collector looks through all there is, again and again.
    lefts, rights = tape.arguments[:, 0].tolist(), tape.arguments[:, 1].tolist()
    alone, is_absorbed, is_row = (uses == 1).tolist(), once.tolist(), varies.tolist()
    first = tape.first
    for index in np.flatnonzero(candidates).tolist():
        slot = first + index
        left, right = lefts[index], rights[index]
        for before, added in ((left, right), (right, left)):
            if not is_absorbed[added]:
                continue
            # The factors of a product that a chain can have: two scalars, or a scalar and a row.
            scalar, other = lefts[added - first], rights[added - first]
            if is_row[scalar] and not is_row[other]:
                scalar, other = other, scalar
            if is_row[scalar] or is_row[other] != is_row[slot]:
                continue
            chain = chains.get(before) if alone[before] else None
            if chain is not None and is_row[before] == is_row[slot]:
                chains[before] = None
            else:
                chain = _Chain(before, [], [])
            chain.left.append(scalar)
            chain.right.append(other)
            chains[added] = None
            chains[slot] = chain
            break
    return chains


def _layers_together(
    run: list[int], tape: Tape, chains: dict[int, _Chain | None], varies: Array, needed: Array
) -> list[list[int]]:
    """The instructions on rows, in groups: neurons that look at the same rows together, where the first of them stood.

    What they look at was there when the first was computed, so the others can be computed then as well.
    """
    groups: list[list[int]] = []
    layers: dict[tuple[Any, ...], list[int]] = {}
    for index in run:
        chain = chains.get(tape.first + index)
        group = [index]
        if chain is not None and not varies[chain.bias]:
            group = layers.setdefault((needed[tape.first + index], *chain.right), [])
            group.append(index)
            if len(group) > 1:
                continue
        groups.append(group)
    return groups
