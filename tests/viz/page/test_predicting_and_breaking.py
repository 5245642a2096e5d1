"""Questions, mistakes that are recognised, orders that are dragged, bugs that are found: in a real browser."""

from __future__ import annotations

import json

import pytest
from live_page import Shown, card, in_node, numbers, scoped
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as Opened

from autograd_core import Value, apply, exp, sigmoid, tanh, topological_order

pytestmark = pytest.mark.slow

# --- predict ----------------------------------------------------------------------------------------------------------


def answer(page: Opened, given: float | str) -> str:
    """Type an answer, and read what is said of it."""
    page.locator("input.answer").fill(str(given))
    page.keyboard.press("Enter")
    verdict = page.locator("#told [role=status]")
    return verdict.inner_text() if verdict.count() else ""


def go_to(page: Opened, sentence: str) -> None:
    """Step on until something is asked or told."""
    for _ in range(60):
        if sentence in card(page):
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"{sentence} was not asked for")


def test_a_mistake_forgot_to_accumulate(shown: Shown) -> None:
    a = Value(3.0, "a")
    with shown(a * a * a, options={"mode": "predict"}) as page:
        go_to(page, "What does z₁ pass on to a?")
        answer(page, 9)
        page.keyboard.press("ArrowRight")
        go_to(page, "And what does a have now?")
        assert answer(page, 9) == "Not yet: that is this contribution alone. Add it to what was there."


def test_a_mistake_forgot_the_incoming_gradient(shown: Shown) -> None:
    x = Value(0.5, "x")
    with shown(exp(x) * 3.0, options={"mode": "predict"}) as page:
        go_to(page, "What does z₁ pass on to x?")
        assert answer(page, 1.6487) == "Not yet: that is the local derivative alone. Multiply it by what comes in."


def test_a_mistake_in_the_sign(shown: Shown) -> None:
    with shown((Value(4.0, "a") - Value(1.5, "b")) * 7.0, options={"mode": "predict"}) as page:
        go_to(page, "What does z₁ pass on to b?")
        assert answer(page, 7) == "Not yet: the sign is wrong."
        assert answer(page, "−7,0") == ""


def test_a_mistake_of_swapped_factors(shown: Shown) -> None:
    with shown(Value(4.0, "a") * Value(1.5, "b") * 10.0, options={"mode": "predict"}) as page:
        go_to(page, "What does z₁ pass on to a?")
        assert answer(page, 40) == "Not yet: that is the derivative by the other factor."


@pytest.mark.parametrize("used", ["tanh", "sigmoid"])
@pytest.mark.parametrize("taken", ["tanh", "sigmoid", "relu"])
def test_a_mistake_of_another_activation(shown: Shown, used: str, taken: str) -> None:
    x = Value(0.75, "x")
    slopes = {"tanh": 1 - tanh(x).data ** 2, "sigmoid": sigmoid(x).data * (1 - sigmoid(x).data), "relu": 1.0}
    with shown(apply(used, x) * 5.0, options={"mode": "predict"}) as page:
        go_to(page, "What does z₁ pass on to x?")
        told = answer(page, 5.0 * slopes[taken])
        assert told == ("" if taken == used else "Not yet: that is the derivative of another function.")


def test_in_the_end_it_says_what_to_practise(shown: Shown) -> None:
    a, b, c, d = (Value(value, label) for value, label in ((4.0, "a"), (1.5, "b"), (3.0, "c"), (0.5, "d")))
    root = a * b * c * d
    with shown(root, options={"mode": "predict"}) as page:
        asked = 0
        for _ in range(12):
            page.keyboard.press("ArrowRight")
            if page.locator("input.answer").count():
                asked += 1
                if asked == 2:  # of z₃ = z₂ d, by d: z₂ is right, and d is swapped
                    assert "other factor" in answer(page, 0.5)
                    page.get_by_role("button", name="Tell me").click()
                else:
                    local = json.loads(page.evaluate("JSON.stringify(globalThis.page.contribution())"))
                    assert answer(page, local) == ""
        # Three right answers in a row, and no more is asked of that kind.
        assert asked == 5
        assert "4 of 5 right." in card(page)
        assert "Practise: products of incoming and local" in card(page)
        assert "What happened most often (1 times): that is the derivative by the other factor." in card(page)


def test_a_teacher_says_what_is_asked_for(shown: Shown) -> None:
    with shown(scoped(), options={"mode": "predict", "ask": ["w"]}) as page:
        questions = set()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
            if page.locator("input.answer").count():
                questions.add(page.locator("#told .big").inner_text())
                page.get_by_role("button", name="Tell me").click()
        assert questions == {
            "What does z₄ pass on to w?", "What does z₁ pass on to w?", "And what does w have now?",
        }  # fmt: skip


# --- the order is an object -------------------------------------------------------------------------------------------


def doubled_twice() -> Value:
    """b = a + a; c = b + b, the example of why an order is needed, with one more use of a."""
    a = Value(3.0, "a")
    b = a + a
    b.label = "b"
    c = b * a
    c.label = "c"
    return c + b


def dots(page: Opened) -> list[str]:
    return [text.split()[-1] for text in page.locator("#dots button").all_inner_texts()]


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


UNFINISHED = "b passes on 1 while its sum is 4: what comes from c was still missing."


def drag_by_mouse(page: Opened) -> None:
    x, y = middle(page.locator("#dots button", has_text="b"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(middle(page.locator("#dots button", has_text="c"))[0] - 5, y, steps=4)
    page.mouse.up()


def drag_by_touch(page: Opened) -> None:
    x, y = middle(page.locator("#dots button", has_text="b"))
    to = middle(page.locator("#dots button", has_text="c"))[0] - 5
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": (x + to) / 2, "y": y}]),
        ("touchMove", [{"x": to, "y": y}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def drag_by_key(page: Opened) -> None:
    page.locator("#dots button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")


@pytest.mark.parametrize("dragged", [drag_by_mouse, drag_by_touch, drag_by_key])
def test_a_dot_in_a_wrong_place_shows_the_sum_that_was_not_finished(shown: Shown, dragged: object) -> None:
    assert callable(dragged)
    with shown(doubled_twice(), options={"mode": "break"}) as page:
        assert dots(page) == ["z₁", "c", "b"]
        dragged(page)
        assert dots(page) == ["z₁", "b", "c"]
        assert UNFINISHED in page.locator("#mode").inner_text()
        assert page.locator("#dots .bad").inner_text() == "✗ b"
        assert "Finite differences say otherwise for 1 of 1 leaves." in page.locator("#mode").inner_text()
        page.keyboard.press("End")
        assert in_node(page, 0)[-1] == "8"  # 6 from c and 1 + 1 from b, which would be 4 + 4

        page.locator("#reorder").click()
        assert dots(page) == ["z₁", "c", "b"]
        assert "✓ a" in page.locator("#mode").inner_text()


def test_another_topological_order_is_as_good(shown: Shown) -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    with shown(exp(a) * tanh(b), options={"mode": "break"}) as page:
        page.locator("#dots button").nth(1).focus()
        page.keyboard.press("Shift+ArrowRight")
        assert "In this order, too, every sum is complete" in page.locator("#mode").inner_text()
        assert "✗" not in page.locator("#mode").inner_text()


def test_dots_lead_to_their_steps(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.locator("#dots button", has_text="z₃").click()
        assert "z₃ is computed" in card(page)
        assert [text.split()[0] for text in page.locator("#dots button").all_inner_texts()] == ["●", "●", "●", "○"]
        page.keyboard.press("End")
        page.locator("#dots button", has_text="z₂").click()
        assert "z₂ passes on to z₁" in card(page)
        assert [text.split()[0] for text in page.locator("#dots button").all_inner_texts()] == ["○", "●", "●", "●"]


@pytest.mark.parametrize("bug", ["overwrite", "order", "zerograd", "swap", "wronglocal"])
def test_a_hidden_bug_is_first_seen_to_fail_and_then_found(shown: Shown, bug: str) -> None:
    a, b = Value(1.5, "a"), Value(0.5, "b")
    c = a * b
    with shown(tanh(c) * c + c, options={"mode": "break"}) as page:
        order = ["overwrite", "order", "zerograd", "swap", "wronglocal"]
        page.evaluate(f"Math.random = () => {order.index(bug) / 5 + 0.01}")
        page.keyboard.press("End")
        page.locator("#hide").click()
        assert page.evaluate("globalThis.page.state.hidden") == bug
        assert "Finite differences say otherwise" in page.locator("#mode").inner_text()
        for _ in range(30):  # nothing on the way says where
            assert "Here it goes wrong" not in card(page)
            page.keyboard.press("ArrowLeft")
        page.locator("#wrong").click()
        assert "Here it goes wrong" in card(page)
        page.locator("#guess").select_option(bug)
        assert page.locator("#mode [role=status]").last.inner_text() == "Found it."


# --- while a leaf moves -----------------------------------------------------------------------------------------------


def chain(length: int) -> Value:
    """Two chains of operations that meet at the end, so that one does not know of the other."""
    left, right = Value(0.3, "left"), Value(0.4, "right")
    one, other = left, right
    for _ in range(length):
        one, other = tanh(one), tanh(other)
    return one + other


def test_what_does_not_depend_on_a_leaf_is_not_touched_while_it_moves(shown: Shown) -> None:
    root = chain(20)
    order = topological_order(root)
    with shown(root, options={"mode": "play"}) as page:
        page.evaluate(
            """() => {
                const name = (at) => at.closest("g.node, g.edge").querySelector("title").textContent;
                const kinds = { subtree: true, childList: true, characterData: true };
                globalThis.touched = new Set();
                new MutationObserver((all) => { for (const each of all) touched.add(name(each.target)); })
                    .observe(document.querySelector("#sheet svg"), kinds);
            }"""
        )
        before = numbers(page)
        page.get_by_role("spinbutton", name="left", exact=True).fill("0.5")
        page.evaluate("globalThis.page.frame()")
        page.wait_for_timeout(300)  # what is out of sight is written when the leaf rests
        after = numbers(page)
        moved = {f"n{i}" for i, (old, new) in enumerate(zip(before["data"], after["data"], strict=True)) if old != new}
        depends = {f"n{place}" for place, node in enumerate(order) if before["grads"][place] != after["grads"][place]}
        touched = set(page.evaluate("[...touched]"))
        nodes = {name for name in touched if "->" not in name}
        assert nodes <= moved | depends
        assert len(nodes) >= 20
        names = {node.label: f"n{place}" for place, node in enumerate(order) if node.label}
        assert names["right"] not in touched
        assert len(touched) <= 2 * 22 + 1  # its chain, the edges between, and the sum


def test_a_leaf_without_influence_costs_nothing(shown: Shown) -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    root = (a * b).tanh() + chain(30)
    with shown(root, options={"mode": "play"}) as page:
        assert root.parents[0].parents[0].parents[0] is topological_order(root)[0] is a
        changes = page.evaluate("(page.state.leaves[0] = 3.5, page.frame(), page.changes())")
        assert len(changes["data"]) == 4  # a, a b, its tanh, the sum
        assert len(changes["locals"]) == 2  # of the tanh, and of the product by b
        assert len(changes["grads"]) == 3  # of the product, of a, of b


def test_numbers_are_written_over_the_picture_while_a_leaf_moves_and_into_it_when_it_rests(shown: Shown) -> None:
    root = chain(20)
    last = len(topological_order(root)) - 1
    with shown(root, options={"mode": "play"}, width=700, height=400) as page:
        before = in_node(page, last)
        # In one go, for the leaf rests soon. Ink is looked for where the hidden number of a node would stand.
        inked, moving = page.evaluate(
            """(name) => {
            page.state.leaves[0] = 0.5; page.frame(); page.frame();
            const over = document.getElementById("over"), shift = over.getBoundingClientRect();
            const { data, width: wide } = over.getContext("2d").getImageData(0, 0, over.width, over.height);
            const ink = (text) => {
                const { x, y, width, height } = text.getBoundingClientRect();
                const [left, top] = [Math.floor(x - shift.x), Math.floor(y - shift.y)];
                for (let i = top; i < top + height; i++)
                    for (let j = left; j < left + width; j++) if (data[4 * (i * wide + j) + 3]) return true;
                return false;
            };
            const hidden = [...document.querySelectorAll("#sheet text.number")];
            const within = ({ right, bottom }) => right < shift.right && bottom < shift.bottom;
            const inside = hidden.filter((text) => within(text.getBoundingClientRect()));
            const called = (group) => group.querySelector("title").textContent === name;
            const node = [...document.querySelectorAll("g.node")].find(called);
            return [inside.map(ink), [...node.querySelectorAll("text")].map((each) => each.textContent)];
        }""",
            f"n{last}",
        )
        assert len(inked) > 10
        assert all(inked)
        assert moving == before  # the picture is left alone
        expect(page.locator("#over")).to_be_hidden()
        after = in_node(page, last)
        assert after[3] == f"{numbers(page)['data'][last]:.4g}" != before[3]
        page.evaluate("(page.state.leaves[0] = 0.7, page.frame())")
        page.locator("#sheet").evaluate("(sheet) => { sheet.scrollLeft = 600; }")
        expect(page.locator("#over")).to_be_hidden()
        assert in_node(page, last)[3] == f"{numbers(page)['data'][last]:.4g}" != after[3]


@pytest.mark.parametrize(
    "turn", ["page.show()", "dispatchEvent(new Event('resize'))", "document.getElementById('larger').click()"]
)
def test_whatever_else_is_done_ends_a_move_and_loses_no_number(shown: Shown, turn: str) -> None:
    with shown(chain(3), options={"mode": "play"}) as page:
        now, hidden = page.evaluate(
            """(turn) => {
            page.state.leaves[0] = 0.5; page.frame(); eval(turn);
            const root = [...document.querySelectorAll("g.node")].at(-1).querySelectorAll("text")[3].textContent;
            return [root, document.getElementById("over").hidden];
        }""",
            turn,
        )
        assert hidden
        assert now == f"{numbers(page)['data'][-1]:.4g}"


def test_frames_while_dragging_are_counted_and_each_is_computed_once(shown: Shown) -> None:
    """However many events come between two frames, the next one computes once, and none is left behind."""
    with shown(chain(20), options={"mode": "play"}) as page:
        asked, computed = page.evaluate(
            """() => new Promise((done) => {
            const slider = document.querySelector("#mode .leaf input[type=range]");
            const seen = new Set();
            let frames = 0;
            const next = () => {
                seen.add(globalThis.page.changes());
                if (frames === 60) { done([frames, seen.size - 1]); return; }
                frames += 1;
                for (let event = 0; event < 5; event += 1) {
                    slider.value = 0.3 + frames / 100 + event / 1000;
                    slider.dispatchEvent(new Event("input", { bubbles: true }));
                }
                requestAnimationFrame(next);
            };
            seen.add(globalThis.page.changes());
            next();
        })"""
        )
        assert asked == 60
        assert computed == 60
        assert numbers(page)["data"][0] == pytest.approx(0.904)
