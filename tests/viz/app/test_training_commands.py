"""``autograd-core train`` and ``predict``: from a table to a report and predictions, or one line of what is wrong."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import run, run_anew

from autograd_core import RenderError
from nn import MLP, Newton, Standardizer, load, load_csv, predict_proba
from nn.exchange.model_file import read_model
from viz.app.training_run import Request, run_training, trained
from viz.cli import main


def table(path: Path, columns: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def points(count: int = 60) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    a, b = rng.normal(5.0, 2.0, count), rng.normal(size=count)
    return {"a": a.tolist(), "b, <i>": b.tolist(), "kind": ["red" if x > 5 else "green & blue" for x in a]}


def printed(result: Any) -> list[list[str]]:
    assert result.returncode == 0, result.stderr
    return list(csv.reader(io.StringIO(result.stdout)))


@pytest.mark.slow
def test_a_classifier_from_a_table_to_predictions(tmp_path: Path) -> None:
    columns = points()
    table(tmp_path / "points.csv", columns)
    words = "--hidden 4 --epochs 20 --l2 1e-3 --dropout 0.1 --early-stopping 5 --seed 3 --out out"
    result = run_anew(["train", "--data", "points.csv", "--target", "kind", *words.split()], tmp_path)
    assert result.returncode == 0, result.stderr
    assert "<Data points: 60 examples of 2 features (a, b, <i>); classes green & blue" in result.stdout
    assert re.search(r"accuracy [\d.]+ on 12 test examples", result.stdout)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert report.count("<svg") == 4  # curves, confusion, importance, network
    assert not re.search(r'(src|href)="(?!#)', report)
    assert "b, &lt;i&gt;" in report
    assert ">a</text>" in report  # a feature beside its circle
    assert "b, <i>" not in report
    assert words in report
    assert "<td>rate of dropout 1</td><td>0.1</td>" in report
    assert re.search(r"penalty</td><td>[^<]*0.001", report)
    # Another order of the columns and more of them change nothing; the numbers are those of the network.
    wanted = {"b, <i>": columns["b, <i>"], "more": columns["kind"], "a": columns["a"]}
    table(tmp_path / "new.csv", wanted)
    head, *rows = printed(run_anew(["predict", "out/model.safetensors", "new.csv"], tmp_path))
    assert head == ["prediction", "p(green & blue)", "p(red)"]
    data = load_csv(tmp_path / "points.csv", target="kind")
    train, *_ = data.split(test_size=0.2, validation_size=0.2, seed=3)
    p = predict_proba(load(tmp_path / "out" / "model.safetensors"), Standardizer.fit(train.X).transform(data.X))
    assert np.array([row[1:] for row in rows], float) == pytest.approx(p, rel=1e-5)
    assert [row[0] for row in rows] == [data.class_names[k] for k in p.argmax(axis=1)]
    saved = run(["predict", "out/model.safetensors", "new.csv", "-o", "p.csv"], tmp_path)
    assert (saved.returncode, saved.stdout) == (0, "wrote p.csv\n")
    assert (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()[0] == "prediction,p(green & blue),p(red)"


@pytest.mark.slow
def test_a_regression_predicts_in_the_units_of_its_target(tmp_path: Path) -> None:
    x = np.linspace(-3, 3, 50)
    table(tmp_path / "line.csv", {"x": x.tolist(), "y": (1000 + 200 * x).tolist()})
    command = ["train", "--data", "line.csv", "--target", "y", "--hidden", "0", "--optimizer", "sgd", "--epochs", "60"]
    result = run([*command, "--out", "out"], tmp_path)
    assert "R² 1.000 on 10 test examples" in result.stdout, result.stderr
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert report.count("<svg") == 4  # curves, predicted beside true, importance, network
    assert "What it predicts" in report
    assert "What it confuses" not in report
    table(tmp_path / "new.csv", {"x": [0.0, 2.0]})
    head, *rows = printed(run(["predict", "out/model.safetensors", "new.csv"], tmp_path))
    assert head == ["prediction"]
    assert [float(row[0]) for row in rows] == pytest.approx([1000.0, 1400.0], rel=1e-3)
    assert read_model(tmp_path / "out" / "model.safetensors")[1]["features"] == ["x"]


@pytest.mark.slow
def test_inputs_and_layers_have_rates_and_activations_of_their_own_and_newton_is_called_by_name() -> None:
    options: dict[str, Any] = {"hidden": (2, 3), "activation": ["relu", "tanh"], "dropout": 0.2, "input_dropout": 0.1}
    run = trained(Request("iris", optimizer="newton", epochs=2, batch_size=128, **options))
    assert repr(run.model) == (
        "Sequential(Dropout(0.1), Dense(4 to 2, relu, of Tensors), Dropout(0.2), Dense(2 to 3, tanh, of Tensors), "
        "Dropout(0.2), Dense(3 to 3, linear, of Tensors))"
    )
    assert type(run.optimizer) is Newton
    assert run.history.losses[1] < run.history.losses[0]


@pytest.mark.slow
def test_a_rare_class_is_learned_without_a_share_in_every_part(tmp_path: Path) -> None:
    columns = points(20)
    columns["kind"][0] = "rare"
    table(tmp_path / "points.csv", columns)
    command = ["train", "--data", "points.csv", "--target", "kind", "--epochs", "1", "--out", "out"]
    result = run(command, tmp_path)
    assert result.returncode == 0, result.stderr
    table(tmp_path / "points.csv", {name: column[:4] for name, column in columns.items()})
    result = run(command, tmp_path)
    assert result.stderr == "autograd-core: train: 4 examples are too few for three parts; give at least 5\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "wien"], "neither a file .csv nor one of breast_cancer.*; did you mean wine"),
        (["--data", "points.csv"], "which column is to be predicted"),
        (["--data", "iris", "--target", "kind"], "iris has its target; leave out --target kind"),
        (["--data", "points.csv", "--target", "king"], "no column 'king'; did you mean kind"),
        (["--data", "nothing.csv", "--target", "t"], "cannot read nothing.csv"),
        (["--data", "points.csv", "--target", "kind", "--hidden", "8;4"], "'8;4' are no hidden layers"),
        (["--data", "points.csv", "--target", "kind", "--optimizer", "adm"], "no optimizer 'adm'; did you mean adam"),
        (["--data", "points.csv", "--target", "kind", "--activation", "tahn"], "no activation 'tahn'"),
        (["--data", "points.csv", "--target", "kind", "--activation", "relu,tanh"], "2 activations for 1 hidden layer"),
        (["--data", "points.csv", "--target", "kind", "--input-dropout", "1"], "rate=1.0 is not from 0 to less than 1"),
        (["--data", "points.csv", "--target", "kind", "--out", "points.csv"], "cannot make the folder points.csv"),
    ],
)
def test_what_is_wrong_with_training_is_one_line(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "points.csv", points(20))
    refused(["train", *options], message, monkeypatch, capsys)


def test_what_is_wrong_with_predicting_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.safetensors").write_bytes(b"\0" * 100)
    table(tmp_path / "x.csv", {"a": [1.0], "b": ["red"]})
    table(tmp_path / "y.csv", {"a": [1.0], "b": [2.0]})
    MLP(3, [1], seed=0).save("m.safetensors")
    for model, file, message in (
        ("nothing.safetensors", "x.csv", "there is no file"),
        ("broken.safetensors", "x.csv", "is damaged"),
        ("m.safetensors", "x.csv", "line 2, column 'b': 'red' is not a number"),
        ("m.safetensors", "y.csv", r"y.csv has 2 column\(s\), and the network in m.safetensors 3 input\(s\)"),
    ):
        refused(["predict", model, file], message, monkeypatch, capsys)


def refused(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command, run in this process, says one line on standard error and ends with status 2."""
    monkeypatch.setattr(sys, "argv", ["autograd-core", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert re.search(message, said.err), said.err
    assert said.err.count("\n") == 1


def test_without_matplotlib_nothing_is_trained_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("viz.app.training_run.trained", lambda request: pytest.fail("it was trained"))
    with pytest.raises(RenderError, match=r"pip install 'autograd-core\[plots\]'"):
        run_training(Request("iris"), tmp_path / "out", "train --data iris")
