"""The leaves of what a recorded function returned: nodes, rows of nodes, numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..array.tensor import Tensor, array_constant
from ..errors import InputTypeError
from ..scalar.value import Value, constant
from .exports import Leaf

__all__ = ["as_nodes", "form_of", "is_row"]


def is_row(tree: Any) -> bool:
    """Whether it is a list, tuple or array of Values only, which is one leaf of a result."""
    if isinstance(tree, np.ndarray):
        return tree.dtype == object and all(isinstance(each, Value) for each in tree.flat)
    return type(tree) in (list, tuple) and bool(tree) and all(isinstance(each, Value) for each in tree)


def form_of(leaf: Any) -> Leaf:
    """What kind of leaf of a result it is, and of which shape."""
    if isinstance(leaf, Tensor):
        return "tensor", leaf.shape
    if isinstance(leaf, Value):
        return "value", ()
    return ("array" if isinstance(leaf, np.ndarray) else type(leaf).__name__), np.shape(leaf)


def as_nodes(leaf: Any) -> Any:
    """A leaf of a result as nodes."""
    if isinstance(leaf, Tensor | Value) or is_row(leaf):
        return leaf
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        return array_constant(np.array(leaf, float))
    try:
        return constant(leaf)
    except InputTypeError:
        raise InputTypeError(f"the function's result holds {leaf!r}; return Values, Tensors and numbers") from None
