"""What a saved network says of the rows of a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputValueError, ModelFileError
from nn import predict, predict_proba
from nn.data.csv_file import read_columns
from nn.exchange.model_file import read_model

__all__ = ["predictions"]


def predictions(model: Path, table: Path, delimiter: str | None = None) -> str:
    """The predictions for a table, as a table of comma-separated values.

    Parameters
    ----------
    model
        A file that ``autograd-core train`` or :meth:`nn.Module.save` wrote.
    table
        The rows, with a column for each feature of the network, in any order; other columns are passed over. For a
        network that was saved without the names of features, a column for each input in their order.
    delimiter
        What stands between two cells; if nothing is given, the first line tells.

    Returns
    -------
    str
        A line a row: the class and the probability of each class, or the number.

    Raises
    ------
    InputTypeError, InputValueError, ModelFileError
        If a file cannot be read, or a column or a number is missing.
    """
    network, notes = read_model(model)
    features, classes = (_texts(notes, name, model) for name in ("features", "classes"))
    X = read_columns(table, features or None, delimiter=delimiter, who="predict")
    layers = getattr(network, "layers", [network])
    if not hasattr(layers[0], "W"):
        raise ModelFileError(f"predict: {model} holds no layer with weights, but {network!r}; train a network")
    inputs = layers[0].W.shape[1]
    if X.shape[1] != inputs:
        raise InputValueError(
            f"predict: {table} has {X.shape[1]} column(s), and the network in {model} {inputs} input(s); give as many"
        )
    mean, scale = (_numbers(notes, name, inputs, model) for name in ("mean", "scale"))
    if mean is not None and scale is not None:
        X = (X - mean) / scale
    found = predict(network, X)
    if classes:
        p = predict_proba(network, X)
        rows = [[classes[k], *row] for k, row in zip(found.tolist(), p.tolist(), strict=True)]
        return _lines(["prediction", *(f"p({name})" for name in classes)], rows)
    for name, change in (("target_scale", np.multiply), ("target_mean", np.add)):
        number = _numbers(notes, name, None, model)
        found = found if number is None else change(found, number)
    return _lines(["prediction"], np.asarray(found).reshape(len(X), -1).tolist())


def _lines(head: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[f"{each:.6g}" if isinstance(each, float) else each for each in row] for row in rows])
    return text.getvalue()


def _texts(notes: Mapping[str, Any], name: str, model: Path) -> list[str]:
    found = notes.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ModelFileError(f"predict: the {name} in {model} are not texts; train the network again")
    return found


def _numbers(notes: Mapping[str, Any], name: str, count: int | None, model: Path) -> NDArray[np.float64] | None:
    """Numbers that stand beside the network: one, or as many as it has inputs; None if there are none."""
    if name not in notes:
        return None
    found = notes[name]
    each = found if isinstance(found, list) and count is not None else [found]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in each) or len(each) != (
        count or 1
    ):
        raise ModelFileError(f"predict: {name} in {model} is not what train writes; train the network again")
    return np.array(each, dtype=np.float64)
