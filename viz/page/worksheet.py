"""``worksheet``: a graph to print, with blanks to fill in, and on a second page the solution."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from dataclasses import replace

from autograd_core import Tensor, Value, leaves, topological_order
from autograd_core.errors import InputValueError

from ..drawing.draw import draw
from ..drawing.drawing import Drawing
from ..drawing.moment import at_step
from ..drawing.records import Record
from ..drawing.sheet import Box, Label, Sheet
from ..graphs.look import HIDEABLE, as_look
from ..graphs.numbers_text import number_text
from ..graphs.options import require_one_of, require_text
from .document import fill
from .lesson import lesson_of, scalar_graph
from .page import Page
from .words import LANGUAGES, words_of

__all__ = ["worksheet"]

_WIDTH = 1000  # pixels: a page of paper lying on its side
_BLANK = "____"
_NARROW = "__"  # at an arrow, where there may be room for one digit only


def worksheet(
    root: Value | Tensor,
    *,
    hide: str | Iterable[str] = "grad",
    title: str | None = None,
    lang: str = "en",
) -> Page:
    """A sheet to print: a graph with blanks for what is to be computed by hand, and on a second page the solution.

    The graph is left as it is; the gradients are computed on a copy.

    Parameters
    ----------
    root
        The result: a Value with at most 500 nodes behind it, or a Tensor of one number, shown element by element.
    hide
        What is asked for: ``"grad"``, the gradients; ``"data"``, the numbers of all nodes but the leaves; ``"local"``,
        the local derivatives at the arrows; or several of them.
    title
        A title above the graph.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    Page
        ``page.save("sheet.html")`` writes it to a file, to be printed by a browser.

    Raises
    ------
    InputTypeError, InputValueError
        If `root` is neither or its graph too large, `hide` is empty or none of those there are, or so is `lang`.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> worksheet(w * x + w, hide=("grad", "local"))
    <Page: a worksheet: 4 nodes, 4 edges>
    """
    require_text(title, "title")
    require_one_of("lang", lang, LANGUAGES)
    words = words_of(lang, "sheet_words.json")[lang]
    hidden = as_look("right", 4, hide, None).hide
    if not hidden:
        raise InputValueError("worksheet: hide= is empty, so that nothing is asked for; write hide='grad'")
    solved, _ = at_step(scalar_graph(root, "worksheet"), 0)
    solved.backward()
    order = topological_order(solved)
    drawing = draw(solved, title=None, max_nodes=len(order), fit=_WIDTH)
    document = fill(
        "sheet.html",
        lang=lang,
        title=html.escape(title or words["worksheet"]),
        task=" ".join(words[each] for each in HIDEABLE if each in hidden),
        questions=_figure(Drawing(_with_blanks(drawing.sheet, order, hidden)).element, solved, blank="grad" in hidden),
        key_title=words["key"],
        key=_figure(drawing.element, solved, blank=False),
    )
    return Page(document, f"a worksheet: {drawing.summary}")


def _with_blanks(sheet: Sheet, order: list[Value], hidden: Collection[str]) -> Sheet:
    """The same picture, with blanks in the place of numbers, and without the tooltips that tell them."""

    def blanked(box: Box) -> Box:
        if isinstance(box.content, Label):
            return box._replace(tooltip=())
        node = order[int(box.id.removeprefix("n"))]
        asked = {"data"} if node.parents else set()
        asked |= {"grad"} if node is not order[-1] else set()
        return box._replace(content=_without(box.content, asked & set(hidden)), tooltip=())

    arrows = [arrow._replace(tooltip="") for arrow in sheet.arrows]
    if "local" in hidden:
        arrows = [arrow._replace(label=arrow.label and _asking(arrow.label)) for arrow in arrows]
    return replace(
        sheet,
        boxes=tuple(map(blanked, sheet.boxes)),
        stubs=tuple(map(blanked, sheet.stubs)),
        arrows=tuple(arrows),
        frames=tuple(frame._replace(tooltip="") for frame in sheet.frames),
        tooltip=(),
    )


def _without(record: Record, asked: Collection[str]) -> Record:
    """A node with a blank beside the names of some rows; the first is its heading."""
    heading, *rows = record.rows
    return record._replace(rows=(heading, *((name, _BLANK if name in asked else text) for name, text in rows)))


def _asking(label: Label) -> Label:
    """A local derivative with a blank behind its sign of equality."""
    return label._replace(lines=tuple(line.partition("=")[0] + f"= {_NARROW}" for line in label.lines))


def _figure(element: str, root: Value, *, blank: bool) -> str:
    """The picture, and below it the gradients of the leaves."""
    names = lesson_of(topological_order(root), {})
    places = {node: place for place, node in enumerate(topological_order(root))}
    result = html.escape(names.nodes[-1].name)
    asked = "".join(
        f"<li>∂{result}/∂{html.escape(names.nodes[places[leaf]].name)} = "
        f"{'<i></i>' if blank else number_text(leaf.grad)}</li>"
        for leaf in leaves(root)
        if leaf.op == "leaf"
    )
    return f"<section>{element}<ol>{asked}</ol></section>"
