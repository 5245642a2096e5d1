"""What is told of a network is what its numbers say: derivatives, shuffles, confusions, layers, weights."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd_core import AutogradError, InputTypeError, InputValueError, Value, check_gradients, tanh
from nn import (
    MLP,
    Adam,
    BatchNorm,
    Data,
    Dense,
    Dropout,
    Exponential,
    Layer,
    Module,
    PReLU,
    Sequential,
    Table,
    confusion_matrix,
    fit,
    huber,
    hyperparameters,
    importance,
    summary,
)

RNG = np.random.default_rng(3)
X = RNG.normal(size=(12, 3))


# --- importance -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[4, 1], [4, 3]])
def test_derivatives_are_those_of_finite_differences(sizes: list[int]) -> None:
    model = MLP(3, sizes, activation=["tanh", "linear"], seed=1)

    def of(k: int, row: Any) -> float:
        outputs = model(row)
        return float((outputs[k] if isinstance(outputs, list) else outputs).data)

    chosen = [int(np.argmax([of(k, row) for k in range(sizes[-1])])) for row in X]
    h = 1e-5
    expected = np.array([[(of(k, row + h * e) - of(k, row - h * e)) / (2 * h) for e in np.eye(3)]
                         for k, row in zip(chosen, X, strict=True)])  # fmt: skip
    for each in (model, model.to_tensor(), functools.partial(model)):
        found = importance(each, X)
        assert found.mean == pytest.approx(expected.mean(axis=0), rel=1e-6)
        assert found.mean_absolute == pytest.approx(abs(expected).mean(axis=0), rel=1e-6)
        assert found.spread == pytest.approx(expected.std(axis=0), rel=1e-6)
    assert not any(parameter.has_grad for parameter in model.parameters())


def test_one_output_may_be_chosen() -> None:
    model = MLP(3, [3], activation=["linear"], seed=1)
    for k in range(3):
        assert importance(model, X, output=k).mean == pytest.approx(model.layers[0].W[k])
    with pytest.raises(InputValueError, match="output=3, and the model has 3, counted from 0"):
        importance(model, X, output=3)
    with pytest.raises(InputTypeError, match="output='first' is not an integer"):
        importance(model, X, output="first")  # type: ignore[arg-type]


def test_a_feature_that_is_not_used_costs_nothing_and_the_only_one_costs_all() -> None:
    y = (X[:, 1] > 0).astype(float)
    found = importance(lambda x: 5 * x[1], X, y, feature_names=["a", "b", "c"], seed=1)
    assert (found.score, found.measure) == (1.0, "accuracy")
    assert found.permutation[0] == found.permutation[2] == 0.0
    assert found.permutation[1] > 0.2
    assert found["feature"][0] == "b"


def test_shuffling_costs_what_the_definition_says() -> None:
    """Of a linear model and R² the mean over all shuffles is known: 2 w² var(x) / var(y)."""
    weights = np.array([2.0, -1.0, 0.0])
    y = X @ weights
    found = importance(lambda x: 2 * x[0] - x[1], Data(X, y), repeats=300, seed=4)
    expected = 2 * weights**2 * X.var(axis=0) / y.var()
    assert (found.score, found.measure) == (pytest.approx(1.0), "R²")
    assert found.permutation == pytest.approx(expected, rel=0.15, abs=1e-12)


def test_the_same_seed_shuffles_alike_and_own_predictions_are_right() -> None:
    model = MLP(3, [2], activation=["linear"], seed=2)
    one, other = importance(model, X, seed=5), importance(model, X, seed=5)
    assert np.array_equal(one.permutation, other.permutation)
    assert (one.score, one.measure) == (1.0, "accuracy")
    assert importance(lambda x: x[0], X).measure == "R²"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [0.0, 1.0]}, r"2 target\(s\) for 12"),
        ({"y": [7] * 12}, "y holds 7, and the model has 2 outputs"),
        ({"feature_names": ["a"]}, r"1 feature_names for 3 column\(s\)"),
        ({"repeats": 0}, "repeats: 0 is too small"),
        ({"model": "MLP"}, "importance: the model"),
        ({"model": lambda x: [float("inf"), 0.0]}, "the model gives inf for example 0"),
        ({"model": lambda x: ["a"]}, "the output: 'a' is not a real number"),
    ],
)
def test_what_cannot_be_judged_is_refused(arguments: dict[str, Any], message: str) -> None:
    given = {"model": MLP(3, [2], seed=2), **arguments}
    with pytest.raises(AutogradError, match=message):
        importance(given.pop("model"), X, **given)


# --- confusion --------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_a_confusion_matrix_counts_pairs(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = zip(*pairs, strict=True)
    matrix = confusion_matrix(truth, predicted, ["a", "b", "c", "d"])
    for row, column in np.ndindex(4, 4):
        assert matrix.counts[row, column] == pairs.count((row, column))
    assert matrix.accuracy == sum(one == other for one, other in pairs) / len(pairs)
    unnamed = confusion_matrix(np.array(truth), np.array(predicted))
    there = sorted({*truth, *predicted})
    assert unnamed.classes == tuple(map(str, there))
    assert np.array_equal(unnamed.counts, matrix.counts[np.ix_(there, there)])


def test_classes_may_be_texts_and_what_fits_nothing_is_refused() -> None:
    assert confusion_matrix(["b", "a"], ["a", "a"]).classes == ("a", "b")
    with pytest.raises(InputValueError, match=r"2 true class\(es\) and 1 predicted"):
        confusion_matrix([0, 1], [0])
    with pytest.raises(InputValueError, match=r"0 true class\(es\)"):
        confusion_matrix([], [])
    with pytest.raises(InputValueError, match="the class 2 has no name, for there are 2"):
        confusion_matrix([0, 2], [0, 1], ["a", "b"])
    with pytest.raises(InputTypeError, match="cannot be put in order"):
        confusion_matrix([0, "a"], [0, 1])


# --- layers and tables ------------------------------------------------------------------------------------------------


def test_a_summary_counts_what_is_there() -> None:
    model = MLP(5, [4, 3, 1], activation=["relu", "tanh", "linear"], seed=0)
    for each in (model, model.to_tensor()):
        table = summary(each)
        assert table["inputs"] == [5, 4, 3]
        assert table["outputs"] == [4, 3, 1]
        assert table["activation"] == ["relu", "tanh", "linear"]
        assert table["parameters"] == [24, 15, 4]
        assert "43 parameters" in str(table)
    assert summary(Layer(2, 2, seed=0))["parameters"] == [6]

    class Own(Module):
        def parameters(self) -> list[Value]:
            return [Value(1.0), Value(2.0)]

    assert summary(Own())["parameters"] == [2]
    with pytest.raises(InputTypeError, match="is not a network"):
        summary(tanh)  # type: ignore[arg-type]


def with_parts_between() -> Sequential:
    one, two, three = MLP(3, [4, 4, 1], activation=["tanh", "linear", "linear"], seed=0).to_tensor().layers
    return Sequential([Dropout(0.1), one, Dropout(0.25, seed=1), two, BatchNorm(4, "relu"), three])


def test_what_stands_between_layers_is_told_too() -> None:
    model = with_parts_between()
    table = summary(model)
    assert table["layer"] == ["dropout 1", "layer 1", "dropout 2", "layer 2", "batch normalisation 1", "layer 3"]
    assert table["inputs"] == [3, 3, 4, 4, 4, 4]
    assert table["outputs"] == [3, 4, 4, 4, 4, 1]
    assert table["parameters"] == [0, 16, 0, 20, 8, 5]
    assert table["activation"] == ["rate 0.1", "tanh", "rate 0.25", "linear", "relu", "linear"]
    history = fit(model, X, X[:, 0], loss=huber, epochs=1)
    rows = {name: value for of, name, value in hyperparameters(model, history).rows if of == "network"}
    assert rows["sizes"] == "3-4-4-1"
    assert (rows["rate of dropout 1"], rows["rate of dropout 2"]) == (0.1, 0.25)
    assert rows["activation of batch normalisation 1"] == "relu"
    assert rows["momentum of batch normalisation 1"] == 0.1


def test_activations_that_learn_and_those_of_single_nodes_are_named() -> None:
    one, two = MLP(3, [4, 1], activation=["linear", "linear"], seed=0).to_tensor().layers
    table = summary(Sequential([one, PReLU(4), two]))
    assert table.rows[1] == ("prelu 1", 4, 4, 4, "relu with a learned slope")
    assert summary(MLP(3, [2, 1], activation=[["tanh", "silu"], "linear"], seed=0))["activation"][0] == "tanh, silu"


def test_dropout_rests_while_importance_is_judged() -> None:
    model = with_parts_between()
    quiet = importance(model, X)
    model.set_training(True)
    assert np.array_equal(importance(model, X).mean, quiet.mean)
    assert model.training


def test_a_table_is_escaped_where_a_notebook_shows_it() -> None:
    table = Table(["<b>"], [["a & b"], [1.5]], "<i>", "x < y")
    assert "<b>" not in table._repr_html_()
    assert "a &amp; b" in table._repr_html_()
    assert str(table).splitlines() == ["<i>", "<b>", "-----", "a & b", "1.5", "x < y"]
    assert str(Table(["a", "b"], [], "nothing")).splitlines() == ["nothing", "a  b", "----"]


numbers = st.floats(allow_nan=False)


@given(arrays(np.float64, (3, 2), elements=numbers), arrays(np.float64, 3, elements=numbers))
def test_a_layers_weights_are_one_matrix(W: Any, b: Any) -> None:
    layer = Layer(2, 3, seed=0)
    layer.W, layer.b = W, b.tolist()
    assert np.array_equal(layer.W, W)
    assert np.array_equal(layer.b, b)
    assert [parameter.data for parameter in layer.parameters()] == np.column_stack([W, b]).ravel().tolist()


def test_a_layer_with_matrices_set_is_the_dense_layer_of_them() -> None:
    layer = MLP(2, [3], activation="tanh", seed=0).layers[0]
    layer.W, layer.b = [[1, 2], [3, 4], [5, 6]], [0.1, 0.2, 0.3]
    values = np.vectorize(Value, otypes=[object])
    dense = Dense(values(layer.W), values(layer.b), "tanh")
    expected = [z.data for z in dense(np.array([0.1, -0.2]))]
    assert [z.data for z in layer([0.1, -0.2])] == pytest.approx(expected, rel=1e-14)
    assert check_gradients(lambda *_: sum(layer([0.1, -0.2]), Value(0.0)), *layer.parameters())


def test_a_wrong_matrix_changes_nothing_and_an_element_cannot_be_set_in_silence() -> None:
    layer = Layer(2, 1, seed=0)
    before = layer.W.tolist()
    for wrong in ([1.0, 2.0], [[1.0, 2.0, 3.0]], [[1.0], [2.0]]):
        with pytest.raises(InputValueError, match=r"Layer: W of shape .* for one of shape \(1, 2\)"):
            layer.W = wrong  # type: ignore[assignment]
    with pytest.raises(InputTypeError):
        layer.W = [["a", "b"]]  # type: ignore[assignment]
    with pytest.raises(ValueError, match="read-only"):
        layer.W[0, 0] = 3.0
    with pytest.raises(InputValueError, match=r"b of shape \(1, 1\)"):
        layer.b = [[0.0]]  # type: ignore[assignment]
    assert layer.W.tolist() == before


# --- hyperparameters --------------------------------------------------------------------------------------------------


def test_every_hyperparameter_is_listed_with_its_value() -> None:
    model = MLP(3, [4, 1], activation=["tanh", "linear"], seed=0)
    optimizer = Adam(model.parameters(), 0.02, weight_decay=1e-4, schedule=Exponential(0.9), max_norm=5.0)
    loss = functools.partial(huber, delta=2.0)
    history = fit(
        model, X, X[:, 0], loss=loss, optimizer=optimizer, epochs=3, batch_size=4, validation=0.25, patience=7, seed=9
    )
    table = hyperparameters(model, history)
    found = {(of, name): value for of, name, value in table.rows}
    expected = {
        ("network", "sizes"): "3-4-1",
        ("network", "activation of layer 1"): "tanh",
        ("training", "loss"): "huber(delta=2.0)",
        ("training", "epochs"): 3,
        ("training", "batch_size"): 4,
        ("training", "validation"): "3 examples",
        ("training", "patience"): 7,
        ("training", "seed"): 9,
        ("training", "class_weight"): None,
        ("optimizer", "kind"): "Adam",
        ("optimizer", "learning_rate"): 0.02,
        ("optimizer", "betas"): (0.9, 0.999),
        ("optimizer", "weight_decay"): 1e-4,
        ("optimizer", "max_norm"): 5.0,
        ("schedule", "kind"): "Exponential",
    }
    assert expected.items() <= found.items()
    assert 0.9 in found.values()
    with pytest.raises(InputTypeError, match=r"3 is no History; write hyperparameters\(model, fit\(model, ...\)\)"):
        hyperparameters(model, 3)  # type: ignore[arg-type]
