"""What a test adds to the table of primitives is taken out again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_core.formulas.rules import OPCODES, PRIMITIVES
from autograd_core.scalar import kernels

__all__ = ["table_kept"]


@contextmanager
def table_kept() -> Iterator[None]:
    """Afterwards the table is what it was."""
    before = len(OPCODES)
    try:
        yield
    finally:
        for added in OPCODES[before:]:
            del PRIMITIVES[added.name]
        del OPCODES[before:]
        for place in [each for each in kernels._python_kernels if each >= 8 * before]:
            del kernels._python_kernels[place]
