"""The formula language: what it reads, what it refuses, and that it prints what can be read back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import FormulaError, Value, apply
from autograd_core.formulas.formula import (
    Apply,
    Expression,
    Number,
    Variable,
    evaluate,
    simplify,
    substitute,
    variables,
)
from autograd_core.formulas.printing import to_text, variable_latex
from autograd_core.formulas.rules import PRIMITIVES, compute, derivative, latex, parse_formula

NAMES = ("x", "y", "w1")


def expressions() -> st.SearchStrategy[Expression]:
    leaf = st.one_of(
        st.sampled_from(NAMES).map(Variable),
        st.sampled_from((0.0, 1.0, 2.0, -1.0, -2.5, 0.1, 1e-7, 3e20)).map(Number),
    )
    functions = [name for name, rule in PRIMITIVES.items() if rule.parameter is None]

    def apply_to(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        def with_arguments(name: str) -> st.SearchStrategy[Expression]:
            arity = PRIMITIVES[name].arity
            return st.tuples(*[children] * arity).map(lambda arguments: Apply(name, arguments))

        return st.sampled_from(functions).flatmap(with_arguments)

    return st.recursive(leaf, apply_to, max_leaves=12)


def value_at(expression: Expression, numbers: dict[str, float]) -> float:
    return evaluate(expression, numbers, compute)


@settings(max_examples=300)
@given(expressions())
def test_what_is_printed_can_be_read_back(expression: Expression) -> None:
    text = to_text(expression)
    again = parse_formula(text)
    assert to_text(again) == text
    numbers = {"x": 0.7, "y": -1.3, "w1": 2.0}
    assert repr(value_at(again, numbers)) == repr(value_at(expression, numbers))


@settings(max_examples=300)
@given(expressions())
def test_simplifying_changes_no_finite_result(expression: Expression) -> None:
    numbers = {"x": 0.7, "y": -1.3, "w1": 2.0}

    def all_finite(each: Expression) -> bool:
        parts = each.arguments if isinstance(each, Apply) else ()
        return math.isfinite(value_at(each, numbers)) and all(map(all_finite, parts))

    if all_finite(expression):
        assert value_at(simplify(expression, compute), numbers) == pytest.approx(
            value_at(expression, numbers), rel=1e-12, abs=1e-300
        )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("-(x**2)", "-x**2"),
        ("(-x)**2", "(-x)**2"),
        ("(-2)**x", "(-2)**x"),
        ("2**-x", "2**-x"),
        ("(a**b)**c", "(a**b)**c"),
        ("a**(b**c)", "a**b**c"),
        ("(x > 0) * (x < 1)", "(x > 0) * (x < 1)"),
        ("  leaky_relu(x)  ", "leaky_relu(x, 0.01)"),
        ("x +\n y", "x + y"),
    ],
)
def test_parentheses_are_printed_where_needed_only(text: str, printed: str) -> None:
    assert to_text(parse_formula(text)) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a formula"),
        ("x +", "is not a formula"),
        ("x)(", "is not a formula"),
        ("x = 1", "is not a formula"),
        ("import os", "is not a formula"),
        ("x; y", "is not a formula"),
        ("x) + (y", "is not a formula"),
        ("x # comment", "is not a formula"),
        ("tanhh(x)", "there is no function 'tanhh'; did you mean tanh"),
        ("__import__('os').system('true')", "no attributes"),
        ("__import__('os')", "there is no function '__import__'"),
        ("x.data", "no attributes"),
        ("np.tanh(x)", "no attributes"),
        ("x[0]", "Subscript is no part of a formula"),
        ("[x]", "List is no part"),
        ("lambda: x", "Lambda is no part"),
        ("(lambda: x)()", "Call is no part"),
        ("'text'", "is not a real number"),
        ("1j", "is not a real number"),
        ("True", "is not a real number"),
        ("1e999", "larger than any float"),
        ("9" * 400, "larger than any float"),
        ("x ^ 2", r"write x\*\*2"),
        ("x // 2", "BinOp is no part"),
        ("0 < x < 1", r"write \(0 < x\) \* \(x < 1\)"),
        ("x and y", "no 'and' or 'or'"),
        ("x if y else w1", r"write where\(condition, a, b\)"),
        ("not x", "UnaryOp is no part"),
        ("tanh", r"write tanh\(...\)"),
        ("tanh(x, y)", r"takes 1 argument\(s\), not 2"),
        ("tanh(x=1)", "no names in a formula"),
        ("tanh(*x)", "Starred is no part"),
        ("q + 1", "the name 'q' has no value; names with a value: w1, x, y"),
        ("x := 2", "is not a formula|NamedExpr is no part"),
        ("x\0y", "null"),
        ("(" * 300 + "x" + ")" * 300, "is not a formula|nested"),
        ("-" * 400 + "x", "nested"),
        ("-" * 9_000 + "x", "nested"),
        ("+".join(["x"] * 400), "nested more than"),
        ("x" * 20_000, "more than 10000"),
        ("f'{x}'", "JoinedStr is no part"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        parse_formula(text, dict.fromkeys(NAMES))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


REFUSALS = {
    "2*'a'": """at "'a'": 'a' is not a real number; write a number such as 2 or 0.5""",
    "x + 1e999": "at '1e999': the number is larger than any float; write at most 1.79e308",
    "tanh + 1": "at 'tanh': tanh is a function without its arguments; write tanh(...)",
    "q + 1": "at 'q': the name 'q' has no value; names with a value: w1, x, y",
    "tanhh(x) + 1": "at 'tanhh(x)': there is no function 'tanhh'; did you mean tanh or tan or arctanh?",
    "sinhh(x) + 1": "at 'sinhh(x)': there is no function 'sinhh'; did you mean sinh or sin or sinc?",
    "arcsinhh(x) + 1": "at 'arcsinhh(x)': there is no function 'arcsinhh'; did you mean arcsinh or arcsin or sinh?",
    "zzz(x) + 1": "at 'zzz(x)': there is no function 'zzz'; see the table of primitives for what there is",
    "tanh(x, y) * 2": "at 'tanh(x, y)': tanh takes 1 argument(s), not 2; give as many as it takes",
    "1 + (0 < x < 1)": (
        "at '0 < x < 1': formulas have one comparison at a time; write (0 < x) * (x < 1) for 0 < x < 1"
    ),
    "1 + (x or y)": (
        "at 'x or y': formulas have no 'and' or 'or'; multiply comparisons for 'and', take their maximum for 'or'"
    ),
    "1 + (x if y else w1)": "at 'x if y else w1': formulas have no 'if'; write where(condition, a, b)",
    "(x ^ 2) * y": "at 'x ^ 2': ^ is not a power here; write x**2",
    "1 + tanh(x=1)": "at 'tanh(x=1)': arguments have no names in a formula; give them in order",
    "1 + np.tanh(x)": "at 'np.tanh(x)': formulas have no attributes; write tanh(x) rather than np.tanh(x)",
    "1 + x.data": "at 'x.data': formulas have no attributes; write tanh(x) rather than np.tanh(x)",
    "1 + x[0]": "at 'x[0]': Subscript is no part of a formula; use numbers, names, + - * / ** and functions",
}


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_says_where_what_and_what_to_write_instead(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text, dict.fromkeys(NAMES))
    assert str(caught.value) == f"in the formula {text!r} {REFUSALS[text]}"


def test_a_refusal_of_the_whole_text_names_no_part_of_it() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula("x ^ 2")
    assert str(caught.value) == "in the formula 'x ^ 2': ^ is not a power here; write x**2"
    with pytest.raises(FormulaError, match=r"names with a value: none$"):
        parse_formula("x", {})


def test_refused_texts_are_shortened_to_sixty_characters() -> None:
    for length, shown in ((60, "x" * 57 + " ^2"), (61, "x" * 58 + " …")):
        with pytest.raises(FormulaError) as caught:
            parse_formula("x" * (length - 3) + " ^2")
        assert str(caught.value).startswith(f"in the formula {shown!r}: ^ is not")


def test_the_longest_text_and_the_deepest_nesting() -> None:
    assert parse_formula("x" * 10_000) == Variable("x" * 10_000)
    with pytest.raises(FormulaError, match="has 10001 characters, more than 10000: write it as several functions"):
        parse_formula("x" * 10_001)
    assert variables(parse_formula("-" * 148 + "x")) == ("x",)  # the name is two levels itself
    with pytest.raises(FormulaError, match="nested"):
        parse_formula("-" * 149 + "x")
    with pytest.raises(FormulaError) as caught:
        parse_formula("-" * 200 + "x")
    assert str(caught.value) == (
        f"'{'-' * 59}…' is nested more than 150 levels deep: name its parts, "
        "or build the graph in Python, where depth has no limit"
    )


def test_a_sign_before_a_number_is_part_of_it() -> None:
    assert parse_formula("-2") == Number(-2.0)
    assert parse_formula("- -2") == Apply("neg", (Number(-2.0),))
    assert parse_formula("+2") == Apply("pos", (Number(2.0),))
    assert parse_formula("-x") == Apply("neg", (Variable("x"),))


@pytest.mark.parametrize(
    ("formula", "simple"),
    [
        *(("x + 0", "x"), ("0 + x", "x"), ("x - 0", "x"), ("0 - x", "-x"), ("x + 1", "x + 1"), ("1 + x", "1 + x")),
        *(("x - 1", "x - 1"), ("1 - x", "1 - x"), ("x * 1", "x"), ("1 * x", "x"), ("x / 1", "x"), ("x**1", "x")),
        *(("1 / x", "1 / x"), ("1**x", "1**x"), ("0**x", "0**x"), ("0 / x", "0 / x"), ("x * 2", "x * 2")),
        *(("x * 0", "0"), ("0 * x", "0"), ("x**0", "1"), ("x**2", "x**2"), ("x * (-1)", "-x"), ("-1 * x", "-x")),
        *(("-(-x)", "x"), ("+x", "x"), ("x / 0", "x / 0"), ("x / 2", "x / 2"), ("-(+x)", "-x"), ("2 * 3 + x", "6 + x")),
        *(("where(1, x, y)", "x"), ("where(0, x, y)", "y"), ("where(-1, x, y)", "x"), ("where(x, 1, 0)", None)),
        *(("1 / 0", "1 / 0"), ("exp(0) * x", "x"), ("sin(x + 0)", "sin(x)"), ("x * y", "x * y"), ("x - x", "x - x")),
    ],
)
def test_what_simplifying_drops_and_what_it_keeps(formula: str, simple: str | None) -> None:
    assert to_text(simplify(parse_formula(formula), compute)) == (formula if simple is None else simple)


@settings(max_examples=500)
@given(st.text(max_size=60) | st.text(alphabet="xyw1+-*/()<>=.,^ tanhlog\\'\"\n", max_size=60))
def test_any_text_is_read_or_refused_with_a_formula_error(text: str) -> None:
    try:
        formula = parse_formula(text, dict.fromkeys(NAMES))
    except FormulaError:
        return
    assert set(variables(formula)) <= set(NAMES)


def test_formulas_are_evaluated_on_nodes() -> None:
    nodes = {"x": Value(0.5, "x"), "y": Value(2.0, "y")}
    root = evaluate(parse_formula("x * y + tanh(x)"), nodes, lambda name, arguments: apply(name, *arguments))
    root.backward()
    assert root.data == 1.0 + math.tanh(0.5)
    assert nodes["y"].grad == 0.5


def test_variables_are_replaced_by_formulas() -> None:
    assert to_text(substitute(parse_formula("x * y"), {"x": parse_formula("a + b")})) == "(a + b) * y"


@pytest.mark.parametrize(
    ("formula", "by_x"),
    [
        ("x**3", "3 * x**2"),
        ("sin(x) * x", "x * cos(x) + sin(x)"),
        ("exp(-x)", "-exp(-x)"),
        ("y", "0"),
        ("log(x**2)", "1 / x**2 * (2 * x)"),
    ],
)
def test_derivatives_of_formulas_are_simplified(formula: str, by_x: str) -> None:
    assert to_text(derivative(parse_formula(formula), "x")) == by_x


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(x + y) * w1", r"\left(x + y\right) \cdot w_{1}"),
        ("x / (1 + y)", r"\frac{x}{1 + y}"),
        ("(x / y)**2", r"\left(\frac{x}{y}\right)^{2}"),
        ("exp(x)**y", r"\left(e^{x}\right)^{y}"),
        ("x**(y + 1)", "x^{y + 1}"),
        ("abs(x - y)", r"\left|x - y\right|"),
        ("sqrt(x + y)", r"\sqrt{x + y}"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("x - (-2)", r"x - \left(-2\right)"),
        ("x * -y", r"x \cdot \left(-y\right)"),
        ("x**(-2)", "x^{-2}"),
        ("x > -2", "[x > -2]"),
        ("-x + y", "-x + y"),
        ("1.5e-7**x", r"\left(1.5 \cdot 10^{-7}\right)^{x}"),
        ("1e-7**x", r"\left(10^{-7}\right)^{x}"),
        ("1e-7 * x", r"10^{-7} \cdot x"),
        ("max_pool(x)", None),
    ],
)
def test_latex(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(FormulaError):
            parse_formula(text)
    else:
        assert latex(parse_formula(text)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("w12", "w_{12}"),
        ("w_1", "w_{1}"),
        ("sigma", r"\sigma"),
        ("beta2", r"\beta_{2}"),
        ("bias", r"\mathrm{bias}"),
        ("learning_rate", r"\mathrm{learning\_rate}"),
        ("größe", r"\text{größe}"),
        ("größe_2", r"\text{größe}_{2}"),
    ],
)
def test_latex_of_names(name: str, expected: str) -> None:
    assert variable_latex(name) == expected
