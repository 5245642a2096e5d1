"""Module, the base of everything that has parameters. How a module computes is the business of its subclass."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

from autograd_core import Value
from autograd_core.formulas.printing import visible

__all__ = ["Module"]


class Module:
    """Something with parameters that can be learned.

    A subclass says what its parameters are by overriding :meth:`parameters`; the rest follows.

    Notes
    -----
    The interface is that of micrograd's ``Module`` (A. Karpathy, https://github.com/karpathy/micrograd).

    Examples
    --------
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0, "slope"), Value(1.0, "offset")
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    ...
    ...     def parameters(self):
    ...         return [self.slope, self.offset]
    >>> line = Line()
    >>> line(3.0).backward()
    >>> [(name, parameter.grad) for name, parameter in line.named_parameters()]
    [('slope', 3.0), ('offset', 1.0)]
    >>> line.zero_grad()
    >>> line.slope.has_grad
    False
    """

    write_file: ClassVar[Callable[..., None]]  # put here by nn.exchange.model_file, which knows all models

    #: What the outputs mean, such as "regression"; :func:`nn.fit` writes it down by the loss.
    head: str | None = None

    #: Whether it computes as while it is trained; what is random or of a batch does otherwise in evaluation.
    training: bool = False

    def parameters(self) -> list[Value]:
        """The parameters, always in the same order; none unless a subclass says so.

        Returns
        -------
        list of Value
        """
        return []

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The parameters with their names, in the order of :meth:`parameters`.

        Returns
        -------
        list of (str, Value)
            The name is scope and label, such as ``"layer 1/neuron 2/w1"``. A parameter without a label is called by
            its position, ``"parameter 0"``. Names are unique where labels within a scope are.
        """
        return [
            ("/".join(filter(None, (parameter.scope, visible(parameter.label) or f"parameter {position}"))), parameter)
            for position, parameter in enumerate(self.parameters())
        ]

    def weights(self) -> list[Any]:
        """The parameters that a penalty holds: all that are not biases, that is labelled ``"b"`` or ``"bias"``."""
        return [each for each in self.parameters() if each.label not in ("b", "bias", "slope")]

    def buffers(self) -> dict[str, Any]:
        """What it remembers beside its parameters, arrays by name, such as the means of a batch normalisation."""
        return {}

    def set_buffers(self, buffers: dict[str, Any]) -> None:
        """Remember what :meth:`buffers` gave."""

    def set_training(self, training: bool) -> None:
        """Compute as while it is trained from now on, or as in evaluation; :func:`nn.fit` says so by itself."""
        self.training = bool(training)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: from now on they are "not computed"."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file in the format safetensors, whole or not at all; :func:`nn.load` reads it.

        Parameters
        ----------
        path
            The file, which ends in ``.safetensors``. The architecture stands in its header; nothing is pickled.

        Raises
        ------
        InputTypeError, InputValueError
            If the module is of a class of your own, which a file cannot rebuild, or the path cannot be right.
        ModelFileError
            If the system refuses to write. What was there is then unchanged.
        """
        type(self).write_file(path, self)
