"""The report of a training, one page that needs no other file."""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from importlib import resources
from typing import Any, cast

from nn import (
    ConfusionMatrix,
    Data,
    History,
    Importance,
    Sequential,
    confusion_matrix,
    hyperparameters,
    importance,
    predict,
    score,
    summary,
)

from ..drawing.network import draw_network
from ..drawing.network_layers import NetworkLike
from ..plots.confusion_map import plot_confusion_matrix
from ..plots.curves import plot_curves
from ..plots.importance_bars import plot_importance
from ..plots.training_plots import plot_training

__all__ = ["Report"]

_MOST_LINES = 1_000  # a network with more weights is a blot


class Report:
    """What a training came to, in numbers, tables and pictures.

    Parameters
    ----------
    data
        All examples, for their names.
    model
        The trained network.
    history
        How it was trained.
    test
        The examples that it has not seen, standardised.
    seed
        For the shuffles of the features.
    notes
        What the file of the network says beside it: of a quantity its mean and scale.
    """

    def __init__(
        self, data: Data, model: Sequential, history: History, test: Data, seed: int, notes: Mapping[str, Any]
    ) -> None:
        self.data, self.model, self.history, self.test = data, model, history, test
        self.score = score(model, test.X, test.y)
        self.importance: Importance = importance(model, test, seed=seed)
        self.notes = notes
        self.confusion: ConfusionMatrix | None = None
        if data.class_names:
            self.confusion = confusion_matrix(test.y, predict(model, test.X), data.class_names)

    @property
    def sentence(self) -> str:
        """How good it is, and when it was best."""
        measure = "accuracy" if self.data.class_names else "R²"
        ended = {
            "epochs": "",
            "patience": ", stopped early",
            "interrupted": ", interrupted",
        }.get(self.history.stopped, f", {self.history.stopped}")
        return (
            f"{measure} {self.score:.3f} on {len(self.test)} test examples; {len(self.history.losses)} epochs{ended}, "
            f"the weights are those of epoch {self.history.best_epoch}"
        )

    def page(self, command: str) -> str:
        """The report as HTML."""
        template = string.Template(resources.files("viz.app").joinpath("training.html").read_text(encoding="utf-8"))
        return template.substitute(
            title=html.escape(f"A network for {self.data.name}"),
            sentences="".join(
                f"<p>{each}</p>"
                for each in (
                    html.escape(repr(self.data).strip("<>")),
                    html.escape(self.sentence),
                    f"<code>{html.escape(command)}</code>",
                )
            ),
            curves=plot_training(self.history).element,
            quality=self._quality(),
            importance=plot_importance(self.importance).element,
            importance_table=self.importance.to_html(),
            network=self._network(),
            summary=summary(self.model).to_html(),
            hyperparameters=hyperparameters(self.model, self.history).to_html(),
        )

    def _quality(self) -> str:
        if self.confusion is None:
            return self._predicted()
        return _figure(
            "<b>What it confuses.</b> How many of the test examples of each class were taken for which class.",
            "Confusion matrix",
            plot_confusion_matrix(self.confusion),
        )

    def _predicted(self) -> str:
        """Of a quantity what was predicted beside what is true, in its own unit."""
        mean, scale = self.notes["target_mean"], self.notes["target_scale"]
        true, predicted = (mean + scale * each for each in (self.test.y, predict(self.model, self.test.X)))
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        picture = plot_curves(
            {"test examples": (true, predicted), "predicted = true": (ends, ends)},
            x="true", y="predicted", points=["test examples"], title=f"R² {self.score:.3f}",
        )  # fmt: skip
        return _figure(
            "<b>What it predicts.</b> Each point is a test example; the nearer to the line, the better.",
            "Predicted and true values",
            picture,
        )

    def _network(self) -> str:
        lines = sum(layer.W.size for layer in self.model.layers)
        if lines > _MOST_LINES:
            return f"<p>It has {lines:,} weights, more than a picture can show.</p>"
        classes = self.data.class_names
        outputs = (classes[1:] if len(classes) == 2 else classes) or None  # of two classes the logit of the second
        return _figure(
            "Thick lines are strong connections; the colour tells the sign of the weight.",
            "The network as circles in columns",
            draw_network(cast(NetworkLike, self.model), inputs=self.data.feature_names, outputs=outputs),
        )


def _figure(caption: str, label: str, picture: Any) -> str:
    return (
        f"<figure><figcaption>{caption}</figcaption>"
        f'<div class="picture" role="img" aria-label="{label}">{picture.element}</div></figure>'
    )
