"""The gallery's pictures of graphs and networks, with captions that say what to see."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_core import Tensor, Value, matmul, relu, scope, sigmoid, sin, tanh
from nn import MLP, SGD, cross_entropy, mean_squared_error

from ..drawing.compare import compare
from ..drawing.draw import draw
from ..drawing.drawing import Drawing
from ..drawing.network import draw_network
from ..output.picture import Picture
from ..page.page import Page
from ..page.step_through import step_through

__all__ = ["GRAPHS", "Exhibit", "lesson"]


class Exhibit(NamedTuple):
    """A picture of the gallery.

    Attributes
    ----------
    draw
        Makes it; the same each time.
    caption
        What to see in it.
    """

    draw: Callable[[], Picture]
    caption: str


def _neuron() -> Value:
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(1.0, "b")
    z: Value = tanh(w * x + b)
    z.label = "z"
    return z


def _one_neuron() -> Drawing:
    z = _neuron()
    z.backward()
    return draw(z, derivatives="formulas", title="One neuron, after the backward pass")


def _a_step() -> Drawing:
    return draw(_neuron(), step=2, title="A step backwards: z₂ passes its gradient on to z₁ and to b")


def lesson() -> Page:
    """The live page of the same neuron, on which that is a step."""
    return step_through(_neuron(), title="One neuron, step by step", start="backward")


def _used_twice() -> Drawing:
    a, b = Value(2.0, "a"), Value(0.5, "b")
    root = sin(a * b) + a * b
    root.backward()
    return draw(root, merge_duplicates=True, title="What could be shared")


def _deep_chain() -> Drawing:
    signal = Value(0.5, "x")
    for layer in range(1, 5):
        with scope(f"layer {layer}"):
            signal = sigmoid(Value(1.2, f"w{layer}") * signal)
    signal.backward()
    return draw(signal, heat="grad", title="A chain of sigmoids: the gradient vanishes")


def _prediction() -> Value:
    model = MLP(3, [12, 12, 1], activation="tanh", seed=0)
    prediction: Value = model([1.0, -2.0, 0.5])
    prediction.backward()
    return prediction


def _layers() -> Drawing:
    return draw(_prediction(), depth=1, title="A network of three layers, a box each")


def _one_of_many() -> Drawing:
    prediction = MLP(2, [8, 1], activation="tanh", seed=0)([1.0, -2.0])
    prediction.backward()
    return draw(prediction, focus="layer 1/neuron 2", title="One neuron opened, the others folded")


def _one_path() -> Drawing:
    model = MLP(2, [2, 2, 1], activation="tanh", seed=1)
    prediction = model([1.0, -0.5])
    prediction.label = "prediction"
    prediction.backward()
    leaf = model.layers[0].neurons[0].w[0]
    return draw(prediction, path=(leaf, prediction), title="From one weight to the prediction")


def _two_moments() -> Drawing:
    w, x = Value(0.5, "w"), Value(1.5, "x")
    before = (tanh(w * x) - 1.0) ** 2
    before.backward()
    kept = copy.deepcopy(before)
    w.data -= 0.5 * w.grad
    for leaf in (w, x):
        leaf.zero_grad()
    after = (tanh(w * x) - 1.0) ** 2
    after.backward()
    return compare(kept, after, title="One step of gradient descent")


def _two_graphs() -> Drawing:
    def model(activation: Callable[[Value], Value], penalty: bool) -> Value:
        w, x = Value(2.0, "w"), Value(0.5, "x")
        z = activation(w * x)
        return z + 0.1 * w**2 if penalty else z

    return compare(model(tanh, False), model(relu, True), title="Another activation, and a penalty")


def _arrays() -> Drawing:
    generator = np.random.default_rng(0)
    X, labels = generator.normal(size=(8, 4)), generator.integers(0, 3, 8)
    W1, b1 = Tensor(generator.normal(size=(4, 5)) / 2, "W1"), Tensor(np.zeros(5), "b1")
    W2, b2 = Tensor(generator.normal(size=(5, 3)) / 2, "W2"), Tensor(np.zeros(3), "b2")
    loss = cross_entropy(relu(matmul(X, W1) + b1) @ W2 + b2, labels)
    loss.backward()
    return draw(loss, title="A network on a batch of eight examples, in matrices")


def _network(sizes: tuple[int, ...], seed: int) -> MLP:
    return MLP(sizes[0], list(sizes[1:]), activation="tanh", seed=seed)


def _small_network() -> Drawing:
    return draw_network(_network((3, 3, 2), 0), title="A network 3-3-2")


def _trained_network() -> Drawing:
    model = _network((2, 4, 4, 1), 3)
    optimizer = SGD(model.parameters(), learning_rate=0.2)
    for _ in range(200):
        loss = mean_squared_error(
            [model([x, y]) for x in (-1.0, 1.0) for y in (-1.0, 1.0)], [x * y for x in (-1, 1) for y in (-1, 1)]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    optimizer.zero_grad()  # what is left of them belongs to the weights before the last step
    return draw_network(model, title="A network 2-4-4-1 that has learnt the product of two signs")


GRAPHS: dict[str, Exhibit] = {
    "a-step": Exhibit(
        _a_step,
        "In the middle of the backward pass: z₂ multiplies its gradient by each local derivative and passes the "
        "products on. What waits for its gradient has a dash; nothing moves from step to step.",
    ),
    "one-neuron": Exhibit(
        _one_neuron,
        "Each node holds its number and its gradient, each edge the local derivative, as a formula and at this point. "
        "The gradient of w is the product along its path: 0.07065 times 1 times 0.5.",
    ),
    "shared-part": Exhibit(
        _used_twice,
        "The product a b was computed twice, as its node says, and is drawn once. Two edges leave it, and what comes "
        "back along them adds up.",
    ),
    "vanishing-gradient": Exhibit(
        _deep_chain,
        "The derivative of sigmoid is 1/4 at most, so each layer on the way back to x makes the gradient several times "
        "smaller, which the colours show.",
    ),
    "network-of-layers": Exhibit(
        _layers,
        "The whole graph has hundreds of nodes; folded at the first depth it is three boxes, with the number of "
        "parameters in each.",
    ),
    "neuron-in-a-network": Exhibit(
        _one_of_many,
        "The weighted sum of one neuron of the first layer lies open. Its equal siblings are one box.",
    ),
    "path": Exhibit(
        _one_path,
        "Two paths lead from this weight to the prediction, for its neuron feeds both neurons of the next layer. The "
        "gradient is the sum of the products along them.",
    ),
    "two-moments": Exhibit(
        _two_moments,
        "The same graph before and after a step: each number that changed stands as before and after, and the loss is "
        "smaller.",
    ),
    "two-graphs": Exhibit(
        _two_graphs,
        "What is only in the second graph is blue and marked +, what only the first one had is orange, dashed and "
        "marked −; what both have in common stands between.",
    ),
    "tensors": Exhibit(
        _arrays,
        "The same kind of graph with an array in each node: its shape, its type, and its numbers or their range and "
        "distribution. The derivative of a matrix product is a matrix: its entries and size are at the edge.",
    ),
    "network-3-3-2": Exhibit(
        _small_network,
        "A line is a weight, the thicker the larger: blue where it is positive, orange and dashed where negative. "
        "In each circle stands the activation function, below it the bias.",
    ),
    "network-2-4-4-1": Exhibit(
        _trained_network,
        "After training, a few strong connections carry the answer, and many weights have stayed small.",
    ),
}
