"""What a program of arrays is written as for other engines: the methods of an ArrayProgram, and what they refuse."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from ..array_tapes.arguments import Arguments
from ..array_tapes.gradient_tape import with_gradient
from ..array_tapes.jax_form import jax_of_tape, type_of
from ..array_tapes.onnx_form import tape_in_onnx
from ..array_tapes.scalar_form import values_of_tape
from ..export.jax_program import jax_function
from ..export.jax_table import jax_table
from ..export.listing import Argument, Listing, make_listing
from ..export.names import identifier
from ..export.onnx_program import RowInOnnx
from ..export.onnx_writer import OnnxWriter
from ..program.as_graph import graph_of_tape
from ..program.exports import Exports, path_with, refuse_branches
from ..program.files import write_atomically
from ..program.flatten import flatten_graph
from ..program.jax_form import array_of_jax
from ..program.onnx_form import cut, names_in_onnx
from ..scalar.blocks import recording, unchecked
from ..scalar.value import Value
from ..transforms.containers import map_leaves, named_leaves
from .engine import ArrayEngine
from .scalars import Scalars

__all__ = ["ArrayExports", "Leaf"]

#: A leaf of the result: what kind it is, and of which shape.
Leaf: TypeAlias = tuple[str, tuple[int, ...]]


class ArrayExports(Exports):
    """The exports of a program of arrays.

    Formulas and derivatives are those of the table, a primitive of the user's own among them. Tensors that the function
    found around itself have the numbers that they have when the export is made. For languages without arrays (C,
    JavaScript, WebAssembly, SymPy) the program is written out number by number, in 64 bits: integers are numbers too,
    and what ``take`` finds out of range is nan.
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
                size = math.prod(shape)
                arrays.append(computed[start : start + size].reshape(shape))
                start += size
            return self._in_containers(of_tensors(arrays), computed[self._of_values :])

        return function

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the program as a model of ONNX; see :meth:`autograd_core.Program.to_onnx`.

        It has an input for each leaf of the arguments and an output for each of the result; if that is one number, also
        an output ``gradient_NAME`` for each input that holds real numbers, by the rules that every gradient is made of.

        Parameters
        ----------
        path
            A file that ends in ``.onnx``.

        Raises
        ------
        InputTypeError, InputValueError
            As there, or if ONNX lacks an operation.

        Examples
        --------
        ::

            record(lambda w, x: ((x @ w) ** 2).sum(), Tensor(np.ones(2)), Tensor(np.ones((3, 2)))).to_onnx("loss.onnx")
        """
        target = path_with(path, ".onnx", "to_onnx")
        refuse_branches(self.engine.tape.guards, "to_onnx")
        write_atomically(target, self._in_onnx(OnnxWriter(identifier(target.stem, "f"))))

    def _in_onnx(self, writer: OnnxWriter) -> bytes:
        inputs, tape = self.arguments.inputs, self.engine.tape
        names = names_in_onnx(each.name for each in inputs)
        for name, each in zip(names, inputs, strict=True):
            writer.input(name, each.shape, each.dtype)
        values = None
        of_tensors = [names[at] for at in self._tensor]
        computed: list[str] = []
        if self.scalars is not None:
            flat = [writer.reshape(names[at], (math.prod(inputs[at].shape),)) for at in self._scalar]
            row = writer.op("Concat", *flat, writer.constant(np.zeros(0)), axis=0)
            values = RowInOnnx(self._listing_of_values("to_onnx"), writer, row)
            shapes = [*self._shapes, *(shape for kind, shape in self._leaves if kind != "tensor")]
            computed = cut(writer, values.outputs, shapes)
        of_tensors += computed[: len(self._shapes)]
        kinds = [kind for kind, _ in self._leaves]
        is_number = self._result == 0 and self._leaves[0] in (("tensor", ()), ("value", ()))
        by_tensors = [at for at in self._tensor if inputs[at].dtype.kind == "f"]
        slopes: dict[int, str] = {}
        if is_number and kinds == ["tensor"]:
            wanted = [*(at in by_tensors for at in self._tensor), *[True] * len(self._shapes)]
            results = tape_in_onnx(with_gradient(tape, wanted), writer, of_tensors)
            slopes = dict(zip(by_tensors, results[1:], strict=False))
            upstream = results[1 + len(by_tensors) :]
        else:
            results = tape_in_onnx(tape, writer, of_tensors)
            upstream = [writer.constant(np.zeros(shape)) for shape in self._shapes]
        arrays, numbers = iter(results), iter(computed[len(self._shapes) :])
        leaves = [name for name, _ in named_leaves(self._result, "value")]
        dtypes = iter(self._dtypes)
        for name, (kind, shape) in zip(names_in_onnx(leaves, names), self._leaves, strict=True):
            found, dtype = (next(arrays), next(dtypes)) if kind == "tensor" else (next(numbers), np.dtype(float))
            writer.output(name, found, shape, dtype)
        if is_number and values is not None and self._scalar:
            weights = [
                writer.reshape(each, (math.prod(shape),)) for each, shape in zip(upstream, self._shapes, strict=True)
            ]
            if kinds == ["value"]:
                weights.append(writer.constant(np.ones(1)))
            by_values = values.gradient(writer.op("Concat", *weights, writer.constant(np.zeros(0)), axis=0))
            slopes |= zip(self._scalar, cut(writer, by_values, [inputs[at].shape for at in self._scalar]), strict=True)
        if is_number:
            for at, each in enumerate(inputs):
                if each.dtype.kind == "f":
                    found = slopes.get(at) or writer.constant(np.zeros(each.shape, each.dtype))
                    writer.output(f"gradient_{names[at]}", found, each.shape, each.dtype)
        return writer.data()

    def _in_containers(self, arrays: Sequence[Any], numbers: Any) -> Any:
        """The result, of the arrays of Tensors and the numbers of Values."""
        of_tensors, start, leaves = iter(arrays), 0, []
        for kind, shape in self._leaves:
            if kind == "tensor":
                leaves.append(next(of_tensors))
                continue
            size = math.prod(shape)
            part, start = numbers[start : start + size].reshape(shape), start + size
            leaves.append(list(part) if kind == "list" else tuple(part) if kind == "tuple" else part)
        remaining = iter(leaves)
        return map_leaves(lambda _: next(remaining), self._result)

    @property
    def _dtypes(self) -> list[Any]:
        """The types of the Tensors of the result."""
        tape = self.engine.tape
        known = [each._data.dtype for each in tape.leaves] + [each.dtype for each in tape.constants]
        slots = [*(each.dtype for each in tape.inputs), *known, *(each.form.dtype for each in tape.instructions)]
        return [slots[slot] for slot in tape.outputs]

    def _listing(self, what: str) -> Listing:
        """The whole program, of the numbers of all arrays."""
        inputs, tape = self.arguments.inputs, self.engine.tape
        refuse_branches((*tape.guards, *(() if self.scalars is None else self.scalars.tape.guards)), what)
        with recording(True), unchecked(), np.errstate(all="ignore"):
            leaves = [np.array([Value(0.5) for _ in range(math.prod(each.shape))] + [None])[:-1] for each in inputs]
            computed: list[Value] = []
            if self.scalars is not None:
                computed, _ = graph_of_tape(self.scalars.tape, [one for at in self._scalar for one in leaves[at]])
            arrays, start = [leaves[at].reshape(inputs[at].shape) for at in self._tensor], 0
            for shape in self._shapes:
                end = start + math.prod(shape)
                arrays.append(np.array([*computed[start:end], None])[:-1].reshape(shape))
                start = end
            of_tensors, numbers = iter(values_of_tape(tape, arrays, what)), iter(computed[self._of_values :])
            outputs: list[Value] = []
            for kind, shape in self._leaves:
                outputs.extend(next(of_tensors).ravel() if kind == "tensor" else islice(numbers, math.prod(shape)))
        flat = flatten_graph([one for each in leaves for one in each], outputs, ())
        ends = np.cumsum([each.size for each in leaves]).tolist()
        arguments = [
            Argument(each.name, end - its.size, its.size, each.shape or None)
            for each, its, end in zip(inputs, leaves, ends, strict=True)
        ]
        slots, is_number = flat.arguments.tolist(), self._result == 0 and self._leaves[0][1] == ()
        return make_listing(
            arguments, flat.constants.tolist(), flat.opcodes.tolist(), slots, flat.outputs.tolist(), is_number
        )

    def _names_of_numbers(self) -> list[str]:
        """How each number of the arguments is called."""
        return [
            f"{each.name}[{', '.join(map(str, index))}]" if index else each.name
            for each in self.arguments.inputs
            for index in np.ndindex(each.shape)
        ]

    def _listing_of_values(self, what: str) -> Listing:
        """The part of the program that is made of Values, from all their numbers in a row to all that is needed."""
        assert self.scalars is not None
        tape = self.scalars.tape
        refuse_branches(tape.guards, what)
        row = Argument("values", 0, tape.inputs, (tape.inputs,))
        slots = tape.arguments.tolist()
        return make_listing([row], tape.constants.tolist(), tape.opcodes.tolist(), slots, tape.outputs.tolist(), False)
