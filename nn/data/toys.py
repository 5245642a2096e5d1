"""Toy sets of points in the plane, of two or more classes that no straight line divides."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import SupportsIndex

from autograd_core import InputValueError
from autograd_core.scalar.conversion import number_from

from ..conversion import generator_from, positive_integer
from .bunch import Data

__all__ = ["circles", "moons", "spirals", "xor"]

Point = tuple[float, float]


def moons(n: SupportsIndex = 200, *, noise: float = 0.1, seed: SupportsIndex | random.Random = 0) -> Data:
    """Two half circles that reach into each other.

    Parameters
    ----------
    n
        Number of points, at least one a class; the classes take turns.
    noise
        Standard deviation of what is added to each coordinate.
    seed
        An integer, for the same points on each run, or a ``random.Random``.

    Returns
    -------
    Data
        Points of shape (n, 2) and their classes.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is not as described.

    Examples
    --------
    >>> moons(100, seed=1)
    <Data moons: 100 examples of 2 features (x1, x2); classes upper (50), lower (50)>
    """

    def point(kind: int, u: float) -> Point:
        angle = math.pi * u
        return (math.cos(angle), math.sin(angle)) if kind == 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))

    return _drawn("moons", ("upper", "lower"), point, n, noise, seed)


def circles(n: SupportsIndex = 200, *, noise: float = 0.05, seed: SupportsIndex | random.Random = 0) -> Data:
    """A circle of radius 1 and one of radius 0.5 in it; arguments and result are those of :func:`moons`.

    Examples
    --------
    >>> X, y = circles(4, noise=0.0)
    >>> (X**2).sum(axis=1).round(9).tolist(), y.tolist()
    ([1.0, 0.25, 1.0, 0.25], [0, 1, 0, 1])
    """

    def point(kind: int, u: float) -> Point:
        radius = 0.5 if kind else 1.0
        return radius * math.cos(2 * math.pi * u), radius * math.sin(2 * math.pi * u)

    return _drawn("circles", ("outer", "inner"), point, n, noise, seed)


def spirals(
    n: SupportsIndex = 200,
    *,
    arms: SupportsIndex = 2,
    turns: float = 1.0,
    noise: float = 0.02,
    seed: SupportsIndex | random.Random = 0,
) -> Data:
    """Arms that wind around the origin, a class each; other arguments and the result are those of :func:`moons`.

    Parameters
    ----------
    n, noise, seed
        As in :func:`moons`.
    arms
        How many there are, 2 to 20.
    turns
        How often an arm goes round.

    Examples
    --------
    >>> spirals(90, arms=3)
    <Data spirals: 90 examples of 2 features (x1, x2); classes arm 1 (30), arm 2 (30), arm 3 (30)>
    """
    count = positive_integer(arms, "spirals: arms", 20)
    if count < 2:
        raise InputValueError("spirals: one arm is one class, with nothing to tell apart; write arms=2")
    winding = 2 * math.pi * _finite(turns, "spirals: turns")

    def point(kind: int, u: float) -> Point:
        radius = 0.1 + 0.9 * u
        angle = winding * u + 2 * math.pi * kind / count
        return radius * math.cos(angle), radius * math.sin(angle)

    return _drawn("spirals", tuple(f"arm {k}" for k in range(1, count + 1)), point, n, noise, seed)


def xor(n: SupportsIndex = 200, *, noise: float = 0.0, seed: SupportsIndex | random.Random = 0) -> Data:
    """Points of the square from -1 to 1; class 1 where one coordinate is positive and the other is not.

    Arguments and result are those of :func:`moons`; noise moves a point after it has its class.

    Examples
    --------
    >>> X, y = xor(50)
    >>> ((X[:, 0] > 0) != (X[:, 1] > 0)).tolist() == (y == 1).tolist()
    True
    """
    generator = generator_from(seed, "xor")

    def point(kind: int, u: float) -> Point:
        first, second = u, generator.random()  # u in [0, 1) drawn from the same generator
        sign = 1.0 if generator.random() < 0.5 else -1.0
        return sign * (1 - first), sign * (1 - second) * (-1.0 if kind else 1.0)

    return _drawn("xor", ("same sign", "other sign"), point, n, noise, generator)


def _drawn(
    name: str,
    classes: tuple[str, ...],
    point: Callable[[int, float], Point],
    n: SupportsIndex,
    noise: float,
    seed: SupportsIndex | random.Random,
) -> Data:
    count = positive_integer(n, f"{name}: n", 10**7)
    if count < len(classes):
        raise InputValueError(f"{name}: n={count} points for {len(classes)} classes; give at least one each")
    spread = _finite(noise, f"{name}: noise")
    if spread < 0:
        raise InputValueError(f"{name}: noise={spread} is negative; it is a standard deviation, such as 0.1")
    generator = generator_from(seed, name)
    X, y = [], []
    for position in range(count):
        kind = position % len(classes)
        exact = point(kind, generator.random())
        X.append([coordinate + generator.gauss(0.0, spread) for coordinate in exact])
        y.append(kind)
    return Data(X, y, class_names=classes, name=name)  # type: ignore[arg-type]


def _finite(given: float, what: str) -> float:
    number = number_from(given, what)
    if not math.isfinite(number):
        raise InputValueError(f"{what}={number} is not finite; write a number such as 0.1")
    return number
