"""What there is once a process, in spite of forks and of modules that are loaded again.

A child of a fork has one thread of its parent's, and none that would release the locks that the others hold.

``importlib.reload`` and IPython's autoreload execute a module a second time. Those whose classes and tables all others
hold would make another class of nodes, which neither the other modules nor the nodes that are there know of. So they
stay as they were imported, compiled or not, and a warning says how to get what was changed.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Protocol, TypeVar

__all__ = ["HELD", "held_across_forks"]

HELD = frozenset(
    f"autograd_core.{name}"
    for name in ("formulas.rules", "scalar.recording", "scalar.blocks", "scalar.value", "array.tensor")
)


class _NotASecondTime(MetaPathFinder, Loader):
    """Finds a module only where it is there already."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if target is None or name not in HELD:
            return None
        return ModuleSpec(name, self, loader_state=target.__spec__)

    def exec_module(self, module: ModuleType) -> None:
        first: ModuleSpec = module.__spec__.loader_state  # type: ignore[union-attr]  # find_spec put it there
        module.__spec__, module.__loader__ = first, first.loader
        warnings.warn(
            f"{module.__name__} stays as it was imported, for all nodes are of its classes; "
            "restart the kernel to have what was changed in it",
            RuntimeWarning,
            stacklevel=3,
        )


sys.meta_path.insert(0, _NotASecondTime())


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
