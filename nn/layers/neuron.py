"""Neuron and Layer: functions of numbers or Values whose weights are Values.

A neuron computes f(b + w1*x1 + w2*x2 + ...), added up in this order. Class names, arguments, the order of parameters
and the order in which weights are drawn are those of micrograd (A. Karpathy, https://github.com/karpathy/micrograd),
so that a program written for it gives the same numbers here.
"""

from __future__ import annotations

import random
from contextlib import nullcontext
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import AutogradError, InputTypeError, InputValueError, Value, constant, scope
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from, real_array
from autograd_core.scalar.making import neuron

from ..conversion import MOST_WEIGHTS, generator_from, positive_integer, sequence_from
from .activations import choice_from
from .initializers import RandomSource, default_initializer, initializer_from, warn_if_equal
from .module import Module
from .names import LINEAR, scope_of

__all__ = ["Layer", "Neuron", "inputs_from"]


class Neuron(Module):
    """A weighted sum of the inputs and a bias, with an activation function applied to it.

    Parameters
    ----------
    nin
        Number of inputs.
    nonlin
        Whether there is an activation function: relu, unless `activation` names another.
    activation
        A primitive of one argument (``"tanh"``, ``"sigmoid"``, ``"softplus"``, ...; one of your own too), a function
        of one's own from a Value to a Value, or ``"linear"`` for none.
    initializer
        How weights are drawn: a name in :data:`nn.INITIALIZERS`, ``"matched"`` to the activation, or one that was
        made, such as ``normal(0.0, 0.1)``. If none is given, a call without `activation` and `seed`, as micrograd
        knows it, draws as micrograd draws, ``"uniform"``; every other call draws ``"matched"``: he_normal for relu and
        its kin, glorot_uniform for all other activations.
    seed
        An integer, for a generator of its own and so the same weights on each run, or a ``random.Random``. Without a
        seed, weights come from Python's global generator, which ``random.seed(...)`` sets.
    nout
        Number of neurons in the layer, which the initialiser may want to know.
    name
        A scope for parameters and nodes, such as ``"neuron 2"``.

    Attributes
    ----------
    w
        The weights, `nin` Values labelled ``"w1"``, ``"w2"``, ...
    b
        The bias, a Value labelled ``"b"``, at first 0.
    activation
        Name of the activation function, ``"linear"`` if there is none.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive integer, or there is no activation or initialiser of that name. On the call: if
        the number of inputs is not `nin`, or one is neither a number nor a Value.

    Notes
    -----
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
    Psychological Review 65 (1958).

    Examples
    --------
    >>> neuron = Neuron(2, activation="tanh", seed=1337)
    >>> neuron
    TanhNeuron(2)
    >>> z = neuron([1.0, -2.0])
    >>> z.op, [parameter.label for parameter in neuron.parameters()]
    ('tanh', ['w1', 'w2', 'b'])
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Any = None,
        initializer: Any = None,
        seed: SupportsIndex | random.Random | None = None,
        nout: int = 1,
        name: str | None = None,
    ) -> None:
        nin = positive_integer(nin, "Neuron: nin", MOST_WEIGHTS)
        nout = positive_integer(nout, "Neuron: nout", MOST_WEIGHTS)
        self.activation, self._function = choice_from(activation, nonlin)
        self.name = name
        source: RandomSource = random if seed is None else generator_from(seed, "Neuron")
        self._scope = None if name is None else scope(name)
        with self._scope or nullcontext():
            drawn = default_initializer(initializer, activation, seed)
            weights = initializer_from(drawn, self.activation)(source, nin, nout)
            self.w = [Value(weight, f"w{position}") for position, weight in enumerate(weights, start=1)]
            self.b = Value(0.0, "b")

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation function."""
        return self.activation != LINEAR

    def __call__(self, x: Any) -> Value:
        """Compute the neuron's output.

        Parameters
        ----------
        x
            `nin` numbers or Values: a list, a tuple or a NumPy array of shape (nin,). A neuron of one input also
            takes the number or Value itself.

        Returns
        -------
        Value
        """
        return self.on(inputs_from(x, len(self.w), self.name or "Neuron"))

    def on(self, inputs: list[Value]) -> Value:
        """Compute the output for inputs that are `nin` Values already, as a layer does for each of its neurons."""
        try:
            primitive = None if self._function or self.activation == LINEAR else self.activation
            z = neuron(self.w, inputs, self.b, primitive, self._scope)
            if self._function is None:
                return z
            with self._scope or nullcontext():
                return value_from(self._function(z), self.activation)
        except TypeError as error:
            if isinstance(error, AutogradError):
                raise
            raise InputTypeError(
                f"on: {shortened(inputs)} is not a list of {len(self.w)} Values; call it instead"
            ) from None

    @property
    def choice(self) -> Any:
        """The activation, as another layer takes it: its name, or the function of one's own."""
        return self.activation if self._function is None else self._function

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"_function": None, **state})  # which older ones had not

    def __repr__(self) -> str:
        kind = {"relu": "ReLU", "elu": "ELU"}.get(self.activation) or self.activation.title().replace("_", "")
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """Several neurons that see the same inputs.

    Parameters
    ----------
    nin
        Number of inputs.
    nout
        Number of neurons, and so of outputs.
    nonlin, activation, initializer
        As in :class:`Neuron`, for all neurons; of activations also a list with one for each.
    seed
        As in :class:`Neuron`; neurons draw their weights one after the other from the same generator.
    name
        A scope for parameters and nodes, such as ``"layer 1"``. Neurons are ``"neuron 1"``, ``"neuron 2"``, ... in it.

    Attributes
    ----------
    neurons
        `nout` neurons.

    Raises
    ------
    InputTypeError, InputValueError
        As in :class:`Neuron`.

    Examples
    --------
    >>> layer = Layer(2, 3, name="layer 1", seed=1337)
    >>> layer
    Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)]
    >>> outputs = layer([1.0, -2.0])
    >>> len(outputs), outputs[2].scope
    (3, 'layer 1/neuron 3')
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: Any = None,
        initializer: Any = None,
        seed: SupportsIndex | random.Random | None = None,
        name: str | None = None,
    ) -> None:
        nin = positive_integer(nin, "Layer: nin", MOST_WEIGHTS)
        nout = positive_integer(nout, "Layer: nout", MOST_WEIGHTS)
        if nin * nout > MOST_WEIGHTS:
            raise InputValueError(f"Layer: {nin:,} x {nout:,} weights are more nodes than fit; use Dense, of Tensors")
        activations = list(activation) if isinstance(activation, list | tuple) else [activation] * nout
        if len(activations) != nout:
            raise InputValueError(f"Layer: {len(activations)} activation(s) for {nout} neuron(s); give one for each")
        self.name = name
        initializer = default_initializer(initializer, activation, seed)
        generator = None if seed is None else generator_from(seed, "Layer")
        self._scope = scope_of(name)
        with self._scope:
            self.neurons = [
                Neuron(
                    nin,
                    nonlin,
                    activation=each,
                    initializer=initializer,
                    seed=generator,
                    nout=nout,
                    name=f"neuron {position}",
                )
                for position, each in enumerate(activations, start=1)
            ]
        if len(set(map(str, activations))) == 1:
            warn_if_equal([[weight.data for weight in neuron.w] for neuron in self.neurons], name or "Layer")

    @property
    def W(self) -> NDArray[np.float64]:  # noqa: N802
        """The weights as one matrix of numbers, of shape (nout, nin), a row a neuron; set it to set them all.

        >>> layer = Layer(2, 1, seed=0)
        >>> layer.W = [[0.5, -1.0]]
        >>> layer.neurons[0].w[1].data, layer.W.tolist()
        (-1.0, [[0.5, -1.0]])
        """
        return _read_only([[weight.data for weight in neuron.w] for neuron in self.neurons])

    @W.setter
    def W(self, numbers: Any) -> None:  # noqa: N802
        rows = _matrix(numbers, "W", self.W.shape)
        for each, row in zip(self.neurons, rows.tolist(), strict=True):
            for weight, number in zip(each.w, row, strict=True):
                weight.data = number

    @property
    def b(self) -> NDArray[np.float64]:
        """The biases as numbers, of shape (nout,); set it to set them all."""
        return _read_only([neuron.b.data for neuron in self.neurons])

    @b.setter
    def b(self, numbers: Any) -> None:
        for each, number in zip(self.neurons, _matrix(numbers, "b", self.b.shape).tolist(), strict=True):
            each.b.data = number

    def __call__(self, x: Any) -> Any:
        """Compute the outputs of all neurons.

        Parameters
        ----------
        x
            `nin` numbers or Values: a list, a tuple or a NumPy array of shape (nin,). A layer of one input also takes
            the number or Value itself.

        Returns
        -------
        Value or list of Value
            One Value if there is one neuron, else a list of `nout`.
        """
        outputs = self.on(inputs_from(x, len(self.neurons[0].w), self.name or "Layer"))
        return outputs[0] if len(outputs) == 1 else outputs

    def on(self, inputs: list[Value]) -> list[Value]:
        """Compute the outputs for inputs that are `nin` Values already, as a network does for each of its layers."""
        with self._scope:
            return [neuron.on(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Neuron by neuron the weights, then the bias."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


def _read_only(numbers: Any) -> NDArray[np.float64]:
    """A copy, in which setting an element would change nothing, so that it raises."""
    array = np.array(numbers, dtype=np.float64)
    array.flags.writeable = False
    return array


def value_from(output: Any, name: str) -> Value:
    """What an activation of one's own returned, if that is a Value."""
    if not isinstance(output, Value):
        raise InputTypeError(f"the activation {name} returned {shortened(output)}, not a Value; compute with its input")
    return output


# --- what was given -------------------------------------------------------------------------------------------------


def _matrix(given: Any, what: str, shape: tuple[int, ...]) -> NDArray[Any]:
    array = real_array(given, f"Layer: {what}").astype(np.float64)
    if array.shape != shape:
        raise InputValueError(
            f"Layer: {what} of shape {array.shape} for one of shape {shape}, (outputs, inputs) of W and (outputs,) of b"
        )
    return array


def inputs_from(x: Any, nin: int, who: str) -> list[Value]:
    """The inputs as nodes: a number becomes one constant, which all neurons of a layer share."""
    if isinstance(x, Value | int | float | np.number):
        x = [x]
    inputs = sequence_from(
        x, f"{who}: x", f"give {nin} number(s) or Value(s) such as [1.0, -2.0], one example at a time"
    )
    if len(inputs) != nin:
        raise InputValueError(f"{who}: {len(inputs)} input(s) were given, and it has weights for {nin}; give {nin}")
    return [
        each if isinstance(each, Value) else _input_node(each, position, who) for position, each in enumerate(inputs, 1)
    ]


def _input_node(number: Any, position: int, who: str) -> Value:
    if isinstance(number, list | tuple) or (isinstance(number, np.ndarray) and number.ndim):
        raise InputTypeError(
            f"{who}: input {position} is {number!r}, not a scalar; give one example at a time: [model(x) for x in X]"
        )
    return constant(number_from(number, f"{who}: input {position}"), f"x{position}")
