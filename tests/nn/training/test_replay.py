"""Training by replay gives the losses and weights of the eager loop, and gives way to it where it must."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core import InputValueError, NotReplayedWarning, Tensor, Value, relu, stop_gradient, where
from nn import MLP, SGD, Module, binary_cross_entropy_with_logits, fit, hinge, mean_squared_error, train
from nn.training.steps import Steps

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(37, 3))
SIDES = np.where(X @ [1.0, -2.0, 0.5] > 0, 1.0, -1.0)


@pytest.fixture
def node_by_node(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The batches that were computed node by node."""
    calls: list[Any] = []
    eager = Steps._node_by_node
    monkeypatch.setattr(Steps, "_node_by_node", lambda self, batch: calls.append(batch) or eager(self, batch))
    return calls


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
def test_losses_and_weights_are_those_of_the_eager_loop(
    loss: Callable[..., Value], y: Any, activation: str, node_by_node: list[Any]
) -> None:
    models = [MLP(3, [5, 4, 1], activation=[activation, activation, "linear"], seed=1) for _ in range(2)]
    replayed = trained(models[0], loss, y, replay=True)
    assert len(node_by_node) == 1  # the first batch
    eager = trained(models[1], loss, y, replay=False)
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


def test_an_example_without_weight_may_be_the_first(node_by_node: list[Any]) -> None:
    found = []
    for replay in (True, False):
        model = MLP(3, [4, 1], seed=1)
        for even in (0.0, 1.0):
            weights = np.where(np.arange(len(X)) % 2, 1.0 - even, even)
            optimizer = SGD(model.parameters(), learning_rate=0.1)
            fit(model, X, SIDES, loss=mean_squared_error, optimizer=optimizer, epochs=3, batch_size=37,
                sample_weight=weights, replay=replay)  # fmt: skip
        found.append([parameter.data for parameter in model.parameters()])
        assert len(node_by_node) == (2 if replay else 2 + 2 * 3)
    assert found[0] == pytest.approx(found[1], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "loss", [mean_squared_error, lambda z, t: sum((a - b) ** 2 for a, b in zip(z, t, strict=True))], ids=["", "own"]
)
def test_a_function_or_a_loss_of_ones_own_is_not_replayed(loss: Any, node_by_node: list[Any]) -> None:
    model = MLP(3, [1], seed=0)
    own = model if loss is not mean_squared_error else lambda x: model(list(x))
    optimizer = SGD(model.parameters(), learning_rate=0.01)
    train(own, X, SIDES, loss=loss, optimizer=optimizer, epochs=2, batch_size=8, seed=0)
    assert len(node_by_node) == 10


def test_a_wrong_target_is_refused_before_anything_is_trained() -> None:
    model = MLP(3, [1], seed=0)
    before = [parameter.data for parameter in model.parameters()]
    targets = SIDES.copy()
    targets[-1] = 3.0
    with pytest.raises(InputValueError, match=r"target 36 is 3\.0"):
        trained(model, hinge, targets, replay=True)
    assert [parameter.data for parameter in model.parameters()] == before


# --- a replay is the model --------------------------------------------------------------------------------------------


class Line(Module):
    """Weights by which a subclass or a function makes a prediction."""

    def __init__(self, predict: Callable[[Any, Any], Any], *others: Any) -> None:
        self.w, self.b = Value(0.7, "w"), Value(0.1, "b")
        self.predict = predict
        self.others = list(others)

    def parameters(self) -> list[Value]:
        return [self.w, self.b]

    def __call__(self, x: Any) -> Any:
        return self.predict(self, x) + 0.0 * (self.w + self.b)  # every step has a gradient for both


def _straight_through(model: Any, x: Any) -> Value:
    z = model.w * x[0] + model.b
    return z + stop_gradient(where(z > 0, 1.0, 0.0) - z)


#: Predictions that depend on the example in a way that a recording can follow.
FOLLOWED: dict[str, Callable[[Any, Any], Any]] = {
    "floor": lambda m, x: m.w * np.floor(x[0]) + m.b,
    "round": lambda m, x: m.w * round(x[0]) + m.b,
    "stop_gradient": _straight_through,
    "data": lambda m, x: m.w * (x[0].data if isinstance(x[0], Value) else x[0]) + m.b,
    "data of a weight": lambda m, x: m.w * x[0] / (abs(m.w.data) + 1) + m.b,
}
#: Predictions that it cannot follow.
NOT_FOLLOWED: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda m, x: m.w * x[0] if x[3] == 1 else m.b * x[0],
    "in": lambda m, x: m.w * x[0] if x[3] in (1.0, 2.0) else m.b * x[0],
    "key": lambda m, x: {1.0: m.w, 0.0: m.b}[x[3]] * x[0],
    "get": lambda m, x: {1.0: m.w}.get(x[3], m.b) * x[0],
    "index": lambda m, x: [m.b, m.w][int(x[3])] * x[0],
    "type": lambda m, x: m.w * x[0] if isinstance(x[0], float) else m.b * x[0],
    "type of data": lambda m, x: m.w * x[0] + (m.b if isinstance(x[1], Value) else 0.0),
    "calls": lambda m, x: [m.others.append(1), m.w * x[0] + m.b * (len(m.others) % 3)][1],
    "random": lambda m, x: m.w * x[0] * random.random() + m.b,
    "generator": lambda m, x: m.w * x[0] * GENERATORS[m].random() + m.b,
    "Tensor": lambda m, x: (
        m.w * x[0] + Tensor([x[0], x[1]]).sum().item() * m.b
        if isinstance(x[0], Value)
        else m.w * x[0] + (x[0] + x[1]) * m.b
    ),
}
GENERATORS: dict[Any, random.Random] = {}
GROUPED = np.column_stack([X, np.arange(len(X)) % 2])


def trained_line(predict: Callable[[Any, Any], Any], *, replay: bool, batch_size: int) -> tuple[Any, Any, list[str]]:
    model = Line(predict)
    random.seed(7)
    GENERATORS[model] = random.Random(7)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        history = train(
            model,
            GROUPED,
            X[:, 0] ** 2,
            loss=mean_squared_error,
            optimizer=SGD(model.parameters(), learning_rate=0.1),
            epochs=3,
            batch_size=batch_size,
            seed=3,
            replay=replay,
        )
    assert all(each.category is NotReplayedWarning and each.filename == __file__ for each in told)
    return history.losses, [parameter.data for parameter in model.parameters()], [str(each.message) for each in told]


@pytest.mark.parametrize("batch_size", [1, 8, 37])
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_a_recording_follows_is_trained_by_replay(name: str, batch_size: int) -> None:
    replayed = trained_line(FOLLOWED[name], replay=True, batch_size=batch_size)
    eager = trained_line(FOLLOWED[name], replay=False, batch_size=batch_size)
    assert replayed[0] == pytest.approx(eager[0], rel=1e-10)
    assert replayed[1] == pytest.approx(eager[1], rel=1e-9)
    assert replayed[2] == []


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_a_recording_cannot_follow_is_trained_node_by_node_with_one_warning(name: str, batch_size: int) -> None:
    replayed = trained_line(NOT_FOLLOWED[name], replay=True, batch_size=batch_size)
    eager = trained_line(NOT_FOLLOWED[name], replay=False, batch_size=batch_size)
    [told] = replayed[2]
    assert "node by node" in told
    if name not in ("calls", "generator"):  # these are called for the comparison too, and remember it
        assert replayed[:2] == eager[:2]
    assert eager[2] == []


def test_a_model_at_its_optimum_is_replayed_without_a_warning() -> None:
    """There a loss of 1e-32 and gradients of 1e-16 are all rounding, and differ by as much as they are."""
    model = Line(lambda m, x: m.w * (x[0] / 3.0) + m.b * (x[1] * 0.1))
    targets = [0.7 * (row[0] / 3.0) + 0.1 * (row[1] * 0.1) for row in X.tolist()]
    optimizer = SGD(model.parameters(), learning_rate=0.1)
    train(model, X, targets, loss=mean_squared_error, optimizer=optimizer, epochs=2, batch_size=8, seed=0)
    assert model.w.data == pytest.approx(0.7, rel=1e-14)


def test_a_weight_that_is_no_parameter_of_the_model_is_followed_too() -> None:
    found = []
    for replay in (True, False):
        outside = Value(0.5, "outside")
        model = Line(lambda m, x, outside=outside: m.w * x[0] + outside * x[1] + m.b)
        optimizer = SGD([*model.parameters(), outside], learning_rate=0.1)
        arguments = {"loss": mean_squared_error, "epochs": 4, "batch_size": 8, "seed": 0}
        history = train(model, X, X[:, 1], optimizer=optimizer, replay=replay, **arguments)
        found.append([*history.losses, outside.data])
    assert found[0] == pytest.approx(found[1], rel=1e-9)


@pytest.mark.parametrize("frozen", [0, 1])
def test_gradients_of_parameters_outside_of_the_optimiser_do_not_depend_on_replay(frozen: int) -> None:
    gradients = []
    for replay in (True, False):
        model = MLP(3, [4, 1], activation="tanh", seed=0)
        moved = model.layers[1 - frozen].parameters()
        optimizer = SGD(moved, learning_rate=0.1)
        arguments = {"loss": mean_squared_error, "epochs": 3, "batch_size": 8, "seed": 0}
        train(model, X, SIDES, optimizer=optimizer, replay=replay, **arguments)
        gradients.append([parameter.grad for parameter in model.parameters()])
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-9, abs=1e-12)
