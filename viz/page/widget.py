"""``widget``: the live page in a notebook, in step with the kernel both ways; needs the extra ``jupyter``."""

from __future__ import annotations

import functools
import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core import Tensor, Value, topological_order
from autograd_core.derivatives.expand import expand_graph
from autograd_core.errors import RenderError

from .document import beside
from .lesson import scalar_graph
from .step_through import step_through

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["widget"]


def widget(root: Value | Tensor, **options: Any) -> Any:
    """The page of :func:`viz.step_through` as a widget: a leaf that is moved there is moved here, and the other way.

    Moving a leaf on the page sets its ``data``. What Python has set is shown when the cell has run; elsewhere than in
    IPython, as in marimo with ``mo.ui.anywidget(widget(loss))``, when ``.refresh()`` is called. What was computed from
    leaves keeps its recorded numbers, as always.

    Parameters
    ----------
    root
        As in :func:`viz.step_through`.
    **options
        Its options.

    Returns
    -------
    anywidget.AnyWidget
        With ``leaves``, a dictionary from the places of the leaves in the graph to their numbers as texts, for JSON has
        no infinities; ``state``, where the reader is; and ``refresh()``.

    Raises
    ------
    RenderError
        If anywidget is not installed. The page of ``step_through`` is shown by a notebook without it.
    InputTypeError, InputValueError
        As :func:`viz.step_through`.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(0.5, "x")
    >>> shown = widget(w * x, mode="play")
    >>> shown.leaves
    {'0': '2.0', '1': '0.5'}
    >>> shown.leaves = {"0": "3.5", "1": "0.5"}  # as the page does
    >>> w.data
    3.5
    """
    held = _leaves(root)
    made = _live_page()(step_through(held.root, **options), held.by_place)
    _after_each_cell(made.refresh)
    return made


@functools.cache
def _live_page() -> type[Any]:
    """The class, made when a widget is first asked for: only then anywidget is imported, which takes a while."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise RenderError(
            "widget: needs anywidget; run: pip install 'autograd-core[jupyter]', or show step_through(...), which "
            "needs nothing else"
        ) from None

    class LivePage(anywidget.AnyWidget):
        """A live page whose leaves are those of a graph."""

        _esm = beside("widget.js")
        document = traitlets.Unicode(read_only=True).tag(sync=True)
        summary = traitlets.Unicode(read_only=True).tag(sync=True)
        leaves = traitlets.Dict().tag(sync=True)
        state = traitlets.Unicode().tag(sync=True)

        def __init__(self, page: Any, held: dict[str, _Leaf]) -> None:
            self._held = held
            super().__init__(leaves={place: repr(leaf.read()) for place, leaf in held.items()})
            self.set_trait("document", page.html)
            self.set_trait("summary", page.summary)

        @traitlets.validate("leaves")
        def _numbers(self, proposal: Any) -> dict[str, str]:
            """Only leaves that there are, and numbers."""
            known = {place: repr(leaf.read()) for place, leaf in self._held.items()}
            for place, text in proposal["value"].items():
                if place not in known:
                    raise traitlets.TraitError(f"leaves: there is no leaf {place!r}; there are {', '.join(known)}")
                try:
                    known[place] = repr(float(text))
                except (TypeError, ValueError):
                    raise traitlets.TraitError(f"leaves: {text!r} is not a number; write for example '0.5'") from None
            return known

        @traitlets.observe("leaves")
        def _moved(self, change: Any) -> None:
            for place, text in change["new"].items():
                if repr(self._held[place].read()) != text:
                    self._held[place].write(float(text))

        def refresh(self) -> None:
            """Show what Python has set."""
            self.leaves = {place: repr(leaf.read()) for place, leaf in self._held.items()}

    return LivePage


class _Leaf:
    """A number that is moved: of a Value, or an element of a Tensor."""

    def __init__(self, node: Value | Tensor, place: tuple[int, ...] | None = None) -> None:
        self._node, self._place = node, place

    def read(self) -> float:
        return float(self._node.data if self._place is None else np.asarray(self._node.data)[self._place])

    def write(self, number: float) -> None:
        if self._place is None:
            self._node.data = number
            return
        numbers = np.array(self._node.data)
        numbers[self._place] = number
        self._node.data = numbers


class _Held:
    """A graph of Values, and what moves with its leaves."""

    def __init__(self, root: Value, by_place: dict[str, _Leaf]) -> None:
        self.root, self.by_place = root, by_place


def _leaves(root: Value | Tensor) -> _Held:
    elements: dict[Value, _Leaf] = {}
    scalar = root
    if isinstance(root, Tensor) and root.size == 1:
        expanded = expand_graph(root)
        scalar = expanded[root].item()
        for tensor, values in expanded.items():
            if isinstance(tensor, Tensor) and tensor.op == "leaf":
                elements |= {value: _Leaf(tensor, place) for place, value in np.ndenumerate(values)}
    graph = scalar_graph(scalar, "widget")
    order = topological_order(graph)
    moved = {place: node for place, node in enumerate(order) if node.op == "leaf" and node.differentiable}
    return _Held(graph, {str(place): elements.get(node) or _Leaf(node) for place, node in moved.items()})


def _after_each_cell(refresh: Callable[[], None]) -> None:
    """Have a method called when IPython, if it runs, has run a cell, for as long as its object is there."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    kept = weakref.WeakMethod(refresh)

    def after(*_: Any) -> None:
        method = kept()
        if method is None:
            shell.events.unregister("post_run_cell", after)
        else:
            method()

    shell.events.register("post_run_cell", after)
