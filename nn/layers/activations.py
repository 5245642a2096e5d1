"""How an activation is named: by a primitive of the table, by another name of it, or by a function of one's own.

The derivative of such a function is the chain rule's; a formula of a derivative stands in the table only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_core import PRIMITIVES
from autograd_core.array.elementwise import function

from .names import LINEAR, activation_from

__all__ = ["SYNONYMS", "choice_from"]


#: Other names that the field has for one thing.
SYNONYMS = {"logistic": "sigmoid", "identity": LINEAR, "swish": "silu"}


def choice_from(activation: Any, nonlin: bool = True) -> tuple[str, Callable[[Any], Any] | None]:
    """The name of an activation, and its function if it is no primitive: None else.

    A function of one's own is called by its name. One that is a primitive's, or is called like one, is told from it.

    >>> choice_from("logistic"), choice_from(lambda x: x * x)[0]
    (('sigmoid', None), '<lambda>')
    """
    if isinstance(activation, str):
        activation = SYNONYMS.get(activation, activation)
    elif callable(activation) and not isinstance(activation, type) and nonlin:
        name = getattr(activation, "__name__", type(activation).__name__)
        if name not in PRIMITIVES:
            return name, activation
        if getattr(activation, "__module__", None) == function.__module__:
            return activation_from(name, nonlin), None
    return activation_from(activation, nonlin), None
