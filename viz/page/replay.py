"""``replay``: a page that scrubs through a training, moment by moment."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import Value, no_grad
from autograd_core.errors import InputTypeError, InputValueError, shortened
from nn import Dense, Dropout, History
from nn.training.heads import head_of
from nn.training.recording import Recording

from ..drawing.draw import draw
from ..drawing.network import draw_network
from ..graphs.options import require_text
from .document import as_script, beside, fill
from .page import Page

__all__ = ["replay"]

_MOST_FRAMES = 60
_MOST_WEIGHTS = 400  # of a network that is drawn whole
_MOST_NODES_PARAMETERS = 60  # of a network whose graph for one example is shown
_SIZE = 48  # points of the plane along each side
#: Of the classes, or of negative and positive numbers.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")

Array = NDArray[np.float64]


def replay(history: History, *, example: int = 0, title: str | None = None) -> Page:
    """Make a page that goes through a training, forward and back.

    It shows the curves of the loss, the weights as widths of lines, their gradients as heat, for two inputs what the
    network says of each point of the plane, and for a small network the whole graph of one example with its gradients;
    two moments stand side by side.

    Parameters
    ----------
    history
        What :func:`nn.fit` returned, called with ``record_every``.
    example
        Which of the training examples the graph is of.
    title
        What stands above.

    Returns
    -------
    Page
        One document that needs no other file and no network.

    Raises
    ------
    InputTypeError, InputValueError
        If it is no history or one without a recording, the model is not one of layers, or there is no such example.

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
    positions = np.unique(np.linspace(0, len(recording.moments) - 1, _MOST_FRAMES).round().astype(int)).tolist()
    films = _Films(recording, example)
    data = {
        "losses": [_finite(each) for each in history.losses],
        "validation": [_finite(each) for each in history.validation_losses],
        "plane": films.plane,
        "frames": [films.frame(position) for position in positions],
    }
    sizes = "-".join(
        map(str, [films.networks[0].layers[0].W.shape[1], *(e.W.shape[0] for e in films.networks[0].layers)])
    )
    summary = f"training of {sizes}, {len(positions)} moments, epochs 0 to {recording.moments[-1].epoch}"
    page = fill(
        "replay.html",
        title=html.escape(title or "A training, moment by moment"),
        data=as_script(data),
        script=beside("replay.js"),
    )
    return Page(page, summary)


class _Films:
    """The pictures of each moment."""

    def __init__(self, recording: Recording, example: int) -> None:
        self._recording, self._example = recording, example
        self.networks = [recording.model_at(position).to_tensor() for position in range(len(recording.moments))]
        self._head = head_of(recording.loss)
        every = [np.abs(layer.W.data).max() for network in self.networks for layer in network.layers]
        largest = float(np.nanmax(every))
        self._thickest = largest if 0 < largest < math.inf else 1.0
        layers = self.networks[0].layers
        weights = sum(layer.W.size for layer in layers)
        self._is_drawn = weights <= _MOST_WEIGHTS
        is_plain = all(isinstance(part, Dense | Dropout) for part in self.networks[0].modules)  # with a scalar twin
        self._has_graph = is_plain and weights + sum(layer.W.shape[0] for layer in layers) <= _MOST_NODES_PARAMETERS
        self.plane: dict[str, Any] | None = None
        if layers[0].W.shape[1] == 2:
            self._grid, limits = _grid_around(recording.X)
            points = [[*row, kind] for row, kind in zip(recording.X.tolist(), self._kinds(recording.y), strict=True)]
            self.plane = {"size": _SIZE, "limits": limits, "points": points, "colours": _COLOURS}

    def frame(self, position: int) -> dict[str, Any]:
        network = self.networks[position]
        frame: dict[str, Any] = {"epoch": self._recording.moments[position].epoch, "plane": None, "graph": None}
        if self.plane is not None:
            frame["plane"] = self._plane(network)
        frame["weights"] = frame["gradients"] = "<p>It has more weights than a picture can show.</p>"
        if self._is_drawn:
            frame["weights"] = draw_network(network, thickest=self._thickest).element
            self._recording.loss(network(self._recording.X), self._recording.y).backward()
            frame["gradients"] = draw_network(network, thickest=self._thickest, heat="grad").element
        if self._has_graph:
            frame["graph"] = self._graph(network)
        return frame

    def _graph(self, network: Any) -> str:
        """The graph of the loss of one example, every weight a node."""
        x, y = self._recording.X[self._example], self._recording.y[self._example]
        inputs = [Value(number, f"x{k}") for k, number in enumerate(x.tolist(), 1)]
        loss = self._recording.loss([network.to_scalar()(inputs)], [y.tolist()])
        loss.label = "loss"
        loss.backward()
        return draw(loss).element

    def _plane(self, network: Any) -> str:
        """For each point of the grid two bytes: its colour, and how sure the network is."""
        with no_grad():
            z = np.asarray(network(self._grid).data)
        if self._head is not None and self._head.probabilities is not None:
            p = np.asarray(self._head.probabilities(z))
            kinds, count = p.argmax(axis=1), p.shape[1]
            sure = (p.max(axis=1) - 1 / count) / (1 - 1 / count)
        else:
            kinds, sure = (z[:, 0] > 0).astype(int), np.tanh(np.abs(z[:, 0]))
        pairs = np.column_stack([kinds % len(_COLOURS), np.clip(255 * sure, 0, 255).round()]).astype(np.uint8)
        return base64.b64encode(pairs.tobytes()).decode("ascii")

    def _kinds(self, y: Array) -> Sequence[int]:
        """The colour of each target."""
        if self._head is not None and self._head.name in ("multiclass", "binary"):
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


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
