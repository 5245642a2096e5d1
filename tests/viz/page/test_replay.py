"""The page that scrubs through a training shows what the network was at each moment, and nothing from elsewhere."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import opened

from autograd_core import InputTypeError, InputValueError
from nn import (
    MLP,
    SGD,
    BatchNorm,
    Dropout,
    History,
    PReLU,
    Sequential,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    mean_squared_error,
    moons,
    spirals,
)
from viz import replay

pytestmark = pytest.mark.slow


def trained(**options: Any) -> tuple[Any, History]:
    model = MLP(2, [3, 1], activation=["tanh", "linear"], seed=1)
    settings = {"loss": binary_cross_entropy_with_logits, "epochs": 5, "batch_size": 8, "record_every": 2, **options}
    return model, fit(model, moons(20), optimizer=SGD(model.parameters(), 0.5), **settings)


def data_of(page: Any) -> Any:
    [text] = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page.html, re.DOTALL)
    return json.loads(text)


def test_every_moment_has_the_weights_it_had() -> None:
    weights = []
    model, history = trained(callbacks=[lambda epoch: weights.append([p.data for p in epoch.model.parameters()])])
    recording = history.recording
    assert [moment.epoch for moment in recording.moments] == [0, 2, 4, 5]
    assert repr(recording) == "<Recording: 4 moments, epochs 0 to 5>"
    start = [p.data for p in MLP(2, [3, 1], activation=["tanh", "linear"], seed=1).parameters()]
    for position, expected in enumerate([start, weights[1], weights[3], weights[4]]):
        assert [p.data for p in recording.model_at(position).parameters()] == expected
    assert [p.data for p in model.parameters()] == weights[4]
    assert trained(record_every=None)[1].recording is None


def test_the_page_shows_what_the_network_said() -> None:
    _, history = trained()
    page = replay(history, title="a <b> title")
    assert repr(page) == "<Page: training of 2-3-1, 4 moments, epochs 0 to 5>"
    assert "<h1>a &lt;b&gt; title</h1>" in page.html
    data = data_of(page)
    assert data["losses"] == pytest.approx(history.losses, rel=1e-5)
    assert (data["epochs"], data["best"]) == ([0, 2, 4, 5], 5)
    left, right, bottom, top = data["plane"]["limits"]
    size = data["plane"]["size"]
    x = left + (right - left) * (np.arange(size) + 0.5) / size
    y = bottom + (top - bottom) * (np.arange(size) + 0.5) / size
    grid = np.array([[a, b] for b in y for a in x])
    network = data["network"]
    for position in range(4):
        model = history.recording.model_at(position).to_tensor()
        z = model(grid).data[:, 0]
        cells = np.frombuffer(base64.b64decode(data["plane"]["cells"][position]), np.uint8)
        assert np.array_equal(cells >> 5, z > 0)
        assert np.abs((cells & 31) / 31 - np.abs(2 / (1 + np.exp(-z)) - 1)).max() < 0.02
        numbers, gradients = network["numbers"][position], network["gradients"][position]
        binary_cross_entropy_with_logits(model(history.recording.X), history.recording.y).backward()
        for layer, place in zip(model.layers, network["layers"], strict=True):
            end = place["start"] + place["outputs"] * place["inputs"]
            assert numbers[place["start"] : end] == pytest.approx(layer.W.data.ravel(), rel=1e-8)
            assert gradients[place["start"] : end] == pytest.approx(layer.W.grad.ravel(), rel=6e-3)
            assert numbers[end : end + place["outputs"]] == pytest.approx(layer.b.data, rel=1e-8)
            assert gradients[end : end + place["outputs"]] == pytest.approx(layer.b.grad, rel=6e-3)
    nodes = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', data["graph"]["page"])[1])
    leaves = [float(nodes["nodes"][place]["data"]) for place in data["graph"]["places"]]
    assert leaves == pytest.approx(data["network"]["numbers"][-1], rel=1e-8)


def test_classes_quantities_and_more_inputs_have_pages_too() -> None:
    three = spirals(30, arms=3)
    model = MLP(2, [3], activation=["linear"], seed=0).to_tensor()
    page = replay(fit(model, three, loss=cross_entropy, epochs=1, record_every=1))
    data = data_of(page)
    assert sorted({point[2] for point in data["plane"]["points"]}) == [0, 1, 2]
    assert data["graph"] is not None
    wide = MLP(3, [1], activation=["linear"], seed=0)
    X = np.random.default_rng(0).normal(size=(10, 3))
    page = replay(fit(wide, X, X[:, 0], loss=mean_squared_error, epochs=1, record_every=1))
    assert data_of(page)["plane"] is None


def test_a_long_training_makes_a_small_page() -> None:
    model = MLP(2, [16, 16, 1], activation=["tanh", "tanh", "linear"], seed=0).to_tensor()
    history = fit(model, moons(100), loss=binary_cross_entropy_with_logits, epochs=70, record_every=1)
    page = replay(history)
    assert len(data_of(page)["epochs"]) == 60
    weights = sum(each.size for each in model.parameters())
    assert len(page.html) < 250_000 + 60 * 2 * 9 * weights  # characters, nine for a weight or its gradient


def test_moments_remember_running_means_and_rest_in_evaluation() -> None:
    one, two = MLP(2, [3, 1], activation=["linear", "linear"], seed=0).to_tensor().layers
    model = Sequential([one, BatchNorm(3, "tanh"), Dropout(0.5), two])
    data = moons(20)
    history = fit(model, data, loss=binary_cross_entropy_with_logits, epochs=3, record_every=1)
    last = history.recording.model_at(3)
    assert np.array_equal(last(data.X).data, model(data.X).data)
    assert not np.array_equal(history.recording.model_at(1)(data.X).data, model(data.X).data)
    assert data_of(replay(history))["graph"] is None


def test_every_node_may_have_its_own_activation_and_slopes_may_be_learned() -> None:
    data = moons(20)
    model = MLP(2, [2, 1], activation=[["tanh", "silu"], "linear"], seed=0)
    page = replay(fit(model, data, loss=binary_cross_entropy_with_logits, epochs=1, record_every=1))
    assert ">SiLU<" in page.html[: page.html.index("</template>")]
    one, two = MLP(2, [3, 1], activation=["linear", "linear"], seed=0).to_tensor().layers
    model = Sequential([one, PReLU(3), two])
    page = replay(fit(model, data, loss=binary_cross_entropy_with_logits, epochs=1, record_every=1))
    assert data_of(page)["graph"] is None


@pytest.mark.parametrize("every", [0, -1, 1.5, "all"])
def test_what_cannot_be_recorded_is_refused(every: Any) -> None:
    with pytest.raises((InputTypeError, InputValueError), match="fit: record_every"):
        trained(record_every=every)


def test_what_cannot_be_replayed_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"3 is not a History; write replay\(fit\(..., record_every=1\)\)"):
        replay(3)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="the history has no recording"):
        replay(trained(record_every=None)[1])
    with pytest.raises(InputValueError, match="example=20; there are 0 to 19"):
        replay(trained()[1], example=20)
    with pytest.raises(InputValueError, match="lang: 'de'"):
        replay(trained()[1], lang="de")


def graph_of(page: Any, side: int) -> Any:
    """The frame of the graph, when it has begun and knows of its moment."""
    frame = page.locator("iframe").nth(side).element_handle().content_frame()
    frame.wait_for_function("() => globalThis.page?.state.step > 1")
    return frame


def test_in_a_browser_one_walks_to_any_moment(browser: Any, tmp_path: Path) -> None:
    _, history = trained(validation=0.25)
    replay(history).save(tmp_path / "replay.html")
    with opened(browser, tmp_path / "replay.html") as page:
        facts, slider = page.locator(".facts"), page.locator(".bar input")
        assert facts.nth(0).inner_text().startswith("epoch 5, loss ")
        assert "validation loss" in facts.nth(0).inner_text()
        assert page.evaluate("document.documentElement.scrollHeight") == 800
        graph = graph_of(page, 0)
        for moment in (3, 0):
            slider.nth(0).fill(str(moment))
            x, y = (part[0] for part in (history.recording.X, history.recording.y))
            model = history.recording.model_at(moment)
            loss = binary_cross_entropy_with_logits([model(x.tolist())], [float(y)])
            loss.backward()
            expected = sorted(parameter.grad for parameter in model.parameters())
            places = data_of(replay(history))["graph"]["places"]
            graph.wait_for_function(f"() => Math.abs(page.numbers().data.at(-1) - {loss.data}) < 1e-6", timeout=5_000)
            grads = graph.evaluate("page.numbers().grads")
            assert sorted(grads[place] for place in places) == pytest.approx(expected, rel=1e-6, abs=1e-9)
        assert facts.nth(0).inner_text() == "epoch 0"
        assert not page.locator(".side").nth(1).is_visible()
        page.click("#two")
        graph_of(page, 1)
        slider.nth(1).press("End")
        assert facts.nth(1).inner_text().startswith("epoch 5")
        paths = "[...net.querySelectorAll('g.edge path')].map((path) => path.style.strokeWidth).join()"
        widths = f"[...document.querySelectorAll('.net')].map((net) => {paths})"
        assert len(set(page.evaluate(widths))) == 2
        before = page.locator(".net").nth(1).inner_html()
        page.select_option("#lines", "gradients")
        assert page.locator(".net").nth(1).inner_html() != before
        box = page.locator("#curves").bounding_box()
        page.mouse.click(box["x"] + 62 + (box["width"] - 74) * 0.4, box["y"] + 20)  # epoch 2
        assert facts.nth(0).inner_text().startswith("epoch 2")
        page.locator(".run").nth(0).click()
        page.wait_for_function("() => document.querySelector('.facts').textContent.startsWith('epoch 5')")
        assert page.locator(".run").nth(0).inner_text() == "Run"


def test_in_a_browser_it_is_dark_and_in_chinese_and_narrow(browser: Any, tmp_path: Path) -> None:
    replay(trained()[1]).save(tmp_path / "replay.html")
    with opened(browser, tmp_path / "replay.html", width=400, lang="zh-CN") as page:
        assert page.locator(".facts").nth(0).inner_text().startswith("第 5 轮")
        graph = graph_of(page, 0)
        assert graph.evaluate("document.documentElement.lang") == "zh"
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        graph.wait_for_function("() => document.documentElement.classList.contains('dark')")
        page.click("#language")
        assert page.title() == page.locator("h1").inner_text() == "A training, moment by moment"
        graph.wait_for_function("() => document.documentElement.lang === 'en'")
        page.click("#two")
        assert page.evaluate("document.documentElement.scrollWidth") == 400
