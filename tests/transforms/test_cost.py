"""The cost of derivatives: counts that can be checked by hand, and what they teach."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import InputTypeError, Tensor, Value, cost


def test_counts_of_a_small_graph_by_hand() -> None:
    """z = tanh(x) · x + 3 x: three products by x's and tanh's local derivatives on each way, one more by tanh'."""
    x = Value(2.0)
    found = cost(ac.tanh(x) * x + x * 3)
    assert (found.inputs, found.outputs) == (1, 1)
    assert (found.reverse.multiplications, found.reverse.additions) == (4, 2)
    assert (found.forward.multiplications, found.forward.additions) == (4, 2)


@pytest.mark.parametrize(("m", "k", "n"), [(2, 3, 4), (1, 5, 1), (3, 1, 2)])
def test_a_matrix_product(m: int, k: int, n: int) -> None:
    found = cost(Tensor(np.ones((m, k))) @ Tensor(np.ones((k, n))))
    assert found.reverse.multiplications == 2 * m * k * n
    assert found.reverse.additions == m * k * (n - 1) + k * n * (m - 1)
    assert found.forward.multiplications == 2 * m * k * n
    assert found.forward.additions == 2 * m * n * (k - 1) + m * n
    assert cost(ac.einsum("ij,jk->ik", Tensor(np.ones((m, k))), np.ones((k, n)))).reverse.multiplications == m * k * n


def test_reverse_mode_wins_for_one_output_and_forward_mode_for_one_input() -> None:
    w = Tensor(np.ones(1000))
    many_to_one = cost((w * np.ones(1000)).sum())
    assert many_to_one.jacobian_by_forward.total > 1000 * many_to_one.jacobian_by_reverse.total
    x = Value(2.0)
    one_to_many = cost([ac.sin(x) for _ in range(100)])
    assert one_to_many.jacobian_by_reverse.multiplications == 100 * one_to_many.jacobian_by_forward.multiplications


def test_the_order_of_a_product_matters() -> None:
    n = 20
    A, B, v = Tensor(np.ones((n, n))), Tensor(np.ones((n, n))), Tensor(np.ones(n))
    assert cost(A @ (B @ v)).forward.multiplications == 4 * n * n
    assert cost((A @ B) @ v).forward.multiplications == 2 * n**3 + 2 * n * n


def test_moving_numbers_costs_nothing_and_spreading_them_costs_sums() -> None:
    x = Tensor(np.ones((3, 4)))
    assert cost(x.reshape(12).reshape(4, 3).T).reverse.total == 0
    assert cost(x + Tensor(np.ones(4))).reverse.additions == 8
    assert cost(x.sum()).forward.additions == 11


@pytest.mark.parametrize(
    "name", ["softmax", "log_softmax", "logsumexp", "prod", "var", "cumsum", "norm", "max", "mean"]
)
def test_every_reduction_can_be_counted(name: str) -> None:
    found = cost(getattr(ac, name)(Tensor(np.arange(4.0) + 1.0)))
    assert found.reverse.total > 0
    assert found.forward.total > 0


def test_constants_cost_nothing_and_something_else_is_refused() -> None:
    assert cost(Value(2.0) + 1).reverse.total == 0
    assert "1 inputs" in str(cost(Value(2.0) * 3))
    with pytest.raises(InputTypeError, match="is not a node"):
        cost(3.0)
