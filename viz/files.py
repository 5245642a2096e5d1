"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from autograd_core.errors import InputValueError, RenderError

__all__ = ["write_atomically"]


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole, or leave everything as it was.

    The data go to a temporary file in the same folder, which then takes the place of the old file in one step.

    Parameters
    ----------
    path
        Where to write. A file that is there is replaced; a link is followed.
    data
        What to write.

    Raises
    ------
    InputValueError
        If the folder does not exist, or `path` is a folder itself.
    RenderError
        If the system refuses, for example because the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(folder + "/a.txt", b"text")
    ...     Path(folder, "a.txt").read_bytes()
    b'text'
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise InputValueError(f"save: there is no folder {str(target.parent)!r} for {target.name!r}; create it first")
    if target.is_dir():
        raise InputValueError(f"save: {str(target)!r} is a folder; give the name of a file in it")
    # Not tempfile.mkstemp, whose files only their owner may read.
    temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the new name with no data behind it
        temporary.replace(target)
    except OSError as error:
        raise RenderError(f"save: {str(target)!r} cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
