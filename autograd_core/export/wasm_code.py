"""Functions in the folded text form of WebAssembly, assembled to bytes. Only what the generated functions use is known.

The encoding is that of the WebAssembly Core Specification 1.0 (W3C, 2019), sections 5.2 to 5.5.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence

__all__ = ["Tree", "assemble", "f64_constant", "parse", "signed", "unsigned", "vector"]

#: A word, or an operation with what it is applied to.
Tree = str | list["Tree"]

_F64 = 0x7C
_OPERATIONS = {
    **{"f64.eq": 0x61, "f64.ne": 0x62, "f64.lt": 0x63, "f64.gt": 0x64, "f64.le": 0x65, "f64.ge": 0x66},
    **{"f64.abs": 0x99, "f64.neg": 0x9A, "f64.ceil": 0x9B, "f64.floor": 0x9C, "f64.nearest": 0x9E, "f64.sqrt": 0x9F},
    **{"f64.add": 0xA0, "f64.sub": 0xA1, "f64.mul": 0xA2, "f64.div": 0xA3, "f64.copysign": 0xA6},
    **{"i32.and": 0x71, "i32.or": 0x72, "i32.ne": 0x47, "f64.convert_i32_u": 0xB8, "select": 0x1B},
}


def unsigned(number: int) -> bytes:
    """An unsigned integer in LEB128.

    >>> unsigned(624485).hex()
    'e58e26'
    """
    found = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)


def signed(number: int) -> bytes:
    """A signed integer in LEB128.

    >>> signed(-123456).hex()
    'c0bb78'
    """
    found = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        if (number == 0 and not low & 0x40) or (number == -1 and low & 0x40):
            return bytes([*found, low])
        found.append(low | 0x80)


def f64_constant(number: float) -> bytes:
    """The instruction that gives a number."""
    return b"\x44" + struct.pack("<d", number)


def vector(parts: Sequence[bytes]) -> bytes:
    """Parts with their number before them."""
    return unsigned(len(parts)) + b"".join(parts)


def parse(text: str) -> Tree:
    """Read one expression.

    >>> parse("(f64.add x (-1.0))")
    ['f64.add', 'x', ['-1.0']]
    """
    open_lists: list[list[Tree]] = [[]]
    for word in re.findall(r"[()]|[^\s()]+", text):
        if word == "(":
            open_lists.append([])
        elif word == ")":
            closed = open_lists.pop()
            open_lists[-1].append(closed)
        else:
            open_lists[-1].append(word)
    [[tree]] = open_lists
    return tree


def assemble(arguments: Sequence[str], statements: Sequence[str], functions: Mapping[str, int]) -> bytes:
    """The body of a function of numbers.

    Parameters
    ----------
    arguments
        Names of its arguments.
    statements
        ``(set name value)``, ``(while condition statement...)``, ``(if condition statement...)``; and at the end the
        result, unless there is none. Of the memory, ``(load place)`` is a number, and ``(store place value)`` writes
        one.
    functions
        The index of each function that may be called, as ``(call name argument...)``.
    """
    trees = [parse(each) for each in statements]
    numbers = {name: place for place, name in enumerate(arguments)}
    for tree in trees:
        _declare(tree, numbers)
    local_count = len(numbers) - len(arguments)
    declared = vector([unsigned(local_count) + bytes([_F64])] if local_count else [])
    code = b"".join(_assembled(tree, numbers, functions) for tree in trees)
    body = declared + code + b"\x0b"
    return unsigned(len(body)) + body


def _declare(tree: Tree, numbers: dict[str, int]) -> None:
    if isinstance(tree, list):
        if tree[0] == "set" and isinstance(tree[1], str):
            numbers.setdefault(tree[1], len(numbers))
        for part in tree[1:]:
            _declare(part, numbers)


def _assembled(tree: Tree, numbers: Mapping[str, int], functions: Mapping[str, int]) -> bytes:
    if isinstance(tree, str):
        return b"\x20" + unsigned(numbers[tree]) if tree in numbers else f64_constant(float(tree))
    head, *parts = tree
    if not parts:  # in parentheses
        return _assembled(head, numbers, functions)

    def all_of(trees: Sequence[Tree]) -> bytes:
        return b"".join(_assembled(each, numbers, functions) for each in trees)

    match head:
        case "load":
            return b"\x41\x00\x2b\x03" + unsigned(8 * int(str(parts[0])))
        case "store":
            return b"\x41\x00" + all_of(parts[1:]) + b"\x39\x03" + unsigned(8 * int(str(parts[0])))
        case "set":
            return all_of(parts[1:]) + b"\x21" + unsigned(numbers[str(parts[0])])
        case "call":
            return all_of(parts[1:]) + b"\x10" + unsigned(functions[str(parts[0])])
        case "if":
            return all_of(parts[:1]) + b"\x04\x40" + all_of(parts[1:]) + b"\x0b"
        case "while":  # a block to leave, and in it a loop to begin again
            leave = all_of(parts[:1]) + b"\x45\x0d\x01"
            return b"\x02\x40\x03\x40" + leave + all_of(parts[1:]) + b"\x0c\x00\x0b\x0b"
    return all_of(parts) + bytes([_OPERATIONS[str(head)]])
