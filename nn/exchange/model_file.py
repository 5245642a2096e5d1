"""Networks as files in the format safetensors: weights bit by bit, the architecture in the header, nothing executed.

The header's metadata hold one text, ``autograd_core``, in JSON: the version of the format, the architecture, and notes
of whoever wrote the file. Weights stand under names such as ``layers.0.W``, so that other libraries can read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as packed

from autograd_core import AutogradError, InputTypeError, InputValueError, ModelFileError, Tensor
from autograd_core.errors import shortened
from autograd_core.program.files import write_atomically

from ..layers.activations import choice_from
from ..layers.batch_norm import BatchNorm
from ..layers.dense import Dense, Sequential
from ..layers.dropout import Dropout
from ..layers.magnification import numbers_of
from ..layers.module import Module
from ..layers.names import scope_of
from ..layers.perceptron import MLP
from ..layers.prelu import PReLU
from ..training.heads import head_from

__all__ = ["SUFFIX", "read_model", "write_model"]

SUFFIX = ".safetensors"
_KEY, _VERSION = "autograd_core", 1
_MOST_LAYERS = 10_000

Arrays = dict[str, NDArray[np.float64]]


def write_model(path: str | os.PathLike[str], model: Module, notes: Mapping[str, Any] | None = None) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    path
        The file, which ends in ``.safetensors``.
    model
        An :class:`nn.MLP`, or an :class:`nn.Sequential` or :class:`nn.Dense` of Values or of Tensors.
    notes
        What else is to stand in the header: texts, numbers, lists and dictionaries of them.

    Raises
    ------
    InputTypeError, InputValueError
        If the model is of a class of its own, or the path cannot be right.
    ModelFileError
        If the system refuses to write.

    Examples
    --------
    >>> import tempfile
    >>> model = MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(folder + "/model.safetensors")
    ...     again, _ = read_model(folder + "/model.safetensors")
    >>> again([0.5, 1.0]).data == model([0.5, 1.0]).data
    True
    """
    arrays: Arrays = {}
    architecture = _architecture(model, arrays, "")
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"save: {shortened(path)} is not a path; write save('model{SUFFIX}')") from None
    if not name.endswith(SUFFIX):
        raise InputValueError(f"save: {shortened(name)} does not end in {SUFFIX}; write save('model{SUFFIX}')")
    header = {
        "version": _VERSION,
        "architecture": architecture,
        "head": getattr(model, "head", None),
        "notes": dict(notes or {}),
    }
    data = packed(dict(arrays), {_KEY: json.dumps(header, allow_nan=False)})
    write_atomically(path, data, failed=ModelFileError)


def read_model(path: str | os.PathLike[str]) -> tuple[Any, dict[str, Any]]:
    """Read a network, and the notes that stand beside it.

    Raises
    ------
    InputTypeError
        If `path` is not a path.
    ModelFileError
        If the file cannot be read, is damaged or cut short, or holds something else than a network of this package.
    """
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"load: {shortened(path)} is not a path; write load('model{SUFFIX}')") from None
    try:
        if not Path(name).is_file():
            raise ModelFileError(f"load: there is no file {shortened(name)}; write what save was given")
        with safe_open(name, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise ModelFileError(
                    f"load: {name} holds {len(file.keys())} array(s), but no network that save wrote; read it with "
                    "safetensors.numpy.load_file"
                )
            header = json.loads(metadata[_KEY])
            if not isinstance(header, dict) or header.get("version") != _VERSION:
                raise ModelFileError(
                    f"load: {name} is of another version than {_VERSION}, which is what this one reads; update it"
                )
            kinds = {key: file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118 (it is no dictionary)
            if set(kinds.values()) - {"F64"}:
                raise ValueError(f"arrays of {', '.join(sorted(set(kinds.values()) - {'F64'}))} in place of F64")
            arrays = {key: file.get_tensor(key) for key in kinds}
        model = _built(header["architecture"], arrays, "")
        head, notes = header.get("head"), header.get("notes", {})
        if head is not None:
            vars(model)["head"] = head_from(head, model, "load").name
        if arrays or not isinstance(notes, dict):
            raise ValueError(f"{shortened(next(iter(arrays), 'notes'))} belongs to no layer")
    except ModelFileError:
        raise
    except (AutogradError, SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        because = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelFileError(
            f"load: {name} is damaged, or not a file of a network ({because[:200]}); save it again"
        ) from None
    return model, notes


# --- from models to plain data ----------------------------------------------------------------------------------------


def _architecture(model: Any, arrays: Arrays, place: str) -> dict[str, Any]:
    """What a network is, as plain data; its weights go to the arrays, under names that begin with the place."""
    described = _DESCRIBED.get(type(model))
    if described is None:
        known = ", ".join(each.__name__ for each in _DESCRIBED)
        raise InputTypeError(
            f"save: {shortened(model)} is none of {known}, of which a file could say how to build them again; pickle "
            "it, or save its numbers with safetensors.numpy.save_file"
        )
    return {"kind": type(model).__name__, **described(model, arrays, place)}


def _of_dense(layer: Dense, arrays: Arrays, place: str) -> dict[str, Any]:
    arrays[f"{place}W"], arrays[f"{place}b"] = numbers_of(layer.W), numbers_of(layer.b)
    return {
        "of": _kind(layer.W),
        "activation": _named(layer.choice),
        "name": layer.name,
    }


def _of_sequential(model: Sequential, arrays: Arrays, place: str) -> dict[str, Any]:
    return {
        "layers": [_architecture(layer, arrays, f"{place}layers.{k}.") for k, layer in enumerate(model.modules)],
    }


def _of_perceptron(model: MLP, arrays: Arrays, place: str) -> dict[str, Any]:
    layers = []
    for position, layer in enumerate(model.layers):
        rows = np.array([[parameter.data for parameter in neuron.parameters()] for neuron in layer.neurons])
        arrays[f"{place}layers.{position}.W"] = np.ascontiguousarray(rows[:, :-1])
        arrays[f"{place}layers.{position}.b"] = np.ascontiguousarray(rows[:, -1])
        layers.append({"activation": _named([neuron.choice for neuron in layer.neurons])})
    return {"layers": layers, "name": model.name}


def _named(choice: Any) -> Any:
    """Activations by name; one name for all if they are the same."""
    if isinstance(choice, list):
        names = [_named(each) for each in choice]
        return names[0] if len(set(names)) == 1 else names
    name, own = choice_from(choice)
    if own is not None:
        raise InputTypeError(f"save: the activation {name} is a function of your own, which a file cannot hold")
    return name


def _of_prelu(layer: PReLU, arrays: Arrays, place: str) -> dict[str, Any]:
    arrays[f"{place}slope"] = numbers_of(layer.slope)
    return {"of": _kind(layer.slope)}


def _of_dropout(layer: Dropout, arrays: Arrays, place: str) -> dict[str, Any]:
    return {"rate": layer.rate, "seed": layer.seed}


def _of_batch_norm(layer: BatchNorm, arrays: Arrays, place: str) -> dict[str, Any]:
    arrays |= {
        f"{place}scale": numbers_of(layer.scale),
        f"{place}shift": numbers_of(layer.shift),
        f"{place}mean": layer.mean,
        f"{place}variance": layer.variance,
    }
    described = {name: getattr(layer, name) for name in ("activation", "momentum", "epsilon", "name")}
    return {"of": _kind(layer.scale), **described}


def _kind(parameters: Any) -> str:
    return "Tensors" if isinstance(parameters, Tensor) else "Values"


_DESCRIBED: dict[type, Callable[[Any, Arrays, str], dict[str, Any]]] = {
    MLP: _of_perceptron,
    Sequential: _of_sequential,
    Dense: _of_dense,
    Dropout: _of_dropout,
    BatchNorm: _of_batch_norm,
    PReLU: _of_prelu,
}


# --- and back, every number of them checked ---------------------------------------------------------------------------


def _built(described: Any, arrays: Arrays, place: str) -> Any:
    build = _BUILT.get(described["kind"])
    if build is None:
        raise ValueError(f"a network of the kind {shortened(described['kind'])}")
    return build(described, arrays, place)


def _dense(described: Mapping[str, Any], arrays: Arrays, place: str) -> Any:
    name = _name(described)
    W, b = arrays.pop(f"{place}W"), arrays.pop(f"{place}b")
    with scope_of(name):
        layer = Dense(Tensor(W, "W"), Tensor(b, "b"), described["activation"], name=name)
        return _of_kind(layer, described)


def _of_kind(layer: Any, described: Mapping[str, Any]) -> Any:
    """A layer of Tensors, or what it is of Values; files of former versions do not say which."""
    kind = described.get("of", "Tensors")
    if kind not in ("Tensors", "Values"):
        raise ValueError(f"a layer of {shortened(kind)}")
    return layer.to_values() if kind == "Values" else layer


def _dropout(described: Mapping[str, Any], arrays: Arrays, place: str) -> Dropout:
    return Dropout(described["rate"], seed=described["seed"])


def _batch_norm(described: Mapping[str, Any], arrays: Arrays, place: str) -> Any:
    scale, shift, *running = (arrays.pop(f"{place}{name}") for name in ("scale", "shift", "mean", "variance"))
    if scale.ndim != 1 or {each.shape for each in (shift, *running)} != {scale.shape}:
        raise ValueError("a batch normalisation of several sizes")
    name, options = _name(described), {each: described[each] for each in ("momentum", "epsilon")}
    layer = BatchNorm(len(scale), described["activation"], name=name, **options)
    layer.scale.data, layer.shift.data = scale, shift
    layer.set_buffers({"mean": running[0], "variance": running[1]})
    return _of_kind(layer, described)


def _prelu(described: Mapping[str, Any], arrays: Arrays, place: str) -> Any:
    slope = arrays.pop(f"{place}slope")
    layer = PReLU(len(slope))
    layer.slope.data = slope
    return _of_kind(layer, described)


def _sequential(described: Mapping[str, Any], arrays: Arrays, place: str) -> Sequential:
    layers = [_built(each, arrays, f"{place}layers.{k}.") for k, each in enumerate(_layers(described))]
    return Sequential(layers)


def _perceptron(described: Mapping[str, Any], arrays: Arrays, place: str) -> MLP:
    layers = [
        (arrays.pop(f"{place}layers.{k}.W"), arrays.pop(f"{place}layers.{k}.b"), each["activation"])
        for k, each in enumerate(_layers(described))
    ]
    return _network(layers, _name(described))


def _network(layers: list[tuple[Any, Any, Any]], name: str | None) -> MLP:
    """Neurons with weights, biases and activations."""
    for W, b, _ in layers:
        if W.ndim != 2 or b.shape != W.shape[:1] or not W.size:
            raise ValueError(f"weights of shape {W.shape} and biases of shape {b.shape} in one layer")
    if any(one.shape[0] != other.shape[1] for (one, *_), (other, *_) in pairwise(layers)):
        raise ValueError("layers that do not fit each other")
    sizes = [layers[0][0].shape[1], *(W.shape[0] for W, *_ in layers)]
    model = MLP(sizes[0], sizes[1:], activation=[activation for *_, activation in layers], seed=0, name=name)
    for layer, (W, b, _) in zip(model.layers, layers, strict=True):
        for neuron, row, bias in zip(layer.neurons, W.tolist(), b.tolist(), strict=True):
            for parameter, number in zip(neuron.parameters(), [*row, bias], strict=True):
                parameter.data = number
    return model


def _layers(described: Mapping[str, Any]) -> list[Any]:
    layers = described["layers"]
    if not isinstance(layers, list) or not 0 < len(layers) <= _MOST_LAYERS:
        raise ValueError("no list of layers")
    return layers


def _name(described: Mapping[str, Any]) -> str | None:
    name = described["name"]
    if name is not None and not isinstance(name, str):
        raise ValueError(f"the name {shortened(name)}")
    return name


_BUILT: dict[Any, Callable[[Any, Arrays, str], Any]] = {
    "MLP": _perceptron,
    "Sequential": _sequential,
    "Dense": _dense,
    "Dropout": _dropout,
    "BatchNorm": _batch_norm,
    "PReLU": _prelu,
}

Module.write_file = staticmethod(write_model)
