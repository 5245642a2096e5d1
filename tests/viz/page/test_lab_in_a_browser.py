"""The lab in a real browser: typed, chosen, stepped, dragged, taken away, and edited a hundred times in a row."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import opened
from playwright.sync_api import Browser, FrameLocator, expect
from playwright.sync_api import Page as Opened

from viz.page.lab import drawn, examples
from viz.page.lab_server import LabServer

pytestmark = pytest.mark.slow

Lab = Callable[..., AbstractContextManager[Opened]]
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server() -> Iterator[LabServer]:
    with LabServer() as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@pytest.fixture
def lab(browser: Browser, server: LabServer) -> Lab:
    """The lab, opened. Nothing may be heard in the console, and nothing asked of anybody but the server."""

    @contextmanager
    def open_lab(
        *, width: int = 1280, height: int = 900, lang: str = "en-GB", scheme: Any = "light"
    ) -> Iterator[Opened]:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=lang, color_scheme=scheme, accept_downloads=True
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        heard: list[str] = []
        own = (f"http://127.0.0.1:{server.server_port}/", "blob:", "about:srcdoc", "data:,")
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: request.url.startswith(own) or heard.append(request.url))
        page.on("dialog", lambda dialog: heard.append(f"a dialog: {dialog.message}"))
        page.goto(server.url)
        expect(page.locator("#status")).to_have_text(re.compile(r"\d"), timeout=60_000)
        yield page
        context.close()
        assert heard == []

    return open_lab


def graph(page: Opened) -> FrameLocator:
    """The page of the graph, in the only frame there is."""
    expect(page.locator("#stage iframe")).to_have_count(1)
    expect(page.locator("#stage iframe.coming")).to_have_count(0)
    return page.frame_locator("#stage iframe")


def texts_in(page: Opened | FrameLocator) -> set[str]:
    return {text.strip() for text in page.locator("#sheet svg text").all_text_contents()}


def type_in(page: Opened, expression: str, numbers: str | None = None) -> None:
    page.locator("#expression").fill(expression)
    if numbers is not None:
        page.locator("#numbers").fill(numbers)


def title_is(page: Opened, title: str) -> FrameLocator:
    expect(page.frame_locator("#stage iframe:not(.coming)").locator("h1")).to_have_text(title)
    return graph(page)


# --- typed and chosen -------------------------------------------------------------------------------------------------


def test_an_expression_is_typed_and_its_graph_is_there(lab: Lab) -> None:
    with lab() as page:
        type_in(page, "sin(a*b) + 2", "a=3 b=0.5")
        inside = title_is(page, "sin(a*b) + 2")
        expect(page.locator("#status")).to_have_text("6 nodes.")
        inside.locator("#last").click()
        expect(inside.locator("#where")).to_have_text("Step 8 of 8 · backward")
        assert {"a", "b", "3", "0.5", "2.997"} <= texts_in(inside)


def test_every_example_is_chosen_and_stepped_through(lab: Lab) -> None:
    with lab() as page:
        for place, example in enumerate(examples()):
            graph(page)
            page.locator("#stage iframe").evaluate("frame => { frame.id = 'former'; }")
            page.locator("#example").select_option(str(place))
            expect(page.locator("#former")).to_have_count(0)  # graphs of as many nodes follow each other
            assert page.locator("#expression").input_value() == example["expression"]
            expect(page.locator("#status")).to_have_text(re.compile(rf"^{drawn(example)['nodes']} nodes\."))
            inside = graph(page)
            inside.locator("#last").click()
            expect(inside.locator("#told")).to_contain_text("All gradients are computed.")
            expect(page.locator("#wrong")).to_be_empty()


def test_what_is_wrong_is_shown_where_it_is_and_the_last_graph_stays(lab: Lab) -> None:
    with lab() as page:
        type_in(page, "h = w*x\nh + tanhh( h )")
        told = page.locator("#wrong")
        expect(told).to_contain_text("Line 2, character 5: ")
        expect(told).to_contain_text("did you mean tanh / tan")
        assert told.locator("mark").inner_text() == "tanhh"
        assert told.locator("pre").inner_text().rstrip("\n").split("\n") == ["h + tanhh( h )", "    ^^^^^"]
        assert page.locator("#expression").get_attribute("aria-invalid") == "true"
        expect(page.locator("#status")).to_have_text("Below is the last graph that could be drawn.")
        expect(page.locator("#stage")).to_have_class("before")
        type_in(page, "h = w*x\nh + tanh( h )")
        title_is(page, "h + tanh(h)")
        expect(told).to_be_empty()
        expect(page.locator("#stage")).not_to_have_class("before")
        type_in(page, "🦊é + * x")
        expect(told).to_contain_text("Line 1, character 1: ")
        type_in(page, "w*x", "w=2 x=two")
        expect(told.locator("mark")).to_have_text("x=two")
        assert page.locator("#numbers").get_attribute("aria-invalid") == "true"


def test_names_without_a_number_and_numbers_without_a_name_are_told(lab: Lab) -> None:
    with lab() as page:
        type_in(page, "w*x", "w=2 q=1")
        expect(page.locator("#status")).to_have_text(
            "3 nodes. Chosen, to be dragged in Play: x = 0.5. Not in the expression: q."
        )


def test_nothing_hostile_runs(lab: Lab) -> None:
    with lab() as page:
        for text in (HOSTILE, f"w*x + '{HOSTILE}'", "__import__('os').system('id')", "${alert(1)} $&", "alert(1)*x"):
            type_in(page, text, HOSTILE)
            expect(page.locator("#wrong")).to_contain_text("1: ")
            assert page.locator("img, #wrong script").count() == 0


# --- dragged and kept -------------------------------------------------------------------------------------------------


def test_where_a_person_was_is_kept_while_they_edit(lab: Lab) -> None:
    with lab() as page:
        type_in(page, "tanh(w*x + b)", "w=2 x=0.5 b=1")
        inside = title_is(page, "tanh(w*x + b)")
        inside.get_by_role("radio", name="Play").click()
        inside.get_by_role("spinbutton", name="x", exact=True).fill("0.75")
        inside.get_by_role("spinbutton", name="w", exact=True).fill("-1.5")
        inside.locator("#chosen").select_option(label="x")
        type_in(page, "sigmoid(v + x*w)", "w=3 x=0.5 v=1")  # w has another number now, x the same
        inside = title_is(page, "sigmoid(v + x*w)")
        expect(inside.get_by_role("radio", name="Play")).to_have_attribute("aria-checked", "true")
        assert inside.get_by_role("spinbutton", name="x", exact=True).input_value() == "0.75"
        assert inside.get_by_role("spinbutton", name="w", exact=True).input_value() == "3"
        expect(inside.locator("#chosen option:checked")).to_have_text("x")
        inside.get_by_role("radio", name="Watch").click()
        inside.locator("#time").fill("5")
        type_in(page, "sigmoid(v + x*w) * 2")
        inside = title_is(page, "sigmoid(v + x*w) * 2")
        expect(inside.locator("#where")).to_contain_text("Step 5 of ")
        assert 0.75 in page.frames[-1].evaluate("[...globalThis.page.state.leaves]")


def test_what_is_taken_away_has_the_numbers_that_were_dragged(lab: Lab, browser: Browser, tmp_path: Path) -> None:
    with lab() as page:
        type_in(page, "w*x", "w=2 x=3")
        inside = title_is(page, "w*x")
        inside.get_by_role("radio", name="Play").click()
        handle = inside.get_by_role("slider", name="w", exact=True).bounding_box()
        assert handle is not None
        page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
        page.mouse.down()
        page.mouse.move(handle["x"] + handle["width"], handle["y"] + handle["height"] / 2, steps=10)
        page.mouse.up()
        assert inside.get_by_role("spinbutton", name="w", exact=True).input_value() == "6"
        for button, name in (("#savepage", "graph.html"), ("#savepicture", "graph.svg")):
            with page.expect_download() as download:
                page.locator(button).click()
            assert download.value.suggested_filename == name
            download.value.save_as(tmp_path / name)
        page.locator("#python").click()
        expect(page.locator("#code pre")).to_contain_text('w = Value(6, "w")')
        expect(page.locator("#status")).to_contain_text("is copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#code pre").inner_text()
    assert "18" in re.findall(r">([^<]+)</text>", (tmp_path / "graph.svg").read_text(encoding="utf-8"))
    with opened(browser, tmp_path / "graph.html") as saved:
        saved.keyboard.press("End")
        assert {"6", "3", "18"} <= texts_in(saved)


# --- a hundred edits --------------------------------------------------------------------------------------------------


def counted(page: Opened) -> dict[str, int]:
    """What the browser keeps for this tab, after it was asked to throw away what it need not."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return {**counters, "heap": int(heap)}


# Not typed, for a browser keeps what was typed, to undo it; some so soon that the one before is not drawn yet.
_EDIT = """async ([first, last]) => {
    for (let number = first; number < last; number++) {
        document.getElementById("expression").value = `tanh(w*x + ${number}.5)`;
        document.getElementById("given").requestSubmit();
        await new Promise((resolve) => setTimeout(resolve, (number % 5) * 10));
    }
}"""


def test_a_hundred_quick_edits_leave_the_newest_picture_and_nothing_else(lab: Lab) -> None:
    with lab() as page:

        def edit(first: int, last: int) -> None:
            page.evaluate(_EDIT, [first, last])
            title_is(page, f"tanh(w*x + {last - 1}.5)")
            expect(page.locator("#wrong")).to_be_empty()

        edit(0, 10)
        before = counted(page)
        edit(10, 110)
        after = counted(page)
        assert len(page.frames) == 2
        assert "109.5" in texts_in(graph(page))
        assert after["documents"] <= before["documents"]
        assert after["jsEventListeners"] <= before["jsEventListeners"]
        assert after["nodes"] <= before["nodes"] + 5
        assert after["heap"] < before["heap"] + 500_000


def test_while_somebody_types_the_last_picture_is_that_of_the_last_text(lab: Lab) -> None:
    with lab() as page:
        page.locator("#expression").fill("")
        page.locator("#expression").press_sequentially("a*b + tanh(c*d) - 1.25", delay=15)
        title_is(page, "a*b + tanh(c*d) - 1.25")
        expect(page.locator("#wrong")).to_be_empty()


# --- for everybody ----------------------------------------------------------------------------------------------------


def test_two_languages_and_light_and_dark_are_chosen_for_both(lab: Lab) -> None:
    with lab(lang="zh-CN", scheme="dark") as page:
        expect(page.locator("h1")).to_have_text("实验室")
        inside = graph(page)
        expect(inside.locator("#where")).to_contain_text("开始")
        page.locator("#language").click()
        expect(page.locator("h1")).to_have_text("The lab")
        expect(inside.locator("#where")).to_contain_text("start")
        type_in(page, "w*x*")
        expect(page.locator("#wrong")).to_contain_text("not a formula from here on")
        page.locator("#theme").click()
        expect(page.locator("html")).to_have_class("light")
        expect(page.frame_locator("#stage iframe:not(.coming)").locator("html")).to_have_class("light")
        expect(page.locator("#wrong")).to_contain_text("not a formula from here on")
        type_in(page, "w*x*2")
        inside = title_is(page, "w*x*2")
        expect(page.locator("#wrong")).to_be_empty()
        expect(inside.locator("html")).to_have_class("light")
        expect(inside.locator("#where")).to_contain_text("start")


def test_the_keyboard_is_enough(lab: Lab) -> None:
    with lab() as page:
        page.locator("#expression").focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("u*v")
        page.keyboard.press("Control+Enter")
        inside = title_is(page, "u*v")
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "IFRAME":
                break
        page.keyboard.press("End")
        expect(inside.locator("#where")).to_contain_text("backward")


def test_on_a_phone_nothing_sticks_out(lab: Lab) -> None:
    with lab(width=360, height=740) as page:
        for text in ("tanh(w*x + b)", "tanh(w*x +" + " + abcdefghij" * 30):
            type_in(page, text)
            page.wait_for_timeout(400)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        small = "[...document.querySelectorAll('button, select, input, textarea')].filter((e) => e.offsetHeight < 40)"
        assert page.evaluate(f"{small}.length") == 0
        unnamed = (
            "[...document.querySelectorAll('button, select, input, textarea')].filter((e) => !(e.textContent.trim()"
            " || e.ariaLabel || e.labels?.length))"
        )
        assert page.evaluate(f"{unnamed}.length") == 0


def test_the_field_is_as_high_as_its_text(lab: Lab) -> None:
    hidden = "field => field.scrollHeight - field.clientHeight"
    with lab(width=360, height=740) as page:
        field = page.locator("#expression")
        heights = []
        for text in ("x*y", "log(x)*exp(y) + softplus(z)/sqrt(q) + tanh(w*x + b)", "a = x*y\nb = a*a\na + b", "x"):
            field.fill(text)
            assert field.evaluate(hidden) <= 0
            heights.append(field.evaluate("field => field.rows"))
        assert heights[0] == heights[3] == 1
        assert heights[1] >= 2
        assert heights[2] == 3


def test_a_lab_that_was_ended_is_told(browser: Browser) -> None:
    with LabServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        page = browser.new_page()
        page.goto(server.url)
        expect(page.locator("#status")).to_have_text(re.compile(r"\d"), timeout=60_000)
        server.shutdown()
        thread.join()
    type_in(page, "w*x")
    expect(page.locator("#wrong")).to_contain_text("autograd-core lab")
    page.close()
