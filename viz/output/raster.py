"""SVG -> PNG and PDF without a system package: by resvg and svg2pdf, with DejaVu Sans from the files of matplotlib.

Both leave out, silently, all text whose font they do not find, and draw an empty box for a letter that the font lacks.
So the letters of a picture are drawn one by one before, and a picture that would lack one is refused.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

from autograd_core.errors import RenderError

__all__ = ["pdf", "png"]

_FAMILY = "DejaVu Sans"
_SVG_TEXT = "{http://www.w3.org/2000/svg}text"
#: Pixels of a PNG file: of a side, and in all.
_LONGEST_SIDE, _LARGEST_AREA = 32_767, 100_000_000
_IN_NO_FONT = "\U0010fffd"
# Spaces, controls, and marks that are drawn together with the letter before them.
_WITHOUT_A_SHAPE = ("Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me")


def png(svg: str) -> bytes:
    """Draw an SVG document as PNG, with two pixels for each pixel of the document, or one if it is large.

    Parameters
    ----------
    svg
        As :class:`viz.Drawing` has it.

    Raises
    ------
    RenderError
        If resvg or the font is not there, a letter is in no font, or the picture is too large.
    """
    _require_packages("png")
    width, height = _size(svg)
    for zoom in (2, 1):
        if max(width, height) * zoom <= _LONGEST_SIDE and width * height * zoom**2 <= _LARGEST_AREA:
            return _resvg(_in_our_font(svg), zoom, _fonts_for(svg))
    raise RenderError(
        f"the drawing is too large for a PNG file ({width:,.0f} x {height:,.0f} pixels); "
        "save it as .svg or .pdf, or draw fewer nodes"
    )


def pdf(svg: str) -> bytes:
    """Write an SVG document as PDF, in which lines are lines and text is text; see :func:`png`.

    svg2pdf is needed as well.
    """
    _require_packages("pdf")
    import svg2pdf_py

    chosen = _fonts_for(svg)
    fonts = svg2pdf_py.FontDatabase()
    for file in chosen.files:
        fonts.load_font_file(str(file))
    if chosen.system:
        fonts.load_system_fonts()
    data: bytes = svg2pdf_py.svg_to_pdf(_in_our_font(svg), fonts)
    return data


def _require_packages(extra: str) -> None:
    try:
        import matplotlib as mpl  # noqa: F401
        import resvg_py  # noqa: F401

        if extra == "pdf":
            import svg2pdf_py  # noqa: F401
    except ImportError as error:
        raise RenderError(
            f"{extra.upper()} files are made by the program dot of Graphviz, which is not on the PATH, or by packages "
            f"of which {error.name} is not installed; run: pip install 'autograd-core[{extra}]'"
        ) from None


def _size(svg: str) -> tuple[float, float]:
    root = ET.fromstring(svg)
    width, height = (float(root.get(name, "").removesuffix("px")) for name in ("width", "height"))
    return width, height


def _resvg(svg: str, zoom: int, fonts: _Fonts) -> bytes:
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=zoom,
        background="white",  # else the last row of pixels, which the sheet covers in part, would be half transparent
        font_files=[str(file) for file in fonts.files],
        skip_system_fonts=not fonts.system,
    )


# --- fonts ------------------------------------------------------------------------------------------------------------


class _Fonts(NamedTuple):
    """The fonts of a picture: some files, and perhaps those of the system."""

    files: tuple[Path, ...]
    system: bool


def _in_our_font(svg: str) -> str:
    return re.sub(r'font-family="[^"]*"', f'font-family="{_FAMILY}"', svg)


def _fonts_for(svg: str) -> _Fonts:
    """Our font; and those of the system if a letter is in one of them only. Every letter is in one of these."""
    import matplotlib as mpl

    letters = {letter for text in ET.fromstring(svg).iter(_SVG_TEXT) for letter in text.text or ""}
    letters = {letter for letter in letters if unicodedata.category(letter) not in _WITHOUT_A_SHAPE}
    if not letters:
        return _Fonts((), system=False)
    font = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    ours, all_fonts = _Fonts((font,), system=False), _Fonts((font,), system=True)
    if not _has_shape("A", ours):
        raise RenderError(
            f"all text would be missing from the picture, for the font {font} is damaged or not there; "
            "run: pip install --force-reinstall matplotlib"
        )
    rare = sorted(letter for letter in letters if not _has_shape(letter, ours))
    for letter in rare:
        if not _has_shape(letter, all_fonts):
            raise RenderError(
                f"no font of this machine has the letter {letter!r} (U+{ord(letter):04X}), which would be an empty box "
                "in the picture; save it as .svg, for which each viewer takes its own fonts"
            )
    return all_fonts if rare else ours


@functools.cache
def _has_shape(letter: str, fonts: _Fonts) -> bool:
    """Whether a letter is drawn, and not as the box that stands for any letter that is not in the font."""
    nothing, box, drawn = (_drawn(each, fonts) for each in (" ", _IN_NO_FONT, letter))
    return drawn not in (nothing, box)


@functools.cache
def _drawn(letter: str, fonts: _Fonts) -> bytes:
    text = f'<text x="10" y="30" font-size="20" font-family="{_FAMILY}">{html.escape(letter)}</text>'
    return _resvg(f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{text}</svg>', 1, fonts)
