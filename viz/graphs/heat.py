"""Magnitudes as colours and widths, on a logarithmic scale.

The colours run from pale yellow to dark blue (C. A. Brewer's scheme YlGnBu, "Color use guidelines for mapping and
visualization", 1994): their lightness falls all the way, so the order is seen with any colour vision and in a grey
print. The text on a colour is black or white, whichever can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ZERO_COLOUR", "Scale", "scale_of"]

_COLOURS = ((255, 255, 217), (199, 233, 180), (65, 182, 196), (34, 94, 168), (8, 29, 88))
ZERO_COLOUR = "#ffffff"
_THINNEST, _THICKEST = 0.6, 5.0
_MOST_STEPS = 6
_PALEST_LINE = 0.3
_LOWEST, _HIGHEST = -323, 308  # the exponents of floats


@dataclass(frozen=True, slots=True)
class Scale:
    """The part of the logarithmic scale that a picture uses.

    Attributes
    ----------
    what
        What is coloured, such as ``"|grad|"``.
    low, high
        Powers of ten at the ends.
    zero
        Whether something is exactly 0.
    unknown
        What is said of nodes without a magnitude; empty if nothing is.

    Examples
    --------
    >>> scale = Scale("|grad|", -2, 0)
    >>> scale.colour(1.0), scale.colour(0.1), scale.colour(0.01)
    ('#081d58', '#41b6c4', '#ffffd9')
    >>> scale.ticks()
    (1.0, 0.1, 0.01)
    """

    what: str
    low: int
    high: int
    zero: bool = False
    unknown: str = ""

    def part(self, magnitude: float) -> float:
        """Where a magnitude lies between the ends, from 0 to 1."""
        if magnitude == 0.0:
            return 0.0
        if math.isinf(magnitude):
            return 1.0
        return min(1.0, max(0.0, (math.log10(magnitude) - self.low) / (self.high - self.low)))

    def colour(self, magnitude: float) -> str:
        """The colour of a magnitude; white for 0."""
        return ZERO_COLOUR if magnitude == 0.0 else self._mixed(self.part(magnitude))

    def line_colour(self, magnitude: float) -> str:
        """The colour of a line on white: without the palest part, which would not be seen."""
        return self._mixed(self._line_part(magnitude))

    def _line_part(self, magnitude: float) -> float:
        return _PALEST_LINE + (1.0 - _PALEST_LINE) * self.part(magnitude)

    def _mixed(self, part: float) -> str:
        place = part * (len(_COLOURS) - 1)
        left = min(int(place), len(_COLOURS) - 2)
        mixed = (
            round(one + (other - one) * (place - left))
            for one, other in zip(_COLOURS[left], _COLOURS[left + 1], strict=True)
        )
        return "#" + "".join(f"{each:02x}" for each in mixed)

    def is_dark(self, magnitude: float, *, line: bool = False) -> bool:
        """Whether text on its colour, or on that of a line, must be white."""
        return magnitude != 0.0 and (self._line_part(magnitude) if line else self.part(magnitude)) > 0.6

    def width(self, magnitude: float) -> float:
        """The width of a line, in points."""
        return _THINNEST + (_THICKEST - _THINNEST) * self.part(magnitude) if magnitude else 0.3

    def ticks(self) -> tuple[float, ...]:
        """Powers of ten for a legend, the largest first."""
        steps = self.high - self.low
        stride = -(-steps // _MOST_STEPS)
        exponents = [*range(self.high, self.low, -stride), self.low]
        return tuple(float(f"1e{exponent}") for exponent in exponents)


def scale_of(what: str, magnitudes: Iterable[float | None], unknown: str = "") -> Scale:
    """The scale that some magnitudes need; infinities and nan have no place on it.

    >>> scale = scale_of("|data|", [0.02, None, 3.0, 0.0])
    >>> scale.low, scale.high, scale.zero
    (-2, 1, True)
    """
    known = [each for each in magnitudes if each is not None]
    logarithms = [math.log10(each) for each in known if each > 0.0 and math.isfinite(each)]
    low = math.floor(min(logarithms, default=0.0))
    high = math.ceil(max(logarithms, default=0.0))
    low = min(max(low, _LOWEST), _HIGHEST - 1)
    return Scale(what, low, min(max(high, low + 1), _HIGHEST), any(each == 0.0 for each in known), unknown)
