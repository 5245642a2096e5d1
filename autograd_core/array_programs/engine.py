"""Engine: runs a tape of arrays. Several threads may; each has its own buffers then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array.arrays import Array, quietly, sum_of_squares
from ..array_tapes.tape import ArrayTape, Form
from ..errors import BranchChanged
from ..program.flatten import Guard
from ..scalar.kernels import is_compiled
from .backward import write_backward
from .forward import options_of, write_instruction
from .lines import Lines, Var
from .node_by_node import carefully_back, numbers_of, pushed_forward

if TYPE_CHECKING or is_compiled():
    from . import native_rows

__all__ = ["ArrayEngine", "holds_nan"]


class ArrayEngine:
    """A tape, ready to run.

    Parameters
    ----------
    tape
        The instructions.
    """

    def __init__(self, tape: ArrayTape) -> None:
        self.tape = tape
        # Functions that nobody is running, by what they compute: each has buffers of its own.
        self._idle: dict[Any, list[Callable[..., Any]]] = {}

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """The outputs, arrays of their own.

        Parameters
        ----------
        inputs
            An array an input, of its shape and type.

        Raises
        ------
        BranchChanged
            If a branch would be taken otherwise than it was recorded.
        AutogradError
            If NumPy refuses an operation.
        """
        return list(self._replayed(None, inputs))

    def run_once(self, inputs: Sequence[Array]) -> list[Array]:
        """The same, one operation at a time: to compile takes longer."""
        numbers, _ = quietly().run(numbers_of, self.tape, inputs)
        for guard in self.tape.guards:
            _watch(guard)(numbers[guard.slot])
        return [numbers[slot] for slot in self.tape.outputs]

    def run_with_gradient(self, inputs: Sequence[Array], wanted: tuple[bool, ...]) -> tuple[list[Array], list[Array]]:
        """The outputs, and the gradient of the first by each wanted input, arrays of their own."""
        found, count = list(self._replayed(wanted, inputs)), len(self.tape.outputs)
        outputs, gradients = found[:count], found[count:]
        return outputs, self.carefully(inputs, wanted) if holds_nan(gradients) else gradients

    def carefully(self, inputs: Sequence[Array], wanted: Sequence[bool]) -> list[Array]:
        """The gradients where a factor that is exactly 0 ends its path, beside infinities and nan too."""
        numbers, options = quietly().run(numbers_of, self.tape, inputs)
        return quietly().run(carefully_back, self.tape, numbers, options, wanted)

    def pushed_forward(
        self, inputs: Sequence[Array], tangents: Sequence[Array | None]
    ) -> tuple[list[Array], list[Any]]:
        """The outputs, and how fast each moves if the inputs do."""
        self.run(inputs)  # which looks at the guards
        numbers, options = quietly().run(numbers_of, self.tape, inputs)
        moved = quietly().run(pushed_forward, self.tape, numbers, options, tangents)
        return [np.array(numbers[slot]) for slot in self.tape.outputs], moved

    def bound(
        self, wanted: Sequence[bool], given: Mapping[int, Array], sinks: Mapping[int, Array]
    ) -> Callable[..., Any]:
        """A function that finds the inputs that are `given` in these arrays, and leaves gradients in the sinks.

        It takes the other inputs, and returns the output: a buffer. Call it quietly, and in one thread at a time.
        """
        return self._compile(tuple(wanted), given, {slot: Lines.known(array) for slot, array in sinks.items()})

    def _replayed(self, wanted: tuple[bool, ...] | None, inputs: Sequence[Array]) -> Any:
        idle = self._idle.setdefault(wanted, [])
        try:
            run = idle.pop()
        except IndexError:
            run = self._compile(wanted, {}, None)
        try:
            leaves = [each._data for each in self.tape.leaves]
            results = quietly().run(run, *inputs, *leaves)
        except BranchChanged:
            raise
        except Exception:
            quietly().run(numbers_of, self.tape, inputs)  # which says what was refused
            raise
        finally:
            idle.append(run)
        return results

    def _compile(
        self, wanted: tuple[bool, ...] | None, given: Mapping[int, Array], sinks: Mapping[int, Var] | None
    ) -> Callable[..., Any]:
        tape, lines = self.tape, Lines()
        slots = [
            lines.known(given[slot]) if slot in given else lines.parameter(form)
            for slot, form in enumerate(tape.inputs)
        ]
        slots += [lines.parameter(Form.of(each._data)) for each in tape.leaves]
        slots += [lines.known(each) for each in tape.constants]
        options = []
        for each in tape.instructions:
            options.append(options_of(lines, each, slots))
            slots.append(write_instruction(lines, each, [slots[at] for at in each.arguments], options[-1]))
        for guard in tape.guards:
            lines.ask(_watch(guard), slots[guard.slot])
        results, returned = [slots[slot] for slot in tape.outputs], []
        if wanted is not None:
            if sinks is None:  # arrays of the caller's own
                forms = {slot: tape.inputs[slot] for slot, want in enumerate(wanted) if want}
                sinks = {slot: lines.call(np.empty, each.shape, each.dtype, form=each) for slot, each in forms.items()}
                returned = [*sinks.values()]
            write_backward(lines, tape, slots, options, wanted, sinks)
        if not given:
            results = [each if each.is_fresh else lines.call(np.array, each, form=each.form) for each in results]
        return lines.compiled([*results, *returned])


def _holds_nan(arrays: Sequence[Array]) -> bool:
    """Whether there is a nan in one of some arrays."""
    return any(isnan(quietly().run(sum_of_squares, each)) for each in arrays)


#: The same, by C where that was compiled.
holds_nan: Callable[[list[Array]], bool] = native_rows.holds_nan if is_compiled() else _holds_nan


def _watch(guard: Guard) -> Callable[[Any], None]:
    def watch(number: Any) -> None:
        if bool(number != 0.0) is not guard.truth:
            raise BranchChanged(guard.comparison, guard.truth, guard.source, None)

    return watch
