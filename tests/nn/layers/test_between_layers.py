"""Dropout and batch normalisation: what they do while training, that they rest in evaluation, and what comes back."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value, check_gradients
from nn import (
    MLP,
    SGD,
    BatchNorm,
    Dropout,
    PReLU,
    Sequential,
    cross_entropy,
    fit,
    gradient_health,
    load,
    predict,
    predict_proba,
    ridge,
)
from nn.training.steps import Steps

X = np.random.default_rng(4).normal(size=(40, 3))
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def network(rate: float = 0.3) -> Sequential:
    first, last = MLP(3, [6, 3], activation="linear", seed=0).to_tensor().layers
    return Sequential([Dropout(0.1, seed=1), first, BatchNorm(6, "tanh"), Dropout(rate, seed=2), last])


def test_dropout_keeps_the_mean_and_the_share() -> None:
    dropout = Dropout(0.25, seed=3)
    dropout.set_training(True)
    z = dropout(Tensor(np.ones((400, 50)))).data
    assert set(np.unique(z).tolist()) == {0.0, 1 / 0.75}
    assert np.mean(z == 0) == pytest.approx(0.25, abs=0.015)  # three standard deviations are 0.009
    assert not np.array_equal(dropout(Tensor(np.ones((400, 50)))).data, z)


def test_dropout_does_nothing_in_evaluation() -> None:
    x = Tensor(X)
    assert Dropout(0.5)(x) is x
    values = [Value(1.0)]
    assert Dropout(0.5)(values) is values


def test_a_gradient_goes_through_what_was_kept() -> None:
    dropout, x = Dropout(0.5, seed=0), Tensor(np.ones((4, 5)))
    dropout.set_training(True)
    z = dropout(x)
    z.sum().backward()
    np.testing.assert_array_equal(x.grad, z.data)


@pytest.mark.parametrize("training", [True, False])
def test_the_derivatives_of_a_normalisation_are_right(training: bool) -> None:
    norm = BatchNorm(2, "tanh")
    norm.set_buffers({"mean": [0.5, -0.5], "variance": [2.0, 0.25]})
    norm.set_training(training)
    x = Tensor(X[:5, :2].copy())
    assert check_gradients(lambda *_: (norm(x) * Tensor(X[5:10, :2])).sum(), x, norm.scale, norm.shift)


def test_outputs_of_a_batch_have_mean_zero_and_deviation_one() -> None:
    norm = BatchNorm(3)
    norm.set_training(True)
    z = norm(Tensor(7.0 + 3.0 * X)).data
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-5)


def test_running_means_come_to_those_of_the_examples() -> None:
    norm = BatchNorm(3)
    norm.set_training(True)
    for _ in range(300):
        norm(Tensor(X))
    np.testing.assert_allclose(norm.mean, X.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(norm.variance, X.var(axis=0, ddof=1), rtol=1e-10)


def test_a_network_trains_with_both_and_rests_in_evaluation() -> None:
    model = network(rate=0.1)
    history = fit(model, X, CLASSES, loss=cross_entropy, epochs=60, batch_size=10, validation=(X, CLASSES))
    assert history.validation_metrics["accuracy"][-1] > 0.7
    assert not model.training
    np.testing.assert_array_equal(model(X).data, model(X).data)
    np.testing.assert_array_equal(predict(model, X), model(X).data.argmax(axis=1))
    one = np.array([model(row).data for row in X])
    np.testing.assert_allclose(one, model(X).data, rtol=1e-12)
    assert cross_entropy(model(X), CLASSES).item() == pytest.approx(min(history.validation_losses), rel=1e-12)


def test_a_training_with_both_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    whole, parts = network(), network()
    fit(whole, X, CLASSES, loss=cross_entropy, epochs=6, batch_size=10)
    fit(parts, X, CLASSES, loss=cross_entropy, epochs=2, batch_size=10, checkpoint=tmp_path / "run.npz")
    parts = network()
    fit(parts, X, CLASSES, loss=cross_entropy, epochs=6, batch_size=10, checkpoint=tmp_path / "run.npz")
    np.testing.assert_array_equal(whole(X).data, parts(X).data)


def test_what_is_learned_comes_back(tmp_path: Path) -> None:
    model = network()
    fit(model, X, CLASSES, loss=cross_entropy, epochs=2, batch_size=10)
    model.save(tmp_path / "model.safetensors")
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), load(tmp_path / "model.safetensors"),
                 model.to_tensor()):  # fmt: skip
        np.testing.assert_array_equal(twin(X).data, model(X).data)
        assert repr(twin) == repr(model)
        assert twin.head == "multiclass"


def test_a_penalty_holds_neither_biases_nor_scale_and_shift() -> None:
    model = network()
    assert model.weights() == [layer.W for layer in model.layers]
    fit(model, X, CLASSES, loss=cross_entropy, epochs=1, batch_size=10, penalty=ridge(0.1))


def test_without_normalisation_there_is_a_scalar_twin() -> None:
    first, last = MLP(3, [4, 1], seed=0).to_tensor().layers
    model = Sequential([first, Dropout(0.5), last])
    twin = model.to_scalar()
    assert twin(X[0]).data == pytest.approx(model(X[0]).item(), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Dropout(1.0), InputValueError, "Dropout: rate=1.0 is not from 0 to less than 1; write 0.5"),
        (lambda: BatchNorm(2, momentum=0.0), InputValueError, "BatchNorm: momentum=0.0 is not above 0"),
        (lambda: BatchNorm(2)(Tensor(X)), InputValueError, "BatchNorm: x has shape (40, 3); give (examples, 2)"),
        (lambda: BatchNorm(1)([Value(1.0)]), InputTypeError, "BatchNorm: x is not a Tensor"),
        (lambda: network().to_scalar(), InputTypeError, "to_scalar: a batch normalisation looks at all examples"),
        (
            lambda: fit(network(), X, CLASSES, loss=cross_entropy, batch_size=39),
            InputValueError,
            "BatchNorm: a batch of one example has no spread; choose a batch_size that leaves no example alone",
        ),
        (lambda: Sequential([Dropout(0.5)]), InputValueError, "Sequential: there are no layers"),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()


#: What stands before the first layer and behind it, and whether a program can replay it.
BETWEEN: dict[str, tuple[list[Any], list[Any], bool]] = {
    "dropout": ([Dropout(0.2, seed=1)], [Dropout(0.3, seed=2)], True),
    "slopes": ([], [PReLU(5), Dropout(0.3, seed=2)], True),
    "normalisation": ([Dropout(0.2, seed=1)], [BatchNorm(5, "tanh", name="norm"), Dropout(0.3, seed=2)], False),
}


def of_tensors(between: str) -> Sequential:
    first, last = MLP(3, [5, 3], activation="linear", seed=0).to_tensor().layers
    before, behind, _ = copy.deepcopy(BETWEEN[between])
    return Sequential([*before, first, *behind, last])


@pytest.mark.parametrize("between", BETWEEN)
def test_every_weight_a_node_and_it_learns_the_same(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replays = []
    replayed = Steps._replayed
    monkeypatch.setattr(Steps, "_replayed", lambda *given: (replays.append(given), replayed(*given))[1])
    tensors = of_tensors(between)
    values, node_by_node = tensors.to_values(), tensors.to_values()
    assert all(isinstance(each, Value) for each in values.parameters())
    histories = [
        fit(model, X, CLASSES, loss=cross_entropy, optimizer=SGD(model.parameters(), 0.3), epochs=4, batch_size=9,
            validation=(X[:7], CLASSES[:7]), class_weight="balanced", penalty=ridge(1e-3), replay=model is values)
        for model in (tensors, values, node_by_node)
    ]  # fmt: skip
    assert len(replays) == 20 * BETWEEN[between][2]
    for history, model in zip(histories[1:], (values, node_by_node), strict=True):
        assert history.losses == pytest.approx(histories[0].losses, rel=1e-10)
        assert history.validation_losses == pytest.approx(histories[0].validation_losses, rel=1e-10)
        for name, lengths in histories[0].gradient_norms.items():
            assert history.gradient_norms[name] == pytest.approx(lengths, rel=1e-10)
        for one, other in zip(model.to_tensor().parameters(), tensors.parameters(), strict=True):
            np.testing.assert_allclose(one.data, other.data, rtol=1e-10, atol=1e-12)
        assert [each.tolist() for each in model.buffers().values()] == [
            pytest.approx(each, rel=1e-10) for each in tensors.buffers().values()
        ]


@pytest.mark.parametrize("between", BETWEEN)
def test_a_network_of_values_goes_on_from_a_checkpoint_and_comes_back(between: str, tmp_path: Path) -> None:
    def go(model: Sequential, epochs: int, **options: Any) -> Sequential:
        fit(model, X, CLASSES, loss=cross_entropy, epochs=epochs, batch_size=10, **options)
        return model

    whole = go(of_tensors(between).to_values(), 4)
    for epochs in (2, 4):
        parts = go(of_tensors(between).to_values(), epochs, checkpoint=tmp_path / "run.npz")
    parts.save(tmp_path / "model.safetensors")
    for twin in (parts, copy.deepcopy(whole), pickle.loads(pickle.dumps(whole)), load(tmp_path / "model.safetensors")):
        np.testing.assert_array_equal(predict_proba(twin, X), predict_proba(whole, X))
        assert repr(twin) == repr(whole)


@pytest.mark.parametrize("between", BETWEEN)
def test_where_its_gradient_dies_is_found(between: str) -> None:
    model = of_tensors(between)
    assert gradient_health(model, X, CLASSES, loss=cross_entropy)
    if between == "normalisation":
        model.modules[2].shift.data = np.full(5, 100.0)  # far out, where tanh is flat
        assert not gradient_health(model, X, CLASSES, loss=cross_entropy)


def test_one_example_of_values_cannot_be_normalised_in_training() -> None:
    norm = BatchNorm(1).to_values()
    norm.set_training(True)
    with pytest.raises(InputValueError, match="a batch of one example has no spread"):
        norm(np.array([Value(1.0)]))
