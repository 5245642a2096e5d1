"""What tells calls of one function apart (containers, shapes, what is static), and what was recorded for one."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.tensor import Tensor
from ..array_tapes.arguments import Arguments, is_row
from ..errors import InputTypeError, InputValueError, shortened
from ..scalar.conversion import real_array
from ..scalar.value import Value
from .program import ArrayProgram

__all__ = ["Call", "HoldsNodes", "RecordedCall", "call_of", "sample_of", "static_arguments", "structure_text"]

_KINDS = {"tensor": "array", "values": "array"}
_SAMPLE = 64  # numbers of an array, at least
_PLAIN = (float, int, np.floating, np.integer)


class HoldsNodes(Exception):  # noqa: N818 (it is no error)
    """There is a node among the arguments."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call.

    Attributes
    ----------
    key
        Equal for calls that a program can be shared by.
    leaves
        The numbers, arrays, and lists of numbers, in order.
    dynamic, options
        The arguments that are recorded, by position and by name.
    positions
        Where the dynamic ones stood.
    fixed, fixed_options
        The static ones: by position, and by name.
    """

    key: Any
    leaves: list[Any]
    dynamic: list[Any]
    options: dict[str, Any]
    positions: tuple[int, ...]
    fixed: dict[int, Any]
    fixed_options: dict[str, Any]


def call_of(
    args: Sequence[Any], options: Mapping[str, Any], static_argnums: frozenset[int], static_argnames: frozenset[str]
) -> Call:
    """Take the arguments of a call apart.

    Raises
    ------
    HoldsNodes
        If there is a node in them.
    InputTypeError
        If something else than numbers, arrays and containers is not static, or something static has no hash.
    """
    leaves: list[Any] = []
    if not options and not static_argnums:  # most often
        key: Any = tuple([_key(each, leaves) for each in args])
        return Call(key, leaves, list(args), {}, tuple(range(len(args))), {}, {})
    fixed = {at: each for at, each in enumerate(args) if at in static_argnums}
    fixed_options = {name: each for name, each in options.items() if name in static_argnames}
    positions = tuple(at for at in range(len(args)) if at not in fixed)
    dynamic = [args[at] for at in positions]
    named = {name: options[name] for name in sorted(options) if name not in fixed_options}
    key = (
        tuple([_key(each, leaves) for each in dynamic]),
        tuple([(name, _key(each, leaves)) for name, each in named.items()]),
        tuple([(at, _told_apart(each)) for at, each in fixed.items()]),
        tuple([(name, _told_apart(fixed_options[name])) for name in sorted(fixed_options)]), len(args),
    )  # fmt: skip
    try:
        hash(key)
    except TypeError:
        static = shortened([*fixed.values(), *fixed_options.values()])
        raise InputTypeError(
            f"jit: the static argument(s) {static} cannot be told from others, for they have no hash; give tuples in "
            "the place of lists"
        ) from None
    return Call(key, leaves, dynamic, named, positions, fixed, fixed_options)


def _told_apart(static: Any) -> Any:
    """What is equal for static arguments that are the same: Python holds 1, 1.0 and True, 0.0 and -0.0 for equal.

    >>> _told_apart((2, 0.0)) == _told_apart((2.0, 0.0)), _told_apart(0.0) == _told_apart(-0.0)
    (False, False)
    """
    if isinstance(static, tuple | frozenset):
        parts = map(_told_apart, static)
        return type(static), tuple(parts) if isinstance(static, tuple) else frozenset(parts)
    return type(static), repr(static) if isinstance(static, float | complex | np.inexact) else static


def _key(tree: Any, leaves: list[Any]) -> Any:
    if isinstance(tree, np.ndarray) and tree.dtype != object:
        leaves.append(tree)
        return tree.shape, tree.dtype.char
    if isinstance(tree, _PLAIN):
        leaves.append(tree)
        return "number"
    if isinstance(tree, Tensor | Value):
        raise HoldsNodes
    if is_row(tree):
        leaves.append(tree)
        return type(tree), len(tree)
    if isinstance(tree, list | tuple):
        return type(tree), tuple([_key(each, leaves) for each in tree])
    if isinstance(tree, dict):
        return dict, tuple([(name, _key(each, leaves)) for name, each in tree.items()])
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        names = [each.name for each in dataclasses.fields(tree)]
        return type(tree), tuple([_key(getattr(tree, name), leaves) for name in names])
    if isinstance(tree, np.ndarray):
        if any(isinstance(each, Value) for each in tree.flat):
            raise HoldsNodes
        leaves.append(real_array(tree, "jit").astype(float))
        return tree.shape, "d"
    raise InputTypeError(
        f"jit: {shortened(tree)} is neither a number nor an array, nor a container of these; if the function is "
        "another one for each of such, write jit(f, static_argnums=...) or static_argnames=..."
    )


@dataclasses.dataclass(eq=False)
class RecordedCall:
    """A program that :func:`jit` recorded.

    Attributes
    ----------
    program
        The program.
    structure
        The arguments that it is for, as a text.
    replays
        How often it was replayed.
    example
        A sample of the numbers it was recorded at, until it is replayed at others.
    """

    program: ArrayProgram
    structure: str
    replays: int = 0
    example: tuple[bytes, ...] | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether a Value that the function found around itself has another number now than when it was recorded."""
        scalars = self.program.scalars
        return scalars is not None and any(
            ((now := leaf.data) != then and not (math.isnan(now) and math.isnan(then)))
            or (not now and math.copysign(1.0, now) != math.copysign(1.0, then))
            for leaf, then in scalars.captured
        )

    def is_elsewhere(self, given: Sequence[Array]) -> bool:
        """Whether it is replayed at other numbers than it was recorded at, for the first time."""
        if self.example is None or self.example == sample_of(given):
            return False
        self.example = None
        return True

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The branches that were taken, each with its place in the code."""
        of_numbers = () if self.program.scalars is None else self.program.scalars.tape.guards
        guards: list[Any] = [*self.program.engine.tape.guards, *of_numbers]
        return tuple(f"{each.comparison} is {each.truth} ({each.source})" for each in guards)

    def __repr__(self) -> str:
        tape, scalars = self.program.engine.tape, self.program.scalars
        on_numbers = 0 if scalars is None else len(scalars.tape.opcodes)
        branches = "".join(f"; {each}" for each in self.depends_on[:3])
        if len(self.depends_on) > 3:
            branches += f"; and {len(self.depends_on) - 3:,} branches more"
        return (
            f"<({self.structure}): {len(tape.instructions)} instructions on arrays, {on_numbers} on numbers, "
            f"{self.replays} replays{branches}>"
        )


def sample_of(given: Sequence[Array]) -> tuple[bytes, ...]:
    """Some of the numbers of each array, which tell most other arrays from it.

    >>> sample_of([np.ones(3)]) == sample_of([np.ones(3)]), sample_of([np.ones(3)]) == sample_of([np.zeros(3)])
    (True, False)
    """
    return tuple([(each if each.size <= _SAMPLE else each.flat[:: each.size // _SAMPLE]).tobytes() for each in given])


def structure_text(arguments: Arguments, call: Call) -> str:
    """The structure of a call as a text."""
    kinds = [
        f"{_KINDS.get(each.kind, each.kind)} {each.shape if each.shape else ''}".rstrip() for each in arguments.inputs
    ]
    static: dict[Any, Any] = {**call.fixed, **call.fixed_options}
    fixed = [f"{name}={value!r}" for name, value in static.items()]
    return ", ".join([*kinds[:8], *(["..."] if len(kinds) > 8 else []), *fixed])


# --- what is static -------------------------------------------------------------------------------------------------


def static_arguments(f: Callable[..., Any], numbers: Any, names: Any) -> tuple[frozenset[int], frozenset[str]]:
    """Positions and names of static arguments: who says one says the other, for it may be given either way.

    >>> places, names = static_arguments(lambda x, n, *, kind: x, (-1,), "kind")
    >>> sorted(places), sorted(names)
    ([1], ['kind', 'n'])
    """
    numbers = _several(numbers, int, "static_argnums", "(1,)")
    names = _several(names, str, "static_argnames", "('mode',)")
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some built-in functions have no signature
        return numbers, names
    kinds = {each.kind for each in parameters}
    places = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    called = [each.name for each in parameters if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
    unknown = [
        *(
            at
            for at in numbers
            if not -len(places) <= at < len(places) and inspect.Parameter.VAR_POSITIONAL not in kinds
        ),
        *(name for name in names if name not in called and inspect.Parameter.VAR_KEYWORD not in kinds),
    ]
    if unknown:
        has = ", ".join(each.name for each in parameters)
        raise InputValueError(f"jit: {unknown[0]!r} is static, but the function has no such argument; it has ({has})")
    counted = frozenset(at + len(places) if at < 0 else at for at in numbers)
    same = {places[at].name for at in counted if at < len(places)} & {*called}
    return counted | {at for at, each in enumerate(places) if each.name in names & {*called}}, names | same


def _several(given: Any, kind: type, what: str, example: str) -> frozenset[Any]:
    several = (given,) if isinstance(given, kind) else tuple(given) if isinstance(given, Iterable) else (None,)
    if not all(isinstance(each, kind) for each in several):
        raise InputTypeError(f"jit: {what}={shortened(given)}; write {what}={example}")
    return frozenset(several)
