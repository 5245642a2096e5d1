"""The lines of the forward pass: each instruction as calls that write into buffers, where NumPy can; else as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array.arrays import Array
from ..array.cross_entropy import Labels
from ..array.operations import STRUCTURAL, computed_by, elementwise, rule_of
from ..array.structural import axes_of
from ..array_tapes.tape import Form, Instruction
from ..formulas.emit import ARRAY
from ..formulas.primitives import PRIMITIVES
from ..scalar.kernels import is_compiled
from .lines import OUT, Lines, Var
from .spelling import spell

if TYPE_CHECKING or is_compiled():
    from . import native_rows

__all__ = ["copied", "looked_at", "options_of", "reduce", "write_instruction"]

_VIEWS = frozenset({"reshape", "transpose", "swapaxes", "expand_dims", "squeeze", "broadcast_to", "diagonal", "index"})


def write_instruction(lines: Lines, each: Instruction, arguments: list[Var], options: list[Any]) -> Var:
    """Write an instruction.

    Parameters
    ----------
    lines
        Where the lines go.
    each
        The instruction.
    arguments, options
        The arrays it is given, and its options as :func:`options_of` gave them.

    Returns
    -------
    Var
        Its result.
    """
    rule = rule_of(each.operation)
    if rule is not None:
        given = dict(zip(rule.arguments, arguments, strict=True))
        out = Var(each.form, True)
        found = spell(lines, ARRAY, computed_by(rule), given, each.form.shape, out)
        if isinstance(found, Var) and found.form.shape == each.form.shape and found.form.dtype == each.form.dtype:
            return found
        return lines.fill(copied, found, form=each.form)
    name = each.operation.name if STRUCTURAL.get(each.operation.name) is each.operation else ""
    if name in _VIEWS and not each.sources:
        return lines.view(arguments[0], looked_at(each))
    if name == "cross_entropy" and is_compiled():
        classes, slope = options
        return lines.fill(_cross_entropy, *arguments, classes, slope, form=each.form)
    write = _WRITERS.get(name)
    if write is not None:
        return write(lines, each, arguments)
    return lines.call(each.operation.forward, *arguments, *options, form=each.form, is_new=False)


def looked_at(each: Instruction) -> Callable[[Array], Array]:
    """What an instruction makes of its operand, where that is a view of it."""
    if each.operation is STRUCTURAL["transpose"] and each.options == (None,):
        return np.ndarray.transpose  # which calls no Python
    return lambda x: each.operation.forward(x, *each.options)


def options_of(lines: Lines, each: Instruction, slots: list[Var]) -> list[Any]:
    """The options of an instruction; one that follows an input is made anew at each replay.

    Those of a cross-entropy that C computes are an array of the classes, and one for its derivative.
    """
    options: list[Any] = list(each.options)
    if each.operation is STRUCTURAL["cross_entropy"] and is_compiled():
        [labels], x = options, slots[each.arguments[0]].form
        classes = slots[each.sources[0]] if each.sources else lines.known(labels.classes)
        return [classes, lines.known(np.empty(x.shape, x.dtype))]
    for position, slot in each.sources.items():
        count = slots[each.arguments[0]].form.shape[1]
        form = slots[slot].form
        options[position] = lines.call(options[position].following, slots[slot], count, form=form, is_new=False)
    return options


def _cross_entropy(x: Array, classes: Array, slope: Array, out: Array) -> None:
    if native_rows.cross_entropy(x, classes, slope, out) >= 0:
        Labels(classes).refuse_those_beyond(x.shape[1])


def _matmul(lines: Lines, each: Instruction, arguments: list[Var]) -> Var:
    return lines.fill(np.matmul, *arguments, form=each.form)


def _sum(lines: Lines, each: Instruction, arguments: list[Var]) -> Var:
    return reduce(lines, np.add, arguments[0], each.options[0], each.options[1], each.form)


def _mean(lines: Lines, each: Instruction, arguments: list[Var]) -> Var:
    axis, _ = each.options
    [x] = arguments
    if x.form.dtype.kind != "f":
        return lines.call(each.operation.forward, *arguments, *each.options, form=each.form)
    count = int(np.prod([x.form.shape[at] for at in axes_of(len(x.form.shape), axis)], dtype=np.int64))
    return lines.fill(np.divide, _sum(lines, each, arguments), count, form=each.form, in_place=True)


def _extreme(name: str) -> Callable[..., Var]:
    ufunc = elementwise(PRIMITIVES[name]).forward

    def write(lines: Lines, each: Instruction, arguments: list[Var]) -> Var:
        return reduce(lines, ufunc, arguments[0], each.options[0], each.options[1], each.form)

    return write


def copied(x: Any, out: Any) -> None:
    """The same numbers, into an array."""
    np.copyto(out, x, "same_kind")


def reduce(lines: Lines, ufunc: Any, x: Var, axis: Any, keepdims: bool, form: Form, out: Var | None = None) -> Var:
    """Write the reduction of an array by a function of two numbers."""
    return lines.fill(ufunc.reduce, x, axis, None, OUT, keepdims, form=form, out=out)


def _joined(function: Any) -> Callable[..., Var]:
    def write(lines: Lines, each: Instruction, arguments: list[Var]) -> Var:
        return lines.fill(function, lines.several(arguments), each.options[-1], form=each.form)

    return write


_WRITERS: dict[str, Callable[..., Var]] = {
    "matmul": _matmul,
    "sum": _sum,
    "mean": _mean,
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
    "concatenate": _joined(np.concatenate),
    "stack": _joined(np.stack),
}
