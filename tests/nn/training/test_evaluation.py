"""What a trained model says: classes, probabilities and numbers, by the head that goes with its loss."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest

from autograd_core import InputValueError
from nn import (
    MLP,
    accuracy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    gaussian_negative_log_likelihood,
    hinge,
    mean_squared_error,
    predict,
    predict_proba,
    score,
)

X = np.random.default_rng(3).normal(size=(30, 2))
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


@pytest.mark.parametrize("of_tensors", [False, True])
@pytest.mark.parametrize(
    ("loss", "y", "outputs", "head"),
    [
        (mean_squared_error, X[:, 0] - X[:, 1], 1, "regression"),
        (mean_squared_error, X * 2 + 1, 2, "regression"),
        (gaussian_negative_log_likelihood, X[:, 0] - X[:, 1], 2, "gaussian"),
        (binary_cross_entropy_with_logits, X[:, 0] > 0, 1, "binary"),
        (hinge, np.where(X[:, 0] > 0, 1, -1), 1, "signs"),
        (cross_entropy, CLASSES, 3, "multiclass"),
    ],
)
def test_a_model_says_what_it_learned(loss: Any, y: Any, outputs: int, head: str, of_tensors: bool) -> None:
    scalar = MLP(2, [6, outputs], activation=["tanh", None], seed=0)
    model: Any = scalar.to_tensor() if of_tensors else scalar
    history = fit(model, X, y, loss=loss, epochs=80, batch_size=10, validation=(X, y))
    assert model.head == head
    said, outputs_of = predict(model, X), np.array([np.ravel(_numbers(model(row))) for row in X])
    assert said.shape == np.shape(y)
    [(_, metric)] = history.validation_metrics.items()
    assert score(model, X, y) == pytest.approx(metric[history.best_epoch - 1], rel=1e-12)  # type: ignore[operator]
    assert score(model, X, y) == score(model, (X, y)) > 0.8
    if head in ("binary", "multiclass"):
        p = predict_proba(model, X)
        np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-15)
        np.testing.assert_array_equal(p.argmax(axis=1), said)
        logits = outputs_of if head == "multiclass" else np.column_stack([np.zeros(30), outputs_of])
        np.testing.assert_allclose(p, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-12)
    if head == "binary":
        assert score(model, X, y) == accuracy(model, X, y)
    assert pickle.loads(pickle.dumps(model)).head == head


def _numbers(output: Any) -> Any:
    if isinstance(output, list):
        return [each.data for each in output]
    return output.data


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: predict(MLP(2, [1], seed=0), X), "predict: head: the model has none, for it was not trained by fit"),
        (lambda: predict(MLP(2, [1], seed=0), X, head="two"), "predict: head: there is no 'two'; write head= one of"),
        (lambda: predict_proba(MLP(2, [1], seed=0), X, head="regression"), "are no probabilities"),
        (lambda: score(MLP(2, [1], seed=0), X, [1.0], head="regression"), "targets of shape (1,) for predictions of"),
    ],
)
def test_what_is_refused(call: Any, text: str) -> None:
    with pytest.raises(InputValueError, match=re.escape(text)):
        call()
