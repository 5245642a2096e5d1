"""What a user gives to a function that draws: read, or refused with an error that says what to write."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core import Tensor, Value
from autograd_core.errors import InputTypeError, InputValueError, did_you_mean, shortened
from autograd_core.scalar.conversion import is_one_of

__all__ = ["as_limit", "as_roots", "require_one_at_most", "require_one_of", "require_text"]


def as_roots(given: Any) -> list[Any]:
    """The roots as a list, or an error that names what is not a node."""
    if isinstance(given, Value | Tensor):
        return [given]
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise InputTypeError(
            f"draw: {given!r} is not a Value or a Tensor; give a result computed from such, as in draw(w * x)"
        )
    roots = list(given.flat if isinstance(given, np.ndarray) else given)
    for each in roots:
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(
                f"draw: {each!r} among the roots is not a Value or a Tensor; give one node or a list of nodes, "
                "as in draw([y, z])"
            )
    if not roots:
        raise InputValueError("draw: there is no root in an empty list; give at least one node, as in draw(z)")
    return roots


def as_limit(given: Any) -> int:
    """How many nodes may be drawn, or an error that says what to write."""
    try:
        limit = operator.index(given)
    except TypeError:
        raise InputTypeError(f"max_nodes: {given!r} is not an integer; write for example max_nodes=500") from None
    if limit < 1:
        raise InputValueError(f"max_nodes: {limit} nodes are no picture; write for example max_nodes=500")
    return limit


def require_text(given: Any, name: str) -> None:
    """Raise an error, unless it is a text or None."""
    if given is not None and not isinstance(given, str):
        raise InputTypeError(f"{name}: {given!r} is not a text; write {name}={str(given)!r}")


def require_one_of(name: str, given: Any, known: Sequence[str]) -> None:
    """Raise an error, unless it is one of the choices there are."""
    if not is_one_of(given, known):
        meant = did_you_mean(given, known) or f"write {name}={known[0]!r}"
        raise InputValueError(f"{name}: {shortened(given)} is none of {', '.join(map(repr, known))}; {meant}")


def require_one_at_most(what_they_do: str, **given: Any) -> None:
    """Raise an error, if several of some options are given."""
    if sum(each is not None for each in given.values()) > 1:
        *others, last = (f"{name}=" for name in given)
        raise InputValueError(f"draw: {', '.join(others)} and {last} {what_they_do}; give one of them")
