"""Optimisers and schedules of one's own, their state, and what they refuse. (PyTorch's numbers: tests/oracle.)"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from nn import (
    SGD,
    Adam,
    AdamW,
    Cosine,
    Exponential,
    Optimizer,
    ReduceOnPlateau,
    RMSProp,
    Schedule,
    StepDecay,
    WarmUp,
)
from nn.optim.leaves import Leaves


def parameters() -> list[Any]:
    return [Value(1.0, "a"), Tensor([[2.0, -1.0]], "W"), Value(3.0, "b"), Tensor(np.float32([4.0]), "f")]


def steps(optimizer: Optimizer, count: int) -> list[Any]:
    """Where a quadratic bowl leads."""
    a, W, b, f = optimizer.parameters
    for _ in range(count):
        optimizer.zero_grad()
        (a * a + a * b + b * b).backward()
        ((W * W).sum() + (f * f).sum()).backward()
        optimizer.step()
        optimizer.end_epoch(float(a.data**2 + b.data**2))
    return [a.data, W.data.tolist(), b.data, f.data.tolist()]


MAKERS: dict[str, Any] = {
    "momentum": lambda p: SGD(p, 0.1, momentum=0.8, schedule=StepDecay(2, 0.5)),
    "Adam": lambda p: Adam(p, 0.1, schedule=WarmUp(2, then=Cosine(6)), max_norm=0.5),
    "AdamW": lambda p: AdamW(p, 0.1, weight_decay=0.1),
    "RMSProp": lambda p: RMSProp(p, 0.1, schedule=ReduceOnPlateau(0.5, 1)),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_state_that_is_loaded_goes_on_bit_for_bit(name: str, first: int) -> None:
    whole = steps(MAKERS[name](parameters()), 6)
    one = MAKERS[name](parameters())
    steps(one, first)
    state, other = one.state_dict(), MAKERS[name](parameters())
    steps(one, 2)  # a state is a copy
    for node, number in zip(other.parameters, [each.data for each in steps_of(name, first)], strict=True):
        node.data = number
    other.load_state_dict(state)
    assert steps(other, 6 - first) == whole
    json.dumps({key: each for key, each in state.items() if key != "memory"})


def steps_of(name: str, count: int) -> list[Any]:
    optimizer = MAKERS[name](parameters())
    steps(optimizer, count)
    return optimizer.parameters


def test_leaves_of_both_kinds_and_types_share_few_arrays() -> None:
    nodes = [*parameters(), Tensor(np.zeros(2**14))]
    leaves = Leaves(nodes, "SGD")
    arrays = leaves.read()
    assert [(each.dtype, each.shape) for each in arrays] == [
        (np.float64, (2,)), (np.float64, (2,)), (np.float32, (1,)), (np.float64, (2**14,)),
    ]  # fmt: skip
    leaves.write([each + 1 for each in arrays])
    assert (nodes[0].data, nodes[2].data, nodes[1].data.tolist(), nodes[3].dtype) == (
        2.0,
        4.0,
        [[3.0, 0.0]],
        np.float32,
    )
    leaves.write_gradients(arrays)
    assert (nodes[2].grad, nodes[1].grad.tolist()) == (3.0, [[2.0, -1.0]])
    assert [each.tolist() for each in leaves.places([nodes[2], nodes[1]])][:2] == [[False, True], [True, True]]


def test_a_gradient_that_is_not_finite_names_its_tensor() -> None:
    one, other = Tensor([1.0, 2.0], "W"), Tensor([3.0], "b")
    one.grad, other.grad = np.zeros(2), np.array([math.nan])
    with pytest.raises(
        InputValueError, match=re.escape("Adam: the gradient of parameter 1, tensor 'b' (leaf, shape (1,)), is nan")
    ):
        Adam([one, other]).step()
    assert other.data.tolist() == [3.0]


class Sqrt(Schedule):
    def factor(self, epoch: int) -> float:
        return 1 / math.sqrt(1 + epoch)


def test_a_schedule_of_ones_own() -> None:
    optimizer = SGD([Value(1.0)], 0.2, schedule=Sqrt())
    for _ in range(3):
        optimizer.end_epoch()
    assert optimizer.learning_rate == pytest.approx(0.1)
    optimizer.learning_rate = 0.3
    assert optimizer.learning_rate == 0.3
    optimizer.end_epoch()
    assert optimizer.learning_rate == pytest.approx(0.6 / math.sqrt(5))


def test_a_norm_that_is_small_is_left_alone() -> None:
    w = Tensor([3.0, 4.0])
    w.grad = np.array([0.3, 0.4])
    SGD([w], 1.0, max_norm=0.6).step()
    np.testing.assert_array_equal(w.data, [3.0 - 0.3, 4.0 - 0.4])
    w.grad = np.array([30.0, 40.0])
    before = w.data
    SGD([w], 1.0, max_norm=0.5).step()
    assert np.linalg.norm(w.data - before) == pytest.approx(0.5, rel=1e-6)


def test_a_norm_whose_square_overflows_is_that_of_the_gradient() -> None:
    w = Tensor([0.0, 0.0])
    w.grad = np.array([3e200, 4e200])
    SGD([w], 1.0, max_norm=0.5).step()
    np.testing.assert_allclose(w.data, [-0.3, -0.4], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: SGD([Value(1.0)], 0.1, momentum=1.0), InputValueError, "SGD: momentum=1.0 is not from 0 to less than"),
        (lambda: SGD([Value(1.0)], 0.1, nesterov=True), InputValueError, "nesterov=True needs a momentum"),
        (lambda: Adam([Value(1.0)], epsilon=0.0), InputValueError, "Adam: epsilon=0.0 is not positive"),
        (lambda: Adam([Value(1.0)], weight_decay=-1.0), InputValueError, "Adam: weight_decay=-1.0 is negative"),
        (lambda: Adam([Value(1.0)], max_norm=0.0), InputValueError, "Adam: max_norm=0.0 is not positive"),
        (lambda: Adam([Value(1.0)], schedule="cosine"), InputTypeError, "Adam: schedule: 'cosine' is not a schedule"),
        (lambda: Exponential(1.5), InputValueError, "Exponential: gamma: 1.5 is not above 0 and at most 1"),
        (lambda: Cosine(10, least=2.0), InputValueError, "Cosine: least=2.0 is not from 0 to 1"),
        (lambda: ReduceOnPlateau().see(None), InputTypeError, "ReduceOnPlateau: there is no loss to look at"),
        (lambda: Adam([Value(1.0)]).load_state_dict({}), InputTypeError, "Adam: {} is no state"),
        (
            lambda: Adam([Value(1.0)]).load_state_dict(steps_state()),
            InputValueError,
            "Adam: the state is that of parameters of other shapes than",
        ),
        (lambda: Optimizer([Value(1.0)], 0.1).update(np.ones(1), np.ones(1)), NotImplementedError, "a method update"),
        (lambda: Schedule().factor(0), NotImplementedError, "Schedule needs a method factor(self, epoch)"),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()


def steps_state() -> dict[str, Any]:
    optimizer = Adam(parameters())
    steps(optimizer, 1)
    return optimizer.state_dict()
