"""How WebAssembly spells the formulas of the table: by its instructions, by JavaScript's Math, and by what both lack.

Transcendental functions are imported from a module called ``Math`` under the names of JavaScript, so that its ``Math``
can be handed over as it is; another host gives functions of the same names. What neither has is computed here.
"""

from __future__ import annotations

import re

from ..formulas.emit import COMPARISONS, Backend

__all__ = ["HELPERS", "IMPORTED", "WEBASSEMBLY", "called_in"]

#: Functions of Math, and how many arguments each takes.
IMPORTED = {
    **dict.fromkeys(("exp", "expm1", "log", "log1p", "log2", "log10", "cbrt", "sin", "cos", "tan", "asin"), 1),
    **dict.fromkeys(("acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"), 1),
    **dict.fromkeys(("atan2", "hypot", "pow"), 2),
}
_NAMES = {f"arc{name[1:]}": name for name in IMPORTED if name[0] == "a"}
_OF_ONE = {"neg": "neg", "abs": "abs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "rint": "nearest"}
_COMPARED = dict(zip(COMPARISONS, ("lt", "le", "gt", "ge", "eq", "ne"), strict=True))

#: Formulas are made of these.
WEBASSEMBLY = Backend(
    name="WebAssembly",
    spellings={
        **{name: f"(call {name} {'{0} {1}' if count == 2 else '{0}'})" for name, count in IMPORTED.items()},
        **{name: f"(call {its} {'{0} {1}' if IMPORTED[its] == 2 else '{0}'})" for name, its in _NAMES.items()},
        **{name: f"(f64.{its} {{0}})" for name, its in _OF_ONE.items()},
        **{name: f"(f64.{name} {{0}} {{1}})" for name in ("add", "sub", "mul", "div")},
        **{"pos": "({0})", "pow": "(call power {0} {1})", "exp2": "(call pow 2.0 {0})"},
        **{"erf": "(call erf {0})", "erfc": "(call erfc {0})", "remainder": "(call remainder {0} {1})"},
    },
    condition="(f64.convert_i32_u {0})",
    choice="(select {1} {2} {0})",
    comparisons={name: f"(f64.{its} {{0}} {{1}})" for name, its in _COMPARED.items()},
)

#: The names of the arguments, the statements and the result of what is not imported. The power is that of IEEE 754 and
#: of Python: 1 to any power is 1, and so is -1 to an infinite one. What is left of x after division by y is found by
#: subtracting y times the largest power of 2 that fits, of which none rounds. erf is a series of positive terms below
#: 2, and erfc a continued fraction from there on (M. Abramowitz and I. Stegun, Handbook of Mathematical Functions,
#: 7.1.6 and 7.1.14).
HELPERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "times": (
        ("g", "d"),
        ("(select 0.0 (f64.mul g d) (i32.or (f64.eq g 0.0) (f64.eq d 0.0)))",),
    ),
    "power": (
        ("x", "y"),
        ("(select 1.0 (call pow x y) (i32.or (f64.eq x 1.0) (i32.and (f64.eq x (-1.0)) (f64.eq (f64.abs y) inf))))",),
    ),
    "remainder": (
        ("x", "y"),
        (
            "(set left (f64.abs x))",
            "(set by (f64.abs y))",
            "(set ok (f64.convert_i32_u (i32.and (f64.gt by 0.0) (f64.lt left inf))))",
            "(if (f64.ne ok 0.0)"
            " (while (f64.ge left by)"
            "  (set part by)"
            "  (while (f64.le part (f64.sub left part)) (set part (f64.add part part)))"
            "  (set left (f64.sub left part))))",
            "(set left (f64.copysign left x))",
            "(set left (select (f64.add left y) left (i32.and (f64.ne left 0.0)"
            " (i32.ne (f64.lt y 0.0) (f64.lt left 0.0)))))",
            "(set left (select (f64.copysign 0.0 y) left (f64.eq left 0.0)))",
            "(select left (f64.add (f64.add x y) nan) (f64.ne ok 0.0))",
        ),
    ),
    "erf": (
        ("x",),
        (
            "(set far (f64.sub 1.0 (call erfc_far (f64.abs x))))",
            "(set term (f64.mul (f64.mul 1.1283791670955126 x) (call exp (f64.neg (f64.mul x x)))))",
            "(set sum term)",
            "(set n 1.0)",
            "(while (f64.lt n 60.0)"
            " (set term (f64.div (f64.mul term (f64.mul 2.0 (f64.mul x x))) (f64.add (f64.mul 2.0 n) 1.0)))"
            " (set sum (f64.add sum term))"
            " (set n (f64.add n 1.0)))",
            "(select (f64.copysign far x) sum (f64.ge (f64.abs x) 2.0))",
        ),
    ),
    "erfc": (("x",), ("(select (call erfc_far x) (f64.sub 1.0 (call erf x)) (f64.ge x 2.0))",)),
    "erfc_far": (
        ("x",),
        (
            "(set tail 0.0)",
            "(set n 200.0)",
            "(while (f64.gt n 0.0) (set tail (f64.div (f64.mul 0.5 n) (f64.add x tail))) (set n (f64.sub n 1.0)))",
            "(f64.div (f64.div (call exp (f64.neg (f64.mul x x))) 1.7724538509055159) (f64.add x tail))",
        ),
    ),
}


def called_in(statements: tuple[str, ...] | list[str]) -> set[str]:
    """The functions that statements call, and those that these call."""
    found: set[str] = set()
    waiting = list(statements)
    while waiting:
        for name in re.findall(r"\(call (\w+)", waiting.pop()):
            if name not in found:
                found.add(name)
                waiting += HELPERS.get(name, ((), ()))[1]
    return found
