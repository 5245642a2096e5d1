"""A loss of the user's own gets predictions, targets and weights of one shape: nothing is broadcast to (n, n)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn import MLP, SGD, fit, mean_squared_error

X = np.random.default_rng(0).normal(size=(12, 2))
Y = X[:, 0] - 2 * X[:, 1]
WEIGHTS = np.linspace(0.0, 2.0, 12)


def own(z: Any, t: Any, weights: Any = None) -> Any:
    """The mean squared error, as one writes it down."""
    squares = (z - t) ** 2
    return squares.mean() if weights is None else (weights * squares).sum() / weights.sum()


@pytest.mark.parametrize("sample_weight", [None, WEIGHTS])
def test_a_loss_of_the_users_own_is_that_of_the_package(sample_weight: Any) -> None:
    def trained(loss: Any) -> Any:
        model = MLP(2, [3, 1], activation=["tanh", "linear"], seed=0).to_tensor()
        optimizer = SGD(model.parameters(), 0.1)
        return fit(
            model, X, Y, loss=loss, optimizer=optimizer, epochs=4, batch_size=5, validation=(X, Y), seed=0,
            sample_weight=sample_weight,
        )  # fmt: skip

    found, expected = trained(own), trained(mean_squared_error)
    assert found.losses == pytest.approx(expected.losses, rel=1e-12)
    assert found.validation_losses == pytest.approx(expected.validation_losses, rel=1e-12)
