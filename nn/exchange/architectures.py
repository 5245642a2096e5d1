"""Networks as plain data and arrays, and back: the class, the layers, their activations, and the numbers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, Tensor
from autograd_core.errors import shortened

from ..layers.activations import choice_from
from ..layers.batch_norm import BatchNorm
from ..layers.dense import Dense, Sequential
from ..layers.dropout import Dropout
from ..layers.magnification import numbers_of
from ..layers.names import scope_of
from ..layers.perceptron import MLP
from ..layers.prelu import PReLU

__all__ = ["Arrays", "architecture_of", "model_of"]

_MOST_LAYERS = 10_000

Arrays = dict[str, NDArray[np.float64]]


def architecture_of(model: Any, arrays: Arrays) -> dict[str, Any]:
    """What a network is, as plain data; its numbers are put into `arrays`.

    Raises
    ------
    InputTypeError
        If it is of a class of its own, or an activation is.

    Examples
    --------
    >>> arrays = {}
    >>> described = architecture_of(MLP(2, [1], seed=0), arrays)
    >>> described["kind"], sorted(arrays), model_of(described, arrays), arrays
    ('MLP', ['layers.0.W', 'layers.0.b'], MLP of [Layer of [LinearNeuron(2)]], {})
    """
    return _architecture(model, arrays, "")


def model_of(described: Any, arrays: Arrays) -> Any:
    """The network that was described, with its numbers, which are taken out of `arrays`.

    Raises
    ------
    ValueError, KeyError, TypeError, AutogradError
        If that is no network.
    """
    return _built(described, arrays, "")


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
