"""A long program in C: its instructions as arrays, which a loop goes through, forward and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..formulas.primitives import Primitive
from .listing import NOTHING, Listing
from .spelling import Spelling, operand, without_parentheses

__all__ = ["table_in_c"]

_LINE = 16


def table_in_c(listing: Listing, spelling: Spelling, names: Sequence[str]) -> tuple[str, str, str]:
    """The bodies of the two functions, and the arrays and loops that stand before them."""
    slots, first = listing.slots, listing.first
    number = {rule: place for place, rule in enumerate(listing.rules)}
    arguments = [(*each.arguments, 0, 0)[:3] for each in listing.instructions]
    arrays = [
        _array("double", "constants", [operand(each, "INFINITY", "NAN").strip("()") for each in listing.constants], 4),
        _array("int", "opcodes", [str(number[each.rule]) for each in listing.instructions], _LINE),
        _array("int", "arguments", [str(slot) for row in arguments for slot in row], 3 * (_LINE // 3)),
    ]
    count = len(listing.instructions)
    forward = _LOOP.format(
        what="Compute every slot of v behind the inputs.",
        signature="static void forward(double *v)",
        loop=f"for (int i = 0; i < {count}; i++)",
        body=f"        double *z = v + {first} + i;",
        before=_copy(listing),
        cases="\n".join(_value_case(number[rule], rule, spelling) for rule in listing.rules),
    )
    back = _LOOP.format(
        what="Pass the derivatives in d on, from the last slot to the first.",
        signature="static void backward(const double *v, double *d)",
        loop=f"for (int i = {count} - 1; i >= 0; i--)",
        body=f"        const double up = d[{first} + i];\n        const double *z = v + {first} + i;\n        (void)z;",
        before="",
        cases="\n".join(_partial_cases(number[rule], rule, spelling) for rule in listing.rules),
    )
    before = "\n\n".join([*(each for each in arrays if each), forward, back])
    given = [
        f"    v[{its.first}] = {name};"
        if its.shape is None
        else f"    for (int i = 0; i < {its.size}; i++) v[{its.first} + i] = {name}[i];"
        for name, its in zip(names, listing.arguments, strict=True)
    ]
    scalar = listing.is_scalar
    failed = (
        "return NAN;" if scalar else f"{{ for (int i = 0; i < {len(listing.outputs)}; i++) result[i] = NAN; return; }}"
    )
    outputs = (
        [f"    const double result = v[{listing.outputs[0]}];"]
        if scalar
        else [f"    result[{place}] = v[{slot}];" for place, slot in enumerate(listing.outputs)]
    )
    end = ["    free(v);", *(["    return result;"] if scalar else [])]
    room = "    double *v = calloc({0}, sizeof(double));"
    value = [room.format(slots), f"    if (!v) {failed}", *given, "    forward(v);", *outputs, *end]
    seeds = [
        f"    d[{slot}] += {'1.0' if scalar else f'upstream[{place}]'};" for place, slot in enumerate(listing.outputs)
    ]
    gradients = [
        f"    if (grad_{name}) *grad_{name} = d[{its.first}];"
        if its.shape is None
        else f"    if (grad_{name}) for (int i = 0; i < {its.size}; i++) grad_{name}[i] = d[{its.first} + i];"
        for name, its in zip(names, listing.arguments, strict=True)
    ]
    both = [room.format(2 * slots), f"    if (!v) {failed}", f"    double *d = v + {slots};", *given, "    forward(v);"]
    return "\n".join(value), "\n".join([*both, *seeds, "    backward(v, d);", *gradients, *outputs, *end]), before


def _array(kind: str, name: str, numbers: Sequence[str], width: int) -> str:
    if not numbers:
        return ""
    lines: Iterable[str] = (", ".join(numbers[place : place + width]) for place in range(0, len(numbers), width))
    return f"static const {kind} {name}[{len(numbers)}] = {{\n    " + ",\n    ".join(lines) + "};"


def _copy(listing: Listing) -> str:
    count = len(listing.constants)
    return f"    for (int i = 0; i < {count}; i++) v[{listing.inputs} + i] = constants[i];\n" if count else ""


_SPELLED = ("v[a[0]]", "v[a[1]]", "v[a[2]]")


def _value_case(number: int, rule: Primitive, spelling: Spelling) -> str:
    return (
        f"            case {number}: *z = {without_parentheses(spelling.value(rule, _SPELLED[: rule.arity]))}; break;"
    )


def _partial_cases(number: int, rule: Primitive, spelling: Spelling) -> str:
    texts = {
        position: spelling.contribution("up", rule, position, _SPELLED[: rule.arity], "*z")
        for position, partial in enumerate(rule.partials)
        if partial != NOTHING
    }
    lines = [f" d[a[{position}]] += {without_parentheses(text)};" for position, text in texts.items()]
    return f"            case {number}:{''.join(lines)} break;"


_LOOP = """\
/* {what} */
{signature} {{
{before}    {loop} {{
        const int *a = arguments + 3 * i;
{body}
        switch (opcodes[i]) {{
{cases}
        }}
    }}
}}"""
