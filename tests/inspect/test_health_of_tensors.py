"""Gradient health of Tensors: the numbers of the same network made of Values, and troubles at whole operations."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
import nn
from autograd_core import GradientHealth, InputValueError, Tensor, Value, gradient_health, scope
from nn import MLP, mean_squared_error

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(10, 2))
Y = np.sign(X[:, 0] * X[:, 1])


def of_twins(activation: str, scale: float) -> tuple[GradientHealth, GradientHealth]:
    """Of a network of Values, and of the same one of Tensors."""
    scalar = MLP(2, [8, 8, 1], activation=[activation, activation, "linear"], seed=1)
    for parameter in scalar.parameters():
        parameter.data *= scale
    tensor = scalar.to_tensor()
    of_values = gradient_health(mean_squared_error([scalar(x) for x in X.tolist()], Y.tolist()))
    return of_values, gradient_health(((tensor(X)[:, 0] - Y) ** 2).mean())


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "leaky_relu", "elu"])
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_layers_have_the_numbers_of_the_same_network_of_values(activation: str, scale: float) -> None:
    of_values, of_tensors = of_twins(activation, scale)
    for one, other in zip(of_values.layers, of_tensors.layers, strict=True):
        assert (one.name, one.activations) == (other.name, other.activations)
        assert (one.dead, one.saturated) == (other.dead, other.saturated)
        assert other.gradient == pytest.approx(one.gradient, rel=1e-9)
        assert other.growth == (None if one.growth is None else pytest.approx(one.growth, rel=1e-9))
    assert of_values.layers[0].activations == 80


@pytest.mark.slow
def test_the_same_layers_grow_and_are_saturated() -> None:
    grown = of_twins("relu", 20.0)
    named = [next(each.evidence for each in health.troubles if each.kind == "growing") for health in grown]
    assert [text.split(" times ")[1].split(";")[0] for text in named] == ["from 'layer 2' back to 'layer 1'"] * 2
    assert [each.edge.name for each in grown[1].troubles] == ["layer 1/relu → layer 2/matmul"]
    of_values, of_tensors = of_twins("tanh", 20.0)
    layers = [list(dict.fromkeys(each.edge.layer for each in health.troubles)) for health in (of_values, of_tensors)]
    assert layers == [["layer 2", "layer 1"]] * 2  # where most is lost comes first
    assert "elements" in of_tensors.worst[0].evidence


def test_edges_tell_sizes_in_and_out() -> None:
    x = Tensor([[3.0, -1.0]], "x")
    with scope("layer 1"):
        z = ac.relu(x @ Tensor([[2.0, 1.0, 0.0], [1.0, 5.0, 1.0]], "W"))
    health = gradient_health((z * [[4.0, 4.0, 4.0]]).sum())
    edges = {each.name: each for each in health.edges}
    relu, of_x = edges["layer 1: matmul → relu"], edges["x → layer 1/matmul"]
    assert (relu.count, relu.dead, relu.local_derivative) == (3, 2 / 3, 0.0)
    assert (relu.smallest, relu.largest) == (0.0, 4.0)
    # x receives (2, 1) times 4 from what has received 4.
    assert (of_x.count, of_x.op, of_x.symbol) == (1, "matmul", "matmul")
    assert (of_x.smallest, of_x.largest, of_x.local_derivative) == (4.0, 8.0, 2.0)
    assert health.layers[0].heaviest_path == 4.0


def test_what_is_used_twice_has_received_both() -> None:
    y = Tensor([1.0, -2.0], "x") * -3.0
    edges = {each.name: each for each in gradient_health((y * y).sum()).edges}
    assert (edges["x → mul"].largest, edges["x → mul"].local_derivative) == (36.0, 3.0)


def test_values_below_tensors_receive_each_their_own_number() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    edges = {each.name: each for each in gradient_health((ac.stack([a * a, -b]) * [5.0, -7.0]).sum()).edges}
    assert (edges["a → mul"].count, edges["a → mul"].largest) == (1, 10.0)
    assert (edges["b → neg"].local_derivative, edges["b → neg"].largest) == (1.0, 7.0)


def test_growth_is_counted_from_the_layer_that_most_elements_go_to() -> None:
    with scope("layer 1"):
        first = Tensor([1.0, 2.0, 3.0], "x") * 1.0
    with scope("layer 2"):
        second = first * 5.0
    with scope("layer 3"):
        root = (second * 7.0).sum() + first[0] * 0.5
    health = gradient_health(root)
    assert [each.gradient for each in health.layers] == [35.0, 7.0, 1.0]
    assert health.layers[0].growth == 5.0


def test_an_operation_that_is_switched_off_everywhere_is_dead() -> None:
    with scope("layer 1"):
        z = ac.relu(Tensor([1.0, 2.0], "x") * -1.0)
    [trouble] = gradient_health(z.sum()).troubles
    assert (trouble.kind, trouble.edge.name) == ("dead", "layer 1: mul → relu")
    assert "all 2 elements" in trouble.evidence


def test_constants_that_differ_by_element_make_no_activation() -> None:
    x = Tensor([1.0, -1.0], "x")
    assert gradient_health(ac.maximum(x, 0.0).sum()).layers[0].activations == 2
    assert gradient_health(ac.maximum(x, np.array([0.0, 1.0])).sum()).layers[0].activations == 0


def test_where_a_gradient_becomes_infinite_is_named_also_below_the_tensors() -> None:
    a = Value(0.0, "a")
    for root in ((ac.stack([ac.sqrt(a), Value(1.0)]) * 3.0).sum(), ac.sqrt(Tensor([0.0, 1.0], "a")).sum()):
        trouble = gradient_health(root).worst[0]
        assert (trouble.kind, trouble.edge.name) == ("not finite", "a → sqrt")
    x = Tensor([[1e200, 1.0]], "x")
    trouble = gradient_health(((x @ x.T) * 1e150).sum()).worst[0]
    assert (trouble.kind, trouble.edge.op) == ("not finite", "matmul")
    assert "matmul works on whole arrays" in trouble.evidence


def test_without_scopes_the_largest_number_at_a_leaf_is_judged() -> None:
    x = Tensor([1.0, 2.0], "x")
    for factor, kind in ((1e4, "growing"), (1e-4, "shrinking")):
        troubles = gradient_health((x * factor * factor).sum()).troubles
        assert [(each.kind, each.edge.local_derivative) for each in troubles] == [(kind, factor)] * 2
        assert "along a path back to 'x'" in troubles[0].evidence


def test_a_model_may_compute_with_tensors() -> None:
    W = Tensor([[1.0, -2.0], [0.5, 1.0]], "W")

    def model(row: list[float]) -> Tensor:
        with scope("layer 1"):
            return ac.tanh(W @ np.array(row)).sum()

    def loss(predictions: list[Tensor], targets: list[float]) -> Tensor:
        return sum((p - t) ** 2 for p, t in zip(predictions, targets, strict=True)) / len(targets)

    health = nn.gradient_health(model, X, Y, loss=loss)
    assert [(each.name, each.activations) for each in health.layers] == [("layer 1", 20), ("", 0)]


def test_nothing_is_changed_and_no_second_pass_is_needed() -> None:
    x = Tensor([1.0, 2.0], "x")
    y = x * x
    gradient_health(y.sum())
    assert not x.has_grad
    assert not y.has_grad
    with pytest.raises(InputValueError, match="holds 2 numbers, and only a scalar has a gradient; sum it first"):
        gradient_health(y)
    assert gradient_health(y[:0].sum() + x.sum()).layers[0].gradient == 1.0
