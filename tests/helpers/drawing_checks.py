"""What tests of pictures share: the parts of an SVG, read as XML, and that nothing was injected into it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import strategies as st

from viz import Drawing

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

# The names of elements in pictures of well-behaved graphs. Anything else was injected.
ELEMENTS = {SVG + name for name in ("svg", "g", "title", "a", "text", "rect", "path", "polygon", "ellipse")}

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
    """All texts."""
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
    return next(each.get("fill") for each in group.iter(SVG + "rect"))


def assert_nothing_injected(drawing: Drawing) -> None:
    for element in parsed(drawing).iter():
        assert element.tag in ELEMENTS
        assert not [name for name in element.attrib if name.startswith("on")]
        assert not element.get(XLINK + "href")


# --- the chain rule, read off a picture -------------------------------------------------------------------------------


def wrong_gradients(svg: str) -> tuple[list[str], int]:
    """Multiply along every edge of a picture, and add up.

    Returns what does not agree, and how many gradients do: those of the nodes whose edges are all drawn, with their
    numbers in full. A gradient that agrees with its children's, theirs with those of their own, and so on to the root,
    is the sum over all paths of the products along them.
    """
    root = ET.fromstring(svg)
    titles = {
        kind: [
            (_title(each), _tooltip(each))
            for each in root.iter(SVG + "g")
            if each.get("class") == kind and _title(each)
        ]
        for kind in ("node", "edge")
    }
    gradients = {name: _numbers(tooltip, "grad") for name, tooltip in titles["node"]}
    received: dict[str, list[np.ndarray | None]] = {}
    for name, tooltip in titles["edge"]:
        parent, child = name.split("->")
        received.setdefault(parent, []).append(_passed_on(tooltip, gradients.get(child), gradients.get(parent)))
    problems, agreeing = [], 0
    for name, contributions in received.items():
        held = gradients.get(name)
        if held is None or any(each is None for each in contributions):
            continue
        size = 1e-9 * sum(np.abs(each) for each in contributions)
        if np.all(np.abs(sum(contributions) - held) <= size):
            agreeing += 1
        else:
            problems.append(f"{name}: holds {held.tolist()}, its edges pass on {sum(contributions).tolist()}")
    return problems, agreeing


def _title(group: ET.Element) -> str:
    return group.findtext(SVG + "title") or ""


def _tooltip(group: ET.Element) -> str:
    return next((each.get(XLINK + "title") or "" for each in group.iter(SVG + "a")), "")


def _numbers(tooltip: str, what: str) -> np.ndarray | None:
    """The numbers behind ``what =``, if they are there in full."""
    found = re.search(rf"\b{what} = (?:array of shape \([\d, ]*\), \w+: )?([-\d.,e+ infa]+)(?:\n|$)", tooltip)
    return np.array([float(each) for each in found[1].split(",")]) if found else None


def _passed_on(tooltip: str, upstream: np.ndarray | None, parent: np.ndarray | None) -> np.ndarray | None:
    """What an edge passes on to its parent, or None where the picture does not say it."""
    if tooltip.endswith("a constant"):
        return np.zeros(1)
    local, matrix = _numbers(tooltip, "local derivative"), _numbers(tooltip, "Jacobian matrix")
    if upstream is None or parent is None:
        return None
    if matrix is not None:
        return np.where(upstream, upstream, 0.0) @ matrix.reshape(len(upstream), len(parent))
    if local is None or not len(local) == len(upstream) == len(parent):
        return None  # broadcast, which a tooltip does not say
    with np.errstate(invalid="ignore"):
        return np.where((upstream == 0.0) | (local == 0.0), 0.0, upstream * local)  # a factor that is 0 ends the path
