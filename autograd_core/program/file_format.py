"""Programs as files: a plain, versioned format, read with every number in it checked. No pickle, nothing executed.

docs/program-file.md describes the format.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputTypeError, ProgramFileError, shortened
from ..formulas.rules import OPCODES, PRIMITIVES
from .files import write_atomically
from .flatten import Guard, Tape
from .structure import Leaf, Nest, Structure, size_of

__all__ = ["load", "save"]

Array = np.ndarray[Any, Any]

_MAGIC = b"autograd-core program\n"
_VERSION = 1
#: Type of each array in the file, in the order in which they follow each other.
_ARRAYS = {"constants": "<f8", "opcodes": "<i2", "arguments": "<i4", "outputs": "<i4", "guards": "<i4"}
_KINDS = ("number", "array", "list", "tuple")
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
    body = b"".join(np.ascontiguousarray(arrays[name], dtype=kind).tobytes() for name, kind in _ARRAYS.items())
    header = {
        "version": _VERSION,
        "inputs": tape.inputs,
        "primitives": used,
        "lengths": {name: int(array.size) for name, array in arrays.items()},
        "guards": [[guard.truth, guard.comparison, guard.source] for guard in tape.guards],
        "names": list(names),
        "arguments": [_to_json(structure) for structure in arguments],
        "result": _to_json(result),
        "checksum": zlib.crc32(body),
    }
    data = _MAGIC + json.dumps(header, ensure_ascii=True).encode("ascii") + b"\n" + body
    write_atomically(path, data, misplaced=ProgramFileError, failed=ProgramFileError)


def load(path: str | os.PathLike[str]) -> tuple[Tape, tuple[str, ...], tuple[Structure, ...], Structure]:
    """Read a program and check that every index in it points at what stands before it."""
    try:
        file = io.BytesIO(Path(os.fsdecode(path)).read_bytes())
    except TypeError:
        raise InputTypeError(f"load: {shortened(path)} is not a path; write Program.load('name')") from None
    except (OSError, ValueError) as error:
        raise ProgramFileError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from None
    try:
        return _read(file)
    except ProgramFileError as error:
        raise ProgramFileError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise ProgramFileError(f"{path}: damaged ({type(error).__name__}: {error}); save the program again") from None


def _read(file: io.BytesIO) -> tuple[Tape, tuple[str, ...], tuple[Structure, ...], Structure]:
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
    arrays = _arrays(body, header["lengths"])
    unknown = [name for name in header["primitives"] if name not in PRIMITIVES]
    if unknown:
        raise ProgramFileError(
            f"it uses {', '.join(map(str, unknown))}, not in the table; add them with primitive(...)"
        )
    names = tuple(_text(name) for name in header["names"])
    arguments = tuple(_from_json(each) for each in header["arguments"])
    result = _from_json(header["result"])
    tape = _tape(header, arrays)
    if len(names) != len(arguments) or sum(map(size_of, arguments)) != tape.inputs:
        raise ProgramFileError("its arguments do not match its inputs; save the program again")
    if size_of(result) != len(tape.outputs):
        raise ProgramFileError("its result does not match its outputs; save the program again")
    return tape, names, arguments, result


def _arrays(body: bytes, lengths: dict[str, int]) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    offset = 0
    for name, kind in _ARRAYS.items():
        count = lengths[name]
        if not isinstance(count, int) or count < 0 or offset + count * np.dtype(kind).itemsize > len(body):
            raise ProgramFileError(f"the length of its {name} is wrong; save the program again")
        arrays[name] = np.frombuffer(body, kind, count, offset).astype(np.dtype(kind).newbyteorder("="))
        offset += count * np.dtype(kind).itemsize
    if offset != len(body):
        raise ProgramFileError("there is more in it than it says; save the program again")
    return arrays


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
        Guard(slot, _truth(truth), _text(comparison), _text(source))
        for slot, (truth, comparison, source) in zip(arrays["guards"].tolist(), texts, strict=True)
    )
    return Tape(inputs, arrays["constants"], opcodes, arguments, arrays["outputs"], guards)


def _text(each: Any) -> str:
    if not isinstance(each, str):
        raise ProgramFileError(f"{each!r} stands where a text must; save the program again")
    return each


def _truth(each: Any) -> bool:
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
