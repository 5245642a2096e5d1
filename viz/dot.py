"""GraphView -> DOT text, a pure function. How a graph looks is decided here: shapes, colours, fonts.

Node types differ in shape as well as in colour, so that a grey print and a colour-blind reader lose nothing: leaves
have round corners, constants a dashed frame, stale nodes a thick frame and a row that says so. Text in nodes is set in
DOT's record shape, for tables in HTML are not understood by every build of Graphviz.
"""

from __future__ import annotations

from collections.abc import Iterable

import graphviz

from autograd_core import PRIMITIVES

from .labels import (
    STALE,
    edge_text,
    edge_tooltip,
    heading,
    node_tooltip,
    omitted_text,
    printable,
    rows,
    shorten,
)
from .view import ClusterView, GraphView, NodeView

__all__ = ["FONT", "INK", "dot_text", "quoted", "quoted_tooltip"]

# Graphviz has the metrics of Helvetica built in, under exactly this name, so a layout does not depend on the fonts of a
# machine. In the SVG it is followed by sans-serif; margins leave room for a wider font than Helvetica.
FONT = "Helvetica"
INK = "#1f2937"
_OPERATION, _LEAF, _CONSTANT = "#e3eefa", "#fff1cc", "#f3f4f6"
_BORDER, _WARNING, _LINE = "#4b5563", "#b45309", "#6b7280"
_FRAME = "#b4bcc8"  # light, for where a frame crosses the text of an edge
_LONGEST_TITLE, _LONGEST_SCOPE = 120, 40
# Texts on edges take most of the time of a large layout, where nobody reads them. They stay in the tooltips. And there
# Graphviz may not search on for a better layout as long as it likes: of a recurrent network it would for minutes.
_MOST_EDGES_WITH_TEXT = 300
_HURRY = {"nslimit": "1", "nslimit1": "1", "mclimit": "0.2"}
_NO_TEXT = "(too many edges to write their local derivatives; point at one to see it)"
_OMITTED = "omitted"


def dot_text(view: GraphView) -> str:
    """Write a view in the DOT language.

    Parameters
    ----------
    view
        What to show.

    Returns
    -------
    str
        The same text for the same view, always.

    Examples
    --------
    >>> from autograd_core import Value
    >>> from viz.view import graph_view
    >>> text = dot_text(graph_view(Value(3.0, "a").tanh()))
    >>> "n0 -> n1" in text
    True
    """
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "fontname": FONT, "fontsize": "14", "fontcolor": INK, "pad": "0.2",
                    "nodesep": "0.3", "ranksep": "0.55", "bgcolor": "white"},
        node_attr={"shape": "record", "style": "filled", "fontname": FONT, "fontsize": "12", "fontcolor": INK,
                   "color": _BORDER, "fillcolor": _OPERATION, "height": "0"},
        edge_attr={"fontname": FONT, "fontsize": "11", "fontcolor": INK, "color": _LINE, "arrowsize": "0.7"},
    )  # fmt: skip
    lines = [shorten(view.title, _LONGEST_TITLE)] if view.title else []
    if len(view.edges) > _MOST_EDGES_WITH_TEXT:
        lines.append(_NO_TEXT)
        graph.attr(**_HURRY)
    if lines:
        graph.attr(label=quoted(*lines), labelloc="t")
    _add_nodes(graph, view)
    _add_edges(graph, view)
    return str(graph.source)


def quoted(*lines: str) -> str:
    r"""Lines of text as a label in which nothing has a meaning of its own.

    >>> print(quoted("<b> & \\N", "next"))
    <b> &amp; \\N\nnext
    """
    return _as_attribute(lines, r"\\")


def quoted_tooltip(*lines: str) -> str:
    r"""Lines of text as a tooltip in which nothing has a meaning of its own.

    >>> print(quoted_tooltip("<b> & \\N", "next"))
    <b> &amp; \\\\N\nnext
    """
    return _as_attribute(lines, r"\\\\")  # Graphviz reads the backslashes of a tooltip twice


def _as_attribute(lines: Iterable[str], backslash: str) -> str:
    escaped = (printable(line).replace("&", "&amp;").replace("\\", backslash) for line in lines)
    # nohtml: else a text that begins with < and ends with > would be taken for markup.
    attribute: str = graphviz.nohtml(r"\n".join(escaped))
    return attribute


# --- nodes and the frames around them ---------------------------------------------------------------------------------


def _add_nodes(graph: graphviz.Digraph, view: GraphView) -> None:
    frames = {cluster.id: _frame(cluster) for cluster in view.clusters}
    frame_of = {node_id: frames[cluster.id] for cluster in view.clusters for node_id in cluster.nodes}
    for node in view.nodes:
        frame_of.get(node.id, graph).node(node.id, **_node_attributes(node))
    # Copied into the frame around it, a frame must be complete: the inner ones first, else in their own order.
    inside = {cluster.id: [each for each in view.clusters if each.outer == cluster.id] for cluster in view.clusters}
    pending = [cluster for cluster in reversed(view.clusters) if cluster.outer is None]
    outermost_last: list[ClusterView] = []
    while pending:
        cluster = pending.pop()
        outermost_last.append(cluster)
        pending += inside[cluster.id]
    for cluster in reversed(outermost_last):
        (graph if cluster.outer is None else frames[cluster.outer]).subgraph(frames[cluster.id])
    if view.omitted:
        text = omitted_text(view.omitted)
        graph.node(_OMITTED, quoted(text), shape="box", style="dashed", color=_LINE, tooltip=quoted_tooltip(text))


def _frame(cluster: ClusterView) -> graphviz.Digraph:
    return graphviz.Digraph(
        name=f"cluster_{cluster.id}",
        graph_attr={
            "label": quoted(shorten(cluster.name, _LONGEST_SCOPE)),
            "tooltip": quoted_tooltip(cluster.name),
            "style": "rounded",
            "color": _FRAME,
            "fontsize": "12",
            "labeljust": "l",
            "margin": "12",
        },
    )


def _node_attributes(node: NodeView) -> dict[str, str]:
    # A viewer without Helvetica may set a text up to a fifth wider, so long ones get more room.
    longest = max(map(len, heading(node)))
    margin = 0.16 + 0.006 * max(0, longest - 12)
    attributes = {
        "label": _record(node),
        "margin": f"{margin:.3f},0.05",
        "tooltip": quoted_tooltip(*node_tooltip(node)),
    }
    if node.leaf:
        attributes |= {"fillcolor": _LEAF, "style": "filled,rounded"}
    elif node.constant:
        attributes |= {"fillcolor": _CONSTANT, "style": "filled,dashed"}
    if node.stale:
        attributes |= {"color": _WARNING, "penwidth": "2.5"}
    return attributes


def _record(node: NodeView) -> str:
    """Rows below one another: the heading, a table of names and numbers, the mark of a stale node."""
    table = rows(node)
    match heading(node):
        case [alone]:
            lines = [_field(alone)]
        case label_and_symbol:
            lines = []
            table.insert(0, label_and_symbol)
    # In a record every pair of braces turns the direction: two columns beside each other, rows below each other.
    lines.append("{" + "|".join("{" + "|".join(map(_field, column)) + "}" for column in zip(*table, strict=True)) + "}")
    if node.stale:
        lines.append(_field(STALE))
    return "|".join(lines)


def _field(text: str) -> str:
    escaped = quoted(text)
    for character in "{}|<> ":
        escaped = escaped.replace(character, "\\" + character)
    return escaped


# --- edges ------------------------------------------------------------------------------------------------------------


def _add_edges(graph: graphviz.Digraph, view: GraphView) -> None:
    arity = {node.id: PRIMITIVES[node.op].arity for node in view.nodes if node.op in PRIMITIVES}
    for edge in view.edges:
        # Spaces keep the text off the line it stands beside.
        text = edge_text(edge, arity[edge.child]) if len(view.edges) <= _MOST_EDGES_WITH_TEXT else ""
        attributes = {"tooltip": edge_tooltip(edge), "labeltooltip": edge_tooltip(edge)}
        if edge.local_derivative is None:
            attributes["style"] = "dashed"
        graph.edge(edge.parent, edge.child, f" {text} " if text else None, **attributes)
    for child in view.incomplete:
        graph.edge(_OMITTED, child, style="dashed", tooltip=quoted_tooltip(omitted_text(view.omitted)))
