"""How wide a text is, from the metrics of fonts, and room for it where Graphviz takes it for narrower.

Graphviz has the widths of ASCII in Helvetica built in. Of any other character it takes each byte for a space, which is
too little for letters such as Ж, Ω, 重 and for pictographs. What shows a picture may have neither Helvetica nor a font
as narrow; so a box has to hold its text as DejaVu Sans sets it, one of the widest fonts for reading, and the one of our
PNG files. The tables stand here, and are not asked from fonts that are installed, for a picture is the same everywhere.
"""

from __future__ import annotations

import functools
import itertools
import math
from unicodedata import ucd_3_2_0 as unicode  # which, unlike the newest one, does not change with Python

__all__ = ["graphviz_width", "text_width", "with_room"]

# Advance widths in thousandths of an em. Of DejaVu Sans they are rounded up to a multiple of 40: that is within 4 per
# cent for a text, in a table that can be read.
_DEJAVU = {
    280: "ijlı'іјї⁽⁾₍₎∶",
    320: " \u00a0,.IJ·łΙІЈЇ",
    360: "/:;\\f|¦ŀſιΐ∕",
    400: "()-[]tŧľ‐‑ₐₙₛ",
    440: "!r¡²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ₑₒₔₕₖₚ",
    480: '"ªº',
    520: "*_`§¨¯°´¸–“”„‟†‡‖∂∣∥",
    560: "?Lcsz¿ĿΓεζνξгзсєэѕґ⁺⁻⁼₊₋₌∫∮",
    600: "FkvxyĲĸŁγκλςυχвтухчь•",
    640: "\u2007$0123456789EPSTYabdeghnopqu{}¢£¤¥«µ¶»ÞßðøþđŋŦΕΞΡΣΤΥβδηθμοπρστϵϑϱЅГЕРТУҐабеклоряђ‒ₘ₽€∃∎∖∙√",
    680: "KΚαφψϕЗинпћџ∆∇∑",
    720: "ABCRVXZħΑΒΔΖΛΧАБВКСХЧЬЭЯдцъЄℂ∊∍∝",
    760: "HNUŊΗΝΠИЛНПЏмℒℤ∏∐∧∨∩∪",
    800: "&DGOQÐØĐΘΟΦΨΩДОЦыЂЋℚℛℝ℧",
    840: "#+<=>^w~¬±×÷ŉωϖЪ",
    880: "MƯМФфюℍ∅∈∋",
    920: "ĦƠЫжшљњ",
    960: "%щ",
    1000: "@WmÆ©®¼½¾æ—―…™",
    1040: "œ",
    1080: "ŒЊЖШЮ№",
    1120: "ЉЩ",
    1160: "℃",
    1360: "‰",
}
#: Of a character that stands in no table: the first and the last of its block, and the width of the widest, about. A
#: letter of a script that is written joined is counted as if it stood alone.
_BLOCKS = (
    (0x0000, 0x024F, 800),
    (0x0250, 0x02AF, 760),
    (0x02B0, 0x02FF, 520),
    (0x0300, 0x036F, 0),  # marks that combine
    (0x0370, 0x03FF, 880),
    (0x0400, 0x052F, 960),
    (0x0530, 0x058F, 1000),  # Armenian
    (0x0590, 0x05FF, 720),  # Hebrew
    (0x0600, 0x077F, 1000),  # Arabic
    (0x10A0, 0x10FF, 920),  # Georgian
    (0x1400, 0x167F, 1280),  # Canadian syllabics
    (0x1E00, 0x1FFF, 1000),
    (0x2000, 0x200A, 1000),  # spaces
    (0x2010, 0x206F, 840),
    (0x2070, 0x209F, 600),  # above and below the line
    (0x2100, 0x214F, 1080),
    (0x2150, 0x22FF, 840),  # arrows, operators
    (0x2500, 0x257F, 640),
    (0x2580, 0x259F, 800),
    (0x25A0, 0x25FF, 840),
    (0x2600, 0x27BF, 1400),  # which may be drawn as pictographs
    (0x1D400, 0x1D7FF, 1000),  # letters of mathematics
    (0x1F000, 0x1FAFF, 1400),  # pictographs
    (0xE0000, 0xE0FFF, 0),  # tags, selectors of variants
)
_WIDE = ((0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF01, 0xFF60),
         (0xFFE0, 0xFFE6), (0x20000, 0x3FFFF))  # fmt: skip
_OTHER = 1000
_JOINER, _SKIN_COLOURS = "\u200d", range(0x1F3FB, 0x1F400)

_HELVETICA = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_DEJAVU_WIDTHS = {character: width for width, characters in _DEJAVU.items() for character in characters}
_HELVETICA_WIDTHS = {character: width for width, characters in _HELVETICA.items() for character in characters}
_SPACE = 278
_HARD_SPACE = "\xa0"  # of which none is left out


def text_width(text: str) -> float:
    r"""How wide a line of text is in DejaVu Sans, in em.

    Of what is in no font that we know, it is a little more than in most: ideographs are an em wide, pictographs 1.4.

    >>> text_width("w1"), text_width("重"), text_width("e\u0301") == text_width("e")
    (1.48, 1.0, True)
    """
    joined = 0  # what a joiner puts into the pictograph before it takes no room of its own
    for before, character in itertools.pairwise(text):
        joined += _width(character) if before == _JOINER else 0
    return (sum(map(_width, text)) - joined) / 1000.0


def graphviz_width(text: str) -> float:
    """How wide Graphviz takes a line of text to be, in em.

    >>> graphviz_width("w1"), graphviz_width("Ж")
    (1.278, 0.556)
    """
    return sum(_HELVETICA_WIDTHS.get(each) or _SPACE * _bytes(each) for each in text) / 1000.0


def with_room(text: str, slack: float = 0.0) -> str:
    r"""The text between as many spaces as make up for what Graphviz takes it to be too narrow.

    Parameters
    ----------
    text
        A line.
    slack
        How much wider than Graphviz takes it to be it may be set, in em, for there are margins.

    Examples
    --------
    >>> with_room("w1", slack=0.5), with_room("w1"), with_room("重重重重")
    ('w1', 'w1\xa0', '\xa0重重重重\xa0')
    """
    missing = text_width(text) - graphviz_width(text) - slack
    spaces = max(0, math.ceil(missing / graphviz_width(_HARD_SPACE) - 1e-9))
    return _HARD_SPACE * (spaces // 2) + text + _HARD_SPACE * (spaces - spaces // 2)


@functools.lru_cache(maxsize=4096)
def _width(character: str) -> int:
    """Width in thousandths of an em."""
    known = _DEJAVU_WIDTHS.get(character)
    if known is not None:
        return known
    code = ord(character)
    if unicode.category(character) in ("Mn", "Me", "Cf", "Cc") or code in _SKIN_COLOURS:
        return 0
    letter = unicode.normalize("NFD", character)[0]
    if letter != character and letter in _DEJAVU_WIDTHS:
        # Before a Greek capital the accent stands beside it.
        return _DEJAVU_WIDTHS[letter] + (160 if 0x386 <= code <= 0x38F or code >= 0x1F00 else 0)
    if any(first <= code <= last for first, last in _WIDE):
        return 1000
    return next((width for first, last, width in _BLOCKS if first <= code <= last), _OTHER)


def _bytes(character: str) -> int:
    return len(character.encode("utf-8", "replace"))
