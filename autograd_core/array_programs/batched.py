"""A program of arrays over many examples at once: another program, with an axis more where examples differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..array.cross_entropy import Labels
from ..array.tensor import Tensor, array_constant
from ..array_tapes.arguments import Arguments, node_for
from ..array_tapes.batching import Batch
from ..array_tapes.blank import Blanks, numbers_like
from ..array_tapes.tape import Form
from ..errors import InputValueError
from ..program.arguments import axes_of_batch
from ..program.recording import run_on_nodes
from ..transforms.containers import leaves_in, map_leaves
from .exports import ArrayExports

__all__ = ["BatchedArrayProgram"]

#: Instead of a reduction: the sum of the first result, which is differentiated, and what every example gives.
_TOTAL = "total"


class BatchedArrayProgram:
    """A program over many examples; see :meth:`ArrayProgram.batched`."""

    def __init__(self, program: ArrayExports, in_axes: Sequence[int | None], reduce: str | None) -> None:
        self.in_axes = axes_of_batch(in_axes, reduce, len(program.arguments.names))
        if program.scalars is not None or any(each.kind != "tensor" for each in program.arguments.inputs):
            raise InputValueError(
                "batched: the program computes with Values too; record it with Tensors in the place of numbers, or "
                "with arrays of Values alone"
            )
        self.reduce = reduce
        self._program = program
        self._own = [False] * len(program.arguments.inputs)
        for axis, leaves in zip(self.in_axes, program.arguments.leaves, strict=True):
            for leaf in leaves:
                self._own[leaf] = axis == 0
        self._made: dict[tuple[int, str | None], Any] = {}

    def __call__(self, *args: Any) -> Any:
        """Compute the results: one, or as many as there are examples if they are not reduced."""
        return self._for(args, self.reduce)(*args)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> tuple[Any, Any]:
        """Compute the result, one number an example, and its gradient.

        The gradient by a shared argument is that of the reduced result (without a reduction, that of the sum). The
        gradient by an argument of the examples has their axis first.
        """
        keeps_all = self.reduce is None and any(self._own)
        program = self._for(args, _TOTAL if keeps_all else self.reduce)
        if not keeps_all:
            return program.value_and_grad(*args, argnums=argnums)  # type: ignore[no-any-return]
        arguments, given = program.arguments, program.arguments.read(args)
        wanted = {leaf for position in arguments.positions(argnums) for leaf in arguments.leaves[position]}
        flags = tuple(at in wanted for at in range(len(given)))
        (_, *values), gradients = program.engine.run_with_gradient(given, flags)
        if len(values) != 1 or values[0].ndim != 1:
            raise InputValueError("value_and_grad: the result of an example is not one number; return a sum")
        found = dict(zip(sorted(wanted), gradients, strict=True))
        if isinstance(argnums, int):
            return values[0], arguments.rebuilt(argnums, found)
        return values[0], tuple([arguments.rebuilt(position, found) for position in argnums])

    def _for(self, args: Sequence[Any], reduce: str | None) -> Any:
        """The program for as many examples as there are."""
        given = self._program.arguments.taken_apart(args)
        count = 1
        for leaf, each, own in zip(given, self._program.arguments.inputs, self._own, strict=True):
            if own:
                shape = np.shape(leaf)
                if not shape or not shape[0]:
                    raise InputValueError(f"{each.name}: shape {shape} has no examples; its first axis counts them")
                count = shape[0]
                break
        if (count, reduce) not in self._made:
            self._made[count, reduce] = self._program_for(count, reduce)
        return self._made[count, reduce]

    def _program_for(self, count: int, reduce: str | None) -> Any:
        program: Any = self._program
        arguments, tape = program.arguments, program.engine.tape
        inputs = [
            replace(each, shape=(count, *each.shape)) if own else each
            for each, own in zip(arguments.inputs, self._own, strict=True)
        ]
        trees = [map_leaves(lambda _: "a leaf", each) for each in arguments.trees]
        nodes = [
            node_for(each, numbers_like(Form(each.shape, each.dtype, tuple(range(len(each.shape)))))) for each in inputs
        ]
        branches: list[tuple[Tensor, bool, str, str]] = []
        blank = Blanks(nodes)

        def graph() -> Any:
            slots: list[Tensor] = [*nodes, *tape.leaves, *map(array_constant, tape.constants)]
            own = [*self._own, *[False] * (len(slots) - len(nodes))]
            for each in tape.instructions:
                source = slots[each.sources[0]] if each.sources else None
                is_own = bool(each.sources) and own[each.sources[0]]
                operands = [slots[slot] for slot in each.arguments]
                its = [own[slot] for slot in each.arguments]
                own.append(any(its) or is_own)
                if own[-1]:
                    slots.append(Batch(blank, each, operands, its, count).node(source, is_own))
                else:
                    options = each.options if source is None else (Labels(np.zeros(source.shape, int), source),)
                    slots.append(blank(each.operation, tuple(operands), *options))
            for guard in tape.guards:  # every example must have taken the branch
                node = slots[guard.slot]
                if own[guard.slot]:
                    truths = blank("not_equal", (node, array_constant(np.zeros(()))))
                    node = blank("min" if guard.truth else "max", (truths,), None, False)
                branches.append((node, guard.truth, guard.comparison, guard.source))
            leaves = iter([self._result(blank, slots[slot], own[slot], count, reduce) for slot in tape.outputs])
            result = map_leaves(lambda _: next(leaves), program._result)
            if reduce != _TOTAL:
                return result
            return [blank("sum", (leaves_in(result)[0],), (0,), False), result]

        result, _ = run_on_nodes(graph, [], nodes)
        return type(program)(Arguments(arguments.names, trees, inputs), nodes, result, branches)

    def _result(self, blank: Blanks, node: Tensor, is_own: bool, count: int, reduce: str | None) -> Tensor:
        """A leaf of the result of all examples."""
        if not any(self._own):
            return node
        if not is_own:
            node = blank("broadcast_to", (node,), (count, *node.shape))
        return node if reduce in (None, _TOTAL) else blank(reduce, (node,), (0,), False)
