"""Curves drawn with matplotlib: the error of a numeric derivative against its step."""

from __future__ import annotations

import math

from autograd_core import InputTypeError, StepSizeStudy

from .plot import Plot, new_figure
from .style import BLACK, BLUE, GREEN, PINK, VERMILION

__all__ = ["plot_step_sizes"]

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
