"""Pictures of a training and of what came of it show the numbers they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError
from nn import (
    MLP,
    SGD,
    History,
    binary_cross_entropy_with_logits,
    confusion_matrix,
    fit,
    importance,
    moons,
)
from viz import plot_confusion_matrix, plot_importance, plot_training


def trained() -> tuple[Any, History]:
    model = MLP(2, [4, 1], activation=["tanh", "linear"], seed=0)
    optimizer = SGD(model.parameters(), 0.5)
    data = moons(40, seed=1)
    loss = binary_cross_entropy_with_logits
    return model, fit(model, data, loss=loss, optimizer=optimizer, epochs=12, validation=0.25, seed=0)


def test_curves_of_training_and_validation_stand_side_by_side() -> None:
    _, history = trained()
    losses, metrics = plot_training(history).figure.axes
    curves = {line.get_label(): line.get_ydata() for line in losses.lines}
    assert curves["training"] == pytest.approx(history.losses)
    assert curves["validation"] == pytest.approx(history.validation_losses)
    assert set(losses.lines[-1].get_xdata()) | set(losses.lines[0].get_xdata()) >= {history.best_epoch}
    assert [list(line.get_ydata()) for line in metrics.lines[:2]] == [
        list(history.metrics["accuracy"]),
        list(history.validation_metrics["accuracy"]),
    ]
    assert metrics.get_ylabel() == "accuracy"
    [legend] = plot_training(history).figure.legends
    assert {text.get_text() for text in legend.texts} >= {"training", "validation", "weights of this epoch"}
    assert len(plot_training({"one": history, "other": history}).figure.axes) == 1


def test_bars_of_importance_have_the_lengths_of_its_numbers() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 20))
    found = importance(lambda x: sum(k * each for k, each in enumerate(x)), X, repeats=2)
    left, right = plot_importance(found, title="all").figure.axes
    most = np.argsort(-found.permutation)[:15][::-1]
    assert [bar.get_width() for bar in left.patches] == pytest.approx(found.mean_absolute[most])
    assert [bar.get_width() for bar in right.patches] == pytest.approx(found.permutation[most])
    assert right.get_title() == "shuffling the feature, 15 of 20 shown"
    with pytest.raises(InputTypeError, match="is no Importance"):
        plot_importance([1.0])  # type: ignore[arg-type]


def test_a_confusion_map_has_every_count_in_its_cell() -> None:
    matrix = confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2], ["a", "b", "c"])
    [axes] = plot_confusion_matrix(matrix).figure.axes
    texts = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts}
    assert texts == {(row, column): str(matrix.counts[row, column]) for row, column in np.ndindex(3, 3)}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first class on top, as in the table
    shares = axes.collections[0].get_array().reshape(3, 3)
    assert np.asarray(shares) == pytest.approx(matrix.counts / matrix.counts.sum(axis=1, keepdims=True))
    with pytest.raises(InputTypeError, match="is no ConfusionMatrix"):
        plot_confusion_matrix([[1]])  # type: ignore[arg-type]
