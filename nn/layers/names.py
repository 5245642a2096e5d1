"""What a layer is told by name: its activation function, and the scope it stands in."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np

from autograd_core import PRIMITIVES, InputTypeError, InputValueError, scope
from autograd_core.errors import did_you_mean, shortened

__all__ = ["LINEAR", "activation_from", "scope_of"]

#: The name of no activation function.
LINEAR = "linear"


def scope_of(name: str | None) -> AbstractContextManager[None]:
    """The scope of that name, or none."""
    return nullcontext() if name is None else scope(name)


def activation_from(activation: str | None, nonlin: bool) -> str:
    """The name of an activation function, or an error that lists what there is.

    >>> activation_from(None, True), activation_from("tanh", True), activation_from(None, False)
    ('relu', 'tanh', 'linear')
    """
    if not isinstance(nonlin, bool | np.bool_ | int):
        raise InputTypeError(
            f"nonlin={shortened(nonlin)}; write True or False, or name the activation: activation='tanh'"
        )
    if activation is None:
        return "relu" if nonlin else LINEAR
    available = [
        LINEAR,
        *(name for name, rule in PRIMITIVES.items() if rule.arity - (rule.parameter is not None) == 1),
    ]
    if not isinstance(activation, str) or activation not in available:
        meant = did_you_mean(getattr(activation, "__name__", activation), available)
        raise InputValueError(
            f"there is no activation {shortened(activation)}; write one of {', '.join(available)}"
            f"{'; ' if meant else ''}{meant}"
        )
    if not nonlin and activation != LINEAR:
        raise InputValueError(
            f"nonlin=False and activation={activation!r} contradict each other; leave out one of the two"
        )
    return activation
