"""The heights of a function of two parameters on a grid, and how they are drawn: contours and surfaces."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, jit
from autograd_core.scalar.conversion import number_from

from .models import in_columns, plain_numbers, replayed_or_plain
from .style import heights_from_dark_to_light

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Function2D",
    "HeightMap",
    "Limits",
    "check_takes_two_numbers",
    "draw_contours",
    "draw_surface",
    "evaluate_many",
    "height_map",
    "limits_from",
]

#: A function of two numbers, Values or Tensors.
Function2D = Callable[[Any, Any], Any]
Limits = tuple[tuple[float, float], tuple[float, float]]
Array = NDArray[np.float64]

_FINE, _COARSE = 91, 25  # points along an axis, for contours and for a surface
_BANDS = 14
_MOST_MINIMA = 9


@dataclass(frozen=True, eq=False)
class HeightMap:
    """Heights on a grid.

    Attributes
    ----------
    x, y
        The grid's lines along each axis, of shapes (m,) and (n,).
    heights
        Of shape (n, m); not a number where the function is not finite.
    """

    x: Array
    y: Array
    heights: Array

    def levels(self) -> Array:
        """Heights that cut the map into bands of equal area, so that hollows and slopes get contours alike.

        On the bowl x² + y² these are equally spaced.
        """
        finite = self.heights[np.isfinite(self.heights)]
        levels = np.unique(np.quantile(finite, np.linspace(0.0, 1.0, _BANDS + 1)))
        if len(levels) < 2:
            return np.array([levels[0] - 0.5, levels[0] + 0.5])
        levels[-1] += 1e-9 * (levels[-1] - levels[0])  # the highest point belongs to the highest band
        return levels

    def minima(self) -> list[tuple[float, float]]:
        """Where the function is lower than all around, by the parabola through a point of the grid and its neighbours.

        None of a map with more of them than a picture can mark, and none at its edge.

        >>> found = height_map(lambda a, b: (a - 0.3) ** 2 + 2 * b**2, ((-1.0, 1.0), (-1.0, 1.0)), "plot")
        >>> [(round(x, 6), round(y, 6) + 0.0) for x, y in found.minima()]
        [(0.3, 0.0)]
        """
        padded = np.nan_to_num(self.heights, nan=np.inf, posinf=np.inf)
        centre = padded[1:-1, 1:-1]
        lower = np.isfinite(centre)
        for up in (-1, 0, 1):
            for across in (-1, 0, 1):
                around = padded[1 + up : padded.shape[0] - 1 + up, 1 + across : padded.shape[1] - 1 + across]
                # Of two equal ones, the first is taken.
                if (up, across) != (0, 0):
                    lower &= (centre < around) if (up, across) < (0, 0) else (centre <= around)
        found = np.argwhere(lower) + 1
        if len(found) > _MOST_MINIMA:
            return []
        return [
            (_lowest(self.x, self.heights[row], column), _lowest(self.y, self.heights[:, column], row))
            for row, column in found.tolist()
        ]


def _lowest(places: Array, heights: Array, middle: int) -> float:
    """The lowest point of the parabola through a point and its neighbours."""
    below, here, above = heights[middle - 1 : middle + 2].tolist()
    bend = below - 2.0 * here + above
    shift = 0.5 * (below - above) / bend if math.isfinite(bend) and bend > 0.0 else 0.0
    return float(places[middle] + shift * (places[middle + 1] - places[middle]))


def limits_from(limits: Any, who: str) -> Limits:
    """Two pairs of finite numbers, or an error that says so.

    >>> limits_from(((-1, 1), (0, 2)), "plot")
    ((-1.0, 1.0), (0.0, 2.0))
    """
    advice = f"{who}: limits={limits!r}; write two pairs such as ((-3, 3), (-3, 3)), from the lower to the upper"
    try:
        (left, right), (low, high) = limits
    except (TypeError, ValueError):
        raise InputValueError(advice) from None
    numbers = [number_from(each, f"{who}: limits") for each in (left, right, low, high)]
    if not all(map(math.isfinite, numbers)) or numbers[0] >= numbers[1] or numbers[2] >= numbers[3]:
        raise InputValueError(advice)
    return (numbers[0], numbers[1]), (numbers[2], numbers[3])


def height_map(f: Function2D, limits: Limits, who: str, *, coarse: bool = False) -> HeightMap:
    """Evaluate a function on a grid.

    Parameters
    ----------
    f
        A function of two numbers.
    limits
        The grid's ends along each axis.
    who
        Which picture asks, for messages.
    coarse
        Whether as many points as a surface has will do.

    Raises
    ------
    InputTypeError, InputValueError
        If `f` is not a function of two numbers that returns one, or is finite nowhere on the grid.

    Examples
    --------
    >>> found = height_map(lambda a, b: a + b**2, ((0.0, 1.0), (0.0, 1.0)), "plot")
    >>> found.heights[[-1, 0, -1], [0, -1, -1]].tolist()
    [1.0, 1.0, 2.0]
    """
    check_takes_two_numbers(f, who)
    count = _COARSE if coarse else _FINE
    x, y = (np.linspace(*ends, count) for ends in limits)
    across, up = (np.ascontiguousarray(each.ravel()) for each in np.meshgrid(x, y))
    found = evaluate_many(f, across, up, who=who)
    if found.shape != across.shape:
        raise InputTypeError(f"{who}: the function of two numbers has to return one number, such as a loss")
    heights = np.where(np.isfinite(found), found, math.nan).reshape(count, count)
    if np.isnan(heights).all():
        raise InputValueError(f"{who}: the function is finite nowhere within limits={limits}; choose other limits")
    return HeightMap(x, y, heights)


def check_takes_two_numbers(f: Function2D, who: str) -> None:
    """Raise unless a function can be called with two arguments."""
    advice = "write a function of the two parameters, such as lambda w1, w2: w1**2 + w2**2"
    if not callable(f):
        raise InputTypeError(f"{who}: {f!r} is not a function; {advice}")
    try:
        inspect.signature(f).bind(0.0, 0.0)
    except TypeError as error:
        raise InputTypeError(f"{who}: the function does not take two numbers ({error}); {advice}") from None
    except ValueError:  # some built-in functions have no signature
        pass


def evaluate_many(f: Callable[..., Any], *columns: Array, who: str = "plot") -> Array:
    """Evaluate a function of numbers for each row of columns: recorded once, if that is the same function.

    >>> evaluate_many(lambda a: a * 2 if a > 0 else a, np.array([-1.0, 1.0])).tolist()
    [-1.0, 2.0]
    """

    def replay() -> Array:
        return in_columns(jit(f, arrays="values").batched((0,) * len(columns))(*columns))

    def plain(position: int) -> Array:
        return plain_numbers(f, *(float(column[position]) for column in columns))

    found = replayed_or_plain(replay, plain, len(columns[0]), who)
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found


def draw_contours(axes: Axes, found: HeightMap, names: Sequence[str]) -> None:
    """Bands of height, darker where it is lower, with the lines between them. Both axes have one scale."""
    levels = found.levels()
    colours = heights_from_dark_to_light(len(levels) - 1)
    axes.contourf(found.x, found.y, found.heights, levels=levels, colors=colours)
    axes.contour(
        found.x, found.y, found.heights, levels=levels[1:-1], colors="0.45", linewidths=0.5, linestyles="solid"
    )
    axes.set_aspect("equal")  # else a gradient would not stand at right angles to its contour
    axes.set_xlim(found.x[0], found.x[-1])
    axes.set_ylim(found.y[0], found.y[-1])
    axes.locator_params(nbins=6)
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])


def draw_surface(axes: Any, found: HeightMap, names: Sequence[str]) -> None:
    """The heights in perspective, in the colours of the contours; `axes` has three dimensions."""
    levels = found.levels()
    colours = np.array(heights_from_dark_to_light(len(levels) - 1))
    band = np.clip(np.searchsorted(levels, np.nan_to_num(found.heights), side="right") - 1, 0, len(colours) - 1)
    across, up = np.meshgrid(found.x, found.y)
    axes.computed_zorder = False  # a path on the surface shall not vanish in it
    axes.plot_surface(
        across,
        up,
        found.heights,
        facecolors=colours[band],
        rcount=len(found.y),
        ccount=len(found.x),
        edgecolor="0.55",
        linewidth=0.15,
        shade=False,
    )
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
