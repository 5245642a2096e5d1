"""Explanations: what is told is what was computed, for every line of the table."""

from __future__ import annotations

import html.parser
import math
import re

import pytest
from amounts import FULL
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes
from samples import TABLE, function_of, leaves_at, nodes_of, smooth_points

from autograd_core import (
    InputTypeError,
    InputValueError,
    Primitive,
    Value,
    constant,
    explain,
    power,
    primitive,
    relu,
    sqrt,
    tanh,
    topological_order,
)
from autograd_core.formulas.formula import Apply, Expression, Number, evaluate, variables
from autograd_core.formulas.printing import to_text
from autograd_core.formulas.rules import compute

CONTRIBUTION_SUM = {"rel": 1e-12, "abs": 1e-300}


def value_of(expression: Expression) -> float:
    assert not variables(expression)
    return evaluate(expression, {}, compute)


def test_a_neuron_is_told_in_full() -> None:
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(-3.0, "b")
    L = tanh(w * x + b)
    L.label = "L"
    assert str(explain(L, w)).splitlines() == [
        "How L changes with w: dL/dw ≈ 0.0353254",
        "",
        "The numbers:",
        "  w = 2",
        "  x = 0.5",
        "  b = -3",
        "  z1 = w * x = 2 * 0.5 = 1",
        "  z2 = z1 + b = 1 + (-3) = -2",
        "  L = tanh(z2) = tanh(-2) ≈ -0.964028",
        "",
        "The chain rule, from L back to w. "
        "∂ is the derivative of a node by one of its arguments, d that of L by a node.",
        "1. We start at L, with dL/dL = 1.",
        "   L = tanh(z2), so ∂L/∂z2 = sech(z2)**2 = sech(-2)**2 ≈ 0.0706508.",
        "   It passes dL/dL * ∂L/∂z2 ≈ 1 * 0.0706508 ≈ 0.0706508 on to z2.",
        "2. z2 receives dL/dz2 ≈ 0.0706508 from L.",
        "   z2 = z1 + b, so ∂z2/∂z1 = 1.",
        "   It passes dL/dz2 * ∂z2/∂z1 ≈ 0.0706508 * 1 ≈ 0.0706508 on to z1.",
        "3. z1 receives dL/dz1 ≈ 0.0706508 from z2.",
        "   z1 = w * x, so ∂z1/∂w = x = 0.5.",
        "   It passes dL/dz1 * ∂z1/∂w ≈ 0.0706508 * 0.5 ≈ 0.0353254 on to w.",
        "4. w receives dL/dw ≈ 0.0353254 from z1.",
    ]


@settings(max_examples=100)
@given(recipes(largest=20))
def test_contributions_add_up_to_the_gradient_at_every_node(recipe: Recipe) -> None:
    leaves = [Value(number) for number in LEAVES]
    root = recipe(*leaves)
    root.backward()
    for leaf in leaves:
        explanation = explain(root, leaf, max_steps=1000)
        assert explanation.gradient == leaf.grad
        passed_on: dict[Value, float] = {}
        for step in explanation.steps:
            if step.node is not root:
                assert sum(contribution for _, contribution in step.received) == step.gradient
                assert passed_on[step.node] == step.gradient
            for edge in step.edges:
                passed_on[edge.parent] = passed_on.get(edge.parent, 0.0) + edge.contribution
        assert passed_on.get(leaf, 0.0) == leaf.grad


@settings(max_examples=100)
@given(recipes(largest=20))
def test_numbers_plugged_in_give_what_was_recorded(recipe: Recipe) -> None:
    leaf = Value(LEAVES[0], "leaf")
    root = recipe(leaf, *(Value(number) for number in LEAVES[1:]))
    for step in explain(root, leaf, max_steps=1000).steps:
        if step.numbers is not None:
            assert value_of(step.numbers) == step.node.data
        for edge in step.edges:
            assert value_of(edge.numbers) == pytest.approx(edge.local_derivative, rel=1e-12, abs=1e-14)
            assert step.node.local_derivatives[edge.position] == edge.local_derivative


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_every_primitive_can_be_explained(rule: Primitive) -> None:
    for point in smooth_points(rule)[: 20 if FULL else 5]:
        leaves = leaves_at(point[: nodes_of(rule)])
        root = function_of(rule, point)(*leaves)
        root.backward()
        for position, leaf in enumerate(leaves):
            explanation = explain(root, leaf)
            [edge] = explanation.steps[0].edges
            assert edge.position == position
            assert edge.local_derivative == leaf.grad == explanation.gradient
            assert value_of(edge.numbers) == pytest.approx(leaf.grad, rel=1e-12, abs=1e-14)
            assert edge.kink is None
            assert edge.outside is None
            assert f"dz1/d{leaf.label}" in str(explanation)
            assert_latex_is_sound(explanation.to_latex())


@pytest.mark.usefixtures("scratch_table")
def test_a_primitive_of_ones_own_can_be_explained() -> None:
    primitive("mish_here", "x * tanh(softplus(x))", latex=r"\operatorname{mish}(#1)")
    x = Value(1.0, "x")
    explanation = explain(x.mish_here(), x)
    assert "z1 = mish_here(x) = mish_here(1) ≈ 0.865098" in str(explanation)
    assert "∂z1/∂x = tanh(softplus(x)) + x * (sech(softplus(x))**2 * sigmoid(x))" in str(explanation)
    assert r"z_{1} = \operatorname{mish}(x)" in explanation.to_markdown()
    assert value_of(explanation.steps[0].edges[0].numbers) == pytest.approx(explanation.gradient, rel=1e-12)


def test_a_node_used_several_times_is_named_once_and_its_contributions_are_added() -> None:
    a = Value(3.0, "a")
    square = a * a
    L = square + square.exp()
    text = str(explain(L, a))
    assert text.count("z1 = a * a = 3 * 3 = 9") == 1
    assert "z1 is used 2 times, and what it receives adds up: dz3/dz1 ≈ 1 + 8103.08 ≈ 8104.08, from z3 and z2." in text
    assert "so by argument 1 ∂z1/∂a = a = 3 and by argument 2 ∂z1/∂a = a = 3." in text
    assert "a is used 2 times" in text


def test_a_kink_is_said_to_be_one_with_the_value_that_the_table_uses() -> None:
    x = Value(2.0, "x")
    explanation = explain(relu(x - 2) + abs(x), x)
    assert "There is a kink here, for [z1 == 0] is 1: no derivative; the table uses 0." in str(explanation)
    assert str(explanation).count("kink") == 1
    [edge] = next(step for step in explanation.steps if step.node.op == "relu").edges
    assert edge.kink is not None
    assert to_text(edge.kink) == "z1 == 0"
    assert r"[z_{1} = 0]" in explanation.to_markdown()


def test_a_factor_of_zero_ends_the_path_in_words_too() -> None:
    x = Value(-1.0, "x")
    text = str(explain(sqrt(relu(x)) + x, x))
    assert "It passes dz3/dz1 * ∂z1/∂x = inf * 0 = 0 on to x. A factor that is exactly 0 ends the path." in text
    assert "This is outside of the domain, for [z1 > 0] is 0." in text


def test_a_square_of_a_negative_number_is_not_called_outside_of_the_domain() -> None:
    x = Value(-2.0, "x")
    text = str(explain(x**2, x))
    assert "∂z1/∂x = 2 * x = 2 * (-2) = -4" in text
    assert "domain" not in text


def test_constants_without_label_are_numbers_and_others_have_names() -> None:
    x, rate = Value(2.0, "x"), constant(0.25, "rate")
    text = str(explain(x * rate + x * 0.1, x))
    assert "rate = 0.25, a constant" in text
    assert "z1 = x * rate = 2 * 0.25 = 0.5" in text
    assert "z2 = x * 0.1 = 2 * 0.1 = 0.2" in text


def test_equal_labels_are_told_apart_by_their_scope() -> None:
    from autograd_core import scope

    with scope("layer 1/neuron 1"):
        first = Value(2.0, "w")
    with scope("layer 1/neuron 2"):
        second = Value(3.0, "w")
    text = str(explain(first * second, first))
    assert "∂z1/∂(layer1.neuron1.w) = layer1.neuron2.w = 3" in text


def test_rounded_numbers_stand_behind_a_wavy_sign_and_exact_ones_do_not() -> None:
    x = Value(1 / 3, "x")
    text = str(explain(x + 0.5, x))
    assert "x ≈ 0.333333" in text
    assert "z1 = x + 0.5 ≈ 0.333333 + 0.5 ≈ 0.833333" in text
    assert "dz1/dx = 1" in text


def test_of_a_long_way_both_ends_are_told() -> None:
    x = Value(1.0, "x")
    node = x
    for _ in range(10_000):
        node = node * 1.0001
    explanation = explain(node, x, max_steps=6)
    assert len(explanation.steps) == 6
    assert explanation.omitted == 10_001 - 6
    assert explanation.steps[0].node is node
    assert explanation.steps[-1].node is x
    assert explanation.gradient == pytest.approx(math.e, rel=1e-3)
    lines = str(explanation).splitlines()
    assert "… 9,995 more steps in between …" in lines
    assert lines[-1].startswith("10001. x receives")
    assert re.search(r'<li value="10001">', explanation.to_html())


@given(st.integers(1, 12), st.integers(1, 12))
def test_as_many_steps_are_told_as_asked_for(length: int, max_steps: int) -> None:
    x = Value(1.0)
    node = x
    for _ in range(length - 1):
        node = node + 1
    explanation = explain(node, x, max_steps=max_steps)
    assert len(explanation.steps) == min(length, max_steps)
    assert len(explanation.steps) + explanation.omitted == length
    assert len({step.node for step in explanation.steps}) == len(explanation.steps)


def test_a_leaf_used_a_hundred_times_does_not_flood_the_page() -> None:
    x = Value(2.0, "x")
    explanation = explain(sum((x * each for each in range(100)), Value(0.0)), x, max_steps=4)
    assert explanation.gradient == sum(range(100))
    assert len(explanation.steps[-1].received) == 100
    last = str(explanation).splitlines()[-1]
    assert "x is used 100 times" in last
    assert "+ … = 4950, from" in last
    assert "and 94 more." in last


def test_a_stale_graph_is_not_explained_with_wrong_numbers() -> None:
    w = Value(2.0, "w")
    L = (w * 3).exp()
    w.data = 5.0
    with pytest.raises(InputValueError, match=r"set after node without label \(mul\) was recorded"):
        explain(L, w)


def test_no_way_is_told_as_such() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    explanation = explain(a * 2, b)
    assert explanation.steps == ()
    assert "No path leads from z1 to b, so dz1/db = 0." in str(explanation)
    assert explanation.to_html()


def test_a_node_by_itself_and_by_an_interior_node() -> None:
    a = Value(3.0, "a")
    square = a * a
    assert "We start at a, with da/da = 1." in str(explain(a, a))
    text = str(explain(square.exp(), square))
    assert "z1 = 9, computed before" in text
    assert "2. z1 receives dz2/dz1 ≈ 8103.08 from z2." in text
    assert not a.has_grad
    assert not square.has_grad


def test_wrong_arguments_are_refused() -> None:
    a = Value(1.0)
    with pytest.raises(InputTypeError, match="not a node"):
        explain(a * 2, "a")
    with pytest.raises(InputValueError, match="no gradient flows"):
        explain(a * 2, constant(1.0))
    with pytest.raises(InputValueError, match="max_steps"):
        explain(a * 2, a, max_steps=0)


# --- forms ----------------------------------------------------------------------------------------------------------


def assert_latex_is_sound(latex: str) -> None:
    depth = 0
    for token in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") == latex.count(r"\right")
    assert not re.search(r"[-+] -|\\cdot -|\*|--|nan|inf(?!ty)", latex), latex
    assert not re.search(r"\^\{[^{}]*\}\^|_\{[^{}]*\}_", latex), "double superscript or subscript"


def told() -> object:
    a, p = Value(-3.0, "learning_rate"), Value(0.5, "p")
    L = relu(a + 3) * 1e-9 + power(-a, p) ** -2.0 + (a * -2) / a + Value(math.inf, "huge") * a
    return explain(L, a)


def test_latex_is_sound_and_complete() -> None:
    latex = told().to_latex()
    assert_latex_is_sound(latex)
    rows = latex.splitlines()
    assert rows[0] == r"\begin{aligned}"
    assert rows[-1] == r"\end{aligned}"
    assert all(row.count("&") >= 1 for row in rows[1:-1])
    assert r"\infty" in latex
    assert r"10^{-9}" in latex


def test_markdown_sets_every_formula_between_dollar_signs() -> None:
    markdown = told().to_markdown()
    assert told()._repr_markdown_() == markdown
    for line in markdown.splitlines():
        assert line.count("$") % 2 == 0
        words = re.sub(r"\$[^$]*\$", "", line)
        assert not re.search(r"[\\_{}]", words), words
    for formula in re.findall(r"\$([^$]*)\$", markdown):
        assert_latex_is_sound(formula)


class Balanced(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: object) -> None:
        allowed = {"li": ("ul", "ol"), "ul": ("li",), "ol": ("li",)}.get(tag)
        assert allowed is None or not self.open or self.open[-1] in allowed
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_balanced_and_escaped() -> None:
    page = told().to_html()
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "&amp;" in page or "&lt;" in page or "&gt;" in page
    without_tags = re.sub(r"</?(h4|p|ul|ol|li|span)( [^<>]*)?>", "", page)
    assert "<" not in without_tags
    assert page.count(r"\(") == page.count(r"\)") > 20


def test_the_same_graph_is_told_in_the_same_words() -> None:
    assert str(told()) == str(told())
    assert len(topological_order(told().root)) > 10


def test_negative_numbers_plugged_in_stand_in_parentheses() -> None:
    formula = Apply("sub", (Number(-1.0), Apply("mul", (Number(2.0), Number(-3.0)))))
    assert to_text(formula, 6) == "-1 - 2 * (-3)"
    assert to_text(Apply("pow", (Number(-2.0), Number(-2.0))), 6) == "(-2)**(-2)"
    assert to_text(Apply("neg", (Number(-2.0),)), 6) == "-(-2)"
    assert to_text(Apply("greater", (Number(-2.0), Number(-3.0))), 6) == "[-2 > -3]"
