"""Two graphs drawn as one: nothing that differs is unmarked, and nothing else is marked."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
from drawing_checks import SVG, any_text, assert_nothing_injected, classes, node_with, texts, texts_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd_core import Tensor, Value, diff, exp, relu, stack, tanh, topological_order
from autograd_core.errors import InputTypeError, InputValueError
from viz import compare


def model(activation: Callable[[Value], Value], offset: float = 1.0, label: str = "x") -> Value:
    w, x = Value(2.0, "w"), Value(0.5, label)
    root = activation(w * x + offset) * 3
    root.backward()
    return root


def marked(drawing: object, sign: str) -> int:
    return sum(each[0].startswith(sign) for each in map(texts_of, classes(drawing, "node")))  # type: ignore[arg-type]


def test_equal_graphs_have_no_mark() -> None:
    drawing = compare(model(tanh), model(tanh))
    assert not [text for text in texts(drawing) if "→" in text or text.startswith(("+ ", "− ", "~ "))]
    assert "no difference in 8 nodes" in texts(drawing)
    assert repr(drawing) == "<Drawing: no difference in 8 nodes>"


def test_another_operation_and_other_numbers_are_marked() -> None:
    drawing = compare(model(tanh), model(relu))
    assert texts_of(node_with(drawing, "tanh → ReLU"))[0] == "~ z₃"
    assert {"0.964 → 2", "2.892 → 6", "∂ = 0.07065 → 1"} <= set(texts(drawing))
    assert marked(drawing, "~ ") == 1
    assert marked(drawing, "+ ") == marked(drawing, "− ") == 0


def test_a_node_of_one_graph_only_is_marked_with_its_edges() -> None:
    plain, longer = model(tanh), exp(model(tanh))
    added, removed = compare(plain, longer), compare(longer, plain)
    assert "+ z₅" in texts_of(node_with(added, "exp"))
    assert "− z₅" in texts_of(node_with(removed, "exp"))
    for drawing, colour in ((added, "#0072b2"), (removed, "#d55e00")):
        shape = next(each for each in node_with(drawing, "exp").iter() if each.get("stroke"))
        assert shape.get("stroke") == colour
    assert sum('color="#d55e00"' in line and "->" in line for line in removed.dot.splitlines()) == 1


def test_a_changed_constant_and_a_changed_label() -> None:
    assert {"~ constant", "1 → 2"} <= set(texts(compare(model(tanh, 1.0), model(tanh, 2.0))))
    assert {"~ y", "x → y"} <= set(texts(compare(model(tanh, 1.0, "x"), model(tanh, 1.0, "y"))))


def test_one_graph_at_two_moments() -> None:
    w = Value(1.0, "w")

    def loss() -> Value:
        root = (w * 3.0 - 1.0) ** 2
        root.backward()
        return root

    before = copy.deepcopy(loss())
    w.zero_grad()
    w.data = 0.5
    drawing = compare(before, loss())
    assert {"1 → 0.5", "12 → 3", "4 → 0.25", "∂₁ = 4 → 1"} <= set(texts(drawing))
    assert marked(drawing, "~ ") == 0


def test_a_difference_in_digits_that_are_not_shown_is_shown_in_full() -> None:
    assert "1.0 → 1.0000000000000002" in texts(compare(Value(1.0, "a"), Value(1.0000000000000002, "a")))


recipes = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from("+*")), min_size=1, max_size=8)


def build(recipe: list[tuple[int, int, str]]) -> Value:
    nodes = [Value(0.5, "a"), Value(2.0, "b")]
    for left, right, op in recipe:
        one, other = nodes[left % len(nodes)], nodes[right % len(nodes)]
        nodes.append(one + other if op == "+" else one * other)
    return nodes[-1]


CHAIN = [(0, 0, "+"), (0, 2, "+"), (0, 3, "+"), (0, 4, "+"), (0, 5, "+"), (0, 6, "+"), (0, 7, "+")]


@settings(max_examples=60)
@given(recipes, recipes)
@example([(0, 0, "+")], CHAIN)  # a is drawn from stubs
def test_every_node_is_drawn_once_and_marked_as_diff_says(
    one: list[tuple[int, int, str]], other: list[tuple[int, int, str]]
) -> None:
    a, b = build(one), build(other)
    found, drawing = diff(a, b), compare(a, b)
    drawn = [each.findtext(SVG + "title", "") for each in classes(drawing, "node")]
    assert sum("_at_" not in name for name in drawn) == len(topological_order(b)) + len(found.removed)
    assert marked(drawing, "+ ") == len(found.added)
    assert marked(drawing, "− ") == len(found.removed)
    assert marked(drawing, "~ ") == len({change.name for change in found.changed})


def tensor_loss(W: Tensor, b: Tensor, *, axis: int = 0, activation: Callable[[Tensor], Tensor] = tanh) -> Tensor:
    X = np.linspace(-1.0, 1.0, 12).reshape(4, 3)
    hidden = activation(X @ W.T + b)
    loss = (hidden.sum(axis=axis) ** 2).mean()
    loss.backward()
    return loss


def parameters() -> tuple[Tensor, Tensor]:
    generator = np.random.default_rng(1)
    return Tensor(generator.normal(size=(8, 3)), "W"), Tensor(generator.normal(size=8), "b")


def test_tensors_at_two_moments() -> None:
    W, b = parameters()
    before = copy.deepcopy(tensor_loss(W, b))
    W.data = W.data + np.eye(8, 3)
    W.zero_grad()
    b.zero_grad()
    after = tensor_loss(W, b)
    drawing = compare(before, after)
    shown = texts(drawing)
    assert "3 of 24 differ, most" in shown
    largest = np.unravel_index(np.argmax(np.eye(8, 3)), (8, 3))
    assert any(text.startswith(f"[{largest[0]}, {largest[1]}]: ") for text in shown)
    assert any(text.startswith("∂ ∈ ") and "→" in text for text in shown)
    assert marked(drawing, "~ ") == marked(drawing, "+ ") == marked(drawing, "− ") == 0
    assert "no difference" in repr(compare(after, copy.deepcopy(after)))


def test_a_jacobian_matrix_that_changed_is_shown_as_it_was_and_is() -> None:
    def product(number: float, inputs: int) -> Tensor:
        return Tensor(np.full((1, inputs), 2.0), "x") @ Tensor(np.full((inputs, 1), number), "w")

    assert "∂₁ = [1  1] → [3  3]" in texts(compare(product(1.0, 2), product(3.0, 2)))
    assert "∂₁ = 1 → 3" in texts(compare(product(1.0, 50), product(3.0, 50)))
    mixed = Tensor(np.full((1, 50), 2.0), "x") @ Tensor(np.linspace(1.0, 2.0, 50).reshape(50, 1), "w")
    assert "∂₁ ∈ 1 → 1 … 2" in texts(compare(product(1.0, 50), mixed))
    rows = set(texts(compare(identity(1.0), identity(5.0))))
    assert {"∂₂ =", "1  0", "→", "5  0"} <= rows


def identity(number: float) -> Tensor:
    return Tensor(np.eye(2) * number, "A") @ Tensor([1.0, 2.0], "v")


def test_an_axis_and_an_operation_of_tensors_are_marked() -> None:
    one, other = tensor_loss(*parameters()), tensor_loss(*parameters(), axis=1, activation=relu)
    shown = set(texts(compare(one, other)))
    assert {"0, False → 1, False", "tanh → ReLU", "shape (8,)", "shape (4,)"} & shown
    found = diff(one, other)
    assert {(each.what, each.before, each.after) for each in found.changed} == {
        ("options", "0, False", "1, False"),
        ("op", "tanh", "relu"),
    }


def test_values_and_tensors_in_one_graph_are_compared() -> None:
    def graph(number: float) -> Tensor:
        v = Value(number, "v")
        root = (stack([v * 2.0, v]) * Tensor([1.0, 2.0], "t")).sum()
        root.backward()
        return root

    assert not diff(graph(3.0), graph(3.0))
    found = diff(graph(3.0), graph(4.0))
    assert not found.structural
    assert "v: 3 → 4 (25 %)" in str(found)
    assert {"3 → 4", "6  3 → 8  4"} <= set(texts(compare(graph(3.0), graph(4.0))))


def test_of_large_graphs_what_differs_is_drawn() -> None:
    def chain(last: Callable[[Value], Value]) -> Value:
        z = Value(1.0, "x")
        for _ in range(300):
            z = -z
        return last(z)

    drawing = compare(chain(tanh), chain(exp), max_nodes=20)
    assert len(classes(drawing, "node")) == 20
    assert "tanh → exp" in texts(drawing)
    assert "20 of 302 nodes are drawn; those that differ come first" in texts(drawing)


@settings(max_examples=30)
@given(any_text, any_text)
def test_no_label_breaks_a_comparison(one: str, other: str) -> None:
    assert_nothing_injected(compare(Value(2.0, one).exp(), Value(2.0, other).sin(), title=one))


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"compare: .* is not a node; write compare\(a, b\)"):
        compare(Value(1.0), 2.0)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="max_nodes"):
        compare(Value(1.0), Value(1.0), max_nodes=0)
