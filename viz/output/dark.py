"""A picture for a dark page: every colour as dark as it was light, in its own hue."""

from __future__ import annotations

import colorsys
import re

__all__ = ["dark_rules", "darkened"]

_NAMED = {"white": "#ffffff", "black": "#000000"}
_COLOUR = "#[0-9a-fA-F]{6}|white|black"
_PAGE, _INK = 0.07, 0.92  # how light the ground of the page and the text are then


def darkened(svg: str) -> str:
    """The same picture in colours for a dark page.

    Parameters
    ----------
    svg
        An SVG document whose colours are attributes, as those of :class:`viz.Drawing` are.

    Examples
    --------
    >>> darkened('<text fill="black">black</text><polygon fill="#fff1cc" stroke="none"/>')
    '<text fill="#ebebeb">black</text><polygon fill="#4f3900" stroke="none"/>'
    """
    return re.sub(rf'(?<==")(?:{_COLOUR})(?=")', lambda match: _turned(match[0]), svg)


def dark_rules(svg: str, within: str) -> str:
    """Rules of CSS by which a picture that stands in a page is as :func:`darkened`, where a reader prefers it.

    Parameters
    ----------
    svg
        The picture.
    within
        A selector of the element it stands in. The class ``dark`` or ``light`` of the page's root overrules the
        reader's browser.

    Examples
    --------
    >>> print(dark_rules('<text fill="black">black</text>', "main").splitlines()[0])
    @media screen { :where(:root.dark main) [fill="black"] { fill: #ebebeb } }
    """
    colours = sorted(set(re.findall(rf' (fill|stroke)="({_COLOUR})"', svg)))
    lines = []
    for when, where in (("", ":root.dark"), (" and (prefers-color-scheme: dark)", ":root:not(.light)")):
        rules = [
            f':where({where} {within}) [{kind}="{colour}"] {{ {kind}: {_turned(colour)} }}' for kind, colour in colours
        ]
        lines.append(f"@media screen{when} {{ {' '.join(rules)} }}")
    return "\n".join(lines) + "\n"


def _turned(colour: str) -> str:
    colour = _NAMED.get(colour, colour)
    red, green, blue = (int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    turned = colorsys.hls_to_rgb(hue, _PAGE + (_INK - _PAGE) * (1.0 - lightness), saturation)
    return "#" + "".join(f"{round(each * 255.0):02x}" for each in turned)
