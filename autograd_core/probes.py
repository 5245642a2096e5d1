"""What a gradient check asks, one probe a row: a derivative along a direction, of a function that it can call again."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checked_inputs import CheckedInputs
from .conversion import number_from
from .errors import AutogradError, InputTypeError
from .recorded import Direction, Recorded
from .recording import recording
from .reverse import gradient_graph, gradient_numbers
from .tensor import Tensor
from .value import Value, constant

__all__ = ["CheckedFunction", "Probe", "mover", "probes_by_direction", "probes_by_input", "random_direction"]

#: Up to so many second derivatives are checked one by one.
_MOST_PAIRS = 100


@dataclass(slots=True)
class CheckedFunction:
    """The function that is checked, with its arguments in place; it counts how often it is called."""

    f: Callable[..., Any]
    checked: CheckedInputs
    calls: int = 0

    def output(self, *, recorded: bool) -> Value:
        """Call it at the present data of the leaves."""
        self.calls += 1
        with recording(recorded):
            result = self.f(*self.checked.arguments)
        if isinstance(result, Value):
            return result
        if isinstance(result, Tensor):
            raise InputTypeError(
                "check_gradients: the function returned a Tensor, and graphs of Values are checked; keep to Values (an "
                "array of them has x.sum() and x @ y), or compare jacobian(f) with differences of f"
            )
        try:
            return constant(number_from(result, "the function's result"))
        except AutogradError as error:
            raise InputTypeError(f"check_gradients: {error}; return one Value, such as a sum") from None

    def along(self, direction: Direction) -> Callable[[float], float]:
        """Its value as a function of how far the leaves are moved."""
        move = mover(direction)

        def value(number: float) -> float:
            move(number)
            return self.output(recorded=False).data

        return value


@dataclass(frozen=True, slots=True)
class Probe:
    """A row to be.

    Attributes
    ----------
    name, point
        The row's.
    direction
        How fast each leaf moves.
    recorded
        The result whose derivative is asked for, recorded at the point.
    function
        Its number, computed anew, for another point on the line: of a single leaf, the number it is set to; of a
        direction, how far to go.
    start
        Where on that line the point is.
    order
        1, or 2 if the result is a component of a gradient.
    """

    name: str
    point: float
    direction: Direction
    recorded: Recorded
    function: Callable[[float], float]
    start: float
    order: int = 1


def mover(direction: Direction) -> Callable[[float], None]:
    """Set the leaves as far along a direction as the argument says; for a single leaf, to the argument."""
    only = _single_leaf(direction)
    if only is not None:
        return lambda number: setattr(only, "data", number)
    starts = [(leaf, leaf.data, speed) for leaf, speed in direction.items()]

    def move(number: float) -> None:
        for leaf, start, speed in starts:
            leaf.data = start + number * speed

    return move


def _single_leaf(direction: Direction) -> Value | None:
    return next(iter(direction)) if list(direction.values()) == [1.0] else None


def random_direction(leaves: Sequence[Value], generator: random.Random) -> Direction:
    """Normal deviates, on the scale of each leaf or of a typical one, whichever is larger."""
    typical = statistics.median([abs(leaf.data) for leaf in leaves if leaf.data] or [1.0])
    return {leaf: generator.gauss(0.0, 1.0) * max(abs(leaf.data), typical) for leaf in leaves}


def probes_by_input(
    function: CheckedFunction, output: Value, chosen: Sequence[Value], names: Mapping[Value, str], order: int, seed: int
) -> Iterator[Probe]:
    """The derivative by each of the chosen leaves; and, if `order` is 2, the derivatives of the gradient by them.

    Parameters
    ----------
    function, output
        The function and its recorded result.
    chosen
        The leaves to check.
    names
        Every leaf that varies, and what to call it.
    order
        1 or 2.
    seed
        Of the component of the gradient that is differentiated where there are too many to take one by one.
    """
    leaves = list(names)
    first = Recorded(output, leaves)
    for leaf in chosen:
        yield Probe(names[leaf], leaf.data, {leaf: 1.0}, first, function.along({leaf: 1.0}), leaf.data)
    if order == 1:
        return
    gradient = _Gradient(function, output, leaves)
    if len(chosen) ** 2 <= _MOST_PAIRS:
        for one in chosen:
            component = gradient.component({one: 1.0})
            for other in chosen:
                name = f"∂²/∂{names[one]}²" if one is other else f"∂²/∂{names[one]}∂{names[other]}"
                yield component.probe(name, other.data, {other: 1.0})
    else:
        component = gradient.component(random_direction(chosen, random.Random(seed)))
        for leaf in chosen:
            name = f"∂/∂{names[leaf]} of ∇·(random direction)"
            yield component.probe(name, leaf.data, {leaf: 1.0})


def probes_by_direction(
    function: CheckedFunction, output: Value, leaves: Sequence[Value], count: int, order: int, seed: int
) -> Iterator[Probe]:
    """Derivatives along random directions; and, if `order` is 2, of random components of the gradient along them."""
    generator = random.Random(seed)
    directions = [random_direction(leaves, generator) for _ in range(count)]
    first = Recorded(output, leaves)
    for number, direction in enumerate(directions, start=1):
        yield Probe(f"direction {number}", math.nan, direction, first, function.along(direction), 0.0)
    if order == 1:
        return
    gradient = _Gradient(function, output, leaves)
    for number, direction in enumerate(directions, start=1):
        name = f"∂/∂(direction {number}) of ∇·(random direction)"
        yield gradient.component(random_direction(leaves, generator)).probe(name, math.nan, direction)


@dataclass(slots=True)
class _Gradient:
    """The gradient of a function, as a graph and as numbers at other points."""

    function: CheckedFunction
    output: Value
    leaves: Sequence[Value]
    graph: dict[Value, Value] = field(init=False)
    known: dict[tuple[Value, float], list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with recording(True):
            self.graph = dict(zip(self.leaves, gradient_graph(self.output, self.leaves), strict=True))

    def component(self, weights: Direction) -> _Component:
        """A weighted sum of its entries."""
        with recording(True):
            terms = [self.graph[leaf] * weight for leaf, weight in weights.items()]
            root = terms[0]
            for term in terms[1:]:
                root = root + term
        return _Component(self, weights, Recorded(root, self.leaves))

    def along(self, direction: Direction) -> Callable[[float], list[float]]:
        """All its entries as a function of how far the leaves are moved."""
        move, only = mover(direction), _single_leaf(direction)

        def numbers(number: float) -> list[float]:
            if only is not None and (only, number) in self.known:
                return self.known[only, number]
            move(number)
            gradient = gradient_numbers(self.function.output(recorded=True), self.leaves)
            if only is not None:  # all components at once, for the other rows of this leaf
                self.known[only, number] = gradient
            return gradient

        return numbers


@dataclass(frozen=True, slots=True)
class _Component:
    """A weighted sum of the entries of a gradient, recorded."""

    gradient: _Gradient
    weights: Direction
    recorded: Recorded

    def probe(self, name: str, point: float, direction: Direction) -> Probe:
        """Its derivative along a direction."""
        entries = [
            (position, self.weights[leaf]) for position, leaf in enumerate(self.gradient.leaves) if leaf in self.weights
        ]
        numbers = self.gradient.along(direction)

        def value(number: float) -> float:
            gradient = numbers(number)
            return sum(gradient[position] * weight for position, weight in entries)

        start = 0.0 if math.isnan(point) else point
        return Probe(name, point, direction, self.recorded, value, start, order=2)
