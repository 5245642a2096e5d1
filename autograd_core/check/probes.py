"""What a gradient check asks, one probe a row: a derivative along a direction, of a function that it can call again."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..array.tensor import Tensor, describe
from ..errors import AutogradError, InputTypeError
from ..numerical.elements import Direction, Leaf, mover, single_leaf
from ..numerical.ladder import WhereDefined
from ..numerical.leaf_gradients import GradientNodes, leaf_gradients, number_of
from ..scalar.blocks import recording
from ..scalar.conversion import number_from
from ..scalar.recording import current_state
from ..scalar.value import Value, constant
from .inputs import CheckedInputs
from .plain_functions import GivenGradient
from .recorded import Recorded

__all__ = ["CheckedFunction", "Probe", "probes_by_direction", "probes_by_input", "random_direction"]

#: Up to so many second derivatives are checked one by one.
_MOST_PAIRS = 100


@dataclass(slots=True)
class CheckedFunction:
    """The function that is checked, with its arguments in place; it counts how often it is called."""

    f: Callable[..., Any]
    checked: CheckedInputs
    calls: int = 0

    def output(self, *, recorded: bool) -> Value | Tensor:
        """Call it at the present data of the leaves."""
        self.calls += 1
        with recording(recorded or current_state().watcher is not None):  # who watches asks for derivatives too
            result = self.f(*self.checked.arguments)
        if isinstance(result, Value):
            return result
        if isinstance(result, Tensor):
            if result.size != 1:
                raise InputTypeError(
                    f"check_gradients: the function returned {describe(result)}; return one number, such as its sum, "
                    "or a sum with weights where the plain sum is constant"
                )
            return result
        try:
            return constant(number_from(result, "the function's result"))
        except AutogradError as error:
            raise InputTypeError(f"check_gradients: {error}; return one Value or Tensor, such as a sum") from None

    def along(self, direction: Direction) -> WhereDefined:
        """Its value as a function of how far the leaves are moved."""
        move = mover(direction)

        def value(number: float) -> float:
            move(number)
            return number_of(self.output(recorded=False))

        return WhereDefined(value)


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
    recorded: Recorded | GivenGradient
    function: WhereDefined
    start: float
    order: int = 1


def random_direction(leaves: Sequence[Leaf], generator: random.Random) -> Direction:
    """Normal deviates, on the scale of each leaf or of a typical one, whichever is larger."""
    typical = statistics.median([abs(leaf.data) for leaf in leaves if leaf.data] or [1.0])
    return {leaf: generator.gauss(0.0, 1.0) * max(abs(leaf.data), typical) for leaf in leaves}


def probes_by_input(
    function: CheckedFunction,
    output: Value | Tensor,
    chosen: Sequence[Leaf],
    names: Mapping[Leaf, str],
    order: int,
    seed: int,
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
    gradient = _Gradient(function, first)
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
    function: CheckedFunction, output: Value | Tensor, leaves: Sequence[Leaf], count: int, order: int, seed: int
) -> Iterator[Probe]:
    """Derivatives along random directions; and, if `order` is 2, of random components of the gradient along them."""
    generator = random.Random(seed)
    directions = [random_direction(leaves, generator) for _ in range(count)]
    first = Recorded(output, leaves)
    for number, direction in enumerate(directions, start=1):
        yield Probe(f"direction {number}", math.nan, direction, first, function.along(direction), 0.0)
    if order == 1:
        return
    gradient = _Gradient(function, first)
    for number, direction in enumerate(directions, start=1):
        name = f"∂/∂(direction {number}) of ∇·(random direction)"
        yield gradient.component(random_direction(leaves, generator)).probe(name, math.nan, direction)


@dataclass(slots=True)
class _Gradient:
    """The gradient of a function, as a graph and as numbers at other points."""

    function: CheckedFunction
    first: Recorded
    graph: GradientNodes = field(init=False)
    known: dict[tuple[Leaf, float], list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with recording(True):
            self.graph = GradientNodes(self.first.root, self.first.leaves)

    def component(self, weights: Direction) -> _Component:
        """A weighted sum of its entries."""
        with recording(True):
            root = self.graph.weighted_sum(weights)
        return _Component(self, weights, Recorded(root, self.first.leaves, self.first))

    def along(self, direction: Direction) -> Callable[[float], list[float]]:
        """All its entries as a function of how far the leaves are moved."""
        move, only = mover(direction), single_leaf(direction)

        def numbers(number: float) -> list[float]:
            if only is not None and (only, number) in self.known:
                return self.known[only, number]
            move(number)
            gradient = leaf_gradients(self.function.output(recorded=True), self.first.leaves)
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
        leaves = self.gradient.first.leaves
        entries = [(position, self.weights[leaf]) for position, leaf in enumerate(leaves) if leaf in self.weights]
        numbers = self.gradient.along(direction)

        def value(number: float) -> float:
            gradient = numbers(number)
            return sum(gradient[position] * weight for position, weight in entries)

        start = 0.0 if math.isnan(point) else point
        return Probe(name, point, direction, self.recorded, WhereDefined(value), start, order=2)
