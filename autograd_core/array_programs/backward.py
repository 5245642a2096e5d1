"""The lines of the backward pass: who passes what on to whom, in the order in which a pass over nodes goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array.arrays import Array, sum_to_shape
from ..array.operations import PLAIN, STRUCTURAL, is_kept, local_kernel, passed_on, rule_of
from ..array.structural import axes_of
from ..array_tapes.tape import ArrayTape, Form, Instruction
from ..formulas.formula import Number
from ..formulas.primitives import Primitive
from ..scalar.kernels import is_compiled
from .forward import copied, looked_at, reduce
from .lines import Lines, Var
from .spelling import form_like, spell

if TYPE_CHECKING or is_compiled():
    from . import native_rows

__all__ = ["visits", "write_backward"]

#: Whose rules ask for the forms of result and operands only.
_BY_FORM = frozenset(
    {"sum", "reshape", "expand_dims", "squeeze", "transpose", "swapaxes", "astype", "index", "diagonal", "trace", "pad"}
    | {"concatenate", "stack", "cumsum"}
)
#: Which have each number of the operand once: its gradient is theirs, looked at the other way.
_SEEN_OTHERWISE = frozenset({"reshape", "expand_dims", "squeeze", "transpose", "swapaxes"})


def visits(tape: ArrayTape, needed: Sequence[bool]) -> list[int]:
    """The instructions in the order in which a pass over nodes visits them, from the first output."""
    root, first = tape.outputs[0], tape.first
    waiting = {root: 0}
    found = [root] if root >= first else []
    while found:
        for parent in tape.instructions[found.pop() - first].arguments:
            if parent not in waiting:
                waiting[parent] = 1
                if needed[parent] and parent >= first:
                    found.append(parent)
            else:
                waiting[parent] += 1
    order, ready = [], [root] if root >= first else []
    while ready:
        slot = ready.pop()
        order.append(slot - first)
        for parent in tape.instructions[slot - first].arguments:
            if needed[parent] and parent >= first:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
    return order


def write_backward(
    lines: Lines, tape: ArrayTape, slots: Sequence[Var], options: Sequence[list[Any]], wanted: Sequence[bool],
    sinks: Mapping[int, Var],
) -> list[Var | None]:  # fmt: skip
    """Write the backward pass.

    Parameters
    ----------
    lines
        Where the lines go.
    tape
        What is differentiated: its one output, which holds one number.
    slots, options
        The array of each slot, and the options of each instruction.
    wanted
        For each input whether its gradient is wanted.
    sinks
        Where the gradients of some inputs go.

    Returns
    -------
    list
        The gradient by each input; None for 0.
    """
    needed = tape.needed(wanted)
    root = slots[tape.outputs[0]].form
    gradients: dict[int, Var] = {tape.outputs[0]: lines.known(np.ones(root.shape, root.dtype))}
    own: set[int] = set()
    order, ends_in = visits(tape, needed), sinks
    sinks = _with_those_of_views(lines, tape, order, sinks)
    for index in order:
        each = tape.instructions[index]
        g = gradients.get(tape.first + index)
        for position, slot in enumerate(each.arguments):
            if not needed[slot] or g is None:
                continue
            sink = sinks.get(slot) if slot not in gradients else None
            if sink is not None and g is sinks.get(tape.first + index):
                gradients[slot] = sink  # a view of it was filled
                continue
            given = [slots[argument] for argument in each.arguments]
            found = _contribution(lines, each, position, g, slots[tape.first + index], given, options[index], sink)
            if found is None:
                continue
            if slot not in gradients:
                gradients[slot] = found
                continue
            before = gradients[slot]
            out = before if slot in own or before is sinks.get(slot) else sinks.get(slot)
            form = form_like(before.form.shape, before.form.dtype, [before])
            gradients[slot] = lines.fill(np.add, before, found, form=form, out=out)
            own.add(slot)
    ends = [gradients.get(slot) if want else None for slot, want in enumerate(wanted)]
    for slot, sink in ends_in.items():
        if ends[slot] is not sink:
            end = ends[slot]
            ends[slot] = lines.fill(copied, 0.0 if end is None else end, form=sink.form, out=sink)
    return ends


def _with_those_of_views(
    lines: Lines, tape: ArrayTape, order: Sequence[int], sinks: Mapping[int, Var]
) -> dict[int, Var]:
    """The sinks, and of what is only looked at in another shape (as ``W.T``) a view of its own for that gradient."""
    uses = Counter(slot for index in order for slot in tape.instructions[index].arguments)
    found = dict(sinks)
    for index in sorted(order):
        each = tape.instructions[index]
        name = each.operation.name
        if name not in _SEEN_OTHERWISE or each.operation is not STRUCTURAL[name] or uses[each.arguments[0]] > 1:
            continue
        sink = found.get(each.arguments[0])
        if sink is not None and lines.is_view(sink, looked_at(each)):
            found[tape.first + index] = lines.view(sink, looked_at(each))
    return found


def _contribution(
    lines: Lines, each: Instruction, position: int, g: Var, z: Var, inputs: list[Var], options: list[Any],
    sink: Var | None,
) -> Var | None:  # fmt: skip
    """What an operand receives, in its shape and type; None for nothing."""
    x, name = inputs[position].form, each.operation.name
    rule = rule_of(each.operation)
    direct = sink if g.form.shape == x.shape and g.form.dtype == x.dtype else None  # nothing is left to be done then
    if rule is not None:
        found = _by_table(lines, rule, position, g, z, inputs, direct)
        return None if found is None else _fitted(lines, found, x, sink)
    is_ours = STRUCTURAL.get(name) is each.operation
    if is_ours and name == "matmul" and len(inputs[0].form.shape) == 2 == len(inputs[1].form.shape):
        one, other = (g, inputs[1 - position]) if position == 0 else (inputs[1 - position], g)
        one, other = (one, lines.view(other, _flipped)) if position == 0 else (lines.view(one, _flipped), other)
        whole = sink if g.form.dtype == x.dtype == inputs[1 - position].form.dtype else None
        form = Form(x.shape, np.result_type(g.form.dtype, inputs[1 - position].form.dtype), (0, 1))
        return _fitted(lines, lines.fill(np.matmul, one, other, form=form, out=whole), x, sink)
    if is_ours and name == "cross_entropy" and is_compiled():
        if g.array is not None and g.roots == (g,) and (g.array == 1.0).all():
            slope: Var = options[1]
            return slope
        return lines.fill(np.multiply, options[1], g, form=options[1].form, out=sink)
    rules = each.operation.fast
    if is_ours and name == "mean":
        count = int(np.prod([x.shape[at] for at in axes_of(len(x.shape), each.options[0])], dtype=np.int64))
        g = lines.fill(np.divide, g, count, form=g.form, in_place=True)
        rules = STRUCTURAL["sum"].fast
    if is_ours and name == "broadcast_to":
        return _fitted(lines, g, x, sink)
    if is_ours and (name in _BY_FORM or name == "mean"):
        empty = [_nothing_of(one.form) for one in (z, *inputs)]
        moved = lines.view(g, lambda g: rules[position](PLAIN, g, *empty, *each.options))
        return _fitted(lines, moved, x, sink)
    made = lines.call(
        _settled(rules[position], x), g, z, *inputs, *options,
        form=Form(x.shape, x.dtype, tuple(range(len(x.shape)))), is_new=False,
    )  # fmt: skip
    return made


def _by_table(
    lines: Lines, rule: Primitive, position: int, g: Var, z: Var, inputs: list[Var], sink: Var | None
) -> Var | None:
    if is_kept(rule):
        x = inputs[position]
        slope = lines.call(local_kernel(rule, position), z, x, form=x.form)
        return lines.fill(
            np.multiply, g, slope, form=form_like(z.form.shape, z.form.dtype, [g]), out=sink, in_place=True
        )
    formula, backend = passed_on(rule, position)
    if formula == Number(0.0):
        return None
    given = {"g": g, "z": z, **dict(zip(rule.arguments, inputs, strict=True))}
    found: Var = spell(lines, backend, formula, given, z.form.shape, sink)
    return found


def _fitted(lines: Lines, found: Var, x: Form, sink: Var | None) -> Var:
    """A gradient in the shape and type of what it belongs to."""
    if found.form.shape != x.shape:
        extra = len(found.form.shape) - len(x.shape)
        whole = sink if found.form.dtype == x.dtype else None
        if found.form.shape[extra:] == x.shape:
            form = Form(x.shape, found.form.dtype, tuple(range(len(x.shape))))
            if extra == 1 and len(x.shape) == 1 and _is_table(found):
                found = lines.fill(native_rows.sum_of_rows, found, form=form, out=whole)
            else:
                axes = 0 if extra == 1 else tuple(range(extra))
                found = reduce(lines, np.add, found, axes, False, form, whole)
        else:
            form = Form(x.shape, found.form.dtype, tuple(range(len(x.shape))))
            found = lines.call(sum_to_shape, found, x.shape, form=form, is_new=False)
    if found.form.dtype != x.dtype:
        found = lines.fill(copied, found, form=Form(x.shape, x.dtype, found.form.axes), out=sink)
    return found


def _is_table(x: Var) -> bool:
    """Whether C sums its rows: a buffer laid out row by row."""
    return is_compiled() and x.is_static and x.roots == (x,) and x.form.axes == (0, 1) and x.form.dtype.kind == "f"


def _settled(rule: Callable[..., Any], x: Form) -> Callable[..., Array]:
    """A rule whose result is in the shape and type of the operand; zeros where it gives nothing."""

    def settled(g: Any, *arguments: Any) -> Array:
        found = rule(PLAIN, g, *arguments)
        if found is None:
            return np.zeros(x.shape, x.dtype)
        if found.shape != x.shape:
            found = sum_to_shape(found, x.shape)
        return np.asarray(found if found.dtype == x.dtype else found.astype(x.dtype))

    return settled


#: ``x.T``, by a method that calls no Python.
_flipped: Any = np.ndarray.transpose


def _nothing_of(form: Form) -> Array:
    """An array of a form without memory, for rules that ask for no number."""
    return np.broadcast_to(np.zeros((), form.dtype), form.shape)
