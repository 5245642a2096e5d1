"""Networks of Tensors learn by replay what they learn node by node, and give way to it where they must."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_core import NotReplayedWarning, Tensor, tanh, where
from nn import (
    MLP,
    SGD,
    Adam,
    BatchNorm,
    Dense,
    Dropout,
    Module,
    PReLU,
    Sequential,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    gaussian_negative_log_likelihood,
    hinge,
    huber,
    kullback_leibler,
    mean_absolute_error,
    mean_squared_error,
    quantile,
    ridge,
)
from nn.training.steps import Steps

GENERATOR = np.random.default_rng(7)
X = GENERATOR.normal(size=(21, 3))  # the last batch of 8 has 5
LINE = X @ [1.0, -2.0, 0.5]
CLASSES = (LINE > 0).astype(int) + (LINE > 1).astype(int)
SHARES = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
LOSSES: list[tuple[Any, Any, int]] = [
    (mean_squared_error, LINE, 1),
    (mean_squared_error, X, 3),
    (mean_absolute_error, LINE, 1),
    (partial(huber, delta=0.5), LINE, 1),
    (partial(quantile, q=0.9), LINE, 1),
    (binary_cross_entropy_with_logits, (LINE > 0).astype(float), 1),
    (hinge, np.sign(LINE), 1),
    (cross_entropy, CLASSES, 3),
    (cross_entropy, SHARES, 3),
    (kullback_leibler, SHARES, 3),
    (gaussian_negative_log_likelihood, LINE, 2),
]


def network(outputs: int, dtype: Any = np.float64, activation: str = "tanh") -> Sequential:
    sizes = ((5, 3), (5,), (outputs, 5), (outputs,))
    generator = np.random.default_rng(1)
    W, b, V, c = (Tensor(generator.normal(size=size).astype(dtype)) for size in sizes)
    return Sequential([Dense(W, b, activation), Dense(V, c)])


def trained(
    model: Any, loss: Any, y: Any, *, replay: bool, kind: Any = Adam, **options: Any
) -> tuple[list[float], list[np.ndarray]]:
    optimizer = kind(model.parameters(), 0.01)
    options = {"batch_size": 8, **options}
    history = fit(model, X, y, loss=loss, optimizer=optimizer, epochs=3, replay=replay, **options)
    return list(history.losses), [np.array(each.data) for each in model.parameters()]


def same(one: Any, other: Any, rel: float = 1e-10) -> None:
    assert one[0] == pytest.approx(other[0], rel=rel)
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=rel, atol=rel)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize(("loss", "y", "outputs"), LOSSES, ids=lambda each: getattr(each, "__name__", ""))
def test_losses_and_weights_are_those_of_the_eager_loop(loss: Any, y: Any, outputs: int, weighted: bool) -> None:
    options: dict[str, Any] = {"penalty": ridge(0.01)}
    if weighted:
        options["sample_weight"] = np.linspace(0.5, 2.0, len(X))
    one, other = (trained(network(outputs), loss, y, replay=replay, **options) for replay in (True, False))
    same(one, other)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "leaky_relu", "gelu", "softplus", ["tanh"] * 4 + ["relu"]])
def test_every_activation(activation: Any) -> None:
    one, other = (
        trained(network(3, activation=activation), cross_entropy, CLASSES, replay=replay) for replay in (True, False)
    )
    same(one, other)


def test_single_precision() -> None:
    one, other = (trained(network(3, np.float32), cross_entropy, CLASSES, replay=replay) for replay in (True, False))
    assert one[1][0].dtype == np.float32
    same(one, other, 1e-4)


def test_it_is_by_replay_and_not_node_by_node(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    eager = Steps._node_by_node
    monkeypatch.setattr(Steps, "_node_by_node", lambda self, batch: calls.append(batch) or eager(self, batch))
    trained(network(3), cross_entropy, CLASSES, replay=True)
    assert len(calls) == 1  # the first batch


PARTS: dict[str, Any] = {
    "dropout": lambda: Dropout(0.5),
    "batch_norm": lambda: BatchNorm(5, "relu"),
    "prelu": lambda: PReLU(5),
}


def with_part(name: str, dtype: Any = np.float64) -> Sequential:
    first, second = network(3, dtype).modules
    return Sequential([Dropout(0.1), first, PARTS[name](), second])


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("name", PARTS)
def test_what_parts_draw_and_remember_is_what_they_do_node_by_node(
    name: str, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    eager = Steps._node_by_node
    options: dict[str, Any] = {"sample_weight": np.linspace(0.5, 2.0, len(X))} if weighted else {}
    monkeypatch.setattr(Steps, "_node_by_node", lambda self, batch: calls.append(batch) or eager(self, batch))
    models = [with_part(name), with_part(name)]
    one, other = (trained(each, cross_entropy, CLASSES, replay=not at, **options) for at, each in enumerate(models))
    assert len(calls) == 1 + 9  # the first batch, and all
    same(one, other)
    for key, numbers in models[0].buffers().items():
        np.testing.assert_allclose(numbers, models[1].buffers()[key], rtol=1e-10)


def test_parts_in_single_precision() -> None:
    one, other = (trained(with_part("dropout", np.float32), cross_entropy, CLASSES, replay=r) for r in (True, False))
    same(one, other, 1e-4)


class Own(Module):
    """A network of the user's own, which does not tell of its parts."""

    def __init__(self) -> None:
        self.inner = network(1)
        self.dropout = Dropout(0.5)
        self.norm = BatchNorm(1)

    def __call__(self, x: Any) -> Any:
        return self.norm(self.inner(self.dropout(x)))

    def parameters(self) -> list[Any]:
        return [*self.inner.parameters(), *self.norm.parameters()]

    def set_training(self, training: bool) -> None:
        self.dropout.set_training(training)
        self.norm.set_training(training)


@pytest.mark.parametrize("branching", [False, True])
def test_parts_inside_of_a_model_of_ones_own(branching: bool) -> None:
    class Model(Own):
        def __call__(self, x: Any) -> Any:
            z = super().__call__(x)
            return z * 2.0 if branching and (z**3).sum() > 0.0 else z

    models = [Model(), Model()]  # by SGD: Adam makes steps of the rounding errors of a bias that a norm takes away
    one, other = (trained(each, mean_squared_error, LINE, replay=not at, kind=SGD) for at, each in enumerate(models))
    same(one, other)
    np.testing.assert_allclose(models[0].norm.mean, models[1].norm.mean, rtol=1e-10)
    assert models[0].dropout.calls == models[1].dropout.calls == 9


def own_loss(z: Any, t: Any, weights: Any = None) -> Any:
    terms = where(abs(z - t) < 1.0, (z - t) ** 2, abs(z - t))
    return terms.mean() if weights is None else (weights * terms).sum() / weights.sum()


@pytest.mark.parametrize("batch_size", [8, 21])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_a_loss_of_ones_own(weighted: bool, batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    eager = Steps._node_by_node
    options: dict[str, Any] = {"sample_weight": np.linspace(0.5, 2.0, len(X))} if weighted else {}
    monkeypatch.setattr(Steps, "_node_by_node", lambda self, batch: calls.append(batch) or eager(self, batch))
    one = trained(network(1), own_loss, LINE, replay=True, batch_size=batch_size, **options)
    assert len(calls) == 1
    same(one, trained(network(1), own_loss, LINE, replay=False, batch_size=batch_size, **options))


@pytest.mark.parametrize("batch_size", [8, 21])
@pytest.mark.parametrize(
    "loss",
    [
        lambda z, t: ((z - np.asarray(getattr(t, "data", t))) ** 2).mean(),
        lambda z, t: ((z - np.array(t)) ** 2).mean(),
        lambda z, t: ((z - t) ** 2)[np.argsort(t.ravel())[:3]].mean(),
    ],
    ids=["data", "array", "sort"],
)
def test_a_loss_of_ones_own_that_cannot_be_recorded_is_computed_as_it_is(loss: Any, batch_size: int) -> None:
    """Without a warning: it may do with targets what it likes."""
    one, other = (trained(network(1), loss, LINE, replay=r, batch_size=batch_size) for r in (True, False))
    same(one, other)


class Reading(Sequential):
    """A network that reads the numbers of its outputs."""

    def __call__(self, x: Any) -> Any:
        z = super().__call__(x)
        return z * float(np.abs(z.data).max())


def test_a_model_that_freezes_a_number_is_computed_as_it_is_with_a_warning() -> None:
    with pytest.warns(NotReplayedWarning, match=r"data of a Tensor.*test_replay_arrays\.py.*float\(np\.abs"):
        one = trained(Reading(network(1).modules), mean_squared_error, LINE, replay=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(one, trained(Reading(network(1).modules), mean_squared_error, LINE, replay=False))


class Counting(Sequential):
    """A network that does something else at each call."""

    calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return super().__call__(x) * float(self.calls)


def test_a_model_that_is_another_function_each_time_is_not_replayed() -> None:
    with pytest.warns(NotReplayedWarning, match="is it random"):
        trained(Counting(network(1).modules), mean_squared_error, LINE, replay=True)


class Branching(Sequential):
    """A network that takes a branch by its numbers."""

    def __call__(self, x: Any) -> Any:
        z = super().__call__(x)
        return z * 2.0 if z.sum() > 0.0 else tanh(z)


def test_a_batch_that_takes_another_branch_is_computed_as_it_is() -> None:
    one, other = (trained(Branching(network(1).modules), mean_squared_error, LINE, replay=r) for r in (True, False))
    same(one, other)


@pytest.mark.parametrize("name", ["", *PARTS])
def test_a_training_goes_on_bit_by_bit(name: str, tmp_path: Path) -> None:
    def model() -> Any:
        return with_part(name) if name else MLP(3, [5, 3], seed=0).to_tensor()

    whole, part = model(), model()
    fit(whole, X, CLASSES, loss=cross_entropy, epochs=4, batch_size=8)
    for epochs in (2, 4):
        part = model()
        fit(part, X, CLASSES, loss=cross_entropy, epochs=epochs, batch_size=8, checkpoint=tmp_path / "run.npz")
    for one, other in zip(whole.parameters(), part.parameters(), strict=True):
        assert np.array_equal(one.data, other.data)


def test_parameters_that_the_optimizer_does_not_move_keep_the_model_eager() -> None:
    model = network(1)
    fit(model, X, LINE, loss=mean_squared_error, optimizer=Adam(model.parameters()[:2], 0.01), epochs=1)
    assert model.parameters()[2].has_grad
