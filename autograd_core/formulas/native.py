"""C source generated from the table: the scalar kernels the compiled modules include."""

from __future__ import annotations

from .emit import SIMD, Backend, C, emit_statements
from .formula import Expression
from .primitives import ARGUMENTS, Primitive
from .rules import OPCODES

__all__ = ["HELPERS", "blocks_header", "kernels_header"]


def kernels_header() -> str:
    """The text of ``kernels.h``: scalar kernels, a case for each primitive and mask, in the order of the table.

    >>> "case 8 * 2 + 3: /* mul */" in kernels_header()
    True
    """
    values = [_value_case(rule, mask) for rule in OPCODES for mask in range(1 << rule.arity)]
    partials = [_partials_case(rule, mask) for rule in OPCODES for mask in range(1, 1 << rule.arity)]
    arities = ", ".join(str(rule.arity) for rule in OPCODES)
    kept = ", ".join(str(int(rule.name in KEPT)) for rule in OPCODES)
    each = " ".join(f"OF({rule.opcode})" for rule in OPCODES)
    helpers = "\n\n".join(HELPERS.values())
    before = _BEFORE.format(count=len(OPCODES), each=each, arities=arities, kept=kept, helpers=helpers)
    return "\n".join([before, *values, _BETWEEN, *partials, _AFTER])


def blocks_header() -> str:
    """The text of ``blocks.h``: each primitive over a row of numbers, forward and backward, for SIMD.

    >>> "static void AT(forward_rows)" in blocks_header()
    True
    """
    forward = [_forward_rows(rule) for rule in OPCODES]
    backward = [_backward_rows(rule) for rule in OPCODES]
    return "\n".join([_ROWS_BEFORE, *forward, _ROWS_BETWEEN, *backward, _ROWS_AFTER])


#: Primitives whose slope costs little beside their value, for one exponential serves both. A replay that will go back
#: keeps it.
KEPT = ("tanh", "sigmoid")


def _value_and_slope(rule: Primitive) -> list[str]:
    if rule.name == "tanh":
        return ["const double z = autograd_tanh_and_slope(x, dx);"]
    return _statements(SIMD, rule.results((0,)))


def _value_case(rule: Primitive, mask: int) -> str:
    lines = _statements(C, rule.results(_wanted(rule, mask)))
    return _case(f"8 * {rule.opcode} + {mask}", rule, [*lines, "return z;"])


def _partials_case(rule: Primitive, mask: int) -> str:
    results = rule.results(_wanted(rule, mask))
    del results["z"]  # given
    return _case(f"8 * {rule.opcode} + {mask}", rule, [*_statements(C, results), "return;"])


def _forward_rows(rule: Primitive) -> str:
    loop = [*_loads(rule), *_statements(SIMD, rule.results(())), "Z[b] = z;"]
    lines = [_LOOP, *(f"    {line}" for line in loop), "}", "return;"]
    if rule.name in KEPT:
        kept = [*_loads(rule), "double slope, *dx = &slope;", *_value_and_slope(rule), "Z[b] = z; D[b] = slope;"]
        lines = [f"if (D) {_LOOP}", *(f"    {line}" for line in kept), "} else", *lines]
    return _case(str(rule.opcode), rule, lines)


def _backward_rows(rule: Primitive) -> str:
    lines: list[str] = []
    if rule.name in KEPT:
        lines = [f"{_LOOP} const double g = G[b], local = D[b]; Gx[b] += {_PRODUCT}; }}", "return;"]
        return _case(str(rule.opcode), rule, lines)
    for position, argument in enumerate(rule.arguments):
        results = rule.results((position,))
        del results["z"]
        loop = [
            f"double g = G[b], z = Z[b], local = 0.0, *d{argument} = &local; (void)z;",
            *_loads(rule),
            *_statements(SIMD, results),
            f"G{argument}[b] += {_PRODUCT};",
        ]
        lines += [f"if (mask & {1 << position}) {_LOOP}", *(f"    {line}" for line in loop), "}"]
    return _case(str(rule.opcode), rule, [*lines, "return;"])


_LOOP = "for (int b = 0; b < n; b++) {"
_PRODUCT = "(g == 0.0) | (local == 0.0) ? 0.0 : g * local"


def _wanted(rule: Primitive, mask: int) -> tuple[int, ...]:
    return tuple(bit for bit in range(rule.arity) if mask >> bit & 1)


def _loads(rule: Primitive) -> list[str]:
    return [f"const double {argument} = {argument.upper()}[b]; (void){argument};" for argument in rule.arguments]


def _statements(backend: Backend, results: dict[str, Expression]) -> list[str]:
    pointers = {f"d{argument}" for argument in ARGUMENTS}
    return [
        f"*{name} = {text};" if name in pointers else f"const double {name} = {text};"
        for name, text in emit_statements(backend, results)
    ]


def _case(label: str, rule: Primitive, lines: list[str]) -> str:
    return "\n".join([f"    case {label}: /* {rule.name} */ {{", *(f"        {line}" for line in lines), "    }"])


#: What C lacks, or rounds otherwise than Python does, by the name in a formula.
HELPERS = {
    "autograd_hypot": """\
/* Python's hypot rounds correctly, C's often to a neighbour. A wider float, where there is one, has digits and range
 * enough to square. */
static inline double autograd_hypot(double x, double y) {
#if LDBL_MANT_DIG >= 64
    if (!isinf(x) && !isinf(y)) return (double)sqrtl((long double)x * x + (long double)y * y);
#endif
    return hypot(x, y);
}""",
    "autograd_remainder": """\
/* Python's %: of the sign of y. */
static inline double autograd_remainder(double x, double y) {
    double left = fmod(x, y);
    if (left == 0.0) return copysign(0.0, y);
    return (y < 0.0) != (left < 0.0) ? left + y : left;
}""",
}

_BEFORE = """\
/* Generated from autograd_core/formulas/rules.py by the build. Do not edit: change the table. */
#ifndef AUTOGRAD_KERNELS_H
#define AUTOGRAD_KERNELS_H
#include <float.h>
#include <math.h>

#define AUTOGRAD_PRIMITIVES {count}
#define AUTOGRAD_EACH_PRIMITIVE(OF) {each}

static inline int autograd_arity(int opcode) {{
    static const char arity[] = {{{arities}}};
    return arity[opcode];
}}

/* Whether a replay keeps the slope that it computes along with the value. */
static inline int autograd_is_kept(int opcode) {{
    static const char kept[] = {{{kept}}};
    return kept[opcode];
}}

{helpers}

static inline double autograd_kernel(int opcode, int mask, double x, double y, double w,
                                     double *dx, double *dy, double *dw) {{
    (void)y; (void)w; (void)dx; (void)dy; (void)dw;
    switch (8 * opcode + mask) {{"""

_BETWEEN = """\
    default:
        return NAN;
    }
}

/* The local derivatives alone, where the result z is known. */
static inline void autograd_partials(int opcode, int mask, double x, double y, double w, double z,
                                     double *dx, double *dy, double *dw) {
    (void)x; (void)y; (void)w; (void)z; (void)dx; (void)dy; (void)dw;
    switch (8 * opcode + mask) {"""

_AFTER = """\
    default:
        return;
    }
}
#endif"""

_ROWS_BEFORE = """\
/* Generated from autograd_core/formulas/rules.py by the build. Do not edit: change the table.
 * Included once an instruction set, with names of their own: see replay_rows.h. */
static void AT(forward_rows)(int opcode, double *restrict Z, double *restrict D, const double *X, const double *Y,
                             const double *W, int n) {
    (void)Y; (void)W;
    switch (opcode) {"""

_ROWS_BETWEEN = """\
    default:
        return;
    }
}

static void AT(backward_rows)(int opcode, int mask, const double *G, const double *Z, const double *D, const double *X,
                              const double *Y, const double *W, double *Gx, double *Gy, double *Gw, int n) {
    (void)X; (void)Y; (void)W; (void)Gy; (void)Gw;
    switch (opcode) {"""

_ROWS_AFTER = """\
    default:
        return;
    }
}"""
