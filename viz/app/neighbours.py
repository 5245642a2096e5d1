"""Looks, before anything else of this package is loaded, whether another file hides a package that it stands on."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

__all__: list[str] = []


def _require(module: str) -> None:
    """Import a module of a package that is installed beside this one; if another one is found, say which file it is."""
    package, _, name = module.partition(".")
    failed = None
    try:
        importlib.import_module(module)
    except ImportError as error:
        failed = error
    found = importlib.util.find_spec(package)
    file = Path(found.origin or next(iter(found.submodule_search_locations or [package]))) if found else None
    folder = file.parent if file and file.name == "__init__.py" else file
    if (
        file is None
        or folder is None
        or (folder / f"{name}.py").exists()
        or folder == Path(__file__).parents[2] / package
    ):
        if failed is not None:
            raise failed
        return
    raise ImportError(
        f"{file} hides the package {package!r} of Autograd Core, for Python finds it first; "
        "give that file or folder another name, or start Python in another folder"
    )


_require("autograd_core.errors")
_require("nn.conversion")
