"""Jitted: a function that is recorded and replayed, and its forms: the gradient, batches, in place."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.tensor import Tensor
from ..errors import BranchChanged, InputTypeError, InputValueError, NotReplayedWarning, shortened
from ..kinks.corrections import AT_A_KINK, AT_ITS_OWN_KINK
from ..program.recording import with_numbers
from ..scalar.conversion import is_one_of
from ..scalar.messages import warn_at_users_line
from ..scalar.recording import current_state
from ..scalar.value import Value
from ..transforms.argument_names import argument_names
from ..transforms.containers import map_leaves, put_together
from ..transforms.gradients import arguments_from, jvp, value_and_grad
from ..transforms.run import Run
from .frozen import ADVICE, difference
from .jit_batched import JittedBatch
from .program import ArrayProgram
from .recording import record_arrays
from .structure import Call, HoldsNodes, RecordedCall, call_of, sample_of, static_arguments, structure_text

__all__ = ["Jitted"]

_KINKS = (AT_A_KINK, AT_ITS_OWN_KINK)


class Jitted:
    """A function that is recorded and replayed; made by :func:`jit`."""

    def __init__(
        self, f: Callable[..., Any], *, static_argnums: Any, static_argnames: Any, arrays: str, max_programs: int,
        parameters: Sequence[Any] | None,
    ) -> None:  # fmt: skip
        functools.update_wrapper(self, f, updated=())  # what a model has is none of its business
        self._f = f
        self._itself = f if parameters is None else self._refuse
        self._numbers, self._names = static_arguments(f, static_argnums, static_argnames)
        if not is_one_of(arrays, ("tensors", "values")):
            raise InputValueError(f"jit: arrays={shortened(arrays)}; write 'tensors' or 'values'")
        if not isinstance(max_programs, int) or max_programs < 1:
            raise InputValueError(f"jit: max_programs={shortened(max_programs)}; write a number of at least 1")
        self._arrays, self._most = arrays, max_programs
        self._parameters = None if parameters is None else _leaves_from(parameters)
        self._first = 0 if parameters is None else 1  # of the arguments that `f` gets
        self._cache: OrderedDict[Any, list[RecordedCall]] = OrderedDict()
        self._plain: set[Any] = set()  # structures that are not replayed
        self._latest: RecordedCall | None = None  # of a call without options and static arguments

    @property
    def programs(self) -> tuple[RecordedCall, ...]:
        """What was recorded, the latest used last."""
        return tuple(each for entry in list(self._cache.values()) for each in entry)

    def __repr__(self) -> str:
        return f"<jit({getattr(self._f, '__name__', self._f)}): {len(self.programs)} programs>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else JittedMethod(self, instance)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The result for these arguments: floats for Values, arrays for Tensors."""
        if not options and (done := self._at_once(args, lambda program, given: (program.run(given),))) is not None:
            return done[0]
        call = self._call_of(args, options)
        if call is None:
            return self._itself(*args, **options)
        return self._replayed(
            call, lambda program, given: program.run(given), lambda: self._plainly(args, options, call.positions)
        )

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0, **options: Any) -> tuple[Any, Any]:
        """The result, which must be one number, and its gradient by an argument, or a tuple of such by several."""
        if not options:
            done = self._at_once(args, lambda program, given: program.value_and_gradients(given, argnums))
            if done is not None:
                return done
        call = self._call_of(args, options)
        several = tuple(argnums) if isinstance(argnums, list | tuple) else (argnums,)
        one = not isinstance(argnums, list | tuple)

        def plain(arguments: Sequence[Any]) -> Any:
            return value_and_grad(self._itself, several[0] if one else several)(*arguments, **options)

        if call is None:
            return plain(args)  # type: ignore[no-any-return]
        for each in several:
            if each not in call.positions:
                raise InputValueError(
                    f"argnums={shortened(argnums)}: there is no such argument of {len(args)}, or it is static"
                )
        places = several if not call.fixed else tuple(call.positions.index(each) for each in several)

        def replay(program: ArrayProgram, given: list[Any]) -> tuple[Any, Any]:
            return program.value_and_gradients(given, places[0] if one else places)

        return self._replayed(call, replay, lambda: plain(self._as_given(args)))  # type: ignore[no-any-return]

    def grad(self, *args: Any, argnums: int | Sequence[int] = 0, **options: Any) -> Any:
        """The gradient alone; see :meth:`value_and_grad`."""
        return self.value_and_grad(*args, argnums=argnums, **options)[1]

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The result, and how fast it moves if the arguments do; see :func:`autograd_core.jvp`."""
        primals, tangents = (arguments_from(*each) for each in ((primals, "jvp: primals"), (tangents, "jvp: tangents")))
        call = self._call_of(primals, {})
        if call is None:
            return jvp(self._itself, primals, tangents)
        if len(tangents) != len(primals):
            raise InputValueError(f"jvp: {len(tangents)} tangents for {len(primals)} arguments; write one for each")
        along = [tangents[at] for at in call.positions]

        def replay(program: ArrayProgram, given: list[Any]) -> tuple[Any, Any]:
            return program.jvp(call.dynamic, along)

        f = self._itself if self._parameters is not None else self._with_static(call)
        plain = lambda: jvp(f, self._as_given(call.dynamic), self._as_given(along))  # noqa: E731
        return self._replayed(call, replay, plain)  # type: ignore[no-any-return]

    def batched(self, in_axes: Sequence[int | None], reduce: str | None = None) -> JittedBatch:
        """The function over many examples at once: a function of arrays whose first axis counts them.

        It is called as the function is, and has `value_and_grad`. A function of Tensors gets one for each number too.

        Parameters
        ----------
        in_axes, reduce
            As in :meth:`autograd_core.Program.batched`.

        Raises
        ------
        InputTypeError, InputValueError
            If one of them is something else, or there are static arguments; on the call if no program is the function
            (is it random?), or an operation on Tensors allows no axis more.
        BranchChanged
            On the call, if an example takes another branch than the first one.
        """
        if self._numbers or self._names:
            raise InputValueError("batched: it has no static arguments; write jit(partial(f, ...)) in their place")
        return JittedBatch(self._f, self._parameters, self._arrays == "tensors", in_axes, reduce, self._most)

    def in_place(self, numbers: Sequence[Array], gradients: Sequence[Array]) -> Callable[..., list[Any]]:
        """The gradient by the parameters in memory of the caller's, for a training that shall allocate nothing.

        Parameters
        ----------
        numbers, gradients
            For each of the `parameters`, all of which are Tensors, an array that its numbers are read from, and one
            that its gradient is written to, at each call.

        Returns
        -------
        callable
            With the other arguments, it returns the results, in buffers that the next call overwrites; the first has
            to be one number, and is what the gradients are those of. One thread at a time may call it.

        Examples
        --------
        >>> from autograd_core import Tensor, jit
        >>> w, gradient = Tensor([1.0, 2.0]), np.empty(2)
        >>> numbers = np.array([3.0, 1.0])
        >>> step = jit(lambda x: ((w * x) ** 2).sum(), parameters=[w]).in_place([numbers], [gradient])
        >>> step(np.array([1.0, 2.0]))[0].item(), gradient.tolist()
        (13.0, [6.0, 8.0])
        """
        numbers, gradients = [*numbers], [*gradients]
        forms = [(each.shape, each.dtype) for each in self._parameters or () if isinstance(each, Tensor)]
        if not numbers or not forms == _forms_of(numbers) == _forms_of(gradients):
            raise InputValueError(
                f"in_place: numbers and gradients are arrays of the shapes and types of parameters, {forms}; write "
                "jit(f, parameters=...), of Tensors, and give an array of each for every one of them"
            )

        def replay(program: ArrayProgram, given: list[Any]) -> tuple[Any, ...]:
            return program.gradient_in_place(given, numbers, gradients)  # type: ignore[no-any-return]

        def step(*args: Any) -> Any:
            found = self._at_once(args, replay, without_first=True)
            if found is not None:
                return found
            call = self._call_of((numbers, *args), {})
            if call is None:
                return self._refuse()
            count = len(numbers)
            return self._replayed(call, lambda program, given: replay(program, given[count:]), self._refuse)

        return step

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _at_once(
        self, args: Sequence[Any], replay: Callable[[ArrayProgram, list[Any]], tuple[Any, ...]],
        without_first: bool = False,
    ) -> tuple[Any, ...] | None:  # fmt: skip
        """What the program that was used last gives, if the arguments are just like its own; most often they are."""
        recorded = self._latest
        if recorded is None:
            return None
        arguments = recorded.program.arguments
        given = arguments.further_at_once(args) if without_first else arguments.at_once(args)
        if given is None or _is_inside_another() or recorded.is_outdated:
            return None
        if recorded.example is not None and (without_first or recorded.example != sample_of(given)):
            return None
        try:
            found = replay(recorded.program, given)
        except BranchChanged:
            return None
        recorded.replays += 1
        return found

    def _call_of(self, args: Sequence[Any], options: dict[str, Any]) -> Call | None:
        """The call taken apart; None if it is not replayed: with nodes, inside of a transform or another recording."""
        if _is_inside_another():
            return None
        try:
            call = call_of(args, options, self._numbers, self._names)
        except HoldsNodes:
            return None
        return call

    def _replayed(self, call: Call, replay: Callable[[ArrayProgram, list[Any]], Any], plain: Callable[[], Any]) -> Any:
        entry = self._cache.get(call.key)
        if entry is None:
            if call.key in self._plain:
                return plain()
            entry = self._cache[call.key] = []
        else:
            self._cache.move_to_end(call.key)
        for each in list(entry):
            if each.is_outdated:
                entry.remove(each)
                continue
            given = _arrays_of(each.program, call)
            try:
                found = replay(each.program, given)
            except BranchChanged as changed:
                if changed.source in _KINKS:
                    return plain()
                continue
            each.replays += 1
            is_new = each.is_elsewhere(given) or each.replays == 1
            if is_new and not self._is_same(each, call):
                return plain()
            if entry[0] is not each:
                entry.remove(each)
                entry.insert(0, each)
            is_usual = each.replays > 1 and not (call.options or call.fixed or call.fixed_options)
            self._latest = each if is_usual else None
            return found
        try:
            recorded = self._recorded(call)
        except Exception:
            if not entry:
                del self._cache[call.key]
            raise
        entry.insert(0, recorded)
        self._forget()
        try:
            return replay(recorded.program, _arrays_of(recorded.program, call))
        except BranchChanged:  # it stands at a kink
            return plain()

    def _recorded(self, call: Call, *, noting_lines: bool = False) -> RecordedCall:
        with with_numbers(self._parameters, call.dynamic[0] if call.dynamic else ()):
            program = record_arrays(
                self._with_static(call), [*call.dynamic[self._first :], *call.options.values()],
                as_tensors=self._arrays == "tensors", names=self._names_of(call), noting_lines=noting_lines,
                parameters=self._parameters,
            )  # fmt: skip
        sample = sample_of(_arrays_of(program, call))
        return RecordedCall(program, structure_text(program.arguments, call), example=sample)

    def _with_static(self, call: Call) -> Callable[..., Any]:
        """The function of what is recorded."""
        if not call.options and not call.fixed and not call.fixed_options:
            return self._f

        first, positions = self._first, call.positions[self._first :]

        def function(*dynamic: Any) -> Any:
            args = {**call.fixed, **dict(zip(positions, dynamic, strict=False))}
            named = dict(zip(call.options, dynamic[len(positions) :], strict=True))
            return self._f(*(args[at] for at in range(first, first + len(args))), **named, **call.fixed_options)

        return function

    def _names_of(self, call: Call) -> list[str]:
        names = argument_names(self._f, len(call.positions) + len(call.fixed) - self._first, "argument")
        return [*(names[at - self._first] for at in call.positions[self._first :]), *call.options]

    def _is_same(self, recorded: RecordedCall, call: Call) -> bool:
        """Whether the function, recorded again at other numbers, is the same; else its structure is not replayed."""
        given = _arrays_of(recorded.program, call)
        if difference(recorded.program, self._recorded(call).program, given) is None:
            return True
        again = self._recorded(call, noting_lines=True)  # which takes three times as long
        text = difference(recorded.program, again.program, given) or f"it is something else each time; {ADVICE}"
        self._cache.pop(call.key, None)
        self._plain.add(call.key)
        if self._parameters is not None:
            raise InputValueError(f"jit: the program would give something else than the function: {text}")
        warn_at_users_line(
            f"jit: {getattr(self._f, '__name__', 'the function')} is computed as it is, for its program would give "
            f"something else: {text}",
            NotReplayedWarning,
        )
        return False

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise InputValueError(
            "jit: a function whose parameters= are arguments is replayed or refused: call the function itself inside "
            "of a transform, with nodes, where it is random, and at a kink of derivatives of derivatives"
        )

    def _plainly(self, args: Sequence[Any], options: dict[str, Any], positions: Sequence[int]) -> Any:
        """What the function itself gives: numbers, not nodes."""
        run = Run(self._itself, self._as_given(args), options, positions)
        return put_together(run.result, [run.as_given(each) for each in run.outputs])

    def _as_given(self, args: Sequence[Any]) -> list[Any]:
        """The arguments as a transform takes them apart: arrays of objects if the function gets Values for arrays."""
        if self._arrays == "tensors":
            return list(args)
        return [map_leaves(lambda leaf: leaf.astype(object) if np.ndim(leaf) else leaf, each) for each in args]

    def _forget(self) -> None:
        self._latest = None
        while len(self.programs) > self._most and len(self._cache) > 1:
            self._cache.popitem(last=False)
        for entry in self._cache.values():
            del entry[self._most :]


class JittedMethod:
    """A method that is recorded and replayed: a jitted function whose first argument, a static one, is an object."""

    def __init__(self, jitted: Any, instance: Any) -> None:
        functools.update_wrapper(self, MethodType(jitted, instance), updated=())
        self._jitted, self._instance = jitted, instance

    @property
    def programs(self) -> tuple[RecordedCall, ...]:
        """What was recorded, of all objects."""
        return self._jitted.programs  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<{self._jitted!r} of {shortened(self._instance)}>"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The result."""
        return self._jitted(self._instance, *args, **options)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0, **options: Any) -> tuple[Any, Any]:
        """The result and its gradient; arguments are counted without the object."""
        behind = [each + 1 for each in argnums] if isinstance(argnums, list | tuple) else argnums + 1  # type: ignore[operator]
        return self._jitted.value_and_grad(self._instance, *args, argnums=behind, **options)  # type: ignore[no-any-return]

    def grad(self, *args: Any, argnums: int | Sequence[int] = 0, **options: Any) -> Any:
        """The gradient alone."""
        return self.value_and_grad(*args, argnums=argnums, **options)[1]

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The result, and how fast it moves if the arguments do."""
        return self._jitted.jvp([self._instance, *primals], [None, *tangents])  # type: ignore[no-any-return]


def _is_inside_another() -> bool:
    """Whether a transform or another recording is under way."""
    state = current_state()
    return bool(state.variables or state.inputs)


def _arrays_of(program: ArrayProgram, call: Call) -> list[Any]:
    return [each.read(leaf) for each, leaf in zip(program.arguments.inputs, call.leaves, strict=True)]


def _leaves_from(parameters: Iterable[Any]) -> list[Any]:
    leaves = list(parameters)
    if not all(isinstance(each, Value | Tensor) and each.op == "leaf" for each in leaves) or len(set(leaves)) < len(
        leaves
    ):
        raise InputTypeError(f"jit: parameters={shortened(leaves)}; give leaves, each once, as model.parameters()")
    return leaves


def _forms_of(arrays: Sequence[Any]) -> list[Any]:
    return [(each.shape, each.dtype) for each in arrays if type(each) is np.ndarray]
