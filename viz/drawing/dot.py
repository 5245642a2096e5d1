"""GraphView -> DOT text, a pure function. How a graph looks is decided here: shapes, colours, fonts.

Node types differ in shape as well as in colour, so that a grey print and a colour-blind reader lose nothing: leaves
have round corners, constants a dashed frame, folded scopes a bold one, stale nodes a thick frame and a row that says
so. Text in nodes is set in DOT's record shape, for tables in HTML are not understood by every build of Graphviz.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import graphviz

from ..graphs.columns import columns_crossed
from ..graphs.heat import Scale
from ..graphs.labels import (
    box_rows,
    box_tooltip,
    edge_text,
    edge_tooltip,
    heading,
    marks,
    node_tooltip,
    number_text,
    omitted_text,
    printable,
    rows,
    shorten,
)
from ..graphs.view import BoxView, ClusterView, EdgeView, GraphView, NodeView
from ..output.text_width import with_room

__all__ = ["FONT", "INK", "dot_text", "quoted", "quoted_tooltip"]

# Graphviz has the metrics of Helvetica built in, under exactly this name, so a layout does not depend on the fonts of a
# machine. In the SVG it is followed by sans-serif; margins leave room for a wider font than Helvetica.
FONT = "Helvetica"
INK = "#1f2937"
_OPERATION, _LEAF, _CONSTANT, _BOX = "#e3eefa", "#fff1cc", "#f3f4f6", "#ece7f5"
_BORDER, _WARNING, _LINE = "#4b5563", "#b45309", "#6b7280"
_FRAME = "#b4bcc8"  # light, for where a frame crosses the text of an edge
# Where graphs are compared: blue and vermilion differ for every kind of colour vision (M. Okabe and K. Ito, 2008).
_MARKS = {"added": "#0072b2", "removed": "#d55e00", "changed": "#009e73", "numbers": INK}
_SIGNS = {"added": "+ ", "removed": "− ", "changed": "~ ", "numbers": ""}
_MARGIN = "0.16,0.05"  # of a text in its field, in inches; so much of it, in em, may be taken by a wider font:
_SLACK = 1.0
_UNKNOWN = "#d1d5db"  # where there is no magnitude to be coloured
_LONGEST_TITLE, _LONGEST_SCOPE = 120, 40
# Texts on edges take most of the time of a large layout, where nobody reads them. They stay in the tooltips. And there
# Graphviz may not search on for a better layout as long as it likes: of a recurrent network it would for minutes. What
# counts besides edges are the columns that they cross, for each crossing is laid out like a node. In a tangle of very
# many, edges are straight lines.
_MOST_EDGES_WITH_TEXT, _MOST_CROSSINGS_WITH_TEXT, _MOST_CROSSINGS_OF_CURVES = 300, 1_500, 10_000
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
    >>> from viz.graphs.describe import graph_view
    >>> text = dot_text(graph_view(Value(3.0, "a").tanh()))
    >>> "n0 -> n1" in text
    True
    """
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "fontname": FONT, "fontsize": "14", "fontcolor": INK, "pad": "0.2",
                    "nodesep": "0.3", "ranksep": "0.55", "bgcolor": "white", "ordering": "in"},
        node_attr={"shape": "record", "style": "filled", "fontname": FONT, "fontsize": "12", "fontcolor": INK,
                   "color": _BORDER, "fillcolor": _OPERATION, "height": "0", "margin": _MARGIN},
        edge_attr={"fontname": FONT, "fontsize": "11", "fontcolor": INK, "color": _LINE, "arrowsize": "0.7"},
    )  # fmt: skip
    lines = [with_room(shorten(view.title, _LONGEST_TITLE), _SLACK)] if view.title else []
    crossed = columns_crossed([(edge.parent, edge.child) for edge in view.edges])
    with_text = len(view.edges) <= _MOST_EDGES_WITH_TEXT and crossed <= _MOST_CROSSINGS_WITH_TEXT
    if not with_text:
        lines.append(with_room(_NO_TEXT, _SLACK))
        graph.attr(**_HURRY)
    if crossed > _MOST_CROSSINGS_OF_CURVES:
        graph.attr(splines="line")
    if lines:
        graph.attr(label=quoted(*lines), labelloc="t")
    within = graph
    if view.notes:  # below the picture; a graph has one label, so a frame that is not drawn has the other
        within = graphviz.Digraph(
            name="cluster_picture",
            graph_attr={"label": quoted(*_roomy(view.notes)), "labelloc": "b", "fontsize": "11", "peripheries": "0",
                        "tooltip": quoted_tooltip(*view.notes)},
        )  # fmt: skip
    _add_nodes(within, view)
    _add_edges(within, view, with_text)
    if view.scale is not None:
        _add_legend(within, view, view.scale)
    if within is not graph:
        graph.subgraph(within)
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


def _roomy(lines: Iterable[str]) -> list[str]:
    return [with_room(line, _SLACK) for line in lines]


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
        if node.id not in frame_of:
            graph.node(node.id, **_node_attributes(node, view.scale))
    for node in reversed(view.nodes):  # inside of a frame dot begins at the bottom
        if node.id in frame_of:
            frame_of[node.id].node(node.id, **_node_attributes(node, view.scale))
    for box in view.boxes:
        frame_of.get(box.id, graph).node(box.id, **_box_attributes(box, view.scale))
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
            "label": quoted(with_room(shorten(cluster.name, _LONGEST_SCOPE), _SLACK)),
            "tooltip": quoted_tooltip(cluster.name),
            "style": "rounded",
            "color": _FRAME,
            "fontsize": "12",
            "labeljust": "l",
            "labelloc": "t",
            "peripheries": "1",
            "margin": "12",
        },
    )


def _node_attributes(node: NodeView, scale: Scale | None) -> dict[str, str]:
    cells: Sequence[str] = heading(node)
    if node.mark:
        cells = (_SIGNS[node.mark] + cells[0], *cells[1:])
    attributes = {
        "label": _record(cells, rows(node), marks(node)),
        "tooltip": quoted_tooltip(*node_tooltip(node)),
    }
    if node.leaf:
        attributes |= {"fillcolor": _LEAF, "style": "filled,rounded"}
    elif node.constant:
        attributes |= {"fillcolor": _CONSTANT, "style": "filled,dashed"}
    if scale is not None and not node.constant:
        attributes |= _heated(node.heat, scale)
    if node.stale or not node.finite or node.passed_on is not None:
        attributes |= {"color": _WARNING, "penwidth": "2.5"}
    if node.mark:
        attributes |= {"color": _MARKS[node.mark], "penwidth": "2.5"}
        if node.mark == "removed":
            attributes["style"] = f"{attributes.get('style', 'filled')},dashed"
    return attributes


def _box_attributes(box: BoxView, scale: Scale | None) -> dict[str, str]:
    name = shorten(box.name, _LONGEST_SCOPE)
    attributes = {
        "label": _record([name], box_rows(box), marks(box)),
        "tooltip": quoted_tooltip(*box_tooltip(box)),
        "fillcolor": _BOX,
        "penwidth": "2",
    }
    if scale is not None:
        attributes |= _heated(box.heat, scale)
    if box.stale or not box.finite or box.unexplained:
        attributes["color"] = _WARNING
    return attributes


def _heated(magnitude: float | None, scale: Scale) -> dict[str, str]:
    if magnitude is None:
        return {"fillcolor": _UNKNOWN} if scale.unknown else {}
    if scale.is_dark(magnitude):
        return {"fillcolor": scale.colour(magnitude), "fontcolor": "white"}
    return {"fillcolor": scale.colour(magnitude)}


def _record(cells: Sequence[str], table: list[tuple[str, str]], below: Iterable[str]) -> str:
    """Rows below one another: the heading, a table of names and numbers, marks."""
    match cells:
        case [alone]:
            lines = [_field(alone)]
        case [label, symbol]:
            lines = []
            table = [(label, symbol), *table]
    # In a record every pair of braces turns the direction: two columns beside each other, rows below each other. So
    # that rows are equally high in both, a name has as many lines as the text beside it.
    names = [_field(name + "\n\xa0" * text.count("\n")) for name, text in table]
    texts = [_field(text) for _, text in table]
    lines.append(f"{{{{{'|'.join(names)}}}|{{{'|'.join(texts)}}}}}")
    return "|".join([*lines, *map(_field, below)])


def _field(text: str) -> str:
    escaped = quoted(*_roomy(text.split("\n")))
    for character in "{}|<> ":
        escaped = escaped.replace(character, "\\" + character)
    return escaped


# --- edges ------------------------------------------------------------------------------------------------------------


def _add_edges(graph: graphviz.Digraph, view: GraphView, with_text: bool) -> None:
    arity = {node.id: node.arity for node in view.nodes}
    sources = {node.id for node in view.nodes if node.leaf or node.constant}
    flows = Counter(edge.child for edge in view.edges if edge.differentiable)
    for edge in view.edges:
        attributes = _edge_attributes(edge, view.widths)
        if edge.differentiable and (edge.parent not in sources or flows[edge.child] == 1):
            attributes["weight"] = "2"  # a chain runs straight, whatever each step takes in besides
        text = edge_text(edge, arity.get(edge.child, 1)) if with_text else ""
        # Spaces keep the text off the line it stands beside.
        label = quoted(*(f" {with_room(line, _SLACK / 2)} " for line in text.split("\n"))) if text else None
        graph.edge(edge.parent, edge.child, label, **attributes)
    for child in view.incomplete if view.omitted else ():
        graph.edge(_OMITTED, child, style="dashed", tooltip=quoted_tooltip(omitted_text(view.omitted)))


def _edge_attributes(edge: EdgeView, widths: Scale | None) -> dict[str, str]:
    tooltip = quoted_tooltip(edge_tooltip(edge))
    attributes = {"tooltip": tooltip, "labeltooltip": tooltip}
    if not edge.differentiable:
        attributes["style"] = "dashed"
    if widths is not None and edge.weight is not None:
        attributes["penwidth"] = f"{widths.width(edge.weight):.2f}"
    if edge.mark:
        attributes |= {"color": _MARKS[edge.mark], "penwidth": "2"}
        if edge.mark == "removed":
            attributes["style"] = "dashed"
    return attributes


# --- the legend -------------------------------------------------------------------------------------------------------


def _add_legend(graph: graphviz.Digraph, view: GraphView, scale: Scale) -> None:
    """A column of colours beside the numbers they stand for."""
    with graph.subgraph(name="cluster_legend") as legend:
        legend.attr(label=quoted(scale.what), fontsize="12", style="rounded", color=_FRAME, margin="10", labeljust="c",
                    labelloc="t", peripheries="1", tooltip=quoted_tooltip(f"colours of {scale.what}"))  # fmt: skip
        legend.attr("node", shape="box", fixedsize="true", width="1.1", height="0.24", fontsize="10", penwidth="0.5")
        entries = [(number_text(each), _heated(each, scale)) for each in scale.ticks()]
        if scale.zero:
            entries.append(("0", _heated(0.0, scale)))
        coloured = [*(node.heat for node in view.nodes if not node.constant), *(box.heat for box in view.boxes)]
        if scale.unknown and None in coloured:
            entries.append((scale.unknown, _heated(None, scale)))
        with legend.subgraph() as column:
            column.attr(rank="same")
            for position, (text, colours) in enumerate(reversed(entries)):  # which dot sets from the bottom up
                column.node(f"legend{position}", quoted(text), tooltip=quoted_tooltip(text), **colours)
