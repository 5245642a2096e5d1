"""Training from data to a score: time beside scikit-learn's MLPClassifier, and the accuracy of the worst of five seeds.

Both sides have the same examples, architecture, epochs, batch size, optimiser (Adam) and learning rate, and one thread.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from nn import (
    MLP,
    Adam,
    DenseClassifier,
    DenseRegressor,
    Standardizer,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    load,
    train_test_split,
)

from .conftest import Compare
from .report import Report, time_text

SEEDS = range(5)
HIDDEN = {"digits": 32, "breast_cancer": 16, "iris": 10, "wine": 10, "diabetes": 10}
EPOCHS = 50  # what the estimators do by default


def parts(name: str, seed: int) -> tuple[Any, Any, Any, Any]:
    """Standardised training and test examples; of diabetes the targets too, by those of the training part."""
    data = load(name)
    classes = None if name == "diabetes" else data.y
    X, X_test, y, y_test = train_test_split(*data, test_size=0.25, seed=seed, stratify=classes)
    standardizer = Standardizer.fit(X)
    if classes is None:
        y, y_test = (y - y.mean()) / y.std(), (y_test - y.mean()) / y.std()
    else:
        y, y_test = y.astype(int), y_test.astype(int)
    return standardizer.transform(X), standardizer.transform(X_test), y, y_test


def network(name: str, inputs: int, outputs: int, seed: int) -> tuple[Any, Callable[..., Any]]:
    """The model and its loss: of Tensors for digits, of Values for breast_cancer."""
    model = MLP(inputs, [HIDDEN[name], outputs], seed=seed)
    return (model.to_tensor(), cross_entropy) if name == "digits" else (model, binary_cross_entropy_with_logits)


def theirs(name: str, batch_size: int, rate: float, seed: int, activation: str = "relu") -> Any:
    """scikit-learn's network of the same architecture, without stopping early."""
    kind = MLPRegressor if name == "diabetes" else MLPClassifier
    return kind(
        hidden_layer_sizes=(HIDDEN[name],), activation=activation, batch_size=batch_size, learning_rate_init=rate,
        max_iter=EPOCHS, n_iter_no_change=10**6, random_state=seed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "outputs", "batch_size", "goal"),
    [("digits", 10, 200, 1.5), ("digits", 10, 32, 3.0), ("breast_cancer", 1, 32, 2.0)],
)
def test_time_to_train(compare: Compare, report: Report, name: str, outputs: int, batch_size: int, goal: float) -> None:
    """Fifty epochs with Adam, the making of the network included."""
    X, _, y, _ = parts(name, 0)

    def ours() -> None:
        model, loss = network(name, X.shape[1], outputs, 0)
        fit(model, X, y, loss=loss, optimizer=Adam(model.parameters(), 0.001), epochs=EPOCHS, batch_size=batch_size)

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            theirs(name, batch_size, 0.001, 0).set_params(alpha=0.0).fit(X, y)

    with threadpool_limits(1):
        mine, other = compare.works(ours=ours, peer=peer)
    kind = "Tensors" if name == "digits" else "scalars"
    sizes = f"{X.shape[1]}-{HIDDEN[name]}-{outputs}"
    work = f"training {sizes} ({kind}) on {name}, {EPOCHS} epochs of batches of {batch_size}, Adam"
    report.add(work, time_text(mine), f"scikit-learn {time_text(other)}", measured=other / mine, at_least=goal)


@pytest.mark.parametrize(
    ("name", "goal"),
    [("breast_cancer", 0.95), ("digits", 0.96), ("iris", 0.93), ("wine", 0.95), ("diabetes", 0.42)],
)
def test_score_of_the_worst_seed(report: Report, name: str, goal: float) -> None:
    """On the test part of one division, by the defaults; scikit-learn's has the same tanh and steps."""
    X, X_test, y, y_test = parts(name, 0)
    ours, others = [], []
    for seed in SEEDS:
        kind = DenseRegressor if name == "diabetes" else DenseClassifier
        ours.append(kind(hidden=(HIDDEN[name],), random_state=seed).fit(X, y).score(X_test, y_test))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            others.append(theirs(name, 32, 0.01, seed, "tanh").fit(X, y).score(X_test, y_test))
    what = "R²" if name == "diabetes" else "accuracy"
    work, unit = f"{what} on the test part of {name}, the worst of five seeds of the network", f" {what}"
    mine, other = f"{min(ours):.3f}", f"scikit-learn {min(others):.3f}"
    report.add(work, mine, other, measured=min(ours), at_least=goal, unit=unit)
    ahead = min(ours) - min(others)
    report.add(f"{work}: less scikit-learn's", mine, other, measured=ahead, at_least=-0.01, unit=unit)
    assert np.isfinite(ours).all()
