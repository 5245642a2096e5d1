"""Graphs to print with blanks, and steps as pictures for a talk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from live_page import scoped
from PIL import Image
from playwright.sync_api import Browser, expect

from autograd_core import InputTypeError, InputValueError, Tensor, Value, backward_steps, tanh, topological_order
from viz import draw, slides, worksheet

pytestmark = pytest.mark.slow


def parts(html: str) -> tuple[str, str]:
    """The questions and the solution."""
    questions, _, solution = html.partition('<div class="key">')
    return questions, solution


def texts(part: str) -> list[str]:
    return re.findall(r"<text [^>]*>([^<]*)</text>", part)


def beside(row: str, part: str) -> list[str]:
    found = texts(part)
    return [found[at + 1] for at, text in enumerate(found) if text == row]


# --- worksheets -------------------------------------------------------------------------------------------------------


def test_gradients_are_asked_for_and_solved() -> None:
    root = scoped()
    questions, solution = parts(worksheet(root, title="A neuron").html)
    assert beside("grad", questions) == ["____"] * 6 + ["1"]
    assert not any(node.has_grad for node in topological_order(root))
    root.backward()
    assert beside("grad", solution) == [f"{node.grad:.4g}" for node in topological_order(root) if node.differentiable]
    assert beside("data", questions) == beside("data", solution)
    assert questions.count("<i></i>") == 3
    assert [f"{node.grad:.4g}" for node in topological_order(root) if node.op == "leaf"] == re.findall(
        r"<li>∂z₄/∂\w = ([^<]*)</li>", solution
    )


@pytest.mark.parametrize(
    ("hide", "blanks"),
    [("data", 4), ("grad", 6), ("local", 7), (("data", "local"), 11), (("data", "grad", "local"), 17)],
)
def test_what_is_hidden_is_blank_and_nowhere_else_to_be_read(hide: Any, blanks: int) -> None:
    questions, solution = parts(worksheet(scoped(), hide=hide).html)
    assert sum("__" in text for text in texts(questions)) == blanks
    assert "__" not in "".join(texts(solution))
    assert "xlink:title" not in questions
    if hide == "local":
        assert all(re.fullmatch("∂.? = __", text) for text in texts(questions) if "=" in text)


def test_nothing_moves_between_question_and_solution() -> None:
    questions, solution = parts(worksheet(scoped(), hide=("data", "grad", "local")).html)
    places = [re.findall(r'(?: d| x| y)="[^"]*"', part) for part in (questions, solution)]
    assert places[0] == places[1]


@pytest.mark.parametrize("label", ["grad", "data", "a = b", "<i>", "n0", "x &amp; y"])
def test_labels_are_not_taken_for_rows(label: str) -> None:
    x = Value(3.0, label)
    root = x * x
    root.label = label
    questions, solution = parts(worksheet(root, hide="grad").html)
    assert sum(text == "____" for text in texts(questions)) == 1
    assert len(texts(questions)) == len(texts(solution))
    assert worksheet(root, hide="local").html.count("= __</text>") == 2


def test_a_sheet_of_a_tensor_and_in_chinese() -> None:
    page = worksheet((Tensor([1.0, 2.0], "x") ** 2).sum(), lang="zh")
    assert '<html lang="zh">' in page.html
    assert "答案" in page.html
    assert "x[0]" in page.html
    assert repr(page).startswith("<Page: a worksheet: ")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"hide": "gradient"}, InputValueError, "hide: 'gradient' is none of 'data', 'grad', 'local'; "),
        ({"hide": ()}, InputValueError, "nothing is asked for; write hide='grad'"),
        ({"lang": "fr"}, InputValueError, "lang: 'fr' is none of 'en', 'zh'"),
        ({"title": 3}, InputTypeError, "title: 3 is not a text"),
    ],
)
def test_what_is_wrong_of_a_worksheet_is_refused(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        worksheet(scoped(), **options)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(InputTypeError, match="worksheet: 3 is not a Value or a Tensor of one number"):
        worksheet(3)  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="slides: 3 is not a Value or a Tensor of one number"):
        slides(3)  # type: ignore[arg-type]


# --- steps as pictures ------------------------------------------------------------------------------------------------


def shapes(svg: str) -> list[tuple[str, str]]:
    """The boxes of all nodes, and where their texts begin."""
    nodes = re.findall(r'<g class="node"><title>(n\d+)</title>(.*?)</a></g>', svg, re.DOTALL)
    return [(name, " ".join(re.findall(r' (?:x|y|width|height|d)="[^"]*"', body))) for name, body in nodes]


def test_a_step_marks_its_node_and_every_other_keeps_its_place() -> None:
    root = scoped()
    kept = shapes(draw(root, step=0).svg)
    count = len(list(backward_steps(scoped())))
    assert len(kept) == 7
    for step in range(count + 1):
        assert shapes(draw(root, step=step).svg) == kept
    steps = list(backward_steps(root))
    pictures = [draw(step).svg for step in steps]
    assert all(shapes(picture) == shapes(pictures[0]) for picture in pictures)
    assert len(set(pictures)) == count


def test_slides_say_what_is_passed_on() -> None:
    a = Value(3.0, "a")
    show = slides(a * a)
    assert show.captions == ((), ("∂z₁/∂z₁ = 1", "a: 1 × 3 = 3", "a: 1 × 3 = 3, 3 + 3 = 6"), ("∂z₁/∂a = 6",))
    assert len(show) == 3
    assert not a.has_grad
    assert repr(show) == "<Slides: 2 steps of 2 nodes, 2 edges>"
    assert show._repr_html_().startswith("<iframe")


def test_slides_as_files(tmp_path: Path) -> None:
    show = slides(scoped())
    show.save(tmp_path / "talk.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"talk-{k:02d}.svg" for k in range(len(show))]
    show.save(tmp_path / "talk.gif")
    with Image.open(tmp_path / "talk.gif") as picture:
        assert (picture.n_frames, picture.info["loop"]) == (len(show), 0)
        frames = []
        for place in range(picture.n_frames):
            picture.seek(place)
            frames.append(picture.convert("RGB").tobytes())
    assert len(set(frames)) == len(show)
    for name, kind in (("talk.png", InputValueError), (3, InputTypeError)):
        with pytest.raises(kind, match=r"save: .*write save\('talk.html'\)"):
            show.save(name)  # type: ignore[arg-type]


def test_slides_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    from browser import opened

    show = slides(scoped(), title="One <neuron>")
    show.save(tmp_path / "talk.html")
    with opened(browser, tmp_path / "talk.html") as page:
        count = page.locator("#count")
        assert page.locator("h1").inner_text() == "One <neuron>"
        assert count.inner_text() == f"0 / {len(show) - 1}"
        page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="one step on").click()
        expect(page.locator("section.now li")).to_have_text(list(show.captions[2]))
        page.keyboard.press("End")
        assert page.locator("#on").is_disabled()
        page.reload()
        assert count.inner_text() == f"{len(show) - 1} / {len(show) - 1}"
        page.keyboard.press("Home")
        assert page.locator("section.now").count() == 1
        assert page.locator("#back").is_disabled()


def test_a_talk_has_an_end() -> None:
    x = Value(0.5, "x")
    for _ in range(100):
        x = tanh(x)
    with pytest.raises(InputValueError, match="the backward pass has 101 steps, and a talk at most 100"):
        slides(x)


def test_nothing_is_passed_on_to_a_constant() -> None:
    assert slides(Value(3.0, "a") * 2.0 + 1.0).captions[2] == ("∂z₂/∂z₁ = 1", "a: 1 × 2 = 2")
