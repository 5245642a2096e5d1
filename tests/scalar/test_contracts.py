"""The contracts of the design, one test (or a few) each, named after them."""

from __future__ import annotations

import copy
import itertools
import math
import operator
import pickle
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amounts import long

import autograd_core as ac
from autograd_core import Tensor, Value, no_grad, scope, topological_order

DEEP = long(1_000_000)


def chain(length: int) -> tuple[Value, Value]:
    leaf = Value(1.0, "start")
    node = leaf
    for _ in range(length):
        node = node * 1.0000001
    return leaf, node


# --- the graph is immutable and honest --------------------------------------------------------------------------------


def test_parents_keep_their_order_and_their_number() -> None:
    a, b = Value(2.0), Value(3.0)
    assert (a - b).parents == (a, b)
    assert (a * a).parents == (a, a)
    assert (a * a).local_derivatives == (2.0, 2.0)
    assert (5 - a).parents[1] is a
    assert ac.where(a > 0, a, b).parents[1:] == (a, b)


def test_only_the_data_of_a_leaf_can_be_set() -> None:
    a = Value(2.0, "a")
    z = a * 3
    z.label = "z"
    with pytest.raises(ac.ImmutableGraphError, match=r"node 'z' \(mul\) cannot be set.*set the data of a leaf"):
        z.data = 1.0
    with pytest.raises(ac.ImmutableGraphError, match="constant"):
        z.parents[1].data = 1.0
    a.data += 0.5
    assert a.data == 2.5
    with pytest.raises(ac.InputTypeError, match="data of node 'a'"):
        a.data = "3"
    assert a.data == 2.5


def test_backward_answers_for_the_recorded_point() -> None:
    a, b = Value(2.0), Value(3.0)
    z = a * b
    a.data = 100.0
    z.backward()
    assert b.grad == 2.0
    assert z.data == 6.0


def test_changed_leaves_make_what_was_computed_from_them_stale() -> None:
    a, b = Value(2.0), Value(3.0)
    z = (a * b).exp()
    order = topological_order(z + b)
    assert ac.stale_nodes(order) == set()
    a.data = 2.5
    assert ac.stale_nodes(order) == set(order) - {a, b}
    a.data = 2.0
    assert ac.stale_nodes(order) == set()


def test_a_node_is_stale_too_if_only_its_local_derivative_changed() -> None:
    a, b = Value(2.0), Value(0.0)
    z = a * b
    a.data = 5.0
    assert z.data == 0.0
    assert ac.stale_nodes(topological_order(z)) == {z}


# --- no recursion -----------------------------------------------------------------------------------------------------


def test_a_chain_of_a_million_nodes_is_built_differentiated_and_released() -> None:
    leaf, node = chain(DEEP)
    node.backward()
    assert leaf.grad == pytest.approx(1.0000001**DEEP, rel=1e-9)
    assert len(repr(node)) < 200
    del node
    assert leaf.has_grad


@pytest.mark.slow
def test_a_deep_chain_is_walked_step_by_step_and_forwards_and_found_stale() -> None:
    leaf, node = chain(50_000)
    assert sum(1 for _ in ac.backward_steps(node)) == 50_001
    leaf.data = 2.0
    assert len(ac.stale_nodes(topological_order(node))) == 50_000


@pytest.mark.slow
def test_a_deep_chain_is_copied_and_pickled() -> None:
    leaf, node = chain(50_000)
    node.backward()
    for twin in (copy.deepcopy(node), pickle.loads(pickle.dumps(node))):
        [other] = ac.leaves(twin)
        assert (twin.data, other.label, other.grad) == (node.data, "start", leaf.grad)
        assert other is not leaf
        twin.backward()
        assert other.grad == 2 * leaf.grad


def test_copies_keep_what_is_shared_and_leave_the_original_alone() -> None:
    a = Value(2.0, "a")
    with scope("layer 1"):
        b = ac.where(a > 0, a * a, a)
    pair = copy.deepcopy([b, b * a])
    assert pair[1].parents[0] is pair[0]
    assert ac.leaves(pair[1])[0] is ac.leaves(pair[0])[0]
    assert pair[0].scope == "layer 1"
    pair[1].backward()
    assert not a.has_grad
    assert copy.copy(b).parents == b.parents


def test_a_diamond_of_many_paths_is_walked_once_a_node() -> None:
    """2**200 paths lead from the leaf to the root."""
    x = Value(1.0)
    node = x
    for _ in range(200):
        node = 0.5 * node + 0.5 * node
    node.backward()
    assert x.grad == 1.0


# --- backward twice ---------------------------------------------------------------------------------------------------


def test_backward_twice_accumulates_in_leaves_and_sets_interior_gradients_afresh() -> None:
    a = Value(3.0)
    b = a * a
    c = b * 2
    c.backward()
    c.backward()
    assert (b.grad, c.grad) == (2.0, 1.0)
    assert a.grad == 24.0
    a.zero_grad()
    c.backward()
    assert a.grad == 12.0


@pytest.mark.parametrize("line", range(0, 151, 10))
@pytest.mark.parametrize("differentiate", [Value.backward, lambda z: next(ac.backward_steps(z))], ids=["pass", "steps"])
def test_an_interrupted_backward_pass_spoils_no_later_one(differentiate: Callable[[Value], object], line: int) -> None:
    """An interrupt in the middle of the pass; compiled, there are no lines to interrupt at, and all is well anyway."""
    x = Value(3.0)
    y = x * x
    z = (y + x) * y * y
    lines = itertools.count()

    def interrupt(frame: object, event: str, _: object) -> object:
        if event == "line" and frame.f_code.co_filename.endswith("reverse.py") and next(lines) == line:
            raise KeyboardInterrupt
        return interrupt

    sys.settrace(interrupt)
    try:
        differentiate(z)
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
    x.zero_grad()
    z.backward()
    assert (x.grad, y.grad) == (6 * 3.0**5 + 5 * 3.0**4, 3 * 81.0 + 2 * 27.0)


def test_two_roots_over_one_interior_node_give_the_sum_in_the_leaf() -> None:
    a = Value(3.0)
    b = a * a
    (b * 2).backward()
    (b * 5).backward()
    assert (a.grad, b.grad) == (6.0 * 7, 5.0)


def test_a_gradient_never_computed_is_not_computed_rather_than_zero() -> None:
    a, b = Value(3.0, "a"), Value(1.0)
    assert not a.has_grad
    assert "grad=not computed" in repr(a)
    (a * 0.0).backward()
    assert a.has_grad
    assert "grad=0.0" in repr(a)
    assert not b.has_grad
    a.zero_grad()
    assert not a.has_grad
    a.grad = 0
    assert a.has_grad


# --- zero passes nothing on -------------------------------------------------------------------------------------------


def test_a_node_that_receives_exactly_zero_passes_nothing_on() -> None:
    x = Value(0.0)
    z = ac.where(x > 0, ac.log(x), x * 2)
    z.backward()
    assert x.grad == 2.0
    assert ac.grad(lambda x: ac.where(x > 0, ac.log(x), x * 2))(0.0) == 2.0
    assert ac.grad(lambda x: ac.where(x > 0, ac.log(x), x * 2))(Value(0.0)).data == 2.0


def test_a_dead_relu_does_not_leak_an_infinite_upstream_gradient() -> None:
    x = Value(-1.0)
    ac.sqrt(ac.relu(x)).backward()
    assert x.grad == 0.0
    assert x.has_grad


# --- numbers follow IEEE 754 ------------------------------------------------------------------------------------------


def test_numbers_follow_ieee_754() -> None:
    zero, one = Value(0.0), Value(1.0)
    assert (one / zero).data == math.inf
    assert (one / -zero).data == -math.inf
    assert math.isnan((zero / zero).data)
    assert ac.log(zero).data == -math.inf
    assert math.isnan(ac.sqrt(-one).data)
    assert ac.exp(Value(1e4)).data == math.inf
    assert (Value(1e308) * 10).data == math.inf
    assert math.isnan((Value(-2.0) ** Value(0.5)).data)
    assert (Value(-2.0) ** 3).data == -8.0
    assert (zero**-1).data == math.inf
    assert (Value(-0.0) ** -1).data == -math.inf
    assert (Value(-10.0) ** 309).data == -math.inf


# --- kinks ------------------------------------------------------------------------------------------------------------


def test_kinks_are_policy() -> None:
    assert ac.grad(ac.relu)(0.0) == 0.0
    assert ac.grad(abs)(0.0) == 0.0
    assert ac.grad(ac.maximum, argnums=(0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert ac.grad(ac.minimum, argnums=(0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert ac.grad(ac.hypot, argnums=(0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert ac.grad(ac.prelu, argnums=(0, 1))(0.0, 0.25) == (0.25, 0.0)
    assert ac.grad(ac.elu)(0.0) == 1.0
    assert ac.grad(lambda x: ac.elu(x, 2.0))(0.0) == 2.0
    assert ac.grad(ac.leaky_relu)(0.0) == 0.01
    by_all_of_clip = ac.grad(lambda x, low, high: ac.apply("clip", x, low, high), argnums=(0, 1, 2))
    assert by_all_of_clip(2.0, -1.0, 2.0) == (0.5, 0.0, 0.5)
    assert by_all_of_clip(-1.0, -1.0, 2.0) == (0.5, 0.5, 0.0)
    assert by_all_of_clip(1.0, 1.0, 1.0) == (0.0, 0.0, 0.5)  # by x and y alone it is constant there
    assert by_all_of_clip(0.0, 1.0, 1.0) == (0.0, 0.5, 0.5)
    assert by_all_of_clip(2.0, 1.0, 1.0) == (0.0, 0.0, 1.0)
    assert by_all_of_clip(0.0, 3.0, 1.0) == (0.0, 0.0, 1.0)
    assert by_all_of_clip(3.0, 3.0, 1.0) == (0.0, 0.0, 1.0)
    assert ac.PRIMITIVES["relu"].kink is not None
    assert [row.verdict for row in ac.check_gradients(ac.relu, 0.0)] == ["kink"]


# --- leaving the graph is explicit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", [float, int, complex, math.tanh, math.floor], ids=lambda each: each.__name__)
def test_leaving_the_graph_is_explicit(leave: object) -> None:
    with pytest.raises(ac.LeavesGraphError, match=r"node 'w' .*write v\.data.*autograd_core\.exp"):
        leave(Value(1.0, "w"))


def test_numpy_functions_stay_in_the_graph() -> None:
    v = Value(0.5)
    for name, rule in ac.PRIMITIVES.items():
        ufunc = getattr(np, rule.numpy_name, None)
        if not isinstance(ufunc, np.ufunc) or name in ("equal", "not_equal"):
            continue
        result = ufunc(*[v] * rule.arity)
        assert isinstance(result, Value), name
        assert result.op == name
        assert result.parents == (v,) * rule.arity
    with pytest.raises(ac.InputTypeError, match=r"np\.spacing: not available for a Value"):
        np.spacing(v)
    with pytest.raises(ac.LeavesGraphError):
        np.array([v], dtype=float)


def test_object_arrays_stay_in_the_graph() -> None:
    w = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = np.array([Value(0.5), Value(-0.5)])
    out = np.tanh(w @ x + 1)
    out.sum().backward()
    slope = 1 - np.tanh(np.array([0.5, 0.5])) ** 2
    np.testing.assert_allclose([[each.grad for each in row] for row in w], np.outer(slope, [0.5, -0.5]))
    np.testing.assert_allclose([each.grad for each in x], slope @ np.array([[1, 2], [3, 4]]))
    assert all(isinstance(each, Value) for each in ac.maximum(x, 0.0))
    assert all(isinstance(each, Value) for each in np.arange(3) * x[0])
    assert all(isinstance(each, Value) for each in x[0] * np.arange(3))


# --- equality is identity ---------------------------------------------------------------------------------------------


def test_equality_is_identity_and_nodes_are_hashable() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a  # noqa: PLR0124
    assert a != b
    assert a != None  # noqa: E711
    assert a != "1.0"
    assert {a, b, a} == {b, a}
    assert len({a: 1, b: 2}) == 2
    assert [a, b].index(b) == 1


@pytest.mark.parametrize("node", [Value(1.0), Tensor([1.0, 2.0])], ids=["Value", "Tensor"])
@pytest.mark.parametrize("number", [1.0, 1, True, 1j, np.float64(1.0), np.int8(1), np.array(1.0), np.array([1.0, 2.0])])
def test_equality_with_a_number_warns_of_the_line(node: Any, number: Any) -> None:
    """It is identity, so where(x == 0, limit, sin(x) / x) would choose the wrong side without a word."""
    for compare, answer in (
        (lambda: node == number, False),
        (lambda: number == node, False),
        (lambda: node != number, True),
        (lambda: number != node, True),
    ):
        with pytest.warns(ac.IdentityWarning, match=r"write (not_)?equal\(x, number\)") as told:
            assert compare() is answer
        assert [each.filename for each in told] == [__file__]


def test_equality_warns_once_a_line() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for number in (0.0, 1.0, 2.0):
            assert Value(number, f"x{number}") != 0
        assert Value(1.0) != 1
    assert len(told) == 2


def test_equality_with_nodes_and_other_objects_says_nothing() -> None:
    nodes = [Value(1.0), Tensor([1.0]), Value(2.0)]
    assert nodes[2] in nodes
    assert Value(2.0) not in nodes
    assert nodes[0] not in {nodes[1]: 1}
    assert [node == other for node in nodes for other in (None, "x", object(), [], (), {}, type)] == [False] * 21


def test_order_compares_data() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert a < b <= 2
    assert 3.0 > b >= 2.0
    assert not a > b
    assert max(a, b) is b
    assert sorted([b, a]) == [a, b]
    assert np.float64(1.5) < b
    comparison = a < b
    assert (comparison.op, comparison.data, comparison.local_derivatives) == ("less", 1.0, (0.0, 0.0))


# --- determinism and threads ------------------------------------------------------------------------------------------


def test_topological_order_is_that_of_a_depth_first_walk() -> None:
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    root = (c + a) * (a - b)
    assert [node.label or node.op for node in topological_order(root)] == ["c", "a", "add", "b", "sub", "mul"]
    assert topological_order([a + b, a + b])[:2] == [a, b]


def test_graphs_are_built_in_several_threads_at_once() -> None:
    shared = Value(2.0)
    results: dict[int, tuple[float, set[str]]] = {}

    def work(number: int) -> None:
        for _ in range(50):
            with scope(f"thread {number}"):
                node = shared
                for _ in range(50):
                    node = node * 1.01 + 0.1
            order = topological_order(node)
            assert len(set(order)) == len(order)
        results[number] = (node.data, {each.scope for each in order if each.op == "mul"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    for number, (data, scopes) in results.items():
        assert data == results[0][0]
        assert scopes == {f"thread {number}"}


def test_no_grad_and_scope_are_put_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), no_grad(), scope("inside"):
        raise RuntimeError
    z = Value(1.0) * 2
    assert z.parents
    assert z.scope == ""


def test_no_grad_holds_for_its_own_thread_only() -> None:
    seen: list[str] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((Value(1.0) * 2).op))
        thread.start()
        thread.join()
        assert (Value(1.0) * 2).op == "constant"
    assert seen == ["mul"]


def test_scopes_nest_and_tag_leaves_and_nodes() -> None:
    with scope("network"), scope("layer 1"):
        leaf = Value(1.0)
        node = leaf + 1
    assert leaf.scope == node.scope == "network/layer 1"
    node.label = "s"
    assert (node.scope, node.label) == ("network/layer 1", "s")
    for wrong in ("", "a//b", " "):
        with pytest.raises(ac.InputValueError, match="empty part"), scope(wrong):
            pass
    with pytest.raises(ac.InputTypeError, match="not a name"), scope(3):  # type: ignore[arg-type]
        pass


def test_every_operator_works_with_numbers_on_either_side() -> None:
    numbers = (3, 3.0, True, np.float64(3), np.float32(3), np.int64(3), np.bool_(True), np.array(3.0))
    operators = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
    for number, operate in itertools.product(numbers, operators):
        plain = float(number)
        for result, expected in (
            (operate(Value(2.0), number), operate(2.0, plain)),
            (operate(number, Value(2.0)), operate(plain, 2.0)),
        ):
            assert isinstance(result, Value), (number, operate)
            assert result.data == expected
    assert (-Value(2.0)).data == -2.0
    assert (+Value(2.0)).op == "pos"
    assert abs(Value(-2.0)).data == 2.0
    total = sum([Value(1.0), Value(2.0)])
    assert total.data == 3.0


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ("a", r"write a number such as Value\(2\.0"),
        (None, "write a number"),
        (1j, "real and the imaginary part"),
        ([1], r"\[Value\(each\) for each in data\]"),
        (np.array([1.0]), r"\[Value\(each\) for each in data\]"),
        (Value(1.0), "it is a node already"),
        (object(), "is not a real number"),
    ],
)
def test_what_is_no_real_number_is_refused_with_advice(wrong: object, advice: str) -> None:
    with pytest.raises(ac.InputTypeError, match=advice):
        Value(wrong)


@pytest.mark.parametrize("wrong", ["a", None, 1j, [1], (1,), {}, np.complex128(1j)])
def test_wrong_operands_are_refused_with_advice(wrong: object) -> None:
    for operate in (lambda: Value(1.0) + wrong, lambda: wrong * Value(1.0), lambda: Value(1.0) < wrong):
        with pytest.raises(ac.InputTypeError, match="is not a real number"):
            operate()


def test_an_integer_that_no_float_equals_is_refused() -> None:
    for wrong in (2**53 + 1, 10**400, 10**5000):
        with pytest.raises(ac.InputValueError, match="no float equals"):
            Value(wrong)
    assert Value(2**60).data == 2.0**60


def test_another_class_may_answer_for_an_operand_it_knows() -> None:
    class Knows:
        def __radd__(self, other: Value) -> str:
            return f"knows {other.data}"

    assert Value(1.0) + Knows() == "knows 1.0"
    with pytest.raises(TypeError):
        Value(1.0) + object()


def test_apply_refuses_wrong_names_counts_and_parameters() -> None:
    x = Value(1.0)
    for wrong, message in (
        (lambda: ac.apply("tanhh", x), "there is no primitive 'tanhh'"),
        (lambda: ac.apply("tanh", x, x), r"takes 1 argument\(s\), not 2"),
        (ac.tanh, r"takes 1 argument\(s\), not 0"),
        (lambda: x.leaky_relu(Value(0.1, "slope")), "'slope' .* use prelu"),
        (lambda: ac.tanh("x"), "is not a real number"),
        (lambda: ac.tanh(np.array(["x"])), "does not hold real numbers"),
        (lambda: ac.backward(3.0), "is not a node"),
        (lambda: ac.constant(3.0).backward(), "the root is a constant"),
        (lambda: topological_order([x, 3]), "3 is not a node"),
        (lambda: ac.grad(3), "is not a function"),
        (lambda: ac.grad(lambda x: [x])(1.0), "only a scalar has a gradient"),
        (lambda: ac.grad(ac.tanh, argnums=1)(1.0), "there is no argument 1"),
    ):
        with pytest.raises((ac.InputTypeError, ac.InputValueError), match=message):
            wrong()


def test_a_constant_gets_no_gradient() -> None:
    c = ac.constant(2.0, "c")
    z = Value(3.0) * c
    z.backward()
    assert (c.has_grad, c.op, c.label) == (False, "constant", "c")
    assert (c * c).differentiable is False


def test_subclasses_of_value_work() -> None:
    class Parameter(Value):
        def __init__(self, data: float, group: str) -> None:
            super().__init__(data)
            self.group = group

    p = Parameter(2.0, "decay")
    z = p * p
    z.backward()
    assert (p.grad, p.group) == (4.0, "decay")
    twin = copy.deepcopy(z).parents[0]
    assert (type(twin), twin.group, twin.grad) == (Parameter, "decay", 4.0)


def test_values_print_for_people() -> None:
    v = Value(0.123456789, "w")
    assert repr(v) == "Value(data=0.123456789, grad=not computed, op='leaf', label='w')"
    assert f"{v:.3f}" == "0.123"
    assert f"{v}" == repr(v)
    assert "tanh" in dir(v)
