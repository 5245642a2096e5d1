"""The picture of a graph and of a network: complete, reproducible, and proof against any label, as SVG and as DOT."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd_core import PRIMITIVES, Value, scope
from autograd_core.errors import InputTypeError, InputValueError
from autograd_core.formulas.printing import visible
from nn.layers.perceptron import MLP
from viz import Drawing, draw, draw_network
from viz.graphs.labels import printable, shorten, subscript
from viz.graphs.mathtext import name_text

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

# The names of elements and attributes in pictures of well-behaved graphs. Anything else was injected.
ELEMENTS = {SVG + name for name in ("svg", "g", "title", "a", "text", "rect", "path", "polygon", "polyline", "ellipse")}
ATTRIBUTES = {
    *("width", "height", "viewBox", "id", "class", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray"),
    *("d", "points", "cx", "cy", "rx", "ry", "x", "y", "text-anchor", "font-family", "font-size"),
    XLINK + "title",
    "{http://www.w3.org/XML/1998/namespace}space",
}


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.svg)


def texts(drawing: Drawing) -> list[str]:
    return [trimmed(each.text or "") for each in parsed(drawing).iter(SVG + "text")]


def tooltips(drawing: Drawing) -> list[str]:
    return [each.get(XLINK + "title", "").replace("\xa0", " ") for each in parsed(drawing).iter(SVG + "a")]


def classes(drawing: Drawing, name: str) -> list[ET.Element]:
    return [each for each in parsed(drawing).iter(SVG + "g") if each.get("class") == name]


def trimmed(text: str) -> str:
    """Without spaces at the ends. Graphviz writes every other space of a run as a no-break space."""
    return text.replace("\xa0", " ").strip(" ")


def assert_nothing_injected(drawing: Drawing) -> None:
    for element in parsed(drawing).iter():
        assert element.tag in ELEMENTS
        assert set(element.attrib) - {f"{XLINK}href"} <= ATTRIBUTES
        assert not element.get(XLINK + "href")


# --- a graph ----------------------------------------------------------------------------------------------------------


def test_the_text_of_a_small_graph() -> None:
    a = Value(3.0, "a")
    z = a * a
    z.backward()
    graph, node, edge, *rest = draw(z).dot.splitlines()[1:]
    assert 'layout="nop2"' in graph
    assert 'shape="record"' in node
    assert 'fontname="Helvetica"' in edge
    places = r' (?:bb|height|lp|pos|width)="[^"]*"'
    assert [re.sub(places, "", line) for line in rest] == [
        '\tn0 [label="{a|{{data|grad}|{3|6}}}" fillcolor="#fff1cc" margin="0.0556,0.0208" style="filled,rounded"'
        ' tooltip="a\\nleaf\\ndata = 3.0\\ngrad = 6.0"]',
        '\tn1 [label="{{{z₁|data|grad}|{×|9|1}}}" margin="0.0556,0.0208" tooltip="mul\\ndata = 9.0\\ngrad = 1.0"]',
        '\tn0 -> n1 [label="∂₁ = 3" labeltooltip="argument 1, local derivative = 3.0"'
        ' tooltip="argument 1, local derivative = 3.0"]',
        '\tn0 -> n1 [label="∂₂ = 3" labeltooltip="argument 2, local derivative = 3.0"'
        ' tooltip="argument 2, local derivative = 3.0"]',
        "}",
    ]


def test_the_picture_shows_everything() -> None:
    w, x, b = Value(0.8, "w"), Value(1.5, "x"), Value(-0.3, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    before = texts(draw(y, title="One neuron"))
    assert {"One neuron", "w", "x", "b", "×", "+", "y", "tanh", "0.8", "1.5", "-0.3", "1.2", "0.9"} <= set(before)
    assert before.count("–") == 6
    assert {"∂₁ = 1.5", "∂₂ = 0.8", "∂₁ = 1", "∂₂ = 1", "∂ = 0.4869"} <= set(before)
    y.backward()
    after = texts(draw(y))
    assert "–" not in after
    assert {"0.7304", "0.3895", "0.4869", "1"} <= set(after)


def test_leaves_constants_and_operations_differ_without_colour() -> None:
    lines = draw(Value(2.0, "a") * 3).dot.splitlines()
    [leaf, number, product] = [line for line in lines if re.match(r"\tn\d \[", line)]
    assert 'style="filled,rounded"' in leaf
    assert 'style="filled,dashed"' in number
    assert "style" not in product
    assert len({re.search(r'fillcolor="(.*?)"', line + 'fillcolor=""')[1] for line in (leaf, number, product)}) == 3  # type: ignore[index]


def test_beside_a_constant_stands_no_number() -> None:
    shown = texts(draw(Value(2.0, "a") * 3))
    assert [each for each in shown if each.startswith("∂")] == ["∂₁ = 3"]
    assert shown.count("grad") == 2
    variable, number = [next(each.iter(SVG + "path")) for each in classes(draw(Value(2.0, "a") * 3), "edge")]
    assert (variable.get("stroke-dasharray"), number.get("stroke-dasharray")) == (None, "5,2")


def test_a_stale_node_says_so() -> None:
    a = Value(3.0, "a")
    z = a * a
    assert "stale (leaf changed)" not in texts(draw(z))
    a.data = 5.0
    assert texts(draw(z)).count("stale (leaf changed)") == 1
    assert {"5", "9"} <= set(texts(draw(z)))


def test_scopes_are_frames_inside_frames() -> None:
    x = Value(1.0, "x")
    with scope("layer 1"), scope("neuron 2"):
        y = x.tanh()
    dot = draw(y).dot
    outer, inner = dot.index('label="layer 1"'), dot.index('label="neuron 2"')
    node = dot.index("tanh")
    end = dot.index("\t}", node)
    assert dot.index("subgraph cluster_c0") < outer < dot.index("subgraph cluster_c1") < inner < node < end
    frames = [each for each in parsed(draw(y)).iter(SVG + "g") if each.get("class") == "cluster"]
    assert len(frames) == 2
    assert {"layer 1", "neuron 2"} <= set(texts(draw(y)))


@pytest.mark.slow
def test_past_1000_edges_their_texts_are_left_out_and_the_picture_says_so() -> None:
    def chain(edges: int) -> Drawing:
        z = Value(1.0)
        for _ in range(edges):
            z = -z
        return draw(z, title="a chain", max_nodes=2_000)

    said = "(too many edges to write their local derivatives; point at one to see it)"
    few, many = chain(1_000), chain(1_001)
    assert [text for text in texts(few) if text.startswith(("∂", "("))] == ["∂ = -1"] * 1_000
    assert [text for text in texts(many) if text.startswith(("∂", "("))] == [said]
    assert tooltips(many).count("argument 1, local derivative = -1.0") == 1_001


@pytest.mark.slow
def test_nodes_left_out_are_counted_in_the_picture() -> None:
    z = Value(1.0)
    for _ in range(4000):
        z = z.sin()
    drawing = draw(z, max_nodes=3)
    assert "… 3,998 more nodes" in texts(drawing)
    assert drawing.dot.count("omitted -> ") == 1
    assert "omitted -> n0 " in drawing.dot
    assert "omitted" not in draw(z.tanh(), max_nodes=5000).dot
    assert "… 1 more node" in texts(draw(Value(1.0).sin(), max_nodes=1))


# --- any label --------------------------------------------------------------------------------------------------------

HOSTILE = [
    '"quoted"',
    'ends with a backslash \\"',
    "\\",
    "\\\\",
    "\\N \\G \\l \\E",
    "<script>alert(1)</script>",
    "<b>bold</b>",
    "<>",
    "]]><x/>",
    "--><x/><!--",
    '" onload="alert(1)',
    "a & b &amp; &lt; &#60; &nosuch;",
    "{a|b} <port> | }",
    "%s {0} $HOME `id`",
    'x"]; evil [label="y',
    "two\nlines\r\n\ttab",
    "nul \0 bell \a escape \x1b[31m",
    "half a pair \ud83d and \udc00",
    "\ufffe\uffff",
    "שלום עולם",
    "right \u202eto left",
    "👩‍👩‍👧 𝒳 é ẋ̇",
    "graph",
    "node",
    "",
    " ",
    "  two  spaces  ",
    "\u2028\u2029\x85\xa0",
    "<" * 40,
]

any_text = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text('<>{}|&\\"\n;#-]/ abN\0', max_size=30),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)


def as_it_is(drawing: Drawing) -> Drawing:
    return drawing


def by_graphviz(drawing: Drawing) -> Drawing:
    """The same picture as Graphviz draws the DOT text."""
    return replace(drawing, engine="dot")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_shown_as_it_is(label: str) -> None:
    check_label(label)


@given(any_text.filter(lambda label: "z1" not in label))  # the generated name of the other node
@example("\\{")
@example('\\\\"|\\')
def test_no_label_breaks_or_enters_the_picture(label: str) -> None:
    check_label(label)


@pytest.mark.slow
@pytest.mark.usefixtures("native_dot")
@pytest.mark.parametrize("label", [*HOSTILE, "\\{", '\\\\"|\\'])
def test_a_hostile_label_is_shown_by_graphviz_as_it_is(label: str) -> None:
    check_label(label, by_graphviz)
    check_scope(label, by_graphviz)
    if label:
        check_title(label, by_graphviz)


@pytest.mark.usefixtures("native_dot")
@given(any_text.filter(lambda label: "z1" not in label))
@settings(max_examples=15)  # each starts a process twice
def test_no_label_breaks_or_enters_the_dot_text(label: str) -> None:
    check_label(label, by_graphviz)


def check_label(label: str, drawn: Any = as_it_is) -> None:
    """The picture differs from one without the label in that text and its tooltip, and in nothing else."""
    plain, drawing = drawn(draw(Value(2.0).exp())), drawn(draw(Value(2.0, label).exp()))
    assert_nothing_injected(drawing)
    shown = trimmed(shorten(name_text(label))) if visible(label) else "x₁"
    expected = [shown if text == "x₁" else text for text in texts(plain)]
    assert list(filter(None, texts(drawing))) == list(filter(None, expected))
    assert [each.tag for each in parsed(drawing).iter() if each.tag != SVG + "text"] == [
        each.tag for each in parsed(plain).iter() if each.tag != SVG + "text"
    ]
    in_full = printable(label).replace("\xa0", " ") + "\n" if visible(label) else ""
    told = [in_full + each if each.startswith("leaf\n") else each for each in tooltips(plain)]
    assert tooltips(drawing) == told


def check_title(title: str, drawn: Any = as_it_is) -> None:
    drawing = drawn(draw(Value(1.0, "a"), title=title))
    assert_nothing_injected(drawing)
    assert trimmed(shorten(title, 120)) in {*texts(drawing), ""}


def check_scope(name: str, drawn: Any = as_it_is) -> None:
    name = name.replace("/", " ") + "s"
    with scope(name):
        drawing = drawn(draw(Value(1.0, "a")))
    assert_nothing_injected(drawing)
    assert trimmed(shorten(name, 40)) in texts(drawing)
    assert tooltips(drawing)[0] == printable(name).replace("\xa0", " ")


@given(any_text.filter(bool))
def test_no_title_breaks_or_enters_the_picture(title: str) -> None:
    check_title(title)


@given(any_text)
def test_no_scope_breaks_or_enters_the_picture(name: str) -> None:
    check_scope(name)


def test_a_label_of_10_000_characters_is_cut_and_kept_in_the_tooltip() -> None:
    label = "".join(f"<{position}>" for position in range(2200))[:10_000]
    drawing = draw(Value(1.0, label))
    assert shorten(label) in texts(drawing)
    assert max(map(len, texts(drawing))) <= 28
    assert tooltips(drawing)[0].startswith(label)


def test_the_dot_text_can_be_written_as_utf8() -> None:
    assert draw(Value(1.0, "\ud800"), title="\udfff").dot.encode("utf-8")


# --- a network --------------------------------------------------------------------------------------------------------


def network(*sizes: int) -> MLP:
    return MLP(sizes[0], sizes[1:], activation="tanh", seed=3)


def test_a_network_has_a_circle_a_unit_and_a_line_a_weight() -> None:
    model = network(3, 3, 2)
    drawing = draw_network(model, title="A network")
    assert len(list(parsed(drawing).iter(SVG + "ellipse"))) == 8
    assert len(classes(drawing, "edge")) == 15
    shown = texts(drawing)
    assert {"A network", "inputs", "layer 1", "layer 2 (output)", "x₁", "x₃"} <= set(shown)
    assert (shown.count("tanh"), shown.count("b = 0")) == (5, 5)
    model.layers[1].neurons[1].w[2].data = -0.12345
    model.layers[1].neurons[1].b.data = 7.5
    assert {"-0.123", "b = 7.5"} <= set(texts(draw_network(model)))


@pytest.mark.parametrize("sizes", [(3, 3, 2), (3, 4, 4, 1), (6, 6, 6), (1, 1), (12, 1), (1, 12, 3)])
def test_no_text_of_a_network_overlaps_another(sizes: tuple[int, ...]) -> None:
    drawing = draw_network(network(*sizes))
    boxes = []
    for text in parsed(drawing).iter(SVG + "text"):
        size = float(text.get("font-size", "0"))
        half = 0.58 * size * len(text.text or "") / 2
        x, y = float(text.get("x", "0")), float(text.get("y", "0"))
        boxes.append((x - half, x + half, y - 1.1 * size, y + 0.2 * size, text.text))
    assert len(boxes) > 2
    for position, (left, right, top, bottom, text) in enumerate(boxes):
        for other in boxes[:position]:
            apart = right < other[0] or other[1] < left or bottom < other[2] or other[3] < top
            assert apart, f"{text!r} overlaps {other[4]!r}"


def test_signs_differ_in_colour_and_in_dashes() -> None:
    model = network(2, 1)
    w1, w2 = model.layers[0].neurons[0].w
    w1.data, w2.data = 0.5, -1.0
    first, second = [next(each.iter(SVG + "path")) for each in classes(draw_network(model), "edge")]
    assert first.get("stroke") != second.get("stroke")
    assert (first.get("stroke-dasharray"), second.get("stroke-dasharray")) == (None, "5,2")
    assert float(first.get("stroke-width", "1")) < float(second.get("stroke-width", "1"))


@pytest.mark.parametrize("sizes", [(3, 3, 2), (2, 4, 4, 1)])
def test_heat_colours_lines_by_the_gradient_of_their_weights(sizes: tuple[int, ...]) -> None:
    model = network(*sizes)
    with pytest.raises(InputValueError, match=r"no gradient of the network was computed; call backward\(\)"):
        draw_network(model, heat="grad")
    outputs = model([0.5] * sizes[0])
    sum(outputs if isinstance(outputs, list) else [outputs], start=Value(0.0)).backward()
    weights = [weight for layer in model.layers for neuron in layer.neurons for weight in neuron.w]
    weights[0].grad, weights[1].grad, weights[2].grad = 1.0, 1e-3, 0.0
    drawing = draw_network(model, heat="grad")
    strokes = [next(each.iter(SVG + "path")).get("stroke") for each in classes(drawing, "edge")]
    assert len(set(strokes[:2])) == 2
    assert any("|gradient of the weight|" in each for each in texts(drawing))
    assert "0.001" in texts(drawing)


def test_the_same_network_on_tensors_looks_the_same() -> None:
    model = network(2, 4, 4, 1)
    tensors = model.to_tensor()
    one, other = draw_network(model), draw_network(tensors)
    assert texts(one) == texts(other)
    strokes = [
        [(path.get("stroke"), path.get("stroke-width")) for path in parsed(each).iter(SVG + "path")]
        for each in (one, other)
    ]
    assert strokes[0] == strokes[1]
    tensors([0.5, 1.0]).sum().backward()
    assert any("W[3, 1]" in each and "not computed" not in each for each in tooltips(draw_network(tensors)))


def test_weights_of_two_moments_are_drawn_on_one_scale() -> None:
    model = network(2, 1)
    w = model.layers[0].neurons[0].w
    w[0].data, w[1].data = 1.0, 0.1

    def widths(thickest: float | None) -> list[float]:
        drawing = draw_network(model, thickest=thickest)
        return [float(next(each.iter(SVG + "path")).get("stroke-width", "1")) for each in classes(drawing, "edge")]

    before = widths(4.0)
    w[0].data = 2.0
    after = widths(4.0)
    assert before[0] < after[0]
    assert before[1] == after[1]
    assert widths(None)[1] != before[1]
    for wrong, error in ((0.0, InputValueError), (float("nan"), InputValueError), ("2", InputTypeError)):
        with pytest.raises(error, match=r"thickest: .*write for example thickest=2\.0"):
            draw_network(model, thickest=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [(30, 8, 1), (2, 16, 16, 1), (7, 6)])
def test_a_dense_network_says_that_it_leaves_out_numbers(sizes: tuple[int, ...]) -> None:
    drawing = draw_network(network(*sizes), title="Dense")
    shown = texts(drawing)
    assert {"Dense", "(too many weights to write their numbers)"} <= set(shown)
    assert len(classes(drawing, "edge")) == sum(left * right for left, right in pairwise(sizes))
    assert not any(re.fullmatch(r"-?\d\S*", each) for each in shown)
    assert "(too many weights to write their numbers)" not in texts(draw_network(network(6, 6)))


def test_a_wide_layer_says_how_many_it_leaves_out() -> None:
    drawing = draw_network(network(784, 4, 2))
    assert "⋮ 745 more" in texts(drawing)
    assert len(list(parsed(drawing).iter(SVG + "ellipse"))) == 39 + 6
    assert {"x₁", "x₂₀", "x₇₆₆", "x₇₈₄"} <= set(texts(drawing))


@pytest.mark.parametrize("sizes", [(3, 2, 2), (30, 4, 2), (784, 4, 2)])
def test_names_of_inputs_and_outputs_stand_outside_beside_their_circles(sizes: tuple[int, ...]) -> None:
    names = [f"feature {k}" for k in range(1, sizes[0] + 1)]
    drawing = draw_network(network(*sizes), inputs=names, outputs=("cat", "a dog that is larger than most"))
    places = {each.text: (float(each.get("x")), float(each.get("y"))) for each in parsed(drawing).iter(SVG + "text")}
    for name, circle in (("feature 1", "x₁"), (names[-1], f"x{subscript(sizes[0])}")):
        assert places[name][0] < places[circle][0]
        assert places[name][1] == pytest.approx(places[circle][1], abs=2.0)
    assert places["cat"][0] > places["layer 2 (output)"][0]
    assert "a dog that is larger th…" in places
    assert "a dog that is larger than most" in tooltips(drawing)
    assert len([each for each in places if each.startswith("feature")]) == min(sizes[0], 39)


@given(any_text)
def test_no_name_of_an_input_breaks_the_picture(name: str) -> None:
    parsed(draw_network(network(2, 1), inputs=[name, name], outputs=[name]))


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        (["a"], InputValueError, r"inputs: the network has 2 inputs, and 1 names were given"),
        ("ab", InputTypeError, r"inputs: 'ab' does not hold names; write for example inputs=\['age', 'height'\]"),
        (["a", 3], InputTypeError, r"does not hold names"),
        (3, InputTypeError, r"does not hold names"),
    ],
)
def test_names_that_do_not_fit_are_refused(names: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        draw_network(network(2, 1), inputs=names)


def test_weights_that_are_no_ordinary_numbers() -> None:
    model = network(3, 1)
    for weight, number in zip(model.layers[0].neurons[0].w, (float("nan"), float("-inf"), 0.0), strict=True):
        weight.data = number
    assert {"nan", "-inf", "0"} <= set(texts(draw_network(model)))


@given(any_text.filter(lambda name: name not in PRIMITIVES))  # of which the symbol would be shown
def test_no_name_of_an_activation_breaks_the_picture(name: str) -> None:
    neuron = Thing(w=[Value(1.0, name)], b=Value(0.0, name), activation=name)
    drawing = draw_network(Thing(layers=[Thing(neurons=[neuron])]))
    assert_nothing_injected(drawing)
    assert trimmed(shorten(name, 10)) in {*texts(drawing), ""}
    assert f"layer 1, neuron 1: {printable(name)}".replace("\xa0", " ") in tooltips(drawing)


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        None,
        Value(1.0),
        Thing(layers=3),
        Thing(layers=[Thing()]),
        Thing(layers=[Thing(neurons=[Thing(w=[1.0], b=Value(0.0), activation="tanh")])]),
        Thing(layers=[Thing(neurons=[Thing(w=[Value(1.0)], b=None, activation="tanh")])]),
        Thing(layers=[Thing(neurons=[Thing(w=[Value(1.0)], b=Value(0.0), activation=max)])]),
    ],
)
def test_what_is_no_network_is_refused(wrong: Any) -> None:
    with pytest.raises(InputTypeError, match=r"draw_network: .*; give an nn\.MLP"):
        draw_network(wrong)


def test_a_network_that_does_not_fit_together_is_refused() -> None:
    neuron = Thing(w=[Value(1.0)], b=Value(0.0), activation="tanh")
    with pytest.raises(InputValueError, match=r"no layer"):
        draw_network(Thing(layers=[]))
    with pytest.raises(InputValueError, match=r"a layer no neuron"):
        draw_network(Thing(layers=[Thing(neurons=[])]))
    with pytest.raises(InputValueError, match=r"a neuron of layer 2 has 1 weights for 2 inputs"):
        draw_network(Thing(layers=[Thing(neurons=[neuron, neuron]), Thing(neurons=[neuron])]))
    with pytest.raises(InputValueError, match=r"a neuron of layer 1 has 0 weights for 0 inputs"):
        draw_network(Thing(layers=[Thing(neurons=[Thing(w=[], b=Value(0.0), activation="tanh")])]))
    with pytest.raises(InputTypeError, match=r"title: 3 is not a text"):
        draw_network(network(1, 1), title=3)  # type: ignore[arg-type]


def test_no_frame_covers_one_inside_of_it_in_any_row() -> None:
    """A frame is filled with white, so the outer ones are drawn first."""
    drawing = draw(MLP(8, [1], activation="tanh", seed=0)([Value(1.0, f"s{k}") for k in range(1, 9)]))
    frames = []
    for group in classes(drawing, "cluster"):
        x, y, width, height = (float(group.find(f".//{SVG}rect").get(name)) for name in ("x", "y", "width", "height"))
        frames.append((x, y, x + width, y + height))
    assert len(frames) >= 4
    for position, (left, top, right, bottom) in enumerate(frames):
        for x0, y0, x1, y1 in frames[:position]:
            assert not (left < x0 and x1 < right and top < y0 and y1 < bottom)
