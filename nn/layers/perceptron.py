"""MLP: layers of neurons one after another, each weight a Value; and the same network on Tensors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

from autograd_core import InputValueError, Tensor, Value

from ..conversion import generator_from, sequence_from
from .dense import Dense, Sequential
from .initializers import default_initializer
from .magnification import numbers_of
from .module import Module
from .names import LINEAR, scope_of
from .neuron import Layer, inputs_from

__all__ = ["MLP"]


class MLP(Module):
    """A multilayer perceptron: layers, each of which sees the outputs of the one before.

    Parameters
    ----------
    nin
        Number of inputs.
    nouts
        Number of neurons in each layer, such as ``[16, 16, 1]``.
    activation
        None for micrograd's choice, relu in all layers but the last, which is linear. One name for all layers, the
        last included. Or a list with a name for each layer, where ``"linear"`` or None means none; in the place of a
        name may stand a list with one for each neuron. Names (and functions of one's own) are those of
        :class:`Neuron`.
    initializer
        As in :class:`Neuron`: matched to each activation, but for ``MLP(nin, nouts)`` without `activation` and `seed`,
        which draws as in micrograd.
    seed
        As in :class:`Neuron`; layers draw their weights one after the other from the same generator.
    name
        A scope around the layers, which are ``"layer 1"``, ``"layer 2"``, ...

    Attributes
    ----------
    layers
        The layers, from the inputs to the outputs.

    Raises
    ------
    InputTypeError, InputValueError
        As in :class:`Neuron`, and if there is no layer, or the number of activations is not that of layers.

    Notes
    -----
    D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating errors",
    Nature 323 (1986).

    Examples
    --------
    >>> model = MLP(2, [4, 1], seed=1337)
    >>> model
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(4)]]
    >>> len(model.parameters()), model.named_parameters()[4][0]
    (17, 'layer 1/neuron 2/w2')
    >>> model([1.0, -2.0]).scope
    'layer 2/neuron 1'
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Any = None,
        initializer: Any = None,
        seed: SupportsIndex | random.Random | None = None,
        name: str | None = None,
    ) -> None:
        sizes = [nin, *sequence_from(nouts, "MLP: nouts", "write the sizes of the layers, such as MLP(2, [4, 1])")]
        if len(sizes) == 1:
            raise InputValueError("MLP: nouts is empty; write the sizes of the layers, such as MLP(2, [4, 1])")
        activations = _activations_from(activation, len(sizes) - 1)
        initializer = default_initializer(initializer, activation, seed)
        generator = None if seed is None else generator_from(seed, "MLP")
        self.name = name
        self._scope = scope_of(name)
        with self._scope:
            self.layers = [
                Layer(
                    sizes[position],
                    sizes[position + 1],
                    activation=each,
                    initializer=initializer,
                    seed=generator,
                    name=f"layer {position + 1}",
                )
                for position, each in enumerate(activations)
            ]

    def __call__(self, x: Any) -> Any:
        """Compute the outputs of the last layer.

        Parameters
        ----------
        x
            One example, `nin` numbers or Values: a list, a tuple or a NumPy array of shape (nin,). A network of one
            input also takes the number or Value itself.

        Returns
        -------
        Value or list of Value
            One Value if the last layer has one neuron, else a list.
        """
        first = self.layers[0]
        outputs = inputs_from(x, len(first.neurons[0].w), first.name or "MLP")
        with self._scope:
            for layer in self.layers:
                outputs = layer.on(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        """Layer by layer and neuron by neuron the weights, then the bias."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def to_tensor(self) -> Sequential:
        """The same network on Tensors, two a layer instead of a Value a weight; the parameters are copied.

        Outputs and gradients are the same up to rounding. :meth:`nn.Sequential.to_scalar` leads back.
        """
        layers = []
        for layer in self.layers:
            rows = [[parameter.data for parameter in neuron.parameters()] for neuron in layer.neurons]
            numbers = np.array(rows)
            with scope_of(layer.name):
                W, b = Tensor(numbers[:, :-1].copy(), "W"), Tensor(numbers[:, -1].copy(), "b")
            choices = [neuron.choice for neuron in layer.neurons]
            same = all(each == choices[0] for each in choices)
            layers.append(Dense(W, b, choices[0] if same else choices, name=layer.name))
        twin = Sequential(layers)
        twin.head = self.head
        return twin

    def to_scalar(self) -> MLP:
        """A copy of the network; it is one of Values already."""
        twin: MLP = self.to_tensor().to_scalar()
        return twin

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _scalar_twin(network: Sequential) -> MLP:
    """The network as neurons, with copies of its parameters."""
    sizes = [network.layers[0].W.shape[1], *(layer.W.shape[0] for layer in network.layers)]
    model = MLP(sizes[0], sizes[1:], activation=[layer.choice for layer in network.layers], seed=0)
    for layer, dense in zip(model.layers, network.layers, strict=True):
        W, b = numbers_of(dense.W), numbers_of(dense.b)
        for each, row, bias in zip(layer.neurons, W.tolist(), b.tolist(), strict=True):
            for weight, number in zip(each.parameters(), [*row, bias], strict=True):
                weight.data = number
    model.head = network.head
    return model


Sequential.make_scalar = staticmethod(_scalar_twin)


def _activations_from(activation: Any, layers: int) -> list[Any]:
    if activation is None:
        return ["relu"] * (layers - 1) + [LINEAR]
    if isinstance(activation, str) or callable(activation):
        return [activation] * layers
    names = sequence_from(activation, "MLP: activation", 'write one name, or a list such as ["tanh", "linear"]')
    if len(names) != layers:
        raise InputValueError(
            f"MLP: {len(names)} activation(s) for {layers} layer(s); give one name for all layers, or one for each"
        )
    return [LINEAR if name is None else name for name in names]
