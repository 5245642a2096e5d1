"""Program: a function recorded once as a graph, and replayed on new numbers, on whole batches, natively.

Its graph is laid out flat. Replaying runs these instructions without making a single node: in C, over blocks of
examples at a time, where autograd_core was compiled; on NumPy elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import BranchChanged, InputTypeError, InputValueError, KinkWarning, shortened
from ..kinks.corrections import AT_A_KINK, AT_ITS_OWN_KINK
from ..scalar.messages import warn_at_users_line
from ..scalar.recording import current_state
from ..scalar.value import Value
from ..scalar.walks import as_roots
from . import file_format
from .arguments import Signature, array_of, axes_of_batch, batch_of
from .engine import Engine
from .exports import Exports
from .flatten import Tape, flatten_graph
from .guards import Branch, guards_of_program, refuse_other_branches
from .node_by_node import computed_node_by_node
from .replay import Replay
from .structure import Leaf, Structure, rebuild, size_of, structure_of, values_of

__all__ = ["BatchedProgram", "Program", "program_of"]

Array = np.ndarray[Any, Any]
_KINKS = (AT_A_KINK, AT_ITS_OWN_KINK)


class Program(Exports):
    """A recorded function. Make one with :func:`record`, :meth:`from_graph` or :meth:`load`.

    Examples
    --------
    >>> from autograd_core import record
    >>> program = record(lambda w, x: (w * x).exp(), 1.0, 2.0)
    >>> round(program(0.5, 2.0), 6)
    2.718282
    >>> value, slope = program.value_and_grad(0.5, 2.0)
    >>> round(slope, 6)
    5.436564
    """

    def __init__(self, tape: Tape, signature: Signature) -> None:
        self.tape = tape
        self.signature = signature
        self.function: Callable[..., Any] | None = None  # what runs where the program stands at a kink
        self.example: Array | None = None  # the numbers at which it was recorded
        self._single = BatchedProgram(self, (None,) * len(signature.arguments), None)

    @classmethod
    def from_graph(
        cls,
        outputs: Value | Sequence[Value],
        inputs: Sequence[Any],
        *,
        branches: Sequence[tuple[Value, bool, str]] = (),
    ) -> Program:
        """Make a program of a graph that is there already.

        Parameters
        ----------
        outputs
            The node to compute, or several.
        inputs
            For each argument of the program the node that will get its number, or an array, list or tuple of nodes.
            Every other leaf is a constant of the program.
        branches
            What :func:`autograd_core.scalar.blocks.branches_noted` noted while the graph was recorded, if there may
            be any.

        Raises
        ------
        InputTypeError, InputValueError
            If something is not a node, or a node stands among the inputs twice.

        Examples
        --------
        >>> x = Value(2.0, "x")
        >>> program = Program.from_graph(x**2 + 1, [x])
        >>> program(3.0)
        10.0
        """
        roots = as_roots(outputs)
        if isinstance(inputs, Value | str) or not isinstance(inputs, Sequence | np.ndarray):
            raise InputTypeError(f"from_graph: the inputs are {shortened(inputs)}; write a list of nodes, such as [x]")
        refuse_other_branches(branches)
        names = tuple(getattr(each, "label", None) or f"input {position}" for position, each in enumerate(inputs))
        structures = tuple(structure_of(each, name) for each, name in zip(inputs, names, strict=True))
        nodes = [node for each, its in zip(inputs, structures, strict=True) for node in values_of(each, its)]
        as_roots(nodes)
        if len(set(nodes)) < len(nodes):
            raise InputValueError("from_graph: a node stands twice among the inputs; name each once")
        result: Structure = Leaf("number", ()) if isinstance(outputs, Value) else Leaf("list", (len(roots),))
        return program_of(nodes, roots, branches, Signature(names, structures, result))

    def __repr__(self) -> str:
        return (
            f"<Program({', '.join(self.signature.names)}): {len(self.tape.opcodes)} instructions, "
            f"{len(self.tape.constants)} constants, {len(self.tape.guards)} guards>"
        )

    def __call__(self, *args: Any) -> Any:
        """Compute the result for new arguments.

        Raises
        ------
        InputTypeError, InputValueError
            If the arguments are not like those the program was recorded with.
        BranchChanged
            If the function would have taken another branch.
        """
        return self._single(*args)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> tuple[Any, Any]:
        """Compute the result and its gradient.

        Parameters
        ----------
        *args
            The arguments.
        argnums
            Position of the argument to differentiate by, or several positions.

        Returns
        -------
        value, gradient
            The gradient in the shape of its argument, arrays for arrays and for lists of numbers; a tuple of such if
            `argnums` is a sequence.

        Raises
        ------
        InputTypeError, InputValueError, BranchChanged
            As on a call; or if the result is not one scalar.
        """
        return self._single.value_and_grad(*args, argnums=argnums)

    def __reduce__(self) -> tuple[Any, ...]:
        return Program, (self.tape, self.signature)

    def batched(self, in_axes: Sequence[int | None], reduce: str | None = None) -> BatchedProgram:
        """The program over many examples at once, as ``jax.vmap`` does.

        Parameters
        ----------
        in_axes
            For each argument None if all examples share it, or 0 if the first axis of each of its arrays counts the
            examples.
        reduce
            What becomes of the results of the examples: ``"mean"``, ``"sum"``, or None to keep them all.

        Examples
        --------
        >>> from autograd_core import record
        >>> loss = record(lambda w, x, y: (w * x - y) ** 2, 1.0, 1.0, 1.0).batched((None, 0, 0), reduce="mean")
        >>> loss.value_and_grad(2.0, np.array([1.0, 2.0]), np.array([2.0, 2.0]))
        (2.0, 4.0)
        """
        return BatchedProgram(self, in_axes, reduce)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to a file; see docs/program-file.md for the format.

        Its function is not written: where a loaded program stands at a kink, second derivatives are what the chain rule
        makes of the values that the table uses there, with a warning.
        """
        file_format.save(path, self.tape, self.signature.names, self.signature.arguments, self.signature.result)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Program:
        """Read a program from a file, checking everything in it.

        Raises
        ------
        ProgramFileError
            If the file is not a program, is damaged, or was written by a newer version.
        """
        tape, names, arguments, result = file_format.load(path)
        return cls(tape, Signature(names, arguments, result))


def program_of(
    inputs: list[Value],
    outputs: list[Value],
    branches: Sequence[Branch],
    signature: Signature,
    function: Callable[..., Any] | None = None,
) -> Program:
    """The program of the graph between some nodes. Where it may stand at a kink it keeps its function."""
    guards = guards_of_program(inputs, outputs, branches, signature)
    program = Program(flatten_graph(inputs, outputs, guards), signature)
    program.example = np.array([each.data for each in inputs])
    if any(guard.source in _KINKS for guard in program.tape.guards):
        program.function = function
    return program


class BatchedProgram:
    """A program over many examples; see :meth:`Program.batched`."""

    def __init__(self, program: Program, in_axes: Sequence[int | None], reduce: str | None) -> None:
        in_axes = axes_of_batch(in_axes, reduce, len(program.signature.arguments))
        self._program = program
        self.signature = program.signature
        self.in_axes = in_axes
        self.reduce = reduce
        self.tape = program.tape
        self._own = tuple(axis == 0 for axis in in_axes)
        self._is_batch = any(self._own)
        self._sizes = [size_of(structure) for structure in program.signature.arguments]
        self._expected = list(zip(program.signature.arguments, program.signature.names, self._own, strict=True))
        self._engines: dict[tuple[int, ...], Engine] = {}

    def __call__(self, *args: Any) -> Any:
        """Compute the results: one, or as many as there are examples if they are not reduced."""
        arguments, count = self._read(args)
        engine = self._engine(())
        self._show(engine, arguments, count, None)
        try:
            outputs = engine.run(arguments, count)
        except BranchChanged as changed:
            outputs = self._at_kinks(changed, arguments, count, 0.0, [None] * len(arguments))
        if not self._is_batch:
            return rebuild(self.signature.result, outputs[0], keep_lists=True)
        if self.reduce is None:
            return rebuild(self.signature.result, outputs, (count,), keep_lists=True)
        with np.errstate(all="ignore"):  # inf - inf is a result here, not an accident
            reduced = outputs.mean(axis=0) if self.reduce == "mean" else outputs.sum(axis=0)
        return rebuild(self.signature.result, reduced, keep_lists=True)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0) -> tuple[Any, Any]:
        """Compute the result and its gradient; see :meth:`Program.value_and_grad`.

        The gradient by a shared argument is that of the reduced result (without a reduction, that of the sum). The
        gradient by an argument of the examples has their axis first.
        """
        positions = self._positions(argnums)
        engine = self._engines.get(positions) or self._engine_with_gradient(positions, argnums)
        arguments, count = self._read(args)
        seed = 1.0 / count if self.reduce == "mean" else 1.0
        self._show(engine, arguments, count, seed)
        values = np.empty(count) if self.reduce is None and self._is_batch else None
        gradients: list[Array | None] = [None] * len(arguments)
        for position in positions:
            gradients[position] = np.empty(self._shape(position, count))
        try:
            total = engine.run_with_gradient(arguments, count, values, seed, gradients)
        except BranchChanged as changed:
            results = self._at_kinks(changed, arguments, count, seed, gradients)[:, 0]
            total = float(results.sum())
            values = None if values is None else results
        value = total * seed if values is None else values
        if isinstance(argnums, int):
            return value, self._rebuilt(argnums, gradients[argnums], count)
        return value, tuple(self._rebuilt(position, gradients[position], count) for position in positions)

    def __reduce__(self) -> tuple[Any, ...]:
        return BatchedProgram, (self._program, self.in_axes, self.reduce)

    def _engine(self, argnums: tuple[int, ...]) -> Engine:
        engine = self._engines.get(argnums)
        if engine is None:
            wanted = [position in argnums for position in range(len(self._sizes))]
            tape = self.tape if argnums else _without_guards(self.tape, (AT_ITS_OWN_KINK,))
            engine = self._engines[argnums] = Engine(tape, self._sizes, self._own, wanted)
        return engine

    def _at_kinks(
        self, changed: BranchChanged, arguments: list[Array], count: int, seed: float, gradients: list[Array | None]
    ) -> Array:
        """The results where an example stands at a kink; what the function says of it, if it is there."""
        if changed.source not in _KINKS:
            raise changed
        function, structures = self._program.function, (self.signature.arguments, self.signature.result)
        if function is None:
            return self._without_function(arguments, count, seed, gradients)
        return computed_node_by_node(function, structures, arguments, self._own, count, seed, gradients)

    def _without_function(
        self, arguments: list[Array], count: int, seed: float, gradients: list[Array | None]
    ) -> Array:
        """What the chain rule makes of the table's values at a kink, with a warning."""
        warn_at_users_line(
            "a program without its function (loaded, or from a graph) stands at a kink, where its derivatives of "
            "derivatives are what the chain rule makes of the table's values; record the function again",
            KinkWarning,
        )
        wanted = [gradient is not None for gradient in gradients]
        engine = Engine(_without_guards(self.tape, _KINKS), self._sizes, self._own, wanted)
        if any(wanted):
            results = np.empty(count)
            engine.run_with_gradient(arguments, count, results, seed, gradients)
            return results[:, None]
        return engine.run(arguments, count)

    def _show(self, engine: Engine, arguments: list[Array], count: int, seed: float | None) -> None:
        """Show what is about to be computed to whoever watches."""
        watcher = current_state().watcher
        if watcher is not None:
            inputs, wanted = engine.inputs(arguments, count), engine.inputs_wanted
            watcher.replay_begins(Replay(self.tape, inputs, count, wanted, seed, self.signature.name_of_input))

    def _positions(self, argnums: int | Sequence[int]) -> tuple[int, ...]:
        """The arguments to differentiate by."""
        several = argnums if isinstance(argnums, list | tuple) else (argnums,)
        if not all(isinstance(each, int) for each in several):
            raise InputTypeError(
                f"argnums={shortened(argnums)}; give the position of an argument, or a tuple of positions"
            )
        return tuple(several)

    def _engine_with_gradient(self, positions: tuple[int, ...], argnums: int | Sequence[int]) -> Engine:
        """Make the engine of a gradient, or say why there is none."""
        for position in positions:
            if not isinstance(position, int) or not 0 <= position < len(self._sizes):
                raise InputValueError(f"argnums={argnums!r}: the program has {len(self._sizes)} argument(s)")
        if len(self.tape.outputs) != 1:
            raise InputValueError(
                f"value_and_grad: the program has {len(self.tape.outputs)} results, and only a scalar has a gradient"
            )
        if self.signature.result != Leaf("number", ()):
            raise InputValueError("value_and_grad: the result is a list, tuple or array; return one Value itself")
        return self._engine(positions)

    def _read(self, args: tuple[Any, ...]) -> tuple[list[Array], int]:
        """Check the arguments; give each as an array, and the number of examples."""
        if len(args) != len(self._expected):
            names = ", ".join(self.signature.names)
            raise InputValueError(f"the program takes {len(self._expected)} argument(s) ({names}), not {len(args)}")
        count = 1
        if self._is_batch:
            first = self._own.index(True)
            structure, name, _ = self._expected[first]
            count = batch_of(args[first], structure, name)
        arrays = [
            array_of(argument, structure, name, count if own else None)
            for argument, (structure, name, own) in zip(args, self._expected, strict=True)
        ]
        return arrays, count

    def _shape(self, position: int, count: int) -> tuple[int, ...]:
        """The shape of the array for the gradient by an argument."""
        structure = self.signature.arguments[position]
        within = structure.shape if isinstance(structure, Leaf) else (self._sizes[position],)
        return (count, *within) if self._own[position] else within

    def _rebuilt(self, position: int, gradient: Any, count: int) -> Any:
        """The gradient as it is given: in the structure of the argument."""
        structure, leading = self.signature.arguments[position], (count,) if self._own[position] else ()
        if isinstance(structure, Leaf) and (structure.kind != "number" or leading):
            return gradient
        return rebuild(structure, gradient.reshape(*leading, -1), leading)


def _without_guards(tape: Tape, sources: Sequence[str]) -> Tape:
    return replace(tape, guards=tuple(each for each in tape.guards if each.source not in sources))
