"""What tests of pictures share: the parts of an SVG, read as XML, and that nothing was injected into it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import strategies as st

from viz import Drawing

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

# The names of elements in pictures of well-behaved graphs. Anything else was injected.
ELEMENTS = {SVG + name for name in ("svg", "g", "title", "a", "text", "path", "polygon", "polyline", "ellipse")}

HOSTILE = [
    '"quoted"',
    'ends with a backslash \\"',
    "\\N \\G \\l \\E",
    "<script>alert(1)</script>",
    "<b>bold</b>",
    "]]><x/>",
    '" onload="alert(1)',
    "a & b &amp; &lt; &#60; &nosuch;",
    "{a|b} <port> | }",
    "%s {0} $HOME `id`",
    "two\nlines\r\n\ttab",
    "nul \0 bell \a escape \x1b[31m",
    "half a pair \ud83d and \udc00",
    "שלום עולם وزن",
    "right \u202eto left",
    "👩‍👩‍👧 𝒳 é ẋ̇",
    r"\frac{1}{2} $x$ \input{/etc/passwd}",
    "x" * 10_000,
]

any_text = st.one_of(
    st.text(st.characters(), min_size=1, max_size=60),
    st.text('<>{}|&\\"\n;#-]/ abN\0$^_', min_size=1, max_size=30),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("".join),
)


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.svg)


def texts(drawing: Drawing) -> list[str]:
    """All texts. Graphviz writes every other space of a run as a no-break space."""
    return [(each.text or "").replace("\xa0", " ").strip(" ") for each in parsed(drawing).iter(SVG + "text")]


def classes(drawing: Drawing, name: str) -> list[ET.Element]:
    """The groups of a class: ``"node"``, ``"edge"`` or ``"cluster"``."""
    return [each for each in parsed(drawing).iter(SVG + "g") if each.get("class") == name]


def texts_of(group: ET.Element) -> list[str]:
    return [(each.text or "").replace("\xa0", " ").strip(" ") for each in group.iter(SVG + "text")]


def node_with(drawing: Drawing, text: str) -> ET.Element:
    """The one node in which a text stands."""
    [found] = [each for each in classes(drawing, "node") if text in texts_of(each)]
    return found


def fill(group: ET.Element) -> str | None:
    shape = next(each for each in group.iter() if each.tag in (SVG + "polygon", SVG + "path"))
    return shape.get("fill")


def assert_nothing_injected(drawing: Drawing) -> None:
    for element in parsed(drawing).iter():
        assert element.tag in ELEMENTS
        assert not [name for name in element.attrib if name.startswith("on")]
        assert not element.get(XLINK + "href")
