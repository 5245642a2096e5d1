"""C source generated from the table: the scalar kernels the compiled modules include. Used by the build only."""

from __future__ import annotations

from .emit import C, emit_statements
from .primitives import Primitive
from .rules import OPCODES

__all__ = ["kernels_header"]


def kernels_header() -> str:
    """The text of ``kernels.h``: one switch over primitive and mask, in the order of the table.

    >>> "case 8 * 2 + 3: /* mul */" in kernels_header()
    True
    """
    cases = [_case(rule, mask) for rule in OPCODES for mask in range(1 << rule.arity)]
    return "\n".join([_BEFORE.format(count=len(OPCODES)), *cases, _AFTER])


def _case(rule: Primitive, mask: int) -> str:
    wanted = tuple(bit for bit in range(rule.arity) if mask >> bit & 1)
    statements = emit_statements(C, rule.results(wanted))
    lines = [f"    case 8 * {rule.opcode} + {mask}: /* {rule.name} */ {{"]
    for name, text in statements:
        lines.append(f"        *{name} = {text};" if name in ("dx", "dy", "dw") else f"        double {name} = {text};")
    lines += ["        return z;", "    }"]
    return "\n".join(lines)


_BEFORE = """\
/* Generated from autograd_core/rules.py by the build. Do not edit: change the table. */
#ifndef AUTOGRAD_KERNELS_H
#define AUTOGRAD_KERNELS_H
#include <math.h>

#define AUTOGRAD_PRIMITIVES {count}

static inline double autograd_kernel(int opcode, int mask, double x, double y, double w,
                                     double *dx, double *dy, double *dw) {{
    (void)y; (void)w; (void)dx; (void)dy; (void)dw;
    switch (8 * opcode + mask) {{"""

_AFTER = """\
    default:
        return NAN;
    }
}
#endif"""
