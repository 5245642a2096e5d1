"""Curves drawn with matplotlib: lists of numbers, and the error of a numeric derivative against its step."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, StepSizeStudy
from autograd_core.errors import shortened

from ..graphs.options import require_one_of, require_text
from .plot import Plot, new_figure
from .style import BLACK, BLUE, COLOURS, GREEN, PINK, VERMILION, colour_of, columns_of_legend, mark_of

__all__ = ["plot_curves", "plot_step_sizes"]

_FEW = 25  # points of a curve, each of which gets its mark
_FEW_PLACES = 10  # on a logarithmic axis, each of which gets its number
_SCALES = ("", "x", "y", "xy")
_Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def plot_curves(
    curves: Mapping[str, Any],
    *,
    x: str = "",
    y: str = "",
    logarithmic: str = "",
    points: Collection[str] = (),
    title: str | None = None,
) -> Plot:
    """Draw what was measured or computed: a line with a name for each list of numbers, in one pair of axes.

    Parameters
    ----------
    curves
        One to seven names, with mathematics between ``$`` if you like, and for each what is drawn: a pair ``(x, y)`` of
        lists of equally many numbers, or y alone, whose x are 0, 1, 2, ... A number that is not finite is a gap.
    x, y
        What stands at the axes, with the unit.
    logarithmic
        Which axes have a logarithmic scale: ``"x"``, ``"y"`` or ``"xy"``.
    points
        The names of curves that are drawn as points without a line, such as data that a curve is fitted to; lines then
        have no marks.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If `curves` is not such a dictionary, a number on a logarithmic axis is not positive, or an argument is not as
        described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> plot_curves({"a square": ([1, 2, 4], [1, 4, 16])}, x="side", y="area", logarithmic="xy")
    <Plot: area against side: a square>
    """
    require_one_of("logarithmic", logarithmic, _SCALES)
    for text, name in ((x, "x"), (y, "y"), (title, "title")):
        require_text(text, name)
    drawn = _curves_from(curves, logarithmic)
    if isinstance(points, str) or not isinstance(points, Collection):
        raise InputTypeError(f"plot_curves: points={shortened(points)} is not a list; write points=['measured']")
    if unknown := [name for name in points if not isinstance(name, str) or name not in drawn]:
        raise InputValueError(f"plot_curves: points: there is no curve {unknown[0]!r}; there are {', '.join(drawn)}")
    with new_figure(6.4, 3.8) as figure:
        axes = figure.add_subplot()
        for position, (name, (across, up)) in enumerate(drawn.items()):
            axes.plot(
                across,
                up,
                color=colour_of(position),
                marker=mark_of(position) if name in points or not points else "",
                markevery=1 if len(up) <= _FEW or name in points else len(up) // 8,
                linestyle="" if name in points else "-",
                label=name,
            )
        axes.set(xlabel=x, ylabel=y, xscale="log" if "x" in logarithmic else "linear")
        axes.set_yscale("log" if "y" in logarithmic else "linear")
        places = np.unique(np.concatenate([across for across, _ in drawn.values()]))
        if "x" in logarithmic and len(places) <= _FEW_PLACES:  # powers of 10 say little of 2, 4, 8
            axes.set_xticks(places, [f"{place:g}" for place in places])
            axes.set_xticks([], minor=True)
        axes.grid(which="major")
        if title is not None:
            axes.set_title(title)
        if len(drawn) > 1:
            figure.legend(loc="outside lower center", ncols=columns_of_legend(len(drawn)))
    return Plot(figure, f"{y or 'y'} against {x or 'x'}: {', '.join(drawn)}")


def _curves_from(curves: Any, logarithmic: str) -> dict[str, _Curve]:
    """The numbers of each curve, or an error that says what is wrong with them."""
    if not isinstance(curves, Mapping):
        raise InputTypeError(
            f"plot_curves: {shortened(curves)} is not a dictionary; write {{'measured': ([1, 2, 3], [1.0, 4.0, 9.0])}}"
        )
    if not 1 <= len(curves) <= len(COLOURS):
        raise InputValueError(f"plot_curves: {len(curves)} curves cannot be told apart; give 1 to {len(COLOURS)}")
    found = {}
    for name, given in curves.items():
        require_text(name, "plot_curves: a name")
        pair = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
        across, up = (None if each is None else _row(each, name) for each in pair)
        if up is None:
            raise InputTypeError(f"plot_curves: the curve {name!r} has no numbers; give a list of them")
        if across is None:
            across = np.arange(len(up), dtype=np.float64)
        if len(across) != len(up) or not len(up):
            raise InputValueError(
                f"plot_curves: the curve {name!r} has {len(across)} numbers x and {len(up)} numbers y; give equally "
                "many, at least one"
            )
        for axis, numbers in (("x", across), ("y", up)):
            if axis in logarithmic and (numbers <= 0.0).any():
                raise InputValueError(
                    f"plot_curves: the curve {name!r} has {axis} = {numbers[numbers <= 0.0][0]:g}, which a logarithmic "
                    f"scale does not show; leave {axis!r} out of logarithmic, or these points out of the curve"
                )
        found[name] = across, up
    return found


def _row(given: Any, name: str) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros((0, 0))
    if numbers.ndim != 1 or isinstance(given, np.ma.MaskedArray):
        raise InputTypeError(f"plot_curves: the curve {name!r} is not a list of numbers: {shortened(given)}")
    return numbers


_STYLES = {
    "forward": (VERMILION, "o"),
    "central": (BLUE, "s"),
    "five-point": (GREEN, "^"),
    "complex step": (PINK, "D"),
}


def plot_step_sizes(study: StepSizeStudy) -> Plot:
    """Draw the error of numeric derivatives against the step, both on logarithmic scales.

    On the right, where steps are large, truncation falls with the step, the steeper the higher the order of the
    formula; on the left round-off grows as the step shrinks. The best step of each formula is marked in black.

    Parameters
    ----------
    study
        What :func:`autograd_core.step_size_study` found.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError
        If `study` is something else.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> from autograd_core import sin, step_size_study
    >>> plot_step_sizes(step_size_study(sin, 1.0))
    <Plot: error against step size of forward, central, five-point, complex step>
    """
    if not isinstance(study, StepSizeStudy):
        raise InputTypeError(f"plot_step_sizes: {study!r} is not a study; give what step_size_study(f, x) returns")
    floor = _smallest_error(study) / 3.0  # where an error of exactly 0 is drawn, for a logarithm has no 0
    with new_figure(7.0, 4.5) as figure:
        axes = figure.add_subplot()
        for formula, errors in study.errors.items():
            colour, mark = _STYLES[formula]
            shown = [(step, error) for step, error in zip(study.steps, errors, strict=True) if math.isfinite(error)]
            steps = [step for step, _ in shown]
            heights = [max(error, floor) for _, error in shown]
            axes.loglog(steps, heights, color=colour, marker=mark, label=formula)
            best = study.best_step(formula)
            if best in steps:
                axes.loglog([best], [heights[steps.index(best)]], marker=mark, markersize=9, color=BLACK, linestyle="")
        axes.set_xlabel("← round-off grows          step h          truncation grows →")
        axes.set_ylabel("absolute error of the derivative")
        axes.set_title(f"The derivative {study.derivative:.6g} at {study.point:.6g} by differences")
        axes.grid(which="major")
        axes.legend()
    return Plot(figure, f"error against step size of {', '.join(study.errors)}")


def _smallest_error(study: StepSizeStudy) -> float:
    return min((error for errors in study.errors.values() for error in errors if error > 0.0), default=1e-17)
