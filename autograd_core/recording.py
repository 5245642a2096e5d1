"""What is true while a graph is being recorded: the scope new nodes belong to, and whether they are recorded at all.

The state is one object a thread, so that graphs can be built in several threads at once. Both context managers put
back what they found, also when the block raises.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any

from .errors import InputTypeError, InputValueError

try:
    import cython
except ImportError:
    from . import no_cython as cython

if TYPE_CHECKING:
    from .operations import Operation
    from .replay import Replay
    from .tensor import Tensor
    from .value import Value

__all__ = [
    "Notes",
    "State",
    "Watcher",
    "branches_noted",
    "current_state",
    "line_of_users_code",
    "no_grad",
    "place_in_users_code",
    "recording",
    "scope",
    "text_of_line",
    "unchecked",
    "watched_by",
]


@cython.no_gc  # what notes refer to is older than they are, so they cannot be part of a cycle
@cython.cclass
class Notes:
    """What few nodes have of their own; never changed. Nodes without any share those of their scope."""

    __slots__ = ("by_third", "label", "line", "scope", "third_parent")

    label: str | None
    scope: str
    third_parent: Value | None
    by_third: float
    line: tuple[str, int] | None  # of the user's code; noted where nodes are watched

    def __init__(
        self,
        label: str | None = None,
        scope: str = "",
        third_parent: Value | None = None,
        by_third: float = 0.0,
        line: tuple[str, int] | None = None,
    ) -> None:
        self.label = label
        self.scope = scope
        self.third_parent = third_parent
        self.by_third = by_third
        self.line = line


class Watcher:
    """Who is shown every node that is made and every backward pass that begins in a thread; this one lets all pass.

    What watches may raise, and so end what it sees. While there is a watcher, nodes note their place in the code.
    """

    def node_made(self, node: Value, opcode: int, inputs: tuple[Value, ...]) -> None:
        """Look at a node. Under ``no_grad`` it is a constant and does not tell itself what it was computed from."""

    def backward_begins(self, root: Value, inputs: Sequence[Value] | None) -> None:
        """Look at a root before it is differentiated by some nodes, or by all its leaves."""

    def tensor_made(self, node: Tensor, operation: Operation, parents: tuple[Tensor, ...]) -> None:
        """Look at a Tensor; under ``no_grad`` it is a constant, as a Value is."""

    def tensor_backward_begins(self, root: Tensor, seed: Any) -> None:
        """Look at a Tensor before it is differentiated, with its upstream gradient, an array."""

    def replay_begins(self, replay: Replay) -> None:
        """Look at a program before it runs."""


@cython.cclass
class State:
    """What is true in one thread: the notes new nodes get (and those outside of each open scope), whether computations
    are recorded, where branches are noted while a program is recorded, and who watches.
    """

    __slots__ = ("branches", "enabled", "notes", "outer_notes", "watcher")

    notes: Notes
    outer_notes: list[Notes]
    enabled: bool
    branches: list[tuple[Value, bool, str]] | None
    watcher: Watcher | None

    def __init__(self) -> None:
        self.notes = Notes()
        self.outer_notes = []
        self.branches = None
        self.enabled = True
        self.watcher = None


_states: dict[int, State] = {}
_last_thread = 0
_last_state = State()


def current_state() -> State:
    """The state of the running thread."""
    global _last_thread, _last_state  # noqa: PLW0603 (a cache: most often the same thread asks again)
    thread = PyThread_get_thread_ident() if cython.compiled else get_ident()  # type: ignore[name-defined]  # noqa: F821
    if thread != _last_thread:
        _last_state = _states.setdefault(thread, State())
        _last_thread = thread
    return _last_state


@cython.cclass
class scope:  # noqa: N801 (used like a function)
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

    __slots__ = ("_last", "_name")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise InputTypeError(f"scope: {name!r} is not a name; write scope('layer 1')")
        if not all(part.strip() for part in name.split("/")):
            raise InputValueError(
                f"scope: {name!r} has an empty part; write scope('layer 1') or scope('network/layer 1')"
            )
        self._name = name
        self._last: tuple[Notes, Notes] | None = None  # the notes outside and inside of the last entry

    def __enter__(self) -> None:
        state = current_state()
        outside = state.notes
        last = self._last
        if last is None or last[0] is not outside:
            path = f"{outside.scope}/{self._name}" if outside.scope else self._name
            last = self._last = (outside, Notes(scope=path))
        state.outer_notes.append(outside)
        state.notes = last[1]

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        state = current_state()
        state.notes = state.outer_notes.pop()

    def __reduce__(self) -> tuple[type[scope], tuple[str]]:
        return scope, (self._name,)


@contextmanager
def recording(enabled: bool) -> Iterator[None]:
    """Record, or do not record, what is computed inside the block."""
    state = current_state()
    if not enabled and state.branches is not None:
        raise InputValueError(
            "no_grad inside a function that is recorded as a program would freeze its numbers; leave it out there"
        )
    before = state.enabled
    state.enabled = enabled
    try:
        yield
    finally:
        state.enabled = before


def no_grad() -> AbstractContextManager[None]:
    """Compute without recording: inside the block every result is a constant without parents.

    Examples
    --------
    >>> from autograd_core import Value, no_grad
    >>> with no_grad():
    ...     z = Value(2.0) * 3
    >>> z.data, z.op, z.parents
    (6.0, 'constant', ())
    """
    return recording(False)


@contextmanager
def branches_noted() -> Iterator[list[tuple[Value, bool, str]]]:
    """Note every node that decides a Python branch inside the block: the node, its truth and the place in the code."""
    state = current_state()
    before = state.branches
    noted: list[tuple[Value, bool, str]] = []
    state.branches = noted
    try:
        yield noted
    finally:
        state.branches = before


@contextmanager
def watched_by(watcher: Watcher | None) -> Iterator[None]:
    """Show a watcher what is made inside the block, in this thread."""
    state = current_state()
    before = state.watcher
    state.watcher = watcher
    try:
        yield
    finally:
        state.watcher = before


def unchecked() -> AbstractContextManager[None]:
    """Let everything inside the block pass, whoever watches: its numbers are not those the user asked for."""
    return watched_by(None if current_state().watcher is None else Watcher())


def line_of_users_code() -> tuple[str, int]:
    """File and number of the innermost line of code that is not the engine's."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("autograd_core."):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def text_of_line(file: str, line: int) -> str:
    """A line of code as messages show it: file, number and text."""
    text = linecache.getline(file, line).strip()
    return f"{os.path.basename(file)}:{line}: {text}" if text else f"{os.path.basename(file)}:{line}"


def place_in_users_code() -> str:
    """File, line and text of the innermost line of code that is not the engine's."""
    return text_of_line(*line_of_users_code())
