"""The float kernels of the primitives, compiled when first used and found by two small integers.

``mask`` says whose local derivatives are wanted: bit 0 for x, bit 1 for y, bit 2 for w.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .emit import FLOAT
from .rules import OPCODES

__all__ = ["kernel"]

_MASKS = 8
_compiled: list[Callable[..., Any] | None] = []


def kernel(opcode: int, mask: int) -> Callable[..., Any]:
    """The function that computes a primitive and the wanted local derivatives.

    Parameters
    ----------
    opcode
        Position of the primitive in the table.
    mask
        Which local derivatives are wanted.

    Returns
    -------
    callable
        From the numbers of the arguments to the result alone if `mask` is 0, else to a tuple of the result and the
        wanted derivatives in order.
    """
    position = opcode * _MASKS + mask
    try:
        found = _compiled[position]
    except IndexError:
        _compiled.extend([None] * (_MASKS * len(OPCODES) - len(_compiled)))
        found = None
    if found is None:
        wanted = tuple(bit for bit in range(3) if mask >> bit & 1)
        found = _compiled[position] = OPCODES[opcode].kernel(FLOAT, wanted)
    return found
