"""A program as a WebAssembly module, bytes from the first to the last: no tool is needed to make it.

The sections are those of the WebAssembly Core Specification 1.0 (W3C, 2019), 5.5. Slots are places in the memory, so a
program may be as long as the memory is wide; its instructions are divided among functions, which engines limit.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from .listing import Listing
from .spelling import Spelling
from .wasm_code import assemble, signed, unsigned, vector
from .wasm_kernels import HELPERS, IMPORTED, WEBASSEMBLY, called_in

__all__ = ["PAGES", "pages_of", "wasm_module"]

#: What 32 bits address, in pages of 64 KiB.
PAGES = 65_536
_STATEMENTS = 2000  # in one function


def pages_of(listing: Listing) -> int:
    """How many pages of memory a program takes."""
    return -(-8 * (2 * listing.slots + 2 * len(listing.outputs)) // 65_536) or 1


def wasm_module(listing: Listing) -> bytes:
    """The bytes of the module; what it exports is told by ``Program.to_wasm``."""
    layout = _Layout(listing)
    spelling = Spelling(WEBASSEMBLY, listing, lambda name, arguments: f"(call {name} {' '.join(arguments)})")
    forward = [
        f"(store {each.result} {spelling.value(each.rule, layout.loads(each.arguments))})"
        for each in listing.instructions
    ]
    forward += [f"(store {layout.results + place} {_load(slot)})" for place, slot in enumerate(listing.outputs)]
    back = _back(listing, layout, spelling)
    kernels = {
        name: (arguments, [*(f"(set {target} {text})" for target, text in statements[:-1]), statements[-1][1]])
        for name, (arguments, statements) in spelling.functions.items()
    }
    called = called_in([*forward, *back, *(text for _, texts in kernels.values() for text in texts)])
    imported = [name for name in IMPORTED if name in called]
    functions: list[tuple[str, Sequence[str], Sequence[str], bool]] = [
        *((name, *HELPERS[name], True) for name in HELPERS if name in called),
        *((name, arguments, statements, True) for name, (arguments, statements) in kernels.items()),
    ]
    for way, statements in (("forward", forward), ("back", back)):
        pieces = [statements[at : at + _STATEMENTS] for at in range(0, len(statements), _STATEMENTS)]
        functions += [(f"{way} {place}", (), piece, False) for place, piece in enumerate(pieces)]
    steps = [name for name, *_ in functions if name.startswith("forward ")]
    steps_back = [name for name, *_ in functions if name.startswith("back ")]
    result = [_load(layout.results)] if listing.is_scalar else []
    numbers = {name: place for place, name in enumerate([*imported, *(name for name, *_ in functions)])}
    numbered = {name.replace(" ", "_"): number for name, number in numbers.items()}
    for name, calls in (("value", steps), ("value_and_grad", [*steps, *steps_back])):
        statements = [*(f"(call {each.replace(' ', '_')})" for each in calls), *result]
        functions.append((name, (), statements, bool(result)))
    types = [(count, gives) for count in range(5) for gives in (False, True)]
    imports = [(name, types.index((IMPORTED[name], True))) for name in imported]
    own = [(len(arguments), gives) for _, arguments, _, gives in functions]
    exported = {
        **{name: b"\x03" + unsigned(place) for place, name in enumerate(layout.places)},
        "memory": b"\x02\x00",
        "value": b"\x00" + unsigned(len(imported) + len(functions) - 2),
        "value_and_grad": b"\x00" + unsigned(len(imported) + len(functions) - 1),
    }
    sections = {
        1: vector([b"\x60" + vector([b"\x7c"] * count) + vector([b"\x7c"] * gives) for count, gives in types]),
        2: vector([_text("Math") + _text(name) + b"\x00" + unsigned(kind) for name, kind in imports]),
        3: vector([unsigned(types.index(kind)) for kind in own]),
        5: vector([b"\x00" + unsigned(pages_of(listing))]),
        6: vector([b"\x7f\x00\x41" + signed(8 * place) + b"\x0b" for place in layout.places.values()]),
        7: vector([_text(name) + kind for name, kind in exported.items()]),
        10: vector([assemble(arguments, statements, numbered) for _, arguments, statements, _ in functions]),
        11: vector(_constants(listing)),
    }  # fmt: skip
    return b"\x00asm\x01\x00\x00\x00" + b"".join(
        bytes([number]) + unsigned(len(content)) + content for number, content in sections.items()
    )


class _Layout:
    """Where numbers stand, counted in numbers: slots, their gradients, upstream and results."""

    def __init__(self, listing: Listing) -> None:
        self.gradients = listing.slots
        self.upstream = 2 * listing.slots
        self.results = self.upstream + len(listing.outputs)
        self.places = {"inputs": 0, "gradient": self.gradients, "upstream": self.upstream, "results": self.results}

    def loads(self, slots: Sequence[int]) -> list[str]:
        return [_load(slot) for slot in slots]


def _load(place: int) -> str:
    return f"(load {place})"


def _back(listing: Listing, layout: _Layout, spelling: Spelling) -> list[str]:
    """The statements that go back. The first thing passed on to a slot is written there, more is added."""
    begun: set[int] = set()
    lines = []

    def add(slot: int, text: str) -> None:
        place = layout.gradients + slot
        lines.append(f"(store {place} (f64.add {_load(place)} {text}))" if slot in begun else f"(store {place} {text})")
        begun.add(slot)

    for place, slot in enumerate(listing.outputs):
        if listing.needed[slot]:
            add(slot, "1.0" if listing.is_scalar else _load(layout.upstream + place))
    for instruction, positions in listing.way_back():
        arguments, given = layout.loads(instruction.arguments), _load(layout.gradients + instruction.result)
        for position in positions:
            text = spelling.contribution(given, instruction.rule, position, arguments, _load(instruction.result))
            add(instruction.arguments[position], text)
    return lines


def _constants(listing: Listing) -> list[bytes]:
    """What stands in the memory at first."""
    if not listing.constants:
        return []
    numbers = struct.pack(f"<{len(listing.constants)}d", *listing.constants)
    return [b"\x00\x41" + signed(8 * listing.inputs) + b"\x0b" + unsigned(len(numbers)) + numbers]


def _text(text: str) -> bytes:
    data = text.encode()
    return unsigned(len(data)) + data
