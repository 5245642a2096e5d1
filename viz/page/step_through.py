"""``step_through``: the forward and the backward pass of a graph, a page to walk through and to play with."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

from autograd_core import PRIMITIVES, Tensor, Value, topological_order
from autograd_core.errors import InputTypeError, InputValueError, shortened
from autograd_core.formulas.javascript import rules_in_javascript

from ..drawing.compose import sheet_of
from ..drawing.draw import summary_of
from ..drawing.drawing import Drawing
from ..drawing.moment import at_step
from ..graphs.describe import graph_view
from ..graphs.look import Look
from ..graphs.options import require_one_of, require_text
from ..output.dark import dark_rules
from .document import as_script, beside, fill
from .lesson import Lesson, lesson_of, scalar_graph
from .page import Page
from .words import words_of

__all__ = ["step_through"]

_SHEET = 880.0  # pixels, beside the card on a small screen
# In this order, for what runs at once stands at the end; together they are one module.
_SCRIPT = ("elements", "numbers", "state", "picture", "fold", "tensors", "card", "predict", "play", "break", "around")
_STARTS = ("forward", "backward")
_ACTIVATIONS = ("relu", "sigmoid", "tanh")
_MODES = ("watch", "predict", "play", "break")


def step_through(
    root: Value | Tensor,
    *,
    title: str | None = None,
    start: str = "forward",
    mode: str = "watch",
    ask: Iterable[str | Value] | None = None,
    fold: Iterable[str] = (),
    lang: str | None = None,
    notes: Mapping[Value, str] | None = None,
) -> Page:
    """A page on which a person walks through the forward and the backward pass of a graph, and plays with its leaves.

    The page is one HTML file that needs no network. It computes by itself, with functions emitted from the table of
    primitives. The numbers start as they are recorded.

    Parameters
    ----------
    root
        The result, such as a loss: a Value with at most 500 nodes behind it, or a Tensor of one number, whose matrices
        are walked through element by element.
    title
        A title above the graph.
    start
        Where to begin: ``"forward"`` or ``"backward"``.
    mode
        ``"watch"``; ``"predict"``, where the reader is asked for each contribution; ``"play"``, where leaves are moved,
        the gradient is checked by finite differences and the loss is descended; or ``"break"``, where a bug is planted.
    ask
        The nodes whose gradients ``"predict"`` asks for, by their names or themselves; all without it.
    fold
        The scopes that are folded at first; a click opens them.
    lang
        ``"en"`` or ``"zh"``; without it the reader's browser says.
    notes
        What a teacher says at some nodes.

    Returns
    -------
    Page
        ``page.save("lesson.html")`` writes it to a file; a notebook shows it in a frame.

    Raises
    ------
    InputTypeError
        If `root` is neither, a note is not a text, or `ask` or `fold` is not a list.
    InputValueError
        If the graph has more than 500 nodes, or an operation on arrays that is not made of scalar ones, a note is for a
        node or a question about one that is not in it, a scope or a choice is none of those there are.

    Examples
    --------
    >>> from autograd_core import tanh
    >>> w, x = Value(2.0, "w"), Value(0.5, "x")
    >>> step_through(tanh(w * x) + w, title="One neuron", notes={w: "used twice"})
    <Page: 5 nodes, 5 edges>
    """
    require_text(title, "title")
    require_one_of("start", start, _STARTS)
    require_one_of("mode", mode, _MODES)
    root = scalar_graph(root, "step_through")
    order = topological_order(root)
    said = dict(notes or {})
    for node, text in said.items():
        if not isinstance(text, str):
            raise InputTypeError(f"notes: {text!r} is not a text; write notes={{node: 'say this'}}")
        if node not in set(order):
            raise InputValueError(f"notes: {node!r} is not in the graph; give nodes that the root was computed from")
    drawing = _without_warnings(root, len(order))
    lesson = lesson_of(order, said)
    asked, folded, words = _asked(ask, order, lesson), _folded(fold, lesson), words_of(lang)
    opening = {"start": start, "mode": mode, "asked": asked, "folded": folded}
    document = fill(
        "page.html",
        lang=lang or "en",
        title=html.escape(title or drawing.summary),
        style=dark_rules(drawing.svg, "#sheet") + beside("page.css"),
        svg=drawing.element,
        data=as_script({"nodes": lesson.as_json(), "words": words, **opening}),
        rules=rules_in_javascript(PRIMITIVES[name] for name in sorted(_with_mistaken(lesson.operations))),
        script="".join(beside(f"script/{name}.js") for name in _SCRIPT),
    )
    return Page(document, drawing.summary)


def _without_warnings(root: Value, count: int) -> Drawing:
    """The picture, whose numbers the page writes: no gradient of another pass, nothing of what may change."""
    view = graph_view(at_step(root, 0)[0], max_nodes=count)
    return Drawing(sheet_of(view, Look(hide=frozenset({"warnings"}), fit=_SHEET)), summary_of(view))


def _with_mistaken(operations: Iterable[str]) -> set[str]:
    """With an activation come the others, whose derivatives are taken for its own."""
    used = set(operations)
    return used | set(_ACTIVATIONS) if used & set(_ACTIVATIONS) else used


def _folded(fold: Iterable[str], lesson: Lesson) -> list[str]:
    """The scopes that are folded, as they are called."""
    if isinstance(fold, str) or not isinstance(fold, Iterable):
        raise InputTypeError(f"fold: {shortened(fold)} is not a list; write for example fold=['layer 1']")
    parts = [node.scope.split("/") for node in lesson.nodes if node.scope]
    known = dict.fromkeys("/".join(path[:depth]) for path in parts for depth in range(1, len(path) + 1))
    chosen = list(fold)
    for each in chosen:
        if each not in known:
            there = f"there are {', '.join(map(repr, list(known)[:6]))}" if known else "it has none"
            raise InputValueError(f"fold: no scope of this graph is called {shortened(each)}; {there}")
    return chosen


def _asked(ask: Iterable[str | Value] | None, order: Sequence[Value], lesson: Lesson) -> list[int] | None:
    """The places of the nodes that are asked for."""
    if ask is None:
        return None
    if isinstance(ask, (str, Value)) or not isinstance(ask, Iterable):
        raise InputTypeError(f"ask: {shortened(ask)} is not a list; write for example ask=['w']")
    known: dict[object, int] = {node.name: place for place, node in enumerate(lesson.nodes)}
    known |= {node.label: place for place, node in enumerate(order) if node.label} | {
        node: place for place, node in enumerate(order)
    }
    places = []
    for each in ask:
        if not isinstance(each, (str, Value)):
            raise InputTypeError(f"ask: {shortened(each)} is neither a name nor a node; write for example ask=['w']")
        place = known.get(each)
        if place is None or not any(place in node.parents for node in lesson.nodes) or not order[place].differentiable:
            names = [node.name for node, made in zip(lesson.nodes[:-1], order, strict=False) if made.differentiable]
            raise InputValueError(
                f"ask: no gradient is passed on to {each!r} in this graph; there are "
                f"{', '.join(map(repr, names[:6]))}{', …' if len(names) > 6 else ''}"
            )
        places.append(place)
    return places
