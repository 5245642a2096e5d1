"""What a gradient check is given, as named leaves: numbers, Values, arrays, nested containers, and models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .argument_names import argument_names
from .containers import map_leaves, named_leaves
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
        Numbers, leaves, arrays, containers of these (see :mod:`autograd_core.containers`), and objects with
        ``parameters()``, which the function gets as they are.
    what
        Who asks, for messages.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a number or a leaf, or there is no number at all.
    """
    names = argument_names(f, len(given), "input")
    given = [map_leaves(_number_by_number, each, _is_model) for each in given]
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


@dataclass(frozen=True, slots=True)
class _Item:
    """One number or Value among what was given, its name, and where it stands, for messages."""

    given: Any
    name: str
    place: str


def _items(given: Any, name: str, place: str) -> Iterator[_Item]:
    """The numbers and Values among what was given; `given` holds no arrays of numbers."""
    by_name, by_place = named_leaves(given, name, _is_model), named_leaves(given, place, _is_model)
    for (leaf_name, leaf), (leaf_place, _) in zip(by_name, by_place, strict=True):
        if _is_model(leaf):
            yield from _parameters(leaf, leaf_name, leaf_place)
        else:
            yield _Item(leaf, _label_of(leaf) or leaf_name, leaf_place)


def _parameters(model: Any, name: str, place: str) -> Iterator[_Item]:
    named = getattr(model, "named_parameters", None)
    parameters = [
        (_label_of(each) or f"{name}.parameters()[{position}]", each)
        for position, each in enumerate(model.parameters())
    ]
    for own_name, each in parameters if named is None else named():
        if not isinstance(each, Value):
            raise InputTypeError(f"{place}: the parameter {own_name} is {each!r}; parameters must be Values")
        yield _Item(each, own_name, f"{place}, {own_name}")


def _label_of(each: Any) -> str | None:
    """A Value's label behind its scope, if it has one."""
    labelled = isinstance(each, Value) and each.label
    return "/".join(filter(None, (each.scope, each.label))) if labelled else None


def _is_model(given: Any) -> bool:
    return not isinstance(given, Value) and callable(getattr(given, "parameters", None))


def _number_by_number(given: Any) -> Any:
    """An array of numbers as one of objects, so that each of them is a leaf."""
    return given.astype(object) if isinstance(given, np.ndarray) and given.ndim else given


def _rebuild(given: Any, leaves: Iterator[Value]) -> Any:
    """What was given, with the leaves in place of its numbers and Values."""

    def replaced(leaf: Any) -> Any:
        if not _is_model(leaf):
            return next(leaves)
        for _ in leaf.parameters():
            next(leaves)
        return leaf

    return map_leaves(replaced, given, _is_model)


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
