"""Dense layers in the notation of the mathematics, f(x Wᵀ + b): on Tensors, or on NumPy arrays of Values.

The same line builds a graph of a few matrices, or one in which every weight is a node. A network can be looked at in
either magnification: :meth:`nn.MLP.to_tensor` and :meth:`Sequential.to_scalar` convert.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, where
from autograd_core.array.arrays import values_in
from autograd_core.array.elementwise import function
from autograd_core.array.functions import tensor_from
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import real_array

from .activations import choice_from
from .batch_norm import BatchNorm
from .dropout import Dropout
from .magnification import from_lists, numbers_of, to_lists, values_of
from .module import Module
from .names import LINEAR, scope_of
from .prelu import PReLU

__all__ = ["Dense", "Sequential"]


class Dense(Module):
    """A layer of neurons that all see the same inputs: z = f(x Wᵀ + b).

    Parameters
    ----------
    W
        The weights, shape (outputs, inputs): a Tensor, or an array of Values.
    b
        The biases, shape (outputs,), of the same kind.
    activation
        As in :class:`nn.Neuron` (a function of one's own takes what z is), or a list with one for each output.
    name
        A scope for the nodes, such as ``"layer 1"``.

    Raises
    ------
    InputTypeError, InputValueError
        If W and b are neither Tensors nor arrays of Values, their shapes do not fit, or there is no such activation. On
        the call: if the last axis of `x` is not as long as there are inputs.

    Examples
    --------
    >>> W, b, x = np.array([[1.0, -2.0]]), np.array([0.5]), np.array([3.0, 1.0])
    >>> Dense(Tensor(W), Tensor(b), "tanh")(x).data.round(4).tolist()
    [0.9051]
    >>> values = np.vectorize(Value, otypes=[object])
    >>> [z] = Dense(values(W), values(b), "tanh")(x)
    >>> round(z.data, 4), z.op
    (0.9051, 'tanh')
    """

    def __init__(self, W: Any, b: Any, activation: Any = LINEAR, *, name: str | None = None) -> None:
        for what, array, ndim in (("W", W, 2), ("b", b, 1)):
            if not (isinstance(array, Tensor) or (isinstance(array, np.ndarray) and array.dtype == object)):
                raise InputTypeError(
                    f"Dense: {what} is {type(array).__name__}; give a Tensor, or an array of Values, as parameters"
                )
            if array.ndim != ndim:
                raise InputValueError(f"Dense: {what} has shape {array.shape}, and needs {ndim} axes")
        if W.shape[0] != b.shape[0]:
            raise InputValueError(f"Dense: W has shape {W.shape} and b {b.shape}; there is one bias an output")
        self.W, self.b = W, b
        self.choice = list(activation) if isinstance(activation, list | tuple) else activation
        if isinstance(self.choice, list) and len(self.choice) != b.shape[0]:
            raise InputValueError(
                f"Dense: {len(self.choice)} activation(s) for {b.shape[0]} output(s); give one name, or one for each"
            )
        several = self.choice if isinstance(self.choice, list) else [self.choice]
        #: Its name; of several all of them.
        self.activation = ", ".join(dict.fromkeys(choice_from(each)[0] for each in several))
        self._activate = _function_of(self.choice)
        self.name = name
        self._scope = scope_of(name)

    def __getstate__(self) -> dict[str, Any]:
        return to_lists({**self.__dict__, "_activate": None})  # the function its name says

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"choice": state["activation"], **from_lists(state, "W", "b")})
        self._activate = _function_of(self.choice)

    def __call__(self, x: Any) -> Any:
        """Compute the outputs.

        Parameters
        ----------
        x
            Shape (inputs,) for one example, (examples, inputs) for several: an array of numbers or Values, or a Tensor.

        Returns
        -------
        Tensor, or array of Values
            Shape (outputs,) or (examples, outputs).
        """
        if not isinstance(x, Tensor):
            x = (
                tensor_from(x, self.name or "Dense")
                if isinstance(self.W, Tensor)
                else _array_from(x, self.name or "Dense")
            )
        shape = x.shape
        if not shape or shape[-1] != self.W.shape[1]:
            raise InputValueError(
                f"{self.name or 'Dense'}: x has shape {shape}, and the layer has weights for {self.W.shape[1]} inputs; "
                "give (inputs,) for one example or (examples, inputs)"
            )
        with self._scope:
            z = x @ self.W.T + self.b
            return z if self._activate is None else self._activate(z)

    def parameters(self) -> list[Any]:
        """W and b; for arrays of Values neuron by neuron the weights, then the bias, as in :class:`nn.Layer`."""
        if isinstance(self.W, Tensor):
            return [self.W, self.b]
        return [each for row, bias in zip(self.W, self.b, strict=True) for each in (*row, bias)]

    def weights(self) -> list[Any]:
        """W, and not b."""
        return [self.W] if isinstance(self.W, Tensor) else self.W.ravel().tolist()

    def to_values(self) -> Dense:
        """The same layer with every weight a node; the parameters are copied."""
        with scope_of(self.name):
            W, b = values_of(numbers_of(self.W), "W"), values_of(numbers_of(self.b), "b")
        return Dense(W, b, self.choice, name=self.name)

    def __repr__(self) -> str:
        kind = "Tensors" if isinstance(self.W, Tensor) else "Values"
        return f"Dense({self.W.shape[1]} to {self.W.shape[0]}, {self.activation}, of {kind})"


class Sequential(Module):
    """Layers, each of which sees the outputs of the one before.

    Parameters
    ----------
    layers
        Dense layers; between them, before or behind there may be :class:`nn.Dropout`, :class:`nn.BatchNorm` and
        :class:`nn.PReLU`.

    Attributes
    ----------
    layers
        The dense layers.
    modules
        All that was given, in order.

    Raises
    ------
    InputTypeError, InputValueError
        If there are no dense layers, one is something else, or their sizes do not fit.

    Examples
    --------
    >>> from nn import MLP
    >>> scalar = MLP(2, [3, 1], activation="tanh", seed=1)
    >>> tensor = scalar.to_tensor()
    >>> tensor
    Sequential(Dense(2 to 3, tanh, of Tensors), Dense(3 to 1, tanh, of Tensors))
    >>> X = np.array([[1.0, -2.0], [0.5, 0.25]])
    >>> [round(scalar(x).data, 12) for x in X] == tensor(X).data[:, 0].round(12).tolist()
    True
    """

    make_scalar: ClassVar[Callable[[Sequential], Any]]  # put here by perceptron.py, which is built on this module

    def __init__(self, layers: Sequence[Any]) -> None:
        if not isinstance(layers, Sequence):
            raise InputTypeError(
                f"Sequential: {shortened(layers)} is not a list of layers; write Sequential([Dense(W, b)])"
            )
        self.modules: list[Any] = list(layers)
        for position, layer in enumerate(self.modules):
            if not isinstance(layer, Dense | Dropout | BatchNorm | PReLU):
                raise InputTypeError(f"Sequential: layer {position} is {layer!r}; give Dense layers")
        self.layers: list[Dense] = [each for each in self.modules if isinstance(each, Dense)]
        if not self.layers:
            raise InputValueError("Sequential: there are no layers; write Sequential([Dense(W, b)])")
        for position, (one, other) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            if one.W.shape[0] != other.W.shape[1]:
                raise InputValueError(
                    f"Sequential: layer {position - 1} has {one.W.shape[0]} outputs and layer {position} has weights "
                    f"for {other.W.shape[1]} inputs"
                )

    def __call__(self, x: Any) -> Any:
        """Compute the outputs of the last layer; `x` is as in :class:`Dense`."""
        for each in self.modules:
            x = each(x)
        return x

    def parameters(self) -> list[Any]:
        """Layer by layer."""
        return [parameter for each in self.modules for parameter in each.parameters()]

    def weights(self) -> list[Any]:
        """Those of the layers."""
        return [weight for each in self.modules for weight in each.weights()]

    def buffers(self) -> dict[str, Any]:
        """What its parts remember, each behind its position."""
        return {f"{k}.{name}": each for k, part in enumerate(self.modules) for name, each in part.buffers().items()}

    def set_buffers(self, buffers: dict[str, Any]) -> None:
        """Let its parts remember."""
        for k, part in enumerate(self.modules):
            part.set_buffers({name: buffers[f"{k}.{name}"] for name in part.buffers()})

    @property
    def sees_batches(self) -> bool:
        """Whether in training what it makes of an example depends on the batch it is in."""
        return self.needs_batches or (self.training and any(isinstance(e, Dropout) and e.rate for e in self.modules))

    @property
    def needs_batches(self) -> bool:
        """Whether it depends on the other examples of the batch too: of a normalisation in training."""
        return self.training and any(isinstance(each, BatchNorm) for each in self.modules)

    def set_training(self, training: bool) -> None:
        """Of all of its parts."""
        super().set_training(training)
        for each in self.modules:
            each.set_training(training)

    def to_scalar(self) -> Any:
        """The same network as an :class:`nn.MLP`, every weight a Value; the parameters are copied.

        Dropout, which does nothing in evaluation, is left out; a batch normalisation needs all examples at once and is
        refused, and so is :class:`nn.PReLU`: :meth:`to_values` keeps all of them.
        """
        for each in self.modules:
            if isinstance(each, BatchNorm):
                raise InputTypeError(
                    "to_scalar: a batch normalisation looks at all examples of a batch at once, and a network of "
                    "Values at one; leave it out for that, or write to_values()"
                )
            if isinstance(each, PReLU):
                raise InputTypeError(
                    "to_scalar: a neuron of an MLP learns no slope; leave PReLU out for that, or write to_values()"
                )
        return type(self).make_scalar(self)

    def to_values(self) -> Sequential:
        """The same network, part by part, with every parameter a node; the parameters are copied.

        It is trained as it is on Tensors, to the same numbers up to rounding.

        >>> from nn import MLP
        >>> first, last = MLP(2, [3, 1], activation="linear", seed=1).to_tensor().layers
        >>> Sequential([first, PReLU(3), last]).to_values()
        Sequential(Dense(2 to 3, linear, of Values), PReLU(3), Dense(3 to 1, linear, of Values))
        """
        twin = Sequential([each.to_values() for each in self.modules])
        twin.head = self.head
        return twin

    def to_tensor(self) -> Sequential:
        """The same network on Tensors, two a layer; the parameters are copied."""
        modules: list[Any] = []
        for layer in self.modules:
            if not isinstance(layer, Dense):
                modules.append(layer.to_tensor())
                continue
            name = layer.name or f"layer {1 + sum(isinstance(each, Dense) for each in modules)}"
            with scope_of(name):
                W, b = Tensor(numbers_of(layer.W), "W"), Tensor(numbers_of(layer.b), "b")
            modules.append(Dense(W, b, layer.choice, name=name))
        twin = Sequential(modules)
        twin.head = self.head
        return twin

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.modules))})"


def _function_of(choice: Any) -> Callable[[Any], Any] | None:
    """The activation as a function of all outputs of a layer; None for none."""
    if isinstance(choice, list):
        made = {each: _function_of(each) for each in choice}
        return partial(_each_its_own, [made[each] for each in choice])
    name, own = choice_from(choice)
    return own or (None if name == LINEAR else function(name))


def _each_its_own(functions: list[Callable[[Any], Any] | None], z: Any) -> Any:
    """Each output through its own activation."""
    activated = z
    for each in dict.fromkeys(functions):
        if each is not None:
            activated = where(np.array([other is each for other in functions], dtype=float), each(z), activated)
    return activated


def _array_from(x: Any, who: str) -> Any:
    """An array of numbers or Values."""
    values = values_in(x, who)
    return real_array(x, who) if values is None else values
