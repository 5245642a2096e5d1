"""Training by replay gives the losses and weights of the eager loop, and gives way to it where it must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core import InputValueError, Value, relu
from nn import MLP, SGD, Module, binary_cross_entropy_with_logits, hinge, mean_squared_error, train
from nn.replay import RecordedLoss

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(37, 3))
SIDES = np.where(X @ [1.0, -2.0, 0.5] > 0, 1.0, -1.0)


def trained(model: Any, loss: Callable[..., Value], y: Any, *, replay: bool) -> tuple[tuple[float, ...], list[float]]:
    history = train(
        model,
        X,
        y,
        loss=loss,
        optimizer=SGD(model.parameters(), learning_rate=0.1),
        epochs=4,
        batch_size=8,
        seed=3,
        replay=replay,
    )
    return history.losses, [parameter.data for parameter in model.parameters()]


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (mean_squared_error, X[:, 0] ** 2),
        (hinge, SIDES),
        (binary_cross_entropy_with_logits, (SIDES + 1) / 2),
        (binary_cross_entropy_with_logits, np.linspace(0, 1, len(X))),
    ],
    ids=["squares", "hinge", "labels", "probabilities"],
)
@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus", "elu"])
def test_losses_and_weights_are_those_of_the_eager_loop(loss: Callable[..., Value], y: Any, activation: str) -> None:
    models = [MLP(3, [5, 4, 1], activation=[activation, activation, "linear"], seed=1) for _ in range(2)]
    replayed, eager = trained(models[0], loss, y, replay=True), trained(models[1], loss, y, replay=False)
    assert RecordedLoss.of(models[0], loss, 3) is not None
    assert replayed[0] == pytest.approx(eager[0], rel=1e-10)
    assert replayed[1] == pytest.approx(eager[1], rel=1e-9, abs=1e-12)


class Branching(Module):
    """A model with a Python branch on a node."""

    def __init__(self) -> None:
        self.w = Value(0.7, "w")

    def parameters(self) -> list[Value]:
        return [self.w]

    def __call__(self, x: Any) -> Value:
        first = x[0] * self.w
        return first * 2 if first > 0 else relu(-first) + first * self.w


def test_an_example_that_branches_otherwise_is_computed_eagerly() -> None:
    one, other = Branching(), Branching()
    replayed = trained(one, mean_squared_error, SIDES, replay=True)
    eager = trained(other, mean_squared_error, SIDES, replay=False)
    assert replayed[0] == pytest.approx(eager[0], rel=1e-10)
    assert replayed[1] == pytest.approx(eager[1], rel=1e-10)


def test_a_function_or_a_loss_of_ones_own_is_not_replayed() -> None:
    model = MLP(3, [1], seed=0)
    assert RecordedLoss.of(lambda x: x[0] * 1.0, mean_squared_error, 3) is None
    assert RecordedLoss.of(model, lambda predictions, targets: predictions[0], 3) is None


def test_a_wrong_target_is_refused_before_anything_is_trained() -> None:
    model = MLP(3, [1], seed=0)
    before = [parameter.data for parameter in model.parameters()]
    targets = SIDES.copy()
    targets[-1] = 3.0
    with pytest.raises(InputValueError, match=r"target 36 is 3\.0"):
        trained(model, hinge, targets, replay=True)
    assert [parameter.data for parameter in model.parameters()] == before
