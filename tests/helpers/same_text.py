"""Texts that are equal but for last digits of numbers, in which processors and mathematical libraries differ."""

from __future__ import annotations

import doctest
import re
from itertools import zip_longest

_NUMBER = re.compile(r"(?<![\w#])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?(?!\w)")
#: Twelve digits of sixteen agree, or both numbers are what rounding has left of a zero.
_AGREEING, _LEFT = 1e-12, 1e-12


def difference(found: str, expected: str) -> str:
    """Where two texts differ, or an empty text. Words are equal, and numbers to twelve significant digits.

    >>> difference("x = 0.1000000000000001, y = 1", "x = 0.1, y = 1"), difference("1 of 2", "1 of  2")
    ('', "' of ' where ' of  ' is expected")
    >>> difference("0.1000001", "0.1")
    '0.1000001 where 0.1 is expected'
    """
    ours, theirs = (_NUMBER.split(each) for each in (found, expected))
    for one, other in zip_longest(ours, theirs):
        if one != other:
            return f"{one!r} where {other!r} is expected"
    for one, other in zip(_NUMBER.findall(found), _NUMBER.findall(expected), strict=True):
        if one != other and not _agree(float(one), float(other)):
            return f"{one} where {other} is expected"
    return ""


def _agree(one: float, other: float) -> bool:
    larger = max(abs(one), abs(other))
    return abs(one - other) <= _AGREEING * larger or 0.0 < larger < _LEFT


class AgreeingNumbers(doctest.OutputChecker):
    """Of what an example prints, words must be equal, and numbers to twelve digits."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        want = want.replace(doctest.BLANKLINE_MARKER, "")
        if optionflags & doctest.NORMALIZE_WHITESPACE:
            want, got = (" ".join(each.split()) for each in (want, got))
        return difference(got, want) == ""
