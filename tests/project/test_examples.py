"""The programs in ``examples`` run, and each fits on a screen; the small GPT on four."""

from __future__ import annotations

import os
import pathlib
import runpy
import sys
from typing import Any

import numpy as np
import pytest

import autograd_core
from autograd_core import record, topological_order

FOLDER = pathlib.Path(autograd_core.__file__).parents[1] / "examples"
#: What each has to say.
SAYS = {
    "small_gpt.py": ["ms by replay", "4 directions through 256 inputs: 4 ok"],
    "costly_mistakes.py": ["class_weight={0: 5.0, 1: 1.0}", "Confusion matrix", "mean perimeter"],
    "dying_relu.py": ["8 dead edges", "no trouble found"],
    "wine_curves.py": ["rate of dropout 1", "best epoch", "right, accuracy"],
}


def test_there_is_one_of_each() -> None:
    assert {path.name for path in FOLDER.glob("*.py")} == set(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs_and_is_short(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len((FOLDER / name).read_text(encoding="utf-8").splitlines()) <= (150 if name == "small_gpt.py" else 40)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name, "12"])
    runpy.run_path(str(FOLDER / name), run_name="__main__")
    said = capsys.readouterr().out
    for each in SAYS[name]:
        assert each in said
    assert all(os.path.getsize(each) > 0 for each in os.listdir())


def test_the_graph_of_a_name_has_as_many_nodes_as_is_said() -> None:
    gpt = runpy.run_path(str(FOLDER / "small_gpt.py"))
    W, letters = gpt["matrices"](gpt["weights"]()), np.arange(9)  # what begins a name, and eight letters
    inner = {key: gpt["as_nodes"](w) for key, w in W.items() if key not in ("letters", "places")}
    loss = gpt["loss"](inner, gpt["as_nodes"](gpt["embedded"](W, letters)), np.eye(27)[(letters + 1) % 9])
    said = f"a graph of {round(len(topological_order(loss)), -3):,} nodes"
    for path in (FOLDER / "small_gpt.py", FOLDER.parent / "README.md"):
        assert said in " ".join(path.read_text(encoding="utf-8").split()), path.name


def test_the_small_gpt_learns_the_same_node_by_node_and_by_replay() -> None:
    gpt = runpy.run_path(str(FOLDER / "small_gpt.py"))
    losses = {}
    for way in ("eagerly", "by_replay"):
        weights = gpt["weights"]()
        losses[way] = gpt["train"](weights, gpt["names"](4), gpt[way])
    assert losses["by_replay"] == pytest.approx(losses["eagerly"], rel=1e-12)


def test_the_small_gpt_on_a_batch_is_that_on_its_names() -> None:
    gpt = runpy.run_path(str(FOLDER / "small_gpt.py"))
    W, generator = gpt["matrices"](gpt["weights"]()), np.random.default_rng(0)
    inner = [key for key in W if key not in ("letters", "places")]
    rows, targets = generator.normal(size=(5, 3, gpt["WIDTH"])), np.eye(27)[generator.integers(27, size=(5, 3))]

    def loss(matrices: Any, rows: Any, targets: Any) -> Any:
        return gpt["loss"](dict(zip(inner, matrices, strict=True)), rows, targets)

    matrices = [W[key] for key in inner]
    program = record(loss, matrices, rows[0], targets[0])
    losses, (by_W, by_rows) = program.batched((None, 0, 0)).value_and_grad(matrices, rows, targets, argnums=(0, 1))
    names = [program.value_and_grad(matrices, *name, argnums=(0, 1)) for name in zip(rows, targets, strict=True)]
    np.testing.assert_allclose(losses, [value for value, _ in names], rtol=1e-12)
    np.testing.assert_allclose(by_rows, [slope for _, (_, slope) in names], rtol=1e-12, atol=1e-14)
    for computed, *each in zip(by_W, *(slope for _, (slope, _) in names), strict=True):
        np.testing.assert_allclose(computed, np.sum(each, axis=0), rtol=1e-12, atol=1e-13)
