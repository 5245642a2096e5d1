"""The programs in ``examples`` run, and each fits on a screen; the small GPT on four."""

from __future__ import annotations

import os
import pathlib
import runpy
import sys

import pytest

import autograd_core

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


def test_the_small_gpt_learns_the_same_node_by_node_and_by_replay() -> None:
    gpt = runpy.run_path(str(FOLDER / "small_gpt.py"))
    losses = {}
    for way in ("eagerly", "by_replay"):
        weights = gpt["weights"]()
        losses[way] = gpt["train"](weights, gpt["names"](4), gpt[way])
    assert losses["by_replay"] == pytest.approx(losses["eagerly"], rel=1e-12)
