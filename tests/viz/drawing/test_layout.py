"""What can be measured of pictures: they fit a page with texts that can be read, nothing overlaps, all is in order.

``python tests/viz/drawing/test_layout.py`` prints the figures, for the gallery and 200 random graphs.
"""

from __future__ import annotations

import pathlib
import random
import re
import sys
from collections.abc import Callable, Iterator

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "helpers"))

from amounts import trials
from drawing_checks import classes, texts_of
from drawn_graphs import KINDS
from picture_measures import PAGE, Measures, boxes_of, measured

from autograd_core import Value, ancestors, scope, tanh
from nn import MLP, mean_squared_error
from viz import Drawing, draw
from viz.app.graph_exhibits import GRAPHS
from viz.drawing import sheet
from viz.drawing.compose import sheet_of
from viz.drawing.records import Style
from viz.graphs.describe import graph_view
from viz.graphs.labels import subscript
from viz.layout.columns import columns_crossed
from viz.layout.place import place
from viz.layout.scene import Arrow, Box, Scene
from viz.layout.separation import separated

SMALLEST = 8.0  # pixels, of a text on a page
SMALL, LARGE = 60, 500  # nodes
RANDOM = 25  # graphs of each kind


def random_graph(kind: str, seed: int, most: int = SMALL) -> Value:
    numbers = random.Random(seed)
    root = KINDS[kind](numbers.randrange(5, most + 1), numbers)
    if seed % 2:
        root.backward()
    return root


# --- small graphs fit a page ------------------------------------------------------------------------------------------


def network(*sizes: int) -> Value:
    root: Value = MLP(sizes[0], list(sizes[1:]), activation="tanh", seed=0)([1.0, -2.0, 0.5][: sizes[0]])
    root.backward()
    return root


def network_with_loss() -> Value:
    root = mean_squared_error([MLP(2, [2, 1], activation="tanh", seed=0)([1.0, -2.0])], [0.5])
    root.backward()
    return root


def steps(count: int, framed: bool) -> Value:
    w, u, b, h = (Value(0.3 * position - 0.5, name) for position, name in enumerate("wubh"))
    for step in range(1, count + 1):
        with scope(f"step {step}" if framed else "all"):
            h = tanh(w * Value(0.1 * step, f"x{step}") + u * h + b)
    h.backward()
    return h


def chain(count: int) -> Value:
    z = Value(0.5, "x")
    for position in range(count):
        z = z.tanh() if position % 2 else z.sin()
    return z


def fan(count: int) -> Value:
    x = Value(0.1, "x")
    parts = [x * float(position) for position in range(count)]
    return sum(parts[1:], parts[0])


def quotient() -> Value:
    a, b, c, d = (Value(1.5 + position, name) for position, name in enumerate("abcd"))
    return (a - b) / (c - d)


CASES: dict[str, Callable[[], Value]] = {
    "2-2-1 with loss": network_with_loss,
    "3-4-4-1": lambda: network(3, 4, 4, 1),
    "eight steps": lambda: steps(8, False),
    "eight framed steps": lambda: steps(8, True),
    "50 operations": lambda: chain(50),
    "a fan of 15": lambda: fan(15),
    "a quotient": quotient,
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_draw_fits_a_page_and_nothing_overlaps(name: str) -> None:
    found = measured(draw(CASES[name](), title="A title"))
    assert found.text >= SMALLEST
    assert found.problems == []


@pytest.mark.parametrize("name", [name for name in GRAPHS if not name.startswith("network-")])
def test_pictures_of_the_gallery_fit_a_page_and_nothing_overlaps(name: str) -> None:
    picture = GRAPHS[name].draw()
    assert isinstance(picture, Drawing)
    found = measured(picture)
    assert found.text >= SMALLEST
    assert found.problems == []


def test_a_path_fits_a_page_and_nothing_overlaps() -> None:
    root = network(3, 4, 4, 1)
    leaf = next(node for node in ancestors(root) if node.label == "w1")
    found = measured(draw(root, path=(leaf, root)))
    assert found.text >= SMALLEST
    assert found.problems == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("kind", KINDS)
def test_random_graphs_fit_a_page_and_nothing_overlaps(kind: str, direction: str) -> None:
    for seed in range(trials(RANDOM)):
        found = measured(draw(random_graph(kind, seed), direction=direction))
        assert found.problems == [], f"seed {seed}"
        assert direction == "down" or found.text >= SMALLEST, f"seed {seed}"


@pytest.mark.slow
def test_a_narrower_page_has_more_rows_and_none_has_one() -> None:
    root = chain(50)
    heights = [measured(draw(root, fit=fit)).height for fit in (None, 2000, 1152, 600)]
    assert heights == sorted(heights)
    assert len(set(heights)) == 4
    for fit in (2000, 1152, 600):
        found = measured(draw(root, fit=fit))
        assert 11.0 * fit / found.width >= SMALLEST
    assert len({box[1] for box in boxes_of(draw(root, fit=None)).values()}) == 1


def test_what_overlaps_would_be_found() -> None:
    def of(boxes: dict[str, tuple[float, float, float]], *arrows: sheet.Arrow) -> Measures:
        """Of a picture with some boxes, by their middles and sizes."""
        placed = [
            sheet.Box(name, (x - size / 2, y - size / 2, x + size / 2, y + size / 2), text, Style(), ())
            for name, (x, y, size) in boxes.items()
            for text in [sheet.Label((name,), (x, y), 11)]
        ]
        width = max(box.place[2] for box in placed)
        return measured(Drawing(sheet.Sheet(width, 80.0, None, tuple(placed), arrows)))

    def line(tail: str, *curve: tuple[float, float], text: str | None = None) -> sheet.Arrow:
        label = sheet.Label((text,), (90.0, 40.0), 11) if text else None
        return sheet.Arrow(tail, "b", curve, (122.0, curve[-1][1]), label, Style(), "")

    pair = {"a": (40.0, 40.0, 36.0), "b": (140.0, 40.0, 36.0)}
    between = line("a", (58.0, 40.0), (70.0, 40.0), (100.0, 40.0), (115.0, 40.0), text="text")
    across = line("c", (58.0, 40.0), (70.0, 42.0), (100.0, 42.0), (115.0, 45.0))
    assert of(pair, between).problems == []
    found = of(pair | {"c": (44.0, 30.0, 36.0)}, between, across)
    assert {"box a on box c", "label of a->b on edge c->b"} <= set(found.problems)
    found = of(pair | {"c": (90.0, 36.0, 15.0)}, between)
    assert {"label of a->b on box c", "edge a->b through box c"} <= set(found.problems)
    wide = of(pair | {"c": (2304.0, 40.0, 36.0)})
    assert wide.text == pytest.approx(11.0 * PAGE / wide.width)


# --- all is in order --------------------------------------------------------------------------------------------------


def middles(drawing: Drawing) -> dict[str, tuple[float, float]]:
    """Where each node is, by its heading; a stub is not meant."""
    found: dict[str, tuple[float, float]] = {}
    places = boxes_of(drawing)
    for group in classes(drawing, "node"):
        name = group.findtext("{http://www.w3.org/2000/svg}title") or ""
        if "_at_" not in name and texts_of(group):
            left, top, right, bottom = places[name]
            found[texts_of(group)[0]] = ((left + right) / 2, (top + bottom) / 2)
    return found


@pytest.mark.parametrize("seed", range(trials(100)))
@pytest.mark.parametrize("direction", ["right", "down"])
def test_operands_of_a_tree_stand_in_order(seed: int, direction: str) -> None:
    root = random_graph("tree", seed)
    drawing = draw(root, direction=direction, fit=None)
    view, places = graph_view(root), boxes_of(drawing)
    side = 1 if direction == "right" else 0
    for node in view.nodes:
        operands = [edge.parent for edge in view.edges if edge.child == node.id]
        starts = [places[each][side] for each in operands]
        assert starts == sorted(starts)


@pytest.mark.parametrize("framed", [False, True])
def test_steps_follow_each_other_from_left_to_right(framed: bool) -> None:
    z = Value(0.5, "x")
    for step in range(8):
        with scope(f"step {step}" if framed else "steps"):
            z = z.tanh()
            z.label = f"s{step}"
    places = middles(draw(z, fit=None))
    xs, ys = zip(*(places[f"s{subscript(step)}"] for step in range(8)), strict=True)
    assert list(xs) == sorted(xs)
    assert len(set(ys)) == 1
    rows = middles(draw(z))
    assert len({y for _, y in rows.values()}) <= 3


def test_what_is_used_step_by_step_is_no_staircase() -> None:
    """Parts that are folded to boxes, each with a stub before it, stand in a row below what uses them."""
    x = Value(0.5, "x")
    z = Value(1.0, "z")
    for step in range(1, 12):
        with scope(f"step {step}"):
            part = x
            for _ in range(step + 1):
                part = part.tanh()
        z = z * part
    drawing = draw(z, depth=1, fit=None)
    assert measured(drawing).height < 400
    assert len({box[1] for name, box in boxes_of(drawing).items() if name.startswith("b")}) <= 2


def test_frames_never_turn_the_flow() -> None:
    """With frames and without them, what is computed later stands farther to the right."""
    for root in (steps(8, True), network(2, 3, 1), network_with_loss()):
        drawing = draw(root, fit=None)
        places = boxes_of(drawing)
        for edge in graph_view(root).edges:
            start = places.get(f"{edge.parent}_at_{edge.child}", places[edge.parent])
            assert start[2] < places[edge.child][0]


def test_neurons_stand_in_their_order() -> None:
    root = network(2, 12, 1)
    for drawing in (draw(root), draw(root, max_nodes=10_000, fit=None)):
        names = [(texts_of(each)[0], each) for each in classes(drawing, "cluster") if texts_of(each)]
        tops = {}
        for name, group in names:
            if name.startswith("neuron"):
                frame = group.find(".//{http://www.w3.org/2000/svg}rect")
                tops.setdefault(name, float(frame.get("y")))  # type: ignore[union-attr]
        ordered = [tops[f"neuron {position}"] for position in range(1, 13)]
        assert ordered[1:] == sorted(ordered[1:])


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(("depth", "count"), [(None, 11), (1, 3)])
def test_steps_beside_each_other_stand_in_their_order_however_they_are_used(
    depth: int | None, count: int, direction: str
) -> None:
    x = Value(0.5, "x")
    parts = []
    for step in range(1, count + 1):
        with scope(f"step {step}"):
            part = x * Value(0.1 * step, "w")
            for _ in range(step):  # so that they are not alike, and become one box
                part = part.tanh()
            parts.append(part)
    z = parts[-1]
    for part in parts[-2::-1]:
        z = z * part
    drawing = draw(z, depth=depth, direction=direction, fit=None)
    side = 1 if direction == "right" else 0
    starts = {}
    for group in [*classes(drawing, "cluster"), *classes(drawing, "node")]:
        name = next((text for text in texts_of(group) if re.fullmatch(r"step \d+", text)), None)
        frame = next(each for each in group.iter() if each.tag.endswith("}rect"))
        if name is not None:
            starts[name] = float(frame.get("xy"[side], "nan"))
    in_order = [starts[f"step {step}"] for step in range(1, count + 1)]
    assert in_order == sorted(in_order)


def test_a_leaf_stands_where_it_is_used_first() -> None:
    x, late = Value(0.5, "x"), Value(2.0, "late")
    z = x
    for _ in range(6):
        z = z.tanh()
    places = middles(draw(z * late, fit=None))
    assert places["late"][0] > 4 / 6 * max(x for x, _ in places.values())


# --- what is used everywhere ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_leaf_that_is_used_everywhere_is_drawn_beside_each_use() -> None:
    x = z = Value(0.5, "x")
    for _ in range(40):
        z = z * x + x
    view = graph_view(z)
    assert len(view.edges) == 160
    assert view.listed == ("n0",)
    assert set(view.stubs) == {("n0", edge.child) for edge in view.edges if edge.parent == "n0"}
    assert "x is used in many places: beside each stands its name, the node itself is above" in view.notes
    drawing = draw(z)
    stubs = [each for each in boxes_of(drawing) if each.startswith("n0_at_")]
    assert len(stubs) == 80
    assert drawing.svg.count("<title>n0</title>") == 1
    [full] = [box for name, box in boxes_of(drawing).items() if name == "n0"]
    assert all(box[3] > full[3] for name, box in boxes_of(drawing).items() if name != "n0")
    assert measured(drawing).problems == []


def test_inputs_of_a_layer_are_no_such_leaves() -> None:
    assert graph_view(network(3, 4, 4, 1)).stubs == ()
    assert graph_view(quotient()).stubs == ()


# --- work -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_layout_does_not_grow_faster_than_its_picture(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time are places in columns, and how often they are set apart; both are counted for 500 nodes."""
    work = []

    def counted(wished: list[float], *rest: object) -> list[float]:
        work.append(len(wished))
        return separated(wished, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("viz.layout.across.separated", counted)
    for seed in range(2):
        work.clear()
        view = graph_view(random_graph(kind, seed, LARGE))
        listed = set(view.stubs)
        kept = [(edge.parent, edge.child) for edge in view.edges if (edge.parent, edge.child) not in listed]
        assert columns_crossed(kept) <= 4 * len(view.nodes) + 100
        sheet_of(view)
        assert sum(work) <= 20 * (len(view.nodes) + len(view.edges))


def test_the_same_graph_is_laid_out_the_same() -> None:
    assert draw(random_graph("dense", 3, 200)).dot == draw(random_graph("dense", 3, 200)).dot


def test_a_circle_of_arrows_is_laid_out() -> None:
    """Folded scopes may be computed from each other."""
    boxes = tuple(Box(40.0, 20.0) for _ in range(4))
    arrows = (Arrow(0, 1), Arrow(1, 2), Arrow(2, 1), Arrow(2, 3))
    placed = place(Scene(boxes, arrows))
    assert len(placed.boxes) == 4
    assert len(placed.stubs) == 1


# --- the figures ------------------------------------------------------------------------------------------------------


def figures() -> Iterator[tuple[str, Measures]]:
    for name, exhibit in GRAPHS.items():
        picture = exhibit.draw()
        if isinstance(picture, Drawing) and not name.startswith("network-"):
            yield name, measured(picture)
    for name, make in CASES.items():
        yield name, measured(draw(make()))
    for kind in KINDS:
        for seed in range(RANDOM):
            yield f"{kind} {seed}", measured(draw(random_graph(kind, seed)))


if __name__ == "__main__":
    every = list(figures())
    for name, each in every:
        size = f"{each.width:6.0f} x {each.height:5.0f} px"
        print(f"{name:22} {size}, text {each.text:5.2f} px, {len(each.problems)} overlaps")
    least, widest = min(each.text for _, each in every), max(each.width for _, each in every)
    print(f"{len(every)} pictures: smallest text {least:.2f} px, widest {widest:.0f} px,", end=" ")
    print(f"{sum(len(each.problems) for _, each in every)} overlaps")
