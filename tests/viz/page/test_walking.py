"""Scopes that fold, the sheet that is zoomed and printed, a state that is kept: the live page in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from live_page import Shown, card, in_node, scoped
from playwright.sync_api import Page as Opened

from autograd_core import Tensor, Value, tanh, topological_order

pytestmark = pytest.mark.slow


def places(page: Opened) -> Any:
    """Where every shape of the picture is."""
    shapes = "[...document.querySelectorAll('#sheet g.graph rect, #sheet g.graph path')]"
    names = "['x', 'y', 'width', 'height', 'd'].map((name) => e.getAttribute(name)).join()"
    return page.evaluate(f"{shapes}.filter((e) => !e.closest('clipPath')).map((e) => {names})")


def hidden_nodes(page: Opened) -> int:
    return int(
        page.evaluate("[...document.querySelectorAll('g.node')].filter((e) => !e.getClientRects().length).length")
    )


def test_a_folded_scope_shows_what_crosses_its_frame(shown: Shown) -> None:
    with shown(scoped()) as page:
        before = places(page)
        page.locator("#scopes summary").click()
        page.get_by_role("button", name="▾ neuron (3)").click()
        assert hidden_nodes(page) == 3
        assert places(page) == before
        frame = page.locator("g.cluster.folded .inside text")
        assert frame.all_text_contents() == [
            "3 nodes folded", "z₃: –, grad –", "passes to w: –", "passes to x: –", "passes to b: –",
        ]  # fmt: skip
        page.keyboard.press("End")
        told = frame.all_text_contents()
        slope = 2.0 * (1.0 - tanh(Value(0.7)).data ** 2)
        assert told[1] == "z₃: 0.6044, grad 2"
        assert told[2:] == [
            f"passes to w: {slope * 0.5:.4g}",
            f"passes to x: {slope * 2:.4g}",
            f"passes to b: {slope:.4g}",
        ]
        # An edge that crosses is seen outside only; the one from w to the result is whole.
        assert page.locator("g.edge[clip-path]").count() == 4


def test_steps_inside_of_a_folded_scope_are_passed_over(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.keyboard.press("f")
        seen = []
        for _ in range(20):
            page.keyboard.press("ArrowRight")
            seen.append(page.locator("#told .big").inner_text())
            if page.locator("#on").is_disabled():
                break
        assert seen == [
            "z₃ is computed: tanh(z₂).", "z₄ is computed: z₃ · w.", seen[2],
            "z₄ passes on to z₃.", "z₄ passes on to w.", "z₂ passes on to b.", "z₁ passes on to w.",
            "z₁ passes on to x.",
        ]  # fmt: skip
        assert "backward pass begins" in seen[2]
        page.keyboard.press("ArrowLeft")
        assert page.locator("g.cluster.now").count() == 1
        page.keyboard.press("f")
        assert hidden_nodes(page) == 0
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert "z₁ is computed" in card(page)


def test_one_scope_in_another_folds_by_itself(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.locator("g.cluster text", has_text="sum").click()
        assert hidden_nodes(page) == 2
        page.locator("g.cluster.folded").click()
        assert hidden_nodes(page) == 0


def test_a_search_finds_by_label_op_and_scope_and_opens_what_is_folded(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.keyboard.press("f")
        page.keyboard.press("/")
        for text, count in {"tanh": 1, "W": 1, "mul": 2, "neuron": 3, "nothing": 0}.items():
            page.keyboard.press("Control+a")
            page.keyboard.type(text)
            assert page.locator("g.node.found").count() == count, text
        page.keyboard.press("Control+a")
        page.keyboard.type("tanh")
        page.keyboard.press("Enter")
        assert hidden_nodes(page) == 2  # the scope in it stays as it is


def test_the_sheet_is_zoomed_about_the_pointer_and_dragged(shown: Shown) -> None:
    with shown(scoped(), width=700, height=500) as page:
        node = page.locator("g.node").last
        for _ in range(4):
            page.keyboard.press("+")
        page.locator("#sheet").evaluate("(e) => { e.scrollLeft = e.scrollWidth / 2; }")
        left = page.locator("#sheet").evaluate("(e) => e.scrollLeft")
        box = page.locator("#sheet").bounding_box()
        assert box
        x, y = box["x"] + 150, box["y"] + box["height"] - 30
        step = page.locator("#where").inner_text()
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y, steps=3)
        page.mouse.up()
        assert page.locator("#sheet").evaluate("(e) => e.scrollLeft") == pytest.approx(left - 60, abs=2)
        assert page.locator("#where").inner_text() == step
        before = node.bounding_box()
        assert before
        page.evaluate(
            f"document.querySelector('#sheet').dispatchEvent(new WheelEvent('wheel', {{ deltaY: -100, ctrlKey: true, "
            f"cancelable: true, clientX: {x}, clientY: {y} }}))"
        )
        after = node.bounding_box()
        assert after
        assert after["width"] > 1.5 * before["width"]
        grown = after["width"] / before["width"]
        assert after["x"] - x == pytest.approx(grown * (before["x"] - x), abs=3)
        page.keyboard.press("0")


def test_two_fingers_zoom(shown: Shown) -> None:
    fingers = """(apart) => { const sheet = document.querySelector("#sheet");
        const touch = (identifier, clientX) => new Touch({ identifier, target: sheet, clientX, clientY: 200 });
        const send = (type, apart) => sheet.dispatchEvent(new TouchEvent(type, { cancelable: true, bubbles: true,
            touches: [touch(0, 200 - apart / 2), touch(1, 200 + apart / 2)] }));
        send("touchstart", 100); send("touchmove", apart); }"""
    with shown(scoped()) as page:
        width = "document.querySelector('#sheet svg').getBoundingClientRect().width"
        before = page.evaluate(width)
        page.evaluate(fingers, 200)
        assert page.evaluate(width) == pytest.approx(2 * before, rel=0.01)
        page.evaluate(fingers, 50)
        assert page.evaluate(width) == pytest.approx(before, rel=0.01)


def test_a_node_is_kept_in_sight(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.locator("#list summary").click()
        page.get_by_role("button", name="keep in sight: w").click()
        assert page.locator("#pinned").inner_text().splitlines()[0] == "w · data 2 · grad –"
        page.locator("#last").click()
        assert page.locator("#pinned span").inner_text() == f"w · data 2 · grad {in_node(page, 0)[-1]}"
        page.locator("#pinned button").click()
        assert page.locator("#pinned").is_hidden()
        page.locator("g.node").last.click(modifiers=["Shift"])
        assert page.locator("g.node.pinned").count() == 1


def test_the_whole_state_is_kept_and_what_does_not_fit_is_left(shown: Shown) -> None:
    with shown(scoped(), options={"mode": "break"}) as page:
        page.locator("#bug").select_option("swap")
        page.keyboard.press("f")
        page.locator("#time").fill("7")
        page.locator("#link").click()
        kept = page.evaluate("globalThis.page.keep()")
        page.reload()
        assert page.evaluate("globalThis.page.keep()") == kept
        assert page.locator("#bug").input_value() == "swap"
        assert page.locator("g.cluster.folded").count() == 1
        wrong: dict[str, Any] = {
            **{"step": "x", "mode": "fly", "lang": "fr", "order": [99, 1], "folded": [3], "pinned": 99, "score": 1},
            **{"mistakes": {"toString": 1}, "leaves": {"2": "7", "0": "many"}, "losses": "<b>", "bug": {"a": 1}},
        }
        page.evaluate("(kept) => globalThis.page.restore(btoa(encodeURIComponent(JSON.stringify(kept))))", wrong)
        page.evaluate("globalThis.page.restore('no state')")
        assert page.evaluate("globalThis.page.keep()") == kept


def test_a_frame_tells_its_state_and_takes_one(shown: Shown) -> None:
    """As a notebook or the lab has it: the page in a frame, both speaking by messages."""
    framed = """async () => {
        const heard = [], frame = document.createElement("iframe");
        addEventListener("message", (event) => heard.push(event.data));
        frame.setAttribute("sandbox", "allow-scripts");
        frame.srcdoc = document.documentElement.outerHTML;
        document.body.append(frame);
        const later = () => new Promise((done) => setTimeout(done, 20));
        const next = async () => { while (!heard.length) await later(); return heard.shift(); };
        const give = (message) => frame.contentWindow.postMessage(message, "*");
        const first = await next();
        give({ type: "leaves", leaves: { 0: "3.5", 2: "9" } }); // 2 is no leaf
        const kept = JSON.stringify({ mode: "play", leaves: { 0: "4", 1: "inf" } });
        give({ type: "restore", state: btoa(encodeURIComponent(kept)) });
        give({ type: "leaves", leaves: { 3: "-1" } });
        give({ type: "tell" });
        return [first, await next()].map((message) => Object.values(message.leaves));
    }"""
    with shown(scoped()) as page:
        assert page.evaluate(framed) == [["2", "0.5", "-0.3"], ["4", "Infinity", "-1"]]


def test_print_is_a_clean_sheet_with_or_without_numbers(shown: Shown) -> None:
    root = scoped()
    with shown(root) as page:
        page.evaluate("window.print = () => dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        page.emulate_media(media="screen")
        page.locator("#blank").click()
        page.emulate_media(media="print")
        assert {in_node(page, place)[-1] for place in (0, 1, 2)} == {"____"}
        assert in_node(page, 2)[2:4] == ["data", "1"]
        assert page.locator("#answers li").first.inner_text() == "∂z₄/∂w = ________"
        for part in ("#card", "footer", "#modes", "#find", "#dots"):
            assert page.locator(part).is_hidden(), part
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert in_node(page, 2)[2:] == ["data", "–", "grad", "–"]
        page.locator("#print").click()
        page.emulate_media(media="print")
        root.backward()
        first = topological_order(root)[0]
        assert in_node(page, 0)[-1] == f"{first.grad:.4g}"
        assert page.locator("#answers li").first.inner_text() == f"∂z₄/∂w = {first.grad:.4g}"
        page.emulate_media(media="screen")


def test_a_tensor_is_shown_as_its_matrix_element_by_element(shown: Shown) -> None:
    W, x = Tensor([[1.0, 2.0, 3.0], [-4.0, 0.5, 0.25]], "W"), Tensor([0.5, -1.0, 2.0], "x")
    root = ((W @ x) ** 2).sum()
    with shown(root) as page:
        page.locator("#tensors summary").click()
        rows = page.locator("#tensors .matrix").first.locator("tr")
        assert [row.split() for row in rows.all_inner_texts()] == [
            ["1", "grad", "–", "2", "grad", "–", "3", "grad", "–"],
            ["-4", "grad", "–", "0.5", "grad", "–", "0.25", "grad", "–"],
        ]
        page.locator("#last").click()
        root.backward()
        grads = [text.split()[-1] for text in page.locator("#tensors .element").all_inner_texts()]
        assert [float(grad) for grad in grads] == pytest.approx([*W.grad.flat, *x.grad.flat], rel=1e-3)
        page.get_by_role("button", name="W[1, 2]", exact=True).click()
        assert page.locator("#pinned span").inner_text().startswith("W[1, 2] · data 0.25 · grad ")
        assert page.locator("g.node.found title").text_content() == page.locator("g.node.pinned title").text_content()
    with shown(scoped()) as page:
        assert page.locator("#tensors").is_hidden()


def test_keys_are_told_and_do_what_is_told(shown: Shown) -> None:
    with shown(scoped()) as page:
        page.keyboard.press("?")
        told = page.locator("#keys kbd").all_inner_texts()
        assert told == ["← →", "Home End", "Space", "W P L B", "/", "+ − 0", "F", "I", "?"]
        modes = {}
        for key in "plbw":
            page.keyboard.press(key)
            modes[key] = page.locator("#modes [aria-checked=true]").inner_text()
        assert modes == {"p": "Predict", "l": "Play", "b": "Break", "w": "Watch"}
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "find"
        page.keyboard.press("p")  # a letter that is searched for
        assert page.locator("#modes [aria-checked=true]").inner_text() == "Watch"
        page.locator("#sheet").focus()
        page.keyboard.press("?")
        assert page.locator("#keys table").is_hidden()


# --- light and dark ---------------------------------------------------------------------------------------------------


def contrast(page: Opened) -> float:
    """The least contrast of a text in the picture with the ground of its box, or with the sheet (WCAG 2.1)."""
    colours = page.evaluate("""() => {
        const colour = (e, name) => getComputedStyle(e)[name].match(/[\\d.]+/g).slice(0, 3).map(Number);
        const sheet = colour(document.getElementById("sheet"), "backgroundColor");
        const texts = document.querySelectorAll("#sheet g.node text, #sheet g.cluster text, #sheet g.edge text");
        return [...texts].map((e) => {
            const box = e.closest("g.node")?.querySelector("rect");
            return [colour(e, "fill"), box ? colour(box, "fill") : sheet];
        });
    }""")

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in colour)]
        return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    both = [sorted((luminance(text), luminance(ground))) for text, ground in colours]
    assert len(both) > 20
    return min((light + 0.05) / (dark + 0.05) for dark, light in both)


def test_the_picture_is_dark_where_the_page_is_and_can_be_read(shown: Shown) -> None:
    def ground(page: Opened) -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('#sheet svg > rect')).fill"))

    with shown(scoped(), options={"start": "backward"}) as page:
        page.keyboard.press("End")
        for _ in range(3):  # as the browser has it, then the other way, and back
            light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 244, 246)"
            assert ground(page) == ("rgb(255, 255, 255)" if light else "rgb(18, 18, 18)")
            assert contrast(page) >= 4.5
            page.locator("#theme").click()
        page.emulate_media(color_scheme="dark", media="print")
        assert ground(page) == "rgb(255, 255, 255)"
