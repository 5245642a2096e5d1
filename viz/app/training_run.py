"""``autograd-core train``: from a data set to a trained network, its file and a report of one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import typer

from autograd_core import InputValueError
from autograd_core.errors import did_you_mean, shortened
from autograd_core.program.files import write_atomically
from nn import (
    Data,
    History,
    Sequential,
    Standardizer,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    load,
    load_csv,
    mean_squared_error,
    ridge,
)
from nn.data.sources import DATA_SETS
from nn.exchange.by_name import L2, network_from, optimizer_from
from nn.exchange.model_file import write_model

from ..plots.plot import new_figure
from .training_report import Report

__all__ = ["Request", "Run", "run_training", "trained"]


_FEWEST = 5  # one for the test, one for validation, three for training


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be trained, and how: the options of the command."""

    data: str
    target: str | None = None
    task: Literal["classification", "regression"] | None = None
    hidden: Sequence[int] = (16,)
    activation: str | Sequence[str] = "tanh"
    optimizer: str = "adam"
    learning_rate: float | None = None
    epochs: int = 50
    batch_size: int = 32
    l2: float | None = None
    dropout: float = 0.0
    input_dropout: float = 0.0
    early_stopping: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. The parts are standardised by the training part; of a regression the targets too."""

    data: Data
    train: Data
    validation: Data
    test: Data
    model: Sequential
    optimizer: Any
    history: History
    notes: dict[str, Any]


def trained(request: Request) -> Run:
    """Load, split, standardise, train."""
    data = _loaded(request)
    if len(data) < _FEWEST:
        raise InputValueError(f"train: {len(data)} examples are too few for three parts; give at least {_FEWEST}")
    # A part can have its share of each class only if there are a few examples of each.
    stratify = bool(data.class_names) and bool(np.bincount(data.y).min() >= _FEWEST)
    parts = data.split(test_size=0.2, validation_size=0.2, seed=request.seed, stratify=stratify)
    scale = Standardizer.fit(parts[0].X)
    notes: dict[str, Any] = {
        "features": list(data.feature_names),
        "classes": list(data.class_names),
        "mean": scale.mean.tolist(),
        "scale": scale.scale.tolist(),
    }
    of_target = None
    if not data.class_names:
        of_target = Standardizer.fit(parts[0].y.reshape(-1, 1))
        notes |= {"target_mean": of_target.mean.item(), "target_scale": of_target.scale.item()}
    train, validation, test = (_standardised(part, scale, of_target) for part in parts)
    outputs = len(data.class_names) if len(data.class_names) > 2 else 1
    sizes = (data.X.shape[1], *request.hidden, outputs)
    model = network_from(sizes, request.activation, request.dropout, request.seed, request.input_dropout)
    optimizer = optimizer_from(request.optimizer, model.parameters(), request.learning_rate, "train")
    loss: Any = mean_squared_error
    if data.class_names:
        loss = cross_entropy if outputs > 1 else binary_cross_entropy_with_logits
    strength = L2[bool(data.class_names)] if request.l2 is None else request.l2
    history = fit(
        model,
        train,
        loss=loss,
        optimizer=optimizer,
        epochs=request.epochs,
        batch_size=request.batch_size,
        penalty=ridge(strength) if strength else None,
        validation=validation,
        patience=request.early_stopping,
        seed=request.seed,
        progress=True,
    )
    return Run(data, train, validation, test, model, optimizer, history, notes)


def _loaded(request: Request) -> Data:
    if request.data in DATA_SETS:
        if request.target is not None:
            raise InputValueError(f"train: {request.data} has its target; leave out --target {request.target}")
        return load(request.data)  # type: ignore[no-any-return]
    if not request.data.lower().endswith((".csv", ".tsv", ".txt")):
        raise InputValueError(
            f"train: --data {shortened(request.data)} is neither a file .csv nor one of {', '.join(DATA_SETS)}; "
            f"{did_you_mean(request.data, DATA_SETS) or 'write --data wine'}"
        )
    if request.target is None:
        raise InputValueError("train: which column is to be predicted? Write --target COLUMN")
    return load_csv(request.data, target=request.target, task=request.task)


def _standardised(part: Data, scale: Standardizer, of_target: Standardizer | None) -> Data:
    y = part.y if of_target is None else of_target.transform(part.y.reshape(-1, 1))[:, 0]
    return Data(scale.transform(part.X), y, part.feature_names, part.class_names, part.name)


def run_training(request: Request, out: Path, command: str) -> None:
    """Train, and write the network and the report.

    Parameters
    ----------
    request
        What is to be trained, and how.
    out
        The folder for ``model.safetensors`` and ``report.html``; made if it is not there.
    command
        What was typed, for the report.

    Raises
    ------
    InputTypeError, InputValueError
        If an option cannot be, the data cannot be read, or the folder cannot be made.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputValueError(f"cannot make the folder {out}: {error.strerror}; choose another --out") from None
    with new_figure(1.0, 1.0):  # without matplotlib there will be no report: better said now than after the training
        pass
    run = trained(request)
    typer.echo(repr(run.data))
    report = Report(run.data, run.model, run.history, run.test, request.seed, run.notes)
    typer.echo(report.sentence)
    write_model(out / "model.safetensors", run.model, run.notes)
    write_atomically(out / "report.html", report.page(command).encode())
    typer.echo(f"wrote {out / 'model.safetensors'}; open {out / 'report.html'}")
