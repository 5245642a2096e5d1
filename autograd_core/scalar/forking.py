"""Locks and forks: a child has one thread of its parent's, and none that would release what the others hold."""

from __future__ import annotations

import os
from typing import Protocol, TypeVar

__all__ = ["held_across_forks"]


class _Lock(Protocol):
    def acquire(self) -> bool: ...

    def release(self) -> None: ...


L = TypeVar("L", bound=_Lock)


def held_across_forks(lock: L) -> L:
    """The lock, which a thread that forks takes first: the work it guards is done, and the child finds it released.

    >>> import threading
    >>> lock = held_across_forks(threading.Lock())
    >>> lock.locked()
    False
    """
    if hasattr(os, "register_at_fork"):  # there are no forks on Windows
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock
