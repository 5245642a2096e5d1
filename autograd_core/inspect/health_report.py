"""What is said of the health of a gradient: layers, edges and troubles, as a table, a dictionary or HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..formulas.printing import number_text

__all__ = ["EdgeHealth", "GradientHealth", "LayerHealth", "Trouble"]

_COLUMNS = ("layer", "activations", "dead", "saturated", "median |dL/dz|", "growth", "heaviest path")


@dataclass(frozen=True, slots=True)
class EdgeHealth:
    """One edge by its name, over all times it was recorded: once an example.

    Attributes
    ----------
    name
        The argument and the node computed from it, with their scope.
    layer
        The layer of that node.
    op, symbol
        The primitive that computed it.
    count
        How often it was recorded; of a Tensor how many elements it has, 1 for an operation on whole arrays.
    dead, saturated
        In which part of these the node was switched off, or in its flat part; 0 if it is no activation function.
    local_derivative
        Median of the local derivative's absolute value; through an operation on
        whole arrays the ratio of the largest numbers behind and before it.
    smallest, largest
        Extremes of ``|upstream gradient x local derivative|``, what it passed on.
    """

    name: str
    layer: str
    op: str
    symbol: str
    count: int
    dead: float
    saturated: float
    local_derivative: float
    smallest: float
    largest: float


@dataclass(frozen=True, slots=True)
class LayerHealth:
    """One layer, over all examples.

    Attributes
    ----------
    name
        Its scope; empty for what was recorded outside of all scopes.
    activations
        How many activations were recorded.
    dead, saturated
        Which part of them was switched off, or in its flat part.
    gradient
        Median of ``|dL/dz|`` over its outputs z, of those that are not 0; None if there are none.
    growth
        How many times larger that is than in the next layer towards the root; None for the last layer.
    heaviest_path
        The largest product of local derivatives (in absolute value) on a path from the root to one of its outputs; of
        Tensors the largest number passed on to one, a sum over paths.
    """

    name: str
    activations: int
    dead: float
    saturated: float
    gradient: float | None
    growth: float | None
    heaviest_path: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at an edge.

    Attributes
    ----------
    kind
        ``"not finite"``, ``"growing"``, ``"dead"``, ``"saturated"`` or ``"shrinking"``.
    edge
        Where.
    evidence
        What was seen, in a sentence.
    change
        What to try, one thing.
    """

    kind: str
    edge: EdgeHealth
    evidence: str
    change: str


@dataclass(frozen=True, slots=True, repr=False)
class GradientHealth:
    """What :func:`gradient_health` found: true if there is no trouble, a table when printed.

    Attributes
    ----------
    layers
        From the inputs to the root.
    edges
        All edges by name, in the same order.
    troubles
        The worst first.
    """

    layers: tuple[LayerHealth, ...]
    edges: tuple[EdgeHealth, ...]
    troubles: tuple[Trouble, ...]

    def __bool__(self) -> bool:
        return not self.troubles

    def __repr__(self) -> str:
        return f"<gradient health: {self.summary}>"

    @property
    def worst(self) -> tuple[Trouble, ...]:
        """The three worst troubles."""
        return self.troubles[:3]

    @property
    def summary(self) -> str:
        """One line: how many edges are in which trouble."""
        if not self.troubles:
            return "no trouble found"
        counts: dict[str, int] = {}
        for trouble in self.troubles:
            counts[trouble.kind] = counts.get(trouble.kind, 0) + 1
        return ", ".join(f"{count} {kind} edge{'' if count == 1 else 's'}" for kind, count in counts.items())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                layer.name or "(no scope)",
                f"{layer.activations:,}",
                f"{layer.dead:.0%}" if layer.activations else "",
                f"{layer.saturated:.0%}" if layer.activations else "",
                "all 0" if layer.gradient is None else number_text(layer.gradient, 3),
                "" if layer.growth is None else number_text(layer.growth, 3),
                number_text(layer.heaviest_path, 3),
            )
            for layer in self.layers
        ]

    def __str__(self) -> str:
        table = [_COLUMNS, *self._rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = []
        for row in table:
            cells = zip(row, widths, strict=True)
            lines.append(
                "  ".join(cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(cells))
            )
        lines = [line.rstrip() for line in lines]
        lines.insert(1, "-" * max(map(len, lines)))
        lines.append(self.summary)
        for position, trouble in enumerate(self.worst, start=1):
            lines += [f"{position}. {trouble.edge.name} ({trouble.kind})", f"   {trouble.evidence}"]
            lines.append(f"   Try: {trouble.change}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, texts and numbers."""
        return {
            "healthy": bool(self),
            "summary": self.summary,
            "layers": [asdict(layer) for layer in self.layers],
            "edges": [asdict(edge) for edge in self.edges],
            "troubles": [asdict(trouble) for trouble in self.troubles],
        }

    def to_html(self) -> str:
        """The table and the three worst troubles as HTML."""
        rows = "\n".join(_row("td", row) for row in self._rows())
        worst = "\n".join(
            f"<li><b>{html.escape(trouble.edge.name)}</b> ({trouble.kind}): {html.escape(trouble.evidence)} "
            f"Try: {html.escape(trouble.change)}</li>"
            for trouble in self.worst
        )
        table = f"<table>\n{_row('th', _COLUMNS)}\n{rows}\n</table>"
        return f"{table}\n<p>{self.summary}</p>" + (f"\n<ol>\n{worst}\n</ol>" if worst else "")

    def _repr_html_(self) -> str:
        return self.to_html()


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"
