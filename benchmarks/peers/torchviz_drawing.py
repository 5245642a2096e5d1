"""torchviz, with the program dot that is installed on the machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import torch
import torchviz

if shutil.which("dot") is None:
    raise ImportError("torchviz draws with the program dot", name="torchviz's program dot (apt-get install graphviz)")


def leaf(number: float) -> torch.Tensor:
    """A scalar with a gradient."""
    return torch.tensor(number, dtype=torch.float64, requires_grad=True)


def drawing(root: Any) -> Callable[[], str]:
    """Draws a graph as SVG, as the documentation of torchviz and of the package graphviz have it."""
    return lambda: torchviz.make_dot(root).pipe(format="svg", encoding="utf-8")
