"""The lab without sockets: what is typed becomes a page, a picture and a program, or is said to be wrong, and where.

AUTOGRAD_CORE_MANY=1 tries ten thousand expressions.
"""

from __future__ import annotations

import contextlib
import gc
import io
import math
import os
import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from autograd_core import PRIMITIVES, FormulaError, Value, check_gradients, topological_order
from autograd_core.formulas.rules import parse_formula
from viz.page.expression import TypedExpression, read_expression, read_parts
from viz.page.lab import CHOSEN, MOST_CHARACTERS, MOST_NODES, drawn, examples
from viz.page.lab_code import python_of
from viz.page.words import LANGUAGES, words_of

MANY = os.environ.get("AUTOGRAD_CORE_MANY") == "1"
WORDS = words_of(None, "lab_words.json")
EXAMPLES = {each["name"]["en"]: each for each in examples()}


def wrong(expression: str, numbers: str = "", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = drawn({"expression": expression, "numbers": numbers, **more})["wrong"]
    return found


def assert_a_clear_answer(given: dict[str, Any]) -> dict[str, Any]:
    """Either what is drawn, or a sentence in every language with a place that is in the text."""
    answer = drawn(given)
    if "wrong" in answer:
        told = answer["wrong"]
        for words in WORDS.values():
            assert set(re.findall(r"\{(\w+)\}", words[told["key"]])) <= set(told["parts"]), told
        assert told["key"] not in ("fault", "engine"), told  # which are in one language only
        if told["place"]:
            start, end = told["place"]
            assert 0 <= start < end <= len(given[told["field"]]) + 1
    else:
        assert answer["page"].startswith("<!DOCTYPE html>")
        assert answer["nodes"] <= MOST_NODES
    return answer


# --- parts of an expression -------------------------------------------------------------------------------------------


def test_parts_are_nodes_with_a_name_that_are_shared() -> None:
    root = read_expression("h = tanh(w*x)\nloss = h**2 + h; w = 2", ["x=0.5"]).graph()
    labels = [node.label for node in topological_order(root) if node.label]
    assert labels == ["w", "x", "h", "loss"]
    assert [node.op for node in topological_order(root)].count("tanh") == 1
    assert root.data == pytest.approx(math.tanh(1.0) ** 2 + math.tanh(1.0), rel=1e-15)


def test_the_gradients_of_parts_stand_the_check() -> None:
    typed = read_expression("h = tanh(w*x + b); o = h*v; (o - 1)**2 + h", ["w=2", "x=0.5", "b=-0.3", "v=1.5"])
    assert check_gradients(typed.of, *typed.leaves())


def test_a_line_goes_on_in_a_bracket_and_where_nothing_is_named() -> None:
    assert read_parts("tanh(w*x\n + b)").names == ("w", "x", "b")
    assert read_parts("w*x\n+ b").names == ("w", "x", "b")
    assert read_parts("z = (w*x\n + b)\nz*z").names == ("w", "x", "b")


def test_another_name_for_a_leaf_leaves_it_its_own() -> None:
    root = read_expression("h = w; h*h", ["w=3"]).graph()
    assert [node.label for node in topological_order(root)] == ["w", None]


@pytest.mark.parametrize(
    ("text", "part", "message"),
    [
        ("h = w*x\nh + tanhh( h )", "tanhh", "did you mean tanh"),
        ("h = w*x; h +* 2", "*", "invalid syntax"),
        ("h = w*; h", ";", "invalid syntax"),
        ("é*w.x", "w.x", "no attributes"),
        ("exp = 3*x", "exp", "has a meaning already"),
        ("lambda = 3*x", "lambda", "has a meaning already"),
        ("z = z + 1", "z", "used before it is made"),
        ("a = b; b = a", "b", "used before it is made"),
        ("a = x; a = 2*x; a", "a", "given twice"),
        ("w*x\nz = 3*x", "w*x", "only the last part may stand without a name"),
        ("(w * x", "(", "never closed"),
        ("tanh(x, y)", "tanh", "takes 1 argument"),
        ("w * # x", "#", "no comments"),
        ("x if y else z", "x if y else z", "no 'if'"),
        ("x ^ 2", "x ^ 2", "not a power"),
    ],
)
def test_a_mistake_is_where_it_is_said_to_be(text: str, part: str, message: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(message)) as caught:
        read_parts(text)
    assert caught.value.place is not None
    start, end = caught.value.place
    assert text[start:end] == part
    if part != "b":
        assert start == text.index(part) or text.count(part) > 1


def test_what_is_missing_at_the_end_is_behind_it() -> None:
    for text in ("w*x +", "w*x + ", "z = w\nz *"):
        assert wrong(text)["place"] == (len(text.rstrip()), len(text.rstrip()) + 1)


def test_the_place_of_a_formula_is_that_of_the_text_as_it_was_given() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula("  1 +\n\t ü *  tanhh(x)")
    assert caught.value.place == (13, 18)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_names_without_a_number_get_one_and_others_are_said_to_be_unused() -> None:
    answer = drawn({"expression": "a*b + c*d + e*f", "numbers": "b=7, q = 3"})
    assert answer["chosen"] == ["a", "c", "d", "e", "f"]
    assert [number for _, name, number in answer["leaves"] if name != "b"] == [*CHOSEN, CHOSEN[0]]
    assert answer["unused"] == ["q"]


@pytest.mark.parametrize(
    ("numbers", "part"),
    [("w=2 x=a", "x=a"), ("w=2 x", "x"), ("w=2 w=3", "w=3"), ("w=2 x = inf", "x = inf"), ("=", "=")],
)
def test_a_wrong_number_is_shown_where_it_stands(numbers: str, part: str) -> None:
    told = wrong("w*x", numbers)
    assert told["field"] == "numbers"
    assert numbers[slice(*told["place"])] == part


def test_a_number_is_given_once() -> None:
    assert wrong("w = 2; w*x", "w=3")["key"] == "twice"


def test_a_leaf_that_was_dragged_has_that_number_in_everything_that_is_taken_away() -> None:
    given = {"expression": "w*x", "numbers": "w=2 x=3", "moved": {"w": 2.5, "z": 1.0, "x": "3"}}
    page, picture = drawn(given), drawn({**given, "wanted": "picture"})
    assert [(name, number) for _, name, number in page["leaves"]] == [("w", 2.5), ("x", 3.0)]
    assert 'w = Value(2.5, "w")' in page["python"]
    assert {"2.5", "7.5"} <= set(re.findall(r">([^<]+)</text>", picture["picture"]))
    assert picture["picture"].startswith("<?xml")


@pytest.mark.parametrize("moved", [None, 3, [1], {"w": None}, {"w": True}, {"w": 10**400}, {"w": float("nan")}])
def test_what_was_moved_to_no_number_is_left_where_it_was(moved: Any) -> None:
    [(_, _, number), _] = drawn({"expression": "w*x", "numbers": "w=2", "moved": moved})["leaves"]
    assert number == 2.0


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "key", "field"),
    [
        ("", "empty", "expression"),
        (" \n ; ", "empty", "expression"),
        (3, "notext", "expression"),
        (None, "notext", "expression"),
        ("x" * (MOST_CHARACTERS + 1), "toolong", "expression"),
        (
            "a=" + "+".join(["x*y"] * 100) + "\nb=" + "+".join(["x*y"] * 100) + "\na + b*" + "*".join(["x*y"] * 60),
            "toomany",
            None,
        ),
        ("2*3", "noname", "expression"),
        ("w = 2", "onlynumber", "expression"),
        ("-" * 200 + "x", "deep", "expression"),
        ("x" * 5 + "(" * 300, "deep", "expression"),
        ("leaky_relu(x, w)", "parameter", "expression"),
        ("x\0", "deep", "expression"),
        ("\ud800", "deep", "expression"),
        ("1" * 5000 + "*x", "toolong", "expression"),
        ("9" * 3999 + "x", "syntax", "expression"),
    ],
)
def test_what_is_too_much_or_nothing_is_told(expression: Any, key: str, field: str | None) -> None:
    given = {"expression": expression, "numbers": ""}
    told = drawn(given)["wrong"]
    assert (told["key"], told["field"]) == (key, field or "expression")
    if isinstance(expression, str):
        assert_a_clear_answer(given)


def test_as_many_nodes_as_there_may_be_are_drawn() -> None:
    parts = [f"a{place}=sin(w*x)" for place in range(165)]
    text = "\n".join([*parts, "+".join(f"a{place}" for place in range(100))])
    assert assert_a_clear_answer({"expression": text, "numbers": ""})["nodes"] == 2 + 200 + 99
    assert wrong("\n".join([*parts, *(f"b{place}=sin(w)*w" for place in range(90)), "w*x"]))["key"] == "toomany"


def test_too_long_numbers_are_told() -> None:
    told = wrong("w*x", "w=2 " * MOST_CHARACTERS)
    assert (told["key"], told["field"], told["place"][0]) == ("toolong", "numbers", MOST_CHARACTERS)


def test_every_sentence_is_there_in_every_language() -> None:
    assert tuple(WORDS) == LANGUAGES
    for language in LANGUAGES[1:]:
        assert WORDS[language].keys() == WORDS["en"].keys()
        for key, sentence in WORDS["en"].items():
            assert set(re.findall(r"\{\w+\}", WORDS[language][key])) == set(re.findall(r"\{\w+\}", sentence)), key
    assert all(each["name"].keys() == WORDS.keys() for each in examples())


# --- the program ------------------------------------------------------------------------------------------------------


def run(program: str) -> tuple[Value, list[str]]:
    """The root that a program makes, and what it prints."""
    known: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "copied.py", "exec"), known)
    [name] = re.findall(r'^print\("[^"]*", (\w+)\.data\)$', program, re.MULTILINE)
    return known[name], printed.getvalue().splitlines()


def assert_the_program_makes_the_graph(typed: TypedExpression) -> None:
    made, _ = run(python_of(typed))
    root = typed.graph()
    if root.differentiable:
        root.backward()
    for one, other in zip(topological_order(root), topological_order(made), strict=True):
        assert (one.op, one.label) == (other.op, other.label)
        assert repr(one.data) == repr(other.data)
        assert repr(one.grad) == repr(other.grad)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_program_of_an_example_gives_its_numbers(name: str) -> None:
    example = EXAMPLES[name]
    typed = read_expression(example["expression"], example["numbers"].split())
    assert_the_program_makes_the_graph(typed)
    answer = drawn(example)
    assert answer["chosen"] == answer["unused"] == []
    _, printed = run(answer["python"])
    assert len(printed) == 1 + len(answer["leaves"])


def test_an_example_is_what_it_is_called() -> None:
    loss = {
        name: read_expression(each["expression"], each["numbers"].split()).graph() for name, each in EXAMPLES.items()
    }
    e = [math.exp(z) for z in (1.0, 2.0, 0.5)]
    assert loss["Softmax cross-entropy, three classes"].data == pytest.approx(-math.log(e[1] / sum(e)), rel=1e-14)
    chain = loss["A deep chain that vanishes"]
    chain.backward()
    gradients = {leaf.label: leaf.grad for leaf in topological_order(chain) if leaf.op == "leaf"}
    assert 0.0 < gradients["x"] < 1e-4


@pytest.mark.parametrize(
    "text",
    [
        "2*3 + x", "exp(2) * x", "2 < x", "(2 == x) + (x != 3)", "x ** -0.0", "1 / -0.0 * x", "where(2 < 3, x, 1/0)",
        "stop_gradient(x) * x", "sum = x*x; print = sum + 1; print * Value", "result = x; y = result*2; y",
        "abs(-2) + abs(x)", "leaky_relu(x) + elu(2, 0.5)", "+x - -x", "2 ** x ** 2 - (2 - x)", "9**999 * x", "x",
        "1e300 * 1e300 * x", "10000000000000000 * x + 0.1", "(x < 2) < 3", "less(2, 3) * x", "ｘ * x",
        "leaf * exp(leaf)",
    ],
)  # fmt: skip
def test_a_program_computes_with_nodes_where_python_would_not(text: str) -> None:
    typed = read_parts(text)
    numbers = [f"{name}={number}" for name, number in zip(typed.names, (0.5, 1.5, 2.0), strict=False)]
    assert_the_program_makes_the_graph(read_expression(text, numbers))


# --- ten thousand expressions -----------------------------------------------------------------------------------------

_EVENTS = ("exec", "import", "os.", "subprocess.", "socket.", "shutil.", "code.__new__")
_heard: list[str] | None = None


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _heard is not None and event.startswith(_EVENTS) and "<float form of " not in repr(arguments):  # of the table
        _heard.append(f"{event} {arguments!r:.80}")


sys.addaudithook(_listen)


@contextlib.contextmanager
def nothing_executed() -> Iterator[None]:
    """Python itself tells what is executed, imported or started."""
    global _heard  # noqa: PLW0603 (a hook is never taken away again)
    _heard = []
    try:
        yield
        assert _heard == []
    finally:
        _heard = None


_HOSTILE = (
    "__import__('os').system('id')", "open('hacked', 'w')", "eval('1')", "exec('x=1')", "().__class__.__bases__[0]",
    "lambda: 0", "[x for x in y]", "{**x}", "f'{x}'", "x.__init__", "print(x)", "breakpoint()", "*x", "(yield)",
    "await x", "x := 3", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "$script", "${x}", "'",
    "\\", "\0", "\ud83d", "ｅｘｐ(x)", "🦊", "é", "\u202e", "import os", "x; import os", "#", "@", "`x`", '"',
    "x if y else z", "not x", "x and y", "x is y", "x in y", "...", "True", "None", "1j", "0x10", "1_000", "1e999",
    "1e-999", "b''",
)  # fmt: skip


def typed_by_somebody(choose: random.Random) -> str:
    """A formula, whole or with a few characters lost, doubled or changed; sometimes with something hostile in it."""

    def formula(depth: int) -> str:
        if depth == 0 or choose.random() < 0.2:
            return choose.choice(["x", "w", "b", "x1", "2", "0.5", "-1", "1e3", "h"])
        kind = choose.random()
        if kind < 0.5:
            operator = choose.choice(["+", "-", "*", "/", "**", "<", ">=", "==", " != "])
            return f"({formula(depth - 1)} {operator} {formula(depth - 1)})"
        rule = choose.choice(list(PRIMITIVES.values()))
        return f"{rule.name}({', '.join(formula(depth - 1) for _ in range(rule.arity))})"

    text = formula(choose.randint(1, 4))
    if choose.random() < 0.3:
        text = f"h{choose.choice(['', '1'])} = {formula(2)}{choose.choice(['; ', chr(10)])}{text}"
    for _ in range(choose.choice([0, 0, 1, 1, 2, 5])):
        place = choose.randrange(len(text) + 1)
        new = choose.choice([*"()=;,.[]{}*+-/ \n", *_HOSTILE, "", "xyz"])
        text = text[:place] + new + text[place + choose.choice([0, 1, 3]) :]
    return text


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_typed_is_answered_and_nothing_of_it_executed(seed: int, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    drawn(examples()[0])  # what is imported late is imported
    choose = random.Random(seed)
    drawable = 0
    for _ in range(1000 if MANY else 50):
        text = typed_by_somebody(choose)
        with nothing_executed():
            answer = assert_a_clear_answer({"expression": text, "numbers": "x=0.5 w=-2"})
        if "python" in answer:
            drawable += 1
            typed = read_parts(text)
            numbers = {**dict.fromkeys(typed.names, 0.5), **typed.numbers}
            assert_the_program_makes_the_graph(TypedExpression(text, typed.parts, typed.formula, typed.label, numbers))
    assert drawable > 5
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_would_type_is_answered() -> None:
    for text in _HOSTILE:
        with nothing_executed():
            assert_a_clear_answer({"expression": text, "numbers": text})


@pytest.mark.slow
def test_a_hundred_edits_leave_no_objects() -> None:
    def objects_after(first: int, last: int) -> int:
        for number in range(first, last):
            drawn({"expression": f"h = tanh(w*x + {number}); h*h + {'(' * (number % 3)}", "numbers": ""})
        gc.collect()
        return len(gc.get_objects())

    before = objects_after(0, 4)
    assert objects_after(4, 104) - before < 500
