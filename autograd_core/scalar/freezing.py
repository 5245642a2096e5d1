"""What would freeze a number that depends on an input, while a function is recorded as a program; and its refusal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any

from ..errors import LeavesGraphError
from .messages import describe_node, place_in_users_code
from .recording import current_state, recorders

__all__ = ["NO_COPY", "NO_INDEX", "NO_NUMBER", "follows", "freezes", "frozen", "is_recorded", "recorded_by_user"]

#: What to write where a number, an index or count, or a second node was asked for.
NO_NUMBER = "compute with the primitives of autograd_core, such as exp(x) or step(x)"
NO_INDEX = (
    "choose with take(rows, x) or where(condition, a, b), round with rint(x) or floor(x); what decides a count or a "
    "shape is a static argument, as in jit(f, static_argnums=1)"
)
NO_COPY = "write +x for a node of its own that follows it"


def is_recorded() -> bool:
    """Whether a program is recorded here and now, which is for other numbers than those of the example too.

    That there is a recorder anywhere does not say so: it may be another thread's.
    """
    return recorders.count > 0 and current_state().branches is not None


def recorded_by_user() -> dict[int, Any]:
    """The inputs of the program that is being recorded, if the running line is the user's; else none.

    What the library's own code reads, compares and sets, it is answerable for itself. But some modules only call the
    user's code, or read for the user: the numbers that ``np.argmax(t)`` answers with would be frozen as ``t.data`` is.
    """
    inputs: dict[int, Any] = current_state().inputs
    caller = _caller() if inputs else ""
    return {} if caller.startswith("autograd_core.") and caller not in _FOR_USERS else inputs


def freezes(node: Any) -> bool:
    """Whether the running line of the user's code, if it reads a number of a node, freezes what depends on an input.

    It does while a program is recorded: the number would be that of the example for ever.
    """
    return follows([node], recorded_by_user())


def follows(nodes: Iterable[Any], inputs: Mapping[int, Any]) -> bool:
    """Whether one of some nodes is an input or was computed from one."""
    waiting, seen = list(nodes) if inputs else [], set()
    while waiting:
        each = waiting.pop()
        if id(each) in inputs:
            return True
        if id(each) not in seen:
            seen.add(id(each))
            waiting.extend(each.parents)
    return False


def _caller() -> str:
    """The module whose code asks a node; where the modules of nodes are not compiled, they are on the way."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__") in _OF_NODES:
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))


_FOR_USERS = tuple(
    f"autograd_core.{name}"
    for name in ("program.recording", *(f"array_functions.{name}" for name in ("arrays", "protocol", "statistics")))
)
_OF_NODES = (
    "collections",  # a Counter asks for hashes
    *(f"autograd_core.scalar.{name}" for name in ("freezing", "value", "making", "given", "reverse")),
    "autograd_core.array.tensor",
)


def frozen(what: str, node: Any, advice: str) -> LeavesGraphError:
    """The error of reading what would be frozen at the numbers of the example."""
    return LeavesGraphError(
        f"{what} of {_described(node)} in a function that is recorded as a program would stay as it is for the example "
        f"({place_in_users_code()}); {advice}"
    )


def _described(node: Any) -> str:
    """How a message names a Value or a Tensor."""
    return describe_node(node) if hasattr(type(node), "local_derivatives") else f"a Tensor of shape {node.shape}"
