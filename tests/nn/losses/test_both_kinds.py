"""Each loss of Values is the loss of Tensors, with the same gradients; weights; shapes that differ are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from nn import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    gaussian_negative_log_likelihood,
    hinge,
    huber,
    kullback_leibler,
    mean_absolute_error,
    mean_squared_error,
    quantile,
)
from nn.losses.known import LOSSES, known_loss

Z = np.array([0.5, -2.0, 3.0, 0.25, 40.0])
ROWS = np.array([[0.5, -2.0, 3.0], [40.0, 0.25, 0.0], [-1.0, 2.0, 0.5], [0.0, 0.0, 0.0]])
T = np.array([0.0, 1.0, 2.5, -1.0, 39.5])
SOFT = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.1, 0.1, 0.8]])

CASES: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "squares": (mean_squared_error, Z, T),
    "several outputs": (mean_squared_error, ROWS, SOFT),
    "absolute": (mean_absolute_error, Z, T),
    "huber": (huber, Z, T),
    "huber, delta": (partial(huber, delta=0.3), Z, T),
    "quantile": (partial(quantile, q=0.9), Z, T),
    "labels": (binary_cross_entropy_with_logits, Z, np.array([1.0, 0.0, 1.0, 0.0, 1.0])),
    "probabilities": (binary_cross_entropy_with_logits, Z, np.array([0.2, 0.0, 1.0, 0.9, 0.5])),
    "hinge": (hinge, Z, np.array([1.0, -1.0, 1.0, -1.0, -1.0])),
    "classes": (cross_entropy, ROWS, np.array([0, 2, 1, 1])),
    "distributions": (cross_entropy, ROWS, SOFT),
    "divergence": (kullback_leibler, ROWS, SOFT),
    "gaussian": (gaussian_negative_log_likelihood, ROWS[:, 1:], T[:4]),
    "gaussian, variance": (partial(gaussian_negative_log_likelihood, variance=0.3), Z, T),
}


def values_of(numbers: Any) -> Any:
    return np.vectorize(Value, otypes=[object])(numbers)


def as_list(values: Any) -> Any:
    return values.tolist() if isinstance(values, np.ndarray) else values


@pytest.mark.parametrize("weights", [None, [1.0, 0.0, 3.0, 0.5, 2.0]], ids=["all alike", "weighted"])
@pytest.mark.parametrize("name", CASES)
def test_a_loss_of_values_is_the_loss_of_tensors(name: str, weights: Any) -> None:
    loss, numbers, targets = CASES[name]
    weights = weights if weights is None else weights[: len(numbers)]
    values, tensor = values_of(numbers), Tensor(numbers)
    of_values, of_tensor = loss(as_list(values), targets, weights), loss(tensor, targets, weights)
    of_values.backward()
    of_tensor.backward()
    assert of_values.data == pytest.approx(of_tensor.item(), rel=1e-13)
    grads = np.vectorize(lambda each: each.grad)(values)
    np.testing.assert_allclose(grads, tensor.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_the_term_of_an_example_is_what_a_program_records(name: str) -> None:
    """With targets that are nodes, and classes as distributions."""
    loss, numbers, targets = CASES[name]
    known = known_loss(loss)
    assert known is not None
    rows = np.eye(3)[targets] if name == "classes" else targets if np.ndim(targets) == 2 else targets[:, None]
    terms = [
        known.of_example(as_list(values_of(row)) if np.ndim(row) else Value(row), [Value(each) for each in target]).data
        for row, target in zip(numbers, rows.tolist(), strict=True)
    ]
    assert np.mean(terms) == pytest.approx(loss(Tensor(numbers), targets).item(), rel=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_a_weight_of_two_is_an_example_twice(name: str) -> None:
    loss, numbers, targets = CASES[name]
    weights = [2.0] + [1.0] * (len(numbers) - 1)
    twice = loss(Tensor(np.vstack([numbers[:1], numbers]) if numbers.ndim == 2 else np.append(numbers[0], numbers)),
                 np.concatenate([targets[:1], targets]))  # fmt: skip
    assert loss(Tensor(numbers), targets, weights).item() == pytest.approx(twice.item(), rel=1e-13)


@pytest.mark.parametrize("name", [name for name, (_, numbers, _) in CASES.items() if numbers.ndim == 1])
def test_one_column_and_no_column_are_the_same_thing(name: str) -> None:
    loss, numbers, targets = CASES[name]
    expected = loss(Tensor(numbers), targets).item()
    for shape in (numbers.shape, (len(numbers), 1)):
        for other in (numbers.shape, (len(numbers), 1)):
            assert loss(Tensor(numbers.reshape(shape)), targets.reshape(other)).item() == expected


@pytest.mark.parametrize(
    ("shape", "other"), [((4, 1), (1, 4)), ((4,), (3,)), ((4, 2), (4,)), ((4, 2), (4, 1)), ((1,), (4,)), ((), (1,))]
)
def test_nothing_is_broadcast(shape: tuple[int, ...], other: tuple[int, ...]) -> None:
    with pytest.raises(InputValueError, match=re.escape(f"{shape}")):
        mean_squared_error(Tensor(np.ones(shape)), np.ones(other))


def test_small_losses_are_not_rounded_to_zero() -> None:
    assert cross_entropy([[0.0, 50.0]], [1]).data == pytest.approx(math.exp(-50), rel=1e-14)
    assert cross_entropy([[Value(1e3), Value(0.0)]], [1]).data == 1e3


def test_minimising_cross_entropy_is_maximising_the_likelihood() -> None:
    """The product of the probabilities given to what happened, by its logarithm, and the gradient of both."""
    labels = [0, 2, 1, 1]
    logits = values_of(ROWS)
    loss = cross_entropy(logits.tolist(), labels)
    loss.backward()
    probabilities = np.exp(ROWS) / np.exp(ROWS).sum(axis=1, keepdims=True)
    likelihood = math.prod(probabilities[range(4), labels].tolist())
    assert loss.data == pytest.approx(-math.log(likelihood) / 4, rel=1e-12)
    h = 1e-6
    moved = ROWS.copy()
    moved[0, 1] += h
    shifted = np.exp(moved) / np.exp(moved).sum(axis=1, keepdims=True)
    slope = (math.log(math.prod(shifted[range(4), labels].tolist())) - math.log(likelihood)) / h
    assert logits[0, 1].grad == pytest.approx(-slope / 4, rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "predictions", "targets", "error", "text"),
    [
        (mean_squared_error, [[1.0, 2.0]], [[1.0]], InputValueError, "1 target(s) an example for 2 output(s)"),
        (cross_entropy, [[1.0, 2.0], [1.0]], [0, 0], InputValueError, "examples have different numbers of outputs"),
        (cross_entropy, [[1.0, 2.0]], [[0.5, 0.6]], InputValueError, "row 0, [0.5, 0.6], is no distribution"),
        (kullback_leibler, [[1.0, 2.0]], [0], InputValueError, "targets of shape (1,); give (examples, classes)"),
        (gaussian_negative_log_likelihood, [[1.0]], [0.0], InputValueError, "for 1 output(s); give 2 outputs"),
        (mean_squared_error, Tensor([1.0]), [math.nan], InputValueError, "target 0 is nan, and targets are finite"),
        (mean_squared_error, Tensor([1.0]), Tensor([1.0]), InputTypeError, "the targets are a node"),
        (partial(huber, delta=0.0), [1.0], [1.0], InputValueError, "huber: delta=0.0 is not positive"),
        (partial(quantile, q=1.0), [1.0], [1.0], InputValueError, "quantile: q=1.0 is not between 0 and 1"),
    ],
)
def test_what_is_refused(loss: Any, predictions: Any, targets: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        loss(predictions, targets)


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ([1.0], "weights of shape (1,) for 2 example(s)"),
        ([1.0, -1.0], "weight 1 is -1.0; weights are finite and at least 0"),
        ([0.0, 0.0], "all weights are 0"),
    ],
)
def test_weights_that_are_none(weights: list[float], text: str) -> None:
    for predictions in ([1.0, 2.0], Tensor([1.0, 2.0])):
        with pytest.raises(InputValueError, match=re.escape(f"mean_squared_error: {text}")):
            mean_squared_error(predictions, [1.0, 2.0], weights)


def test_every_loss_is_known_by_its_name() -> None:
    assert all(loss.__name__ == known.name for loss, known in LOSSES.items())
    assert known_loss(lambda predictions, targets: predictions[0]) is None
    assert known_loss(partial(mean_squared_error, weights=[1.0])) is None
