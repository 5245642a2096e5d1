"""What a replay does, line by line: calls of functions of NumPy whose results go into buffers planned beforehand.

Lines are collected first. Then each result gets its memory, which is used again once nobody reads the result any more,
and the lines become one Python function: nothing is looked up while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array_tapes.tape import Form

__all__ = ["OUT", "Lines", "Var"]

#: Stands among the arguments of a call for where its result goes; where it is missing, that is the argument `out`.
OUT = object()


class Var:
    """An array of a replay.

    Attributes
    ----------
    form
        Its shape, type and layout.
    base, view
        The array that it is a view of, and what makes the view; None for others.
    roots
        Those whose memory it may lie in: itself, if it has its own.
    array
        Where its numbers are, once that is known before the replay.
    is_static
        Whether it will be, as soon as memory is given out; else each replay makes or is given another array.
    """

    __slots__ = ("array", "base", "form", "is_static", "name", "roots", "view")

    def __init__(self, form: Form, is_static: bool, array: Array | None = None) -> None:
        self.form, self.is_static, self.array = form, is_static, array
        self.base: Var | None = None
        self.view: Callable[[Any], Any] | None = None
        self.roots: tuple[Var, ...] = (self,)
        self.name = ""

    @property
    def is_fresh(self) -> bool:
        """Whether each replay makes it anew, so that it can be given away."""
        return not self.is_static and self.roots == (self,) and self.name != "given"


class Line:
    """One call: its function, what it is given, and what it makes; `out` says whether it writes where it is told."""

    __slots__ = ("arguments", "function", "in_place", "out", "result")

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], result: Var | None, out: bool, in_place: bool
    ) -> None:
        self.function, self.arguments, self.result, self.out, self.in_place = function, arguments, result, out, in_place

    def reads(self) -> list[Var]:
        """The arrays it is given."""
        parts = [one for each in self.arguments for one in (each if isinstance(each, _Several) else (each,))]
        return [each for each in parts if isinstance(each, Var)]


class _Several(tuple[Any, ...]):
    """Arrays that are given as one argument."""

    __slots__ = ()


class Lines:
    """The lines of a replay, while they are collected; see the module."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.parameters: list[Var] = []

    # --- arrays -------------------------------------------------------------------------------------------------------

    def parameter(self, form: Form) -> Var:
        """An array that each replay is given."""
        var = Var(form, False)
        var.name = "given"
        self.parameters.append(var)
        return var

    @staticmethod
    def known(array: Array) -> Var:
        """An array that stays where it is: a constant, or a place to be filled."""
        return Var(Form.of(array), True, array)

    @staticmethod
    def is_view(var: Var, function: Callable[[Any], Any]) -> bool:
        """Whether what a function makes of an array lies in its memory."""
        example = var.form.inside(np.empty(var.form.bytes, np.uint8)) if var.array is None else var.array
        return example.size > 0 and np.shares_memory(function(example), example)

    def view(self, var: Var, function: Callable[[Any], Any]) -> Var:
        """What a function makes of an array: a view if it can, which costs nothing if the array stays where it is."""
        example = np.empty(0) if var.array is None else var.array
        if var.array is None:
            example = var.form.inside(np.empty(var.form.bytes, np.uint8))
        with np.errstate(all="ignore"):
            found = np.asarray(function(example))
        if not var.is_static or (found.size and not np.shares_memory(found, example)):
            return self.call(function, var, form=Form.of(found), is_new=var.is_static)
        made = Var(Form.of(found), True, found if var.array is not None else None)
        made.base, made.view, made.roots = var, function, var.roots
        return made

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, function: Callable[..., Any], *arguments: Any, form: Form, is_new: bool = True) -> Var:
        """A call that makes an array at each replay; unless `is_new`, it may be a view of an argument, or be one."""
        made = Var(form, False)
        line = Line(function, arguments, made, False, False)
        if not is_new:
            made.roots = tuple(dict.fromkeys([made, *(root for each in line.reads() for root in each.roots)]))
        self.lines.append(line)
        return made

    def fill(
        self, function: Callable[..., Any], *arguments: Any, form: Form, out: Var | None = None, in_place: bool = False
    ) -> Var:
        """A call that is told where the result goes: into `out`, or a buffer of the form.

        With `in_place` that may be the memory of an argument that is read for the last time.
        """
        made = Var(form, True) if out is None else out
        self.lines.append(Line(function, arguments, made, True, in_place))
        return made

    def ask(self, function: Callable[..., Any], *arguments: Any) -> None:
        """A call whose result is of no interest."""
        self.lines.append(Line(function, arguments, None, False, False))

    @staticmethod
    def several(arrays: Sequence[Any]) -> Any:
        """Arrays as one argument."""
        return _Several(arrays)

    # --- the function -------------------------------------------------------------------------------------------------

    def compiled(self, results: Sequence[Var | None]) -> Callable[..., tuple[Any, ...]]:
        """The lines as a function of the parameters; it returns the results."""
        self._give_memory([each for each in results if each is not None])
        closure: dict[str, Any] = {}
        names: dict[int, str] = {}

        def name_of(each: Any) -> str:
            if isinstance(each, _Several):
                return f"({''.join(f'{name_of(one)}, ' for one in each)})"
            if each is None or type(each) in (bool, int):
                return repr(each)
            if isinstance(each, Var) and not each.is_static:
                return each.name
            thing = self._array_of(each) if isinstance(each, Var) else each
            if id(thing) not in names:
                names[id(thing)] = f"c{len(names)}"
                closure[names[id(thing)]] = thing
            return names[id(thing)]

        for position, each in enumerate(self.parameters):
            each.name = f"p{position}"
        body = []
        for position, line in enumerate(self.lines):
            given = [name_of(line.result if each is OUT else each) for each in line.arguments]
            if line.out and not any(each is OUT for each in line.arguments):
                given.append(f"out={name_of(line.result)}")
            text = f"{name_of(line.function)}({', '.join(given)})"
            if line.result is not None and not line.out:
                line.result.name = f"v{position}"
                text = f"v{position} = {text}"
            body.append(f"        {text}\n")
        returned = "".join(f"{name_of(each)}, " for each in results)
        source = (
            f"def make({', '.join(closure)}):\n    def run({', '.join(each.name for each in self.parameters)}):\n"
            f"{''.join(body)}        return ({returned})\n    return run\n"
        )
        namespace: dict[str, Any] = {}
        exec(compile(source, "<program of arrays>", "exec"), namespace)
        made: Callable[..., tuple[Any, ...]] = namespace["make"](*closure.values())
        return made

    def _give_memory(self, results: Sequence[Var]) -> None:
        """Give each result a buffer, that of one that is not read any more if there is one of its size."""
        last: dict[Var, int] = {root: len(self.lines) for each in results for root in each.roots}
        for position, line in enumerate(self.lines):
            for each in line.reads():
                for root in each.roots:
                    last[root] = max(last.get(root, 0), position)
        free: dict[Any, list[Array]] = {}
        ends: dict[int, list[Var]] = {}
        for var, position in last.items():
            ends.setdefault(position, []).append(var)
        memory: dict[Var, Array] = {}

        def end_of(position: int, of: Form | None = None) -> None:
            for var in ends.get(position, []):
                if var in memory and (of is None or var.form == of):
                    free.setdefault(var.form.bytes, []).append(memory.pop(var))

        for position, line in enumerate(self.lines):
            result = line.result
            if line.out and result is not None and result.array is None and result.is_static:
                if line.in_place:
                    end_of(position, result.form)
                pool = free.get(result.form.bytes)
                memory[result] = pool.pop() if pool else np.empty(result.form.bytes, np.uint8)
                result.array = result.form.inside(memory[result])
                if result not in last:
                    free.setdefault(result.form.bytes, []).append(memory.pop(result))
            end_of(position)

    def _array_of(self, var: Var) -> Array:
        if var.array is None:
            assert var.base is not None
            assert var.view is not None
            var.array = var.view(self._array_of(var.base))
        return var.array
