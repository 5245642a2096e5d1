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
from drawing_checks import wrong_gradients

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


def trained(**options: Any) -> tuple[Any, History]:
    model = MLP(2, [3, 1], activation=["tanh", "linear"], seed=1)
    settings = {"loss": binary_cross_entropy_with_logits, "epochs": 5, "batch_size": 8, "record_every": 2, **options}
    return model, fit(model, moons(20), optimizer=SGD(model.parameters(), 0.5), **settings)


def data_of(page: Any) -> Any:
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.html, re.DOTALL)
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
    assert "a &lt;b&gt; title" in page.html
    data = data_of(page)
    assert data["losses"] == list(history.losses)
    left, right, bottom, top = data["plane"]["limits"]
    size = data["plane"]["size"]
    x = left + (right - left) * (np.arange(size) + 0.5) / size
    y = bottom + (top - bottom) * (np.arange(size) + 0.5) / size
    grid = np.array([[a, b] for b in y for a in x])
    for position, frame in enumerate(data["frames"]):
        model = history.recording.model_at(position)
        pairs = np.frombuffer(base64.b64decode(frame["plane"]), np.uint8).reshape(-1, 2)
        assert np.array_equal(pairs[:, 0], (model.to_tensor()(grid).data[:, 0] > 0))
        problems, agreeing = wrong_gradients(frame["graph"])
        assert problems == []
        assert agreeing >= 20
    assert len({frame["weights"] for frame in data["frames"]}) == 4
    assert len({frame["gradients"] for frame in data["frames"]}) == 4


def test_classes_quantities_and_more_inputs_have_pages_too() -> None:
    three = spirals(30, arms=3)
    model = MLP(2, [3], activation=["linear"], seed=0).to_tensor()
    page = replay(fit(model, three, loss=cross_entropy, epochs=1, record_every=1))
    data = data_of(page)
    assert sorted({point[2] for point in data["plane"]["points"]}) == [0, 1, 2]
    assert data["frames"][1]["graph"] is not None
    wide = MLP(3, [1], activation=["linear"], seed=0)
    X = np.random.default_rng(0).normal(size=(10, 3))
    page = replay(fit(wide, X, X[:, 0], loss=mean_squared_error, epochs=1, record_every=1))
    assert data_of(page)["plane"] is None


def test_moments_remember_running_means_and_rest_in_evaluation() -> None:
    one, two = MLP(2, [3, 1], activation=["linear", "linear"], seed=0).to_tensor().layers
    model = Sequential([one, BatchNorm(3, "tanh"), Dropout(0.5), two])
    data = moons(20)
    history = fit(model, data, loss=binary_cross_entropy_with_logits, epochs=3, record_every=1)
    last = history.recording.model_at(3)
    assert np.array_equal(last(data.X).data, model(data.X).data)
    assert not np.array_equal(history.recording.model_at(1)(data.X).data, model(data.X).data)
    assert data_of(replay(history))["frames"][3]["graph"] is None


def test_every_node_may_have_its_own_activation_and_slopes_may_be_learned() -> None:
    data = moons(20)
    model = MLP(2, [2, 1], activation=[["tanh", "silu"], "linear"], seed=0)
    page = replay(fit(model, data, loss=binary_cross_entropy_with_logits, epochs=1, record_every=1))
    assert ">SiLU<" in data_of(page)["frames"][1]["weights"]
    one, two = MLP(2, [3, 1], activation=["linear", "linear"], seed=0).to_tensor().layers
    model = Sequential([one, PReLU(3), two])
    page = replay(fit(model, data, loss=binary_cross_entropy_with_logits, epochs=1, record_every=1))
    assert data_of(page)["frames"][1]["graph"] is None


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


def test_in_a_browser_one_walks_to_any_moment(browser: Any, tmp_path: Path) -> None:
    _, history = trained(validation=0.25)
    replay(history).save(tmp_path / "replay.html")
    with opened(browser, tmp_path / "replay.html") as page:
        facts = page.locator(".facts")
        assert facts.nth(0).inner_text().startswith("epoch 5, loss ")
        assert "validation loss" in facts.nth(0).inner_text()
        page.locator("input[type=range]").nth(0).press("Home")
        assert facts.nth(0).inner_text() == "epoch 0"
        assert not page.locator(".moment").nth(1).is_visible()
        page.check("#two")
        page.locator("input[type=range]").nth(1).press("End")
        assert facts.nth(1).inner_text().startswith("epoch 5")
        before = page.locator(".of-network").nth(1).inner_html()
        page.select_option("#heat", "gradients")
        assert page.locator(".of-network").nth(1).inner_html() != before
        assert page.locator(".of-graph svg").count() == 2
        box = page.locator("#curves").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + 20)  # near epoch 2
        assert facts.nth(0).inner_text().startswith("epoch 2")
        page.click("#play")
        page.wait_for_function("document.querySelector('.facts').textContent.startsWith('epoch 5')")
        page.wait_for_function("document.getElementById('play').textContent === 'Play'")
