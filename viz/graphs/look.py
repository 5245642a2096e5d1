"""How much of a view is shown, and which way it runs: what a user may ask of any picture of a graph."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from autograd_core import Tensor, Value
from autograd_core.errors import InputTypeError, InputValueError, did_you_mean, shortened
from autograd_core.scalar.conversion import is_one_of

from .options import require_one_of

__all__ = ["DEFAULT", "DIRECTIONS", "HIDEABLE", "Look", "as_look", "as_nodes"]

DIRECTIONS = ("right", "down")
HIDEABLE = ("data", "grad", "local")
_MOST_DIGITS = 17
_NARROWEST = 200


@dataclass(frozen=True, slots=True)
class Look:
    """How a view is shown.

    Attributes
    ----------
    direction
        ``"right"`` or ``"down"``.
    digits
        How many significant digits of a number are shown.
    hide
        Which of ``"data"``, ``"grad"`` and ``"local"`` are not; on a page whose numbers change, ``"warnings"`` of them.
    fit
        How many pixels wide the page is on which texts must be readable; None for a page as wide as is needed.
    """

    direction: str = "right"
    digits: int = 4
    hide: frozenset[str] = frozenset()
    fit: float | None = 1152.0


#: What is shown if a user asks for nothing else.
DEFAULT = Look()


def as_look(direction: Any, digits: Any, hide: Any, fit: Any) -> Look:
    """Read what a user gives, or raise an error that says what to write.

    >>> as_look("down", 3, "grad", None)
    Look(direction='down', digits=3, hide=frozenset({'grad'}), fit=None)
    """
    require_one_of("direction", direction, DIRECTIONS)
    try:
        many = operator.index(digits)
    except TypeError:
        raise InputTypeError(f"digits: {digits!r} is not an integer; write for example digits=4") from None
    if isinstance(digits, bool) or not 1 <= many <= _MOST_DIGITS:
        raise InputValueError(f"digits: {digits!r} is not from 1 to {_MOST_DIGITS}; write for example digits=4")
    return Look(direction, many, _hidden(hide), _width(fit))


def _hidden(given: Any) -> frozenset[str]:
    if given is None:
        return frozenset()
    chosen: list[Any] = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for each in chosen:
        if not is_one_of(each, HIDEABLE):
            meant = did_you_mean(each, HIDEABLE) or "write hide='grad', or several as in hide=('data', 'grad')"
            raise InputValueError(f"hide: {shortened(each)} is none of {', '.join(map(repr, HIDEABLE))}; {meant}")
    return frozenset(chosen)


def _width(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InputTypeError(f"fit: {shortened(given)} is not a number of pixels; write fit=1152")
    if not _NARROWEST <= given < float("inf"):
        raise InputValueError(f"fit: a page {given} pixels wide shows no graph; write fit=1152")
    return float(given)


def as_nodes(given: Any, members: Collection[Any], name: str) -> set[Any]:
    """A node of a graph or several, or an error that names what is none."""
    if given is None:
        return set()
    nodes = [given] if isinstance(given, Value | Tensor) else list(given) if isinstance(given, Iterable) else [given]
    for each in nodes:
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(
                f"{name}: {shortened(each)} is not a node; give a Value or a Tensor, or a list of them"
            )
        if each not in members:
            raise InputValueError(f"{name}: {each!r} is not in the graph; give nodes that the root was computed from")
    return set(nodes)
