"""What the colours, the dashes and the signs of a picture mean: words for what occurs in it, and for nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from .labels import DASH
from .look import Look
from .view import BoxView, GraphView, NodeView

__all__ = ["legend_of"]

_FEWEST_NODES = 3  # whoever draws one operation needs no key to it


def legend_of(view: GraphView, look: Look, signs: bool) -> list[str]:
    """The entries of a legend, in the order in which they are read; none of a picture of one or two nodes.

    Parameters
    ----------
    view
        What is shown.
    look
        How it is shown.
    signs
        Whether local derivatives stand on edges.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from .describe import graph_view
    >>> from .look import DEFAULT
    >>> legend_of(graph_view(Value(2.0, "w") * 3.0), DEFAULT, True)  # doctest: +NORMALIZE_WHITESPACE
    ['yellow, round: leaf', 'blue: computed', 'grey, dashed: constant, passes no gradient on', '∂: local derivative',
     '–: not computed yet']
    """
    if len(view.drawn) < _FEWEST_NODES:
        return []
    nodes = [each for each in view.drawn if isinstance(each, NodeView)]
    boxes = [each for each in view.drawn if isinstance(each, BoxView)]
    entries: list[str] = []
    if not any(each.mark for each in nodes):  # there colours and dashes tell two graphs apart, which is said elsewhere
        entries += _colours(view, nodes, boxes)
    if signs and "local" not in look.hide:
        last = max((each.position for each in view.edges if each.differentiable), default=0)
        by = "∂₁, ∂₂: local derivative by the 1st, 2nd argument" if last == 1 else "∂ₖ: local derivative by argument k"
        entries.append(by if last else "∂: local derivative")
    unknown = [each.gradient is None for each in nodes if not each.constant] + [each.gradient is None for each in boxes]
    if "grad" not in look.hide and any(unknown):
        entries.append(f"{DASH}: not computed yet")
    return entries


def _colours(view: GraphView, nodes: Sequence[NodeView], boxes: Sequence[BoxView]) -> list[str]:
    entries: list[str] = []
    if view.scale is None:
        entries += ["yellow, round: leaf"] * any(each.leaf for each in nodes)
        entries += ["blue: computed"] * any(not each.leaf and not each.constant for each in nodes)
        entries += ["purple: folded"] * bool(boxes)
    else:
        entries += ["round: leaf"] * any(each.leaf for each in nodes)
    if any(each.constant for each in nodes):
        entries.append("grey, dashed: constant, passes no gradient on")
    elif any(not each.differentiable for each in view.edges):
        entries.append("dashed: passes no gradient on")
    return entries
