"""The one look of everything drawn with matplotlib: fonts, sizes, line widths, colours. Nothing is drawn here."""

from __future__ import annotations

__all__ = [
    "BLACK",
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "MARKS",
    "ORANGE",
    "PINK",
    "SKY",
    "STYLE",
    "VERMILION",
    "colour_of",
    "columns_of_legend",
    "heights_from_dark_to_light",
    "mark_of",
]

# Colours that people with any colour vision tell apart: M. Okabe and K. Ito, "Color universal design" (2008).
BLUE, VERMILION, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, GREY = "#E69F00", "#56B4E9", "#000000", "#7F7F7F"
#: For lines in one picture, in this order; a mark or a dash pattern tells them apart in black and white.
COLOURS = (BLUE, VERMILION, GREEN, PINK, ORANGE, SKY, BLACK)
MARKS = ("o", "s", "^", "D", "v", "P", "X")

#: What differs from matplotlib's own defaults. The fonts come with matplotlib, so pictures do not depend on a machine.
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "0.35",
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9.5,
    "figure.titlesize": 11.0,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "grid.color": "0.9",
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.0,
    "mathtext.fontset": "dejavusans",
    "savefig.dpi": 200,
    "svg.hashsalt": "autograd-core",  # names inside an SVG come from it: the same figure gives the same bytes
    "xtick.color": "0.35",
    "xtick.labelcolor": "black",
    "xtick.labelsize": 8.0,
    "ytick.color": "0.35",
    "ytick.labelcolor": "black",
    "ytick.labelsize": 8.0,
}

_DARK, _LIGHT = (0x6B, 0x9F, 0xC9), (0xF7, 0xFA, 0xFC)


def colour_of(position: int) -> str:
    """The colour of a line among others.

    >>> colour_of(0) == BLUE and colour_of(len(COLOURS)) == BLUE
    True
    """
    return COLOURS[position % len(COLOURS)]


def heights_from_dark_to_light(count: int) -> list[str]:
    """Colours of bands of height, from the lowest, which is dark, to the highest; a path stands out on all of them.

    >>> heights_from_dark_to_light(2)
    ['#6b9fc9', '#f7fafc']
    """
    colours = []
    for position in range(count):
        share = position / max(count - 1, 1)
        mixed = [round(dark + share * (light - dark)) for dark, light in zip(_DARK, _LIGHT, strict=True)]
        colours.append(f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}")
    return colours


def mark_of(position: int) -> str:
    """The mark of a line among others, so that a print in black says as much."""
    return MARKS[position % len(MARKS)]


def columns_of_legend(entries: int) -> int:
    """How many entries of a legend stand side by side, so that its rows are about equally long.

    >>> columns_of_legend(5), columns_of_legend(6)
    (5, 3)
    """
    return entries if entries <= 5 else -(-entries // 2)
