"""What stands in a node and on an edge: Tensors, mixed graphs, formulas of local derivatives, constants inline."""

from __future__ import annotations

import numpy as np
import pytest
from drawing_checks import (
    HOSTILE,
    SVG,
    any_text,
    assert_nothing_injected,
    classes,
    fill,
    node_with,
    parsed,
    texts,
    texts_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from random_tensor_graphs import random_function
from tensor_checks import seeds

from autograd_core import PRIMITIVES, Tensor, Value, constant, log, scope, stack, tanh, topological_order, where
from autograd_core.array.operations import CAREFUL
from autograd_core.derivatives.edges import jacobian, local_derivatives
from autograd_core.formulas.formula import Apply, Variable
from autograd_core.formulas.unicode_text import set_as_text
from nn import MLP, Layer, Neuron
from viz import draw, draw_network, formula
from viz.graphs.describe import graph_view
from viz.graphs.labels import edge_text, rows
from viz.graphs.mathtext import formula_text, name_text
from viz.graphs.numbers_text import array_text
from viz.graphs.view import EdgeView, array_view

# --- Tensors ----------------------------------------------------------------------------------------------------------


def test_a_small_tensor_is_shown_in_full() -> None:
    t = Tensor([[1.0, -2.5], [30.0, 0.125]], "t")
    t.sum().backward()
    shown = texts_of(node_with(draw(t), "t"))
    assert {"shape", "(2, 2) float64", "30  0.125", "grad"} <= set(shown)
    assert [each for each in shown if each == "1  1"] == ["1  1", "1  1"]


def test_a_large_tensor_is_shown_as_range_and_distribution() -> None:
    t = Tensor(np.repeat([0.0, 1.0, 2.0], [10, 30, 20]), "t")
    shown = texts_of(node_with(draw(t), "t"))
    assert {"(60,) float64", "0 … 2", "–"} <= set(shown)
    [bars] = [each for each in shown if "▇" in each]
    assert len(bars) <= 12
    assert bars[0] == "▃"
    assert bars[-1] == "▅"


def test_the_type_is_shown() -> None:
    assert "(2,) float32" in texts(draw(Tensor(np.ones(2, np.float32))))


def test_a_tensor_without_axes_looks_like_a_number() -> None:
    root = Tensor([1.0, 2.0], "t").sum()
    root.backward()
    assert rows(graph_view(root).nodes[-1]) == [("data", "3"), ("grad", "1")]


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.zeros((0, 3)), "empty"),
        (np.full(100, 0.5), "all 0.5"),
        (np.full(100, np.nan), "no finite number"),
        (np.array([1.0, np.inf]), "1  inf"),
    ],
)
def test_arrays_of_every_kind_have_a_text(array: np.ndarray, text: str) -> None:
    assert array_text(array_view(array)) == text


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9),
        elements=st.floats(width=32),
    )
)
def test_the_view_of_an_array_is_true(array: np.ndarray) -> None:
    view = array_view(array)
    finite = array[np.isfinite(array)]
    assert view.not_finite == array.size - finite.size
    assert (view.low, view.high) == ((float(finite.min()), float(finite.max())) if finite.size else (None, None))
    assert (view.numbers is None) != (array.size <= 12 and array.ndim <= 2 and (not array.ndim or array.shape[-1] <= 6))
    if view.histogram:
        assert sum(view.histogram) == finite.size
        assert view.histogram[0] > 0 < view.histogram[-1] or view.low == view.high
    assert_nothing_injected(draw(Tensor(array)))


def test_values_and_tensors_are_drawn_in_one_graph() -> None:
    a, b = Value(2.0, "a"), Value(-1.0, "b")
    root = (Tensor([[1.0, 2.0], [3.0, 4.0]], "W") @ stack([a * b, 1.0])).sum()
    root.backward()
    view = graph_view(root)
    assert [node.op for node in view.nodes] == ["leaf", "leaf", "mul", "constant", "leaf", "of_values", "matmul", "sum"]
    assert len(view.edges) == 7
    drawing = draw(root)
    assert {"array", "matmul", "sum", "×"} <= set(texts(drawing))
    assert len(classes(drawing, "node")) == 8
    assert [node.op for node in graph_view([a * b, root]).nodes].count("mul") == 2


def test_a_stale_tensor_and_one_that_is_not_finite_say_so() -> None:
    t = Tensor([1.0, 2.0], "t")
    root = log(t - 1.0)
    assert texts(draw(root)).count("not finite") == 1
    t.data = np.array([3.0, 4.0])
    assert texts(draw(root)).count("stale (leaf changed)") == 2


def test_a_number_or_gradient_that_is_not_finite_is_marked() -> None:
    x = Value(0.0, "x")
    root = log(x)
    root.backward()
    assert [node.finite for node in graph_view(root).nodes] == [False, False]
    assert texts(draw(root)).count("not finite") == 2
    with scope("layer"):
        inside = log(Value(0.0))
    assert "not finite" in texts(draw(inside.exp(), depth=1))


# --- local derivatives ------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=5))
def test_the_local_derivatives_of_tensors_are_those_of_values(numbers: list[float]) -> None:
    t = Tensor(np.array(numbers))
    node = tanh(t) * t
    by_hand = [tanh(Value(number)) * Value(number) for number in numbers]
    for position in (0, 1):
        expected = [value.local_derivatives[position] for value in by_hand]
        assert local_derivatives(node, position) == pytest.approx(np.array(expected))


def test_an_edge_of_a_tensor_shows_the_range_of_its_local_derivatives() -> None:
    t = Tensor([0.5, -3.0, 2.0], "t")
    shown = texts(draw(t * Tensor([1.0, 2.0, 3.0], "u")))
    assert {"∂₁ ∈ 1 … 3", "∂₂ ∈ -3 … 2"} <= set(shown)


def test_an_edge_into_an_operation_on_whole_arrays_shows_the_jacobian_matrix() -> None:
    A, x = Tensor([[1.0, 2.0], [3.0, 4.0]], "A"), Tensor([1.0, -1.0], "x")
    shown = texts(draw((A @ x).sum()))
    assert {"∂₁ =", "∂₂ =", "∂ = [1  1]"} <= set(shown)
    assert shown.count("3  4") == 2  # A itself, and the derivative by x
    large = Tensor(np.arange(100.0), "t")
    assert {"∂ = 1, else 0", "1 × 100 matrix"} <= set(texts(draw(large[3])))
    assert {"∂ = 0.01", "1 × 100 matrix"} <= set(texts(draw(large.mean())))
    product = Tensor(np.ones((300, 2))) @ Tensor([[2.0, 0.0], [3.0, 5.0]], "W")
    assert {"∂₁: 600 × 600 matrix", "∂₂ = 1, else 0", "600 × 4 matrix"} <= set(texts(draw(product)))


@settings(max_examples=60)
@given(seeds)
def test_the_jacobian_of_an_edge_maps_tangents_as_forward_mode_does(seed: int) -> None:
    """Its rows come from the rules of reverse mode; those of forward mode are others."""
    function = random_function(seed)
    root = function.f(*(Tensor(array) for array in function.arrays))
    for node in topological_order(root):
        for position, parent in enumerate(node.parents):
            matrix = jacobian(node, position)
            assert (matrix is None) == (not parent.differentiable)
            if matrix is not None and np.isfinite(matrix).all():
                tangent = np.random.default_rng(seed).normal(size=parent.shape)
                with np.errstate(over="ignore"):  # as around every pass of the engine
                    expected = node._operation.jvps[position](
                        CAREFUL, tangent, node._data, *node._inputs, *node._options
                    )
                found = (matrix @ tangent.ravel()).reshape(node.shape)
                scale = abs(matrix).max(initial=0.0) * abs(tangent).sum()
                np.testing.assert_allclose(found, np.broadcast_to(expected, node.shape), rtol=0, atol=1e-9 * scale)


def test_formulas_on_edges_are_those_of_the_table_in_the_names_of_the_nodes() -> None:
    w, x = Value(2.0, "w1"), Value(0.5, "x")
    root = tanh(w * x) ** 3
    shown = texts(draw(root, derivatives="formulas"))
    assert {"∂₁ = x", "∂₂ = w₁", "∂ = (sech(z₁))²", "∂₁ = 3 · z₂²"} <= set(shown)
    assert "= 0.42" in shown
    assert "∂₁ = 1" in texts(draw(w + x, derivatives="formulas"))


def test_in_a_scope_names_stand_without_it() -> None:
    x = Value(0.5, "x")
    products = []
    for position in (1, 2):
        with scope(f"part {position}"):
            products.append(Value(2.0, "w1") * x)
    shown = texts(draw(products[0] * products[1], derivatives="formulas"))
    assert shown.count("∂₂ = w₁") == 2
    with scope("other"):
        across = graph_view(products[0].parents[0] * products[1].parents[0], derivatives="formulas")
    assert [edge.formula for edge in across.edges] == ["part2.w1", "part1.w1"]


def test_weights_of_a_network_are_called_as_in_a_book() -> None:
    model = MLP(2, [11, 1], activation="tanh", seed=0)
    root = model([1.0, -2.0])
    drawn = draw(root)
    assert {"w⁽¹⁾₁₁", "w⁽¹⁾₉₂", "w⁽¹⁾₁₁,₂", "b⁽¹⁾₁₁", "w⁽²⁾₁,₁₁", "w⁽²⁾₁₉", "b⁽²⁾₁"} <= set(texts(drawn))
    assert not {"w₁", "w₂", "b"} & set(texts(drawn))
    assert model.named_parameters()[0][0] == "layer 1/neuron 1/w1"  # by which it is saved
    assert {"W⁽¹⁾", "b⁽²⁾"} <= set(texts(draw(model.to_tensor()([[1.0, -2.0]]))))
    assert {"w₂₁", "b₂"} <= set(texts(draw(Layer(2, 2, seed=0)([1.0, -2.0])[1])))
    assert {"w₁", "b"} <= set(texts(draw(Neuron(2, seed=0)([1.0, -2.0]))))
    assert "'w⁽²⁾₁,₁₁'" in draw_network(model).dot


def test_mathematics_in_a_label_is_set() -> None:
    labels = {r"$\hat{y}$": "ŷ", "$x_{ij}^2$": "xᵢⱼ²", r"$\mathcal{L}$": "L", r"$\theta^{(t+1)}$": "θ⁽ᵗ⁺¹⁾"}
    for label, text in labels.items():
        root = Value(2.0, label) ** 2
        assert text in texts(draw(root))
        assert label[1:-1] in formula(root).latex
        assert text in str(formula(root))


@pytest.mark.parametrize(
    "label", ["$5", "$", "$$", "$x$ and $y$", r"$\input{file}$", "$x^{2$", "$x_$", r"$\href{a}{b}$"]
)
def test_what_is_no_mathematics_stands_as_it_is(label: str) -> None:
    assert label in texts(draw(Value(2.0, label) ** 2))
    assert label not in formula(Value(2.0, label) ** 2).latex


def test_where_local_derivatives_are_coloured_leaves_keep_their_colour() -> None:
    drawing = draw(Value(2.0, "x").exp(), heat="local")
    assert fill(node_with(drawing, "x")) == "#fff1cc"
    assert "not computed" not in [texts_of(each)[0] for each in classes(drawing, "node")]


def test_a_long_formula_is_cut_visibly() -> None:
    a, b, c = Value(1.0, "a" * 30), Value(2.0, "b" * 30), Value(3.0, "c" * 30)
    text = edge_text(graph_view(where(a > b, a / c, b).clip(a, c), derivatives="formulas").edges[-3], 3)
    assert max(map(len, text.split("\n"))) < 60


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_partial_of_the_table_is_set_without_a_trace_of_latex(name: str) -> None:
    rule = PRIMITIVES[name]
    for each in (rule.formula, *rule.partials, Apply(name, tuple(map(Variable, rule.arguments)))):
        text = formula_text(each)
        assert not set(text) & set("\\#&$"), text
        assert "  " not in text
        assert text.count("(") == text.count(")")
        assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"1 - z^{2}", "1 − z²"),
        (r"\frac{1}{2 \cdot \sqrt{x}}", "1 / (2 · √x)"),
        (r"\frac{-z}{y}", "−z / y"),
        (r"y \cdot x^{y - 1}", "y · x^(y − 1)"),
        (r"e^{-\left|x\right|}", "e^(−|x|)"),
        (r"\sigma(x - y)", "σ(x − y)"),
        (r"[x \leq 0]", "[x ≤ 0]"),
        (r"\begin{cases}{x} & {[x > 0]}\\{y \cdot x} & \text{otherwise}\end{cases}", "{x if x > 0, else y · x}"),
        (r"\operatorname{leaky\_relu}(w_{12}, x)", "leaky_relu(w₁₂, x)"),
        (r"\mathrm{rate}_{3}", "rate₃"),
    ],
)
def test_latex_becomes_a_line_of_text(latex: str, text: str) -> None:
    assert set_as_text(latex) == text


@given(st.text(st.characters(), max_size=80))
def test_no_latex_of_a_user_breaks_the_text(latex: str) -> None:
    assert isinstance(set_as_text(latex), str)
    assert isinstance(name_text(latex), str)


# --- names and constants ----------------------------------------------------------------------------------------------


def test_nodes_without_label_have_names_and_labels_are_set_as_in_formulas() -> None:
    shown = texts(draw(Value(1.0, "w12") * Value(2.0) + Value(1.0, "beta")))
    assert {"w₁₂", "x₁", "β", "z₁", "z₂"} <= set(shown)


def test_constants_stand_in_formulas_or_as_nodes() -> None:
    x = Value(3.0, "x")
    root = (2.0 * x**2 - 1.0) / constant(4.0, "four")
    assert len(graph_view(root).nodes) == 9
    view = graph_view(root, constants="inline")
    assert [node.symbol for node in view.nodes if node.symbol] == ["x²", "2 · z₁", "z₂ − 1", "÷"]
    assert [node.label for node in view.nodes if node.constant] == ["four"]
    assert {"x²", "2 · z₁", "z₂ − 1"} <= set(texts(draw(root, constants="inline")))


def test_a_root_that_is_a_constant_is_drawn_all_the_same() -> None:
    assert len(graph_view(constant(2.0), constants="inline").nodes) == 1


# --- colours ----------------------------------------------------------------------------------------------------------


def test_a_vanishing_gradient_pales_and_the_legend_says_how_much() -> None:
    z = x = Value(2.5, "x")
    for _ in range(4):
        z = tanh(z * 2.0)
    z.backward()
    drawing = draw(z, heat="grad", constants="inline")
    assert "|grad|" in texts(drawing)

    def lightness(node: str) -> int:
        colour = (fill(node_with(drawing, node)) or "").lstrip("#")
        return sum(int(colour[at : at + 2], 16) for at in (0, 2, 4))

    assert abs(x.grad) < 1e-3 < z.grad
    assert lightness("x") > lightness("z₄") > lightness("z₈")


def test_the_larger_what_an_edge_passes_on_the_wider_it_is() -> None:
    z = x = Value(2.5, "x")
    for _ in range(3):
        z = tanh(z * 2.0)
    z.backward()
    weights = [edge.weight for edge in graph_view(z, heat="grad", constants="inline").edges]
    assert weights[-1] == z.local_derivatives[0]
    assert weights[0] == pytest.approx(abs(x.grad))
    drawing = draw(z, heat="grad", constants="inline")
    lines = [path for each in classes(drawing, "edge") for path in each.iter() if path.get("d")]
    widths = [float(path.get("stroke-width", "1")) for path in lines]
    by_weight = [width for _, width in sorted(zip(weights, widths, strict=True))]
    assert by_weight == sorted(by_weight)
    assert by_weight[0] < by_weight[-1]
    assert "wider edges: larger |upstream gradient × local derivative|" in texts(drawing)


def test_a_gradient_of_zero_beside_an_infinite_derivative_passes_nothing_on() -> None:
    x = Value(0.0, "x")
    root = log(x) * 0.0
    root.backward()
    assert [edge.weight for edge in graph_view(root, heat="grad").edges] == [0.0, 0.0, None]
    assert "penwidth=nan" not in draw(root, heat="grad").dot


def test_nodes_drawn_as_one_have_the_colour_of_the_sum_of_their_gradients() -> None:
    a = Value(3.0, "a")
    root = (a * 2.0) * 100.0 + (a * 2.0) * 900.0
    root.backward()
    view = graph_view(root, heat="grad", merge_duplicates=True)
    [merged] = [node for node in view.nodes if node.copies == 2 and node.op == "mul"]
    assert merged.heat == merged.gradient == 1000.0
    [edge] = [edge for edge in view.edges if edge.child == merged.id and edge.differentiable]
    assert edge.weight == 2000.0


def test_text_on_dark_colours_is_white() -> None:
    root = Value(1000.0, "x") * 0.001
    drawing = draw(root, heat="data")
    colours = {text.get("fill") for text in node_with(drawing, "x").iter() if text.tag == SVG + "text"}
    assert colours == {"white"}


@pytest.mark.parametrize("number", [0.0, float("nan"), float("inf"), 5e-324, 1.7e308])
@pytest.mark.parametrize("heat", ["data", "local", "grad"])
def test_every_number_has_a_colour(number: float, heat: str) -> None:
    x = Value(number, "x")
    root = x * x
    root.backward()
    assert_nothing_injected(draw(root, heat=heat))
    assert_nothing_injected(draw((Tensor([number, 1.0]) * Tensor([1.0, number])), heat="data"))


def test_what_has_no_gradient_is_grey_and_the_legend_says_so() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    x.exp().backward()
    drawing = draw(x * y, heat="grad")
    assert any(texts_of(each) == ["not computed"] for each in classes(drawing, "node"))
    assert fill(node_with(drawing, "y")) == "#d1d5db"


# --- any text ---------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(any_text, any_text)
def test_no_label_or_scope_breaks_any_kind_of_picture(label: str, name: str) -> None:
    name = name.replace("/", " ")[:200].strip() or "blank"  # a scope's name is more than blanks
    with scope(name):
        x, t = Value(2.0, label), Tensor([1.0, 2.0], label)
        root = (t * stack([x * x, 2.0])).sum()
    root.backward()
    for options in (
        {"derivatives": "formulas", "constants": "inline", "title": label},
        {"depth": 1},
        {"focus": name},
        {"around": x},
        {"path": (x, root)},
        {"heat": "grad"},
        {"merge_duplicates": True},
        {"max_nodes": 3},
    ):
        assert_nothing_injected(draw(root, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_stands_where_it_belongs(label: str) -> None:
    x = Value(2.0, label)
    drawing = draw(tanh(x * x), derivatives="formulas")
    assert_nothing_injected(drawing)
    assert len(classes(drawing, "node")) == 3
    assert all(len(text) < 160 for text in texts(drawing))
    assert parsed(drawing).tag.endswith("svg")


def test_an_edge_between_boxes_says_how_many_it_stands_for() -> None:
    assert edge_text(EdgeView("b0", "b1", 0, None, count=1234), 1) == "× 1,234"
