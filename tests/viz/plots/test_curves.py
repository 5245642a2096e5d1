"""Curves: what was measured is what is drawn, and files are whole and the same each time."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, RenderError, step_size_study
from viz import Plot, plot_step_sizes


@pytest.fixture(scope="module")
def study() -> ac.StepSizeStudy:
    return step_size_study(lambda x: ac.exp(ac.sin(x)), 1.0)


@pytest.fixture
def plot(study: ac.StepSizeStudy) -> Plot:
    return plot_step_sizes(study)


def test_every_formula_is_a_line_through_its_errors(study: ac.StepSizeStudy, plot: Plot) -> None:
    [axes] = plot.figure.axes
    lines = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    assert set(lines) == set(study.errors)
    for formula, line in lines.items():
        drawn = dict(zip(line.get_xdata(), line.get_ydata(), strict=True))
        for step, error in zip(study.steps, study.errors[formula], strict=True):
            if error > 0.0:
                assert drawn[step] == error


def test_the_best_steps_are_marked(study: ac.StepSizeStudy, plot: Plot) -> None:
    marked = {line.get_xdata()[0] for line in plot.figure.axes[0].lines if line.get_color() == "#000000"}
    assert marked == {study.best_step(formula) for formula in study.errors}


def test_both_scales_are_logarithmic_and_named(plot: Plot) -> None:
    [axes] = plot.figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert "step" in axes.get_xlabel()
    assert "error" in axes.get_ylabel()


def test_the_same_study_gives_the_same_bytes(study: ac.StepSizeStudy, tmp_path: pathlib.Path) -> None:
    for suffix in ("svg", "png", "pdf"):
        first, second = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
        plot_step_sizes(study).save(first)
        plot_step_sizes(study).save(second)
        assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_notebook_shows_it(plot: Plot) -> None:
    bundle = plot._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == repr(plot)


def test_what_cannot_be_drawn_or_written_is_refused(plot: Plot, tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputTypeError, match="step_size_study"):
        plot_step_sizes("study")  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="is not a path"):
        plot.save(3)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match=r"\.svg, \.png, \.pdf"):
        plot.save(tmp_path / "curve.gif")
    with pytest.raises(InputValueError, match="no folder"):
        plot.save(tmp_path / "nowhere" / "curve.svg")


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import viz, autograd_core as ac\n"
        "try: viz.plot_step_sizes(ac.step_size_study(ac.sin, 1.0))\n"
        "except ac.RenderError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "pip install 'autograd-core[plots]'" in result.stdout
    assert issubclass(RenderError, RuntimeError)
