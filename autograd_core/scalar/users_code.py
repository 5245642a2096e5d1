"""The line of a user's code that is running: where a node is made, what a warning points at, what a message names."""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from opcode import _nb_ops, opmap  # type: ignore[attr-defined]  # which the module dis reads them from, too
from types import FrameType

__all__ = ["line_of_users_code", "place_in_users_code", "text_of_line", "warn_at_users_line"]

#: By which number the operators % and %= stand in the byte code.
_REMAINDERS = {place for place, (_, sign) in enumerate(_nb_ops) if sign in ("%", "%=")}
_NOT_USERS = ("autograd_core", "viz", "numpy", "copy")


def _innermost_frame() -> FrameType:
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_USERS:
        frame = frame.f_back
    return frame


def is_formatted() -> bool:
    """Whether the running line of the user's code asks a node for its number to write it into a text, ``"%.3f" % v``.

    A text is the only left operand of ``%`` that asks what stands on the right for a float or an integer.
    """
    frame = _innermost_frame()
    code, place = frame.f_code.co_code, frame.f_lasti
    return code[place] == opmap["BINARY_OP"] and code[place + 1] in _REMAINDERS


def line_of_users_code() -> tuple[str, int]:
    """File and number of the innermost line of code that is not the engine's."""
    frame = _innermost_frame()
    return frame.f_code.co_filename, frame.f_lineno


def warn_at_users_line(message: str, category: type[Warning]) -> None:
    """Warn of the innermost line of code that is not the engine's: once a line, unless the filters say otherwise."""
    frame = _innermost_frame()
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    name = frame.f_globals.get("__name__")
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, name, registry)


def text_of_line(file: str, line: int) -> str:
    """A line of code as messages show it: file, number and text."""
    text = linecache.getline(file, line).strip()
    return f"{os.path.basename(file)}:{line}: {text}" if text else f"{os.path.basename(file)}:{line}"


def place_in_users_code() -> str:
    """File, line and text of the innermost line of code that is not the engine's."""
    return text_of_line(*line_of_users_code())
