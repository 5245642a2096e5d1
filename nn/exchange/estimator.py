"""What the estimators for scikit-learn have in common: their parameters, and how their network is made and trained."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_core import InputTypeError, InputValueError, no_grad
from autograd_core.errors import shortened

from ..conversion import positive_integer
from ..losses.penalties import ridge
from ..training.fit import fit
from .by_name import L2, network_from, optimizer_from

__all__ = ["DenseEstimator"]

Array = NDArray[np.float64]


class DenseEstimator(BaseEstimator):  # type: ignore[misc]
    """What the classifier and the regressor have in common; see there."""

    def __init__(
        self,
        hidden: tuple[int, ...] = (32,),
        *,
        activation: str | tuple[str, ...] = "tanh",
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        l2: float = L2[False],
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        early_stopping: int | None = None,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        random_state: Any = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state

    _sizes: tuple[int, ...]

    def _goes_on(self, partial: bool) -> bool:
        """Whether a network is there that is trained further."""
        return hasattr(self, "network_") and (partial or self.warm_start)

    def _train(self, X: Array, targets: Any, weights: Array, loss: Any, outputs: int, partial: bool) -> Self:
        """Train the network that is there, if it goes on, or a new one."""
        who = type(self).__name__
        sizes = (X.shape[1], *self._hidden(), outputs)
        if not self._goes_on(partial) or self._sizes != sizes:
            self._sizes = sizes
            self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self.network_ = network_from(sizes, self.activation, self.dropout, self._seed, self.input_dropout)
            self._optimizer = optimizer_from(self.optimizer, self.network_.parameters(), self.learning_rate, who)
            self.loss_curve_: list[float] = []
        counts = weights > 0  # the others are as good as not there
        X, targets, weights = X[counts], targets[counts], weights[counts]
        self.history_ = fit(
            self.network_,
            X,
            targets,
            loss=loss,
            optimizer=self._optimizer,
            epochs=1 if partial else positive_integer(self.epochs, f"{who}: epochs"),
            batch_size=positive_integer(self.batch_size, f"{who}: batch_size"),
            penalty=ridge(self.l2) if self.l2 else None,
            validation=None if partial or self.early_stopping is None else self.validation_fraction,
            patience=None if partial else self.early_stopping,
            sample_weight=None if (weights == 1).all() else weights,
            seed=self._seed + len(self.loss_curve_),
        )
        self.loss_curve_ += self.history_.losses
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _hidden(self) -> list[int]:
        given = [self.hidden] if isinstance(self.hidden, Integral) else self.hidden
        if not isinstance(given, list | tuple):
            raise InputTypeError(f"{type(self).__name__}: hidden={shortened(given)}; write hidden=(16, 8)")
        return [positive_integer(each, f"{type(self).__name__}: hidden") for each in given]

    def _weights(self, sample_weight: Any, count: int) -> Array:
        if sample_weight is None:
            return np.ones(count)
        weights = np.asarray(sample_weight, dtype=np.float64)
        who = f"{type(self).__name__}: sample_weight"
        if weights.shape != (count,):
            raise InputValueError(f"{who} of shape {weights.shape} for {count} examples; give one for each")
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise InputValueError(f"{who}: a weight is negative or not finite; weights are finite and at least 0")
        if not weights.any():
            raise InputValueError(f"{who}: every weight is zero, and no example would count; give one a weight of 1")
        return weights

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self, "network_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        with no_grad():
            return np.array(self.network_(X).data)
