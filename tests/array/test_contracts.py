"""The contracts of the design for Tensors: the same as for Values, and what arrays add to them."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from amounts import long
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Tensor, Value, no_grad, scope, topological_order
from autograd_core.array.arrays import Evidence
from autograd_core.array.operations import without_zero_paths
from autograd_core.array.tensor import array_constant
from autograd_core.derivatives.gradients import gradient_arrays, gradient_nodes
from autograd_core.derivatives.push_forward import push_forward

DEEP = long(1_000_000)


# --- what a node holds ------------------------------------------------------------------------------------------------


def test_a_tensor_has_what_a_value_has() -> None:
    with scope("layer 1"):
        w = Tensor([[1.0, 2.0]], "w")
        z = w * 3
    assert (w.op, z.op, z.scope, w.label) == ("leaf", "mul", "layer 1", "w")
    assert z.parents[0] is w
    assert not z.parents[1].differentiable
    assert (z.shape, z.ndim, z.size, z.dtype) == ((1, 2), 2, 2, np.float64)
    assert z.T.shape == (2, 1)
    assert not w.has_grad
    assert w.grad.tolist() == [[0.0, 0.0]]
    z.sum().backward()
    assert w.has_grad
    assert z.grad.tolist() == [[1.0, 1.0]]
    w.zero_grad()
    assert not w.has_grad
    assert "op='mul'" in repr(z)
    assert f"{z.sum():.1f}" == "9.0"


def test_lists_are_taken_in_and_integers_refused() -> None:
    assert Tensor([1.0, 2]).dtype == np.float64
    assert Tensor(2.5).shape == ()
    assert Tensor(np.ones(2, np.float32)).dtype == np.float32
    for wrong in ([1, 2], np.arange(3), True):
        with pytest.raises(ac.InputTypeError, match="has no derivatives; write the numbers as floats"):
            Tensor(wrong)
    for wrong in (
        "a",
        None,
        [1j],
        np.array(["a"]),
        [[1.0], [1.0, 2.0]],
        Tensor([1.0]),
        np.ma.array([1.0]),
        np.float16(1),
    ):
        with pytest.raises(ac.InputTypeError):
            Tensor(wrong)


def test_numbers_of_a_node_cannot_be_written_to() -> None:
    x = Tensor(np.ones(3), "x")
    z = x * 2
    for array in (x.data, z.data, z.T.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0
    z.sum().backward()
    for array in (x.grad, z.grad):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0
    with pytest.raises(ac.ImmutableGraphError, match="set the data of a leaf"):
        z.data = np.zeros(3)
    with pytest.raises(ac.InputTypeError, match="graph is immutable"):
        x[0] = 1.0


def test_data_and_grad_of_a_leaf_are_set_by_copying() -> None:
    x = Tensor(np.ones(2, np.float32), "x")
    given = np.array([3.0, 4.0])
    x.data = given
    given[0] = 7.0
    assert x.data.tolist() == [3.0, 4.0]
    assert x.dtype == np.float32
    x.grad = [1, 2]
    assert x.has_grad
    assert x.grad.tolist() == [1.0, 2.0]
    with pytest.raises(ac.InputValueError, match=r"data of tensor 'x'.*shape \(3,\) where \(2,\) is needed"):
        x.data = np.ones(3)


def test_backward_answers_for_the_recorded_point_and_nodes_become_stale() -> None:
    a, b = Tensor([2.0]), Tensor([3.0])
    z = (a * b).sum()
    a.data = [100.0]
    assert ac.stale_nodes(topological_order(z)) == {z, z.parents[0]}
    z.backward()
    assert b.grad.tolist() == [2.0]


def test_leaving_the_graph_is_explicit() -> None:
    x = Tensor([1.0], "x")
    for leave in (float, int, complex, np.asarray, math.exp, lambda t: range(5)[t]):
        with pytest.raises(ac.LeavesGraphError, match=r"tensor 'x' .*write t\.data"):
            leave(x)
    with pytest.raises(ac.InputValueError, match="no single truth"):
        bool(Tensor([1.0, 2.0]))
    assert Tensor([1.0]) < 2
    assert [each.item() for each in Tensor([1.0, 2.0])] == [1.0, 2.0]
    with pytest.raises(AttributeError, match=r"t\.data\.tofile"):
        x.tofile("x")


def test_no_grad_makes_constants() -> None:
    x = Tensor([1.0, 2.0])
    with no_grad():
        nodes = [x * 2, x.sum(), ac.stack([Value(1.0)])]
    assert {(node.op, node.parents, node.differentiable) for node in nodes} == {("constant", (), False)}
    with pytest.raises(ac.InputTypeError, match="the root is a constant"):
        nodes[1].backward()


# --- arrays that others can write to ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 10_000])
@pytest.mark.parametrize("use", [lambda x: x * x, lambda x: x.reshape(-1, 1).T[0] ** 2, np.exp])
def test_a_change_in_place_is_noticed(size: int, use: Any) -> None:
    array = np.linspace(0.0, 1.0, size)
    x = Tensor(array, "weights")
    loss = use(x).sum()
    loss.backward()
    array[size // 2] += 1e-9
    for differentiate in (loss.backward, lambda: gradient_arrays(loss, [x]), lambda: gradient_nodes(loss, [x])):
        with pytest.raises(ac.DataChangedError, match="tensor 'weights'"):
            differentiate()


def test_a_change_of_a_constant_beside_a_tensor_is_noticed() -> None:
    data = np.ones((2, 3))
    x = Tensor(np.ones(3))
    for constant in (lambda: data, lambda: array_constant(data).T.T, lambda: hidden(data)):
        data[...] = 1.0
        loss = (x * constant()).sum()
        data[1, 2] = 5.0
        with pytest.raises(ac.DataChangedError, match="was changed in place"):
            loss.backward()


def hidden(data: np.ndarray) -> Tensor:
    with no_grad():
        return array_constant(data)[:]


def test_an_exchange_of_rows_is_noticed() -> None:
    array = np.random.default_rng(0).normal(size=(2048, 128))
    evidence = Evidence(array)
    assert not evidence.contradicts(array)
    array[[0, 8]] = array[[8, 0]]
    assert evidence.contradicts(array)


@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from([np.float32, np.float64]), order=st.sampled_from("CF"))
def test_one_changed_number_and_two_exchanged_ones_are_noticed(seed: int, dtype: Any, order: str) -> None:
    generator = np.random.default_rng(seed)
    array = np.array(generator.normal(size=(97, 211)), dtype=dtype, order=order)  # no multiple of a row of the table
    evidence = Evidence(array)
    one, other = (tuple(generator.integers(0, array.shape)) for _ in range(2))
    kept = array[one], array[other]
    array[one], array[other] = array[other], array[one]
    assert evidence.contradicts(array) == (kept[0] != kept[1])
    array[one], array[other] = kept
    assert not evidence.contradicts(array)
    array[one] = np.nextafter(array[one], dtype(np.inf))
    assert evidence.contradicts(array)


def test_writing_to_an_array_that_no_longer_counts_is_no_error() -> None:
    array = np.ones(3)
    x = Tensor(array)
    old = (x * x).sum()
    x.data = np.full(3, 2.0)
    array[0] = 9.0
    (x * x).sum().backward()
    assert x.grad.tolist() == [4.0] * 3
    with pytest.raises(ac.DataChangedError):
        old.backward()


def test_index_arrays_are_copied() -> None:
    rows = np.array([0, 1])
    x = Tensor([1.0, 2.0, 3.0])
    z = x[rows].sum()
    rows[:] = 2
    z.backward()
    assert x.grad.tolist() == [1.0, 1.0, 0.0]


def test_nothing_that_is_given_is_made_read_only_or_copied() -> None:
    array = np.ones(100_000)
    x = Tensor(array)
    assert np.shares_memory(x.data, array)
    assert np.shares_memory(x.reshape(100, 1000)[3:].T.data, array)
    assert (x * array).data.size
    assert array.flags.writeable
    gradient = np.ones(3)
    y = Tensor([1.0, 2.0, 3.0])
    (+y).backward(gradient)
    gradient[0] = 9.0
    assert y.grad.tolist() == [1.0] * 3


# --- gradients --------------------------------------------------------------------------------------------------------


def test_leaf_gradients_accumulate_and_interior_ones_are_set_afresh() -> None:
    x = Tensor([1.0, 2.0])
    h = x * 3
    loss = (h * h).sum()
    loss.backward()
    first = x.grad.copy()
    loss.backward()
    assert (x.grad == 2 * first).all()
    assert h.grad.tolist() == [6.0, 12.0]


def test_grad_is_forgotten_by_none() -> None:
    x = Tensor([1.0, 2.0])
    for _ in range(2):
        x.grad = None
        assert not x.has_grad
        assert x.grad.tolist() == [0.0, 0.0]
        (x * x).sum().backward()
        assert x.grad.tolist() == [2.0, 4.0]


def test_leaves_that_receive_the_same_gradient_do_not_share_it() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (x + y).sum().backward()
    (x * 1).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    assert y.grad.tolist() == [1.0, 1.0]


def test_a_scalar_root_or_an_upstream_gradient_is_needed() -> None:
    x = Tensor([1.0, 2.0], "x")
    z = x * x
    with pytest.raises(ac.InputValueError, match="sum it first, or give the upstream gradient"):
        z.backward()
    with pytest.raises(ac.InputValueError, match="the upstream gradient has shape"):
        z.backward(np.ones(3))
    z.backward([1.0, 10.0])
    assert x.grad.tolist() == [2.0, 40.0]
    ac.backward(z[:1])
    assert x.grad.tolist() == [4.0, 40.0]
    x.zero_grad()
    x.backward(np.ones(2))
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_node_that_nothing_reaches_has_gradient_zero() -> None:
    x = Tensor([1.0, 2.0])
    hidden = x * 2
    (hidden > 1.0).sum().backward()
    assert x.has_grad
    assert x.grad.tolist() == [0.0, 0.0]
    assert hidden.grad.tolist() == [0.0, 0.0]


def test_large_interior_gradients_are_kept_only_when_asked_for() -> None:
    x = Tensor(np.ones(100_000))
    h = x * 2
    loss = (h * h).sum()
    loss.backward()
    assert not h.has_grad
    with pytest.raises(ac.LeavesGraphError, match="keep_interior=True"):
        h.grad  # noqa: B018
    loss.backward(keep_interior=True)
    assert h.grad[0] == 4.0
    small = Tensor([1.0]) * 2
    small.sum().backward(keep_interior=False)
    assert not small.has_grad


def test_an_interrupted_pass_leaves_nothing_behind() -> None:
    x = Tensor([[2.0]])
    z = ac.inv(x * x) + x
    good = z.parents[0]._operation.fast
    z.parents[0]._operation.fast = (lambda *_: 1 / 0,)
    try:
        with pytest.raises(ZeroDivisionError):
            z.backward()
    finally:
        z.parents[0]._operation.fast = good
    z.backward()
    assert x.grad[0, 0] == pytest.approx(1.0 - 2.0 / 8.0)


FACTORS = st.sampled_from((0.0, 1.0, -2.0, math.inf, -math.inf, math.nan))


@settings(max_examples=300)
@given(st.lists(FACTORS, min_size=6, max_size=6), st.lists(FACTORS, min_size=6, max_size=6))
def test_sums_of_products_without_zero_paths(first: list[float], second: list[float]) -> None:
    x, y = np.array(first).reshape(2, 3), np.array(second).reshape(3, 2)
    expected = np.zeros((2, 2))
    with np.errstate(all="ignore"):
        for i, j, k in np.ndindex(2, 2, 3):
            if x[i, k] != 0.0 and y[k, j] != 0.0:
                expected[i, j] += x[i, k] * y[k, j]
        np.testing.assert_array_equal(without_zero_paths(np.matmul, x, y), expected)


def test_zero_upstream_ends_paths_through_matmul() -> None:
    x, w = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[np.inf, 1.0], [1.0, 1.0]])
    z = x @ w
    z[1, 1].backward()
    assert x.grad.tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert w.grad.tolist() == [[0.0, 3.0], [0.0, 4.0]]
    assert push_forward(z, {w: [[0.0, 1.0], [0.0, 0.0]]}).tolist() == [[0.0, 1.0], [0.0, 3.0]]


# --- Values and Tensors together --------------------------------------------------------------------------------------


def test_gradients_flow_between_values_and_tensors() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    s = a * b
    t = Tensor([[a, s], [b, 1.0]])
    assert (t.op, t.parents[:3]) == ("of_values", (a, s, b))
    loss = (t @ t).sum() * a  # a Value beside a Tensor
    loss.backward()

    def f(a: Any, b: Any) -> Any:
        rows = [[a, a * b], [b, 1.0]]
        return sum(rows[i][k] * rows[k][j] for i in (0, 1) for j in (0, 1) for k in (0, 1)) * a

    assert loss.item() == f(2.0, 3.0)
    expected = ac.grad(f, (0, 1))(2.0, 3.0)
    assert (a.grad, b.grad) == pytest.approx(expected)
    assert s.has_grad


def test_values_come_before_tensors_in_topological_order() -> None:
    a = Value(2.0, "a")
    x = Tensor([1.0, 2.0], "x")
    z = (ac.stack([a * 2, a]) * x).sum() + a
    order = topological_order(z)
    kinds = [isinstance(node, Tensor) for node in order]
    assert kinds == sorted(kinds)
    position = {node: index for index, node in enumerate(order)}
    assert all(position[parent] < position[node] for node in order for parent in node.parents)
    assert ac.leaves(z) == [a, x]
    assert ac.ancestors(z) == order[:-1]
    assert topological_order([z, a]) == order
    with pytest.raises(ac.InputTypeError, match="not a node"):
        topological_order([z, 1.0])


def test_mixing_gives_tensors_from_either_side() -> None:
    v, t = Value(2.0), Tensor([1.0, 3.0])
    array = np.array([v, v], dtype=object)
    for mixed in (
        v * t,
        t * v,
        v + t,
        t**v,
        ac.maximum(v, t),
        ac.apply("hypot", v, t),
        np.add(v, t),
        array * t,
        t - array,
    ):
        assert isinstance(mixed, Tensor)
        assert mixed.shape == (2,)
        assert any(leaf is v for leaf in ac.leaves(mixed))
    assert isinstance(t[0], Tensor)
    assert (v < t).data.tolist() == [0.0, 1.0]


def test_second_derivatives_through_both_kinds() -> None:
    def f(x: Any) -> Any:
        return (ac.stack([x, x * x]) ** 2).sum() * x  # x**3 + x**5

    assert ac.grad(f)(2.0) == pytest.approx(3 * 4 + 5 * 16)
    assert ac.grad(ac.grad(f))(2.0) == pytest.approx(6 * 2 + 20 * 8)


def test_forward_mode_through_both_kinds() -> None:
    a, x = Value(2.0), Tensor([1.0, 3.0])
    z = ac.stack([a * a, a]) * x
    assert push_forward(z, {a: 1.0, x: [1.0, 0.0]}).tolist() == [4.0 + 4.0, 3.0]
    assert push_forward(a * a, {a: 1.0}) == 4.0
    assert push_forward(z, {}).tolist() == [0.0, 0.0]


def test_layers_give_the_same_numbers_by_matrices_and_by_scalars() -> None:
    generator = np.random.default_rng(1)
    numbers = generator.normal(size=(3, 2))
    inputs = generator.normal(size=3)
    w = Tensor(numbers)
    values = np.array([[Value(each) for each in row] for row in numbers])
    by_matrix = ac.tanh(inputs @ w).sum()
    by_scalars = np.sum(ac.tanh(inputs @ values))
    by_matrix.backward()
    by_scalars.backward()
    assert by_matrix.item() == pytest.approx(by_scalars.data)
    np.testing.assert_allclose(w.grad, [[v.grad for v in row] for row in values])


# --- transforms -------------------------------------------------------------------------------------------------------


def test_gradients_of_functions_of_arrays() -> None:
    x = np.array([1.0, 2.0])
    value, gradient = ac.value_and_grad(lambda x: (x**3).sum())(x)
    assert (type(value), value, gradient.tolist()) == (float, 9.0, [3.0, 12.0])
    gradient[0] = 5.0  # it is the caller's own
    both = ac.grad(lambda x, y: (x + y).sum(), (0, 1))(x, 2.0)
    assert (both[0].tolist(), both[1]) == ([1.0, 1.0], 2.0)
    second = ac.grad(lambda x: (ac.grad(lambda y: (y**3).sum())(x) * x).sum())(x)
    assert second.tolist() == [9.0, 36.0]
    leaf = Tensor(x)
    slope = ac.grad(lambda y: (y * leaf).sum())(leaf)
    assert isinstance(slope, Tensor)
    assert not leaf.has_grad
    with pytest.raises(ac.InputTypeError, match="only a scalar has a gradient"):
        ac.grad(lambda x: x * 2)(x)


def test_interior_gradients_are_left_alone_by_transforms() -> None:
    x = Tensor([1.0])
    h = x * 2
    loss = (h * h).sum()
    loss.backward()
    gradient_arrays(loss, [x])
    gradient_nodes(loss, [h])
    assert h.has_grad


# --- depth and memory -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_chain_of_a_million_tensors_is_built_differentiated_and_released() -> None:
    x = Tensor([1.0])
    node = x
    one = array_constant([1.0])
    for _ in range(DEEP):
        node = node + one
    node.backward()
    assert x.grad.tolist() == [1.0]
    assert len(topological_order(node)) == DEEP + 2
    del node
    gc.collect()
    assert x.has_grad


@pytest.mark.slow
def test_memory_of_a_long_chain_of_large_arrays() -> None:
    """A hundred results of 200,000 numbers, and no more than 1.2 times their memory at the peak, backward included."""
    x = Tensor(np.linspace(-1.0, 1.0, 200_000))
    tracemalloc.start()
    try:
        node = x
        for _ in range(50):
            node = (node * 1.01).tanh()
        node.sum().backward()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * 100 * 8 * 200_000
    assert x.has_grad


# --- copies -----------------------------------------------------------------------------------------------------------


def test_leaves_are_copied_and_pickled() -> None:
    x = Tensor([1.0, 2.0], "x")
    x.sum().backward()
    for twin in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        assert (twin.data.tolist(), twin.label, twin.op, twin.grad.tolist()) == ([1.0, 2.0], "x", "leaf", [1.0, 1.0])
        assert twin is not x


def test_a_copied_graph_has_its_own_leaves_and_the_same_gradients() -> None:
    data = np.array([1.0, 2.0])
    x, w, v = Tensor(data, "x"), Tensor([0.5, -1.0], "w"), Value(3.0, "v")

    def told(nodes: list[Any]) -> list[Any]:
        return [(node.op, node.label, np.asarray(node.data).tolist(), np.asarray(node.grad).tolist()) for node in nodes]

    inner = ac.tanh(w * x)
    loss = (inner * ac.stack([v * v, v]) + x).sum()
    loss.backward()
    twin, its_inner = copy.deepcopy([loss, inner])
    order, its_order = topological_order(loss), topological_order(twin)
    assert told(order) == told(its_order)
    assert not set(order) & set(its_order)
    assert its_inner in its_order
    data[0] = 7.0  # the copy's array is its own
    w.data = [9.0, 9.0]
    leaves = [node for node in its_order if node.op == "leaf"]
    before = [np.array(leaf.grad) for leaf in leaves]
    for leaf in leaves:
        leaf.zero_grad()
    twin.backward()
    assert all(np.array_equal(leaf.grad, each) for leaf, each in zip(leaves, before, strict=True))
    with pytest.raises(ac.DataChangedError):
        loss.backward()


def test_a_copy_of_a_stale_graph_is_stale() -> None:
    w = Tensor([1.0, 2.0], "w")
    loss = (w * w).sum()
    w.data = [5.0, 6.0]
    twin = copy.deepcopy(loss)
    twin.backward()
    leaf = topological_order(twin)[0]
    assert (leaf.data.tolist(), leaf.grad.tolist()) == ([5.0, 6.0], [2.0, 4.0])
    assert twin.parents[0].differs_from_parents()


def test_a_copied_subclass_keeps_its_attributes() -> None:
    class Named(Tensor):
        pass

    x = Named([1.0])
    x.note = ["mine"]  # type: ignore[attr-defined]
    twin = copy.deepcopy((x * 2).parents[0])
    assert type(twin) is Named
    assert twin.note == ["mine"]  # type: ignore[attr-defined]
    assert twin.note is not x.note  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_chain_is_copied_without_recursion() -> None:
    z = Tensor([1.0])
    for _ in range(20_000):
        z = -z
    assert copy.deepcopy(z).item() == 1.0


# --- what does not take Tensors ---------------------------------------------------------------------------------------


def test_what_is_for_graphs_of_values_says_so() -> None:
    t = (Tensor([1.0, 2.0]) ** 2).sum()
    with pytest.raises(ac.InputTypeError, match="not a node of a graph of Values"):
        ac.Program.from_graph(t, [])


def test_a_comparison_is_a_mask_under_no_grad_too() -> None:
    x = Tensor([1.0, -2.0, 3.0])
    with ac.no_grad():
        assert x[x > 0].data.tolist() == [1.0, 3.0]
    with pytest.raises(ac.InputTypeError, match="is not an index"):
        x[Tensor([0.0, 1.0, 1.0])]  # a leaf was not compared
