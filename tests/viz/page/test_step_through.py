"""What a live page is made of, before a browser opens it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value, scope, tanh
from nn import MLP
from viz import Page, draw, step_through
from viz.page.document import beside
from viz.page.words import LANGUAGES, words_of


def neuron() -> Value:
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(-0.3, "b")
    return tanh(w * x + b) + w


def data_of(page: Page) -> dict[str, Any]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page.html, re.DOTALL)
    assert found
    known: dict[str, Any] = json.loads(found[1])
    return known


def test_a_page_is_one_document_that_asks_for_nothing() -> None:
    html = step_through(neuron()).html
    assert html.startswith("<!DOCTYPE html>")
    assert set(re.findall(r"(?:https?:)?//\w[\w.]*\.\w{2,}", html)) == {"http://www.w3.org"}  # of namespaces
    assert "default-src 'none'" in html
    assert html.count("<script") == 2


def test_a_page_of_fifty_nodes_is_small() -> None:
    x = [Value(1.0, "x1"), Value(-2.0, "x2")]
    loss = (MLP(2, [3, 1], activation="tanh", seed=1)(x) - 1.0) ** 2
    for _ in range(4):
        loss = tanh(loss) + x[0]
    page = step_through(loss)
    assert len(data_of(page)["nodes"]) >= 49
    assert len(page.html.encode()) < 300_000


@pytest.mark.slow
def test_a_page_of_hundreds_of_nodes() -> None:
    x = [Value(0.1 * position, f"x{position}") for position in range(4)]
    page = step_through((MLP(4, [12, 6, 1], activation="tanh", seed=1)(x) - 1.0) ** 2)
    assert len(data_of(page)["nodes"]) == 424
    assert page.html.count('class="node"') >= 424


def test_the_same_graph_makes_the_same_page() -> None:
    assert step_through(neuron()).html == step_through(neuron()).html


def test_what_is_written_of_each_node() -> None:
    nodes = data_of(step_through(neuron()))["nodes"]
    known = {node["op"]: node for node in nodes}
    assert (known["mul"]["formula"], known["mul"]["partials"]) == ("w · x", ["x", "w"])
    assert known["tanh"]["partials"] == ["(sech(z₂))²"]
    assert [nodes[place]["name"] for place in nodes[-1]["parents"]] == ["z₃", "w"]


@pytest.mark.parametrize(
    "label", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--", "$script"]
)
def test_a_label_or_a_title_is_only_text(label: str) -> None:
    x = Value(2.0, label)
    page = step_through(x * x, title=label, notes={x: label})
    assert page.html.count("<script") == 2
    assert "<img" not in page.html
    assert data_of(page)["nodes"][0]["note"] == label


def test_matrices_are_walked_through_element_by_element() -> None:
    W, x = Tensor([[1.0, 2.0], [3.0, 4.0]], "W"), Tensor([0.5, -1.0], "x")
    names = [node["name"] for node in data_of(step_through(((W @ x).tanh() ** 2).sum()))["nodes"]]
    assert {"W[0, 0]", "W[1, 1]", "x[0]", "x[1]"} <= set(names)


def test_numbers_that_json_does_not_have() -> None:
    x = Value(float("inf"), "x")
    assert [node["data"] for node in data_of(step_through(x - x))["nodes"]] == ["inf", "nan"]


def test_every_sentence_is_there_in_every_language() -> None:
    words = words_of(None)
    assert tuple(words) == LANGUAGES
    for language in LANGUAGES[1:]:
        assert words[language].keys() == words["en"].keys()
        for key, sentence in words["en"].items():
            assert set(re.findall(r"\{\w+\}", words[language][key])) == set(re.findall(r"\{\w+\}", sentence)), key


@pytest.mark.parametrize("name", ["words.json", "sheet_words.json", "lab_words.json"])
def test_no_sentence_hides_another_of_the_same_key(name: str) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
        return dict(pairs)

    json.loads(beside(name), object_pairs_hook=once)


def test_a_notebook_shows_it_in_a_frame_of_its_own(tmp_path: Any) -> None:
    page = step_through(neuron())
    frame = page._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert "sandbox=" in frame
    assert "<script" not in frame
    page.save(tmp_path / "lesson.html")
    assert (tmp_path / "lesson.html").read_text(encoding="utf-8") == page.html


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"start": "middle"}, InputValueError, "start: 'middle' is none of 'forward', 'backward'"),
        ({"mode": "ply"}, InputValueError, "mode: 'ply' is none of .*did you mean play"),
        ({"lang": "fr"}, InputValueError, "lang: 'fr' is none of 'en', 'zh'"),
        ({"title": 3}, InputTypeError, "title: 3 is not a text"),
        ({"ask": "w"}, InputTypeError, r"ask: 'w' is not a list; write for example ask=\['w'\]"),
        ({"ask": [3]}, InputTypeError, "ask: 3 is neither a name nor a node"),
        ({"fold": "layer"}, InputTypeError, r"fold: 'layer' is not a list; write for example fold=\['layer 1'\]"),
        ({"fold": ["layer 9"]}, InputValueError, "fold: no scope of this graph is called 'layer 9'"),
        (
            {"ask": ["w", "q"]},
            InputValueError,
            "ask: no gradient is passed on to 'q' in this graph; there are 'w', 'x'",
        ),
        ({"ask": [Value(1.0, "w")]}, InputValueError, "ask: no gradient is passed on to Value"),
        ({"ask": ["z₄"]}, InputValueError, "ask: no gradient is passed on to 'z₄'"),
        ({"notes": {Value(1.0): "elsewhere"}}, InputValueError, "is not in the graph"),
    ],
)
def test_what_is_wrong_is_refused(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        step_through(neuron(), **options)


def test_what_is_asked_for_is_named_or_given_as_it_is() -> None:
    root = neuron()
    sum_ = root.parents[0].parents[0]
    asked = data_of(step_through(root, mode="predict", ask=["w", "z₁", sum_]))["asked"]
    nodes = data_of(step_through(root))
    assert [nodes["nodes"][place]["name"] for place in asked] == ["w", "z₁", "z₂"]
    assert nodes["asked"] is None


def test_scopes_are_folded_at_first() -> None:
    with scope("layer 1"), scope("neuron 2"):
        root = Value(1.0, "x").tanh() * 2.0
    page = data_of(step_through(root, fold=["layer 1", "layer 1/neuron 2"]))
    assert page["folded"] == ["layer 1", "layer 1/neuron 2"]
    with pytest.raises(InputValueError, match="there are 'layer 1', 'layer 1/neuron 2'"):
        step_through(root, fold=["neuron 2"])


def test_what_is_no_value_or_too_large_is_refused(tmp_path: Any) -> None:
    with pytest.raises(InputTypeError, match="is not a Value or a Tensor of one number; give the result"):
        step_through(Tensor([1.0, 2.0]))
    x = Value(1.0)
    for _ in range(500):
        x = tanh(x)
    with pytest.raises(InputValueError, match="the graph has 501 nodes, and a page shows at most 500"):
        step_through(x)
    with pytest.raises(InputValueError, match=r"does not end in .html"):
        step_through(neuron()).save(tmp_path / "lesson.png")
    assert list(tmp_path.iterdir()) == []


def picture_of(page: Page) -> str:
    return page.html.partition("<svg")[2].partition("</svg>")[0]


def test_a_page_tells_no_gradient_of_a_pass_that_was_made_before() -> None:
    root = neuron()
    fresh = picture_of(step_through(root))
    (root * 3.0).backward()
    page = step_through(root, mode="predict")
    assert "from this graph" not in page.html
    assert picture_of(page) == fresh
    assert all(node.has_grad for node in (root, *root.parents))  # what was computed is still there


def test_a_page_warns_of_no_number_that_is_another_one_when_the_leaves_move() -> None:
    x = Value(0.0, "x")
    root = x.log() + x
    for warning in ("not finite", "stale (leaf changed)"):
        assert warning in draw(root).svg
        assert warning not in picture_of(step_through(root))
        x.data = 2.0
