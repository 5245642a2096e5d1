"""The blocks there are, and what holds inside of each; :mod:`recording` says how a block is entered and left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import InputTypeError, InputValueError
from .messages import place_in_users_code
from .recording import Block, Node, Notes, State, Watcher, current_state, recorders

try:
    import cython
except ImportError:
    from . import no_cython as cython

__all__ = ["Branches", "branches_noted", "differentiating", "no_grad", "recording", "scope", "unchecked", "watched_by"]


@cython.binding(False)
@cython.cclass
class scope(Block):  # noqa: N801 (used like a function)
    """Tag every node that is recorded inside the block.

    Scopes nest: inside ``scope("layer 1")`` the block ``scope("neuron 2")`` tags with ``"layer 1/neuron 2"``. A scope
    can be kept and entered again and again, in any thread.

    Parameters
    ----------
    name
        The name of the scope; slashes separate the names of nested scopes.

    Raises
    ------
    InputTypeError, InputValueError
        If the name is not a text, or is empty between slashes.

    Examples
    --------
    >>> from autograd_core import Value, scope
    >>> with scope("layer 1"):
    ...     z = Value(2.0) * 3
    >>> z.scope
    'layer 1'
    """

    __slots__ = ("_inside", "_name", "_outside")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise InputTypeError(f"scope: {name!r} is not a name; write scope('layer 1')")
        if not all(part.strip() for part in name.split("/")):
            raise InputValueError(
                f"scope: {name!r} has an empty part; write scope('layer 1') or scope('network/layer 1')"
            )
        self._holds = None
        self._name = name
        self._outside: Notes | None = None  # the notes outside and inside of the last entry
        self._inside: Notes | None = None

    def _apply(self, state: State) -> None:
        try:
            name = self._name
        except AttributeError:  # uncompiled, a field that was never set is not there
            name = None
        if name is None:
            raise InputTypeError("scope: it has no name, for scope.__init__ has not run; call super().__init__(name)")
        if self._outside is not state.notes:
            path = f"{state.notes.scope}/{name}" if state.notes.scope else name
            self._inside = Notes(scope=path)
            self._outside = state.notes
        state.notes = self._inside  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[scope], tuple[str]]:
        return scope, (self._name,)


@cython.binding(False)
@cython.cclass
class recording(Block):  # noqa: N801
    """Record, or do not record, what is computed inside the block."""

    __slots__ = ("_enabled",)

    _enabled: bool

    def __init__(self, enabled: bool) -> None:
        self._holds = None
        self._enabled = enabled

    def _value(self, outside: State) -> Any:
        if not self._enabled and outside.branches is not None:
            raise InputValueError(
                "no_grad inside a function that is recorded as a program would freeze its numbers "
                f"({place_in_users_code()}); leave it out there, and write stop_gradient(x) where no gradient "
                "shall flow"
            )
        return None

    def _apply(self, state: State) -> None:
        state.enabled = self._enabled


def no_grad() -> recording:
    """Compute without recording: inside the block every result is a constant without parents.

    It holds for the code that enters it: not for other threads, nor for tasks of asyncio that were there before. A
    generator that suspends inside of it keeps it to itself; one that :func:`contextlib.contextmanager` makes a context
    manager lets the managed block be inside. It can decorate functions too.

    Examples
    --------
    >>> from autograd_core import Value, no_grad
    >>> with no_grad():
    ...     z = Value(2.0) * 3
    >>> z.data, z.op, z.parents
    (6.0, 'constant', ())
    """
    return recording(False)


class Branches(list[tuple[Any, bool, str]]):
    """The nodes that decided a branch while a program was recorded, each with its truth and the place in the code.

    Attributes
    ----------
    of_derivatives
        Whether derivatives by the inputs were computed, so that those of the program are of higher order.
    """

    of_derivatives = False


@cython.binding(False)
@cython.cclass
class branches_noted(Block):  # noqa: N801
    """Record a function of some inputs as a program: note every node that decides a Python branch inside the block.

    Noted are the node, its truth and the place in the code. What else would freeze a number that depends on the inputs
    is refused inside the block; see :func:`freezes`.
    """

    __slots__ = ("_inputs",)

    _inputs: dict[int, Node]

    def __init__(self, inputs: Iterable[Node]) -> None:
        self._holds = None
        noted = {id(each): each for each in inputs}
        # What has its inputs was counted; an interrupt in between counts one too many, which only costs time.
        recorders.count += 1
        self._inputs = noted

    def __del__(self) -> None:  # not when it is left: an interrupt cannot come in between
        try:
            counted = self._inputs is not None
        except AttributeError:  # uncompiled, a field that was never set is not there
            counted = False
        if counted:
            recorders.count -= 1

    def _value(self, outside: State) -> Any:
        return Branches()

    def _apply(self, state: State) -> None:
        state.branches = state.value
        state.inputs = self._inputs


@cython.binding(False)
@cython.cclass
class watched_by(Block):  # noqa: N801
    """Show a watcher what is made inside the block, in this context."""

    __slots__ = ("_watcher",)

    _watcher: Watcher | None

    def __init__(self, watcher: Watcher | None) -> None:
        self._holds = None
        self._watcher = watcher

    def _apply(self, state: State) -> None:
        state.watcher = self._watcher


def unchecked() -> watched_by:
    """Let everything inside the block pass, whoever watches: its numbers are not those the user asked for."""
    return watched_by(None if current_state().watcher is None else Watcher())


@cython.binding(False)
@cython.cclass
class differentiating(Block):  # noqa: N801
    """Let the variables of a transform be under way inside the block."""

    __slots__ = ("_variables",)

    _variables: tuple[Any, ...]

    def __init__(self, variables: Sequence[Any]) -> None:
        self._holds = None
        self._variables = tuple(variables)

    def _apply(self, state: State) -> None:
        state.variables = state.variables + self._variables
