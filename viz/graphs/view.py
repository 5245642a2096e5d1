"""A graph turned into frozen data that says what will be shown. How it looks is for others to say.

Nodes are named n0, n1, ... in topological order, so a view, and every picture of it, is the same on each run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .heat import Scale

__all__ = [
    "ArrayView",
    "BoxView",
    "ClusterView",
    "EdgeView",
    "GraphView",
    "JacobianView",
    "NodeView",
    "Number",
    "array_view",
]

_SMALL, _FEW_COLUMNS = 12, 6  # an array of more numbers, or with longer rows, is not shown in full
_BINS = 12


@dataclass(frozen=True, slots=True)
class ArrayView:
    """What is shown of an array.

    Attributes
    ----------
    shape, dtype
        As in NumPy.
    numbers
        All numbers in their order, if they are few; else None.
    low, high
        The least and the largest finite number; None if there is none.
    not_finite
        How many are infinite or nan.
    histogram
        How many numbers lie in each of 12 equal parts of the range; empty for a small array.
    """

    shape: tuple[int, ...]
    dtype: str
    numbers: tuple[float, ...] | None
    low: float | None
    high: float | None
    not_finite: int
    histogram: tuple[int, ...]


#: What a node can hold.
Number = float | ArrayView


@dataclass(frozen=True, slots=True)
class NodeView:
    """What is known of a node.

    Attributes
    ----------
    id
        ``"n0"``, ``"n1"``, ... in topological order.
    name
        What it is called in formulas: its label if that is a word, else a generated name such as ``"z1"``.
    label
        Its label, or None if it has none that shows something.
    op
        Name of the operation that made it, ``"leaf"`` or ``"constant"``.
    heading
        The label as it is shown: set as in a formula, unless another one would look the same there. None without label.
    symbol
        The operation's symbol, or its formula if constants are inline; None for a leaf and a constant.
    data
        The number, or the array.
    gradient
        The gradient; None if it was not computed.
    leaf, constant
        Whether it is one.
    stale
        Whether its numbers are no longer those of the present leaves.
    scope
        Names of the scopes it was recorded in, the outermost first.
    arity
        How many arguments it has.
    copies
        How many nodes that compute the same it stands for.
    heat
        The magnitude it is coloured by; None if there is none.
    mark
        Where two graphs are compared: ``"added"``, ``"removed"``, ``"changed"``, or ``"numbers"`` if only numbers
        differ; else empty.
    changes
        The rows that are shown then, a name and a text each.
    passed_on
        What its edges pass on to it, all nodes of the graph considered, if its gradient is not that; else None.
    parts
        The nodes that are drawn inside of it: what each is computed by, and its number.
    highlighted
        Whether a reader shall look at it.
    """

    id: str
    name: str
    label: str | None
    op: str
    symbol: str | None
    data: Number
    gradient: Number | None
    leaf: bool = False
    constant: bool = False
    stale: bool = False
    scope: tuple[str, ...] = ()
    arity: int = 0
    copies: int = 1
    heat: float | None = None
    mark: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    passed_on: Number | None = None
    heading: str | None = None
    parts: tuple[tuple[str, Number], ...] = ()
    highlighted: bool = False

    @property
    def finite(self) -> bool:
        """Whether its number and its gradient are, as far as there are any."""
        return is_finite(self.data) and (self.gradient is None or is_finite(self.gradient))


@dataclass(frozen=True, slots=True)
class BoxView:
    """A scope that is folded, or several that are alike.

    Attributes
    ----------
    id
        ``"b0"``, ``"b1"``, ...
    name
        Its own name, or what the names of several have in common.
    members
        Names of the scopes it stands for, in full.
    scope
        The scopes around it, the outermost first.
    nodes
        How many nodes are in it.
    parameters
        How many numbers its leaves hold.
    shapes
        Labels and shapes of leaves that are arrays.
    inputs, outputs
        What goes in from outside, and what is used outside: a count, or a shape.
    symbols
        Of the operations in it.
    gradient
        The least and the largest magnitude of a gradient in it; None if none was computed.
    stale, finite
        Whether a node in it is stale, and whether all numbers in it are finite.
    heat
        As in :class:`NodeView`.
    unexplained
        How many gradients in it are not what edges pass on.
    highlighted
        Whether a reader shall look at a node in it.
    """

    id: str
    name: str
    members: tuple[str, ...]
    scope: tuple[str, ...]
    nodes: int
    parameters: int
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    inputs: str
    outputs: str
    symbols: tuple[str, ...]
    gradient: tuple[float, float] | None
    stale: bool
    finite: bool
    heat: float | None = None
    unexplained: int = 0
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class JacobianView:
    """What is shown of the Jacobian matrix of an edge between arrays, beside the range of its entries.

    Attributes
    ----------
    rows, columns
        How many elements the child and the argument have.
    zeros
        How many entries are 0; None where the entries were not computed.
    """

    rows: int
    columns: int
    zeros: int | None


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One argument of one node. An argument that is used twice has two edges; edges of a box are drawn as one.

    Attributes
    ----------
    parent, child
        Ids of the argument and of the node computed from it.
    position
        Which argument it is, counted from 0.
    local_derivative
        Derivative of the child by this argument, at the recorded point: a number, one for each element, or those
        entries of a Jacobian matrix that are not 0. None beside a constant, and where the matrix is too large.
    differentiable
        Whether a gradient flows along it.
    formula
        The local derivative as a formula, if it is to be shown.
    count
        How many edges it stands for.
    weight
        The magnitude that its width shows; None if all are the same.
    before
        The local derivative in the first of two graphs that are compared, if it was another.
    mark
        As in :class:`NodeView`.
    jacobian
        About the Jacobian matrix, where one number for each element does not say the derivative; else None.
    """

    parent: str
    child: str
    position: int
    local_derivative: Number | None
    differentiable: bool = True
    formula: str | None = None
    count: int = 1
    weight: float | None = None
    before: Number | None = None
    mark: str = ""
    jacobian: JacobianView | None = None


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A scope with nodes in it.

    Attributes
    ----------
    id
        ``"c0"``, ``"c1"``, ... with an outer scope before those inside it.
    name
        Its own name, without those of the scopes around it.
    outer
        Id of the scope around it; None if there is none.
    nodes
        Ids of the nodes and boxes that are in it, but in none of the scopes inside it.
    """

    id: str
    name: str
    outer: str | None
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GraphView:
    """What a picture of a graph shows.

    Attributes
    ----------
    nodes
        In topological order.
    edges
        By child, and for each child by position.
    clusters
        Scopes, an outer one before those inside it.
    boxes
        Scopes that are folded.
    omitted
        How many nodes of the graph were left out.
    incomplete
        Ids of the nodes some of whose parents were left out.
    title
        A title, or None.
    notes
        What a reader must know of what is not shown.
    scale
        How magnitudes are coloured, or None.
    widths
        How magnitudes become widths of edges, or None.
    stubs
        Parent and child of the edges that are drawn from a stub beside the child, a small box with the parent's name.
    listed
        Ids of the nodes all of whose edges are. They stand above the picture.
    """

    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    clusters: tuple[ClusterView, ...]
    boxes: tuple[BoxView, ...] = ()
    omitted: int = 0
    incomplete: tuple[str, ...] = ()
    title: str | None = None
    notes: tuple[str, ...] = ()
    scale: Scale | None = None
    widths: Scale | None = None
    stubs: tuple[tuple[str, str], ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def drawn(self) -> tuple[NodeView | BoxView, ...]:
        """The nodes, and then the boxes."""
        return (*self.nodes, *self.boxes)


def array_view(array: Any) -> ArrayView:
    """Describe an array.

    >>> view = array_view(np.array([[1.0, 2.0], [3.0, float("inf")]]))
    >>> view.shape, view.numbers, view.high, view.not_finite
    ((2, 2), (1.0, 2.0, 3.0, inf), 3.0, 1)
    """
    finite = array[np.isfinite(array)].astype(float)
    columns = array.shape[-1] if array.ndim else 1
    small = array.size <= _SMALL and array.ndim <= 2 and columns <= _FEW_COLUMNS
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    return ArrayView(
        shape=tuple(map(int, array.shape)),
        dtype=str(array.dtype),
        numbers=tuple(map(float, array.ravel())) if small else None,
        low=low,
        high=high,
        not_finite=int(array.size - finite.size),
        histogram=() if small or low is None or high is None else _histogram(finite, low, high),
    )


def _histogram(numbers: Any, low: float, high: float) -> tuple[int, ...]:
    # Not np.histogram, which refuses a range as wide as the floats, and one that is too narrow to be cut in parts.
    scaled = numbers / 2 - low / 2
    width = high / 2 - low / 2
    parts = np.minimum((scaled / width * _BINS).astype(int), _BINS - 1) if width else np.zeros(numbers.shape, int)
    return tuple(map(int, np.bincount(parts, minlength=_BINS)))


def is_finite(number: Number) -> bool:
    """Whether a number is finite, or all of an array."""
    return number.not_finite == 0 if isinstance(number, ArrayView) else math.isfinite(number)
