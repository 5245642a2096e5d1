"""Differences of graphs: none where there is none, exactly the one that was made, and every report is true."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amounts import long
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Instruction, Recipe, recipes
from random_tensor_graphs import random_function
from tensor_checks import seeds

from autograd_core import (
    InputTypeError,
    Tensor,
    Value,
    constant,
    diff,
    no_grad,
    relu,
    scope,
    sigmoid,
    tanh,
    topological_order,
)
from autograd_core.inspect.pairing import paired
from nn import MLP, cross_entropy, mean_squared_error
from viz import compare


def model(
    *, activation: Callable[[Any], Any] = tanh, offset: float = 3.0, inner: Callable[[Any], Any] | None = None
) -> Value:
    """A small graph in which one thing can be made different."""
    w, x, unlabelled = Value(2.0, "w"), Value(0.5, "x"), Value(1.0)
    total = w * x + unlabelled * 2.0
    if inner is not None:
        total = inner(total)
    return (activation(total) * 2.0 + unlabelled * offset) / 2.0


def structure(found: Any) -> tuple[int, int, int]:
    return len(found.added), len(found.removed), len(found.changed)


@pytest.mark.slow
@settings(max_examples=200)
@given(recipes(largest=40))
def test_a_copy_does_not_differ(recipe: Recipe) -> None:
    root = recipe(*(Value(number) for number in LEAVES))
    root.backward()
    found = diff(root, copy.deepcopy(root))
    assert not found, str(found)
    assert found.pairs == len(topological_order(root))


@settings(max_examples=100)
@given(recipes(largest=40))
def test_the_same_function_built_twice_does_not_differ(recipe: Recipe) -> None:
    first, second = (recipe(*(Value(number, name) for number, name in zip(LEAVES, "abc", strict=True))) for _ in "12")
    assert not diff(first, second)
    assert not diff(first, first)


@settings(max_examples=200)
@given(recipes(largest=20), st.data())
def test_one_changed_constant_is_found_exactly(recipe: Recipe, data: st.DataObject) -> None:
    places = [
        (row, column)
        for row, instruction in enumerate(recipe.instructions)
        for column, argument in enumerate(instruction.arguments)
        if isinstance(argument, float)
    ]
    assume(places)
    row, column = data.draw(st.sampled_from(places))
    instructions = list(recipe.instructions)
    arguments = list(instructions[row].arguments)
    before = arguments[column]
    arguments[column] = 0.625
    instructions[row] = Instruction(instructions[row].rule, tuple(arguments))
    leaves = [Value(number, name) for number, name in zip(LEAVES, "abc", strict=True)]
    found = diff(recipe(*leaves), Recipe(tuple(instructions))(*leaves))
    assert structure(found) == (0, 0, 1), str(found)
    [change] = found.changed
    assert (change.what, float(change.before), float(change.after)) == ("number", before, 0.625)


@pytest.mark.slow
@settings(max_examples=200)
@given(recipes(largest=15), recipes(largest=15))
def test_every_report_is_true_and_complete(one: Recipe, other: Recipe) -> None:
    """Whatever was paired: counts add up, and pairs without a report are alike in everything."""
    first = one(*(Value(number, name) for number, name in zip(LEAVES, "abc", strict=True)))
    second = other(*(Value(number, name) for number, name in zip(LEAVES, "abc", strict=True)))
    found = diff(first, second)
    before, after = topological_order(first), topological_order(second)
    assert found.pairs + len(found.removed) == len(before)
    assert found.pairs + len(found.added) == len(after)
    partner = paired(before, after)
    assert len(set(partner.values())) == len(partner) == found.pairs
    differing = sum(
        node.op != its.op
        or node.label != its.label
        or (node.op == "constant" and node.data != its.data)
        or tuple(partner.get(parent) for parent in node.parents) != its.parents
        for node, its in partner.items()
    )
    assert differing == len({change.name for change in found.changed})
    names = [entry.name for entry in found.added + found.removed]
    assert len(set(names)) == len(names)


@settings(max_examples=150)
@given(seeds)
def test_a_copy_of_a_graph_of_tensors_does_not_differ_and_one_number_more_does(seed: int) -> None:
    function = random_function(seed)
    x, w = (Tensor(array, name) for array, name in zip(function.arrays, "xw", strict=True))
    root = function.f(x, w)
    root.backward()
    twin = copy.deepcopy(root)
    found = diff(root, twin)
    assert not found, f"{function.text}: {found}"
    assert found.pairs == len(topological_order(root))
    x, w = (Tensor(array, name) for array, name in zip(function.arrays, "xw", strict=True))
    again = function.f(x, w)
    again.backward()
    assert not diff(root, again)
    x.data = x.data + np.eye(*x.shape)
    found = diff(root, again)
    assert [each.name for each in found.values] == ["x"] * (x in topological_order(again))
    if found:
        assert found.values[0].count == min(x.shape)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Tensor([1.0, 2.0], "x"), Tensor([1.0, 2.5], "x"), "value of x[1]: 2 → 2.5 (20 %), 1 of 2 numbers differ"),
        (Tensor([1.0], "x"), Tensor([[1.0]], "x"), "value of x: shape (1,) → shape (1, 1)"),
        (Tensor([1.0], "x"), Tensor(np.ones(1, np.float32), "x"), "x: shape (1,) float64 → shape (1,) float32"),
        (Tensor([np.nan, 1.0], "x"), Tensor([np.nan, np.inf], "x"), "value of x[1]: 1 → inf, 1 of 2 numbers differ"),
        (Tensor([1.0, 1.0], "x") * [3, 4], Tensor([1.0, 1.0], "x") * [3, 5], "c1 in z1 = x * c1: number [1]: 4 → 5"),
        (Tensor([1.0], "x")[0], Tensor([1.0, 2.0], "x")[1], "z1: options 0 → 1"),
    ],
)  # fmt: skip
def test_differences_of_tensors_say_where(one: Tensor, other: Tensor, expected: str) -> None:
    assert expected in str(diff(one, other))


def test_labels_of_a_cross_entropy_are_compared() -> None:
    logits = Tensor([[1.0, 2.0], [0.5, 0.0]], "logits")
    assert not diff(cross_entropy(logits, [0, 1]), cross_entropy(logits, [0, 1]))
    found = diff(cross_entropy(logits, [0, 1]), cross_entropy(logits, [1, 1]))
    assert [(each.what, each.before, each.after) for each in found.changed] == [
        ("options", "labels [0, 1]", "labels [1, 1]")
    ]


def test_gradients_of_tensors_that_were_not_computed() -> None:
    x = Tensor([1.0, -3.0], "x")
    first = (x * x).sum()
    second = copy.deepcopy(first)
    second.backward()
    found = diff(first, second)
    assert "gradient of x[1]: not computed → -6, 2 of 2 numbers differ" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["gradients"][0]["after"] == -6.0


def test_an_activation_that_was_replaced_is_one_change() -> None:
    found = diff(model(), model(activation=relu))
    assert structure(found) == (0, 0, 1)
    assert (found.changed[0].what, found.changed[0].before, found.changed[0].after) == ("op", "tanh", "relu")


@pytest.mark.parametrize("inner", [sigmoid, lambda x: x * 2.0, lambda x: -x])
def test_a_node_put_in_between_is_added_and_nothing_else_is_disturbed(inner: Callable[[Any], Any]) -> None:
    found = diff(model(), model(inner=inner))
    assert not found.removed
    assert len(found.added) == len(topological_order(inner(Value(1.0)))) - 1
    [change] = found.changed
    assert change.what == "arguments"
    back = diff(model(inner=inner), model())
    assert (len(back.added), len(back.removed), len(back.changed)) == (0, len(found.added), 1)


def test_a_constant_is_shown_in_the_formula_where_it_stands() -> None:
    text = str(diff(model(), model(offset=4.0)))
    assert "~ 3 in z6 = x1 * 3: number 3 → 4" in text
    assert "value of z6: 3 → 4 (25 %)" in text


def test_the_order_of_arguments_matters() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    found = diff(x * y, y * x)
    assert structure(found) == (0, 0, 1)
    assert (found.changed[0].before, found.changed[0].after) == ("x * y", "y * x")


def test_a_node_used_twice_differs_from_two_nodes_alike() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    product = x * y
    found = diff(x * y + x * y, product + product)
    assert structure(found) == (0, 1, 1)
    assert found.removed[0].formula == "x * y"


def test_labels_and_scopes_are_compared() -> None:
    x = Value(1.0, "x")
    plain, labelled = x.exp(), x.exp()
    labelled.label = "growth"
    assert [(change.what, change.before, change.after) for change in diff(plain, labelled).changed] == [
        ("label", "None", "growth")
    ]
    with scope("layer 1"):
        scoped = x.exp()
    assert [(change.what, change.after) for change in diff(plain, scoped).changed] == [("scope", "'layer 1'")]


def test_data_of_a_leaf_is_a_value_and_its_consequences_follow_it() -> None:
    def at(number: float) -> Value:
        return (Value(number, "x") * 2.0).exp()

    found = diff(at(1.0), at(1.5))
    assert not found.structural
    assert [change.name for change in found.values] == ["x", "z1", "z2"]
    assert found.values[0].relative == pytest.approx(1 / 3)
    assert found


def test_the_smallest_difference_of_a_number_counts_and_is_shown() -> None:
    found = diff(Value(1.0, "x"), Value(1.0 + 2**-52, "x"))
    assert len(found.values) == 1
    assert "1.0 → 1.0000000000000002" in str(found)
    assert found.values[0].relative == pytest.approx(2**-52)


def test_nan_equals_nan_and_nothing_else() -> None:
    assert not diff(Value(math.nan, "x"), Value(math.nan, "x"))
    [change] = diff(Value(math.nan, "x"), Value(1.0, "x")).values
    assert change.relative is None


def test_gradients_are_compared_and_one_not_computed_is_not_zero() -> None:
    first, second = model(), model()
    second.backward()
    found = diff(first, second)
    assert not found.structural
    assert not found.values
    differentiable = sum(node.differentiable for node in topological_order(second))
    assert len(found.gradients) == differentiable
    assert found.gradients[0].before is None
    assert "not computed →" in str(found)
    first.backward()
    assert not diff(first, second)


def test_a_training_step_changes_numbers_only() -> None:
    net = MLP(2, [3, 1], seed=0)
    X, y = [[1.0, 2.0], [-1.0, 0.5]], [1.0, -1.0]
    before = mean_squared_error([net(row) for row in X], y)
    recorded = copy.deepcopy(before)
    before.backward()
    for parameter in net.parameters():
        parameter.data -= 0.1 * parameter.grad
    after = mean_squared_error([net(row) for row in X], y)
    found = diff(recorded, after)
    assert not found.structural
    assert found.values


def test_layers_of_a_network_are_told_by_their_scope() -> None:
    def loss(activations: list[str]) -> Value:
        return MLP(2, [2, 2, 1], activation=activations, seed=0)([1.0, 2.0])

    found = diff(loss(["tanh", "tanh", "linear"]), loss(["tanh", "sigmoid", "linear"]))
    assert {(change.what, change.scope) for change in found.changed} == {
        ("op", "layer 2/neuron 1"),
        ("op", "layer 2/neuron 2"),
    }
    assert "(in layer 2/neuron 1): op tanh → sigmoid" in str(found)


def test_graphs_without_anything_in_common() -> None:
    found = diff(Value(1.0, "x") * Value(2.0, "y"), constant(5.0))
    assert [entry.formula for entry in found.added] == ["5"]
    assert found.pairs == 0
    assert [entry.name for entry in found.removed] == ["x", "y", "z1"]


def test_a_leaf_with_another_label_at_the_same_place_was_renamed() -> None:
    found = diff(Value(1.0, "x").exp(), Value(1.0, "y").exp())
    assert [(change.what, change.before, change.after) for change in found.changed] == [("label", "x", "y")]


def test_a_leaf_that_became_a_constant_is_a_change() -> None:
    with no_grad():
        frozen = Value(2.0) * 3.0
    found = diff(Value(6.0) * Value(1.0, "x"), frozen * Value(1.0, "x"))
    assert [(change.before, change.after) for change in found.changed] == [("leaf", "constant")]


def test_as_dictionary_and_in_one_line() -> None:
    found = diff(model(), model(offset=4.0))
    assert json.loads(json.dumps(found.to_dict()))["changed"][0]["after"] == "4"
    assert (
        repr(found) == "<graph diff: 0 added, 0 removed, 1 changed; 3 values and 0 gradients differ in 15 common nodes>"
    )
    assert str(diff(constant(1.0), constant(1.0))) == "no difference in 1 node"


def test_long_lists_are_cut_when_printed_only() -> None:
    x = Value(1.0, "x")
    found = diff(sum((x * each for each in range(50)), x), sum((x * (each + 0.5) for each in range(50)), x))
    assert len(found.changed) == 50
    assert "~ … 40 more" in str(found)


def test_what_is_no_node_is_refused() -> None:
    with pytest.raises(InputTypeError, match="not a node"):
        diff(Value(1.0), 1.0)


@pytest.mark.slow
def test_a_hundred_thousand_nodes_are_compared_without_recursion() -> None:
    length = long(50_000)

    def chain(middle: float) -> Value:
        node = Value(1.0, "x")
        for position in range(length):
            node = node + (middle if position == length // 2 else 1.0)
        return node

    found = diff(chain(1.0), chain(2.0))
    assert structure(found) == (0, 0, 1)
    assert len(found.values) == length // 2


@pytest.mark.parametrize("kind", [Value, lambda number, label: Tensor([number, number], label)])
@pytest.mark.parametrize("before", [0.0, -0.0, 1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("after", [0.0, 2.0, math.nan, math.inf, -math.inf])
def test_a_number_that_was_or_is_none_is_reported(kind: Any, before: float, after: float) -> None:
    def graph(number: float) -> Any:
        return relu(kind(number, "x")) * 2

    report = diff(graph(before), graph(after))
    compare(graph(before), graph(after))
    assert bool(report) == (before != after and not (math.isnan(before) and math.isnan(after)))
    for change in report.values:
        assert change.relative is None or math.isfinite(change.relative)
    if before == 0.0 and math.isnan(after):
        assert "0 → nan" in str(report)
