"""The command line: what it writes, and one clear line for everything that is wrong."""

from __future__ import annotations

import pathlib
import re
import xml.etree.ElementTree as ET

import pytest
from command_line import run

from autograd_core import FormulaError, InputValueError
from viz.expression import read_bindings, read_expression


def test_draw_writes_a_picture_with_all_numbers(tmp_path: pathlib.Path) -> None:
    result = run(["draw", "tanh(w*x + b)", "--at", "w=2", "x=0.5", "b=1", "-o", "neuron.svg"], tmp_path)
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


def test_check_prints_the_report_and_its_status_says_whether_all_is_well(tmp_path: pathlib.Path) -> None:
    good = run(["check", "w*x**2", "--at", "w=-2", "x=0.5"], tmp_path)
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
        (["draw", "w", "--at", "w=1", "-o", "picture.gif"], "svg"),
        (["draw", "w", "--at", "w=1", "-o", "missing/picture.svg"], "missing"),
        (["draw", "__import__('os').system('touch hacked')", "--at", "x=1"], "no attributes"),
        (["draw", "__import__('os')", "--at", "x=1"], "no function '__import__'"),
        (["check", "open('hacked', 'w')", "--at", "x=1"], "no function 'open'"),
        (["check", "x.data", "--at", "x=1"], "no attributes"),
        (["check", "(lambda: x)()", "--at", "x=1"], "no part of a formula"),
        (["check", "softmax(x)", "--at", "x=1"], "no function 'softmax'"),
        (["check", "(" * 300 + "x" + ")" * 300, "--at", "x=1"], "is not a formula"),
        (["check"], "Missing argument"),
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


def test_help_shows_an_example(tmp_path: pathlib.Path) -> None:
    result = run(["draw", "--help"], tmp_path)
    assert result.returncode == 0
    assert 'autograd-core draw "tanh(w*x + b)" --at w=2 x=0.5 b=1' in " ".join(result.stdout.split())


def test_the_demo_does_the_main_job(tmp_path: pathlib.Path) -> None:
    result = run(["demo", "--out", "shown"], tmp_path)
    assert result.returncode == 0, result.stderr
    accuracy = float(re.search(r"network 30-8-1: .*, ([\d.]+) on the test part", result.stdout)[1])
    assert accuracy >= 0.95
    assert "257 inputs: 257 ok" in result.stdout
    written = {each.name for each in (tmp_path / "shown").iterdir()}
    assert written == {"gradients.txt", "index.html", "network-graph.svg", "network.svg", "neuron.svg"}
    page = (tmp_path / "shown" / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r'src="([^"]+)"', page):
        ET.parse(tmp_path / "shown" / name)
    assert page.count("<tr>") == 258
    assert "$" not in page


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
