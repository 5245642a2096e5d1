"""How messages name a node, and what they say of one that was not made yet."""

from __future__ import annotations

from typing import Any

from ..errors import InputTypeError
from ..formulas.printing import visible

__all__ = ["describe_node", "unmade"]


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
