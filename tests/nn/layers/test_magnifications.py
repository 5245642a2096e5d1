"""One network, two magnifications: as Tensors and as scalars the same numbers; and what is inside one operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import InputTypeError, InputValueError, Tensor, Value, expand, topological_order
from nn import MLP, SGD, Dense, Sequential, cross_entropy, mean_squared_error

X = np.array([[1.0, -2.0, 0.5], [0.3, 0.1, -1.0], [2.0, 2.0, 2.0]])
values = np.vectorize(Value, otypes=[object])


def gradients_of_mlp(model: MLP, loss: Any) -> Any:
    """Layer by layer, in the shapes of W and b."""
    loss.backward()
    rows = [np.array([[p.grad for p in neuron.parameters()] for neuron in layer.neurons]) for layer in model.layers]
    return [part for each in rows for part in (each[:, :-1], each[:, -1])]


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "leaky_relu", "linear"])
@pytest.mark.parametrize("sizes", [[4, 1], [5, 4, 2], [1]], ids=str)
def test_outputs_and_gradients_are_the_same_in_both(activation: str, sizes: list[int]) -> None:
    scalar = MLP(3, sizes, activation=activation, seed=3)
    tensor = scalar.to_tensor()
    outputs = [np.ravel(scalar(x)) for x in X]
    result = tensor(X)
    expected = np.array([[each.data for each in row] for row in outputs])
    np.testing.assert_allclose(result.data, expected, rtol=1e-12)
    (result**2).sum().backward()
    slopes = gradients_of_mlp(scalar, sum(each**2 for row in outputs for each in row))
    for parameter, slope in zip(tensor.parameters(), slopes, strict=True):
        np.testing.assert_allclose(parameter.grad, slope, rtol=1e-12, atol=1e-14)


def test_conversion_there_and_back_keeps_every_number() -> None:
    scalar = MLP(3, [4, 2], activation=["tanh", None], seed=5)
    back = scalar.to_tensor().to_scalar()
    assert [p.data for p in back.parameters()] == [p.data for p in scalar.parameters()]
    assert repr(back) == repr(scalar)
    assert [name for name, _ in back.named_parameters()] == [name for name, _ in scalar.named_parameters()]
    assert [p.label for p in scalar.to_tensor().parameters()] == ["W", "b", "W", "b"]
    assert scalar.to_tensor().parameters()[2].scope == "layer 2"


def test_converted_networks_share_nothing() -> None:
    scalar = MLP(3, [2, 1], seed=5)
    tensor = scalar.to_tensor()
    before = tensor(X).data
    for parameter in scalar.parameters():
        parameter.data = 0.0
    np.testing.assert_array_equal(tensor(X).data, before)


def test_the_same_line_runs_on_arrays_of_values() -> None:
    generator = np.random.default_rng(0)
    W, b = generator.normal(size=(4, 3)), generator.normal(size=4)
    of_tensors, of_values = Dense(Tensor(W), Tensor(b), "tanh"), Dense(values(W), values(b), "tanh")
    z, scalars = of_tensors(X), of_values(X)
    assert scalars.shape == z.shape == (3, 4)
    np.testing.assert_allclose([[each.data for each in row] for row in scalars], z.data, rtol=1e-12)
    z.sum().backward()
    sum(scalars.ravel()).backward()
    np.testing.assert_allclose([[w.grad for w in row] for row in of_values.W], of_tensors.W.grad, rtol=1e-12)
    np.testing.assert_allclose([each.grad for each in of_values.b], of_tensors.b.grad, rtol=1e-12)
    assert len(of_values.parameters()) == 16
    assert len(of_tensors.parameters()) == 2


def test_training_on_tensors_takes_the_steps_of_training_on_scalars() -> None:
    scalar = MLP(3, [4, 1], activation="tanh", seed=1)
    tensor = scalar.to_tensor()
    y = np.array([1.0, -1.0, 0.5])
    first, second = SGD(scalar.parameters(), 0.1), SGD(tensor.parameters(), 0.1)
    for _ in range(10):
        loss = mean_squared_error([scalar(x) for x in X], y)
        first.zero_grad()
        loss.backward()
        first.step()
        other = ((tensor(X)[:, 0] - y) ** 2).mean()
        second.zero_grad()
        other.backward()
        second.step()
        assert other.item() == pytest.approx(loss.data, rel=1e-11)


def test_cross_entropy_is_that_of_its_definition() -> None:
    logits = np.array([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    t = Tensor(logits)
    loss = cross_entropy(t, [2, 1])
    assert loss.item() == pytest.approx(-np.log(p[[0, 1], [2, 1]]).mean(), rel=1e-12)
    loss.backward()
    np.testing.assert_allclose(t.grad, (p - np.eye(3)[[2, 1]]) / 2, rtol=1e-10)


# --- inside one operation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda W, x: W @ x,
        lambda W, x: W * x,
        lambda W, x: ac.tanh(W),
        lambda W, x: W.sum(axis=0),
        lambda W, x: W.mean(),
        lambda W, x: ac.outer(x, x),
        lambda W, x: ac.cumsum(x, axis=0),
        lambda W, x: W.T,
        lambda W, x: W[0],
        lambda W, x: ac.concatenate([x, x]),
    ],
)
def test_the_graph_inside_has_the_numbers_and_gradients_of_the_operation(f: Any) -> None:
    W, x = Tensor([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]], "W"), Tensor([5.0, 6.0], "x")
    node = f(W, x)
    inside = expand(node)
    assert inside.shape == node.shape
    np.testing.assert_allclose(np.array([each.data for each in inside.ravel()]), node.data.ravel(), rtol=1e-12)
    node.sum().backward()
    total = sum(inside.ravel())
    total.backward()
    named = {leaf.label: leaf.grad for leaf in topological_order(total) if leaf.op == "leaf"}
    for parent in (W, x):
        for index in np.ndindex(parent.shape):
            label = f"{parent.label}[{', '.join(map(str, index))}]"
            assert named.get(label, 0.0) == pytest.approx(parent.grad[index], rel=1e-12)


def test_what_has_no_inside_is_refused() -> None:
    A = Tensor([[2.0, 1.0], [1.0, 3.0]], "A")
    with pytest.raises(InputValueError, match="inv is not made of sums"):
        expand(ac.inv(A))
    with pytest.raises(InputTypeError, match="nothing inside"):
        expand(A)
    with pytest.raises(InputTypeError, match="is not a Tensor"):
        expand(Value(1.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Dense(np.ones((2, 2)), np.ones(2)), "give a Tensor, or an array of Values"),
        (lambda: Dense(Tensor(np.ones(2)), Tensor(np.ones(2))), "needs 2 axes"),
        (lambda: Dense(Tensor(np.ones((2, 3))), Tensor(np.ones(3))), "one bias an output"),
        (lambda: Dense(Tensor(np.ones((2, 3))), Tensor(np.ones(2)), "tan h"), "there is no activation"),
        (lambda: Dense(Tensor(np.ones((2, 3))), Tensor(np.ones(2)))(np.ones(2)), "weights for 3 inputs"),
        (lambda: Sequential([]), "there are no layers"),
        (lambda: Sequential([Dense(Tensor(np.ones((2, 3))), Tensor(np.ones(2)))] * 2), "2 outputs and layer 1"),
        (lambda: cross_entropy(np.ones(2), [0, 1]), "give a Tensor"),
        (lambda: cross_entropy(Tensor(np.ones((2, 2))), [0.0, 1.0]), "not integers"),
        (lambda: cross_entropy(Tensor(np.ones((2, 2))), [0, 2]), "not from 0 to 1"),
        (lambda: cross_entropy(Tensor(np.ones((2, 2))), [0]), "for 2 examples"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises((InputTypeError, InputValueError), match=message):
        wrong()
