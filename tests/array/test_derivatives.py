"""Every operation on Tensors by the gradient check: over shapes, in both modes, at first and second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import TABLE, nodes_of, smooth_points
from structural_cases import CASES
from tensor_checks import array_of, broadcast_partner, seeds, shapes

from autograd_core import Tensor, check_gradients
from autograd_core.array.functions import apply_to_tensors
from autograd_core.derivatives.push_forward import push_forward
from autograd_core.formulas.rules import Primitive


def check(f: Callable[..., Any], arrays: list[np.ndarray], generator: np.random.Generator) -> None:
    """By each element, where forward mode is compared too; and along a direction, where the gradient is checked too."""
    assume(any(each.size for each in arrays))
    leaves = [Tensor(array, name) for array, name in zip(arrays, "xyw", strict=False)]
    weights = generator.uniform(0.5, 1.5, f(*leaves).shape)

    def loss(*tensors: Tensor) -> Tensor:
        return (f(*tensors) * weights).sum()

    report = check_gradients(loss, *leaves)
    result, rows = loss(*leaves), iter(report)
    for leaf in leaves:
        for index in np.ndindex(leaf.shape):
            row = next(rows)
            by_forward = push_forward(result, {leaf: unit(leaf.shape, index)})
            if row.verdict == "does not reach the output":
                assert row.analytic == row.numeric == by_forward == 0.0
            else:
                assert row.verdict == "ok", str(report)
                scale = 1.0 + abs(row.analytic)
                assert abs(by_forward - row.analytic) <= 1e-9 * scale, "forward and reverse mode differ"
    assert next(rows, None) is None
    if all(row.verdict == "ok" for row in report):
        along = check_gradients(loss, *leaves, order=2, directions=1)
        assert [row.verdict for row in along] == ["ok", "ok"], str(along)


def unit(shape: tuple[int, ...], index: tuple[int, ...]) -> np.ndarray:
    direction = np.zeros(shape)
    direction[index] = 1.0
    return direction


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
@settings(max_examples=6)
@given(data=st.data(), shape=shapes, seed=seeds)
def test_every_primitive_with_broadcasting(rule: Primitive, data: Any, shape: tuple[int, ...], seed: int) -> None:
    generator = np.random.default_rng(seed)
    candidates = smooth_points(rule)
    point = candidates[data.draw(st.integers(0, len(candidates) - 1))]
    operands = []
    for position in range(nodes_of(rule)):
        own = shape if position == 0 else broadcast_partner(data.draw, shape)
        operands.append(point[position] + array_of(generator, own, -1e-3, 1e-3))
    check(lambda *each: apply_to_tensors(rule, *each, *point[nodes_of(rule) :]), operands, generator)


@pytest.mark.parametrize(
    "case", [each for cases in CASES.values() for each in cases], ids=[n for n, cases in CASES.items() for _ in cases]
)
@settings(max_examples=6)
@given(data=st.data(), seed=seeds)
def test_every_structural_operation(case: Any, data: Any, seed: int) -> None:
    generator = np.random.default_rng(seed)
    made = case(data.draw, generator)
    check(made.ours, made.arrays, generator)
