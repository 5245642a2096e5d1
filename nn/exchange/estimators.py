"""Networks as scikit-learn's estimators: for pipelines, grid search, cross-validation and joblib.

Only who uses them imports this module, for it needs scikit-learn, the extra ``data``. What they are called and do is
told by https://scikit-learn.org/stable/developers/develop.html, and held by its ``check_estimator``.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from autograd_core import InputValueError
from autograd_core.errors import shortened

from ..losses.classification import binary_cross_entropy_with_logits, cross_entropy
from ..losses.regression import mean_squared_error
from ..training.heads import HEADS
from .by_name import L2
from .estimator import DenseEstimator

__all__ = ["DenseClassifier", "DenseRegressor"]

Array = NDArray[np.float64]


class DenseClassifier(ClassifierMixin, DenseEstimator):  # type: ignore[misc]
    """A network of dense layers that tells classes apart, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden
        Neurons of the hidden layers.
    activation
        The activation function of the hidden layers, or one for each.
    optimizer
        ``"adam"``, ``"adamw"``, ``"rmsprop"``, ``"sgd"``, or ``"newton"`` for few weights.
    learning_rate
        How far a step goes; one that suits the optimiser if nothing is given.
    epochs
        How often :meth:`fit` sees every example.
    batch_size
        Examples in a mini-batch.
    l2
        Strength of the penalty l2 * sum(w²) on the weights, not on the biases.
    dropout
        Which share of the outputs of each hidden layer is left out in each step.
    input_dropout
        Which share of the inputs is.
    early_stopping
        Set a part aside and stop after so many epochs in which its loss has not fallen; the best weights are kept.
    validation_fraction
        How large that part is.
    class_weight
        What an example of each class counts: a dictionary by class, ``"balanced"``, or None for 1.
    warm_start
        Whether :meth:`fit` goes on with the network that is there.
    random_state
        The seed of weights and mini-batches.

    Attributes
    ----------
    network_
        The trained :class:`nn.Sequential`; its outputs are logits.
    classes_
        The labels, in the order of the outputs.
    history_
        The :class:`nn.History` of the last training.
    loss_curve_, n_iter_
        The loss of each epoch since the network was new, and how many these are.
    n_features_in_, feature_names_in_
        As scikit-learn has them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), DenseClassifier(hidden=(8,), epochs=100)).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (32,),
        *,
        activation: str | tuple[str, ...] = "tanh",
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        l2: float = L2[True],
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        early_stopping: int | None = None,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = 0,
    ) -> None:
        super().__init__(
            hidden,
            activation=activation,
            optimizer=optimizer,
            learning_rate=learning_rate,
            epochs=epochs,
            batch_size=batch_size,
            l2=l2,
            dropout=dropout,
            input_dropout=input_dropout,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            random_state=random_state,
        )
        self.class_weight = class_weight

    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X
            The examples, of shape (n, d).
        y
            Their classes, numbers or texts, of shape (n,).
        sample_weight
            What each example counts; 1 if nothing is given.

        Returns
        -------
        self
        """
        return self._fitted(X, y, None, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train the network for one epoch; `classes` lists all there are, which the first examples may not have.

        Other parameters and the result are those of :meth:`fit`.
        """
        return self._fitted(X, y, classes, sample_weight, partial=True)

    def _fitted(self, X: Any, y: Any, classes: Any, sample_weight: Any, partial: bool) -> Self:
        goes_on = self._goes_on(partial)
        X, y = validate_data(self, X, y, dtype=np.float64, reset=not goes_on)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        weights = self._weights(sample_weight, len(X))
        there = np.unique(y)
        if goes_on and not np.isin(there, self.classes_).all():
            if partial:
                new = there[~np.isin(there, self.classes_)].tolist()
                raise InputValueError(
                    f"{type(self).__name__}: the class {new[0]!r} was not there before; give the first call of "
                    "partial_fit all classes: classes=[...]"
                )
            del self.network_  # fit begins anew for other classes
            goes_on = False
        if not goes_on:
            self.classes_ = there if classes is None else np.unique(classes)
            if not np.isin(there, self.classes_).all():
                raise InputValueError(
                    f"{type(self).__name__}: y holds a class that is not among classes={shortened(classes)}; list all"
                )
        codes = np.searchsorted(self.classes_, y)
        if self.class_weight is not None:
            every = compute_class_weight(self.class_weight, classes=there, y=y)
            weights = weights * every[np.searchsorted(there, y)]
        if len(self.classes_) > 2:
            return self._train(X, codes, weights, cross_entropy, len(self.classes_), partial)
        return self._train(X, codes, weights, binary_cross_entropy_with_logits, 1, partial)

    def decision_function(self, X: Any) -> Array:
        """The logits, of shape (n, classes); for two classes of shape (n,), positive for the second one."""
        z = self._outputs(X)
        return z[:, 0] if z.shape[1] == 1 else z

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, of shape (n, classes)."""
        z = self._outputs(X)
        if len(self.classes_) == 1:
            return np.ones((len(z), 1))
        head = HEADS["binary" if z.shape[1] == 1 else "multiclass"]
        assert head.probabilities is not None
        return np.asarray(head.probabilities(z))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each example, of shape (n,)."""
        most_probable = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[most_probable])


class DenseRegressor(RegressorMixin, DenseEstimator):  # type: ignore[misc]
    """A network of dense layers that predicts a quantity, as an estimator of scikit-learn.

    Its parameters and attributes are those of :class:`DenseClassifier`, without those of classes; l2 is 0.01.
    Targets are best standardised too: ``sklearn.compose.TransformedTargetRegressor`` does it and undoes it.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 30).reshape(-1, 1)
    >>> DenseRegressor(hidden=(8,), l2=0, epochs=300).fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.9
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X
            The examples, of shape (n, d).
        y
            Their targets, of shape (n,).
        sample_weight
            What each example counts; 1 if nothing is given.

        Returns
        -------
        self
        """
        return self._fitted(X, y, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network for one epoch; parameters and result are those of :meth:`fit`."""
        return self._fitted(X, y, sample_weight, partial=True)

    def _fitted(self, X: Any, y: Any, sample_weight: Any, partial: bool) -> Self:
        X, y = validate_data(self, X, y, dtype=np.float64, reset=not self._goes_on(partial), y_numeric=True)
        targets = column_or_1d(y, warn=True).astype(np.float64)
        return self._train(X, targets, self._weights(sample_weight, len(X)), mean_squared_error, 1, partial)

    def predict(self, X: Any) -> Array:
        """The prediction for each example, of shape (n,)."""
        return np.asarray(self._outputs(X)[:, 0])
