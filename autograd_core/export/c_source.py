"""A program as one file of C99 and its header: unrolled while a person can read it, a table in a loop beyond."""

from __future__ import annotations

import re

from ..formulas.emit import C
from ..formulas.native import HELPERS
from .c_table import table_in_c
from .listing import Argument, Listing
from .names import comment, identifiers
from .spelling import Spelling, operand
from .unrolled import LOCAL, Unrolled, Words

__all__ = ["UNROLLED", "c_header_and_source"]

#: As many instructions are unrolled; compilers take long over more.
UNROLLED = 1000
#: As many constants stand where they are used; more stand in an array.
_INLINE = 20
_RESERVED = """\
auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool
_Complex _Imaginary asm class delete namespace new operator private protected public template this throw try using
virtual NULL NAN INFINITY upstream result times constants opcodes arguments forward backward linux unix i386"""
_TIMES = """\
/* A step of the chain rule: a factor that is exactly 0 ends the path, even beside an infinity. */
static double times(double upstream, double slope) {
    return upstream == 0.0 || slope == 0.0 ? 0.0 : upstream * slope;
}"""


def c_header_and_source(listing: Listing, name: str, header_name: str, source_of: str = "") -> tuple[str, str]:
    """The texts of the header and of the source.

    Parameters
    ----------
    listing
        The program.
    name
        What its functions are called by: ``name_value`` and ``name_value_and_grad``.
    header_name
        The name of the header file, as the source includes it.
    source_of
        A line more for the comment at the beginning.
    """
    spelling = Spelling(C, listing)
    unrolled = len(listing.instructions) <= UNROLLED
    taken = {*_RESERVED.split(), *_names_in_math(), *HELPERS, *spelling.names()}
    taken |= {f"{name}_{each}" for each in ("value", "value_and_grad")}
    names = identifiers(
        (argument.name for argument in listing.arguments),
        taken,
        forms=("{}", "grad_{}", "d_{}"),
        local=rf"{LOCAL}|[vdai]",
    )
    prototypes = _Prototypes(listing, names, name)
    if unrolled:
        inline = len(listing.constants) <= _INLINE
        spelled = [
            operand(number, "INFINITY", "NAN") if inline else f"constants[{place}]"
            for place, number in enumerate(listing.constants)
        ]
        bodies = _unrolled(listing, spelling, names, spelled)
        array = "" if inline else _constants(listing)
    else:
        *bodies, array = table_in_c(listing, spelling, names)
    functions = spelling.in_functions(
        lambda called, arguments, lines, result: "\n".join(
            [
                f"static double {called}({', '.join(f'double {each}' for each in arguments)}) {{",
                *(f"    {line}" for line in [*lines, f"return {result};"]),
                "}",
            ]
        ),
        "const double {} = {};",
    )
    written = "\n\n".join([*functions, array, *bodies])
    helpers = [text for helper, text in HELPERS.items() if f"{helper}(" in written]
    definitions = [
        f"{prototype} {{\n{body}\n}}"
        for prototype, body in zip((prototypes.value, prototypes.grad), bodies, strict=True)
    ]
    includes = ["float.h"] * bool(helpers) + ["math.h"] + ["stdlib.h"] * (not unrolled)
    parts = [
        f"{_introduction(listing, name, source_of)}\n" + "\n".join(f"#include <{each}>" for each in includes)
        + f'\n\n#include "{header_name}"',
        *helpers,
        *([_TIMES] if "times(" in written else []),
        *functions,
        *([array] if array else []),
        *definitions,
    ]  # fmt: skip
    source = "\n\n".join(parts) + "\n"
    guard = f"AUTOGRAD_CORE_{name.upper()}_H"
    header = _HEADER.format(
        introduction=_introduction(listing, name, source_of),
        guard=guard,
        value=prototypes.value,
        grad=prototypes.grad,
        of_value=_OF_VALUE[listing.is_scalar],
        of_grad=_OF_GRAD[listing.is_scalar].format(count=len(listing.outputs)),
    )
    return header, source


class _Prototypes:
    def __init__(self, listing: Listing, names: list[str], name: str) -> None:
        of_name = list(zip(names, listing.arguments, strict=True))
        given = [f"double {each}" if its.shape is None else f"const double *{each}" for each, its in of_name]
        places = [f"double *grad_{each}" for each in names]
        kind = "double" if listing.is_scalar else "void"
        result = [] if listing.is_scalar else ["double *result"]
        upstream = [] if listing.is_scalar else ["const double *upstream"]
        self.value = f"{kind} {name}_value({', '.join([*given, *result]) or 'void'})"
        self.grad = f"{kind} {name}_value_and_grad({', '.join([*given, *upstream, *result, *places]) or 'void'})"


def _unrolled(listing: Listing, spelling: Spelling, names: list[str], constants: list[str]) -> list[str]:
    program = Unrolled(listing, spelling, Words("const double {} = {};", "double {} = {};"), names, constants)
    forward = program.forward()
    count = range(len(listing.outputs))
    back = program.back(["1.0"] if listing.is_scalar else [f"upstream[{each}]" for each in count])
    give = [f"result[{each}] = {text};" for each, text in zip(count, program.results, strict=True)]
    end = [f"return {program.results[0]};"] if listing.is_scalar else []
    sizes = dict(zip(names, listing.arguments, strict=True))
    places = [
        f"double d_{name} = 0.0;" if its.shape is None else f"double d_{name}[{its.size}] = {{0.0}};"
        for name, its in sizes.items()
        if its.size
    ]
    unused = ["(void)result;"] if not listing.outputs else []
    unread = [f"(void){name};" for name in names if not re.search(rf"\b{name}\b", "\n".join([*forward, *give, *end]))]
    value = [*unread, *unused, *forward, *(end or give)]
    gradients = ["(void)upstream;"] if not listing.is_scalar and not any("upstream" in each for each in back) else []
    gradients += [*unread, *unused, *places, *forward, *([] if end else give)]
    gradients += ["/* and back: d3 is the derivative of the result by v3 */", *back]
    gradients += [line for name, its in sizes.items() for line in _hand_out(name, its)]
    return ["\n".join(f"    {line}" for line in lines) for lines in (value, [*gradients, *end])]


def _hand_out(name: str, argument: Argument) -> list[str]:
    """Copy a gradient to where it is wanted."""
    if argument.shape is None:
        return [f"if (grad_{name}) *grad_{name} = d_{name};"]
    if not argument.size:
        return [f"(void)grad_{name};"]
    each = f"for (int i = 0; i < {argument.size}; i++) grad_{name}[i] = d_{name}[i];"
    return [f"if (grad_{name}) {each}"]


def _constants(listing: Listing) -> str:
    numbers = ",\n    ".join(operand(each, "INFINITY", "NAN").strip("()") for each in listing.constants)
    return f"static const double constants[{len(listing.constants)}] = {{\n    {numbers}}};"


def _introduction(listing: Listing, name: str, source_of: str) -> str:
    lines = [f"/* {comment(name)}: a recorded function and its gradient, written by autograd_core."]
    lines += [f" * {source_of}"] if source_of else []
    for argument in listing.arguments:
        kind = (
            "a number" if argument.shape is None else f"{argument.size} numbers, of shape {argument.shape}, row by row"
        )
        lines.append(f" * {comment(argument.name)}: {kind}")
    return "\n".join([*lines, " */"])


def _names_in_math() -> set[str]:
    """What <math.h> and <stdlib.h> declare, as far as an argument would hide what is called."""
    called = {match for text in C.spellings.values() for match in re.findall(r"[a-z]\w*", text)}
    return {
        *called,
        "isinf",
        "sqrtl",
        "fmod",
        "copysign",
        "malloc",
        "free",
        "calloc",
        "y0",
        "y1",
        "yn",
        "j0",
        "j1",
        "jn",
    }


_OF_VALUE = {True: "The value.", False: "The results, in the order of the function's; result has room for them."}
_OF_GRAD = {
    True: "The value, and the derivative by each argument where a place for it is given, which may be NULL.",
    False: (
        "The results; and by each argument the derivative of the sum of upstream[i] * result[i], i < {count}, where a "
        "place for it\n * is given, which may be NULL."
    ),
}
_HEADER = """\
{introduction}
#ifndef {guard}
#define {guard}
#ifdef __cplusplus
extern "C" {{
#endif

/* {of_value} */
{value};

/* {of_grad} */
{grad};

#ifdef __cplusplus
}}
#endif
#endif
"""
