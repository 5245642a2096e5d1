"""Correct functions that are hard to differentiate numerically, drawn at random. No check may call one wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd_core as ac


@dataclass(frozen=True)
class Nasty:
    """A function of one number, the point, and a text from which the trial can be repeated."""

    f: Callable[[Any], Any]
    point: float
    text: str


def _power_of_ten(generator: random.Random, lowest: float, highest: float) -> float:
    return 10.0 ** generator.uniform(lowest, highest)


def _sign(generator: random.Random) -> float:
    return generator.choice((-1.0, 1.0))


def _kink(generator: random.Random) -> Nasty:
    """At a kink, or a hair beside it."""
    place = generator.choice((0.0, 1.0, -0.3, 1e3, 1e-5))
    beside = generator.choice((0.0, _sign(generator) * _power_of_ten(generator, -14, 0)))
    slope, name = generator.uniform(-3, 3), generator.choice(("abs", "relu", "leaky_relu", "elu", "maximum", "minimum"))
    bend = generator.choice((0.0, 1.0, 100.0))

    def f(x: Any) -> Any:
        moved = x - place
        kinked = ac.apply(name, moved, slope * moved) if name in ("maximum", "minimum") else ac.apply(name, moved)
        return kinked + bend * x * x

    return Nasty(f, place + beside, f"{name} with {place=} {beside=} {slope=} {bend=}")


def _scaled(generator: random.Random) -> Nasty:
    """Huge and tiny arguments and results."""
    inner, outer = _power_of_ten(generator, -140, 140), _power_of_ten(generator, -140, 140)
    name = generator.choice(("exp", "sin", "tanh", "sigmoid", "arctan", "expm1", "softplus", "cosh"))
    at = generator.uniform(-3, 3)
    return Nasty(lambda x: outer * ac.apply(name, x / inner), at * inner, f"{outer} * {name}(x / {inner}) at {at=}")


def _cancelling(generator: random.Random) -> Nasty:
    """Large terms that cancel, so that round-off is larger than the result tells."""
    large, x = _power_of_ten(generator, 0, 17), generator.uniform(-3, 3)
    kind = generator.randrange(5)
    f = (
        lambda x: (ac.sin(x) + large) - large,
        lambda x: ac.sin(x) * large - ac.sin(x) * (large - 1.0),
        lambda x: (1.0 - ac.cos(x / large)) * large * large,
        lambda x: (x + large) ** 2 - x * x - large * large,
        lambda x: ac.tanh(x) + large,
    )[kind]
    return Nasty(f, x, f"cancellation {kind} {large=} {x=}")


def _saturated(generator: random.Random) -> Nasty:
    name = generator.choice(("tanh", "sigmoid", "softplus", "arctan", "logaddexp", "elu"))
    x, offset = generator.uniform(-60, 60), generator.choice((0.0, 1.0, 1e3))

    def f(x: Any) -> Any:
        return (ac.apply(name, x, 0.5 * x) if name == "logaddexp" else ac.apply(name, x)) + offset

    return Nasty(f, x, f"{name} + {offset} at {x}")


def _oscillating(generator: random.Random) -> Nasty:
    frequency, x = _power_of_ten(generator, 0, 9), generator.uniform(-3, 3)
    slow = generator.choice((0.0, 1.0))
    return Nasty(lambda x: ac.sin(frequency * x) + slow * x, x, f"sin({frequency} * x) + {slow} * x at {x}")


def _near_a_pole(generator: random.Random) -> Nasty:
    kind, near = generator.randrange(7), _power_of_ten(generator, -12, 0)
    f, x = (
        (lambda x: 1.0 / (x - 1.0), 1.0 + _sign(generator) * near),
        (ac.log, near),
        (ac.sqrt, near),
        (ac.tan, 1.5707963267948966 - near),
        (ac.arcsin, 1.0 - near),
        (lambda x: x**0.3, near),
        (ac.log1p, near - 1.0),
    )[kind]
    return Nasty(f, x, f"pole {kind} at {near=}")


def _sharp_bend(generator: random.Random) -> Nasty:
    sharp, kind = _power_of_ten(generator, 0, 9), generator.randrange(4)
    x = generator.choice((0.0, _sign(generator) * _power_of_ten(generator, -12, 0)))
    f = (
        lambda x: ac.softplus(sharp * x),
        lambda x: ac.sigmoid(sharp * x),
        lambda x: ac.sqrt(x * x + 1.0 / sharp),
        lambda x: ac.arctan(sharp * x) + x,
    )[kind]
    return Nasty(f, x, f"bend {kind} {sharp=} {x=}")


def _flat(generator: random.Random) -> Nasty:
    """Stationary points, where the derivative is 0 or nearly so."""
    power, x = generator.choice((2, 3, 4, 6)), generator.choice((0.0, _power_of_ten(generator, -9, -1)))
    offset = generator.choice((0.0, 1.0, -1e4))
    return Nasty(lambda x: x**power + ac.cos(x) + offset, x, f"x**{power} + cos(x) + {offset} at {x}")


def _growing(generator: random.Random) -> Nasty:
    kind, x = generator.randrange(5), generator.uniform(0.5, 30.0)
    power = generator.uniform(1, 150)
    f = (
        lambda x: ac.exp(20.0 * x),
        lambda x: x**power,
        lambda x: ac.exp(x) ** 3 / (1.0 + ac.exp(2.0 * x)),
        lambda x: ac.sinh(x) - ac.cosh(x),
        lambda x: ac.log(ac.exp(x) + ac.exp(-x)),
    )[kind]
    return Nasty(f, x, f"growth {kind} {x=} {power=}")


def _composed(generator: random.Random) -> Nasty:
    """Everything after everything, with whatever comes of it."""
    names = [generator.choice(_UNARY) for _ in range(generator.randint(2, 6))]
    factors = [_sign(generator) * _power_of_ten(generator, -2, 2) for _ in names]
    x = _sign(generator) * _power_of_ten(generator, -3, 2)

    def f(x: Any) -> Any:
        total = x
        for name, factor in zip(names, factors, strict=True):
            x = ac.apply(name, factor * x)
            total = total + x
        return total

    return Nasty(f, x, f"composition {names} {factors} at {x}")


_UNARY = (
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arctan", "sinh", "cosh", "tanh",
    "abs", "relu", "sigmoid", "softplus", "elu", "step", "sign",
)  # fmt: skip
FAMILIES = (
    _kink, _scaled, _cancelling, _saturated, _oscillating, _near_a_pole, _sharp_bend, _flat, _growing, _composed,
)  # fmt: skip


def nasty(seed: int) -> Nasty:
    """The same function for the same seed; the families take turns."""
    return FAMILIES[seed % len(FAMILIES)](random.Random(seed))
