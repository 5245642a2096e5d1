"""The part of a program of arrays that is made of Values: numbers in, numbers out, gradients pulled back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..derivatives.push_forward import push_forward_nodes
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
    """

    def __init__(
        self, inputs: Sequence[Value], outputs: Sequence[Value], guards: Sequence[tuple[Value, bool, str, str]]
    ) -> None:
        self._inputs, self.outputs = list(inputs), list(outputs)
        self.tape = flatten_graph(self._inputs, self.outputs, guards)
        self._back: Engine | None = None
        self._along: Engine | None = None

    @cached_property
    def _engine(self) -> Engine:
        """Planned once for both, for planning takes as long as many replays."""
        return Engine(self.tape, [len(self._inputs)], [False], [True])

    def run(self, numbers: Array) -> Array:
        """The outputs."""
        found: Array = self._engine.run([numbers], 1)[0]
        return found

    def value_and_gradient(self, numbers: Array) -> tuple[float, Array]:
        """The only output and its gradient."""
        gradient = np.empty(len(self._inputs))
        return self._engine.run_with_gradient([numbers], 1, None, 1.0, [gradient]), gradient

    def pulled_back(self, numbers: Array, weights: Array) -> Array:
        """The gradient of the sum of the outputs, each times its weight, by the inputs."""
        if self._back is None:
            by = [Value(1.0) for _ in self.outputs]
            with recording(True), unchecked():
                total = weighted_sum(by, self.outputs, constant(0.0))
            tape = flatten_graph([*self._inputs, *by], [total], [])
            self._back = Engine(tape, [len(self._inputs), len(by)], [False, False], [True, False])
        gradient = np.empty(len(self._inputs))
        self._back.run_with_gradient([numbers, weights], 1, None, 1.0, [gradient, None])
        return gradient

    def pushed_forward(self, numbers: Array, tangents: Array) -> Array:
        """How fast each output moves if the inputs do."""
        if self._along is None:
            by: list[Any] = [Value(1.0) for _ in self._inputs]
            direction = dict(zip(self._inputs, by, strict=True))
            with recording(True), unchecked():
                moved = [push_forward_nodes(each, direction) for each in self.outputs]
            tape = flatten_graph([*self._inputs, *by], moved, [])
            self._along = Engine(tape, [len(self._inputs), len(by)], [False, False], [False, False])
        found: Array = self._along.run([numbers, tangents], 1)[0]
        return found
