"""Programs as files: a plain, versioned format, read with every number in it checked. No pickle, nothing executed.

docs/program-file.md describes the format.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import AutogradError, InputTypeError, ProgramFileError, shortened
from ..formulas.rules import OPCODES, PRIMITIVES
from .files import write_atomically
from .flatten import Guard, Tape
from .structure import Leaf, Nest, Structure, size_of

__all__ = ["ARRAYS", "load", "read_file", "read_tape", "save", "tape_to_file", "text_of", "truth_of", "write_file"]

Array = np.ndarray[Any, Any]
Found = TypeVar("Found")

_MAGIC = b"autograd-core program\n"
#: The newest version that is read. A program of Values is of the first, which older readers know.
_VERSION, _OF_VALUES = 2, 1
#: Type of each array in the file, in the order in which they follow each other.
ARRAYS = {"constants": "<f8", "opcodes": "<i2", "arguments": "<i4", "outputs": "<i4", "guards": "<i4"}
_KINDS = ("number", "array", "list", "tuple")
#: What a reader raises that meets something else than it expects.
_SAYS_DAMAGED = (
    *(AutogradError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError),
    *(StopIteration, TypeError, ValueError),
)
_LONGEST_HEADER = 10_000_000
_MOST_INPUTS = 10**8


def save(
    path: str | os.PathLike[str],
    tape: Tape,
    names: tuple[str, ...],
    arguments: tuple[Structure, ...],
    result: Structure,
) -> None:
    """Write a program, whole or not at all."""
    header, body = tape_to_file(tape)
    header |= {
        "names": list(names),
        "arguments": [_to_json(structure) for structure in arguments],
        "result": _to_json(result),
    }
    write_file(path, _OF_VALUES, header, body)


def tape_to_file(tape: Tape) -> tuple[dict[str, Any], bytes]:
    """What a header says of a tape, and its arrays."""
    used = sorted({OPCODES[opcode].name for opcode in tape.opcodes.tolist()})
    number_of = np.full(len(OPCODES), -1, dtype=np.int16)
    for number, name in enumerate(used):
        number_of[PRIMITIVES[name].opcode] = number
    arrays = {
        "constants": tape.constants,
        "opcodes": number_of[tape.opcodes],
        "arguments": tape.arguments,
        "outputs": tape.outputs,
        "guards": np.array([guard.slot for guard in tape.guards]),
    }
    body = b"".join(np.ascontiguousarray(arrays[name], dtype=kind).tobytes() for name, kind in ARRAYS.items())
    header = {
        "inputs": tape.inputs,
        "primitives": used,
        "lengths": {name: int(array.size) for name, array in arrays.items()},
        "guards": [[guard.truth, guard.comparison, guard.source] for guard in tape.guards],
    }
    return header, body


def write_file(path: str | os.PathLike[str], version: int, header: dict[str, Any], body: bytes) -> None:
    """Write a file, whole or not at all."""
    header = {"version": version, **header, "checksum": zlib.crc32(body)}
    data = _MAGIC + json.dumps(header, ensure_ascii=True).encode("ascii") + b"\n" + body
    write_atomically(path, data, misplaced=ProgramFileError, failed=ProgramFileError)


def load(path: str | os.PathLike[str]) -> tuple[Tape, tuple[str, ...], tuple[Structure, ...], Structure]:
    """Read a program and check that every index in it points at what stands before it."""
    return read_file(path, "Program", _read)


def read_file(path: str | os.PathLike[str], kind: str, read: Callable[[dict[str, Any], bytes], Found]) -> Found:
    """Read a file: what `read` makes of its header and its body, or an error that says what is wrong with it.

    Parameters
    ----------
    path
        The file.
    kind
        The class that the file shall hold, ``"Program"`` or ``"ArrayProgram"``.
    read
        Reads what is in it. What it raises says that the file is damaged.
    """
    try:
        file = io.BytesIO(Path(os.fsdecode(path)).read_bytes())
    except TypeError:
        raise InputTypeError(f"load: {shortened(path)} is not a path; write {kind}.load('name')") from None
    except (OSError, ValueError) as error:
        raise ProgramFileError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from None
    try:
        header, body = _header_and_body(file)
        held = "Program" if header["version"] == _OF_VALUES else "ArrayProgram"
        if held != kind:
            what = "numbers" if held == "Program" else "arrays"
            raise ProgramFileError(f"it holds a program of {what}; write {held}.load('{path}')")
        return read(header, body)
    except ProgramFileError as error:
        raise ProgramFileError(f"{path}: {error}") from None
    except _SAYS_DAMAGED as error:
        raise ProgramFileError(f"{path}: damaged ({type(error).__name__}: {error}); save the program again") from None


def _header_and_body(file: io.BytesIO) -> tuple[dict[str, Any], bytes]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ProgramFileError("not a program; give a file that Program.save wrote")
    line = file.readline(_LONGEST_HEADER)
    if not line.endswith(b"\n"):
        raise ProgramFileError("cut short in its header; save the program again")
    header = json.loads(line)
    version = header["version"]
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= _VERSION:
        raise ProgramFileError(f"version {version}, and this autograd_core reads up to {_VERSION}; install a newer one")
    body = file.read()
    if zlib.crc32(body) != header["checksum"]:
        raise ProgramFileError("its checksum is wrong: damaged or cut short; save the program again")
    return header, body


def _read(header: dict[str, Any], body: bytes) -> tuple[Tape, tuple[str, ...], tuple[Structure, ...], Structure]:
    tape, rest = read_tape(header, body)
    if rest:
        raise ProgramFileError("there is more in it than it says; save the program again")
    names = tuple(text_of(name) for name in header["names"])
    arguments = tuple(_from_json(each) for each in header["arguments"])
    result = _from_json(header["result"])
    if len(names) != len(arguments) or sum(map(size_of, arguments)) != tape.inputs:
        raise ProgramFileError("its arguments do not match its inputs; save the program again")
    if size_of(result) != len(tape.outputs):
        raise ProgramFileError("its result does not match its outputs; save the program again")
    return tape, names, arguments, result


def read_tape(header: dict[str, Any], body: bytes) -> tuple[Tape, bytes]:
    """The tape of which a header tells, and what stands behind its arrays."""
    arrays, rest = _arrays(body, header["lengths"])
    unknown = [name for name in header["primitives"] if name not in PRIMITIVES]
    if unknown:
        raise ProgramFileError(
            f"it uses {', '.join(map(str, unknown))}, not in the table; add them with primitive(...)"
        )
    return _tape(header, arrays), rest


def _arrays(body: bytes, lengths: dict[str, int]) -> tuple[dict[str, Array], bytes]:
    arrays: dict[str, Array] = {}
    offset = 0
    for name, kind in ARRAYS.items():
        count = lengths[name]
        if not isinstance(count, int) or count < 0 or offset + count * np.dtype(kind).itemsize > len(body):
            raise ProgramFileError(f"the length of its {name} is wrong; save the program again")
        arrays[name] = np.frombuffer(body, kind, count, offset).astype(np.dtype(kind).newbyteorder("="))
        offset += count * np.dtype(kind).itemsize
    return arrays, body[offset:]


def _tape(header: dict[str, Any], arrays: dict[str, Array]) -> Tape:
    inputs = header["inputs"]
    if not isinstance(inputs, int) or isinstance(inputs, bool) or not 0 <= inputs <= _MOST_INPUTS:
        raise ProgramFileError("its number of inputs is wrong; save the program again")
    numbers = arrays["opcodes"]
    opcode_of = np.array([PRIMITIVES[name].opcode for name in header["primitives"]], dtype=np.int16)
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < len(opcode_of)):
        raise ProgramFileError("an instruction names no primitive; save the program again")
    opcodes = opcode_of[numbers] if numbers.size else np.empty(0, dtype=np.int16)
    if arrays["arguments"].size != 3 * opcodes.size:
        raise ProgramFileError("its instructions lack arguments; save the program again")
    arguments = arrays["arguments"].reshape(-1, 3)
    first = inputs + arrays["constants"].size
    own_slots = first + np.arange(opcodes.size)
    if arguments.size and (arguments.min() < 0 or (arguments.max(axis=1) >= own_slots).any()):
        # Arguments that are not taken are 0, which is a slot before the first instruction as well.
        raise ProgramFileError("an instruction points at a result that is not there yet; save the program again")
    slots = first + opcodes.size
    if slots >= 2**31:
        raise ProgramFileError("it has more slots than can be counted; save the program again")
    pointers = np.concatenate([arrays["outputs"], arrays["guards"]])
    if pointers.size and (pointers.min() < 0 or pointers.max() >= slots):
        raise ProgramFileError("an output or a guard points at nothing; save the program again")
    texts = header["guards"]
    if len(texts) != arrays["guards"].size:
        raise ProgramFileError("its guards do not match; save the program again")
    guards = tuple(
        Guard(slot, truth_of(truth), text_of(comparison), text_of(source))
        for slot, (truth, comparison, source) in zip(arrays["guards"].tolist(), texts, strict=True)
    )
    return Tape(inputs, arrays["constants"], opcodes, arguments, arrays["outputs"], guards)


def text_of(each: Any) -> str:
    """A text of a header.

    >>> text_of("w")
    'w'
    """
    if not isinstance(each, str):
        raise ProgramFileError(f"{each!r} stands where a text must; save the program again")
    return each


def truth_of(each: Any) -> bool:
    """A truth value of a header.

    >>> truth_of(True)
    True
    """
    if not isinstance(each, bool):
        raise ProgramFileError(f"{each!r} stands where true or false must; save the program again")
    return each


def _to_json(structure: Structure) -> Any:
    if isinstance(structure, Leaf):
        return [structure.kind, *structure.shape]
    return {structure.kind: [_to_json(part) for part in structure.parts]}


def _from_json(each: Any) -> Structure:
    if isinstance(each, list):
        kind, *shape = each
        fits = {"number": len(shape) == 0, "list": len(shape) == 1, "tuple": len(shape) == 1, "array": True}
        if kind not in _KINDS or not fits[kind] or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
            raise ProgramFileError(f"{each!r} is not the structure of an argument; save the program again")
        return Leaf(kind, tuple(shape))
    [(kind, parts)] = each.items()
    if kind not in ("list", "tuple") or not parts:
        raise ProgramFileError(f"{kind!r} is not the structure of an argument; save the program again")
    return Nest(kind, tuple(_from_json(part) for part in parts))
