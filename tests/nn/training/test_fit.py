"""One call trains a model of Values and one of Tensors, by replay or node by node, to the same numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    Cosine,
    DivergenceError,
    Epoch,
    History,
    Optimizer,
    RMSProp,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    gaussian_negative_log_likelihood,
    hinge,
    huber,
    kullback_leibler,
    mean_squared_error,
)

GENERATOR = np.random.default_rng(7)
X = GENERATOR.normal(size=(41, 3))
CLASSES = (X @ [1.0, -2.0, 0.5] > 0).astype(int) + (X[:, 1] > 1)
TASKS: dict[str, tuple[Callable[..., Any], Any, int]] = {
    "squares": (mean_squared_error, X[:, 0] ** 2, 1),
    "two outputs": (mean_squared_error, X[:, :2] ** 2, 2),
    "huber": (huber, X[:, 0] * 3, 1),
    "gaussian": (gaussian_negative_log_likelihood, X[:, 0], 2),
    "binary": (binary_cross_entropy_with_logits, CLASSES > 0, 1),
    "hinge": (hinge, np.where(CLASSES > 0, 1, -1), 1),
    "classes": (cross_entropy, CLASSES, 3),
    "distributions": (cross_entropy, 0.8 * np.eye(3)[CLASSES] + 0.2 / 3, 3),
    "divergence": (kullback_leibler, 0.8 * np.eye(3)[CLASSES] + 0.2 / 3, 3),
}


def models(outputs: int, activation: str = "tanh") -> tuple[MLP, Any]:
    scalar = MLP(3, [4, outputs], activation=[activation, None], seed=1)
    return scalar, scalar.to_tensor()


def numbers_of(model: Any) -> Any:
    """The parameters of either kind, as one array in one order."""
    tensor = model.to_tensor() if isinstance(model, MLP) else model
    return np.concatenate([np.ravel(each.data) for each in tensor.parameters()])


@pytest.mark.parametrize("weights", [False, True], ids=["all alike", "weighted"])
@pytest.mark.parametrize("name", TASKS)
def test_values_by_replay_values_node_by_node_and_tensors_learn_the_same(name: str, weights: bool) -> None:
    loss, y, outputs = TASKS[name]
    scalar, tensor = models(outputs)
    eager, _ = models(outputs)
    found = [
        fit(
            model, X, y, loss=loss, optimizer=Adam(model.parameters(), 0.02), epochs=3, batch_size=8, validation=0.25,
            sample_weight=None, class_weight=None, seed=3, replay=replay,
        )
        if not weights
        else fit(
            model, X, y, loss=loss, optimizer=Adam(model.parameters(), 0.02), epochs=3, batch_size=8, seed=3,
            sample_weight=np.linspace(0.0, 2.0, 41), replay=replay,
        )
        for model, replay in ((scalar, True), (eager, False), (tensor, True))
    ]  # fmt: skip
    for model, history in ((eager, found[1]), (tensor, found[2])):
        np.testing.assert_allclose(numbers_of(model), numbers_of(scalar), rtol=1e-10, atol=1e-12)
        assert history.losses == pytest.approx(found[0].losses, rel=1e-10)
        assert history.validation_losses == pytest.approx(found[0].validation_losses, rel=1e-10)
        for table in ("metrics", "validation_metrics", "gradient_norms"):
            one, other = getattr(history, table), getattr(found[0], table)
            if table != "gradient_norms" or history is not found[1]:
                assert {key: pytest.approx(column, rel=1e-8) for key, column in one.items()} == other


@pytest.mark.parametrize("make", [
    lambda p: SGD(p, 0.05, momentum=0.9, nesterov=True, schedule=Cosine(4), max_norm=0.5),
    lambda p: AdamW(p, 0.02, weight_decay=0.1, max_value=0.05),
    lambda p: RMSProp(p, 0.01, weight_decay=0.01),
])  # fmt: skip
def test_every_optimiser_moves_both_kinds_alike(make: Callable[[Any], Optimizer]) -> None:
    scalar, tensor = models(3)
    for model in (scalar, tensor):
        fit(model, X, CLASSES, loss=cross_entropy, optimizer=make(model.parameters()), epochs=5, batch_size=8)
    np.testing.assert_allclose(numbers_of(tensor), numbers_of(scalar), rtol=1e-10, atol=1e-12)


def test_class_weights_are_weights_of_the_examples() -> None:
    counts = np.bincount(CLASSES)
    expected = (41 / (3 * counts))[CLASSES]
    found = []
    for options in ({"class_weight": "balanced"}, {"sample_weight": expected},
                    {"class_weight": {k: 41 / (3 * n) for k, n in enumerate(counts.tolist())}}):  # fmt: skip
        _, model = models(3)
        fit(model, X, CLASSES, loss=cross_entropy, epochs=2, **options)
        found.append(numbers_of(model))
    np.testing.assert_allclose(found[1:], [found[0]] * 2, rtol=1e-12)


# --- what is written down, and which weights stay ---------------------------------------------------------------------


def test_a_history_tells_of_every_epoch() -> None:
    scalar, _ = models(3)
    optimizer = SGD(scalar.parameters(), 0.1, schedule=Cosine(4))
    history = fit(
        scalar, X, CLASSES, loss=cross_entropy, optimizer=optimizer, epochs=4, validation=(X[:9], CLASSES[:9])
    )
    for column in (history.losses, history.validation_losses, history.metrics["accuracy"], history.seconds,
                   history.validation_metrics["accuracy"], *history.gradient_norms.values()):  # fmt: skip
        assert len(column) == 4
    assert history.learning_rates == pytest.approx([0.1 * (1 + math.cos(math.pi * k / 4)) / 2 for k in range(4)])
    assert list(history.gradient_norms) == ["layer 1", "layer 2"]
    assert list(history.seconds) == sorted(history.seconds)
    assert (history.stopped, scalar.head) == ("epochs", "multiclass")


def _validation_loss(model: Any) -> float:
    return mean_squared_error(Tensor(np.array([[model(x).data] for x in X[30:]])), X[30:, 0] ** 2).item()  # type: ignore[no-any-return]


@pytest.mark.parametrize("ending", ["epochs", "patience", "callback", "interrupted", "diverged"])
def test_the_best_weights_stay_however_training_ends(ending: str) -> None:
    """The model's validation loss is the least that was written down."""
    model, _ = models(1)
    optimizer = SGD(model.parameters(), 0.05)

    def after(epoch: Epoch) -> bool:
        if epoch.number == 3:
            optimizer.learning_rate = 2.0 if ending == "patience" else 0.6  # from now on it gets worse
        if epoch.number == 6 and ending == "interrupted":
            raise KeyboardInterrupt
        if epoch.number == 6 and ending == "diverged":
            optimizer.learning_rate = 1e200
        return ending == "callback" and epoch.number == 6

    options: dict[str, Any] = {"patience": 2} if ending == "patience" else {}
    arguments = {"loss": mean_squared_error, "optimizer": optimizer, "epochs": 9, "batch_size": 8, **options}
    y = X[:30, 0] ** 2
    if ending == "diverged":
        with pytest.raises(DivergenceError, match="the loss is") as caught:
            fit(model, X[:30], y, validation=(X[30:], X[30:, 0] ** 2), callbacks=[after], **arguments)
        history = caught.value.history
    else:
        history = fit(model, X[:30], y, validation=(X[30:], X[30:, 0] ** 2), callbacks=[after], **arguments)
    assert history.stopped == ending
    least = min(history.validation_losses)
    assert history.best_epoch == 1 + history.validation_losses.index(least) < len(history.validation_losses)
    assert _validation_loss(model) == pytest.approx(least, rel=1e-12)


def test_without_validation_a_training_that_diverges_keeps_the_last_whole_epoch() -> None:
    one, other = models(1)[0], models(1)[0]
    y = X[:, 0] ** 2
    fit(one, X, y, loss=mean_squared_error, optimizer=SGD(one.parameters(), 0.05), epochs=2)
    optimizer = SGD(other.parameters(), 0.05)

    def worse(epoch: Epoch) -> None:
        if epoch.number == 2:
            optimizer.learning_rate = 1e200

    with pytest.raises(DivergenceError):
        fit(other, X, y, loss=mean_squared_error, optimizer=optimizer, epochs=9, callbacks=[worse])
    np.testing.assert_array_equal(numbers_of(one), numbers_of(other))


class Signs(Optimizer):
    """An optimiser of the user's own."""

    def update(self, w: Any, g: Any, *memory: Any) -> Any:
        return w - self.learning_rate * np.sign(g)


def test_an_optimiser_and_a_loss_of_ones_own() -> None:
    def cubes(predictions: Any, targets: Any, weights: Any = None) -> Any:
        if isinstance(predictions, Tensor):
            return (abs(predictions - targets) ** 3).mean()
        return sum(abs(z - t) ** 3 for z, t in zip(predictions, targets, strict=True)) / len(targets)

    scalar, tensor = models(1)
    for model in (scalar, tensor):
        fit(model, X, X[:, 0], loss=cubes, optimizer=Signs(model.parameters(), 0.01), epochs=2, batch_size=8)
    np.testing.assert_allclose(numbers_of(tensor), numbers_of(scalar), rtol=1e-10, atol=1e-12)


def test_a_function_of_tensors_learns_too() -> None:
    w = Tensor([0.0, 0.0, 0.0], "w")
    history = fit(lambda rows: Tensor(rows) @ w, X, X @ [1.0, -2.0, 0.5], loss=mean_squared_error,
                  optimizer=SGD([w], 0.1), epochs=30, batch_size=8)  # fmt: skip
    assert isinstance(history, History)
    assert w.data.tolist() == pytest.approx([1.0, -2.0, 0.5], abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"patience": 3}, InputValueError, "fit: patience=3 needs a validation; write validation=0.2"),
        ({"y": [0.5] * 41, "loss": cross_entropy}, InputValueError, "y: 0.5 in entry 0 is not the number of a class"),
        ({"y": np.ones((3, 2))}, InputValueError, "y: 3 target(s) for 41 example(s)"),
        ({"X": "data", "y": None}, InputTypeError, "fit: 'data' are no examples with targets; write fit(model, X, y"),
        ({"class_weight": {0: 1.0}}, InputValueError, "fit: class_weight={0: 1.0} names no weight for each"),
        ({"sample_weight": [1.0]}, InputValueError, "fit: weights of shape (1,) for 41 example(s)"),
        ({"callbacks": [3]}, InputTypeError, "fit: callback: 3 is not a function"),
        ({"class_weight": "balanced", "y": X[:, 0], "loss": mean_squared_error}, InputValueError, "is for classes"),
        ({"validation": 1.5}, InputValueError, "fit: validation=1.5 is not between 0 and 1"),
        ({"validation": X.tolist()}, InputTypeError, "are no examples with targets; write validation=(X, y)"),
        ({"validation": ([[np.nan, 0.0]], [1])}, InputValueError, "fit: validation: X: nan in row 0"),
        ({"validation": ([[0.0, 0.0]], [np.inf])}, InputValueError, "fit: validation: y: inf in entry 0"),
        ({"optimizer": Adam(models(3)[0].parameters())}, InputValueError, "fit: the optimizer moves the parameters of"),
    ],
)
def test_impossible_arguments(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    model, _ = models(3)
    options: dict[str, Any] = {"X": X, "y": CLASSES, "loss": cross_entropy, "epochs": 1, **changes}
    before = numbers_of(model)
    with pytest.raises(error, match=re.escape(text)):
        fit(model, options.pop("X"), options.pop("y"), **options)
    np.testing.assert_array_equal(numbers_of(model), before)


def test_a_value_that_no_optimiser_moves_is_left_alone() -> None:
    outside = Value(0.5)
    model, _ = models(1)
    fit(model, X, X[:, 0], loss=mean_squared_error, epochs=1)
    assert outside.data == 0.5
