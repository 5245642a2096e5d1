"""The live page in step with a kernel: by messages of Jupyter's widgets, and in a browser with a stub of a model."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import opened
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Opened

from autograd_core import InputTypeError, RenderError, Tensor, Value
from viz import step_through, widget
from viz.page.document import beside

pytestmark = pytest.mark.slow


def neuron() -> tuple[Value, Value, Value]:
    w, x = Value(2.0, "w"), Value(0.5, "x")
    return (w * x).tanh(), w, x


class Comm:
    """The end of a line to a browser, which keeps what is sent."""

    comm_id = "1"

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, data: dict[str, Any], **_: Any) -> None:
        self.sent.append(data)

    def on_msg(self, _: Any) -> None: ...

    def close(self, *_: Any, **__: Any) -> None: ...


def heard(made: Any, state: dict[str, Any]) -> None:
    """A message of the browser, as the kernel gets it."""
    made._handle_msg({"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []})


# --- the kernel's side ------------------------------------------------------------------------------------------------


def test_a_leaf_that_is_moved_on_the_page_is_moved_here() -> None:
    root, w, x = neuron()
    made = widget(root, mode="play")
    heard(made, {"leaves": {"0": "3.25", "1": "0.5"}, "state": "abc"})
    assert (w.data, x.data, made.state) == (3.25, 0.5, "abc")
    heard(made, {"leaves": {"0": "Infinity", "1": "NaN"}})
    assert w.data == math.inf
    assert math.isnan(x.data)


def test_what_python_sets_is_sent_to_the_page() -> None:
    root, w, _ = neuron()
    made = widget(root)
    made.comm = comm = Comm()
    w.data = -1.5
    made.refresh()
    assert [message["state"] for message in comm.sent if message["method"] == "update"] == [
        {"leaves": {"0": "-1.5", "1": "0.5"}}
    ]
    made.refresh()  # nothing has changed
    assert len(comm.sent) == 1


def test_after_a_cell_what_it_set_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython

    class Shell:
        def __init__(self) -> None:
            self.events = self
            self.after: list[Any] = []

        def register(self, name: str, called: Any) -> None:
            assert name == "post_run_cell"
            self.after.append(called)

    shell = Shell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    root, w, _ = neuron()
    made = widget(root)
    w.data = 7.0
    for each in shell.after:
        each("the result of a cell")
    assert made.leaves == {"0": "7.0", "1": "0.5"}


def test_elements_of_a_tensor_are_leaves() -> None:
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], "W")
    made = widget((W**2).sum())
    assert sorted(made.leaves.values()) == ["1.0", "2.0", "3.0", "4.0"]
    place = next(place for place, number in made.leaves.items() if number == "3.0")
    made.leaves = {place: "-5.0"}
    assert W.data.tolist() == [[1.0, 2.0], [-5.0, 4.0]]
    W.data = [[0.0, 0.0], [0.0, 0.5]]
    made.refresh()
    assert sorted(made.leaves.values()) == ["0.0", "0.0", "0.0", "0.5"]


@pytest.mark.parametrize("leaves", [{"2": "1.0"}, {"0": "many"}, {"0": None}, {"root": "1"}])
def test_what_is_no_leaf_or_no_number_is_refused(leaves: dict[str, Any]) -> None:
    import traitlets

    root, w, _ = neuron()
    made = widget(root)
    with pytest.raises(traitlets.TraitError, match="leaves: "):
        made.leaves = leaves
    assert (w.data, made.leaves["0"]) == (2.0, "2.0")


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(InputTypeError, match="widget: 3 is not a Value or a Tensor of one number"):
        widget(3)  # type: ignore[arg-type]


def test_without_anywidget_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from viz.page.widget import _live_page

    monkeypatch.setitem(sys.modules, "anywidget", None)
    _live_page.cache_clear()
    root, _, _ = neuron()
    with pytest.raises(RenderError, match=r"pip install 'autograd-core\[jupyter\]', or show step_through"):
        widget(root)
    assert step_through(root)._repr_html_().startswith("<iframe")
    monkeypatch.undo()
    _live_page.cache_clear()


def test_importing_viz_imports_no_widgets() -> None:
    said = "import viz, sys; print([name for name in ('anywidget', 'ipywidgets', 'traitlets') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- the browser's side -----------------------------------------------------------------------------------------------

MODEL = """
globalThis.model = { held: HELD, saved: 0, called: {},
    get(name) { return this.held[name]; },
    set(name, value) { const same = JSON.stringify(value) === JSON.stringify(this.held[name]); this.held[name] = value;
        if (!same) for (const each of this.called["change:" + name] ?? []) each(); },
    save_changes() { this.saved += 1; },
    on(name, call) { (this.called[name] ??= new Set()).add(call); },
    off(name, call) { this.called[name].delete(call); } };
"""


def rendered(page: Opened, made: Any, views: int = 1) -> None:
    held = {name: getattr(made, name) for name in ("document", "summary", "leaves", "state")}
    page.evaluate(MODEL.replace("HELD", json.dumps(held)))
    views_text = "".join(
        f"globalThis.end{view} = render({{ model, el: document.getElementById('view{view}') }});"
        for view in range(views)
    )
    page.add_script_tag(content=beside("widget.js") + views_text, type="module")
    for view in range(views):
        expect(page.frame_locator(f"#view{view} iframe").locator("#where")).not_to_be_empty()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    file = tmp_path / "notebook.html"
    file.write_text("<!DOCTYPE html><div id=view0></div><div id=view1></div>", encoding="utf-8")
    return file


def test_the_page_and_the_model_follow_each_other(browser: Browser, empty: Path) -> None:
    root, _, _ = neuron()
    with opened(browser, empty) as page:
        rendered(page, widget(root, mode="play"), views=2)
        first, second = (page.frame_locator(f"#view{view} iframe") for view in (0, 1))
        first.get_by_role("spinbutton", name="w", exact=True).fill("3.5")
        expect(second.get_by_role("spinbutton", name="w", exact=True)).to_have_value("3.5")
        assert page.evaluate("model.held.leaves") == {"0": "3.5", "1": "0.5"}
        assert page.evaluate("model.saved") == 1
        page.evaluate("model.set('leaves', { 0: '-1', 1: '0.25' })")  # the kernel
        for view in (first, second):
            expect(view.get_by_role("slider", name="w", exact=True)).to_have_value("-1")
            expect(view.get_by_role("spinbutton", name="x", exact=True)).to_have_value("0.25")
        assert page.evaluate("model.saved") == 1  # what came from the kernel is not sent back to it


def test_a_view_that_is_made_later_begins_where_the_reader_is(browser: Browser, empty: Path) -> None:
    root, w, _ = neuron()
    made = widget(root)
    with opened(browser, empty) as page:
        rendered(page, made)
        view = page.frame_locator("#view0 iframe")
        view.locator("#time").fill("4")
        expect(view.locator("#where")).to_have_text("Step 4 of 6 · backward")
        page.wait_for_function("model.held.state !== ''")
        heard(made, {"state": page.evaluate("model.held.state"), "leaves": page.evaluate("model.held.leaves")})
        w.data = 9.0
        made.refresh()
        page.evaluate("end0()")
        assert page.locator("iframe").count() == 0
        rendered(page, made)
        expect(view.locator("#where")).to_have_text("Step 4 of 6 · backward")
        expect(view.locator("g.node").first).to_contain_text("9")


def test_what_others_on_the_site_say_is_not_heard(browser: Browser, empty: Path) -> None:
    root, _, _ = neuron()
    with opened(browser, empty) as page:
        rendered(page, widget(root))
        page.evaluate("window.postMessage({ type: 'state', state: 'x', leaves: { 0: '99' } }, '*')")
        page.frame_locator("#view0 iframe").locator("#on").click()
        page.wait_for_function("model.saved > 0")
        assert page.evaluate("model.held.leaves") == {"0": "2", "1": "0.5"}
