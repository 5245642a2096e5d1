"""The table as JavaScript, for pages that compute with a graph while it is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .emit import COMPARISONS, INTRINSICS, Backend, emit_statements
from .primitives import Primitive

__all__ = ["JAVASCRIPT", "rules_in_javascript"]

_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"}

JAVASCRIPT = Backend(
    name="JavaScript",
    spellings={
        **{
            name: f"Math.{_NAMES.get(name, name)}({'{0}, {1}' if arity == 2 else '{0}'})"
            for name, arity in INTRINSICS.items()
        },
        **{"add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "div": "({0} / {1})"},
        **{"neg": "(-{0})", "pos": "(+{0})", "pow": "power({0}, {1})"},
    },
    condition="({0} ? 1 : 0)",
    choice="({0} ? {1} : {2})",
    comparisons={**COMPARISONS, "equal": "({0} === {1})", "not_equal": "({0} !== {1})"},
)

# As IEEE 754 has it, and Python: 1 to any power is 1, and so is -1 to an infinite one.
_POWER = "const power = (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;"


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
    return f"{_POWER}\nconst RULES = {{\n{''.join(entries)}}};"


def _body(statements: list[tuple[str, str]], result: str) -> str:
    return f"{{ {' '.join(f'const {name} = {text};' for name, text in statements)} return {result}; }}"
