"""What a function calls its arguments, for the names of recorded inputs and of the rows of a check."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["argument_names"]


def argument_names(f: Callable[..., Any], count: int, otherwise: str) -> list[str]:
    """The names of the first arguments of a function.

    Parameters
    ----------
    f
        The function.
    count
        How many arguments it is given.
    otherwise
        What those are called, with their position behind it, for which the function has no name.

    Examples
    --------
    >>> argument_names(lambda w, *rest: w, 3, "input")
    ['w', 'input 1', 'input 2']
    """
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some built-in functions have no signature
        parameters = []
    names = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return names[:count] + [f"{otherwise} {position}" for position in range(len(names), count)]
