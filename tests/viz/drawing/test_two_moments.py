"""Pictures of one graph before and after backward lie over each other, and a legend explains what is in them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from drawing_checks import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, seeded_recipe

from autograd_core import Tensor, Value, scope, tanh
from nn import MLP
from viz import Drawing, compare, draw
from viz.graphs.numbers_text import number_text, text_of


def boxes(drawing: Drawing) -> dict[str, tuple[str, ...]]:
    """Size and place of each box, from the top."""
    found = {}
    height = float(re.search(r'bb="0,0,[\d.]+,([\d.]+)"', drawing.dot)[1])  # type: ignore[index]
    for line in drawing.dot.splitlines():
        name = re.match(r"\t*(n\d+|b\d+) \[", line)
        if name:
            x, y = re.search(r'pos="([-\d.]+),([-\d.]+)', line).groups()  # type: ignore[union-attr]
            size = re.findall(r"\b(?:width|height)=[\d.]+", line)
            found[name[1]] = (x, f"{height - float(y):.1f}", *size)
    return found


def network(kind: str) -> Any:
    model = MLP(2, [3, 1], activation="tanh", seed=3)
    if kind == "tensors":
        return (model.to_tensor()(np.array([[1.0, -2.0], [0.5, 1e-5]])) ** 2).sum()
    return (model([1.0, -2.0]) - 1e-3) ** 2


@pytest.mark.parametrize("kind", ["values", "tensors"])
@pytest.mark.parametrize("options", [{}, {"depth": 1}, {"direction": "down"}, {"digits": 2}, {"hide": "local"}])
def test_boxes_stand_where_they_stood_after_backward(kind: str, options: dict[str, Any]) -> None:
    root = network(kind)
    before = boxes(draw(root, **options))
    root.backward(keep_interior=True) if kind == "tensors" else root.backward()
    after = boxes(draw(root, **options))
    assert before == after
    assert len(before) >= 2


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_boxes_of_random_graphs_stand_where_they_stood(seed: int) -> None:
    root = seeded_recipe(seed)(*map(Value, LEAVES))
    before = boxes(draw(root))
    root.backward()
    assert boxes(draw(root)) == before


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(1, 9))
def test_a_number_in_a_node_is_no_wider_than_others(number: float, digits: int) -> None:
    text = text_of(number, digits)
    assert len(text) <= max(8, digits + 4)
    if len(number_text(number, digits)) <= len(text):
        assert text == number_text(number, digits)
    if np.isfinite(number) and digits > 1:
        shown, true = Fraction(text), Fraction(number)  # the largest float, rounded up, is none
        assert abs(shown - true) <= abs(true) * Fraction(6, 10)


def legend(drawing: Drawing) -> list[str]:
    return [entry for line in texts(drawing) for entry in re.split(r" {3,}", line) if ": " in entry]


def test_a_legend_tells_what_is_in_the_picture_and_no_more() -> None:
    w, x = Value(2.0, "w"), Value(3.0, "x")
    root = w * x + 1.0
    said = legend(draw(root))
    assert said == [
        "yellow, round: leaf",
        "blue: computed",
        "grey, dashed: constant, passes no gradient on",
        "∂₁, ∂₂: local derivative by the 1st, 2nd argument",
        "–: not computed yet",
    ]
    root.backward()
    assert legend(draw(root)) == said[:-1]
    assert legend(draw(root, hide="local")) == said[:3]
    assert legend(draw(tanh(w * x)))[:2] == said[:2]
    assert "∂ₖ: local derivative by argument k" in legend(draw(x.clip(w - 5.0, w)))
    assert "purple: folded" in legend(draw(network("values"), depth=1))
    assert not any("yellow" in each or "blue" in each for each in legend(draw(root, heat="grad")))
    assert not any("grey" in each for each in legend(compare(w * x, w * x + 1.0)))


def test_a_legend_neither_widens_nor_crowds_a_small_picture() -> None:
    assert legend(draw(Value(2.0, "w").tanh())) == []
    with scope("s"):
        root = Value(2.0, "w") * Value(3.0, "x")

    def width(drawing: Drawing) -> float:
        return float(re.search(r'bb="0,0,([\d.]+)', drawing.dot)[1])  # type: ignore[index]

    for part in (root, root.tanh(), root * 2.0):
        right = max(float(each) for each in re.findall(r'pos="([\d.]+),', draw(part).dot))
        assert width(draw(part)) < right + 120.0


def test_compare_explains_what_is_drawn_only() -> None:
    w, x = Value(2.0, "w"), Value(3.0, "x")
    shown = " ".join(texts(compare(tanh(w * x), tanh(w * x) + 1.0)))
    assert "+ blue: only in the second" in shown
    assert "green" not in shown
    assert "orange" not in shown


def test_a_tensor_before_backward_is_as_high_as_after() -> None:
    root = (Tensor([[1.0, 2.0], [3.0, 4.0]], "t") ** 2).sum()
    before = boxes(draw(root))
    root.backward()
    assert boxes(draw(root)) == before
