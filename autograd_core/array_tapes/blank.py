"""Nodes for a program that is made of another one: their shapes and types are right, their numbers are nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.cross_entropy import Labels
from ..array.functions import apply_to_tensors
from ..array.operations import STRUCTURAL, Operation
from ..array.tensor import Tensor, array_constant, record
from ..formulas.primitives import PRIMITIVES
from .tape import Form

__all__ = ["Blanks", "numbers_like"]


def numbers_like(form: Form) -> Array:
    """Numbers of a form that every operation takes: a matrix has an inverse and a root, an index is in range.

    >>> numbers_like(Form((2, 2), np.dtype(float), (0, 1))).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if form.dtype.kind != "f":
        return np.zeros(form.shape, form.dtype)
    square = len(form.shape) > 1 and form.shape[-1] == form.shape[-2]
    return np.broadcast_to(np.eye(form.shape[-1]) if square else 0.5, form.shape).astype(form.dtype)


class Blanks:
    """Makes nodes of nodes; those that depend on an input hold other numbers than their operation gave.

    Parameters
    ----------
    inputs
        Nodes whose numbers are nobody's.
    """

    def __init__(self, inputs: Iterable[Tensor]) -> None:
        self._known = set(inputs)

    def __call__(self, operation: Operation | str, parents: tuple[Tensor, ...], *options: Any) -> Tensor:
        """The node of an operation, or of a line of the table or an operation on whole arrays by its name."""
        if isinstance(operation, Operation):
            node = record(operation, parents, *options)
        elif operation in PRIMITIVES:
            node = apply_to_tensors(PRIMITIVES[operation], *parents)
        else:
            node = record(STRUCTURAL[operation], parents, *options)
        if not self._known.isdisjoint(parents) or any(
            isinstance(each, Labels) and each.source in self._known for each in options
        ):
            self._known.add(node)
            node._data, node._evidence = numbers_like(Form.of(node._data)), None
        return node

    def cross_entropy(self, x: Tensor, labels: Tensor) -> Tensor:
        """The cross-entropy where the labels are a node too, of any number of batches: nan for one that is no class."""
        *batch, _, classes = x.shape
        places, none = array_constant(np.arange(classes)), array_constant(np.zeros((), x.dtype))
        columns = self("reshape", (labels,), (*labels.shape, 1))
        is_label = self("equal", (places, columns))
        axis = len(batch) + 1
        chosen = self("where", (is_label, self("log_softmax", (x,), axis), none))
        found = [self("sum", (each,), axis, False) for each in (chosen, is_label)]
        return self("neg", (self("mean", (self("div", tuple(found)),), axis - 1, False),))
