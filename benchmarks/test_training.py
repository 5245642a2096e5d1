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
    Standardizer,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    load,
    mean_squared_error,
    ridge,
    score,
    train_test_split,
)

from .conftest import Compare
from .report import Report, time_text

SEEDS = range(5)
#: Data, outputs, batch size, and how many times as long scikit-learn shall take.
TIMED = [("digits", 10, 200, 1.5), ("breast_cancer", 1, 32, 2.0)]
EPOCHS = 50


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
    """The model and its loss: of Tensors for digits, of Values for the others."""
    hidden = {"digits": 32, "breast_cancer": 16}.get(name, 10)
    model = MLP(inputs, [hidden, outputs], initializer="matched", seed=seed)
    if name == "digits":
        return model.to_tensor(), cross_entropy
    return model, {"breast_cancer": binary_cross_entropy_with_logits, "diabetes": mean_squared_error}.get(
        name, cross_entropy
    )


def theirs(name: str, hidden: int, batch_size: int, rate: float, seed: int, alpha: float = 0.0) -> Any:
    """scikit-learn's network of the same architecture, without stopping early."""
    kind = MLPRegressor if name == "diabetes" else MLPClassifier
    return kind(
        hidden_layer_sizes=(hidden,), alpha=alpha, batch_size=batch_size, learning_rate_init=rate, max_iter=EPOCHS,
        n_iter_no_change=10**6, random_state=seed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "outputs", "batch_size", "goal"), [("digits", 10, 200, 1.5), ("breast_cancer", 1, 32, 2.0)]
)
def test_time_to_train(compare: Compare, report: Report, name: str, outputs: int, batch_size: int, goal: float) -> None:
    """Fifty epochs with Adam, the making of the network included."""
    X, _, y, _ = parts(name, 0)
    model, _ = network(name, X.shape[1], outputs, 0)
    hidden = model.layers[0].W.shape[0] if name == "digits" else len(model.layers[0].neurons)

    def ours() -> None:
        model, loss = network(name, X.shape[1], outputs, 0)
        fit(model, X, y, loss=loss, optimizer=Adam(model.parameters(), 0.001), epochs=EPOCHS, batch_size=batch_size)

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            theirs(name, hidden, batch_size, 0.001, 0).fit(X, y)

    with threadpool_limits(1):
        mine, other = compare.works(ours=ours, peer=peer)
    kind = "Tensors" if name == "digits" else "scalars"
    work = (
        f"training {X.shape[1]}-{hidden}-{outputs} ({kind}) on {name}, {EPOCHS} epochs of batches of {batch_size}, Adam"
    )
    report.add(work, time_text(mine), f"scikit-learn {time_text(other)}", measured=other / mine, at_least=goal)


@pytest.mark.parametrize(
    ("name", "outputs", "goal"),
    [("breast_cancer", 1, 0.95), ("digits", 10, 0.96), ("iris", 3, 0.93), ("wine", 3, 0.95), ("diabetes", 1, 0.42)],
)
def test_score_of_the_worst_seed(report: Report, name: str, outputs: int, goal: float) -> None:
    """On the test part of one division, by the defaults of fit; diabetes, which is mostly noise, with a ridge."""
    ours, others = [], []
    X, X_test, y, y_test = parts(name, 0)
    alpha = 0.01 if name == "diabetes" else 0.0
    for seed in SEEDS:
        model, loss = network(name, X.shape[1], outputs, seed)
        fit(model, X, y, loss=loss, epochs=EPOCHS, seed=seed, penalty=ridge(alpha))
        ours.append(score(model, X_test, y_test))
        hidden = {"digits": 32, "breast_cancer": 16}.get(name, 10)
        peer = theirs(name, hidden, 32, 0.01, seed, alpha * len(X))  # theirs is halved, and divided by the examples
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            others.append(peer.fit(X, y).score(X_test, y_test))
    what = "R²" if name == "diabetes" else "accuracy"
    work = f"{what} on the test part of {name}, the worst of five seeds of the network"
    report.add(
        work, f"{min(ours):.3f}", f"scikit-learn {min(others):.3f}", measured=min(ours), at_least=goal, unit=f" {what}"
    )
    assert np.isfinite(ours).all()
