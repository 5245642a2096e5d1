"""Magnification: folded scopes, boxes that are alike, one neuron, the surroundings of a node, the paths between two."""

from __future__ import annotations

import re

import numpy as np
import pytest
from amounts import long
from drawing_checks import classes, node_with, texts, texts_of
from hypothesis import given
from hypothesis import strategies as st

import autograd_core
from autograd_core import Tensor, Value, relu, scope, sin, topological_order
from autograd_core.errors import InputTypeError, InputValueError
from nn import MLP, mean_squared_error
from viz import draw
from viz.graphs.describe import graph_view


def loss(model: MLP, examples: int = 1) -> Value:
    predictions = [model([1.0, 0.5 + position]) for position in range(examples)]
    return mean_squared_error(predictions, [2.0] * examples)


def model() -> MLP:
    return MLP(2, [5, 4, 1], activation="tanh", seed=0)


# --- folding ----------------------------------------------------------------------------------------------------------


def test_at_depth_1_a_layer_is_a_box_with_its_parameters() -> None:
    boxes = graph_view(loss(model()), depth=1).boxes
    assert [(box.name, box.parameters, box.inputs, box.outputs) for box in boxes] == [
        ("layer 1", 15, "2", "5"),
        ("layer 2", 24, "5", "4"),
        ("layer 3", 5, "4", "1"),
    ]
    drawing = draw(loss(model()), depth=1)
    for name, parameters, ports in (("layer 1", "15", "2 → 5"), ("layer 2", "24", "5 → 4"), ("layer 3", "5", "4 → 1")):
        assert {parameters, ports, "×  +  tanh"} <= set(texts_of(node_with(drawing, name)))


def test_the_boxes_of_arrays_show_shapes() -> None:
    X = np.ones((7, 2))
    root = model().to_tensor()(X).sum()
    drawing = draw(root, depth=1)
    assert {"W", "(5, 2)", "b", "(5,)", "(7, 2) → (7, 5)", "(7, 5) → (7, 4)", "15"} <= set(texts(drawing))


def test_no_node_is_lost_or_counted_twice() -> None:
    root = loss(model(), 3)
    for depth in (1, 2, 3):
        view = graph_view(root, depth=depth)
        assert len(view.nodes) + sum(box.nodes for box in view.boxes) == len(topological_order(root))
        assert view.omitted == 0


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 5)), min_size=1, max_size=25))
def test_the_edges_of_boxes_are_those_of_their_nodes(recipe: list[tuple[int, int, int]]) -> None:
    scopes = ["", "a", "a/b", "a/c", "d", "d/b"]
    nodes = [Value(0.5)]
    for left, right, where in recipe:
        with scope(scopes[where]) if where else scope("top"):
            nodes.append(nodes[left % len(nodes)] * nodes[right % len(nodes)])
    root = nodes[-1]
    order = topological_order(root)
    view = graph_view(root, depth=1)

    def outermost(node: Value) -> object:
        return node.scope.split("/")[0] if node.scope else node

    between = sum(outermost(parent) != outermost(node) for node in order for parent in node.parents)
    assert sum(edge.count for edge in view.edges) == between
    assert len({(edge.parent, edge.child) for edge in view.edges}) <= len(view.edges)


def test_equal_neurons_become_one_box() -> None:
    view = graph_view(loss(model()), depth=2)
    assert [(box.name, len(box.members), box.parameters) for box in view.boxes] == [
        ("neuron × 5", 5, 15),
        ("neuron × 4", 4, 24),
        ("neuron 1", 1, 5),
    ]
    assert view.boxes[0].members[2] == "layer 1/neuron 3"


def test_neurons_that_differ_stay_apart() -> None:
    x = Value(1.0, "x")
    parts = []
    for position, function in enumerate([relu, relu, relu, sin], start=1):
        with scope(f"neuron {position}"):
            parts.append(function(x * 2))
    view = graph_view(parts[0] + parts[1] + parts[2] + parts[3], depth=1)
    assert [box.name for box in view.boxes] == ["neuron × 3", "neuron 4"]


def test_equal_layers_one_after_the_other_stay_apart() -> None:
    z = Value(1.0, "x")
    for position in range(4):
        with scope(f"layer {position}"):
            z = z.tanh()
        z = z * 2  # outside of all scopes
    assert [box.name for box in graph_view(z, depth=1).boxes] == [f"layer {position}" for position in range(4)]


def test_one_neuron_is_opened_and_the_rest_is_folded() -> None:
    view = graph_view(loss(model()), focus="layer 1/neuron 2")
    assert [box.name for box in view.boxes] == ["neuron × 4", "layer 2", "layer 3"]
    opened = [node for node in view.nodes if node.scope == ("layer 1", "neuron 2")]
    assert [node.op for node in opened].count("mul") == 2
    assert {node.label for node in opened if node.leaf} == {"w1", "w2", "b"}


def test_a_scope_that_is_not_there_is_refused_with_a_near_one() -> None:
    with pytest.raises(InputValueError, match=r"no scope 'layer 1/neuron 9'.*'layer 1/neuron"):
        draw(loss(model()), focus="layer 1/neuron 9")
    with pytest.raises(InputValueError, match=r"no scope 'a'.*has no scopes; use around="):
        draw(Value(1.0), focus="a")


# --- large graphs -----------------------------------------------------------------------------------------------------


def test_past_max_nodes_scopes_fold_as_little_as_will_do_and_the_picture_says_so() -> None:
    root = loss(model())
    count = len(topological_order(root))
    assert not graph_view(root, max_nodes=count).boxes
    neurons, layers = graph_view(root, max_nodes=count - 1), graph_view(root, max_nodes=12)
    assert {len(box.scope) for box in neurons.boxes} == {1}
    assert {len(box.scope) for box in layers.boxes} == {0}
    for view in (neurons, layers):
        assert re.search(rf"{count} nodes are more than max_nodes=\d+, so scopes are folded", view.notes[0])
        assert view.omitted == 0
    assert layers.notes[0] in texts(draw(root, max_nodes=12))


def test_many_nodes_outside_of_scopes_fold_too() -> None:
    view = graph_view(loss(model(), 40), max_nodes=20)
    names = [box.name for box in view.boxes]
    assert sorted(names) == ["after layer 3", "layer 1", "layer 2", "layer 3", "outside of scopes"]
    assert [name for name in names if "layer" in name] == ["layer 1", "layer 2", "layer 3", "after layer 3"]
    assert not view.nodes
    assert view.omitted == 0


def test_at_a_depth_too_nodes_outside_of_scopes_fold_if_they_are_too_many() -> None:
    few, many = loss(model(), 5), loss(model(), 40)
    assert {box.name for box in graph_view(few, depth=1).boxes} == {"layer 1", "layer 2", "layer 3"}
    folded = graph_view(many, depth=1)
    names = sorted(box.name for box in folded.boxes)
    assert names == ["after layer 3", "layer 1", "layer 2", "layer 3", "outside of scopes"]
    assert folded.omitted == 0


def recurrent(steps: int) -> Value:
    """Nine weights that every step uses, so that without folding their edges run across the whole picture."""
    W = [[Value(0.1 * (i - j), f"w{i}{j}") for j in range(3)] for i in range(3)]
    h = [Value(0.5 - i) for i in range(3)]
    for step in range(1, steps + 1):
        with scope(f"step {step}"):
            h = [sin(sum((w * each for w, each in zip(row, h, strict=True)), start=Value(1.0))) for row in W]
    return sum(h[1:], start=h[0])


def test_a_short_recurrence_keeps_its_weights_and_its_steps_apart() -> None:
    view = graph_view(recurrent(5), depth=1)
    assert [box.name for box in view.boxes] == [f"step {step}" for step in range(1, 6)]
    assert sum(node.leaf for node in view.nodes) == 9 + 3
    assert not view.notes


def test_a_longer_recurrence_folds_its_weights_and_a_very_long_one_its_steps() -> None:
    longer, very_long = (graph_view(recurrent(steps), max_nodes=500) for steps in (60, 400))
    assert len(longer.boxes) == 60 + 2
    assert any("nodes outside of scopes are folded" in note for note in longer.notes)
    assert [box.name for box in very_long.boxes] == ["outside of scopes", "step × 400", "after step 400"]
    assert sum(box.nodes for box in very_long.boxes) == len(topological_order(recurrent(400)))
    assert any("and scopes that follow each other are folded" in note for note in very_long.notes)


def test_the_steps_on_both_sides_of_an_open_one_stay_on_their_sides() -> None:
    view = graph_view(recurrent(200), focus="step 50")
    assert {"step × 49", "step × 150"} <= {box.name for box in view.boxes}


@pytest.mark.slow
def test_a_million_nodes_give_a_folded_picture() -> None:
    network = MLP(2, [16, 16, 1], activation="tanh", seed=1)
    total = network([0.1, 0.2])
    count = long(1_000_000) if autograd_core.compiled else long(400_000)  # plain Python takes longer for each
    for position in range(count * 1555 // 1_000_000):
        total = total + network([0.1, position / 1000.0])
    assert len(topological_order(total)) > count
    drawing = draw(total)
    assert "layer 2" in drawing.svg
    assert len(classes(drawing, "node")) == 5


# --- a part -----------------------------------------------------------------------------------------------------------


def test_around_a_node_stand_its_neighbours_on_both_sides() -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    middle = a * b
    middle.label = "m"
    root = (middle + c).exp().sin()
    near = graph_view(root, around=middle, radius=1)
    assert {node.label or node.op for node in near.nodes} == {"a", "b", "m", "add"}
    assert {node.label or node.op for node in graph_view(root, around=middle, radius=2).nodes} == {
        *("a", "b", "c", "m", "add", "exp"),
    }
    assert [node.label for node in graph_view(root, around=middle, radius=0).nodes] == ["m"]
    assert near.notes == ("4 of 7 nodes: those at most 1 edges from m",)
    assert "omitted" not in draw(root, around=middle, radius=1).dot


def test_a_part_that_is_too_large_is_cut_to_what_is_nearest() -> None:
    hub = Value(2.0, "hub")
    root = sum((hub * float(position) for position in range(200)), start=Value(0.0))
    near = graph_view(root.exp(), around=hub, radius=1, max_nodes=10)
    assert len(near.nodes) == 10
    assert "hub" in {node.label for node in near.nodes}
    inner = root.parents[0]
    between = graph_view(root.exp(), path=(hub, inner), max_nodes=10)
    assert len(between.nodes) == 10
    assert between.nodes[-1].data == inner.data
    assert between.omitted > 0


def test_a_path_shows_what_lies_between_its_ends() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    root = (a * b).exp() + b
    view = graph_view(root, path=(a, root))
    assert [node.op for node in view.nodes] == ["leaf", "mul", "exp", "add"]
    assert len(view.edges) == 3
    assert view.notes[0].startswith("4 of 5 nodes: those on the paths from a to a node without label (+)")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"depth": 0}, InputValueError, "write depth=1"),
        ({"depth": "1"}, InputTypeError, "not an integer; write depth=1"),
        ({"focus": 3}, InputTypeError, "not the name of a scope"),
        ({"around": 3}, InputTypeError, "not a node"),
        ({"around": Value(1.0)}, InputValueError, "is not in the graph"),
        ({"around": Tensor([1.0])}, InputValueError, "is not in the graph"),
        ({"path": 3}, InputTypeError, r"write path=\(leaf, root\)"),
        ({"path": (Value(1.0), Value(2.0))}, InputValueError, "is not in the graph"),
        ({"depth": 1, "focus": "a"}, InputValueError, "give one of them"),
        ({"heat": "red"}, InputValueError, "none of 'grad', 'data', 'local'"),
        ({"heat": "grad"}, InputValueError, r"call backward\(\)"),
        ({"constants": "none"}, InputValueError, "did you mean nodes or inline"),
        ({"derivatives": "all"}, InputValueError, "write derivatives='numbers'"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        draw(Value(1.0, "x").exp(), **options)  # type: ignore[arg-type]


def test_a_radius_and_the_order_of_a_path_are_checked() -> None:
    x = Value(1.0, "x")
    y = x.exp()
    with pytest.raises(InputValueError, match="radius: -1 is negative"):
        draw(y, around=x, radius=-1)
    with pytest.raises(InputTypeError, match=r"radius: 1\.5 is not an integer"):
        draw(y, around=x, radius=1.5)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="the second node is not computed from the first"):
        draw(y, path=(y, x))


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_what_is_computed_twice_is_drawn_once_with_the_gradient_of_a_shared_node() -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    root = (a * b).sin() + (a * b) * 0.5
    root.backward()
    view = graph_view(root, merge_duplicates=True)
    [merged] = [node for node in view.nodes if node.copies > 1]

    shared = a * b
    other = shared.sin() + shared * 0.5
    other.backward()
    assert merged.gradient == shared.grad
    assert len(view.nodes) == len(topological_order(other))
    assert "computed 2 times" in texts(draw(root, merge_duplicates=True))
    assert view.notes == ("1 of 8 nodes compute what another one computes; each is drawn once",)


def test_leaves_with_the_same_number_are_not_the_same() -> None:
    a, b = Value(1.0), Value(1.0)
    assert all(node.copies == 1 for node in graph_view(a.exp() + b.exp(), merge_duplicates=True).nodes)


def test_options_tell_operations_on_arrays_apart() -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]], "t")
    one = graph_view(t.sum(axis=0).sum() + t.sum(axis=1).sum(), merge_duplicates=True)
    other = graph_view(t.sum(axis=0).sum() + t.sum(axis=0).sum(), merge_duplicates=True)
    assert max(node.copies for node in one.nodes) == 1
    assert max(node.copies for node in other.nodes) == 2


def test_long_indices_that_differ_in_the_middle_are_not_the_same() -> None:
    t = Tensor(np.arange(5000.0), "t")
    index = np.arange(4000)
    other = index.copy()
    other[2000] = 4999
    apart = graph_view(t[index].sum() + t[other].sum(), merge_duplicates=True)
    alike = graph_view(t[index].sum() + t[index.copy()].sum() + t[1:3].sum() * t[1:3].sum(), merge_duplicates=True)
    assert max(node.copies for node in apart.nodes) == 1
    assert sum(node.copies == 2 for node in alike.nodes) == 4
