"""Checkpoints: all that the rest of a training depends on, in one file that is always whole."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from autograd_core.program.files import write_atomically

__all__ = ["path_from", "read_checkpoint", "write_checkpoint"]

_HEADER = "header"
#: What stands in the place of an array in the header: its name in the file.
_ARRAY = "array of this file"


def path_from(path: Any, what: str) -> Path:
    """A path of a file in a folder that is there."""
    if not isinstance(path, str | os.PathLike) or not path:
        raise InputTypeError(f"{what}: {shortened(path)} is no path; write 'run.npz', for example")
    found = Path(path)
    if not found.parent.is_dir():
        raise InputValueError(f"{what}: there is no folder {found.parent}; make it first")
    return found


def write_checkpoint(path: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write numbers, texts, lists, dictionaries and arrays to a file, in the place of the former one.

    The former file stays until the new one is whole on the disk, so that there is a whole one at every moment.

    Parameters
    ----------
    path
        The file, ``name.npz`` for example.
    state
        What to write. Nothing is pickled.
    """
    arrays: dict[str, Any] = {}
    header = json.dumps(_without_arrays(state, arrays))
    content = io.BytesIO()
    arrays[_HEADER] = np.frombuffer(header.encode(), np.uint8)
    np.savez(content, **arrays)
    write_atomically(path, content.getvalue(), failed=InputValueError)


def read_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what :func:`write_checkpoint` wrote.

    Raises
    ------
    InputValueError
        If the file is no checkpoint.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_checkpoint(folder + "/a.npz", {"epoch": 3, "w": [np.array([1.0, 2.0])]})
    ...     read_checkpoint(folder + "/a.npz")
    {'epoch': 3, 'w': [array([1., 2.])]}
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        state: dict[str, Any] = _with_arrays(json.loads(arrays[_HEADER].tobytes()), arrays)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, EOFError) as error:
        # A ValueError is NumPy's advice to unpickle the file, which is the last thing to do with one that is damaged.
        why = "" if isinstance(error, ValueError) else f" ({error})"
        raise InputValueError(
            f"checkpoint: {os.fspath(path)} is no checkpoint of a training{why}; give another file, or remove it"
        ) from None
    return state


def _without_arrays(each: Any, arrays: dict[str, Any]) -> Any:
    if isinstance(each, np.ndarray):
        name = f"array {len(arrays)}"
        arrays[name] = each
        return {_ARRAY: name}
    if isinstance(each, dict):
        return {key: _without_arrays(value, arrays) for key, value in each.items()}
    if isinstance(each, list | tuple):
        return [_without_arrays(value, arrays) for value in each]
    return each


def _with_arrays(each: Any, arrays: dict[str, Any]) -> Any:
    if isinstance(each, dict):
        if _ARRAY in each:
            return arrays[each[_ARRAY]]
        return {key: _with_arrays(value, arrays) for key, value in each.items()}
    return [_with_arrays(value, arrays) for value in each] if isinstance(each, list) else each
