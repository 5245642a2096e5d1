"""The graph of a node, of a call or of a program as a picture; and of a model its circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from autograd_core import Program, Step, Tensor, Value

from ..graphs.describe import graph_view
from ..graphs.look import as_look
from ..graphs.view import GraphView
from .compose import sheet_of
from .drawing import Drawing
from .moment import at_step, of_step
from .network import draw_network
from .network_layers import NetworkLike
from .subject import is_network, refuse_options, roots_of

__all__ = ["draw"]


def draw(
    root_or_roots: Value | Tensor | Iterable[Value | Tensor] | Step | Program | NetworkLike | Callable[..., Any],
    *,
    at: Any = None,
    title: str | None = None,
    max_nodes: int = 500,
    depth: int | None = None,
    focus: str | None = None,
    around: Value | Tensor | None = None,
    radius: int = 2,
    path: tuple[Value | Tensor, Value | Tensor] | None = None,
    heat: str | None = None,
    constants: str = "nodes",
    derivatives: str = "numbers",
    merge_duplicates: bool = False,
    fuse: str | None = None,
    direction: str = "right",
    digits: int = 4,
    hide: str | Iterable[str] | None = None,
    highlight: Value | Tensor | Iterable[Value | Tensor] | None = None,
    step: int | None = None,
    fit: float | None = 1152,
    engine: str | None = None,
) -> Drawing:
    """Draw the graph of a node, or of several, with the leaves on the left and the root on the right.

    Each node shows its label (or a name such as z₁), the symbol of what made it, its data and its gradient (a dash
    before ``backward``); each edge shows the local derivative of the child by that argument. Scopes are frames, and a
    legend below tells what is in the picture. Of a Tensor the shape and the type are shown, and all numbers or their
    range and distribution.

    Parameters
    ----------
    root_or_roots
        A Value or a Tensor, or several. Of a model such as ``nn.MLP``, the network is drawn as circles, see
        :func:`viz.draw_network`. Of a program, the graph that was recorded. A function is called at some numbers. A
        step of :func:`autograd_core.backward_steps` is drawn in its graph, as that stands now.
    at
        The numbers a function, a program or a model is called with, to see the graph of this call: a tuple of
        arguments, a dictionary of arguments by their names, or the only argument. Numbers and arrays become leaves
        that are called as the arguments are; a model takes them as they are. The gradient is computed as well if there
        are no other leaves than these.
    title
        A title above the picture.
    max_nodes
        How many nodes are drawn at most. In a larger graph scopes are folded, as few levels as will do. Of a graph
        without scopes the nodes nearest to the roots are drawn, and one more that says how many there are besides.
    depth
        Fold the scopes at this depth to a box each: 1 for the outermost ones, such as layers.
    focus
        The name of a scope, such as ``"layer 1/neuron 2"``: all others are folded.
    around, radius
        A node: only what is at most so many edges away from it is drawn.
    path
        A pair of nodes, such as a leaf and the root: only what lies on the paths between them is drawn.
    heat
        Colour nodes by magnitude on a logarithmic scale, with a legend: ``"grad"``, ``"data"`` or ``"local"``, the
        largest local derivative of a node. Edges are the wider, the larger their local derivative is; for
        ``"grad"`` the larger what they pass on.
    constants
        ``"nodes"``, or ``"inline"``: a constant without label stands in the formulas of the nodes it is used by.
    derivatives
        What stands on edges: ``"numbers"``, or ``"formulas"``, the table's formula of the local derivative as well.
    merge_duplicates
        Draw nodes that compute the same from the same as one, which says how often it was computed. Its gradient is
        the sum of theirs, what a shared node would have.
    fuse
        ``"sums"``: a weighted sum, such as that of a neuron, is one node, with its terms in the tooltip; so are a
        softmax, a layer norm and an RMS norm of Values. What has a label stays a node of its own.
    direction
        ``"right"``, or ``"down"``: the leaves on top and the root at the bottom.
    digits
        How many significant digits of numbers are shown; tooltips have all.
    hide
        What is not shown: ``"data"``, ``"grad"`` or ``"local"``, the local derivatives on edges; or several of them.
    highlight
        A node, or several: they and the edges between them have thick frames and lines.
    step
        How many nodes have passed on their gradient: the graph of a Value as it stands after so many steps of the
        backward pass, the node of the last one framed. Every node keeps its place and its size through all steps.
    fit
        How many pixels wide the page is. A graph that runs to the right goes on in another row, as text does, where it
        would be so wide that its texts were less than 8 pixels high there. None for a single row.
    engine
        ``"dot"`` to have it drawn by the Graphviz installed on this machine. Without it nothing needs to be installed,
        and the bytes are the same on every machine. Where everything stands is the same in both.

    Returns
    -------
    Drawing
        A notebook shows it by itself; ``draw(z).save("graph.svg")`` writes it to a file.

    Raises
    ------
    InputTypeError
        If something has the wrong type.
    InputValueError
        If there is no root, a node or scope that is asked for is not in the graph, a choice is none of those there
        are, there is no such engine, the gradient is to be coloured and was not computed, or a function is given
        without numbers.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> draw(w * x)
    <Drawing: 3 nodes, 2 edges>
    >>> draw(lambda w, x: (w * x).tanh(), at=(2.0, 3.0))
    <Drawing: 4 nodes, 3 edges>
    >>> draw(w * x + 1, max_nodes=3)
    <Drawing: 3 nodes, 2 edges, 2 more nodes omitted>
    >>> draw(w * x + 1, constants="inline", direction="down", hide="grad", highlight=w)
    <Drawing: 4 nodes, 3 edges>
    >>> draw(w * x + 1, fuse="sums")
    <Drawing: 4 nodes, 3 edges>
    >>> draw(w * x + 1, step=2)
    <Drawing: 5 nodes, 4 edges>
    """
    if at is None and is_network(root_or_roots):
        options = {name: each for name, each in locals().items() if name not in ("root_or_roots", "at")}
        refuse_options(options, draw, allowed=("title", "heat", "engine"))
        model: Any = root_or_roots
        return replace(draw_network(model, title=title, heat=heat), engine=engine)
    look = as_look(direction, digits, hide, fit)
    if isinstance(root_or_roots, Step):
        roots, highlight = of_step(root_or_roots)
    else:
        roots = roots_of(root_or_roots, at)
    if step is not None:
        roots, highlight = at_step(roots, step)
    view = graph_view(
        roots,
        title=title,
        max_nodes=max_nodes,
        depth=depth,
        focus=focus,
        around=around,
        radius=radius,
        path=path,
        heat=heat,
        constants=constants,
        derivatives=derivatives,
        merge_duplicates=merge_duplicates,
        fuse=fuse,
        highlight=highlight,
        unfinished=step is not None or isinstance(root_or_roots, Step),
    )
    return Drawing(sheet_of(view, look), summary_of(view), engine)


def summary_of(view: GraphView) -> str:
    """What is in a picture, in a few words."""
    summary = f"{_count(len(view.nodes), 'node')}, {_count(len(view.edges), 'edge')}"
    if view.boxes:
        summary = f"{_count(len(view.boxes), 'box', 'boxes')}, {summary}"
    if view.omitted:
        summary += f", {_count(view.omitted, 'more node')} omitted"
    return summary


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
