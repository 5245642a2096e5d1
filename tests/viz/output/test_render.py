"""Drawings as SVG, by ourselves and by an installed Graphviz: reproducible, safe in threads, of any depth."""

from __future__ import annotations

import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from amounts import long
from drawing_checks import classes, texts, texts_of

from autograd_core import Value, scope, tanh, topological_order
from autograd_core.errors import InputValueError, RenderError
from viz import Drawing, draw
from viz.graphs.describe import graph_view
from viz.layout.columns import columns_crossed
from viz.output import native

SAMPLE = """
from autograd_core import Value, scope
from nn.layers.perceptron import MLP
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
    draw(Value(3.0, "something"), title="else")
    assert [(each.dot, each.svg) for each in sample()] == first


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_same_bytes_in_another_process_without_a_path(seed: str) -> None:
    """Neither the order of hashes nor an installed Graphviz has a part in a picture."""
    code = SAMPLE + "import sys; sys.stdout.buffer.write('\\0'.join(d.dot + d.svg for d in drawings).encode())"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PATH": "", "LANG": "C"}
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, env=environment, check=True, timeout=120
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


def test_a_picture_is_written_once_and_late(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr("viz.drawing.drawing.svg_text", lambda sheet: calls.append(sheet) or "<svg/>")
    monkeypatch.setattr("viz.drawing.drawing.dot_text", lambda sheet: calls.append(sheet) or "digraph {}")
    drawing = draw(Value(1.0))
    assert not calls
    assert drawing.svg == drawing.svg == "<svg/>"
    assert calls == [drawing.sheet]
    assert drawing.dot == drawing.dot == "digraph {}"
    assert calls == [drawing.sheet] * 2


def test_a_picture_needs_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = draw(Value(1.0, "a"))
    monkeypatch.setattr("viz.drawing.drawing.native", None)
    assert drawing.svg.count('class="node"') == 1
    assert drawing.dot.startswith("digraph {")


def test_a_picture_is_what_was_true_when_it_was_drawn() -> None:
    a = Value(2.0, "a")
    drawing = draw(a)
    a.data = 7.0
    assert ">2</text>" in drawing.svg
    assert ">7</text>" not in drawing.svg


# --- large graphs -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_chain_of_3_000_nodes_is_drawn() -> None:
    drawing = draw(chain(3_000), max_nodes=3_000)
    assert drawing.svg.count('class="node"') == 3_000


@pytest.mark.slow
@pytest.mark.usefixtures("native_dot")
def test_a_chain_of_3_000_nodes_is_drawn_by_graphviz() -> None:  # for it is laid out before
    assert draw(chain(3_000), max_nodes=3_000, engine="dot").svg.count('class="node"') == 3_000


@pytest.mark.slow
def test_a_large_graph_has_its_local_derivatives_in_tooltips_only_and_says_so() -> None:
    note = "(too many edges to write their local derivatives; point at one to see it)"
    few, many = (draw(chain(size), max_nodes=2_000).svg for size in (1_001, 1_002))
    assert few.count("∂ = ") == 1_000
    assert "∂" not in many
    assert many.count("local derivative = -1.0") >= 1_001
    assert (note in few, note in many) == (False, True)


@pytest.mark.parametrize("size", [120, 200])
def test_a_tangle_of_few_nodes_is_drawn_with_stubs(size: int) -> None:
    """Each node is computed from the one before it and from any other, so that edges cross most of the picture."""
    generator = random.Random(1)
    nodes = [Value(1.0)]
    for position in range(size):
        other = generator.choice(nodes)
        nodes.append(tanh(nodes[-1]) + other if position % 2 else nodes[-1] * other)
    view = graph_view(nodes[-1])
    assert len(view.edges) == sum(len(node.parents) for node in topological_order(nodes[-1]))
    short = [(edge.parent, edge.child) for edge in view.edges if (edge.parent, edge.child) not in set(view.stubs)]
    assert columns_crossed(short) <= 4 * len(view.nodes) < columns_crossed([(e.parent, e.child) for e in view.edges])
    assert len([text for text in texts(draw(nodes[-1])) if text.startswith("∂")]) == len(view.edges)


def test_a_million_nodes_are_drawn_in_part() -> None:
    drawing = draw(chain(long(1_000_000)), max_nodes=50)
    omitted = f"{long(1_000_000) - 50:,} more nodes"
    assert f"… {omitted}" in drawing.svg
    assert repr(drawing) == f"<Drawing: 50 nodes, 49 edges, {omitted} omitted>"


# --- threads ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
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
            assert f"leaf\\ {number}" in dot


# --- the installed Graphviz -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("native_dot")
def test_the_installed_graphviz_draws_when_it_is_asked_for() -> None:
    w, x = Value(0.5, "w"), Value(-2.0, "größe & <b>")
    z = (w * x).tanh()
    by_package, by_machine = draw(z), draw(z, engine="dot")
    assert by_machine.dot == by_package.dot
    assert "Generated by graphviz" not in by_machine.svg
    texts = [
        sorted(
            (each.text or "").strip("\xa0")
            for each in ET.fromstring(drawing.svg).iter("{http://www.w3.org/2000/svg}text")
        )
        for drawing in (by_package, by_machine)
    ]
    assert texts[0] == texts[1]
    assert any("größe & <b>" in each.replace("\xa0", " ") for each in texts[0])
    assert by_machine.svg == draw(z, engine="dot").svg


def test_an_absent_graphviz_is_named_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RenderError, match=r"dot of Graphviz is not on the PATH; run: .*install graphviz"):
        assert draw(Value(1.0), engine="dot").svg


def test_another_engine_is_refused_at_once() -> None:
    with pytest.raises(InputValueError, match=r"engine: there is no 'neato'; write engine='dot'"):
        draw(Value(1.0), engine="neato")


@pytest.mark.usefixtures("native_dot")
def test_the_installed_graphviz_refuses_what_is_not_dot() -> None:
    for wrong in ("digraph {", "", "digraph { a } \0", 'digraph { "\ud800" }'):
        with pytest.raises(RenderError, match=r"; (check|leave)"):
            native.svg(wrong)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -SEGV $$", r"too deep or too large for .*dot .* max_nodes="),
        ("echo 'no such format' >&2; exit 1", r"dot refused the drawing \(no such format\); check the DOT text"),
        ("exit 0", r"dot refused the drawing"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for dot")
def test_failures_of_an_installed_graphviz_are_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(RenderError, match=message):
        native.svg("digraph { a }")


def test_a_program_that_cannot_run_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/nowhere/interpreter\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match=r"dot cannot be run \(No such file or directory\); run: .*install graphviz"):
        native.svg("digraph { a }")


@pytest.mark.parametrize(
    ("manager", "command"),
    [("apt-get", "apt-get install graphviz"), ("brew", "brew install graphviz"), ("apk", "apk add graphviz")],
)
@pytest.mark.parametrize("user", [0, 1000])
def test_the_command_is_one_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, manager: str, command: str, user: int
) -> None:
    monkeypatch.setattr("viz.output.native.shutil.which", lambda name: name if name == manager else None)
    monkeypatch.setattr("viz.output.native.os.geteuid", lambda: user)
    assert native.how_to_install() == ("sudo " if user and manager != "brew" else "") + command


# --- where things stand -----------------------------------------------------------------------------------------------


def boxes(drawing: Drawing) -> dict[str, tuple[float, float, float, float]]:
    """For each node by its heading: left, top, right and bottom."""
    found = {}
    for group in classes(drawing, "node"):
        numbers = " ".join(each.get("points") or each.get("d") or "" for each in group.iter())
        points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", numbers)]
        xs, ys = zip(*points, strict=True)
        found.setdefault(texts_of(group)[0], (min(xs), min(ys), max(xs), max(ys)))
    return found


def from_the_top(drawing: Drawing, names: str) -> str:
    found = boxes(drawing)
    return "".join(sorted(names, key=lambda name: found[name][1]))


def test_operands_stand_in_their_order() -> None:
    a, b, c, d = (Value(1.5 + position, name) for position, name in enumerate("abcd"))
    assert from_the_top(draw((a - b) / (c - d)), "abcd") == "abcd"
    assert from_the_top(draw((c / a) ** (d - b)), "abcd") == "cadb"
    assert from_the_top(draw((a - b) / (c - d), constants="inline", derivatives="formulas"), "abcd") == "abcd"
    with scope("layer"):
        inside = Value(1.0, "p") - Value(2.0, "q")
    assert from_the_top(draw(inside.tanh()), "pq") == "pq"


@pytest.mark.parametrize("by", [lambda step: 1.01, lambda step: Value(1.01, f"w{step}")])
def test_a_chain_runs_straight_whatever_each_step_takes_in(by: Any) -> None:
    x = Value(1.0, "x")
    for step in range(50):
        x = (x * by(step)).tanh()
    for constants in ("nodes", "inline"):
        found = boxes(draw(x, constants=constants, fit=None))
        chain = [box for name, box in found.items() if name.startswith("z")]
        assert len({(top + bottom) / 2 for _, top, _, bottom in chain}) == 1
        assert max(box[3] for box in found.values()) - min(box[1] for box in found.values()) < 200
        rows = {(box[1] + box[3]) / 2 for name, box in boxes(draw(x, constants=constants)).items() if name[0] == "z"}
        assert 10 <= len(rows) <= 20  # and as many on a page
