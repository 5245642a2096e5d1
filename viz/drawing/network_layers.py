"""What :func:`viz.draw_network` needs to know of a network: for each layer its neurons, their weights and biases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograd_core import Tensor, Value
from autograd_core.errors import InputTypeError, InputValueError
from autograd_core.formulas.printing import visible
from autograd_core.inspect.naming import math_name
from nn.layers.activations import choice_from

__all__ = ["LayerLike", "NetworkLike", "NeuronLike", "Weight", "WeightedNeuron", "layers_of"]


class NeuronLike(Protocol):
    """What is drawn as a circle: weights, one an input, a bias, and the name of the activation function."""

    @property
    def w(self) -> Sequence[Value]: ...  # noqa: D102
    @property
    def b(self) -> Value: ...  # noqa: D102
    @property
    def activation(self) -> str: ...  # noqa: D102


class LayerLike(Protocol):
    """What is drawn as a column."""

    @property
    def neurons(self) -> Sequence[NeuronLike]: ...  # noqa: D102


class NetworkLike(Protocol):
    """What :func:`draw_network` draws; an ``nn.MLP`` is one."""

    @property
    def layers(self) -> Sequence[LayerLike]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight or a bias: its label, its number, and its gradient, None if it was not computed."""

    label: str | None
    data: float
    grad: float | None


@dataclass(frozen=True, slots=True)
class WeightedNeuron:
    """A neuron: its weights, one an input, its bias, and the name of its activation function."""

    w: tuple[Weight, ...]
    b: Weight
    activation: str


def layers_of(model: Any) -> list[list[WeightedNeuron]]:
    """The neurons of each layer of a network.

    Raises
    ------
    InputTypeError
        If it is no network.
    InputValueError
        If its parts do not fit together.

    Examples
    --------
    >>> from nn import MLP
    >>> [len(layer) for layer in layers_of(MLP(2, [4, 1]))], layers_of(MLP(2, [4, 1]).to_tensor())[0][3].w[1].label
    ([4, 1], 'W[3, 1]')
    """
    try:
        layers = [_neurons_of(layer) for layer in model.layers]
    except (AttributeError, TypeError) as error:
        raise InputTypeError(
            f"draw_network: {model!r} is not a network ({error}); give an nn.MLP, as in draw_network(MLP(3, [4, 1])), "
            "or draw(z) for the graph of a node"
        ) from error
    if not layers or not all(layers):
        raise InputValueError("draw_network: the network has no layer, or a layer no neuron; give at least MLP(1, [1])")
    inputs = len(layers[0][0].w)
    for position, layer in enumerate(layers, 1):
        for neuron in layer:
            if len(neuron.w) != inputs or not inputs:
                raise InputValueError(
                    f"draw_network: a neuron of layer {position} has {len(neuron.w)} weights for {inputs} inputs; "
                    "give each neuron one weight an input"
                )
        inputs = len(layer)
    return layers


def _neurons_of(layer: Any) -> list[WeightedNeuron]:
    if hasattr(layer, "neurons"):
        return [_neuron(neuron.w, neuron.b, neuron.activation) for neuron in layer.neurons]
    W, b = (_elements(each) if isinstance(each, Tensor) else each for each in (layer.W, layer.b))
    several = getattr(layer, "choice", None)
    names = [choice_from(each)[0] for each in several] if isinstance(several, list) else [layer.activation] * len(b)
    return [_neuron(row, bias, name) for row, bias, name in zip(W, b, names, strict=True)]


def _elements(tensor: Tensor) -> Any:
    """The numbers of a Tensor, each with its gradient."""
    weights = np.empty(tensor.shape, dtype=object)
    for index in np.ndindex(tensor.shape):
        label = f"{visible(tensor.label) or 'weight'}[{', '.join(map(str, index))}]"
        gradient = float(tensor.grad[index]) if tensor.has_grad else None
        weights[index] = Weight(label, float(tensor.data[index]), gradient)
    return weights


def _neuron(weights: Any, bias: Any, activation: Any) -> WeightedNeuron:
    if not isinstance(activation, str):
        raise _refusal(activation)
    return WeightedNeuron(tuple(map(_weight, weights)), _weight(bias), activation)


def _weight(given: Any) -> Weight:
    if isinstance(given, Weight):
        return given
    if not isinstance(given, Value):
        raise _refusal(given)
    return Weight(math_name(given) or given.label, given.data, given.grad if given.has_grad else None)


def _refusal(wrong: Any) -> InputTypeError:
    return InputTypeError(
        f"draw_network: {wrong!r} stands where a weight or bias (a Value) or the name of an activation should; "
        "give an nn.MLP"
    )
