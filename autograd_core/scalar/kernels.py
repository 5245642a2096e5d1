"""The primitives on floats: one entry, two engines.

Compiled, the primitives of the table run in C that the build generates from the table's formulas (``kernels.h``).
Uncompiled, and for primitives a user added, the same formulas run as Python functions, made when first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..formulas.emit import FLOAT, compile_function
from ..formulas.formula import Number
from ..formulas.primitives import ARGUMENTS
from ..formulas.rules import OPCODES

try:
    import cython
except ImportError:
    from . import no_cython as cython

__all__ = ["evaluate", "is_compiled", "python_kernel"]

Results: TypeAlias = tuple[float, float, float, float]

_MASKS = 8
#: The Python function by ``8 * opcode + mask``.
_python_kernels: dict[int, Callable[[float, float, float], Results]] = {}


def evaluate(opcode: int, mask: int, x: float, y: float, w: float) -> Results:
    """Compute a primitive and the wanted local derivatives.

    Parameters
    ----------
    opcode
        Position of the primitive in the table.
    mask
        Which local derivatives are wanted: bit 0 for x, bit 1 for y, bit 2 for w. Others are never evaluated:
        ``x**2`` at x < 0 must not touch ``log(x)``.
    x, y, w
        The arguments; those that the primitive does not take are ignored.

    Returns
    -------
    tuple of float
        The result and the local derivatives by x, y and w; 0.0 for those not wanted.

    Examples
    --------
    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> evaluate(PRIMITIVES["mul"].opcode, 0b01, 3.0, 4.0, 0.0)
    (12.0, 4.0, 0.0, 0.0)
    """
    if cython.compiled and opcode < IN_C:  # type: ignore[name-defined]  # noqa: F821 (kernels.pxd)
        return evaluate_in_c(opcode, mask, x, y, w)  # type: ignore[name-defined, no-any-return]  # noqa: F821
    return python_kernel(opcode, mask)(x, y, w)


def python_kernel(opcode: int, mask: int) -> Callable[[float, float, float], Results]:
    """The Python function of a primitive and a mask; see :func:`evaluate`."""
    position = opcode * _MASKS + mask
    found = _python_kernels.get(position)
    if found is None:
        rule = OPCODES[opcode]
        wanted = tuple(bit for bit in range(rule.arity) if mask >> bit & 1)
        unwanted = {f"d{argument}": Number(0.0) for argument in ARGUMENTS}
        computed = rule.results(wanted)
        results = {**computed, **{name: zero for name, zero in unwanted.items() if name not in computed}}
        in_order = {name: results[name] for name in ("z", *unwanted)}
        found = compile_function(FLOAT, f"{rule.name}_kernel", ARGUMENTS, in_order)
        _python_kernels[position] = found
    return found


def is_compiled() -> bool:
    """Whether the kernels run in C."""
    return bool(cython.compiled)
