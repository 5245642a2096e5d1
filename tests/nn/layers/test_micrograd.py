"""A program written for micrograd gives micrograd's numbers after its imports are changed.

The constants are what micrograd 0.1.0 printed for the program below. Where micrograd is installed, it is run as well.
Gradients may differ in the last bits, for micrograd adds them up in the order of a set of nodes, which changes from
run to run.
"""

from __future__ import annotations

import random
from typing import Any

import micrograd.engine
import micrograd.nn
import pytest

from autograd_core import Value
from nn import MLP, Layer, Neuron

ROWS = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [-2.0, -0.5], [1.0, 1.0], [0.0, -2.0]]
LABELS = [1, 1, -1, -1, 1, -1]

README = (24.70408163265306, 138.83381924198252, 645.5772594752186)
FIRST_PARAMETERS = [
    0.23550571390294128, 0.06653114721000164, 0, -0.26830328150124894, 0.1715747078045431, 0,
    -0.6686254326224383, 0.6487474938152629, 0, -0.23259038277158273, 0.5792256498313748, 0,
    0.8434530197925192, -0.3847332240409951, 0.9844941451716409, -0.5901079958448365, 0,
]  # fmt: skip
FIRST_SCORES = [
    0.043203105760377926, 0.31198598261087745, 0.7750782574289821, 0.7201224194263135, 0.050201659860571846, 0.0,
]  # fmt: skip
FIRST_GRADIENTS = [
    -0.4216794087534789, -0.0351305695952463, -0.42172650989625954, 0.17628240036248916, -0.09614899106868785,
    -0.12824440801366502, -0.4513602082901932, 0.24625328579167327, 0.3281647150572136, 0.3687709793264685,
    -0.04905982119043678, -0.09835133264080609, -0.1203562974812622, 0.16578906766106666, 0.4688370955681343,
    0.1935197717856848, 5.551115123125783e-17,
]  # fmt: skip
LOSSES = [1.1819945617643541, 0.2646295649720702, 0.2425262443938588]
LAST_PARAMETERS = [
    0.8211762500647177, 0.09143656586345913, 0.5909030597004122, -0.44441026565983033, 0.2676180655231967,
    0.12819380776236622, -0.21717949993209407, 0.4023353994767862, -0.3280352340349493, -0.6011240883134484,
    0.6280375740318882, 0.09831252703341721, 1.121080818161123, -0.5503050770356512, 0.5154535914044469,
    -0.7833185786172849, -5.550014892108379e-17,
]  # fmt: skip


def close(numbers: Any) -> Any:
    return pytest.approx(numbers, rel=1e-12, abs=1e-14)


def readme_example(Value: Any) -> tuple[float, float, float]:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g.data, a.grad, b.grad


def demo(Value: Any, MLP: Any) -> dict[str, Any]:
    """Three steps of micrograd's demo, hinge loss with an L2 penalty, on six examples."""
    random.seed(1337)
    model = MLP(2, [4, 1])
    record: dict[str, Any] = {"repr": repr(model), "first": [p.data for p in model.parameters()], "losses": []}
    for k in range(3):
        inputs = [list(map(Value, row)) for row in ROWS]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(LABELS, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        model.zero_grad()
        total_loss.backward()
        if k == 0:
            record["scores"] = [score.data for score in scores]
            record["gradients"] = [p.grad for p in model.parameters()]
        record["losses"].append(total_loss.data)
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    record["last"] = [p.data for p in model.parameters()]
    return record


def test_expression_of_micrograds_readme() -> None:
    assert readme_example(Value) == close(README)


def test_three_steps_of_micrograds_demo() -> None:
    record = demo(Value, MLP)
    assert record["first"] == FIRST_PARAMETERS  # to the last bit, and so are the scores
    assert record["scores"] == FIRST_SCORES
    assert record["gradients"] == close(FIRST_GRADIENTS)
    assert record["losses"] == close(LOSSES)
    assert record["last"] == close(LAST_PARAMETERS)


def test_repr_is_micrograds() -> None:
    assert repr(MLP(2, [2, 1])) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"


def test_neuron_and_layer_draw_in_micrograds_order() -> None:
    random.seed(1337)
    neuron = Neuron(2)
    layer = Layer(2, 3, nonlin=False)
    assert [p.data for p in [*neuron.parameters(), *layer.parameters()]] == FIRST_PARAMETERS[:12]
    assert (neuron.nonlin, layer.neurons[0].nonlin) == (True, False)


def test_micrograd_itself() -> None:
    assert readme_example(Value) == close(readme_example(micrograd.engine.Value))
    ours, theirs = demo(Value, MLP), demo(micrograd.engine.Value, micrograd.nn.MLP)
    for exact in ("repr", "first", "scores"):
        assert ours[exact] == theirs[exact]
    for rounded in ("gradients", "losses", "last"):
        assert ours[rounded] == close(theirs[rounded])
