"""Values, first and second derivatives of every operation on Tensors, against PyTorch in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from samples import TABLE, nodes_of, smooth_points
from torch_functions import torch_functions

import autograd_core as ac
from autograd_core import Tensor
from autograd_core.array.cross_entropy import Labels
from autograd_core.array.functions import apply_to_one, apply_to_tensors
from autograd_core.array.operations import STRUCTURAL
from autograd_core.derivatives.gradients import gradient_arrays, gradient_nodes
from autograd_core.formulas.rules import Primitive

GENERATOR = np.random.default_rng(7)


def numbers(*shape: int) -> np.ndarray:
    return GENERATOR.uniform(-1.5, 1.5, shape)


def regular(*shape: int) -> np.ndarray:
    return numbers(*shape) * 0.3 + 2.0 * np.eye(shape[-1])


ROWS = np.array([0, 2, 2])
#: name -> our function, PyTorch's (with the module as first argument), the arrays.
CASES: dict[str, list[tuple[Callable[..., Any], Callable[..., Any], list[np.ndarray]]]] = {
    "sum": [
        (lambda x: x.sum((0, 2)), lambda t, x: x.sum((0, 2)), [numbers(2, 3, 2)]),
        (lambda x: ac.sum(x, 1, True), lambda t, x: x.sum(1, keepdim=True), [numbers(2, 3)]),
    ],
    "mean": [(lambda x: x.mean(-1), lambda t, x: x.mean(-1), [numbers(2, 3)])],
    "var": [
        (lambda x: ac.var(x, 0, 1), lambda t, x: x.var(0), [numbers(4, 3)]),
        (ac.var, lambda t, x: x.var(correction=0), [numbers(4, 3)]),
    ],
    "max": [
        (lambda x: x.max(1), lambda t, x: x.amax(1), [numbers(3, 4)]),
        (lambda x: x.max(1), lambda t, x: x.amax(1), [np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])]),
    ],
    "min": [(lambda x: x.min(), lambda t, x: x.amin(), [numbers(3, 4)])],
    "prod": [
        (lambda x: ac.prod(x, 1), lambda t, x: x.prod(1), [numbers(3, 4)]),
        (lambda x: ac.prod(x, 1), lambda t, x: x.prod(1), [np.array([[1.5, 0.0, 2.0], [0.0, 0.0, 3.0]])]),
    ],
    "logsumexp": [(lambda x: ac.logsumexp(x, 1), lambda t, x: x.logsumexp(1), [100.0 * numbers(3, 4)])],
    "softmax": [(lambda x: ac.softmax(x, 0), lambda t, x: x.softmax(0), [numbers(3, 4)])],
    "log_softmax": [(ac.log_softmax, lambda t, x: x.log_softmax(-1), [numbers(3, 4)])],
    "cross_entropy": [
        (
            lambda x: apply_to_one("cross_entropy", x, Labels(np.array([0, 3, 3]))),
            lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 3, 3])),
            [10.0 * numbers(3, 4)],
        )
    ],
    "cumsum": [(lambda x: ac.cumsum(x, 1), lambda t, x: x.cumsum(1), [numbers(3, 4)])],
    "sort": [(lambda x: np.sort(x, 1), lambda t, x: x.sort(1).values, [numbers(3, 4)])],
    "norm": [
        (ac.norm, lambda t, x: t.linalg.vector_norm(x), [numbers(3, 4)]),
        (lambda x: ac.norm(x, 3, 1), lambda t, x: t.linalg.vector_norm(x, 3, 1), [numbers(3, 4)]),
        (ac.norm, lambda t, x: t.linalg.vector_norm(x), [np.zeros(3)]),
    ],
    "reshape": [(lambda x: x.reshape(4, 3), lambda t, x: x.reshape(4, 3), [numbers(3, 4)])],
    "transpose": [(lambda x: x.transpose(2, 0, 1), lambda t, x: x.permute(2, 0, 1), [numbers(2, 3, 4)])],
    "swapaxes": [(lambda x: x.swapaxes(0, 2), lambda t, x: x.swapaxes(0, 2), [numbers(2, 3, 4)])],
    "expand_dims": [(lambda x: ac.expand_dims(x, 1), lambda t, x: x.unsqueeze(1), [numbers(2, 3)])],
    "squeeze": [(lambda x: x.squeeze(0), lambda t, x: x.squeeze(0), [numbers(1, 3)])],
    "broadcast_to": [(lambda x: ac.broadcast_to(x, (2, 3)), lambda t, x: x.expand(2, 3), [numbers(3)])],
    "index": [
        (lambda x: x[1:, ::2], lambda t, x: x[1:, ::2], [numbers(3, 4)]),
        (lambda x: x[ROWS, [1, 0, 0]], lambda t, x: x[t.tensor(ROWS), t.tensor([1, 0, 0])], [numbers(3, 4)]),
        (lambda x: x[x > 0], lambda t, x: x[x > 0], [numbers(3, 4)]),
    ],
    "take": [(lambda x: ac.take(x, [2, 0, 2]), lambda t, x: x[t.tensor([2, 0, 2])], [numbers(3, 4)])],
    "pad": [
        (
            lambda x: ac.pad(x, ((1, 0), (0, 2)), 3.0),
            lambda t, x: t.nn.functional.pad(x, (0, 2, 1, 0), value=3.0),
            [numbers(2, 3)],
        )
    ],
    "concatenate": [
        (lambda x, y: ac.concatenate([x, y], 1), lambda t, x, y: t.cat([x, y], 1), [numbers(2, 3), numbers(2, 1)])
    ],
    "stack": [(lambda x, y: ac.stack([x, y], 1), lambda t, x, y: t.stack([x, y], 1), [numbers(2, 3), numbers(2, 3)])],
    "matmul": [
        (lambda x, y: x @ y, lambda t, x, y: x @ y, [numbers(*left), numbers(*right)])
        for left, right in [
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (2, 3, 4)),
            ((5, 1, 2, 3), (4, 3, 2)),
            ((2, 3), (3,)),
        ]
    ],
    "dot": [(ac.dot, lambda t, x, y: t.tensordot(x, y, ([2], [1])), [numbers(2, 2, 3), numbers(2, 3, 4)])],
    "outer": [(ac.outer, lambda t, x, y: t.outer(x, y), [numbers(3), numbers(4)])],
    "einsum": [
        (
            lambda x, y, text=text: ac.einsum(text, x, y),
            lambda t, x, y, text=text: t.einsum(text, x, y),
            [numbers(*a), numbers(*b)],
        )
        for text, a, b in [
            ("ij,jk->ik", (2, 3), (3, 4)),
            ("bij,bkj->bik", (2, 3, 4), (2, 2, 4)),
            ("...i,...i->...", (2, 3), (2, 3)),
            ("ii,j->ij", (3, 3), (2,)),
        ]
    ],
    "trace": [(ac.trace, lambda t, x: x.trace(), [numbers(3, 3)])],
    "diagonal": [(lambda x: ac.diagonal(x, 1, 1, 2), lambda t, x: x.diagonal(1, 1, 2), [numbers(2, 3, 3)])],
    "solve": [
        (ac.solve, lambda t, a, b: t.linalg.solve(a, b), [regular(3, 3), numbers(3)]),
        (ac.solve, lambda t, a, b: t.linalg.solve(a, b), [regular(2, 3, 3), numbers(2, 3, 2)]),
    ],
    "inv": [(ac.inv, lambda t, x: t.linalg.inv(x), [regular(2, 3, 3)])],
    "det": [(ac.det, lambda t, x: t.linalg.det(x), [regular(2, 3, 3)])],
    "logdet": [(lambda x: np.linalg.slogdet(x)[1], lambda t, x: t.linalg.slogdet(x)[1], [regular(2, 3, 3)])],
    "cholesky": [
        (
            lambda x: ac.cholesky(x @ x.T + np.eye(3)),
            lambda t, x: t.linalg.cholesky(x @ x.T + t.eye(3)),
            [numbers(3, 3)],
        )
    ],
    "clip": [(lambda x: x.clip(-0.5, 0.75), lambda t, x: x.clip(-0.5, 0.75), [numbers(3, 4)])],
}
#: Operations that are only derivatives of others, and a change of type.
INTERNAL = {"others", "ordered", "unordered", "scatter", "put_rows", "on_diagonal", "astype"}


def agree(torch: Any, ours: Callable[..., Any], theirs: Callable[..., Any], arrays: list[np.ndarray]) -> None:
    leaves = [Tensor(each) for each in arrays]
    inputs = [torch.tensor(each, requires_grad=True) for each in arrays]
    result, expected = ours(*leaves), theirs(torch, *inputs)
    np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, result.shape)
    gradients = gradient_nodes(result, leaves, weights)
    wanted = torch.autograd.grad(expected, inputs, torch.tensor(weights), create_graph=True, materialize_grads=True)
    directions = [np.random.default_rng(2).uniform(-1.0, 1.0, each.shape) for each in arrays]
    for one, other in zip(gradients, wanted, strict=True):
        np.testing.assert_allclose(one.data, other.detach().numpy(force=True), rtol=1e-10, atol=1e-11)
    slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
    their_slope = sum((g * torch.tensor(d)).sum() for g, d in zip(wanted, directions, strict=True))
    if not their_slope.requires_grad:
        assert not slope.differentiable or not np.any(gradient_arrays(slope, leaves)[0])
        return
    their_second = torch.autograd.grad(their_slope, inputs, materialize_grads=True)
    our_second = gradient_arrays(slope, leaves) if slope.differentiable else [np.zeros_like(each) for each in arrays]
    for one, other in zip(our_second, their_second, strict=True):
        if np.isfinite(other.numpy(force=True)).all():
            np.testing.assert_allclose(one, other.numpy(force=True), rtol=1e-9, atol=1e-10)


def test_every_operation_is_compared() -> None:
    assert set(STRUCTURAL) - INTERNAL <= set(CASES)


@pytest.mark.parametrize(
    ("ours", "theirs", "arrays"),
    [case for cases in CASES.values() for case in cases],
    ids=[name for name, cases in CASES.items() for _ in cases],
)
def test_structural_operations(torch: Any, ours: Any, theirs: Any, arrays: list[np.ndarray]) -> None:
    agree(torch, ours, theirs, arrays)


@pytest.mark.parametrize(
    "rule", [each for each in TABLE if each.parameter is None and each.name != "prelu"], ids=lambda rule: rule.name
)
def test_primitives_of_the_table_with_broadcasting(torch: Any, rule: Primitive) -> None:
    theirs = torch_functions()[rule.name]
    for point in smooth_points(rule)[:12]:
        shapes = [(2, 3), (3,), (2, 1)][: nodes_of(rule)]
        arrays = [np.full(shape, number) for shape, number in zip(shapes, point, strict=True)]
        agree(torch, lambda *xs: apply_to_tensors(rule, *xs), lambda _, *xs: theirs(*xs), arrays)


def test_a_training_step_of_a_network_in_float32(torch: Any) -> None:
    generator = np.random.default_rng(3)
    x, labels = generator.normal(size=(8, 5)).astype(np.float32), generator.integers(0, 3, 8)
    weights = [generator.normal(size=shape).astype(np.float32) for shape in ((5, 4), (4,), (4, 3), (3,))]
    w1, b1, w2, b2 = ours = list(map(Tensor, weights))
    loss = -ac.log_softmax(ac.relu(x @ w1 + b1) @ w2 + b2)[np.arange(8), labels].mean()
    loss.backward()
    theirs = [torch.tensor(each, requires_grad=True) for each in weights]
    v1, c1, v2, c2 = theirs
    expected = torch.nn.functional.cross_entropy((torch.tensor(x) @ v1 + c1).relu() @ v2 + c2, torch.tensor(labels))
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for one, other in zip(ours, theirs, strict=True):
        assert one.grad.dtype == np.float32
        np.testing.assert_allclose(one.grad, other.grad.numpy(), rtol=1e-4, atol=1e-6)
