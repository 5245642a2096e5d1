"""ArrayProgram: a function of Tensors, or of Tensors and Values, recorded once and replayed on new numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array, quietly
from ..array.tensor import Tensor
from ..array_tapes import file_format
from ..array_tapes.arguments import Arguments
from ..array_tapes.tape import flatten
from ..errors import InputValueError, UnknownNameError
from ..scalar.value import Value
from ..transforms.containers import map_leaves, named_leaves
from .batched import BatchedArrayProgram
from .engine import ArrayEngine, holds_nan
from .exports import ArrayExports, Leaf
from .results import as_nodes, form_of, is_row
from .scalars import Scalars

__all__ = ["ArrayProgram"]


class ArrayProgram(ArrayExports):
    """A recorded function of arrays. Make one with :func:`record`.

    Each operation on Tensors is an instruction, replayed without a node in buffers that were allocated once. What a
    replay returns are arrays of their own, which no later one overwrites.

    Parameters
    ----------
    arguments
        What it takes.
    nodes
        The fresh nodes that the function got, one a leaf: Values, arrays of Values, Tensors.
    result
        What the function returned.
    branches
        Those it took: node, truth, comparison and source of each.

    Examples
    --------
    >>> from autograd_core import Tensor, record
    >>> program = record(lambda w, x: ((x @ w) ** 2).sum(), Tensor([1.0, 2.0]), Tensor([[1.0, 0.0]]))
    >>> program(np.array([3.0, 4.0]), np.array([[1.0, 1.0]]))
    49.0
    >>> value, gradient = program.value_and_grad(np.array([3.0, 4.0]), np.array([[1.0, 1.0]]))
    >>> gradient.tolist()
    [14.0, 14.0]
    """

    def __init__(
        self, arguments: Arguments, nodes: Sequence[Any], result: Any,
        branches: Sequence[tuple[Any, bool, str, str]] = (),
    ) -> None:  # fmt: skip
        self.arguments = arguments
        self._scalar = [at for at, each in enumerate(arguments.inputs) if each.kind != "tensor"]
        self._tensor = [at for at, each in enumerate(arguments.inputs) if each.kind == "tensor"]
        values = [one for at in self._scalar for one in np.ravel(nodes[at]).tolist()]
        leaves = [(as_nodes(each), name) for name, each in named_leaves(result, "the result", is_row)]
        self._result = map_leaves(lambda _: 0, result, is_row)
        self._leaves: list[Leaf] = [form_of(each) for each, _ in leaves]
        outputs = [each for each, _ in leaves if isinstance(each, Tensor)]
        noted = [each for each in branches if isinstance(each[0], Tensor)]
        tape, of_values = flatten(outputs, [nodes[at] for at in self._tensor], noted)
        self.engine = ArrayEngine(tape)
        self._wanted: dict[tuple[int, ...], frozenset[int]] = {}
        self._plans: dict[frozenset[int], tuple[tuple[bool, ...], list[int]]] = {}
        self._bound: Any = None  # arrays that it works in, and the function that does
        self._sizes = [each.size for each in outputs]
        self._shapes = [each.shape for each in of_values]
        needed: list[Any] = [value for each in of_values for value in each.parents]
        self._of_values = len(needed)
        needed += [one for each, _ in leaves if not isinstance(each, Tensor) for one in np.ravel(each).tolist()]
        guards = [each for each in branches if isinstance(each[0], Value)]
        sizes = [int(np.prod(arguments.inputs[at].shape, dtype=np.int64)) for at in self._scalar]
        ends = np.cumsum(sizes, dtype=np.int64).tolist()
        self.scalars = Scalars(values, needed, guards, sizes) if needed or guards else None
        #: For each leaf that is made of Values where its numbers lie among all of these, and its shape.
        self._places = [
            (at, end - size, end, arguments.inputs[at].shape)
            for at, size, end in zip(self._scalar, sizes, ends, strict=True)
        ]
        #: Nodes of the result, if they know where in the code they were made.
        self.noted: list[Any] = []
        #: What the function returned, as numbers.
        self.recorded = self._rebuilt(
            [each.data for each in outputs], np.array([each.data for each in needed[self._of_values :]])
        )

    def __repr__(self) -> str:
        tape, on_numbers, guards = self.engine.tape, 0, len(self.engine.tape.guards)
        if self.scalars is not None:
            on_numbers, guards = len(self.scalars.tape.opcodes), guards + len(self.scalars.tape.guards)
        return (
            f"<ArrayProgram({', '.join(self.arguments.names)}): {len(tape.instructions)} instructions on arrays, "
            f"{on_numbers} on numbers, {guards} guards>"
        )

    def __getattr__(self, name: str) -> Any:
        raise UnknownNameError("a program of arrays", name, dir(type(self)), "help(ArrayProgram) lists what there is")

    def __call__(self, *args: Any) -> Any:
        """Compute the result for new arguments: arrays for Tensors (a float for one without axes), floats for Values.

        Raises
        ------
        InputTypeError, InputValueError
            If the arguments are not like those the program was recorded with.
        BranchChanged
            If the function would have taken another branch.
        """
        return self.run(self.arguments.read(args))

    def run(self, given: list[Array], *, once: bool = False) -> Any:
        """The result for the leaves of the arguments, an array each; if `once`, nothing is compiled for it."""
        _, inputs, computed = self._given(given)
        outputs = self.engine.run_once(inputs) if once else self.engine.run(inputs)
        return self._rebuilt(outputs, computed[self._of_values :])

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> tuple[Any, Any]:
        """Compute the result, which must be one number, and its gradient.

        Parameters
        ----------
        *args
            The arguments.
        argnums
            Position of the argument to differentiate by, or several positions.

        Returns
        -------
        value, gradient
            The gradient has the structure of its argument; it is a tuple of such if `argnums` is a sequence.

        Raises
        ------
        InputTypeError, InputValueError, BranchChanged
            As on a call; or if the result is not one number.
        """
        return self.value_and_gradients(self.arguments.read(args), argnums)

    def value_and_gradients(self, given: list[Array], argnums: int | Sequence[int]) -> tuple[Any, Any]:
        """The result and its gradient by arguments, for the leaves of all arguments, an array each."""
        arguments = self.arguments
        positions = arguments.positions(argnums)
        wanted = self._wanted.get(positions)
        if wanted is None:
            leaves = frozenset(leaf for position in positions for leaf in arguments.leaves[position])
            wanted = self._wanted[positions] = leaves
        value, found = self.run_with_gradient(given, wanted)
        if isinstance(argnums, int):
            return value, arguments.rebuilt(argnums, found)
        return value, tuple([arguments.rebuilt(position, found) for position in positions])

    def run_with_gradient(self, given: list[Array], wanted: frozenset[int]) -> tuple[float, dict[int, Any]]:
        """The result, one number, and its gradient by some leaves of the arguments."""
        plan = self._plans.get(wanted)
        if plan is not None:
            [array], gradients = self.engine.run_with_gradient(given, plan[0])
            return array.item(), dict(zip(plan[1], gradients, strict=True))
        if not isinstance(self._result, int) or self._leaves[0] not in (("tensor", ()), ("value", ())):
            of_one = isinstance(self._result, int) and self._leaves[0][0] == "tensor" and self._sizes == [1]
            if not of_one:
                raise InputValueError(
                    "value_and_grad: the result is not one number, and only a number has a gradient; return a sum"
                )
        if self.scalars is None and not self._scalar:  # most often: the next time it is known what is wanted
            flags = tuple(at in wanted for at in self._tensor)
            self._plans[wanted] = flags, [at for at in self._tensor if at in wanted]
            return self.run_with_gradient(given, wanted)
        by_number = [at for at in self._scalar if at in wanted]
        found: dict[int, Any] = {}
        if self._leaves[0][0] == "value" and not self._of_values and self.scalars is not None and not self._tensor:
            numbers_wanted = tuple([at in wanted for at in self._scalar])
            value, by_leaf = self.scalars.value_and_gradient([given[at] for at in self._scalar], numbers_wanted)
            found = {
                at: each if each.ndim else each.item()
                for at, each in zip(self._scalar, by_leaf, strict=True)
                if each is not None
            }
        else:
            numbers, inputs, computed = self._given(given)
            weights = np.zeros(len(computed))
            if self._leaves[0][0] == "value":
                self.engine.run(inputs)  # which looks at guards
                value = float(computed[-1])
                weights[-1] = 1.0
            else:
                of_tensors = [at for at in self._tensor if at in wanted]
                flags = (*(at in wanted for at in self._tensor), *[bool(by_number)] * len(self._shapes))
                [array], gradients = self.engine.run_with_gradient(inputs, flags)
                value = array.item()
                found.update(zip(of_tensors, gradients, strict=False))
                if by_number and self._of_values:
                    weights[: self._of_values] = _flat(gradients[len(of_tensors) :])
            if by_number and self.scalars is not None:
                found.update(self._split(self.scalars.pulled_back(numbers, weights)))
        for leaf in wanted:
            if leaf not in found:
                each = self.arguments.inputs[leaf]
                found[leaf] = 0.0 if each.kind == "number" else np.zeros(each.shape, each.dtype)
        return value, found

    def gradient_in_place(self, given: list[Array], numbers: list[Array], gradients: list[Array]) -> Any:
        """The results, in buffers, given all but the first argument; see :meth:`autograd_core.Jitted.in_place`."""
        if self._bound is None or self._bound[0] is not numbers or self._bound[1] is not gradients:
            if self.scalars is not None or not self._leaves or self._leaves[0][0] != "tensor" or self._sizes[0] != 1:
                raise InputValueError("in_place: the first result is not a Tensor of one number; return a sum first")
            wanted = tuple(slot < len(numbers) for slot in range(len(self.engine.tape.inputs)))
            run = self.engine.bound(wanted, dict(enumerate(numbers)), dict(enumerate(gradients)))
            self._bound = numbers, gradients, wanted, run
        _, _, wanted, run = self._bound
        results = quietly().run(run, *given)
        if holds_nan(gradients):
            for mine, each in zip(gradients, self.engine.carefully([*numbers, *given], wanted), strict=True):
                np.copyto(mine, each)
        return results

    def grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> Any:
        """The gradient alone; see :meth:`value_and_grad`."""
        return self.value_and_grad(*args, argnums=argnums)[1]

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """Compute the result, and how fast it moves if the arguments do, in forward mode.

        Parameters
        ----------
        primals
            The arguments, as a tuple.
        tangents
            How fast each moves, in the same structure; zeros where integers stand.

        Returns
        -------
        value, tangent
            The result, and how fast it moves.
        """
        given, moving = self.arguments.read(primals), self.arguments.read(tangents)
        numbers, inputs, computed = self._given(given)
        moved_numbers = np.zeros(0)
        if self.scalars is not None:
            moved_numbers = self.scalars.pushed_forward(numbers, _flat([moving[at] for at in self._scalar]))
        of_tensors: list[Any] = [
            moving[at] if self.arguments.inputs[at].dtype.kind == "f" else None for at in self._tensor
        ]
        of_tensors += self._arrays_of_values(moved_numbers)
        results, moved = self.engine.pushed_forward(inputs, of_tensors)
        zeros = [
            np.zeros_like(one) if other is None else np.array(other) for one, other in zip(results, moved, strict=True)
        ]
        return self._rebuilt(results, computed[self._of_values :]), self._rebuilt(
            zeros, moved_numbers[self._of_values :]
        )

    def batched(self, in_axes: Sequence[int | None], reduce: str | None = None) -> BatchedArrayProgram:
        """The program over many examples at once, as ``jax.vmap`` does: with an axis more, before the others.

        Parameters
        ----------
        in_axes, reduce
            As in :meth:`autograd_core.Program.batched`: for each argument None if all examples share it, or 0 if the
            first axis of each of its arrays counts them; and what becomes of their results.

        Returns
        -------
        BatchedArrayProgram
            It is called as the program is, and has `value_and_grad`. For each number of examples a program is made.

        Raises
        ------
        InputTypeError, InputValueError
            If `in_axes` or `reduce` is something else, or the program computes with Values too; on the call if an
            operation allows no axis more: the error names it.

        Examples
        --------
        >>> from autograd_core import Tensor, record
        >>> loss = record(lambda w, x: (x @ w).sum() ** 2, Tensor([1.0, 2.0]), Tensor([1.0, 0.0]))
        >>> of_all = loss.batched((None, 0), reduce="mean")
        >>> of_all(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0]]))
        2.5
        """
        return BatchedArrayProgram(self, in_axes, reduce)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to a file; see docs/program-file.md for the format.

        Tensors that the function found around itself are constants in it, with the numbers that they have now.

        Raises
        ------
        ProgramFileError
            If the file cannot be written, or the program holds what no file does: a function of Python, a dataclass.
        """
        values = None if self.scalars is None else self.scalars.tape
        file_format.save(
            path, self.arguments, self.engine.tape, values, self._shapes, self._result, self._leaves
        )  # fmt: skip

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ArrayProgram:
        """Read a program from a file, checking everything in it; nothing in it is executed.

        Raises
        ------
        ProgramFileError
            If the file is not a program of arrays, is damaged, or was written by a newer version.
        """
        return cls(*file_format.load(path))

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _given(self, given: list[Array]) -> tuple[Array, list[Array], Array]:
        """The numbers for the Values, the arrays for the engine, and what the Values computed."""
        numbers, computed = np.zeros(0), np.zeros(0)
        inputs = [given[at] for at in self._tensor]
        if self.scalars is not None:
            numbers = _flat([given[at] for at in self._scalar])
            computed = self.scalars.run([given[at] for at in self._scalar])
        return numbers, inputs + self._arrays_of_values(computed), computed

    def _arrays_of_values(self, computed: Array) -> list[Array]:
        """The arrays of the Tensors that are made of Values."""
        found, start = [], 0
        for shape in self._shapes:
            size = int(np.prod(shape, dtype=np.int64))
            found.append(computed[start : start + size].reshape(shape))
            start += size
        return found

    def _split(self, flat: Array) -> dict[int, Any]:
        """The numbers of each leaf that is made of Values."""
        return {
            at: flat[start:end].reshape(shape) if shape else float(flat[start])
            for at, start, end, shape in self._places
        }

    def _rebuilt(self, arrays: Sequence[Any], numbers: Array) -> Any:
        """The result, with arrays for Tensors and floats for Values."""
        of_tensors, start, leaves = iter(arrays), 0, []
        for kind, shape in self._leaves:
            if kind == "tensor":
                leaves.append(_number_or_array(next(of_tensors)))
            elif kind == "value":
                leaves.append(float(numbers[start]))
                start += 1
            else:
                size = int(np.prod(shape, dtype=np.int64))
                part, start = numbers[start : start + size], start + size
                leaves.append(part.reshape(shape) if kind == "array" else part.tolist())
                if kind == "tuple":
                    leaves[-1] = tuple(leaves[-1])
        if isinstance(self._result, int):
            return leaves[0]
        remaining = iter(leaves)
        return map_leaves(lambda _: next(remaining), self._result, joined=True)


def _number_or_array(array: Array) -> Any:
    return array if array.ndim else array.item()


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.ravel(each) for each in arrays]) if arrays else np.zeros(0)
