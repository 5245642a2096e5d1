"""A training that is killed goes on from a whole checkpoint, and ends as one that was not, bit for bit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import trials

from autograd_core import InputTypeError, InputValueError
from nn import MLP, SGD, Adam, Cosine, Epoch, ReduceOnPlateau, cross_entropy, fit, mean_squared_error

X = np.random.default_rng(5).normal(size=(40, 2))
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def model_of(kind: str) -> Any:
    scalar = MLP(2, [5, 3], activation=["tanh", None], seed=0)
    return scalar if kind == "Values" else scalar.to_tensor()


def trained(
    kind: str,
    checkpoint: Any = None,
    model: Any = None,
    optimizer: Any = lambda model: Adam(model.parameters(), 0.05, schedule=Cosine(8)),
    **changes: Any,
) -> tuple[Any, Any]:
    model = model or model_of(kind)
    options: dict[str, Any] = {"epochs": 8, "batch_size": 8, "validation": 0.25, "seed": 4, **changes}
    history = fit(model, X, CLASSES, loss=cross_entropy, checkpoint=checkpoint, optimizer=optimizer(model), **options)
    return [np.array(each.data) for each in model.parameters()], history


@pytest.mark.parametrize("kind", ["Values", "Tensors"])
@pytest.mark.parametrize("epoch", [1, 5, 8])
def test_a_training_goes_on_where_it_was(kind: str, epoch: int, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def killed(seen: Epoch) -> None:
        if seen.number == epoch:
            raise KilledError

    whole, history = trained(kind)
    with pytest.raises(KilledError):
        trained(kind, tmp_path / "run.npz", callbacks=[killed])
    resumed, its = trained(kind, tmp_path / "run.npz")
    assert its == history
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(one, other)
    assert trained(kind, tmp_path / "run.npz")[1] == history  # nothing is left to do


def test_a_plateau_and_patience_are_remembered(tmp_path: Path) -> None:
    def options(model: Any) -> dict[str, Any]:
        return {"optimizer": SGD(model.parameters(), 0.5, momentum=0.9, schedule=ReduceOnPlateau(0.5, 1)),
                "validation": 0.25, "patience": 4, "batch_size": 8, "loss": cross_entropy, "seed": 1}  # fmt: skip

    model, other = model_of("Tensors"), model_of("Tensors")
    history = fit(model, X, CLASSES, epochs=40, **options(model))
    for epochs in (2, 5, 9, 40):
        other = model_of("Tensors")
        its = fit(other, X, CLASSES, epochs=epochs, checkpoint=tmp_path / "run.npz", **options(other))
    assert history.stopped == its.stopped == "patience"
    assert its == history
    np.testing.assert_array_equal(other.layers[0].W.data, model.layers[0].W.data)


# The process that forks trains nothing itself, for a fork has none of the threads that release nodes.
SCRIPT = """
import os, random, signal, sys, time
import numpy as np
sys.path.insert(0, {here!r})
from test_checkpoints import trained

folder, source, kills = {folder!r}, random.Random(0), 0
file = folder + "/run.npz"

def begun(result, checkpoint):
    child = os.fork()
    if not child:
        parameters, _ = trained("Values", checkpoint, epochs=12)
        np.save(folder + "/" + result, np.concatenate([np.ravel(each) for each in parameters]))
        os._exit(0)
    return child

def same():
    os.waitpid(begun("resumed.npy", file), 0)
    return np.array_equal(np.load(folder + "/resumed.npy"), np.load(folder + "/whole.npy"))

os.waitpid(begun("whole.npy", None), 0)
while kills < {kills}:
    child = begun("resumed.npy", file)
    time.sleep(source.uniform(0, 0.08))
    os.kill(child, signal.SIGKILL)
    kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    if os.path.exists(file) and source.random() < 0.2:  # begin anew: else the last epoch is reached
        assert same()
        os.remove(file)
print(same())
"""


@pytest.mark.slow
def test_a_training_that_is_killed_at_any_moment_goes_on_from_a_whole_checkpoint(tmp_path: Path) -> None:
    code = SCRIPT.format(here=str(Path(__file__).parent), kills=trials(50), folder=str(tmp_path))
    amounts = str(Path(__file__).parents[2] / "helpers")
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120,
        env={**__import__("os").environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": amounts},
    )  # fmt: skip
    assert result.stdout.strip() == "True", result.stderr


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"batch_size": 9}, "batch_size"),
        ({"validation": 0.5}, "examples"),
        ({"seed": 5}, "seed"),
        ({"optimizer": lambda model: SGD(model.parameters(), 0.1)}, "optimizer"),
        ({"optimizer": lambda model: Adam(model.parameters(), 0.1, schedule=Cosine(8))}, "learning_rate"),
        ({"optimizer": lambda model: Adam(model.parameters(), 0.05)}, "schedule"),
        ({"model": MLP(2, [5, 3], activation=["relu", None], seed=0).to_tensor()}, "model"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(changes: Any, what: str, tmp_path: Path) -> None:
    trained("Tensors", tmp_path / "run.npz", epochs=1)
    with pytest.raises(InputValueError, match=re.escape(f"is that of another training, with other {what}")):
        trained("Tensors", tmp_path / "run.npz", **changes)


def test_what_is_no_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    file.write_bytes(b"PK nothing")
    with pytest.raises(InputValueError, match=re.escape(f"{file} is no checkpoint of a training")):
        trained("Tensors", file)
    with pytest.raises(InputValueError, match="there is no folder"):
        trained("Tensors", tmp_path / "none" / "run.npz")
    with pytest.raises(InputTypeError, match=r"fit: checkpoint: 3 is no path; write 'run\.npz'"):
        trained("Tensors", 3)


def test_a_draft_that_fails_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_core.program import files
    from nn.training import checkpoints

    file = tmp_path / "run.npz"
    checkpoints.write_checkpoint(file, {"epoch": 1})

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InputValueError, match="cannot be written"):
        checkpoints.write_checkpoint(file, {"epoch": 2})
    assert checkpoints.read_checkpoint(file) == {"epoch": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["run.npz"]


def test_mean_squared_error_goes_on_too(tmp_path: Path) -> None:
    for epochs in (1, 3):
        model = MLP(2, [1], seed=0)
        history = fit(model, X, X[:, 0], loss=mean_squared_error, epochs=epochs, checkpoint=tmp_path / "run.npz")
    assert len(history.losses) == 3
