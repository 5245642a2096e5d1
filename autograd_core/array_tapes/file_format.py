"""Programs of arrays as files, of the format that programs have: plain text and numbers, every one of them checked.

A file says which operations are applied to what. Reading applies them to nodes that hold no numbers of anybody's, so
that every shape and every type in a program is one that its operation gave.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.cross_entropy import Labels
from ..array.operations import STRUCTURAL, Operation, elementwise, rule_of
from ..array.tensor import Tensor, array_constant
from ..errors import ProgramFileError, shortened
from ..formulas.primitives import PRIMITIVES
from ..program.as_graph import graph_of_tape
from ..program.file_format import read_file, read_tape, tape_to_file, text_of, truth_of, write_file
from ..program.flatten import Tape
from ..program.recording import run_on_nodes
from ..scalar.value import Value
from .arguments import Arguments, Input, node_for
from .blank import Blanks, numbers_like
from .tape import ArrayTape, Form, Instruction

__all__ = ["Saved", "load", "save"]

_VERSION = 2
_NO_VALUES = Tape(0, np.zeros(0), np.zeros(0, np.int16), np.zeros((0, 3), np.int32), np.zeros(0, np.int32), ())
_KINDS = ("number", "values", "tensor", "list", "tuple")
_OF_RESULT = ("tensor", "value", "array", "list", "tuple")
_TYPES = re.compile(r"<f[48]|<[iu][248]|\|[iu]1|\|b1")
_MOST_BYTES = 2**40
#: What is behind the nodes of a program: its arguments, the nodes, the result, and the branches.
Saved = tuple[Arguments, list[Any], Any, list[tuple[Any, bool, str, str]]]


# --- writing ----------------------------------------------------------------------------------------------------------


def save(
    path: str | os.PathLike[str], arguments: Arguments, tape: ArrayTape, values: Tape | None,
    of_values: Sequence[tuple[int, ...]], result: Any, leaves: Sequence[tuple[str, tuple[int, ...]]],
) -> None:  # fmt: skip
    """Write a program, whole or not at all. Captured leaves are constants from now on."""
    header, body = tape_to_file(values or _NO_VALUES)
    arrays = [*(np.array(each._data) for each in tape.leaves), *tape.constants]
    count = len(arrays)
    instructions = [_instruction(each, arrays) for each in tape.instructions]
    header |= {
        "names": list(arguments.names),
        "arguments": [_tree(each) for each in arguments.trees],
        "leaves": [[each.name, each.kind, each.dtype.str, *each.shape] for each in arguments.inputs],
        "of_values": list(map(list, of_values)),
        "constants": count,
        "instructions": instructions,
        "array_outputs": list(tape.outputs),
        "array_guards": [[each.slot, each.truth, each.comparison, each.source] for each in tape.guards],
        "result": _tree(result),
        "result_leaves": [[kind, *shape] for kind, shape in leaves],
        "arrays": [[each.dtype.str, list(Form.of(each).axes), *each.shape] for each in arrays],
    }
    write_file(path, _VERSION, header, body + b"".join(map(_bytes, arrays)))


def _bytes(array: Array) -> bytes:
    """The numbers of an array, in the order in which they lie in memory."""
    return np.ascontiguousarray(array.transpose(Form.of(array).axes)).tobytes()


def _instruction(each: Instruction, arrays: list[Array]) -> Any:
    name = each.operation.name
    if rule_of(each.operation) is None and STRUCTURAL.get(name) is not each.operation:
        raise ProgramFileError(
            f"save: the program calls {name}, a function of Python, which no file holds; write it with operations of "
            "autograd_core, or a primitive of your own, and record again"
        )
    options = [
        {"follows": each.sources[at]} if at in each.sources else _option(one, arrays)
        for at, one in enumerate(each.options)
    ]
    return [name, list(each.arguments), options]


def _option(option: Any, arrays: list[Array]) -> Any:
    match option:
        case None | bool() | str():
            return option
        case int() | np.integer():
            return int(option)
        case float() | np.floating():
            return {"float": float(option).hex()}
        case tuple():
            return {"tuple": [_option(each, arrays) for each in option]}
        case list():
            return {"list": [_option(each, arrays) for each in option]}
        case slice():
            return {"slice": [_option(each, arrays) for each in (option.start, option.stop, option.step)]}
        case np.ndarray():
            arrays.append(option)
            return {"array": len(arrays) - 1}
        case Labels():
            arrays.append(np.asarray(option.classes))
            return {"labels": len(arrays) - 1}
    if option is Ellipsis:
        return {"ellipsis": True}
    if isinstance(option, np.dtype | type):
        return {"dtype": np.dtype(option).str}
    raise ProgramFileError(f"save: {shortened(option)} is no option that a file holds; record the program without it")


def _tree(tree: Any) -> Any:
    """A container of leaves; a leaf is 0."""
    if isinstance(tree, dict):
        if not all(isinstance(each, str | int) for each in tree):
            raise ProgramFileError("save: a dictionary has keys that are no texts or numbers; give it others")
        return {"dict": [[key, _tree(part)] for key, part in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list" if isinstance(tree, list) else "tuple": list(map(_tree, tree))}
    if dataclasses.is_dataclass(tree) or isinstance(tree, np.ndarray):
        raise ProgramFileError(
            f"save: there is a {type(tree).__name__} among the arguments or in the result, and a file holds "
            "dictionaries, lists and tuples only; record the program with one of these"
        )
    return 0


# --- reading ----------------------------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str]) -> Saved:
    """Read a program, checking everything in it."""
    return read_file(path, "ArrayProgram", _read)


def _read(header: dict[str, Any], body: bytes) -> Saved:
    values, rest = read_tape(header, body)
    arrays = _arrays(header["arrays"], rest)
    names = [text_of(each) for each in header["names"]]
    inputs = [_input(*each) for each in header["leaves"]]
    given = iter(["a leaf"] * len(inputs))
    trees = [_from_tree(each, given) for each in header["arguments"]]
    if len(names) != len(trees) or next(given, None) is not None:
        raise ProgramFileError("its arguments do not match its inputs; save the program again")
    nodes = [
        node_for(each, numbers_like(Form(each.shape, each.dtype, tuple(range(len(each.shape)))))) for each in inputs
    ]
    flat = [one for each in nodes for one in (np.ravel(each).tolist() if not isinstance(each, Tensor) else [each])]
    of_scalars = [each for each in flat if isinstance(each, Value)]
    if len(of_scalars) != values.inputs:
        raise ProgramFileError("its numbers do not match its inputs; save the program again")
    branches: list[tuple[Any, bool, str, str]] = []

    def graph() -> Any:
        outputs, guards = graph_of_tape(values, of_scalars)
        branches.extend(
            (node, each.truth, each.comparison, each.source) for node, each in zip(guards, values.guards, strict=True)
        )
        computed = iter(outputs)
        slots = [each for each in nodes if isinstance(each, Tensor)]
        slots += [Tensor(_array_of(_shape(each), computed)) for each in header["of_values"]]
        blank = Blanks(slots)
        slots += map(array_constant, arrays[: _count(header["constants"])])
        for name, arguments, options in header["instructions"]:
            slots.append(_applied(blank, name, arguments, options, slots, arrays))
        for slot, truth, comparison, source in header["array_guards"]:
            if _at(slots, slot).size != 1:
                raise ProgramFileError("a guard is not one number; save the program again")
            branches.append((_at(slots, slot), truth_of(truth), text_of(comparison), text_of(source)))
        of_tensors = iter([_at(slots, each) for each in header["array_outputs"]])
        leaves = iter([_result(*each, of_tensors=of_tensors, computed=computed) for each in header["result_leaves"]])
        result = _from_tree(header["result"], leaves)
        if any(next(each, None) is not None for each in (leaves, of_tensors, computed)):
            raise ProgramFileError("its result does not match its outputs; save the program again")
        return result

    result, _ = run_on_nodes(graph, [], flat)
    return Arguments(names, trees, inputs), nodes, result, branches


def _applied(
    blank: Blanks,
    name: str,
    arguments: Sequence[int],
    options: Sequence[Any],
    slots: list[Tensor],
    arrays: Sequence[Array],
) -> Tensor:
    """The node of an operation on slots before its own, with numbers that the next operation takes."""
    operation = _operation(name)
    rule = rule_of(operation)
    if rule is not None and (len(arguments) != rule.arity or options):
        raise ProgramFileError(f"{name} takes {rule.arity} argument(s), not {len(arguments)}; save the program again")
    parents = tuple(_at(slots, each) for each in arguments)
    its = [_from_option(each, slots, arrays) for each in options]
    for each in its:
        if isinstance(each, Labels):
            each.refuse_those_beyond(parents[0].shape[1])
    node = blank(operation, parents, *its)
    if node.dtype.kind not in "fiub":
        raise ProgramFileError(f"{name} gives {node.dtype}, which are no numbers; save the program again")
    return node


def _operation(name: Any) -> Operation:
    if name in PRIMITIVES:
        return elementwise(PRIMITIVES[name])
    if name not in STRUCTURAL:
        raise ProgramFileError(f"it uses {text_of(name)}, not in the table; add it with primitive(...)")
    return STRUCTURAL[name]


def _at(slots: Sequence[Tensor], slot: Any) -> Tensor:
    if type(slot) is not int or not 0 <= slot < len(slots):
        raise ProgramFileError("an instruction points at a result that is not there yet; save the program again")
    return slots[slot]


def _from_option(each: Any, slots: Sequence[Tensor], arrays: Sequence[Array]) -> Any:
    if not isinstance(each, dict):
        return each
    [(kind, held)] = each.items()
    decode: dict[str, Callable[[], Any]] = {
        "float": lambda: float.fromhex(held),
        "tuple": lambda: tuple(_from_option(one, slots, arrays) for one in held),
        "list": lambda: [_from_option(one, slots, arrays) for one in held],
        "slice": lambda: slice(*(_from_option(one, slots, arrays) for one in held)),
        "array": lambda: arrays[_count(held)],
        "labels": lambda: Labels(arrays[_count(held)]),
        "follows": lambda: Labels(np.zeros(_at(slots, held).shape, np.int64), _at(slots, held)),
        "ellipsis": lambda: Ellipsis,
        "dtype": lambda: _type(held),
    }
    return decode[kind]()


def _input(name: Any, kind: Any, dtype: Any, *shape: Any) -> Input:
    if kind not in _KINDS or (kind == "number" and shape):
        raise ProgramFileError(f"{kind!r} is no kind of an argument; save the program again")
    found = Input(text_of(name), kind, _shape(shape), _type(dtype))
    _refuse_large(found.shape, found.dtype)
    return found


def _result(kind: Any, *shape: Any, of_tensors: Iterator[Tensor], computed: Iterator[Value]) -> Any:
    """One leaf of the result."""
    if kind not in _OF_RESULT:
        raise ProgramFileError(f"{kind!r} is no kind of a result; save the program again")
    if kind == "tensor":
        found = next(of_tensors)
        if found.shape != _shape(shape):
            raise ProgramFileError("its result does not have the shape that it says; save the program again")
        return found
    array = _array_of(_shape(shape), computed)
    if kind == "value":
        return array.item()
    return array if kind == "array" else (list if kind == "list" else tuple)(array.tolist())


def _array_of(shape: tuple[int, ...], computed: Iterator[Value]) -> Any:
    """As many of some nodes as a shape has, in an array of it."""
    array = np.empty(shape, dtype=object)
    _refuse_large(shape, np.dtype(float))
    array.ravel()[:] = [next(computed) for _ in range(math.prod(shape))]
    return array


def _from_tree(tree: Any, leaves: Iterator[Any]) -> Any:
    if tree == 0:
        return next(leaves)
    [(kind, parts)] = tree.items()
    if kind == "dict":
        return {key: _from_tree(part, leaves) for key, part in parts}
    return {"list": list, "tuple": tuple}[kind](_from_tree(part, leaves) for part in parts)


def _arrays(forms: Any, data: bytes) -> list[Array]:
    """The arrays behind those of the Values, one right after the other."""
    found, start = [], 0
    for dtype, axes, *shape in forms:
        form = Form(_shape(shape), _type(dtype), tuple(axes))
        _refuse_large(form.shape, form.dtype)
        if sorted(axes) != list(range(len(shape))) or start + form.bytes > len(data):
            raise ProgramFileError("the length of an array is wrong; save the program again")
        found.append(form.inside(np.frombuffer(data, np.uint8, form.bytes, start)))
        start += form.bytes
    if start != len(data):
        raise ProgramFileError("there is more in it than it says; save the program again")
    return found


def _shape(lengths: Any) -> tuple[int, ...]:
    if not all(type(each) is int and 0 <= each < 2**31 for each in lengths) or len(lengths) > 32:
        raise ProgramFileError(f"{shortened(lengths)} is no shape; save the program again")
    return tuple(lengths)


def _refuse_large(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if math.prod(shape) * dtype.itemsize > _MOST_BYTES:
        raise ProgramFileError(f"an array of shape {shape} is larger than any memory; save the program again")


def _type(text: Any) -> np.dtype[Any]:
    if not isinstance(text, str) or not _TYPES.fullmatch(text):
        raise ProgramFileError(f"{shortened(text)} is no type of numbers; save the program again")
    return np.dtype(text).newbyteorder("=")


def _count(each: Any) -> int:
    if type(each) is not int or each < 0:
        raise ProgramFileError(f"{shortened(each)} stands where a number must; save the program again")
    return each
