"""A replay checked for NaNs and infinities: instruction by instruction, on NumPy, before the program runs itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import AnomalyError
from ..formulas.rules import OPCODES, Primitive
from ..program.replay import Contribution, Replay, contributions_on_numpy, forward_on_numpy
from ..scalar.messages import place_in_users_code
from .advice import (
    advice_on_cut,
    advice_on_local_derivative,
    advice_on_product,
    advice_on_result,
    advice_on_sum,
    factors,
    is_guard,
    meet,
    named,
)

__all__ = ["check_replay"]


def check_replay(replay: Replay) -> None:
    """Raise if an instruction gives a NaN or an infinity on the numbers of a replay.

    Raises
    ------
    AnomalyError
        It names the primitive, the numbers and the example. The place is that of the call, for a program does not know
        where its instructions were written.
    """
    slots = forward_on_numpy(replay.tape, replay.inputs)
    _check_forward(replay, slots)
    if replay.seed is not None:
        with np.errstate(all="ignore"):
            _check_backward(replay, slots, replay.seed)


def _check_forward(replay: Replay, slots: list[Any]) -> None:
    tape = replay.tape
    for index in range(len(tape.opcodes)):
        result = slots[tape.first + index]
        if not np.all(np.isfinite(result)):
            example = _first_bad(result)
            rule, arguments = _instruction(replay, index)
            numbers = tuple(_at(slots[slot], example) for slot in arguments)
            number = _at(result, example)
            is_producer = all(map(math.isfinite, numbers))
            verb = f"made {number!r}," if is_producer else f"passes on {number!r}, made"
            what = f"{verb} of {named(rule, numbers)}{_of_example(example)}"
            if not is_producer:
                what += _given(replay, arguments, numbers)
            advice = advice_on_result(rule, numbers, number)
            raise _error(rule, index, "forward", what, advice, numbers, is_producer)


def _check_backward(replay: Replay, slots: list[Any], seed: float) -> None:
    tape = replay.tape
    gradients: list[Any] = [None] * tape.slots
    of_examples = np.ndim(slots[tape.outputs[0]]) > 0
    gradients[tape.outputs[0]] = np.full(replay.count, seed) if of_examples else seed * replay.count
    needed = [*replay.wanted, *(False for _ in tape.constants)]
    for index, slots_of in enumerate(tape.arguments.tolist()):
        needed.append(any(needed[slot] for slot in slots_of[: OPCODES[tape.opcodes[index]].arity]))
    smooth: list[Any] = [False] * tape.slots  # where a slot has received a 0 that no guard made
    for each in contributions_on_numpy(tape, slots, gradients, replay.wanted):
        rule, arguments = _instruction(replay, each.index)
        makers = [_maker(replay, slot, needed) for slot in arguments]
        cut, zero = meet(
            each.upstream,
            each.local_derivative,
            smooth[tape.first + each.index],
            is_guard(rule, each.position, makers.__getitem__),
        )
        if np.any(cut):
            raise _error_of_cut(rule, each, [slots[slot] for slot in arguments], cut)
        smooth[each.slot] = smooth[each.slot] | (zero if np.ndim(slots[each.slot]) else np.any(zero))
        if not np.all(np.isfinite(each.number)):
            raise _error_of_product(rule, each, [slots[slot] for slot in arguments])
        total = each.number if np.ndim(slots[each.slot]) else np.sum(each.number)
        if gradients[each.slot] is not None:
            total = total + gradients[each.slot]
        if not np.all(np.isfinite(total)):
            what = f"passes on finite contributions to {rule.arguments[each.position]} whose sum is not finite"
            raise _error(rule, each.index, "backward", what, advice_on_sum(), (), True)


def _maker(replay: Replay, slot: int, needed: list[bool]) -> str:
    if not needed[slot]:
        return "constant"
    tape = replay.tape
    return "input" if slot < tape.first else OPCODES[tape.opcodes[slot - tape.first]].name


def _error_of_cut(rule: Primitive, each: Contribution, operands: list[Any], cut: Any) -> AnomalyError:
    example = int(np.argmax(cut)) if np.ndim(cut) else None
    upstream, local = _at(each.upstream, example), _at(each.local_derivative, example)
    numbers = tuple(_at(operand, example) for operand in operands)
    what = (
        f"passes nothing to {rule.arguments[each.position]}, for a factor is 0, but the other is not finite: "
        f"{factors(rule, numbers, upstream, local)}{_of_example(example)}; the gradient lacks this path"
    )
    advice = advice_on_cut(rule, each.position, numbers, local)
    return _error(rule, each.index, "backward", what, advice, (upstream, local), True)


def _error_of_product(rule: Primitive, each: Contribution, operands: list[Any]) -> AnomalyError:
    example = _first_bad(each.number)
    upstream, local = _at(each.upstream, example), _at(each.local_derivative, example)
    numbers = tuple(_at(operand, example) for operand in operands)
    advice = advice_on_product() if math.isfinite(local) else advice_on_local_derivative(rule, each.position, numbers)
    what = (
        f"passes {_at(each.number, example)!r} to {rule.arguments[each.position]}: "
        f"{factors(rule, numbers, upstream, local)}{_of_example(example)}"
    )
    return _error(rule, each.index, "backward", what, advice, (upstream, local), True)


def _instruction(replay: Replay, index: int) -> tuple[Primitive, list[int]]:
    rule = OPCODES[replay.tape.opcodes[index]]
    return rule, replay.tape.arguments[index, : rule.arity].tolist()


def _given(replay: Replay, arguments: list[int], numbers: tuple[float, ...]) -> str:
    """Who gave the first number that is not finite: every instruction before was checked, so it was given."""
    slot, number = next(pair for pair in zip(arguments, numbers, strict=True) if not math.isfinite(pair[1]))
    giver = replay.name_of_input(slot) if slot < replay.tape.inputs else "a constant of the program"
    return f"; {giver} was given as {number!r}"


def _first_bad(numbers: Any) -> int | None:
    """The first example whose number is not finite; None if all share one."""
    return int(np.argmin(np.isfinite(numbers))) if np.ndim(numbers) else None


def _at(numbers: Any, example: int | None) -> float:
    return float(numbers[example] if np.ndim(numbers) and example is not None else numbers)


def _of_example(example: int | None) -> str:
    return "" if example is None else f", for example {example}"


def _error(
    rule: Primitive, index: int, phase: str, what: str, advice: str, inputs: tuple[float, ...], is_producer: bool
) -> AnomalyError:
    place = place_in_users_code()
    message = f"{phase}: instruction {index} ({rule.name}) {what}\n    replayed at: {place}\n    what helps: {advice}"
    return AnomalyError(message, None, rule.name, None, "", inputs, place, phase, is_producer)
