"""How wide a text is in scripts that Graphviz does not know, and room for it.

Graphviz has the widths of Latin letters built in. Of any other character it takes each byte for a space, which is too
little for letters such as Ж, Ω, 重 and for pictographs; they would stick out of their box.
"""

from __future__ import annotations

import math
import unicodedata

__all__ = ["with_room"]

_SPACE = 0.278  # em, in Helvetica
_LATIN = 0x250
_WIDE = frozenset("щшжюыфмωψЩШЖЮФМЫ")


def with_room(text: str) -> str:
    r"""The text between as many spaces as make up for what Graphviz takes it to be too narrow.

    >>> with_room("w₁ = ∂"), with_room("重重重")
    ('w₁ = ∂', '\xa0重重重\xa0')
    """
    if text.isascii():
        return text
    missing = sum(max(0.0, _width(each) - _SPACE * len(each.encode("utf-8", "replace"))) for each in text)
    spaces = "\xa0" * math.ceil(missing / (2 * 2 * _SPACE) - 1e-9)  # of which each has two bytes
    return f"{spaces}{text}{spaces}"


def _width(character: str) -> float:
    """Width in em, of a wide font; 0 for what Graphviz knows or takes to be wide enough."""
    code = ord(character)
    if code < _LATIN:
        return 0.0
    if 0x1F000 <= code < 0x20000:  # pictographs
        return 1.4
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    category = unicodedata.category(character)
    if not category.startswith("L"):
        return 0.0
    if character in _WIDE or category == "Lo":
        return 1.15 if category == "Lu" else 0.9
    return 0.9 if category == "Lu" else 0.68
