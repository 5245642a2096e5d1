"""Programs that others wrote around a node class: what they build, read and set, on our nodes."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from amounts import long

import autograd_core as ac
from autograd_core import Value, check_gradients, explain, grad, record


def safe_log(x: Value, slope: float = 1.0) -> Value:
    """A logarithm as descendants of the small GPT write it; `slope` is a mistake in its derivative."""
    number = max(x.data, 1e-12)
    return Value(math.log(number), (x,), (slope / number,))


def entropy(rows: list[Value], target: int) -> Value:
    """A fused softmax: one node with as many parents as there are classes."""
    powers = [math.exp(each.data) for each in rows]
    total = sum(powers)
    slopes = [power / total - (place == target) for place, power in enumerate(powers)]
    return Value(math.log(total) - rows[target].data, tuple(rows), tuple(slopes))


# --- nodes with given derivatives -----------------------------------------------------------------------------------


def test_a_given_node_passes_on_what_it_was_given() -> None:
    a, b = Value(2.0), Value(3.0)
    z = Value(6.0, (a, b), (3.0, 2.0)) + a
    z.backward()
    assert (z.data, a.grad, b.grad) == (8.0, 4.0, 2.0)


def test_a_child_that_stands_twice_gets_both() -> None:
    a = Value(3.0)
    square = Value(9.0, [a, a], [3.0, 3.0])
    square.backward()
    assert a.grad == 6.0
    assert square._prev == square._children == (a, a)
    assert square._local_grads == (3.0, 3.0)


def test_a_fused_loss_has_the_gradient_of_the_composed_one() -> None:
    numbers = [0.3, -1.2, 2.0, 0.1, 0.7]
    fused, composed = [Value(each) for each in numbers], [Value(each) for each in numbers]
    entropy(fused, 2).backward()
    (ac.log(sum((each.exp() for each in composed), Value(0.0))) - composed[2]).backward()
    assert [each.grad for each in fused] == pytest.approx([each.grad for each in composed], rel=1e-14)


def test_the_check_believes_a_right_derivative_and_names_a_wrong_one() -> None:
    assert check_gradients(lambda x: safe_log(x * x) * 3, 1.5)
    report = check_gradients(lambda x, y: safe_log(x * x, 1.5) * y + safe_log(y), 1.5, 0.5)
    assert [row.verdict for row in report] == ["wrong", "ok"]
    assert "the given node (test_other_programs.py:" in report.rows[0].note
    assert "math.log(number)" in report.rows[0].note


def test_of_several_given_nodes_the_wrong_one_is_named() -> None:
    def f(x: Value) -> Value:
        wrong = Value(x.data**2, (x,), (3 * x.data,), label="wrong one")
        return safe_log(x) + wrong + entropy([x, x * x], 0)

    [row] = check_gradients(f, 1.5).rows
    assert row.verdict == "wrong"
    assert row.note.count("the given node") == 1
    assert "'wrong one'" in row.note


def test_a_second_derivative_of_a_number_is_not_made_up() -> None:
    assert grad(safe_log)(2.0) == 0.5
    assert math.isnan(grad(grad(safe_log))(2.0))

    def product(x: Value, y: Value) -> Value:
        return Value(x.data * y.data, (x, y), (y.data, x.data))

    for first, second in itertools.product((0, 1), repeat=2):
        assert math.isnan(ac.hessian(product, (0, 1))(2.0, 3.0)[first][second])


def test_a_program_follows_its_arguments_through_a_given_node() -> None:
    def f(x: Value, y: Value) -> Value:
        return Value(x.data * x.data * y.data, (x, y), (2 * x.data * y.data, x.data * x.data)) * y

    program = record(f, 2.0, 3.0)
    assert program(5.0, 2.0) == 100.0
    number, gradient = program.value_and_grad(5.0, 2.0)
    assert (number, gradient) == (100.0, 40.0)
    assert program.value_and_grad(5.0, 2.0, argnums=(0, 1))[1] == grad(f, (0, 1))(5.0, 2.0)


def test_what_leaves_the_graph_in_a_recorded_function_is_refused() -> None:
    with pytest.raises(ac.LeavesGraphError, match=r"compute with the primitives of autograd_core"):
        record(safe_log, 2.0)


def test_it_is_copied_pickled_and_explained() -> None:
    x = Value(2.0, "x")
    z = Value(math.log(2.0), (x,), (0.5,), label="safe", _op="safe_log")
    for other in (copy.copy(z), copy.deepcopy(z), pickle.loads(pickle.dumps(z))):
        assert (other.data, other._local_grads, other._op, other.label) == (z.data, (0.5,), "safe_log", "safe")
    z.backward()
    assert "given(0.693147, 0.5, x)" in str(explain(z, x))


def test_without_recording_it_is_a_constant() -> None:
    with ac.no_grad():
        z = safe_log(Value(2.0))
    assert (z.op, z._prev) == ("constant", ())


def test_a_graph_of_given_nodes_is_released_without_recursion() -> None:
    z = Value(1.0)
    for _ in range(long(30_000)):
        z = Value(z.data, (z, z), (0.5, 0.5))
    z.backward()
    del z


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: Value(1.0, (x,)), "1 children and 0 local_grads"),
        (lambda x: Value(1.0, (x,), (1.0, 2.0)), "1 children and 2 local_grads"),
        (lambda x: Value(1.0, (2.0,), (1.0,)), r"the child 2\.0 is not a node"),
        (lambda x: Value(1.0, (x,), ("a",)), r"local_grads\[0\]: 'a' is not a real number"),
        (lambda x: Value(x, (x,), (1.0,)), "gradients flow into; write v.data"),
        (lambda x: Value(1.0, x, (1.0,)), "neither a label nor a tuple of nodes"),
        (lambda x: Value(1.0, (x,), 3.0), r"local_grads=3\.0 is not a tuple"),
        (lambda x: Value(1.0, (), (), _op=3), "_op=3 is not a text"),
        (lambda x: x.__init__(1.0, (x,), (1.0,)), "is a leaf already"),
        (lambda x: setattr(x, "_backward", None), r"derivatives are known; .* Value\(data, children, 'name'\) first"),
        (
            lambda x: setattr(x, "_prev", {x}),
            r"_prev of .* a graph never changes; .* Value\(data, children, local_grads\)",
        ),
        (lambda x: setattr(x, "_local_grads", (1.0,)), "_local_grads of .* cannot be set"),
        (lambda x: setattr(x, "_op", 3), "_op: 3 is not a text"),
        (lambda x: setattr(Value(1.0, (x,), "sq"), "_backward", 3.0), "3.0 is no function"),
        (lambda x: setattr(Value(1.0, (x,), "sq"), "_backward", lambda: setattr(x, "grad", 1.0)), "not proportional"),
        (lambda x: x & True, "it is no condition"),
        (np.frexp, r"np\.frexp: not available for a Value; did you mean exp.* docs/numpy\.md"),
    ],
)
def test_a_wrong_family_is_refused_and_nothing_is_half_written(wrong: Any, message: str) -> None:
    x = Value(2.0)
    with pytest.raises(ac.AutogradError, match=message):
        wrong(x)
    assert (x.data, x.op, x._prev) == (2.0, "leaf", ())


# --- names of other engines -----------------------------------------------------------------------------------------


def test_micrograds_constructor_and_names() -> None:
    w = Value(2.0, (), "", "w")
    x = Value(3.0, _children=(), _op="", label="x")
    assert (w.label, w._op, w._prev, x.label, Value(1.0, "b").label) == ("w", "", (), "x", "b")
    signs = {
        "+": w + x,
        "-": w - x,
        "*": w * x,
        "/": w / x,
        "**2": w**2,
        "ReLU": w.relu(),
        "tanh": w.tanh(),
        "exp": w.exp(),
    }
    assert {sign: node._op for sign, node in signs.items()} == {sign: sign for sign in signs}
    assert (w * w)._prev == (w, w)
    assert len(set((w * w)._prev)) == 1
    assert (w * 2)._local_grads == (2.0, 0.0)


def test_a_walk_over_prev_finds_every_node() -> None:
    x = Value(2.0)
    z = entropy([x, x * x, x.exp()], 1) * safe_log(x)
    seen, order = set(), []

    def build(node: Value) -> None:
        if node not in seen:
            seen.add(node)
            for child in node._prev:
                build(child)
            order.append(node)

    build(z)
    for node in order:
        node.grad = 0
    z.grad = 1
    for node in reversed(order):
        for child, local in zip(node._children, node._local_grads, strict=True):
            child.grad += local * node.grad
    by_hand = x.grad
    x.grad = None
    assert not x.has_grad
    z.backward()
    assert x.grad == pytest.approx(by_hand, rel=1e-15)


def test_what_python_and_numpy_ask_of_a_number() -> None:
    v = Value(7.5)
    assert (v.item(), v.shape, v.ndim, v.size, v.dtype) == (7.5, (), 0, 1, np.dtype(float))
    assert ("%.3f" % v, "%d|%5.1f" % (v, v), f"{v:.2f}") == ("7.500", "7|  7.5", "7.50")
    assert (round(v).data, round(Value(2.5)).data, np.floor(v).data) == (8.0, 2.0, 7.0)
    assert (v.max_with(9).data, v.maximum(2).data) == (9.0, 7.5)
    with pytest.raises(ac.LeavesGraphError):
        math.exp(v)
    with pytest.raises(ac.LeavesGraphError):
        _ = "%.1f" % float(v)


@pytest.mark.parametrize("x", [7.5, -7.5, 0.3])
@pytest.mark.parametrize("y", [2.0, -2.0, 0.1])
def test_remainder_and_whole_part_are_pythons(x: float, y: float) -> None:
    assert ((Value(x) % y).data, (x % Value(y)).data) == (x % y, x % y)
    assert ((Value(x) // y).data, (x // Value(y)).data) == (x // y, x // y)
    if abs(y) == 2.0:  # a multiple of 0.1 is at the jump, but for rounding
        assert check_gradients(lambda x, y: x % y + x // y, x, y)


# --- attributes of one's own ----------------------------------------------------------------------------------------


def test_a_node_takes_attributes_of_ones_own() -> None:
    p = Value(1.0, "p")
    p.m = p.v = 0.0
    p.m = 0.9 * p.m + 0.1
    z = p * p
    z._vis_color = "red"
    assert (p.m, p.v, z._vis_color, p.label, z.data) == (0.1, 0.0, "red", "p", 1.0)
    assert not hasattr(p * p, "m")
    del p.v
    assert not hasattr(p, "v")
    p.label = "q"
    assert p.m == 0.1


def test_they_are_copied_and_pickled() -> None:
    p = Value(1.0)
    p.m = [1.0]
    for other in (copy.deepcopy(p), pickle.loads(pickle.dumps(p)), copy.deepcopy(p * 2).parents[0]):
        assert other.m == [1.0]
        assert other.m is not p.m
    assert copy.copy(p).m is p.m


def test_names_of_the_class_are_refused() -> None:
    p = Value(1.0)
    for name in ("op", "parents", "shape", "has_grad"):
        with pytest.raises(AttributeError):
            setattr(p, name, 1.0)
    with pytest.raises(AttributeError):
        del p.m


def test_a_subclass_keeps_its_own_and_results_are_plain_values() -> None:
    class Parameter(Value):
        def __setattr__(self, name: str, given: Any) -> None:
            super().__setattr__(name, given)

    p = Parameter(1.0)
    p.m, p.grad, p.data = 0.5, 2, 3
    assert (p.m, p.grad, p.data, type(p * 2)) == (0.5, 2.0, 3.0, Value)


def test_what_is_set_is_a_float_of_any_number() -> None:
    p = Value(1.0)
    for number in (2, 2.5, True, np.float64(0.25), np.float32(0.5), np.int64(3), np.array(4.0)):
        p.data = p.grad = number
        assert (type(p.data), p.data, p.grad) == (float, float(number), float(number))
    with pytest.raises(ac.InputValueError, match="no float equals the integer"):
        p.data = 2**53 + 1
    with pytest.raises(ac.InputTypeError, match="grad of node without label"):
        p.grad = "x"


def test_what_is_hidden_from_numpy_is_not_offered_instead_of_itself() -> None:
    with pytest.raises(ac.InputTypeError, match=r"write autograd_core\.sinc\(v\)"):
        np.sinc(Value(1.5))


def test_means_and_variances_of_arrays_of_values() -> None:
    values = [Value(1.0), Value(4.0), Value(2.5)]
    plain = [each.data for each in values]
    for function in (np.mean, np.var, np.std):
        z = function(values)
        assert z.data == pytest.approx(function(plain), rel=1e-15)
        assert {row.verdict for row in check_gradients(lambda *v, of=function: of(v), *plain)} == {"ok"}
    assert np.mean(values[0]).data == 1.0


@pytest.mark.parametrize(("a", "b"), [(0.5, 3.0), (-1.0, 3.0), (0.5, -2.0), (-1.0, -2.0)])
def test_conditions_are_joined(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    for found, expected in (
        ((x > 0) & (y > 0), a > 0 and b > 0),
        ((x > 0) | (y > 0), a > 0 or b > 0),
        ((x > 0) ^ (y > 0), (a > 0) != (b > 0)),
        (~(x > 0), not a > 0),
        (True & (x > 0) & (~(y > 0) | (y > 0)), a > 0),
    ):
        assert (found.data, bool(found)) == (float(expected), expected)
    program = record(lambda x, y: ac.where((x > 0) & ~(y > 0), x * y, x + y), 1.0, 1.0)
    assert program(a, b) == (a * b if a > 0 and not b > 0 else a + b)


# --- closures, as micrograd has them ---------------------------------------------------------------------------------


def closure_tanh(x: Value) -> Value:
    out = Value(math.tanh(x.data), (x,), "tanh")

    def _backward() -> None:
        x.grad += (1 - out.data**2) * out.grad

    out._backward = _backward
    return out


def closure_product(x: Value, y: Value) -> Value:
    out = Value(x.data * y.data, (x, y), "*")

    def _backward() -> None:
        x.grad += y.data * out.grad
        y.grad += x.data * out.grad

    out._backward = _backward
    return out


def test_a_closure_tells_the_derivatives_of_a_node_of_ones_own() -> None:
    x, y = Value(0.5), Value(-2.0)
    x.grad = 7.0
    z = closure_product(closure_tanh(x), y) + closure_product(x, x)
    assert (x.grad, y.has_grad) == (7.0, False)  # nothing was added yet
    x.grad = 0.0
    z.backward()
    assert x.grad == pytest.approx(-2.0 * (1.0 - math.tanh(0.5) ** 2) + 1.0, rel=1e-15)
    assert y.grad == math.tanh(0.5)
    assert (closure_tanh(x)._op, closure_product(x, y)._local_grads) == ("tanh", (-2.0, 0.5))
    assert check_gradients(closure_tanh, 0.3).rows[0].verdict == "ok"


def test_a_wrong_closure_is_named_and_a_missing_one_is_nan() -> None:
    def wrong(x: Value) -> Value:
        out = Value(x.data**2, (x,), "square")
        out._backward = lambda: setattr(x, "grad", x.grad + x.data * out.grad)
        return out

    report = check_gradients(wrong, 1.5)
    assert report.rows[0].verdict == "wrong"
    assert "given" in str(report)
    x = Value(2.0)
    Value(4.0, (x,), "square").backward()
    assert math.isnan(x.grad)


def test_a_loop_of_ones_own_calls_the_closures() -> None:
    x = Value(0.7)
    z = closure_tanh(x) * x + x.exp()
    z.grad = 1.0
    for node in reversed(ac.topological_order(z)):
        node._backward()
    by_hand, x.grad = x.grad, None
    z.backward()
    assert x.grad == pytest.approx(by_hand, rel=1e-15)


def test_no_closure_is_taken_without_recording_or_in_a_program() -> None:
    with ac.no_grad():
        assert closure_tanh(Value(0.5)).op == "constant"

    def f(x: Value) -> Value:
        out = Value(x.data * 2, (x,), "double")
        out._backward = lambda: setattr(x, "grad", x.grad + 2 * out.grad)
        return out

    with pytest.raises(ac.LeavesGraphError, match=r"_backward = .* write Value\(data, children, local_grads\)"):
        record(f, 2.0)


def test_the_sign_of_a_node_can_be_set() -> None:
    z = Value(2.0) * 3.0
    z._op = "triple"
    assert (z._op, z.op, (Value(2.0) * 3.0)._op, copy.copy(z)._op) == ("triple", "mul", "*", "triple")
