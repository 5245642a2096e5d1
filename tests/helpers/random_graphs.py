"""Random graphs: a recipe is drawn once and can be built at any point, so that it is a function of its leaves."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from samples import TABLE, holds

from autograd_core import Value, apply
from autograd_core.formulas.rules import Primitive

LEAVES = (-1.75, 0.4, 1.25)
#: at_kink(x, y) is left out: beside a kink it stands for x, and only transforms know an x for which that is true.
FUNCTIONS = tuple(rule for rule in TABLE if rule.name != "at_kink")


@dataclass(frozen=True)
class Instruction:
    """One node: a primitive and where its arguments come from (a position of a node, or a number)."""

    rule: Primitive
    arguments: tuple[int | float, ...]


@dataclass(frozen=True)
class Recipe:
    """A random graph with shared nodes, constants and primitives of the whole table."""

    instructions: tuple[Instruction, ...]

    def __call__(self, *leaves: Any) -> Any:
        nodes = list(leaves)
        for instruction in self.instructions:
            arguments = [nodes[each] if isinstance(each, int) else each for each in instruction.arguments]
            nodes.append(apply(instruction.rule.name, *arguments))
        unused = nodes[len(leaves) :]
        root = unused[-1]
        for node in unused[:-1]:
            root = root + node
        return root

    def __str__(self) -> str:
        def named(argument: int | float) -> str:
            return f"n{argument}" if isinstance(argument, int) else str(argument)

        return "\n".join(
            f"n{position} = {each.rule.name}({', '.join(map(named, each.arguments))})"
            for position, each in enumerate(self.instructions, len(LEAVES))
        )


def build(draw_index: Any, draw_constant: Any, size: int) -> Recipe:
    """Draw a recipe; a node that would be huge, not finite or close to a kink is replaced by a tanh."""
    nodes = [Value(number) for number in LEAVES]
    instructions: list[Instruction] = []
    tanh = next(rule for rule in TABLE if rule.name == "tanh")
    for _ in range(size):
        rule = FUNCTIONS[draw_index(len(FUNCTIONS))]
        arguments: list[int | float] = []
        for position in range(rule.arity):
            is_parameter = rule.parameter is not None and position == rule.arity - 1
            constant = is_parameter or draw_index(5) == 0
            arguments.append(draw_constant() if constant else draw_index(len(nodes)))
        if all(isinstance(each, float) for each in arguments):
            arguments[0] = draw_index(len(nodes))
        if not _is_tame(rule, [nodes[each].data if isinstance(each, int) else each for each in arguments]):
            rule, arguments = tanh, [draw_index(len(nodes))]
        instructions.append(Instruction(rule, tuple(arguments)))
        nodes.append(apply(rule.name, *(nodes[each] if isinstance(each, int) else each for each in arguments)))
    return Recipe(tuple(instructions))


def _is_tame(rule: Primitive, numbers: list[float]) -> bool:
    point = tuple(numbers)
    results = rule.kernel(wanted=tuple(range(rule.arity)))(*point)
    if not all(math.isfinite(each) and abs(each) < 1e3 for each in results):
        return False
    if rule.domain is not None and not holds(rule.domain, rule, point):
        return False
    if rule.kink is None:
        return True
    nudged = [
        tuple(each + shift * (position == moved) for position, each in enumerate(point))
        for moved in range(len(point))
        for shift in (-0.05, 0.0, 0.05)
    ]
    sides = {compare_sides(each) for each in nudged}
    return len(sides) == 1 and not any(holds(rule.kink, rule, each) for each in nudged)


def compare_sides(point: tuple[float, ...]) -> tuple[bool, ...]:
    """On which side of the usual kinks (0, and equal arguments) a point lies."""
    return (*(each > 0 for each in point), *(point[0] > other for other in point[1:]))


def seeded_recipe(seed: int, size: int = 12) -> Recipe:
    """The same recipe for the same seed."""
    generator = random.Random(seed)
    return build(generator.randrange, lambda: generator.choice((-1.5, 0.5, 2.0)), size)


@st.composite
def recipes(draw: Any, largest: int = 12) -> Recipe:
    """Recipes for hypothesis, which shrinks them."""
    size = draw(st.integers(1, largest))
    return build(lambda bound: draw(st.integers(0, bound - 1)), lambda: draw(st.sampled_from((-1.5, 0.5, 2.0))), size)
