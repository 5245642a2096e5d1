"""The main job: train a network of Values on real records, check its gradient, and show what it looks like inside."""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import typer

from autograd_core import GradientReport, GradientRow, InputValueError, Value, check_gradients, leaves, no_grad
from autograd_core.program.files import write_atomically
from nn import (
    MLP,
    SGD,
    Standardizer,
    accuracy,
    binary_cross_entropy_with_logits,
    train,
    train_test_split,
)

from ..drawing.draw import draw
from ..drawing.drawing import Drawing
from ..drawing.network import draw_network
from ..page.step_through import step_through

__all__ = ["run_demo"]

#: The features of the small version: names in the data set, and short names for the picture.
SMALL = {"mean radius": "radius", "mean texture": "texture", "mean smoothness": "smoothness"}


@dataclass(frozen=True, slots=True)
class Records:
    """Standardised records; the target is 1 for a malignant tumour."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any
    features: list[str]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with its accuracies."""

    model: MLP
    on_training: float
    on_test: float

    def __str__(self) -> str:
        return f"accuracy {self.on_training:.3f} on the training part, {self.on_test:.3f} on the test part"


def load_records(seed: int, features: list[str] | None = None) -> Records:
    """The breast-cancer records, three quarters for training, standardised on these.

    Source: W. H. Wolberg, O. L. Mangasarian, N. Street and W. Street, "Breast Cancer Wisconsin (Diagnostic)", UCI
    Machine Learning Repository (1993), licence CC BY 4.0.
    """
    with resources.files("viz.app").joinpath("breast_cancer.csv").open(encoding="utf-8") as file:
        *names, _ = next(file).rstrip("\n").split(",")
        data = np.loadtxt(file, delimiter=",")
    chosen = features or names
    X = data[:, [names.index(name) for name in chosen]]
    X_train, X_test, y_train, y_test = train_test_split(X, data[:, -1], test_fraction=0.25, seed=seed)
    scale = Standardizer.fit(X_train)
    return Records(scale.transform(X_train), scale.transform(X_test), y_train, y_test, chosen)


def train_model(records: Records, hidden: int, *, seed: int, epochs: int) -> Trained:
    """A network with one hidden layer of tanh neurons and one logit, trained by mini-batches."""
    model = MLP(
        len(records.features), [hidden, 1], activation=["tanh", "linear"], initializer="glorot_uniform", seed=seed
    )
    train(
        model,
        records.X_train,
        records.y_train,
        loss=binary_cross_entropy_with_logits,
        optimizer=SGD(model.parameters(), learning_rate=0.1),
        epochs=epochs,
        batch_size=16,
        seed=seed,
        progress=True,
    )
    return Trained(
        model,
        accuracy(model, records.X_train, records.y_train),
        accuracy(model, records.X_test, records.y_test),
    )


def check_model(model: MLP, records: Records, examples: int = 4) -> GradientReport:
    """Check the gradient of the loss on some training records by every parameter."""
    X, y = records.X_train[:examples].tolist(), records.y_train[:examples].tolist()

    def loss(*_: Value) -> Value:
        mean: Value = binary_cross_entropy_with_logits([model(x) for x in X], y)
        return mean

    return check_gradients(loss, *model.parameters())


def output_neuron_graph(model: MLP, record: Any, target: float) -> Value:
    """The graph of the output neuron and the loss for one record; what the hidden neurons gave are its inputs."""
    hidden, output = model.layers
    with no_grad():
        given = [each.data for each in hidden(record)]
    inputs = [Value(number, f"s{position}") for position, number in enumerate(given, start=1)]
    return _loss_with_gradients(output(inputs), target)


def network_graph(model: MLP, record: Any, target: float, names: list[str]) -> Value:
    """The graph of a whole network and its loss for one record."""
    inputs = [Value(number, name) for number, name in zip(record, names, strict=True)]
    return _loss_with_gradients(model(inputs), target)


def _loss_with_gradients(z: Value, target: float) -> Value:
    z.label = "z"
    loss: Value = binary_cross_entropy_with_logits([z], [target])
    loss.label = "loss"
    for leaf in leaves(loss):  # which still holds the gradient of the last mini-batch
        leaf.zero_grad()
    loss.backward()
    return loss


def run_demo(out: Path, *, seed: int, epochs: int) -> None:
    """Do the main job and write what it shows.

    Parameters
    ----------
    out
        The folder for the pictures, the report and ``index.html``; made if it is not there.
    seed
        Seed of the split, the weights and the mini-batches.
    epochs
        How often the training goes through all records.

    Raises
    ------
    InputValueError
        If the folder cannot be made.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputValueError(f"cannot make the folder {out}: {error.strerror}; choose another --out") from None
    records = load_records(seed)
    count = len(records.y_train) + len(records.y_test)
    typer.echo(f"{count} records of tumours, {len(records.features)} features; {len(records.y_test)} kept for the test")
    trained = train_model(records, 8, seed=seed, epochs=epochs)
    typer.echo(f"network 30-8-1: {trained}")
    report = check_model(trained.model, records)
    typer.echo(f"gradient of the trained loss against finite differences: {report.summary}")

    small_records = load_records(seed, list(SMALL))
    small = train_model(small_records, 3, seed=seed, epochs=epochs)
    typer.echo(f"network 3-3-1 (radius, texture, smoothness): {small}")

    x, y = records.X_test[0].tolist(), float(records.y_test[0])
    pictures = {"neuron": draw(output_neuron_graph(trained.model, x, y))}
    x, y = small_records.X_test[0].tolist(), float(small_records.y_test[0])
    graph = network_graph(small.model, x, y, list(SMALL.values()))
    pictures["network-graph"] = draw(graph)
    lesson = step_through(
        graph,
        title="The network 3-3-1 and its loss for one record",
        start="backward",
        fold=["layer 1/neuron 2", "layer 1/neuron 3"],
    )
    lesson.save(out / "lesson.html")
    pictures["network"] = draw_network(small.model)
    for name, picture in pictures.items():
        picture.save(out / f"{name}.svg")
    write_atomically(out / "gradients.txt", f"{report}\n".encode())
    write_atomically(out / "index.html", _page(trained, small, report, pictures).encode())
    typer.echo(f"open {out / 'index.html'}; step through the small network in {out / 'lesson.html'}")


def _page(trained: Trained, small: Trained, report: GradientReport, pictures: Mapping[str, Drawing]) -> str:
    template = string.Template(resources.files("viz.app").joinpath("demo.html").read_text(encoding="utf-8"))
    return template.substitute(
        trained=html.escape(str(trained)),
        small=html.escape(str(small)),
        parameters=len(report),
        summary=html.escape(report.summary),
        rows="\n".join(map(_table_row, report)),
        neuron=pictures["neuron"].element,
        network=pictures["network"].element,
        graph=pictures["network-graph"].element,
    )


def _table_row(row: GradientRow) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>"
