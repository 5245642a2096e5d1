"""ArrayProgram: a function of Tensors, or of Tensors and Values, recorded once and replayed on new numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.tensor import Tensor, array_constant
from ..errors import InputTypeError, InputValueError
from ..scalar.value import Value, constant
from ..transforms.containers import leaves_in, map_leaves
from .arguments import Arguments
from .engine import ArrayEngine
from .scalars import Scalars
from .tape import flatten

__all__ = ["ArrayProgram"]


class ArrayProgram:
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
        kinds = [each.kind for each in arguments.inputs]
        self._scalar = [at for at, kind in enumerate(kinds) if kind != "tensor"]
        self._tensor = [at for at, kind in enumerate(kinds) if kind == "tensor"]
        values = [one for at in self._scalar for one in np.ravel(nodes[at]).tolist()]
        tensors = [nodes[at] for at in self._tensor]
        leaves = [_as_node(each) for each in leaves_in(result)]
        self._result = map_leaves(lambda _: 0, result)
        self._is_tensor = [isinstance(each, Tensor) for each in leaves]
        outputs = [each for each in leaves if isinstance(each, Tensor)]
        tape, of_values = flatten(outputs, tensors, [each for each in branches if isinstance(each[0], Tensor)])
        self.engine = ArrayEngine(tape)
        self._shapes = [each.shape for each in of_values]
        needed: list[Any] = [value for each in of_values for value in each.parents]
        self._of_values = len(needed)
        needed += [each for each in leaves if isinstance(each, Value)]
        self.scalars = None
        guards = [each for each in branches if isinstance(each[0], Value)]
        if needed or guards:
            self.scalars = Scalars(values, needed, guards)

    def __repr__(self) -> str:
        tape, on_numbers, guards = self.engine.tape, 0, len(self.engine.tape.guards)
        if self.scalars is not None:
            on_numbers, guards = len(self.scalars.tape.opcodes), guards + len(self.scalars.tape.guards)
        return (
            f"<ArrayProgram({', '.join(self.arguments.names)}): {len(tape.instructions)} instructions on arrays, "
            f"{on_numbers} on numbers, {guards} guards>"
        )

    def __call__(self, *args: Any) -> Any:
        """Compute the result for new arguments: arrays for Tensors (a float for one without axes), floats for Values.

        Raises
        ------
        InputTypeError, InputValueError
            If the arguments are not like those the program was recorded with.
        BranchChanged
            If the function would have taken another branch.
        """
        given = self.arguments.read(args)
        _, inputs, computed = self._given(given)
        return self._rebuilt(self.engine.run(inputs), computed)

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
        positions = self.arguments.positions(argnums)
        if len(self._is_tensor) != 1 or self._result != 0:
            raise InputValueError(
                "value_and_grad: the result is not one number, and only a number has a gradient; return one itself"
            )
        given = self.arguments.read(args)
        numbers, inputs, computed = self._given(given)
        wanted = {leaf for position in positions for leaf in self.arguments.leaves[position]}
        found: dict[int, Any] = {}
        by_number = any(at in wanted for at in self._scalar)
        weights = np.zeros(len(computed))
        if self._is_tensor[0]:
            [root] = self.engine.tape.outputs
            if self._size_of(root) != 1:
                raise InputValueError("value_and_grad: the result holds several numbers; sum it first")
            flags = [at in wanted for at in self._tensor] + [by_number] * len(self._shapes)
            array, gradients = self.engine.run_with_gradient(inputs, tuple(flags))
            value = array.item()
            by_tensor = [at for at in self._tensor if at in wanted]
            found.update(zip(by_tensor, gradients, strict=False))
            if by_number and self._of_values:
                flat = [each.ravel() for each in gradients[len(by_tensor) :]]
                weights[: self._of_values] = np.concatenate(flat)
        else:
            self.engine.run(inputs)  # which looks at guards
            value = float(computed[-1])
            weights[-1] = 1.0
        if by_number and self.scalars is not None:
            flat_gradient = self.scalars.pulled_back(numbers, weights)
            found.update(self._split(flat_gradient))
        per_argument = [
            self.arguments.rebuilt(position, [self._gradient(found, leaf) for leaf in self.arguments.leaves[position]])
            for position in positions
        ]
        return value, tuple(per_argument) if isinstance(argnums, list | tuple) else per_argument[0]

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
        return self._rebuilt(results, computed), self._rebuilt(zeros, moved_numbers)

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _given(self, given: list[Array]) -> tuple[Array, list[Array], Array]:
        """The numbers for the Values, the arrays for the engine, and what the Values computed."""
        numbers, computed = np.zeros(0), np.zeros(0)
        inputs = [given[at] for at in self._tensor]
        if self.scalars is not None:
            numbers = _flat([given[at] for at in self._scalar])
            computed = self.scalars.run(numbers)
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
        found: dict[int, Any] = {}
        start = 0
        for at in self._scalar:
            shape = self.arguments.inputs[at].shape
            size = int(np.prod(shape, dtype=np.int64))
            found[at] = flat[start : start + size].reshape(shape) if shape else float(flat[start])
            start += size
        return found

    def _gradient(self, found: dict[int, Any], leaf: int) -> Any:
        each = self.arguments.inputs[leaf]
        if leaf in found:
            return found[leaf]
        return np.zeros(each.shape, each.dtype) if each.kind != "number" else 0.0

    def _size_of(self, slot: int) -> int:
        """How many numbers a slot holds."""
        tape = self.engine.tape
        if slot >= tape.first:
            shape = tape.instructions[slot - tape.first].form.shape
        else:
            arrays: list[Any] = [*tape.inputs, *tape.leaves, *tape.constants]
            shape = arrays[slot].shape
        return int(np.prod(shape, dtype=np.int64))

    def _rebuilt(self, arrays: list[Any], computed: Array) -> Any:
        """The result, with arrays for Tensors and floats for Values."""
        of_tensors, of_values = iter(arrays), iter(computed[self._of_values :].tolist())
        leaves = iter([_number_or_array(next(of_tensors)) if tensor else next(of_values) for tensor in self._is_tensor])
        return map_leaves(lambda _: next(leaves), self._result)


def _number_or_array(array: Array) -> Any:
    return array if array.ndim else array.item()


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.ravel(each) for each in arrays]) if arrays else np.zeros(0)


def _as_node(leaf: Any) -> Tensor | Value:
    if isinstance(leaf, Tensor | Value):
        return leaf
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        return array_constant(np.array(leaf, float))
    try:
        return constant(leaf)
    except InputTypeError:
        raise InputTypeError(f"the function's result holds {leaf!r}; return Values, Tensors and numbers") from None
