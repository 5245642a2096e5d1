"""A function over many examples at once, recorded when that is needed: what ``jit(f).batched`` gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.tensor import Tensor, array_constant
from ..errors import InputValueError, shortened
from ..program.arguments import axes_of_batch
from ..program.program import Program
from ..program.recording import record, with_numbers
from ..transforms.containers import leaves_in, map_leaves
from .frozen import ADVICE, difference
from .recording import record_arrays
from .structure import call_of

__all__ = ["JittedBatch"]


class JittedBatch:
    """A function over many examples; see :meth:`Jitted.batched`.

    Parameters
    ----------
    f, parameters
        The function, and leaves around it that stand for the first argument, or None.
    as_tensors
        Whether it gets Tensors for arrays, or arrays of Values.
    in_axes, reduce
        As in :meth:`autograd_core.Program.batched`.
    max_programs
        How many programs are kept, the latest made.
    """

    def __init__(
        self, f: Callable[..., Any], parameters: Sequence[Any] | None, as_tensors: bool, in_axes: Any,
        reduce: str | None, max_programs: int,
    ) -> None:  # fmt: skip
        self._f, self._parameters, self._as_tensors, self._most = f, parameters, as_tensors, max_programs
        self.in_axes = axes_of_batch(in_axes, reduce, len(in_axes) if isinstance(in_axes, list | tuple) else 0)
        self.reduce = reduce
        self._programs: dict[Any, Any] = {}
        self._latest: tuple[list[Any], Any] = [], None  # shapes and types of arrays, and their program

    def __call__(self, *args: Any) -> Any:
        """The results: one, or as many as there are examples if they are not reduced."""
        return self._program(args)(*args)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> tuple[Any, Any]:
        """The result, one number an example, and its gradient; see :meth:`autograd_core.Program.batched`."""
        return self._program(args).value_and_grad(*args, argnums=argnums)  # type: ignore[no-any-return]

    def _program(self, args: Sequence[Any]) -> Any:
        """The program of examples like these."""
        try:
            forms = [(each.shape, each.dtype) for each in args]
        except AttributeError:
            forms = []
        if forms and forms == self._latest[0]:  # most often
            return self._latest[1]
        if len(args) != len(self.in_axes):
            given = f"{len(self.in_axes)} entries for {len(args)} arguments"
            raise InputValueError(f"in_axes={shortened(self.in_axes)}: {given}")
        examples = [each if axis is None else _first_of(each) for each, axis in zip(args, self.in_axes, strict=True)]
        key = call_of(examples, {}, frozenset(), frozenset()).key
        if key not in self._programs:
            with with_numbers(self._parameters, examples[0] if examples else ()):
                self._programs[key] = self._recorded(examples).batched(self.in_axes, self.reduce)
            if len(self._programs) > self._most:
                del self._programs[next(iter(self._programs))]
        self._latest = forms, self._programs[key]
        return self._programs[key]

    def _recorded(self, examples: Sequence[Any]) -> Any:
        """The program of one example, which the function was recorded as twice."""
        examples = examples[self._parameters is not None :]
        one: Any
        other: Any
        if not self._as_tensors:
            one, other = (record(self._f, *examples, parameters=self._parameters) for _ in range(2))
            text = None if _are_same(one, other) else f"called twice on one example, it is another; {ADVICE}"
        else:
            tensors = [map_leaves(_tensor_of, each) for each in examples]
            made = [record_arrays(self._f, tensors, as_tensors=True, parameters=self._parameters) for _ in range(2)]
            one, other = made
            numbers = [] if self._parameters is None else [[each.data for each in self._parameters]]
            given = one.arguments.read([*numbers, *(map_leaves(lambda leaf: leaf.data, each) for each in tensors)])
            text = difference(one, other, given)
        if text is not None:
            raise InputValueError(f"batched: a program would give something else than the function: {text}")
        return one


def _first_of(argument: Any) -> Any:
    """The first example of an argument, an array or a container of arrays."""
    leaves = leaves_in(argument)
    if not any(isinstance(leaf, np.ndarray) and leaf.ndim for leaf in leaves):
        argument = np.asarray(argument)
        leaves = [argument]
    if not all(np.ndim(leaf) and len(leaf) for leaf in leaves):
        raise InputValueError(f"batched: {shortened(argument)} has no examples; the first axis counts them")
    return argument[0] if leaves[0] is argument else map_leaves(lambda leaf: leaf[0], argument)


def _tensor_of(leaf: Any) -> Tensor:
    """A Tensor for each leaf, also for a number: it has an axis in a batch."""
    array = np.array(leaf)
    return Tensor(array) if array.dtype.kind == "f" else array_constant(array)


def _are_same(one: Program, other: Program) -> bool:
    """Whether two programs are the same, instruction by instruction and number by number."""
    a, b = one.tape, other.tape
    return a.guards == b.guards and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name == "constants")
        for name in ("constants", "opcodes", "arguments", "outputs")
    )
