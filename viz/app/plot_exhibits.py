"""The gallery's pictures of functions and training, with the textbook's examples and captions that say what to see."""

from __future__ import annotations

import functools
import math
import random
from typing import Any

import numpy as np

from autograd_core import exp, sin, step_size_study
from nn import (
    MLP,
    SGD,
    Adam,
    Data,
    History,
    Sequential,
    binary_cross_entropy_with_logits,
    circles,
    confusion_matrix,
    cross_entropy,
    fit,
    importance,
    load,
    mean_squared_error,
    predict,
    train,
)

from ..page.page import Page
from ..page.replay import replay
from ..plots.activations import plot_activations
from ..plots.approximation import plot_approximation, plot_taylor
from ..plots.confusion_map import plot_confusion_matrix
from ..plots.curves import plot_curves, plot_step_sizes
from ..plots.importance_bars import plot_importance
from ..plots.landscape import plot_landscape, plot_learning_rates
from ..plots.layer_histograms import plot_layer_histograms
from ..plots.loss_around import plot_loss_around
from ..plots.penalties import plot_penalties
from ..plots.plot import Plot
from ..plots.regions import plot_decision_boundary
from ..plots.training_plots import plot_training
from ..plots.valley import plot_standardizing, plot_valleys
from .graph_exhibits import Exhibit

__all__ = ["PICTURES", "training_page"]

Examples = tuple[list[list[float]], list[float]]


# --- data and networks ----------------------------------------------------------------------------------------------


def _moons(count: int = 160, noise: float = 0.18) -> Examples:
    """Two half circles that reach into each other, with noise; half of the examples each."""
    generator = random.Random(0)
    X, y = [], []
    for position in range(count):
        angle, label = math.pi * generator.random(), position % 2
        centre = (1.0 - math.cos(angle), 0.5 - math.sin(angle)) if label else (math.cos(angle), math.sin(angle))
        X.append([each + generator.gauss(0.0, noise) for each in centre])
        y.append(float(label))
    return X, y


def _clusters() -> Examples:
    """Three groups of examples around the corners of a triangle."""
    generator = random.Random(1)
    corners = ((0.0, 0.0), (3.0, 0.0), (1.5, 2.6))
    y = [position % 3 for position in range(120)]
    return [[each + generator.gauss(0.0, 0.75) for each in corners[label]] for label in y], list(map(float, y))


def _regression(count: int = 80) -> Examples:
    """A smooth function of four numbers."""
    generator = random.Random(2)
    X = [[generator.gauss(0.0, 1.0) for _ in range(4)] for _ in range(count)]
    return X, [math.tanh(x[0] * x[1]) + 0.5 * x[2] for x in X]


def _two_scales(count: int = 60) -> Examples:
    """A linear function of two features with noise; one feature varies five times as much as the other."""
    generator = random.Random(3)
    X = [[generator.gauss(0.0, 1.0), generator.gauss(0.0, 5.0)] for _ in range(count)]
    return X, [2.0 * a + b + generator.gauss(0.0, 1.0) for a, b in X]


@functools.cache
def _trained_on_moons(learning_rate: float) -> tuple[MLP, History]:
    X, y = _moons()
    model = MLP(2, [8, 1], activation=["tanh", "linear"], seed=2)
    optimizer = SGD(model.parameters(), learning_rate)
    loss = binary_cross_entropy_with_logits
    return model, train(model, X, y, loss=loss, optimizer=optimizer, epochs=80, batch_size=40, seed=0)


def _trained_on_clusters() -> Sequential:
    X, y = _clusters()
    model = MLP(2, [6, 3], activation=["tanh", "linear"], seed=1).to_tensor()
    optimizer = SGD(model.parameters(), 0.3)
    for _ in range(150):
        optimizer.zero_grad()
        cross_entropy(model(X), list(map(int, y))).backward()
        optimizer.step()
    return model


@functools.cache
def _trained_on_wine() -> tuple[Sequential, Data]:
    """The network, and the examples it has not seen."""
    data, test = load("wine").split(test_size=0.4, seed=0)
    data, test = data.standardized(test)
    model = MLP(13, [8, 3], activation=["tanh", "linear"], seed=0).to_tensor()
    fit(model, data, loss=cross_entropy, epochs=15)
    return model, test


def _trained_to_approximate(neurons: int) -> MLP:
    """One hidden layer of tanh neurons, whose slopes are at first spread over the interval."""
    model = MLP(1, [neurons, 1], activation=["tanh", "linear"], initializer="uniform", seed=1)
    generator = random.Random(1)
    for neuron in model.layers[0].neurons:
        weight = neuron.w[0]
        weight.data = 3.0 * weight.data
        neuron.b.data = -weight.data * generator.uniform(-2.5, 2.5)
    X = [[position / 8.0] for position in range(-20, 21)]
    y = [_wave(x) for [x] in X]
    optimizer = SGD(model.parameters(), 0.1)
    train(model, X, y, loss=mean_squared_error, optimizer=optimizer, epochs=500, batch_size=len(X), seed=0)
    return model


def _wave(x: float) -> float:
    """A wave on a slope."""
    wave: float = sin(2.0 * x) + 0.5 * x
    return wave


# --- the pictures ---------------------------------------------------------------------------------------------------


def _convex() -> Plot:
    return plot_landscape(
        lambda w1, w2: w1**2 + 4 * w2**2, start=(2.5, 2.0), steps=30, title="A bowl is convex: downhill is the way"
    )


def _non_convex() -> Plot:
    return plot_landscape(
        lambda w1, w2: (w1**2 + w2 - 11) ** 2 + (w1 + w2**2 - 7) ** 2,
        start=(-0.5, -1.0),
        learning_rate=0.01,
        steps=40,
        limits=((-5.0, 5.0), (-5.0, 5.0)),
        title="Four minima: which one is found depends on the start",
    )


def _saddle() -> Plot:
    return plot_landscape(
        lambda w1, w2: w1**2 - w2**2,
        start=(2.5, -0.02),
        steps=26,
        title="A saddle: the descent slows down, then leaves along the other axis",
    )


def _learning_rates() -> Plot:
    return plot_learning_rates(
        lambda w1, w2: w1**2 + 4 * w2**2,
        start=(2.5, 1.5),
        learning_rates=[0.01, 0.1, 0.22, 0.26],
        title="Too small, good, good with a zig-zag, too large",
    )


def _valleys() -> Plot:
    return plot_valleys(
        {
            "$w_1^2 + w_2^2$": lambda w1, w2: w1**2 + w2**2,
            "$w_1^2 + 20\\,w_2^2$": lambda w1, w2: w1**2 + 20 * w2**2,
            "$w_1^2 + 40\\,w_2^2$": lambda w1, w2: w1**2 + 40 * w2**2,
        },
        title="The longer the valley, the more the descent zig-zags",
    )


def _standardizing() -> Plot:
    return plot_standardizing(*_two_scales(), title="Standardised features make the valley round")


def _penalties() -> Plot:
    return plot_penalties(
        lambda w1, w2: (w1 - 0.6) ** 2 + 0.6 * (w1 - 0.6) * (w2 - 2) + (w2 - 2) ** 2,
        start=(2.5, 0.3),
        strength=2.0,
        title="The corner of the diamond makes a weight 0, the circle makes it small",
    )


def _training() -> Plot:
    return plot_training(
        {f"learning rate {rate:g}": _trained_on_moons(rate)[1] for rate in (0.1, 0.5, 2.0)},
        title="The same network, trained with three learning rates",
    )


def _boundary() -> Plot:
    return plot_decision_boundary(_trained_on_moons(2.0)[0], *_moons())


def _regions() -> Plot:
    return plot_decision_boundary(_trained_on_clusters(), *_clusters())


def _vanishing() -> Plot:
    model = MLP(4, [10, 10, 10, 10, 1], activation=["sigmoid"] * 4 + ["linear"], seed=0)
    return plot_layer_histograms(
        model, *_regression(), loss=mean_squared_error, title="Sigmoid: gradients shrink towards the first layer"
    )


def _by_depth() -> Plot:
    X, y = _moons()

    def length(activation: str, depth: int) -> float:
        model = MLP(2, [16] * depth + [1], activation=[activation] * depth + ["linear"], seed=0).to_tensor()
        binary_cross_entropy_with_logits(model(X), y).backward()
        return float(np.linalg.norm(model.layers[0].W.grad))

    depths = [1, 2, 4, 8, 12, 16]
    return plot_curves(
        {name: (depths, [length(name, depth) for depth in depths]) for name in ("sigmoid", "tanh", "relu")},
        x="hidden layers",
        y="length of the first layer's gradient",
        logarithmic="y",
        title="What reaches the first layer",
    )


def _kept() -> Plot:
    model = MLP(4, [10, 10, 10, 10, 1], activation=["relu"] * 4 + ["linear"], initializer="he_normal", seed=0)
    return plot_layer_histograms(
        model, *_regression(), loss=mean_squared_error, title="ReLU with He's weights: gradients keep their size"
    )


def _taylor() -> Plot:
    return plot_taylor(sin, orders=[1, 3, 5, 7, 9], title="Taylor polynomials of sin around 0")


def _approximation() -> Plot:
    models = {
        f"{neurons} hidden neuron{'' if neurons == 1 else 's'}": _trained_to_approximate(neurons)
        for neurons in (1, 2, 4, 16)
    }
    return plot_approximation(_wave, models, limits=(-2.5, 2.5), title="One hidden layer approaches a function")


def _around() -> Plot:
    X, y = _moons()
    return plot_loss_around(
        _trained_on_moons(2.0)[0],
        X,
        y,
        loss=binary_cross_entropy_with_logits,
        seed=0,
        title="The loss around a trained network, along two random directions",
    )


def _step_sizes() -> Plot:
    return plot_step_sizes(step_size_study(lambda x: exp(sin(x)), 1.0))


def _activations() -> Plot:
    return plot_activations(title="Activation functions and their derivatives")


def _further_activations() -> Plot:
    return plot_activations(["prelu", "selu", "silu", "gelu"])


def _confusion() -> Plot:
    model, test = _trained_on_wine()
    return plot_confusion_matrix(confusion_matrix(test.y, predict(model, test.X), test.class_names))


def _importance() -> Plot:
    model, test = _trained_on_wine()
    return plot_importance(importance(model, test, seed=0), title="What a network listens to, of wines it has not seen")


def training_page() -> Page:
    """The training of a small network, moment by moment."""
    model = MLP(2, [4, 1], activation=["tanh", "linear"], seed=3)
    options: dict[str, Any] = {"optimizer": Adam(model.parameters(), 0.05), "epochs": 90, "validation": 0.2}
    history = fit(model, circles(100), loss=binary_cross_entropy_with_logits, record_every=3, **options)
    return replay(history, title="How a ring and what is inside of it are told apart")


PICTURES: dict[str, Exhibit] = {
    "activations": Exhibit(
        _activations,
        "Far from 0 the derivatives of the upper row die away, and a neuron there learns no more; in the lower row one "
        "side keeps its slope. A dot marks the value used where there is no derivative.",
    ),
    "further-activations": Exhibit(
        _further_activations,
        "PReLU learns its slope below 0, SELU keeps the spread of what goes through it; SiLU and GELU are smooth "
        "everywhere, and dip below 0 before they rise.",
    ),
    "training-curves": Exhibit(
        _training,
        "The loss of each epoch on a logarithmic scale. All three come to the plateau of a boundary that is nearly "
        "straight; the larger the learning rate, the sooner the network leaves it, and the more restless its curve.",
    ),
    "landscape-convex": Exhibit(
        _convex,
        "Each step stands at right angles to its contour and is as long as the slope is steep; so steps grow short "
        "close to the minimum.",
    ),
    "landscape-non-convex": Exhibit(
        _non_convex,
        "Himmelblau's function has four minima of the same depth. The descent finds the one in whose basin it starts.",
    ),
    "landscape-saddle": Exhibit(
        _saddle,
        "At the saddle the gradient is 0, yet it is no minimum: dots crowd where the descent nearly stops, before the "
        "direction that leads down takes over.",
    ),
    "learning-rates": Exhibit(
        _learning_rates,
        "The same start, four learning rates. A small one creeps, a large one jumps across the valley, and beyond "
        "2 / (largest curvature) = 1/4 each jump lands higher than the one before.",
    ),
    "valleys": Exhibit(
        _valleys,
        "Even with the best constant learning rate the number of steps grows like the condition number κ, for the "
        "steep direction allows no larger steps and the flat one needs them.",
    ),
    "standardizing": Exhibit(
        _standardizing,
        "The same regression twice: with features on different scales the loss is a long valley; standardised, its "
        "contours are nearly circles, and a few steps lead to the minimum.",
    ),
    "penalties": Exhibit(
        _penalties,
        "The cross is the minimum without a penalty. With the l1 penalty the descent ends on a corner of the diamond, "
        "where the first weight is 0; with the l2 penalty it ends where a circle touches a contour.",
    ),
    "decision-boundary": Exhibit(
        _boundary,
        "A network with one hidden layer bends the boundary between two classes around the examples. The shade is "
        "its probability: pale where it is in doubt.",
    ),
    "decision-regions": Exhibit(
        _regions,
        "With one output a class, each class has the region in which its output is the largest; boundaries meet where "
        "three are equal.",
    ),
    "confusion": Exhibit(
        _confusion,
        "Each row is a true class, each column what the network takes it for; what is right stands on the diagonal.",
    ),
    "importance": Exhibit(
        _importance,
        "On the left how the output changes with each feature, on the right how much accuracy is lost when the feature "
        "is shuffled among the wines: two questions, and often two orders.",
    ),
    "layers-sigmoid": Exhibit(
        _vanishing,
        "Outputs of sigmoid neurons crowd around one half, and gradients shrink about fourfold a layer on the way back "
        "(from right to left).",
    ),
    "layers-relu": Exhibit(
        _kept,
        "Half of the outputs are 0, in the first bar. The histograms of the gradients lie nearly over each other: from "
        "the last layer to the first they shrink much less than those of sigmoid.",
    ),
    "depth": Exhibit(
        _by_depth,
        "Lists of numbers as curves: each layer of sigmoids more divides the gradient of the first one by about four, "
        "while tanh and relu, with weights matched to them, keep its size.",
    ),
    "taylor": Exhibit(
        _taylor,
        "Each pair of derivatives more follows the sine further from 0; beyond, a polynomial leaves for infinity.",
    ),
    "approximation": Exhibit(
        _approximation,
        "The black bar is the largest error on the interval, the sup norm. With more hidden neurons it shrinks.",
    ),
    "loss-around": Exhibit(
        _around,
        "The trained network lies low in a wide basin. Both directions are scaled to the length of each "
        "neuron's weights (Li et al., 2018).",
    ),
    "step-sizes": Exhibit(
        _step_sizes,
        "The error of finite differences falls with the step until round-off takes over; the black mark is the best "
        "step. Higher orders fall faster, and the complex step has no round-off at all.",
    ),
}
