"""A program as a function of JAX: its arguments and its result in the structures they have here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputTypeError, InputValueError, shortened
from ..export.jax_program import jax_function
from ..export.jax_table import JaxTable, jax_table
from ..export.listing import Listing
from .arguments import Signature
from .structure import Leaf, Structure, size_of

__all__ = ["array_of_jax", "jax_form"]


def jax_form(listing: Listing, signature: Signature) -> Callable[..., Any]:
    """A function of the arguments of the program, made of operations of JAX."""
    table = jax_table()
    whole = jax_function(listing, table)
    expected = list(zip(signature.arguments, signature.names, strict=True))

    def function(*args: Any) -> Any:
        if len(args) != len(expected):
            names = ", ".join(signature.names)
            raise InputValueError(f"the program takes {len(expected)} argument(s) ({names}), not {len(args)}")
        rows = [row for each, (structure, name) in zip(args, expected, strict=True) for row in
                _rows(each, structure, name, table)]  # fmt: skip
        found = whole(table.np.concatenate([*rows, table.np.zeros(0, table.dtype)]))
        return _in_structure(signature.result, found)

    return function


def array_of_jax(given: Any, shape: tuple[int, ...], dtype: Any, name: str, table: JaxTable) -> Any:
    """What is given for a leaf of the arguments as an array of JAX, of its shape and of a type."""
    try:
        array = table.np.asarray(given)
    except (TypeError, ValueError):
        raise InputTypeError(f"{name} is {shortened(given)}; give numbers, or an array of NumPy or JAX") from None
    if array.shape != shape:
        raise InputValueError(f"{name}: shape {array.shape} given where the program was recorded with {shape}")
    return array.astype(dtype)


def _rows(argument: Any, structure: Structure, name: str, table: JaxTable) -> list[Any]:
    if isinstance(structure, Leaf):
        return [array_of_jax(argument, structure.shape, table.dtype, name, table).ravel()]
    if not isinstance(argument, list | tuple) or len(argument) != len(structure.parts):
        raise InputValueError(
            f"{name}: {shortened(argument)} given where the program was recorded with a {structure.kind} of "
            f"{len(structure.parts)}"
        )
    parts = enumerate(zip(argument, structure.parts, strict=True))
    return [row for at, (part, its) in parts for row in _rows(part, its, f"{name}[{at}]", table)]


def _in_structure(structure: Structure, row: Any) -> Any:
    """Numbers in the shape of a structure, lists and tuples as such."""
    if isinstance(structure, Leaf) and structure.kind in ("number", "array"):
        return row.reshape(structure.shape)
    parts = [Leaf("number", ())] * structure.shape[0] if isinstance(structure, Leaf) else structure.parts
    found, start = [], 0
    for part in parts:
        found.append(_in_structure(part, row[start : start + size_of(part)]))
        start += size_of(part)
    return found if structure.kind == "list" else tuple(found)
