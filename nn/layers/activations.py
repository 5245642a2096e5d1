"""Activations that are no line of the table: compositions of its primitives, other names, and functions of one's own.

Their derivatives are the chain rule's; a formula of a derivative stands in the table only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_core import PRIMITIVES, multiply, power, sigmoid, tanh
from autograd_core.array.elementwise import function

from .names import LINEAR, activation_from

__all__ = ["COMPOSED", "SYNONYMS", "choice_from", "gelu", "silu"]


def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called swish.

    Notes
    -----
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning", Neural Networks 107 (2018).

    Examples
    --------
    >>> round(silu(1.0), 6)
    0.731059
    """
    return multiply(x, sigmoid(x))


def gelu(x: Any) -> Any:
    """``x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 * x³)))``, about x times how likely a normal number is below it.

    Notes
    -----
    D. Hendrycks and K. Gimpel, "Gaussian error linear units", arXiv:1606.08415 (2016), with the approximation by tanh.

    Examples
    --------
    >>> round(gelu(1.0), 6)
    0.841192
    """
    cube = power(x, 3)
    return multiply(0.5, x) * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * cube)))


#: Activations by name that are compositions of primitives.
COMPOSED: dict[str, Callable[[Any], Any]] = {"silu": silu, "gelu": gelu}
#: Other names that the field has for one thing.
SYNONYMS = {"logistic": "sigmoid", "identity": LINEAR, "swish": "silu"}


def choice_from(activation: Any, nonlin: bool = True) -> tuple[str, Callable[[Any], Any] | None]:
    """The name of an activation, and its function if it is no primitive: None else.

    A function of one's own is called by its name. One that is a primitive's, or is called like one, is told from it.

    >>> choice_from("logistic"), choice_from("silu")[0], choice_from(lambda x: x * x)[0]
    (('sigmoid', None), 'silu', '<lambda>')
    """
    if isinstance(activation, str):
        activation = SYNONYMS.get(activation, activation)
        if activation in COMPOSED and nonlin:
            return activation, COMPOSED[activation]
    elif callable(activation) and not isinstance(activation, type) and nonlin:
        name = getattr(activation, "__name__", type(activation).__name__)
        if COMPOSED.get(name) is activation or name not in PRIMITIVES:
            return name, activation
        if getattr(activation, "__module__", None) == function.__module__:
            return activation_from(name, nonlin), None
    return activation_from(activation, nonlin), None
