"""Neuron, Layer, MLP and Module: what they compute, what they are called, what they refuse."""

from __future__ import annotations

import ast
import copy
import math
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd_core import InputTypeError, InputValueError, Value, constant, no_grad, primitive, scope, topological_order
from nn import MLP, Layer, Module, Neuron

numbers = st.floats(-10, 10)


def refusal(text: str) -> Any:
    """The message holds this text, literally."""
    return re.escape(text)


# --- what is computed -----------------------------------------------------------------------------------------------


@given(st.lists(numbers, min_size=1, max_size=5), st.integers(0, 1000))
def test_neuron_is_bias_plus_weighted_inputs_added_in_order(x: list[float], seed: int) -> None:
    neuron = Neuron(len(x), nonlin=False, seed=seed)
    neuron.b.data = 0.1
    expected = 0.1
    for weight, each in zip(neuron.w, x, strict=True):
        expected = expected + weight.data * each
    assert neuron(x).data == expected


@pytest.mark.parametrize(
    ("activation", "f"),
    [
        ("relu", lambda z: np.maximum(z, 0)),
        ("tanh", np.tanh),
        ("sigmoid", lambda z: 1 / (1 + np.exp(-z))),
        ("softplus", lambda z: np.log1p(np.exp(z))),
        ("leaky_relu", lambda z: np.where(z > 0, z, 0.01 * z)),
        ("elu", lambda z: np.where(z > 0, z, np.expm1(z))),
        ("sin", np.sin),
        ("linear", lambda z: z),
    ],
)
def test_network_equals_its_matrix_form(activation: str, f: Any) -> None:
    model = MLP(3, [5, 4, 2], activation=activation, seed=7)
    for position, parameter in enumerate(model.parameters()):
        parameter.data += 0.01 * position  # so that biases are not 0
    x = np.array([0.5, -1.5, 2.0])
    s = x
    for layer in model.layers:
        W = np.array([[weight.data for weight in neuron.w] for neuron in layer.neurons])
        b = np.array([neuron.b.data for neuron in layer.neurons])
        s = f(W @ s + b)
    assert [output.data for output in model(x)] == pytest.approx(s.tolist(), rel=1e-13)


def test_network_gradients_equal_central_differences() -> None:
    model = MLP(2, [3, 1], activation=["tanh", "sigmoid"], seed=1)
    x = [0.5, -1.5]
    model(x).backward()
    for name, parameter in model.named_parameters():
        here, h = parameter.data, 1e-5
        parameter.data = here + h
        above = model(x).data
        parameter.data = here - h
        below = model(x).data
        parameter.data = here
        assert parameter.grad == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-10), name


def test_gradients_reach_inputs_that_are_values() -> None:
    x = [Value(1.0), Value(-2.0)]
    neuron = Neuron(2, nonlin=False, seed=3)
    neuron(x).backward()
    assert [each.grad for each in x] == [weight.data for weight in neuron.w]


@pytest.mark.parametrize(
    "x",
    [
        [1.0, -2.0],
        (1, -2),
        np.array([1.0, -2.0]),
        np.array([1, -2]),
        np.array([1.0, -2.0], dtype=np.float32),
        np.array([Value(1.0), Value(-2.0)]),
        [Value(1.0), -2],
        [np.float64(1.0), constant(-2.0)],
    ],
    ids=str,
)
def test_every_kind_of_input_gives_the_same_number(x: Any) -> None:
    model = MLP(2, [3, 1], seed=1)
    assert model(x).data == model([1.0, -2.0]).data


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(Layer(2, 1)([1, 2]), Value)
    outputs = Layer(2, 3)([1, 2])
    assert isinstance(outputs, list)
    assert len(outputs) == 3


def test_layers_of_one_neuron_can_stand_inside_a_network_and_take_a_number() -> None:
    model = MLP(1, [1, 1, 2], activation="linear", seed=1)
    first, second, (third, fourth) = (layer.neurons for layer in model.layers)
    inner = 3.0 * first[0].w[0].data * second[0].w[0].data
    expected = pytest.approx([inner * third.w[0].data, inner * fourth.w[0].data])
    assert [each.data for each in model(3.0)] == expected
    assert [each.data for each in model(Value(3.0))] == expected


def test_numbers_become_one_constant_each_that_all_neurons_share() -> None:
    outputs = Layer(2, 5, seed=0)([1.0, -2.0])
    inputs = [node for node in topological_order(outputs) if node.op == "constant"]
    assert [(node.label, node.data) for node in inputs] == [("x1", 1.0), ("x2", -2.0)]


def test_nothing_is_recorded_under_no_grad() -> None:
    with no_grad():
        assert MLP(2, [3, 1])([1, 2]).parents == ()


# --- activations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (None, ["relu", "relu", "linear"]),
        ("tanh", ["tanh", "tanh", "tanh"]),
        (["tanh", "softplus", "linear"], ["tanh", "softplus", "linear"]),
        (["sigmoid", None, None], ["sigmoid", "linear", "linear"]),
    ],
)
def test_activation_of_each_layer(activation: Any, expected: list[str]) -> None:
    model = MLP(2, [3, 3, 1], activation=activation)
    assert [[neuron.activation for neuron in layer.neurons] for layer in model.layers] == [
        [name] * len(layer.neurons) for name, layer in zip(expected, model.layers, strict=True)
    ]


def test_repr_names_the_activation() -> None:
    names = ["leaky_relu", "elu", "tanh", None]
    assert [repr(layer.neurons[0]) for layer in MLP(2, [2, 2, 2, 2], activation=names).layers] == [
        "LeakyReluNeuron(2)",
        "ELUNeuron(2)",
        "TanhNeuron(2)",
        "LinearNeuron(2)",
    ]


@pytest.mark.usefixtures("scratch_table")
def test_a_primitive_of_ones_own_is_an_activation() -> None:
    primitive("swish_of_this_test", "x * sigmoid(x)")
    neuron = Neuron(1, activation="swish_of_this_test", seed=5)
    z = neuron.w[0].data * 2.0
    assert neuron([2.0]).data == pytest.approx(z / (1 + math.exp(-z)))


@pytest.mark.parametrize("activation", ["tahn", "add", "where", "prelu", "", 3])
def test_unknown_activation(activation: Any) -> None:
    with pytest.raises(InputValueError) as caught:
        Neuron(2, activation=activation)
    message = str(caught.value)
    assert message.startswith(f"there is no activation {activation!r}; write one of linear, ")
    listed = message.partition("one of ")[2].partition("; did you mean")[0].split(", ")
    assert {"tanh", "sigmoid", "relu", "softplus", "leaky_relu", "elu"} <= set(listed)
    assert not {"add", "mul", "where", "prelu", "hypot"} & set(listed)


def test_unknown_activation_in_a_list() -> None:
    with pytest.raises(InputValueError, match=refusal("there is no activation ''; write one of linear")):
        MLP(2, [2, 1], activation=["tanh", ""])


def test_number_of_activations() -> None:
    with pytest.raises(InputValueError, match=refusal("MLP: 3 activation(s) for 2 layer(s); give one name for all")):
        MLP(2, [2, 1], activation=["tanh", "tanh", "linear"])


def test_contradicting_activation() -> None:
    text = "nonlin=False and activation='tanh' contradict each other; leave out one of the two"
    with pytest.raises(InputValueError, match=refusal(text)):
        Neuron(2, nonlin=False, activation="tanh")
    assert Neuron(2, nonlin=False, activation="linear").nonlin is False


# --- parameters, names and scopes -----------------------------------------------------------------------------------


def test_parameters_stand_neuron_by_neuron_weights_then_bias() -> None:
    model = MLP(2, [2, 1])
    assert [name for name, _ in model.named_parameters()] == [
        "layer 1/neuron 1/w1",
        "layer 1/neuron 1/w2",
        "layer 1/neuron 1/b",
        "layer 1/neuron 2/w1",
        "layer 1/neuron 2/w2",
        "layer 1/neuron 2/b",
        "layer 2/neuron 1/w1",
        "layer 2/neuron 1/w2",
        "layer 2/neuron 1/b",
    ]
    second = model.layers[0].neurons[1]
    assert model.parameters()[3:6] == [*second.w, second.b]
    assert [parameter for _, parameter in model.named_parameters()] == model.parameters()


@given(st.integers(1, 4), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_number_of_parameters(nin: int, nouts: list[int]) -> None:
    sizes = [nin, *nouts]
    count = sum((before + 1) * after for before, after in zip(sizes, nouts, strict=False))
    assert len(set(MLP(nin, nouts).parameters())) == count


def test_name_is_a_scope_around_the_layers() -> None:
    model = MLP(2, [1], name="student")
    assert {parameter.scope for parameter in model.parameters()} == {"student/layer 1/neuron 1"}
    assert model([1, 2]).scope == "student/layer 1/neuron 1"


def test_calling_records_under_the_scope_of_each_neuron() -> None:
    z = MLP(2, [2, 1], seed=2)([Value(1.0), Value(2.0)])
    computed = [node.scope for node in topological_order(z) if node.parents]
    # a neuron of two inputs: two products, two sums, and relu in the first layer
    expected = {"layer 1/neuron 1": 5, "layer 1/neuron 2": 5, "layer 2/neuron 1": 4}
    assert {each: computed.count(each) for each in computed} == expected


def test_a_neuron_alone_has_the_scope_that_is_open() -> None:
    with scope("outer"):
        neuron = Neuron(1)
    assert neuron.b.scope == "outer"
    assert neuron([1.0]).scope == ""


def test_zero_grad_forgets_every_gradient() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    model([1, 2]).backward()
    assert all(parameter.has_grad for parameter in model.parameters())
    model.zero_grad()
    assert not any(parameter.has_grad for parameter in model.parameters())


def test_module_without_parameters_and_with_an_unlabelled_one() -> None:
    class Scale(Module):
        def __init__(self) -> None:
            self.factor = Value(2.0)

        def parameters(self) -> list[Value]:
            return [self.factor]

    assert Module().parameters() == []
    assert [name for name, _ in Scale().named_parameters()] == ["parameter 0"]


def test_deep_copy_is_a_model_of_its_own() -> None:
    model = MLP(2, [2, 1], seed=0)
    copied = copy.deepcopy(model)
    before = model([1, 2]).data
    assert copied([1, 2]).data == before
    for parameter in copied.parameters():
        parameter.data += 1.0
    assert model([1, 2]).data == before
    assert copied([1, 2]).data != before


# --- seeds ----------------------------------------------------------------------------------------------------------


def data_of(model: Module) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


@given(st.integers(0, 2**64))
def test_a_seed_gives_the_same_model_and_leaves_the_global_generator_alone(seed: int) -> None:
    before = random.getstate()
    first = data_of(MLP(2, [3, 1], seed=seed))
    assert random.getstate() == before
    random.random()
    assert data_of(MLP(2, [3, 1], seed=seed)) == first


def test_seeds_give_other_models_and_neurons_differ() -> None:
    assert data_of(MLP(2, [3, 1], seed=1)) != data_of(MLP(2, [3, 1], seed=2))
    assert len({neuron.w[0].data for neuron in Layer(1, 10, seed=1).neurons}) == 10


def test_a_seed_draws_what_the_global_generator_would() -> None:
    random.seed(1337)
    assert data_of(MLP(2, [4, 1])) == data_of(MLP(2, [4, 1], initializer="uniform", seed=1337))


def test_a_generator_is_drawn_from_further() -> None:
    generator = random.Random(5)
    first, second = data_of(Layer(2, 2, seed=generator)), data_of(Layer(2, 2, seed=generator))
    assert first == data_of(Layer(2, 2, seed=5))
    assert second != first


@pytest.mark.parametrize("seed", [1.5, "1337", True, np.array([1, 2])])
def test_seed_of_a_wrong_kind(seed: Any) -> None:
    with pytest.raises(InputTypeError, match=refusal(f"MLP: the seed {seed!r} is not an integer; write seed=1337")):
        MLP(2, [1], seed=seed)


def test_negative_seed_would_be_its_opposite() -> None:
    assert random.Random(-5).random() == random.Random(5).random()  # the reason
    with pytest.raises(InputValueError, match=refusal("MLP: the seed -5 is negative, and would give the same numbers")):
        MLP(2, [1], seed=-5)


# --- sizes and inputs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Neuron(0), InputValueError, "Neuron: nin: 0 is too small; write an integer of at least 1"),
        (lambda: Neuron(2.0), InputTypeError, "Neuron: nin: 2.0 is not an integer; write a number such as 4"),  # type: ignore[arg-type]
        (lambda: Neuron(True), InputTypeError, "Neuron: nin: True is not an integer; write a number such as 4"),
        (lambda: Layer(2, -1), InputValueError, "Layer: nout: -1 is too small; write an integer of at least 1"),
        (lambda: MLP(2, [3, 0]), InputValueError, "Layer: nout: 0 is too small; write an integer of at least 1"),
        (lambda: MLP(2, []), InputValueError, "MLP: nouts is empty; write the sizes of the layers, such as MLP(2, [4"),
        (lambda: MLP(2, 4), InputTypeError, "MLP: nouts: 4 is not a list, tuple or 1-d array; write the sizes of"),  # type: ignore[arg-type]
    ],
)
def test_impossible_sizes(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=refusal(text)):
        make()


def test_sizes_may_be_numpy_integers() -> None:
    assert len(MLP(np.int64(2), np.array([4, 1])).parameters()) == 17  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        ([1.0], InputValueError, "layer 1: 1 input(s) were given, and it has weights for 2; give 2"),
        ([1.0, 2.0, 3.0], InputValueError, "layer 1: 3 input(s) were given, and it has weights for 2; give 2"),
        (1.0, InputValueError, "layer 1: 1 input(s) were given, and it has weights for 2; give 2"),
        (
            np.zeros((2, 2)),
            InputValueError,
            "layer 1: x: an array of shape (2, 2) is not a list of scalars; give 2 num",
        ),
        ([[1.0, 2.0], [3.0, 4.0]], InputTypeError, "layer 1: input 1 is [1.0, 2.0], not a scalar; give one example at"),
        (["a", 1.0], InputTypeError, "layer 1: input 1: 'a' is not a real number"),
        ([1.0, None], InputTypeError, "layer 1: input 2: None is not a real number"),
        ("ab", InputTypeError, "layer 1: x: 'ab' is not a list, tuple or 1-d array; give 2 number(s) or Value(s) such"),
        ({1.0, 2.0}, InputTypeError, "layer 1: x: {1.0, 2.0} is not a list, tuple or 1-d array; give 2 number(s)"),
    ],
)
def test_impossible_inputs(x: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=refusal(text)):
        MLP(2, [3, 1])(x)


def test_impossible_inputs_of_a_neuron_and_a_layer_alone() -> None:
    with pytest.raises(
        InputValueError, match=refusal("Neuron: 1 input(s) were given, and it has weights for 2; give 2")
    ):
        Neuron(2)([1.0])
    with pytest.raises(
        InputValueError, match=refusal("Layer: 1 input(s) were given, and it has weights for 2; give 2")
    ):
        Layer(2, 2)([1.0])


# --- layering -------------------------------------------------------------------------------------------------------


def imported_packages(source: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


@pytest.mark.slow
def test_nn_stands_on_the_engine_and_never_on_viz() -> None:
    sources = sorted(Path(nn.__path__[0]).rglob("*.py"))
    imported = set().union(*map(imported_packages, sources))
    assert "autograd_core" in imported  # the search finds what is there
    assert "viz" not in imported
    neuron = Path(nn.__path__[0]) / "layers" / "neuron.py"
    assert "math" not in imported_packages(neuron)  # primitives come from the table


def test_everything_exported_exists() -> None:
    assert all(hasattr(nn, name) for name in nn.__all__)
