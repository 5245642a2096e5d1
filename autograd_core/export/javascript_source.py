"""A program as a module of JavaScript, unrolled: for reading, and for a page that computes with it."""

from __future__ import annotations

import json
import re

from ..formulas.javascript import JAVASCRIPT, POWER, lacked_in_javascript
from .listing import Listing
from .names import comment, identifiers
from .spelling import Spelling, operand
from .unrolled import LOCAL, Unrolled, Words

__all__ = ["javascript_source"]

_RESERVED = """\
abstract arguments await boolean break byte case catch char class const continue debugger default delete do double else
enum eval export extends false final finally float for function goto if implements import in instanceof int interface
let long native new null package private protected public return short static super switch synchronized this throw
throws transient true try typeof undefined var void volatile while with yield async of get set
Math Infinity NaN Object Float64Array value valueAndGrad times power rint remainder erf erfc upstream"""
_TIMES = """\
// A step of the chain rule: a factor that is exactly 0 ends the path, even beside an infinity.
const times = (upstream, slope) => upstream === 0 || slope === 0 ? 0 : upstream * slope;"""


def javascript_source(listing: Listing) -> str:
    """The text of the module: it exports ``value`` and ``valueAndGrad``."""
    spelling = Spelling(JAVASCRIPT, listing)
    names = identifiers(
        (argument.name for argument in listing.arguments),
        {*_RESERVED.split(), *spelling.names()},
        forms=("{}", "d_{}"),
        local=LOCAL,
    )
    constants = [operand(number, "Infinity", "NaN") for number in listing.constants]
    program = Unrolled(listing, spelling, Words("const {} = {};", "let {} = {};"), names, constants)
    forward, scalar = program.forward(), listing.is_scalar
    back = program.back(["1.0"] if scalar else [f"upstream[{place}]" for place in range(len(listing.outputs))])
    result = program.results[0] if scalar else f"[{', '.join(program.results)}]"
    places = [
        f"let d_{name} = 0.0;" if its.shape is None else f"const d_{name} = new Float64Array({its.size});"
        for name, its in zip(names, listing.arguments, strict=True)
    ]
    gradient = ", ".join(name if f"d_{name}" == name else f"{name}: d_{name}" for name in names)
    given = ", ".join(names)
    upstream = "" if scalar else ", upstream" if given else "upstream"
    functions = spelling.in_functions(
        lambda called, arguments, lines, text: (
            f"const {called} = ({', '.join(arguments)}) => "
            + (f"{{ {' '.join(lines)} return {text}; }};" if lines else f"{text};")
        ),
        "const {} = {};",
    )
    value = [*forward, f"return {result};"]
    both = [*places, *forward, "// and back: d3 is the derivative of the result by v3", *back]
    both.append(f"return {{ value: {result}, gradient: {{ {gradient} }} }};")
    written = "\n".join([*functions, *value, *both])
    helpers = [POWER] if re.search(r"\bpower\(", written) else []
    helpers += lacked_in_javascript(written)
    helpers += [_TIMES] if "times(" in written else []
    parts = [
        _introduction(listing, names),
        "\n".join([*helpers, *functions]),
        _function(f"value({given})", value),
        _function(f"valueAndGrad({given}{upstream})", both),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _function(head: str, lines: list[str]) -> str:
    return "\n".join([f"export function {head} {{", *(f"  {line}" for line in lines), "}"])


def _introduction(listing: Listing, names: list[str]) -> str:
    lines = ["// A recorded function and its gradient, written by autograd_core."]
    for name, argument in zip(names, listing.arguments, strict=True):
        kind = "a number" if argument.shape is None else f"an array of {argument.size} numbers"
        kind += f", those of shape {argument.shape} row by row" if len(argument.shape or ()) > 1 else ""
        called = "" if name == argument.name else f", called {json.dumps(comment(argument.name), ensure_ascii=False)}"
        lines.append(f"// {name}: {kind}{called}")
    if listing.is_scalar:
        lines.append("// valueAndGrad gives { value, gradient }, the gradient by the name of each argument.")
    else:
        lines.append(
            "// The value is an array; valueAndGrad gives { value, gradient }, the gradient that of the sum of"
        )
        lines.append("// upstream[i] * value[i], by the name of each argument.")
    return "\n".join(lines)
