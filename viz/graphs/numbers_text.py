"""Numbers and arrays as texts for reading, none of them wider than a box has room for."""

from __future__ import annotations

import math

import numpy as np

from .view import ArrayView, Number

__all__ = ["array_text", "longest_number", "number_text", "range_text", "text_of"]

_FIGURE_SPACE = "\u2007"  # as wide as a digit, so that numbers stand in columns in any font
_WHOLE = 6  # digits of an integer part that is not shortened
_BARS = " ▁▂▃▄▅▆▇"  # not the full block, which would touch the line above


def number_text(number: float, digits: int = 4) -> str:
    """Format a number for reading: about `digits` significant digits, and the integer part whole up to a million.

    Parameters
    ----------
    number
        The number.
    digits
        How many significant digits.

    Examples
    --------
    >>> [number_text(each) for each in (2.0, -0.76159415, 123456.7, 1.23456e-9, 1e300)]
    ['2', '-0.7616', '123457', '1.235e-9', '1e300']
    >>> [number_text(each) for each in (float("nan"), float("-inf"), -0.0)]
    ['nan', '-inf', '-0']
    """
    text = f"{number:.{digits}g}"
    if "e" not in text and digits <= _WHOLE:  # most often, and quicker than what follows
        return text
    if number == 0.0 or not math.isfinite(number):
        return f"{number:g}"
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < _WHOLE:
        text = f"{number:.{max(0, digits - 1 - power)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{mantissa.rstrip('0').rstrip('.')}e{power}"


def _fitted(number: float, digits: int) -> str:
    """Format a number so that it is no wider than any other: with an exponent or fewer digits if it has to be.

    >>> [_fitted(each, 4) for each in (-0.76159415, -0.0012345, -0.00012345, -1.2345e-300, -123456.7)]
    ['-0.7616', '-0.00123', '-1.23e-4', '-1e-300', '-123457']
    """
    longest = longest_number(digits)
    for fewer in range(digits, 0, -1):
        text = number_text(number, fewer)
        if len(text) > longest:
            mantissa, _, exponent = f"{number:.{fewer - 1}e}".partition("e")
            text = f"{mantissa}e{int(exponent)}"
        if len(text) <= longest:
            return text
    return text


def longest_number(digits: int) -> int:
    """How many characters a number in a box has at most."""
    return max(8, digits + 4)


def text_of(number: Number, digits: int = 4) -> str:
    """A number or an array for reading; see :func:`number_text` and :func:`array_text`."""
    return array_text(number, digits) if isinstance(number, ArrayView) else _fitted(number, digits)


def array_text(array: ArrayView, digits: int = 4) -> str:
    """All numbers of a small array, rows as lines; the range of a large one, and below it how its numbers lie there.

    >>> from .view import array_view
    >>> print(array_text(array_view(np.array([[10.0, 2.5], [-3.0, 4.5]]))))
    10  2.5
    -3  4.5
    >>> print(array_text(array_view(np.linspace(0.0, 1.0, 50) ** 2)))
    0 … 1
    ▇▃▂▂▂▂▂▂▁▁▁▂
    """
    if array.numbers:
        texts = np.array([_fitted(number, digits) for number in array.numbers]).reshape(array.shape or (1,))
        lines = texts.reshape(-1, texts.shape[-1])
        widths = [max(map(len, column)) for column in lines.T]
        padded = (
            "  ".join(text.rjust(width, _FIGURE_SPACE) for text, width in zip(line, widths, strict=True))
            for line in lines
        )
        return "\n".join(padded)
    if array.low is None or array.high is None:
        return "empty" if 0 in array.shape else "no finite number"
    if array.low == array.high:
        return f"all {_fitted(array.low, digits)}"
    most = max(array.histogram)
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in array.histogram)
    return f"{range_text(array.low, array.high, digits - 1)}\n{bars}"


def range_text(low: float, high: float, digits: int = 3) -> str:
    """Two ends of a range; the one number if they are equal."""
    shown = max(1, digits)
    return _fitted(low, shown) if low == high else f"{_fitted(low, shown)} … {_fitted(high, shown)}"
