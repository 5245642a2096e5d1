"""The commands ``autograd-core train`` and ``predict``: their options, and what they say."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from autograd_core import InputValueError
from autograd_core.program.files import write_atomically
from nn.exchange.by_name import OPTIMIZERS

from .predictions import predictions
from .training_run import Request, run_training

__all__ = ["predict", "train"]


def train(
    data: Annotated[
        str, typer.Option(help="breast_cancer, diabetes, digits, iris, wine, or a file that ends in .csv or .tsv.")
    ],
    target: Annotated[
        str | None, typer.Option(help="The column of the file that is to be predicted.", show_default=False)
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(help="What the target is; else the column tells.", show_default=False),
    ] = None,
    hidden: Annotated[str, typer.Option(help="Neurons of the hidden layers, such as 16,8; 0 for none.")] = "16",
    activation: Annotated[
        str, typer.Option(help="The activation function of the hidden layers, or one for each, such as relu,tanh.")
    ] = "tanh",
    optimizer: Annotated[str, typer.Option(help=f"One of {', '.join(OPTIMIZERS)}.")] = "adam",
    learning_rate: Annotated[
        float | None, typer.Option(help="How far a step goes; else one that suits the optimizer.", show_default=False)
    ] = None,
    epochs: Annotated[int, typer.Option(help="How often the training goes through all examples.", min=1)] = 50,
    batch_size: Annotated[int, typer.Option(help="Examples in a mini-batch.", min=1)] = 32,
    l2: Annotated[
        float | None,
        typer.Option(
            help="Strength of the penalty l2 * sum(w²) on the weights; else 0.001, or 0.01 for a quantity.",
            show_default=False,
        ),
    ] = None,
    dropout: Annotated[float, typer.Option(help="Share of the hidden outputs that is left out in each step.")] = 0.0,
    input_dropout: Annotated[float, typer.Option(help="Share of the inputs that is left out in each step.")] = 0.0,
    early_stopping: Annotated[
        int | None,
        typer.Option(help="Stop after so many epochs without a smaller validation loss.", min=1, show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the split, the weights and the mini-batches.", min=0)] = 0,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if it is not there.")] = Path(
        "training-output"
    ),
) -> None:
    """Train a network on data, and write it to a file, with a report of one page.

    Example: autograd-core train --data wine --hidden 16,8 --early-stopping 10 --out wine

    Example: autograd-core train --data houses.csv --target price --activation relu
    """
    request = Request(
        data, target, task, _read_hidden(hidden), _read_activation(activation), optimizer, learning_rate, epochs,
        batch_size, l2, dropout, input_dropout, early_stopping, seed,
    )  # fmt: skip
    run_training(request, out, f"autograd-core {shlex.join(sys.argv[1:])}")


def _read_hidden(text: str) -> tuple[int, ...]:
    if text.strip() == "0":
        return ()
    if not re.fullmatch(r"[1-9]\d{0,4}(,[1-9]\d{0,4})*", text.replace(" ", "")):
        raise InputValueError(f"{text!r} are no hidden layers; write their sizes, such as --hidden 16,8")
    return tuple(int(each) for each in text.split(","))


def _read_activation(text: str) -> str | list[str]:
    names = [each.strip() for each in text.split(",")]
    return names if len(names) > 1 else names[0]


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file that train wrote.", show_default=False)],
    table: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A row an example.", show_default=False)],
    delimiter: Annotated[
        str | None, typer.Option(help="What stands between two cells; else the first line tells.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write; else it is printed.", show_default=False)
    ] = None,
) -> None:
    """Say what a trained network predicts for the rows of a table.

    Example: autograd-core predict wine/model.safetensors more.csv -o predictions.csv
    """
    text = predictions(model, table, delimiter)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
        typer.echo(f"wrote {output}")
