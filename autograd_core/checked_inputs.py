"""What a gradient check is given, as named leaves: numbers, Values, arrays, nested containers, and models."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .conversion import number_from
from .errors import InputTypeError, InputValueError
from .graph import ancestors
from .value import Value, describe_node

__all__ = ["CheckedInput", "CheckedInputs", "put_back", "read_inputs"]


@dataclass(frozen=True, slots=True)
class CheckedInput:
    """One number to check at.

    Attributes
    ----------
    name
        Label behind its scope, or where it stands: ``x``, ``W[0, 1]``, ``layers[2]['b']``.
    leaf
        The leaf that is moved.
    depends_on
        Name of another input that it was computed from (or is), else None.
    """

    name: str
    leaf: Value
    depends_on: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedInputs:
    """The leaves, and the arguments that hold them in the shape in which they were given."""

    arguments: tuple[Any, ...]
    inputs: tuple[CheckedInput, ...]


def read_inputs(f: Callable[..., Any], given: Sequence[Any], what: str) -> CheckedInputs:
    """Find the leaves in what was given; numbers become leaves.

    Parameters
    ----------
    f
        The function, whose signature names the arguments.
    given
        Numbers, leaves, arrays, lists, tuples and dictionaries of these to any depth, and objects with
        ``parameters()``, which the function gets as they are.
    what
        Who asks, for messages.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a number or a leaf, or there is no number at all.
    """
    names = _names(f, len(given))
    items = [
        item
        for position, (each, name) in enumerate(zip(given, names, strict=True))
        for item in _items(each, name, f"input {position}")
    ]
    if not items:
        raise InputValueError(f"{what}: no inputs; give the numbers or leaves to check at")
    inputs = _resolve(items, what)
    leaves = iter([each.leaf for each in inputs])
    return CheckedInputs(tuple(_rebuild(each, leaves) for each in given), tuple(inputs))


@contextmanager
def put_back(leaves: Sequence[Value]) -> Iterator[None]:
    """Whatever the block sets the data of the leaves to, afterwards it is what it was."""
    before = [leaf.data for leaf in leaves]
    try:
        yield
    finally:
        for leaf, number in zip(leaves, before, strict=True):
            leaf.data = number


def _names(f: Callable[..., Any], count: int) -> list[str]:
    try:
        in_signature = [
            parameter.name
            for parameter in inspect.signature(f).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # some built-in functions have no signature
        in_signature = []
    return in_signature[:count] + [f"input {position}" for position in range(len(in_signature), count)]


@dataclass(frozen=True, slots=True)
class _Item:
    """One number or Value among what was given, its name, and where it stands, for messages."""

    given: Any
    name: str
    place: str


def _items(given: Any, name: str, place: str) -> Iterator[_Item]:
    if isinstance(given, Value):
        yield _Item(given, "/".join(filter(None, (given.scope, given.label))) if given.label else name, place)
    elif isinstance(given, dict):
        for key, each in given.items():
            yield from _items(each, f"{name}[{key!r}]", f"{place}[{key!r}]")
    elif isinstance(given, list | tuple):
        for i, each in enumerate(given):
            yield from _items(each, f"{name}[{i}]", f"{place}[{i}]")
    elif isinstance(given, np.ndarray) and given.ndim:
        for index in np.ndindex(given.shape):
            inside = f"[{', '.join(map(str, index))}]"
            yield from _items(given[index], name + inside, place + inside)
    elif _is_model(given):
        named = getattr(given, "named_parameters", None)
        parameters = [(f"{name}.parameters()[{i}]", each) for i, each in enumerate(given.parameters())]
        for own_name, each in parameters if named is None else named():
            if not isinstance(each, Value):
                raise InputTypeError(f"{place}: the parameter {own_name} is {each!r}; parameters must be Values")
            yield _Item(each, own_name, f"{place}, {own_name}")
    else:
        yield _Item(given, name, place)


def _is_model(given: Any) -> bool:
    return callable(getattr(given, "parameters", None))


def _rebuild(given: Any, leaves: Iterator[Value]) -> Any:
    """What was given, with the leaves in place of its numbers and Values."""
    if isinstance(given, dict):
        return {key: _rebuild(each, leaves) for key, each in given.items()}
    if isinstance(given, list | tuple):
        parts = [_rebuild(each, leaves) for each in given]
        if isinstance(given, list):
            return parts
        return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts)  # a named tuple stays one
    if isinstance(given, np.ndarray) and given.ndim:
        nodes = np.empty(given.shape, dtype=object)
        for index in np.ndindex(given.shape):
            nodes[index] = _rebuild(given[index], leaves)
        return nodes
    if not isinstance(given, Value) and _is_model(given):
        for _ in given.parameters():
            next(leaves)
        return given
    return next(leaves)


def _resolve(items: list[_Item], what: str) -> list[CheckedInput]:
    """A leaf for each item, and whether it depends on another one."""
    names: dict[Value, str] = {}
    for item in items:
        if isinstance(item.given, Value):
            names.setdefault(item.given, item.name)
    seen: set[Value] = set()
    inputs = []
    for item in items:
        node = item.given
        if not isinstance(node, Value):
            leaf = Value(number_from(node, f"{what}: {item.place}"))
            inputs.append(CheckedInput(item.name, leaf))
        elif node in seen:
            inputs.append(CheckedInput(item.name, node, names[node]))
        elif node.op == "leaf":
            inputs.append(CheckedInput(item.name, node))
        else:
            origin = next((names[each] for each in reversed(ancestors(node)) if each in names), None)
            if origin is None:
                raise InputTypeError(
                    f"{what}: {item.place}, {describe_node(node)}, is not a leaf; give the leaves it depends on"
                )
            # The function gets a leaf with its number instead, so that the other input varies alone.
            inputs.append(CheckedInput(item.name, Value(node.data, node.label), origin))
        if isinstance(node, Value):
            seen.add(node)
    return inputs
