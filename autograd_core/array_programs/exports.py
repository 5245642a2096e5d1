"""What a program of arrays is written as for other engines: the methods of an ArrayProgram, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..export.jax_program import jax_function
from ..export.jax_table import jax_table
from ..export.listing import Argument, Listing, make_listing
from ..program.exports import refuse_branches
from ..program.jax_form import array_of_jax
from ..transforms.containers import map_leaves
from .arguments import Arguments
from .engine import ArrayEngine
from .jax_form import jax_of_tape, type_of
from .scalars import Scalars

__all__ = ["ArrayExports", "Leaf"]

#: A leaf of the result: what kind it is, and of which shape.
Leaf: TypeAlias = tuple[str, tuple[int, ...]]


class ArrayExports:
    """The exports of a program of arrays.

    Formulas and derivatives are those of the table, a primitive of the user's own among them. Tensors that the function
    found around itself have the numbers that they have when the export is made.
    """

    arguments: Arguments
    engine: ArrayEngine
    scalars: Scalars | None
    _scalar: list[int]
    _tensor: list[int]
    _shapes: list[tuple[int, ...]]
    _of_values: int
    _leaves: list[Leaf]
    _result: Any

    def to_jax(self) -> Callable[..., Any]:
        """The program as a function of JAX, to be compiled, mapped, differentiated, and sharded over devices.

        Each instruction becomes the operation that JAX has for it; where it is a line of the table, its derivative is
        the table's. Numbers have the type that JAX is set to: write ``jax.config.update("jax_enable_x64", True)`` for
        64 bits. What ``take`` finds out of range is nan.

        Returns
        -------
        callable
            It takes the arguments of the program, in containers of the same kind, and gives the result as arrays.

        Raises
        ------
        InputValueError
            If JAX is not installed, the program took a branch, or it calls a function of Python of the user's own.

        Examples
        --------
        ::

            f = record(lambda w, x: ((x @ w) ** 2).sum(), Tensor([1.0, 2.0]), Tensor([[1.0, 0.0]])).to_jax()
            value, slope = jax.jit(jax.value_and_grad(f))(w, x)
        """
        refuse_branches(self.engine.tape.guards, "to_jax")
        table = jax_table()
        of_tensors = jax_of_tape(self.engine.tape, table)
        of_values = None if self.scalars is None else jax_function(self._listing_of_values("to_jax"), table)
        jnp, inputs = table.np, self.arguments.inputs

        def function(*args: Any) -> Any:
            given = [
                array_of_jax(one, each.shape, type_of(each.dtype, table), each.name, table)
                for each, one in zip(inputs, self.arguments.taken_apart(args, jnp.asarray), strict=True)
            ]
            computed: Any = jnp.zeros(0)
            if of_values is not None:
                computed = of_values(
                    jnp.concatenate([jnp.zeros(0, table.dtype), *(given[at].ravel() for at in self._scalar)])
                )
            arrays, start = [given[at] for at in self._tensor], 0
            for shape in self._shapes:
                size = jnp.zeros(shape).size
                arrays.append(computed[start : start + size].reshape(shape))
                start += size
            return self._in_containers(of_tensors(arrays), computed[self._of_values :])

        return function

    def _in_containers(self, arrays: Sequence[Any], numbers: Any) -> Any:
        """The result, of the arrays of Tensors and the numbers of Values."""
        of_tensors, start, leaves = iter(arrays), 0, []
        for kind, shape in self._leaves:
            if kind == "tensor":
                leaves.append(next(of_tensors))
                continue
            size = 1
            for length in shape:
                size *= length
            part, start = numbers[start : start + size].reshape(shape), start + size
            leaves.append(list(part) if kind == "list" else tuple(part) if kind == "tuple" else part)
        remaining = iter(leaves)
        return map_leaves(lambda _: next(remaining), self._result)

    def _listing_of_values(self, what: str) -> Listing:
        """The part of the program that is made of Values, from all their numbers in a row to all that is needed."""
        assert self.scalars is not None
        tape = self.scalars.tape
        refuse_branches(tape.guards, what)
        row = Argument("values", 0, tape.inputs, (tape.inputs,))
        slots = tape.arguments.tolist()
        return make_listing([row], tape.constants.tolist(), tape.opcodes.tolist(), slots, tape.outputs.tolist(), False)
