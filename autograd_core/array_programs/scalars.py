"""The part of a program of arrays that is made of Values: numbers in, numbers out, gradients pulled back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..derivatives.push_forward import push_forward_nodes
from ..program.as_graph import graph_of_tape
from ..program.engine import Engine
from ..program.flatten import flatten_graph
from ..scalar.blocks import recording, unchecked
from ..scalar.making import weighted_sum
from ..scalar.value import Value, constant

__all__ = ["Scalars"]


class Scalars:
    """Values computed from Values, as programs.

    Parameters
    ----------
    inputs, outputs
        The nodes.
    guards
        Branches: node, truth, comparison and source of each.
    sizes
        How many of the inputs belong to each argument.
    """

    def __init__(
        self,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        guards: Sequence[tuple[Value, bool, str, str]],
        sizes: Sequence[int],
    ) -> None:
        # No node is kept but few leaves: a garbage collector would visit all of them again and again.
        around: list[Value] = []
        self.tape = flatten_graph(inputs, outputs, guards, around)
        self._example = [each.data for each in inputs]
        #: Leaves that the function found around itself, which are constants of the program, and their numbers.
        self.captured = [(each, each.data) for each in around]
        self._sizes = list(sizes)
        self._engines: dict[tuple[bool, ...], Engine] = {}
        self._back: Engine | None = None
        self._along: Engine | None = None

    def _engine(self, wanted: tuple[bool, ...]) -> Engine:
        engine = self._engines.get(wanted)
        if engine is None:
            engine = self._engines[wanted] = Engine(self.tape, self._sizes, [False] * len(wanted), wanted)
        return engine

    def run(self, arguments: Sequence[Array]) -> Array:
        """The outputs."""
        # Planned once for values and gradients, for planning takes as long as many replays.
        engine = next(iter(self._engines.values()), None) or self._engine((True,) * len(self._sizes))
        found: Array = engine.run([*map(np.ascontiguousarray, arguments)], 1)[0]
        return found

    def value_and_gradient(
        self, arguments: Sequence[Array], wanted: tuple[bool, ...]
    ) -> tuple[float, list[Array | None]]:
        """The only output, and its gradient by the wanted arguments."""
        gradients = [np.empty(each.shape) if want else None for each, want in zip(arguments, wanted, strict=True)]
        contiguous = [*map(np.ascontiguousarray, arguments)]
        return self._engine(wanted).run_with_gradient(contiguous, 1, None, 1.0, gradients), gradients

    def pulled_back(self, numbers: Array, weights: Array) -> Array:
        """The gradient of the sum of the outputs, each times its weight, by the inputs."""
        if self._back is None:
            with recording(True), unchecked():
                inputs, outputs = self._graph()
                by = [Value(1.0) for _ in outputs]
                tape = flatten_graph([*inputs, *by], [weighted_sum(by, outputs, constant(0.0))], [])
            self._back = Engine(tape, [len(inputs), len(by)], [False, False], [True, False])
        gradient = np.empty(self.tape.inputs)
        self._back.run_with_gradient([numbers, weights], 1, None, 1.0, [gradient, None])
        return gradient

    def pushed_forward(self, numbers: Array, tangents: Array) -> Array:
        """How fast each output moves if the inputs do."""
        if self._along is None:
            with recording(True), unchecked():
                inputs, outputs = self._graph()
                by: list[Any] = [Value(1.0) for _ in inputs]
                direction = dict(zip(inputs, by, strict=True))
                tape = flatten_graph([*inputs, *by], [push_forward_nodes(each, direction) for each in outputs], [])
            self._along = Engine(tape, [len(inputs), len(by)], [False, False], [False, False])
        found: Array = self._along.run([numbers, tangents], 1)[0]
        return found

    def _graph(self) -> tuple[list[Value], list[Value]]:
        """Inputs and outputs as nodes, at the numbers at which they were recorded."""
        inputs = [*map(Value, self._example)]
        return inputs, graph_of_tape(self.tape, inputs)[0]
