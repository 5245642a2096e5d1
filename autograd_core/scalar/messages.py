"""What messages say: how a node is named, that it was not made yet, and which line of a user's code is running."""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from opcode import _nb_ops, opmap  # type: ignore[attr-defined]  # which the module dis reads them from, too
from types import FrameType
from typing import Any

from ..errors import InputTypeError
from ..formulas.printing import visible

__all__ = [
    "describe_node",
    "is_compared",
    "is_formatted",
    "line_of_users_code",
    "place_in_users_code",
    "text_of_line",
    "unmade",
    "warn_at_users_line",
]

#: By which number the operators % and %= stand in the byte code.
_REMAINDERS = {place for place, (_, sign) in enumerate(_nb_ops) if sign in ("%", "%=")}
_NOT_USERS = ("autograd_core", "viz", "numpy", "scipy", "copy", "collections")


def unmade(node: Any, base: str) -> InputTypeError:
    """The error of whoever touches a node before ``__init__`` has run.

    >>> from autograd_core import Value
    >>> raise unmade(Value.__new__(Value), "Value")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    autograd_core.errors.InputTypeError: Value: the node holds nothing yet, for Value.__init__ has not run; ...
    """
    return InputTypeError(
        f"{type(node).__name__}: the node holds nothing yet, for {base}.__init__ has not run; "
        "in a class of your own, call super().__init__(data, label) before anything else"
    )


def describe_node(node: Any) -> str:
    """How a message names a node: by its label, else by its op, and its scope.

    >>> describe_node(Value(1.0, "w")), describe_node(Value(1.0) + 1)
    ("node 'w' (leaf)", 'node without label (add)')
    """
    name = "node without label" if visible(node.label) is None else f"node {node.label!r}"
    scope = f", in scope {node.scope!r}" if node.scope else ""
    return f"{name} ({node.op}{scope})"


# --- the line that is running: where a node is made, what a warning points at, what a message names -------------------


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


def is_compared() -> bool:
    """Whether the running line of the user's code says ``==`` or ``!=`` itself, as ``in`` and ``list.index`` do not."""
    frame = _innermost_frame()
    return frame.f_code.co_code[frame.f_lasti] == opmap["COMPARE_OP"]


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
