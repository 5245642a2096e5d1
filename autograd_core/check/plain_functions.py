"""A function of plain numbers with a gradient by hand, as the gradient check asks for them: without a graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.tensor import Tensor
from ..errors import AutogradError, InputTypeError, InputValueError
from ..numerical.elements import Direction, mover
from ..numerical.ladder import WhereDefined
from ..scalar.conversion import number_from
from ..scalar.value import Value
from ..transforms.argument_names import argument_names

__all__ = ["GivenGradient", "PlainFunction"]


class PlainFunction:
    """A function of floats and arrays that returns a number, and where it is checked.

    Parameters
    ----------
    f
        The function. It gets arrays of its own, which it may write to.
    inputs
        Numbers, arrays and lists of numbers.

    Attributes
    ----------
    names
        What each number is called. A leaf holds it, so that it can be moved; no node is ever computed from that.
    calls
        How often the function was called.
    """

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Any]) -> None:
        self._f = f
        self.calls = 0
        self.names: dict[Value, str] = {}
        self._inputs: list[tuple[tuple[int, ...], list[Value]]] = []
        if not inputs:
            raise InputValueError("check_gradients: no inputs; give the numbers or arrays to check at")
        for position, (given, name) in enumerate(zip(inputs, argument_names(f, len(inputs), "input"), strict=True)):
            array = _array_of(given, f"check_gradients: input {position}")
            leaves = [Value(number) for number in array.ravel().tolist()]
            self._inputs.append((array.shape, leaves))
            for leaf, index in zip(leaves, np.ndindex(array.shape), strict=True):
                self.names[leaf] = f"{name}[{', '.join(map(str, index))}]" if index else name
        if not self.names:
            raise InputValueError("check_gradients: the arrays hold no numbers, so there is nothing to check")

    def arguments(self) -> list[Any]:
        """A float or a new array an input, of the present numbers."""
        return [
            np.array([leaf.data for leaf in leaves]).reshape(shape) if shape else leaves[0].data
            for shape, leaves in self._inputs
        ]

    def number(self) -> float:
        """What the function returns."""
        self.calls += 1
        result = self._f(*self.arguments())
        if isinstance(result, Value | Tensor):
            raise InputTypeError(
                f"check_gradients: with analytic= the function returns a plain number, not a node ({result!r}); "
                "leave out analytic= to check what reverse mode computes"
            )
        try:
            return number_from(result, "the function's result")
        except AutogradError as error:
            raise InputTypeError(f"check_gradients: {error}; return one number, such as a sum") from None

    def along(self, direction: Direction) -> WhereDefined:
        """Its value as a function of how far the numbers are moved."""
        move = mover(direction)

        def value(number: float) -> float:
            move(number)
            return self.number()

        return WhereDefined(value)

    def by_number(self, gradient: Any) -> dict[Value, float]:
        """A gradient by hand, number by number; it must have the shape of the inputs."""
        if len(self._inputs) == 1:
            parts: Sequence[Any] = [gradient]
        elif isinstance(gradient, tuple | list) and len(gradient) == len(self._inputs):
            parts = gradient
        else:
            raise InputTypeError(
                f"check_gradients: analytic= gives {_in_words(gradient)}; write a tuple of {len(self._inputs)}, one "
                "derivative an input"
            )
        found: dict[Value, float] = {}
        for position, (part, (shape, leaves)) in enumerate(zip(parts, self._inputs, strict=True)):
            what = "analytic=" if len(parts) == 1 else f"analytic=, by input {position}"
            array = _array_of(part, f"check_gradients: {what}", finite=False)
            if array.shape != shape:
                raise InputValueError(f"check_gradients: {what} has shape {array.shape}; the input has shape {shape}")
            found.update(zip(leaves, array.ravel().tolist(), strict=True))
        return found


class GivenGradient:
    """A gradient by hand at the point, asked the same questions as :class:`autograd_core.check.recorded.Recorded`.

    There is no graph, so it knows of no kink, no fault and no rounding.
    """

    rounding_beside = data_rounding = 0.0

    def __init__(self, function: PlainFunction, analytic: Any) -> None:
        self.at_point = function.number()
        self.gradient = function.by_number(analytic(*function.arguments()) if callable(analytic) else analytic)

    def along(self, direction: Direction) -> float:
        """The derivative along a direction."""
        return sum(self.gradient[leaf] * speed for leaf, speed in direction.items())

    def magnitude(self, direction: Direction) -> float:
        """Size of the contributions to it."""
        return sum(abs(self.gradient[leaf] * speed) for leaf, speed in direction.items())

    def reference(self, direction: Direction) -> float:
        """Beside what a derivative of 0 is small: the function, or 1 where that is larger."""
        return min(abs(self.at_point) or 1.0, 1.0)

    def rounding(self, direction: Direction) -> float:
        """Unknown."""
        return 0.0

    def rounding_at_present(self) -> float:
        """Unknown."""
        return 0.0

    def at_present(self) -> float:
        """Unknown."""
        return math.nan

    def in_double(self, direction: Direction) -> None:
        """It is."""

    def complex_step(self, direction: Direction) -> None:
        """Not without a graph."""

    def reached_from(self, direction: Direction) -> bool:
        """Whoever gives a derivative says so."""
        return True

    def nothing(self, direction: Direction | None = None) -> list[Any]:
        """Nodes: there are none."""
        return []

    def rounding_of_complex_step(self, direction: Direction) -> float:
        """Unknown."""
        return 0.0

    kinks = faults = outside_domain = passes_through_infinity = nothing


def _array_of(given: Any, what: str, *, finite: bool = True) -> Any:
    """Numbers as an array of floats, or an error that says what is wrong with them."""
    if isinstance(given, Value | Tensor):
        raise InputTypeError(f"{what} is a node; with analytic= everything is plain numbers, such as its data")
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        raise InputTypeError(f"{what} is {_in_words(given)}; give a number or an array of numbers") from None
    if np.ma.isMaskedArray(given) or array.dtype.kind not in "iuf":
        raise InputTypeError(f"{what} is {_in_words(given)}; give a number or an array of real numbers")
    numbers = array.astype(float)
    if finite and not np.isfinite(numbers).all():
        raise InputValueError(f"{what} holds {numbers[~np.isfinite(numbers)].flat[0]}, where there is no derivative")
    return numbers


def _in_words(given: Any) -> str:
    kind = type(given).__name__
    return f"an array of {given.dtype}, shape {given.shape}" if isinstance(given, np.ndarray) else f"{kind} {given!r}"
