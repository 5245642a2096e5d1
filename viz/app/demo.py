"""The main job: train a network of Values on real records, check its gradient, and show what it looks like inside."""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import typer

from autograd_core import GradientReport, GradientRow, InputValueError, Value, check_gradients, leaves, no_grad
from autograd_core.program.files import write_atomically
from nn import (
    MLP,
    SGD,
    Adam,
    ConfusionMatrix,
    Data,
    History,
    Importance,
    binary_cross_entropy_with_logits,
    confusion_matrix,
    cross_entropy,
    fit,
    importance,
    load_csv,
    predict,
    score,
)

from ..drawing.draw import draw
from ..drawing.drawing import Drawing
from ..drawing.network import draw_network
from ..page.step_through import step_through

__all__ = ["run_demo"]

#: The features of the small version: names in the data set, and short names for the picture.
SMALL = {"mean radius": "radius", "mean texture": "texture", "mean smoothness": "smoothness"}


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with its parts of the data, and how good it is on them."""

    model: MLP
    train: Data
    test: Data
    on_training: float
    on_test: float

    def __str__(self) -> str:
        return f"accuracy {self.on_training:.3f} on the training part, {self.on_test:.3f} on the test part"


@dataclass(frozen=True, slots=True)
class Wine:
    """What came of the wines."""

    trained: Trained
    history: History
    confusion: ConfusionMatrix
    importance: Importance

    def __str__(self) -> str:
        return (
            f"{self.trained}; of {len(self.history.losses)} epochs the weights of epoch {self.history.best_epoch}, "
            "whose loss on the validation part was the least"
        )


def load_records(features: list[str] | None = None) -> Data:
    """The breast-cancer records, all features or some; the class 1 is a malignant tumour.

    Source: W. H. Wolberg, O. L. Mangasarian, N. Street and W. Street, "Breast Cancer Wisconsin (Diagnostic)", UCI
    Machine Learning Repository (1993), licence CC BY 4.0.
    """
    return _packaged("breast_cancer.csv", "malignant", features)


def load_wines() -> Data:
    """What a laboratory measured of wines of three cultivars.

    Source: S. Aeberhard and M. Forina, "Wine", UCI Machine Learning Repository (1992), licence CC BY 4.0.
    """
    return _packaged("wine.csv", "cultivar")


def _packaged(name: str, target: str, features: list[str] | None = None) -> Data:
    with resources.as_file(resources.files("viz.app").joinpath(name)) as path:
        return load_csv(path, target=target, features=features)


def train_model(records: Data, hidden: int, *, seed: int, epochs: int) -> Trained:
    """A network with one hidden layer of tanh neurons and one logit, trained by mini-batches on three quarters."""
    train, test = records.split(test_size=0.25, seed=seed, stratify=False)
    train, test = train.standardized(test)
    model = MLP(len(records.feature_names), [hidden, 1], activation=["tanh", "linear"], seed=seed)
    fit(
        model,
        train,
        loss=binary_cross_entropy_with_logits,
        optimizer=SGD(model.parameters(), learning_rate=0.1),
        epochs=epochs,
        batch_size=16,
        seed=seed,
        progress=True,
    )
    return Trained(model, train, test, *(score(model, part.X, part.y) for part in (train, test)))


def train_on_wines(*, seed: int, epochs: int) -> Wine:
    """A network with an output a cultivar, trained with Adam until the validation part gets no better."""
    train, validation, test = load_wines().split(test_size=0.25, validation_size=0.2, seed=seed)
    train, validation, test = train.standardized(validation, test)
    model = MLP(13, [8, 3], activation=["tanh", "linear"], seed=seed).to_tensor()
    history = fit(
        model,
        train,
        loss=cross_entropy,
        optimizer=Adam(model.parameters(), learning_rate=0.02),
        epochs=4 * epochs,
        batch_size=16,
        validation=validation,
        patience=8,
        seed=seed,
        progress=True,
    )
    trained = Trained(model.to_scalar(), train, test, *(score(model, part.X, part.y) for part in (train, test)))
    names = [f"cultivar {name}" for name in test.class_names]
    confusion = confusion_matrix(test.y, predict(model, test.X), names)
    return Wine(trained, history, confusion, importance(model, test, seed=seed))


def check_model(model: MLP, records: Data, examples: int = 4) -> GradientReport:
    """Check the gradient of the loss on some training records by every parameter."""
    X, y = records.X[:examples].tolist(), records.y[:examples].tolist()

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
    records = load_records()
    trained = train_model(records, 8, seed=seed, epochs=epochs)
    typer.echo(
        f"{len(records)} records of tumours, {len(records.feature_names)} features; {len(trained.test)} kept for the "
        "test"
    )
    typer.echo(f"network 30-8-1: {trained}")
    report = check_model(trained.model, trained.train)
    typer.echo(f"gradient of the trained loss against finite differences: {report.summary}")

    small = train_model(load_records(list(SMALL)), 3, seed=seed, epochs=epochs)
    typer.echo(f"network 3-3-1 (radius, texture, smoothness): {small}")

    wine = train_on_wines(seed=seed, epochs=epochs)
    typer.echo(f"network 13-8-3 for three kinds of wine: {wine}")

    x, y = _first(trained.test)
    pictures = {"neuron": draw(output_neuron_graph(trained.model, x, y))}
    x, y = _first(small.test)
    graph = network_graph(small.model, x, y, list(SMALL.values()))
    pictures["network-graph"] = draw(graph)
    lesson = step_through(
        graph,
        title="The network 3-3-1 and its loss for one record",
        start="backward",
        fold=["layer 1/neuron 2", "layer 1/neuron 3"],
    )
    lesson.save(out / "lesson.html")
    pictures["network"] = draw_network(small.model, inputs=list(SMALL.values()), outputs=["malignant"])
    kinds = wine.trained.test
    pictures["wine"] = draw_network(wine.trained.model, inputs=kinds.feature_names, outputs=kinds.class_names)
    for name, picture in pictures.items():
        picture.save(out / f"{name}.svg")
    write_atomically(out / "gradients.txt", f"{report}\n".encode())
    write_atomically(out / "index.html", _page(trained, small, wine, report, pictures).encode())
    typer.echo(f"open {out / 'index.html'}; step through the small network in {out / 'lesson.html'}")


def _first(part: Data) -> tuple[list[float], float]:
    """The first record and its target."""
    return part.X[0].tolist(), float(part.y[0])


def _page(trained: Trained, small: Trained, wine: Wine, report: GradientReport, pictures: Mapping[str, Drawing]) -> str:
    template = string.Template(resources.files("viz.app").joinpath("demo.html").read_text(encoding="utf-8"))
    return template.substitute(
        trained=html.escape(str(trained)),
        small=html.escape(str(small)),
        wine=html.escape(str(wine)),
        confusion=wine.confusion.to_html(),
        importance=wine.importance.to_html(),
        wine_network=pictures["wine"].element,
        parameters=len(report),
        summary=html.escape(report.summary),
        rows="\n".join(map(_table_row, report)),
        neuron=pictures["neuron"].element,
        network=pictures["network"].element,
        graph=pictures["network-graph"].element,
    )


def _table_row(row: GradientRow) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>"
