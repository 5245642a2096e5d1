"""Whether two recordings of one function are one program; if not, what was frozen in the first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.walks import topological_order
from ..array_tapes.tape import Instruction
from ..errors import BranchChanged
from ..transforms.containers import leaves_in
from .program import ArrayProgram

__all__ = ["ADVICE", "difference"]

#: What the user can do.
ADVICE = "give what changes as an argument (is it random, or does it ask what kind of number it is given?)"


def difference(first: ArrayProgram, second: ArrayProgram, given: list[Array]) -> str | None:
    """What two programs of the same arguments differ in; None for nothing.

    Parameters
    ----------
    first, second
        The programs, recorded at different numbers; if the second one's nodes know their places in the code, so does
        the text.
    given
        The numbers at which the second was recorded.
    """
    return _of_arrays(first, second) or _of_numbers(first, second) or _of_results(first, second, given)


def _of_arrays(first: ArrayProgram, second: ArrayProgram) -> str | None:
    one, other = first.engine.tape, second.engine.tape
    for a, b in zip(one.instructions, other.instructions, strict=False):
        if a.operation.name != b.operation.name or a.arguments != b.arguments:
            return f"{b.operation.name} is computed in the place of {a.operation.name}{_at(b.place)}; {ADVICE}"
        if a.sources != b.sources or repr(_fixed(a)) != repr(_fixed(b)):
            return f"{b.operation.name} has the options {b.options} in the place of {a.options}{_at(b.place)}; {ADVICE}"
    if len(one.instructions) != len(other.instructions):
        return f"it has {len(other.instructions)} instructions in the place of {len(one.instructions)}; {ADVICE}"
    start = len(other.inputs) + len(other.leaves)
    for slot, (was, now) in enumerate(zip(one.constants, other.constants, strict=True), start):
        if not np.array_equal(was, now, equal_nan=was.dtype.kind == "f"):
            used = next((each.place for each in other.instructions if slot in each.arguments), None)
            return f"{_short(now)} stands where {_short(was)} was frozen{_at(used)}; {ADVICE}"
    return None


def _fixed(each: Instruction) -> list[Any]:
    """The options that follow no input."""
    return [option for position, option in enumerate(each.options) if position not in each.sources]


def _of_numbers(first: ArrayProgram, second: ArrayProgram) -> str | None:
    if first.scalars is None or second.scalars is None:
        return None if first.scalars is second.scalars else f"it computes with other numbers; {ADVICE}"
    one, other = first.scalars.tape, second.scalars.tape
    if not np.array_equal(one.opcodes, other.opcodes) or not np.array_equal(one.arguments, other.arguments):
        return f"it computes otherwise, without a branch on a node; {ADVICE}"
    differing = np.flatnonzero(~((one.constants == other.constants) | np.isnan(one.constants)))
    if not differing.size:
        return None
    was, now = one.constants[differing[0]], other.constants[differing[0]]
    places = (
        node.place
        for node in topological_order(second.noted)
        if any(not parent.parents and parent.data == now for parent in node.parents)
    )
    return f"{now:.6g} stands where {was:.6g} was frozen{_at(next(places, None))}; {ADVICE}"


def _of_results(first: ArrayProgram, second: ArrayProgram, given: list[Array]) -> str | None:
    try:
        found = first.run(given, once=True)
    except BranchChanged:
        return None  # it stands at a kink
    # Its instructions and constants are the same, so all that may differ is rounding: of a float32 anywhere, too.
    is_single = any(each.form.dtype == np.float32 for each in first.engine.tape.instructions)
    for x, y in zip(leaves_in(found), map(np.asarray, leaves_in(second.recorded)), strict=True):
        finite = y[np.isfinite(y)]
        largest = max(1e-3, float(finite.max(initial=0.0)), -float(finite.min(initial=0.0)))
        noise = (1e-3 if is_single else 1e-9) * largest
        if not np.allclose(x, y, rtol=0.0, atol=noise, equal_nan=True):
            return f"the result is {_short(y)} and would be {_short(x)}; {ADVICE}"
    return None


def _at(place: str | None) -> str:
    return "" if place is None else f" ({place})"


def _short(array: Any) -> str:
    return np.array2string(np.asarray(array), precision=6, threshold=6, edgeitems=2).replace("\n", "")
