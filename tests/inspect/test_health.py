"""Gradient health: planted troubles are found where they were planted, and a healthy network raises no alarm."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence

import pytest
from amounts import long
from hypothesis import given, settings
from random_graphs import LEAVES, Recipe, recipes
from samples import TABLE, nodes_of

import nn
from autograd_core import (
    InputTypeError,
    InputValueError,
    Primitive,
    Value,
    apply,
    constant,
    gradient_health,
    log,
    primitive,
    relu,
    scope,
    sqrt,
    where,
)
from autograd_core.inspect.flatness import activation_of
from nn import MLP, mean_squared_error

GENERATOR = random.Random(3)
X = [[GENERATOR.gauss(0.0, 1.0), GENERATOR.gauss(0.0, 1.0)] for _ in range(30)]
Y = [1.0 if first * second > 0 else -1.0 for first, second in X]


def network(activation: str, layers: int = 3, *, scale: float = 1.0, seed: int = 0) -> MLP:
    model = MLP(
        2,
        [8] * layers + [1],
        activation=[*[activation] * layers, "linear"],
        initializer="glorot_uniform" if activation != "relu" else "he_normal",
        seed=seed,
    )
    for parameter in model.parameters():
        parameter.data *= scale
    return model


def health_of(model: MLP, X: Sequence[Sequence[float]] = X) -> object:
    return nn.gradient_health(model, X, Y, loss=mean_squared_error)


def kinds(health: object) -> set[str]:
    return {trouble.kind for trouble in health.troubles}


@pytest.mark.parametrize("activation", ["tanh", "softplus", "leaky_relu", "elu"])
def test_a_well_drawn_network_is_healthy(activation: str) -> None:
    health = health_of(network(activation, 2))
    assert health, str(health)
    assert health.worst == ()
    assert "no trouble found" in str(health)


def test_a_dead_unit_is_found_by_name() -> None:
    model = network("relu", 2)
    healthy = kinds(health_of(model))
    model.layers[0].neurons[4].b.data = -100.0
    health = health_of(model)
    assert "dead" not in healthy
    [trouble] = [each for each in health.troubles if each.kind == "dead" and each.edge.layer == "layer 1"]
    assert trouble.edge.name == "layer 1/neuron 5: add → relu"
    assert (trouble.edge.dead, trouble.edge.count, trouble.edge.largest) == (1.0, 30, 0.0)
    assert "all 30 examples" in trouble.evidence
    assert trouble.change in str(health)
    assert not health


def test_a_relu_that_rests_in_some_examples_is_no_trouble_and_its_share_is_told() -> None:
    w = Value(1.0, "w")
    with scope("layer 1/neuron 1"):
        outputs = [relu(w * x) for x in (-1.0, 1.0, 2.0, -3.0, 4.0)]
    health = gradient_health(sum(outputs))
    assert health
    assert health.layers[0].dead == 0.4
    assert next(edge for edge in health.edges if edge.op == "relu").dead == 0.4


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "arctan"])
def test_inputs_that_are_too_large_saturate_the_first_layer(activation: str) -> None:
    health = health_of(network(activation, 2), [[200 * first, 200 * second] for first, second in X])
    assert {trouble.edge.layer for trouble in health.troubles if trouble.kind == "saturated"} == {"layer 1"}
    assert "standardise the inputs" in health.worst[0].change
    assert health.layers[0].saturated > 0.8


@pytest.mark.parametrize(
    ("w", "others"),
    [
        (100.0, ["shrinking"]),  # tanh is rounded to 1, its slope of 1e-87 is not rounded to 0: a factor to name
        (400.0, []),  # the slope is 0 too, as that of relu would be: nothing has passed, so nothing has shrunk
    ],
)
def test_saturation_where_tanh_is_rounded_to_1_is_not_called_dead(w: float, others: list[str]) -> None:
    root = (Value(w, "w") * 1.0).tanh()
    trouble, *rest = gradient_health(root).troubles
    assert (root.data, root.op) == (1.0, "tanh")
    assert (trouble.kind, trouble.edge.dead, trouble.edge.saturated) == ("saturated", 0.0, 1.0)
    assert (trouble.edge.local_derivative == 0.0) == (w == 400.0)
    assert [other.kind for other in rest] == others


@pytest.mark.slow
def test_large_weights_make_the_gradient_grow_at_the_edges_named() -> None:
    model = network("relu", 4)
    before = health_of(model)
    assert "growing" not in kinds(before)
    for parameter in model.layers[2].parameters():
        parameter.data *= 100.0
    health = health_of(model)
    assert {trouble.edge.layer for trouble in health.troubles if trouble.kind == "growing"} == {"layer 3"}
    assert health.worst[0].kind == "growing"
    third, second = health.layers[2], health.layers[1]
    assert second.growth == pytest.approx(second.gradient / third.gradient)
    assert second.growth > 10 > third.growth


@pytest.mark.slow
def test_a_deep_sigmoid_network_shrinks_its_gradient_and_the_flattest_edges_are_named() -> None:
    health = health_of(network("sigmoid", 8))
    assert kinds(health) == {"shrinking"}
    assert "'layer 9' back to 'layer 1'" in health.worst[0].evidence
    assert all(trouble.edge.op == "sigmoid" for trouble in health.worst)
    assert len(health.worst) == 3


def test_the_loss_outside_of_all_layers_is_listed_but_not_judged() -> None:
    """Hinge loss is switched off for every example that is classified well, which is as it should be."""
    w = Value(3.0, "w")
    with scope("layer 1/neuron 1"):
        score = w * 5.0
    health = gradient_health(relu(1 - score) + relu(1 - score * 2))
    assert health.layers[-1].name == ""
    assert health.layers[-1].dead == 1.0
    assert "dead" not in kinds(health)


def test_without_scopes_the_whole_graph_is_judged() -> None:
    x = Value(-1.0, "x")
    health = gradient_health(relu(x) + x)
    [trouble] = health.troubles
    assert (trouble.kind, trouble.edge.name) == ("dead", "x → relu")
    assert "in the only example" in trouble.evidence


@pytest.mark.parametrize(("factor", "kind"), [(1.5, "growing"), (0.5, "shrinking")])
def test_a_product_along_a_path_is_judged_in_a_graph_without_layers(factor: float, kind: str) -> None:
    x = Value(1.0, "x")
    node = x
    for position in range(60):
        node = node * (factor * 3 if position == 20 else factor / 2 if position == 30 else factor)
    health = gradient_health(node)
    assert kinds(health) == {kind}
    assert f"{factor**60 * 1.5:.3g}" in health.worst[0].evidence


def test_products_that_cancel_are_no_trouble() -> None:
    x = Value(1.0, "x")
    assert gradient_health(x * 1e5 * 1e-5 * 1e5 * 1e-5)


def test_where_the_gradient_becomes_infinite_is_named_with_the_domain_of_the_table() -> None:
    x = Value(0.0, "x")
    health = gradient_health(sqrt(x * 1.0) * 2.0)
    [trouble] = health.troubles
    assert (trouble.kind, trouble.edge.name) == ("not finite", "mul → sqrt")
    assert "0.5 / z" in trouble.evidence
    assert "x > 0" in trouble.change
    assert kinds(gradient_health(log(Value(-1.0)) * math.nan)) == {"not finite"}


def test_the_condition_of_a_choice_is_not_called_dead() -> None:
    x = Value(2.0, "x")
    assert gradient_health(where(x > 0, x * 3, x * 0.1))


def test_a_step_as_activation_is_dead_for_it_has_no_slope_anywhere() -> None:
    x = Value(2.0, "x")
    assert kinds(gradient_health(apply("step", x) + x)) == {"dead"}


def test_a_unit_used_again_and_again_in_turns_does_not_confuse_the_walk_from_layer_to_layer() -> None:
    w = Value(1.1, "w")
    node = w
    for turn in range(20):
        with scope("even/unit" if turn % 2 else "odd/unit"):
            node = (node * w).tanh()
    health = gradient_health(node)
    assert {layer.name for layer in health.layers} == {"even", "odd"}


@pytest.mark.slow
def test_layers_are_listed_from_the_inputs_to_the_loss() -> None:
    health = health_of(network("tanh"))
    assert [layer.name for layer in health.layers] == ["layer 1", "layer 2", "layer 3", "layer 4", ""]
    assert [layer.activations for layer in health.layers] == [240, 240, 240, 0, 0]
    assert health.layers[-1].growth is None


def test_a_network_with_a_name_has_the_same_layers_below_it() -> None:
    model = MLP(2, [3, 1], activation=["tanh", "linear"], seed=0, name="net")
    assert [layer.name for layer in health_of(model).layers] == ["net/layer 1", "net/layer 2", ""]


@settings(max_examples=100)
@given(recipes(largest=20))
def test_any_graph_can_be_judged_and_nothing_is_changed(recipe: Recipe) -> None:
    leaves = [Value(number) for number in LEAVES]
    root = recipe(*leaves)
    health = gradient_health(root)
    assert sum(edge.count for edge in health.edges) > 0
    assert bool(health) == (not health.troubles)
    assert str(health) == str(gradient_health(root))
    assert json.dumps(health.to_dict())
    assert not any(leaf.has_grad for leaf in leaves)


def test_the_extremes_of_an_edge_are_those_of_the_backward_pass() -> None:
    model = network("tanh", 1)
    loss = mean_squared_error([model(row) for row in X], Y)
    health = gradient_health(loss)
    loss.backward()
    weight = model.layers[0].neurons[2].w[1]
    edge = next(each for each in health.edges if each.name == "layer 1/neuron 3: w2 → mul")
    assert edge.count == len(X)
    assert edge.smallest <= abs(weight.grad) / len(X) <= edge.largest


def test_the_report_as_dictionary_and_as_html() -> None:
    model = network("relu", 1)
    model.layers[0].neurons[0].b.data = -100.0
    health = health_of(model)
    report = health.to_dict()
    assert report["healthy"] is False
    assert report["troubles"][0]["edge"]["name"] == "layer 1/neuron 1: add → relu"
    page = health._repr_html_()
    assert page.count("<tr>") == page.count("</tr>") == 1 + len(health.layers)
    assert page.count("<li>") == page.count("</li>") == len(health.worst)
    assert "|dL/dz|" in page


def test_names_are_escaped_in_html() -> None:
    x = Value(-1.0, "<b>x</b>")
    assert "<b>x</b>" not in gradient_health(relu(x)).to_html()


def test_what_has_no_gradient_is_refused() -> None:
    with pytest.raises(InputTypeError, match="not a node"):
        gradient_health(1.0)
    with pytest.raises(InputValueError, match="no gradient flows"):
        gradient_health(constant(1.0) * 2)
    with pytest.raises(InputTypeError, match="not a Value"):
        nn.gradient_health(lambda row: row[0], X, Y, loss=lambda predictions, targets: 0.0)


def test_a_network_on_tensors_is_judged_as_the_same_one_of_values() -> None:
    model = MLP(2, [4, 1], activation=["relu", "linear"], seed=0)
    model.layers[0].neurons[2].b.data = -100.0
    scalar, tensor = (nn.gradient_health(each, X, Y, loss=mean_squared_error) for each in (model, model.to_tensor()))
    assert str(scalar) == str(tensor)
    assert "dead" in kinds(tensor)


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_nodes_is_judged() -> None:
    x = Value(0.1, "x")
    node = x
    length = long(50_000)  # of two nodes each
    for _ in range(length):
        node = node.sin() + 0.001
    health = gradient_health(node)
    assert sum(edge.count for edge in health.edges) == 2 * length


# --- what an activation is, read from the table ---------------------------------------------------------------------

SWITCH_OFF = {
    "floor",
    "ceil",
    "rint",
    "relu",
    "step",
    "sign",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
}


@pytest.mark.parametrize("rule", [rule for rule in TABLE if nodes_of(rule) == 1], ids=lambda rule: rule.name)
def test_the_measured_range_of_a_slope_is_that_of_the_function(rule: Primitive) -> None:
    node = apply(rule.name, Value(0.5))
    bounded = {"sin": 1, "cos": 1, "arctan": 1, "tanh": 1, "abs": 1, "sigmoid": 0.25, "softplus": 1, "relu": 1}
    bounded |= {"leaky_relu": 1, "elu": 1, "sign": 0, "step": 0, "sech": 0.5, "arcsinh": 1, "sinc": 1.3703056}
    bounded |= {"erf": 2 / math.sqrt(math.pi), "erfc": 2 / math.sqrt(math.pi), "floor": 0, "ceil": 0, "rint": 0}
    bounded |= {"selu": 1.7580993408473766, "gelu": 1.1289041, "silu": 1.0998393, "log_sigmoid": 1}
    activation = activation_of(node)
    if rule.name in bounded:
        assert activation is not None
        assert activation.largest == pytest.approx(bounded[rule.name], rel=1e-6)
        assert activation.can_switch_off == (rule.name in SWITCH_OFF)
    else:
        assert activation is None


@pytest.mark.usefixtures("scratch_table")
def test_an_activation_of_ones_own_is_judged_by_its_formula() -> None:
    primitive("hard_tanh_here", "maximum(-1, minimum(x, 1))")
    primitive("soft_sign_here", "x / (1 + abs(x))")
    hard, soft = Value(5.0, "x").hard_tanh_here(), Value(50.0, "x").soft_sign_here()
    assert activation_of(hard).can_switch_off
    assert kinds(gradient_health(hard)) == {"dead"}
    assert not activation_of(soft).can_switch_off
    assert kinds(gradient_health(soft)) == {"saturated"}


def test_a_maximum_with_a_number_is_judged_as_the_relu_it_is() -> None:
    x = Value(-2.0, "x")
    assert kinds(gradient_health(x.maximum(0))) == {"dead"}
    assert activation_of(x.maximum(Value(0.0))) is None
    assert activation_of(x * 0.0) is None


@pytest.mark.slow
def test_one_function_judges_graphs_and_models() -> None:
    model = network("tanh")
    assert nn.gradient_health is gradient_health
    assert str(gradient_health(model, X, Y, loss=mean_squared_error)) == str(
        gradient_health(mean_squared_error([model(row) for row in X], Y))
    )
    with pytest.raises(
        InputTypeError, match=r"is a model, not a node; write gradient_health\(model, X, y, loss=\.\.\.\)"
    ):
        gradient_health(model)
    for wrong in ((Value(1.0), X, Y, mean_squared_error), (model, X, Y, None), (model, X, None, mean_squared_error)):
        with pytest.raises(InputTypeError):
            gradient_health(*wrong[:3], loss=wrong[3])
