"""Which inputs a network listens to: the derivative of its output by each, and what shuffling each one costs."""

from __future__ import annotations

import operator
import random
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, Tensor, Value, no_grad
from autograd_core.derivatives.pull_back import gradient_numbers
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..conversion import called, examples_from, generator_from, positive_integer, sequence_from, targets_from
from ..data.bunch import Data
from ..layers.dense import Sequential
from ..layers.perceptron import MLP
from .table import Table

__all__ = ["Importance", "importance"]

Array = NDArray[np.float64]


class Importance(Table):
    """How much each feature matters to a network, a row a feature, the one that costs most when shuffled first.

    Attributes
    ----------
    features
        The names, in the order of the columns of X; so are the arrays below, of shape (d,).
    mean, mean_absolute, spread
        Of the derivative of the output by the feature, over the examples: its mean, the mean of its absolute value, and
        its standard deviation.
    permutation, permutation_spread
        How much the score falls when the feature is shuffled: the mean over the repetitions and its standard deviation.
    score, measure
        The score without shuffling, and what it is: ``"accuracy"`` or ``"R²"``.
    """

    def __init__(
        self, features: Sequence[str], derivatives: Array, drops: Array, score: float, measure: str, of: str
    ) -> None:
        self.features = tuple(features)
        self.mean, self.spread = derivatives.mean(axis=0), derivatives.std(axis=0)
        self.mean_absolute = np.abs(derivatives).mean(axis=0)
        self.permutation, self.permutation_spread = drops.mean(axis=0).round(12), drops.std(axis=0)  # 0, not 1e-17
        self.score, self.measure = score, measure
        columns = (self.mean, self.mean_absolute, self.spread, self.permutation, self.permutation_spread)
        rows = list(zip(self.features, *(column.tolist() for column in columns), strict=True))
        super().__init__(
            ("feature", "mean dz/dx", "mean |dz/dx|", "spread", f"{measure} lost", "±"),
            [rows[k] for k in np.lexsort((-self.mean_absolute, -self.permutation))],
            f"Importance of {len(rows)} feature{'' if len(rows) == 1 else 's'}",
            f"z is {of}; {measure} {score:.4f} before a feature is shuffled",
        )


def importance(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    feature_names: Sequence[str] | None = None,
    output: SupportsIndex | None = None,
    repeats: SupportsIndex = 10,
    seed: SupportsIndex | random.Random = 0,
) -> Importance:
    """Judge how much each input feature matters, by derivatives and by shuffling.

    Parameters
    ----------
    model
        A network, or a function from one example, a list of Values, to its output or outputs. It is not changed.
    X
        The examples, finite numbers of shape (n, d); or :class:`nn.Data`, which brings `y` and the names.
    y
        Targets of shape (n,). Of a model with several outputs the number of each class; of one with one output labels
        0 and 1 or -1 and 1, or quantities. If nothing is given, the model's own predictions.
    feature_names
        What the features are called; ``x1``, ``x2``, ... if nothing is given.
    output
        The number of the output that is differentiated, counted from 0. If nothing is given, the largest one of each
        example, which is that of the predicted class.
    repeats
        How often each feature is shuffled.
    seed
        An integer, for the same shuffles on each run, or a ``random.Random``.

    Returns
    -------
    Importance

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is not as described, or the model gives numbers that are not finite.

    Notes
    -----
    A derivative is per unit of the feature as the model sees it, so standardised features can be compared with each
    other; it is local. Shuffling breaks what binds the feature to the target and to the other features: L. Breiman,
    "Random forests", Machine Learning 45 (2001), section 10. The score is the accuracy, or for quantities R², the part
    of the variance that is explained.

    Examples
    --------
    >>> X = [[float(k % 5), float(k % 3)] for k in range(15)]
    >>> found = importance(lambda x: 3 * x[0] - x[1], X, feature_names=["a", "b"])
    >>> found.mean.tolist(), found.spread.tolist(), found.rows[0][0]
    ([3.0, -1.0], [0.0, 0.0], 'a')
    """
    if isinstance(X, Data):
        feature_names = X.feature_names if feature_names is None else feature_names
        X, y = X.X, X.y if y is None else y
    called(model, "importance: the model", {}, "a trained model, such as an MLP")
    examples = examples_from(X)
    count, width = examples.shape
    names = [f"x{k}" for k in range(1, width + 1)]
    if feature_names is not None:
        names = sequence_from(feature_names, "importance: feature_names", 'write feature_names=["a", "b"]')
        if len(names) != width or not all(isinstance(each, str) for each in names):
            raise InputValueError(f"importance: {len(names)} feature_names for {width} column(s); give a text for each")
    repeats = positive_integer(repeats, "importance: repeats", 10_000)
    generator = generator_from(seed, "importance")
    network = model
    if isinstance(model, MLP | Sequential):
        network = model.to_tensor()
        network.set_training(False)
    outputs = _outputs(network, examples)
    targets = None if y is None else targets_from(y, count)
    measure, judged = _measure(outputs, targets)
    chosen, of = _chosen(outputs, output)
    derivatives = _derivatives(network, examples, chosen)
    before = _score(outputs, judged, measure)
    drops = np.empty((repeats, width))
    for repetition in range(repeats):
        for column in range(width):
            order = list(range(count))
            generator.shuffle(order)
            shuffled = examples.copy()
            shuffled[:, column] = examples[order, column]
            drops[repetition, column] = before - _score(_outputs(network, shuffled), judged, measure)
    return Importance(names, derivatives, drops, before, measure, of)


# --- the network ------------------------------------------------------------------------------------------------------


def _outputs(network: Any, X: Array) -> Array:
    """What it gives, of shape (examples, outputs)."""
    with no_grad():
        if isinstance(network, Sequential):
            found = network(X).data
        else:
            found = np.array([[_number(each) for each in _listed(network(row))] for row in X.tolist()])
    found = found.reshape(len(X), -1)
    bad = np.argwhere(~np.isfinite(found))
    if bad.size:
        place = tuple(bad[0].tolist())
        raise InputValueError(
            f"importance: the model gives {float(found[place])} for example {place[0]}; train it with a smaller "
            "learning rate, or leave the example out"
        )
    return np.asarray(found, np.float64)


def _derivatives(network: Any, X: Array, chosen: NDArray[np.int64]) -> Array:
    """Of the chosen output of each example by its features, of shape (examples, features)."""
    if isinstance(network, Sequential):
        x = Tensor(X)
        z = network(x)
        (z * np.eye(z.shape[1])[chosen]).sum().backward()  # examples do not see each other
        return np.array(x.grad)
    found = []
    for row, place in zip(X.tolist(), chosen.tolist(), strict=True):
        inputs = [Value(each) for each in row]
        z = _listed(network(inputs))[place]
        found.append(gradient_numbers(z, inputs) if isinstance(z, Value) else [0.0] * len(row))
    return np.array(found)


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple | np.ndarray) else [outputs]


def _number(output: Any) -> float:
    return output.data if isinstance(output, Value) else number_from(output, "importance: the output")


def _chosen(outputs: Array, output: SupportsIndex | None) -> tuple[NDArray[np.int64], str]:
    """The number of the output that is differentiated, an example each, and its name."""
    count = outputs.shape[1]
    if output is None:
        return outputs.argmax(axis=1), "the output" if count == 1 else "the output of the predicted class"
    try:
        number = operator.index(output)
    except TypeError:
        raise InputTypeError(f"importance: output={shortened(output)} is not an integer; write output=0") from None
    if not 0 <= number < count:
        raise InputValueError(f"importance: output={number}, and the model has {count}, counted from 0; write output=0")
    return np.full(len(outputs), number), f"output {number}"


# --- how well it does -------------------------------------------------------------------------------------------------


def _measure(outputs: Array, targets: Array | None) -> tuple[str, Array]:
    """What is measured, and the targets."""
    count = outputs.shape[1]
    if targets is None:
        return ("R²", outputs[:, 0]) if count == 1 else ("accuracy", outputs.argmax(axis=1).astype(np.float64))
    labels = set(targets.tolist())
    if count > 1:
        if not labels <= set(map(float, range(count))):
            raise InputValueError(
                f"importance: y holds {max(labels, key=lambda label: (label not in range(count), label)):g}, and the "
                f"model has {count} outputs; give the number of each class, from 0 to {count - 1}"
            )
        return "accuracy", targets
    return ("accuracy" if labels <= {0.0, 1.0} or labels <= {-1.0, 1.0} else "R²"), targets


def _score(outputs: Array, targets: Array, measure: str) -> float:
    if measure == "accuracy":
        if outputs.shape[1] == 1:
            return float(((outputs[:, 0] > 0) == (targets > 0)).mean())
        return float((outputs.argmax(axis=1) == targets).mean())
    missed, total = ((targets - outputs[:, 0]) ** 2).sum(), ((targets - targets.mean()) ** 2).sum()
    return float(1.0 - missed / total) if total else float(missed == 0.0)
