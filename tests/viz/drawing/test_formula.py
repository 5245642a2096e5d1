"""A graph as a formula: what it says is what was computed, however deep the graph is."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import pytest
from amounts import long
from drawing_checks import any_text
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_core import (
    Tensor,
    Value,
    apply,
    check_gradients,
    concatenate,
    constant,
    explain,
    gradient_health,
    relu,
    stack,
    tanh,
    topological_order,
)
from autograd_core.array.tensor import describe
from autograd_core.errors import InputTypeError, InputValueError
from autograd_core.formulas.formula import evaluate
from autograd_core.formulas.printing import GREEK, variable_latex, visible
from autograd_core.inspect.naming import Names
from viz import Formula, draw, formula
from viz.graphs.describe import graph_view

recipes = st.lists(
    st.tuples(st.sampled_from(["add", "mul", "sub", "tanh", "where", "exp"]), st.integers(0, 50), st.integers(0, 50)),
    min_size=1,
    max_size=40,
)


def build(recipe: list[tuple[str, int, int]]) -> Value:
    nodes = [Value(0.5, "a"), Value(-0.25, "b"), constant(2.0)]
    for op, left, right in recipe:
        arguments = [nodes[left % len(nodes)], nodes[right % len(nodes)], nodes[0]]
        count = {"tanh": 1, "exp": 1, "where": 3}.get(op, 2)
        nodes.append(tanh(apply(op, *arguments[:count])))
    return nodes[-1]


@given(recipes)
def test_the_equations_compute_the_root(recipe: list[tuple[str, int, int]]) -> None:
    root = build(recipe)
    known: dict[str, float] = {node.label: node.data for node in topological_order(root) if node.label}
    written = formula(root)
    for name, expression in written.equations:
        assert name not in known
        known[name] = evaluate(expression, known, lambda op, numbers: apply(op, *map(constant, numbers)).data)
    assert known[written.equations[-1][0]] == root.data
    assert str(written).count("\n") == len(written.equations) - 1


def test_shared_parts_are_named_and_written_once() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    shared = a * b
    assert str(formula(shared + tanh(shared))) == "z1 = a * b\nz2 = z1 + tanh(z1)"
    shared.label = "p"
    assert str(formula(shared * 2)) == "p = a * b\nz1 = p * 2"


def test_a_formula_as_latex() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b1")
    single = formula((a - b) / (1 + relu(b)) ** 2)
    assert single.latex == r"z_{1} = \frac{a - b_{1}}{\left(1 + \operatorname{ReLU}(b_{1})\right)^{2}}"
    assert single._repr_latex_() == rf"$\displaystyle {single.latex}$"
    assert single._repr_markdown_() == f"$$\n{single.latex}\n$$"
    shared = a * b
    assert formula(shared + shared).latex.splitlines() == [
        r"\begin{aligned}",
        r"z_{1} &= a \cdot b_{1} \\",
        r"z_{2} &= z_{1} + z_{1}",
        r"\end{aligned}",
    ]


def test_sums_of_products_have_no_brackets() -> None:
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(1.0, "b")
    assert formula(b + w * x).latex == r"z_{1} = b + w \cdot x"
    assert formula(b + -2.0 * x).latex == r"z_{1} = b + \left(-2 \cdot x\right)"


def test_arrays_have_names_and_operations_on_them_upright_ones() -> None:
    W, x = Tensor([[1.0, 2.0]], "W"), Tensor([1.0, 2.0], "x")
    written = formula(tanh(W @ x).sum())
    assert str(written) == "z1 = sum(tanh(matmul(W, x)))"
    assert written.latex == r"z_{1} = \operatorname{sum}(\tanh(\operatorname{matmul}(W, x)))"
    assert str(formula(stack([Value(1.0, "a"), 2.0]).sum())) == "z1 = sum(array(a, 2))"
    assert str(formula(concatenate([W] * 3))) == "z1 = concatenate(W, W, W)"


def test_a_leaf_and_a_constant() -> None:
    assert str(formula(Value(2.5, "w"))) == "w = 2.5"
    assert str(formula(constant(2.0))) == "c1 = 2"
    assert str(formula(Tensor([1.0, 2.0], "t"))) == "t = array"
    assert str(formula(Tensor([1.0, 2.0]))) == "x1 = array"


def test_a_deep_chain_is_written_in_parts_and_cut_in_the_middle() -> None:
    z = Value(1.0, "x")
    for _ in range(long(100_000)):
        z = -z
    written = formula(z, max_equations=5)
    assert len(written.equations) == 5
    assert written.omitted == math.ceil(long(100_000) / 8) - 5
    assert f"… {written.omitted:,} more equations …" in str(written)
    assert r"\vdots" in written.latex
    assert max(map(len, str(written).splitlines())) < 80


@given(any_text)
@example("A^0")
def test_any_label_gives_text_and_latex(label: str) -> None:
    written = formula(Value(2.0, label) * 3)
    assert isinstance(written, Formula)
    latex = re.sub(r"\^(?=\{\w+\})", "", written.latex)  # of a name such as x^2
    assert not set(latex) & set("$&#%~^<>"), "nothing that LaTeX or HTML would read"


def test_what_is_no_node_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"formula: 3 is not a node; give a Value or a Tensor"):
        formula(3)  # type: ignore[arg-type]
    with pytest.raises(InputValueError):
        formula(Value(1.0), max_equations=0)


# --- names that must not look the same --------------------------------------------------------------------------------

ALIKE = [
    ["w1", "w_1"],
    ["x^2", "x_2", "x2", "x²", "x₂"],
    ["w", "w'", "w′", "w''", "w1'"],
    ["alpha", "α", "𝛼"],
    ["mu", "μ", "µ"],
    ["a b", "a_b", "a-b", "a%b", "a#b", "a$b", "a\\b", "a{b", "a}b", "a~b", "a&b"],
    ["x12", "x_12", "x_1_2"],
    ["é", "e\u0301", "e"],
    ["W", "w"],
    ["x1", None, "x_2", " ", "\u200b", "%", "#"],
    ["^", "x^", "^2", "x^^2", "x^a^b", "2x"],
]


def looks(latex: str) -> str:
    """What a reader sees: letters instead of their names, and no difference between the ways to write a character."""
    letters = re.sub(r"\\([a-z]+)\b", lambda match: GREEK.get(match[1], match[0]), latex)
    plain = re.sub(r"\\(?:mathrm|text)|[{}_\\ ]", "", letters.replace("\\_", "!").replace("²", "^2"))
    return unicodedata.normalize("NFKC", plain)


@pytest.mark.parametrize("labels", ALIKE)
def test_different_leaves_never_look_the_same(labels: list[str | None]) -> None:
    nodes = [Value(float(position), label) for position, label in enumerate(labels, 1)]
    root = sum(nodes[1:], start=nodes[0])
    names = Names(topological_order(root))
    shown = [looks(variable_latex(names[node])) for node in nodes]
    assert len(set(shown)) == len(nodes)
    assert len({names[node] for node in nodes}) == len(nodes)
    for node in nodes:
        assert variable_latex(names[node]) in formula(root)._repr_latex_()
        assert names[node] in str(formula(root))
    headings = [each.heading for each in graph_view(root).nodes if each.label]
    assert len(set(headings)) == len([label for label in labels if visible(label)])


def test_a_caret_and_a_prime_stay_what_they_are() -> None:
    z = Value(4.0, "x^2") + Value(1.0, "b'")
    assert str(formula(z)) == "z1 = x^2 + b'"
    assert formula(z)._repr_latex_() == r"$\displaystyle z_{1} = \mathrm{x^{2}} + b'$"


@pytest.mark.parametrize("label", [" ", "\t\n", "\u00a0", "\u200b", "\u2060\ufeff", "\u3164", "\u00ad", ""])
@pytest.mark.parametrize("kind", [Value, lambda number, label: Tensor([number], label)])
def test_a_label_that_shows_nothing_is_none(kind: Any, label: str) -> None:
    leaf, named = kind(2.0, label), kind(2.0, None)
    assert draw(leaf * 3).dot == draw(named * 3).dot
    assert draw(leaf * 3, constants="inline").dot == draw(named * 3, constants="inline").dot
    assert str(formula(leaf * 3)) == str(formula(named * 3)) == "z1 = x1 * 3"
    assert "without label" in describe(leaf)
    if isinstance(leaf, Value):
        assert str(explain(leaf * 3, leaf)) == str(explain(named * 3, named))
        assert str(check_gradients(lambda x: x * 3, leaf)) == str(check_gradients(lambda x: x * 3, named))
        assert str(gradient_health((leaf * 3).relu() + 1)) == str(gradient_health((named * 3).relu() + 1))


@pytest.mark.parametrize("node", [Value(1.0, "v"), Tensor([1.0], "t")])
def test_no_name_is_listed_twice(node: Any) -> None:
    assert len(dir(node)) == len(set(dir(node)))
    assert {"tanh", "backward", "data"} <= set(dir(node))
