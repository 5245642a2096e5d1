"""Sums and norms that are drawn as one node: exact, and only where nothing that somebody wants to see goes away."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import InputValueError, Value, exp, log, scope, sqrt, tanh
from nn import MLP
from viz import draw
from viz.graphs.describe import graph_view
from viz.graphs.labels import heading, node_tooltip
from viz.graphs.view import GraphView

steps = st.lists(
    st.tuples(st.sampled_from(["add", "sub", "mul", "neg", "div", "tanh"]), *[st.integers(0, 40)] * 2, st.booleans()),
    min_size=1,
    max_size=30,
)


def graph(steps: list[tuple[str, int, int, bool]]) -> Value:
    nodes = [Value(0.5 + position / 4, f"x{position}") for position in range(4)]
    for count, (op, left, right, labelled) in enumerate(steps):
        a, b = nodes[-1 - left % len(nodes)], nodes[-1 - right % len(nodes)]
        made = {"add": a + b, "sub": a - b, "mul": a * b, "neg": -a, "div": a / 3, "tanh": tanh(a)}[op]
        if labelled:
            made.label = f"seen{count}"
        nodes.append(made)
    return nodes[-1]


@given(steps)
def test_gradients_are_what_the_edges_of_the_picture_pass_on(steps: list[tuple[str, int, int, bool]]) -> None:
    root = graph(steps)
    root.backward()
    every, view = graph_view(root), graph_view(root, fuse="sums")
    shown = {node.id: node for node in view.nodes}
    assert len(view.nodes) <= len(every.nodes)
    assert view.omitted == 0
    labels = [{node.label for node in each.nodes if node.label} for each in (view, every)]
    assert labels[0] == labels[1]
    for node in view.nodes:
        passed = [(shown[edge.child].gradient, edge.local_derivative) for edge in view.edges if edge.parent == node.id]
        if node.constant or not passed:
            continue
        assert node.gradient == pytest.approx(sum(g * d for g, d in passed), rel=1e-9, abs=1e-12)


def named(view: GraphView) -> dict[str | None, tuple[str, ...]]:
    return {node.label: heading(node) for node in view.nodes}


def test_a_neuron_is_a_sum_and_its_activation() -> None:
    w, x = [Value(2.0, "w1"), Value(-1.0, "w2")], [Value(0.5, "x1"), Value(3.0, "x2")]
    z = Value(0.25, "b") + w[0] * x[0] + w[1] * x[1]
    view = graph_view(tanh(z), fuse="sums")
    fused = view.nodes[-2]
    assert heading(fused) == ("z₁", "b + w₁·x₁ + w₂·x₂")
    assert [(edge.parent, edge.local_derivative) for edge in view.edges if edge.child == fused.id] == [
        (view.nodes[[node.label for node in view.nodes].index(label)].id, derivative)
        for label, derivative in [("b", 1.0), ("w1", 0.5), ("x1", 2.0), ("w2", 3.0), ("x2", -1.0)]
    ]
    assert node_tooltip(fused)[-3:] == ["b = 0.25", "w₁·x₁ = 1.0", "w₂·x₂ = -3.0"]
    assert len(view.nodes) == 7


def test_signs_and_formulas() -> None:
    a, b, c = (Value(each, name) for each, name in [(2.0, "a"), (3.0, "b"), (5.0, "c")])
    view = graph_view(a - (b * c - a / b), fuse="sums", derivatives="formulas")
    assert heading(view.nodes[-1])[1] == "a − b·c + a / b"
    assert [(edge.formula, edge.local_derivative) for edge in view.edges] == [
        ("1", 1.0), ("−c", -5.0), ("−b", -3.0), ("1 / b", 1 / 3), ("−a / b / b", pytest.approx(-2 / 9)),
    ]  # fmt: skip


@pytest.mark.parametrize("use", [lambda product: product, tanh], ids=["is a root", "is used elsewhere"])
def test_what_is_used_elsewhere_is_seen(use: Callable[[Value], Value]) -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    product = x * y
    assert "mul" in [node.op for node in graph_view([product + x, use(product)], fuse="sums").nodes]
    assert "mul" not in [node.op for node in graph_view([product + x, use(x)], fuse="sums").nodes]


def test_labels_and_scopes_stay() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    product = x * y
    product.label = "p"
    assert "p" in named(graph_view(product + x + y, fuse="sums"))
    with scope("inside"):
        product = x * y
    assert [node.op for node in graph_view(product + x, fuse="sums").nodes].count("mul") == 1


def softmax(x: list[Value]) -> list[Value]:
    powers = [exp(each) for each in x]
    total = sum(powers)
    return [each / total for each in powers]


def shifted_softmax(x: list[Value]) -> list[Value]:
    return softmax([each - 3.0 for each in x])


def layer_norm(x: list[Value]) -> list[Value]:
    mean = sum(x) / len(x)
    centred = [each - mean for each in x]
    variance = sum(each * each for each in centred) / len(x)
    deviation = sqrt(variance + 1e-5)
    return [each / deviation for each in centred]


def rms_norm(x: list[Value]) -> list[Value]:
    scale = (sum(each * each for each in x) / len(x) + 1e-5) ** -0.5
    return [each * scale for each in x]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (softmax, "softmax"),
        (shifted_softmax, "softmax"),
        (layer_norm, "layer norm"),
        (rms_norm, "RMS norm"),
    ],
)
def test_a_norm_is_one_box(function: Callable[[list[Value]], list[Value]], name: str) -> None:
    x = [Value(each, f"x{position}") for position, each in enumerate([1.0, -2.0, 0.5])]
    results = function(x)
    loss = sum(each * weight for each, weight in zip(results, (1.0, 2.0, 3.0), strict=True))
    loss.backward()
    view = graph_view(loss, fuse="sums")
    (box,) = view.boxes
    assert (box.name, box.inputs, box.outputs) == (name, "3", "3")
    assert [node.op for node in view.nodes if not node.constant] == [*["leaf"] * 3, "add"]


@pytest.mark.parametrize(
    "scale",
    [
        lambda x: sum(each * each for each in x),  # no root
        lambda x: sqrt(sum(each * each for each in x)),  # no mean: the Euclidean norm
        lambda x: sqrt(sum(each for each in x) / 3 + 9.0),  # no squares
    ],
)
def test_what_only_looks_like_a_norm_has_not_its_name(scale: Callable[[list[Value]], Value]) -> None:
    x = [Value(each) for each in (1.0, -2.0, 0.5)]
    by = scale(x)
    assert not graph_view([each / by for each in x], fuse="sums").boxes


def test_the_loss_of_one_class_has_a_softmax_too() -> None:
    loss = -log(softmax([Value(each) for each in (1.0, 2.0, 3.0)])[1])
    assert [box.name for box in graph_view(loss, fuse="sums").boxes] == ["softmax"]


def test_of_a_norm_that_is_used_elsewhere_all_is_drawn() -> None:
    powers = [exp(Value(each)) for each in (1.0, 2.0)]
    total = powers[0] + powers[1]
    assert not graph_view([powers[0] / total, powers[1] / total, log(total)], fuse="sums").boxes


def test_in_a_network_every_neuron_is_two_nodes() -> None:
    loss = MLP(2, [2, 1], activation="tanh", seed=1)([Value(1.0), Value(-2.0)])
    assert sum(not node.leaf and not node.constant for node in graph_view(loss, fuse="sums").nodes) == 6
    assert re.search(r"\+ …|w⁽", draw(loss, fuse="sums").svg)


def test_what_is_not_known_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(InputValueError, match=r"fuse: 'summs' is none of 'sums'"):
        draw(x, fuse="summs")
    with pytest.raises(InputValueError, match=r"fuse= and merge_duplicates= draw several nodes as one; give one"):
        draw(x, fuse="sums", merge_duplicates=True)
