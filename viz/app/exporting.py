"""The command ``export``: an expression or a function of a file, as source or bytes for another engine."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograd_core import InputValueError, Value, record
from autograd_core.program.exports import Exports

__all__ = ["write_export"]


def write_export(function: Callable[..., Any], leaves: Sequence[Value], path: Path) -> list[Path]:
    """Record a function and write it as the ending of a path says.

    Parameters
    ----------
    function
        The function.
    leaves
        Its arguments; their numbers matter only where it branches.
    path
        A file that ends in ``.c``, ``.js``, ``.mjs``, ``.wasm`` or ``.onnx``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputTypeError, InputValueError
        If it ends otherwise, or the function cannot be recorded or written.
    """
    writers: dict[str, Callable[[Any, Path], object]] = {
        ".c": Exports.to_c,
        ".js": Exports.to_javascript,
        ".mjs": Exports.to_javascript,
        ".wasm": Exports.to_wasm,
        ".onnx": lambda program, target: program.to_onnx(target),
    }
    if path.suffix not in writers:
        raise InputValueError(f"export: {str(path)!r} ends in none of {', '.join(writers)}; write -o model.c")

    def named(*given: Any) -> Any:
        return function(*given)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    named.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(leaf.label or f"x{place}", kind) for place, leaf in enumerate(leaves)]
    )
    writers[path.suffix](record(named, *(leaf.data for leaf in leaves)), path)
    return [path, path.with_suffix(".h")] if path.suffix == ".c" else [path]
