"""The arguments of a program of arrays: containers of numbers and arrays, and what is given for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..array.arrays import Array, ReadOnlyArray
from ..array.tensor import Tensor, array_constant
from ..errors import InputTypeError, InputValueError, shortened
from ..scalar.conversion import number_from, real_array
from ..scalar.value import Value
from ..transforms.containers import is_container, leaves_beside, map_leaves, named_leaves, row_of_numbers

__all__ = ["Arguments", "Input", "input_like", "is_row", "node_for"]

_ROWS: dict[str, Any] = {"list": list, "tuple": tuple}
_NUMBERS = {float, int, np.float64}


@dataclass(frozen=True, slots=True)
class Input:
    """One leaf of the arguments.

    Attributes
    ----------
    name
        How messages call it, such as ``p['W']``.
    kind
        What the function gets for it: a Value for a ``"number"``, an array of ``"values"`` or a ``"tensor"`` for an
        array, a ``"list"`` or a ``"tuple"`` of Values for one of numbers only.
    shape, dtype
        Of the array.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, given: Any) -> Array:
        """What is given for it, as an array of its shape and type."""
        if type(given) is np.ndarray and given.dtype == self.dtype and given.shape == self.shape:
            return given
        if isinstance(given, Tensor | Value):
            raise InputTypeError(f"{self.name}: a program takes numbers, not nodes; write its data")
        array = real_array(given, self.name)
        if array.shape != self.shape:
            raise InputValueError(
                f"{self.name}: shape {array.shape} given where the program was recorded with {self.shape}; record it "
                "again for another shape"
            )
        if self.dtype.kind != "f" and array.dtype.kind == "f":
            raise InputTypeError(f"{self.name}: {array.dtype} given where the program was recorded with integers")
        return array.astype(self.dtype, copy=False)


def input_like(leaf: Any, name: str, as_tensors: bool) -> Input:
    """What a leaf of the example arguments stands for."""
    if isinstance(leaf, Tensor):
        return Input(name, "tensor", leaf.shape, leaf.dtype)
    if isinstance(leaf, Value):
        raise InputTypeError(f"{name} is a node, {leaf!r}; give its number")
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        array = real_array(leaf, name)
        tensor = as_tensors or array.dtype.kind != "f"
        if array.dtype.kind == "f" and array.dtype not in (np.float64, np.float32):
            raise InputTypeError(f"{name}: {array.dtype} is not supported; convert to float64 or float32")
        return Input(name, "tensor" if tensor else "values", array.shape, array.dtype if tensor else np.dtype(float))
    if is_row(leaf):
        return Input(name, "list" if isinstance(leaf, list) else "tuple", (len(leaf),), np.dtype(float))
    number_from(leaf, name)
    return Input(name, "number", (), np.dtype(float))


def is_row(tree: Any) -> bool:
    """Whether it is a list or tuple of plain numbers only, which is one leaf.

    >>> is_row([1.0, 2]), is_row([1.0, [2.0]]), is_row(())
    (True, False, False)
    """
    return type(tree) in (list, tuple) and bool(tree) and set(map(type, tree)) <= _NUMBERS


def node_for(each: Input, leaf: Any) -> Any:
    """The fresh nodes that the function gets for a leaf."""
    if each.kind == "tensor":
        array = np.array(leaf.data if isinstance(leaf, Tensor) else leaf)
        array.setflags(write=False)
        return Tensor(array, each.name) if array.dtype.kind == "f" else array_constant(array, each.name)
    if each.kind == "number":
        return Value(number_from(leaf, each.name), each.name)
    values = [Value(number, each.name) for number in np.asarray(leaf, float).ravel().tolist()]
    if each.kind in _ROWS:
        return _ROWS[each.kind](values)
    return np.fromiter(values, dtype=object, count=len(values)).reshape(each.shape)


class Arguments:
    """Names and containers of the arguments.

    Parameters
    ----------
    names
        Of the arguments.
    examples
        What the program was recorded with.
    inputs
        Its leaves, in order.
    """

    def __init__(self, names: Sequence[str], examples: Sequence[Any], inputs: Sequence[Input]) -> None:
        self.names, self.inputs = tuple(names), tuple(inputs)
        remaining = iter(range(len(inputs)))
        self.trees = [map_leaves(lambda _: next(remaining), each, is_row) for each in examples]
        #: For each argument the positions of its leaves among all.
        self.leaves = [[leaf for _, leaf in named_leaves(tree, "")] for tree in self.trees]
        self._rebuild: dict[int, Callable[[Mapping[int, Any]], Any]] = {}
        self._smooth: set[int] = set()  # positions by which it can be differentiated
        self._plain = not any(map(is_container, self.trees))

    @cached_property
    def at_once(self) -> Callable[[Sequence[Any]], list[Array] | None]:
        """A function that reads arguments which are just like the recorded ones; of others it gives None."""
        return self._reader(0)

    @cached_property
    def further_at_once(self) -> Callable[[Sequence[Any]], list[Array] | None]:
        """The same for all arguments but the first."""
        return self._reader(1)

    def _reader(self, start: int) -> Callable[[Sequence[Any]], list[Array] | None]:
        """It is written out for this structure, of lists and tuples, for it takes part in each replay."""
        trees = self.trees[start:]
        constants: dict[str, Any] = {"ndarray": np.ndarray, "array": np.array, "of_a_leaf": ReadOnlyArray}
        lines = [f"if len(args) != {len(trees)}: return None"]

        def read(tree: Any, text: str) -> bool:
            if type(tree) in (list, tuple):
                name = f"t{len(lines)}"
                kind = type(tree).__name__
                lines.append(f"{name} = {text}")
                lines.append(f"if type({name}) is not {kind} or len({name}) != {len(tree)}: return None")
                return all(read(each, f"{name}[{position}]") for position, each in enumerate(tree))
            each = self.inputs[tree] if type(tree) is int else None
            if each is None or each.kind in _ROWS:
                return False
            lines.append(f"a{tree} = {text}")
            if each.kind == "number":
                lines.append(f"if type(a{tree}) is not float: return None")
                lines.append(f"a{tree} = array(a{tree})")
            else:
                constants[f"d{tree}"] = each.dtype
                lines.append(f"if type(a{tree}) is of_a_leaf: a{tree} = a{tree}.view(ndarray)")
                is_other = f"a{tree}.dtype is not d{tree} or a{tree}.shape != {each.shape}"
                lines.append(f"if type(a{tree}) is not ndarray or {is_other}: return None")
            return True

        if not all(read(tree, f"args[{position}]") for position, tree in enumerate(trees)):
            return lambda args: None
        leaves = [leaf for each in self.leaves[start:] for leaf in each]
        lines.append(f"return [{', '.join(f'a{at}' for at in leaves)}]")
        exec("def at_once(args):\n    " + "\n    ".join(lines), constants)
        return constants["at_once"]  # type: ignore[no-any-return]

    def read(self, args: Sequence[Any]) -> list[Array]:
        """The leaves of what is given, as arrays."""
        given = self.at_once(args)
        if given is not None:
            return given
        return [each.read(leaf) for each, leaf in zip(self.inputs, self.taken_apart(args), strict=True)]

    def taken_apart(self, args: Sequence[Any], joined: Callable[[Any], Any] = row_of_numbers) -> list[Any]:
        """The leaves of what is given, as it is; a list of numbers where one is expected is `joined`."""
        if len(args) != len(self.trees):
            names = ", ".join(self.names)
            raise InputValueError(f"the program takes {len(self.trees)} argument(s) ({names}), not {len(args)}")
        if self._plain:
            return list(args)
        given = []
        for tree, name, each in zip(self.trees, self.names, args, strict=True):
            try:
                given += leaves_beside(tree, each, joined)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise InputValueError(
                    f"{name}: {shortened(each)} does not have the structure that the program was recorded with"
                ) from None
        return given

    def positions(self, argnums: int | Sequence[int]) -> tuple[int, ...]:
        """The arguments to differentiate by, all of which there are and can be differentiated by."""
        if type(argnums) is int and argnums in self._smooth:
            return (argnums,)
        several = tuple(argnums) if isinstance(argnums, list | tuple) else (argnums,)
        for each in several:
            if type(each) is int and each in self._smooth:
                continue
            if not isinstance(each, int) or not 0 <= each < len(self.trees):
                raise InputValueError(
                    f"argnums={shortened(argnums)}: the program has {len(self.trees)} argument(s), counted from 0"
                )
            for leaf in self.leaves[each]:
                if self.inputs[leaf].dtype.kind != "f":
                    raise InputTypeError(
                        f"argnums={shortened(argnums)}: {self.inputs[leaf].name} holds integers, which have no "
                        "derivatives"
                    )
            self._smooth.add(each)
        return several

    def rebuilt(self, position: int, found: Mapping[int, Any]) -> Any:
        """An argument with something for each of its leaves; a list of numbers is one again."""
        rebuild = self._rebuild.get(position)
        if rebuild is None:
            text = self._text_of(self.trees[position])
            rebuild = eval(f"lambda found: {text}") if text else partial(self._rebuilt_slowly, position)
            self._rebuild[position] = rebuild
        return rebuild(found)

    def _text_of(self, tree: Any) -> str | None:
        """Python's expression for a container whose leaves are found by their positions; None if it has none."""
        if type(tree) is int and self.inputs[tree].kind not in _ROWS:
            return f"found[{tree}]"
        if type(tree) not in (list, tuple, dict):
            return None
        parts = [self._text_of(each) for each in (tree.values() if type(tree) is dict else tree)]
        if None in parts:
            return None
        if type(tree) is dict:
            if not all(type(key) in (str, int) for key in tree):
                return None
            return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(tree, parts, strict=True)) + "}"
        inner = "".join(f"{each}, " for each in parts)
        return f"[{inner}]" if type(tree) is list else f"({inner})"

    def _rebuilt_slowly(self, position: int, found: Mapping[int, Any]) -> Any:
        def leaf(at: int) -> Any:
            kind = self.inputs[at].kind
            return _ROWS[kind](found[at].tolist()) if kind in _ROWS else found[at]

        return map_leaves(leaf, self.trees[position])
