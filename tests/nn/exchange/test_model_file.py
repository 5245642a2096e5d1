"""A network that is saved and loaded is the same network, bit for bit; a file that is none says so in one error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import trials
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load as unpacked
from safetensors.numpy import save as packed

from autograd_core import AutogradError, InputTypeError, InputValueError, ModelFileError, Tensor, Value
from nn import MLP, Dense, Module, Sequential, load
from nn.exchange.model_file import read_model, write_model

VALUES = np.vectorize(Value, otypes=[object])
MODELS = {
    "MLP": lambda: MLP(3, [4, 2], seed=1),
    "MLP with a name": lambda: MLP(3, [2, 1], activation=["tanh", "sigmoid"], seed=2, name="né"),
    "one neuron": lambda: MLP(3, [1], seed=3),
    "Sequential": lambda: MLP(3, [4, 2], activation="softplus", seed=4).to_tensor(),
    "Dense of Tensors": lambda: Dense(Tensor([[1.0, -2.0, 0.1]]), Tensor([0.5]), "tanh", name="layer 7"),
    "Dense of Values": lambda: Dense(VALUES(np.array([[1.0, -2.0, 0.1]])), VALUES(np.array([0.5])), "arctan"),
}
X = np.array([[0.5, -1.0, 2.0], [0.0, 1e-3, 1e3]])


def outputs(model: Any) -> list[Any]:
    def numbers(z: Any) -> Any:
        if isinstance(z, Tensor):
            return z.data.tolist()
        return [each.data for each in np.atleast_1d(np.array(z, dtype=object))]

    return [numbers(model(row)) for row in X]


def numbers_in(model: Any) -> list[bytes]:
    return [np.asarray(each.data).tobytes() for each in model.parameters()]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    path = tmp_path / "m.safetensors"
    model.save(path)
    for again in (load(path), load(str(path)), load(os.fsencode(path))):
        assert repr(again) == repr(model)
        assert numbers_in(again) == numbers_in(model)
        assert outputs(again) == outputs(model)
        if not isinstance(model, Dense):
            assert [each for each, _ in again.named_parameters()] == [each for each, _ in model.named_parameters()]
    model.save(tmp_path / "twice.safetensors")
    assert path.read_bytes() == (tmp_path / "twice.safetensors").read_bytes()


@given(st.lists(st.floats(), min_size=3, max_size=3))
def test_every_float_survives(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    model = MLP(2, [1], seed=0)
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    path = tmp_path_factory.mktemp("m") / "m.safetensors"
    model.save(path)
    assert numbers_in(load(path)) == numbers_in(model)


def test_other_libraries_read_the_weights(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], seed=0)
    write_model(tmp_path / "m.safetensors", model, {"classes": ["a", "b"]})
    arrays = unpacked((tmp_path / "m.safetensors").read_bytes())
    assert {name: array.shape for name, array in arrays.items()} == {
        "layers.0.W": (3, 2),
        "layers.0.b": (3,),
        "layers.1.W": (1, 3),
        "layers.1.b": (1,),
    }
    assert arrays["layers.0.W"][1, 0] == model.layers[0].neurons[1].w[0].data
    assert read_model(tmp_path / "m.safetensors")[1] == {"classes": ["a", "b"]}


class Own(Module):
    pass


def test_what_cannot_be_saved_says_why_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputTypeError, match=r"save: an object of the class Own is none of MLP, Sequential, Dense"):
        Own().save(tmp_path / "m.safetensors")
    model = MLP(2, [1], seed=0)
    for path in ("m", "m.pickle", "iris"):
        with pytest.raises(InputValueError, match=r"does not end in \.safetensors; write save\('model.safetensors'\)"):
            model.save(path)
    with pytest.raises(InputTypeError, match="3 is not a path"):
        model.save(3)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="there is no folder"):
        model.save(tmp_path / "nowhere" / "m.safetensors")
    assert list(tmp_path.iterdir()) == []


# --- files that are none ----------------------------------------------------------------------------------------------


def good(folder: Path) -> Path:
    MLP(3, [2, 1], seed=0).save(folder / "good.safetensors")
    return folder / "good.safetensors"


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    data = good(tmp_path).read_bytes()
    short = tmp_path / "short.safetensors"
    for length in range(0, len(data), max(1, len(data) // trials(400))):
        short.write_bytes(data[:length])
        with pytest.raises(ModelFileError, match="is damaged, or not a file of a network"):
            load(short)


@given(st.data())
def test_any_damage_gives_a_network_or_one_clear_error(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.mktemp("m")
    changed = bytearray(good(folder).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "changed.safetensors"
    path.write_bytes(changed)
    try:
        model = load(path)
    except ModelFileError:
        return
    assert isinstance(model, MLP | Sequential)


ZEROS = {"layers.0.W": np.zeros((1, 2)), "layers.0.b": np.zeros(1)}
ONE = {"kind": "MLP", "layers": [{"activation": "tanh"}], "name": None}
DENSE = {"kind": "Dense", "of": "Tensors", "activation": "tanh", "name": None}


@pytest.mark.parametrize(
    ("architecture", "arrays", "message"),
    [
        ({**ONE, "kind": "os.system"}, ZEROS, "a network of the kind 'os.system'"),
        ({**ONE, "kind": ["MLP"]}, ZEROS, "unhashable"),
        ({**ONE, "layers": []}, ZEROS, "no list of layers"),
        ({**ONE, "layers": [{"activation": "tanh"}] * 20_000}, ZEROS, "no list of layers"),
        ({**ONE, "layers": [{"activation": "no such"}]}, ZEROS, "there is no activation 'no such'"),
        ({**ONE, "layers": [{"activation": "tanh"}] * 2}, ZEROS, r"no 'layers\.1\.W'"),
        ({**ONE, "name": 3}, ZEROS, "the name 3"),
        ({"kind": "MLP"}, ZEROS, "no 'layers'"),
        (ONE, {**ZEROS, "more": np.zeros(1)}, "'more' belongs to no layer"),
        (ONE, {**ZEROS, "layers.0.b": np.zeros(2)}, r"weights of shape \(1, 2\) and biases of shape \(2,\)"),
        (ONE, {**ZEROS, "layers.0.W": np.zeros((1, 0))}, r"weights of shape \(1, 0\)"),
        (ONE, {**ZEROS, "layers.0.W": np.zeros((1, 2), np.float32)}, "arrays of F32"),
        (DENSE, {"W": np.zeros((1, 2)), "b": np.zeros(2)}, "one bias an output"),
        ({**DENSE, "of": "numbers"}, {"W": np.zeros((1, 2)), "b": np.zeros(1)}, "a layer of 'numbers'"),
        ({"kind": "Sequential", "layers": [[]]}, {}, "list indices"),
        ([], {}, "list indices"),
        (None, {}, "not subscriptable"),
    ],
)
def test_a_header_that_fits_nothing_is_refused(architecture: Any, arrays: Any, message: str, tmp_path: Path) -> None:
    header = json.dumps({"version": 1, "architecture": architecture, "notes": {}})
    path = tmp_path / "m.safetensors"
    path.write_bytes(packed(dict(arrays), {"autograd_core": header}))
    with pytest.raises(ModelFileError, match=f"^load: .*m.safetensors is damaged, or not a file.*{message}"):
        load(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "holds 2 array"),
        ({"format": "pt"}, "holds 2 array"),
        ({"autograd_core": "{"}, "is damaged"),
        ({"autograd_core": "[" * 100_000}, "is damaged"),
        ({"autograd_core": "1" * 10_000}, "is damaged"),
        ({"autograd_core": "[]"}, "is of another version than 1"),
        ({"autograd_core": '{"version": 2}'}, "is of another version than 1"),
    ],
)
def test_a_file_of_somebody_else_is_refused(metadata: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(packed(dict(ZEROS), metadata))
    with pytest.raises(ModelFileError, match=message):
        load(path)


def test_load_says_what_else_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no file"):
        load(tmp_path / "nothing.safetensors")
    with pytest.raises(ModelFileError, match="there is no file"):
        load(tmp_path)
    with pytest.raises(InputValueError, match=r"write load_csv\('a.csv', target='...'\)"):
        load("a.csv")
    with pytest.raises(AutogradError, match="there is no data set 3"):
        load(3)  # type: ignore[arg-type]
