"""The command line: ``autograd-core demo``, ``draw`` and ``check``.

What a user got wrong becomes one line on standard error and exit status 2, never a traceback.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograd_core import AutogradError, check_gradients

from .demo import run_demo
from .drawing import draw as draw_graph
from .expression import read_expression

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="See and trust derivatives.")

Expression = Annotated[str, typer.Argument(help="A formula, such as 'tanh(w*x + b)'.", show_default=False)]
FirstBinding = Annotated[
    list[str] | None, typer.Option("--at", metavar="NAME=NUMBER...", help="The number of each name.")
]
MoreBindings = Annotated[list[str] | None, typer.Argument(metavar="[NAME=NUMBER]...", show_default=False, hidden=True)]


@app.command()
def draw(
    expression: Expression,
    more: MoreBindings = None,
    at: FirstBinding = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write: .svg or .dot.")] = Path("graph.svg"),
) -> None:
    """Draw the graph of an expression, with all its numbers and gradients.

    Example: autograd-core draw "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o neuron.svg
    """
    root = read_expression(expression, [*(at or []), *(more or [])]).graph()
    root.backward()
    draw_graph(root, title=expression).save(output)
    typer.echo(f"wrote {output}")


@app.command()
def check(expression: Expression, more: MoreBindings = None, at: FirstBinding = None) -> None:
    """Compare the derivatives of an expression with finite differences.

    Example: autograd-core check "tanh(w*x + b)" --at w=2 x=0.5 b=1

    The exit status is 0 if every derivative is ok, else 1.
    """
    typed = read_expression(expression, [*(at or []), *(more or [])])
    report = check_gradients(typed.of, *typed.leaves())
    typer.echo(str(report))
    if not report:
        raise typer.Exit(1)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="The folder to write to; made if it is not there.")] = Path(
        "demo-output"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the split, the weights and the mini-batches.")] = 0,
    epochs: Annotated[int, typer.Option(help="How often the training goes through all records.", min=1)] = 12,
) -> None:
    """Train a network of Values on real data, check its gradient, and draw it.

    Example: autograd-core demo --out demo-output
    """
    run_demo(out, seed=seed, epochs=epochs)


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = app(standalone_mode=False, prog_name="autograd-core")
    except typer.TyperException as error:
        status = _say(error.format_message())
    except (AutogradError, OSError) as error:
        status = _say(str(error))
    except (KeyboardInterrupt, typer.Abort):
        status = _say("interrupted", status=130)
    sys.exit(status if isinstance(status, int) else 0)


def _say(message: str, *, status: int = 2) -> int:
    one_line = " ".join(message.split())
    print(f"autograd-core: {one_line}", file=sys.stderr)
    return status
