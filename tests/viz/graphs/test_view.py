"""What a picture shows: the view of a graph, and the texts for its nodes and edges."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_core import PRIMITIVES, Value, constant, scope, topological_order, where
from autograd_core.errors import InputTypeError, InputValueError
from viz.graphs.describe import graph_view
from viz.graphs.labels import edge_text, printable, shorten
from viz.graphs.numbers_text import number_text
from viz.graphs.view import EdgeView, NodeView


def only(nodes: Iterable[NodeView], **attributes: object) -> NodeView:
    [found] = [node for node in nodes if all(getattr(node, name) == value for name, value in attributes.items())]
    return found


# --- nodes ------------------------------------------------------------------------------------------------------------


def test_ids_follow_the_topological_order() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    z = (a * b + a).tanh()
    view = graph_view(z)
    assert [node.id for node in view.nodes] == ["n0", "n1", "n2", "n3", "n4"]
    assert [node.op for node in view.nodes] == [node.op for node in topological_order(z)]
    assert all(int(edge.parent[1:]) < int(edge.child[1:]) for edge in view.edges)


def test_a_node_is_described_in_full() -> None:
    w = Value(2.0, "w")
    with scope("layer 1/neuron 2"):
        z = w * 3
    z.label = "z"
    z.backward()
    leaf, number, product = graph_view(z).nodes
    assert leaf == NodeView("n0", "w", "w", "leaf", None, 2.0, 3.0, leaf=True, heading="w")
    assert (number.op, number.constant, number.leaf, number.gradient) == ("constant", True, False, None)
    assert product == NodeView(
        "n2", "z", "z", "mul", "×", 6.0, 1.0, scope=("layer 1", "neuron 2"), arity=2, heading="z"
    )


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_symbol_is_that_of_the_table(name: str) -> None:
    rule = PRIMITIVES[name]
    arguments = [Value(0.5) for _ in range(rule.arity - (rule.parameter is not None))]
    root = graph_view(getattr(arguments[0], name)(*arguments[1:])).nodes[-1]
    assert (root.op, root.symbol) == (name, rule.symbol)


def test_a_gradient_that_was_not_computed_is_not_zero() -> None:
    x = Value(0.0)
    y = x * x
    assert [node.gradient for node in graph_view(y).nodes] == [None, None]
    y.backward()
    assert [node.gradient for node in graph_view(y).nodes] == [0.0, 1.0]
    x.zero_grad()
    assert [node.gradient for node in graph_view(y).nodes] == [None, 1.0]


def test_nodes_downstream_of_a_changed_leaf_are_stale() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    z = a * a + b.tanh()
    assert not any(node.stale for node in graph_view(z).nodes)
    a.data = 5.0
    assert {node.op for node in graph_view(z).nodes if node.stale} == {"mul", "add"}
    a.data = 2.0
    assert not any(node.stale for node in graph_view(z).nodes)


def test_a_changed_leaf_that_is_left_out_makes_stale_too() -> None:
    a = Value(2.0)
    z = a.exp().tanh().sin()
    a.data = 0.5
    assert [node.stale for node in graph_view(z, max_nodes=1).nodes] == [True]


def test_a_view_cannot_be_changed() -> None:
    view = graph_view(Value(1.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.nodes = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.nodes[0].data = 2.0  # type: ignore[misc]


# --- edges ------------------------------------------------------------------------------------------------------------


def test_a_times_a_has_two_edges() -> None:
    a = Value(3.0)
    assert graph_view(a * a).edges == (EdgeView("n0", "n1", 0, 3.0), EdgeView("n0", "n1", 1, 3.0))


def test_edges_keep_the_order_of_arguments() -> None:
    a, b = Value(2.0), Value(3.0)
    assert graph_view(a - b).edges == (EdgeView("n0", "n2", 0, 1.0), EdgeView("n1", "n2", 1, -1.0))
    assert [edge.position for edge in graph_view(where(a, b, b)).edges] == [0, 1, 2]


def test_beside_a_constant_stands_no_derivative() -> None:
    assert [edge.local_derivative for edge in graph_view(Value(2.0) * constant(3.0)).edges] == [3.0, None]


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_scopes_are_nested_clusters() -> None:
    x = Value(1.0, "x")
    with scope("net"):
        with scope("layer 1"):
            y = x.tanh()
        z = y.exp()
    with scope("other/layer 1"):
        root = z.sin()
    view = graph_view(root)
    clusters = {cluster.id: cluster for cluster in view.clusters}
    described = [
        (each.name, clusters[each.outer].name if each.outer else None, [only(view.nodes, id=i).op for i in each.nodes])
        for each in view.clusters
    ]
    assert described == [
        ("net", None, ["exp"]),
        ("layer 1", "net", ["tanh"]),
        ("other", None, []),
        ("layer 1", "other", ["sin"]),
    ]


def test_an_outer_cluster_comes_before_those_inside_it() -> None:
    with scope("a/b/c"):
        x = Value(1.0)
    with scope("a"):
        y = x * 2
    seen: set[str | None] = {None}
    for cluster in graph_view(y).clusters:
        assert cluster.outer in seen
        seen.add(cluster.id)


def test_scopes_of_absurd_depth_are_joined() -> None:
    with scope("/".join(["s"] * 10_000)):
        x = Value(1.0)
    view = graph_view(x)
    assert len(view.clusters) < 20
    assert "/".join(cluster.name for cluster in view.clusters) == x.scope
    assert len(view.nodes[0].scope) == 10_000


# --- large graphs -----------------------------------------------------------------------------------------------------


def distances(root: Value) -> dict[Value, int]:
    """Edges on the shortest way from the root, by relaxing in reverse topological order."""
    order = topological_order(root)
    found = {root: 0}
    for node in reversed(order):
        for parent in node.parents:
            found[parent] = min(found.get(parent, len(order)), found[node] + 1)
    return found


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=25), st.integers(1, 30))
@example([(0, 0)], 1)
def test_the_nodes_nearest_to_the_root_are_kept(recipe: list[tuple[int, int]], limit: int) -> None:
    nodes = [Value(0.5)]
    for left, right in recipe:
        nodes.append(nodes[left % len(nodes)] * nodes[right % len(nodes)])
    root = nodes[-1]
    order, far = topological_order(root), distances(root)
    for position, node in enumerate(order):
        node.label = str(position)
    view = graph_view(root, max_nodes=limit)
    kept = {order[int(node.label or "")] for node in view.nodes}
    assert len(kept) == min(limit, len(order)) == len(view.nodes)
    assert view.omitted == len(order) - len(kept)
    assert max(far[node] for node in kept) <= min((far[node] for node in order if node not in kept), default=99)
    incomplete = {only(view.nodes, id=each).label for each in view.incomplete}
    assert incomplete == {node.label for node in kept if any(parent not in kept for parent in node.parents)}
    assert len(view.edges) == sum(parent in kept for node in kept for parent in node.parents)


@pytest.mark.slow
def test_a_chain_of_a_million_nodes() -> None:
    z = Value(1.0)
    for _ in range(999_999):
        z = -z
    view = graph_view(z, max_nodes=500)
    assert (len(view.nodes), len(view.edges), view.omitted) == (500, 499, 999_500)
    assert view.incomplete == ("n0",)


# --- what may be given ------------------------------------------------------------------------------------------------


def test_several_roots() -> None:
    a = Value(2.0)
    y, z = a.exp(), a.sin()
    for roots in ([y, z], (each for each in (y, z)), (y, z, y)):
        assert [node.op for node in graph_view(roots).nodes] == ["leaf", "exp", "sin"]
    assert [node.op for node in graph_view([y, z], max_nodes=2).nodes] == ["exp", "sin"]


@pytest.mark.parametrize("wrong", [3.0, None, "z", [Value(1.0), 2.0], [[Value(1.0)]], {1: 2}, Value])
def test_what_is_no_value_is_refused(wrong: object) -> None:
    with pytest.raises(InputTypeError, match=r"draw: .* is not a Value or a Tensor; give .* as in draw\("):
        graph_view(wrong)  # type: ignore[arg-type]


def test_no_root_is_refused() -> None:
    with pytest.raises(InputValueError, match=r"no root in an empty list; give at least one node"):
        graph_view([])


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_limit_below_one_is_refused(wrong: int) -> None:
    with pytest.raises(InputValueError, match=r"max_nodes: .* write for example max_nodes=500"):
        graph_view(Value(1.0), max_nodes=wrong)


@pytest.mark.parametrize("wrong", [2.5, "500", None])
def test_a_limit_that_is_no_integer_is_refused(wrong: object) -> None:
    with pytest.raises(InputTypeError, match=r"max_nodes: .* is not an integer"):
        graph_view(Value(1.0), max_nodes=wrong)  # type: ignore[arg-type]


def test_a_title_is_a_text() -> None:
    with pytest.raises(InputTypeError, match=r"title: 3 is not a text; write title='3'"):
        graph_view(Value(1.0), title=3)  # type: ignore[arg-type]


# --- texts ------------------------------------------------------------------------------------------------------------


@given(st.floats(-1e308, 1e308))
@example(999999.5)
@example(9999.9999)
@example(5e-324)
def test_a_number_is_shown_to_four_digits(number: float) -> None:
    shown = float(number_text(number))
    assert shown == number or abs(shown - number) <= 0.5001e-3 * abs(number)
    assert math.copysign(1.0, shown) == math.copysign(1.0, number)
    assert len(number_text(number)) <= 11


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *[(1.0, "1"), (-2.5, "-2.5"), (1 / 3, "0.3333"), (1000.0, "1000"), (123456.0, "123456"), (0.0001, "0.0001")],
        *[(9.99996, "10"), (1e6, "1e6"), (-1.5e-9, "-1.5e-9"), (0.0, "0"), (-0.0, "-0")],
        *[(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")],
    ],
)
def test_numbers_read_well(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("position", "arity", "derivative", "text"),
    [(0, 1, 3.0, "∂ = 3"), (0, 2, -0.5, "∂₁ = -0.5"), (2, 3, 0.0, "∂₃ = 0"), (0, 2, None, "")],
)
def test_an_edge_says_by_which_argument(position: int, arity: int, derivative: float | None, text: str) -> None:
    assert edge_text(EdgeView("n0", "n1", position, derivative), arity) == text


def test_a_long_text_is_cut_visibly() -> None:
    assert shorten("x" * 28) == "x" * 28
    assert shorten("x" * 10_000) == "x" * 27 + "…"


@given(st.text(st.characters()))
def test_printable_text_can_stand_in_xml(text: str) -> None:
    shown = printable(text)
    assert all(0x20 <= ord(each) < 0xD800 or 0xE000 <= ord(each) < 0xFFFE or ord(each) > 0xFFFF for each in shown)
    assert printable(shown) == shown


def test_letters_of_all_scripts_stay_as_they_are() -> None:
    text = "größe θ₁ 重み משקל وزن 👩‍🔬"
    assert printable(text) == text
    assert printable("a\u202eb\ud800\0\x7f\x85\u2028") == r"a\u202eb\ud800\x00\x7f\x85\u2028"
