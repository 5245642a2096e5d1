"""The gallery: every text can be read, bytes are the same each time, and captions are sentences."""

from __future__ import annotations

import html
import pathlib
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from drawing_checks import wrong_gradients
from picture_checks import problems_with_text
from same_text import difference

import viz
from autograd_core import RenderError, Tensor, Value, leaves, sin, tanh
from nn import History
from viz.app.example_code import example_code
from viz.app.gallery import DARK, PICTURES, gallery_html, gallery_page, main
from viz.app.graph_exhibits import GRAPHS, lesson
from viz.app.plot_exhibits import training_page
from viz.output.dark import darkened
from viz.plots.style import COLOURS

pytestmark = pytest.mark.slow

DOCS = pathlib.Path(__file__).parents[3] / "docs"


def test_a_cut_or_overlapping_text_would_be_found() -> None:
    plot = PICTURES["taylor"].draw()
    plot.figure.axes[0].set_xlabel("a long text " * 20)
    [found] = problems_with_text(plot)
    assert "cut off" in found
    plot = PICTURES["taylor"].draw()
    assert plot.svg
    plot.figure.suptitle("over the title", y=plot.figure.axes[0].get_position().y1 + 0.05)
    assert any("overlaps" in each for each in problems_with_text(plot))


@pytest.mark.parametrize("name", ["taylor", "landscape-saddle", "decision-regions"])
def test_the_same_picture_has_the_same_bytes(name: str, tmp_path: pathlib.Path) -> None:
    one, other = PICTURES[name].draw(), PICTURES[name].draw()
    other.save(tmp_path / "before.svg")  # what was looked at before does not matter
    for suffix in ("svg", "png"):
        one.save(tmp_path / f"one.{suffix}")
        other.save(tmp_path / f"other.{suffix}")
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"other.{suffix}").read_bytes()
    ET.parse(tmp_path / "one.svg")


def test_settings_of_the_user_change_nothing_and_are_kept() -> None:
    ordinary = viz.plot_taylor(sin, orders=[1]).svg
    with mpl.rc_context({"font.size": 20.0, "lines.linewidth": 7.0, "axes.grid": True}):
        assert viz.plot_taylor(sin, orders=[1]).svg == ordinary
        assert mpl.rcParams["font.size"] == 20.0


def test_threads_may_draw_at_once() -> None:
    ordinary = viz.plot_taylor(sin, orders=[1]).svg
    drawn: list[str] = []
    threads = [threading.Thread(target=lambda: drawn.append(viz.plot_taylor(sin, orders=[1]).svg)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [ordinary] * 4


@pytest.mark.parametrize("name", GRAPHS | PICTURES)
def test_the_code_beside_a_picture_draws_it_and_its_texts_can_be_read(name: str) -> None:
    """No text is cut off or overlaps another; graphs have other tests of that."""
    exhibit = (GRAPHS | PICTURES)[name]
    code, drawn = example_code(exhibit.draw), exhibit.draw()
    namespace: dict[str, object] = {}
    exec(compile(code, name, "exec"), namespace)
    picture = namespace["picture"]
    assert repr(picture) == repr(drawn)
    if name in GRAPHS:
        assert picture.dot == drawn.dot  # type: ignore[attr-defined]
    else:
        assert problems_with_text(drawn) == []
    assert f"```python\n{code}```" in gallery_page()
    assert html.escape(code) in gallery_html()
    assert "Exhibit" not in code
    assert max(map(len, code.splitlines())) <= 120


def test_captions_are_sentences() -> None:
    for name, picture in (GRAPHS | PICTURES).items():
        assert picture.caption[0].isupper(), name
        assert picture.caption.endswith("."), name
        assert len(picture.caption) > 60, name


def test_the_page_in_the_docs_is_the_one_that_the_command_writes() -> None:
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == gallery_page()
    assert (DOCS / "gallery.html").read_text(encoding="utf-8") == gallery_html()
    names = [
        *(f"{name}.svg" for name in GRAPHS),
        *(f"{name}-dark.svg" for name in DARK),
        *(f"{name}.png" for name in PICTURES),
    ]
    assert sorted(path.name for path in (DOCS / "gallery").iterdir()) == sorted(names)


@pytest.mark.digits
@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_in_the_docs_are_drawn_again_alike(name: str) -> None:
    """Tooltips hold numbers in full, of which another processor may round the last digits otherwise."""
    then = (DOCS / "gallery" / f"{name}.svg").read_text(encoding="utf-8")
    assert difference(html.unescape(GRAPHS[name].draw().svg), html.unescape(then)) == ""


@pytest.mark.digits
def test_the_live_page_in_the_docs_is_the_one_that_the_command_writes() -> None:
    then = (DOCS / "lesson.html").read_text(encoding="utf-8")
    assert difference(html.unescape(lesson().html), html.unescape(then)) == ""


def test_the_training_in_the_docs_is_the_one_that_the_command_writes() -> None:
    """Its numbers are those of ninety epochs, in which rounding grows; its texts are the same everywhere."""

    def without_numbers(page: str) -> str:
        return re.sub(r'"cells":\[.*?\]|-?[\d.]+(?:e-?\d+)?', "0", page)

    then, now = (DOCS / "replay.html").read_text(encoding="utf-8"), training_page()
    assert repr(now) == "<Page: training of 2-4-1, 31 moments, epochs 0 to 90>"
    assert without_numbers(then) == without_numbers(now.html)
    assert len(then) < 600_000


@pytest.mark.digits
@pytest.mark.parametrize("name", DARK)
def test_a_dark_picture_is_the_same_with_other_colours(name: str) -> None:
    light, dark = ((DOCS / "gallery" / f"{each}.svg").read_text(encoding="utf-8") for each in (name, f"{name}-dark"))
    assert darkened(light) == dark

    def without_colours(svg: str) -> str:
        return re.sub(r'"(?:#[0-9a-f]{6}|white|black)"', "", svg)

    assert without_colours(dark) == without_colours(light)
    assert 'fill="white"' not in dark


@pytest.mark.parametrize("name", GRAPHS)
def test_gradients_of_the_gallery_are_the_products_along_their_paths(name: str) -> None:
    problems, _ = wrong_gradients(GRAPHS[name].draw().svg)
    assert problems == []


def test_gradients_of_two_passes_would_be_found() -> None:
    a, W, x = Value(2.0, "a"), Tensor([[1.0, -2.0], [0.5, 0.0]], "W"), Tensor([0.25, 0.5], "x")
    for root, agreeing in ((tanh(a * a), 2), (tanh(W @ x).sum(), 4)):
        root.backward()
        assert wrong_gradients(viz.draw(root).svg) == ([], agreeing)
        root.backward()
        problems, _ = wrong_gradients(viz.draw(root).svg)
        assert len(problems) == len(leaves(root))


def test_most_graphs_of_the_gallery_show_what_to_multiply() -> None:
    agreeing = {name: wrong_gradients(exhibit.draw().svg)[1] for name, exhibit in GRAPHS.items()}
    assert sum(each >= 4 for each in agreeing.values()) >= 6, agreeing


def test_colours_differ_for_colour_blind_readers() -> None:
    """Any two colours of lines differ in luminance or in blue against yellow, which most colour-blind people see."""

    def seen(colour: str) -> tuple[float, float]:
        red, green, blue = (int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5))
        return 0.21 * red + 0.72 * green + 0.07 * blue, blue - (red + green) / 2.0

    for position, one in enumerate(COLOURS):
        for other in COLOURS[:position]:
            distance = max(abs(a - b) for a, b in zip(seen(one), seen(other), strict=True))
            assert distance > 0.1, (one, other)


def test_the_gallery_is_written_by_one_command(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(viz.app.gallery, "PICTURES", {name: PICTURES[name] for name in ("taylor", "step-sizes")})
    monkeypatch.setattr(viz.app.gallery, "GRAPHS", {"one-neuron": GRAPHS["one-neuron"]})
    monkeypatch.setattr(viz.app.gallery, "DARK", ("one-neuron",))
    folder = tmp_path / "new" / "folder"
    assert main([str(folder)]) == 0
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*"))
    assert written == [
        "gallery.html",
        "gallery.md",
        "gallery/one-neuron-dark.svg",
        "gallery/one-neuron.svg",
        "gallery/step-sizes.png",
        "gallery/taylor.png",
        "lesson.html",
        "replay.html",
    ]
    assert "taylor.png" in capsys.readouterr().out


def test_a_wrong_command_is_told_in_one_line(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_of_pyplot_is_loaded() -> None:
    code = (
        "import sys, viz, autograd_core as ac; viz.plot_taylor(ac.sin, orders=[1]).svg;"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.strip() == "False"


def test_without_matplotlib_every_picture_names_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for make in (
        lambda: viz.plot_activations(["tanh"]),
        lambda: viz.plot_landscape(lambda a, b: a * b),
        lambda: viz.plot_training(History((1.0, 0.5))),
        lambda: viz.plot_taylor(sin, orders=[1]),
        lambda: viz.plot_decision_boundary(lambda x: x[0], [[0.0, 1.0], [1.0, 0.0]], [0, 1]),
    ):
        with pytest.raises(RenderError, match=r"pip install 'autograd-core\[plots\]'"):
            make()
