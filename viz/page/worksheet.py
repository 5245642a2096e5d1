"""``worksheet``: a graph to print, with blanks to fill in, and on a second page the solution."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Collection, Iterable

from autograd_core import Tensor, Value, leaves, topological_order
from autograd_core.errors import InputValueError

from ..drawing.draw import draw
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
_NODE = re.compile(r'<g class="node"><title>n(\d+)</title>.*?</a></g>', re.DOTALL)
_EDGE_LABEL = re.compile(r"(<text [^>]*>[^<=]*= )[^<]*(?=</text>)")
_EDGE = re.compile(r'<g class="edge">.*?</a></g>', re.DOTALL)


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
    solved = copy.deepcopy(scalar_graph(root, "worksheet"))
    for node in topological_order(solved):
        node.zero_grad()
    solved.backward()
    order = topological_order(solved)
    drawing = draw(solved, title=None, max_nodes=len(order), fit=_WIDTH)
    document = fill(
        "sheet.html",
        lang=lang,
        title=html.escape(title or words["worksheet"]),
        task=" ".join(words[each] for each in HIDEABLE if each in hidden),
        questions=_figure(_with_blanks(drawing.element, order, hidden), solved, blank="grad" in hidden),
        key_title=words["key"],
        key=_figure(drawing.element, solved, blank=False),
    )
    return Page(document, f"a worksheet: {drawing.summary}")


def _with_blanks(element: str, order: list[Value], hidden: Collection[str]) -> str:
    """The same picture, with blanks in the place of numbers, and without the tooltips that tell them."""

    def node(match: re.Match[str]) -> str:
        text, made = match[0], order[int(match[1])]
        if "data" in hidden and made.parents:
            text = _blanked(text, "data")
        return _blanked(text, "grad") if "grad" in hidden and made is not order[-1] else text

    element = re.sub(r' xlink:title="[^"]*"', "", _NODE.sub(node, element))
    if "local" in hidden:
        element = _EDGE.sub(lambda edge: _EDGE_LABEL.sub(rf"\1{_BLANK}", edge[0]), element)
    return element


def _blanked(node: str, row: str) -> str:
    """A node with a blank beside the name of a row, the last that is called so, for the label stands above."""
    found = list(re.finditer(rf"<text [^>]*>{row}</text>\s*<text [^>]*>([^<]*)</text>", node))
    return node[: found[-1].start(1)] + _BLANK + node[found[-1].end(1) :] if found else node


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
