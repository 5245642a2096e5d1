"""The table as JavaScript, for pages that compute with a graph while it is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .emit import COMPARISONS, INTRINSICS, Backend, emit_statements
from .primitives import Primitive

__all__ = ["JAVASCRIPT", "POWER", "lacked_in_javascript", "rules_in_javascript"]

_NAMES = {
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"},
    **{"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"},
}

JAVASCRIPT = Backend(
    name="JavaScript",
    spellings={
        **{
            name: f"Math.{_NAMES.get(name, name)}({'{0}, {1}' if arity == 2 else '{0}'})"
            for name, arity in INTRINSICS.items()
        },
        **{"add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "div": "({0} / {1})"},
        **{"neg": "(-{0})", "pos": "(+{0})", "pow": "power({0}, {1})"},
        **{"exp2": "power(2, {0})", "erf": "erf({0})", "erfc": "erfc({0})", "rint": "rint({0})"},
        "remainder": "remainder({0}, {1})",
    },
    condition="({0} ? 1 : 0)",
    choice="({0} ? {1} : {2})",
    comparisons={**COMPARISONS, "equal": "({0} === {1})", "not_equal": "({0} !== {1})"},
)

#: As IEEE 754 has it, and Python: 1 to any power is 1, and so is -1 to an infinite one.
POWER = "const power = (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;"
#: What JavaScript lacks. erf is a series of positive terms below 2, and erfc a continued fraction from there on
#: (M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14).
_LACKED = {
    "rint": (
        "const rint = (x) => { const r = Math.round(x); "
        "return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r === 0 ? 0 * x : r; };"
    ),
    "remainder": (
        "const remainder = (x, y) => { const m = x % y; "
        "return m === 0 ? (y < 0 || Object.is(y, -0) ? -0 : 0) : (y < 0) !== (m < 0) ? m + y : m; };"
    ),
    "erf": (
        "const erf = (x) => { if (Math.abs(x) >= 2) return Math.sign(x) * (1 - erfc(Math.abs(x))); "
        "let term = 2 * x / Math.sqrt(Math.PI) * Math.exp(-x * x), sum = term; "
        "for (let n = 1; n < 60; n++) { term *= 2 * x * x / (2 * n + 1); sum += term; } return sum; };"
    ),
    "erfc": (
        "const erfc = (x) => { if (x !== x) return x; if (x < 2) return 1 - erf(x); let tail = 0; "
        "for (let n = 200; n > 0; n--) tail = n / 2 / (x + tail); "
        "return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + tail); };"
    ),
}


def rules_in_javascript(rules: Iterable[Primitive]) -> str:
    """Functions for some primitives: ``RULES[name].value(x, y, w)`` and ``RULES[name].partials[k](x, y, w, z)``.

    Examples
    --------
    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> print(rules_in_javascript([PRIMITIVES["mul"]]))
    const power = (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
    const RULES = {
      "mul": {
        value: (x, y, w) => { const z = (x * y); return z; },
        partials: [(x, y, w, z) => { const d = y; return d; }, (x, y, w, z) => { const d = x; return d; }],
      },
    };
    """
    entries = []
    for rule in rules:
        lowered = rule.results(tuple(range(rule.arity)))
        value = emit_statements(JAVASCRIPT, {"z": lowered.pop("z")})
        partials = [emit_statements(JAVASCRIPT, {"d": formula}) for formula in lowered.values()]
        functions = ", ".join(f"(x, y, w, z) => {_body(each, 'd')}" for each in partials)
        value_line = f"    value: (x, y, w) => {_body(value, 'z')},\n"
        entries.append(f"  {json.dumps(rule.name)}: {{\n{value_line}    partials: [{functions}],\n  }},\n")
    rules_text = "".join(entries)
    lacked = "".join(f"{text}\n" for text in lacked_in_javascript(rules_text))
    return f"{POWER}\n{lacked}const RULES = {{\n{rules_text}}};"


def lacked_in_javascript(source: str) -> list[str]:
    """The functions, besides ``power``, that a source calls and JavaScript lacks."""
    called = {name for name in _LACKED if re.search(rf"\b{name}\(", source)}
    called |= {"erf", "erfc"} if called & {"erf", "erfc"} else set()  # each calls the other
    return [text for name, text in _LACKED.items() if name in called]


def _body(statements: list[tuple[str, str]], result: str) -> str:
    return f"{{ {' '.join(f'const {name} = {text};' for name, text in statements)} return {result}; }}"
