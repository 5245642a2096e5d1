"""Functions of one number with their true derivatives, for a study of gradient checks: seven families, drawn by a seed.

Each is written once, for any namespace of functions: the engine's, mpmath's, or that of another library.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath

DIGITS = 60


@dataclass(frozen=True)
class Study:
    """A function of a namespace and a number, the point, and whether it has a derivative there."""

    f: Callable[[Any, Any], Any]
    point: float
    text: str
    truth: float | None = None
    smooth: bool = True

    def derivative(self) -> float | None:
        """The true one, by mpmath; None if there is none."""
        if not self.smooth or self.truth is not None:
            return self.truth
        with mpmath.workdps(DIGITS):
            return float(mpmath.diff(lambda x: self.f(mpmath, x), mpmath.mpf(self.point)))


def _ten(g: random.Random, low: float, high: float) -> float:
    return 10.0 ** g.uniform(low, high)


def _sign(g: random.Random) -> float:
    return g.choice((-1.0, 1.0))


def _smooth(g: random.Random) -> Study:
    a, b, c, x, kind = g.uniform(-2, 2), g.uniform(-2, 2), _ten(g, -3, 3), g.uniform(-2, 2), g.randrange(4)
    f = (
        lambda m, x: c * m.exp(a * x) * m.cos(b * x),
        lambda m, x: m.tanh(a * x + b) * x * x + m.sin(x) * c,
        lambda m, x: m.log(1.0 + a * a + x * x) / (2.0 + m.sin(b * x)),
        lambda m, x: m.sqrt(1.0 + m.exp(b * x)) + a * x,
    )[kind]
    return Study(f, x, f"smooth {kind} {a} {b} {c} at {x}")


def _steep(g: random.Random) -> Study:
    s, p, kind = _ten(g, 2, 13), g.choice((0.0, 3.0, 100.0, -0.7, g.uniform(-5, 5))), g.randrange(5)
    offset, x = g.choice((0.0, 0.0, 1.0, 1e3)), p + g.choice((0.0, g.uniform(-2, 2) / s))
    f = (
        lambda m, x: m.tanh(s * (x - p)) + offset,
        lambda m, x: 1.0 / (1.0 + m.exp(-s * (x - p))) + offset,
        lambda m, x: m.exp(-((s * (x - p)) ** 2)) + offset,
        lambda m, x: m.sin(s * (x - p)) + offset,
        lambda m, x: m.sqrt(1.0 + (s * (x - p)) ** 2) + offset,
    )[kind]
    return Study(f, x, f"steep {kind} {s=} {p=} {offset=} at {x}")


def _flat(g: random.Random) -> Study:
    x, n, kind = g.choice((0.0, _ten(g, -6, -1))), g.choice((2, 3, 4, 6)), g.randrange(4)
    offset = g.choice((0.0, 1.0, -1e4))
    f = (
        lambda m, x: x**n + m.cos(x) + offset,
        lambda m, x: m.exp(-x * x) + offset,
        lambda m, x: m.tanh(5.0 + x) + offset,
        lambda m, x: 1.0 / (1.0 + x**n) + offset,
    )[kind]
    return Study(f, x, f"flat {kind} {n=} {offset=} at {x}")


def _cancelling(g: random.Random) -> Study:
    kind, x, c = g.randrange(7), _sign(g) * _ten(g, -7, 0), _ten(g, -2, 2)
    f = (
        lambda m, x: c * (1.0 - m.cos(x)) / x,
        lambda m, x: c * (m.exp(x) - 1.0 - x) / x**2,
        lambda m, x: c * (1.0 - m.cos(x)) / x**2,
        lambda m, x: c * (x - m.sin(x)) / x**3,
        lambda m, x: c * (m.tan(x) - m.sin(x)) / x**2,
        lambda m, x: c * (m.sqrt(1.0 + x) - 1.0) / x,
        lambda m, x: (m.sin(x) + 1e7) - 1e7 + c * x,
    )[kind]
    return Study(f, x, f"cancelling {kind} {c=} at {x}")


def _kinked(g: random.Random) -> Study:
    p, beside = g.choice((0.0, 1.0, -0.3)), g.choice((0.0, _sign(g) * _ten(g, -10, 0)))
    bend, kind = g.choice((0.0, 1.0)), g.randrange(3)
    f = (
        lambda m, x: abs(x - p) + bend * m.sin(x),
        lambda m, x: (abs(x - p) + (x - p)) / 2.0 + bend * x * x,
        lambda m, x: abs(x - p) ** 3 + m.cos(x),
    )[kind]
    x = p + beside
    smooth = x != p or kind == 2
    truth = None
    if x == p and kind == 2:
        with mpmath.workdps(DIGITS):
            truth = -float(mpmath.sin(p))
    return Study(f, x, f"kinked {kind} {p=} {beside=} {bend=}", truth, smooth)


def _noisy(g: random.Random) -> Study:
    large, x, kind, a = _ten(g, 3, 13), g.uniform(-2, 2), g.randrange(3), g.uniform(0.5, 2.0)
    f = (
        lambda m, x: large + m.sin(a * x),
        lambda m, x: (m.exp(a * x) + large) - large,
        lambda m, x: m.sin(x) * large - m.sin(x) * (large - 1.0) + a * x,
    )[kind]
    return Study(f, x, f"noisy {kind} {large=} {a=} at {x}")


def _infinite(g: random.Random) -> Study:
    kind, a = g.randrange(6), g.uniform(0.5, 2.0)
    f, x, truth, smooth = (
        (lambda m, x: m.atan(a / x), 0.0, None, False),
        (lambda m, x: a / (1.0 + 1.0 / x), 0.0, a, True),
        (lambda m, x: m.exp(-a / x**2) + x, 0.0, 1.0, True),
        (lambda m, x: 1.0 / (1.0 + m.exp(1000.0 * x)) + a * x, 1.0, a, True),
        (lambda m, x: m.atan(m.exp(800.0 * x)) - a * x, 1.0, -a, True),
        (lambda m, x: m.log(x) + 1.0 / x, 0.0, None, False),
    )[kind]
    return Study(f, x, f"infinite {kind} {a=}", truth, smooth)


FAMILIES = (_smooth, _steep, _flat, _cancelling, _kinked, _noisy, _infinite)


def study(seed: int) -> Study:
    """The same function for the same seed; the families take turns."""
    return FAMILIES[seed % len(FAMILIES)](random.Random(seed))


def family(seed: int) -> str:
    """Its name."""
    return FAMILIES[seed % len(FAMILIES)].__name__.strip("_")
