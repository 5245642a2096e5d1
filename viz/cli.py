"""The command line: ``autograd-core draw``, ``step``, ``lab``, ``network``, ``check``, ``export``, ``exercises``,
``train``, ``predict`` and ``demo``.

What a user got wrong becomes one line on standard error and exit status 2, never a traceback. Shells complete commands
and options after ``autograd-core --install-completion``.
"""

from __future__ import annotations

import re
import sys
import threading
import webbrowser
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import autograd_core
from autograd_core import AutogradError, InputValueError, Tensor, Value, check_gradients, topological_order
from autograd_core.errors import did_you_mean
from nn import MLP

from .app.demo import run_demo
from .app.exporting import write_export
from .app.training_commands import predict, train
from .app.user_file import function_of_file, graph_of_function, split_target
from .drawing.draw import draw as draw_graph
from .drawing.network import draw_network
from .page.exercises import exercises
from .page.expression import read_bindings, read_expression
from .page.lab_server import LabServer
from .page.step_through import step_through

__all__ = ["app", "main"]

_HELP = """See and trust derivatives.

\b
  autograd-core draw "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o neuron.svg
  autograd-core step "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o lesson.html
  autograd-core lab "tanh(w*x + b)"
  autograd-core network 3-4-2 -o network.svg
  autograd-core check "tanh(w*x + b)" --at w=2 x=0.5 b=1
  autograd-core export "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o neuron.c
  autograd-core exercises --seed 7 --level 2 -o sheet.html
  autograd-core train --data wine --hidden 16,8 --epochs 50 --out wine
  autograd-core predict wine/model.safetensors more.csv
  autograd-core demo --out demo-output

autograd-core COMMAND --help tells more of each.
"""
app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, help=_HELP)


def _say_version(wanted: bool) -> None:
    if wanted:
        built = "compiled" if autograd_core.compiled else "plain Python"
        typer.echo(f"autograd-core {autograd_core.__version__} ({built})")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


Target = Annotated[
    str,
    typer.Argument(
        metavar="EXPRESSION|FILE.py:FUNCTION",
        help="A formula, which is read and never executed; or a function in a Python file, which is run.",
        show_default=False,
    ),
]
FirstBinding = Annotated[
    list[str] | None, typer.Option("--at", metavar="NAME=NUMBER...", help="The number of each name.")
]
MoreBindings = Annotated[list[str] | None, typer.Argument(metavar="[NAME=NUMBER]...", show_default=False, hidden=True)]
_OUTPUT = "Where to write: a file that ends in .svg, .png, .pdf, .dot or .html."
_MOST_PARAMETERS = 100_000


@app.command()
def draw(
    expression: Target,
    more: MoreBindings = None,
    at: FirstBinding = None,
    depth: Annotated[
        int | None, typer.Option(help="Fold the scopes at this depth, 1 for the outermost.", show_default=False)
    ] = None,
    heat: Annotated[
        Literal["grad", "data", "local"] | None, typer.Option(help="Colour nodes by magnitude.", show_default=False)
    ] = None,
    fuse: Annotated[
        Literal["sums"] | None, typer.Option(help="Draw a weighted sum as one node.", show_default=False)
    ] = None,
    direction: Annotated[Literal["right", "down"], typer.Option(help="Which way the graph runs.")] = "right",
    digits: Annotated[int, typer.Option(help="How many significant digits of numbers are shown.")] = 4,
    hide: Annotated[
        list[str] | None,
        typer.Option(help="What is not shown: data, grad or local; may be given several times.", show_default=False),
    ] = None,
    highlight: Annotated[
        list[str] | None,
        typer.Option(help="A name of which the nodes are framed; may be given several times.", show_default=False),
    ] = None,
    fit: Annotated[float, typer.Option(help="How many pixels wide the page is; 0 for a single row.")] = 1152,
    engine: Annotated[
        Literal["dot"] | None,
        typer.Option(help="Draw it with the Graphviz that is installed on this machine.", show_default=False),
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help=_OUTPUT)] = Path("graph.svg"),
) -> None:
    """Draw the graph of an expression or of a function, with all its numbers and gradients.

    Example: autograd-core draw "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o neuron.svg

    Example: autograd-core draw "tanh(w*x + b)**2" --at w=2 x=0.5 b=1 --heat grad

    Example: autograd-core draw model.py:loss --at x=0.5 --depth 1 -o layers.svg
    """
    roots = _roots(expression, [*(at or []), *(more or [])])
    if len(roots) == 1 and _wants_gradient(roots[0]):
        roots[0].backward()
    draw_graph(
        roots,
        title=expression,
        depth=depth,
        heat=heat,
        fuse=fuse,
        direction=direction,
        digits=digits,
        hide=hide,
        highlight=_called(highlight, roots) if highlight else None,
        fit=fit or None,
        engine=engine,
    ).save(output)
    typer.echo(f"wrote {output}")


def _called(names: list[str], roots: list[Value | Tensor]) -> list[Value | Tensor]:
    """The nodes with labels."""
    found: dict[str, list[Value | Tensor]] = {}
    for node in topological_order(roots):
        if node.label is not None:
            found.setdefault(node.label, []).append(node)
    for name in names:
        if name not in found:
            hint = did_you_mean(name, list(found)) or f"there are {', '.join(sorted(found)) or 'no labels'}"
            raise InputValueError(f"highlight: no node is called {name!r}; {hint}")
    return [node for name in names for node in found[name]]


def _roots(expression: str, bindings: list[str]) -> list[Value | Tensor]:
    target = split_target(expression)
    if target is None:
        return [read_expression(expression, bindings).graph()]
    return graph_of_function(*target, read_bindings(bindings))


def _function(expression: str, bindings: list[str]) -> tuple[Callable[..., Any], list[Value]]:
    """What is named or typed as a function, and its arguments."""
    target = split_target(expression)
    if target is None:
        typed = read_expression(expression, bindings)
        return typed.of, typed.leaves()
    return function_of_file(*target, read_bindings(bindings))


def _wants_gradient(root: Value | Tensor) -> bool:
    """Whether a gradient can be computed, and the user's function has not done so."""
    return root.differentiable and not root.has_grad and (isinstance(root, Value) or root.size == 1)


@app.command()
def step(
    expression: Target,
    more: MoreBindings = None,
    at: FirstBinding = None,
    mode: Annotated[
        Literal["watch", "predict", "play", "break"],
        typer.Option(help="Watch, be asked, move the leaves, or plant a bug."),
    ] = "watch",
    lang: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="The language; else the browser says.", show_default=False)
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write: an .html file.")] = Path(
        "lesson.html"
    ),
) -> None:
    """Make a page that steps through the forward and the backward pass.

    Example: autograd-core step "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o lesson.html

    Example: autograd-core step model.py:loss --at x=0.5 --mode predict
    """
    roots = _roots(expression, [*(at or []), *(more or [])])
    if len(roots) != 1:
        raise InputValueError(f"{expression} gives {len(roots)} results; step goes through the graph of one")
    step_through(roots[0], title=expression, mode=mode, lang=lang).save(output)
    typer.echo(f"wrote {output}")


@app.command()
def lab(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="What to begin with; else an example.", show_default=False)
    ] = "",
    more: MoreBindings = None,
    at: FirstBinding = None,
    port: Annotated[int, typer.Option(help="Where it listens; 0 for a port that is free.", min=0, max=65_535)] = 0,
    browser: Annotated[bool, typer.Option(help="Whether to open it in the browser.")] = True,
) -> None:
    """Open a page on this machine in which an expression is typed, stepped through and played with.

    Only this machine can reach it, and only who has the address that is printed. Nothing typed is executed. Names
    without a number get 0.5, 1, 1.5, 2 in turn. Ctrl-C ends it.

    Example: autograd-core lab

    Example: autograd-core lab "h = tanh(w*x + b); (h - 1)**2" --at w=2 x=0.5 b=1 --no-browser
    """
    bindings = [*(at or []), *(more or [])]
    read_bindings(bindings)
    with LabServer(expression, " ".join(bindings), port) as server:
        typer.echo(f"the lab is at {server.url}")
        if browser:  # in a thread, for some browsers run in this terminal until they are closed
            threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("the lab has ended")


@app.command()
def network(
    sizes: Annotated[
        list[str],
        typer.Argument(metavar="SIZES", help="Numbers of inputs and neurons, such as 3-3-2.", show_default=False),
    ],
    activation: Annotated[str, typer.Option(help="The activation function of all neurons.")] = "tanh",
    seed: Annotated[int, typer.Option(help="Seed of the weights.")] = 0,
    output: Annotated[Path, typer.Option("-o", "--output", help=_OUTPUT)] = Path("network.svg"),
) -> None:
    """Draw a network as circles in columns, with random weights on the lines between them.

    Example: autograd-core network 3-3-2 -o net.svg

    Example: autograd-core network 2-4-4-1 --activation relu --seed 1
    """
    joined = "-".join(sizes)
    columns = _read_sizes(joined)
    model = MLP(columns[0], columns[1:], activation=activation, seed=seed)
    draw_network(model, title=joined).save(output)
    typer.echo(f"wrote {output}" if len(sizes) == 1 else f"wrote {output}, the network {joined}")


def _read_sizes(text: str) -> list[int]:
    if not re.fullmatch(r"[1-9]\d{0,5}(-[1-9]\d{0,5})+", text.strip()):
        raise InputValueError(f"{text!r} are not the sizes of a network; write at least two numbers, such as 3-3-2")
    sizes = [int(each) for each in text.split("-")]
    parameters = sum((left + 1) * right for left, right in pairwise(sizes))
    if parameters > _MOST_PARAMETERS:
        raise InputValueError(f"{text!r} has {parameters:,} parameters, more than a picture can show; write 3-3-2")
    return sizes


@app.command()
def check(expression: Target, more: MoreBindings = None, at: FirstBinding = None) -> None:
    """Compare the derivatives of an expression or of a function with finite differences.

    Example: autograd-core check "tanh(w*x + b)" --at w=2 x=0.5 b=1

    Example: autograd-core check model.py:loss --at x=0.5

    The exit status is 0 if every derivative is ok, else 1.
    """
    function, leaves = _function(expression, [*(at or []), *(more or [])])
    report = check_gradients(function, *leaves)
    typer.echo(str(report))
    if not report:
        raise typer.Exit(1)


@app.command()
def export(
    expression: Target,
    more: MoreBindings = None,
    at: FirstBinding = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where to write: a file that ends in .c, .js, .mjs, .wasm or .onnx.")
    ] = Path("model.c"),
) -> None:
    """Write an expression or a function, and its gradient, as C, JavaScript, WebAssembly or ONNX.

    Example: autograd-core export "tanh(w*x + b)" --at w=2 x=0.5 b=1 -o neuron.c

    Example: autograd-core export model.py:loss --at x=0.5 -o loss.wasm

    The numbers matter only where a function branches. The header beside the C, and the comment before the JavaScript,
    say how it is called.
    """
    function, leaves = _function(expression, [*(at or []), *(more or [])])
    written = write_export(function, leaves, output)
    typer.echo(f"wrote {' and '.join(map(str, written))}")


@app.command(name="exercises")
def exercise_sheet(
    seed: Annotated[int, typer.Option(help="Which of the many sheets.")] = 0,
    n: Annotated[int, typer.Option("-n", help="How many exercises.")] = 4,
    level: Annotated[int, typer.Option(help="1, a product and a sum, to 5, softmax and cross-entropy.")] = 1,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write: an .html file.")] = Path("sheet.html"),
) -> None:
    """Make a sheet of exercises in backpropagation, with its key on a second page.

    Example: autograd-core exercises --seed 7 --level 2 -o sheet.html
    """
    exercises(seed, n, level).save(output)
    typer.echo(f"wrote {output}")


app.command()(train)
app.command()(predict)


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
        status = _say(_as_options(" ".join([str(error), *getattr(error, "__notes__", [])]), sys.argv[1:]))
    except (KeyboardInterrupt, typer.Abort):
        status = _say("interrupted", status=130)
    sys.exit(status if isinstance(status, int) else 0)


def _as_options(message: str, words: list[str]) -> str:
    """What an error says to write in Python, as the options of the command that was asked.

    >>> _as_options("digits: 0 is not from 1 to 17; write for example digits=4", ["draw", "x"])
    'digits: 0 is not from 1 to 17; write for example --digits 4'
    """
    commands: Any = typer.main.get_command(app)
    command = commands.commands.get(words[0]) if words else None
    given = {each.partition("=")[0] for each in words}  # names of the user's own, with numbers
    options = {
        each.name: max(each.opts, key=len)
        for each in (command.params if command else ())
        if each.param_type_name == "option" and each.name not in given
    }
    if not options:
        return message

    def spelled(found: re.Match[str]) -> str:
        return " ".join(f"{options[found[1]]} {each}" for each in re.findall(r"[^\s',()]+", found[2]))

    message = re.sub(r"save\('([^']+)'\)", r"-o \1", message)
    return re.sub(rf"(?<![\w.])({'|'.join(options)})=(\([^)]*\)|'[^']*'|[\w.-]*\w)", spelled, message)


def _say(message: str, *, status: int = 2) -> int:
    one_line = " ".join(message.split())
    print(f"autograd-core: {one_line}", file=sys.stderr)
    return status


if __name__ == "__main__":  # python -m viz.cli, for a machine whose path lacks the script
    main()
