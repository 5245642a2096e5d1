"""A picture for a dark page: every colour as dark as it was light, in its own hue."""

from __future__ import annotations

import colorsys
import re

__all__ = ["darkened"]

_NAMED = {"white": "#ffffff", "black": "#000000"}
_COLOUR = re.compile(r'(?<==")(?:#[0-9a-fA-F]{6}|white|black)(?=")')
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
    return _COLOUR.sub(lambda match: _turned(_NAMED.get(match[0], match[0])), svg)


def _turned(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    turned = colorsys.hls_to_rgb(hue, _PAGE + (_INK - _PAGE) * (1.0 - lightness), saturation)
    return "#" + "".join(f"{round(each * 255.0):02x}" for each in turned)
