"""Engine: runs a tape on a batch, in C where it can, on NumPy elsewhere. Both give the same results up to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..formulas.emit import ON_ARRAYS, in_double
from ..formulas.rules import PRIMITIVES
from ..scalar.hooks import ENGINE
from ..scalar.kernels import is_compiled
from .flatten import Tape
from .replay import backward_on_numpy, error_of, forward_on_numpy

if TYPE_CHECKING or is_compiled():
    from .native_replay import PRIMITIVES_IN_C, NativePlan, slopes, values

    ENGINE.slopes = slopes
    ON_ARRAYS.update({name: in_double(partial(values, PRIMITIVES[name].opcode)) for name in ON_ARRAYS})
else:
    PRIMITIVES_IN_C = 0

__all__ = ["Engine"]

Array = np.ndarray[Any, Any]


class Engine:
    """A tape, ready to run for one division of its arguments into shared ones and those of the examples.

    Parameters
    ----------
    tape
        The instructions.
    sizes
        How many of its inputs belong to each argument.
    of_examples
        For each argument whether every example has its own.
    wanted
        For each argument whether its gradient is wanted.
    """

    def __init__(self, tape: Tape, sizes: Sequence[int], of_examples: Sequence[bool], wanted: Sequence[bool]) -> None:
        self.tape = tape
        self.sizes = sizes
        self.of_examples = of_examples
        inputs_wanted = np.repeat(np.array(wanted, dtype=bool), sizes)
        # A primitive that a user added has no kernel in C.
        native = bool((tape.opcodes < PRIMITIVES_IN_C).all()) and PRIMITIVES_IN_C > 0
        self.native = NativePlan(tape, sizes, of_examples, wanted) if native else None
        self._nothing_wanted = [None] * len(sizes)
        self.inputs_wanted: list[bool] = inputs_wanted.tolist()

    def run(self, arguments: list[Array], count: int) -> Array:
        """The outputs, shape (count, number of outputs).

        Parameters
        ----------
        arguments : list of ndarray
            An array an argument, contiguous and of type float64: as many numbers as the argument has, of as many
            examples as there are if every example has its own.
        count
            Number of examples.

        Raises
        ------
        BranchChanged
            If a comparison comes out otherwise than it was recorded.
        """
        if self.native is not None:
            outputs = np.empty((count, len(self.tape.outputs)))
            self._replay(self.native, arguments, count, outputs, 0.0, self._nothing_wanted)
            return outputs
        slots = forward_on_numpy(self.tape, self.inputs(arguments, count))
        return _columns([slots[slot] for slot in self.tape.outputs], count)

    def run_with_gradient(
        self, arguments: list[Array], count: int, outputs: Array | None, seed: float, gradients: list[Array | None]
    ) -> float:
        """The sum of the output over the examples; on the way, the gradient of `seed` times that.

        Parameters
        ----------
        arguments, count
            As in :meth:`run`.
        outputs : ndarray, shape (count,), or None
            Where the output of each example goes, if it is wanted.
        seed
            Gradient of each output.
        gradients : list of (ndarray or None)
            For each argument, where the gradient by its numbers goes if it is wanted: contiguous arrays of the size
            of `arguments`.
        """
        if self.native is not None:
            return self._replay(self.native, arguments, count, outputs, seed, gradients)
        slots = forward_on_numpy(self.tape, self.inputs(arguments, count))
        output = slots[self.tape.outputs[0]]
        seeds: Any = np.full(count, seed) if np.ndim(output) else seed * count
        by_input = backward_on_numpy(self.tape, slots, seeds, self.inputs_wanted)
        start = 0
        for gradient, size, own in zip(gradients, self.sizes, self.of_examples, strict=True):
            if gradient is not None:
                of_argument = by_input[start : start + size]
                gradient.reshape(-1)[:] = _columns(of_argument, count).ravel() if own else of_argument
            start += size
        column = _columns([output], count)[:, 0]
        if outputs is not None:
            outputs[:] = column
        with np.errstate(all="ignore"):  # inf - inf is a result here, not an accident
            return float(np.add.reduce(column))

    def inputs(self, arguments: list[Array], count: int) -> list[Any]:
        """For each input its number, or the numbers of all examples."""
        inputs: list[Any] = []
        for array, own in zip(arguments, self.of_examples, strict=True):
            inputs.extend(array.reshape(count, -1).T if own else array.ravel())
        return inputs

    def _replay(
        self,
        native: NativePlan,
        arguments: list[Array],
        count: int,
        outputs: Array | None,
        seed: float,
        gradients: list[Any],
    ) -> float:
        total, guard, example = native.replay(arguments, count, outputs, seed, gradients)
        if guard >= 0:
            broken = self.tape.guards[guard]
            of_a_batch = any(self.of_examples) and example >= 0
            raise error_of(broken, example if of_a_batch else None)
        return total


def _columns(numbers: list[Any], count: int) -> Array:
    """Numbers, each one or one an example, as the columns of a matrix."""
    matrix = np.empty((count, len(numbers)))
    for column, each in enumerate(numbers):
        matrix[:, column] = each
    return matrix
