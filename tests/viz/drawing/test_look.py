"""What a user may ask of any picture of a graph: its direction, digits, what is hidden, highlighted, and the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from drawing_checks import classes, node_with, texts
from picture_measures import boxes_of

from autograd_core import Value
from autograd_core.errors import InputTypeError, InputValueError
from viz import compare, draw
from viz.drawing.records import HIGHLIGHT


def neuron(offset: float = 1 / 3) -> Value:
    w, x = Value(2.0, "w"), Value(0.7, "x")
    z: Value = (w * x + offset).tanh()
    z.label = "z"
    z.backward()
    return z


def test_down_the_root_is_at_the_bottom() -> None:
    places = boxes_of(draw(neuron(), direction="down"))
    tops = [places[f"n{position}"][1] for position in (0, 2, 4, 5)]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4
    assert boxes_of(compare(neuron(), neuron(2.0), direction="down"))["n0"][3] < min(tops[1:])


def test_a_lonely_box_has_no_empty_place_beside_it() -> None:
    for direction in ("right", "down"):
        sheet = draw(Value(1.0, "a"), direction=direction).sheet
        ((left, top, right, bottom),) = (box.place for box in sheet.boxes)
        assert (left, top, right, bottom) == pytest.approx((0.0, 0.0, sheet.width, sheet.height), abs=0.1)


def test_the_colours_of_a_narrow_picture_stand_within_it() -> None:
    for heat in ("grad", "data", "local"):
        sheet = draw(neuron(1e-5) * 1e-9, heat=heat, direction="down", hide=["data", "grad", "local"]).sheet
        assert len(sheet.swatches) > 3
        assert sheet.swatches[0].place[0] >= 0.0
        assert sheet.swatches[-1].place[2] <= sheet.width + 1e-9


def test_a_head_is_wider_than_its_line() -> None:
    a = Value(2.0, "a")
    root = a * 1e6 + a * 1e-6
    root.backward()
    drawing = draw(root, heat="grad")
    found = set()
    for edge in classes(drawing, "edge"):
        line, head = (next(each for each in edge.iter() if each.tag.endswith(tag)) for tag in ("path", "polygon"))
        heights = [float(point.split(",")[1]) for point in head.get("points", "").split()]
        thickness = float(line.get("stroke-width", "1"))
        assert max(heights) - min(heights) - thickness == pytest.approx(3.9, abs=0.11)
        found.add(thickness)
    assert max(found) > 4.0


def test_as_many_digits_as_asked_for() -> None:
    assert {"1.4", "0.939"} <= set(texts(draw(neuron(), digits=3)))
    assert "0.9395" not in texts(draw(neuron(), digits=3))
    few = texts(compare(neuron(), neuron(1 / 7), digits=2))
    assert not [text for text in few if re.search(r"\d\.\d{4}", text)]


def test_what_is_hidden_is_nowhere_but_in_tooltips() -> None:
    everything = draw(neuron())
    for what, word in (("data", "data"), ("grad", "grad"), ("local", "∂")):
        drawing = draw(neuron(), hide=what)
        assert any(text.startswith(word) for text in texts(everything))
        assert not any(text.startswith(word) for text in texts(drawing))
        assert drawing.svg.count("<title>") == everything.svg.count("<title>")
    bare = draw(neuron(), hide=["data", "grad", "local"])
    assert {"z", "tanh", "×", "w"} <= set(texts(bare))
    assert not {"data", "grad"} & set(texts(bare))
    assert "grad" not in texts(compare(neuron(), neuron(2.0), hide="grad"))


def test_nodes_that_are_highlighted_and_the_edges_between_them() -> None:
    z = neuron()
    total = z.parents[0]
    drawing = draw(z, highlight=[z, total])
    lit = [each for each in classes(drawing, "node") if HIGHLIGHT in {shape.get("stroke") for shape in each.iter()}]
    assert len(lit) == 2
    assert node_with(drawing, "z") in lit or any("z" in (text.text or "") for text in lit[-1].iter())
    edges = [each for each in classes(drawing, "edge") if HIGHLIGHT in {shape.get("stroke") for shape in each.iter()}]
    assert [each.findtext("{http://www.w3.org/2000/svg}title") for each in edges] == ["n4->n5"]
    assert HIGHLIGHT in draw(z, highlight=total, depth=None).dot
    assert HIGHLIGHT in compare(z, neuron(2.0), highlight=z).dot


@pytest.mark.parametrize(
    ("option", "error", "message"),
    [
        ({"direction": "left"}, InputValueError, r"direction: 'left' is none of 'right', 'down'"),
        ({"digits": 0}, InputValueError, r"digits: 0 is not from 1 to 17"),
        ({"digits": 2.5}, InputTypeError, r"digits: 2.5 is not an integer"),
        ({"hide": "gradient"}, InputValueError, r"hide: 'gradient' is none of 'data', 'grad', 'local'"),
        ({"hide": 3}, InputValueError, r"hide: 3 is none of"),
        ({"highlight": 3}, InputTypeError, r"highlight: 3 is not a node"),
        ({"highlight": Value(1.0)}, InputValueError, r"highlight: .* is not in the graph"),
        ({"fit": "page"}, InputTypeError, r"fit: 'page' is not a number of pixels"),
        ({"fit": 10}, InputValueError, r"fit: a page 10 pixels wide shows no graph"),
    ],
)
def test_what_cannot_be_is_refused(option: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        draw(neuron(), **option)
    with pytest.raises(error, match=message):
        compare(neuron(), neuron(2.0), **option)
