"""Saving a picture: every form, whole or not at all, with all its text; and what is missing is said."""

from __future__ import annotations

import os
import pathlib
import re
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from autograd_core import Value, record, scope
from autograd_core.errors import InputTypeError, InputValueError, RenderError
from autograd_core.program.files import write_atomically
from nn.layers.perceptron import MLP
from viz import Drawing, Plot, draw, draw_network
from viz.drawing.records import Style
from viz.drawing.sheet import Box, Label, Sheet
from viz.output import raster

# --- every form -------------------------------------------------------------------------------------------------------

FORMS = (".svg", ".png", ".pdf", ".dot", ".html")
SVG_TEXT = "{http://www.w3.org/2000/svg}text"


def sample() -> Drawing:
    w, x = Value(0.5, "größe"), Value(-2.0, "x₁ & <b>")
    with scope("layer 1"):
        z = (w * x + 1).tanh()
    z.backward()
    return draw(z, title="∂z/∂w")


@pytest.fixture(params=["package", "native"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine without the program dot, and one that has it."""
    if request.param == "native":
        request.getfixturevalue("native_dot")
    else:
        monkeypatch.setenv("PATH", "")
    way: str = request.param
    return way


def pixels(path: pathlib.Path) -> np.ndarray:
    """Red, green and blue, from 0 to 1."""
    return np.asarray(image.imread(path))[:, :, :3]


def ink(path: pathlib.Path) -> float:
    """The part of a picture that is darker than any line or fill of a drawing, and so is text."""
    return float((pixels(path).sum(axis=2) < 0.7).mean())


@pytest.mark.parametrize("suffix", FORMS)
def test_the_same_bytes_each_time(tmp_path: pathlib.Path, either_way: str, suffix: str) -> None:
    for name in "ab":
        sample().save(tmp_path / (name + suffix))
    first, second = ((tmp_path / (name + suffix)).read_bytes() for name in "ab")
    assert first == second
    begin = {".png": b"\x89PNG", ".pdf": b"%PDF-1.", ".html": b"<!DOCTYPE html>", ".svg": b"<?xml", ".dot": b"digraph"}
    assert first.startswith(begin[suffix])


@pytest.mark.usefixtures("either_way")
def test_a_png_has_two_pixels_a_unit_and_dark_text_on_a_white_sheet(tmp_path: pathlib.Path) -> None:
    drawing = sample()
    drawing.save(tmp_path / "a.png")
    shown = pixels(tmp_path / "a.png")
    root = ET.fromstring(drawing.svg)
    width, height = (float(root.get(name, "").removesuffix("px")) for name in ("width", "height"))
    assert abs(shown.shape[1] - 2 * width) <= 3  # the SVG is rounded up to whole pixels
    assert abs(shown.shape[0] - 2 * height) <= 3
    corners = shown[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 1).all()
    assert ink(tmp_path / "a.png") > 0.005


def test_a_png_shows_every_text_of_the_drawing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a text stands there is ink, letter heights above the line it stands on."""
    monkeypatch.setenv("PATH", "")
    drawing = sample()
    drawing.save(tmp_path / "a.png")
    shown = pixels(tmp_path / "a.png")
    root = ET.fromstring(drawing.svg)
    group = root.find("{http://www.w3.org/2000/svg}g")
    assert group is not None
    shift = re.search(r"translate\(([\d.-]+)[ ,]([\d.-]+)\)", group.get("transform", ""))
    assert shift
    scale = shown.shape[1] / float(root.get("width", "").removesuffix("px"))
    view = [float(each) for each in root.get("viewBox", "").split()]
    scale *= float(root.get("width", "").removesuffix("px")) / view[2]
    texts = list(root.iter(SVG_TEXT))
    assert len(texts) > 20
    for text in texts:
        x, y = (float(text.get(name, "nan")) + float(by) for name, by in zip("xy", shift.groups(), strict=True))
        size = float(text.get("font-size") or group.get("font-size", "nan"))
        half = 0.3 * size * len(text.text or "")
        left = x if text.get("text-anchor") == "start" else x - half
        part = shown[int(scale * (y - size)) : int(scale * y), int(scale * left) : int(scale * (left + 2 * half)) + 1]
        assert (part.sum(axis=2) < 1.0).any(), text.text


@pytest.mark.usefixtures("either_way")
def test_text_of_a_pdf_is_text(tmp_path: pathlib.Path) -> None:
    """Letters are mapped back to Unicode by a table in the file; a hexadecimal line of it each."""
    sample().save(tmp_path / "a.pdf")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", (tmp_path / "a.pdf").read_bytes(), re.DOTALL)
    tables = []
    for stream in streams:
        try:
            plain = zlib.decompress(stream)
        except zlib.error:
            plain = stream
        tables += [plain.decode("latin-1").lower()] if b"begincmap" in plain else []
    assert tables
    for letter in "ß∂₁w&<":
        assert any(f"<{ord(letter):04x}>" in table for table in tables), letter


def test_a_page_is_one_file_without_scripts(tmp_path: pathlib.Path) -> None:
    drawing = draw(Value(1.0, "</svg><script>alert(1)</script>"), title="<!-- $svg")
    drawing.save(tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert drawing.svg[drawing.svg.index("<svg") :] in page
    assert "<title>1 node, 0 edges</title>" in page
    assert "<?xml" not in page
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!["'])""", page)
    assert "prefers-color-scheme: dark" in page
    assert "default-src 'none'" in page


def test_a_plot_is_a_picture_like_any_other(tmp_path: pathlib.Path) -> None:
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "a < b")
    plot = Plot(figure, "two < three")
    assert repr(plot) == "<Plot: two < three>"
    assert plot._repr_mimebundle_() == {"image/svg+xml": plot.svg, "text/plain": repr(plot)}
    plot.save(tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<title>two &lt; three</title>" in page
    assert plot.svg[plot.svg.index("<svg") :] in page
    with pytest.raises(InputValueError, match=r"does not end in \.svg, \.png, \.pdf or \.html"):
        plot.save(tmp_path / "a.dot")


# --- what is missing is said ------------------------------------------------------------------------------------------


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def forget_letters() -> None:
    raster._has_shape.cache_clear()
    raster._drawn.cache_clear()


@pytest.mark.usefixtures("no_dot")
@pytest.mark.parametrize(
    ("suffix", "absent", "extra"),
    [
        (".png", "resvg_py", "png"),
        (".png", "matplotlib", "png"),
        (".pdf", "svg2pdf_py", "pdf"),
        (".pdf", "resvg_py", "pdf"),
    ],
)
def test_an_absent_package_is_named_with_the_command_that_helps(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, suffix: str, absent: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(RenderError, match=rf"{absent} is not installed; run: pip install 'autograd-core\[{extra}\]'"):
        sample().save(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_dot")
@pytest.mark.parametrize("suffix", [".png", ".pdf"])
@pytest.mark.parametrize("damage", ["absent", "empty", "cut"])
def test_no_picture_without_its_text(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, suffix: str, damage: str
) -> None:
    """The libraries leave out, without a word, text whose font they cannot read."""
    fonts = tmp_path / "fonts" / "ttf"
    fonts.mkdir(parents=True)
    good = pathlib.Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf").read_bytes()
    if damage != "absent":
        (fonts / "DejaVuSans.ttf").write_bytes(good[:5000] if damage == "cut" else b"")
    monkeypatch.setattr(mpl, "get_data_path", lambda: str(tmp_path))
    forget_letters()
    with pytest.raises(RenderError, match=r"text would be missing .*DejaVuSans\.ttf is damaged .*; run: pip install"):
        sample().save(tmp_path / f"a{suffix}")
    forget_letters()
    assert [each.name for each in tmp_path.iterdir()] == ["fonts"]
    without_text = Sheet(
        20.0, 20.0, None, (Box("a", (0.0, 0.0, 20.0, 20.0), Label((), (10.0, 10.0), 11), Style(), ()),), ()
    )
    Drawing(without_text).save(tmp_path / f"a{suffix}")  # none could be missing


@pytest.mark.usefixtures("no_dot")
@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_a_letter_that_no_font_has_is_named(tmp_path: pathlib.Path, suffix: str) -> None:
    with pytest.raises(RenderError, match=r"no font of this machine has the letter '\\ue123' \(U\+E123\).*\.svg"):
        draw(Value(1.0, "a \ue123")).save(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_dot")
def test_a_letter_that_only_a_font_of_the_machine_has_is_drawn_with_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose fonts have every letter, as far as it can be told."""
    drawn = raster._drawn
    asked = []

    def with_system_fonts(letter: str, fonts: raster._Fonts) -> bytes:
        asked.append((letter, fonts.system))
        return letter.encode() if fonts.system else drawn(letter, fonts)

    monkeypatch.setattr(raster, "_drawn", with_system_fonts)
    raster._has_shape.cache_clear()
    draw(Value(1.0, "a 中")).save(tmp_path / "a.png")
    raster._has_shape.cache_clear()
    assert {letter for letter, system in asked if system} == {"中", " ", "\U0010fffd"}
    assert ink(tmp_path / "a.png") > 0.005


@pytest.mark.usefixtures("either_way")
def test_a_picture_too_large_for_png_says_so(tmp_path: pathlib.Path) -> None:
    z = Value(1.0)
    for _ in range(400):
        z = -z
    with pytest.raises(RenderError, match=r"too large for a PNG file.*save it as \.svg or \.pdf"):
        draw(z, fit=None).save(tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


# --- notebooks --------------------------------------------------------------------------------------------------------


def test_a_notebook_is_given_only_what_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = draw(Value(2.0) * 3)
    text = {"text/plain": "<Drawing: 3 nodes, 2 edges>"}
    with monkeypatch.context() as patched:
        patched.setattr("viz.drawing.drawing.svg_text", None)  # writing it would fail
        assert drawing._repr_mimebundle_(include=["text/plain"]) == text
        assert drawing._repr_mimebundle_(exclude=["image/svg+xml"]) == text
    assert drawing._repr_mimebundle_(include=["image/svg+xml"]) == {"image/svg+xml": drawing.svg}
    assert drawing._repr_mimebundle_() == {"image/svg+xml": drawing.svg, **text}


@pytest.mark.parametrize("drawing", [sample(), draw_network(MLP(2, [1], seed=1))])
def test_a_picture_brings_its_own_white_sheet(drawing: Drawing) -> None:
    """So it can be read on any background; and it has no style that could get into the page around it."""
    root = ET.fromstring(drawing.svg)
    sheet = next(each for each in root.iter() if each.tag.endswith("}rect"))
    assert sheet.get("fill") == "white"
    _, _, width, height = (float(each) for each in root.get("viewBox", "").split())
    assert [sheet.get(name) for name in ("x", "y", "width", "height")] == ["0", "0", f"{width:g}", f"{height:g}"]


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_saving(tmp_path: pathlib.Path, kind: type[str] | type[pathlib.Path]) -> None:
    drawing = draw(Value(1.0, "größe"))
    drawing.save(kind(tmp_path / "picture.svg"))
    drawing.save(kind(tmp_path / "picture.DOT"))
    assert (tmp_path / "picture.svg").read_bytes() == drawing.svg.encode()
    assert (tmp_path / "picture.DOT").read_bytes() == drawing.dot.encode()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["picture.DOT", "picture.svg"]
    draw_network(MLP(2, [1], seed=1)).save(kind(tmp_path / "picture.svg"))
    assert "inputs" in (tmp_path / "picture.svg").read_text(encoding="utf-8")


def test_a_saved_file_has_the_usual_permissions(tmp_path: pathlib.Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("name", ["picture.gif", "picture", ".svg", "picture.svg.gz", ""])
def test_another_suffix_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    with pytest.raises(
        InputValueError, match=r"does not end in \.svg, \.png, .* or \.html.* write save\('picture\.svg'\)"
    ):
        draw(Value(1.0)).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"save: 3 is not a path; write save\('picture\.svg'\)"):
        draw(Value(1.0)).save(3)  # type: ignore[arg-type]


def test_a_missing_folder_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputValueError, match=r"no folder '.*nowhere' for 'picture\.svg'; create it first"):
        draw(Value(1.0)).save(tmp_path / "nowhere" / "picture.svg")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "picture.svg").mkdir()
    with pytest.raises(InputValueError, match=r"is a folder; give the name of a file"):
        draw(Value(1.0)).save(tmp_path / "picture.svg")


def test_a_picture_that_cannot_be_drawn_leaves_the_old_file(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    path = tmp_path / "picture.svg"
    path.write_bytes(b"old")
    with pytest.raises(RenderError):
        draw(Value(1.0), engine="dot").save(path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("picture.svg", b"old")]


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failure_while_writing_leaves_nothing_behind(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException, old: bytes | None
) -> None:
    path = tmp_path / "picture.svg"
    if old is not None:
        path.write_bytes(old)

    def fail(*_: object) -> None:
        assert len(list(tmp_path.iterdir())) == 1 + (old is not None)  # the temporary file is there, in this folder
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(failing, fail)
        with pytest.raises((RenderError, KeyboardInterrupt)) as raised:
            write_atomically(path, b"new")
    if isinstance(error, OSError):
        assert "picture.svg' cannot be written (No space left on device); nothing was changed" in str(raised.value)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([] if old is None else [old])


def test_a_reader_never_sees_half_a_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "picture.svg"
    contents = [bytes([letter]) * 400_000 for letter in b"ab"]
    write_atomically(path, contents[0])
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            write_atomically(path, contents[number % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)
    assert [each.name for each in tmp_path.iterdir()] == ["picture.svg"]


SAVED: list[Any] = [
    pytest.param(lambda path: draw(Value(1.0)).save(path), id="picture"),
    pytest.param(lambda path: record(lambda x: x * x, 1.0).save(path), id="program"),
]


@pytest.mark.parametrize("save", SAVED)
def test_a_file_keeps_its_permissions_and_links_are_followed(tmp_path: pathlib.Path, save: Any) -> None:
    (tmp_path / "old.svg").write_bytes(b"old")
    (tmp_path / "old.svg").chmod(0o640)
    (tmp_path / "link.svg").symlink_to(tmp_path / "old.svg")
    save(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "old.svg").read_bytes() != b"old"
    assert stat.S_IMODE((tmp_path / "old.svg").stat().st_mode) == 0o640
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("save", SAVED)
def test_a_path_that_cannot_be_written_is_one_clear_error(tmp_path: pathlib.Path, save: Any) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.svg").mkdir()
    os.mkfifo(tmp_path / "pipe.svg")
    for name, message in {
        "nowhere/a.svg": "no folder '.*nowhere' for 'a.svg'; create it first",
        "file/a.svg": "no folder '.*file' for 'a.svg'",
        "folder.svg": "is a folder; give the name of a file",
        "pipe.svg": "is not a file but a device",
        "a\0b.svg": "cannot be the name of a file .*null",
        "\ud800.svg": "cannot be the name of a file",
        "a" * 300 + ".svg": r"cannot be written \(File name too long\); nothing was changed",
    }.items():
        with pytest.raises((InputValueError, RenderError), match=message):
            save(tmp_path / name)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder.svg", "pipe.svg"]


@pytest.mark.parametrize("save", SAVED)
def test_a_file_that_may_not_be_written_is_left_alone(
    tmp_path: pathlib.Path, save: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.svg").write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # as for anyone but the administrator
    with pytest.raises((InputValueError, RenderError), match="it is read-only"):
        save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == b"old"


@pytest.mark.slow
def test_what_a_killed_process_left_is_removed_by_the_next_save_and_nothing_else(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.svg"
    code = (
        "import os, signal, sys; from autograd_core.program.files import write_atomically; "
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL); write_atomically(sys.argv[1], b'half')"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=120)
    assert killed.returncode == -9
    [left] = tmp_path.iterdir()
    (tmp_path / ".mine.tmp").write_bytes(b"")
    write_atomically(tmp_path / "b.svg", b"another file")
    assert left.exists()
    write_atomically(path, b"whole")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".mine.tmp", "a.svg", "b.svg"]


def test_saves_at_the_same_time_leave_each_other_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.svg"
    umask = os.umask(0o022)
    os.umask(umask)

    def save(number: int) -> None:
        for _ in range(20):
            write_atomically(path, bytes([number]) * 10_000)
            assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(4)))
    assert len(set(path.read_bytes())) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "target.svg").write_bytes(b"old")
    (tmp_path / "link.svg").symlink_to(tmp_path / "target.svg")
    write_atomically(tmp_path / "link.svg", b"new")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "target.svg").read_bytes() == b"new"
