"""Curves: what was measured is what is drawn, and files are whole and the same each time."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, RenderError, step_size_study
from viz import Plot, plot_curves, plot_step_sizes


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


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes(study: ac.StepSizeStudy, tmp_path: pathlib.Path) -> None:
    for suffix in ("svg", "png", "pdf"):
        first, second = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
        plot_step_sizes(study).save(first)
        plot_step_sizes(study).save(second)
        assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_coordinates_are_written_to_a_hundredth(plot: Plot) -> None:
    paths = re.findall(r' d="([^"]*)"', plot.svg)
    assert any(re.search(r"\.\d\d\b", path) for path in paths)
    assert not [path for path in paths if re.search(r"\.\d{3}", path)]


@pytest.mark.slow
def test_a_notebook_shows_it(plot: Plot) -> None:
    bundle = plot._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == repr(plot)


@pytest.mark.slow
def test_what_cannot_be_drawn_or_written_is_refused(plot: Plot, tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputTypeError, match="step_size_study"):
        plot_step_sizes("study")  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="is not a path"):
        plot.save(3)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match=r"\.svg, \.png, \.pdf"):
        plot.save(tmp_path / "curve.gif")
    with pytest.raises(InputValueError, match="no folder"):
        plot.save(tmp_path / "nowhere" / "curve.svg")


@pytest.mark.slow
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


def test_lists_are_drawn_as_they_are() -> None:
    plot = plot_curves(
        {"a": ([1, 10, 100], [3.0, 2.0, 1.0]), "b": ([2, 4], [0.5, 0.25]), "data": ([2.0], [7.0])},
        x="width", y="error", logarithmic="x", points=["data"], title="t",
    )  # fmt: skip
    [axes] = plot.figure.axes
    assert [(line.get_label(), line.get_xydata().tolist(), line.get_linestyle()) for line in axes.lines] == [
        ("a", [[1, 3], [10, 2], [100, 1]], "-"),
        ("b", [[2, 0.5], [4, 0.25]], "-"),
        ("data", [[2, 7]], "None"),
    ]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("width", "error", "t")
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["a", "b", "data"]
    assert [line.get_marker() for line in axes.lines] == ["", "", "^"]
    assert len({line.get_color() for line in axes.lines}) == 3


@pytest.mark.parametrize(
    ("curves", "options", "said"),
    [
        ([1.0], {}, "is not a dictionary"),
        ({}, {}, "0 curves"),
        ({str(k): [1.0] for k in range(8)}, {}, "8 curves"),
        ({"a": ([1, 2], [1])}, {}, "2 numbers x and 1 numbers y"),
        ({"a": []}, {}, "at least one"),
        ({"a": [[1.0]]}, {}, "'a' is not a list of numbers"),
        ({"a": ([1], None)}, {}, "'a' has no numbers"),
        ({"a": [1.0, -2.0]}, {"logarithmic": "y"}, "'a' has y = -2, which a logarithmic scale does not show"),
        ({"a": [1.0]}, {"logarithmic": "z"}, "logarithmic"),
        ({"a": [1.0]}, {"points": ["b"]}, "there is no curve 'b'"),
        ({"a": [1.0]}, {"points": "a"}, "is not a list"),
    ],
)
def test_what_is_no_curve_is_refused(curves: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ac.AutogradError, match=said):
        plot_curves(curves, **options)


def test_a_list_alone_is_counted_from_0_and_what_is_not_finite_is_a_gap() -> None:
    [line] = plot_curves({"a": [1.0, float("nan"), 3.0]}, logarithmic="y").figure.axes[0].lines
    assert line.get_xdata().tolist() == [0.0, 1.0, 2.0]
    assert line.get_marker() == "o"
    assert str(line.get_ydata().tolist()) == "[1.0, nan, 3.0]"
