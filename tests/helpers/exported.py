"""Programs to be exported, and what an engine must give for them: each target runs the same ones."""

from __future__ import annotations

import functools
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from amounts import trials
from random_graphs import LEAVES, seeded_recipe

from autograd_core import Program, Tensor, Value, apply, record, sigmoid, tanh, where
from autograd_core.array.walks import topological_order
from autograd_core.array_programs.recording import record_arrays
from autograd_core.derivatives.pull_back import gradient_magnitudes, gradient_numbers
from autograd_core.formulas.rules import OPCODES, PRIMITIVES, Primitive

SPECIAL = (0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, -3.25, 30.0, 1e-9, 800.0, -800.0, 1e300, math.inf, -math.inf, math.nan)


@dataclass(frozen=True)
class Case:
    """A program and points, each its inputs in a row; and how large the numbers on the way are there."""

    name: str
    program: Program
    points: tuple[tuple[float, ...], ...]
    sizes: Callable[[tuple[float, ...]], tuple[float, Sequence[float]]]

    def arguments(self, point: Sequence[float]) -> list[Any]:
        """A point as the arguments of the program."""
        given = iter(point)
        arguments: list[Any] = []
        for structure in self.program.signature.arguments:
            numbers = list(itertools.islice(given, math.prod(structure.shape)))
            arguments.append(numbers[0] if structure.kind == "number" else np.reshape(numbers, structure.shape))
        return arguments

    def expected(self, point: tuple[float, ...]) -> tuple[float, list[float]]:
        """Value and gradient, as the program computes them."""
        every = tuple(range(len(self.program.signature.arguments)))
        value, by_argument = self.program.value_and_grad(*self.arguments(point), argnums=every)
        return value, np.concatenate([np.ravel(each) for each in by_argument]).tolist()

    def agree(self, point: tuple[float, ...], value: float, gradient: Sequence[float]) -> None:
        """Assert that an engine gave value and gradient, to 1e-12 of what they are sums of."""
        expected, slopes = self.expected(point)
        size, paths = self.sizes(point)
        for got, wanted, scale in zip((value, *gradient), (expected, *slopes), (size, *paths), strict=True):
            close = (
                got == wanted
                or abs(got - wanted) <= 1e-12 * (scale + abs(wanted))
                or (math.isnan(got) and math.isnan(wanted))
            )
            assert close, f"{self.name} at {point}: {value} and {gradient}, not {expected} and {slopes}"


class PrimitiveCase(Case):
    """A primitive by itself. Its node says what is right, for NumPy's square root of -inf is not its power."""

    def expected(self, point: tuple[float, ...]) -> tuple[float, list[float]]:
        leaves = [Value(each) for each in point]
        root = of_primitive(self.name, *leaves)
        return root.data, gradient_numbers(root, leaves)


def _of_graph(f: Callable[..., Any]) -> Callable[[tuple[float, ...]], tuple[float, Sequence[float]]]:
    def sizes(point: tuple[float, ...]) -> tuple[float, Sequence[float]]:
        leaves = [Value(number) for number in point]
        root = f(*leaves)
        numbers = [abs(node.data) for node in topological_order(root)]
        return max(numbers), [each * max(1.0, *numbers) for each in gradient_magnitudes(root, leaves)]

    return sizes


def random_cases() -> Iterator[Case]:
    """Random programs of primitives of the whole table, at points around the one at which they are tame."""
    for seed in range(trials(60)):
        recipe = seeded_recipe(seed, 4 + seed % 25)
        generator = random.Random(seed)
        moved = (tuple(each + generator.uniform(-1e-3, 1e-3) for each in LEAVES) for _ in range(2))
        yield Case(f"random {seed}", record(recipe, *LEAVES), (LEAVES, *moved), _of_graph(recipe))


def _nothing(point: tuple[float, ...]) -> tuple[float, Sequence[float]]:
    return 1e-3, [1e-3] * len(point)


def of_primitive(name: str, *x: Any) -> Any:
    """A primitive, its parameter, if it has one, 0.3 more than it is by itself."""
    parameter = PRIMITIVES[name].parameter
    return apply(name, *x) if parameter is None else apply(name, *x, parameter + 0.3)


def primitive_cases(rules: Sequence[Primitive] = tuple(OPCODES)) -> Iterator[Case]:
    """Each primitive by itself, at infinities, nan, zeros and its kinks."""
    for rule in rules:
        nodes = rule.arity if rule.parameter is None else rule.arity - 1
        points = itertools.product(SPECIAL if nodes < 3 else SPECIAL[::3], repeat=nodes)
        program = record(functools.partial(of_primitive, rule.name), *[0.5] * nodes)
        if len(program.tape.opcodes):  # what gives its argument back is no instruction
            yield PrimitiveCase(rule.name, program, tuple(points), _nothing)


def network(w: Any, hidden: Any, x: Any, b: Any) -> Any:
    """Arrays and numbers; one argument has a name of its language, another one is not used."""
    h = [tanh(row @ x + b) for row in w]
    return sum(a * c for a, c in zip(h, hidden, strict=True)) * 2.0 + where(b > 0.0, b, 3.0 * b)


def long_network(width: int) -> Case:
    """More instructions than are unrolled, the weights of the first layer constants."""
    rows = np.random.default_rng(1).normal(size=(width, width))

    def f(x: Any, w: Any, c: Any) -> Any:
        h = [sigmoid(row @ x + 0.25) for row in rows]
        return sum(a * b for a, b in zip(h, w, strict=True)) - c**3

    program = record(f, np.ones(width), np.ones(width), 1.0)
    points = tuple(
        tuple(float(each) for each in np.random.default_rng(seed).normal(size=2 * width + 1)) for seed in range(3)
    )
    return Case(f"network of {width}", program, points, lambda point: (width, [width] * len(point)))


def shaped_cases() -> Iterator[Case]:
    """Arguments of several shapes, results that are an input or a constant, names that are words of a language."""
    example = (np.ones((2, 3)), np.ones(2), np.ones(3), 1.0)
    points = tuple(tuple(np.random.default_rng(seed).normal(size=12).tolist()) for seed in range(3))
    yield Case("network", record(network, *example), points, lambda point: (10.0, [10.0] * len(point)))
    yield Case("first", record(lambda x, y: x, 1.0, 2.0), ((3.0, 4.0),), _nothing)
    yield Case("none", record(lambda x, unused: Value(2.5), 1.0, np.ones((0,))), ((3.0,),), _nothing)
    yield Case("twice", record(lambda v1, d1: v1 * v1 + v1 * d1, 1.0, 2.0), ((3.0, -4.0),), _nothing)
    x, y, z = Value(1.0, "x"), Value(2.0, "x"), Value(3.0, "*/ int \n σ")
    named = Program.from_graph(x * y + apply("exp", z) / 3.0, [x, y, z])
    yield Case("labels", named, ((1.0, 2.0, 3.0),), _nothing)
    words = record(lambda times, result, exp, grad_exp, f_abs: times * exp.exp() + grad_exp * abs(f_abs), *[1.0] * 5)
    yield Case("words", words, ((1.0, 2.0, 3.0, -4.0, -5.0),), _nothing)


# --- programs of arrays ---------------------------------------------------------------------------------------------


def weighted(f: Callable[..., Any], arrays: Sequence[Any], *, of_one: bool = False) -> tuple[Any, float, list[Any]]:
    """The program of a weighted sum of what a function of Tensors gives, or of that itself; its value and gradient."""
    nodes = list(map(Tensor, arrays))
    weights = np.random.default_rng(1).normal(size=np.shape(f(*nodes).data))
    names = [f"x{at}" for at in range(len(arrays))]
    program = record_arrays(
        lambda *xs: f(*xs) if of_one else (f(*xs) * weights).sum(), nodes, as_tensors=True, names=names
    )
    value, slopes = program.value_and_grad(*arrays, argnums=tuple(range(len(arrays))))
    return program, value, list(slopes)


def assert_same(value: Any, slopes: Sequence[Any], expected: float, by_arrays: Sequence[Any]) -> None:
    """Assert that an engine gave value and gradient, relative to the largest of all."""
    size = max([abs(expected), *(float(np.abs(each).max(initial=0.0)) for each in by_arrays)])
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12 * size, equal_nan=True)
    for one, other in zip(slopes, by_arrays, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12 * (1.0 + size))
