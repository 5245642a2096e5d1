"""Every exception the project raises on purpose. No other module defines one.

A message says three things: what was given (and at which node), why it cannot be, and what to write instead.
Each class also derives from the built-in exception a Python reader would expect, so ``except TypeError`` works.
"""

from __future__ import annotations

__all__ = [
    "AutogradError",
    "FormulaError",
    "ImmutableGraphError",
    "InputTypeError",
    "InputValueError",
    "LeavesGraphError",
    "RenderError",
]


class AutogradError(Exception):
    """Base class of every error raised by ``autograd_core``, ``nn`` and ``viz``."""


class InputTypeError(AutogradError, TypeError):
    """An argument has a type that cannot stand there."""


class InputValueError(AutogradError, ValueError):
    """An argument has the right type and an impossible value."""


class FormulaError(InputValueError):
    """A text is not a formula: a syntax error, an unknown name, or a construct that formulas do not have."""


class LeavesGraphError(InputTypeError):
    """A node was about to be turned into a plain number behind the graph's back, as in ``float(v)``."""


class ImmutableGraphError(AutogradError, AttributeError):
    """A recorded node was about to be changed. Only the data of a leaf can be set."""


class RenderError(AutogradError, RuntimeError):
    """A drawing could not be laid out or written."""
