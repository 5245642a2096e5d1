"""The training loop against a loop written out, and what stops it."""

from __future__ import annotations

import dataclasses
import math
import random
import re
from typing import Any

import numpy as np
import pytest

from autograd_core import AutogradError, InputTypeError, InputValueError, Value, log, sigmoid
from nn import (
    MLP,
    SGD,
    Standardizer,
    accuracy,
    binary_cross_entropy_with_logits,
    hinge,
    mean_squared_error,
    minibatches,
    train,
    train_test_split,
)

X = [[1.0], [2.0], [3.0], [4.0], [5.0]]
y = [1.0, 0.0, 2.0, 1.0, 3.0]


def trained(**changes: Any) -> tuple[list[float], tuple[float, ...]]:
    """Parameters and losses after a small training, with some arguments changed."""
    model = MLP(1, [3, 1], activation=["tanh", None], seed=0)
    options: dict[str, Any] = {"loss": mean_squared_error, "epochs": 3, "batch_size": 2, "seed": 5, **changes}
    history = train(model, X, y, optimizer=SGD(model.parameters(), 0.05), **options)
    return [parameter.data for parameter in model.parameters()], history.losses


def test_training_is_the_loop_written_out() -> None:
    model = MLP(1, [3, 1], activation=["tanh", None], seed=0)
    generator = random.Random(5)
    losses = []
    for _ in range(3):
        total = 0.0
        for batch in minibatches(5, batch_size=2, seed=generator):
            loss = sum(((model(X[each]) - y[each]) ** 2 for each in batch), Value(0.0)) / len(batch)
            model.zero_grad()
            loss.backward()
            for parameter in model.parameters():
                parameter.data -= 0.05 * parameter.grad
            total += loss.data * len(batch)
        losses.append(total / 5)
    parameters, history = trained()
    assert parameters == pytest.approx([parameter.data for parameter in model.parameters()], rel=1e-13)
    assert history == pytest.approx(losses, rel=1e-13)


def test_training_depends_on_its_seed_only() -> None:
    before = random.getstate()
    first = trained()
    assert random.getstate() == before
    random.random()
    assert trained() == first
    assert trained(seed=random.Random(5)) == first
    assert trained(seed=6) != first


def test_epochs_shuffle_anew() -> None:
    seen: list[float] = []

    def model(x: list[float]) -> Value:
        seen.append(x[0])
        return w * x[0]

    w = Value(0.5)
    train(model, X, y, loss=mean_squared_error, optimizer=SGD([w], 1e-3), epochs=2, batch_size=2, seed=0)
    assert sorted(seen[:5]) == sorted(seen[5:]) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert seen[:5] != seen[5:]


def test_history_is_frozen_and_has_one_loss_an_epoch() -> None:
    model = MLP(1, [1], seed=0)
    history = train(
        model, X, y, loss=mean_squared_error, optimizer=SGD(model.parameters(), 1e-9), epochs=4, batch_size=5, seed=0
    )
    expected = float(np.mean([(model(x).data - t) ** 2 for x, t in zip(X, y, strict=True)]))
    assert history.losses == pytest.approx([expected] * 4, rel=1e-5)  # such small steps change next to nothing
    with pytest.raises(dataclasses.FrozenInstanceError):
        history.losses = ()  # type: ignore[misc]


def test_mean_loss_of_an_epoch_weighs_examples_alike_though_the_last_batch_is_smaller() -> None:
    w = Value(0.0)
    history = train(
        lambda x: 0 * w + x[0], [[1.0], [2.0], [4.0]], [0, 0, 0],
        loss=mean_squared_error, optimizer=SGD([w], 0.1), epochs=1, batch_size=2, seed=0,
    )  # fmt: skip
    assert history.losses == pytest.approx((7.0,))


def test_a_classifier_learns_two_rings_and_keeps_what_it_learned_for_the_test_part() -> None:
    source = random.Random(0)
    angles = [source.uniform(0, 2 * math.pi) for _ in range(60)]
    labels = [position % 2 for position in range(60)]
    rings = [[(1 + 2 * t) * math.cos(a) * 100, (1 + 2 * t) * math.sin(a)] for a, t in zip(angles, labels, strict=True)]
    X_train, X_test, y_train, y_test = train_test_split(rings, labels, test_fraction=0.25, seed=0)
    standardizer = Standardizer.fit(X_train)
    X_train, X_test = standardizer.transform(X_train), standardizer.transform(X_test)
    model = MLP(2, [8, 1], activation=["tanh", "linear"], initializer="glorot_uniform", seed=0)
    assert accuracy(model, X_train, y_train) < 0.9
    history = train(
        model, X_train, y_train, loss=binary_cross_entropy_with_logits,
        optimizer=SGD(model.parameters(), 0.5), epochs=60, batch_size=10, seed=0,
    )  # fmt: skip
    assert history.losses[-1] < 0.2 * history.losses[0]
    assert accuracy(model, X_train, y_train) == 1.0
    assert accuracy(model, X_test, y_test) == 1.0


def test_progress_bar_shows_epoch_and_loss(capsys: pytest.CaptureFixture[str]) -> None:
    expected = trained()
    assert capsys.readouterr().err == ""
    assert trained(progress=True) == expected
    shown = capsys.readouterr().err
    assert "9/9" in shown  # three epochs of three batches
    assert "epoch=3" in shown
    assert "loss=" in shown


# --- what stops it --------------------------------------------------------------------------------------------------


def test_diverging_training_stops_and_says_where_and_what_helps() -> None:
    w = Value(1.0, "w")
    optimizer = SGD([w], learning_rate=1e200)
    with pytest.raises(AutogradError) as caught:
        train(lambda x: w * x[0], X, y, loss=mean_squared_error, optimizer=optimizer, epochs=9, batch_size=2, seed=0)
    assert str(caught.value) == (
        "train: the loss is inf in epoch 1, batch 2 of 3, for a step along a gradient of length 7 led to a parameter "
        "of the size 7e+200; what usually helps is a learning rate smaller than 1e+200, "
        "standardised inputs (Standardizer), and a loss of logits in place of a logarithm of sigmoid"
    )
    assert math.isfinite(w.data)


def test_a_loss_that_is_nan_stops_training() -> None:
    w = Value(1.0, "w")

    def unstable(predictions: list[Any], targets: list[float]) -> Value:
        return -log(sigmoid(predictions[0])) - log(sigmoid(-predictions[0])) * math.nan  # type: ignore[no-any-return]

    with pytest.raises(
        AutogradError,
        match=re.escape("train: the loss is nan in epoch 1, batch 1 of 5, with the first weights (the largest is 1)"),
    ):
        train(lambda x: w * x[0], X, y, loss=unstable, optimizer=SGD([w], 0.1), epochs=1, batch_size=1, seed=0)


def test_a_loss_that_is_no_value() -> None:
    text = "train: the loss returned 0.5, not a Value; return one, such as a mean"
    with pytest.raises(InputTypeError, match=re.escape(text)):
        trained(loss=lambda predictions, targets: 0.5)


def test_an_optimizer_of_another_model() -> None:
    other = SGD(MLP(1, [1], seed=0).parameters(), 0.1)
    text = "train: the optimizer moves the parameters of another model; write SGD(model.parameters(), ...) for this one"
    with pytest.raises(InputValueError, match=re.escape(text)):
        train(MLP(1, [1]), X, y, loss=mean_squared_error, optimizer=other, epochs=1, batch_size=2, seed=0)


def test_a_model_of_two_outputs() -> None:
    model = MLP(1, [2], seed=0)
    with pytest.raises(
        InputTypeError, match=r"^mean_squared_error: prediction 0 is \[Value.*…, not a scalar; the loss takes"
    ):
        train(
            model, X, y, loss=mean_squared_error, optimizer=SGD(model.parameters(), 0.1), epochs=1, batch_size=2, seed=0
        )


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"epochs": 0}, InputValueError, "train: epochs: 0 is too small; write an integer of at least 1"),
        ({"epochs": 1.5}, InputTypeError, "train: epochs: 1.5 is not an integer; write a number such as 4"),
        ({"batch_size": 0}, InputValueError, "train: batch_size: 0 is too small; write an integer of at least 1"),
        ({"seed": "1"}, InputTypeError, "train: the seed '1' is not an integer; write seed=1337"),
    ],
)
def test_impossible_arguments(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        trained(**changes)


def test_targets_of_another_number() -> None:
    w = Value(1.0)
    with pytest.raises(InputValueError, match=re.escape("y: 2 target(s) for 1 example(s) in X; give one an example")):
        train(lambda x: w, [[1.0]], [1, 2], loss=hinge, optimizer=SGD([w], 0.1), epochs=1, batch_size=1, seed=0)


# --- accuracy -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [-1, -1, 1, 1], [False, False, True, True]])
def test_accuracy_is_the_share_of_right_signs(labels: list[int]) -> None:
    examples = [[-1.0], [0.0], [2.0], [-3.0]]  # a logit of 0 is negative
    assert accuracy(lambda x: Value(x[0]), examples, labels) == 0.75
    assert accuracy(lambda x: x[0], examples, labels) == 0.75


def test_accuracy_records_nothing_and_changes_no_gradient() -> None:
    w = Value(2.0)
    w.grad = 5.0
    outputs = []

    def model(x: list[float]) -> Value:
        outputs.append(w * x[0])
        return outputs[-1]

    assert accuracy(model, [[1.0], [2.0]], [1, 1]) == 1.0
    assert [output.parents for output in outputs] == [(), ()]
    assert w.grad == 5.0


@pytest.mark.parametrize(
    ("output", "labels", "error", "text"),
    [
        (
            1.0,
            [0, 2],
            InputValueError,
            "accuracy: y holds [0.0, 2.0], and labels are 0 and 1, or -1 and 1; write y > 0",
        ),
        (1.0, [-1, 0], InputValueError, "accuracy: y holds [-1.0, 0.0], and labels are 0 and 1, or -1 and 1"),
        (math.nan, [0, 1], InputValueError, "accuracy: the output for example 0 is nan, which is no class"),
        ([1.0, 2.0], [0, 1], InputTypeError, "accuracy: the model gave 2 outputs for example 0, and a binary classif"),
        ("a", [0, 1], InputTypeError, "accuracy: output 0: 'a' is not a real number"),
    ],
)
def test_accuracy_of_impossible_things(output: Any, labels: list[int], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        accuracy(lambda x: output, [[1.0], [2.0]], labels)
