"""Engine: runs a tape on a batch, in C where it can, on NumPy elsewhere. Both give the same results up to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import BranchChanged
from .flatten import Tape
from .kernels import is_compiled
from .plan import make_plan
from .replay import backward_on_numpy, forward_on_numpy

if TYPE_CHECKING or is_compiled():
    from .native_replay import PRIMITIVES_IN_C, NativePlan
else:
    PRIMITIVES_IN_C = 0

__all__ = ["Engine"]

Array = np.ndarray[Any, Any]


class Engine:
    """A tape, ready to run for one division of its inputs into shared ones and those of the examples.

    Parameters
    ----------
    tape
        The instructions.
    of_examples : ndarray of bool
        For each input whether every example has its own.
    wanted : ndarray of bool
        For each input whether its gradient is wanted.
    """

    def __init__(self, tape: Tape, of_examples: Array, wanted: Array) -> None:
        self.tape = tape
        self.of_examples = of_examples
        self.wanted = wanted
        # A primitive that a user added has no kernel in C.
        native = bool((tape.opcodes < PRIMITIVES_IN_C).all()) and PRIMITIVES_IN_C > 0
        self.native = NativePlan(make_plan(tape, of_examples, wanted)) if native else None
        slots = np.flatnonzero(~of_examples)
        contiguous = len(slots) > 0 and int(slots[-1] - slots[0]) == len(slots) - 1
        self._shared_slots: Any = slice(int(slots[0]), int(slots[-1]) + 1) if contiguous else slots  # a slice is faster

    def run(self, shared: Array, examples: Array, count: int) -> Array:
        """The outputs, shape (count, number of outputs).

        Parameters
        ----------
        shared : ndarray, shape (number of shared inputs,)
            Their numbers.
        examples : ndarray, shape (count, number of inputs of an example)
            A row an example.
        count
            Number of examples.

        Raises
        ------
        BranchChanged
            If a comparison comes out otherwise than it was recorded.
        """
        if self.native is not None:
            outputs, _, _ = self._in_c(self.native, shared, examples, count, False, 0.0)
            return outputs
        slots = forward_on_numpy(self.tape, self.inputs(shared, examples))
        return _columns([slots[slot] for slot in self.tape.outputs], count)

    def run_with_gradient(self, shared: Array, examples: Array, count: int, seed: float) -> tuple[Array, Array, Array]:
        """The output of each example, and the gradient of `seed` times their sum by all inputs.

        Returns
        -------
        values : ndarray, shape (count,)
        by_shared : ndarray, shape (number of shared inputs,)
        by_example : ndarray, shape (count, number of inputs of an example)
        """
        if self.native is not None:
            outputs, by_slot, by_example = self._in_c(self.native, shared, examples, count, True, seed)
            return outputs[:, 0], by_slot[self._shared_slots], by_example
        slots = forward_on_numpy(self.tape, self.inputs(shared, examples))
        output = slots[self.tape.outputs[0]]
        seeds: Any = np.full(count, seed) if np.ndim(output) else seed * count
        gradients = backward_on_numpy(self.tape, slots, seeds, self.wanted.tolist())
        by_example = _columns([gradients[slot] for slot in np.flatnonzero(self.of_examples)], count)
        by_shared = np.array([gradients[slot] for slot in np.flatnonzero(~self.of_examples)], dtype=float)
        return _columns([output], count)[:, 0], by_shared, by_example

    def inputs(self, shared: Array, examples: Array) -> list[Any]:
        """For each input its number, or the numbers of all examples."""
        numbers, columns = iter(shared), iter(examples.T)
        return [next(columns) if own else next(numbers) for own in self.of_examples]

    def _in_c(
        self, native: NativePlan, shared: Array, examples: Array, count: int, with_gradient: bool, seed: float
    ) -> tuple[Array, Array, Array]:
        slots = self.tape.slots
        scalars = np.empty(slots)
        scalars[self._shared_slots] = shared
        scalars[self.tape.inputs : self.tape.first] = self.tape.constants
        by_slot = np.zeros(slots if with_gradient else 1)
        outputs = np.empty((count, len(self.tape.outputs)))
        by_example = np.zeros((count if with_gradient else 1, examples.shape[1]))
        guard, example = native.replay(
            scalars, by_slot, np.ascontiguousarray(examples), outputs, with_gradient, seed, by_example
        )
        if guard >= 0:
            broken = self.tape.guards[guard]
            of_a_batch = bool(self.of_examples.any()) and example >= 0
            raise BranchChanged(broken.comparison, broken.truth, broken.source, example if of_a_batch else None)
        return outputs, by_slot, by_example


def _columns(numbers: list[Any], count: int) -> Array:
    """Numbers, each one or one an example, as the columns of a matrix."""
    matrix = np.empty((count, len(numbers)))
    for column, each in enumerate(numbers):
        matrix[:, column] = each
    return matrix
