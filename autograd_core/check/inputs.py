"""What a gradient check is given, as named leaves: numbers, Values, Tensors, arrays, nested containers, and models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.tensor import Tensor, describe
from ..array.walks import ancestors
from ..errors import InputTypeError, InputValueError
from ..formulas.printing import visible
from ..numerical.elements import Element, Holder, Leaf
from ..scalar.conversion import number_from, refuse_masked
from ..scalar.value import Value
from ..transforms.argument_names import argument_names
from ..transforms.containers import map_leaves, named_leaves

__all__ = ["CheckedInput", "CheckedInputs", "read_inputs"]


@dataclass(frozen=True, slots=True)
class CheckedInput:
    """One number to check at.

    Attributes
    ----------
    name
        Label behind its scope, or where it stands: ``x``, ``W[0, 1]``, ``layers[2]['b']``.
    leaf
        What is moved: a leaf, or an element of a leaf Tensor. None for a whole Tensor that depends on another input.
    depends_on
        Name of another input that it was computed from (or is), else None.
    """

    name: str
    leaf: Leaf | None
    depends_on: str | None = None

    @property
    def point(self) -> float:
        """Its number; nan for a whole Tensor."""
        return math.nan if self.leaf is None else self.leaf.data


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
        Numbers, leaves (Values and Tensors), arrays, containers of these (see
        :mod:`autograd_core.transforms.containers`), and objects with ``parameters()``, which the function gets as they
        are.
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
    resolved = _resolve(items, what)
    inputs = tuple(each for _, inputs in resolved for each in inputs)
    if not inputs:
        raise InputValueError(f"{what}: the Tensors hold no numbers, so there is nothing to check")
    nodes = iter([node for node, _ in resolved])
    return CheckedInputs(tuple(_rebuild(each, nodes) for each in given), inputs)


@dataclass(frozen=True, slots=True)
class _Item:
    """One number, Value or Tensor among what was given, its name, and where it stands, for messages."""

    given: Any
    name: str
    place: str


def _items(given: Any, name: str, place: str) -> Iterator[_Item]:
    """The numbers, Values and Tensors among what was given; `given` holds no arrays of numbers."""
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
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(f"{place}: the parameter {own_name} is {each!r}; parameters must be Values or Tensors")
        yield _Item(each, own_name, f"{place}, {own_name}")


def _label_of(each: Any) -> str | None:
    """A node's label behind its scope, if it has one."""
    labelled = isinstance(each, Value | Tensor) and visible(each.label)
    return "/".join(filter(None, (each.scope, each.label))) if labelled else None


def _is_model(given: Any) -> bool:
    return not isinstance(given, Value | Tensor) and callable(getattr(given, "parameters", None))


def _number_by_number(given: Any) -> Any:
    """An array of numbers as one of objects, so that each of them is a leaf."""
    if isinstance(given, np.ndarray) and given.ndim:
        refuse_masked(given, "an input")
        return given.astype(object)
    return given


def _rebuild(given: Any, nodes: Iterator[Holder]) -> Any:
    """What was given, with the leaves in place of its numbers and nodes."""

    def replaced(leaf: Any) -> Any:
        if not _is_model(leaf):
            return next(nodes)
        for _ in leaf.parameters():
            next(nodes)
        return leaf

    return map_leaves(replaced, given, _is_model)


def _resolve(items: list[_Item], what: str) -> list[tuple[Holder, list[CheckedInput]]]:
    """For each item the node that the function gets, and the numbers that are checked in it.

    A node that depends on another input is one entry that says so. The function gets a leaf with its numbers instead,
    so that the other input varies alone.
    """
    names: dict[Holder, str] = {}
    for item in items:
        if isinstance(item.given, Value | Tensor):
            names.setdefault(item.given, item.name)
    seen: set[Holder] = set()
    resolved: list[tuple[Holder, list[CheckedInput]]] = []
    for item in items:
        node = item.given
        if not isinstance(node, Value | Tensor):
            leaf = Value(number_from(node, f"{what}: {item.place}"))
            resolved.append((leaf, _inputs_of(leaf, item.name)))
        elif node in seen:
            resolved.append((node, [_dependent(node, item.name, names[node])]))
        elif node.op == "leaf":
            resolved.append((node, _inputs_of(node, item.name)))
        else:
            origin = next((names[each] for each in reversed(ancestors(node)) if each in names), None)
            if origin is None:
                described = describe(node)
                raise InputTypeError(f"{what}: {item.place}, {described}, is not a leaf; {_advice(node)}")
            copy = type(node)(node.data, node.label)
            resolved.append((copy, [_dependent(copy, item.name, origin)]))
        if isinstance(node, Value | Tensor):
            seen.add(node)
    return resolved


def _advice(node: Holder) -> str:
    if node.parents:
        return "give the leaves it depends on"
    return f"a constant has no derivative; write {type(node).__name__}(...) of its numbers, as floats"


def _dependent(node: Holder, name: str, origin: str) -> CheckedInput:
    return CheckedInput(name, node if isinstance(node, Value) else None, origin)


def _inputs_of(node: Holder, name: str) -> list[CheckedInput]:
    """A leaf Value is one number to check at; a leaf Tensor is as many as it holds."""
    if isinstance(node, Value):
        return [CheckedInput(name, node)]
    return [
        CheckedInput(f"{name}[{', '.join(map(str, index))}]" if index else name, Element(node, position))
        for position, index in enumerate(np.ndindex(node.shape))
    ]
