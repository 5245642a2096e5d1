"""``replay``: a page that scrubs through a training, moment by moment."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import Value, no_grad, topological_order
from autograd_core.errors import InputTypeError, InputValueError, shortened
from nn import Dense, Dropout, History
from nn.training.heads import head_of
from nn.training.recording import Recording

from ..drawing.drawing import Drawing
from ..drawing.network import draw_network
from ..graphs.heat import scale_of
from ..graphs.options import require_text
from ..output.dark import dark_rules
from .document import as_script, beside, fill
from .page import Page
from .step_through import step_through
from .words import words_of

__all__ = ["replay"]

_MOST_MOMENTS = 60
_MOST_WEIGHTS = 400  # of a network that is drawn
_MOST_PARAMETERS = 60  # of a network whose graph for one example is shown
_MOST_POINTS = 1000
_SIZE = 40  # points of the plane along each side
_DECADES = 5  # of gradients that have colours of their own
#: Of the classes, or of negative and positive numbers.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C564B", "#7F7F7F")

Array = NDArray[np.float64]


def replay(history: History, *, example: int = 0, title: str | None = None, lang: str | None = None) -> Page:
    """Make a page that goes through a training, forward and back.

    It shows the curves of the loss, the weights as widths of lines, their gradients as heat, for two inputs what the
    network says of each point of the plane, and for a small network the page of :func:`viz.step_through` for one
    example with the weights of the moment; two moments stand side by side.

    Parameters
    ----------
    history
        What :func:`nn.fit` returned, called with ``record_every``.
    example
        Which of the training examples the graph is of.
    title
        What stands above.
    lang
        ``"en"`` or ``"zh"``; without it the reader's browser says.

    Returns
    -------
    Page
        One document that needs no other file and no network.

    Raises
    ------
    InputTypeError, InputValueError
        If it is no history or one without a recording, the model is not one of layers, or there is no such example
        or language.

    Examples
    --------
    >>> from nn import MLP, binary_cross_entropy_with_logits, fit, xor
    >>> model = MLP(2, [3, 1], activation=["tanh", "linear"], seed=0)
    >>> history = fit(model, xor(20), loss=binary_cross_entropy_with_logits, epochs=4, record_every=2)
    >>> replay(history)
    <Page: training of 2-3-1, 3 moments, epochs 0 to 4>
    """
    if not isinstance(history, History):
        raise InputTypeError(f"replay: {shortened(history)} is not a History; write replay(fit(..., record_every=1))")
    recording = history.recording
    if recording is None:
        raise InputValueError("replay: the history has no recording; write fit(..., record_every=1)")
    require_text(title, "title")
    layers = getattr(recording.model, "layers", None)
    if not hasattr(recording.model, "to_tensor") or not layers:
        raise InputTypeError(
            f"replay: {shortened(recording.model)} is not a network of layers; train an nn.MLP or nn.Sequential"
        )
    if not isinstance(example, int) or not 0 <= example < len(recording.X):
        raise InputValueError(f"replay: example={shortened(example)}; there are 0 to {len(recording.X) - 1}")
    words = words_of(lang, "replay_words.json")
    positions = np.unique(np.linspace(0, len(recording.moments) - 1, _MOST_MOMENTS).round().astype(int)).tolist()
    film = _Film(recording, positions)
    drawing, graph = film.drawing(), film.graph(example, lang)
    data = {
        "words": words,
        "titled": title is not None,
        "losses": [_number(each, 6) for each in history.losses],
        "validation": [_number(each, 6) for each in history.validation_losses],
        "best": history.best_epoch,
        "epochs": [recording.moments[position].epoch for position in positions],
        "plane": film.plane(),
        "weights": film.weights,
        "network": None
        if drawing is None
        else film.numbers(4 if graph is None else 9),  # with a graph they are computed with
        "graph": graph,
    }
    summary = f"training of {film.sizes}, {len(positions)} moments, epochs 0 to {recording.moments[-1].epoch}"
    page = fill(
        "replay.html",
        lang=lang or "en",
        title=html.escape(title or words[lang or "en"]["title"]),
        style=("" if drawing is None else dark_rules(drawing.svg, ".net")) + beside("page.css") + beside("replay.css"),
        network="" if drawing is None else drawing.element,
        data=as_script(data),
        script=beside("script/elements.js") + beside("replay.js"),
    )
    return Page(page, summary)


class _Film:
    """What there is to show of each of some moments: its numbers, for pictures that are drawn once."""

    def __init__(self, recording: Recording, positions: Sequence[int]) -> None:
        self._recording = recording
        self._networks = [recording.model_at(position).to_tensor() for position in positions]
        self._layers = self._networks[0].layers
        self.sizes = "-".join(map(str, [self._layers[0].W.shape[1], *(layer.W.shape[0] for layer in self._layers)]))
        self.weights = sum(layer.W.size for layer in self._layers)

    def drawing(self) -> Drawing | None:
        """The network, if it is not too large."""
        return draw_network(self._networks[-1]) if self.weights <= _MOST_WEIGHTS else None

    def numbers(self, digits: int) -> dict[str, Any]:
        """Of each moment the weights and biases, layer by layer, and the gradients of the loss of all examples."""
        numbers, gradients = [], []
        for network in self._networks:
            self._recording.loss(network(self._recording.X), self._recording.y).backward()
            numbers.append(np.concatenate([p.data.ravel() for each in network.layers for p in (each.W, each.b)]))
            gradients.append(np.concatenate([p.grad.ravel() for each in network.layers for p in (each.W, each.b)]))
        widths = [np.abs(layer.W.data).max() for network in self._networks for layer in network.layers]
        thickest = float(np.nanmax(widths))
        scale = scale_of("gradients", np.abs(gradients).ravel().tolist())
        ends = np.cumsum([0, *(layer.W.size + layer.b.size for layer in self._layers)]).tolist()
        return {
            "layers": [
                {"start": start, "inputs": layer.W.shape[1], "outputs": layer.W.shape[0]}
                for start, layer in zip(ends[:-1], self._layers, strict=True)
            ],
            "numbers": [[_number(each, digits) for each in row.tolist()] for row in numbers],
            "gradients": [[_number(each, 3) for each in row.tolist()] for row in gradients],
            "thickest": thickest if 0 < thickest < math.inf else 1.0,
            "low": max(scale.low, scale.high - _DECADES),
            "high": scale.high,
        }

    def graph(self, example: int, lang: str | None) -> dict[str, Any] | None:
        """The live page for the loss of one example, every weight a node; and where each number stands in it."""
        network = self._networks[-1]
        is_plain = all(isinstance(part, Dense | Dropout) for part in network.modules)  # with a scalar twin
        if not is_plain or self.weights + sum(layer.b.size for layer in self._layers) > _MOST_PARAMETERS:
            return None
        x, y = self._recording.X[example], self._recording.y[example]
        twin = network.to_scalar()
        loss = self._recording.loss(
            [twin([Value(number, f"x{k}") for k, number in enumerate(x.tolist(), 1)])], [y.tolist()]
        )
        loss.label = "loss"
        place = {node: position for position, node in enumerate(topological_order(loss))}
        neurons = [layer.neurons for layer in twin.layers]
        leaves = [each for layer in neurons for each in [*(w for n in layer for w in n.w), *(n.b for n in layer)]]
        try:
            page = step_through(loss, lang=lang).html
        except InputValueError:  # it has more nodes than a page shows
            return None
        return {"page": page, "places": [place.get(each, -1) for each in leaves]}

    def plane(self) -> dict[str, Any] | None:
        """Of two inputs what each network says of each point of a grid: a byte with 3 bits for the class."""
        X = self._recording.X
        if X.shape[1] != 2:
            return None
        grid, limits = _grid_around(X)
        step = -(-len(X) // _MOST_POINTS)
        rows = zip(X[::step].tolist(), self._kinds(self._recording.y)[::step], strict=True)
        return {
            "size": _SIZE,
            "limits": limits,
            "points": [[*(_number(each, 4) for each in row), kind] for row, kind in rows],
            "colours": _COLOURS,
            "cells": [self._cells(network, grid) for network in self._networks],
        }

    def _cells(self, network: Any, grid: Array) -> str:
        with no_grad():
            z = np.asarray(network(grid).data)
        head = head_of(self._recording.loss)
        if head is not None and head.probabilities is not None:
            p = np.asarray(head.probabilities(z))
            kinds, count = p.argmax(axis=1), p.shape[1]
            sure = (p.max(axis=1) - 1 / count) / (1 - 1 / count)
        else:
            kinds, sure = (z[:, 0] > 0).astype(int), np.tanh(np.abs(z[:, 0]))
        bytes_ = 32 * (kinds % len(_COLOURS)) + np.clip(31 * np.nan_to_num(sure), 0, 31).round().astype(int)
        return base64.b64encode(bytes_.astype(np.uint8).tobytes()).decode("ascii")

    def _kinds(self, y: Array) -> list[int]:
        """The colour of each target."""
        head = head_of(self._recording.loss)
        if head is not None and head.name in ("multiclass", "binary"):
            classes = y.argmax(axis=1) if y.ndim == 2 else y.round().astype(int)
            return [int(each) % len(_COLOURS) for each in classes]
        return [int(each > 0) for each in y.reshape(len(y), -1)[:, 0]]


def _grid_around(X: Array) -> tuple[Array, list[float]]:
    """Points that cover the examples and a margin, and the limits (left, right, bottom, top)."""
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, (high - low) * 0.1, 1.0)
    low, high = low - margin, high + margin
    across, up = (np.linspace(low[k], high[k], 2 * _SIZE + 1)[1::2] for k in (0, 1))  # the middles of the cells
    columns, rows = np.meshgrid(across, up)
    return np.column_stack([columns.ravel(), rows.ravel()]), [low[0], high[0], low[1], high[1]]


def _number(number: float, digits: int) -> float | str:
    """For JSON, which has neither infinities nor nan."""
    return float(f"{number:.{digits}g}") if math.isfinite(number) else repr(number)
