"""What tests ask of a picture made with matplotlib: its lines by name, and whether its texts can be read."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from viz import Plot
from viz.plots.plot import new_figure

__all__ = ["line", "lines", "points_of", "problems_with_text"]


def lines(axes: Any, label: str) -> list[Any]:
    """The lines of axes with a label; those that stand in no legend have one that begins with an underscore."""
    return [each for each in axes.lines if each.get_label() == label]


def line(axes: Any, label: str) -> Any:
    """The only line with a label."""
    [found] = lines(axes, label)
    return found


def points_of(a_line: Any) -> Any:
    """The points of a line, of shape (points, 2)."""
    return np.column_stack([np.asarray(each, dtype=float) for each in a_line.get_data()])


def _texts(figure: Any) -> list[Any]:
    texts = [figure._suptitle] if figure._suptitle is not None else []
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        texts += [axes.title, axes._left_title, axes._right_title, *axes.texts]
        texts += list(axes.legend_.get_texts()) if axes.legend_ is not None else []
        for axis in axes._axis_map.values():
            low, high = sorted(axis.get_view_interval())
            texts.append(axis.label)
            texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def problems_with_text(plot: Plot) -> list[str]:
    """Texts that are cut off at the edge of the figure, and pairs of texts that overlap."""
    canvas = FigureCanvasAgg(plot.figure)
    with new_figure(1.0, 1.0):  # in the style that it is saved in
        canvas.draw()  # which lays it out, if it was not before
    renderer = canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _texts(plot.figure)]
    width, height = canvas.get_width_height()
    cut = [
        f"{text!r} is cut off: {box.extents.round(1).tolist()} of {width, height}"
        for text, box in boxes
        if box.x0 < 0.0 or box.y0 < 0.0 or box.x1 > width or box.y1 > height
    ]
    over = [
        f"{one!r} overlaps {other!r}"
        for (one, a), (other, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5
    ]
    return cut + over
