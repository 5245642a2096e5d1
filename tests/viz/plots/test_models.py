"""Pictures of models: training curves, decision boundaries, layers, and the loss around a network."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_checks import line, lines, points_of

from autograd_core import InputTypeError, InputValueError, NotReplayedWarning, Tensor, stop_gradient
from nn import (
    MLP,
    SGD,
    History,
    Sequential,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    mean_squared_error,
    train,
)
from viz import plot_decision_boundary, plot_layer_histograms, plot_loss_around, plot_training
from viz.plots.descent import descend
from viz.plots.loss_around import filter_normalised, losses_around
from viz.plots.models import outputs_of

X = np.random.default_rng(0).normal(size=(24, 2))
LABELS = (X[:, 0] * X[:, 1] > 0.0).astype(float)


def network(*sizes: int, activation: str = "tanh") -> MLP:
    return MLP(2, sizes, activation=[activation] * (len(sizes) - 1) + ["linear"], seed=3)


# --- training curves ------------------------------------------------------------------------------------------------


def test_a_training_curve_shows_the_losses_of_the_epochs() -> None:
    model = network(3, 1)
    optimizer = SGD(model.parameters(), 0.1)
    history = train(model, X, LABELS, loss=mean_squared_error, optimizer=optimizer, epochs=6, batch_size=8, seed=0)
    [axes] = plot_training(history).figure.axes
    assert points_of(axes.lines[0]).tolist() == [[epoch, loss] for epoch, loss in enumerate(history.losses, start=1)]
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == "epoch"


def test_several_histories_are_told_apart_by_colour_mark_and_name() -> None:
    plot = plot_training({"slow": History((1.0, 0.9)), "fast": History((1.0, 0.1, 0.01))})
    slow, fast = plot.figure.axes[0].lines
    assert slow.get_color() != fast.get_color()
    assert slow.get_marker() != fast.get_marker()
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["slow", "fast"]


def test_a_loss_of_zero_lies_at_the_bottom_and_a_negative_one_has_a_linear_scale() -> None:
    [axes] = plot_training(History((1.0, 0.01, 0.0))).figure.axes
    bottom, top = axes.get_ylim()
    shown = points_of(axes.lines[0])[:, 1]
    assert bottom < shown[2] < 0.01  # so that its mark is not cut off
    assert top > 1.0
    assert axes.lines[0].get_markevery() == [0, 1, 2]
    [axes] = plot_training(History((1.0, -1.0))).figure.axes
    assert axes.get_yscale() == "linear"
    assert points_of(axes.lines[0])[:, 1].tolist() == [1.0, -1.0]


def test_what_is_no_history_is_refused() -> None:
    with pytest.raises(InputValueError, match="no epochs"):
        plot_training(History(()))
    with pytest.raises(InputValueError, match="no histories"):
        plot_training({})
    with pytest.raises(InputTypeError, match="not a History"):
        plot_training([1.0, 0.5])  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="'a'"):
        plot_training({"a": (1.0, 0.5)})  # type: ignore[dict-item]


# --- decision boundaries --------------------------------------------------------------------------------------------


def boundary_of(axes: Any, position: int = -1) -> Any:
    return np.concatenate([path.vertices for path in axes.collections[position].get_paths()])


@given(st.floats(-2.0, 2.0), st.floats(0.5, 2.0), st.floats(-0.5, 0.5))
@settings(max_examples=10)
def test_the_boundary_of_a_linear_model_is_its_line(a: float, b: float, c: float) -> None:
    examples = [[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]
    plot = plot_decision_boundary(lambda x: a * x[0] + b * x[1] + c, examples, [0, 1, 1])
    points = boundary_of(plot.figure.axes[0])
    assert len(points) > 1
    assert np.allclose(points @ [a, b] + c, 0.0, atol=1e-9)


@pytest.mark.parametrize("kind", ["neurons", "tensors", "arrays of Values", "a function", "a branch"])
def test_on_the_boundary_a_network_is_undecided(kind: str) -> None:
    model = network(4, 1)
    copies: dict[str, Any] = {
        "neurons": model,
        "tensors": model.to_tensor(),
        "arrays of Values": lambda x: model(x)[0] if isinstance(model(x), list) else model(x),
        "a function": lambda x: [model(x)],
        "a branch": lambda x: model(x) if x[0] > 0.0 else model(x) + 0.0,
    }
    plot = plot_decision_boundary(copies[kind], X, LABELS)
    points = boundary_of(plot.figure.axes[0])
    logits = np.array([model(point).data for point in points.tolist()])
    assert len(points) > 20
    assert np.abs(logits).max() < 5e-3  # contours are straight between the lines of the grid
    right = sum((model(x).data > 0.0) == (label > 0.0) for x, label in zip(X.tolist(), LABELS, strict=True))
    assert f"{right} of 24 examples right" in repr(plot)


def test_examples_are_drawn_by_class_with_their_own_marks() -> None:
    [axes, _] = plot_decision_boundary(network(4, 1), X, 2.0 * LABELS - 1.0).figure.axes
    for label, name in ((0.0, "class -1"), (1.0, "class 1")):
        assert np.array_equal(points_of(line(axes, name)), X[label == LABELS])
    assert line(axes, "class -1").get_marker() != line(axes, "class 1").get_marker()


def test_with_several_outputs_the_largest_wins() -> None:
    """Three logits -|x - c|² have the perpendicular bisectors of the three centres as boundaries."""
    centres = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])

    def model(x: Any) -> list[Any]:
        return [-((x[0] - a) ** 2) - (x[1] - b) ** 2 for a, b in centres.tolist()]

    plot = plot_decision_boundary(model, centres, [0, 1, 2])
    assert "3 classes, 3 of 3" in repr(plot)
    distances = np.linalg.norm(boundary_of(plot.figure.axes[0], 1)[:, None] - centres, axis=2)
    nearest = np.sort(distances, axis=1)
    # Beside the corner where three regions meet, the largest of the others is not straight between two points.
    away = nearest[:, 2] - nearest[:, 1] > 0.05
    assert away.sum() > 50
    assert np.allclose(nearest[away, 0], nearest[away, 1], atol=1e-3)


def test_a_model_without_boundary_in_sight_is_drawn_without_one() -> None:
    assert "2 of 2" in repr(plot_decision_boundary(lambda x: x[0] * 0.0 + 1.0, [[0.0, 0.0], [1.0, 1.0]], [1, 1]))


@pytest.mark.parametrize(
    ("model", "examples", "labels", "message"),
    [
        (network(2, 1), [[1.0, 2.0, 3.0]], [0], r"3 column\(s\)"),
        (network(2, 1), X, LABELS * 2.0, "labels are 0 and 1"),
        (network(2, 3), X, LABELS + 2.0, "labels are 0 to 2"),
        (network(2, 8), X, LABELS, "colours for 7"),
        (lambda x: x[0] / 0.0 * 0.0, X, LABELS, "gives nan"),
        ("model", X, LABELS, "not a model"),
        (network(2, 1), X, LABELS[:-1], "one an example"),
    ],
)
def test_examples_outside_of_the_plane_are_refused(model: Any, examples: Any, labels: Any, message: str) -> None:
    with pytest.raises((InputTypeError, InputValueError), match=message):
        plot_decision_boundary(model, examples, labels)


# --- layers ---------------------------------------------------------------------------------------------------------


def by_hand(model: MLP) -> tuple[list[Any], list[Any]]:
    """Outputs of each layer and the gradient of the mean squared error by them, in matrix calculus."""
    weights = [np.array([[w.data for w in neuron.w] for neuron in layer.neurons]) for layer in model.layers]
    biases = [np.array([neuron.b.data for neuron in layer.neurons]) for layer in model.layers]
    outputs, signal = [], X
    for position, (W, b) in enumerate(zip(weights, biases, strict=True)):
        signal = signal @ W.T + b
        signal = np.tanh(signal) if position < len(weights) - 1 else signal
        outputs.append(signal)
    gradient = 2.0 * (signal - LABELS[:, None]) / len(X)
    gradients = [gradient]
    for position in range(len(weights) - 1, 0, -1):
        below = outputs[position - 1]
        slope = 1.0 if position == len(weights) - 1 else 1.0 - outputs[position] ** 2
        gradient = (gradient * slope) @ weights[position]
        assert gradient.shape == below.shape
        gradients.insert(0, gradient)
    return outputs, gradients


@pytest.mark.parametrize("on_tensors", [False, True])
def test_histograms_count_outputs_and_gradients(on_tensors: bool) -> None:
    model = network(5, 4, 1)
    outputs, gradients = by_hand(model)
    if on_tensors:
        shown: Any = model.to_tensor()
        plot = plot_layer_histograms(shown, X, LABELS, loss=lambda p, y: ((p[:, 0] - y) ** 2).mean())
    else:
        plot = plot_layer_histograms(model, X, LABELS, loss=mean_squared_error)
    upper, lower = plot.figure.axes[0::2], plot.figure.axes[1::2]
    for axes, numbers in [*zip(upper, outputs, strict=True), *zip(lower, map(log_size, gradients), strict=True)]:
        [bars] = axes.patches
        shares, edges, _ = bars.get_data()
        assert (edges[0], edges[-1]) == pytest.approx((numbers.min(), numbers.max()))  # no tanh above 1
        edges[[0, -1]] += [-1e-9, 1e-9]
        assert shares == pytest.approx(np.histogram(numbers, edges)[0] / numbers.size)
        assert shares.sum() == pytest.approx(1.0)
    for axes, gradient in zip(lower, gradients, strict=True):
        assert line(axes, "_median").get_xdata()[0] == pytest.approx(np.median(log_size(gradient)))
    assert [axes.get_title() for axes in upper] == ["layer 1, tanh", "layer 2, tanh", "layer 3, linear"]


def log_size(gradient: Any) -> Any:
    return np.log10(np.abs(gradient))


def test_the_share_of_gradients_that_are_zero_is_told() -> None:
    model = network(2, 2, 1, activation="relu")
    for neuron in model.layers[1].neurons:
        neuron.b.data = -100.0  # switched off, so that nothing reaches the first layer
    model.layers[2].neurons[0].b.data = 0.25  # or some examples would have no error
    plot = plot_layer_histograms(model, X, LABELS, loss=mean_squared_error)
    lower = plot.figure.axes[1::2]
    assert lower[0].get_title() == "100% are exactly 0"
    assert lower[2].get_title() == ""
    assert lines(lower[0], "_median") == []


def test_a_model_is_not_changed_by_a_look_at_its_layers() -> None:
    model = network(3, 1)
    mean_squared_error([model(x) for x in X.tolist()], LABELS.tolist()).backward()
    before = [(each.data, each.grad) for each in model.parameters()]
    plot_layer_histograms(model, X, LABELS, loss=mean_squared_error)
    plot_loss_around(model, X, LABELS, loss=mean_squared_error, seed=0, points=5)
    plot_decision_boundary(model, X, LABELS)
    assert [(each.data, each.grad) for each in model.parameters()] == before


@pytest.mark.parametrize("plot", [plot_layer_histograms, plot_loss_around])
def test_what_is_no_network_or_no_loss_is_refused(plot: Any) -> None:
    options = {} if plot is plot_layer_histograms else {"seed": 0, "points": 3}
    with pytest.raises(InputTypeError, match="not a network"):
        plot(lambda x: x[0], X, LABELS, loss=mean_squared_error, **options)
    with pytest.raises(InputTypeError, match="not one number"):
        plot(network(2, 1), X, LABELS, loss=lambda predictions, targets: 1.0, **options)
    with pytest.raises(InputTypeError, match="not one number"):
        plot(network(2, 1).to_tensor(), X, LABELS, loss=lambda predictions, targets: predictions, **options)
    with pytest.raises(InputValueError, match="one an example"):
        plot(network(2, 1), X, LABELS[:3], loss=mean_squared_error, **options)


def test_nine_layers_are_too_many() -> None:
    with pytest.raises(InputValueError, match="gradient_health"):
        plot_layer_histograms(network(*[1] * 9), X, LABELS, loss=mean_squared_error)


# --- the loss around a network --------------------------------------------------------------------------------------


def around(model: Any, y: Any, loss: Any, points: int, *, seed: int = 0, radius: float = 1.0) -> dict[Any, float]:
    """The loss at each point (a, b) of the plane."""
    copy = model.to_tensor() if isinstance(model, Sequential) else model.to_scalar()
    found = losses_around(copy, X, y, loss=loss, seed=seed, radius=radius, points=points)
    return {(a, b): found.heights[row, column] for column, a in enumerate(found.x) for row, b in enumerate(found.y)}


def test_the_picture_shows_the_losses_around_and_the_network_in_the_middle() -> None:
    model = network(3, 1)
    losses = around(model, LABELS, mean_squared_error, 7, seed=2, radius=0.5)
    flat, solid = plot_loss_around(model, X, LABELS, loss=mean_squared_error, seed=2, points=7, radius=0.5).figure.axes
    assert solid.zz_dataLim.intervalx == pytest.approx([min(losses.values()), max(losses.values())])
    assert points_of(line(flat, "_network")).tolist() == [[0.0, 0.0]]
    assert line(solid, "_network").get_data_3d()[2] == pytest.approx([losses[0.0, 0.0]])
    assert f"loss {losses[0.0, 0.0]:.3g}" in flat.get_title()
    assert (flat.get_xlim(), flat.get_ylim()) == ((-0.5, 0.5), (-0.5, 0.5))


@pytest.mark.parametrize("on_tensors", [False, True])
def test_the_loss_around_is_that_of_a_network_with_moved_weights(on_tensors: bool) -> None:
    model = network(3, 1)
    if on_tensors:
        found = around(model.to_tensor(), LABELS, lambda p, y: ((p[:, 0] - y) ** 2).mean(), 5, seed=5, radius=0.5)
    else:
        found = around(model, LABELS, mean_squared_error, 5, seed=5, radius=0.5)
    matrices = [np.array(layer.W.data) for layer in model.to_tensor().layers]
    generator = random.Random(5)
    first, second = filter_normalised(matrices, generator), filter_normalised(matrices, generator)
    assert len(found) == 25
    for a, b in ((0.0, 0.0), (0.5, -0.5), (-0.25, 0.5)):
        moved = model.to_scalar()
        for layer, W, d1, d2 in zip(moved.layers, matrices, first, second, strict=True):
            for neuron, row in zip(layer.neurons, W + a * d1 + b * d2, strict=True):
                for weight, number in zip(neuron.w, row.tolist(), strict=True):
                    weight.data = number
        expected = mean_squared_error([moved(x) for x in X.tolist()], LABELS.tolist()).data
        assert found[a, b] == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_direction_is_as_long_as_the_weights_neuron_by_neuron(seed: int) -> None:
    matrices = [np.random.default_rng(seed).normal(size=(4, 3)), np.zeros((2, 4))]
    first, second = filter_normalised(matrices, random.Random(seed))
    assert np.allclose(np.linalg.norm(first, axis=1), np.linalg.norm(matrices[0], axis=1))
    assert not second.any()
    assert not np.allclose(first, matrices[0])


def test_a_rescaled_network_has_the_same_picture() -> None:
    """Doubling the weights below a relu and halving those above computes the same; so do pictures (Li et al., 2018)."""
    model = network(3, 1, activation="relu")
    rescaled = model.to_scalar()
    for neuron in rescaled.layers[0].neurons:
        for each in neuron.parameters():
            each.data *= 2.0
    for weight in rescaled.layers[1].neurons[0].w:
        weight.data /= 2.0
    one, other = (around(each, LABELS, mean_squared_error, 5, seed=1) for each in (model, rescaled))
    assert one.keys() == other.keys()
    assert [one[place] for place in one] == pytest.approx([other[place] for place in one], rel=1e-12)


@pytest.mark.parametrize("loss", [binary_cross_entropy_with_logits, hinge])
def test_losses_with_branches_and_choices_are_drawn(loss: Any) -> None:
    labels = LABELS if loss is binary_cross_entropy_with_logits else 2.0 * LABELS - 1.0
    model = network(2, 1)
    found = around(model, labels, loss, 3)
    assert found[0.0, 0.0] == pytest.approx(loss([model(x) for x in X.tolist()], labels.tolist()).data)


def test_a_loss_that_branches_is_computed_point_by_point() -> None:
    def huber(predictions: list[Any], targets: list[float]) -> Any:
        errors = [abs(p - t) for p, t in zip(predictions, targets, strict=True)]
        return sum(e * e if e < 1.0 else 2.0 * e - 1.0 for e in errors) / len(errors)

    model = network(2, 1)
    found = around(model, LABELS, huber, 3, radius=2.0)
    errors = np.abs([model(x).data for x in X.tolist()] - LABELS)
    assert found[0.0, 0.0] == pytest.approx(np.where(errors < 1.0, errors**2, 2.0 * errors - 1.0).mean())
    assert all(map(math.isfinite, found.values()))


def test_a_classifier_in_several_classes_on_tensors_is_drawn() -> None:
    model = network(3, 3).to_tensor()
    labels = (X[:, 0] > 0.0).astype(float) + (X[:, 1] > 0.0)
    found = around(model, labels, cross_entropy, 3)
    assert found[0.0, 0.0] == pytest.approx(cross_entropy(model(Tensor(X)), labels.astype(int)).item())


def test_the_grid_has_a_middle() -> None:
    for points in (4, 1, 0):
        with pytest.raises(InputValueError, match="points"):
            plot_loss_around(network(2, 1), X, LABELS, loss=mean_squared_error, seed=0, points=points)
    with pytest.raises(InputValueError, match="radius"):
        plot_loss_around(network(2, 1), X, LABELS, loss=mean_squared_error, seed=0, radius=0.0)


# --- pictures are of the function itself ------------------------------------------------------------------------------


def _drawing(generator: random.Random) -> Any:
    return lambda x: x[0] * generator.random()


@pytest.mark.parametrize(
    "model",
    [
        lambda x: 2 * x[0] if x[1] == 1 else -x[0],
        lambda x: x[0] * {1.0: 2.0}.get(x[1], -1.0),
        lambda x: 2 * x[0] if x[1] in (1.0, 3.0) else -x[0],
        lambda x: x[0] * [-1.0, 2.0][int(x[1])],
    ],
    ids=["==", "get", "in", "index"],
)
def test_what_cannot_be_replayed_is_computed_point_by_point_with_one_warning(model: Any) -> None:
    with pytest.warns(NotReplayedWarning, match="point by point") as told:
        found = outputs_of(model, np.array([[1.0, 1.0], [3.0, 0.0], [2.0, 1.0]]), "plot")
    assert found.tolist() == [[2.0], [-3.0], [4.0]]
    assert [each.filename for each in told] == [__file__]


def test_a_random_model_is_not_replayed() -> None:
    with pytest.warns(NotReplayedWarning, match="random"):
        found = outputs_of(_drawing(random.Random(0)), np.ones((20, 2)), "plot")
    assert len(set(found.ravel().tolist())) == 20


def test_what_a_recording_follows_is_replayed() -> None:
    points = np.linspace(-1.0, 1.0, 40).reshape(20, 2)
    found = outputs_of(lambda x: x[0] * stop_gradient(x[1]), points, "plot")
    assert found.ravel() == pytest.approx(points[:, 0] * points[:, 1], rel=1e-14)


def test_a_path_follows_the_gradient_that_the_function_has() -> None:
    """The gradient of stop(a) a is a, so that a shrinks by a factor a step; frozen it would be 2 for ever."""
    found = descend(lambda a, b: stop_gradient(a) * a + b * b, (2.0, 1.0), "plot", learning_rate=0.1, steps=10)
    assert found.points[-1] == pytest.approx([2.0 * 0.9**10, 0.8**10], rel=1e-12)


def test_losses_around_a_network_are_those_of_the_loss_that_was_given() -> None:
    def loss(predictions: Any, targets: Any) -> Any:
        return sum((each - target) ** 2 for each, target in zip(predictions, targets, strict=True)) * weight_of(
            predictions
        )

    def weight_of(predictions: Any) -> Any:
        return 2.0 if predictions[0] in {1.0} else 3.0

    with pytest.warns(NotReplayedWarning, match="hash"):
        found = losses_around(network(2, 1), X, LABELS, loss=loss, seed=0, radius=0.5, points=3)
    expected = losses_around(
        network(2, 1),
        X,
        LABELS,
        loss=lambda p, t: 3.0 * len(t) * mean_squared_error(p, t),
        seed=0,
        radius=0.5,
        points=3,
    )
    np.testing.assert_allclose(found.heights, expected.heights, rtol=1e-12)
