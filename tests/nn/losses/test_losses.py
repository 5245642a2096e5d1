"""Losses against NumPy's formulas, and their gradients against central differences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import InputTypeError, InputValueError, Value, no_grad
from nn import binary_cross_entropy_with_logits, hinge, mean_squared_error

Loss = Callable[[Any, Any], Value]

PREDICTIONS = [1.5, -2.0, 0.25, 3.0]
REAL, PROBABILITIES, SIGNS = [1.0, -1.5, 2.0, 0.0], [1.0, 0.0, 0.25, 0.75], [1, -1, -1, 1]
EVERY_LOSS = [
    (mean_squared_error, REAL),
    (binary_cross_entropy_with_logits, PROBABILITIES),
    (hinge, SIGNS),
]
every_loss = pytest.mark.parametrize(("loss", "targets"), EVERY_LOSS, ids=lambda each: getattr(each, "__name__", ""))


def numpy_mean_squared_error(s: Any, t: Any) -> float:
    return float(np.mean((np.array(s) - np.array(t)) ** 2))


def numpy_cross_entropy(s: Any, t: Any) -> float:
    s, t = np.array(s), np.array(t)
    p = 1 / (1 + np.exp(-s))
    return float(np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p)))


def numpy_hinge(s: Any, t: Any) -> float:
    return float(np.mean(np.maximum(0, 1 - np.array(s) * np.array(t))))


def examples(predictions: Any, targets: Any) -> Any:
    return st.lists(st.tuples(predictions, targets), min_size=1, max_size=6)


def unzip(pairs: list[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    return [s for s, _ in pairs], [t for _, t in pairs]


@given(examples(st.floats(-100, 100), st.floats(-100, 100)))
def test_mean_squared_error_is_numpys(pairs: list[tuple[float, float]]) -> None:
    s, t = unzip(pairs)
    assert mean_squared_error(s, t).data == pytest.approx(numpy_mean_squared_error(s, t), rel=1e-12, abs=1e-300)


@given(examples(st.floats(-10, 10), st.floats(0, 1)))
def test_cross_entropy_is_numpys(pairs: list[tuple[float, float]]) -> None:
    s, t = unzip(pairs)
    assert binary_cross_entropy_with_logits(s, t).data == pytest.approx(numpy_cross_entropy(s, t), rel=1e-10)


@given(examples(st.floats(-100, 100), st.sampled_from([-1, 1])))
def test_hinge_is_numpys(pairs: list[tuple[float, float]]) -> None:
    s, t = unzip(pairs)
    assert hinge(s, t).data == pytest.approx(numpy_hinge(s, t), rel=1e-12, abs=1e-300)


@every_loss
def test_gradients_equal_central_differences(loss: Loss, targets: list[float]) -> None:
    predictions = [Value(each) for each in PREDICTIONS]
    loss(predictions, targets).backward()
    h = 1e-5
    for position, prediction in enumerate(predictions):
        above, below = PREDICTIONS.copy(), PREDICTIONS.copy()
        above[position] += h
        below[position] -= h
        slope = (loss(above, targets).data - loss(below, targets).data) / (2 * h)
        assert prediction.grad == pytest.approx(slope, rel=1e-8, abs=1e-10)


@every_loss
def test_every_kind_of_sequence_gives_the_same_number(loss: Loss, targets: list[float]) -> None:
    expected = loss(PREDICTIONS, targets).data
    assert loss(tuple(PREDICTIONS), tuple(targets)).data == expected
    assert loss(np.array(PREDICTIONS), np.array(targets)).data == expected
    assert loss([Value(each) for each in PREDICTIONS], targets).data == expected
    assert loss(np.array([Value(each) for each in PREDICTIONS]), targets).data == expected
    with no_grad():
        assert loss([Value(each) for each in PREDICTIONS], targets).data == expected


@every_loss
def test_mean_over_examples_does_not_grow_with_their_number(loss: Loss, targets: list[float]) -> None:
    once, thrice = loss(PREDICTIONS, targets).data, loss(PREDICTIONS * 3, targets * 3).data
    assert thrice == pytest.approx(once, rel=1e-14)


@pytest.mark.digits
@pytest.mark.parametrize("size", [40.0, 700.0, 1e5, 1e300])
def test_cross_entropy_is_accurate_for_logits_of_any_size(size: float) -> None:
    for wrong, right, label in [(-size, size, 1), (size, -size, 0)]:
        assert binary_cross_entropy_with_logits([wrong], [label]).data == size
        small = pytest.approx(math.exp(-size), rel=1e-15, abs=1e-322)  # not rounded to 0
        assert binary_cross_entropy_with_logits([right], [label]).data == small
        logit = Value(wrong)
        binary_cross_entropy_with_logits([logit], [label]).backward()
        assert logit.grad == (1 if label == 0 else -1)


def test_cross_entropy_of_an_infinitely_right_logit_is_zero() -> None:
    assert binary_cross_entropy_with_logits([math.inf, -math.inf], [1, 0]).data == 0.0


def test_hinge_at_its_kink_has_derivative_zero() -> None:
    score = Value(1.0)
    hinge([score], [1]).backward()
    assert (score.has_grad, score.grad) == (True, 0.0)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [loss for loss, _ in EVERY_LOSS], ids=lambda loss: loss.__name__)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "text"),
    [
        ([], [], InputValueError, "{loss}: there are no examples, and no mean of nothing; give at least one"),
        ([1.0], [1, 1], InputValueError, "{loss}: 1 prediction(s) for 2 target(s); give one for each"),
        (1.0, [1], InputTypeError, "{loss}: predictions: 1.0 is not a list, tuple or 1-d array; write {loss}([pred"),
        ([1.0], 1, InputTypeError, "{loss}: targets: 1 is not a list, tuple or 1-d array; write {loss}([prediction"),
        ([1.0, "a"], [1, 1], InputTypeError, "{loss}: prediction 1: 'a' is not a real number"),
        ([1.0, [2.0]], [1, 1], InputTypeError, "{loss}: prediction 1 is [2.0], not a scalar; the loss takes one"),
        ([1.0, 2.0], [1, None], InputTypeError, "{loss}: target 1: None is not a real number"),
        (np.ones((2, 1)), [1, 1], InputValueError, "{loss}: predictions: an array of shape (2, 1) is not a list of sc"),
    ],
)
def test_examples_that_are_none(loss: Loss, predictions: Any, targets: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text.format(loss=loss.__name__))):
        loss(predictions, targets)


@every_loss
def test_a_target_is_no_node(loss: Loss, targets: list[float]) -> None:
    text = f"{loss.__name__}: target 1 is a node, Value(data=1.0, grad=not computed, op='leaf'), and no gradient flows"
    with pytest.raises(InputTypeError, match=re.escape(text)):
        loss([1.0, 2.0], [1, Value(1.0)])


@pytest.mark.parametrize("target", [math.nan, math.inf])
def test_targets_of_mean_squared_error_are_finite(target: float) -> None:
    text = f"mean_squared_error: target 1 is {target}, and targets are finite; leave out or repair it"
    with pytest.raises(InputValueError, match=re.escape(text)):
        mean_squared_error([1.0, 2.0], [0.0, target])


@pytest.mark.parametrize("target", [-1.0, 1.5, math.nan])
def test_targets_of_cross_entropy_are_probabilities(target: float) -> None:
    text = f"target 2 is {target}, and targets are probabilities in [0, 1]; write 0 and 1 for labels"
    with pytest.raises(InputValueError, match=re.escape(f"binary_cross_entropy_with_logits: {text}")):
        binary_cross_entropy_with_logits([1.0, 2.0, 3.0], [0, 1, target])


@pytest.mark.parametrize("target", [0.0, 2.0, math.nan])
def test_targets_of_hinge_are_signs(target: float) -> None:
    text = f"hinge: target 1 is {target}, and targets are -1 or 1; write 2 * t - 1 for labels 0 and 1"
    with pytest.raises(InputValueError, match=re.escape(text)):
        hinge([1.0, 2.0], [-1, target])
