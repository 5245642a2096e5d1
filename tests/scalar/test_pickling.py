"""What a pickle holds together stays together: nodes and their graphs, models, and what is reported about them."""

from __future__ import annotations

import base64
import copy
import functools
import io
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
from amounts import long
from hypothesis import given
from random_graphs import LEAVES, Recipe, recipes

import autograd_core as ac
import nn
import viz
from autograd_core import Tensor, Value

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def by_joblib(given: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(given, file)
    file.seek(0)
    return joblib.load(file)


def by_python(given: Any) -> Any:
    """Pickle as it is written in Python: it calls itself where the one in C does."""
    file = io.BytesIO()
    pickle._Pickler(file).dump(given)  # type: ignore[attr-defined]
    return pickle._loads(file.getvalue())  # type: ignore[attr-defined]


ROUND_TRIPS: list[Any] = [
    *(pytest.param(lambda x, p=p: pickle.loads(pickle.dumps(x, p)), id=f"protocol {p}") for p in PROTOCOLS),
    pytest.param(by_python, id="python"),
    pytest.param(by_joblib, id="joblib"),
    pytest.param(copy.deepcopy, id="deepcopy"),
]
Trip = Callable[[Any], Any]


class Weight(Value):
    """A leaf that a user gives attributes."""

    __slots__ = ("__secret", "note")

    def hide(self, secret: Any) -> None:
        self.__secret = secret

    def found(self) -> Any:
        return self.__secret


class Matrix(Tensor):
    pass


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("order", [lambda w, root: (w, root), lambda w, root: (root, w)])
def test_a_leaf_and_its_root_stay_together(trip: Trip, order: Any) -> None:
    w = Value(2.0, "w")
    root = w * w
    twins = trip(order(w, root))
    twin, loss = order(*twins)
    loss.backward()
    assert (twin.grad, w.has_grad) == (4.0, False)
    assert loss.parents == (twin, twin)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_several_roots_share_what_they_shared(trip: Trip) -> None:
    w, x = Value(2.0, "w"), Value(3.0, "x")
    hidden = (w * x).tanh()
    first, second = hidden * w, hidden.exp()
    nodes = trip({"second": second, "all": [first, hidden, {w}], "first": first})
    [leaf] = nodes["all"][2]
    assert nodes["first"] is nodes["all"][0]
    assert nodes["first"].parents == (nodes["all"][1], leaf)
    assert nodes["second"].parents == (nodes["all"][1],)


@given(recipes())
def test_any_graph_comes_back_with_its_numbers_and_its_shape(recipe: Recipe) -> None:
    order = ac.topological_order(recipe(*map(Value, LEAVES)))
    again = pickle.loads(pickle.dumps(order))
    assert ac.topological_order(again[-1]) == again
    position = {node: index for index, node in enumerate(order)}
    twins = {node: index for index, node in enumerate(again)}
    for node, twin in zip(order, again, strict=True):
        assert (node.op, node.label, node.scope, node.differentiable) == (
            twin.op, twin.label, twin.scope, twin.differentiable,
        )  # fmt: skip
        assert [position[each] for each in node.parents] == [twins[each] for each in twin.parents]
        np.testing.assert_array_equal(
            [node.data, *(each or 0.0 for each in node.local_derivatives)],
            [twin.data, *(each or 0.0 for each in twin.local_derivatives)],
        )


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_nodes_in_attributes_are_those_of_the_graph(trip: Trip) -> None:
    w = Weight(2.0, "w")
    hidden = w * 3
    root = hidden.sin()
    w.own, w.loss, w.note = w, root, [hidden]  # type: ignore[attr-defined]
    w.hide("still here")
    for twin in (trip(w), ac.leaves(trip(root))[0], trip([hidden, w])[1]):
        assert (type(twin), twin.own, twin.found()) == (Weight, twin, "still here")
        assert twin.loss.parents == tuple(twin.note)
        assert twin.note[0].parents[0] is twin
        twin.loss.backward()
        assert twin.grad == 3.0 * ac.cos(6.0)
    matrix = Matrix([1.0, 2.0])
    matrix.loss = (matrix * matrix).sum()  # type: ignore[attr-defined]
    again = trip(matrix)
    again.loss.backward()
    assert again.grad.tolist() == [2.0, 4.0]


def test_a_subclass_may_say_itself_what_of_it_is_kept() -> None:
    assert pickle.loads(pickle.dumps(Counted(1.0, 5))).visits == 0
    assert copy.deepcopy(Counted(1.0, 5)).visits == 0


class Counted(Value):
    __slots__ = ("visits",)

    def __init__(self, data: float, visits: int) -> None:
        super().__init__(data)
        self.visits = visits

    def __getstate__(self) -> Any:
        return {"visits": -1}

    def __setstate__(self, state: Any) -> None:
        self.visits = state["visits"] + 1


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_graphs_of_tensors_and_values_keep_numbers_gradients_and_what_they_share(trip: Trip) -> None:
    v, w = Value(3.0, "v"), Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "w")
    with ac.scope("layer 1"):
        hidden = w @ Tensor([v, v * 2, 1.0])
    root = ac.log(hidden).sum() + w[0].max() + ac.where(w > 2, w, 0).sum() + ac.softmax(w, axis=1)[0, 1]
    w.data = w.data + 1.0  # what was recorded before stays recorded
    twins = trip([v, w, hidden, root])
    for nodes in ([v, w, hidden, root], twins):
        nodes[3].backward()
    assert twins[0].grad == v.grad
    for node, twin in zip([w, hidden, root], twins[1:], strict=True):
        np.testing.assert_array_equal(twin.grad, node.grad)
        np.testing.assert_array_equal(twin.data, node.data)
        assert (twin.dtype, twin.label, twin.scope, twin.op) == (node.dtype, node.label, node.scope, node.op)
    assert twins[2] in ac.topological_order(twins[3])
    with pytest.raises(ValueError, match="read-only"):
        twins[1].data[0, 0] = 5.0


def test_what_a_process_only_knows_is_refused_by_name() -> None:
    double = ac.custom_derivative(lambda x: 2 * x, vjp=lambda u, z, x: (2 * u,))
    with pytest.raises(ac.InputTypeError, match=r"cannot be pickled with its graph, .*; pickle t\.data"):
        pickle.dumps(double(Tensor([1.0])) + 1)


def test_a_pickle_with_a_primitive_that_is_not_there_says_so() -> None:
    for node in (Value(1.0) + 2.0, Tensor([1.0]) + 2.0):
        data = pickle.dumps(node, protocol=0).replace(b"Vadd\n", b"Vmine\n")
        with pytest.raises(ac.InputValueError, match="there is no primitive 'mine' here; add it with primitive"):
            pickle.loads(data)


def test_a_deep_chain_is_pickled_with_its_leaf() -> None:
    leaf = node = Value(1.0, "leaf")
    for _ in range(long(100_000)):
        node = -node
    data = pickle.dumps((leaf, node))
    del node
    twin, root = pickle.loads(data)
    root.backward()
    assert (twin.grad, leaf.has_grad) == (1.0, False)


@pytest.mark.slow
def test_a_chain_of_tensors_and_each_node_of_a_chain_are_pickled() -> None:
    leaf = node = Tensor([1.0])
    for _ in range(5_000):
        node = -node
    twin, root = by_python((leaf, node))
    root.backward()
    assert twin.grad.tolist() == [1.0]
    state = Value(1.0)
    states = [state := state * 0.5 for _ in range(2_000)]
    for given_order in (states, states[::-1]):
        again = pickle.loads(pickle.dumps(given_order))
        again = again if given_order is states else again[::-1]
        assert all(after.parents[0] is before for before, after in itertools.pairwise(again))


def test_runs_of_pickle_that_take_turns_do_not_disturb_each_other() -> None:
    node = leaf = Value(1.0)
    states = [node := -node for _ in range(5_000)]
    files = io.BytesIO(), io.BytesIO()
    picklers = [pickle.Pickler(file) for file in files]
    for position in (0, 2_500, 4_999):
        for pickler in picklers:
            pickler.dump((leaf, states[position]))
    for file in files:
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        leaves, nodes = zip(*(unpickler.load() for _ in range(3)), strict=True)
        assert len(set(leaves)) == 1
        assert nodes[1] in ac.topological_order(nodes[2])


def test_a_pickle_that_failed_leaves_no_trace() -> None:
    w = Weight(1.0)
    w.unpicklable = lambda: None  # type: ignore[attr-defined]
    node: Value = w
    for _ in range(5_000):
        node = -node
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(node)
    del w.unpicklable  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(node.parents[0])).data == -1.0


# --- models -----------------------------------------------------------------------------------------------------------

X = np.array([[0.5, -1.0], [1.0, 2.0], [-0.25, 0.75]])
MODELS = {
    "MLP": lambda: nn.MLP(2, [3, 1], seed=0, name="net"),
    "MLP tanh": lambda: nn.MLP(2, [3, 1], activation="tanh", seed=0),
    "MLP with a parameter": lambda: nn.MLP(2, [3, 1], activation=["leaky_relu", None], seed=0),
    "Layer": lambda: nn.Layer(2, 1, activation="softplus", seed=1),
    "Neuron": lambda: nn.Neuron(2, activation="sigmoid", seed=1),
    "Sequential": lambda: nn.MLP(2, [3, 1], activation="elu", seed=0).to_tensor(),
    "Dense": lambda: nn.Dense(Tensor([[1.0, 2.0]]), Tensor([0.5]), "relu", name="layer 1"),
    "Dense of Values": lambda: nn.Dense(np.array([[Value(1.0), Value(2.0)]]), np.array([Value(0.5)]), "tanh"),
}


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("name", MODELS)
def test_models_come_back_with_what_they_compute_and_learn(trip: Trip, name: str) -> None:
    model = MODELS[name]()
    optimizer = nn.SGD(model.parameters(), 0.1)
    twin, its = trip((model, optimizer))
    assert repr(twin) == repr(model)
    assert [n for n, _ in twin.named_parameters()] == [n for n, _ in model.named_parameters()]
    assert all(one is other for one, other in zip(its.parameters, twin.parameters(), strict=True))
    for _ in range(2):
        for each, moves in ((model, optimizer), (twin, its)):
            outputs = [each(row) for row in X]
            loss = sum(output[0] if np.ndim(output) or isinstance(output, Tensor) else output for output in outputs)
            moves.zero_grad()
            loss.backward()
            moves.step()
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert one is not other
        np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_a_training_goes_on_alike_after_the_trip(trip: Trip) -> None:
    """A network of all parts, its optimiser, its data and its history, with every moment that was kept."""
    one, two = nn.MLP(2, [4, 2], activation=["linear", "linear"], seed=0).to_tensor().layers
    model = nn.Sequential([nn.Dropout(0.1), one, nn.BatchNorm(4, "tanh"), nn.Dropout(0.2, seed=1), two])
    optimizer = nn.Adam(model.parameters(), 0.05, schedule=nn.Exponential(0.9), max_norm=1.0)
    data = nn.moons(20)
    options = {"loss": nn.cross_entropy, "epochs": 2, "batch_size": 8, "seed": 3}
    history = nn.fit(model, data, optimizer=optimizer, record_every=1, **options)
    twin, its, same, told = trip((model, optimizer, data, history))
    assert repr(same) == repr(data)
    assert told == history
    assert told.settings == history.settings
    np.testing.assert_array_equal(told.recording.model_at(1)(data.X).data, history.recording.model_at(1)(data.X).data)
    further, and_its = (
        nn.fit(each, nn.moons(20), optimizer=moves, **options).losses
        for each, moves in ((model, optimizer), (twin, its))
    )
    assert further == and_its
    np.testing.assert_array_equal(nn.predict_proba(twin, data.X), nn.predict_proba(model, data.X))


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_what_training_needs_and_leaves_comes_back(trip: Trip) -> None:
    standardizer = nn.Standardizer.fit(X)
    np.testing.assert_array_equal(trip(standardizer).transform(X), standardizer.transform(X))
    model = nn.MLP(2, [1], seed=0)
    optimizer = nn.SGD(model.parameters(), 0.1)
    history = nn.train(
        model, X, X[:, 0], loss=nn.mean_squared_error, optimizer=optimizer, epochs=2, batch_size=2, seed=0
    )
    assert trip(history) == history


# --- what is reported -------------------------------------------------------------------------------------------------


@functools.cache
def _reports() -> dict[str, Callable[[], Any]]:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    root = (a * b + a).tanh()
    root.backward()
    other = (a * b + 2 * a).tanh()
    model = nn.MLP(2, [2, 1], seed=0)

    def anomaly() -> ac.AnomalyError:
        with pytest.raises(ac.AnomalyError) as caught, ac.detect_anomaly():
            ac.log(Value(-1.0, "q"))
        return caught.value

    return {
        "explain": lambda: ac.explain(root, a),
        "importance": lambda: nn.importance(model, X, repeats=1),
        "confusion matrix": lambda: nn.confusion_matrix([0, 1], [1, 1]),
        "summary": lambda: nn.summary(model),
        "paths": lambda: ac.paths(root, a),
        "steps": lambda: list(ac.backward_steps(root)),
        "diff": lambda: ac.diff(root, other),
        "health": lambda: ac.gradient_health(root),
        "health of a model": lambda: nn.gradient_health(model, X, X[:, 0], loss=nn.mean_squared_error),
        "check": lambda: ac.check_gradients(lambda x: x * x, 2.0),
        "check of Tensors": lambda: ac.check_gradients(lambda x: (x * x).sum(), Tensor([1.0, 2.0])),
        "study": lambda: ac.step_size_study(lambda x: x.sin(), 2.0),
        "cost": lambda: ac.cost(root),
        "diagnosis": lambda: ac.diagnose(ac.log(Value(-1.0, "q"))),
        "anomaly": anomaly,
        "draw": lambda: viz.draw(root),
        "compare": lambda: viz.compare(root, other),
        "network": lambda: viz.draw_network(model),
        "formula": lambda: viz.formula(root),
        "plot": lambda: viz.plot_activations(["relu"]),
    }


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("name", _reports())
def test_every_report_and_picture_comes_back_and_says_the_same(trip: Trip, name: str) -> None:
    report = _reports()[name]()
    twin = trip(report)
    assert type(twin) is type(report)
    assert str(twin) == str(report)
    for method in ("to_markdown", "_repr_html_", "_repr_latex_", "to_dict"):
        if hasattr(report, method):
            assert getattr(twin, method)() == getattr(report, method)()
    if isinstance(report, viz.Drawing):
        assert twin.dot == report.dot


# --- of an earlier time -----------------------------------------------------------------------------------------------

#: ``(x, t, z)`` for a Value x = 2, a Tensor t = [1, 3] and z = (t * x).sum() * 2 after a backward pass, as it was
#: pickled when all modules stood in one folder.
BEFORE_THERE_WERE_WINGS = """
    gASVyQMAAAAAAACMFWF1dG9ncmFkX2NvcmUuY29weWluZ5SMDXJlc3RvcmVfdmFsdWWUk5SMCGJ1aWx0aW5zlIwEYm9vbJSTlClSlCiME2F1dG9n
    cmFkX2NvcmUudmFsdWWUjAVWYWx1ZZSTlIwEbGVhZpSMAXiUjACUR0AAAAAAAAAAR0AgAAAAAAAARwAAAAAAAAAARwAAAAAAAAAARwAAAAAAAAAA
    SwFLAXSUhpRSlIwcYXV0b2dyYWRfY29yZS50ZW5zb3JfY29weWluZ5SMDnJlc3RvcmVfdGVuc29ylJOUaAYojBRhdXRvZ3JhZF9jb3JlLnRlbnNv
    cpSMBlRlbnNvcpSTlGgKjAF0lGgMjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5RL
    AIWUQwFilIeUUpQoSwFLAoWUaBqMBWR0eXBllJOUjAJmOJSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRiiUMQAAAAAAAA8D8AAAAAAAAI
    QJR0lGIpaBloHEsAhZRoHoeUUpQoSwFLAoWUaCaJQxAAAAAAAAAQQAAAAAAAABBAlHSUYokpiHSUhpRSlGgSKGgGaAVdlChoEmgGKGgVjAlvZl92
    YWx1ZXOUTmgMaBloHEsAhZRoHoeUUpQoSwEpaCaJQwgAAAAAAAAAQJR0lGIpaBeMBnNjYWxhcpSTlGgmQwgAAAAAAAAgQJSGlFKUiSmIdJRoD4eU
    UpRoEihoBihoFYwDbXVslE5oDGgZaBxLAIWUaB6HlFKUKEsBSwKFlGgmiUMQAAAAAAAAAEAAAAAAAAAYQJR0lGJoIGg4hpRoGWgcSwCFlGgeh5RS
    lChLAUsChZRoJolDEAAAAAAAAABAAAAAAAAAAECUdJRiiSmIdJRoM2hCdJRSlGgSaAYoaBWMA3N1bZROaAxoGWgcSwCFlGgeh5RSlChLASloJolD
    CAAAAAAAACBAlHSUYmhGhZRoPGgmQwgAAAAAAAAAQJSGlFKUiU6JhpSIdJRoU4eUUpRoEmgGKGgVjAhjb25zdGFudJROaAxoGWgcSwCFlGgeh5RS
    lChLASloJolDCAAAAAAAAABAlHSUYilOiSmJdJSGlFKUZYWUUpSGlChoFWhDTmgMaBloHEsAhZRoHoeUUpQoSwEpaCaJQwgAAAAAAAAwQJR0lGJo
    V2hlhpRoGWgcSwCFlGgeh5RSlChLASloJolDCAAAAAAAAPA/lHSUYokpiHSUaGFoanSUUpSHlC4=
"""


def test_a_graph_that_was_pickled_before_there_were_wings_is_read() -> None:
    x, t, z = pickle.loads(base64.b64decode(BEFORE_THERE_WERE_WINGS))
    assert (type(x), type(t), x.label, x.data, x.grad, t.grad.tolist()) == (Value, Tensor, "x", 2.0, 8.0, [4.0, 4.0])
    assert z.item() == 16.0
    x.zero_grad()
    z.backward()
    assert x.grad == 8.0
    assert pickle.loads(pickle.dumps(z)).item() == 16.0
