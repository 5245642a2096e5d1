"""What was chosen for a training, by name: what :func:`nn.hyperparameters` lists."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..optim.optimizer import Optimizer

__all__ = ["name_of", "settings_of", "settings_of_optimizer"]

_COUNTERS = ("steps", "epoch")  # of an optimiser: where it is, not how it was set


def settings_of_optimizer(optimizer: Any) -> dict[str, Any]:
    """The settings of an optimiser and of its schedule.

    >>> from autograd_core import Value
    >>> from nn import SGD
    >>> settings = settings_of_optimizer(SGD([Value(1.0)], 0.1))
    >>> settings["optimizer.kind"], settings["optimizer.learning_rate"]
    ('SGD', 0.1)
    """
    settings = {"optimizer.kind": type(optimizer).__name__}
    if hasattr(optimizer, "learning_rate"):
        settings["optimizer.learning_rate"] = optimizer.learning_rate
    settings |= settings_of(optimizer, "optimizer")
    if isinstance(optimizer, Optimizer):
        settings["schedule.kind"] = type(optimizer.schedule).__name__
        settings |= settings_of(optimizer.schedule, "schedule")
    return settings


def settings_of(thing: Any, part: str) -> dict[str, Any]:
    """The public attributes that are numbers, texts or tuples of them, behind the name of the part."""
    return {
        f"{part}.{name}": value
        for name, value in getattr(thing, "__dict__", {}).items()
        if not name.startswith("_")
        and name not in _COUNTERS
        and (value is None or isinstance(value, int | float | str | tuple))
    }


def name_of(function: Any) -> str:
    """How a function is called; of a partial one its options too.

    >>> name_of(partial(abs)), name_of(partial(round, ndigits=2))
    ('abs', 'round(ndigits=2)')
    """
    if isinstance(function, partial):
        options = ", ".join(f"{name}={value!r}" for name, value in function.keywords.items())
        return f"{name_of(function.func)}({options})" if options else name_of(function.func)
    return str(getattr(function, "__name__", type(function).__name__))
