"""From DOT to SVG and to a file: reproducible, safe in threads, whole or not at all, and alive after a failure."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd_core import Value, scope
from autograd_core.errors import InputTypeError, InputValueError, RenderError
from nn.layers import MLP
from viz import Drawing, draw, draw_network, render
from viz.files import write_atomically
from viz.render import render_svg

SAMPLE = """
from autograd_core import Value, scope
from nn.layers import MLP
from viz import draw, draw_network
w, x = Value(0.5, "w"), Value(-2.0, "größe 👩‍🔬")
with scope("layer 1"), scope("neuron 1"):
    z = (w * x + 1).tanh()
with scope("layer 2"):
    z = z * z + w
z.backward()
drawings = draw(z, title="t"), draw(z, max_nodes=4), draw_network(MLP(3, [4, 2], seed=1))
"""


def sample() -> list[Drawing]:
    names: dict[str, Any] = {}
    exec(SAMPLE, names)  # the same source that a fresh process runs
    return list(names["drawings"])


def chain(length: int) -> Value:
    node = Value(1.0)
    for _ in range(length - 1):
        node = -node
    return node


# --- always the same bytes --------------------------------------------------------------------------------------------


def test_the_same_bytes_on_every_run() -> None:
    first = [(each.dot, each.svg) for each in sample()]
    render_svg("digraph { something -> else }")
    assert [(each.dot, each.svg) for each in sample()] == first


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_same_bytes_in_another_process_without_a_path(seed: str) -> None:
    """Neither the order of hashes nor an installed Graphviz has a part in a picture."""
    code = SAMPLE + "import sys; sys.stdout.buffer.write('\\0'.join(d.dot + d.svg for d in drawings).encode())"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PATH": "", "LANG": "C"}
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, env=environment, check=True
    )
    assert result.stdout == "\0".join(each.dot + each.svg for each in sample()).encode()


def test_an_empty_path_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert draw(Value(1.0)).svg.endswith("</svg>\n")


# --- the picture ------------------------------------------------------------------------------------------------------


def test_a_picture_is_xml_that_refers_to_nothing_outside() -> None:
    for drawing in sample():
        root = ET.fromstring(drawing.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "<!DOCTYPE" not in drawing.svg
        assert "href" not in drawing.svg
        for address in drawing.svg.split("http")[1:]:
            assert address.startswith("://www.w3.org/")


def test_the_root_is_on_the_right() -> None:
    a = Value(2.0, "left end")
    z = a.exp().sin()
    z.label = "right end"
    places = {each.text: float(each.get("x", "nan")) for each in ET.fromstring(draw(z).svg).iter() if each.get("x")}
    assert places["left end"] < places["exp"] < places["right end"]


def test_a_notebook_gets_svg_and_text() -> None:
    drawing = draw(Value(2.0) * 3)
    assert drawing._repr_mimebundle_() == {"image/svg+xml": drawing.svg, "text/plain": "<Drawing: 3 nodes, 2 edges>"}


def test_a_picture_is_laid_out_once_and_late(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr("viz.drawing.render_svg", lambda dot: calls.append(dot) or "<svg/>")
    drawing = draw(Value(1.0))
    assert not calls
    assert drawing.svg == drawing.svg == "<svg/>"
    assert calls == [drawing.dot]


def test_a_picture_is_what_was_true_when_it_was_drawn() -> None:
    a = Value(2.0, "a")
    drawing = draw(a)
    a.data = 7.0
    assert ">2</text>" in drawing.svg
    assert ">7</text>" not in drawing.svg


# --- failures of the engine -------------------------------------------------------------------------------------------


def test_a_graph_too_deep_to_draw_says_so_and_the_next_drawing_works() -> None:
    before = draw(Value(1.0, "a")).svg
    broken = render._engine
    assert broken is not None
    with pytest.raises(RenderError, match=r"too deep or too large for the layout engine .* max_nodes="):
        assert draw(chain(30_000), max_nodes=30_000).svg
    assert draw(Value(1.0, "a")).svg == before
    assert render._engine not in (None, broken)  # whose memory is lost, and not to be trusted


def test_what_is_not_dot_is_refused_and_the_next_drawing_works() -> None:
    before = draw(Value(1.0, "a")).svg
    for wrong in ("digraph {", "", "digraph { a } \0", 'digraph { "\ud800" }'):
        with pytest.raises(RenderError, match=r"; (check|leave)"):
            render_svg(wrong)
        assert draw(Value(1.0, "a")).svg == before


def test_a_million_nodes_are_drawn_in_part() -> None:
    drawing = draw(chain(1_000_000), max_nodes=50)
    assert "… 999,950 more nodes" in drawing.svg
    assert repr(drawing) == "<Drawing: 50 nodes, 49 edges, 999,950 more nodes omitted>"


# --- threads ----------------------------------------------------------------------------------------------------------


def test_eight_threads_draw_at_once() -> None:
    """Different graphs, so that a mix-up shows; each thread also has its own scope."""
    together = threading.Barrier(8)

    def work(number: int) -> list[tuple[str, str]]:
        together.wait()
        pictures = []
        for size in range(1, 25):
            with scope(f"thread {number}"):
                z = Value(float(number), f"leaf {number}")
                for _ in range(size):
                    z = z.tanh()
            drawing = draw(z)
            pictures.append((drawing.dot, drawing.svg))
        return pictures

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    for number, pictures in enumerate(results):
        for dot, svg in pictures:
            assert f">leaf {number}</text>" in svg
            assert f">thread {number}</text>" in svg
            assert svg == render_svg(dot)


def test_one_thread_at_a_time_uses_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    made, inside = [], []

    class Engine:
        def __init__(self) -> None:
            made.append(self)

        def render(self, dot: str, **_: str) -> bytes:
            inside.append(dot)
            time.sleep(0.002)  # long enough for the others to come in, if they could
            assert inside == [dot]
            inside.clear()
            return b"<svg/>"

    monkeypatch.setattr(render, "_engine", None)
    monkeypatch.setattr(render, "WasmtimeBackend", Engine)
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(render_svg, map(str, range(40))))) == 40
    assert len(made) == 1


def test_threads_survive_each_others_failures() -> None:
    deep = "digraph {" + "".join(f"n{position} -> n{position + 1};" for position in range(30_000)) + "}"
    expected = render_svg("digraph { a -> b }")

    def work(number: int) -> bool:
        if number % 4 == 0:
            with pytest.raises(RenderError):
                render_svg(deep)
            return True
        return render_svg("digraph { a -> b }") == expected

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


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


@pytest.mark.parametrize("name", ["picture.png", "picture", ".svg", "picture.svg.gz", ""])
def test_another_suffix_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    with pytest.raises(InputValueError, match=r"does not end in \.svg or \.dot.* write save\('graph\.svg'\)"):
        draw(Value(1.0)).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"save: 3 is not a path; write save\('graph\.svg'\)"):
        draw(Value(1.0)).save(3)  # type: ignore[arg-type]


def test_a_missing_folder_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputValueError, match=r"no folder '.*nowhere' for 'picture\.svg'; create it first"):
        draw(Value(1.0)).save(tmp_path / "nowhere" / "picture.svg")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "picture.svg").mkdir()
    with pytest.raises(InputValueError, match=r"is a folder; give the name of a file"):
        draw(Value(1.0)).save(tmp_path / "picture.svg")


def test_a_picture_that_cannot_be_laid_out_leaves_the_old_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_bytes(b"old")
    with pytest.raises(RenderError):
        Drawing("digraph {").save(path)
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


def test_a_link_is_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "target.svg").write_bytes(b"old")
    (tmp_path / "link.svg").symlink_to(tmp_path / "target.svg")
    write_atomically(tmp_path / "link.svg", b"new")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "target.svg").read_bytes() == b"new"
