"""The command line: what it writes, and one clear line for everything that is wrong."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from command_line import ENVIRONMENT, run, run_anew
from drawing_checks import wrong_gradients

import autograd_core
from autograd_core import FormulaError, InputValueError
from viz.page.expression import read_bindings, read_expression


def test_the_version_is_said_as_the_package_has_it(tmp_path: pathlib.Path) -> None:
    result = run_anew(["--version"], tmp_path)
    built = "compiled" if autograd_core.compiled else "plain Python"
    assert (result.returncode, result.stdout) == (0, f"autograd-core {autograd_core.__version__} ({built})\n")
    assert autograd_core.__version__ == importlib.metadata.version("autograd-core")


@pytest.mark.slow
def test_python_m_viz_cli_is_the_command_line(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-m", "viz.cli", "check", "x*x", "--at", "x=3"]
    result = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=True
    )
    assert "1 input: 1 ok" in result.stdout


def test_draw_writes_a_picture_with_all_numbers(tmp_path: pathlib.Path) -> None:
    result = run_anew(["draw", "tanh(w*x + b)", "--at", "w=2", "x=0.5", "b=1", "-o", "neuron.svg"], tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "wrote neuron.svg\n", "")
    texts = {each.text for each in ET.parse(tmp_path / "neuron.svg").iter() if each.text}
    assert {"w", "x", "b", "tanh", "0.964", "0.03533"} <= texts


@pytest.mark.parametrize(
    "order",
    [
        ["--at", "w=2", "x=0.5", "-o", "g.dot"],
        ["-o", "g.dot", "--at", "w=2", "x=0.5"],
        ["--at", "w=2", "--at", "x=0.5", "-o", "g.dot"],
    ],
)
def test_numbers_may_stand_in_any_order(tmp_path: pathlib.Path, order: list[str]) -> None:
    assert run(["draw", "w*x", *order], tmp_path).returncode == 0
    assert (tmp_path / "g.dot").read_text(encoding="utf-8").startswith("digraph")


def test_draw_takes_a_depth_and_a_heat(tmp_path: pathlib.Path) -> None:
    result = run(["draw", "tanh(w*x)", "--at", "w=2", "x=0.5", "--heat", "grad", "--depth", "1"], tmp_path)
    assert (result.returncode, result.stdout) == (0, "wrote graph.svg\n")
    assert "|grad|" in {each.text for each in ET.parse(tmp_path / "graph.svg").iter()}


@pytest.mark.usefixtures("native_dot")
def test_draw_with_the_installed_graphviz(tmp_path: pathlib.Path) -> None:
    for name in ("graph.svg", "graph.png", "graph.pdf"):
        result = run(["draw", "w*x", "--at", "w=2", "x=0.5", "--engine", "dot", "-o", name], tmp_path)
        assert (result.returncode, result.stdout) == (0, f"wrote {name}\n"), result.stderr
    assert {"w", "x", "∂₁ = 0.5"} <= {(each.text or "").strip() for each in ET.parse(tmp_path / "graph.svg").iter()}


MODEL = """
from nn import MLP
from neighbour import TARGET

def loss(x, y=TARGET):
    return (MLP(1, [3, 1], activation="tanh", seed=0)(x) - y) ** 2

def broken(x):
    return 1 / 0

def number(x):
    return 3

def mistaken(x):
    return x.sum()
"""


def test_draw_takes_what_draw_takes_in_python(tmp_path: pathlib.Path) -> None:
    command = ["draw", "tanh(w*x + b)", "--at", "w=2", "x=0.5", "b=1", "-o", "neuron.dot"]
    options = ["--direction", "down", "--digits", "2", "--hide", "grad", "--hide", "local", "--highlight", "w"]
    result = run([*command, *options, "--fit", "0"], tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    dot = (tmp_path / "neuron.dot").read_text(encoding="utf-8")
    assert "0.96" in dot
    assert "|0.964" not in dot
    assert "∂" not in dot
    assert 'penwidth="4"' in dot
    wrong = run([*command, "--highlight", "v"], tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("autograd-core: highlight: no node is called 'v'; ")
    assert run([*command, "--hide", "gradient"], tmp_path).returncode == 2


def test_draw_runs_a_function_of_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "neighbour.py").write_text("TARGET = 1.0")
    result = run(["draw", "model.py:loss", "--at", "x=0.5", "--depth", "1", "-o", "layers.svg"], tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "wrote layers.svg\n", "")
    texts = {(each.text or "").strip() for each in ET.parse(tmp_path / "layers.svg").iter()}
    assert {"model.py:loss", "layer 1", "layer 2", "x", "0.5"} <= texts
    assert "–" not in texts


@pytest.mark.parametrize(
    ("target", "numbers", "message"),
    [
        ("model.py:loss", [], "no number for x of loss; add --at x=..."),
        ("model.py:loss", ["--at", "x=1", "z=2"], "loss has no argument z; it has: x, y"),
        ("model.py:nothing", [], "model.py has no function 'nothing'; define it there"),
        ("nothing.py:loss", [], "there is no file 'nothing.py'"),
        ("model.py:broken", ["--at", "x=1"], "broken in model.py raised ZeroDivisionError: division by zero (line 9)"),
        ("model.py:number", ["--at", "x=1"], "number in model.py returned 3; let it return a Value or a Tensor"),
        ("model.py:mistaken", ["--at", "x=1"], "did you mean sub? (model.py, line 15: return x.sum())"),
        ("wrong.py:loss", [], "wrong.py raised SyntaxError"),
    ],
)
def test_a_function_that_cannot_be_drawn_or_checked_gets_one_line(
    tmp_path: pathlib.Path, target: str, numbers: list[str], message: str
) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "neighbour.py").write_text("TARGET = 1.0")
    (tmp_path / "wrong.py").write_text("def loss(:")
    for command in ("draw", "check") if "number" not in target else ("draw",):  # a check takes numbers, too
        result = run([command, target, *numbers], tmp_path)
        assert (result.returncode, result.stdout) == (2, "")
        assert re.fullmatch(r"autograd-core: .*\n", result.stderr), result.stderr
        assert message in result.stderr


def test_check_runs_a_function_of_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "neighbour.py").write_text("TARGET = 1.0")
    result = run(["check", "model.py:loss", "--at", "x=0.5", "y=2"], tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == ["x", "y", "2"]


@pytest.mark.slow
def test_export_writes_what_the_ending_says(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model.py").write_text("def f(x, y=2.0): return (x * y).tanh()\ndef g(x): return x if x > 0 else -x")
    texts = {
        ("model.py:f", "loss.c"): ("wrote loss.c and loss.h\n", "loss.h", "double loss_value(double x);"),
        ("w*x**2", "a.mjs"): ("wrote a.mjs\n", "a.mjs", "export function valueAndGrad(w, x) {"),
        ("tanh(w*x)", "a.wasm"): ("wrote a.wasm\n", "a.wasm", "tanh"),
    }
    for (target, output), (said, file, holds) in texts.items():
        numbers = ["--at", "x=0.5"] if target == "model.py:f" else ["--at", "x=0.5", "w=2"]
        result = (run_anew if file == "loss.h" else run)(["export", target, *numbers, "-o", output], tmp_path)
        assert (result.returncode, result.stdout, result.stderr) == (0, said, "")
        assert holds.encode() in (tmp_path / file).read_bytes()
    wrong = run(["export", "w", "--at", "w=2", "-o", "a.txt"], tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert (
        wrong.stderr == "autograd-core: export: 'a.txt' ends in none of .c, .js, .mjs, .wasm, .onnx; write -o model.c\n"
    )
    (tmp_path / "tensors.py").write_text(
        "from autograd_core import Tensor\ndef f(x):\n    return (Tensor([1.0, 2.0]) * x).sum()\n"
    )
    of_tensors = run(["export", "tensors.py:f", "--at", "x=1", "-o", "f.js"], tmp_path)
    assert (of_tensors.returncode, of_tensors.stdout) == (0, "wrote f.js\n")
    branched = run(["export", "model.py:g", "--at", "x=1", "-o", "g.c"], tmp_path)
    assert branched.returncode == 2
    assert "took a branch (x > 0 was True; model.py" in branched.stderr.replace(str(tmp_path) + "/", "")
    assert not (tmp_path / "g.c").exists()


def test_an_expression_that_looks_like_a_call_of_a_file_is_not_run(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model.py").write_text("open('hacked', 'w')")
    result = run(["draw", "model.py", "--at", "x=1"], tmp_path)
    assert result.returncode == 2
    assert not (tmp_path / "hacked").exists()


def test_network_draws_circles(tmp_path: pathlib.Path) -> None:
    result = run_anew(["network", "3-3-2", "-o", "net.svg"], tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "wrote net.svg\n", "")
    svg = ET.parse(tmp_path / "net.svg")
    assert len([each for each in svg.iter() if each.tag.endswith("ellipse")]) == 8
    assert "tanh" in {each.text for each in svg.iter()}
    again = run(["network", "3", "3", "2", "-o", "again.svg"], tmp_path)
    assert (again.returncode, again.stdout) == (0, "wrote again.svg, the network 3-3-2\n")
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "net.svg").read_bytes()


@pytest.mark.parametrize(
    ("words", "position", "expected"),
    [
        (
            "autograd-core ",
            1,
            {"draw", "step", "lab", "network", "check", "export", "exercises", "train", "predict", "demo"},
        ),
        ("autograd-core draw x --heat ", 4, {"grad", "data", "local"}),
    ],
)
def test_a_shell_completes_commands_and_choices(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, words: str, position: int, expected: set[str]
) -> None:
    monkeypatch.setenv("_AUTOGRAD_CORE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(position))
    result = run([], tmp_path)
    assert set(result.stdout.split()) == expected, result.stderr


def test_check_prints_the_report_and_its_status_says_whether_all_is_well(tmp_path: pathlib.Path) -> None:
    good = run_anew(["check", "w*x**2", "--at", "w=-2", "x=0.5"], tmp_path)
    assert good.returncode == 0
    assert good.stdout.splitlines()[-1] == "2 inputs: 2 ok"
    kink = run(["check", "abs(x)", "--at", "x=0"], tmp_path)
    assert kink.returncode == 1
    assert "kink: slope -1 from the left, 1 from the right" in kink.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", "tanh(w*x", "--at", "w=2"], "is not a formula"),
        (["draw", "tanh(w*x)", "--at", "w=2"], "no number for x"),
        (["draw", "tanh(w)", "--at", "w=2", "x=3"], "x does not stand in"),
        (["draw", "w", "--at", "w=two"], "'two' is not a number"),
        (["draw", "w", "--at", "w=nan"], "not a finite number"),
        (["draw", "w", "--at", "w=1", "w=2"], "given twice"),
        (["draw", "w", "--at", "2"], "not of the form name=number"),
        (["draw", "2 + 3"], "has no variable"),
        (["draw", "w", "--at", "w=1", "-o", "picture.gif"], "write -o picture.svg"),
        (["draw", "w", "--at", "w=1", "-o", "missing/picture.svg"], "missing"),
        (["draw", "__import__('os').system('touch hacked')", "--at", "x=1"], "no attributes"),
        (["draw", "__import__('os')", "--at", "x=1"], "no function '__import__'"),
        (["check", "open('hacked', 'w')", "--at", "x=1"], "no function 'open'"),
        (["check", "x.data", "--at", "x=1"], "no attributes"),
        (["check", "(lambda: x)()", "--at", "x=1"], "no part of a formula"),
        (["check", "softmax(x)", "--at", "x=1"], "no function 'softmax'"),
        (["check", "(" * 300 + "x" + ")" * 300, "--at", "x=1"], "is not a formula"),
        (["check"], "Missing argument"),
        (["draw", "w", "--at", "w=1", "--heat", "red"], "'red' is not one of 'grad', 'data', 'local'"),
        (["draw", "w", "--at", "w=1", "--depth", "0"], "write --depth 1 for"),
        (["draw", "w", "--at", "w=1", "--hide", "all"], "write --hide grad, or several as in --hide data --hide grad"),
        (["draw", "digits", "--at", "digits=two"], "write for example digits=2"),  # a name of the user's own
        (["draw", "w", "--at", "w=1", "--engine", "neato"], "'neato' is not one of 'dot'"),
        (["network", "3x3"], "write at least two numbers, such as 3-3-2"),
        (["network", "3"], "write at least two numbers"),
        (["network", "0-2"], "write at least two numbers"),
        (["network", "3-3-2; touch hacked"], "write at least two numbers"),
        (["network", "9999-9999"], "more than a picture can show"),
        (["network", "3-2", "--activation", "nothing"], "there is no activation 'nothing'"),
        (["paint", "x"], "No such command"),
        (["draw", "x", "--colour", "red"], "No such option"),
        (["demo", "--epochs", "none"], "Invalid value for '--epochs'"),
        (["demo", "--out", "a-file/sub"], "cannot make the folder"),
    ],
)
def test_what_is_wrong_gets_one_line_and_status_2(arguments: list[str], message: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a-file").write_text("not a folder")
    result = run(arguments, tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert re.fullmatch(r"autograd-core: .*\n", result.stderr), result.stderr
    assert message in result.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"a-file"}


@pytest.mark.slow
def test_help_shows_an_example_of_every_command(tmp_path: pathlib.Path) -> None:
    everything = run_anew(["--help"], tmp_path).stdout
    assert run([], tmp_path).stderr == everything
    assert run([], tmp_path).returncode == 2
    for command in ("draw", "step", "network", "check", "exercises", "train", "predict", "demo"):
        assert f"\n    autograd-core {command} " in everything
        result = run([command, "--help"], tmp_path)
        assert result.returncode == 0
        assert f"Example: autograd-core {command} " in " ".join(result.stdout.split())


def test_step_writes_a_page_of_an_expression_and_of_a_function(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "neighbour.py").write_text("TARGET = 1.0")
    for target, output in (("tanh(w*x)", "a.html"), ("model.py:loss", "b.html")):
        result = run_anew(
            ["step", target, "--at", *(["w=2"] if output == "a.html" else []), "x=0.5", "-o", output], tmp_path
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, f"wrote {output}\n", "")
        assert "globalThis.page" in (tmp_path / output).read_text(encoding="utf-8")
    assert run(["step", "x*x", "--at", "x=1", "-o", "page.svg"], tmp_path).returncode == 2


def test_a_sheet_of_exercises(tmp_path: pathlib.Path) -> None:
    result = run_anew(["exercises", "--seed", "7", "--level", "2", "-o", "sheet.html"], tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "wrote sheet.html\n", "")
    assert "The key" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    result = run(["exercises", "--level", "6"], tmp_path)
    assert (result.returncode, result.stderr) == (2, "autograd-core: exercises: there is no level 6; write 1 to 5\n")


@pytest.mark.slow
def test_the_demo_does_the_main_job(tmp_path: pathlib.Path) -> None:
    result = run_anew(["demo", "--out", "shown"], tmp_path)
    assert result.returncode == 0, result.stderr
    accuracy = float(re.search(r"network 30-8-1: .*, ([\d.]+) on the test part", result.stdout)[1])
    assert accuracy >= 0.95
    assert "257 inputs: 257 ok" in result.stdout
    accuracy = float(re.search(r"kinds of wine: .*, ([\d.]+) on the test part; of \d+ epochs", result.stdout)[1])
    assert accuracy >= 0.95
    written = {each.name for each in (tmp_path / "shown").iterdir()}
    assert written == {
        "gradients.txt",
        "index.html",
        "lesson.html",
        "network-graph.svg",
        "network.svg",
        "neuron.svg",
        "wine.svg",
    }
    page = (tmp_path / "shown" / "index.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    assert [ET.fromstring(each).tag.rpartition("}")[2] for each in pictures] == ["svg"] * 4
    assert all("xlink:title" in each for each in pictures)  # tooltips
    assert not re.findall(r' id="', page)  # what is named in one picture cannot be named in another
    assert "max-width: 100%" in page
    assert page.count("<tr>") == 258 + 4 + 14  # gradients, confusion, importance
    assert "$" not in page
    for name, nodes in (("neuron.svg", 25), ("network-graph.svg", 40)):
        problems, agreeing = wrong_gradients((tmp_path / "shown" / name).read_text(encoding="utf-8"))
        assert problems == []
        assert agreeing >= nodes


def test_bindings_and_expressions_are_read() -> None:
    assert read_bindings([" w = 2", "x=-1e3"]) == {"w": 2.0, "x": -1000.0}
    typed = read_expression("w*x + w", ["x=3", "w=2"])
    assert typed.names == ("w", "x")
    root = typed.graph()
    root.backward()
    assert root.data == 8.0
    with pytest.raises(InputValueError):
        read_expression("w", [])
    with pytest.raises(FormulaError):
        read_expression("w +", ["w=1"])
