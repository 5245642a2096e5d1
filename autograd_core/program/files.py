"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from ..errors import AutogradError, InputTypeError, InputValueError, RenderError

try:
    import fcntl
except ImportError:  # on Windows, where nobody can delete a file that is open
    fcntl = None  # type: ignore[assignment]

__all__ = ["write_atomically"]


def write_atomically(
    path: str | os.PathLike[str],
    data: bytes,
    *,
    misplaced: type[AutogradError] = InputValueError,
    failed: type[AutogradError] = RenderError,
) -> None:
    """Write a file whole, or leave everything as it was.

    The data go to a temporary file in the same folder, which then takes the place of the old file in one step. What a
    process that was killed has left of an earlier try is removed.

    Parameters
    ----------
    path
        Where to write. A file that is there is replaced, and keeps its permissions; a link is followed.
    data
        What to write.
    misplaced, failed
        The kinds of error: for a path that cannot be right, and for a refusal of the system.

    Raises
    ------
    InputTypeError
        If `path` is not a path.
    InputValueError
        If the folder does not exist, or `path` is a folder itself, or no path at all.
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
    try:
        target = Path(os.path.realpath(os.fsdecode(path)))
        old = _status(target)
    except TypeError:
        raise InputTypeError(f"save: {path!r} is not a path; write save('name')") from None
    except ValueError as error:  # a null byte, half a surrogate pair
        raise misplaced(f"save: {path!r} cannot be the name of a file ({error}); write another one") from None
    except OSError as error:
        raise failed(f"save: {str(path)!r} cannot be written ({error.strerror}); nothing was changed") from error
    if not target.parent.is_dir():
        raise misplaced(f"save: there is no folder {str(target.parent)!r} for {target.name!r}; create it first")
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise misplaced(f"save: {str(target)!r} is a folder; give the name of a file in it")
    if old is not None and not stat.S_ISREG(old.st_mode):
        raise misplaced(f"save: {str(target)!r} is not a file but a device or the like; give the name of a file")
    if old is not None and not os.access(target, os.W_OK):
        raise failed(f"save: {str(target)!r} cannot be written (it is read-only); nothing was changed")
    prefix = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}."
    try:
        _remove_left_over(target.parent, prefix)
        name, file = _temporary(target.parent, prefix)
        try:
            with file:
                if old is not None:
                    name.chmod(stat.S_IMODE(old.st_mode))
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # else a power cut could leave the new name with no data behind it
                if fcntl is None:
                    file.close()
                name.replace(target)
        finally:
            with contextlib.suppress(OSError):
                name.unlink(missing_ok=True)
    except OSError as error:
        raise failed(f"save: {str(target)!r} cannot be written ({error.strerror}); nothing was changed") from error


def _status(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _temporary(folder: Path, prefix: str) -> tuple[Path, BinaryIO]:
    """A new file, locked as long as it is open."""
    # Not tempfile.mkstemp, whose files only their owner may read.
    while True:
        name = folder / f"{prefix}{secrets.token_hex(8)}.tmp"
        file = name.open("xb")
        if fcntl is None:
            return name, file
        with contextlib.suppress(OSError):  # there are file systems without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return name, file
        file.close()  # another process took it for left over, before it was locked


def _remove_left_over(folder: Path, prefix: str) -> None:
    """Remove temporary files of this name that nobody writes any more: no process holds their lock."""
    for entry in os.listdir(folder):
        if entry.startswith(prefix) and entry.endswith(".tmp"):
            name = folder / entry
            with contextlib.suppress(OSError):
                if fcntl is None:
                    name.unlink()
                    continue
                with name.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    name.unlink()
