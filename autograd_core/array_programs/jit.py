"""jit: a function recorded when that is needed, and replayed when it is possible."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array_tapes.arguments import Arguments
from ..errors import BranchChanged, InputTypeError, InputValueError, NotReplayedWarning, shortened
from ..kinks.corrections import AT_A_KINK, AT_ITS_OWN_KINK
from ..program.recording import record
from ..scalar.conversion import is_one_of
from ..scalar.messages import warn_at_users_line
from ..scalar.recording import current_state
from ..transforms.argument_names import argument_names
from ..transforms.containers import map_leaves, put_together
from ..transforms.gradients import jvp, value_and_grad
from ..transforms.run import Run
from .frozen import ADVICE, difference
from .program import ArrayProgram
from .recording import record_arrays
from .structure import Call, HoldsNodes, call_of

__all__ = ["Jitted", "RecordedCall", "jit"]

_KINDS = {"tensor": "array", "values": "array"}
_KINKS = (AT_A_KINK, AT_ITS_OWN_KINK)


@dataclass(eq=False)
class RecordedCall:
    """A program that :func:`jit` recorded.

    Attributes
    ----------
    program
        The program.
    structure
        The arguments that it is for, as a text.
    replays
        How often it was replayed.
    """

    program: ArrayProgram
    structure: str
    replays: int = 0

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The branches that were taken, each with its place in the code."""
        of_numbers = () if self.program.scalars is None else self.program.scalars.tape.guards
        guards: list[Any] = [*self.program.engine.tape.guards, *of_numbers]
        return tuple(f"{each.comparison} is {each.truth} ({each.source})" for each in guards)

    def __repr__(self) -> str:
        tape, scalars = self.program.engine.tape, self.program.scalars
        on_numbers = 0 if scalars is None else len(scalars.tape.opcodes)
        branches = "".join(f"; {each}" for each in self.depends_on[:3])
        if len(self.depends_on) > 3:
            branches += f"; and {len(self.depends_on) - 3:,} branches more"
        return (
            f"<({self.structure}): {len(tape.instructions)} instructions on arrays, {on_numbers} on numbers, "
            f"{self.replays} replays{branches}>"
        )


def jit(
    f: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Iterable[int] = (),
    static_argnames: str | Iterable[str] = (),
    arrays: str = "tensors",
    max_programs: int = 64,
) -> Any:
    """Make a function that records `f` when it has to, and replays what it recorded when it can.

    The first call with a structure (containers, shapes, static arguments) runs `f` on nodes and keeps the program;
    another call with that structure replays it without a node. Where a Python branch would go the other way, another
    program is recorded, and both are kept.

    Parameters
    ----------
    f
        A function of numbers, NumPy arrays, and containers of them. It gets a Value for a number and a Tensor for an
        array. With nodes among its arguments, or inside of a transform, it is called as it is: so ``grad(jit(f))`` and
        ``hessian(jit(f))`` are those of `f`. The replayed gradient is ``jit(f).value_and_grad`` or ``jit(grad(f))``.
    static_argnums, static_argnames
        Positions and names of arguments that `f` gets as they are; for each other value of them it is recorded anew.
    arrays
        ``"tensors"``, or ``"values"`` if `f` shall get an array of Values for an array.
    max_programs
        How many programs are kept; those not used for longest are forgotten first.

    Returns
    -------
    Jitted
        A function; its attribute `programs` shows what was recorded.

    Raises
    ------
    InputTypeError, InputValueError
        If an option is not as described; on the call if an argument is none of these and not static.
    LeavesGraphError
        On the call if `f` would freeze a number that depends on an argument, as ``float(x)``, ``x == 1`` and ``t.data``
        would: the message says what, at which line, and what to write.

    Warns
    -----
    NotReplayedWarning
        If the first replay of a program gives something else than `f` (is it random?); from then on `f` itself is
        called.

    Examples
    --------
    >>> @jit
    ... def loss(w, x):
    ...     return ((x @ w) ** 2).sum()
    >>> w, x = np.array([1.0, 2.0]), np.array([[3.0, 4.0]])
    >>> loss(w, x), loss.grad(w, x).tolist()
    (121.0, [66.0, 88.0])
    >>> loss.programs
    (<(array (2,), array (1, 2)): 3 instructions on arrays, 0 on numbers, 1 replays>,)
    """
    options: dict[str, Any] = {
        "static_argnums": static_argnums, "static_argnames": static_argnames, "arrays": arrays,
        "max_programs": max_programs,
    }  # fmt: skip
    if f is None:
        return functools.partial(jit, **options)
    if not callable(f):
        raise InputTypeError(f"jit: {shortened(f)} is not a function; write jit(f), or jit(f, static_argnums=(1,))")
    return Jitted(f, **options)


class Jitted:
    """A function that is recorded and replayed; made by :func:`jit`."""

    def __init__(
        self, f: Callable[..., Any], *, static_argnums: Any, static_argnames: Any, arrays: str, max_programs: int
    ) -> None:
        functools.update_wrapper(self, f)
        self._f = f
        self._numbers = _several(static_argnums, int, "static_argnums", "(1,)")
        self._names = _several(static_argnames, str, "static_argnames", "('mode',)")
        if not is_one_of(arrays, ("tensors", "values")):
            raise InputValueError(f"jit: arrays={shortened(arrays)}; write 'tensors' or 'values'")
        if not isinstance(max_programs, int) or max_programs < 1:
            raise InputValueError(f"jit: max_programs={shortened(max_programs)}; write a number of at least 1")
        self._arrays, self._most = arrays, max_programs
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
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The result for these arguments: floats for Values, arrays for Tensors."""
        if not options and (done := self._at_once(args, lambda program, given: (program.run(given),))) is not None:
            return done[0]
        call = self._call_of(args, options)
        if call is None:
            return self._f(*args, **options)
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
            return value_and_grad(self._f, several[0] if one else several)(*arguments, **options)

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
        call = self._call_of(primals, {})
        if call is None or call.fixed:
            return jvp(self._f, primals, tangents)

        def replay(program: ArrayProgram, given: list[Any]) -> tuple[Any, Any]:
            return program.jvp(primals, tangents)

        return self._replayed(call, replay, lambda: jvp(self._f, self._as_given(primals), self._as_given(tangents)))  # type: ignore[no-any-return]

    def batched(self, in_axes: Sequence[int | None], reduce: str | None = None) -> Callable[..., Any]:
        """The function over many examples at once: a function of arrays whose first axis counts them; of Values only.

        Parameters
        ----------
        in_axes, reduce
            As in :meth:`autograd_core.Program.batched`.
        """
        if self._arrays != "values" or self._numbers or self._names:
            raise InputValueError(
                "batched: it is for functions of Values without static arguments; write jit(f, arrays='values'), or, "
                "of Tensors, a function of whole batches, which operations broadcast over"
            )
        programs: dict[Any, Any] = {}

        def batch(*args: Any) -> Any:
            if len(args) != len(in_axes):
                raise InputValueError(f"in_axes={shortened(in_axes)}: {len(in_axes)} entries for {len(args)} arguments")
            examples = [np.asarray(each)[0] if axis == 0 else each for each, axis in zip(args, in_axes, strict=True)]
            key = call_of(examples, {}, frozenset(), frozenset()).key
            if key not in programs:
                programs[key] = record(self._f, *examples).batched(in_axes, reduce)
            return programs[key](*args)

        return batch

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _at_once(
        self, args: Sequence[Any], replay: Callable[[ArrayProgram, list[Any]], tuple[Any, ...]]
    ) -> tuple[Any, ...] | None:
        """What the program that was used last gives, if the arguments are just like its own; most often they are."""
        recorded = self._latest
        if recorded is None or (given := recorded.program.arguments.at_once(args)) is None or _is_inside_another():
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
            try:
                found = replay(each.program, _arrays_of(each.program, call))
            except BranchChanged as changed:
                if changed.source in _KINKS:
                    return plain()
                continue
            each.replays += 1
            if each.replays == 1 and not self._is_same(each, call):
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
        program = record_arrays(
            self._with_static(call), [*call.dynamic, *call.options.values()], as_tensors=self._arrays == "tensors",
            names=self._names_of(call), noting_lines=noting_lines,
        )  # fmt: skip
        return RecordedCall(program, _text(program.arguments, call))

    def _with_static(self, call: Call) -> Callable[..., Any]:
        """The function of what is recorded."""
        if not call.options and not call.fixed and not call.fixed_options:
            return self._f

        def function(*dynamic: Any) -> Any:
            args = {**call.fixed, **dict(zip(call.positions, dynamic, strict=False))}
            named = dict(zip(call.options, dynamic[len(call.positions) :], strict=True))
            return self._f(*(args[at] for at in range(len(args))), **named, **call.fixed_options)

        return function

    def _names_of(self, call: Call) -> list[str]:
        names = argument_names(self._f, len(call.positions) + len(call.fixed), "argument")
        return [*(names[at] for at in call.positions), *call.options]

    def _is_same(self, recorded: RecordedCall, call: Call) -> bool:
        """Whether the function, recorded again at other numbers, is the same; else its structure is not replayed."""
        given = _arrays_of(recorded.program, call)
        if difference(recorded.program, self._recorded(call).program, given) is None:
            return True
        again = self._recorded(call, noting_lines=True)  # which takes three times as long
        text = difference(recorded.program, again.program, given) or f"it is something else each time; {ADVICE}"
        warn_at_users_line(
            f"jit: {getattr(self._f, '__name__', 'the function')} is computed as it is, for its program would give "
            f"something else: {text}",
            NotReplayedWarning,
        )
        self._cache.pop(call.key, None)
        self._plain.add(call.key)
        return False

    def _plainly(self, args: Sequence[Any], options: dict[str, Any], positions: Sequence[int]) -> Any:
        """What the function itself gives: numbers, not nodes."""
        run = Run(self._f, self._as_given(args), options, positions)
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


def _is_inside_another() -> bool:
    """Whether a transform or another recording is under way."""
    state = current_state()
    return bool(state.variables or state.inputs)


def _arrays_of(program: ArrayProgram, call: Call) -> list[Any]:
    return [each.read(leaf) for each, leaf in zip(program.arguments.inputs, call.leaves, strict=True)]


def _text(arguments: Arguments, call: Call) -> str:
    kinds = [
        f"{_KINDS.get(each.kind, each.kind)} {each.shape if each.shape else ''}".rstrip() for each in arguments.inputs
    ]
    static: dict[Any, Any] = {**call.fixed, **call.fixed_options}
    fixed = [f"{name}={value!r}" for name, value in static.items()]
    return ", ".join([*kinds[:8], *(["..."] if len(kinds) > 8 else []), *fixed])


def _several(given: Any, kind: type, what: str, example: str) -> frozenset[Any]:
    several = (given,) if isinstance(given, kind) else tuple(given) if isinstance(given, Iterable) else (None,)
    if not all(isinstance(each, kind) for each in several):
        raise InputTypeError(f"jit: {what}={shortened(given)}; write {what}={example}")
    return frozenset(several)
