"""What is true while a graph is being recorded: the scope new nodes belong to, and whether they are recorded at all.

The state is one object a thread, so that graphs can be built in several threads at once. Both context managers put
back what they found, also when the block raises.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from .errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Notes", "no_grad", "recording", "scope", "state"]


class Notes(NamedTuple):
    """What few nodes have of their own. All others share the notes of their scope, which costs them one pointer."""

    label: str | None = None
    scope: str = ""
    third_parent: Value | None = None
    by_third: float = 0.0


class _State(threading.local):
    notes = Notes()
    enabled = True


state = _State()


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Tag every node that is recorded inside the block.

    Scopes nest: inside ``scope("layer 1")`` the block ``scope("neuron 2")`` tags with ``"layer 1/neuron 2"``.

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
    if not isinstance(name, str):
        raise InputTypeError(f"scope: {name!r} is not a name; write scope('layer 1')")
    if not all(part.strip() for part in name.split("/")):
        raise InputValueError(f"scope: {name!r} has an empty part; write scope('layer 1') or scope('network/layer 1')")
    before = state.notes
    state.notes = Notes(scope=f"{before.scope}/{name}" if before.scope else name)
    try:
        yield
    finally:
        state.notes = before


@contextmanager
def recording(enabled: bool) -> Iterator[None]:
    """Record, or do not record, what is computed inside the block."""
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
