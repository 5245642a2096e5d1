"""Every text fits its box: the table against the metrics of DejaVu Sans, and pictures against both."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from pathlib import Path

import matplotlib as mpl
import pytest
from drawing_checks import SVG, classes, parsed
from fontTools.ttLib import TTFont

from autograd_core import Tensor, Value, scope
from viz import Drawing, compare, draw
from viz.output.text_width import _DEJAVU_WIDTHS, graphviz_width, text_width, with_room

WORDS = {
    "Latin": "Gewichtsänderung WWWWWWWW MMMMMM",
    "Vietnamese": "Độ dốc của hàm mất mát",
    "Cyrillic": "Щёлочь, ШИРОКАЯ ЖЖЖЖ мощный",
    "Greek": "Συνάρτηση ΩΩΩΩ ἡ ἀπώλεια",
    "Armenian": "Քաշերի գումարը",
    "Hebrew": "שלום עולם אחרון",
    "Arabic": "الأوزان والميول سششصصص",
    "Georgian": "წონების ჯამი ღრმა",
    "mathematics": "∇f = ∑ᵢ αᵢ·xᵢ ≤ ∞ → ½",
    **{letter * 3: letter * 28 for letter in "WЩЖжΩω"},
    **{each: each for each in "Жi"},
    "combining": "e\u0301a\u0308x\u0307\u0302 w\u0303",
}
# Not in DejaVu: ideographs and the like are an em wide by definition, pictographs about 1.3 in the fonts there are.
SQUARE = {
    "Chinese": "重量与梯度的乘积之和",
    "Japanese": "重みと勾配のせき",
    "Korean": "가중치와 기울기",
    "wide": "ＷＥＩＧＨＴ",
}
EMOJI = {"pictographs": "🎯🔥🚀🎯🔥🚀", "family": "👩‍👩‍👧👩‍👩‍👧", "skin": "👍🏽👍🏽👍🏽"}
ALL = {**WORDS, **SQUARE, **EMOJI}


@functools.cache
def dejavu() -> dict[int, float]:
    font = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    units = font["head"].unitsPerEm
    return {code: font["hmtx"][glyph][0] / units for code, glyph in font.getBestCmap().items()}


def set_width(text: str) -> float:
    """How wide a line is, in em: by DejaVu's own metrics, letters joined to others or not."""
    widths = 0.0
    for before, each in zip(" " + text, text, strict=False):
        if 0x1F3FB <= ord(each) <= 0x1F3FF or before == "\u200d" or unicodedata.category(each) in ("Mn", "Cf"):
            continue
        square = 1.0 if unicodedata.east_asian_width(each) in "WF" and ord(each) < 0x1F000 else 1.3
        widths += dejavu().get(ord(each), square) if ord(each) < 0x1F000 else square
    return widths


def test_the_table_is_dejavus_rounded_up() -> None:
    letters = {
        chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x400, 0x452))
    }
    for letter in sorted((letters | set(_DEJAVU_WIDTHS)) & set(map(chr, dejavu()))):
        assert text_width(letter) >= dejavu()[ord(letter)] - 1e-9, letter
        if letter in _DEJAVU_WIDTHS:
            assert text_width(letter) == pytest.approx(math.ceil(round(dejavu()[ord(letter)] * 25, 6)) / 25), letter


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_no_text_is_wider_than_it_is_taken_to_be(text: str) -> None:
    assert set_width(text) <= text_width(text) + 1e-9
    assert text_width(text) <= 1.6 * set_width(text)
    for slack in (0.0, 0.5, 1.0):
        roomy = with_room(text, slack)
        assert roomy.strip("\xa0") == text
        assert graphviz_width(roomy) + slack >= text_width(text)


def sticking_out(drawing: Drawing) -> list[str]:
    """Texts of a picture that are not within the shape they belong to: a node, a frame, or the page."""
    found = []
    page = [float(each) for each in (parsed(drawing).get("viewBox") or "").split()]
    places = [(group, _extent(group)) for kind in ("node", "cluster") for group in classes(drawing, kind)]
    usual = parsed(drawing).find(f"{SVG}g")
    for group, (left, right) in [*places, (usual, (page[0], page[2]))]:
        texts = [each for each in group if each.tag == SVG + "text"] or list(group.iter(SVG + "text"))
        for each in texts if group.get("class") != "graph" else group.findall(f"{SVG}text"):
            size = float(each.get("font-size") or usual.get("font-size"))
            half = set_width((each.text or "").strip(" \xa0")) * size / 2.0
            middle = float(each.get("x", ""))
            anchor = each.get("text-anchor") or usual.get("text-anchor", "start")
            middle += {"start": half, "middle": 0.0, "end": -half}[anchor]
            if middle - half < left or middle + half > right:
                found.append(
                    f"{each.text!r} from {middle - half:.0f} to {middle + half:.0f} in {left:.0f} to {right:.0f}"
                )
    return found


def _extent(group) -> tuple[float, float]:
    for each in group.iter(SVG + "rect"):
        return float(each.get("x")), float(each.get("x")) + float(each.get("width"))
    shapes = [*group.iter(SVG + "polygon"), *group.iter(SVG + "path")]
    numbers = re.findall(r"(-?[\d.]+),-?[\d.]+", " ".join(each.get("points") or each.get("d") or "" for each in shapes))
    return (min(map(float, numbers)), max(map(float, numbers))) if numbers else (-math.inf, math.inf)


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_labels_frames_and_titles_hold_their_text(text: str) -> None:
    short = text[:27]
    with scope(text):
        y = Value(2.0, short) * Value(-0.000123456, "x")
    y.label = short
    assert sticking_out(draw(y.tanh(), title=text, derivatives="formulas")) == []
    assert sticking_out(draw(Tensor([[1.5, -2.25]], short) * y, depth=1, title=text)) == []
    assert sticking_out(compare(Value(2.0, short) * 2, Value(3.0, short).tanh(), title=text)) == []
