"""What ``importlib.reload`` and IPython's autoreload do with the modules whose classes and tables all others hold.

Executed a second time, they would make another class of nodes, which neither the other modules nor the nodes that are
there know of. So they stay as they were imported, compiled or not, and a warning says how to get what was changed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["HELD"]

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
