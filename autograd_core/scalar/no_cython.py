"""What stands in for the module ``cython`` where it is not installed: decorators that change nothing.

The hot modules are plain Python that Cython can compile. Their C types stand beside them in ``.pxd`` files; in the
source they need these few names only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["binding", "cclass", "compiled", "freelist", "no_gc"]

C = TypeVar("C", bound=type)

#: Whether the module that asks was compiled. Compiled modules get the answer True from Cython itself.
compiled = False


def binding(looks_like_python: bool) -> Callable[[C], C]:
    """Compiled: whether methods are like functions of Python. Those that are not look at the type of ``self``."""
    return lambda decorated: decorated


def cclass(decorated: C) -> C:
    """Compiled: an extension type."""
    return decorated


def no_gc(decorated: C) -> C:
    """Compiled: without a header for the garbage collector."""
    return decorated


def freelist(size: int) -> Callable[[C], C]:
    """Compiled: so many objects that have gone are kept for those to come."""
    return lambda decorated: decorated
