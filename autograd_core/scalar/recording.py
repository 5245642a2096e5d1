"""What is true while a graph is being recorded: the scope new nodes belong to, and whether they are recorded at all.

The state is that of a context (:mod:`contextvars`), so that graphs can be built in several threads, tasks and
generators at once. Every block puts back what it found, also when it raises or is interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from threading import get_ident
from typing import Any, TypeAlias

from .generators import ENTERING, entering_generator, inside

try:
    import cython
except ImportError:
    from . import no_cython as cython

__all__ = [
    "Block",
    "Notes",
    "Recorders",
    "State",
    "Watcher",
    "any_state",
    "current_state",
    "noted",
    "recorders",
    "state_of",
    "tagged",
]


#: A Value, or a Tensor: their classes are built on this module.
Node: TypeAlias = Any


@cython.no_gc  # what notes refer to is older than they are, so they cannot be part of a cycle
@cython.binding(False)
@cython.cclass
class Notes:
    """What few nodes have of their own; never changed. Nodes without any share those of their scope."""

    __slots__ = ("attributes", "by_third", "label", "line", "scope", "third_parent")

    label: str | None
    scope: str
    third_parent: Node | None
    by_third: float
    line: tuple[str, int] | None  # of the user's code; noted where nodes are watched
    attributes: dict[str, Any] | None  # that a user has set on the node, and no class defines

    def __init__(
        self,
        label: str | None = None,
        scope: str = "",
        third_parent: Node | None = None,
        by_third: float = 0.0,
        line: tuple[str, int] | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self.attributes = attributes
        self.label = label
        self.scope = scope
        self.third_parent = third_parent
        self.by_third = by_third
        self.line = line


def noted(
    label: str | None,
    scope: str,
    third_parent: Node | None,
    by_third: float,
    line: tuple[str, int] | None,
    attributes: dict[str, Any] | None,
) -> Notes:
    """Notes with all that is in them; compiled, without a call of Python."""
    notes = Notes.__new__(Notes)
    notes.label = label
    notes.scope = scope
    notes.third_parent = third_parent
    notes.by_third = by_third
    notes.line = line
    notes.attributes = attributes
    return notes


class Watcher:
    """Who is shown every node that is made and every backward pass that begins in a thread; this one lets all pass.

    What watches may raise, and so end what it sees. While there is a watcher, nodes note their place in the code.
    """

    def node_made(self, node: Node, opcode: int, inputs: tuple[Node, ...]) -> None:
        """Look at a node. Under ``no_grad`` it is a constant and does not tell itself what it was computed from."""

    def backward_begins(self, root: Node, inputs: Sequence[Node] | None, seed: Any = 1.0) -> None:
        """Look at a root before it is differentiated, with its upstream gradient, by some nodes or all its leaves."""

    def tensor_made(self, node: Node, operation: Any, parents: tuple[Node, ...]) -> None:
        """Look at a Tensor; under ``no_grad`` it is a constant, as a Value is."""

    def replay_begins(self, replay: Any) -> None:
        """Look at a program before it runs."""


@cython.freelist(16)
@cython.binding(False)
@cython.cclass
class State:
    """What is true in one context; never changed, for contexts that are copied share it. Each block makes another one.

    The notes new nodes get, whether computations are recorded, where branches are noted and which inputs there are
    while a program is recorded, who watches, and the variables of the transforms that are under way, outermost first.
    """

    __slots__ = (
        *("block", "branches", "enabled", "hold", "inputs", "notes", "outer", "value", "variables", "watcher"),
        "held_by_generators",
    )

    notes: Notes
    enabled: bool
    branches: Any  # Branches of blocks.py while a program is recorded, else None
    inputs: dict[int, Node]  # by identity
    watcher: Watcher | None
    variables: tuple[Any, ...]
    block: Block | None  # the innermost block, and what was true outside of it
    outer: State | None
    value: Any  # what the block handed out when it was entered
    hold: Hold | None  # by the generator that entered the block, if one did
    held_by_generators: bool  # whether this or an outer block is

    def __init__(self) -> None:
        self.notes = Notes()
        self.enabled = True
        self.branches = self.watcher = None
        self.inputs = {}
        self.variables = ()
        self.block = self.outer = self.value = self.hold = None
        self.held_by_generators = False


@cython.cclass
class Recorders:
    """How many blocks there are in which a program is recorded. While there is none, nodes ask nothing further."""

    __slots__ = ("count",)

    count: int

    def __init__(self) -> None:
        self.count = 0


recorders = Recorders()
_fresh = State()  # of a context in which no block was entered
_state_of_context: ContextVar[State] = ContextVar("state of autograd_core")
_last_state = _fresh  # compiled: of the thread and the context that asked last
_last_thread = 0
_last_version = 0
if not cython.compiled:
    # Attributes, for a call is where Python looks for signals: nothing can be raised between a change and what follows.
    State.of_context = property(_state_of_context.get)  # type: ignore[attr-defined]  # the default is the object itself
    State.becomes_current = property(_state_of_context.set)  # type: ignore[attr-defined]
#: Plain Python asks ``state_of(any_state)`` where a call of :func:`current_state` would cost too much.
any_state, state_of = _fresh, _state_of_context.get


def current_state() -> State:
    """What is true here and now."""
    if not cython.compiled:
        state = _fresh.of_context  # type: ignore[attr-defined]
        return _awake(state) if state.held_by_generators else state
    if is_current(_last_thread, _last_version):  # type: ignore[name-defined]  # noqa: F821
        return _last_state
    state = _stored()
    if state.held_by_generators:
        return _awake(state)
    _remember(state)
    return state


def _stored() -> State:
    """The state of this context with all of its blocks, those of suspended generators too."""
    if cython.compiled:
        return get_in_context(_state_of_context, _fresh)  # type: ignore[name-defined,no-any-return]  # noqa: F821
    return _fresh.of_context  # type: ignore[attr-defined,no-any-return]


def _become(state: State) -> None:
    """Let a state be that of this context. Compiled, no signal is looked for on the way."""
    if cython.compiled:
        _forget()
        # The token holds what was true before, whose end may run a user's code: let the change be finished by then.
        token = PyContextVar_Set(_state_of_context, state)  # type: ignore[name-defined]  # noqa: F821, F841
        if not state.held_by_generators:
            _remember(state)
    else:
        state.becomes_current  # type: ignore[attr-defined]  # noqa: B018


def _remember(state: State) -> None:
    global _last_state, _last_thread, _last_version  # noqa: PLW0603 (a cache: most often the same context asks again)
    if cython.compiled:
        _last_state = state
        _last_thread = thread_number()  # type: ignore[name-defined]  # noqa: F821
        _last_version = context_version()  # type: ignore[name-defined]  # noqa: F821


def _forget() -> None:
    global _last_state, _last_thread  # noqa: PLW0603
    if cython.compiled:
        _last_thread = 0
        _last_state = _fresh


# --- blocks ---------------------------------------------------------------------------------------------------------


@cython.binding(False)
@cython.cclass
class Block:
    """A ``with`` block in which something else is true. It can be entered again and decorate functions.

    What is true belongs to a context, as :mod:`contextvars` defines it: a thread begins without blocks, a task of
    asyncio with those it was created in, and neither changes what is true elsewhere. A generator is such a place too:
    what it enters holds while it runs, and not for the code that runs while it is suspended; but a generator that was
    made a context manager (by contextlib, by an ``__enter__`` of one's own, or by pytest as a fixture) enters a block
    on behalf of the code that enters it.

    Notes
    -----
    An interrupt finds a block entered or not entered: compiled, no Python runs in ``__enter__`` and ``__exit__``.
    """

    __slots__ = ("_holds",)

    _holds: list[Hold] | None  # of the generators that are inside

    def __enter__(self) -> Any:
        outer = _stored()
        hold = _hold_of_caller()
        if hold is None and not outer.held_by_generators:
            inside = _pushed(outer, self, self._value(outer), None)
        else:
            inside = _pushed_beside_generators(outer, self, hold)
        value = inside.value
        _become(inside)
        return value

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        state = _stored()
        if state.block is self and not state.held_by_generators:
            _become(state.outer)  # type: ignore[arg-type]  # not the outermost
        else:
            _become(_without(state, self))

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, always called inside of the block."""
        return inside(self, function)

    def _value(self, outside: State) -> Any:
        """What an entry has of its own, and hands out."""
        return None

    def _apply(self, state: State) -> None:
        """Change what is true in a fresh state, which is that outside so far."""


def _pushed(outer: State, block: Block, value: Any, hold: Hold | None) -> State:
    state = State.__new__(State)
    state.notes = outer.notes
    state.enabled = outer.enabled
    state.branches = outer.branches
    state.inputs = outer.inputs
    state.watcher = outer.watcher
    state.variables = outer.variables
    state.block = block
    state.outer = outer
    state.value = value
    state.hold = hold
    state.held_by_generators = hold is not None or outer.held_by_generators
    block._apply(state)
    return state


@cython.binding(False)
@cython.cclass
class Hold:
    """That a generator is inside of a block."""

    __slots__ = ("frame", "open", "thread")

    frame: Any
    thread: int
    open: bool

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.thread = get_ident()
        self.open = True


def _is_awake(hold: Hold | None) -> bool:
    """Whether the generator runs: only then a frame knows who called it."""
    return hold is None or (hold.open and hold.frame.f_back is not None and hold.thread == get_ident())


def _awake(state: State) -> State:
    """The state without the blocks of suspended generators."""
    if not state.held_by_generators:
        return state
    outer = _awake(state.outer)  # type: ignore[arg-type]  # not the outermost
    if not _is_awake(state.hold):
        return outer
    return state if outer is state.outer else _pushed(outer, state.block, state.value, state.hold)  # type: ignore[arg-type]


def _entries(state: State) -> list[State]:
    """The states that the blocks have made, outermost first; without those of generators that are gone."""
    entries = []
    while state.outer is not None:
        if state.hold is None or state.hold.open:
            entries.append(state)
        state = state.outer
    return entries[::-1]


def _rebuilt(entries: list[State], outer: State) -> State:
    for entry in entries:
        outer = _pushed(outer, entry.block, entry.value, entry.hold)  # type: ignore[arg-type]
    return outer


def _pushed_beside_generators(state: State, block: Block, hold: Hold | None) -> State:
    """A block more, below those of suspended generators: when they go on, theirs are the inner ones."""
    value = block._value(_awake(state))
    if hold is not None:
        block._holds = [*(block._holds or ()), hold]
    entries = _entries(state)
    around = _rebuilt([entry for entry in entries if _is_awake(entry.hold)], _fresh)
    return _rebuilt([entry for entry in entries if not _is_awake(entry.hold)], _pushed(around, block, value, hold))


def _without(state: State, block: Block) -> State:
    """The state once a block is left that is not simply the innermost one."""
    entries = _entries(state)
    mine = [entry for entry in entries if entry.block is block]
    awake = [entry for entry in mine if _is_awake(entry.hold)]
    left = awake[-1] if awake else mine[-1] if mine else None
    if left is not None:
        hold = left.hold
    else:  # entered in another context, by a generator that ends in this one
        running = [each for each in block._holds or () if each.frame.f_back is not None]
        hold = running[-1] if running else block._holds[-1] if block._holds else None
    if hold is not None:
        hold.open = False
        block._holds = [each for each in block._holds or () if each is not hold]
    return _rebuilt([entry for entry in entries if entry is not left], _fresh)


def _hold_of_caller() -> Hold | None:
    """The hold of the generator that a block is about to be entered by; None if it holds until it is left."""
    if cython.compiled and is_called_plainly(ENTERING):  # type: ignore[name-defined]  # noqa: F821 (recording.pxd)
        return None
    generator = entering_generator(sys._getframe() if cython.compiled else sys._getframe(2))
    return None if generator is None else Hold(generator)


def tagged(state: State, place: Block) -> State:
    """What would be true inside of a scope, for who makes nodes at once and runs no other code meanwhile."""
    return _pushed(state, place, None, None)
