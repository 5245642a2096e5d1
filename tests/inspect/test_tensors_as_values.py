"""explain and paths on Tensors: their graph is told as that of its numbers, up to a size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import AutogradError, Tensor, Value, explain, gradient_health, paths, scope
from nn import MLP

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "a layer": lambda W, x: ac.tanh(x @ W.T + [0.5, -0.5, 1.0]).mean(),
    "broadcasting": lambda W, x: ((W - W.mean(axis=0, keepdims=True)) * x[0]).sum() ** 2,
    "softmax": lambda W, x: (ac.softmax(x @ W.T, 1) * np.arange(3.0)).sum(),
    "indices": lambda W, x: (W[1:, 0] * W[0, 1]).sum() / x[1, 1],
    "joined": lambda W, x: ac.cumsum(ac.concatenate([W, x]), 0).max(),
    "a root alone": lambda W, x: ac.sqrt(W[0, 0]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_paths_and_explanations_add_up_to_the_gradient_of_each_number(name: str) -> None:
    W, x = Tensor([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]], "W"), Tensor([[0.3, -0.2], [0.1, 0.4]], "x")
    root = FUNCTIONS[name](W, x)
    expected = ac.grad(FUNCTIONS[name], (0, 1))(W.data, x.data)
    for tensor, gradients in zip((W, x), expected, strict=True):
        for index in np.ndindex(tensor.shape):
            found = paths(root, (tensor, index), limit=10_000)
            assert found.complete
            assert found.total == pytest.approx(gradients[index], rel=1e-10, abs=1e-14)
            assert explain(root, (tensor, index)).gradient == pytest.approx(gradients[index], rel=1e-10, abs=1e-14)


def test_labels_and_scopes_are_kept() -> None:
    model = MLP(2, [1, 1], activation="tanh", seed=1).to_tensor()
    weights, bias = model.parameters()[:2]
    a = Value(2.0)
    outputs = model(ac.stack([a, a * 2]).reshape(1, 2))
    outputs.label = "p"
    root = outputs[:, 0].sum()
    root.label = "L"
    text = str(explain(root, (weights, (0, 1))))
    assert text.startswith("How p_0_0 changes with W_0_1: dp_0_0/dW_0_1 ")  # the sum of one number is that number
    assert {node.label for node in paths(root * 1.0, a)[0].nodes} == {"p[0, 0]", None}
    assert a.label is None
    assert paths(root, bias).leaf.scope == "layer 1"


def test_a_node_on_the_way_and_a_tensor_of_one_number_are_taken_too() -> None:
    x = Tensor([3.0, 4.0], "x")
    squares = x * x
    root = squares.sum() * 2.0
    assert paths(root, (squares, 0)).gradient == 2.0
    assert paths(root, (x, -1)).gradient == 16.0
    assert explain(root, root).gradient == 1.0


def test_values_below_tensors_are_themselves() -> None:
    a = Value(2.0, "a")
    found = paths((ac.stack([a, a * a]) * [3.0, 5.0]).sum(), a)
    assert found.leaf is a
    assert (found.count, found.total) == (3, 23.0)


def test_numbers_are_those_of_now_and_the_gradient_a_tensor_holds_is_told() -> None:
    W = Tensor([1.0, 2.0], "W")
    root = (W * W).sum()
    root.backward()
    assert explain(root, (W, 1)).held is None
    W.grad = [0.0, 7.0]
    assert explain(root, (W, 1)).held == 7.0
    W.data = [1.0, 3.0]
    with pytest.raises(AutogradError, match="explain: the data of a leaf was set after tensor without label"):
        explain(root, (W, 1))


def test_plain_numbers_among_them_have_no_label() -> None:
    x = Tensor([1.0, 2.0], "x")
    padded = ac.pad(x * x, 1)
    padded.label = "p"
    assert explain((padded**2).sum(), (x, 1)).gradient == 32.0


@pytest.mark.parametrize("name", ["exp", "softmax"])
def test_a_derivative_of_ones_own_is_not_taken_for_that_of_the_table(name: str) -> None:
    def function(x: Any) -> Any:
        return getattr(ac, name)(x)

    function.__name__ = function.__qualname__ = name
    clipped = ac.custom_derivative(function, vjp=lambda u, z, x: (u * 0.0,))
    x = Tensor([1.0, 2.0], "x")
    assert gradient_health(clipped(x).sum()).layers[0].activations == 0
    with pytest.raises(AutogradError, match=f"paths: {name} is not made of sums"):
        paths(clipped(x).sum(), (x, 0))


def test_what_reaches_no_number_has_no_path() -> None:
    W = Tensor([1.0, 2.0], "W")
    assert paths((Tensor([1.0]) * 2.0).sum(), (W, 0)).count == 0


W = Tensor([[1.0, 2.0], [3.0, 4.0]], "W")
LARGE = Tensor(np.ones((60, 60)), "L")


@pytest.mark.parametrize("tell", [explain, paths])
@pytest.mark.parametrize(
    ("root", "leaf", "message"),
    [
        ((W * W).sum, W, r"holds 4 numbers, and \(\) is no index of one of them; name one, such as \(tensor"),
        ((W * W).sum, (W, (0, 2)), "no index of one"),
        ((W * W).sum, (W, 0), "no index of one"),
        (lambda: W * W, (W, (0, 0)), "only a scalar has a gradient; sum it first"),
        (lambda: ac.inv(W).sum(), (W, (0, 0)), "(explain|paths): inv is not made of sums"),
        ((LARGE @ LARGE).sum, (LARGE, (0, 0)), "one of about 22.,... Values, and at most 20,000 are made"),
        (lambda: Value(1.0) * 2, (W, (0, 0)), "but from Values"),
        ((W * W).sum, "W", "'W' is not a node"),
        (lambda: Tensor(1.0).sum(), "W", "'W' is not a node"),
        (lambda: ac.constant(1.0), W, "no gradient flows into"),
    ],
)
def test_what_cannot_be_told_is_refused(tell: Any, root: Any, leaf: Any, message: str) -> None:
    with pytest.raises(AutogradError, match=message):
        tell(root(), leaf)


def test_nodes_keep_their_gradients() -> None:
    with scope("a"):
        W = Tensor([1.0, 2.0], "W")
    root = (W * W).sum()
    paths(root, (W, 0))
    assert not W.has_grad
    assert not root.has_grad
