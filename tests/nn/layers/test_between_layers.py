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
from nn import MLP, BatchNorm, Dropout, Sequential, cross_entropy, fit, load, mean_squared_error, predict, ridge
from nn.layers.dense import Dense

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


def test_values_in_training_are_told_that_dropout_is_for_tensors() -> None:
    values = np.vectorize(Value, otypes=[object])
    model = Sequential([Dense(values(np.ones((2, 3))), values(np.zeros(2)), "tanh"), Dropout(0.5),
                        Dense(values(np.ones((1, 2))), values(np.zeros(1)))])  # fmt: skip
    with pytest.raises(InputTypeError, match=re.escape("Dropout: x is neither a Tensor nor an array of numbers")):
        fit(model, X, X[:, 0], loss=mean_squared_error, epochs=1)
