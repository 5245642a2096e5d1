"""Which classes a classifier takes for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened

from ..conversion import sequence_from
from .table import Table

__all__ = ["ConfusionMatrix", "confusion_matrix"]


class ConfusionMatrix(Table):
    """How many examples of each class (a row) were taken for each class (a column).

    Attributes
    ----------
    counts
        Of shape (classes, classes).
    classes
        What they are called.
    accuracy
        The share on the diagonal.
    """

    def __init__(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        self.counts = counts
        self.classes = tuple(classes)
        self.accuracy = float(np.trace(counts) / counts.sum())
        rows = [
            (name, *row, row[k] / max(sum(row), 1))
            for k, (name, row) in enumerate(zip(self.classes, counts.tolist(), strict=True))
        ]
        super().__init__(
            ("true class", *self.classes, "recall"),
            rows,
            "Confusion matrix: each column a predicted class",
            f"{np.trace(counts):,} of {counts.sum():,} right, accuracy {self.accuracy:.4f}",
        )


def confusion_matrix(y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None) -> ConfusionMatrix:
    """Count how often each class was taken for each class.

    Parameters
    ----------
    y_true, y_pred
        The class of each example and the one that was predicted, numbers or texts, of shape (n,).
    class_names
        What the classes 0, 1, 2, ... are called. If nothing is given, the classes that occur, in their order.

    Returns
    -------
    ConfusionMatrix

    Raises
    ------
    InputTypeError, InputValueError
        If the two are not equally long lists of classes, or a class has no name.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"])
    Confusion matrix: each column a predicted class
    true class  cat  dog  recall
    ----------------------------
    cat           1    1     0.5
    dog           0    2       1
    3 of 4 right, accuracy 0.7500
    """
    advice = "write the class of each example, such as [0, 1, 1]"
    truth, predicted = (
        sequence_from(each, f"confusion_matrix: {name}", advice)
        for each, name in ((y_true, "y_true"), (y_pred, "y_pred"))
    )
    if len(truth) != len(predicted) or not truth:
        raise InputValueError(
            f"confusion_matrix: {len(truth)} true class(es) and {len(predicted)} predicted; give one of each an example"
        )
    if class_names is not None:
        advice_for_names = 'write class_names=["a", "b"], or leave it out'
        class_names = sequence_from(class_names, "confusion_matrix: class_names", advice_for_names)
        if not all(isinstance(each, str) for each in class_names):
            raise InputTypeError(f"confusion_matrix: class_names are not all texts; {advice_for_names}")
    try:
        known: list[Any] = sorted({*truth, *predicted}) if class_names is None else list(range(len(class_names)))
        numbers = {label: number for number, label in enumerate(known)}
        places = [(numbers[one], numbers[other]) for one, other in zip(truth, predicted, strict=True)]
    except KeyError as error:
        raise InputValueError(
            f"confusion_matrix: the class {shortened(error.args[0])} has no name, for there are "
            f"{len(class_names or ())}; leave out class_names, or give classes as numbers from 0 on"
        ) from None
    except TypeError:
        raise InputTypeError(f"confusion_matrix: classes that cannot be put in order; {advice}") from None
    counts = np.zeros((len(known), len(known)), np.int64)
    np.add.at(counts, tuple(zip(*places, strict=True)), 1)
    return ConfusionMatrix(counts, [_name(label) for label in known] if class_names is None else list(class_names))


def _name(label: Any) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)
